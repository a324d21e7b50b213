#include "relay/gateway/request.h"

#include <strings.h>

#define BASE "/api/v1/"

static const char *const param_name[YQ_PARAM_N] = {
    "wait_ms", "limit", "from", "height", "index", "cursor", "state", "chain", "key"};

const char *yq_param_name(yq_param param)
{
    return param_name[param];
}

static int is_plain(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
}

static size_t plain_run(const char *p)
{
    size_t n = 0;
    while (is_plain(p[n])) {
        n++;
    }
    return n;
}

/* Reads NAME=VALUE at *at. */
static yq_status read_param(
    const char *text, size_t *at, yq_target *target, const char **field, yq_fault *why)
{
    size_t name_n = plain_run(text + *at);
    yq_slice name = yq_slice_of(text + *at, name_n);
    unsigned i = 0;
    while (i < YQ_PARAM_N && !yq_slice_equal(name, yq_slice_text(param_name[i]))) {
        i++;
    }
    if (i == YQ_PARAM_N) {
        return yq_fail(why, YQ_E_FIELD_UNKNOWN, *at, "parameter");
    }
    *field = param_name[i];
    if ((target->given >> i & 1) != 0) {
        return yq_fail(why, YQ_E_FIELD_DUP, *at, param_name[i]);
    }
    *at += name_n;
    if (text[*at] != '=') {
        return yq_fail(why, YQ_E_NONCANONICAL, *at, param_name[i]);
    }
    ++*at;
    size_t n = plain_run(text + *at);
    target->given |= 1u << i;
    target->value[i] = yq_slice_of(text + *at, n);
    *at += n;
    if (text[*at] != '\0' && text[*at] != '&') {
        return yq_fail(why, YQ_E_NONCANONICAL, *at, param_name[i]);
    }
    *at += text[*at] == '&' ? 1 : 0;
    *field = "query";
    return YQ_OK;
}

yq_status yq_target_read(const char *text, yq_target *target, const char **field, yq_fault *why)
{
    const char *ignored = NULL;
    field = field == NULL ? &ignored : field;
    *target = (yq_target){0};
    *field = "path";
    if (strnlen(text, YQ_TARGET_SIZE_MAX + 1) > YQ_TARGET_SIZE_MAX) {
        return yq_fail(why, YQ_E_LIMIT, YQ_TARGET_SIZE_MAX, "target");
    }
    if (strncmp(text, BASE, strlen(BASE)) != 0) {
        return yq_fail(why, YQ_E_NOT_FOUND, 0, "path");
    }
    size_t at = strlen(BASE);
    for (;;) {
        size_t n = plain_run(text + at);
        char end = text[at + n];
        if (n == 0 || (end != '\0' && end != '/' && end != '?')) {
            return yq_fail(why, YQ_E_NONCANONICAL, at + n, "path");
        }
        if (target->part_n == YQ_TARGET_PARTS_MAX) {
            return yq_fail(why, YQ_E_NOT_FOUND, at, "path");
        }
        target->part[target->part_n++] = yq_slice_of(text + at, n);
        at += n + (end == '\0' ? 0 : 1);
        if (end != '/') {
            break;
        }
    }
    *field = "query";
    while (text[at] != '\0') {
        yq_status status = read_param(text, &at, target, field, why);
        if (status != YQ_OK) {
            return status;
        }
    }
    return YQ_OK;
}

yq_status yq_number_read(yq_slice text, uint64_t max, uint64_t *out)
{
    *out = 0;
    if (text.n == 0 || text.n > 20 || (text.n > 1 && text.p[0] == '0')) {
        return YQ_E_NONCANONICAL;
    }
    uint64_t v = 0;
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] < '0' || text.p[i] > '9') {
            return YQ_E_NONCANONICAL;
        }
        uint64_t digit = (uint64_t)(text.p[i] - '0');
        if (v > (UINT64_MAX - digit) / 10) {
            return YQ_E_RANGE;
        }
        v = 10 * v + digit;
    }
    if (v > max) {
        return YQ_E_RANGE;
    }
    *out = v;
    return YQ_OK;
}

yq_status yq_id_read(yq_slice text, yq_digest *out)
{
    yq_buf bytes = {.p = out->b, .cap = sizeof out->b};
    if (text.n != (size_t)2 * YQ_DIGEST_SIZE) {
        return YQ_E_LEN;
    }
    return yq_hex_decode(&bytes, (const char *)text.p, text.n);
}

/* The media types of an Accept header are few; the first of the two that it names counts. */
int yq_accepts_msgpack(const char *accept)
{
    if (accept == NULL) {
        return 0;
    }
    const char *msgpack = strcasestr(accept, "application/msgpack");
    const char *json = strcasestr(accept, "application/json");
    return msgpack != NULL && (json == NULL || msgpack < json);
}
