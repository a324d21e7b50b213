#include "relay/base/bytes.h"
#include "relay/crypto/crypto.h"
#include "relay/crypto/state_proof.h"

#include <criterion/criterion.h>
#include <stdlib.h>

#define KEYS 40u

/* The tree as its definition says it, over a sorted list of leaves. */
typedef struct entry {
    yq_digest path, value_hash, leaf;
    uint8_t key;
} entry;

static const uint32_t algs[] = {YQ_HASH_SM3, YQ_HASH_SHA256, YQ_HASH_KECCAK256};

static int by_path(const void *a, const void *b)
{
    return memcmp(((const entry *)a)->path.b, ((const entry *)b)->path.b, 32);
}

static void make_entries(uint32_t alg, entry *all, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        all[i].key = (uint8_t)i;
        yq_state_path(alg, (yq_slice){&all[i].key, 1}, &all[i].path);
        yq_hash_one(alg, (yq_slice){&all[i].key, 1}, all[i].value_hash.b);
        yq_state_leaf(alg, &all[i].path, &all[i].value_hash, &all[i].leaf);
    }
    qsort(all, n, sizeof *all, by_path);
}

static size_t left_n(const entry *all, size_t n, unsigned depth)
{
    size_t left = 0;
    while (left < n && yq_state_bit(&all[left].path, depth) == 0) {
        left++;
    }
    return left;
}

static void tree_root(uint32_t alg, const entry *all, size_t n, unsigned depth, yq_digest *root)
{
    memset(root, 0, sizeof *root);
    if (n == 1) {
        *root = all[0].leaf;
    }
    if (n <= 1) {
        return;
    }
    size_t left = left_n(all, n, depth);
    uint8_t node[65] = {1};
    yq_digest half;
    tree_root(alg, all, left, depth + 1, &half);
    memcpy(node + 1, half.b, 32);
    tree_root(alg, all + left, n - left, depth + 1, &half);
    memcpy(node + 33, half.b, 32);
    yq_hash_one(alg, yq_slice_of(node, sizeof node), root->b);
}

static void prove(
    uint32_t alg, const entry *all, size_t n, const yq_digest *path, yq_state_proof *p)
{
    yq_digest down[YQ_STATE_DEPTH_MAX] = {{{0}}};
    unsigned depth = 0;
    while (n > 1) {
        size_t left = left_n(all, n, depth);
        if (yq_state_bit(path, depth) == 0) {
            tree_root(alg, all + left, n - left, depth + 1, &down[depth]);
            n = left;
        } else {
            tree_root(alg, all, left, depth + 1, &down[depth]);
            all += left;
            n -= left;
        }
        depth++;
    }
    *p = (yq_state_proof){.depth = (uint16_t)depth};
    for (unsigned i = 0; i < depth; i++) {
        p->sibling[i] = down[depth - 1 - i];
    }
    if (n == 0) {
        p->kind = YQ_STATE_PROOF_EMPTY;
    } else if (memcmp(all[0].path.b, path->b, 32) == 0) {
        p->kind = YQ_STATE_PROOF_PRESENT;
    } else {
        p->kind = YQ_STATE_PROOF_OTHER;
        p->other_path = all[0].path;
        p->other_value = all[0].value_hash;
    }
}

/* Encodes, and checks what comes back. */
static size_t round_trip(const yq_state_proof *proof, uint8_t *bytes)
{
    static yq_state_proof back;
    yq_buf out = {bytes, YQ_STATE_PROOF_SIZE_MAX, 0};
    cr_assert_eq(yq_state_proof_encode(proof, &out), YQ_OK);
    cr_assert_eq(yq_state_proof_decode((yq_slice){bytes, out.n}, &back, NULL), YQ_OK);
    cr_assert_eq(back.kind, proof->kind);
    cr_assert_eq(back.depth, proof->depth);
    cr_assert_eq(memcmp(back.sibling, proof->sibling, 32u * proof->depth), 0);
    return out.n;
}

static yq_status check_bytes(
    uint32_t alg, const yq_digest *root, uint8_t key, uint8_t value, yq_slice bytes, int present)
{
    static yq_state_proof proof;
    yq_status status = yq_state_proof_decode(bytes, &proof, NULL);
    if (status != YQ_OK) {
        return status;
    }
    return present ? yq_state_check_present(
                         alg, root, (yq_slice){&key, 1}, (yq_slice){&value, 1}, &proof)
                   : yq_state_check_absent(alg, root, (yq_slice){&key, 1}, &proof);
}

Test(state_proof, every_key_of_trees_of_all_sizes)
{
    static yq_state_proof proof;
    uint8_t bytes[YQ_STATE_PROOF_SIZE_MAX] = {0};
    unsigned kinds[4] = {0};
    for (size_t a = 0; a < YQ_ARRAY_N(algs); a++) {
        for (size_t n = 1; n <= KEYS; n++) {
            entry all[KEYS];
            yq_digest root, path;
            make_entries(algs[a], all, n);
            tree_root(algs[a], all, n, 0, &root);
            for (unsigned k = 0; k < 2 * KEYS; k++) {
                uint8_t key = (uint8_t)k;
                yq_state_path(algs[a], (yq_slice){&key, 1}, &path);
                prove(algs[a], all, n, &path, &proof);
                yq_slice in = {bytes, round_trip(&proof, bytes)};
                kinds[proof.kind]++;
                int present = k < n;
                cr_assert_eq(proof.kind == YQ_STATE_PROOF_PRESENT, present);
                cr_assert_eq(check_bytes(algs[a], &root, key, key, in, present), YQ_OK);
                cr_assert_eq(check_bytes(algs[a], &root, key, key, in, !present), YQ_E_PROOF_TYPE);
                if (present) {
                    uint8_t other = (uint8_t)(key + 1);
                    cr_assert_eq(check_bytes(algs[a], &root, key, other, in, 1), YQ_E_PROOF);
                }
            }
        }
    }
    cr_expect_gt(kinds[1], 100);
    cr_expect_gt(kinds[2], 100);
    cr_expect_gt(kinds[3], 100);
}

Test(state_proof, every_changed_byte_is_refused)
{
    static yq_state_proof proof;
    uint8_t bytes[YQ_STATE_PROOF_SIZE_MAX] = {0};
    entry all[20];
    yq_digest root, path;
    make_entries(YQ_HASH_SM3, all, 20);
    tree_root(YQ_HASH_SM3, all, 20, 0, &root);
    for (unsigned k = 0; k < 60; k++) {
        uint8_t key = (uint8_t)k;
        yq_state_path(YQ_HASH_SM3, (yq_slice){&key, 1}, &path);
        prove(YQ_HASH_SM3, all, 20, &path, &proof);
        size_t n = round_trip(&proof, bytes);
        int present = k < 20;
        for (size_t at = 0; at < n; at++) {
            for (unsigned bit = 0; bit < 8; bit++) {
                bytes[at] ^= (uint8_t)(1u << bit);
                cr_assert_neq(
                    check_bytes(YQ_HASH_SM3, &root, key, key, (yq_slice){bytes, n}, present),
                    YQ_OK);
                bytes[at] ^= (uint8_t)(1u << bit);
            }
        }
        for (size_t cut = 0; cut < n; cut++) {
            cr_assert_neq(
                check_bytes(YQ_HASH_SM3, &root, key, key, (yq_slice){bytes, cut}, present), YQ_OK);
        }
        for (size_t at = 0; at < 32; at++) {
            yq_digest bad = root;
            bad.b[at] ^= 0x40;
            cr_assert_eq(
                check_bytes(YQ_HASH_SM3, &bad, key, key, (yq_slice){bytes, n}, present),
                YQ_E_PROOF);
        }
    }
}

Test(state_proof, a_zero_root_proves_nothing)
{
    yq_digest zero = {{0}};
    static yq_state_proof proof;
    proof.kind = YQ_STATE_PROOF_EMPTY;
    uint8_t bytes[YQ_STATE_PROOF_SIZE_MAX] = {0};
    yq_slice in = {bytes, round_trip(&proof, bytes)};
    cr_expect_eq(in.n, 3);
    cr_expect_eq(check_bytes(YQ_HASH_SM3, &zero, 1, 1, in, 0), YQ_E_ZERO_ROOT);
    proof.kind = YQ_STATE_PROOF_PRESENT;
    in.n = round_trip(&proof, bytes);
    cr_expect_eq(check_bytes(YQ_HASH_SM3, &zero, 1, 1, in, 1), YQ_E_ZERO_ROOT);
}

Test(state_proof, another_leaf_must_lie_where_the_path_ends)
{
    static yq_state_proof proof;
    entry all[KEYS];
    yq_digest root, path;
    make_entries(YQ_HASH_SM3, all, KEYS);
    tree_root(YQ_HASH_SM3, all, KEYS, 0, &root);
    /* A leaf that is there, shown with its own path's siblings for a key that lies elsewhere. */
    prove(YQ_HASH_SM3, all, KEYS, &all[0].path, &proof);
    proof.kind = YQ_STATE_PROOF_OTHER;
    proof.other_path = all[0].path;
    proof.other_value = all[0].value_hash;
    yq_slice last = {&all[KEYS - 1].key, 1};
    cr_expect_eq(yq_state_check_absent(YQ_HASH_SM3, &root, last, &proof), YQ_E_ABSENCE_PROOF);
    /* And for its own key. */
    yq_slice own = {&all[0].key, 1};
    cr_expect_eq(yq_state_check_absent(YQ_HASH_SM3, &root, own, &proof), YQ_E_ABSENCE_PROOF);
    /* An empty subtree claimed where the leaf is. */
    proof.kind = YQ_STATE_PROOF_EMPTY;
    cr_expect_eq(yq_state_check_absent(YQ_HASH_SM3, &root, own, &proof), YQ_E_PROOF);
    yq_state_path(YQ_HASH_SM3, own, &path);
    cr_expect_eq(memcmp(path.b, all[0].path.b, 32), 0);
}

Test(state_proof, decoder_says_what_is_wrong_and_where)
{
    static yq_state_proof proof;
    const struct {
        uint8_t in[8];
        size_t n, offset;
        yq_status status;
    } all[] = {
        {{0}, 0, 0, YQ_E_TRUNCATED},
        {{0, 0, 0}, 3, 0, YQ_E_FIELD_UNKNOWN},
        {{4, 0, 0}, 3, 0, YQ_E_FIELD_UNKNOWN},
        {{1, 0}, 2, 1, YQ_E_TRUNCATED},
        {{1, 0, 0, 0}, 4, 3, YQ_E_TRAILING},
        {{1, 1, 1}, 3, 1, YQ_E_LIMIT},
        {{3, 0, 0}, 3, 1, YQ_E_TRUNCATED},
        {{1, 0, 1}, 3, 3, YQ_E_TRUNCATED},
        {{1, 0, 1, 0x00}, 4, 3, YQ_E_NONCANONICAL},
        {{1, 0, 1, 0xc0}, 4, 3, YQ_E_NONCANONICAL},
        {{1, 0, 2, 0x40}, 4, 3, YQ_E_NONCANONICAL},
        {{1, 0, 8, 0x80}, 4, 4, YQ_E_TRUNCATED},
    };
    for (size_t i = 0; i < YQ_ARRAY_N(all); i++) {
        yq_fault why = {0};
        cr_expect_eq(
            yq_state_proof_decode((yq_slice){all[i].in, all[i].n}, &proof, &why),
            all[i].status,
            "%zu",
            i);
        cr_expect_eq(why.offset, all[i].offset, "%zu: %u", i, why.offset);
    }
    uint8_t zero_sibling[4 + 32] = {1, 0, 1, 0x80};
    cr_expect_eq(
        yq_state_proof_decode(yq_slice_of(zero_sibling, sizeof zero_sibling), &proof, NULL),
        YQ_E_NONCANONICAL);
}

Test(state_proof, deepest_proof_fits_and_encoder_refuses_what_the_decoder_would)
{
    static yq_state_proof proof;
    static uint8_t bytes[YQ_STATE_PROOF_SIZE_MAX];
    proof.kind = YQ_STATE_PROOF_OTHER;
    proof.depth = YQ_STATE_DEPTH_MAX;
    memset(proof.sibling, 1, sizeof proof.sibling);
    cr_expect_eq(round_trip(&proof, bytes), YQ_STATE_PROOF_SIZE_MAX);
    yq_buf out = {bytes, YQ_STATE_PROOF_SIZE_MAX - 1, 0};
    cr_expect_eq(yq_state_proof_encode(&proof, &out), YQ_E_NOSPC);
    cr_expect_eq(out.n, 0);
    out.cap++;
    proof.depth = YQ_STATE_DEPTH_MAX + 1;
    cr_expect_eq(yq_state_proof_encode(&proof, &out), YQ_E_RANGE);
    proof.depth = 1;
    proof.kind = 0;
    cr_expect_eq(yq_state_proof_encode(&proof, &out), YQ_E_RANGE);
    proof.kind = 4;
    cr_expect_eq(yq_state_proof_encode(&proof, &out), YQ_E_RANGE);
    proof.kind = YQ_STATE_PROOF_PRESENT;
    proof.sibling[0] = (yq_digest){0};
    cr_expect_eq(yq_state_proof_encode(&proof, &out), YQ_E_RANGE);
}

/* Two keys whose paths differ in the last of some number of bits give a run of empty siblings. */
Test(state_proof, empty_siblings_cost_a_bit_each)
{
    static yq_state_proof proof;
    uint8_t bytes[YQ_STATE_PROOF_SIZE_MAX] = {0};
    entry two[2];
    memset(two, 0, sizeof two);
    for (uint8_t i = 0; i < 2; i++) {
        two[i].path.b[2] = i;
        two[i].value_hash.b[0] = i;
        yq_state_leaf(YQ_HASH_SM3, &two[i].path, &two[i].value_hash, &two[i].leaf);
    }
    prove(YQ_HASH_SM3, two, 2, &two[0].path, &proof);
    cr_expect_eq(proof.depth, 24);
    cr_expect_eq(round_trip(&proof, bytes), 1u + 2 + 3 + 32);
}
