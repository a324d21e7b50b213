#include "yuqiao/limits.h"

#include "relay/base/bytes.h"
#include "relay/crypto/crypto.h"
#include "relay/crypto/merkle.h"

#include <criterion/criterion.h>

#define N_MAX 70u

static const uint32_t algs[] = {YQ_HASH_SM3, YQ_HASH_SHA256, YQ_HASH_KECCAK256};

static void make_leaves(uint32_t alg, yq_digest *leaf, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        uint8_t data = (uint8_t)i;
        yq_slice part[] = {yq_slice_text("leaf"), {&data, 1}};
        yq_merkle_leaf(alg, part, 2, &leaf[i]);
    }
}

/* RFC 9162, 2.1.1, word for word. */
static void naive_root(uint32_t alg, const yq_digest *leaf, size_t n, yq_digest *root)
{
    if (n == 1) {
        *root = leaf[0];
        return;
    }
    size_t k = 1;
    while (2 * k < n) {
        k *= 2;
    }
    uint8_t node[65] = {1};
    yq_digest half;
    naive_root(alg, leaf, k, &half);
    memcpy(node + 1, half.b, 32);
    naive_root(alg, leaf + k, n - k, &half);
    memcpy(node + 33, half.b, 32);
    yq_hash_one(alg, yq_slice_of(node, sizeof node), root->b);
}

/* RFC 9162, 2.1.3.1. */
static size_t naive_path(uint32_t alg, const yq_digest *leaf, size_t n, size_t idx, yq_digest *path)
{
    if (n == 1) {
        return 0;
    }
    size_t k = 1;
    while (2 * k < n) {
        k *= 2;
    }
    size_t size;
    if (idx < k) {
        size = naive_path(alg, leaf, k, idx, path);
        naive_root(alg, leaf + k, n - k, &path[size]);
    } else {
        size = naive_path(alg, leaf + k, n - k, idx - k, path);
        naive_root(alg, leaf, k, &path[size]);
    }
    return size + 1;
}

typedef struct kept {
    yq_digest node[8][N_MAX];
    uint8_t have[8][N_MAX];
    unsigned calls;
} kept;

static void keep(void *self, unsigned level, uint64_t number, const yq_digest *node)
{
    kept *k = (kept *)self;
    cr_assert_lt(level, 8);
    cr_assert_lt(number, N_MAX);
    cr_assert_eq(k->have[level][number], 0, "kept twice");
    k->node[level][number] = *node;
    k->have[level][number] = 1;
    k->calls++;
}

static int load(void *self, unsigned level, uint64_t number, yq_digest *node)
{
    const kept *k = (const kept *)self;
    cr_assert_lt(level, 8);
    cr_assert_lt(number, N_MAX);
    *node = k->node[level][number];
    return k->have[level][number];
}

Test(merkle, leaf_and_node_are_tagged)
{
    yq_digest leaf, node;
    uint8_t md[32], plain[65] = {0, 'a', 'b'};
    yq_slice part[] = {yq_slice_text("a"), yq_slice_text("b")};
    yq_merkle_leaf(YQ_HASH_SM3, part, 2, &leaf);
    yq_hash_one(YQ_HASH_SM3, yq_slice_of(plain, 3), md);
    cr_expect_eq(memcmp(md, leaf.b, 32), 0);
    yq_merkle_node(YQ_HASH_SM3, &leaf, &leaf, &node);
    plain[0] = 1;
    memcpy(plain + 1, leaf.b, 32);
    memcpy(plain + 33, leaf.b, 32);
    yq_hash_one(YQ_HASH_SM3, yq_slice_of(plain, 65), md);
    cr_expect_eq(memcmp(md, node.b, 32), 0);
}

Test(merkle, counted_root_binds_the_count)
{
    yq_digest root = {{7}}, counted, other;
    uint8_t plain[41] = {2, 1, 2, 3, 4, 5, 6, 7, 8, 7}, md[32];
    yq_merkle_counted(YQ_HASH_SM3, UINT64_C(0x0102030405060708), &root, &counted);
    yq_hash_one(YQ_HASH_SM3, yq_slice_of(plain, sizeof plain), md);
    cr_expect_eq(memcmp(md, counted.b, 32), 0);
    yq_merkle_counted(YQ_HASH_SM3, 1, &root, &other);
    cr_expect_neq(memcmp(other.b, counted.b, 32), 0);
    yq_merkle_counted(YQ_HASH_SM3, 0, &root, &counted);
    cr_expect(yq_bytes_are_zero(counted.b, 32));
}

Test(merkle, no_leaves_give_zero_which_proves_nothing)
{
    yq_digest root = {{1}}, leaf = {{2}};
    yq_merkle_peaks peaks = {0};
    yq_merkle_root(YQ_HASH_SM3, NULL, 0, &root);
    cr_expect(yq_bytes_are_zero(root.b, 32));
    cr_expect_eq(yq_merkle_check(YQ_HASH_SM3, &root, 1, 0, &leaf, NULL, 0), YQ_E_ZERO_ROOT);
    cr_expect_eq(yq_merkle_check(YQ_HASH_SM3, &root, 1, 0, &root, NULL, 0), YQ_E_ZERO_ROOT);
    cr_expect_eq(yq_merkle_check(YQ_HASH_SM3, &leaf, 0, 0, &leaf, NULL, 0), YQ_E_PROOF_BOUNDS);
    root.b[0] = 1;
    yq_merkle_peaks_root(&peaks, YQ_HASH_SM3, &root);
    cr_expect(yq_bytes_are_zero(root.b, 32));
}

Test(merkle, roots_and_paths_are_those_of_the_rfc)
{
    static kept store;
    for (size_t a = 0; a < YQ_ARRAY_N(algs); a++) {
        yq_digest leaf[N_MAX], work[N_MAX], root, want, path[64], want_path[64];
        yq_merkle_peaks peaks = {0};
        memset(&store, 0, sizeof store);
        make_leaves(algs[a], leaf, N_MAX);
        for (size_t n = 1; n <= N_MAX; n++) {
            naive_root(algs[a], leaf, n, &want);
            memcpy(work, leaf, sizeof leaf);
            yq_merkle_root(algs[a], work, n, &root);
            cr_assert_eq(memcmp(root.b, want.b, 32), 0);
            yq_merkle_append(&peaks, algs[a], &leaf[n - 1], keep, &store);
            yq_merkle_peaks_root(&peaks, algs[a], &root);
            cr_assert_eq(memcmp(root.b, want.b, 32), 0);
            for (size_t idx = 0; idx < n; idx++) {
                size_t want_n = naive_path(algs[a], leaf, n, idx, want_path), path_n = 0;
                memcpy(work, leaf, sizeof leaf);
                yq_merkle_path(algs[a], work, n, idx, path, &path_n);
                cr_assert_eq(path_n, want_n);
                cr_assert_eq(memcmp(path, want_path, 32 * path_n), 0);
                yq_status status =
                    yq_merkle_stored_path(algs[a], n, idx, load, &store, path, &path_n);
                cr_assert_eq(status, YQ_OK);
                cr_assert_eq(path_n, want_n);
                cr_assert_eq(memcmp(path, want_path, 32 * path_n), 0);
                status = yq_merkle_check(algs[a], &root, n, idx, &leaf[idx], path, path_n);
                cr_assert_eq(status, YQ_OK);
            }
        }
        /* 70 leaves and every complete tree over them: 35 + 17 + 8 + 4 + 2 + 1. */
        cr_expect_eq(store.calls, 70 + 67);
    }
}

Test(merkle, append_works_without_a_keeper)
{
    yq_digest leaf[5], root, want;
    yq_merkle_peaks peaks = {0};
    make_leaves(YQ_HASH_SM3, leaf, 5);
    for (size_t i = 0; i < 5; i++) {
        yq_merkle_append(&peaks, YQ_HASH_SM3, &leaf[i], NULL, NULL);
    }
    cr_expect_eq(peaks.n, 5);
    yq_merkle_peaks_root(&peaks, YQ_HASH_SM3, &root);
    naive_root(YQ_HASH_SM3, leaf, 5, &want);
    cr_expect_eq(memcmp(root.b, want.b, 32), 0);
}

Test(merkle, refuses_every_wrong_place_and_size)
{
    for (size_t n = 1; n <= 20; n++) {
        yq_digest leaf[20], work[20], root, path[66] = {{{0}}};
        make_leaves(YQ_HASH_SM3, leaf, n);
        naive_root(YQ_HASH_SM3, leaf, n, &root);
        for (size_t idx = 0; idx < n; idx++) {
            size_t path_n = 0;
            memcpy(work, leaf, sizeof leaf);
            yq_merkle_path(YQ_HASH_SM3, work, n, idx, path, &path_n);
            for (size_t other = 0; other < n + 2; other++) {
                yq_status status =
                    yq_merkle_check(YQ_HASH_SM3, &root, n, other, &leaf[idx], path, path_n);
                cr_assert_eq(status == YQ_OK, other == idx);
                cr_assert(other < n || status == YQ_E_PROOF_BOUNDS);
            }
            for (size_t m = 0; m <= 66; m++) {
                yq_status status = yq_merkle_check(YQ_HASH_SM3, &root, n, idx, &leaf[idx], path, m);
                cr_assert_eq(status, m == path_n ? YQ_OK : YQ_E_PROOF_DEPTH);
            }
        }
    }
}

Test(merkle, refuses_every_changed_byte)
{
    yq_digest leaf[13], work[13], root, path[64];
    size_t path_n = 0;
    make_leaves(YQ_HASH_SM3, leaf, 13);
    naive_root(YQ_HASH_SM3, leaf, 13, &root);
    memcpy(work, leaf, sizeof leaf);
    yq_merkle_path(YQ_HASH_SM3, work, 13, 6, path, &path_n);
    uint8_t *all[] = {path[0].b, path[1].b, path[2].b, path[3].b, leaf[6].b, root.b};
    cr_assert_eq(path_n, 4);
    for (size_t i = 0; i < YQ_ARRAY_N(all); i++) {
        for (size_t at = 0; at < 32; at++) {
            all[i][at] ^= 0x10;
            cr_expect_eq(
                yq_merkle_check(YQ_HASH_SM3, &root, 13, 6, &leaf[6], path, path_n), YQ_E_PROOF);
            all[i][at] ^= 0x10;
        }
    }
    cr_expect_eq(yq_merkle_check(YQ_HASH_SM3, &root, 13, 6, &leaf[6], path, path_n), YQ_OK);
    /* An inner node is not taken for a leaf: a tree of 2 has the root that a tree of 1 would have.
     */
    naive_root(YQ_HASH_SM3, leaf, 2, &root);
    cr_expect_eq(yq_merkle_check(YQ_HASH_SM3, &root, 1, 0, &leaf[0], NULL, 0), YQ_E_PROOF);
}

Test(merkle, largest_trees_have_paths_of_64)
{
    yq_digest root = {{1}}, leaf = {{2}}, path[64] = {{{3}}};
    cr_expect_eq(yq_merkle_check(YQ_HASH_SM3, &root, UINT64_MAX, 5, &leaf, path, 64), YQ_E_PROOF);
    cr_expect_eq(
        yq_merkle_check(YQ_HASH_SM3, &root, UINT64_MAX, 5, &leaf, path, 63), YQ_E_PROOF_DEPTH);
    cr_expect_eq(
        yq_merkle_check(YQ_HASH_SM3, &root, UINT64_MAX, UINT64_MAX, &leaf, path, 64),
        YQ_E_PROOF_BOUNDS);
    cr_expect_leq(64, YQ_PROOF_DEPTH_MAX);
}

Test(merkle, a_pruned_node_is_not_found)
{
    static kept store;
    yq_digest leaf[13], path[64];
    yq_merkle_peaks peaks = {0};
    size_t path_n = 0;
    make_leaves(YQ_HASH_SM3, leaf, 13);
    for (size_t i = 0; i < 13; i++) {
        yq_merkle_append(&peaks, YQ_HASH_SM3, &leaf[i], keep, &store);
    }
    /* Leaf 9 of 13 = 8 + 4 + 1: its sibling, its neighbour pair, the peak to the right, the left.
     */
    const unsigned need[][2] = {{0, 8}, {1, 5}, {0, 12}, {3, 0}};
    for (size_t i = 0; i < YQ_ARRAY_N(need); i++) {
        store.have[need[i][0]][need[i][1]] = 0;
        cr_expect_eq(
            yq_merkle_stored_path(YQ_HASH_SM3, 13, 9, load, &store, path, &path_n), YQ_E_NOT_FOUND);
        store.have[need[i][0]][need[i][1]] = 1;
    }
    cr_expect_eq(yq_merkle_stored_path(YQ_HASH_SM3, 13, 9, load, &store, path, &path_n), YQ_OK);
    cr_expect_eq(path_n, 4);
    cr_expect_eq(
        yq_merkle_stored_path(YQ_HASH_SM3, 13, 13, load, &store, path, &path_n), YQ_E_PROOF_BOUNDS);
    cr_expect_eq(
        yq_merkle_stored_path(YQ_HASH_SM3, 0, 0, load, &store, path, &path_n), YQ_E_PROOF_BOUNDS);
}
