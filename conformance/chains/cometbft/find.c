#include "conformance/chains/cometbft/cmock.h"

const yq_cmock_block *yq_cmock_chain_at(const yq_cmock_chain *chain, uint64_t height)
{
    if (chain->twin != NULL && chain->twin->height == height) {
        return chain->twin;
    }
    return height >= 1 && height <= chain->block_n ? chain->block[height - 1] : NULL;
}

int yq_cmock_chain_find_tx(
    const yq_cmock_chain *chain, const yq_digest *hash, const yq_cmock_block **block, size_t *index)
{
    for (size_t b = chain->block_n; b-- > 0;) {
        for (size_t i = 0; i < chain->block[b]->tx_n; i++) {
            if (yq_digest_equal(&chain->block[b]->tx[i]->hash, hash)) {
                *block = chain->block[b];
                *index = i;
                return 1;
            }
        }
    }
    return 0;
}
