#ifndef YQ_LIGHT_CLIENTS_COMETBFT_TEST_CHAIN_H
#define YQ_LIGHT_CLIENTS_COMETBFT_TEST_CHAIN_H

/* For tests: a CometBFT chain that is made here, with real keys. Nothing of the verifier is used to
 * make it. */
#include "light-clients/cometbft/cometbft.h"
#include "relay/base/assert.h"
#include "relay/codec/protobuf.h"
#include "relay/crypto/crypto.h"
#include "relay/hub/test_light_client.h"

#include <stdio.h>

#ifndef TEST_KEYS /* yuqiao-bench wants more */
#    define TEST_KEYS 16u
#endif
#define TEST_CHAIN_ID  "city-411300-2"
#define TEST_BYTES_MAX (256u << 10)
#define TEST_TIME      UINT64_C(1760000000) /* of height 1, seconds; each block takes 5 s */
#define TEST_PERIOD_MS (UINT64_C(14) * 24 * 3600 * 1000)
#define TEST_NOW_MS    (TEST_TIME * 1000 + 3600000)

typedef struct test_key {
    yq_key *key;
    int secp256k1;
    uint8_t raw[33];
    size_t raw_n;
    uint8_t address[20];
} test_key;

typedef struct test_set {
    size_t n;
    size_t who[TEST_KEYS]; /* index of a key */
    uint64_t power[TEST_KEYS];
} test_set;

typedef struct test_header {
    uint64_t height, seconds;
    test_set set, next;
    yq_digest app_root, hash, last;
    const char *chain_id;
    uint8_t raw[1024];
    size_t raw_n;
} test_header;

typedef struct test_chain {
    test_key key[TEST_KEYS];
} test_chain;

static inline void test_key_make(test_key *k, size_t i)
{
    char name[16];
    (void)snprintf(name, sizeof name, "validator %zu", i);
    k->secp256k1 = i % 4 == 3;
    k->key = yq_key_derive(
        k->secp256k1 ? YQ_SIG_SECP256K1_DIGEST : YQ_SIG_ED25519_MESSAGE,
        yq_slice_text("cometbft"),
        name);
    YQ_ASSERT(k->key != NULL);
    yq_slice pub = yq_key_public(k->key);
    uint8_t md[YQ_HASH_SIZE_MAX];
    if (k->secp256k1) {
        k->raw[0] = (uint8_t)(2 + (pub.p[63] & 1));
        memcpy(k->raw + 1, pub.p, 32);
        k->raw_n = 33;
    } else {
        memcpy(k->raw, pub.p, 32);
        k->raw_n = 32;
    }
    yq_hash_one(YQ_HASH_SHA256, yq_slice_of(k->raw, k->raw_n), md);
    if (k->secp256k1) {
        uint8_t inner[32];
        memcpy(inner, md, sizeof inner);
        yq_hash_one(YQ_HASH_RIPEMD160, yq_slice_of(inner, sizeof inner), md);
    }
    memcpy(k->address, md, sizeof k->address);
}

static inline test_chain *test_chain_new(void)
{
    test_chain *c = calloc(1, sizeof *c);
    YQ_ASSERT(c != NULL);
    for (size_t i = 0; i < TEST_KEYS; i++) {
        test_key_make(&c->key[i], i);
    }
    return c;
}

static inline void test_chain_free(test_chain *c)
{
    for (size_t i = 0; i < TEST_KEYS; i++) {
        yq_key_free(c->key[i].key);
    }
    free(c);
}

/* RFC 6962, by its definition. */
static inline yq_digest test_merkle(const yq_slice *leaf, size_t n)
{
    yq_digest md = {{0}}, left, right;
    uint8_t tag = n > 1;
    if (n == 1) {
        const yq_slice part[] = {{&tag, 1}, leaf[0]};
        yq_hash(YQ_HASH_SHA256, part, 2, md.b);
        return md;
    }
    size_t k = 1;
    while (2 * k < n) {
        k *= 2;
    }
    left = test_merkle(leaf, k);
    right = test_merkle(leaf + k, n - k);
    const yq_slice part[] = {{&tag, 1}, YQ_SLICE_OF(left.b), YQ_SLICE_OF(right.b)};
    yq_hash(YQ_HASH_SHA256, part, 3, md.b);
    return md;
}

/* A set of members first .. first + n - 1 with falling powers, as the chain sorts it. */
static inline test_set test_set_of(size_t first, size_t n, uint64_t power)
{
    test_set set = {.n = n};
    for (size_t i = 0; i < n; i++) {
        set.who[i] = (first + i) % TEST_KEYS;
        set.power[i] = power + n - i;
    }
    return set;
}

static inline void test_member_put(yq_writer *w, const test_chain *c, size_t who, uint64_t power)
{
    size_t mark = yq_pb_begin(w);
    const test_key *k = &c->key[who];
    yq_pb_put_bytes(w, k->secp256k1 ? 2 : 1, yq_slice_of(k->raw, k->raw_n));
    yq_pb_end(w, mark, 1);
    yq_pb_put_varint(w, 2, power);
}

static inline yq_digest test_set_hash(const test_chain *c, const test_set *set)
{
    uint8_t room[TEST_KEYS][64];
    yq_slice leaf[TEST_KEYS];
    for (size_t i = 0; i < set->n; i++) {
        yq_writer w = yq_writer_of(room[i], sizeof room[i]);
        test_member_put(&w, c, set->who[i], set->power[i]);
        leaf[i] = yq_writer_slice(&w);
    }
    return test_merkle(leaf, set->n);
}

static inline void test_time_put(yq_writer *w, uint64_t seconds, uint64_t nanos, uint32_t number)
{
    size_t mark = yq_pb_begin(w);
    if (seconds != 0) {
        yq_pb_put_varint(w, 1, seconds);
    }
    if (nanos != 0) {
        yq_pb_put_varint(w, 2, nanos);
    }
    yq_pb_end(w, mark, number);
}

/* parts: its hash's bytes are the block's, reversed. */
static inline void test_block_id_put(yq_writer *w, const yq_digest *hash, uint32_t number)
{
    size_t mark = yq_pb_begin(w);
    if (hash != NULL) {
        yq_digest parts;
        for (size_t i = 0; i < sizeof parts.b; i++) {
            parts.b[i] = hash->b[31 - i];
        }
        yq_pb_put_bytes(w, 1, YQ_SLICE_OF(hash->b));
        size_t inner = yq_pb_begin(w);
        yq_pb_put_varint(w, 1, 1);
        yq_pb_put_bytes(w, 2, YQ_SLICE_OF(parts.b));
        yq_pb_end(w, inner, 2);
    } else {
        yq_pb_put_bytes(w, 2, (yq_slice){0});
    }
    yq_pb_end(w, mark, number);
}

static inline yq_digest test_digest(const char *text)
{
    yq_digest md = {{0}};
    yq_hash_one(YQ_HASH_SHA256, yq_slice_text(text), md.b);
    return md;
}

/* The leaves of the header's hash, from its message: messages as they are, values wrapped. */
static inline yq_digest test_header_hash(yq_slice raw)
{
    static uint8_t room[14][128];
    yq_slice leaf[14] = {{0}};
    yq_cur c = yq_cur_of(raw);
    yq_pb_field f = {0};
    while (yq_pb_next(&c, &f)) {
        yq_writer w = yq_writer_of(room[f.number - 1], sizeof room[0]);
        if (f.number == 1 || f.number == 4 || f.number == 5) {
            leaf[f.number - 1] = f.bytes;
            continue;
        }
        if (f.type == YQ_PB_VARINT) {
            yq_pb_put_varint(&w, 1, f.value);
        } else {
            yq_pb_put_bytes(&w, 1, f.bytes);
        }
        leaf[f.number - 1] = yq_writer_slice(&w);
    }
    YQ_ASSERT(yq_cur_done(&c, NULL) == YQ_OK);
    return test_merkle(leaf, 14);
}

/* Fills raw and hash from the other members. */
static inline void test_header_seal(const test_chain *c, test_header *h)
{
    yq_writer w = yq_writer_of(h->raw, sizeof h->raw);
    const yq_digest set = test_set_hash(c, &h->set), next = test_set_hash(c, &h->next);
    const yq_digest other = test_digest("other");
    size_t mark = yq_pb_begin(&w);
    yq_pb_put_varint(&w, 1, 11);
    yq_pb_end(&w, mark, 1);
    yq_pb_put_bytes(&w, 2, yq_slice_text(h->chain_id));
    yq_pb_put_varint(&w, 3, h->height);
    test_time_put(&w, h->seconds, 5000, 4);
    test_block_id_put(&w, h->height == 1 ? NULL : &h->last, 5);
    const yq_digest *const hash[] = {
        &other, &other, &set, &next, &other, &h->app_root, &other, &other};
    for (uint32_t i = 0; i < 8; i++) {
        yq_pb_put_bytes(&w, 6 + i, YQ_SLICE_OF(hash[i]->b));
    }
    yq_pb_put_bytes(&w, 14, yq_slice_of(c->key[h->set.who[0]].address, 20));
    YQ_ASSERT(w.status == YQ_OK);
    h->raw_n = w.n;
    h->hash = test_header_hash(yq_writer_slice(&w));
}

/* The block after prev (NULL: block 1), which announces the set of the one after it. */
static inline test_header test_header_next(
    const test_chain *c, const test_header *prev, const test_set *next)
{
    test_header h = {
        .height = prev == NULL ? 1 : prev->height + 1,
        .seconds = prev == NULL ? TEST_TIME : prev->seconds + 5,
        .set = prev == NULL ? *next : prev->next,
        .next = *next,
        .app_root = test_digest("application"),
        .chain_id = TEST_CHAIN_ID};
    if (prev != NULL) {
        h.last = prev->hash;
    }
    test_header_seal(c, &h);
    return h;
}

/* Who votes: one letter a member, in the set's order: c for the block, n nil, a absent. */
typedef struct test_votes {
    const char *text; /* shorter than the set: the rest vote for the block */
    uint32_t round;
} test_votes;

static inline void test_vote_put(
    yq_writer *w, const test_chain *c, const test_header *h, size_t i, test_votes votes)
{
    const char letter = votes.text != NULL && i < strlen(votes.text) ? votes.text[i] : 'c';
    const test_key *k = &c->key[h->set.who[i]];
    size_t mark = yq_pb_begin(w);
    yq_pb_put_varint(w, 1, letter == 'a' ? 1 : letter == 'c' ? 2 : 3);
    if (letter == 'a') {
        test_time_put(w, (uint64_t)INT64_C(-62135596800), 0, 3);
        yq_pb_end(w, mark, 4);
        return;
    }
    uint8_t msg[300], framed[310], md[32], sig[64];
    yq_writer m = yq_writer_of(msg, sizeof msg), framed_w = yq_writer_of(framed, sizeof framed);
    yq_pb_put_varint(&m, 1, 2);
    const uint64_t number[2] = {h->height, votes.round};
    for (unsigned n = 0; n < 2; n++) {
        if (number[n] != 0) {
            yq_put_u8(&m, n == 0 ? 0x11 : 0x19);
            for (unsigned b = 0; b < 8; b++) {
                yq_put_u8(&m, (uint8_t)(number[n] >> (8 * b)));
            }
        }
    }
    if (letter == 'c') {
        test_block_id_put(&m, &h->hash, 4);
    }
    test_time_put(&m, h->seconds + 1, 7 + i, 5);
    yq_pb_put_bytes(&m, 6, yq_slice_text(h->chain_id));
    yq_pb_put_raw_varint(&framed_w, m.n);
    yq_put(&framed_w, yq_writer_slice(&m));
    yq_slice to_sign = yq_writer_slice(&framed_w);
    if (k->secp256k1) {
        yq_hash_one(YQ_HASH_SHA256, to_sign, md);
        to_sign = yq_slice_of(md, sizeof md);
    }
    yq_key_sign(k->key, to_sign, sig);
    yq_pb_put_bytes(w, 2, yq_slice_of(k->address, 20));
    test_time_put(w, h->seconds + 1, 7 + i, 3);
    yq_pb_put_bytes(w, 4, yq_slice_of(sig, sizeof sig));
    yq_pb_end(w, mark, 4);
}

static inline yq_slice test_commit(
    const test_chain *c, const test_header *h, test_votes votes, uint8_t *room, size_t cap)
{
    yq_writer w = yq_writer_of(room, cap);
    yq_pb_put_varint(&w, 1, h->height);
    if (votes.round != 0) {
        yq_pb_put_varint(&w, 2, votes.round);
    }
    test_block_id_put(&w, &h->hash, 3);
    for (size_t i = 0; i < h->set.n; i++) {
        test_vote_put(&w, c, h, i, votes);
    }
    YQ_ASSERT(w.status == YQ_OK);
    return yq_writer_slice(&w);
}

static inline void test_set_put(yq_writer *w, const test_chain *c, const test_set *set)
{
    yq_put_u16(w, set == NULL ? 0 : (uint16_t)set->n);
    for (size_t i = 0; set != NULL && i < set->n; i++) {
        uint8_t room[64];
        yq_writer m = yq_writer_of(room, sizeof room);
        test_member_put(&m, c, set->who[i], set->power[i]);
        yq_put_str8(w, yq_writer_slice(&m));
    }
}

/* trusted NULL: no second set. */
static inline void test_step_put(
    yq_writer *w,
    const test_chain *c,
    uint64_t trusted_height,
    const test_header *h,
    test_votes votes,
    const test_set *trusted)
{
    static uint8_t room[TEST_BYTES_MAX];
    yq_put_u64(w, trusted_height);
    yq_put_blob32(w, yq_slice_of(h->raw, h->raw_n));
    yq_put_blob32(w, test_commit(c, h, votes, room, sizeof room));
    test_set_put(w, c, &h->set);
    test_set_put(w, c, trusted);
    YQ_ASSERT(w->status == YQ_OK);
}

static inline yq_slice test_update(
    const test_chain *c,
    uint64_t trusted_height,
    const test_header *h,
    test_votes votes,
    const test_set *trusted,
    uint8_t *room)
{
    yq_writer w = yq_writer_of(room, TEST_BYTES_MAX);
    yq_put_u8(&w, 1);
    test_step_put(&w, c, trusted_height, h, votes, trusted);
    return yq_writer_slice(&w);
}

typedef struct test_settings {
    uint64_t trusting_ms, drift_ms;
    uint8_t num, den, stores;
} test_settings;

static const test_settings test_usual = {TEST_PERIOD_MS, 10000, 1, 3, 1};

static inline yq_slice test_anchor(const test_header *h, test_settings s, uint8_t *room)
{
    yq_writer w = yq_writer_of(room, TEST_BYTES_MAX);
    yq_put_u8(&w, 1);
    yq_put_str8(&w, yq_slice_text(TEST_CHAIN_ID));
    yq_put_u64(&w, s.trusting_ms);
    yq_put_u64(&w, s.drift_ms);
    yq_put_u8(&w, s.num);
    yq_put_u8(&w, s.den);
    yq_put_u8(&w, s.stores);
    yq_put(&w, YQ_SLICE_OF(h->hash.b));
    yq_put_blob32(&w, yq_slice_of(h->raw, h->raw_n));
    return yq_writer_slice(&w);
}

static inline test_client *test_comet_client(void)
{
    test_client *c = test_client_new(yq_verifier_cometbft());
    c->now_ms = TEST_NOW_MS;
    return c;
}

#endif /* YQ_LIGHT_CLIENTS_COMETBFT_TEST_CHAIN_H */
