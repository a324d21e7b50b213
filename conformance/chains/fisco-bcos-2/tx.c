#include "conformance/chains/fisco-bcos-2/fmock.h"
#include "relay/base/assert.h"
#include "relay/codec/rlp.h"

#include <stdlib.h>

#define NUMBER_MAX  32u
#define EXTRA_MAX   1024u
#define GAS_PRICE   300000000u
#define GAS_LIMIT   30000000u
#define LIMIT_AHEAD 500u
#define V_BASE      27u

void yq_fmock_tx_free(yq_fmock_tx *tx)
{
    if (tx != NULL) {
        free(tx->raw);
        free(tx->output);
        free(tx->log.data);
        free(tx);
    }
}

void yq_fmock_address(const yq_fmock_chain *chain, yq_slice key, uint8_t address[20])
{
    uint8_t md[YQ_DIGEST_SIZE];
    yq_hash_one(chain->alg, key, md);
    memcpy(address, md + 12, 20);
}

void yq_fmock_contract_address(
    const yq_fmock_chain *chain, const uint8_t sender[20], uint64_t n, uint8_t address[20])
{
    uint8_t room[64], md[YQ_DIGEST_SIZE];
    yq_writer w = yq_writer_of(room, sizeof room);
    size_t list = yq_rlp_list_begin(&w);
    yq_rlp_put_string(&w, yq_slice_of(sender, 20));
    yq_rlp_put_uint(&w, n);
    yq_rlp_list_end(&w, list);
    yq_hash_one(chain->alg, yq_writer_slice(&w), md);
    memcpy(address, md + 12, 20);
}

/* ---- reading --------------------------------------------------------------------------------- */

static void take_number(yq_cur *c, uint8_t out[NUMBER_MAX])
{
    yq_slice number = yq_rlp_number(c);
    memset(out, 0, NUMBER_MAX);
    yq_bytes_copy(out + NUMBER_MAX - number.n, number.p, number.n);
}

/* Reads the 13 items. Out: unsigned_end, where the first ten end in the list's content. */
static int read_items(const yq_fmock_chain *chain, yq_fmock_tx *tx, yq_slice *unsigned_items)
{
    yq_cur outer = yq_cur_of(yq_slice_of(tx->raw, tx->raw_n));
    yq_cur c = yq_rlp_list(&outer);
    uint64_t v = V_BASE;
    tx->nonce = yq_rlp_number(&c);
    tx->gas_price = yq_rlp_number(&c);
    tx->gas = yq_rlp_number(&c);
    tx->block_limit = yq_rlp_uint(&c);
    tx->to = yq_rlp_string(&c, 20);
    tx->value = yq_rlp_number(&c);
    tx->data = yq_rlp_string(&c, YQ_FMOCK_TX_MAX);
    tx->chain_id = yq_rlp_uint(&c);
    tx->group_id = yq_rlp_uint(&c);
    tx->extra = yq_rlp_string(&c, EXTRA_MAX);
    *unsigned_items = yq_slice_of(c.p, c.pos);
    if (chain->suite == YQ_FMOCK_SUITE_SM) {
        tx->public_key = yq_rlp_fixed(&c, 64);
    } else {
        v = yq_rlp_uint(&c);
    }
    take_number(&c, tx->r);
    take_number(&c, tx->s);
    yq_rlp_end(&c, &outer);
    tx->recovery = (uint8_t)(v - V_BASE);
    return yq_cur_done(&outer, NULL) == YQ_OK && (v == V_BASE || v == V_BASE + 1) &&
           (tx->to.n == 0 || tx->to.n == 20);
}

static void hash_unsigned(const yq_fmock_chain *chain, yq_slice items, yq_digest *hash)
{
    uint8_t *room = malloc(items.n + 16);
    YQ_ASSERT(room != NULL);
    yq_writer w = yq_writer_of(room, items.n + 16);
    size_t list = yq_rlp_list_begin(&w);
    yq_put(&w, items);
    yq_rlp_list_end(&w, list);
    YQ_ASSERT(w.status == YQ_OK);
    yq_hash_one(chain->alg, yq_writer_slice(&w), hash->b);
    free(room);
}

/* Returns 0 when the signature is not good. Out: the sender. */
static int check_signature(const yq_fmock_chain *chain, yq_fmock_tx *tx, yq_slice items)
{
    uint8_t sig[65], key[64];
    yq_digest hash;
    hash_unsigned(chain, items, &hash);
    memcpy(sig, tx->r, 32);
    memcpy(sig + 32, tx->s, 32);
    sig[64] = tx->recovery;
    if (chain->suite == YQ_FMOCK_SUITE_SM) {
        const yq_signature check = {
            .alg = YQ_SIG_SM2_MESSAGE,
            .key = tx->public_key,
            .msg = {hash.b, sizeof hash.b},
            .sig = {sig, 64},
        };
        if (yq_signature_check(&check) != YQ_OK) {
            return 0;
        }
        yq_fmock_address(chain, tx->public_key, tx->from);
        return 1;
    }
    if (yq_secp256k1_recover(hash.b, sig, key) != YQ_OK) {
        return 0;
    }
    yq_fmock_address(chain, yq_slice_of(key, sizeof key), tx->from);
    return 1;
}

static int same_nonce(const yq_fmock_tx *a, const yq_fmock_tx *b)
{
    return yq_slice_equal(a->nonce, b->nonce);
}

static int nonce_is_used(const yq_fmock_chain *chain, const yq_fmock_tx *tx)
{
    for (size_t i = 0; i < chain->pool_n; i++) {
        if (same_nonce(chain->pool[i], tx)) {
            return 1;
        }
    }
    uint64_t height = yq_fmock_height(chain);
    for (uint64_t k = 0; k < YQ_FMOCK_LIMIT_AHEAD && k < height; k++) {
        const yq_fmock_block *block = chain->block[height - k];
        for (size_t i = 0; i < block->tx_n; i++) {
            if (same_nonce(block->tx[i], tx)) {
                return 1;
            }
        }
    }
    return 0;
}

static const char *refusal(const yq_fmock_chain *chain, yq_fmock_tx *tx)
{
    yq_slice items;
    uint64_t height = yq_fmock_height(chain);
    if (!read_items(chain, tx, &items)) {
        return "InvalidFormat";
    }
    if (!check_signature(chain, tx, items)) {
        return "InvalidSignature";
    }
    if (nonce_is_used(chain, tx)) {
        return "TransactionNonceCheckFail";
    }
    if (tx->block_limit <= height || tx->block_limit > height + YQ_FMOCK_LIMIT_AHEAD) {
        return "BlockLimitCheckFailed";
    }
    if (tx->chain_id != YQ_FMOCK_CHAIN_ID) {
        return "InvalidChainId";
    }
    return tx->group_id == YQ_FMOCK_GROUP_ID ? NULL : "InvalidGroupId";
}

void yq_fmock_submit(yq_fmock_chain *chain, yq_slice raw, yq_digest *hash, const char **word)
{
    yq_fmock_tx *tx = calloc(1, sizeof *tx);
    YQ_ASSERT(tx != NULL);
    tx->raw = malloc(raw.n + 1);
    YQ_ASSERT(tx->raw != NULL);
    yq_bytes_copy(tx->raw, raw.p, raw.n);
    tx->raw_n = raw.n;
    yq_hash_one(chain->alg, raw, tx->hash.b);
    *hash = tx->hash;
    *word = refusal(chain, tx);
    if (*word != NULL) {
        yq_fmock_tx_free(tx);
        return;
    }
    chain->pool = yq_fmock_grow(chain->pool, &chain->pool_n, sizeof(yq_fmock_tx *));
    chain->pool[chain->pool_n - 1] = tx;
}

/* ---- writing --------------------------------------------------------------------------------- */

static void put_items(yq_fmock_chain *chain, const uint8_t *to, yq_slice data, yq_writer *w)
{
    uint8_t number[8], nonce[YQ_DIGEST_SIZE];
    yq_writer n = yq_writer_of(number, sizeof number);
    yq_put_u64(&n, chain->sent++);
    const yq_slice part[] = {
        yq_slice_text("nonce"), yq_key_public(chain->account), yq_writer_slice(&n)};
    yq_hash(YQ_HASH_SM3, part, YQ_ARRAY_N(part), nonce);
    yq_rlp_put_number(w, yq_slice_of(nonce, sizeof nonce));
    yq_rlp_put_uint(w, GAS_PRICE);
    yq_rlp_put_uint(w, GAS_LIMIT);
    yq_rlp_put_uint(w, yq_fmock_height(chain) + LIMIT_AHEAD);
    yq_rlp_put_string(w, yq_slice_of(to, to == NULL ? 0 : 20));
    yq_rlp_put_uint(w, 0);
    yq_rlp_put_string(w, data);
    yq_rlp_put_uint(w, YQ_FMOCK_CHAIN_ID);
    yq_rlp_put_uint(w, YQ_FMOCK_GROUP_ID);
    yq_rlp_put_string(w, (yq_slice){0});
}

static void put_signature(const yq_fmock_chain *chain, const yq_digest *hash, yq_writer *w)
{
    uint8_t sig[65];
    if (chain->suite == YQ_FMOCK_SUITE_SM) {
        yq_key_sign(chain->account, yq_slice_of(hash->b, sizeof hash->b), sig);
        yq_rlp_put_string(w, yq_key_public(chain->account));
    } else {
        yq_key_sign_recoverable(chain->account, hash->b, sig);
        yq_rlp_put_uint(w, V_BASE + (uint64_t)sig[64]);
    }
    yq_rlp_put_number(w, yq_slice_of(sig, 32));
    yq_rlp_put_number(w, yq_slice_of(sig + 32, 32));
}

void yq_fmock_send(yq_fmock_chain *chain, const uint8_t *to, yq_slice data, yq_digest *hash)
{
    size_t cap = data.n + 1024;
    uint8_t *room = malloc(cap);
    YQ_ASSERT(room != NULL);
    yq_writer w = yq_writer_of(room, cap);
    put_items(chain, to, data, &w);
    yq_digest unsigned_hash;
    hash_unsigned(chain, yq_writer_slice(&w), &unsigned_hash);
    put_signature(chain, &unsigned_hash, &w);
    yq_rlp_list_end(&w, 0);
    YQ_ASSERT(w.status == YQ_OK);
    const char *word;
    yq_fmock_submit(chain, yq_writer_slice(&w), hash, &word);
    YQ_ASSERT(word == NULL);
    free(room);
}
