#ifndef YQ_LIGHT_CLIENTS_COMETBFT_TEST_STORE_H
#define YQ_LIGHT_CLIENTS_COMETBFT_TEST_STORE_H

/* For tests: stores with their trees, and proofs cut from them. */
#include "light-clients/cometbft/ics23.h"
#include "light-clients/cometbft/test_chain.h"

#ifndef TEST_LEAVES_MAX /* yuqiao-bench wants more */
#    define TEST_LEAVES_MAX 32u
#endif
#define TEST_PROOF_MAX 8192u

typedef struct test_leaf {
    yq_slice key, value;
} test_leaf;

/* Which tree: an IAVL one, the map of stores, or a sparse one. */
typedef enum test_tree_kind {
    TEST_IAVL,
    TEST_SIMPLE,
    TEST_SMT
} test_tree_kind;

typedef struct test_tree {
    test_tree_kind kind;
    size_t n;
    test_leaf leaf[TEST_LEAVES_MAX]; /* in the tree's order */
} test_tree;

static inline yq_digest test_sha(yq_slice in)
{
    yq_digest md = {{0}};
    yq_hash_one(YQ_HASH_SHA256, in, md.b);
    return md;
}

static inline void test_put_varint(yq_writer *w, uint64_t v)
{
    yq_pb_put_raw_varint(w, v);
}

/* Go's zigzag. */
static inline void test_put_signed(yq_writer *w, uint64_t v)
{
    yq_pb_put_raw_varint(w, v << 1);
}

static inline yq_slice test_leaf_prefix(const test_tree *t, yq_writer *w)
{
    if (t->kind == TEST_IAVL) {
        test_put_signed(w, 0);
        test_put_signed(w, 1);
        test_put_signed(w, 7);
    } else {
        yq_put_u8(w, 0);
    }
    return yq_writer_slice(w);
}

static inline yq_digest test_leaf_hash(const test_tree *t, size_t i)
{
    uint8_t room[4096], head[16];
    yq_writer w = yq_writer_of(room, sizeof room), p = yq_writer_of(head, sizeof head);
    yq_put(&w, test_leaf_prefix(t, &p));
    yq_digest value = test_sha(t->leaf[i].value), key = test_sha(t->leaf[i].key);
    if (t->kind == TEST_SMT) {
        yq_put(&w, YQ_SLICE_OF(key.b));
    } else {
        test_put_varint(&w, t->leaf[i].key.n);
        yq_put(&w, t->leaf[i].key);
        test_put_varint(&w, 32);
    }
    yq_put(&w, YQ_SLICE_OF(value.b));
    return test_sha(yq_writer_slice(&w));
}

typedef struct test_step {
    uint8_t prefix[64], suffix[64];
    size_t prefix_n, suffix_n;
} test_step;

static inline size_t test_split(size_t n)
{
    size_t k = 1;
    while (2 * k < n) {
        k *= 2;
    }
    return k;
}

static inline uint64_t test_height_of(size_t n)
{
    return n <= 1 ? 0 : 1 + test_height_of(test_split(n));
}

/* Prefix and suffix of the node over n leaves whose child at branch is followed upwards; other is
 * its sibling. */
static inline test_step test_step_of(
    const test_tree *t, size_t n, unsigned branch, const yq_digest *other)
{
    test_step s = {0};
    yq_writer p = yq_writer_of(s.prefix, sizeof s.prefix);
    yq_writer q = yq_writer_of(s.suffix, sizeof s.suffix);
    int iavl = t->kind == TEST_IAVL;
    if (iavl) {
        test_put_signed(&p, test_height_of(n));
        test_put_signed(&p, n);
        test_put_signed(&p, 7);
    } else {
        yq_put_u8(&p, 1);
    }
    if (branch == 1) {
        if (iavl) {
            yq_put_u8(&p, 32);
        }
        yq_put(&p, YQ_SLICE_OF(other->b));
    }
    if (iavl) {
        yq_put_u8(&p, 32);
    }
    if (branch == 0) {
        if (iavl) {
            yq_put_u8(&q, 32);
        }
        yq_put(&q, YQ_SLICE_OF(other->b));
    }
    s.prefix_n = p.n;
    s.suffix_n = q.n;
    return s;
}

static inline yq_digest test_step_apply(const test_step *s, const yq_digest *child)
{
    yq_digest md = {{0}};
    const yq_slice part[] = {
        {s->prefix, s->prefix_n}, YQ_SLICE_OF(child->b), {s->suffix, s->suffix_n}};
    yq_hash(YQ_HASH_SHA256, part, 3, md.b);
    return md;
}

/* Root over leaves first .. first + n - 1; steps on the way of leaf who, from below. */
static inline yq_digest test_tree_root(
    const test_tree *t, size_t first, size_t n, size_t who, test_step *step, size_t *step_n)
{
    if (n == 1) {
        return test_leaf_hash(t, first);
    }
    size_t k = test_split(n);
    yq_digest left = test_tree_root(t, first, k, who, step, step_n);
    yq_digest right = test_tree_root(t, first + k, n - k, who, step, step_n);
    test_step up = test_step_of(t, n, 0, &right);
    if (who >= first && who < first + n && step != NULL) {
        unsigned branch = who >= first + k;
        step[(*step_n)++] = test_step_of(t, n, branch, branch ? &left : &right);
    }
    return test_step_apply(&up, &left);
}

static inline yq_digest test_root(const test_tree *t)
{
    return test_tree_root(t, 0, t->n, SIZE_MAX, NULL, NULL);
}

static inline void test_exist_put(yq_writer *w, const test_tree *t, size_t who, uint32_t number)
{
    test_step step[16];
    uint8_t head[16];
    yq_writer p = yq_writer_of(head, sizeof head);
    size_t n = 0, mark = yq_pb_begin(w);
    (void)test_tree_root(t, 0, t->n, who, step, &n);
    yq_pb_put_bytes(w, 1, t->leaf[who].key);
    yq_pb_put_bytes(w, 2, t->leaf[who].value);
    size_t leaf = yq_pb_begin(w);
    yq_pb_put_varint(w, 1, 1);
    if (t->kind == TEST_SMT) {
        yq_pb_put_varint(w, 2, 1);
    }
    yq_pb_put_varint(w, 3, 1);
    if (t->kind != TEST_SMT) {
        yq_pb_put_varint(w, 4, 1);
    }
    yq_pb_put_bytes(w, 5, test_leaf_prefix(t, &p));
    yq_pb_end(w, leaf, 3);
    for (size_t i = 0; i < n; i++) {
        size_t inner = yq_pb_begin(w);
        yq_pb_put_varint(w, 1, 1);
        yq_pb_put_bytes(w, 2, yq_slice_of(step[i].prefix, step[i].prefix_n));
        if (step[i].suffix_n > 0) {
            yq_pb_put_bytes(w, 3, yq_slice_of(step[i].suffix, step[i].suffix_n));
        }
        yq_pb_end(w, inner, 4);
    }
    yq_pb_end(w, mark, number);
}

/* CommitmentProof of one member. */
static inline yq_slice test_member(const test_tree *t, size_t who, uint8_t *room)
{
    yq_writer w = yq_writer_of(room, TEST_PROOF_MAX);
    test_exist_put(&w, t, who, 1);
    YQ_ASSERT(w.status == YQ_OK);
    return yq_writer_slice(&w);
}

#define TEST_NONE SIZE_MAX

/* CommitmentProof of an absence between two members (TEST_NONE: none on that side). */
static inline yq_slice test_absence(
    const test_tree *t, yq_slice key, size_t left, size_t right, uint8_t *room)
{
    yq_writer w = yq_writer_of(room, TEST_PROOF_MAX);
    yq_pb_put_bytes(&w, 1, key);
    if (left != TEST_NONE) {
        test_exist_put(&w, t, left, 2);
    }
    if (right != TEST_NONE) {
        test_exist_put(&w, t, right, 3);
    }
    yq_pb_end(&w, 0, 2);
    YQ_ASSERT(w.status == YQ_OK);
    return yq_writer_slice(&w);
}

#endif /* YQ_LIGHT_CLIENTS_COMETBFT_TEST_STORE_H */
