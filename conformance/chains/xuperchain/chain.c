#include "conformance/chains/xuperchain/xumock.h"
#include "relay/base/assert.h"

#include <stdio.h>
#include <stdlib.h>

#define TWIN 1u

void *yq_xum_grow(void *array, size_t *n, size_t size)
{
    uint8_t *grown = realloc(array, (*n + 1) * size);
    YQ_ASSERT(grown != NULL);
    memset(grown + *n * size, 0, size);
    ++*n;
    return grown;
}

/* ---- blocks ---- */

static yq_xum_block *block_new(uint64_t height, uint64_t time_ns, yq_xum_tx *const *tx, size_t n)
{
    yq_xum_block *b = calloc(1, sizeof *b);
    YQ_ASSERT(b != NULL);
    *b = (yq_xum_block){.height = height, .time_ns = time_ns, .tx_n = n};
    b->tx = calloc(n + 1, sizeof(yq_xum_tx *));
    YQ_ASSERT(b->tx != NULL);
    if (n > 0) {
        memcpy(b->tx, tx, n * sizeof(yq_xum_tx *));
    }
    return b;
}

/* Puts the first n of the pool into a block. */
static void make_block(yq_xum_chain *chain, size_t n, uint64_t time_ns)
{
    const yq_xum_block *parent = chain->block_n == 0 ? NULL : chain->block[chain->block_n - 1];
    if (parent != NULL && time_ns < parent->time_ns) {
        time_ns = parent->time_ns;
    }
    if (n > 0) {
        chain->pool[0]->fails = chain->fails;
        chain->fails = 0;
    }
    yq_xum_block *b = block_new(chain->block_n, time_ns, chain->pool, n);
    if (n > 0) {
        memmove(chain->pool, chain->pool + n, (chain->pool_n - n) * sizeof(yq_xum_tx *));
        chain->pool_n -= n;
    }
    yq_xum_block_make(chain, b, parent, 0);
    chain->block = yq_xum_grow(chain->block, &chain->block_n, sizeof(yq_xum_block *));
    chain->block[b->height] = b;
    chain->busy = n > 0 ? b->height : chain->busy;
}

uint64_t yq_xum_waiting(const yq_xum_chain *chain)
{
    uint64_t end = chain->busy + YQ_XUM_BEHIND, height = yq_xum_height(chain);
    return chain->pool_n + (height < end ? end - height : 0);
}

int yq_xum_seal(yq_xum_chain *chain, uint64_t time_ns)
{
    size_t n = chain->pool_n < YQ_XUM_BLOCK_TX_MAX ? chain->pool_n : YQ_XUM_BLOCK_TX_MAX;
    if (chain->is_recorded || yq_xum_waiting(chain) == 0) {
        return 0;
    }
    make_block(chain, n, time_ns);
    return 1;
}

/* ---- what is shown ---- */

/* Makes the blocks from a height on anew, as they are meant to be. */
static void make_anew(yq_xum_chain *chain, uint64_t from)
{
    for (size_t i = from; i < chain->block_n; i++) {
        yq_xum_block_make(chain, chain->block[i], chain->block[i - 1], 0);
    }
}

/* The blocks that a fork put aside are the chain's again; those behind them are made anew. */
static void bring_back(yq_xum_chain *chain)
{
    for (size_t i = 0; i < chain->aside_n; i++) {
        yq_xum_block_free(chain->block[chain->forked + i]);
        chain->block[chain->forked + i] = chain->aside[i];
    }
    if (chain->aside_n > 0) {
        make_anew(chain, chain->forked + chain->aside_n);
    }
    free(chain->aside);
    chain->aside = NULL;
    chain->aside_n = 0;
}

void yq_xum_set_mode(yq_xum_chain *chain, yq_mock_mode mode)
{
    chain->mode = mode == YQ_MOCK_FORK ? YQ_MOCK_HONEST : mode;
    if (mode == YQ_MOCK_HONEST) {
        bring_back(chain);
        if (chain->spoilt != 0) {
            make_anew(chain, chain->spoilt);
        }
        chain->spoilt = 0;
    } else if (chain->spoilt == 0 && mode != YQ_MOCK_FORK) {
        chain->spoilt = chain->block_n;
    }
}

int yq_xum_fork(yq_xum_chain *chain, uint64_t height)
{
    if (height == 0 || height >= chain->block_n || chain->aside_n > 0 || chain->is_recorded) {
        return 0;
    }
    chain->forked = height;
    for (size_t i = height; i < chain->block_n; i++) {
        yq_xum_block *old = chain->block[i];
        chain->aside = yq_xum_grow(chain->aside, &chain->aside_n, sizeof(yq_xum_block *));
        chain->aside[chain->aside_n - 1] = old;
        chain->block[i] = block_new(old->height, old->time_ns, old->tx, old->tx_n);
        yq_xum_block_make(chain, chain->block[i], chain->block[i - 1], TWIN);
    }
    while (yq_xum_height(chain) < height + YQ_XUM_BEHIND) {
        make_block(chain, 0, chain->block[chain->block_n - 1]->time_ns);
    }
    return 1;
}

const yq_xum_block *yq_xum_at(const yq_xum_chain *chain, uint64_t height)
{
    uint64_t first = chain->block[0]->height;
    return height < first || height - first >= chain->block_n ? NULL : chain->block[height - first];
}

const yq_xum_block *yq_xum_by_id(const yq_xum_chain *chain, yq_slice id, int *is_shown)
{
    *is_shown = 1;
    for (size_t i = chain->block_n; i-- > 0;) {
        if (yq_slice_equal(YQ_SLICE_OF(chain->block[i]->id.b), id)) {
            return chain->block[i];
        }
    }
    *is_shown = 0;
    for (size_t i = 0; i < chain->aside_n; i++) {
        if (yq_slice_equal(YQ_SLICE_OF(chain->aside[i]->id.b), id)) {
            return chain->aside[i];
        }
    }
    return NULL;
}

const yq_xum_tx *yq_xum_find(const yq_xum_chain *chain, yq_slice txid, const yq_xum_block **block)
{
    *block = NULL;
    for (size_t i = 0; i < chain->pool_n; i++) {
        if (yq_slice_equal(YQ_SLICE_OF(chain->pool[i]->id.b), txid)) {
            return chain->pool[i];
        }
    }
    for (size_t i = chain->block_n; i-- > 0;) {
        const yq_xum_block *b = chain->block[i];
        for (size_t k = 0; k < b->tx_n; k++) {
            if (yq_slice_equal(YQ_SLICE_OF(b->tx[k]->id.b), txid)) {
                *block = b;
                return b->tx[k];
            }
        }
    }
    return NULL;
}

/* ---- the chain ---- */

yq_xum_chain *yq_xum_chain_new(uint8_t scheme, const char *name, const char *seed, uint64_t time_ns)
{
    yq_xum_chain *chain = calloc(1, sizeof *chain);
    char text[256], who[32];
    YQ_ASSERT(chain != NULL);
    chain->scheme = scheme;
    chain->name = strdup(name);
    YQ_ASSERT(chain->name != NULL);
    (void)snprintf(text, sizeof text, "%.100s/%.100s", seed, name);
    yq_xum_member_make(scheme, &chain->client, yq_slice_text(text), "client");
    yq_xum_member_make(scheme, &chain->stranger, yq_slice_text(text), "stranger");
    for (size_t i = 0; i < YQ_XUM_NODES; i++) {
        (void)snprintf(who, sizeof who, "node%zu", i);
        yq_xum_member_make(scheme, &chain->node[i], yq_slice_text(text), who);
    }
    chain->change[chain->change_n++] = (yq_xum_change){0, (UINT32_C(1) << YQ_XUM_VALIDATORS) - 1};
    make_block(chain, 0, time_ns);
    make_block(chain, 0, time_ns);
    return chain;
}

void yq_xum_chain_free(yq_xum_chain *chain)
{
    if (chain == NULL) {
        return;
    }
    bring_back(chain);
    for (size_t i = 0; i < chain->block_n; i++) {
        for (size_t k = 0; k < chain->block[i]->tx_n; k++) {
            yq_xum_tx_free(chain->block[i]->tx[k]);
        }
        yq_xum_block_free(chain->block[i]);
    }
    for (size_t i = 0; i < chain->pool_n; i++) {
        yq_xum_tx_free(chain->pool[i]);
    }
    for (size_t i = 0; i < chain->contract_n; i++) {
        yq_contract_free(chain->contract[i].model);
    }
    for (size_t i = 0; i < YQ_XUM_NODES; i++) {
        yq_key_free(chain->node[i].key);
    }
    yq_key_free(chain->client.key);
    yq_key_free(chain->stranger.key);
    free(chain->block);
    free(chain->pool);
    free(chain->contract);
    free(chain->deploy);
    free(chain->name);
    free(chain);
}
