/* Transactions: endorsements, what a creator wraps, definitions, flags. */
#include "light-clients/fabric/test_calls.h"

#include <criterion/criterion.h>

Test(transactions, endorsements)
{
    static const struct {
        endorser_spec first, second;
        yq_status want;
    } cases[] = {
        {{.msp = "Org1MSP", .ca = "ca.org1", .name = "peer1", .ou = "peer"},
         {.msp = "Org2MSP", .ca = "ca.org2", .name = "peer2", .ou = "peer"},
         YQ_OK},
        /* one organisation twice */
        {{.msp = "Org1MSP", .ca = "ca.org1", .name = "peer1", .ou = "peer"},
         {.msp = "Org1MSP", .ca = "ca.org1", .name = "peer9", .ou = "peer"},
         YQ_E_ENDORSEMENT},
        /* a client is no peer */
        {{.msp = "Org1MSP", .ca = "ca.org1", .name = "peer1", .ou = "peer"},
         {.msp = "Org2MSP", .ca = "ca.org2", .name = "peer2", .ou = "client"},
         YQ_E_ENDORSEMENT},
        /* no role at all */
        {{.msp = "Org1MSP", .ca = "ca.org1", .name = "peer1", .ou = "peer"},
         {.msp = "Org2MSP", .ca = "ca.org2", .name = "peer2"},
         YQ_E_ENDORSEMENT},
        /* another organisation's CA */
        {{.msp = "Org1MSP", .ca = "ca.org1", .name = "peer1", .ou = "peer"},
         {.msp = "Org2MSP", .ca = "ca.org1", .name = "peer2", .ou = "peer"},
         YQ_E_ENDORSEMENT},
        /* an orderer */
        {{.msp = "Org1MSP", .ca = "ca.org1", .name = "peer1", .ou = "peer"},
         {.msp = "OrdererMSP", .ca = "ca.orderer", .name = "peer2", .ou = "peer"},
         YQ_E_ENDORSEMENT},
        {{.msp = "Org1MSP", .ca = "ca.org1", .name = "peer1", .ou = "peer"},
         {.msp = "Org2MSP", .ca = "ca.org2", .name = "peer2", .ou = "peer", .wrong = 1},
         YQ_E_ENDORSEMENT},
        {{.msp = "Org1MSP", .ca = "ca.org1", .name = "peer1", .ou = "peer"},
         {.msp = "Org2MSP", .ca = "ca.org2", .name = "peer2", .ou = "peer", .high = 1},
         YQ_E_ENDORSEMENT},
    };
    for (size_t i = 0; i < YQ_ARRAY_N(cases); i++) {
        net n = net_new(0);
        client *c = start(&n);
        tx_spec t = plain_call();
        t.endorser[0] = cases[i].first;
        t.endorser[1] = cases[i].second;
        cr_assert_eq(verdict(c, &n, &t), cases[i].want, "case %zu: %s", i, c->why.text);
        client_free(c);
    }
}

Test(transactions, no_endorsement_never_passes)
{
    net n = net_new(0);
    yq_slice rule = n_of(0, NULL, 0);
    const registration lax = {.name = "cc", .rule = rule_policy(rule, NULL, 0), .keys = 8};
    client *c = net_client(&n, &lax, 1);
    tx_spec t = plain_call();
    t.endorser_n = 0;
    cr_assert_eq(verdict(c, &n, &t), YQ_E_ENDORSEMENT);
    client_free(c);
}

Test(transactions, a_registered_rule_counts)
{
    for (unsigned org = 1; org <= 2; org++) {
        net n = net_new(0);
        registration own = {
            .name = "cc", .rule = role_policy(org == 1 ? "Org1MSP" : "Org2MSP", 3), .keys = 8};
        own.known = 1;
        client *c = net_client(&n, &own, 1);
        access_spec read = own_read;
        read.block = 0;
        tx_spec t = {
            .chaincode = "cc",
            .access = &read,
            .access_n = 1,
            .endorser = {peer1},
            .endorser_n = 1,
            .event = "e",
            .payload = "p"};
        cr_assert_eq(verdict(c, &n, &t), org == 1 ? YQ_OK : YQ_E_ENDORSEMENT, "%s", c->why.text);
        client_free(c);
    }
}

Test(transactions, what_the_creator_wraps_is_checked)
{
    static const struct {
        const char *what;
        yq_status want;
    } cases[] = {
        {"tx_id", YQ_E_HASH},
        {"proposal", YQ_E_HASH},
        {"creator", YQ_E_SIG},
        {"two actions", YQ_E_TX_FAILED},
        {"status", YQ_E_TX_FAILED},
        {"event of another chaincode", YQ_E_EMITTER},
        {"event of another transaction", YQ_E_EMITTER},
        {"header of another chaincode", YQ_E_EMITTER},
        {"unknown field", YQ_E_NONCANONICAL},
        {"no event", YQ_E_EVENT_UNPROVEN},
    };
    for (size_t i = 0; i < YQ_ARRAY_N(cases); i++) {
        net n = net_new(0);
        client *c = start(&n);
        tx_spec t = plain_call();
        t.bad_tx_id = i == 0;
        t.bad_proposal = i == 1;
        t.bad_creator = i == 2;
        t.actions = i == 3 ? 2 : 1;
        t.status = i == 4 ? 500 : 200;
        t.event_chaincode = i == 5 ? "dd" : NULL;
        t.event_tx_id = i == 6 ? "00" : NULL;
        t.header_chaincode = i == 7 ? "dd" : NULL;
        t.extra = i == 8 ? pb_uint(9, 1) : nothing;
        t.event = i == 9 ? NULL : "Sent";
        cr_assert_eq(verdict(c, &n, &t), cases[i].want, "%s: %s", cases[i].what, c->why.text);
        client_free(c);
    }
}

Test(transactions, only_the_first_of_an_id_counts)
{
    net n = net_new(0);
    client *c = start(&n);
    tx_spec t = plain_call();
    yq_slice tx = tx_of(&n, &t);
    yq_slice twice[] = {tx, tx};
    yq_verified_event event;
    cr_assert_eq(last_verdict(c, &n, twice, 2), YQ_E_VALIDITY_UNPROVEN);
    cr_assert_eq(client_event(c, layout_proof(2, 0, tx), &event), YQ_OK);
    cr_assert_eq(last_verdict(c, &n, &tx, 1), YQ_E_VALIDITY_UNPROVEN);
    /* An id that an unregistered chaincode's transaction used up. */
    t.chaincode = "other";
    t.access_n = 0;
    t.nonce = "shared";
    tx_spec own = plain_call();
    own.nonce = "shared";
    yq_slice first = tx_of(&n, &t), second = tx_of(&n, &own);
    cr_assert_eq(follow(c, &n, &first, 1), YQ_OK);
    cr_assert_eq(last_verdict(c, &n, &second, 1), YQ_E_VALIDITY_UNPROVEN);
    client_free(c);
}

Test(definitions, the_version_of_the_definition_is_followed)
{
    net n = net_new(0);
    client *c = start(&n); /* defined in block 1 */
    tx_spec t = plain_call();
    cr_assert_eq(verdict(c, &n, &t), YQ_OK); /* 2 */
    yq_slice tx = definition_tx(&n, "/Channel/Application/Endorsement", 2);
    cr_assert_eq(follow(c, &n, &tx, 1), YQ_OK);               /* 3: defined again */
    cr_assert_eq(verdict(c, &n, &t), YQ_E_VALIDITY_UNPROVEN); /* of the old definition */
    access_spec a[4];
    t = call_of(a, &write_k, 1);
    a[0].block = 3;
    cr_assert_eq(verdict(c, &n, &t), YQ_OK);
    client_free(c);
}

Test(definitions, a_definition_nobody_agreed_to_is_none)
{
    net n = net_new(0);
    client *c = start(&n);
    yq_slice tx = definition_tx(&n, "/Channel/Application/Endorsement", 1);
    cr_assert_eq(follow(c, &n, &tx, 1), YQ_OK);
    tx_spec t = plain_call();
    cr_assert_eq(verdict(c, &n, &t), YQ_OK, "%s", c->why.text);
    client_free(c);
}

/* What heads a transaction: Fabric's nodes take no other. */
Test(transactions, heads)
{
    net n = net_new(0);
    client *c = start(&n);
    tx_spec t = plain_call();
    t.epoch = 1;
    cr_expect_eq(verdict(c, &n, &t), YQ_E_TX_FAILED);
    t = plain_call();
    t.nonce = "";
    cr_expect_eq(verdict(c, &n, &t), YQ_E_TX_FAILED);
    t = plain_call();
    t.no_creator = 1;
    cr_expect_eq(verdict(c, &n, &t), YQ_E_TX_FAILED);
    for (unsigned type = 2; type < 9; type++) {
        t = plain_call();
        t.type = type == 3 ? 9 : type;
        cr_expect_neq(verdict(c, &n, &t), YQ_OK, "type %u", t.type);
    }
    t = plain_call();
    cr_expect_eq(verdict(c, &n, &t), YQ_OK, "%s", c->why.text);
    client_free(c);
}

/* Keys of the lifecycle that look like the definition's and are not. */
Test(definitions, keys_beside_the_definition)
{
    static const char *const beside[] = {
        "namespaces/metadata/cc/Sequence",
        "xxxxxxxxxxxxxxxxxx"
        "cc/Sequence",
        "namespaces/fields/ccc/Sequence",
        "namespaces/fields/dd/Sequence",
        "namespaces/fields/cc/Collections",
        "namespaces/fields/cc",
        "namespaces/fields/c",
        "namespaces/field"};
    for (size_t i = 0; i < YQ_ARRAY_N(beside); i++) {
        net n = net_new(0);
        client *c = start(&n);
        const access_spec write = {
            .ns = "_lifecycle", .kind = 'w', .key = beside[i], .value = "\x08\x01"};
        tx_spec t = {
            .chaincode = "_lifecycle",
            .access = &write,
            .access_n = 1,
            .endorser = {peer1, peer2},
            .endorser_n = 2};
        yq_slice tx = tx_of(&n, &t);
        cr_expect_eq(follow(c, &n, &tx, 1), YQ_OK);
        t = plain_call();
        cr_expect_eq(verdict(c, &n, &t), YQ_OK, "%s: %s", beside[i], c->why.text);
        client_free(c);
    }
}

/* A policy that only we cannot read may be satisfied for the chain's nodes: the old definition's
 * version proves nothing any more. */
Test(definitions, one_agreed_to_by_a_policy_that_we_cannot_read)
{
    yq_slice more = JOIN(pb_text(1, "Endorsement"), pb_uint(2, 2), pb_uint(9, 1));
    const yq_slice unread[] = {
        config_policy(3, more),
        config_policy(1, JOIN(role_policy("Org1MSP", 3), pb_uint(9, 1))),
        config_policy(2, text("x"))};
    for (size_t i = 0; i < YQ_ARRAY_N(unread); i++) {
        net n = net_new(0);
        n.lifecycle = unread[i];
        registration known = cc;
        known.known = 1;
        client *c = net_client(&n, &known, 1);
        access_spec a[4];
        tx_spec t = call_of(a, &write_k, 1);
        a[0].block = 0;
        cr_expect_eq(verdict(c, &n, &t), YQ_OK, "%zu: %s", i, c->why.text);
        yq_slice tx = definition_tx(&n, cc.path, 2);
        cr_expect_eq(follow(c, &n, &tx, 1), YQ_OK);
        cr_expect_eq(verdict(c, &n, &t), YQ_E_VALIDITY_UNPROVEN, "%zu", i);
        client_free(c);
    }
}

Test(definitions, another_policy_than_the_registered_one_ends_proofs)
{
    net n = net_new(0);
    client *c = start(&n);
    yq_slice tx = definition_tx(&n, "/Channel/Application/Writers", 2);
    cr_assert_eq(follow(c, &n, &tx, 1), YQ_OK);
    access_spec a[4];
    tx_spec t = call_of(a, &write_k, 1);
    a[0].block = 2;
    cr_assert_eq(verdict(c, &n, &t), YQ_E_VALIDITY_UNPROVEN);
    client_free(c);
}

Test(flags, a_flag_that_lies_refuses_the_block)
{
    net n = net_new(0);
    client *c = start(&n);
    tx_spec t = plain_call();
    yq_slice tx[2] = {tx_of(&n, &t)};
    t.endorser_n = 1;
    tx[1] = tx_of(&n, &t);
    parts b = block_of(&n, tx, 2);
    static const struct {
        uint8_t flag[2];
        yq_status want;
    } cases[] = {
        {{0, 10}, YQ_OK},
        {{0, 0}, YQ_E_CONFLICT},
        {{11, 10}, YQ_E_CONFLICT},
        {{254, 10}, YQ_E_CONFLICT}};
    for (size_t i = 0; i < YQ_ARRAY_N(cases); i++) {
        b.flags = YQ_SLICE_OF(cases[i].flag);
        cr_assert_eq(client_try(c, layout_block(&b), 0), cases[i].want, "case %zu", i);
    }
    client_free(c);
}
