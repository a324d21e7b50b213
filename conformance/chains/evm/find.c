#include "conformance/chains/evm/emock.h"

const yq_emock_block *yq_emock_chain_at(const yq_emock_chain *chain, uint64_t number)
{
    if (chain->twin != NULL && chain->twin->number == number) {
        return chain->twin;
    }
    return number < chain->block_n ? chain->block[number] : NULL;
}

const yq_emock_block *yq_emock_chain_by_hash(const yq_emock_chain *chain, const yq_digest *hash)
{
    if (chain->twin != NULL && yq_digest_equal(&chain->twin->hash, hash)) {
        return chain->twin;
    }
    for (size_t i = 0; i < chain->block_n; i++) {
        if (yq_digest_equal(&chain->block[i]->hash, hash)) {
            return chain->block[i];
        }
    }
    return NULL;
}

int yq_emock_chain_find_tx(
    const yq_emock_chain *chain, const yq_digest *hash, const yq_emock_block **block, size_t *index)
{
    for (size_t b = chain->block_n; b-- > 0;) {
        for (size_t i = 0; i < chain->block[b]->tx_n; i++) {
            if (yq_digest_equal(&chain->block[b]->tx[i]->hash, hash)) {
                *block = yq_emock_chain_at(chain, b);
                *index = i;
                return 1;
            }
        }
    }
    return 0;
}
