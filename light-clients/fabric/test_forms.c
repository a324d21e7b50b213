/* The lenient reader of protobuf, trees of a configuration, and configurations as a whole. */
#include "light-clients/fabric/test_fields.h"
#include "light-clients/fabric/test_members.h"
#include "light-clients/fabric/wire.h"

/* The reader that takes what any node takes. */
static yq_fabric_form walk(yq_slice in, size_t *fields)
{
    yq_fabric_form form = {1, 1};
    yq_fabric_wire w = yq_fabric_wire_of(in, &form);
    yq_fabric_field f;
    *fields = 0;
    while (yq_fabric_wire_next(&w, &f)) {
        ++*fields;
    }
    return form;
}

Test(wire, forms_that_nodes_take)
{
    static const struct {
        const char *in;
        size_t n, fields;
        int ok, strict;
    } cases[] = {
        {"\x08\x01\x12\x01x", 5, 2, 1, 1},
        {"\x08\x81\x00", 3, 1, 1, 0},                              /* overlong number */
        {"\x88\x00\x01", 3, 1, 1, 0},                              /* overlong tag */
        {"\x0b\x08\x01\x0c\x10\x02", 6, 1, 1, 0},                  /* a group is passed over */
        {"\x0b\x0b\x08\x01\x0c\x08\x01\x0c\x10\x02", 10, 1, 1, 0}, /* nested */
        {"\x0c\x08\x01", 3, 1, 1, 0},                              /* an end of no group */
        {"\x09\x01\x02\x03\x04\x05\x06\x07\x08\x0d\x01\x02\x03\x04", 14, 2, 1, 1},
        {"\x00\x01", 2, 0, 0, 1},  /* field 0 */
        {"\x0e", 1, 0, 0, 1},      /* no such type */
        {"\x12\x05x", 3, 0, 0, 1}, /* cut */
        {"\x08\x80", 2, 0, 0, 1},  /* and in a number */
        {"\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 11, 1, 1, 1},
        {"\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", 11, 0, 0, 1},
        {"\x80\x80\x80\x80\x20\x01", 6, 1, 1, 0}, /* number above 2^29 - 1 */
    };
    for (size_t i = 0; i < YQ_ARRAY_N(cases); i++) {
        size_t fields;
        yq_fabric_form form = walk(yq_slice_of(cases[i].in, cases[i].n), &fields);
        cr_assert_eq(form.ok, cases[i].ok, "case %zu", i);
        if (form.ok) {
            cr_assert_eq(fields, cases[i].fields, "case %zu", i);
            cr_assert_eq(form.strict, cases[i].strict, "case %zu", i);
        }
    }
}

Test(wire, the_last_of_a_singular_field_counts)
{
    yq_fabric_form form = {1, 1};
    yq_fabric_wire w = yq_fabric_wire_of(text("\x0a\x01y\x0a\x01z"), &form);
    yq_fabric_field f;
    yq_slice out = {0};
    while (yq_fabric_wire_next(&w, &f)) {
        cr_assert(yq_fabric_wire_text(&w, &f, &out));
    }
    cr_assert(yq_slice_equal(out, text("z")));
    cr_assert(form.ok && !form.strict);
    form = (yq_fabric_form){1, 1};
    w = yq_fabric_wire_of(text("\x0a\x01\xff"), &form);
    cr_assert(yq_fabric_wire_next(&w, &f));
    (void)yq_fabric_wire_text(&w, &f, &out);
    cr_assert_not(form.strict);
}

/* Numbers that no message has are 0, and never those of another field. */
Test(wire, numbers)
{
    static const struct {
        uint64_t tag;
        uint32_t number;
    } row[] = {
        {1u << 3, 1}, {63u << 3, 63}, {64u << 3, 0}, {100u << 3, 0}, {((1ull << 32) + 1) << 3, 0}};
    for (size_t i = 0; i < YQ_ARRAY_N(row); i++) {
        yq_fabric_form form = {1, 1};
        yq_fabric_field f;
        yq_writer w = room(16);
        yq_pb_put_raw_varint(&w, row[i].tag);
        yq_put_u8(&w, 0);
        yq_fabric_wire wire = yq_fabric_wire_of(done(&w), &form);
        cr_assert(yq_fabric_wire_next(&wire, &f));
        cr_expect_eq(f.number, row[i].number, "row %zu", i);
    }
}

/* Configuration trees. */
static yq_status tree_of(yq_slice group)
{
    client *c = client_new();
    const yq_fabric_call call = members_call(c);
    yq_fabric_tree tree;
    yq_status status = yq_fabric_tree_decode(&call, group, &tree);
    client_free(c);
    return status;
}

Test(trees, bounds_and_forms)
{
    yq_slice value = config_value(0, text("v"));
    cr_assert_eq(tree_of(nothing), YQ_OK);
    cr_assert_eq(tree_of(JOIN(pb_entry(3, "a", value), pb_entry(3, "b", value))), YQ_OK);
    cr_assert_eq(
        tree_of(JOIN(pb_entry(3, "a", value), pb_entry(4, "a", value))), YQ_E_NONCANONICAL);
    cr_assert_eq(tree_of(JOIN(pb_entry(3, "a", value), pb_entry(3, "a", value))), YQ_E_FIELD_DUP);
    cr_assert_eq(tree_of(pb_uint(9, 1)), YQ_E_NONCANONICAL);
    cr_assert_eq(tree_of(text("\x12\x05x")), YQ_E_NONCANONICAL);
    yq_slice deep = pb_entry(2, "g", nothing);
    for (unsigned i = 0; i < 5; i++) {
        deep = pb_entry(2, "g", deep);
    }
    cr_assert_eq(tree_of(deep), YQ_OK);
    cr_assert_eq(tree_of(pb_entry(2, "g", deep)), YQ_E_DEPTH);
    /* Elements without a key are shorter than those that room is made for. */
    yq_writer w = room(1u << 20);
    for (unsigned i = 0; i < 8; i++) {
        yq_put_bytes(&w, "\x12\x00\x1a\x00\x22\x00", 6);
    }
    cr_assert_eq(tree_of(yq_slice_of(w.p, 6)), YQ_E_LIMIT);
    w.n = 0;
    for (unsigned i = 0; i < YQ_FABRIC_ELEMENTS_MAX; i++) {
        char key[8];
        snprintf(key, sizeof key, "%u", i);
        yq_pb_put_bytes(&w, 3, pb_text(1, key));
    }
    cr_assert_eq(tree_of(done(&w)), YQ_E_LIMIT);
}

/* Where a path leads: from the root or from a group, to a policy or to none. */
Test(trees, paths)
{
    yq_slice policy = config_policy(1, role_policy("Org1MSP", 0));
    yq_slice group = JOIN(pb_entry(2, "G", pb_entry(4, "P", policy)), pb_entry(4, "R", policy));
    static const char longer[] = "/Channel/R";
    const struct {
        yq_slice path;
        int from_group, is_there;
    } row[] = {
        {text("R"), 0, 1},
        {text("G/P"), 0, 1},
        {text("P"), 1, 1},
        {text("R"), 1, 0},
        {text("/Channel/R"), 1, 1},
        {text("/Channel/G/P"), 1, 1},
        {text("/Channel/P"), 0, 0},
        {text("/Channex/R"), 0, 0},
        {text("/R"), 0, 0},
        {text("None/P"), 0, 0},
        {text("G/None"), 0, 0},
        {nothing, 0, 0},
        {yq_slice_of(longer, 8), 0, 0}};
    client *c = client_new();
    const yq_fabric_call call = members_call(c);
    yq_fabric_tree tree;
    cr_assert_eq(yq_fabric_tree_decode(&call, group, &tree), YQ_OK);
    uint32_t inner = yq_fabric_tree_find(&tree, 0, YQ_FABRIC_GROUP, text("G"));
    for (size_t i = 0; i < YQ_ARRAY_N(row); i++) {
        uint32_t from = row[i].from_group ? inner : 0;
        uint32_t at = yq_fabric_tree_policy(&tree, from, row[i].path);
        cr_expect_eq(at != YQ_FABRIC_NONE, row[i].is_there, "row %zu", i);
    }
    client_free(c);
}

static int tree_has_one_form(yq_slice group)
{
    return tree_of(group) == YQ_OK;
}

Test(trees, each_message_has_one_form)
{
    static const message_row row[] = {
        {{0}, "u...t", 0},
        {{2}, "tb", 0},
        {{2, 2}, "u...t", 0},
        {{3}, "tb", 0},
        {{3, 2}, "ubt", 0},
        {{4}, "tb", 0},
        {{4, 2}, "ubt", 0},
        {{4, 2, 2}, "ub", 0}};
    yq_slice policy = config_policy(1, text("p"));
    yq_slice value = config_value(1, text("v"));
    yq_slice inner = JOIN(pb_entry(3, "v", value), pb_text(5, "Admins"));
    yq_slice group =
        JOIN(pb_entry(2, "g", inner), pb_entry(3, "v", value), pb_entry(4, "p", policy));
    for (size_t i = 0; i < YQ_ARRAY_N(row); i++) {
        check_message(tree_has_one_form, group, &row[i]);
    }
}

/* Configurations that cannot be judged with. */
static yq_status bundle_of(const net *n)
{
    client *c = client_new();
    const yq_fabric_call call = members_call(c);
    yq_fabric_bundle *b = keep(calloc(1, sizeof *b));
    yq_status status = yq_fabric_bundle_decode(&call, config_of(n), b);
    client_free(c);
    return status;
}

Test(bundles, consenters)
{
    net n = net_new(1);
    n.block_validation = implicit("Writers", 0);
    cr_assert_eq(bundle_of(&n), YQ_OK);
    n.twin = 1;
    cr_assert_eq(bundle_of(&n), YQ_E_CONFIG_INVALID);
    n.twin = 2;
    cr_assert_eq(bundle_of(&n), YQ_E_CONFIG_INVALID);
    n.twin = 0;
    n.consenters = YQ_FABRIC_CONSENTERS_MAX;
    cr_assert_eq(bundle_of(&n), YQ_OK);
    n.consenters++;
    cr_assert_eq(bundle_of(&n), YQ_E_LIMIT);
}

Test(bundles, quorums)
{
    static const unsigned want[] = {0, 1, 2, 2, 3, 4, 4, 5, 6, 6, 7};
    for (unsigned i = 1; i < YQ_ARRAY_N(want); i++) {
        net n = net_new(1);
        n.consenters = i;
        client *c = net_client(&n, NULL, 0);
        yq_client_view view = client_describe(c);
        cr_assert_eq(view.validators, i);
        cr_assert_eq(view.quorum, want[i], "%u consenters", i);
        client_free(c);
    }
}

Test(bundles, sizes)
{
    client *c = client_new();
    const yq_fabric_call call = members_call(c);
    yq_fabric_bundle *b = keep(calloc(1, sizeof *b));
    yq_slice large =
        yq_slice_of(keep(calloc(1, YQ_FABRIC_CONFIG_MAX + 1)), YQ_FABRIC_CONFIG_MAX + 1);
    cr_expect_eq(yq_fabric_bundle_decode(&call, large, b), YQ_E_LIMIT);
    large.n--;
    cr_expect_eq(yq_fabric_bundle_decode(&call, large, b), YQ_E_NONCANONICAL);
    client_free(c);
}
