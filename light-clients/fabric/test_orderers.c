/* Orderers' signatures, quorums and identities. */
#include "light-clients/fabric/test_calls.h"

#include <criterion/criterion.h>

Test(net, both_kinds_of_networks_prove_events)
{
    for (int is_bft = 0; is_bft < 2; is_bft++) {
        net n = net_new(is_bft);
        client *c = start(&n);
        tx_spec t = plain_call();
        yq_slice tx = tx_of(&n, &t);
        cr_assert_eq(follow(c, &n, &tx, 1), YQ_OK, "%s", c->why.text);
        yq_verified_event event;
        cr_assert_eq(
            client_event(c, layout_proof(2, 0, tx), &event), YQ_OK, "%d %s", is_bft, c->why.text);
        cr_assert(yq_slice_equal(event.emitter, text("cc")));
        cr_assert(yq_slice_equal(event.name, text("Sent")));
        cr_assert(yq_slice_equal(event.data, text("hello")));
        cr_assert_eq(event.grade, is_bft ? YQ_GRADE_LIGHT_CLIENT : YQ_GRADE_ENDORSED);
        client_free(c);
    }
}

static yq_status with_orderers(int is_bft, const orderer_spec *o, size_t o_n)
{
    net n = net_new(is_bft);
    client *c = start(&n);
    tx_spec t = plain_call();
    yq_slice tx = tx_of(&n, &t);
    parts b = block_next(&n, &tx, 1);
    b.signatures = metadata_of(&n, &b, 0, o, o_n);
    yq_status status = client_update(c, layout_block(&b));
    client_free(c);
    return status;
}
#define ORDERERS(bft, ...)                                                                         \
    with_orderers(                                                                                 \
        (bft),                                                                                     \
        (const orderer_spec[]){__VA_ARGS__},                                                       \
        sizeof((const orderer_spec[]){__VA_ARGS__}) / sizeof(orderer_spec))

Test(orderers, bft_quorum)
{
    cr_assert_eq(ORDERERS(1, {.id = 1}, {.id = 2}, {.id = 4}), YQ_OK);
    cr_assert_eq(ORDERERS(1, {.id = 4}, {.id = 1}, {.id = 2}, {.id = 3}), YQ_OK);
    cr_assert_eq(ORDERERS(1, {.id = 1}, {.id = 2}), YQ_E_QUORUM);
    cr_assert_eq(ORDERERS(1, {.id = 1}, {.id = 2}, {.id = 2}), YQ_E_DUP_SIGNER);
    cr_assert_eq(ORDERERS(1, {.id = 1}, {.id = 2}, {.id = 5}), YQ_E_SIGNER_UNKNOWN);
    /* 5 is not a consenter: its key under somebody else's number. */
    cr_assert_eq(ORDERERS(1, {.id = 1}, {.id = 2}, {.id = 5, .identifier = 3}), YQ_E_SIG);
    cr_assert_eq(ORDERERS(1, {.id = 1}, {.id = 2}, {.id = 3, .identifier = 4}), YQ_E_SIG);
    cr_assert_eq(ORDERERS(1, {.id = 1}, {.id = 2}, {.id = 3, .high = 1}), YQ_E_SIG_HIGH_S);
    cr_assert_eq(
        ORDERERS(1, {.id = 1}, {.id = 2}, {.id = 3, .tail = RAW("\x00")}), YQ_E_NONCANONICAL);
    cr_assert_eq(with_orderers(1, NULL, 0), YQ_E_SIGNATURES_MISSING);
}

Test(orderers, raft_takes_one_of_its_own)
{
    yq_slice peer = member("Org1MSP", "ca.org1", "peer1", "peer");
    yq_slice unknown = member("NoMSP", "ca.orderer", "orderer1", "orderer");
    yq_slice foreign = identity_of(
        "OrdererMSP",
        cert_pem(&(cert_spec){.name = "orderer1", .issuer = "ca.org1", .ou = "orderer"}));
    yq_slice self_made = identity_of(
        "OrdererMSP",
        cert_pem(&(cert_spec){
            .name = "orderer1", .issuer = "ca.orderer", .issuer_key = "x", .ou = "orderer"}));
    yq_slice ca = identity_of("OrdererMSP", ca_pem("ca.orderer"));
    cr_assert_eq(ORDERERS(0, {.id = 2}), YQ_OK);
    cr_assert_eq(ORDERERS(0, {.id = 1, .key = "peer1", .creator = peer}), YQ_E_QUORUM);
    cr_assert_eq(ORDERERS(0, {.id = 1, .creator = unknown}), YQ_E_SIGNER_UNKNOWN);
    cr_assert_eq(ORDERERS(0, {.id = 1, .creator = foreign}), YQ_E_CERT_CHAIN);
    cr_assert_eq(ORDERERS(0, {.id = 1, .creator = self_made}), YQ_E_CERT_CHAIN);
    cr_assert_eq(ORDERERS(0, {.id = 1, .key = "ca.orderer", .creator = ca}), YQ_E_CERT_CHAIN);
    cr_assert_eq(ORDERERS(0, {.id = 1, .key = "x"}), YQ_E_SIG);
    cr_assert_eq(ORDERERS(0, {.id = 1}, {.id = 1}), YQ_E_DUP_SIGNER);
}

/* A quorum below the consenters' own is refused, whatever the policy says. */
Test(orderers, the_quorum_is_computed_anew)
{
    net n = net_new(1);
    yq_slice principal =
        JOIN(pb_uint(1, 2), pb_bytes(2, identity_of("OrdererMSP", orderer_pem(1))));
    yq_slice rule = signed_by(0);
    n.block_validation = config_policy(1, rule_policy(n_of(1, &rule, 1), &principal, 1));
    client *c = net_client(&n, &cc, 1);
    tx_spec t = plain_call();
    yq_slice tx = tx_of(&n, &t);
    parts b = block_next(&n, &tx, 1);
    const orderer_spec one = {.id = 1};
    b.signatures = metadata_of(&n, &b, 0, &one, 1);
    cr_assert_eq(client_update(c, layout_block(&b)), YQ_E_QUORUM);
    block_sign(&n, &b, 0);
    cr_assert_eq(client_update(c, layout_block(&b)), YQ_OK);
    client_free(c);
}

/* Members who are no consenters sign as well as they can: they are not among the quorum. */
Test(orderers, only_consenters_make_the_quorum)
{
    net n = net_new(1), by_name;
    yq_slice rule = signed_by(0), anyone = role("OrdererMSP", 0);
    n.block_validation = config_policy(1, rule_policy(n_of(1, &rule, 1), &anyone, 1));
    client *c = net_client(&n, &cc, 1);
    tx_spec t = plain_call();
    yq_slice tx = tx_of(&n, &t);
    parts b = block_next(&n, &tx, 1);
    by_name = n;
    by_name.is_bft = 0; /* signatures with their creator */
    const orderer_spec strangers[] = {{.id = 1}, {.id = 5}, {.id = 6}};
    const orderer_spec consenters[] = {{.id = 1}, {.id = 2}, {.id = 4}};
    b.signatures = metadata_of(&by_name, &b, 0, strangers, 3);
    cr_expect_eq(client_try(c, layout_block(&b), 0), YQ_E_QUORUM);
    b.signatures = metadata_of(&by_name, &b, 0, consenters, 3);
    cr_expect_eq(client_try(c, layout_block(&b), 0), YQ_OK, "%s", c->why.text);
    client_free(c);
}

Test(orderers, last_config_names_the_configuration_in_force)
{
    for (int is_bft = 0; is_bft < 2; is_bft++) {
        net n = net_new(is_bft);
        client *c = start(&n);
        tx_spec t = plain_call();
        yq_slice tx = tx_of(&n, &t);
        parts b = block_next(&n, &tx, 1);
        block_sign(&n, &b, 1);
        cr_assert_eq(client_update(c, layout_block(&b)), YQ_E_CONFIG_SEQUENCE);
        client_free(c);
    }
}

/* Nodes without the capability know no numbers of consenters. */
Test(orderers, numbers_need_their_capability)
{
    net n = net_new(1);
    n.capability = "V2_0";
    client *c = net_client(&n, &cc, 1);
    tx_spec t = plain_call();
    yq_slice tx = tx_of(&n, &t);
    parts b = block_of(&n, &tx, 1);
    cr_assert_eq(client_update(c, layout_block(&b)), YQ_E_SIGNER_UNKNOWN);
    client_free(c);
}

/* A repeated identity that hides behind another form of its certificate. */
Test(orderers, two_encodings_of_a_certificate_are_one_signer)
{
    net n = net_new(0);
    yq_slice rule[2] = {signed_by(0), signed_by(1)};
    yq_slice principal[2] = {role("OrdererMSP", 0), role("OrdererMSP", 0)};
    n.block_validation = config_policy(1, rule_policy(n_of(2, rule, 2), principal, 2));
    client *c = net_client(&n, &cc, 1);
    tx_spec t = plain_call();
    yq_slice tx = tx_of(&n, &t);
    parts b = block_next(&n, &tx, 1);
    yq_slice other = identity_of(
        "OrdererMSP",
        cert_pem(&(cert_spec){
            .name = "orderer1",
            .issuer = "ca.orderer",
            .ou = "orderer",
            .serial = ORDERER_SERIAL + 1,
            .high_s = 1}));
    const orderer_spec twice[] = {{.id = 1}, {.id = 1, .creator = other}};
    b.signatures = metadata_of(&n, &b, 0, twice, 2);
    cr_assert_eq(client_update(c, layout_block(&b)), YQ_E_DUP_SIGNER);
    const orderer_spec two[] = {{.id = 1}, {.id = 2}};
    b.signatures = metadata_of(&n, &b, 0, two, 2);
    cr_assert_eq(client_update(c, layout_block(&b)), YQ_OK, "%s", c->why.text);
    client_free(c);
}
