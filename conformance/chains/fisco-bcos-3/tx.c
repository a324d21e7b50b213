#include "conformance/chains/fisco-bcos-3/mock3.h"
#include "relay/base/assert.h"
#include "relay/base/writer.h"

#include <stdio.h>
#include <stdlib.h>

#define LIMIT_AHEAD 500u
#define SIG_MAX     128u

void yq_mock3_tx_free(yq_mock3_tx *tx)
{
    if (tx != NULL) {
        free(tx->raw);
        free(tx->output);
        free(tx->log.data);
        free(tx);
    }
}

void yq_mock3_address(const yq_mock3_chain *chain, yq_slice key, uint8_t address[20])
{
    uint8_t md[YQ_DIGEST_SIZE];
    yq_hash_one(chain->alg, key, md);
    memcpy(address, md + 12, 20);
}

static void hash_tx(const yq_mock3_chain *chain, const yq_mock3_tx *tx, yq_digest *hash)
{
    size_t cap = tx->raw_n + tx->data.n + 512;
    uint8_t *room = malloc(cap);
    YQ_ASSERT(room != NULL);
    yq_writer w = yq_writer_of(room, cap);
    yq_mock3_tars_hashed(tx, &w);
    YQ_ASSERT(w.status == YQ_OK);
    yq_hash_one(chain->alg, yq_writer_slice(&w), hash->b);
    free(room);
}

/* Returns 0 when the signature is not good. Out: the sender. */
static int check_signature(const yq_mock3_chain *chain, yq_mock3_tx *tx)
{
    uint8_t key[YQ_MOCK3_ID_SIZE];
    if (chain->suite == YQ_MOCK3_SUITE_SM) {
        const yq_signature check = {
            .alg = YQ_SIG_SM2_MESSAGE,
            .key = {tx->signature.p + 64, sizeof key},
            .msg = YQ_SLICE_OF(tx->hash.b),
            .sig = {tx->signature.p, 64},
        };
        if (tx->signature.n != SIG_MAX || yq_signature_check(&check) != YQ_OK) {
            return 0;
        }
        memcpy(key, tx->signature.p + 64, sizeof key);
    } else if (
        tx->signature.n != YQ_MOCK3_SIG_MAX ||
        yq_secp256k1_recover(tx->hash.b, tx->signature.p, key) != YQ_OK) {
        return 0;
    }
    yq_mock3_address(chain, YQ_SLICE_OF(key), tx->from);
    return 1;
}

/* "", or 0x and 40 digits. Out: the address. */
static int read_to(yq_mock3_tx *tx)
{
    yq_buf out = {tx->to_address, sizeof tx->to_address, 0};
    return tx->to.n == 0 || (tx->to.n == 42 && tx->to.p[0] == '0' && tx->to.p[1] == 'x' &&
                             yq_hex_decode(&out, (const char *)tx->to.p + 2, 40) == YQ_OK);
}

static int refusal_of_pair(const yq_mock3_tx *old, const yq_mock3_tx *tx, int code)
{
    if (yq_digest_equal(&old->hash, &tx->hash)) {
        return code;
    }
    return yq_slice_equal(old->nonce, tx->nonce) ? YQ_MOCK3_POOL_NONCE : 0;
}

static int refusal_of_repeat(const yq_mock3_chain *chain, const yq_mock3_tx *tx)
{
    uint64_t height = yq_mock3_height(chain);
    int code = 0;
    for (size_t i = 0; i < chain->pool_n && code == 0; i++) {
        code = refusal_of_pair(chain->pool[i], tx, YQ_MOCK3_POOL_THERE);
    }
    for (uint64_t k = 0; k < YQ_MOCK3_LIMIT_AHEAD && k < height; k++) {
        const yq_mock3_block *block = chain->block[height - k];
        for (size_t i = 0; i < block->tx_n && code == 0; i++) {
            code = refusal_of_pair(block->tx[i], tx, YQ_MOCK3_POOL_CHAINED);
        }
    }
    return code;
}

static int refusal(const yq_mock3_chain *chain, yq_mock3_tx *tx)
{
    uint64_t height = yq_mock3_height(chain);
    yq_status status = yq_mock3_tars_read(yq_slice_of(tx->raw, tx->raw_n), tx, NULL);
    if (status != YQ_OK || tx->version != 0 || tx->nonce.n == 0 || !read_to(tx)) {
        return YQ_MOCK3_POOL_MALFORMED; /* 3.3 takes version 0 only */
    }
    hash_tx(chain, tx, &tx->hash);
    if (!yq_slice_equal(tx->stated, YQ_SLICE_OF(tx->hash.b)) || !check_signature(chain, tx)) {
        return YQ_MOCK3_POOL_SIGNATURE;
    }
    if (!yq_slice_equal(tx->chain, yq_slice_text(YQ_MOCK3_CHAIN_ID))) {
        return YQ_MOCK3_POOL_CHAIN;
    }
    if (!yq_slice_equal(tx->group, yq_slice_text(YQ_MOCK3_GROUP_ID))) {
        return YQ_MOCK3_POOL_GROUP;
    }
    int code = refusal_of_repeat(chain, tx);
    if (code == 0 &&
        (tx->block_limit <= height || tx->block_limit > height + YQ_MOCK3_LIMIT_AHEAD)) {
        code = YQ_MOCK3_POOL_LIMIT;
    }
    return code;
}

const char *yq_mock3_pool_word(int code)
{
    static const struct {
        int code;
        const char *word;
    } words[] = {
        {YQ_MOCK3_POOL_NONCE, "NonceCheckFail"},
        {YQ_MOCK3_POOL_LIMIT, "BlockLimitCheckFail"},
        {YQ_MOCK3_POOL_MALFORMED, "MalformTx"},
        {YQ_MOCK3_POOL_THERE, "AlreadyInTxPool"},
        {YQ_MOCK3_POOL_CHAINED, "TxAlreadyInChain"},
        {YQ_MOCK3_POOL_CHAIN, "InvalidChainId"},
        {YQ_MOCK3_POOL_GROUP, "InvalidGroupId"},
        {YQ_MOCK3_POOL_SIGNATURE, "InvalidSignature"},
    };
    for (size_t i = 0; i < YQ_ARRAY_N(words); i++) {
        if (words[i].code == code) {
            return words[i].word;
        }
    }
    return "Unknown";
}

int yq_mock3_submit(yq_mock3_chain *chain, yq_slice raw, yq_digest *hash)
{
    yq_mock3_tx *tx = calloc(1, sizeof *tx);
    YQ_ASSERT(tx != NULL);
    tx->raw = malloc(raw.n + 1);
    YQ_ASSERT(tx->raw != NULL);
    yq_bytes_copy(tx->raw, raw.p, raw.n);
    tx->raw_n = raw.n;
    int code = refusal(chain, tx);
    *hash = tx->hash;
    if (code != 0) {
        yq_mock3_tx_free(tx);
        return code;
    }
    chain->pool = yq_mock3_grow(chain->pool, &chain->pool_n, sizeof(yq_mock3_tx *));
    chain->pool[chain->pool_n - 1] = tx;
    return 0;
}

/* ---- the account's own ---- */

static yq_slice sign(const yq_mock3_chain *chain, const yq_digest *hash, uint8_t sig[SIG_MAX])
{
    if (chain->suite == YQ_MOCK3_SUITE_SM) {
        yq_key_sign(chain->account, YQ_SLICE_OF(hash->b), sig);
        memcpy(sig + 64, yq_key_public(chain->account).p, 64);
        return yq_slice_of(sig, SIG_MAX);
    }
    yq_key_sign_recoverable(chain->account, hash->b, sig);
    return yq_slice_of(sig, YQ_MOCK3_SIG_MAX);
}

void yq_mock3_send(yq_mock3_chain *chain, const uint8_t *to, yq_slice data, yq_digest *hash)
{
    char nonce[24], to_text[43] = "0x";
    uint8_t sig[SIG_MAX] = {0};
    size_t cap = data.n + 1024;
    uint8_t *room = malloc(cap);
    YQ_ASSERT(room != NULL);
    (void)yq_decimal_encode(nonce, UINT64_C(1000000000000) + chain->sent++);
    yq_mock3_tx tx = {
        .chain = yq_slice_text(YQ_MOCK3_CHAIN_ID),
        .group = yq_slice_text(YQ_MOCK3_GROUP_ID),
        .block_limit = yq_mock3_height(chain) + LIMIT_AHEAD,
        .nonce = yq_slice_text(nonce),
        .data = data,
    };
    if (to != NULL) {
        (void)yq_hex_encode(to_text + 2, sizeof to_text - 2, to, 20);
        tx.to = yq_slice_text(to_text);
    }
    hash_tx(chain, &tx, &tx.hash);
    tx.stated = YQ_SLICE_OF(tx.hash.b);
    tx.signature = sign(chain, &tx.hash, sig);
    yq_writer w = yq_writer_of(room, cap);
    yq_mock3_tars_put(&tx, &w);
    YQ_ASSERT(w.status == YQ_OK);
    int code = yq_mock3_submit(chain, yq_writer_slice(&w), hash);
    YQ_ASSERT(code == 0);
    free(room);
}
