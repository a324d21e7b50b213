#ifndef YQ_RELAY_CRYPTO_KECCAK_H
#define YQ_RELAY_CRYPTO_KECCAK_H

#include "yuqiao/types.h"

/* Keccak-256 as Ethereum uses it: the permutation of FIPS 202 with the padding byte 0x01 instead of
 * 0x06. */
typedef struct yq_keccak {
    uint64_t lane[25];
    size_t used; /* bytes absorbed of the present block */
} yq_keccak;

void yq_keccak_add(yq_keccak *keccak, yq_slice in);

/* Out: md, 32 bytes. The state is spent. */
void yq_keccak_end(yq_keccak *keccak, uint8_t *md);

#endif /* YQ_RELAY_CRYPTO_KECCAK_H */
