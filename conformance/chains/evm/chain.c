#include "conformance/chains/evm/emock.h"
#include "relay/base/assert.h"

#include <stdio.h>
#include <stdlib.h>

#define NAMES_ROOM 512u

/* ---- keys and the genesis ----------------------------------------------------------------------
 */

static yq_key *derive(const yq_emock_chain *chain, const char *seed, const char *name)
{
    char text[NAMES_ROOM];
    int n = snprintf(text, sizeof text, "%.200s\n%.100s", seed, chain->name);
    YQ_ASSERT(n > 0);
    yq_key *key = yq_key_derive(YQ_SIG_SECP256K1_DIGEST, yq_slice_of(text, (size_t)n), name);
    YQ_ASSERT(key != NULL);
    return key;
}

/* Keys in the order of their addresses; every second one is a validator at the start. */
static void make_keys(yq_emock_chain *chain, const char *seed)
{
    for (size_t i = 0; i < YQ_EMOCK_KEYS; i++) {
        char name[32];
        uint8_t address[20];
        (void)snprintf(name, sizeof name, "validator-%zu", i);
        yq_key *key = derive(chain, seed, name);
        yq_emock_address(yq_key_public(key), address);
        size_t at = i;
        for (; at > 0 && memcmp(chain->address[at - 1], address, 20) > 0; at--) {
            chain->key[at] = chain->key[at - 1];
            memcpy(chain->address[at], chain->address[at - 1], 20);
        }
        chain->key[at] = key;
        memcpy(chain->address[at], address, 20);
    }
    for (size_t i = 0; i < YQ_EMOCK_MEMBERS; i++) {
        chain->set.member[chain->set.n++] = 2 * i;
    }
    chain->account = derive(chain, seed, "account");
    chain->stranger = derive(chain, seed, "stranger");
    yq_emock_address(yq_key_public(chain->account), chain->account_address);
}

/* A number of its own for every name. */
static uint64_t chain_id_of(const char *name)
{
    uint8_t md[YQ_DIGEST_SIZE];
    yq_hash_one(YQ_HASH_KECCAK256, yq_slice_text(name), md);
    return 410000u + ((unsigned)md[0] << 8 | md[1]);
}

yq_emock_block *yq_emock_block_new(void)
{
    yq_emock_block *block = calloc(1, sizeof *block);
    YQ_ASSERT(block != NULL);
    return block;
}

void yq_emock_block_free(yq_emock_block *block)
{
    if (block != NULL) {
        free(block->extra);
        free(block->after.account);
        free(block);
    }
}

static void keep_block(yq_emock_chain *chain, yq_emock_block *block)
{
    chain->block = yq_emock_grow(chain->block, &chain->block_n, sizeof(yq_emock_block *));
    chain->block[chain->block_n - 1] = block;
}

/* What the accounts are at the genesis. */
void yq_emock_state_begin(yq_emock_chain *chain)
{
    for (size_t i = 0; i < chain->contract_n; i++) {
        yq_contract_free(chain->contract[i].model);
    }
    chain->contract_n = 0;
    free(chain->now.account);
    chain->now = (yq_emock_state){0};
    yq_emock_account_of(&chain->now, chain->account_address)->code = YQ_EMOCK_CODE_NONE;
    if (chain->consensus == YQ_EMOCK_QBFT_CONTRACT) {
        yq_emock_account *a = yq_emock_account_of(&chain->now, yq_emock_validators_address);
        a->code = YQ_EMOCK_CODE_VALIDATORS;
        a->nonce = 1;
    }
}

/* Roots, bloom and gas of what is in the block. */
static void sum_up(yq_emock_chain *chain, yq_emock_block *block);

yq_emock_chain *yq_emock_chain_new(
    yq_emock_consensus consensus, const char *name, const char *seed, uint64_t time)
{
    yq_emock_chain *chain = calloc(1, sizeof *chain);
    YQ_ASSERT(chain != NULL);
    chain->consensus = consensus;
    chain->has_base_fee = consensus != YQ_EMOCK_IBFT2;
    chain->name = strdup(name);
    YQ_ASSERT(chain->name != NULL);
    chain->chain_id = chain_id_of(name);
    make_keys(chain, seed);
    yq_emock_state_begin(chain);
    chain->now.set = chain->set;
    yq_emock_block *genesis = yq_emock_block_new();
    genesis->time = time;
    genesis->set = chain->set;
    genesis->signer = chain->set.member[0];
    sum_up(chain, genesis);
    yq_emock_seal(chain, genesis);
    keep_block(chain, genesis);
    return chain;
}

void yq_emock_chain_free(yq_emock_chain *chain)
{
    if (chain == NULL) {
        return;
    }
    for (size_t b = 0; b < chain->block_n; b++) {
        for (size_t i = 0; i < chain->block[b]->tx_n; i++) {
            yq_emock_tx_free(chain->block[b]->tx[i]);
        }
        free(chain->block[b]->tx);
        yq_emock_block_free(chain->block[b]);
    }
    for (size_t i = 0; i < chain->pool_n; i++) {
        yq_emock_tx_free(chain->pool[i]);
    }
    for (size_t i = 0; i < chain->contract_n; i++) {
        yq_contract_free(chain->contract[i].model);
    }
    for (size_t i = 0; i < YQ_EMOCK_KEYS; i++) {
        yq_key_free(chain->key[i]);
    }
    yq_key_free(chain->account);
    yq_key_free(chain->stranger);
    yq_emock_block_free(chain->twin);
    free(chain->now.account);
    free(chain->deploy);
    free(chain->block);
    free(chain->pool);
    free(chain->contract);
    free(chain->name);
    free(chain);
}

/* ---- blocks ------------------------------------------------------------------------------------
 */

/* Out: size. Returns memory to be freed. */
static uint8_t *receipt_bytes(const yq_emock_tx *tx, size_t *size)
{
    size_t cap = 1024 + tx->log.data_n;
    uint8_t *room = malloc(cap);
    YQ_ASSERT(room != NULL);
    yq_writer w = yq_writer_of(room, cap);
    yq_emock_receipt_put(tx, &w);
    YQ_ASSERT(w.status == YQ_OK);
    *size = w.n;
    return room;
}

static void sum_up(yq_emock_chain *chain, yq_emock_block *block)
{
    yq_slice *value = calloc(block->tx_n + 1, sizeof *value);
    uint8_t **receipt = calloc(block->tx_n + 1, sizeof(uint8_t *));
    YQ_ASSERT(value != NULL && receipt != NULL);
    for (size_t i = 0; i < block->tx_n; i++) {
        value[i] = yq_slice_of(block->tx[i]->raw, block->tx[i]->raw_n);
    }
    yq_emock_list_root(value, block->tx_n, &block->tx_root);
    for (size_t i = 0; i < block->tx_n; i++) {
        yq_emock_tx *tx = block->tx[i];
        tx->gas_before = block->gas_used;
        block->gas_used += tx->gas_used;
        receipt[i] = receipt_bytes(tx, &value[i].n);
        value[i].p = receipt[i];
        for (size_t k = 0; k < sizeof block->bloom; k++) {
            block->bloom[k] |= tx->bloom[k];
        }
    }
    yq_emock_list_root(value, block->tx_n, &block->receipt_root);
    for (size_t i = 0; i < block->tx_n; i++) {
        free(receipt[i]);
    }
    free(receipt);
    free(value);
    yq_emock_state_root(chain, &chain->now, &block->state_root);
    yq_emock_state_copy(&block->after, &chain->now);
}

static void take_from_pool(yq_emock_chain *chain, yq_emock_block *block)
{
    size_t n = chain->pool_n < YQ_EMOCK_BLOCK_TX_MAX ? chain->pool_n : YQ_EMOCK_BLOCK_TX_MAX;
    block->tx = calloc(n + 1, sizeof(yq_emock_tx *));
    YQ_ASSERT(block->tx != NULL);
    yq_bytes_copy(block->tx, chain->pool, n * sizeof(yq_emock_tx *));
    block->tx_n = n;
    chain->pool_n -= n;
    if (chain->pool_n > 0) {
        memmove(chain->pool, chain->pool + n, chain->pool_n * sizeof(yq_emock_tx *));
    }
}

static void set_add(yq_emock_set *set, size_t key)
{
    size_t at = set->n++;
    for (; at > 0 && set->member[at - 1] > key; at--) {
        set->member[at] = set->member[at - 1];
    }
    set->member[at] = key;
}

static void set_remove(yq_emock_set *set, size_t key)
{
    size_t kept = 0;
    for (size_t i = 0; i < set->n; i++) {
        if (set->member[i] != key) {
            set->member[kept++] = set->member[i];
        }
    }
    set->n = kept;
}

/* The vote of the block's signer; more than half of the validators decide. */
static void count_vote(yq_emock_chain *chain, const yq_emock_block *block)
{
    size_t n = 0;
    if (!block->vote.is_cast) {
        return;
    }
    chain->has_voted[block->signer] = 1;
    for (size_t i = 0; i < chain->set.n; i++) {
        n += chain->has_voted[chain->set.member[i]] ? 1 : 0;
    }
    if (n <= chain->set.n / 2) {
        return;
    }
    if (chain->vote.add) {
        set_add(&chain->set, chain->vote.candidate);
    } else {
        set_remove(&chain->set, chain->vote.candidate);
    }
    chain->vote = (yq_emock_vote){0};
    memset(chain->has_voted, 0, sizeof chain->has_voted);
}

void yq_emock_chain_seal(yq_emock_chain *chain, uint64_t time)
{
    const yq_emock_block *parent = chain->block[chain->block_n - 1];
    yq_emock_block *block = yq_emock_block_new();
    block->number = parent->number + 1;
    block->time = time > parent->time ? time : parent->time;
    block->parent = parent->hash;
    block->mode = chain->mode;
    if (chain->consensus == YQ_EMOCK_QBFT_CONTRACT) {
        chain->set = parent->after.set;
    }
    block->set = chain->set;
    block->signer = yq_emock_next_signer(chain, &block->set, block->number);
    block->vote = chain->vote;
    block->vote.is_cast &= !chain->has_voted[block->signer];
    take_from_pool(chain, block);
    for (size_t i = 0; i < block->tx_n; i++) {
        yq_emock_execute(chain, block->tx[i], block->time);
    }
    sum_up(chain, block);
    yq_emock_seal(chain, block);
    keep_block(chain, block);
    count_vote(chain, block);
}

int yq_emock_chain_is_due(const yq_emock_chain *chain)
{
    if (chain->pool_n > 0) {
        return 1;
    }
    if (chain->consensus != YQ_EMOCK_CLIQUE) {
        return 0;
    }
    for (size_t k = 0; k < YQ_EMOCK_BURIED && k + 1 < chain->block_n; k++) {
        const yq_emock_block *block = chain->block[chain->block_n - 1 - k];
        if (block->tx_n > 0 || block->vote.is_cast) {
            return 1;
        }
    }
    return 0;
}

int yq_emock_chain_change_set(yq_emock_chain *chain, int add, uint64_t time, uint8_t address[20])
{
    yq_emock_set *set = chain->consensus == YQ_EMOCK_QBFT_CONTRACT ? &chain->now.set : &chain->set;
    size_t key = 0;
    if (add ? set->n == YQ_EMOCK_KEYS : set->n == 1) {
        return 0;
    }
    if (add) {
        for (size_t i = 0; i < set->n && set->member[i] == key; i++) {
            key++;
        }
    } else {
        key = set->member[set->n - 1];
    }
    memcpy(address, chain->address[key], 20);
    if (chain->consensus == YQ_EMOCK_QBFT_CONTRACT) {
        if (add) {
            set_add(set, key);
        } else {
            set_remove(set, key);
        }
        yq_emock_chain_seal(chain, time);
        return 1;
    }
    chain->vote = (yq_emock_vote){1, add, key};
    while (chain->vote.is_cast) {
        yq_emock_chain_seal(chain, time);
    }
    return 1;
}
