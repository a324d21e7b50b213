#ifndef YQ_RELAY_CODEC_TEST_HEX_H
#define YQ_RELAY_CODEC_TEST_HEX_H

#include "relay/base/bytes.h"

#include <criterion/criterion.h>
#include <stdlib.h>

/* Bytes of a hex text with blanks; freed with the test's process. */
static inline yq_slice hex(const char *text)
{
    size_t n = strlen(text);
    char *digits = malloc(n + 1);
    size_t digit_n = 0;
    cr_assert_not_null(digits);
    for (size_t i = 0; i < n; i++) {
        if (text[i] != ' ') {
            digits[digit_n++] = text[i];
        }
    }
    uint8_t *p = malloc(n + 1);
    cr_assert_not_null(p);
    yq_buf out = {.p = p, .cap = n + 1};
    cr_assert_eq(yq_hex_decode(&out, digits, digit_n), YQ_OK, "%s", text);
    free(digits);
    return yq_slice_of(p, out.n);
}

/* A copy on the heap of its exact size, so that a sanitizer sees a read past the end. */
static inline uint8_t *exact(yq_slice bytes)
{
    uint8_t *p = malloc(bytes.n == 0 ? 1 : bytes.n);
    cr_assert_not_null(p);
    yq_bytes_copy(p, bytes.p, bytes.n);
    return p;
}

#endif /* YQ_RELAY_CODEC_TEST_HEX_H */
