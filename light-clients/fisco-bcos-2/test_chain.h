#ifndef YQ_LIGHT_CLIENTS_FISCO_BCOS_2_TEST_CHAIN_H
#define YQ_LIGHT_CLIENTS_FISCO_BCOS_2_TEST_CHAIN_H

/* For tests and fuzz targets: a chain with keys of its own, block by block. */
#include "light-clients/fisco-bcos-2/fisco.h"
#include "relay/base/assert.h"
#include "relay/codec/abi.h"
#include "relay/codec/rlp.h"
#include "relay/crypto/crypto.h"

#include <stdio.h>
#include <stdlib.h>

#ifndef TEST_KEYS_MAX /* yuqiao-bench wants more */
#    define TEST_KEYS_MAX 12u
#    define TEST_TXS_MAX  300u
#endif
#define TEST_BYTES_MAX (1u << 20)

typedef struct test_tx {
    uint8_t tx[1024], receipt[1400];
    size_t tx_n, receipt_n;
} test_tx;

typedef struct test_block {
    uint64_t number;
    uint8_t header[16384];
    size_t header_n, tx_n;
    yq_digest hash, tx_root, receipt_root;
    test_tx tx[TEST_TXS_MAX];
} test_block;

typedef struct test_chain {
    uint8_t suite;
    uint64_t chain_id, group_id;
    yq_key *key[TEST_KEYS_MAX]; /* in the order of their ids */
    size_t key_n;
    uint8_t member[TEST_KEYS_MAX]; /* 1: a sealer */
} test_chain;

static inline uint32_t test_alg(const test_chain *c)
{
    return c->suite == YQ_FISCO2_SUITE_SM ? YQ_HASH_SM3 : YQ_HASH_KECCAK256;
}

static inline test_chain test_chain_new(uint8_t suite, size_t keys, size_t sealers)
{
    test_chain c = {.suite = suite, .chain_id = 1, .group_id = 1, .key_n = keys};
    for (size_t i = 0; i < keys; i++) {
        char name[32];
        (void)snprintf(name, sizeof name, "sealer-%zu", i);
        yq_sig_alg alg = suite == YQ_FISCO2_SUITE_SM ? YQ_SIG_SM2_MESSAGE : YQ_SIG_SECP256K1_DIGEST;
        yq_key *key = yq_key_derive(alg, yq_slice_text("fisco"), name);
        size_t at = i;
        for (; at > 0; at--) {
            if (memcmp(yq_key_public(c.key[at - 1]).p, yq_key_public(key).p, 64) < 0) {
                break;
            }
            c.key[at] = c.key[at - 1];
        }
        c.key[at] = key;
        c.member[i] = i < sealers;
    }
    return c;
}

static inline void test_chain_free(test_chain *c)
{
    for (size_t i = 0; i < c->key_n; i++) {
        yq_key_free(c->key[i]);
    }
}

/* The number of sealers, and the key of one. */
static inline size_t test_sealers(const test_chain *c, const yq_key *sealer[TEST_KEYS_MAX])
{
    size_t n = 0;
    for (size_t i = 0; i < c->key_n; i++) {
        if (c->member[i]) {
            sealer[n++] = c->key[i];
        }
    }
    return n;
}

/* ---- transactions and receipts ---- */

typedef struct test_log {
    uint8_t address[20];
    uint8_t topics;
    yq_slice data;
} test_log;

static inline void test_tx_make(
    const test_chain *c, uint64_t nonce, const uint8_t *to, yq_slice data, test_tx *out)
{
    static const uint8_t v[64] = {1};
    yq_writer w = yq_writer_of(out->tx, sizeof out->tx);
    size_t list = yq_rlp_list_begin(&w);
    yq_rlp_put_uint(&w, nonce);
    yq_rlp_put_uint(&w, 300000000);
    yq_rlp_put_uint(&w, 30000000);
    yq_rlp_put_uint(&w, 500);
    yq_rlp_put_string(&w, yq_slice_of(to, to == NULL ? 0 : 20));
    yq_rlp_put_uint(&w, 0);
    yq_rlp_put_string(&w, data);
    yq_rlp_put_uint(&w, c->chain_id);
    yq_rlp_put_uint(&w, c->group_id);
    yq_rlp_put_string(&w, (yq_slice){0});
    if (c->suite == YQ_FISCO2_SUITE_SM) {
        yq_rlp_put_string(&w, yq_slice_of(v, sizeof v));
    } else {
        yq_rlp_put_uint(&w, 27);
    }
    yq_rlp_put_uint(&w, 7);
    yq_rlp_put_uint(&w, 8);
    yq_rlp_list_end(&w, list);
    YQ_ASSERT(w.status == YQ_OK);
    out->tx_n = w.n;
}

static inline void test_receipt_make(
    uint64_t status, yq_slice output, const test_log *log, size_t log_n, int items, test_tx *out)
{
    static const uint8_t zero[256], root[32] = {9}, topic[32] = {0xee};
    yq_writer w = yq_writer_of(out->receipt, sizeof out->receipt);
    size_t list = yq_rlp_list_begin(&w);
    yq_rlp_put_string(&w, yq_slice_of(root, 32));
    yq_rlp_put_uint(&w, 12345);
    yq_rlp_put_string(&w, yq_slice_of(zero, 20));
    yq_rlp_put_string(&w, yq_slice_of(zero, 256));
    yq_rlp_put_uint(&w, status);
    yq_rlp_put_string(&w, output);
    if (items == 8) {
        yq_rlp_put_uint(&w, 0);
    }
    size_t logs = yq_rlp_list_begin(&w);
    for (size_t i = 0; i < log_n; i++) {
        size_t one = yq_rlp_list_begin(&w);
        yq_rlp_put_string(&w, yq_slice_of(log[i].address, 20));
        size_t topics = yq_rlp_list_begin(&w);
        for (size_t k = 0; k < log[i].topics; k++) {
            yq_rlp_put_string(&w, yq_slice_of(topic, 32));
        }
        yq_rlp_list_end(&w, topics);
        yq_rlp_put_string(&w, log[i].data);
        yq_rlp_list_end(&w, one);
    }
    yq_rlp_list_end(&w, logs);
    yq_rlp_list_end(&w, list);
    YQ_ASSERT(w.status == YQ_OK);
    out->receipt_n = w.n;
}

/* A call of 0x...10xx that answers `answer`. */
static inline void test_change_of(
    const test_chain *c,
    uint8_t precompiled,
    const char *method,
    const yq_key *node,
    uint64_t status,
    uint8_t answer,
    test_tx *out)
{
    static uint64_t nonce = 1000;
    const uint8_t contract[20] = {[18] = 0x10, [19] = precompiled};
    uint8_t data[260], output[32] = {[31] = answer};
    char id[129];
    yq_digest selector;
    yq_writer w = yq_writer_of(data, sizeof data);
    yq_hash_one(test_alg(c), yq_slice_text(method), selector.b);
    yq_put_bytes(&w, selector.b, 4);
    (void)yq_hex_encode(id, sizeof id, yq_key_public(node).p, 64);
    yq_abi_put_bytes(&w, yq_slice_text(id));
    test_tx_make(c, nonce++, contract, yq_writer_slice(&w), out);
    test_receipt_make(status, yq_slice_of(output, 32), NULL, 0, 8, out);
}

/* The same of 0x1003, which keeps the sealers. */
static inline void test_change_make(
    const test_chain *c,
    const char *method,
    const yq_key *node,
    uint64_t status,
    uint8_t answer,
    test_tx *out)
{
    test_change_of(c, 0x03, method, node, status, answer, out);
}

/* ---- the tree ---- */

static inline yq_digest test_group(
    const test_chain *c, const yq_digest *node, size_t first, size_t n, int leaves)
{
    uint8_t room[16 * 36];
    yq_writer w = yq_writer_of(room, sizeof room);
    for (size_t i = first; i < first + n; i++) {
        if (leaves) {
            yq_rlp_put_uint(&w, i);
        }
        yq_put_bytes(&w, node[i].b, 32);
    }
    yq_digest md = {{0}};
    yq_hash_one(test_alg(c), yq_writer_slice(&w), md.b);
    return md;
}

/* The root over n leaves, which it uses up; the path of index to w, if not NULL. */
static inline yq_digest test_tree_over(
    const test_chain *c, yq_digest *node, size_t n, size_t index, yq_writer *w)
{
    static const yq_digest none;
    yq_writer nowhere = {.status = YQ_E_NOSPC};
    size_t levels = 0;
    if (n == 0) {
        return none;
    }
    w = w == NULL ? &nowhere : w;
    for (size_t k = n; k > 1; k = (k + 15) / 16) {
        levels++;
    }
    yq_put_u8(w, (uint8_t)levels);
    int leaves = 1;
    while (n > 1) {
        size_t ups = (n + 15) / 16;
        for (size_t up = 0; up < ups; up++) {
            size_t first = up * 16, size = n - first < 16 ? n - first : 16;
            yq_digest md = test_group(c, node, first, size, leaves);
            if (index / 16 == up) {
                yq_put_u8(w, (uint8_t)size);
                for (size_t i = first; i < first + size; i++) {
                    yq_put_bytes(w, node[i].b, i == index ? 0 : 32);
                }
            }
            node[up] = md;
        }
        index /= 16;
        n = ups;
        leaves = 0;
    }
    return test_group(c, node, 0, 1, leaves);
}

/* The hashes of a block's transactions (which 0) or receipts (1). */
static inline void test_leaves(
    const test_chain *c, const test_block *b, int which, yq_digest leaf[TEST_TXS_MAX])
{
    for (size_t i = 0; i < b->tx_n; i++) {
        const test_tx *t = &b->tx[i];
        yq_slice raw =
            which == 0 ? yq_slice_of(t->tx, t->tx_n) : yq_slice_of(t->receipt, t->receipt_n);
        yq_hash_one(test_alg(c), raw, leaf[i].b);
    }
}

/* The root of a block's transactions (which 0) or receipts (1); the path of index to w, if not
 * NULL. */
static inline yq_digest test_tree(
    const test_chain *c, const test_block *b, int which, size_t index, yq_writer *w)
{
    static yq_digest node[TEST_TXS_MAX];
    test_leaves(c, b, which, node);
    return test_tree_over(c, node, b->tx_n, index, w);
}

/* ---- headers ---- */

/* Writes the block's header over its transactions; parent NULL: the genesis. */
static inline void test_header_make(const test_chain *c, const test_block *parent, test_block *b)
{
    static const uint8_t zero[256];
    const yq_key *sealer[TEST_KEYS_MAX];
    size_t n = test_sealers(c, sealer);
    char text[16384];
    b->number = parent == NULL ? 0 : parent->number + 1;
    b->tx_root = test_tree(c, b, 0, 0, NULL);
    b->receipt_root = test_tree(c, b, 1, 0, NULL);
    yq_writer w = yq_writer_of(b->header, sizeof b->header);
    size_t list = yq_rlp_list_begin(&w);
    yq_rlp_put_string(&w, parent == NULL ? yq_slice_of(zero, 32) : yq_slice_of(parent->hash.b, 32));
    yq_rlp_put_string(&w, yq_slice_of(zero, 32));
    yq_rlp_put_string(&w, yq_slice_of(b->tx_root.b, 32));
    yq_rlp_put_string(&w, yq_slice_of(b->receipt_root.b, 32));
    yq_rlp_put_string(&w, yq_slice_of(zero, 32));
    yq_rlp_put_string(&w, yq_slice_of(zero, 256));
    yq_rlp_put_uint(&w, b->number);
    yq_rlp_put_uint(&w, 0);
    yq_rlp_put_uint(&w, 0);
    yq_rlp_put_uint(&w, 1700000000000 + b->number * 1000);
    size_t extra = yq_rlp_list_begin(&w);
    if (parent == NULL) {
        size_t at = (size_t)snprintf(text, sizeof text, "%u-", (unsigned)c->group_id);
        for (size_t i = 0; i < n; i++) {
            at += yq_hex_encode(text + at, sizeof text - at, yq_key_public(sealer[i]).p, 64);
            text[at++] = ',';
        }
        (void)snprintf(text + at, sizeof text - at, "-pbft-storage-0-1000-300000000-3");
        yq_rlp_put_string(&w, yq_slice_text(text));
    }
    yq_rlp_list_end(&w, extra);
    yq_rlp_put_uint(&w, 0);
    size_t ids = yq_rlp_list_begin(&w);
    for (size_t i = 0; i < n && parent != NULL; i++) {
        yq_rlp_put_string(&w, yq_key_public(sealer[i]));
    }
    yq_rlp_list_end(&w, ids);
    yq_rlp_list_end(&w, list);
    YQ_ASSERT(w.status == YQ_OK);
    b->header_n = w.n;
    yq_hash_one(test_alg(c), yq_slice_of(b->header, b->header_n), b->hash.b);
}

/* Makes one of the block's roots zero, in the header too. */
static inline void test_root_zero(const test_chain *c, test_block *b, yq_digest *root)
{
    size_t at = 0;
    while (memcmp(b->header + at, root->b, sizeof root->b) != 0) {
        at++;
        YQ_ASSERT(at + sizeof root->b <= b->header_n);
    }
    memset(b->header + at, 0, sizeof root->b);
    memset(root->b, 0, sizeof root->b);
    yq_hash_one(test_alg(c), yq_slice_of(b->header, b->header_n), b->hash.b);
}

static inline void test_sign(
    const test_chain *c, const yq_digest *hash, const yq_key *key, uint16_t index, yq_writer *w)
{
    uint8_t sig[65];
    yq_put_u16(w, index);
    if (c->suite == YQ_FISCO2_SUITE_SM) {
        yq_key_sign(key, yq_slice_of(hash->b, 32), sig);
        yq_put_bytes(w, sig, 64);
        yq_put(w, yq_key_public(key));
    } else {
        yq_key_sign_recoverable(key, hash->b, sig);
        yq_put_bytes(w, sig, 65);
    }
}

/* Header and signatures of the sealers whose bit is set in mask. */
static inline void test_signed_header(
    const test_chain *c, const test_block *b, uint32_t mask, yq_writer *w)
{
    const yq_key *sealer[TEST_KEYS_MAX];
    size_t n = test_sealers(c, sealer);
    uint16_t signers = 0;
    for (size_t i = 0; i < n; i++) {
        signers = (uint16_t)(signers + (mask >> i & 1u));
    }
    yq_put_blob32(w, yq_slice_of(b->header, b->header_n));
    yq_put_u16(w, signers);
    for (size_t i = 0; i < n; i++) {
        if ((mask >> i & 1u) != 0) {
            test_sign(c, &b->hash, sealer[i], (uint16_t)i, w);
        }
    }
}

static inline void test_inclusion(
    const test_chain *c, const test_block *b, uint32_t index, yq_writer *w)
{
    yq_put_u32(w, index);
    yq_put_blob32(w, yq_slice_of(b->tx[index].tx, b->tx[index].tx_n));
    (void)test_tree(c, b, 0, index, w);
    yq_put_blob32(w, yq_slice_of(b->tx[index].receipt, b->tx[index].receipt_n));
    (void)test_tree(c, b, 1, index, w);
}

/* An update with the first change_n transactions of before as set changes. */
static inline yq_slice test_update(
    const test_chain *c,
    const test_block *b,
    uint32_t mask,
    const test_block *before,
    size_t change_n,
    uint8_t *room)
{
    yq_writer w = yq_writer_of(room, TEST_BYTES_MAX);
    yq_put_u8(&w, 1);
    test_signed_header(c, b, mask, &w);
    yq_put_u16(&w, (uint16_t)change_n);
    for (uint32_t i = 0; i < change_n; i++) {
        test_inclusion(c, before, i, &w);
    }
    YQ_ASSERT(w.status == YQ_OK);
    return yq_writer_slice(&w);
}

static inline yq_slice test_event(
    const test_chain *c, const test_block *b, uint32_t index, uint32_t log_idx, uint8_t *room)
{
    yq_writer w = yq_writer_of(room, TEST_BYTES_MAX);
    yq_put_u8(&w, 1);
    yq_put_u64(&w, b->number);
    test_inclusion(c, b, index, &w);
    yq_put_u32(&w, log_idx);
    YQ_ASSERT(w.status == YQ_OK);
    return yq_writer_slice(&w);
}

static inline yq_slice test_anchor(const test_chain *c, const test_block *b, uint8_t *room)
{
    yq_writer w = yq_writer_of(room, TEST_BYTES_MAX);
    yq_put_u8(&w, 1);
    yq_put_u8(&w, c->suite);
    yq_put_u64(&w, c->chain_id);
    yq_put_u32(&w, (uint32_t)c->group_id);
    yq_put_bytes(&w, b->hash.b, 32);
    yq_put_blob32(&w, yq_slice_of(b->header, b->header_n));
    YQ_ASSERT(w.status == YQ_OK);
    return yq_writer_slice(&w);
}

/* A block with one plain transaction. */
static inline void test_plain_block(const test_chain *c, const test_block *parent, test_block *b)
{
    static const uint8_t to[20] = {0x77};
    b->tx_n = 1;
    test_tx_make(c, parent->number + 1, to, yq_slice_text("call"), &b->tx[0]);
    test_receipt_make(0, (yq_slice){0}, NULL, 0, 8, &b->tx[0]);
    test_header_make(c, parent, b);
}

#endif /* YQ_LIGHT_CLIENTS_FISCO_BCOS_2_TEST_CHAIN_H */
