#ifndef YQ_LIGHT_CLIENTS_XINGHUO_TEST_KIT_H
#define YQ_LIGHT_CLIENTS_XINGHUO_TEST_KIT_H

/* For tests: validators with keys of both suites, and the proofs that they make. */
#include "light-clients/attested/test_kit.h"
#include "light-clients/xinghuo/xinghuo.h"
#include "relay/codec/protobuf.h"

#define TEST_CHAIN_ID   7u
#define TEST_VALIDATORS 70u

typedef struct test_xinghuo {
    test_attesters attesters;
    test_attester all[TEST_VALIDATORS]; /* by key, ascending; the last is an outsider */
    size_t n;
} test_xinghuo;

static inline void test_xinghuo_new(test_xinghuo *x, size_t n)
{
    static const yq_sig_alg alg[] = {YQ_SIG_SM2_MESSAGE, YQ_SIG_ED25519_MESSAGE};
    static const uint8_t suite[] = {1, 4};
    *x = (test_xinghuo){.n = n};
    test_attesters_new(&x->attesters, 6, 4);
    for (size_t i = 0; i < TEST_VALIDATORS; i++) {
        char name[32];
        (void)snprintf(name, sizeof name, "validator %zu", i);
        test_attester a = {yq_key_derive(alg[i % 2], yq_slice_text("xinghuo"), name), suite[i % 2]};
        YQ_ASSERT(a.key != NULL);
        size_t at = i;
        for (; at > 0 &&
               yq_slice_compare(yq_key_public(x->all[at - 1].key), yq_key_public(a.key)) > 0;
             at--) {
            x->all[at] = x->all[at - 1];
        }
        x->all[at] = a;
    }
}

static inline void test_xinghuo_free(test_xinghuo *x)
{
    test_attesters_free(&x->attesters);
    for (size_t i = 0; i < TEST_VALIDATORS; i++) {
        yq_key_free(x->all[i].key);
    }
}

static inline yq_slice test_xinghuo_anchor(const test_xinghuo *x, uint8_t *room)
{
    yq_writer w = yq_writer_of(room, TEST_BYTES_MAX);
    const yq_digest hash = test_block_hash(1, 'a');
    yq_put_u8(&w, 1);
    yq_put_u64(&w, TEST_CHAIN_ID);
    yq_put_u16(&w, (uint16_t)x->n);
    for (size_t i = 0; i < x->n; i++) {
        yq_put_u8(&w, x->all[i].suite);
        yq_put(&w, yq_key_public(x->all[i].key));
    }
    yq_put_str8(&w, yq_slice_text(TEST_CHAIN));
    yq_put_u64(&w, x->attesters.epoch);
    yq_put_u64(&w, 1);
    yq_put(&w, YQ_SLICE_OF(hash.b));
    test_set_put(&w, &x->attesters);
    return yq_writer_slice(&w);
}

/* What a proof is to be; zero: a good one of height 2. */
typedef struct test_proof_wish {
    uint64_t height;
    char branch;         /* 0: 'a'; 'z': a zero digest */
    const char *letters; /* one a validator: s signs, - not, 2 to 9 so many times, x an outsider for
                            it, v with another view, o over another value, f a false signature */
    uint64_t chain_id;
    uint8_t type;
    int key_upper;  /* the key's hex in capitals */
    char odd;       /* s, c, p: an unknown field in signature, commit, Pbft; S, P: left out */
    uint8_t digest; /* the digest's size, 0: 32 */
} test_proof_wish;

/* The encoded public key: b0, the type, 66, the raw key. */
static inline size_t test_key_text(const test_attester *a, int upper, char *out)
{
    uint8_t raw[3 + 65] = {0xb0, a->suite == 4 ? 0x65 : 0x7a, 0x66, 4};
    yq_slice key = yq_key_public(a->key);
    size_t head = a->suite == 4 ? 3 : 4, n = head + key.n;
    memcpy(raw + head, key.p, key.n);
    for (size_t i = 0; i < n; i++) {
        (void)snprintf(out + 2 * i, 3, upper ? "%02X" : "%02x", raw[i]);
    }
    return 2 * n;
}

static inline void test_env_put(
    yq_writer *w, const test_xinghuo *x, size_t i, char letter, const test_proof_wish *wish)
{
    const test_attester *a = &x->all[letter == 'x' ? TEST_VALIDATORS - 1 : i];
    yq_digest digest = test_block_hash(
        wish->height, letter == 'o' ? 'o' : (char)(wish->branch == 0 ? 'a' : wish->branch));
    char text[160];
    uint8_t sig[64];
    if (wish->branch == 'z') {
        digest = (yq_digest){{0}};
    }
    size_t env = yq_pb_begin(w), pbft = yq_pb_begin(w), begin = w->n;
    yq_pb_put_varint(w, 1, 1);
    yq_pb_put_varint(w, 2, wish->type);
    size_t commit = yq_pb_begin(w);
    yq_pb_put_varint(w, 1, letter == 'v' ? 6 : 5);
    yq_pb_put_varint(w, 2, wish->height);
    if (i > 0) { /* proto3 leaves zeros out */
        yq_pb_put_varint(w, 3, i);
    }
    yq_pb_put_bytes(
        w, 4, yq_slice_of(digest.b, wish->digest == 0 ? sizeof digest.b : wish->digest));
    if (wish->odd == 'c') {
        yq_pb_put_varint(w, 5, 1);
    }
    yq_pb_end(w, commit, 5);
    yq_pb_put_varint(w, 9, wish->chain_id);
    if (wish->odd == 'p') {
        yq_pb_put_varint(w, 10, 1);
    }
    yq_key_sign(a->key, yq_slice_of(w->p + begin, w->n - begin), sig);
    sig[40] ^= letter == 'f' ? 1 : 0;
    if (wish->odd == 'P') {
        w->n = begin;
    } else {
        yq_pb_end(w, pbft, 1);
    }
    size_t signature = yq_pb_begin(w);
    size_t text_n = test_key_text(a, wish->key_upper, text);
    yq_pb_put_bytes(w, 1, yq_slice_of(text, text_n));
    yq_pb_put_bytes(w, 2, YQ_SLICE_OF(sig));
    if (wish->odd == 's') {
        yq_pb_put_varint(w, 3, 1);
    }
    if (wish->odd == 'S') {
        w->n = signature;
    } else {
        yq_pb_end(w, signature, 2);
    }
    yq_pb_end(w, env, 1);
}

static inline void test_proof_put(yq_writer *w, const test_xinghuo *x, test_proof_wish wish)
{
    static uint8_t room[TEST_BYTES_MAX];
    yq_writer p = yq_writer_of(room, sizeof room);
    wish.height = wish.height == 0 ? 2 : wish.height;
    wish.chain_id = wish.chain_id == 0 ? TEST_CHAIN_ID : wish.chain_id;
    wish.type = wish.type == 0 ? 2 : wish.type;
    for (size_t i = 0; i < x->n; i++) {
        char letter = wish.letters != NULL && i < strlen(wish.letters) ? wish.letters[i] : 's';
        unsigned times = letter >= '2' && letter <= '9' ? (unsigned)(letter - '0') : 1u;
        for (unsigned k = 0; letter != '-' && k < times; k++) {
            test_env_put(&p, x, i, letter, &wish);
        }
    }
    YQ_ASSERT(p.status == YQ_OK);
    yq_put_blob32(w, yq_writer_slice(&p));
}

static inline yq_slice test_proof(const test_xinghuo *x, test_proof_wish wish, uint8_t *room)
{
    yq_writer w = yq_writer_of(room, TEST_BYTES_MAX);
    yq_put_u8(&w, 1);
    yq_put_u8(&w, 1);
    test_proof_put(&w, x, wish);
    return yq_writer_slice(&w);
}

/* The update that names the attesters of the next epoch. */
static inline yq_slice test_attesters_update(
    const test_xinghuo *x,
    const test_attesters *next,
    uint64_t height,
    const char *letters,
    uint8_t *room)
{
    static uint8_t body[TEST_BYTES_MAX];
    yq_writer b = test_body(body, YQ_ATTEST_SET, height, 'a');
    test_set_put(&b, next);
    yq_writer w = yq_writer_of(room, TEST_BYTES_MAX);
    yq_put_u8(&w, 1);
    yq_put_u8(&w, 2);
    test_statement_put(&w, &x->attesters, yq_writer_slice(&b), letters);
    return yq_writer_slice(&w);
}

#endif /* YQ_LIGHT_CLIENTS_XINGHUO_TEST_KIT_H */
