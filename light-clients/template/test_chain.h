#ifndef YQ_LIGHT_CLIENTS_TEMPLATE_TEST_CHAIN_H
#define YQ_LIGHT_CLIENTS_TEMPLATE_TEST_CHAIN_H

/* For tests and cases: a chain of this kind, with real keys. */
#include "light-clients/template/template.h"
#include "relay/base/assert.h"
#include "relay/base/writer.h"
#include "relay/crypto/crypto.h"
#include "relay/hub/test_light_client.h"

#include <stdio.h>

#define TEST_KEYS      14u
#define TEST_BYTES_MAX (64u << 10)

typedef struct test_chain {
    yq_key *key[TEST_KEYS]; /* ascending */
    size_t first, n;        /* members: first .. first + n - 1 */
} test_chain;

typedef struct test_block {
    uint64_t height, time_ms;
    yq_digest parent, events_root, next_set, hash;
    uint8_t raw[112];
} test_block;

static inline test_chain test_chain_new(size_t n)
{
    test_chain c = {.n = n};
    for (size_t i = 0; i < TEST_KEYS; i++) {
        char name[32];
        (void)snprintf(name, sizeof name, "member %zu", i);
        yq_key *key = yq_key_derive(YQ_SIG_ED25519_MESSAGE, yq_slice_text("template"), name);
        size_t at = i;
        for (; at > 0 && memcmp(yq_key_public(c.key[at - 1]).p, yq_key_public(key).p, 32) > 0;
             at--) {
            c.key[at] = c.key[at - 1];
        }
        c.key[at] = key;
    }
    return c;
}

static inline void test_chain_free(test_chain *c)
{
    for (size_t i = 0; i < TEST_KEYS; i++) {
        yq_key_free(c->key[i]);
    }
}

static inline void test_set_put(yq_writer *w, const test_chain *c)
{
    yq_put_u8(w, (uint8_t)c->n);
    for (size_t i = 0; i < c->n; i++) {
        yq_put(w, yq_key_public(c->key[c->first + i]));
    }
}

static inline yq_digest test_sha(yq_slice in)
{
    yq_digest md = {{0}};
    yq_hash_one(YQ_HASH_SHA256, in, md.b);
    return md;
}

static inline void test_seal(test_block *b)
{
    yq_writer w = yq_writer_of(b->raw, sizeof b->raw);
    yq_put_u64(&w, b->height);
    yq_put_u64(&w, b->time_ms);
    yq_put(&w, YQ_SLICE_OF(b->parent.b));
    yq_put(&w, YQ_SLICE_OF(b->events_root.b));
    yq_put(&w, YQ_SLICE_OF(b->next_set.b));
    b->hash = test_sha(yq_writer_slice(&w));
}

/* Two events. */
static inline yq_slice test_events(uint8_t *room)
{
    yq_writer w = yq_writer_of(room, TEST_BYTES_MAX);
    for (unsigned i = 0; i < 2; i++) {
        const yq_digest id = test_sha(yq_slice_text("transaction"));
        yq_put_str8(&w, yq_slice_text("outbox"));
        yq_put_str8(&w, yq_slice_text("Sent"));
        yq_put(&w, YQ_SLICE_OF(id.b));
        yq_put_blob32(&w, yq_slice_text(i == 0 ? "first" : "second"));
    }
    return yq_writer_slice(&w);
}

/* next: who signs the block after this one. */
static inline test_block test_next(const test_block *prev, const test_chain *next)
{
    uint8_t room[2048];
    static uint8_t events[TEST_BYTES_MAX];
    yq_writer w = yq_writer_of(room, sizeof room);
    test_set_put(&w, next);
    test_block b = {
        .height = prev == NULL ? 1 : prev->height + 1,
        .time_ms = prev == NULL ? 1000 : prev->time_ms + 1000,
        .events_root = test_sha(test_events(events)),
        .next_set = test_sha(yq_writer_slice(&w))};
    if (prev != NULL) {
        b.parent = prev->hash;
    }
    test_seal(&b);
    return b;
}

static inline yq_slice test_anchor(const test_chain *c, const test_block *b, uint8_t *room)
{
    yq_writer w = yq_writer_of(room, TEST_BYTES_MAX);
    yq_put_u8(&w, 1);
    yq_put_bytes(&w, b->raw, sizeof b->raw);
    test_set_put(&w, c);
    return yq_writer_slice(&w);
}

/* letters: one a member: s signs, - not, 2 to 9 so many times, x under an index that is nobody's.
 * next NULL: the set stays. */
static inline yq_slice test_update(
    const test_chain *c,
    const test_block *b,
    const char *letters,
    const test_chain *next,
    uint8_t *room)
{
    yq_writer w = yq_writer_of(room, TEST_BYTES_MAX);
    yq_put_u8(&w, 1);
    yq_put_bytes(&w, b->raw, sizeof b->raw);
    size_t at = w.n, n = 0;
    yq_put_u8(&w, 0);
    for (size_t i = 0; i < c->n; i++) {
        char letter = letters != NULL && i < strlen(letters) ? letters[i] : 's';
        unsigned times = letter >= '2' && letter <= '9' ? (unsigned)(letter - '0') : 1u;
        for (unsigned k = 0; letter != '-' && k < times; k++, n++) {
            uint8_t sig[64];
            yq_key_sign(c->key[c->first + i], YQ_SLICE_OF(b->hash.b), sig);
            yq_put_u8(&w, (uint8_t)(letter == 'x' ? c->n : i));
            yq_put_bytes(&w, sig, sizeof sig);
        }
    }
    w.p[at] = (uint8_t)n;
    yq_put_u8(&w, next != NULL);
    if (next != NULL) {
        test_set_put(&w, next);
    }
    YQ_ASSERT(w.status == YQ_OK);
    return yq_writer_slice(&w);
}

static inline yq_slice test_event(uint64_t height, uint32_t index, uint8_t *room)
{
    static uint8_t events[TEST_BYTES_MAX];
    yq_writer w = yq_writer_of(room, TEST_BYTES_MAX);
    yq_put_u8(&w, 1);
    yq_put_u64(&w, height);
    yq_put_u32(&w, index);
    yq_put_blob32(&w, test_events(events));
    return yq_writer_slice(&w);
}

#endif /* YQ_LIGHT_CLIENTS_TEMPLATE_TEST_CHAIN_H */
