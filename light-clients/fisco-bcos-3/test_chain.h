#ifndef YQ_LIGHT_CLIENTS_FISCO_BCOS_3_TEST_CHAIN_H
#define YQ_LIGHT_CLIENTS_FISCO_BCOS_3_TEST_CHAIN_H

/* For tests and fuzz targets: a chain with keys of its own, block by block. */
#include "relay/base/assert.h"
#include "relay/base/writer.h"
#include "relay/codec/abi.h"
#include "relay/crypto/crypto.h"

#include <stdio.h>
#include <stdlib.h>

#ifndef TEST_KEYS_MAX /* yuqiao-bench wants more */
#    define TEST_KEYS_MAX 12u
#    define TEST_TXS_MAX  32u
#endif
#define TEST_SM        1u
#define TEST_KECCAK    3u
#define TEST_LOGS_MAX  4u
#define TEST_BYTES_MAX (1u << 18)
#define TEST_CONTRACT  "0x6849f21d1e455e9f0712b1e99fa4fcd23758e8f1"
#define TEST_CONSENSUS "0x0000000000000000000000000000000000001003"

/* A transaction and its receipt, in fields; each fits one test. */
typedef struct test_tx {
    uint8_t version;
    char nonce[128], to[43];
    uint8_t rest[512];
    size_t rest_n;
    const yq_key *sender;
    uint8_t receipt_version;
    const char *gas, *price;
    uint32_t status;
    uint8_t output[256];
    size_t output_n, log_n;
    struct {
        char address[41];
        uint8_t topic[32], data[256];
        size_t data_n;
    } log[TEST_LOGS_MAX];
} test_tx;

typedef struct test_block {
    uint32_t version;
    uint64_t number, time_ms;
    yq_digest parent, hash;
    size_t tx_n;
    uint8_t members[TEST_KEYS_MAX]; /* the weights with which the header was made */
    test_tx tx[TEST_TXS_MAX];
} test_block;

typedef struct test_chain {
    uint8_t suite, depth;
    uint64_t trust_ms, time_ms;
    const char *name, *group;
    yq_key *key[TEST_KEYS_MAX]; /* in the order of their ids */
    size_t key_n;
    uint8_t weight[TEST_KEYS_MAX]; /* 0: no sealer */
    yq_key *operator_key;
    size_t operators; /* 0: the anchor names none */
} test_chain;

static inline yq_sig_alg test_sig_alg(uint8_t suite)
{
    return suite == TEST_SM ? YQ_SIG_SM2_MESSAGE : YQ_SIG_SECP256K1_DIGEST;
}

static inline yq_digest test_hash(const test_chain *c, yq_slice in)
{
    yq_digest md = {{0}};
    yq_hash_one(c->suite == TEST_SM ? YQ_HASH_SM3 : YQ_HASH_KECCAK256, in, md.b);
    return md;
}

static inline test_chain test_chain_new(uint8_t suite, size_t keys, size_t sealers)
{
    test_chain c = {
        .suite = suite,
        .depth = 1,
        .name = "chain0",
        .group = "group0",
        .time_ms = 1760000000000,
        .key_n = keys,
        .operators = 1};
    for (size_t i = 0; i < keys; i++) {
        char name[32];
        (void)snprintf(name, sizeof name, "sealer-%zu", i);
        yq_key *key = yq_key_derive(test_sig_alg(suite), yq_slice_text("fisco-3"), name);
        size_t at = i;
        for (; at > 0; at--) {
            if (memcmp(yq_key_public(c.key[at - 1]).p, yq_key_public(key).p, 64) < 0) {
                break;
            }
            c.key[at] = c.key[at - 1];
        }
        c.key[at] = key;
        c.weight[i] = i < sealers;
    }
    c.operator_key = yq_key_derive(test_sig_alg(suite), yq_slice_text("fisco-3"), "operator");
    return c;
}

static inline void test_chain_free(test_chain *c)
{
    for (size_t i = 0; i < c->key_n; i++) {
        yq_key_free(c->key[i]);
    }
    yq_key_free(c->operator_key);
}

/* ---- transactions and receipts ---- */

static inline void test_tx_make(uint64_t nonce, const char *to, yq_slice rest, test_tx *out)
{
    *out = (test_tx){.gas = "24363", .price = ""};
    (void)snprintf(out->nonce, sizeof out->nonce, "%llu", (unsigned long long)nonce);
    (void)snprintf(out->to, sizeof out->to, "%s", to);
    yq_bytes_copy(out->rest, rest.p, rest.n);
    out->rest_n = rest.n;
}

/* A log `Name(bytes)` of the contract that is called. */
static inline void test_log_add(test_tx *tx, const char *content)
{
    yq_writer w = yq_writer_of(tx->log[tx->log_n].data, sizeof tx->log[0].data);
    (void)snprintf(tx->log[tx->log_n].address, sizeof tx->log[0].address, "%s", tx->to + 2);
    memset(tx->log[tx->log_n].topic, 0xee, 32);
    yq_abi_put_bytes(&w, yq_slice_text(content));
    tx->log[tx->log_n++].data_n = w.n;
}

static inline yq_digest test_tx_hash(const test_chain *c, const test_tx *t)
{
    uint8_t room[1024];
    yq_writer w = yq_writer_of(room, sizeof room);
    yq_put_u32(&w, t->version);
    yq_put(&w, yq_slice_text(c->name));
    yq_put(&w, yq_slice_text(c->group));
    yq_put_u64(&w, 500);
    yq_put(&w, yq_slice_text(t->nonce));
    yq_put(&w, yq_slice_text(t->to));
    yq_put_bytes(&w, t->rest, t->rest_n);
    YQ_ASSERT(w.status == YQ_OK);
    return test_hash(c, yq_writer_slice(&w));
}

static inline yq_digest test_receipt_hash(const test_chain *c, const test_tx *t, uint64_t number)
{
    uint8_t room[2048];
    yq_writer w = yq_writer_of(room, sizeof room);
    yq_put_u32(&w, t->receipt_version);
    yq_put(&w, yq_slice_text(t->gas));
    yq_put_u32(&w, t->status);
    yq_put_bytes(&w, t->output, t->output_n);
    yq_put(&w, yq_slice_text(t->price));
    for (size_t i = 0; i < t->log_n; i++) {
        yq_put_bytes(&w, t->log[i].address, 40);
        yq_put_bytes(&w, t->log[i].topic, 32);
        yq_put_bytes(&w, t->log[i].data, t->log[i].data_n);
    }
    yq_put_u64(&w, number);
    YQ_ASSERT(w.status == YQ_OK);
    return test_hash(c, yq_writer_slice(&w));
}

/* A call of 0x1003: method, the id of a node, numbers behind it. */
static inline void test_change_make(
    const test_chain *c,
    const char *method,
    const yq_key *node,
    size_t numbers,
    uint64_t weight,
    test_tx *out)
{
    static uint64_t nonce = 1000;
    uint8_t data[320];
    char id[129];
    yq_writer w = yq_writer_of(data, sizeof data);
    yq_digest selector = test_hash(c, yq_slice_text(method));
    yq_put_bytes(&w, selector.b, 4);
    yq_abi_put_uint(&w, 32 * (1 + numbers));
    for (size_t i = 0; i < numbers; i++) {
        yq_abi_put_uint(&w, weight);
    }
    (void)yq_hex_encode(id, sizeof id, yq_key_public(node).p, 64);
    yq_abi_put_tail(&w, yq_slice_text(id));
    test_tx_make(nonce++, TEST_CONSENSUS, yq_writer_slice(&w), out);
    out->output_n = 32;
    out->sender = c->operator_key;
}

/* Two readings of the same bytes. The chain has a call of the contract of an attacker, who chose
 * nonce and output; the other reading is a call of TEST_CONTRACT that logged "forged". */
static inline void test_split_make(test_tx *real, test_tx *claimed)
{
    static const char own[] = "0x00000000000000000000000000000000000000b7";
    uint8_t rest[64];
    yq_writer w = yq_writer_of(rest, sizeof rest);
    yq_put(&w, yq_slice_text(own));
    yq_put(&w, yq_slice_text("call"));
    test_tx_make(2, TEST_CONTRACT, yq_writer_slice(&w), claimed);
    test_log_add(claimed, "forged");
    test_tx_make(2, own, yq_slice_text("call"), real);
    (void)snprintf(real->nonce, sizeof real->nonce, "2%s", TEST_CONTRACT);
    w = yq_writer_of(real->output, sizeof real->output);
    yq_put_bytes(&w, claimed->log[0].address, 40);
    yq_put_bytes(&w, claimed->log[0].topic, 32);
    yq_put_bytes(&w, claimed->log[0].data, claimed->log[0].data_n);
    real->output_n = w.n;
}

/* ---- the trees ---- */

/* The root of a block's transactions (which 0) or receipts (1). Out: other[level], the node beside
 * that of index, where there is one; kind[level]. Returns the number of levels. */
static inline size_t test_tree(
    const test_chain *c,
    const test_block *b,
    int which,
    size_t index,
    yq_digest *root,
    yq_digest *other,
    uint8_t *kind)
{
    static yq_digest node[TEST_TXS_MAX];
    size_t n = b->tx_n, levels = 0;
    memset(root, 0, sizeof *root);
    for (size_t i = 0; i < n; i++) {
        node[i] =
            which == 0 ? test_tx_hash(c, &b->tx[i]) : test_receipt_hash(c, &b->tx[i], b->number);
    }
    for (; n > 1; n = (n + 1) / 2, index /= 2, levels++) {
        size_t beside = index ^ 1u;
        kind[levels] = beside >= n ? 3 : index % 2 == 0 ? 1 : 2;
        other[levels] = node[beside < n ? beside : index];
        for (size_t i = 0; i < n; i += 2) {
            node[i / 2] = test_hash(c, yq_slice_of(node[i].b, i + 1 < n ? 64 : 32));
        }
    }
    if (b->tx_n > 0) {
        *root = node[0];
    }
    return levels;
}

/* ---- headers ---- */

static inline uint16_t test_sealers(const test_block *b, uint8_t at[TEST_KEYS_MAX])
{
    uint16_t n = 0;
    for (uint8_t i = 0; i < TEST_KEYS_MAX; i++) {
        if (b->members[i] != 0) {
            at[n++] = i;
        }
    }
    return n;
}

/* The fields of a header, with lengths (how an evidence has them) or without (how they are hashed).
 */
static inline void test_header_put(
    const test_chain *c, const test_block *b, int lengths, yq_writer *w)
{
    static const uint8_t state_root[32] = {7};
    yq_digest root, other[16];
    uint8_t kind[16], at[TEST_KEYS_MAX];
    uint16_t n = test_sealers(b, at);
    yq_put_u32(w, b->version);
    yq_put_u64(w, b->number - 1);
    yq_put(w, YQ_SLICE_OF(b->parent.b));
    for (int which = 0; which < 2; which++) {
        (void)test_tree(c, b, which, 0, &root, other, kind);
        yq_put(w, YQ_SLICE_OF(root.b));
    }
    yq_put_bytes(w, state_root, 32);
    yq_put_u64(w, b->number);
    yq_put_be(w, 5, lengths ? 1 : 0);
    yq_put(w, yq_slice_text("24363"));
    yq_put_u64(w, b->time_ms);
    yq_put_u64(w, 0);
    yq_put_be(w, n, lengths ? 2 : 0);
    for (size_t i = 0; i < n; i++) {
        yq_put(w, yq_key_public(c->key[at[i]]));
        yq_put_be(w, b->members[at[i]], lengths ? 8 : 0);
    }
    yq_put_be(w, 2, lengths ? 4 : 0);
    yq_put(w, yq_slice_text("ex"));
    for (size_t i = 0; i < n && !lengths; i++) {
        yq_put_u64(w, b->members[at[i]]);
    }
    YQ_ASSERT(w->status == YQ_OK);
}

static inline void test_seal(const test_chain *c, test_block *b)
{
    uint8_t room[16384];
    yq_writer w = yq_writer_of(room, sizeof room);
    test_header_put(c, b, 0, &w);
    b->hash = test_hash(c, yq_writer_slice(&w));
}

/* Makes the header over the block's transactions; parent NULL: a block 10 that nothing is before.
 */
static inline void test_header_make(const test_chain *c, const test_block *parent, test_block *b)
{
    static const yq_digest before = {{1}};
    b->version = 0x03030000;
    b->number = parent == NULL ? 10 : parent->number + 1;
    b->time_ms = c->time_ms + b->number * 1000;
    b->parent = parent == NULL ? before : parent->hash;
    memcpy(b->members, c->weight, sizeof b->members);
    test_seal(c, b);
}

/* A block with one plain transaction. */
static inline void test_plain_block(const test_chain *c, const test_block *parent, test_block *b)
{
    b->tx_n = 1;
    test_tx_make(parent->number + 1, TEST_CONTRACT, yq_slice_text("call"), &b->tx[0]);
    test_header_make(c, parent, b);
}

static inline void test_sign(
    const test_chain *c, const yq_digest *hash, const yq_key *key, yq_writer *w)
{
    uint8_t sig[65];
    if (c->suite == TEST_SM) {
        yq_key_sign(key, YQ_SLICE_OF(hash->b), sig);
    } else {
        yq_key_sign_recoverable(key, hash->b, sig);
    }
    yq_put_bytes(w, sig, c->suite == TEST_SM ? 64 : 65);
}

/* ---- evidence ---- */

static inline void test_signatures_put(
    const test_chain *c, const test_block *b, uint32_t mask, yq_writer *w)
{
    uint8_t at[TEST_KEYS_MAX];
    uint16_t n = test_sealers(b, at), signers = 0;
    for (uint16_t i = 0; i < n; i++) {
        signers = (uint16_t)(signers + (mask >> i & 1u));
    }
    yq_put_u16(w, signers);
    for (uint16_t i = 0; i < n; i++) {
        if ((mask >> i & 1u) != 0) {
            yq_put_u16(w, i);
            test_sign(c, &b->hash, c->key[at[i]], w);
        }
    }
}

/* Header and signatures of the sealers whose bit is set in mask. */
static inline void test_signed_header(
    const test_chain *c, const test_block *b, uint32_t mask, yq_writer *w)
{
    test_header_put(c, b, 1, w);
    test_signatures_put(c, b, mask, w);
}

static inline void test_tx_put(const test_tx *t, yq_writer *w)
{
    yq_put_u8(w, t->version);
    yq_put_u64(w, 500);
    yq_put_str8(w, yq_slice_text(t->nonce));
    yq_put(w, yq_slice_text(t->to));
    yq_put_blob32(w, yq_slice_of(t->rest, t->rest_n));
    yq_put_u8(w, t->receipt_version);
    yq_put_str8(w, yq_slice_text(t->gas));
    yq_put_u32(w, t->status);
    yq_put_str8(w, yq_slice_of(t->output, t->output_n));
    if (t->receipt_version > 0) {
        yq_put_str8(w, yq_slice_text(t->price));
    }
    yq_put_u8(w, (uint8_t)t->log_n);
    for (size_t i = 0; i < t->log_n; i++) {
        yq_put_bytes(w, t->log[i].address, 40);
        yq_put_bytes(w, t->log[i].topic, 32);
        yq_put_blob32(w, yq_slice_of(t->log[i].data, t->log[i].data_n));
    }
}

static inline void test_inclusion(
    const test_chain *c, const test_block *b, size_t index, yq_writer *w)
{
    yq_digest root, other[2][16];
    uint8_t kind[16];
    size_t levels = test_tree(c, b, 0, index, &root, other[0], kind);
    (void)test_tree(c, b, 1, index, &root, other[1], kind);
    yq_put_u8(w, (uint8_t)levels);
    for (size_t i = 0; i < levels; i++) {
        yq_put_u8(w, kind[i]);
        if (kind[i] != 3) {
            yq_put(w, YQ_SLICE_OF(other[0][i].b));
            yq_put(w, YQ_SLICE_OF(other[1][i].b));
        }
    }
    test_tx_put(&b->tx[index], w);
}

static inline void test_change_put(
    const test_chain *c, const test_block *b, size_t index, yq_writer *w)
{
    const test_tx *t = &b->tx[index];
    yq_digest hash = test_tx_hash(c, t);
    test_inclusion(c, b, index, w);
    test_sign(c, &hash, t->sender, w);
    yq_put_bytes(w, yq_key_public(t->sender).p, c->suite == TEST_SM ? 64 : 0);
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
    for (size_t i = 0; i < change_n; i++) {
        test_change_put(c, before, i, &w);
    }
    YQ_ASSERT(w.status == YQ_OK);
    return yq_writer_slice(&w);
}

static inline yq_slice test_event(
    const test_chain *c, const test_block *b, size_t index, uint32_t log_idx, uint8_t *room)
{
    yq_writer w = yq_writer_of(room, TEST_BYTES_MAX);
    yq_put_u8(&w, 1);
    yq_put_u64(&w, b->number);
    test_inclusion(c, b, index, &w);
    yq_put_u32(&w, log_idx);
    YQ_ASSERT(w.status == YQ_OK);
    return yq_writer_slice(&w);
}

static inline yq_slice test_misbehaviour(
    const test_chain *c,
    const test_block *a,
    uint32_t mask_a,
    const test_block *b,
    uint32_t mask_b,
    uint8_t *room)
{
    yq_writer w = yq_writer_of(room, TEST_BYTES_MAX);
    yq_put_u8(&w, 1);
    test_signed_header(c, a, mask_a, &w);
    test_signed_header(c, b, mask_b, &w);
    YQ_ASSERT(w.status == YQ_OK);
    return yq_writer_slice(&w);
}

static inline void test_rules_put(const test_chain *c, yq_writer *w)
{
    yq_put_u8(w, 1);
    yq_put_u8(w, c->suite);
    yq_put_str8(w, yq_slice_text(c->name));
    yq_put_str8(w, yq_slice_text(c->group));
    yq_put_u8(w, c->depth);
    yq_put_u64(w, c->trust_ms);
    yq_put_u8(w, (uint8_t)c->operators);
    if (c->operators > 0) {
        yq_digest md = test_hash(c, yq_key_public(c->operator_key));
        yq_put_bytes(w, md.b + 12, 20);
    }
}

static inline yq_slice test_anchor(const test_chain *c, const test_block *b, uint8_t *room)
{
    yq_writer w = yq_writer_of(room, TEST_BYTES_MAX);
    test_rules_put(c, &w);
    yq_put(&w, YQ_SLICE_OF(b->hash.b));
    yq_put_u8(&w, 1);
    test_header_put(c, b, 1, &w);
    return yq_writer_slice(&w);
}

/* The text of a genesis; more is put behind it. */
static inline size_t test_genesis_text(
    const test_chain *c, const char *more, char *text, size_t cap)
{
    int n = snprintf(
        text,
        cap,
        "[chain]\nsm_crypto:%d\nchainID: %s\ngrouID: %s\n[consensys]\nconsensus_type: pbft\n"
        "leader_period:1\n[version]\ncompatibility_version:3.3.0\n[executor]\niswasm: 0\n",
        c->suite == TEST_SM,
        c->name,
        c->group);
    size_t at = (size_t)n, k = 0;
    for (size_t i = c->key_n; i-- > 0;) { /* in another order than that of the set */
        if (c->weight[i] != 0) {
            at += (size_t)snprintf(text + at, cap - at, "node.%zu:", k++);
            at += yq_hex_encode(text + at, cap - at, yq_key_public(c->key[i]).p, 64);
            at += (size_t)snprintf(text + at, cap - at, ",%u\n", c->weight[i]);
        }
    }
    return at + (size_t)snprintf(text + at, cap - at, "%s", more);
}

/* The anchor of a genesis with this text, and its hash as the chain makes it. */
static inline yq_slice test_genesis(
    const test_chain *c, yq_slice text, uint8_t *room, yq_digest *hash)
{
    static uint8_t bytes[8192];
    yq_writer h = yq_writer_of(bytes, sizeof bytes), w = yq_writer_of(room, TEST_BYTES_MAX);
    yq_put_u32(&h, 0x03030000);
    yq_put_u64(&h, 0);
    yq_put_u64(&h, 0);
    yq_put_u64(&h, 0);
    yq_put(&h, text);
    *hash = test_hash(c, yq_writer_slice(&h));
    test_rules_put(c, &w);
    yq_put(&w, YQ_SLICE_OF(hash->b));
    yq_put_u8(&w, 2);
    yq_put_u32(&w, 0x03030000);
    yq_put_u64(&w, 0);
    yq_put_u64(&w, 0);
    yq_put_blob32(&w, text);
    return yq_writer_slice(&w);
}

#endif /* YQ_LIGHT_CLIENTS_FISCO_BCOS_3_TEST_CHAIN_H */
