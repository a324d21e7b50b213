#include "relay/base/bytes.h"
#include "relay/crypto/crypto.h"
#include "relay/crypto/state_subtree.h"

#include <criterion/criterion.h>
#include <stdlib.h>

#define LEAVES 700u
#define ALG    YQ_HASH_SM3

static yq_state_leaf_entry all[LEAVES];
static uint64_t seed;

static uint64_t draw(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed;
}

static int by_path(const void *a, const void *b)
{
    return memcmp(a, b, YQ_DIGEST_SIZE);
}

/* Every fourth path begins like the one before it, for up to 250 bits. */
static void make_leaves(void)
{
    seed = 11;
    for (size_t i = 0; i < LEAVES; i++) {
        uint64_t number = draw();
        yq_hash_one(ALG, yq_slice_of(&number, sizeof number), all[i].path.b);
        if (i % 4 == 3) {
            size_t bytes = draw() % 31;
            memcpy(all[i].path.b, all[i - 1].path.b, bytes);
            all[i].path.b[31] = (uint8_t)i;
        }
        yq_hash_one(ALG, yq_slice_of(all[i].path.b, 32), all[i].leaf.b);
    }
    qsort(all, LEAVES, sizeof all[0], by_path);
}

/* As the definition says it. */
static void plain(const yq_state_leaf_entry *leaf, size_t n, unsigned depth, yq_state_subtree *out)
{
    *out = (yq_state_subtree){0};
    if (n == 1) {
        *out = (yq_state_subtree){YQ_STATE_NODE_LEAF, leaf[0].leaf};
    } else if (n > 1) {
        size_t left = 0;
        yq_state_subtree l, r;
        while (left < n && yq_state_bit(&leaf[left].path, depth) == 0) {
            left++;
        }
        plain(leaf, left, depth + 1, &l);
        plain(leaf + left, n - left, depth + 1, &r);
        out->kind = YQ_STATE_NODE_INNER;
        yq_state_node(ALG, &l.hash, &r.hash, &out->hash);
    }
}

static void expect_same(const yq_state_subtree *got, const yq_state_subtree *want)
{
    cr_assert_eq(got->kind, want->kind);
    cr_assert_eq(memcmp(&got->hash, &want->hash, sizeof want->hash), 0);
}

Test(state_subtree, is_the_tree_of_its_leaves)
{
    make_leaves();
    for (size_t n = 0; n < 40; n++) {
        for (size_t from = 0; from + n <= LEAVES; from += 97) {
            yq_state_subtree got, want;
            yq_state_subtree_of(ALG, all + from, n, 0, &got);
            plain(all + from, n, 0, &want);
            expect_same(&got, &want);
        }
    }
    yq_state_subtree got, want;
    yq_state_subtree_of(ALG, all, LEAVES, 0, &got);
    plain(all, LEAVES, 0, &want);
    expect_same(&got, &want);
}

static size_t up_to(size_t from, unsigned depth, unsigned nibble)
{
    size_t i = from;
    while (i < LEAVES) {
        unsigned bits = (unsigned)all[i].path.b[depth / 8] >> (depth % 8 == 0 ? 4 : 0) & 15u;
        if (bits != nibble || memcmp(all[i].path.b, all[from].path.b, depth / 8) != 0) {
            break;
        }
        i++;
    }
    return i;
}

/* From any place the sixteen below it lead to it, down to the leaves. */
Test(state_subtree, sixteen_places_lead_to_the_one_above)
{
    make_leaves();
    yq_state_subtree child[YQ_STATE_FANOUT], above, whole;
    size_t at = 0;
    for (unsigned i = 0; i < YQ_STATE_FANOUT; i++) {
        size_t next = up_to(at, 0, i);
        yq_state_subtree_of(ALG, all + at, next - at, 4, &child[i]);
        at = next;
    }
    cr_assert_eq(at, LEAVES);
    yq_state_subtree_above(ALG, child, &above);
    yq_state_subtree_of(ALG, all, LEAVES, 0, &whole);
    expect_same(&above, &whole);

    /* Around a pair that agrees in many bits. */
    size_t pair = 0;
    while (memcmp(all[pair].path.b, all[pair + 1].path.b, 20) != 0) {
        pair++;
    }
    for (unsigned depth = 8; depth <= 152; depth += 4) {
        size_t first = pair, end = pair + 2, each;
        while (end < LEAVES && memcmp(all[end].path.b, all[first].path.b, (depth + 7) / 8) == 0) {
            end++;
        }
        if (memcmp(all[first - 1].path.b, all[first].path.b, depth / 8) == 0) {
            continue; /* others stand before it: the next depth */
        }
        each = first;
        for (unsigned i = 0; i < YQ_STATE_FANOUT; i++) {
            size_t next = each < end ? up_to(each, depth, i) : each;
            next = next > end ? end : next;
            yq_state_subtree_of(ALG, all + each, next - each, depth + 4, &child[i]);
            each = next;
        }
        cr_assert_eq(each, end);
        yq_state_subtree_above(ALG, child, &above);
        yq_state_subtree_of(ALG, all + first, end - first, depth, &whole);
        expect_same(&above, &whole);
    }
}

Test(state_subtree, a_lone_leaf_stands_at_any_depth)
{
    make_leaves();
    yq_state_subtree child[YQ_STATE_FANOUT] = {{0}}, above, empty = {0};
    yq_state_subtree_above(ALG, child, &above);
    expect_same(&above, &empty);
    for (unsigned depth = 0; depth <= 252; depth += 63) {
        yq_state_subtree_of(ALG, all + 5, 1, depth, &child[9]);
        yq_state_subtree_above(ALG, child, &above);
        expect_same(&above, &child[9]);
        cr_assert_eq(above.kind, YQ_STATE_NODE_LEAF);
    }
}
