#ifndef YQ_RELAY_CRYPTO_KEY_H
#define YQ_RELAY_CRYPTO_KEY_H

#include "relay/crypto/crypto.h"

#include <openssl/evp.h>

struct yq_key {
    yq_sig_alg alg;
    size_t public_size;
    uint8_t public_key[64];
    uint8_t scalar[32]; /* Ed25519: the seed */
    EVP_PKEY *pkey;
};

#endif /* YQ_RELAY_CRYPTO_KEY_H */
