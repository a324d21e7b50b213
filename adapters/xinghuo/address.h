#ifndef YQ_ADAPTERS_XINGHUO_ADDRESS_H
#define YQ_ADAPTERS_XINGHUO_ADDRESS_H

#include "yuqiao/types.h"

/* Keys and addresses as Xinghuo writes them. Suites: 1 SM2 (64 bytes, hashed with a leading 04), 4
 * Ed25519 (32 bytes). */
#define YQ_XH_KEY_TEXT_SIZE 137u /* with its NUL */
#define YQ_XH_ADDRESS_SIZE  64u

/* Writes the encoded public key, lower-case hex: b0, the kind (65 Ed25519, 7a SM2), 66, the raw
 * key. Returns its length. In: a key of the suite's size. */
size_t yq_xh_key_text(uint8_t suite, yq_slice key, char text[YQ_XH_KEY_TEXT_SIZE]);

/* Writes "did:bid:", "ef" or "zf", base 58 of the last 22 bytes of the key's hash (SHA-256, or
 * SM3). Returns its length. In: a key of the suite's size. */
size_t yq_xh_address(uint8_t suite, yq_slice key, char text[YQ_XH_ADDRESS_SIZE]);

#endif /* YQ_ADAPTERS_XINGHUO_ADDRESS_H */
