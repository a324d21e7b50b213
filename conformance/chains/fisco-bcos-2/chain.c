#include "conformance/chains/fisco-bcos-2/fmock.h"
#include "relay/base/assert.h"
#include "relay/codec/rlp.h"

#include <stdio.h>
#include <stdlib.h>

#define HEADER_CAP 4096u

/* ---- keys and the genesis ---------------------------------------------------------------------
 */

static yq_key *derive(const yq_fmock_chain *chain, const char *seed, const char *name)
{
    char text[512];
    yq_sig_alg alg =
        chain->suite == YQ_FMOCK_SUITE_SM ? YQ_SIG_SM2_MESSAGE : YQ_SIG_SECP256K1_DIGEST;
    int n = snprintf(text, sizeof text, "%.200s\n%.100s", seed, chain->name);
    YQ_ASSERT(n > 0);
    yq_key *key = yq_key_derive(alg, yq_slice_of(text, (size_t)n), name);
    YQ_ASSERT(key != NULL);
    return key;
}

static void make_keys(yq_fmock_chain *chain, const char *seed)
{
    for (size_t i = 0; i < YQ_FMOCK_SEALERS; i++) {
        char name[32];
        (void)snprintf(name, sizeof name, "sealer-%zu", i);
        yq_key *key = derive(chain, seed, name);
        size_t at = i;
        for (;
             at > 0 && memcmp(yq_key_public(chain->sealer[at - 1]).p, yq_key_public(key).p, 64) > 0;
             at--) {
            chain->sealer[at] = chain->sealer[at - 1];
        }
        chain->sealer[at] = key;
    }
    chain->account = derive(chain, seed, "account");
    chain->stranger = derive(chain, seed, "stranger");
}

static void write_genesis_text(yq_fmock_chain *chain)
{
    size_t at = (size_t)snprintf(chain->genesis, sizeof chain->genesis, "%u-", YQ_FMOCK_GROUP_ID);
    for (size_t i = 0; i < YQ_FMOCK_SEALERS; i++) {
        at += yq_hex_encode(
            chain->genesis + at, sizeof chain->genesis - at, yq_key_public(chain->sealer[i]).p, 64);
        chain->genesis[at++] = ',';
    }
    int n = snprintf(
        chain->genesis + at, sizeof chain->genesis - at, "-pbft-storage-0-1000-300000000-3");
    YQ_ASSERT(n > 0 && (size_t)n < sizeof chain->genesis - at);
}

void yq_fmock_header_put(const yq_fmock_chain *chain, const yq_fmock_block *block, yq_writer *w)
{
    size_t list = yq_rlp_list_begin(w);
    yq_rlp_put_string(w, yq_slice_of(block->parent.b, YQ_DIGEST_SIZE));
    yq_rlp_put_string(w, yq_slice_of(block->state.b, YQ_DIGEST_SIZE));
    yq_rlp_put_string(w, yq_slice_of(block->tx_root.b, YQ_DIGEST_SIZE));
    yq_rlp_put_string(w, yq_slice_of(block->receipt_root.b, YQ_DIGEST_SIZE));
    yq_rlp_put_string(w, yq_slice_of(block->state.b, YQ_DIGEST_SIZE)); /* dbHash: the same */
    yq_rlp_put_string(w, yq_slice_of(block->bloom, sizeof block->bloom));
    yq_rlp_put_uint(w, block->number);
    yq_rlp_put_uint(w, 0);
    yq_rlp_put_uint(w, 0);
    yq_rlp_put_uint(w, block->time_ms);
    size_t extra = yq_rlp_list_begin(w);
    if (block->number == 0) {
        yq_rlp_put_string(w, yq_slice_text(chain->genesis));
    }
    yq_rlp_list_end(w, extra);
    yq_rlp_put_uint(w, block->sealer);
    size_t ids = yq_rlp_list_begin(w);
    for (size_t i = 0; i < YQ_FMOCK_SEALERS && block->number > 0; i++) {
        yq_rlp_put_string(w, yq_key_public(chain->sealer[i]));
    }
    yq_rlp_list_end(w, ids);
    yq_rlp_list_end(w, list);
}

static void hash_header(const yq_fmock_chain *chain, yq_fmock_block *block)
{
    uint8_t room[HEADER_CAP];
    yq_writer w = yq_writer_of(room, sizeof room);
    yq_fmock_header_put(chain, block, &w);
    YQ_ASSERT(w.status == YQ_OK);
    yq_hash_one(chain->alg, yq_writer_slice(&w), block->hash.b);
}

static yq_fmock_block *block_new(void)
{
    yq_fmock_block *block = calloc(1, sizeof *block);
    YQ_ASSERT(block != NULL);
    return block;
}

static void keep_block(yq_fmock_chain *chain, yq_fmock_block *block)
{
    chain->block = yq_fmock_grow(chain->block, &chain->block_n, sizeof(yq_fmock_block *));
    chain->block[chain->block_n - 1] = block;
}

yq_fmock_chain *yq_fmock_chain_new(
    uint8_t suite, const char *name, const char *seed, uint64_t time_ms)
{
    yq_fmock_chain *chain = calloc(1, sizeof *chain);
    YQ_ASSERT(chain != NULL);
    chain->suite = suite;
    chain->alg = suite == YQ_FMOCK_SUITE_SM ? YQ_HASH_SM3 : YQ_HASH_KECCAK256;
    chain->name = strdup(name);
    YQ_ASSERT(chain->name != NULL);
    make_keys(chain, seed);
    write_genesis_text(chain);
    yq_fmock_block *genesis = block_new();
    genesis->time_ms = time_ms;
    hash_header(chain, genesis);
    keep_block(chain, genesis);
    return chain;
}

void yq_fmock_chain_free(yq_fmock_chain *chain)
{
    if (chain == NULL) {
        return;
    }
    for (size_t b = 0; b < chain->block_n; b++) {
        for (size_t i = 0; i < chain->block[b]->tx_n; i++) {
            yq_fmock_tx_free(chain->block[b]->tx[i]);
        }
        free(chain->block[b]->tx);
        free(chain->block[b]);
    }
    for (size_t i = 0; i < chain->pool_n; i++) {
        yq_fmock_tx_free(chain->pool[i]);
    }
    for (size_t i = 0; i < chain->contract_n; i++) {
        yq_contract_free(chain->contract[i].model);
    }
    for (size_t i = 0; i < YQ_FMOCK_SEALERS; i++) {
        yq_key_free(chain->sealer[i]);
    }
    yq_key_free(chain->account);
    yq_key_free(chain->stranger);
    free(chain->deploy);
    free(chain->twin);
    free(chain->block);
    free(chain->pool);
    free(chain->contract);
    free(chain->maker);
    free(chain->name);
    free(chain);
}

/* ---- signatures -------------------------------------------------------------------------------
 */

static void sign_one(
    const yq_fmock_chain *chain,
    const yq_fmock_block *block,
    const yq_key *key,
    unsigned index,
    yq_fmock_signature *out)
{
    out->index = index;
    if (chain->suite == YQ_FMOCK_SUITE_SM) {
        yq_key_sign(key, yq_slice_of(block->hash.b, YQ_DIGEST_SIZE), out->b);
        memcpy(out->b + 64, yq_key_public(chain->sealer[index]).p, 64);
    } else {
        yq_key_sign_recoverable(key, block->hash.b, out->b);
    }
}

/* The n - f signatures that the node keeps, beginning behind the block's sealer; as its mode says.
 */
static void sign_block(const yq_fmock_chain *chain, yq_fmock_block *block)
{
    block->signature_n = 0;
    for (unsigned i = 0; i < YQ_FMOCK_QUORUM; i++) {
        unsigned index = (block->sealer + i) % YQ_FMOCK_SEALERS;
        sign_one(
            chain, block, chain->sealer[index], index, &block->signature[block->signature_n++]);
    }
    yq_fmock_signature *last = &block->signature[YQ_FMOCK_QUORUM - 1];
    switch (block->mode) {
    case YQ_MOCK_FORGED_SIGNATURE:
        sign_one(chain, block, chain->stranger, last->index, last);
        break;
    case YQ_MOCK_ONE_SIGNATURE_SHORT:
        block->signature_n--;
        break;
    case YQ_MOCK_REPEATED_SIGNER:
        *last = block->signature[0];
        break;
    case YQ_MOCK_HONEST:
    case YQ_MOCK_FOREIGN_EMITTER:
    case YQ_MOCK_ALTERED_RECEIPT:
    case YQ_MOCK_FORK:
    case YQ_MOCK_MODE_N:
        break;
    }
}

/* ---- blocks -----------------------------------------------------------------------------------
 */

static void next_state(const yq_fmock_chain *chain, yq_fmock_block *block)
{
    const yq_slice part[] = {
        yq_slice_text("state"),
        {block->parent.b, YQ_DIGEST_SIZE},
        {block->tx_root.b, YQ_DIGEST_SIZE}};
    yq_hash(chain->alg, part, YQ_ARRAY_N(part), block->state.b);
}

static void hash_receipt(const yq_fmock_chain *chain, const yq_fmock_block *block, yq_fmock_tx *tx)
{
    size_t cap = 2048 + tx->output_n + tx->log.data_n;
    uint8_t *room = malloc(cap);
    YQ_ASSERT(room != NULL);
    yq_writer w = yq_writer_of(room, cap);
    yq_fmock_receipt_put(tx, &block->state, &w);
    YQ_ASSERT(w.status == YQ_OK);
    yq_hash_one(chain->alg, yq_writer_slice(&w), tx->receipt_hash.b);
    free(room);
}

static void take_from_pool(yq_fmock_chain *chain, yq_fmock_block *block)
{
    size_t n = chain->pool_n < YQ_FMOCK_BLOCK_TX_MAX ? chain->pool_n : YQ_FMOCK_BLOCK_TX_MAX;
    block->tx = calloc(n, sizeof(yq_fmock_tx *));
    YQ_ASSERT(block->tx != NULL);
    memcpy(block->tx, chain->pool, n * sizeof(yq_fmock_tx *));
    block->tx_n = n;
    memmove(chain->pool, chain->pool + n, (chain->pool_n - n) * sizeof(yq_fmock_tx *));
    chain->pool_n -= n;
}

static void run_block(yq_fmock_chain *chain, yq_fmock_block *block)
{
    yq_digest *hash = calloc(block->tx_n, sizeof *hash);
    YQ_ASSERT(hash != NULL);
    for (size_t i = 0; i < block->tx_n; i++) {
        hash[i] = block->tx[i]->hash;
    }
    yq_fmock_tree_root(chain->alg, hash, block->tx_n, &block->tx_root);
    next_state(chain, block);
    for (size_t i = 0; i < block->tx_n; i++) {
        yq_fmock_tx *tx = block->tx[i];
        yq_fmock_execute(chain, tx, block->time_ms);
        hash_receipt(chain, block, tx);
        hash[i] = tx->receipt_hash;
        for (size_t k = 0; k < sizeof block->bloom; k++) {
            block->bloom[k] |= tx->bloom[k];
        }
    }
    yq_fmock_tree_root(chain->alg, hash, block->tx_n, &block->receipt_root);
    free(hash);
}

int yq_fmock_chain_seal(yq_fmock_chain *chain, uint64_t time_ms)
{
    if (chain->pool_n == 0) {
        return 0;
    }
    const yq_fmock_block *parent = chain->block[chain->block_n - 1];
    yq_fmock_block *block = block_new();
    block->number = parent->number + 1;
    block->time_ms = time_ms > parent->time_ms ? time_ms : parent->time_ms + 1;
    block->sealer = (unsigned)(block->number % YQ_FMOCK_SEALERS);
    block->parent = parent->hash;
    block->mode = chain->mode;
    take_from_pool(chain, block);
    run_block(chain, block);
    hash_header(chain, block);
    sign_block(chain, block);
    keep_block(chain, block);
    return 1;
}

void yq_fmock_chain_set_mode(yq_fmock_chain *chain, yq_mock_mode mode)
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
            sign_block(chain, chain->block[i]);
        }
    }
}

int yq_fmock_chain_fork(yq_fmock_chain *chain, uint64_t number)
{
    if (number == 0 || number >= chain->block_n) {
        return 0;
    }
    free(chain->twin);
    chain->twin = block_new();
    *chain->twin = *chain->block[number];
    chain->twin->mode = YQ_MOCK_FORK;
    chain->twin->time_ms++;
    hash_header(chain, chain->twin);
    sign_block(chain, chain->twin);
    return 1;
}

const yq_fmock_block *yq_fmock_chain_at(const yq_fmock_chain *chain, uint64_t number)
{
    if (chain->twin != NULL && chain->twin->number == number) {
        return chain->twin;
    }
    return number < chain->block_n ? chain->block[number] : NULL;
}

const yq_fmock_block *yq_fmock_chain_by_hash(const yq_fmock_chain *chain, const yq_digest *hash)
{
    if (chain->twin != NULL && memcmp(chain->twin->hash.b, hash->b, YQ_DIGEST_SIZE) == 0) {
        return chain->twin;
    }
    for (size_t i = 0; i < chain->block_n; i++) {
        if (memcmp(chain->block[i]->hash.b, hash->b, YQ_DIGEST_SIZE) == 0) {
            return chain->block[i];
        }
    }
    return NULL;
}

int yq_fmock_chain_find_tx(
    const yq_fmock_chain *chain, const yq_digest *hash, const yq_fmock_block **block, size_t *index)
{
    for (size_t b = chain->block_n; b-- > 0;) {
        for (size_t i = 0; i < chain->block[b]->tx_n; i++) {
            if (memcmp(chain->block[b]->tx[i]->hash.b, hash->b, YQ_DIGEST_SIZE) == 0) {
                *block = yq_fmock_chain_at(chain, b);
                *index = i;
                return 1;
            }
        }
    }
    return 0;
}
