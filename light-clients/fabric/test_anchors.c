/* What a client begins with. */
#include "light-clients/fabric/test_calls.h"

#include <criterion/criterion.h>

static yq_status anchor_verdict(net *n, const registration *reg, size_t reg_n, const char *channel)
{
    parts genesis = genesis_of(n);
    client *c = client_new();
    yq_status status = client_init(c, layout_anchor(channel, reg, reg_n, layout_block(&genesis)));
    client_free(c);
    return status;
}

Test(anchors, what_an_anchor_must_be)
{
    net n = net_new(0);
    registration two[2] = {cc, cc};
    cr_assert_eq(anchor_verdict(&n, &cc, 1, NET_CHANNEL), YQ_OK);
    cr_assert_eq(anchor_verdict(&n, NULL, 0, NET_CHANNEL), YQ_OK);
    cr_assert_eq(anchor_verdict(&n, &cc, 1, "other"), YQ_E_DOMAIN);
    cr_assert_eq(anchor_verdict(&n, two, 2, NET_CHANNEL), YQ_E_NONCANONICAL);
    two[1].name = "dd";
    cr_assert_eq(anchor_verdict(&n, two, 2, NET_CHANNEL), YQ_OK);
    two[1].path = "/Channel/Application/None";
    cr_assert_eq(anchor_verdict(&n, two, 2, NET_CHANNEL), YQ_E_ANCHOR);
    two[1] = cc;
    two[1].name = "dd";
    two[1].known = 1;
    two[1].block = 5;
    cr_assert_eq(anchor_verdict(&n, two, 2, NET_CHANNEL), YQ_E_ANCHOR);
    two[1].known = 0;
    cr_assert_eq(anchor_verdict(&n, two, 2, NET_CHANNEL), YQ_E_RANGE);
    two[1].block = 0;
    two[1].keys = 0;
    cr_assert_eq(anchor_verdict(&n, two, 2, NET_CHANNEL), YQ_E_RANGE);
    n.capability = "V9_0";
    cr_assert_eq(anchor_verdict(&n, &cc, 1, NET_CHANNEL), YQ_E_UNSUPPORTED);
    net bft = net_new(1);
    bft.consenters = 0;
    bft.block_validation = implicit("Writers", 0);
    cr_assert_eq(anchor_verdict(&bft, &cc, 1, NET_CHANNEL), YQ_E_CONFIG_INVALID);
    net open = net_new(0);
    open.block_validation = config_policy(1, rule_policy(n_of(0, NULL, 0), NULL, 0));
    cr_assert_eq(anchor_verdict(&open, &cc, 1, NET_CHANNEL), YQ_E_THRESHOLD_LOW);
    parts b = genesis_of(&open);
    b.number = 3;
    b.previous_hash = keep(calloc(1, 32)) == NULL ? nothing : yq_slice_of(keep(calloc(1, 32)), 32);
    client *c = client_new();
    cr_assert_eq(
        client_init(c, layout_anchor(NET_CHANNEL, NULL, 0, layout_block(&b))), YQ_E_ZERO_ROOT);
    client_free(c);
}

Test(anchors, a_configuration_is_whole_and_known)
{
    static const struct {
        int is_bft;
        net_flaw flaw;
        const char *consensus, *hash_name;
        yq_status status;
    } row[] = {
        {0, FLAW_NO_ORDERERS, NULL, NULL, YQ_E_CONFIG_INVALID},
        {0, FLAW_NO_BLOCK_VALIDATION, NULL, NULL, YQ_E_CONFIG_INVALID},
        {1, FLAW_BROKEN_ORDERERS, NULL, NULL, YQ_E_CONFIG_INVALID},
        {1, FLAW_CONSENTER_WITHOUT_IDENTITY, NULL, NULL, YQ_E_CONFIG_INVALID},
        {0, FLAW_MSP_WITHOUT_NAME, NULL, NULL, YQ_E_CONFIG_INVALID},
        {0, FLAW_TOO_MANY_MSPS, NULL, NULL, YQ_E_LIMIT},
        {0, FLAW_NO_APPLICATION, NULL, NULL, YQ_OK},
        {1, FLAW_MORE_FIELDS, NULL, NULL, YQ_OK},
        {0, FLAW_NONE, "pow", NULL, YQ_E_UNSUPPORTED},
        {0, FLAW_NONE, NULL, "SHA3_256", YQ_E_UNSUPPORTED},
    };
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        net n = net_new(row[i].is_bft);
        n.flaw = row[i].flaw;
        n.consensus = row[i].consensus;
        n.hash_name = row[i].hash_name;
        cr_expect_eq(anchor_verdict(&n, NULL, 0, NET_CHANNEL), row[i].status, "row %zu", i);
    }
}

/* A genesis of this payload. */
static yq_status payload_verdict(yq_slice payload)
{
    parts b = {.n = 1};
    b.element[0] = pb_bytes(1, payload);
    b.data_hash = digest_of(b.element[0]);
    client *c = client_new();
    yq_status status = client_init(c, layout_anchor(NET_CHANNEL, NULL, 0, layout_block(&b)));
    client_free(c);
    return status;
}

static yq_status anchor_of(unsigned type, yq_slice data)
{
    return payload_verdict(
        payload_of(type, NET_CHANNEL, "genesis", nothing, text("n"), nothing, data));
}

Test(anchors, a_config_block_has_one_form)
{
    net n = net_new(0);
    yq_slice config = config_of(&n);
    cr_expect_eq(anchor_of(1, pb_bytes(1, config)), YQ_OK);
    cr_expect_eq(payload_verdict(text("\x0a\x7f")), YQ_E_NONCANONICAL);
    cr_expect_eq(anchor_of(3, pb_bytes(1, config)), YQ_E_TYPE);
    cr_expect_eq(anchor_of(1, JOIN(pb_bytes(1, config), pb_uint(9, 1))), YQ_E_NONCANONICAL);
    cr_expect_eq(anchor_of(1, JOIN(pb_bytes(1, config), text("\x12\x7f"))), YQ_E_NONCANONICAL);
    cr_expect_eq(anchor_of(1, pb_bytes(1, JOIN(config, pb_uint(9, 1)))), YQ_E_NONCANONICAL);
    cr_expect_eq(anchor_of(1, pb_bytes(1, JOIN(config, text("\x12\x7f")))), YQ_E_NONCANONICAL);
    cr_expect_eq(anchor_of(1, pb_bytes(2, config)), YQ_E_FIELD_MISSING);
}

static yq_status bytes_verdict(yq_slice anchor)
{
    client *c = client_new();
    yq_status status = client_init(c, anchor);
    client_free(c);
    return status;
}

Test(anchors, an_anchor_is_whole_and_of_a_known_layout)
{
    net n = net_new(0);
    parts genesis = genesis_of(&n);
    yq_slice good = layout_anchor(NET_CHANNEL, &cc, 1, layout_block(&genesis));
    cr_expect_eq(bytes_verdict(good), YQ_OK);
    for (size_t size = 0; size < 64; size++) {
        cr_expect_eq(bytes_verdict(yq_slice_of(good.p, size)), YQ_E_TRUNCATED, "%zu bytes", size);
    }
    cr_expect_eq(bytes_verdict(JOIN(good, text("x"))), YQ_E_TRAILING);
    static const uint8_t unknown[] = {0, 3, 255};
    for (size_t i = 0; i < YQ_ARRAY_N(unknown); i++) {
        yq_slice other = JOIN(yq_slice_of(&unknown[i], 1), yq_slice_of(good.p + 1, good.n - 1));
        cr_expect_eq(bytes_verdict(other), YQ_E_VERSION, "layout %u", unknown[i]);
    }
    cr_expect_eq(anchor_verdict(&n, &cc, 1, ""), YQ_E_RANGE);
}

Test(anchors, chaincodes_are_bounded)
{
    static const char *const name[] = {
        "a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n", "o", "p", "q"};
    registration many[YQ_ARRAY_N(name)];
    for (size_t i = 0; i < YQ_ARRAY_N(name); i++) {
        many[i] = cc;
        many[i].name = name[i];
    }
    net n = net_new(0);
    cr_expect_eq(anchor_verdict(&n, many, 16, NET_CHANNEL), YQ_OK);
    cr_expect_eq(anchor_verdict(&n, many, 17, NET_CHANNEL), YQ_E_LIMIT);
}

Test(anchors, a_config_block_stands_alone)
{
    net n = net_new(0);
    parts b = genesis_of(&n);
    b.element[0] = JOIN(b.element[0], pb_bytes(2, text("s")));
    for (b.n = 1; b.n <= 2; b.n++) {
        b.element[1] = b.element[0];
        b.data_hash = digest_of(joined(b.element, b.n));
        yq_slice anchor = layout_anchor(NET_CHANNEL, NULL, 0, layout_block(&b));
        cr_expect_eq(bytes_verdict(anchor), b.n == 1 ? YQ_OK : YQ_E_ANCHOR);
    }
}
