#include "conformance/chains/evm/emock.h"
#include "relay/base/assert.h"

#include <stdlib.h>

/* ---- modes -------------------------------------------------------------------------------------
 */

/* A seal is part of a Clique block's hash: what lies above is linked and sealed anew. */
static void heal_clique(yq_emock_chain *chain, uint64_t from)
{
    for (uint64_t i = from; i < chain->block_n; i++) {
        yq_emock_block *block = chain->block[i];
        block->mode = YQ_MOCK_HONEST;
        block->parent = chain->block[i - 1]->hash;
        block->signer = yq_emock_next_signer(chain, &block->set, i);
        yq_emock_seal(chain, block);
    }
}

void yq_emock_chain_set_mode(yq_emock_chain *chain, yq_mock_mode mode)
{
    chain->mode = mode;
    if (mode != YQ_MOCK_HONEST) {
        return;
    }
    yq_emock_block_free(chain->twin);
    chain->twin = NULL;
    for (uint64_t i = 1; i < chain->block_n; i++) {
        yq_emock_block *block = chain->block[i];
        if (block->mode == YQ_MOCK_HONEST) {
            continue;
        }
        if (chain->consensus == YQ_EMOCK_CLIQUE) {
            heal_clique(chain, i);
            return;
        }
        block->mode = YQ_MOCK_HONEST;
        yq_emock_seal(chain, block);
    }
}

/* ---- a second block, sealed by a quorum --------------------------------------------------------
 */

static void make_twin(yq_emock_chain *chain, uint64_t number)
{
    yq_emock_block_free(chain->twin);
    chain->twin = yq_emock_block_new();
    *chain->twin = *chain->block[number];
    chain->twin->extra = NULL;
    yq_emock_state_copy(&chain->twin->after, &chain->block[number]->after);
    chain->twin->mode = YQ_MOCK_FORK;
    chain->twin->time++;
    yq_emock_seal(chain, chain->twin);
}

/* ---- another branch ----------------------------------------------------------------------------
 */

/* Puts the transactions of removed blocks back, in front of what waits. */
static void give_back(yq_emock_chain *chain, uint64_t from)
{
    size_t all = chain->pool_n;
    for (uint64_t b = from; b < chain->block_n; b++) {
        all += chain->block[b]->tx_n;
    }
    yq_emock_tx **pool = calloc(all + 1, sizeof(yq_emock_tx *));
    YQ_ASSERT(pool != NULL);
    size_t n = 0;
    for (uint64_t b = from; b < chain->block_n; b++) {
        yq_emock_block *block = chain->block[b];
        for (size_t i = 0; i < block->tx_n; i++) {
            yq_emock_forget(block->tx[i]);
            pool[n++] = block->tx[i];
        }
        free(block->tx);
        yq_emock_block_free(block);
    }
    yq_bytes_copy(pool + n, chain->pool, chain->pool_n * sizeof(yq_emock_tx *));
    free(chain->pool);
    chain->pool = pool;
    chain->pool_n = all;
    chain->block_n = from;
}

/* Contracts cannot go back: everything is run again. */
static void run_again(yq_emock_chain *chain)
{
    yq_emock_state_begin(chain);
    for (uint64_t b = 1; b < chain->block_n; b++) {
        const yq_emock_block *block = chain->block[b];
        for (size_t i = 0; i < block->tx_n; i++) {
            yq_emock_forget(block->tx[i]);
            yq_emock_execute(chain, block->tx[i], block->time);
        }
    }
    chain->now.set = chain->block[chain->block_n - 1]->after.set;
}

/* An empty block that makes the branch another one, the transactions, and then as many blocks as
 * make it the longer one. */
static void reorganise(yq_emock_chain *chain, uint64_t number)
{
    uint64_t height = yq_emock_height(chain), time = chain->block[number]->time;
    chain->set = chain->block[number]->set;
    chain->vote = (yq_emock_vote){0};
    memset(chain->has_voted, 0, sizeof chain->has_voted);
    give_back(chain, number);
    run_again(chain);
    yq_emock_tx **waiting = chain->pool;
    size_t waiting_n = chain->pool_n;
    chain->pool = NULL;
    chain->pool_n = 0;
    yq_emock_chain_seal(chain, time + 1);
    free(chain->pool);
    chain->pool = waiting;
    chain->pool_n = waiting_n;
    while (chain->pool_n > 0 || yq_emock_height(chain) <= height) {
        yq_emock_chain_seal(chain, time + 1);
    }
}

int yq_emock_chain_fork(yq_emock_chain *chain, uint64_t number)
{
    if (number == 0 || number >= chain->block_n) {
        return 0;
    }
    if (chain->consensus == YQ_EMOCK_CLIQUE) {
        reorganise(chain, number);
    } else {
        make_twin(chain, number);
    }
    return 1;
}
