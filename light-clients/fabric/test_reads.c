/* What a transaction reads, and who wrote it. */
#include "light-clients/fabric/test_calls.h"

#include <criterion/criterion.h>

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

/* Who takes which principal is not known where a member cannot be judged: Fabric counts an
 * administrator and a peer, and we must not be sure that it does not. */
Test(reads, a_writer_with_a_member_nobody_can_judge)
{
    yq_slice principal[2] = {role("Org1MSP", 1), role("Org1MSP", 3)};
    yq_slice both[2] = {signed_by(0), signed_by(1)};
    const registration strict = {
        .name = "cc", .rule = rule_policy(n_of(2, both, 2), principal, 2), .known = 1, .keys = 8};
    const endorser_spec peer = {.msp = "Org1MSP", .ca = "ca.org1", .name = "peer1", .ou = "peer"};
    const endorser_spec boss = {.msp = "Org1MSP", .ca = "ca.org1", .name = "boss", .ou = "admin"};
    endorser_spec odd = peer;
    odd.identity = identity_of(
        "Org1MSP",
        JOIN(
            text("x\n"),
            cert_pem(&(cert_spec){.name = "peer1", .issuer = "ca.org1", .ou = "peer"})));
    net n = net_new(0);
    client *c = net_client(&n, &strict, 1);
    for (unsigned i = 0; i < 3; i++) {
        const access_spec read = {
            .ns = "cc", .kind = 'r', .key = "k", .has_version = i > 0, .block = 1};
        const access_spec more[] = {read, write_k};
        access_spec a[4];
        tx_spec t = call_of(a, more, 2);
        a[0].block = 0;
        t.endorser[0] = i == 1 ? odd : peer;
        t.endorser[1] = boss;
        static const yq_status want[] = {YQ_OK, YQ_E_ENDORSEMENT, YQ_E_VALIDITY_UNPROVEN};
        cr_expect_eq(verdict(c, &n, &t), want[i], "block %u: %s", i + 1, c->why.text);
    }
    client_free(c);
}
