#include "light-clients/cometbft/test_ics23.h"

TestSuite(ics23, .init = setup, .fini = teardown);

static yq_status member(const test_tree *t, yq_slice proof_bytes, yq_slice key, yq_slice value)
{
    yq_ics23_proof proof;
    const yq_ics23_spec spec = spec_of(t);
    const yq_digest root = test_root(t);
    begin();
    yq_status status = yq_ics23_decode(&call, proof_bytes, &proof);
    return status != YQ_OK ? status
                           : yq_ics23_member(&call, &spec, YQ_SLICE_OF(root.b), &proof, key, value);
}

static yq_status absent(const test_tree *t, yq_slice proof_bytes, yq_slice key)
{
    yq_ics23_proof proof;
    const yq_ics23_spec spec = spec_of(t);
    const yq_digest root = test_root(t);
    begin();
    yq_status status = yq_ics23_decode(&call, proof_bytes, &proof);
    return status != YQ_OK ? status
                           : yq_ics23_absent(&call, &spec, YQ_SLICE_OF(root.b), &proof, key);
}

static const test_tree_kind kinds[] = {TEST_IAVL, TEST_SIMPLE, TEST_SMT};

Test(ics23, every_member_of_every_size)
{
    for (size_t k = 0; k < YQ_ARRAY_N(kinds); k++) {
        for (size_t n = 1; n <= 20; n++) {
            const test_tree t = tree_of(kinds[k], n);
            for (size_t i = 0; i < n; i++) {
                yq_slice proof = test_member(&t, i, room);
                const test_leaf *l = &t.leaf[i];
                cr_expect_eq(member(&t, proof, l->key, l->value), YQ_OK, "%zu of %zu", i, n);
                cr_expect_eq(member(&t, proof, l->key, yq_slice_text("x")), YQ_E_PROOF);
                cr_expect_eq(member(&t, proof, yq_slice_text("k01"), l->value), YQ_E_PROOF);
                cr_expect_eq(absent(&t, proof, yq_slice_text("k01")), YQ_E_PROOF_TYPE);
            }
        }
    }
}

/* For every gap and every pair of members that are named as its neighbours: only the true ones. */
Test(ics23, absence_between_true_neighbours_only, .timeout = 120)
{
    for (size_t k = 0; k < YQ_ARRAY_N(kinds); k++) {
        for (size_t n = 1; n <= 9; n++) {
            const test_tree t = tree_of(kinds[k], n);
            for (size_t gap = 0; gap < 2 * n + 2; gap++) {
                char text[32];
                (void)snprintf(text, sizeof text, "k%02zu", gap);
                const yq_slice key = yq_slice_text(text);
                size_t place = 0;
                int there = 0;
                for (size_t i = 0; i < n; i++) {
                    yq_digest a = test_sha(t.leaf[i].key), b = test_sha(key);
                    int order = t.kind == TEST_SMT ? memcmp(a.b, b.b, 32)
                                                   : yq_slice_compare(t.leaf[i].key, key);
                    there |= order == 0;
                    place += order < 0;
                }
                for (size_t l = 0; l <= n; l++) {
                    for (size_t r = 0; r <= n; r++) {
                        size_t left = l == 0 ? TEST_NONE : l - 1, right = r == n ? TEST_NONE : r;
                        if (left == TEST_NONE && right == TEST_NONE) {
                            continue;
                        }
                        int expected = !there && l == place && r == place;
                        yq_status given = absent(&t, test_absence(&t, key, left, right, room), key);
                        cr_expect(
                            expected ? given == YQ_OK : given == YQ_E_ABSENCE_PROOF,
                            "tree %zu of %zu, gap %zu, %zu, %zu: %d",
                            k,
                            n,
                            gap,
                            l,
                            r,
                            given);
                    }
                }
            }
        }
    }
}

Test(ics23, an_absence_names_its_key_and_has_a_neighbour)
{
    const test_tree t = tree_of(TEST_IAVL, 5);
    const yq_slice key = yq_slice_text("k03"), other = yq_slice_text("k03x");
    cr_expect_eq(absent(&t, test_absence(&t, key, 1, 2, room), key), YQ_OK);
    cr_expect_eq(absent(&t, test_absence(&t, key, 1, 2, room), other), YQ_E_ABSENCE_PROOF);
    cr_expect_eq(
        absent(&t, test_absence(&t, key, TEST_NONE, TEST_NONE, room), key), YQ_E_ABSENCE_PROOF);
    cr_expect_eq(member(&t, test_absence(&t, key, 1, 2, room), key, key), YQ_E_PROOF_TYPE);
    const test_tree larger = tree_of(TEST_IAVL, 6);
    cr_expect_eq(absent(&larger, test_absence(&t, key, 1, 2, room), key), YQ_E_PROOF);
}

/* In a sparse tree a side may be empty: its sibling is 32 zero bytes, and the leaf is outermost. */
Test(ics23, empty_subtrees_of_a_sparse_tree)
{
    const test_tree t = tree_of(TEST_SMT, 1);
    const yq_ics23_spec spec = yq_ics23_spec_smt();
    static const yq_digest zero;
    const yq_digest leaf = test_leaf_hash(&t, 0), other = test_digest("not empty");
    yq_digest key_hash = test_sha(t.leaf[0].key);
    for (unsigned branch = 0; branch < 2; branch++) {
        for (unsigned full = 0; full < 2; full++) {
            test_step up = test_step_of(&t, 2, branch, full ? &other : &zero);
            const yq_digest root = test_step_apply(&up, &leaf);
            yq_writer w = yq_writer_of(room, sizeof room);
            test_exist_put(&w, &t, 0, 1);
            yq_ics23_proof proof;
            begin();
            cr_assert_eq(yq_ics23_decode(&call, yq_writer_slice(&w), &proof), YQ_OK);
            yq_ics23_inner step = {
                .hash = 1, .prefix = {up.prefix, up.prefix_n}, .suffix = {up.suffix, up.suffix_n}};
            proof.exist[0].n = 1;
            proof.exist[0].step = &step;
            /* A key on either side of the only leaf. */
            for (unsigned i = 0; i < 200; i++) {
                char text[32];
                (void)snprintf(text, sizeof text, "x%u", i);
                yq_digest md = test_sha(yq_slice_text(text));
                unsigned right = memcmp(md.b, key_hash.b, 32) < 0; /* the leaf is the right one */
                yq_ics23_proof gap = {.absent = 1, .key = yq_slice_text(text)};
                gap.has[right] = 1;
                gap.exist[right] = proof.exist[0];
                yq_status given = yq_ics23_absent(&call, &spec, YQ_SLICE_OF(root.b), &gap, gap.key);
                int sibling_is_in_between = full && right == branch;
                cr_expect_eq(given, sibling_is_in_between ? YQ_E_ABSENCE_PROOF : YQ_OK);
            }
        }
    }
}

Test(ics23, operations)
{
    const yq_slice key = yq_slice_text("key"), value = yq_slice_text("value");
    yq_ics23_md md;
    begin();
    for (uint64_t hash = 0; hash < 12; hash++) {
        yq_ics23_leaf leaf = {.hash = hash, .prehash_key = YQ_ICS23_BITCOIN};
        yq_status status = yq_ics23_leaf_apply(&call, &leaf, key, value, &md);
        cr_expect_eq(status, hash >= 1 && hash <= 8 ? YQ_OK : YQ_E_PROOF_TYPE);
        size_t size = hash == 2 || hash == 7 ? 64 : hash == 4 || hash == 5 ? 20 : 32;
        cr_expect(status != YQ_OK || md.n == size);
        leaf = (yq_ics23_leaf){.hash = 1, .prehash_value = hash};
        status = yq_ics23_leaf_apply(&call, &leaf, key, value, &md);
        cr_expect_eq(status, hash <= 8 ? YQ_OK : YQ_E_PROOF_TYPE);
    }
    const yq_ics23_leaf double_hash = {.hash = YQ_ICS23_BITCOIN};
    const yq_slice both[] = {key, value};
    yq_digest inner;
    uint8_t outer[YQ_HASH_SIZE_MAX];
    yq_hash(YQ_HASH_SHA256, both, 2, inner.b);
    yq_hash_one(YQ_HASH_RIPEMD160, YQ_SLICE_OF(inner.b), outer);
    cr_expect_eq(yq_ics23_leaf_apply(&call, &double_hash, key, value, &md), YQ_OK);
    cr_expect_eq(memcmp(md.b, outer, 20), 0);
    /* Lengths in front: the same as a leaf whose prefix and parts are written out. */
    static const struct {
        uint64_t length;
        const char *three, *five;
        size_t n;
    } row[] = {
        {YQ_ICS23_VARINT, "\3", "\5", 1},
        {YQ_ICS23_FIXED32_BIG, "\0\0\0\3", "\0\0\0\5", 4},
        {YQ_ICS23_FIXED32_LITTLE, "\3\0\0\0", "\5\0\0\0", 4},
        {YQ_ICS23_FIXED64_BIG, "\0\0\0\0\0\0\0\3", "\0\0\0\0\0\0\0\5", 8},
        {YQ_ICS23_FIXED64_LITTLE, "\3\0\0\0\0\0\0\0", "\5\0\0\0\0\0\0\0", 8},
    };
    for (size_t i = 0; i < YQ_ARRAY_N(row); i++) {
        const yq_ics23_leaf leaf = {.hash = 1, .length = row[i].length};
        const yq_slice part[] = {
            yq_slice_of(row[i].three, row[i].n), key, yq_slice_of(row[i].five, row[i].n), value};
        yq_digest expected;
        yq_hash(YQ_HASH_SHA256, part, YQ_ARRAY_N(part), expected.b);
        cr_expect_eq(yq_ics23_leaf_apply(&call, &leaf, key, value, &md), YQ_OK);
        cr_expect_eq(memcmp(md.b, expected.b, 32), 0, "row %zu", i);
    }
    yq_ics23_leaf leaf = {.hash = 1, .length = 2};
    cr_expect_eq(yq_ics23_leaf_apply(&call, &leaf, key, value, &md), YQ_E_PROOF_TYPE);
    leaf.length = YQ_ICS23_REQUIRE_32;
    cr_expect_eq(yq_ics23_leaf_apply(&call, &leaf, key, value, &md), YQ_E_LEN);
    leaf.prehash_key = leaf.prehash_value = YQ_ICS23_SHA256;
    cr_expect_eq(yq_ics23_leaf_apply(&call, &leaf, key, value, &md), YQ_OK);
    leaf.length = YQ_ICS23_REQUIRE_64;
    cr_expect_eq(yq_ics23_leaf_apply(&call, &leaf, key, value, &md), YQ_E_LEN);
    leaf.prehash_key = leaf.prehash_value = YQ_ICS23_SHA512;
    cr_expect_eq(yq_ics23_leaf_apply(&call, &leaf, key, value, &md), YQ_OK);
    cr_expect_eq(
        yq_ics23_leaf_apply(&call, &leaf, (yq_slice){0}, value, &md), YQ_E_PROOF_INCOMPLETE);
    cr_expect_eq(yq_ics23_leaf_apply(&call, &leaf, key, (yq_slice){0}, &md), YQ_E_PROOF_INCOMPLETE);
    const yq_ics23_inner step = {.hash = 1};
    cr_expect_eq(yq_ics23_inner_apply(&call, &step, (yq_slice){0}, &md), YQ_E_PROOF_INCOMPLETE);
}

Test(ics23, what_the_decoder_refuses)
{
    static const struct {
        const char *in;
        size_t n;
        yq_status status;
    } row[] = {
        {"", 0, YQ_E_PROOF_INCOMPLETE},
        {"\x1a\0", 2, YQ_E_NONCANONICAL},
        {"\x1a\1\x0a", 3, YQ_E_PROOF_TYPE},
        {"\x22\1\x0a", 3, YQ_E_PROOF_TYPE},
        {"\x0a\0\x12\0", 4, YQ_E_PROOF_NONCANONICAL},
        {"\x0a\3\x2a\1\x61", 5, YQ_E_FIELD_UNKNOWN},
        {"\x12\2\x22\0", 4, YQ_E_NONCANONICAL},
        {"\x0a\3\x1a\1\x08", 5, YQ_E_TRUNCATED},
        {"\x0a\4\x1a\2\x08\0", 6, YQ_E_NONCANONICAL},
        {"\x08\1", 2, YQ_E_TYPE},
    };
    for (size_t i = 0; i < YQ_ARRAY_N(row); i++) {
        yq_ics23_proof proof;
        begin();
        cr_expect_eq(
            yq_ics23_decode(&call, yq_slice_of(row[i].in, row[i].n), &proof),
            row[i].status,
            "row %zu",
            i);
    }
}

Test(ics23, a_zero_root_proves_nothing)
{
    const test_tree t = tree_of(TEST_IAVL, 3);
    const yq_ics23_spec spec = yq_ics23_spec_iavl();
    static const uint8_t zero[32];
    yq_ics23_proof proof;
    begin();
    cr_assert_eq(yq_ics23_decode(&call, test_member(&t, 0, room), &proof), YQ_OK);
    const test_leaf *l = &t.leaf[0];
    cr_expect_eq(
        yq_ics23_member(&call, &spec, yq_slice_of(zero, 32), &proof, l->key, l->value),
        YQ_E_ZERO_ROOT);
    cr_expect_eq(
        yq_ics23_member(&call, &spec, (yq_slice){0}, &proof, l->key, l->value), YQ_E_ZERO_ROOT);
}
