#ifndef YQ_LIGHT_CLIENTS_COMETBFT_TEST_IBC_H
#define YQ_LIGHT_CLIENTS_COMETBFT_TEST_IBC_H

/* For tests: a chain whose application holds IBC commitments, and proofs of them. */
#include "light-clients/cometbft/test_store.h"

typedef struct test_ibc {
    test_chain *chain;
    test_client *client;
    test_header h[4];
    test_tree ibc, stores; /* the store "ibc", and the map of stores */
    yq_digest ibc_root;
    uint8_t key[8][256], value[8][64];
    uint8_t proof[2][TEST_PROOF_MAX];
    uint8_t room[TEST_BYTES_MAX];
} test_ibc;

static inline yq_digest test_sha_parts(const yq_slice *part, size_t n)
{
    yq_digest md = {{0}};
    yq_hash(YQ_HASH_SHA256, part, n, md.b);
    return md;
}

static inline void test_leaf_set(test_ibc *t, size_t i, yq_slice key, yq_slice value)
{
    memcpy(t->key[i], key.p, key.n);
    memcpy(t->value[i], value.p, value.n);
    t->ibc.leaf[i] = (test_leaf){yq_slice_of(t->key[i], key.n), yq_slice_of(t->value[i], value.n)};
    t->ibc.n = t->ibc.n > i ? t->ibc.n : i + 1;
}

#define TEST_V1_TIMEOUT 77
#define TEST_V2_TIMEOUT UINT64_C(1760009999)

/* Keys as the chain sorts them: acks/..., clients, commitments/..., and the two of version 2. */
static inline void test_ibc_fill(test_ibc *t)
{
    uint8_t room[256];
    yq_writer w = yq_writer_of(room, sizeof room);
    const yq_digest ack = test_sha(yq_slice_text("done")), data = test_sha(yq_slice_text("data"));
    test_leaf_set(
        t,
        0,
        yq_slice_text("acks/ports/yuqiao/channels/channel-4/sequences/9"),
        YQ_SLICE_OF(ack.b));
    yq_put(&w, yq_slice_text("client-7"));
    yq_put_u8(&w, 1);
    yq_put_u64(&w, 5);
    /* H(payload), twice; then H(2 || H(other) || H(timeout) || H(H(p0) || H(p1))) */
    const char *const field[] = {"yuqiao", "hub", "v1", "raw"};
    yq_digest sub[5], both[2];
    for (unsigned p = 0; p < 2; p++) {
        for (unsigned i = 0; i < 4; i++) {
            sub[i] = test_sha(yq_slice_text(field[i]));
        }
        sub[4] = test_sha(yq_slice_text(p == 0 ? "first" : "second"));
        both[p] = test_sha(yq_slice_of(sub, sizeof sub));
    }
    uint8_t seconds[8], two = 2;
    yq_writer s = yq_writer_of(seconds, sizeof seconds);
    yq_put_u64(&s, TEST_V2_TIMEOUT);
    const yq_digest other = test_sha(yq_slice_text("client-0")),
                    timeout = test_sha(yq_writer_slice(&s)),
                    payloads = test_sha(yq_slice_of(both, sizeof both));
    const yq_slice v2[] = {
        {&two, 1}, YQ_SLICE_OF(other.b), YQ_SLICE_OF(timeout.b), YQ_SLICE_OF(payloads.b)};
    const yq_digest commitment2 = test_sha_parts(v2, 4);
    test_leaf_set(t, 1, yq_writer_slice(&w), YQ_SLICE_OF(commitment2.b));
    room[8] = 3;
    const yq_digest ok = test_sha(yq_slice_text("done"));
    const yq_slice ack2[] = {{&two, 1}, YQ_SLICE_OF(ok.b)};
    const yq_digest ack2_md = test_sha_parts(ack2, 2);
    test_leaf_set(t, 2, yq_writer_slice(&w), YQ_SLICE_OF(ack2_md.b));
    uint8_t numbers[24];
    yq_writer n = yq_writer_of(numbers, sizeof numbers);
    yq_put_u64(&n, TEST_V1_TIMEOUT);
    yq_put_u64(&n, 1);
    yq_put_u64(&n, 100);
    const yq_slice v1[] = {yq_writer_slice(&n), YQ_SLICE_OF(data.b)};
    const yq_digest commitment1 = test_sha_parts(v1, 2);
    test_leaf_set(
        t,
        3,
        yq_slice_text("commitments/ports/yuqiao/channels/channel-4/sequences/12"),
        YQ_SLICE_OF(commitment1.b));
    test_leaf_set(
        t,
        4,
        yq_slice_text("receipts/ports/yuqiao/channels/channel-4/sequences/9"),
        yq_slice_text("\1"));
}

static inline test_ibc *test_ibc_new(test_tree_kind kind)
{
    test_ibc *t = calloc(1, sizeof *t);
    YQ_ASSERT(t != NULL);
    t->chain = test_chain_new();
    t->client = test_comet_client();
    t->ibc.kind = kind;
    test_ibc_fill(t);
    if (kind == TEST_SMT) { /* sorted by hash */
        for (size_t i = 0; i < t->ibc.n; i++) {
            for (size_t k = i + 1; k < t->ibc.n; k++) {
                yq_digest a = test_sha(t->ibc.leaf[i].key), b = test_sha(t->ibc.leaf[k].key);
                if (memcmp(a.b, b.b, 32) > 0) {
                    test_leaf kept = t->ibc.leaf[i];
                    t->ibc.leaf[i] = t->ibc.leaf[k];
                    t->ibc.leaf[k] = kept;
                }
            }
        }
    }
    t->ibc_root = test_root(&t->ibc);
    static const yq_digest bank = {{5}}, wasm = {{6}};
    t->stores = (test_tree){.kind = TEST_SIMPLE, .n = 3};
    t->stores.leaf[0] = (test_leaf){yq_slice_text("bank"), YQ_SLICE_OF(bank.b)};
    t->stores.leaf[1] = (test_leaf){yq_slice_text("ibc"), YQ_SLICE_OF(t->ibc_root.b)};
    t->stores.leaf[2] = (test_leaf){yq_slice_text("wasm"), YQ_SLICE_OF(wasm.b)};
    const test_set set = test_set_of(0, 4, 10);
    for (size_t i = 1; i <= 3; i++) {
        t->h[i] = test_header_next(t->chain, i == 1 ? NULL : &t->h[i - 1], &set);
        t->h[i].app_root = test_root(&t->stores);
        test_header_seal(t->chain, &t->h[i]);
    }
    test_settings settings = test_usual;
    settings.stores = kind == TEST_SMT ? 2 : 1;
    YQ_ASSERT(test_client_init(t->client, test_anchor(&t->h[1], settings, t->room)) == YQ_OK);
    return t;
}

static inline void test_ibc_free(test_ibc *t)
{
    test_chain_free(t->chain);
    test_client_free(t->client);
    free(t);
}

static inline size_t test_ibc_find(const test_ibc *t, yq_slice key)
{
    for (size_t i = 0; i < t->ibc.n; i++) {
        if (yq_slice_equal(t->ibc.leaf[i].key, key)) {
            return i;
        }
    }
    return TEST_NONE;
}

/* height, store, lower, upper */
static inline void test_store_put(yq_writer *w, test_ibc *t, yq_slice lower)
{
    yq_put_u64(w, 1);
    yq_put_str8(w, yq_slice_text("ibc"));
    yq_put_blob32(w, lower);
    yq_put_blob32(w, test_member(&t->stores, 1, t->proof[1]));
}

static inline yq_slice test_v1_head(test_ibc *t, yq_writer *w, uint8_t kind, uint64_t sequence)
{
    *w = yq_writer_of(t->room, sizeof t->room);
    yq_put_u8(w, 1);
    yq_put_u8(w, kind);
    yq_put_str8(w, yq_slice_text("yuqiao"));
    yq_put_str8(w, yq_slice_text("channel-4"));
    yq_put_u64(w, sequence);
    return yq_writer_slice(w);
}

/* The four events, by kind; chosen: which payload of version 2. */
static inline yq_slice test_event(test_ibc *t, uint8_t kind, uint16_t chosen)
{
    static const char *const key[] = {
        NULL,
        "commitments/ports/yuqiao/channels/channel-4/sequences/12",
        "client-7\1\0\0\0\0\0\0\0\5",
        "acks/ports/yuqiao/channels/channel-4/sequences/9",
        "client-7\3\0\0\0\0\0\0\0\5"};
    yq_writer w;
    yq_slice path = kind % 2 == 1 ? yq_slice_text(key[kind]) : yq_slice_of(key[kind], 17);
    size_t who = test_ibc_find(t, path);
    YQ_ASSERT(who != TEST_NONE);
    if (kind % 2 == 1) {
        (void)test_v1_head(t, &w, kind, kind == 1 ? 12 : 9);
        if (kind == 1) {
            yq_put_u64(&w, TEST_V1_TIMEOUT);
            yq_put_u64(&w, 1);
            yq_put_u64(&w, 100);
        }
        yq_put_blob32(&w, yq_slice_text(kind == 1 ? "data" : "done"));
    } else {
        w = yq_writer_of(t->room, sizeof t->room);
        yq_put_u8(&w, 1);
        yq_put_u8(&w, kind);
        yq_put_str8(&w, yq_slice_text("client-7"));
        yq_put_u64(&w, 5);
        if (kind == 2) {
            yq_put_str8(&w, yq_slice_text("client-0"));
            yq_put_u64(&w, TEST_V2_TIMEOUT);
        }
        yq_put_u16(&w, kind == 2 ? 2 : 1);
        for (unsigned p = 0; p < (kind == 2 ? 2u : 1u); p++) {
            if (kind == 2) {
                yq_put_blob16(&w, yq_slice_text("yuqiao"));
                yq_put_blob16(&w, yq_slice_text("hub"));
                yq_put_blob16(&w, yq_slice_text("v1"));
                yq_put_blob16(&w, yq_slice_text("raw"));
            }
            yq_put_blob32(&w, yq_slice_text(kind == 4 ? "done" : p == 0 ? "first" : "second"));
        }
        yq_put_u16(&w, chosen);
    }
    test_store_put(&w, t, test_member(&t->ibc, who, t->proof[0]));
    YQ_ASSERT(w.status == YQ_OK);
    return yq_writer_slice(&w);
}

#endif /* YQ_LIGHT_CLIENTS_COMETBFT_TEST_IBC_H */
