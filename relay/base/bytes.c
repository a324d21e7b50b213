#include "relay/base/bytes.h"

#include "relay/base/assert.h"

size_t yq_hex_encode(char *text, size_t cap, const uint8_t *p, size_t n)
{
    static const char digit[] = "0123456789abcdef";
    YQ_ASSERT(cap > 0);
    if (n > (cap - 1) / 2) {
        text[0] = '\0';
        return 0;
    }
    for (size_t i = 0; i < n; i++) {
        text[2 * i] = digit[p[i] >> 4];
        text[2 * i + 1] = digit[p[i] & 15];
    }
    text[2 * n] = '\0';
    return 2 * n;
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    if (c >= 'A' && c <= 'F') {
        return c - 'A' + 10;
    }
    return -1;
}

yq_status yq_hex_decode(yq_buf *out, const char *text, size_t size)
{
    out->n = 0;
    if (size % 2 != 0) {
        return YQ_E_NONCANONICAL;
    }
    if (size / 2 > out->cap) {
        return YQ_E_NOSPC;
    }
    for (size_t i = 0; i < size / 2; i++) {
        int high = hex_value(text[2 * i]);
        int low = hex_value(text[2 * i + 1]);
        if (high < 0 || low < 0) {
            out->n = 0;
            return YQ_E_NONCANONICAL;
        }
        out->p[i] = (uint8_t)(high << 4 | low);
    }
    out->n = size / 2;
    return YQ_OK;
}

yq_status yq_fail(yq_fault *why, yq_status status, size_t offset, const char *text)
{
    if (why != NULL) {
        why->status = status;
        why->offset = offset > UINT32_MAX ? UINT32_MAX : (uint32_t)offset;
        size_t n = 0;
        while (text[n] != '\0' && n + 1 < sizeof why->text) {
            why->text[n] = text[n];
            n++;
        }
        why->text[n] = '\0';
    }
    return status;
}

size_t yq_decimal_encode(char *text, uint64_t value)
{
    char reversed[20];
    size_t n = 0;
    do {
        reversed[n++] = (char)('0' + value % 10);
        value /= 10;
    } while (value != 0);
    for (size_t i = 0; i < n; i++) {
        text[i] = reversed[n - 1 - i];
    }
    text[n] = '\0';
    return n;
}
