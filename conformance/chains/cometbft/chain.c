#include "conformance/chains/cometbft/cmock.h"
#include "relay/base/assert.h"
#include "relay/codec/protobuf.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- beginning ---- */

static void make_keys(yq_cmock_chain *chain, const char *seed)
{
    char text[256];
    (void)snprintf(text, sizeof text, "%.120s/%.120s", seed, chain->name);
    for (size_t i = 0; i < YQ_CMOCK_KEYS; i++) {
        yq_cmock_validator *v = &chain->validator[i];
        char name[24];
        uint8_t md[YQ_DIGEST_SIZE];
        (void)snprintf(name, sizeof name, "validator-%zu", i);
        v->key = yq_key_derive(YQ_SIG_ED25519_MESSAGE, yq_slice_text(text), name);
        YQ_ASSERT(v->key != NULL);
        memcpy(v->raw, yq_key_public(v->key).p, sizeof v->raw);
        yq_hash_one(YQ_HASH_SHA256, YQ_SLICE_OF(v->raw), md);
        memcpy(v->address, md, sizeof v->address);
    }
    chain->stranger = yq_key_derive(YQ_SIG_ED25519_MESSAGE, yq_slice_text(text), "stranger");
    YQ_ASSERT(chain->stranger != NULL);
}

static void put_first_leaf(yq_cmock_chain *chain, const char *key, const char *value)
{
    yq_cmock_leaf leaf = {.key_n = strlen(key), .value_n = strlen(value), .version = 1};
    memcpy(leaf.key, key, leaf.key_n);
    memcpy(leaf.value, value, leaf.value_n);
    yq_cmock_leaf_put(chain, &leaf);
}

yq_cmock_chain *yq_cmock_chain_new(
    unsigned version, const char *name, const char *seed, uint64_t time_ms)
{
    yq_cmock_chain *chain = calloc(1, sizeof *chain);
    YQ_ASSERT(chain != NULL);
    chain->name = strdup(name);
    YQ_ASSERT(chain->name != NULL);
    chain->version = version;
    chain->inbox = chain->foreign = chain->events = SIZE_MAX;
    (void)snprintf(chain->id, sizeof chain->id, "%.46s-1", name);
    make_keys(chain, seed);
    chain->set = chain->next = yq_cmock_set_of(0, YQ_CMOCK_MEMBERS);
    put_first_leaf(chain, "clients/07-tendermint-0/clientState", "client state");
    put_first_leaf(chain, "connections/connection-0", "connection end");
    put_first_leaf(chain, "nextClientSequence", "1");
    chain->app = chain->results = yq_cmock_merkle(NULL, 0);
    yq_cmock_chain_seal(chain, time_ms);
    return chain;
}

void yq_cmock_chain_free(yq_cmock_chain *chain)
{
    if (chain == NULL) {
        return;
    }
    for (size_t b = 0; b < chain->block_n; b++) {
        for (size_t i = 0; i < chain->block[b]->tx_n; i++) {
            yq_cmock_tx_free(chain->block[b]->tx[i]);
        }
        free(chain->block[b]->tx);
        free(chain->block[b]);
    }
    for (size_t i = 0; i < chain->pool_n; i++) {
        yq_cmock_tx_free(chain->pool[i]);
    }
    for (size_t i = 0; i < chain->module_n; i++) {
        yq_contract_free(chain->module[i].model);
    }
    for (size_t i = 0; i < chain->packet_n; i++) {
        free(chain->packet[i]->data);
        free(chain->packet[i]);
    }
    for (size_t i = 0; i < YQ_CMOCK_KEYS; i++) {
        yq_key_free(chain->validator[i].key);
    }
    yq_key_free(chain->stranger);
    yq_cmock_tree_free(chain->tree);
    free(chain->block);
    free(chain->twin);
    free(chain->pool);
    free(chain->module);
    free(chain->packet);
    free(chain->leaf);
    free(chain->deploy);
    free(chain->name);
    free(chain);
}

/* ---- blocks ---- */

static int sets_differ(const yq_cmock_chain *chain)
{
    const yq_digest set = yq_cmock_set_hash(chain, &chain->set);
    const yq_digest next = yq_cmock_set_hash(chain, &chain->next);
    return !yq_digest_equal(&set, &next);
}

int yq_cmock_chain_due(const yq_cmock_chain *chain)
{
    const yq_cmock_block *last = chain->block[chain->block_n - 1];
    return chain->pool_n > 0 || !yq_digest_equal(&last->app, &chain->app) || sets_differ(chain);
}

/* The next header's root over the results: only their code counts here. */
static yq_digest results_hash(const yq_cmock_block *block)
{
    static uint8_t room[YQ_CMOCK_BLOCK_TXS][8];
    static yq_slice leaf[YQ_CMOCK_BLOCK_TXS];
    for (size_t i = 0; i < block->tx_n; i++) {
        yq_writer w = yq_writer_of(room[i], sizeof room[i]);
        if (block->tx[i]->code != 0) {
            yq_pb_put_varint(&w, 1, block->tx[i]->code);
        }
        leaf[i] = yq_writer_slice(&w);
    }
    return yq_cmock_merkle(leaf, block->tx_n);
}

static void take_pool(yq_cmock_chain *chain, yq_cmock_block *block)
{
    size_t n = chain->pool_n < YQ_CMOCK_BLOCK_TXS ? chain->pool_n : YQ_CMOCK_BLOCK_TXS;
    static yq_slice leaf[YQ_CMOCK_BLOCK_TXS];
    block->tx = calloc(n + 1, sizeof(yq_cmock_tx *));
    YQ_ASSERT(block->tx != NULL);
    block->tx_n = n;
    for (size_t i = 0; i < n; i++) {
        block->tx[i] = chain->pool[i];
        leaf[i] = YQ_SLICE_OF(chain->pool[i]->hash.b);
    }
    chain->pool_n -= n;
    if (chain->pool_n > 0) {
        memmove(chain->pool, chain->pool + n, chain->pool_n * sizeof(yq_cmock_tx *));
    }
    block->data = yq_cmock_merkle(leaf, n);
}

/* Where the block before it leads to. */
static void follow_last(const yq_cmock_chain *chain, yq_cmock_block *block)
{
    if (chain->block_n == 0) {
        block->last_commit = yq_cmock_merkle(NULL, 0);
        return;
    }
    yq_cmock_block honest = *chain->block[chain->block_n - 1];
    if (block->time_ms <= honest.time_ms) {
        block->time_ms = honest.time_ms + 1;
    }
    if (honest.mode != YQ_MOCK_HONEST) {
        honest.mode = YQ_MOCK_HONEST;
        yq_cmock_block_sign(chain, &honest);
    }
    block->last = honest.hash;
    block->last_commit = yq_cmock_commit_hash(chain, &honest);
}

void yq_cmock_chain_seal(yq_cmock_chain *chain, uint64_t time_ms)
{
    yq_cmock_block *block = calloc(1, sizeof *block);
    YQ_ASSERT(block != NULL);
    block->height = chain->block_n + 1;
    block->time_ms = time_ms;
    block->set = chain->set;
    block->next = chain->next;
    block->app = chain->app;
    block->results = chain->results;
    block->mode = chain->mode;
    follow_last(chain, block);
    take_pool(chain, block);
    chain->set = block->next;
    yq_cmock_block_hash(chain, block);
    yq_cmock_block_sign(chain, block);
    chain->block = yq_cmock_grow(chain->block, &chain->block_n, sizeof(yq_cmock_block *));
    chain->block[chain->block_n - 1] = block;
    for (size_t i = 0; i < block->tx_n; i++) {
        yq_cmock_tx_run(chain, block->tx[i], block->height, block->time_ms);
    }
    chain->results = results_hash(block);
    chain->app = yq_cmock_app_root(chain, block->height);
}

void yq_cmock_chain_set_mode(yq_cmock_chain *chain, yq_mock_mode mode)
{
    chain->mode = mode;
    if (mode != YQ_MOCK_HONEST) {
        return;
    }
    free(chain->twin);
    chain->twin = NULL;
    for (size_t i = 0; i < chain->block_n; i++) {
        if (chain->block[i]->mode != YQ_MOCK_HONEST) {
            chain->block[i]->mode = YQ_MOCK_HONEST;
            yq_cmock_block_sign(chain, chain->block[i]);
        }
    }
}

int yq_cmock_chain_fork(yq_cmock_chain *chain, uint64_t height)
{
    if (height < 2 || height > chain->block_n) {
        return 0;
    }
    free(chain->twin);
    chain->twin = malloc(sizeof *chain->twin);
    YQ_ASSERT(chain->twin != NULL);
    *chain->twin = *chain->block[height - 1];
    chain->twin->mode = YQ_MOCK_HONEST;
    chain->twin->time_ms++;
    yq_cmock_block_hash(chain, chain->twin);
    yq_cmock_block_sign(chain, chain->twin);
    return 1;
}
