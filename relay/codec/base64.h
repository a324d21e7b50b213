#ifndef YQ_RELAY_CODEC_BASE64_H
#define YQ_RELAY_CODEC_BASE64_H

#include "relay/base/cursor.h"

/* Base64 (RFC 4648, section 4), strict: no spaces, padding where it belongs, no stray bits. */

/* Four digits at a time; `held` holds bits that are not out yet. Begin with {0}. */
typedef struct yq_base64 {
    uint32_t held;
    unsigned digits, padding;
} yq_base64;

/* Takes the next digit from c; out grows by three bytes at every fourth. Failures are sticky in c:
 * E_NONCANONICAL, E_NOSPC. */
void yq_base64_digit(yq_cur *c, yq_base64 *state, yq_buf *out);

/* Fails with E_NONCANONICAL when the digits are no multiple of four. */
void yq_base64_end(yq_cur *c, const yq_base64 *state);

/* Decodes a whole text. Out: out->n bytes. Errors: E_NONCANONICAL, E_NOSPC. */
YQ_NODISCARD yq_status yq_base64_decode(yq_slice text, yq_buf *out, yq_fault *why);

#endif /* YQ_RELAY_CODEC_BASE64_H */
