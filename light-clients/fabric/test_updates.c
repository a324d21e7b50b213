/* Updates of the configuration. */
#include "light-clients/fabric/test_calls.h"
#include "relay/hub/test_recorder.h"

#include <criterion/criterion.h>

/* The verdict on the config block that an update makes. */
static yq_status update_verdict(net *n, client *c, const update_spec *u, net *after, parts *b)
{
    yq_slice element = config_element(n, u, after);
    *b = block_next(n, &element, 1);
    block_sign(n, b, b->number);
    return client_update(c, layout_block(b));
}

static yq_status config_verdict(int is_bft, const update_spec *u)
{
    net n = net_new(is_bft), after;
    client *c = start(&n);
    parts b;
    yq_status status = update_verdict(&n, c, u, &after, &b);
    if (status == YQ_OK) {
        /* The chain goes on under the new one. */
        after.config_number = b.number;
        net_take(&after, &b);
        tx_spec t = plain_call();
        cr_assert_eq(verdict(c, &after, &t), YQ_OK, "%s", c->why.text);
    }
    client_free(c);
    return status;
}

Test(configurations, updates_are_followed_and_authorised)
{
    for (int is_bft = 0; is_bft < 2; is_bft++) {
        update_spec u = good_update;
        cr_assert_eq(config_verdict(is_bft, &u), YQ_OK);
        u.sequence_step = 2;
        cr_assert_eq(config_verdict(is_bft, &u), YQ_E_CONFIG_SEQUENCE);
        u.sequence_step = 0;
        cr_assert_eq(config_verdict(is_bft, &u), YQ_E_CONFIG_SEQUENCE);
        u = good_update;
        u.version_step = 2;
        cr_assert_eq(config_verdict(is_bft, &u), YQ_E_SET_CHANGE);
        u.version_step = 0;
        cr_assert_eq(config_verdict(is_bft, &u), YQ_E_SET_CHANGE);
        u = good_update;
        u.admin[0][0] = NULL;
        cr_assert_eq(config_verdict(is_bft, &u), YQ_E_SET_CHANGE);
        u.admin[0][0] = "Org1MSP"; /* not theirs to change */
        u.admin[0][1] = "ca.org1";
        cr_assert_eq(config_verdict(is_bft, &u), YQ_E_SET_CHANGE);
        u = good_update;
        u.signed_timeout = "3s";
        cr_assert_eq(config_verdict(is_bft, &u), YQ_E_SET_CHANGE);
        u = good_update;
        u.no_update = 1;
        cr_assert_eq(config_verdict(is_bft, &u), YQ_E_FIELD_MISSING);
        u = good_update;
        u.channel = "other";
        cr_assert_eq(config_verdict(is_bft, &u), YQ_E_DOMAIN);
        for (update_theft theft = THEFT_POLICY; theft < THEFT_N; theft++) {
            u = good_update;
            u.theft = theft;
            cr_expect_eq(config_verdict(is_bft, &u), YQ_E_SET_CHANGE, "theft %d", (int)theft);
        }
        u = good_update;
        u.batch_admins = "Writers";
        cr_expect_eq(config_verdict(is_bft, &u), YQ_E_SET_CHANGE);
    }
}

Test(configurations, an_update_has_one_form)
{
    static const struct {
        update_twist twist;
        yq_status status;
    } row[] = {
        {TWIST_ENVELOPE_FORM, YQ_E_NONCANONICAL},
        {TWIST_ENVELOPE_TYPE, YQ_E_TYPE},
        {TWIST_ENVELOPE_CHANNEL, YQ_E_DOMAIN},
        {TWIST_SIGNATURES, YQ_E_LIMIT},
        {TWIST_UPDATE_FORM, YQ_E_NONCANONICAL},
        {TWIST_READ_VERSION, YQ_E_SET_CHANGE},
        {TWIST_READ_NOTHING, YQ_E_SET_CHANGE},
        {TWIST_WRITE_MORE, YQ_E_SET_CHANGE},
        {TWIST_CONFIG_ENVELOPE, YQ_E_NONCANONICAL},
        {TWIST_PAYLOAD_FORM, YQ_E_NONCANONICAL},
        {TWIST_SIGNATURE_FORM, YQ_E_SET_CHANGE},
        {TWIST_SIGNERS, YQ_OK},
        {TWIST_SIGNER_FORM, YQ_E_SET_CHANGE},
    };
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        update_spec u = good_update;
        u.twist = row[i].twist;
        cr_expect_eq(config_verdict(1, &u), row[i].status, "twist %d", (int)row[i].twist);
    }
}

/* What an update may carry beside its sets, and what it may not. */
Test(configurations, isolated_data)
{
    const struct {
        yq_slice extra;
        yq_status want;
    } row[] = {
        {pb_entry(5, "type", text("x")), YQ_OK},
        {pb_uint(5, 1), YQ_E_NONCANONICAL},
        {text("\x2a\x7f"), YQ_E_NONCANONICAL}};
    for (size_t i = 0; i < YQ_ARRAY_N(row); i++) {
        update_spec u = good_update;
        u.extra = row[i].extra;
        cr_expect_eq(config_verdict(0, &u), row[i].want, "row %zu", i);
    }
}

Test(configurations, what_nobody_may_change_does_not_change)
{
    net n = net_new(0), after;
    n.flaw = FLAW_NO_MOD_POLICY;
    client *c = start(&n);
    parts b;
    cr_assert_eq(update_verdict(&n, c, &good_update, &after, &b), YQ_E_SET_CHANGE);
    cr_assert_str_eq(c->why.text, "mod_policy");
    client_free(c);
}

/* Where a policy demands nothing, one of the channel's members must have signed all the same. */
Test(configurations, a_change_has_a_signer)
{
    for (int is_signed = 0; is_signed < 2; is_signed++) {
        net n = net_new(0), after;
        parts b;
        n.lifecycle = config_policy(1, rule_policy(n_of(0, NULL, 0), NULL, 0));
        n.batch_admins = "/Channel/Application/LifecycleEndorsement";
        client *c = start(&n);
        update_spec u = good_update;
        u.admin[0][0] = is_signed ? "Org1MSP" : NULL;
        u.admin[0][1] = "ca.org1";
        yq_status want = is_signed ? YQ_OK : YQ_E_SET_CHANGE;
        cr_expect_eq(update_verdict(&n, c, &u, &after, &b), want, "%s", c->why.text);
        u.admin[0][0] = "Org1MSP";
        u.admin[0][1] = "ca.org2"; /* nobody's */
        cr_expect_neq(update_verdict(&n, c, &u, &after, &b), YQ_OK);
        client_free(c);
    }
}

/* What is new begins at version 0, and what it stands in moves on by one. */
Test(configurations, an_organisation_joins)
{
    static const struct {
        uint64_t org_version, version_step;
        yq_status want;
        const char *text;
    } row[] = {
        {0, 1, YQ_OK, ""},
        {1, 1, YQ_E_SET_CHANGE, "version of a new element"},
        {0, 2, YQ_E_SET_CHANGE, "version"}};
    for (size_t i = 0; i < YQ_ARRAY_N(row); i++) {
        net n = net_new(0), after;
        parts b;
        client *c = start(&n);
        const update_spec u = {
            .org_joins = 1,
            .org_version = row[i].org_version,
            .version_step = row[i].version_step,
            .sequence_step = 1,
            .admin = {{"Org1MSP", "ca.org1", "admin1"}, {"Org2MSP", "ca.org2", "admin2"}}};
        cr_expect_eq(update_verdict(&n, c, &u, &after, &b), row[i].want, "row %zu", i);
        cr_expect_str_eq(c->why.text, row[i].text, "row %zu", i);
        client_free(c);
    }
}

Test(configurations, an_update_changes_something)
{
    net n = net_new(0), after;
    parts b;
    client *c = start(&n);
    update_spec u = good_update;
    u.twist = TWIST_NO_EFFECT;
    u.timeout = n.timeout;
    u.version_step = 0;
    cr_expect_eq(update_verdict(&n, c, &u, &after, &b), YQ_E_SET_CHANGE);
    cr_expect_str_eq(c->why.text, "update without effect");
    client_free(c);
}

/* Numbers that have no next one: none comes round to 0. */
Test(configurations, numbers_come_to_an_end)
{
    net n = net_new(0), after;
    parts b;
    n.timeout_version = UINT64_MAX;
    client *c = start(&n);
    cr_expect_eq(update_verdict(&n, c, &good_update, &after, &b), YQ_E_SET_CHANGE);
    cr_expect_str_eq(c->why.text, "version");
    client_free(c);
    n = net_new(0);
    n.sequence = UINT64_MAX;
    c = start(&n);
    cr_expect_eq(update_verdict(&n, c, &good_update, &after, &b), YQ_E_CONFIG_SEQUENCE);
    client_free(c);
}

Test(configurations, a_config_block_names_itself)
{
    net n = net_new(0), after;
    client *c = start(&n);
    yq_slice element = config_element(&n, &good_update, &after);
    parts b = block_next(&n, &element, 1);
    block_sign(&n, &b, 0);
    cr_assert_eq(client_update(c, layout_block(&b)), YQ_E_CONFIG_SEQUENCE);
    tx_spec t = plain_call();
    yq_slice two[] = {element, tx_of(&n, &t)};
    b = block_next(&n, two, 2);
    block_sign(&n, &b, b.number);
    cr_assert_eq(client_update(c, layout_block(&b)), YQ_E_SET_CHANGE);
    client_free(c);
}

static test_recorder recorder;

static yq_status recorded(const char *op, yq_slice in, yq_status status)
{
    test_recorder_take(&recorder, op, in, 0, status);
    return status;
}

static yq_status follow_signed(
    client *c, const net *signers, net *n, yq_slice element, uint64_t last_config, parts *b)
{
    *b = block_next(n, &element, 1);
    block_sign(signers, b, last_config);
    yq_slice in = layout_block(b);
    return recorded("update", in, client_update(c, in));
}

/* Two blocks of one height by the orderers of n. */
static yq_status contradict(client *c, const net *n)
{
    yq_slice tx[2], layout[2];
    for (unsigned i = 0; i < 2; i++) {
        tx_spec t = plain_call();
        net at = *n;
        at.tx_n += i;
        tx[i] = tx_of(&at, &t);
        const parts b = block_of(&at, &tx[i], 1);
        layout[i] = layout_block(&b);
    }
    yq_slice pair = layout_pair(layout[0], layout[1]);
    return recorded("misbehaviour", pair, client_misbehaviour(c, pair));
}

/* Two hundred blocks with ten changes of the orderers, of whom two
 * go and two come: each is judged by the one before it, and nobody who left signs any more. */
Test(configurations, ten_in_two_hundred_blocks, .timeout = 60)
{
    net n = net_new(1), before = n;
    n.is_lean = before.is_lean = 1;
    client *c = client_new();
    yq_slice anchor = net_anchor(&n, &cc, 1);
    test_recorder_begin(&recorder, "fabric", "smartbft", 0);
    cr_assert_eq(recorded("init", anchor, client_init(c, anchor)), YQ_OK, "%s", c->why.text);
    net known[2] = {n, n}; /* before the first change, behind the last */
    for (unsigned i = 1; i <= 205; i++) {
        known[0] = i == 15 ? n : known[0];
        known[1] = i == 203 ? n : known[1];
        net after = n;
        parts b;
        tx_spec t = plain_call();
        t.chaincode = "stranger";
        t.access_n = 0;
        t.endorser_n = 0;
        char value[16];
        snprintf(value, sizeof value, "%ums", i);
        update_spec u = good_update;
        u.timeout = (const char *)copy_of(yq_slice_of(value, strlen(value) + 1)).p;
        u.orderers = i % 20 == 0 ? 2 : 0;
        int is_config = i % 20 == 0;
        yq_slice element = is_config ? config_element(&n, &u, &after) : tx_of(&n, &t);
        uint64_t last_config = is_config ? n.number + 1 : n.config_number;
        if (u.orderers != 0) {
            cr_assert_neq(follow_signed(c, &after, &n, element, last_config, &b), YQ_OK, "%u", i);
        }
        if (i > 1 && n.first != before.first) {
            cr_assert_neq(follow_signed(c, &before, &n, element, last_config, &b), YQ_OK, "%u", i);
        }
        cr_assert_eq(
            follow_signed(c, &n, &n, element, last_config, &b), YQ_OK, "%u: %s", i, c->why.text);
        if (is_config) {
            after.config_number = b.number;
            before = u.orderers != 0 ? n : before;
            n = after;
        }
        net_take(&n, &b);
    }
    cr_assert_eq(client_describe(c).height, 205);
    cr_assert_eq(n.first, 20);
    cr_assert_eq(contradict(c, &known[0]), YQ_E_HEIGHT, "an old set");
    cr_assert_eq(contradict(c, &known[1]), YQ_OK, "%s", c->why.text);
    test_recorder_end(&recorder);
    client_free(c);
}
