#include "conformance/chains/fisco-bcos-3/mock3.h"
#include "relay/base/assert.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- keys and the genesis ---- */

static yq_key *derive(const yq_mock3_chain *chain, const char *seed, const char *name)
{
    char text[512];
    yq_sig_alg alg =
        chain->suite == YQ_MOCK3_SUITE_SM ? YQ_SIG_SM2_MESSAGE : YQ_SIG_SECP256K1_DIGEST;
    int n = snprintf(text, sizeof text, "%.200s\n%.100s", seed, chain->name);
    YQ_ASSERT(n > 0);
    yq_key *key = yq_key_derive(alg, yq_slice_of(text, (size_t)n), name);
    YQ_ASSERT(key != NULL);
    return key;
}

static void make_keys(yq_mock3_chain *chain, const char *seed)
{
    for (size_t i = 0; i < YQ_MOCK3_NODES; i++) {
        char name[32];
        (void)snprintf(name, sizeof name, "node-%zu", i);
        yq_key *key = derive(chain, seed, name);
        size_t at = i;
        for (; at > 0 && memcmp(yq_key_public(chain->node[at - 1]).p, yq_key_public(key).p, 64) > 0;
             at--) {
            chain->node[at] = chain->node[at - 1];
        }
        chain->node[at] = key;
        chain->weight[i] = i % 2 == 0; /* four of eight, so that a new one may stand anywhere */
    }
    chain->account = derive(chain, seed, "account");
    chain->stranger = derive(chain, seed, "stranger");
}

static yq_mock3_block *block_new(void)
{
    yq_mock3_block *block = calloc(1, sizeof *block);
    YQ_ASSERT(block != NULL);
    return block;
}

static void keep_block(yq_mock3_chain *chain, yq_mock3_block *block)
{
    chain->block = yq_mock3_grow(chain->block, &chain->block_n, sizeof(yq_mock3_block *));
    chain->block[chain->block_n - 1] = block;
}

yq_mock3_chain *yq_mock3_chain_new(
    uint8_t suite, const char *name, const char *seed, uint64_t time_ms)
{
    yq_mock3_chain *chain = calloc(1, sizeof *chain);
    YQ_ASSERT(chain != NULL);
    chain->suite = suite;
    chain->alg = suite == YQ_MOCK3_SUITE_SM ? YQ_HASH_SM3 : YQ_HASH_KECCAK256;
    chain->name = strdup(name);
    YQ_ASSERT(chain->name != NULL);
    make_keys(chain, seed);
    yq_mock3_genesis_text(chain);
    yq_mock3_block *genesis = block_new();
    genesis->time_ms = time_ms;
    yq_mock3_header_hash(chain, genesis);
    keep_block(chain, genesis);
    return chain;
}

void yq_mock3_chain_free(yq_mock3_chain *chain)
{
    if (chain == NULL) {
        return;
    }
    for (size_t b = 0; b < chain->block_n; b++) {
        for (size_t i = 0; i < chain->block[b]->tx_n; i++) {
            yq_mock3_tx_free(chain->block[b]->tx[i]);
        }
        free(chain->block[b]->tx);
        free(chain->block[b]);
    }
    for (size_t i = 0; i < chain->pool_n; i++) {
        yq_mock3_tx_free(chain->pool[i]);
    }
    for (size_t i = 0; i < chain->contract_n; i++) {
        yq_contract_free(chain->contract[i].model);
    }
    for (size_t i = 0; i < YQ_MOCK3_NODES; i++) {
        yq_key_free(chain->node[i]);
    }
    yq_key_free(chain->account);
    yq_key_free(chain->stranger);
    free(chain->deploy);
    free(chain->twin);
    free(chain->block);
    free(chain->pool);
    free(chain->contract);
    free(chain->name);
    free(chain);
}

/* ---- blocks ---- */

static void next_state(const yq_mock3_chain *chain, yq_mock3_block *block)
{
    const yq_slice part[] = {
        yq_slice_text("state"), YQ_SLICE_OF(block->parent.b), YQ_SLICE_OF(block->tx_root.b)};
    yq_hash(chain->alg, part, YQ_ARRAY_N(part), block->state.b);
}

static void hash_receipt(const yq_mock3_chain *chain, uint64_t number, yq_mock3_tx *tx)
{
    size_t cap = 1024 + tx->output_n + tx->log.data_n;
    uint8_t *room = malloc(cap);
    YQ_ASSERT(room != NULL);
    yq_writer w = yq_writer_of(room, cap);
    yq_mock3_receipt_put(tx, number, &w);
    YQ_ASSERT(w.status == YQ_OK);
    yq_hash_one(chain->alg, yq_writer_slice(&w), tx->receipt_hash.b);
    free(room);
}

static void take_from_pool(yq_mock3_chain *chain, yq_mock3_block *block)
{
    size_t n = chain->pool_n < YQ_MOCK3_BLOCK_TX_MAX ? chain->pool_n : YQ_MOCK3_BLOCK_TX_MAX;
    block->tx = calloc(n, sizeof(yq_mock3_tx *));
    YQ_ASSERT(block->tx != NULL);
    memcpy(block->tx, chain->pool, n * sizeof(yq_mock3_tx *));
    block->tx_n = n;
    memmove(chain->pool, chain->pool + n, (chain->pool_n - n) * sizeof(yq_mock3_tx *));
    chain->pool_n -= n;
}

static void run_block(yq_mock3_chain *chain, yq_mock3_block *block)
{
    yq_digest *hash = calloc(block->tx_n, sizeof *hash);
    YQ_ASSERT(hash != NULL);
    for (size_t i = 0; i < block->tx_n; i++) {
        hash[i] = block->tx[i]->hash;
    }
    yq_mock3_tree_root(chain->alg, hash, block->tx_n, &block->tx_root);
    next_state(chain, block);
    for (size_t i = 0; i < block->tx_n; i++) {
        yq_mock3_tx *tx = block->tx[i];
        yq_mock3_execute(chain, tx, block->number, i, block->time_ms);
        hash_receipt(chain, block->number, tx);
        hash[i] = tx->receipt_hash;
        block->gas_used += tx->gas_used;
    }
    yq_mock3_tree_root(chain->alg, hash, block->tx_n, &block->receipt_root);
    free(hash);
}

int yq_mock3_chain_seal(yq_mock3_chain *chain, uint64_t time_ms)
{
    if (chain->pool_n == 0) {
        return 0;
    }
    const yq_mock3_block *parent = chain->block[chain->block_n - 1];
    yq_mock3_block *block = block_new();
    size_t sealers = 0;
    block->number = parent->number + 1;
    block->time_ms = time_ms > parent->time_ms ? time_ms : parent->time_ms + 1;
    block->parent = parent->hash;
    block->mode = chain->mode;
    memcpy(block->weight, chain->weight, sizeof block->weight);
    while (yq_mock3_sealer_at(block, sealers) < YQ_MOCK3_NODES) {
        sealers++;
    }
    YQ_ASSERT(sealers > 0);
    block->sealer = (unsigned)(block->number % sealers);
    take_from_pool(chain, block);
    run_block(chain, block);
    yq_mock3_header_hash(chain, block);
    yq_mock3_header_sign(chain, block);
    keep_block(chain, block);
    return 1;
}

void yq_mock3_chain_set_mode(yq_mock3_chain *chain, yq_mock_mode mode)
{
    chain->mode = mode;
    if (mode != YQ_MOCK_HONEST) {
        return;
    }
    free(chain->twin);
    chain->twin = NULL;
    for (size_t i = 1; i < chain->block_n; i++) {
        if (chain->block[i]->mode != YQ_MOCK_HONEST) {
            chain->block[i]->mode = YQ_MOCK_HONEST;
            yq_mock3_header_sign(chain, chain->block[i]);
        }
    }
}

int yq_mock3_chain_fork(yq_mock3_chain *chain, uint64_t number)
{
    if (number == 0 || number >= chain->block_n) {
        return 0;
    }
    free(chain->twin);
    chain->twin = block_new();
    *chain->twin = *chain->block[number];
    chain->twin->mode = YQ_MOCK_FORK;
    chain->twin->time_ms++;
    yq_mock3_header_hash(chain, chain->twin);
    yq_mock3_header_sign(chain, chain->twin);
    return 1;
}

const yq_mock3_block *yq_mock3_chain_at(const yq_mock3_chain *chain, uint64_t number)
{
    if (chain->twin != NULL && chain->twin->number == number) {
        return chain->twin;
    }
    return number < chain->block_n ? chain->block[number] : NULL;
}

int yq_mock3_chain_find_tx(
    const yq_mock3_chain *chain, const yq_digest *hash, const yq_mock3_block **block, size_t *index)
{
    for (size_t b = chain->block_n; b-- > 0;) {
        for (size_t i = 0; i < chain->block[b]->tx_n; i++) {
            if (yq_digest_equal(&chain->block[b]->tx[i]->hash, hash)) {
                *block = yq_mock3_chain_at(chain, b);
                *index = i;
                return 1;
            }
        }
    }
    return 0;
}
