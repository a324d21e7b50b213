#include "conformance/chains/chainmaker/cmmock.h"
#include "relay/base/assert.h"

#include <stdio.h>
#include <stdlib.h>

#define VOTERS_MIN 4u

void *yq_cmm_grow(void *array, size_t *n, size_t size)
{
    uint8_t *grown = realloc(array, (*n + 1) * size);
    YQ_ASSERT(grown != NULL);
    memset(grown + *n * size, 0, size);
    ++*n;
    return grown;
}

/* ---- blocks ---- */

/* Leaves and nothing up to a power of two; a node without a right one is hashed with itself. */
static yq_digest root_of(const yq_cmm_chain *chain, yq_cmm_tx *const *tx, size_t n)
{
    static yq_digest level[128];
    static int is_there[128];
    size_t size = 1;
    YQ_ASSERT(n > 0 && n <= YQ_CMM_BLOCK_TX_MAX);
    while (size < n) {
        size *= 2;
    }
    for (size_t i = 0; i < size; i++) {
        is_there[i] = i < n;
        level[i] = i < n ? tx[i]->leaf : (yq_digest){{0}};
    }
    for (; size > 1; size /= 2) {
        for (size_t i = 0; i < size / 2; i++) {
            const yq_digest *left = &level[2 * i];
            const yq_digest *right = is_there[2 * i + 1] ? left + 1 : left;
            const yq_slice part[] = {YQ_SLICE_OF(left->b), YQ_SLICE_OF(right->b)};
            yq_digest up = {{0}};
            yq_hash(chain->suite->alg, part, YQ_ARRAY_N(part), up.b);
            is_there[i] = is_there[2 * i];
            level[i] = up;
        }
    }
    return level[0];
}

static void hash_header(const yq_cmm_chain *chain, yq_cmm_block *b)
{
    uint8_t room[8192];
    yq_writer w = yq_writer_of(room, sizeof room);
    yq_cmm_header_put(chain, b, 0, &w);
    YQ_ASSERT(w.status == YQ_OK);
    yq_hash_one(chain->suite->alg, yq_writer_slice(&w), b->hash.b);
}

static void make_leaf(const yq_cmm_chain *chain, const yq_cmm_block *b, yq_cmm_tx *tx)
{
    size_t cap = yq_cmm_block_size(b);
    yq_writer w = yq_writer_of(malloc(cap), cap);
    YQ_ASSERT(w.p != NULL);
    yq_cmm_tx_put(tx, 0, 0, &w);
    YQ_ASSERT(w.status == YQ_OK);
    yq_hash_one(chain->suite->alg, yq_writer_slice(&w), tx->leaf.b);
    free(w.p);
}

/* Puts the first n of the pool into a block, of nodes as they were before. */
static void make_block(yq_cmm_chain *chain, size_t n, int is_config, uint32_t set, uint64_t time_s)
{
    yq_cmm_block *b = calloc(1, sizeof *b);
    YQ_ASSERT(b != NULL);
    *b = (yq_cmm_block){
        .height = chain->block_n,
        .time_s = time_s,
        .conf_height = chain->conf_height,
        .is_config = is_config,
        .set = set,
        .tx_n = n,
        .mode = chain->mode};
    b->tx = calloc(n, sizeof(yq_cmm_tx *));
    YQ_ASSERT(b->tx != NULL);
    if (b->height > 0) {
        const yq_cmm_block *parent = chain->block[b->height - 1];
        b->parent = parent->hash;
        b->time_s = time_s < parent->time_s ? parent->time_s : time_s;
    }
    memcpy(b->tx, chain->pool, n * sizeof(yq_cmm_tx *));
    memmove(chain->pool, chain->pool + n, (chain->pool_n - n) * sizeof(yq_cmm_tx *));
    chain->pool_n -= n;
    for (size_t i = 0; i < n; i++) {
        yq_cmm_execute(chain, b->tx[i], b->time_s);
    }
    for (size_t i = 0; i < n; i++) {
        make_leaf(chain, b, b->tx[i]);
    }
    b->tx_root = root_of(chain, b->tx, n);
    hash_header(chain, b);
    chain->block = yq_cmm_grow(chain->block, &chain->block_n, sizeof(yq_cmm_block *));
    chain->block[b->height] = b;
    if (is_config) {
        chain->conf_height = b->height;
    }
}

int yq_cmm_seal(yq_cmm_chain *chain, uint64_t time_s)
{
    size_t n = chain->pool_n < YQ_CMM_BLOCK_TX_MAX ? chain->pool_n : YQ_CMM_BLOCK_TX_MAX;
    if (n > 0) {
        make_block(chain, n, 0, chain->set, time_s);
    }
    return n > 0;
}

int yq_cmm_change(yq_cmm_chain *chain, size_t node, int votes, uint64_t time_s)
{
    char tx_id[YQ_CMM_TX_ID_MAX + 1];
    uint32_t before = chain->set, bit = UINT32_C(1) << node;
    uint32_t after = votes ? before | bit : before & ~bit;
    if (after == before || yq_cmm_voter_at(after, VOTERS_MIN - 1) == YQ_CMM_NODES) {
        return 0;
    }
    while (chain->pool_n > 0) {
        (void)yq_cmm_seal(chain, time_s);
    }
    chain->set = after;
    chain->config_sequence++;
    yq_cmm_send(chain, "CHAIN_CONFIG", votes ? "NODE_ID_ADD" : "NODE_ID_DELETE", NULL, 0, tx_id);
    make_block(chain, 1, 1, before, time_s);
    return 1;
}

/* ---- what is shown ---- */

static void drop_twin(yq_cmm_chain *chain)
{
    if (chain->twin != NULL) {
        free(chain->twin->tx);
        free(chain->twin);
        chain->twin = NULL;
    }
}

void yq_cmm_set_mode(yq_cmm_chain *chain, yq_mock_mode mode)
{
    chain->mode = mode == YQ_MOCK_FORK ? YQ_MOCK_HONEST : mode;
    if (mode == YQ_MOCK_HONEST) {
        drop_twin(chain);
        for (size_t i = 0; i < chain->block_n; i++) {
            chain->block[i]->mode = YQ_MOCK_HONEST;
        }
    }
}

int yq_cmm_fork(yq_cmm_chain *chain, uint64_t height)
{
    if (height == 0 || height >= chain->block_n) {
        return 0;
    }
    drop_twin(chain);
    const yq_cmm_block *b = chain->block[height];
    yq_cmm_block *twin = calloc(1, sizeof *twin);
    YQ_ASSERT(twin != NULL);
    *twin = *b;
    twin->tx = calloc(b->tx_n, sizeof(yq_cmm_tx *));
    YQ_ASSERT(twin->tx != NULL);
    memcpy(twin->tx, b->tx, b->tx_n * sizeof(yq_cmm_tx *));
    twin->time_s++;
    hash_header(chain, twin);
    chain->twin = twin;
    return 1;
}

const yq_cmm_block *yq_cmm_at(const yq_cmm_chain *chain, uint64_t height)
{
    if (height >= chain->block_n) {
        return NULL;
    }
    return chain->twin != NULL && chain->twin->height == height ? chain->twin
                                                                : chain->block[height];
}

const yq_cmm_tx *yq_cmm_find(
    const yq_cmm_chain *chain, yq_slice tx_id, const yq_cmm_block **block, size_t *index)
{
    for (size_t i = chain->block_n; i-- > 0;) {
        *block = chain->block[i];
        for (*index = 0; *index < (*block)->tx_n; (*index)++) {
            if (yq_slice_equal((*block)->tx[*index]->request.tx_id, tx_id)) {
                return (*block)->tx[*index];
            }
        }
    }
    return NULL;
}

/* ---- the chain ---- */

static void make_members(yq_cmm_chain *chain, yq_slice seed)
{
    yq_cmm_member_make(chain, &chain->authority, seed, "ca");
    yq_cmm_member_make(chain, &chain->client, seed, "client");
    yq_cmm_member_make(chain, &chain->stranger, seed, "stranger");
    for (size_t i = 0; i < YQ_CMM_NODES; i++) {
        uint8_t md[YQ_DIGEST_SIZE];
        char name[32], hex[2 * YQ_DIGEST_SIZE + 1];
        (void)snprintf(name, sizeof name, "node%zu", i);
        yq_cmm_member_make(chain, &chain->node[i], seed, name);
        /* The id of the network key, which is another one. */
        const yq_slice part[] = {seed, yq_slice_text(name)};
        yq_hash(YQ_HASH_SHA256, part, YQ_ARRAY_N(part), md);
        (void)yq_hex_encode(hex, sizeof hex, md, sizeof md);
        (void)snprintf(chain->node_id[i], YQ_CMM_NAME_SIZE, "Qm%.44s", hex);
    }
}

yq_cmm_chain *yq_cmm_chain_new(
    const yq_cmm_suite *suite, const char *name, const char *seed, uint64_t time_s)
{
    yq_cmm_chain *chain = calloc(1, sizeof *chain);
    char text[256], tx_id[YQ_CMM_TX_ID_MAX + 1];
    YQ_ASSERT(chain != NULL);
    chain->suite = suite;
    chain->name = strdup(name);
    YQ_ASSERT(chain->name != NULL);
    (void)snprintf(text, sizeof text, "%.100s/%.100s", seed, name);
    chain->set = (UINT32_C(1) << YQ_CMM_VOTERS) - 1;
    make_members(chain, yq_slice_text(text));
    yq_cmm_send(chain, "CHAIN_CONFIG", "Genesis", NULL, 0, tx_id);
    make_block(chain, 1, 1, chain->set, time_s);
    return chain;
}

void yq_cmm_chain_free(yq_cmm_chain *chain)
{
    if (chain == NULL) {
        return;
    }
    drop_twin(chain);
    for (size_t i = 0; i < chain->block_n; i++) {
        for (size_t k = 0; k < chain->block[i]->tx_n; k++) {
            yq_cmm_tx_free(chain->block[i]->tx[k]);
        }
        free(chain->block[i]->tx);
        free(chain->block[i]);
    }
    for (size_t i = 0; i < chain->pool_n; i++) {
        yq_cmm_tx_free(chain->pool[i]);
    }
    for (size_t i = 0; i < chain->contract_n; i++) {
        yq_contract_free(chain->contract[i].model);
    }
    for (size_t i = 0; i < YQ_CMM_NODES; i++) {
        yq_key_free(chain->node[i].key);
    }
    yq_key_free(chain->authority.key);
    yq_key_free(chain->client.key);
    yq_key_free(chain->stranger.key);
    free(chain->block);
    free(chain->pool);
    free(chain->contract);
    free(chain->deploy);
    free(chain->name);
    free(chain);
}
