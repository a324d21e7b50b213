#ifndef YQ_LIGHT_CLIENTS_ATTESTED_TEST_KIT_H
#define YQ_LIGHT_CLIENTS_ATTESTED_TEST_KIT_H

/* For tests: attesters with real keys of every suite, and what they sign. */
#include "light-clients/attested/attested.h"
#include "relay/base/assert.h"
#include "relay/crypto/crypto.h"
#include "relay/hub/test_light_client.h"

#include <stdio.h>

#ifndef TEST_KEYS /* yuqiao-bench wants more */
#    define TEST_KEYS 16u
#endif
#define TEST_CHAIN     "national-platform"
#define TEST_BYTES_MAX (1u << 20)

typedef struct test_attester {
    yq_key *key;
    uint8_t suite;
} test_attester;

typedef struct test_attesters {
    test_attester all[TEST_KEYS]; /* by key, ascending */
    size_t member[TEST_KEYS], n, orgs;
    uint16_t threshold;
    uint64_t epoch;
    const char *chain; /* that they sign for */
} test_attesters;

static inline void test_attesters_new(test_attesters *t, size_t n, uint16_t threshold)
{
    static const yq_sig_alg alg[] = {
        YQ_SIG_SM2_MESSAGE, YQ_SIG_P256_DIGEST, YQ_SIG_SECP256K1_DIGEST, YQ_SIG_ED25519_MESSAGE};
    *t = (test_attesters){
        .n = n, .orgs = n, .threshold = threshold, .epoch = 1, .chain = TEST_CHAIN};
    for (size_t i = 0; i < TEST_KEYS; i++) {
        char name[32];
        (void)snprintf(name, sizeof name, "attester %zu", i);
        test_attester a = {
            yq_key_derive(alg[i % 4], yq_slice_text("attested"), name), (uint8_t)(i % 4 + 1)};
        YQ_ASSERT(a.key != NULL);
        size_t at = i;
        for (; at > 0 &&
               yq_slice_compare(yq_key_public(t->all[at - 1].key), yq_key_public(a.key)) > 0;
             at--) {
            t->all[at] = t->all[at - 1];
        }
        t->all[at] = a;
    }
    for (size_t i = 0; i < n; i++) {
        t->member[i] = i;
    }
}

static inline void test_attesters_free(test_attesters *t)
{
    for (size_t i = 0; i < TEST_KEYS; i++) {
        yq_key_free(t->all[i].key);
    }
}

static inline void test_set_put(yq_writer *w, const test_attesters *t)
{
    yq_put_u16(w, t->threshold);
    yq_put_u16(w, (uint16_t)t->n);
    for (size_t i = 0; i < t->n; i++) {
        char org[32];
        (void)snprintf(org, sizeof org, "org %zu", t->member[i] % t->orgs);
        yq_put_u8(w, t->all[t->member[i]].suite);
        yq_put_str8(w, yq_slice_text(org));
        yq_put_str8(w, yq_key_public(t->all[t->member[i]].key));
    }
}

static inline yq_digest test_block_hash(uint64_t height, char branch)
{
    uint8_t in[9] = {(uint8_t)branch};
    yq_digest md = {{0}};
    for (unsigned i = 0; i < 8; i++) {
        in[1 + i] = (uint8_t)(height >> (8 * i));
    }
    yq_hash_one(YQ_HASH_SM3, yq_slice_of(in, sizeof in), md.b);
    return md;
}

static inline yq_slice test_anchor(const test_attesters *t, uint8_t *room)
{
    yq_writer w = yq_writer_of(room, TEST_BYTES_MAX);
    const yq_digest hash = test_block_hash(1, 'a');
    yq_put_u8(&w, 1);
    yq_put_str8(&w, yq_slice_text(TEST_CHAIN));
    yq_put_u64(&w, t->epoch);
    yq_put_u64(&w, 1);
    yq_put_u64(&w, 1760000000000);
    yq_put(&w, YQ_SLICE_OF(hash.b));
    test_set_put(&w, t);
    return yq_writer_slice(&w);
}

/* kind, height, hash, time: the beginning of every body. */
static inline yq_writer test_body(uint8_t *room, uint8_t kind, uint64_t height, char branch)
{
    yq_writer w = yq_writer_of(room, TEST_BYTES_MAX);
    const yq_digest hash = test_block_hash(height, branch);
    yq_put_u8(&w, kind);
    yq_put_u64(&w, height);
    yq_put(&w, YQ_SLICE_OF(hash.b));
    yq_put_u64(&w, 1760000000000 + height * 1000);
    return w;
}

/* Appends epoch, body and signatures over a body (its own, or another): one letter a member: s
 * signs, - not, 2 to 9 so many times, x under an index that is nobody's. */
static inline void test_statement_over(
    yq_writer *w, const test_attesters *t, yq_slice body, yq_slice over, const char *letters)
{
    uint8_t head[128], m[32];
    yq_writer h = yq_writer_of(head, sizeof head);
    yq_put(&h, yq_slice_text("YUQIAO-ATTEST-1"));
    yq_put_str8(&h, yq_slice_text(t->chain));
    yq_put_u64(&h, t->epoch);
    const yq_slice part[] = {yq_writer_slice(&h), over};
    yq_hash(YQ_HASH_SM3, part, 2, m);
    yq_put_u64(w, t->epoch);
    yq_put(w, body);
    size_t at = w->n, n = 0;
    yq_put_u16(w, 0);
    for (size_t i = 0; i < t->n; i++) {
        char letter = letters != NULL && i < strlen(letters) ? letters[i] : 's';
        unsigned times = letter >= '2' && letter <= '9' ? (unsigned)(letter - '0') : 1u;
        for (unsigned k = 0; letter != '-' && k < times; k++, n++) {
            uint8_t sig[64];
            yq_key_sign(t->all[t->member[i]].key, yq_slice_of(m, sizeof m), sig);
            yq_put_u16(w, (uint16_t)(letter == 'x' ? t->n : i));
            yq_put_bytes(w, sig, sizeof sig);
        }
    }
    YQ_ASSERT(w->status == YQ_OK);
    yq_writer count = yq_writer_of(w->p + at, 2);
    yq_put_u16(&count, (uint16_t)n);
}

static inline void test_statement_put(
    yq_writer *w, const test_attesters *t, yq_slice body, const char *letters)
{
    test_statement_over(w, t, body, body, letters);
}

static inline yq_slice test_statement(
    const test_attesters *t, yq_slice body, const char *letters, uint8_t *room)
{
    yq_writer w = yq_writer_of(room, TEST_BYTES_MAX);
    yq_put_u8(&w, 1);
    test_statement_put(&w, t, body, letters);
    return yq_writer_slice(&w);
}

static inline void test_event_named(
    yq_writer *w, const char *emitter, const char *name, const char *data)
{
    yq_put_str8(w, yq_slice_text(emitter));
    yq_put_str8(w, yq_slice_text(name));
    yq_put_str8(w, yq_slice_text("tx-0001"));
    yq_put_u32(w, 2);
    yq_put_blob32(w, yq_slice_text(data));
}

static inline void test_event_put(yq_writer *w, const char *data)
{
    test_event_named(w, "outbox", "Sent", data);
}

/* A body with the signatures of all over another one. */
static inline yq_slice test_statement_altered(
    const test_attesters *t, const yq_writer *b, const yq_writer *signed_body, uint8_t *room)
{
    yq_writer w = yq_writer_of(room, TEST_BYTES_MAX);
    yq_put_u8(&w, 1);
    test_statement_over(&w, t, yq_writer_slice(b), yq_writer_slice(signed_body), NULL);
    return yq_writer_slice(&w);
}

/* In each place a key of the same suite that is none of the attesters'. */
static inline void test_outsiders(test_attesters *t)
{
    for (size_t i = 0; i < t->n; i++) {
        const uint8_t suite = t->all[t->member[i]].suite;
        t->member[i] = t->n;
        while (t->all[t->member[i]].suite != suite) {
            t->member[i]++;
        }
    }
}

#endif /* YQ_LIGHT_CLIENTS_ATTESTED_TEST_KIT_H */
