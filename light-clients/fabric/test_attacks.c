/* A network of the tests: what the verifier takes, and what it must not. */
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

/* Orderers' signatures. */

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

/* Blocks. */

Test(blocks, boundaries_of_envelopes_cannot_move)
{
    net n = net_new(0);
    client *c = start(&n);
    tx_spec t = plain_call();
    yq_slice tx[2] = {tx_of(&n, &t), tx_of(&n, &t)};
    parts b = block_of(&n, tx, 2);
    parts moved = b;
    moved.element[0] = yq_slice_of(b.element[0].p, b.element[0].n - 1);
    moved.element[1] = JOIN(yq_slice_of(b.element[0].p + b.element[0].n - 1, 1), b.element[1]);
    cr_assert_eq(client_update(c, layout_block(&moved)), YQ_E_NONCANONICAL);
    parts merged = b;
    merged.n = 1;
    merged.element[0] = JOIN(b.element[0], b.element[1]);
    cr_assert_eq(client_update(c, layout_block(&merged)), YQ_E_NONCANONICAL);
    cr_assert_eq(client_update(c, layout_block(&b)), YQ_OK);
    client_free(c);
}

Test(blocks, forms)
{
    net n = net_new(0);
    client *c = start(&n);
    tx_spec t = plain_call();
    yq_slice good = tx_of(&n, &t);
    parts b = block_of(&n, &good, 1);
    parts none = b;
    none.n = 0;
    none.data_hash = digest_of(nothing);
    block_sign(&n, &none, 0);
    cr_assert_eq(client_update(c, layout_block(&none)), YQ_E_LIMIT);
    /* An envelope without a signature may stand alone only: its end is another's beginning. */
    yq_slice bare[] = {good, pb_bytes(1, text("x"))};
    parts two = block_of(&n, bare, 2);
    cr_assert_eq(client_update(c, layout_block(&two)), YQ_E_NONCANONICAL);
    /* The wrapper of signatures is not signed itself: it has one form. */
    yq_slice signature = field(b.signatures, 2, 0, NULL), value = field(b.signatures, 1, 0, NULL);
    const yq_slice wrong[] = {
        JOIN(b.signatures, pb_uint(3, 1)),
        JOIN(b.signatures, pb_uint(2, 1)),
        JOIN(b.signatures, pb_bytes(2, nothing)),
        JOIN(pb_bytes(2, signature), pb_bytes(1, value)),
        JOIN(pb_bytes(1, value), pb_bytes(1, value), pb_bytes(2, signature)),
        JOIN(pb_bytes(1, value), pb_bytes(2, JOIN(signature, pb_uint(4, 1)))),
        JOIN(pb_bytes(1, value), pb_bytes(2, JOIN(signature, text("\x1a\x7fq")))),
        JOIN(pb_bytes(1, value), pb_bytes(2, JOIN(signature, pb_bytes(3, pb_uint(1, 1)))))};
    for (size_t i = 0; i < YQ_ARRAY_N(wrong); i++) {
        parts odd = b;
        odd.signatures = wrong[i];
        yq_status status = client_try(c, layout_block(&odd), 0);
        cr_assert(
            status == YQ_E_NONCANONICAL || status == YQ_E_TRUNCATED, "case %zu: %d", i, status);
    }
    cr_assert_eq(client_update(c, layout_block(&b)), YQ_OK);
    client_free(c);
}

Test(blocks, an_envelope_of_another_channel_is_refused)
{
    net n = net_new(1);
    client *c = start(&n);
    tx_spec t = plain_call();
    t.channel = "other";
    cr_assert_eq(verdict(c, &n, &t), YQ_E_DOMAIN);
    client_free(c);
}

Test(blocks, contradicting_blocks_are_misbehaviour)
{
    net n = net_new(1);
    client *c = start(&n);
    tx_spec t = plain_call();
    yq_slice tx = tx_of(&n, &t), tx2 = tx_of(&n, &t);
    t.channel = "other";
    yq_slice elsewhere = tx_of(&n, &t);
    parts a = block_of(&n, &tx, 1), b = block_of(&n, &tx2, 1), o = block_of(&n, &elsewhere, 1);
    yq_slice la = layout_block(&a), lb = layout_block(&b), lo = layout_block(&o);
    cr_assert_eq(client_misbehaviour(c, layout_pair(la, lb)), YQ_OK, "%s", c->why.text);
    cr_assert_eq(client_misbehaviour(c, layout_pair(la, la)), YQ_E_NOT_PROVEN);
    cr_assert_eq(client_misbehaviour(c, layout_pair(la, lo)), YQ_E_DOMAIN);
    parts weak = b;
    const orderer_spec two[] = {{.id = 1}, {.id = 2}};
    weak.signatures = metadata_of(&n, &b, 0, two, 2);
    cr_assert_eq(client_misbehaviour(c, layout_pair(la, layout_block(&weak))), YQ_E_QUORUM);
    cr_assert_eq(client_update(c, la), YQ_OK);
    cr_assert_eq(client_update(c, la), YQ_E_REPLAY);
    cr_assert_eq(client_update(c, lb), YQ_E_MISBEHAVIOUR);
    cr_assert_eq(client_update(c, lo), YQ_E_DOMAIN);
    cr_assert_eq(client_update(c, layout_block(&weak)), YQ_E_QUORUM);
    client_free(c);
}

/* Transactions. */

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

/* Reads of keys: version (block, tx) or none. */
static yq_status read_verdict(client *c, net *n, int has_version, uint64_t block, uint64_t tx)
{
    const access_spec more[] = {
        {.ns = "cc", .kind = 'r', .key = "k", .has_version = has_version, .block = block, .tx = tx},
        write_k};
    access_spec a[4];
    tx_spec t = call_of(a, more, 2);
    return verdict(c, n, &t);
}

Test(reads, versions_are_followed)
{
    net n = net_new(0);
    client *c = start(&n);                                              /* block 1 */
    cr_assert_eq(read_verdict(c, &n, 1, 1, 0), YQ_E_VALIDITY_UNPROVEN); /* 2: k was never written */
    cr_assert_eq(read_verdict(c, &n, 0, 0, 0), YQ_OK);                  /* 3: absent; writes */
    cr_assert_eq(read_verdict(c, &n, 0, 0, 0), YQ_E_VALIDITY_UNPROVEN); /* 4: stale */
    cr_assert_eq(read_verdict(c, &n, 1, 2, 0), YQ_E_VALIDITY_UNPROVEN); /* 5: a failed writer's */
    cr_assert_eq(read_verdict(c, &n, 1, 3, 0), YQ_OK); /* 6: failed ones changed nothing */
    cr_assert_eq(read_verdict(c, &n, 1, 3, 0), YQ_E_VALIDITY_UNPROVEN);
    cr_assert_eq(read_verdict(c, &n, 1, 6, 1), YQ_E_VALIDITY_UNPROVEN);
    cr_assert_eq(read_verdict(c, &n, 1, 6, 0), YQ_OK);
    client_free(c);
}

Test(reads, within_a_block_too)
{
    net n = net_new(0);
    client *c = start(&n);
    access_spec a[4], b[4];
    const access_spec more[] = {{.ns = "cc", .kind = 'r', .key = "k"}, write_k};
    tx_spec first = call_of(a, more, 2), second = call_of(b, more, 2);
    yq_slice tx[] = {tx_of(&n, &first), tx_of(&n, &second)};
    yq_verified_event event;
    cr_assert_eq(last_verdict(c, &n, tx, 2), YQ_E_VALIDITY_UNPROVEN);
    cr_assert_eq(client_event(c, layout_proof(2, 0, tx[0]), &event), YQ_OK);
    cr_assert_eq(read_verdict(c, &n, 1, 2, 0), YQ_OK);
    client_free(c);
}

Test(reads, deletions)
{
    net n = net_new(0);
    client *c = start(&n);
    const access_spec erase[] = {{.ns = "cc", .kind = 'd', .key = "k"}};
    access_spec a[4];
    tx_spec t = plain_call();
    cr_assert_eq(verdict(c, &n, &t), YQ_OK); /* 2 */
    t = call_of(a, erase, 1);
    cr_assert_eq(verdict(c, &n, &t), YQ_OK);                            /* 3 */
    cr_assert_eq(read_verdict(c, &n, 1, 3, 0), YQ_E_VALIDITY_UNPROVEN); /* 4 */
    cr_assert_eq(read_verdict(c, &n, 0, 0, 0), YQ_OK);                  /* 5 */
    client_free(c);
}

Test(reads, an_empty_value_is_not_taken_for_either)
{
    net n = net_new(0);
    client *c = start(&n);
    const access_spec empty[] = {{.ns = "cc", .kind = 'e', .key = "k"}};
    access_spec a[4];
    tx_spec t = call_of(a, empty, 1);
    cr_assert_eq(verdict(c, &n, &t), YQ_OK); /* 2 */
    net fork = n;
    cr_assert_eq(read_verdict(c, &n, 0, 0, 0), YQ_E_VALIDITY_UNPROVEN);
    (void)fork;
    client_free(c);
}

/* A writer that nobody can judge makes its keys unknown until they are written again. */
Test(reads, an_uncertain_writer_is_a_writer)
{
    net n = net_new(0);
    client *c = start(&n);
    cr_assert_eq(read_verdict(c, &n, 0, 0, 0), YQ_OK); /* 2 */
    tx_spec odd = plain_call();
    odd.extra = pb_uint(9, 1); /* nodes may take it: a field from the future */
    cr_assert_eq(verdict(c, &n, &odd), YQ_E_NONCANONICAL);              /* 3 */
    cr_assert_eq(read_verdict(c, &n, 1, 2, 0), YQ_E_VALIDITY_UNPROVEN); /* 4: writes k again */
    cr_assert_eq(read_verdict(c, &n, 1, 4, 0), YQ_OK); /* endorsers saw 4's version */
    client_free(c);
}

/* A writer that surely failed is none: strangers cannot spoil a key. */
Test(reads, a_failed_writer_is_none)
{
    net n = net_new(0);
    client *c = start(&n);
    cr_assert_eq(read_verdict(c, &n, 0, 0, 0), YQ_OK); /* 2 */
    tx_spec t = plain_call();
    t.endorser_n = 1;
    cr_assert_eq(verdict(c, &n, &t), YQ_E_ENDORSEMENT);
    t = plain_call();
    t.bad_creator = 1;
    cr_assert_eq(verdict(c, &n, &t), YQ_E_SIG);
    t = plain_call();
    t.bad_proposal = 1;
    cr_assert_eq(verdict(c, &n, &t), YQ_E_HASH);
    /* another chaincode that claims to write here, without endorsement */
    t = plain_call();
    t.chaincode = "evil";
    t.endorser_n = 0;
    yq_slice tx = tx_of(&n, &t);
    cr_assert_eq(follow(c, &n, &tx, 1), YQ_OK);
    cr_assert_eq(read_verdict(c, &n, 1, 2, 0), YQ_OK, "%s", c->why.text);
    /* and one that is endorsed may be valid */
    t.endorser_n = 2;
    tx = tx_of(&n, &t);
    cr_assert_eq(follow(c, &n, &tx, 1), YQ_OK);
    cr_assert_eq(read_verdict(c, &n, 1, n.number - 1, 0), YQ_E_VALIDITY_UNPROVEN);
    client_free(c);
}

Test(reads, what_is_not_followed_is_not_proven)
{
    static const access_spec odd[] = {
        {.ns = "cc", .kind = 'q', .key = "a"},
        {.ns = "cc", .kind = 'c', .key = "a"},
        {.ns = "dd", .kind = 'r', .key = "a"},
        {.ns = "dd", .kind = 'w', .key = "a", .value = "v"},
        {.ns = "lscc", .kind = 'r', .key = "cc"},
        {.ns = "_lifecycle", .kind = 'w', .key = "x", .value = "v"},
        {.ns = "_lifecycle", .kind = 'r', .key = "namespaces/fields/dd/Sequence"},
        {.ns = "cc", .kind = 'm', .key = "a"}};
    for (size_t i = 0; i < YQ_ARRAY_N(odd); i++) {
        net n = net_new(0);
        client *c = start(&n);
        access_spec a[4];
        tx_spec t = call_of(a, &odd[i], 1);
        cr_assert_eq(verdict(c, &n, &t), YQ_E_VALIDITY_UNPROVEN, "case %zu", i);
        t = plain_call();
        /* a key-level policy stays; the others are forgotten */
        yq_status after = odd[i].kind == 'm' ? YQ_E_VALIDITY_UNPROVEN : YQ_OK;
        cr_assert_eq(verdict(c, &n, &t), after, "case %zu", i);
        client_free(c);
    }
}

Test(reads, the_number_of_keys_is_bounded)
{
    net n = net_new(0);
    client *c = start(&n);
    access_spec a[16], more[9];
    char key[9][4];
    for (size_t i = 0; i < 9; i++) {
        snprintf(key[i], sizeof key[i], "x%zu", i);
        more[i] = (access_spec){.ns = "cc", .kind = 'w', .key = key[i], .value = "v"};
    }
    tx_spec t = call_of(a, more, 9);         /* one more than registered */
    cr_assert_eq(verdict(c, &n, &t), YQ_OK); /* block 2 */
    const access_spec tracked = {
        .ns = "cc", .kind = 'r', .key = "x7", .has_version = 1, .block = 2};
    access_spec lost = tracked;
    lost.key = "x8";
    t = call_of(a, &tracked, 1);
    cr_assert_eq(verdict(c, &n, &t), YQ_OK);
    t = call_of(a, &lost, 1);
    cr_assert_eq(verdict(c, &n, &t), YQ_E_VALIDITY_UNPROVEN);
    const access_spec absent = {.ns = "cc", .kind = 'r', .key = "never"};
    t = call_of(a, &absent, 1);
    cr_assert_eq(verdict(c, &n, &t), YQ_E_VALIDITY_UNPROVEN);
    client_free(c);
}

/* Definitions. */

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

/* Flags. */

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

/* Configurations. */

static yq_status config_verdict(int is_bft, const update_spec *u)
{
    net n = net_new(is_bft), after;
    client *c = start(&n);
    yq_slice element = config_element(&n, u, &after);
    parts b = block_next(&n, &element, 1);
    block_sign(&n, &b, b.number);
    yq_status status = client_update(c, layout_block(&b));
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
        u = good_update;
        u.steal = 1;
        cr_assert_eq(config_verdict(is_bft, &u), YQ_E_SET_CHANGE);
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
    };
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        update_spec u = good_update;
        u.twist = row[i].twist;
        cr_expect_eq(config_verdict(1, &u), row[i].status, "twist %d", (int)row[i].twist);
    }
}

Test(configurations, what_nobody_may_change_does_not_change)
{
    net n = net_new(0), after;
    n.flaw = FLAW_NO_MOD_POLICY;
    client *c = start(&n);
    yq_slice element = config_element(&n, &good_update, &after);
    parts b = block_next(&n, &element, 1);
    block_sign(&n, &b, b.number);
    cr_assert_eq(client_update(c, layout_block(&b)), YQ_E_SET_CHANGE);
    cr_assert_str_eq(c->why.text, "mod_policy");
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

/* Anchors. */

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
        {1, FLAW_CONSENTER_WITHOUT_IDENTITY, NULL, NULL, YQ_E_CONFIG_INVALID},
        {0, FLAW_MSP_WITHOUT_NAME, NULL, NULL, YQ_E_CONFIG_INVALID},
        {0, FLAW_TOO_MANY_MSPS, NULL, NULL, YQ_E_LIMIT},
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

static yq_status follow_signed(
    client *c, const net *signers, net *n, yq_slice element, uint64_t last_config, parts *b)
{
    *b = block_next(n, &element, 1);
    block_sign(signers, b, last_config);
    return client_update(c, layout_block(b));
}

/* Two hundred blocks with ten changes of the orderers, of whom two
 * go and two come: each is judged by the one before it, and nobody who left signs any more. */
Test(configurations, ten_in_two_hundred_blocks, .timeout = 60)
{
    net n = net_new(1), before = n;
    n.is_lean = before.is_lean = 1;
    client *c = start(&n);
    for (unsigned i = 2; i <= 200; i++) {
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
        if (i > 2 && n.first != before.first) {
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
    cr_assert_eq(client_describe(c).height, 200);
    cr_assert_eq(n.first, 20);
    client_free(c);
}
