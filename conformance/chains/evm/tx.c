#include "conformance/chains/evm/emock.h"
#include "relay/base/assert.h"
#include "relay/codec/rlp.h"

#include <stdlib.h>

#define NUMBER_MAX 32u
#define GAS_LIMIT  5000000u
#define GAS_PRICE  9u
#define TIP        2u
#define FEE_CAP    21u
#define V_EIP155   35u
#define TYPE_N     3u
#define FEE_MARKET 2u

/* Half of the group's order: greater values of s are no signatures here. */
static const uint8_t half_order[32] = {
    0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0x5d, 0x57, 0x6e, 0x73, 0x57, 0xa4, 0x50, 0x1d, 0xdf, 0xe9, 0x2f, 0x46, 0x68, 0x1b, 0x20, 0xa0};

void yq_emock_forget(yq_emock_tx *tx)
{
    free(tx->log.data);
    tx->log = (yq_emock_log){0};
    tx->failed = tx->is_deploy = tx->has_log = 0;
    tx->reason = NULL;
    memset(tx->bloom, 0, sizeof tx->bloom);
}

void yq_emock_tx_free(yq_emock_tx *tx)
{
    if (tx != NULL) {
        yq_emock_forget(tx);
        free(tx->raw);
        free(tx);
    }
}

void yq_emock_address(yq_slice key, uint8_t address[20])
{
    uint8_t md[YQ_DIGEST_SIZE];
    yq_hash_one(YQ_HASH_KECCAK256, key, md);
    memcpy(address, md + 12, 20);
}

uint64_t yq_emock_pending_nonce(const yq_emock_chain *chain, const uint8_t address[20])
{
    const yq_emock_account *account = yq_emock_account_find(&chain->now, address);
    uint64_t nonce = account == NULL ? 0 : account->nonce;
    for (size_t i = 0; i < chain->pool_n; i++) {
        nonce += memcmp(chain->pool[i]->from, address, 20) == 0 ? 1 : 0;
    }
    return nonce;
}

/* ---- reading -----------------------------------------------------------------------------------
 */

static void take_number(yq_cur *c, uint8_t out[NUMBER_MAX])
{
    yq_slice number = yq_rlp_number(c);
    memset(out, 0, NUMBER_MAX);
    yq_bytes_copy(out + NUMBER_MAX - number.n, number.p, number.n);
}

/* Out: items, those that are signed. */
static int read_items(yq_emock_tx *tx, yq_slice *items)
{
    yq_cur outer = yq_cur_of(yq_slice_of(tx->raw, tx->raw_n));
    if (tx->raw_n > 0 && tx->raw[0] < 0x80) {
        tx->type = yq_cur_u8(&outer);
    }
    if (tx->type >= TYPE_N) {
        return 0;
    }
    yq_cur c = yq_rlp_list(&outer);
    if (tx->type != 0) {
        tx->chain_id = yq_rlp_uint(&c);
    }
    tx->nonce = yq_rlp_uint(&c);
    if (tx->type == FEE_MARKET) {
        tx->tip = yq_rlp_number(&c);
    }
    tx->price = yq_rlp_number(&c);
    tx->gas = yq_rlp_uint(&c);
    tx->to = yq_rlp_string(&c, 20);
    tx->value = yq_rlp_number(&c);
    tx->data = yq_rlp_string(&c, YQ_EMOCK_TX_MAX);
    if (tx->type != 0) { /* this node takes no access lists but empty ones */
        yq_cur access = yq_rlp_list(&c);
        yq_rlp_end(&access, &c);
    }
    *items = yq_slice_of(c.p, c.pos);
    tx->v = yq_rlp_uint(&c);
    take_number(&c, tx->r);
    take_number(&c, tx->s);
    yq_rlp_end(&c, &outer);
    if (yq_cur_done(&outer, NULL) != YQ_OK || (tx->to.n != 0 && tx->to.n != 20)) {
        return 0;
    }
    if (tx->type == 0) {
        tx->chain_id = tx->v < V_EIP155 ? 0 : (tx->v - V_EIP155) / 2;
    }
    return 1;
}

static void hash_unsigned(const yq_emock_tx *tx, yq_slice items, yq_digest *hash)
{
    size_t cap = items.n + 64;
    uint8_t *room = malloc(cap);
    YQ_ASSERT(room != NULL);
    yq_writer w = yq_writer_of(room, cap);
    if (tx->type != 0) {
        yq_put_u8(&w, tx->type);
    }
    size_t list = yq_rlp_list_begin(&w);
    yq_put(&w, items);
    if (tx->type == 0) {
        yq_rlp_put_uint(&w, tx->chain_id);
        yq_rlp_put_uint(&w, 0);
        yq_rlp_put_uint(&w, 0);
    }
    yq_rlp_list_end(&w, list);
    YQ_ASSERT(w.status == YQ_OK);
    yq_hash_one(YQ_HASH_KECCAK256, yq_writer_slice(&w), hash->b);
    free(room);
}

/* Returns 0 when the signature is not good. Out: the sender. */
static int check_signature(yq_emock_tx *tx, yq_slice items)
{
    uint8_t sig[65], key[64];
    yq_digest hash;
    uint64_t parity = tx->type == 0 ? (tx->v - V_EIP155) % 2 : tx->v;
    hash_unsigned(tx, items, &hash);
    memcpy(sig, tx->r, 32);
    memcpy(sig + 32, tx->s, 32);
    sig[64] = (uint8_t)parity;
    if (parity > 1 || memcmp(tx->s, half_order, sizeof half_order) > 0 ||
        yq_secp256k1_recover(hash.b, sig, key) != YQ_OK) {
        return 0;
    }
    yq_emock_address(yq_slice_of(key, sizeof key), tx->from);
    return 1;
}

static int is_known(const yq_emock_chain *chain, const yq_digest *hash)
{
    const yq_emock_block *block;
    size_t index;
    for (size_t i = 0; i < chain->pool_n; i++) {
        if (yq_digest_equal(&chain->pool[i]->hash, hash)) {
            return 1;
        }
    }
    return yq_emock_chain_find_tx(chain, hash, &block, &index);
}

static const char *refusal(const yq_emock_chain *chain, yq_emock_tx *tx)
{
    yq_slice items;
    if (!read_items(tx, &items)) {
        return "Invalid transaction";
    }
    if (tx->chain_id != chain->chain_id) {
        return "Transaction was meant for another chain";
    }
    if (!check_signature(tx, items)) {
        return "Invalid signature";
    }
    if (is_known(chain, &tx->hash)) {
        return "Known transaction";
    }
    if (tx->gas > YQ_EMOCK_GAS_LIMIT) {
        return "Transaction gas limit exceeds block gas limit";
    }
    if (tx->type == FEE_MARKET && !chain->has_base_fee) {
        return "Invalid transaction type";
    }
    if (chain->has_base_fee && tx->price.n <= 1 &&
        (tx->price.n == 0 || tx->price.p[0] < YQ_EMOCK_BASE_FEE)) {
        return "Gas price below current base fee";
    }
    uint64_t nonce = yq_emock_pending_nonce(chain, tx->from);
    if (tx->nonce != nonce) {
        return tx->nonce < nonce ? "Nonce too low"
                                 : "Transaction nonce is too distant from current sender nonce";
    }
    return NULL;
}

void yq_emock_submit(yq_emock_chain *chain, yq_slice raw, yq_digest *hash, const char **word)
{
    yq_emock_tx *tx = calloc(1, sizeof *tx);
    YQ_ASSERT(tx != NULL);
    tx->raw = malloc(raw.n + 1);
    YQ_ASSERT(tx->raw != NULL);
    yq_bytes_copy(tx->raw, raw.p, raw.n);
    tx->raw_n = raw.n;
    yq_hash_one(YQ_HASH_KECCAK256, raw, tx->hash.b);
    *hash = tx->hash;
    *word = refusal(chain, tx);
    if (*word != NULL) {
        yq_emock_tx_free(tx);
        return;
    }
    chain->pool = yq_emock_grow(chain->pool, &chain->pool_n, sizeof(yq_emock_tx *));
    chain->pool[chain->pool_n - 1] = tx;
}

/* ---- writing -----------------------------------------------------------------------------------
 */

/* The items that are signed. */
static void put_items(
    const yq_emock_chain *chain, uint8_t type, const uint8_t *to, yq_slice data, yq_writer *w)
{
    if (type != 0) {
        yq_rlp_put_uint(w, chain->chain_id);
    }
    yq_rlp_put_uint(w, yq_emock_pending_nonce(chain, chain->account_address));
    if (type == FEE_MARKET) {
        yq_rlp_put_uint(w, TIP);
    }
    yq_rlp_put_uint(w, type == FEE_MARKET ? FEE_CAP : GAS_PRICE);
    yq_rlp_put_uint(w, GAS_LIMIT);
    yq_rlp_put_string(w, yq_slice_of(to, to == NULL ? 0 : 20));
    yq_rlp_put_uint(w, 0);
    yq_rlp_put_string(w, data);
    if (type != 0) {
        size_t access = yq_rlp_list_begin(w);
        yq_rlp_list_end(w, access);
    }
}

static void put_signature(
    const yq_emock_chain *chain, uint8_t type, const yq_digest *hash, yq_writer *w)
{
    uint8_t sig[65];
    yq_key_sign_recoverable(chain->account, hash->b, sig);
    yq_rlp_put_uint(w, sig[64] + (type == 0 ? V_EIP155 + 2 * chain->chain_id : 0));
    yq_rlp_put_number(w, yq_slice_of(sig, 32));
    yq_rlp_put_number(w, yq_slice_of(sig + 32, 32));
}

void yq_emock_send(yq_emock_chain *chain, const uint8_t *to, yq_slice data, yq_digest *hash)
{
    size_t cap = data.n + 1024;
    uint8_t *room = malloc(cap);
    YQ_ASSERT(room != NULL);
    yq_emock_tx tx = {
        .type = (uint8_t)(chain->sent++ % (chain->has_base_fee ? TYPE_N : FEE_MARKET)),
        .chain_id = chain->chain_id};
    yq_digest unsigned_hash;
    yq_writer w = yq_writer_of(room, cap);
    if (tx.type != 0) {
        yq_put_u8(&w, tx.type);
    }
    size_t list = yq_rlp_list_begin(&w);
    put_items(chain, tx.type, to, data, &w);
    hash_unsigned(&tx, yq_slice_of(w.p + list, w.n - list), &unsigned_hash);
    put_signature(chain, tx.type, &unsigned_hash, &w);
    yq_rlp_list_end(&w, list);
    YQ_ASSERT(w.status == YQ_OK);
    const char *word;
    yq_emock_submit(chain, yq_writer_slice(&w), hash, &word);
    YQ_ASSERT(word == NULL);
    free(room);
}
