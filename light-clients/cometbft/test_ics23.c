#include "light-clients/cometbft/test_store.h"

#include <criterion/criterion.h>

static test_client *client;
static yq_comet_call call;
static uint8_t room[TEST_PROOF_MAX];

static void setup(void)
{
    client = test_comet_client();
}

static void teardown(void)
{
    test_client_free(client);
}

TestSuite(ics23, .init = setup, .fini = teardown);

static void begin(void)
{
    call = (yq_comet_call){test_client_begin(client, 0), &client->why};
}

static yq_ics23_spec spec_of(const test_tree *t)
{
    return t->kind == TEST_IAVL     ? yq_ics23_spec_iavl()
           : t->kind == TEST_SIMPLE ? yq_ics23_spec_tendermint()
                                    : yq_ics23_spec_smt();
}

/* n leaves k00, k02, k04, ...; the sparse tree sorts them by their hash. */
static test_tree tree_of(test_tree_kind kind, size_t n)
{
    static char key[TEST_LEAVES_MAX][4], value[TEST_LEAVES_MAX][16];
    test_tree t = {.kind = kind, .n = n};
    for (size_t i = 0; i < n; i++) {
        (void)snprintf(key[i], sizeof key[i], "k%02zu", 2 * i);
        (void)snprintf(value[i], sizeof value[i], "value %zu", i);
        t.leaf[i] = (test_leaf){yq_slice_text(key[i]), yq_slice_text(value[i])};
    }
    for (size_t i = 0; i < n && kind == TEST_SMT; i++) {
        for (size_t k = i + 1; k < n; k++) {
            yq_digest a = test_sha(t.leaf[i].key), b = test_sha(t.leaf[k].key);
            if (memcmp(a.b, b.b, 32) > 0) {
                test_leaf kept = t.leaf[i];
                t.leaf[i] = t.leaf[k];
                t.leaf[k] = kept;
            }
        }
    }
    return t;
}

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
                char text[8];
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
                char text[8];
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

static void odd_suffix(yq_ics23_exist *e)
{
    e->step[0].suffix = yq_slice_of(room, 31);
}

static void low_height(yq_ics23_exist *e)
{
    static uint8_t prefix[64];
    memcpy(prefix, e->step[1].prefix.p, e->step[1].prefix.n);
    prefix[0] = 2; /* height 1 on layer 2 */
    e->step[1].prefix.p = prefix;
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

Test(ics23, the_form_is_the_specs)
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
        {TEST_IAVL, odd_remainder, YQ_E_PROOF_NONCANONICAL},
        {TEST_SIMPLE, both_children, YQ_E_PROOF_NONCANONICAL},
        {TEST_SMT, too_deep, YQ_E_PROOF_DEPTH},
    };
    for (size_t i = 0; i < YQ_ARRAY_N(row); i++) {
        cr_expect_eq(form_after(row[i].kind, row[i].change), row[i].status, "row %zu", i);
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
