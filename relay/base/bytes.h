#ifndef YQ_RELAY_BASE_BYTES_H
#define YQ_RELAY_BASE_BYTES_H

#include "yuqiao/types.h"

#include <string.h>

#define YQ_ARRAY_N(array) (sizeof(array) / sizeof((array)[0]))

/* A slice over an object's bytes, or over a text without its NUL. */
#define YQ_SLICE_OF(object) ((yq_slice){(const uint8_t *)&(object), sizeof(object)})

static inline yq_slice yq_slice_of(const void *p, size_t n)
{
    return (yq_slice){(const uint8_t *)p, n};
}

static inline yq_slice yq_slice_text(const char *text)
{
    return (yq_slice){(const uint8_t *)text, strlen(text)};
}

static inline int yq_slice_equal(yq_slice a, yq_slice b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

/* Order by bytes, the shorter first where one begins the other: -1, 0, 1. */
static inline int yq_slice_compare(yq_slice a, yq_slice b)
{
    size_t n = a.n < b.n ? a.n : b.n;
    int order = n == 0 ? 0 : memcmp(a.p, b.p, n);
    if (order == 0) {
        return a.n == b.n ? 0 : (a.n < b.n ? -1 : 1);
    }
    return order < 0 ? -1 : 1;
}

static inline int yq_bytes_are_zero(const uint8_t *p, size_t n)
{
    uint8_t any = 0;
    for (size_t i = 0; i < n; i++) {
        any |= p[i];
    }
    return any == 0;
}

static inline int yq_digest_equal(const yq_digest *a, const yq_digest *b)
{
    return memcmp(a->b, b->b, sizeof a->b) == 0;
}

static inline int yq_digest_is_zero(const yq_digest *a)
{
    return yq_bytes_are_zero(a->b, sizeof a->b);
}

/* memcpy that takes an empty source with a NULL pointer. */
static inline void yq_bytes_copy(void *to, const void *from, size_t n)
{
    if (n > 0) {
        memcpy(to, from, n);
    }
}

/* Writes 2 * n lower-case digits and a NUL; cap counts the NUL. Returns 0 if it does not fit (then
 * text is empty). */
size_t yq_hex_encode(char *text, size_t cap, const uint8_t *p, size_t n);

/*
 * Reads hex digits of either case, without prefix. Out: out->n bytes.
 * Errors: E_NONCANONICAL for a digit that is none or an odd count, E_NOSPC when cap is too small.
 */
YQ_NODISCARD yq_status yq_hex_decode(yq_buf *out, const char *text, size_t size);

/*
 * Sets why, if it is not NULL, and returns status: for `return yq_fail(why, YQ_E_RANGE, at,
 * "height")`. The text is cut to the room of yq_fault.
 */
yq_status yq_fail(yq_fault *why, yq_status status, size_t offset, const char *text);

/* Writes a number in decimal and a NUL into text (at least 21 bytes). Returns the digits' count. */
size_t yq_decimal_encode(char *text, uint64_t value);

#endif /* YQ_RELAY_BASE_BYTES_H */
