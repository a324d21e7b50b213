#include "adapters/attested/record.h"

#define PATH_PART_MAX 128u

const yq_json *yq_atd_value(const yq_json *item, yq_atd_place place)
{
    char key[PATH_PART_MAX];
    const yq_json *value = place[0] == '=' ? NULL : item;
    for (const char *at = place; value != NULL && at != NULL;) {
        const char *dot = strchr(at, '.');
        size_t n = dot == NULL ? strlen(at) : (size_t)(dot - at);
        if (n == 0 || n >= sizeof key) {
            return NULL;
        }
        memcpy(key, at, n);
        key[n] = '\0';
        value = yq_json_get(value, key);
        at = dot == NULL ? NULL : dot + 1;
    }
    return value;
}

int yq_atd_text_of(const yq_json *item, yq_atd_place place, uint8_t *out, size_t cap, size_t *n)
{
    char digits[24];
    uint64_t number;
    yq_slice text = {0};
    const yq_json *value = yq_atd_value(item, place);
    if (place[0] == '=') {
        text = yq_slice_text(place + 1);
    } else if (yq_json_uint(value, &number)) {
        text = yq_slice_of(digits, yq_decimal_encode(digits, number));
    } else if (!yq_json_text(value, &text)) {
        return 0;
    }
    if (text.n == 0 || text.n > cap) {
        return 0;
    }
    memcpy(out, text.p, text.n);
    *n = text.n;
    return 1;
}

int yq_atd_number_of(const yq_json *item, yq_atd_place place, uint64_t *out)
{
    uint8_t text[20];
    size_t n;
    if (yq_json_uint(yq_atd_value(item, place), out)) {
        return 1;
    }
    if (!yq_atd_text_of(item, place, text, sizeof text, &n)) {
        return 0;
    }
    *out = 0;
    for (size_t i = 0; i < n; i++) {
        uint64_t digit = (uint64_t)(text[i] - '0');
        if (text[i] < '0' || text[i] > '9' || *out > (UINT64_MAX - digit) / 10) {
            return 0;
        }
        *out = *out * 10 + digit;
    }
    return 1;
}
