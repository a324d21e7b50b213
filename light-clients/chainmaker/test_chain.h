#ifndef YQ_LIGHT_CLIENTS_CHAINMAKER_TEST_CHAIN_H
#define YQ_LIGHT_CLIENTS_CHAINMAKER_TEST_CHAIN_H

/* For tests: a ChainMaker chain that is made here, with real keys. Nothing of the verifier is used
 * to make it. */
#include "light-clients/chainmaker/chainmaker.h"
#include "relay/base/assert.h"
#include "relay/codec/protobuf.h"
#include "relay/crypto/crypto.h"
#include "relay/hub/test_light_client.h"

#include <stdio.h>

#ifndef TEST_KEYS /* yuqiao-bench wants more */
#    define TEST_KEYS    20u
#    define TEST_TXS_MAX 48u
#endif
#define TEST_CHAIN_ID  "chain1"
#define TEST_BYTES_MAX (512u << 10)
#define TEST_TX_MAX    1024u

typedef struct test_node {
    char id[64];
    yq_key *key;
    uint8_t scheme;
} test_node;

typedef struct test_chain {
    uint8_t alg;
    uint32_t block_version;
    test_node node[TEST_KEYS]; /* by id, ascending */
    size_t member[TEST_KEYS], n;
    const char *chain_id;
} test_chain;

typedef struct test_block {
    uint64_t height, conf_height, time_s;
    int is_config;
    yq_digest parent, hash, tx_root;
    uint32_t tx_count;
    uint8_t raw[1024];
    size_t raw_n;
} test_block;

static inline test_chain test_chain_new(uint8_t alg, size_t n)
{
    static const yq_sig_alg key_alg[] = {
        YQ_SIG_SM2_MESSAGE, YQ_SIG_P256_DIGEST, YQ_SIG_SM2_MESSAGE, YQ_SIG_SECP256K1_DIGEST};
    test_chain c = {.alg = alg, .block_version = 2300, .n = n, .chain_id = TEST_CHAIN_ID};
    for (size_t i = 0; i < TEST_KEYS; i++) {
        test_node *node = &c.node[i];
        (void)snprintf(node->id, sizeof node->id, "QmNodeOfTheChain%02zu", i);
        node->key = yq_key_derive(key_alg[i % 4], yq_slice_text("chainmaker"), node->id);
        YQ_ASSERT(node->key != NULL);
        node->scheme = (uint8_t)(i % 4 + 1);
    }
    for (size_t i = 0; i < n; i++) {
        c.member[i] = 2 * i;
    }
    return c;
}

static inline void test_chain_free(test_chain *c)
{
    for (size_t i = 0; i < TEST_KEYS; i++) {
        yq_key_free(c->node[i].key);
    }
}

static inline yq_digest test_hash(const test_chain *c, const yq_slice *part, size_t n)
{
    yq_digest md = {{0}};
    yq_hash(c->alg, part, n, md.b);
    return md;
}

/* ---- transactions ---- */

typedef struct test_tx_wish {
    size_t idx;
    uint64_t code, contract_code, gas;
    const char *contract, *chain_id, *event_tx_id;
    size_t events, data; /* events, and texts in each */
    int no_id, odd;      /* no tx_id; a field that an event does not have */
    const char *text;    /* in place of the texts' own */
    yq_slice result;
} test_tx_wish;

static inline size_t test_tx(uint8_t *out, size_t cap, test_tx_wish wish)
{
    char id[68];
    yq_writer w = yq_writer_of(out, cap);
    (void)snprintf(id, sizeof id, "%064zu", wish.idx);
    size_t payload = yq_pb_begin(&w);
    yq_pb_put_bytes(&w, 1, yq_slice_text(wish.chain_id == NULL ? TEST_CHAIN_ID : wish.chain_id));
    if (wish.no_id) {
        id[0] = '\0';
    } else {
        yq_pb_put_bytes(&w, 3, yq_slice_text(id));
    }
    yq_pb_put_varint(&w, 4, 1760000000);
    yq_pb_put_bytes(&w, 6, yq_slice_text(wish.contract == NULL ? "outbox" : wish.contract));
    yq_pb_put_bytes(&w, 7, yq_slice_text("send"));
    yq_pb_end(&w, payload, 1);
    yq_pb_put_bytes(&w, 2, yq_slice_text("sender"));
    size_t result = yq_pb_begin(&w);
    if (wish.code != 0) {
        yq_pb_put_varint(&w, 1, wish.code);
    }
    size_t inner = yq_pb_begin(&w);
    if (wish.contract_code != 0) {
        yq_pb_put_varint(&w, 1, wish.contract_code);
    }
    if (wish.result.n != 0) {
        yq_pb_put_bytes(&w, 2, wish.result);
    }
    if (wish.gas != 0) {
        yq_pb_put_varint(&w, 4, wish.gas);
    }
    for (size_t i = 0; i < wish.events; i++) {
        char text[32];
        size_t event = yq_pb_begin(&w);
        (void)snprintf(text, sizeof text, "topic%zu", i);
        yq_pb_put_bytes(&w, 1, yq_slice_text(text));
        const char *event_id = wish.event_tx_id == NULL ? id : wish.event_tx_id;
        if (event_id[0] != '\0') {
            yq_pb_put_bytes(&w, 2, yq_slice_text(event_id));
        }
        yq_pb_put_bytes(&w, 3, yq_slice_text("outbox"));
        yq_pb_put_bytes(&w, 4, yq_slice_text("1.0"));
        for (size_t k = 0; k < wish.data; k++) {
            (void)snprintf(text, sizeof text, "0%zx0%zx", i % 16, k % 16);
            yq_pb_put_bytes(&w, 5, yq_slice_text(wish.text == NULL ? text : wish.text));
        }
        if (wish.odd) {
            yq_pb_put_bytes(&w, 6, yq_slice_text("odd"));
        }
        yq_pb_end(&w, event, 5);
    }
    yq_pb_end(&w, inner, 2);
    yq_pb_put_bytes(&w, 3, yq_slice_text("rw set hash"));
    yq_pb_end(&w, result, 4);
    YQ_ASSERT(w.status == YQ_OK);
    return w.n;
}

/* The tree as its own text says it: leaves and nil up to a power of two. Out: siblings of idx. */
static inline yq_digest test_tree(
    const test_chain *c,
    const yq_digest *leaf,
    size_t n,
    size_t idx,
    yq_digest *path,
    size_t *path_n)
{
    static yq_digest level[2 * TEST_TXS_MAX];
    static int nil[2 * TEST_TXS_MAX];
    size_t size = 1;
    while (size < n) {
        size *= 2;
    }
    for (size_t i = 0; i < size; i++) {
        nil[i] = i >= n;
        level[i] = i < n ? leaf[i] : (yq_digest){{0}};
    }
    for (*path_n = 0; size > 1; size /= 2, idx /= 2) {
        if (!nil[idx ^ 1]) {
            path[(*path_n)++] = level[idx ^ 1];
        }
        for (size_t i = 0; i < size / 2; i++) {
            const yq_digest *l = &level[2 * i], *r = nil[2 * i + 1] ? l : &level[2 * i + 1];
            const yq_slice part[] = {YQ_SLICE_OF(l->b), YQ_SLICE_OF(r->b)};
            yq_digest up = test_hash(c, part, 2);
            nil[i] = nil[2 * i];
            level[i] = up;
        }
    }
    return level[0];
}

/* ---- blocks ---- */

static inline void test_seal(const test_chain *c, test_block *b)
{
    yq_writer w = yq_writer_of(b->raw, sizeof b->raw);
    const yq_digest other = {{7}};
    if (c->block_version != 0) {
        yq_pb_put_varint(&w, 1, c->block_version);
    }
    if (b->is_config) {
        yq_pb_put_varint(&w, 2, 1);
    }
    yq_pb_put_bytes(&w, 3, yq_slice_text(c->chain_id));
    if (b->height != 0) {
        yq_pb_put_varint(&w, 4, b->height);
    }
    yq_pb_put_bytes(&w, 6, YQ_SLICE_OF(b->parent.b));
    if (b->conf_height != 0) {
        yq_pb_put_varint(&w, 7, b->conf_height);
    }
    if (b->tx_count != 0) {
        yq_pb_put_varint(&w, 8, b->tx_count);
    }
    if (!yq_digest_is_zero(&b->tx_root)) {
        yq_pb_put_bytes(&w, 9, YQ_SLICE_OF(b->tx_root.b));
    }
    yq_pb_put_bytes(&w, 10, YQ_SLICE_OF(other.b));
    yq_pb_put_bytes(&w, 11, YQ_SLICE_OF(other.b));
    yq_pb_put_varint(&w, 12, b->time_s);
    size_t member = yq_pb_begin(&w);
    yq_pb_put_bytes(&w, 1, yq_slice_text("wx-org1"));
    yq_pb_put_varint(&w, 2, 1);
    yq_pb_put_bytes(&w, 3, yq_slice_text("certificate hash"));
    yq_pb_end(&w, member, 14);
    YQ_ASSERT(w.status == YQ_OK);
    b->raw_n = w.n;
    const yq_slice raw = yq_writer_slice(&w);
    b->hash = test_hash(c, &raw, 1);
}

static inline test_block test_next(const test_chain *c, const test_block *prev)
{
    test_block b = {
        .height = prev == NULL ? 0 : prev->height + 1,
        .time_s = prev == NULL ? 1760000000 : prev->time_s + 1,
        .conf_height = prev == NULL      ? 0
                       : prev->is_config ? prev->height
                                         : prev->conf_height,
        .is_config = prev == NULL};
    if (prev != NULL) {
        b.parent = prev->hash;
    }
    test_seal(c, &b);
    return b;
}

typedef struct test_votes {
    const char *text; /* one letter a node: s votes, - not, 2 to 9 so many times, x under an index
                         that is nobody's; shorter: the rest votes */
    uint32_t round;
    const char *invalid; /* a text in each vote's field 7 */
} test_votes;

static inline void test_sign(
    const test_chain *c, size_t node, const test_block *b, const test_votes *v, uint8_t *sig)
{
    uint8_t room[512], md[32];
    yq_writer w = yq_writer_of(room, sizeof room);
    yq_pb_put_varint(&w, 1, 1);
    yq_pb_put_bytes(&w, 2, yq_slice_text(c->node[node].id));
    if (b->height != 0) {
        yq_pb_put_varint(&w, 3, b->height);
    }
    if (v->round != 0) {
        yq_pb_put_varint(&w, 4, v->round);
    }
    yq_pb_put_bytes(&w, 5, YQ_SLICE_OF(b->hash.b));
    if (v->invalid != NULL) {
        yq_pb_put_bytes(&w, 7, yq_slice_text(v->invalid));
    }
    yq_hash_one(YQ_HASH_SHA256, yq_writer_slice(&w), md);
    if (c->node[node].scheme == YQ_CMAKER_SM2_SHA256) {
        yq_key_sign_sm2_digest(c->node[node].key, md, sig);
    } else {
        yq_key_sign(
            c->node[node].key,
            c->node[node].scheme == YQ_CMAKER_SM2_SM3 ? yq_writer_slice(&w)
                                                      : yq_slice_of(md, sizeof md),
            sig);
    }
}

static inline void test_votes_put(
    yq_writer *w, const test_chain *c, const test_block *b, test_votes v)
{
    yq_put_u32(w, v.round);
    size_t at = w->n, n = 0;
    yq_put_u16(w, 0);
    for (size_t i = 0; i < c->n; i++) {
        char letter = v.text != NULL && i < strlen(v.text) ? v.text[i] : 's';
        unsigned times = letter >= '2' && letter <= '9' ? (unsigned)(letter - '0') : 1u;
        for (unsigned k = 0; letter != '-' && k < times; k++, n++) {
            uint8_t sig[64], invalid[128];
            yq_writer x = yq_writer_of(invalid, sizeof invalid);
            if (v.invalid != NULL) {
                yq_pb_put_bytes(&x, 7, yq_slice_text(v.invalid));
            }
            test_sign(c, c->member[i], b, &v, sig);
            yq_put_u16(w, (uint16_t)(letter == 'x' ? c->n : i));
            yq_put_blob16(w, yq_writer_slice(&x));
            yq_put_bytes(w, sig, sizeof sig);
        }
    }
    YQ_ASSERT(w->status == YQ_OK);
    yq_writer count = yq_writer_of(w->p + at, 2);
    yq_put_u16(&count, (uint16_t)n);
}

static inline void test_evidence_put(
    yq_writer *w, const test_chain *c, const test_block *b, test_votes v, yq_slice config)
{
    yq_put_blob32(w, yq_slice_of(b->raw, b->raw_n));
    test_votes_put(w, c, b, v);
    yq_put_blob32(w, config);
    YQ_ASSERT(w->status == YQ_OK);
}

static inline yq_slice test_update(
    const test_chain *c, const test_block *b, test_votes v, yq_slice config, uint8_t *room)
{
    yq_writer w = yq_writer_of(room, TEST_BYTES_MAX);
    yq_put_u8(&w, 1);
    test_evidence_put(&w, c, b, v, config);
    return yq_writer_slice(&w);
}

static inline yq_slice test_anchor(const test_chain *c, const test_block *b, uint8_t *room)
{
    yq_writer w = yq_writer_of(room, TEST_BYTES_MAX);
    yq_put_u8(&w, 1);
    yq_put_u8(&w, c->alg);
    yq_put_str8(&w, yq_slice_text(TEST_CHAIN_ID));
    yq_put(&w, YQ_SLICE_OF(b->hash.b));
    yq_put_blob32(&w, yq_slice_of(b->raw, b->raw_n));
    yq_put_u16(&w, (uint16_t)c->n);
    for (size_t i = 0; i < c->n; i++) {
        const test_node *node = &c->node[c->member[i]];
        yq_put_str8(&w, yq_slice_text(node->id));
        yq_put_u8(&w, node->scheme);
        yq_put(&w, yq_key_public(node->key));
    }
    YQ_ASSERT(w.status == YQ_OK);
    return yq_writer_slice(&w);
}

/* ---- configuration ---- */

static inline size_t test_config(
    const test_chain *c,
    const char *chain_id,
    const char *hash,
    uint64_t type,
    uint8_t *out,
    size_t cap)
{
    yq_writer w = yq_writer_of(out, cap);
    yq_pb_put_bytes(&w, 1, yq_slice_text(chain_id));
    yq_pb_put_bytes(&w, 2, yq_slice_text("v2.3.0"));
    size_t crypto = yq_pb_begin(&w);
    yq_pb_put_bytes(&w, 1, yq_slice_text(hash));
    yq_pb_end(&w, crypto, 5);
    size_t consensus = yq_pb_begin(&w);
    yq_pb_put_varint(&w, 1, type);
    for (size_t i = c->n; i > 0; i--) { /* in any order */
        size_t org = yq_pb_begin(&w);
        yq_pb_put_bytes(&w, 1, yq_slice_text("wx-org"));
        yq_pb_put_bytes(&w, 3, yq_slice_text(c->node[c->member[i - 1]].id));
        yq_pb_end(&w, org, 2);
    }
    yq_pb_end(&w, consensus, 8);
    YQ_ASSERT(w.status == YQ_OK);
    return w.n;
}

#endif /* YQ_LIGHT_CLIENTS_CHAINMAKER_TEST_CHAIN_H */
