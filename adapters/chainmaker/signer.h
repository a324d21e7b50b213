#ifndef YQ_ADAPTERS_CHAINMAKER_SIGNER_H
#define YQ_ADAPTERS_CHAINMAKER_SIGNER_H

#include "relay/crypto/crypto.h"

/* Who signs on a chain, and how: the schemes of light-clients/chainmaker/README.md. */
typedef enum yq_cma_scheme {
    YQ_CMA_UNKNOWN = 0,
    YQ_CMA_SM2_SM3 = 1,
    YQ_CMA_P256_SHA256 = 2,
    YQ_CMA_SM2_SHA256 = 3,
    YQ_CMA_SECP256K1_SHA256 = 4,
} yq_cma_scheme;

typedef struct yq_cma_signer {
    uint8_t scheme; /* yq_cma_scheme */
    uint8_t key[64];
} yq_cma_signer;

/*
 * Reads a certificate or a public key in PEM. A certificate's own signature algorithm says how its
 * key signs; a bare key signs by the chain's hash. In: alg, yq_hash_alg of the chain. Errors:
 * decode codes, E_UNSUPPORTED (a key or an algorithm that no scheme has).
 */
YQ_NODISCARD yq_status
yq_cma_signer_of_pem(yq_slice pem, uint32_t alg, yq_cma_signer *out, yq_fault *why);

/* Returns 1 when sig (DER) is the signer's over msg. Out: rs, 64 bytes r || s. */
int yq_cma_signer_check(const yq_cma_signer *signer, yq_slice msg, yq_slice sig, uint8_t *rs);

/* Appends a signature in DER. Errors: E_NOSPC. */
YQ_NODISCARD yq_status yq_cma_sign(uint8_t scheme, const yq_key *key, yq_slice msg, yq_buf *out);

#endif /* YQ_ADAPTERS_CHAINMAKER_SIGNER_H */
