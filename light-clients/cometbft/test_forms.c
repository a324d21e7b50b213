#include "light-clients/cometbft/test_ics23.h"

TestSuite(forms, .init = setup, .fini = teardown);

/* Applies a change to a good membership proof of leaf 2 of 5 and asks for the form's code. */
static yq_status form_after(test_tree_kind kind, void (*change)(yq_ics23_exist *))
{
    const test_tree t = tree_of(kind, 5);
    const yq_ics23_spec spec = spec_of(&t);
    yq_ics23_proof proof;
    begin();
    cr_assert_eq(yq_ics23_decode(&call, test_member(&t, 2, room), &proof), YQ_OK);
    cr_assert_eq(yq_ics23_spec_check(&call, &spec, &proof.exist[0]), YQ_OK);
    change(&proof.exist[0]);
    return yq_ics23_spec_check(&call, &spec, &proof.exist[0]);
}

static void no_leaf(yq_ics23_exist *e)
{
    e->has_leaf = 0;
}

static void other_leaf_hash(yq_ics23_exist *e)
{
    e->leaf.hash = YQ_ICS23_SHA512;
}

static void no_prehash(yq_ics23_exist *e)
{
    e->leaf.prehash_value = 0;
}

static void other_prehash(yq_ics23_exist *e)
{
    e->leaf.prehash_key ^= 1;
}

static void other_length(yq_ics23_exist *e)
{
    e->leaf.length ^= 1;
}

static void empty_prefix(yq_ics23_exist *e)
{
    e->leaf.prefix.n = 0;
}

static void long_prefix(yq_ics23_exist *e)
{
    static uint8_t longer[8];
    memcpy(longer, e->leaf.prefix.p, e->leaf.prefix.n);
    e->leaf.prefix = yq_slice_of(longer, e->leaf.prefix.n + 1);
}

static void inner_as_leaf(yq_ics23_exist *e)
{
    static uint8_t tagged[64];
    memcpy(tagged, e->step[0].prefix.p, e->step[0].prefix.n);
    tagged[0] = 0;
    e->step[0].prefix.p = tagged;
}

static void other_inner_hash(yq_ics23_exist *e)
{
    e->step[0].hash = 0;
}

static void short_inner(yq_ics23_exist *e)
{
    e->step[1].prefix.n = 0;
}

static void long_inner(yq_ics23_exist *e)
{
    static uint8_t longer[100] = {4, 4, 14, 32};
    e->step[1].prefix = yq_slice_of(longer, 46);
}

static void long_tail(yq_ics23_exist *e)
{
    static const uint8_t longer[34] = {1};
    e->step[0].prefix = YQ_SLICE_OF(longer);
    e->step[0].suffix.n = 0;
}

static void other_tag(yq_ics23_exist *e)
{
    static uint8_t tagged[64];
    memcpy(tagged, e->step[0].prefix.p, e->step[0].prefix.n);
    tagged[0] = 2;
    e->step[0].prefix.p = tagged;
}

static void odd_suffix(yq_ics23_exist *e)
{
    e->step[0].suffix = yq_slice_of(room, 31);
}

/* Byte `at` of the second node's prefix: height, size and version. */
static void set_inner(yq_ics23_exist *e, size_t at, uint8_t value)
{
    static uint8_t prefix[64];
    memcpy(prefix, e->step[1].prefix.p, e->step[1].prefix.n);
    prefix[at] = value;
    e->step[1].prefix.p = prefix;
}

static void low_height(yq_ics23_exist *e)
{
    set_inner(e, 0, 2); /* height 1 on layer 2 */
}

static void negative_size(yq_ics23_exist *e)
{
    set_inner(e, 1, 3);
}

static void negative_version(yq_ics23_exist *e)
{
    set_inner(e, 2, 13);
}

static void odd_inner(yq_ics23_exist *e)
{
    set_inner(e, e->step[1].prefix.n, 32);
    e->step[1].prefix.n++;
}

static void odd_remainder(yq_ics23_exist *e)
{
    e->step[0].prefix.n--;
}

static void both_children(yq_ics23_exist *e)
{
    e->step[0].suffix = e->step[0].suffix.n != 0 ? e->step[0].suffix : yq_slice_of(room, 32);
    static uint8_t prefix[33] = {1};
    e->step[0].prefix = yq_slice_of(prefix, sizeof prefix);
}

static void too_deep(yq_ics23_exist *e)
{
    e->n = 257;
}

Test(forms, the_form_is_the_specs)
{
    static const struct {
        test_tree_kind kind;
        void (*change)(yq_ics23_exist *);
        yq_status status;
    } row[] = {
        {TEST_IAVL, no_leaf, YQ_E_PROOF_INCOMPLETE},
        {TEST_IAVL, other_leaf_hash, YQ_E_PROOF_NONCANONICAL},
        {TEST_IAVL, no_prehash, YQ_E_PROOF_NONCANONICAL},
        {TEST_IAVL, other_prehash, YQ_E_PROOF_NONCANONICAL},
        {TEST_SMT, other_prehash, YQ_E_PROOF_NONCANONICAL},
        {TEST_IAVL, other_length, YQ_E_PROOF_NONCANONICAL},
        {TEST_IAVL, empty_prefix, YQ_E_PROOF_NONCANONICAL},
        {TEST_IAVL, long_prefix, YQ_E_PROOF_NONCANONICAL},
        {TEST_SIMPLE, long_prefix, YQ_E_PROOF_NONCANONICAL},
        {TEST_IAVL, inner_as_leaf, YQ_E_PROOF_NONCANONICAL},
        {TEST_SIMPLE, inner_as_leaf, YQ_E_PROOF_NONCANONICAL},
        {TEST_SMT, other_inner_hash, YQ_E_PROOF_NONCANONICAL},
        {TEST_SMT, short_inner, YQ_E_PROOF_NONCANONICAL},
        {TEST_IAVL, long_inner, YQ_E_PROOF_NONCANONICAL},
        {TEST_SIMPLE, odd_suffix, YQ_E_PROOF_NONCANONICAL},
        {TEST_IAVL, low_height, YQ_E_PROOF_NONCANONICAL},
        {TEST_SMT, empty_prefix, YQ_E_PROOF_NONCANONICAL},
        {TEST_SMT, inner_as_leaf, YQ_E_PROOF_NONCANONICAL},
        {TEST_SIMPLE, other_tag, YQ_E_PROOF_NONCANONICAL},
        {TEST_SMT, long_tail, YQ_E_PROOF_NONCANONICAL},
        {TEST_SIMPLE, long_tail, YQ_E_PROOF_NONCANONICAL},
        {TEST_IAVL, odd_inner, YQ_E_PROOF_NONCANONICAL},
        {TEST_IAVL, negative_size, YQ_E_PROOF_NONCANONICAL},
        {TEST_IAVL, negative_version, YQ_E_PROOF_NONCANONICAL},
        {TEST_IAVL, odd_remainder, YQ_E_PROOF_NONCANONICAL},
        {TEST_SIMPLE, both_children, YQ_E_PROOF_NONCANONICAL},
        {TEST_SMT, too_deep, YQ_E_PROOF_DEPTH},
    };
    for (size_t i = 0; i < YQ_ARRAY_N(row); i++) {
        cr_expect_eq(form_after(row[i].kind, row[i].change), row[i].status, "row %zu", i);
    }
}

/* An IAVL leaf's height, size and version: zigzag varints in their shortest form. */
Test(forms, the_prefix_of_a_leaf)
{
    static const struct {
        uint8_t b[16];
        size_t n;
        yq_status status;
    } row[] = {
        {{0, 2, 14}, 3, YQ_OK},
        {{0, 2, 0}, 3, YQ_OK},
        {{0, 2, 0x8e, 1}, 4, YQ_OK},
        {{0, 2, 0xfe, 255, 255, 255, 255, 255, 255, 255, 255, 1}, 12, YQ_OK}, /* 2^63 - 1 */
        {{0, 2, 0xfe, 255, 255, 255, 255, 255, 255, 255, 255, 3}, 12, YQ_E_PROOF_NONCANONICAL},
        {{0, 2, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 1}, 13, YQ_E_PROOF_NONCANONICAL},
        {{0, 2, 0x8e, 0}, 4, YQ_E_PROOF_NONCANONICAL},
        {{0, 2, 13}, 3, YQ_E_PROOF_NONCANONICAL}, /* version -7 */
        {{0, 4, 14}, 3, YQ_E_PROOF_NONCANONICAL}, /* two leaves */
        {{0, 1, 14}, 3, YQ_E_PROOF_NONCANONICAL},
        {{0, 2}, 2, YQ_E_PROOF_NONCANONICAL},
        {{0, 2, 0x8e}, 3, YQ_E_PROOF_NONCANONICAL},
        {{0}, 1, YQ_E_PROOF_NONCANONICAL},
    };
    const test_tree t = tree_of(TEST_IAVL, 5);
    const yq_ics23_spec spec = yq_ics23_spec_iavl();
    yq_ics23_proof proof;
    begin();
    cr_assert_eq(yq_ics23_decode(&call, test_member(&t, 2, room), &proof), YQ_OK);
    for (size_t i = 0; i < YQ_ARRAY_N(row); i++) {
        proof.exist[0].leaf.prefix = yq_slice_of(row[i].b, row[i].n);
        cr_expect_eq(
            yq_ics23_spec_check(&call, &spec, &proof.exist[0]), row[i].status, "row %zu", i);
    }
    yq_ics23_md md;
    proof.exist[0].has_leaf = 0;
    cr_expect_eq(yq_ics23_root(&call, &proof.exist[0], &md), YQ_E_PROOF_INCOMPLETE);
    proof.exist[0].has_leaf = 1;
    proof.exist[0].leaf.hash = 9;
    cr_expect_eq(yq_ics23_root(&call, &proof.exist[0], &md), YQ_E_PROOF_TYPE);
}

/* A side is empty where the sibling there is the tree's empty child, and nothing else is. */
Test(forms, an_empty_side_has_one_form)
{
    static const uint8_t prefix[33] = {1}, zero[32], other[32] = {[31] = 1};
    static const uint8_t full[33] = {1, [32] = 1};
    const yq_slice tag = {prefix, 1}, none = {0}, empty = YQ_SLICE_OF(zero);
    const struct {
        yq_slice prefix, suffix;
        int side[2]; /* left, right */
    } row[] = {
        {YQ_SLICE_OF(prefix), none, {1, 0}},
        {tag, empty, {0, 1}},
        {YQ_SLICE_OF(full), none, {0, 0}},
        {tag, YQ_SLICE_OF(other), {0, 0}},
        {YQ_SLICE_OF(prefix), empty, {0, 0}},
        {yq_slice_of(prefix + 1, 32), none, {0, 0}},
        {tag, none, {0, 0}},
    };
    const yq_ics23_spec smt = yq_ics23_spec_smt(), iavl = yq_ics23_spec_iavl();
    for (size_t i = 0; i < YQ_ARRAY_N(row); i++) {
        const yq_ics23_inner step = {.hash = 1, .prefix = row[i].prefix, .suffix = row[i].suffix};
        for (unsigned side = 0; side < 2; side++) {
            cr_expect_eq(yq_ics23_side_is_empty(&smt, &step, side), row[i].side[side], "%zu", i);
            cr_expect_not(yq_ics23_side_is_empty(&iavl, &step, side));
        }
    }
}

Test(forms, a_fault_of_form_is_told_before_the_root)
{
    const test_tree t = tree_of(TEST_IAVL, 5);
    yq_ics23_spec spec = yq_ics23_spec_smt();
    const yq_digest root = test_root(&t);
    yq_ics23_proof proof;
    begin();
    cr_assert_eq(yq_ics23_decode(&call, test_member(&t, 2, room), &proof), YQ_OK);
    const test_leaf *l = &t.leaf[2];
    cr_expect_eq(
        yq_ics23_member(&call, &spec, YQ_SLICE_OF(root.b), &proof, l->key, l->value),
        YQ_E_PROOF_NONCANONICAL);
    spec = yq_ics23_spec_iavl();
    spec.depth_min = proof.exist[0].n;
    cr_expect_eq(yq_ics23_spec_check(&call, &spec, &proof.exist[0]), YQ_OK);
    spec.depth_min++;
    cr_expect_eq(yq_ics23_spec_check(&call, &spec, &proof.exist[0]), YQ_E_PROOF_DEPTH);
    cr_expect_eq(
        yq_ics23_member(&call, &spec, (yq_slice){0}, &proof, l->key, l->value), YQ_E_PROOF_DEPTH);
    spec.depth_min = 0;
    cr_expect_eq(
        yq_ics23_member(&call, &spec, (yq_slice){0}, &proof, l->key, l->value), YQ_E_ZERO_ROOT);
}
