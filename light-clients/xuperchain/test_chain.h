#ifndef YQ_LIGHT_CLIENTS_XUPERCHAIN_TEST_CHAIN_H
#define YQ_LIGHT_CLIENTS_XUPERCHAIN_TEST_CHAIN_H

/* For tests: a XuperChain with chained BFT that is made here, with real keys. Nothing of the
 * verifier is used to make it. */
#include "light-clients/xuperchain/xuperchain.h"
#include "relay/base/assert.h"
#include "relay/codec/der.h"
#include "relay/crypto/crypto.h"
#include "relay/hub/test_light_client.h"

#include <stdio.h>

#ifndef TEST_LEAVES_MAX /* yuqiao-bench wants more */
#    define TEST_LEAVES_MAX 64u
#endif
#define TEST_KEYS      80u
#define TEST_SETS      16u
#define TEST_HEADER    24000u
#define TEST_BYTES_MAX (2u << 20)
#define TEST_BUCKET    "$xpoa"
#define TEST_KEY       "0_validates"

typedef struct test_member {
    yq_key *key;
    char address[40], text[256];
} test_member;

/* Members start .. start + n, from a height on. */
typedef struct test_set {
    uint64_t from;
    size_t start, n;
} test_set;

typedef struct test_chain {
    uint8_t scheme;
    test_member member[TEST_KEYS];
    test_set set[TEST_SETS];
    size_t set_n;
} test_chain;

typedef struct test_block {
    uint64_t height, time_ns;
    yq_digest id, parent;
    uint8_t raw[TEST_HEADER];
    size_t raw_n;
} test_block;

static inline yq_digest test_twice(uint32_t alg, yq_slice in)
{
    yq_digest md = {{0}}, out = {{0}};
    yq_hash_one(alg, in, md.b);
    yq_hash_one(alg, YQ_SLICE_OF(md.b), out.b);
    return out;
}

/* A number in another base, by long division; returns its digits' count. */
static inline size_t test_digits(
    const uint8_t *in, size_t n, unsigned base, const char *digit, char *out)
{
    uint8_t rest[64];
    char reversed[128];
    size_t count = 0;
    memcpy(rest, in, n);
    do {
        unsigned left = 0;
        for (size_t i = 0; i < n; i++) {
            left = left * 256 + rest[i];
            rest[i] = (uint8_t)(left / base);
            left %= base;
        }
        reversed[count++] = digit[left];
    } while (!yq_bytes_are_zero(rest, n));
    for (size_t i = 0; i < count; i++) {
        out[i] = reversed[count - 1 - i];
    }
    out[count] = '\0';
    return count;
}

static inline void test_member_new(test_member *m, uint8_t scheme, size_t i)
{
    char name[32], x[80], y[80];
    uint8_t full[65] = {4}, raw[25] = {scheme};
    yq_digest md = {{0}};
    (void)snprintf(name, sizeof name, "validator %zu", i);
    m->key = yq_key_derive(
        scheme == YQ_XUPER_SM2 ? YQ_SIG_SM2_MESSAGE : YQ_SIG_P256_DIGEST,
        yq_slice_text("xuperchain"),
        name);
    YQ_ASSERT(m->key != NULL);
    memcpy(full + 1, yq_key_public(m->key).p, 64);
    (void)test_digits(full + 1, 32, 10, "0123456789", x);
    (void)test_digits(full + 33, 32, 10, "0123456789", y);
    (void)snprintf(
        m->text,
        sizeof m->text,
        "{\"Curvname\":\"%s\",\"X\":%s,\"Y\":%s}",
        scheme == YQ_XUPER_SM2 ? "SM2-P-256" : "P-256",
        x,
        y);
    const uint32_t alg = scheme == YQ_XUPER_SM2 ? YQ_HASH_SM3 : YQ_HASH_SHA256;
    yq_hash_one(alg, YQ_SLICE_OF(full), md.b);
    yq_hash_one(YQ_HASH_RIPEMD160, YQ_SLICE_OF(md.b), raw + 1);
    yq_hash_one(alg, yq_slice_of(raw, 21), md.b);
    if (scheme != YQ_XUPER_SM2) {
        md = test_twice(alg, yq_slice_of(raw, 21));
    }
    memcpy(raw + 21, md.b, 4);
    (void)test_digits(
        raw, 25, 58, "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz", m->address);
}

static inline test_chain *test_chain_new(uint8_t scheme, size_t n)
{
    test_chain *c = calloc(1, sizeof *c);
    YQ_ASSERT(c != NULL);
    c->scheme = scheme;
    c->set[0] = (test_set){0, 0, n};
    c->set_n = 1;
    for (size_t i = 0; i < TEST_KEYS; i++) {
        test_member_new(&c->member[i], scheme, i);
    }
    return c;
}

static inline void test_chain_free(test_chain *c)
{
    for (size_t i = 0; i < TEST_KEYS; i++) {
        yq_key_free(c->member[i].key);
    }
    free(c);
}

static inline const test_set *test_set_at(const test_chain *c, uint64_t height)
{
    const test_set *found = &c->set[0];
    for (size_t i = 0; i < c->set_n; i++) {
        if (c->set[i].from <= height) {
            found = &c->set[i];
        }
    }
    return found;
}

static inline void test_le(yq_writer *w, uint64_t value, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        yq_put_u8(w, (uint8_t)(value >> (8 * i)));
    }
}

/* A DER signature over the id itself. */
static inline yq_slice test_sign(
    const test_chain *c, const test_member *m, const yq_digest *id, uint8_t *room)
{
    uint8_t rs[64];
    yq_buf out = {room, 73, 0};
    if (c->scheme == YQ_XUPER_SM2) {
        yq_key_sign_sm2_digest(m->key, id->b, rs);
    } else {
        yq_key_sign(m->key, YQ_SLICE_OF(id->b), rs);
    }
    YQ_ASSERT(yq_der_signature_encode(rs, 32, &out) == YQ_OK);
    return yq_slice_of(out.p, out.n);
}

/* What a block is to be; zero: a good one. */
typedef struct test_wish {
    const char *votes; /* one a validator: s signs, - not, 2 twice, x an outsider for it, f signs
                          with another key, m an outsider's key at its address; NULL: all sign */
    const yq_digest *proposal; /* of the certificate; NULL: the parent */
    uint64_t view;             /* of the certificate; 0: the parent's height */
    int no_cert, outside;      /* no certificate; made by an outsider */
    int forged;                /* signed with another key than the proposer's */
    const char *errors;
    char branch; /* makes another block of the same height */
    int early;   /* before its parent */
    yq_digest root;
    uint32_t tx_count;
} test_wish;

static inline void test_vote_put(
    const test_chain *c,
    yq_writer *wire,
    yq_writer *hashed,
    const test_member *named,
    const test_member *keyed,
    const test_member *signer,
    const yq_digest *proposal)
{
    uint8_t room[80];
    yq_slice der = test_sign(c, signer, proposal, room);
    yq_put_str8(wire, yq_slice_text(named->address));
    yq_put_blob16(wire, yq_slice_text(keyed->text));
    yq_put_str8(wire, der);
    yq_put(hashed, yq_slice_text(named->address));
    yq_put(hashed, yq_slice_text(keyed->text));
    yq_put(hashed, der);
}

static inline void test_cert_put(
    const test_chain *c, const test_block *b, test_wish wish, yq_writer *wire, yq_writer *hashed)
{
    const test_set *set = test_set_at(c, b->height - 1);
    const test_member *out = &c->member[TEST_KEYS - 1];
    const yq_digest *proposal = wish.proposal == NULL ? &b->parent : wish.proposal;
    uint64_t view = wish.view == 0 ? b->height - 1 : wish.view;
    yq_put_u8(wire, 1);
    yq_put(wire, YQ_SLICE_OF(proposal->b));
    yq_put(hashed, YQ_SLICE_OF(proposal->b));
    test_le(hashed, 1, 4);
    yq_put_u64(wire, view);
    test_le(hashed, view, 8);
    size_t count_at = wire->n;
    uint8_t count = 0;
    yq_put_u8(wire, 0);
    for (size_t i = 0; i < set->n; i++) {
        const test_member *m = &c->member[set->start + i];
        char how = 's';
        if (wish.votes != NULL) {
            how = wish.votes[i];
        }
        if (how == '-') {
            continue;
        }
        for (int times = how == '2' ? 2 : 1; times > 0; times--) {
            const test_member *named = how == 'x' ? out : m;
            const test_member *keyed = how == 'x' || how == 'm' ? out : m;
            const test_member *signer = how == 'f' ? out : keyed;
            test_vote_put(c, wire, hashed, named, keyed, signer, proposal);
            count++;
        }
    }
    wire->p[count_at] = count;
}

static inline void test_block_make(const test_chain *c, test_block *b, test_wish wish)
{
    static uint8_t preimage[TEST_HEADER];
    uint8_t der[80];
    const test_set *set = test_set_at(c, b->height);
    const test_member *maker =
        &c->member[wish.outside ? TEST_KEYS - 1 : set->start + b->height % set->n];
    yq_writer wire = yq_writer_of(b->raw, sizeof b->raw), h = yq_writer_of(preimage, TEST_HEADER);
    const yq_slice errors = yq_slice_text(wish.errors == NULL ? "" : wish.errors);
    yq_put_u32(&wire, 1);
    test_le(&h, 1, 4);
    yq_put_u32(&wire, (uint32_t)(uint8_t)wish.branch);
    test_le(&h, (uint32_t)(uint8_t)wish.branch, 4);
    yq_put_u32(&wire, wish.tx_count);
    test_le(&h, wish.tx_count, 4);
    yq_put_str8(&wire, yq_slice_text(maker->address));
    yq_put(&h, yq_slice_text(maker->address));
    yq_put_u64(&wire, b->time_ns);
    test_le(&h, b->time_ns, 8);
    yq_put_blob16(&wire, yq_slice_text(maker->text));
    yq_put(&h, yq_slice_text(maker->text));
    yq_put(&wire, YQ_SLICE_OF(b->parent.b));
    yq_put(&h, YQ_SLICE_OF(b->parent.b));
    yq_put(&wire, YQ_SLICE_OF(wish.root.b));
    yq_put(&h, YQ_SLICE_OF(wish.root.b));
    yq_put_blob16(&wire, errors);
    yq_put(&h, errors);
    yq_put_u64(&wire, 7);
    test_le(&h, 7, 8);
    yq_put_u64(&wire, b->height);
    test_le(&h, b->height, 8);
    if (wish.no_cert) {
        yq_put_u8(&wire, 0);
    } else {
        test_cert_put(c, b, wish, &wire, &h);
    }
    b->id = test_twice(YQ_HASH_SHA256, yq_writer_slice(&h));
    yq_put_str8(&wire, test_sign(c, wish.forged ? &c->member[TEST_KEYS - 2] : maker, &b->id, der));
    YQ_ASSERT(wire.status == YQ_OK && h.status == YQ_OK);
    b->raw_n = wire.n;
}

/* The block after parent (NULL: height 1). */
static inline void test_next(
    const test_chain *c, const test_block *parent, test_wish wish, test_block *out)
{
    *out = (test_block){.height = 1, .time_ns = UINT64_C(1760000000000000000)};
    if (parent != NULL) {
        out->height = parent->height + 1;
        out->time_ns = parent->time_ns + UINT64_C(1000000000);
        out->time_ns -= wish.early ? UINT64_C(1000000001) : UINT64_C(0);
        out->parent = parent->id;
    }
    test_block_make(c, out, wish);
}

static inline yq_slice test_anchor(
    const test_chain *c, const test_block *b, int followed, uint8_t *room)
{
    const test_set *set = test_set_at(c, b->height + 1);
    yq_writer w = yq_writer_of(room, TEST_BYTES_MAX);
    yq_put_u8(&w, 1);
    yq_put_u8(&w, c->scheme);
    yq_put_u8(&w, followed ? 4 : 0);
    yq_put_str8(&w, yq_slice_text(followed ? TEST_BUCKET : ""));
    yq_put_str8(&w, yq_slice_text(followed ? TEST_KEY : ""));
    yq_put_u64(&w, b->height);
    yq_put(&w, YQ_SLICE_OF(b->id.b));
    yq_put_u16(&w, (uint16_t)set->n);
    for (size_t i = 0; i < set->n; i++) {
        yq_put_str8(&w, yq_slice_text(c->member[set->start + i].address));
    }
    yq_put(&w, yq_slice_of(b->raw, b->raw_n));
    return yq_writer_slice(&w);
}

static inline void test_headers_put(yq_writer *w, const test_block *b, size_t n)
{
    yq_put_u64(w, b->height);
    yq_put_u16(w, (uint16_t)n);
    for (size_t i = 0; i < n; i++) {
        yq_put(w, yq_slice_of(b[i].raw, b[i].raw_n));
    }
}

static inline yq_slice test_update(const test_block *b, size_t n, uint8_t *room)
{
    yq_writer w = yq_writer_of(room, TEST_BYTES_MAX);
    yq_put_u8(&w, 1);
    yq_put_u8(&w, 1);
    test_headers_put(&w, b, n);
    return yq_writer_slice(&w);
}

static inline yq_slice test_forks(
    const test_block *a, size_t a_n, const test_block *b, size_t b_n, uint8_t *room)
{
    yq_writer w = yq_writer_of(room, TEST_BYTES_MAX);
    yq_put_u8(&w, 1);
    test_headers_put(&w, a, a_n);
    test_headers_put(&w, b, b_n);
    return yq_writer_slice(&w);
}

/* ---- transactions ---- */

static inline void test_text_put(yq_writer *w, const char *text)
{
    yq_put_u64(w, strlen(text));
    yq_put(w, yq_slice_text(text));
}

typedef struct test_tx_wish {
    const char *bucket, *key, *value; /* of the first write */
    uint64_t version;                 /* 0: three */
    uint64_t coinbase;
    int unsorted; /* arguments */
    unsigned nonce;
} test_tx_wish;

static inline yq_slice test_tx(test_tx_wish wish, uint8_t *room)
{
    static const char *const args[] = {"amount", "to"};
    char nonce[32];
    yq_writer w = yq_writer_of(room, 16384);
    (void)snprintf(nonce, sizeof nonce, "%u", wish.nonce);
    yq_put_u64(&w, 1); /* inputs */
    test_text_put(&w, "reference");
    yq_put_u64(&w, 0);
    test_text_put(&w, "payer");
    test_text_put(&w, "\x01");
    yq_put_u64(&w, 0);
    yq_put_u64(&w, 1); /* outputs */
    test_text_put(&w, "\x01");
    test_text_put(&w, "payee");
    yq_put_u64(&w, 0);
    test_text_put(&w, "description");
    yq_put_u64(&w, wish.coinbase);
    test_text_put(&w, nonce);
    yq_put_u64(&w, 1760000000);
    yq_put_u64(&w, wish.version == 0 ? 3 : wish.version);
    yq_put_u64(&w, 0);
    yq_put_u64(&w, 1); /* reads */
    test_text_put(&w, "outbox");
    test_text_put(&w, "1");
    test_text_put(&w, "");
    yq_put_u64(&w, 0);
    yq_put_u64(&w, 2); /* writes */
    test_text_put(&w, wish.bucket == NULL ? "outbox" : wish.bucket);
    test_text_put(&w, wish.key == NULL ? "message/1" : wish.key);
    test_text_put(&w, wish.value == NULL ? "one" : wish.value);
    test_text_put(&w, "outbox");
    test_text_put(&w, "message/2");
    test_text_put(&w, "two");
    yq_put_u64(&w, 1); /* requests */
    test_text_put(&w, "wasm");
    test_text_put(&w, "outbox");
    test_text_put(&w, "send");
    yq_put_u64(&w, 2);
    for (int i = 0; i < 2; i++) {
        test_text_put(&w, args[wish.unsorted ? 1 - i : i]);
        test_text_put(&w, "x");
    }
    yq_put_u64(&w, 1);
    yq_put_u64(&w, 2);
    yq_put_u64(&w, 3);
    test_text_put(&w, "");
    test_text_put(&w, "initiator");
    yq_put_u64(&w, 1);
    test_text_put(&w, "required");
    for (int i = 0; i < 2; i++) {
        yq_put_u64(&w, 1);
        test_text_put(&w, "key");
        test_text_put(&w, "signature");
    }
    yq_put_u64(&w, 0);
    test_text_put(&w, "");
    test_text_put(&w, "");
    test_text_put(&w, "");
    YQ_ASSERT(w.status == YQ_OK);
    return yq_writer_slice(&w);
}

/* The tree as it is stored: leaves and nothing up to a power of two, a missing right child is the
 * left one. Out: siblings of idx. */
static inline yq_digest test_tree(
    const yq_digest *leaf, size_t n, size_t idx, yq_digest *path, size_t *path_n)
{
    yq_digest level[TEST_LEAVES_MAX] = {{{0}}};
    size_t width = 1, used = n;
    while (width < n) {
        width *= 2;
    }
    memcpy(level, leaf, n * sizeof *leaf);
    for (*path_n = 0; width > 1; width /= 2, idx /= 2) {
        size_t above = 0;
        if ((idx ^ 1) < used) {
            path[(*path_n)++] = level[idx ^ 1];
        }
        for (size_t i = 0; 2 * i < used; i++) {
            yq_digest pair[2] = {level[2 * i], level[2 * i + 1 < used ? 2 * i + 1 : 2 * i]};
            level[i] = test_twice(YQ_HASH_SHA256, YQ_SLICE_OF(pair));
            above = i + 1;
        }
        used = above;
    }
    return level[0];
}

/* A proof of write number idx of transaction raw at place `at` of n; kind 0: of an event, else an
 * update's. */
typedef struct test_proof_wish {
    uint64_t height;
    size_t at;
    uint32_t idx;
    const yq_digest *path;
    size_t path_n;
    int change;
} test_proof_wish;

static inline yq_slice test_proof(test_proof_wish wish, yq_slice raw, uint8_t *room)
{
    yq_writer w = yq_writer_of(room, TEST_BYTES_MAX);
    yq_put_u8(&w, 1);
    if (wish.change) {
        yq_put_u8(&w, 2);
    }
    yq_put_u64(&w, wish.height);
    yq_put_u32(&w, (uint32_t)wish.at);
    yq_put_u8(&w, (uint8_t)wish.path_n);
    for (size_t i = 0; i < wish.path_n; i++) {
        yq_put(&w, YQ_SLICE_OF(wish.path[i].b));
    }
    yq_put_blob32(&w, raw);
    yq_put_u32(&w, wish.idx);
    return yq_writer_slice(&w);
}

#endif /* YQ_LIGHT_CLIENTS_XUPERCHAIN_TEST_CHAIN_H */
