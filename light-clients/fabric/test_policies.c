/* Policies by signatures, and their principals. */
#include "light-clients/fabric/test_members.h"

/* Who has signed, in this order. */
typedef struct signer_spec {
    const char *msp, *ca, *name, *ou;
} signer_spec;
static const signer_spec p1 = {"Org1MSP", "ca.org1", "peer1", "peer"};
static const signer_spec u1 = {"Org1MSP", "ca.org1", "user1", "client"};
static const signer_spec p2 = {"Org2MSP", "ca.org2", "peer2", "peer"};

static int satisfied_by(
    yq_slice policy, const char *path, const signer_spec *s, size_t n, unsigned endorsement)
{
    client *c = client_new();
    const yq_fabric_call call = members_call(c);
    net network = net_new(0);
    network.endorsement = endorsement;
    yq_fabric_bundle *b = keep(calloc(1, sizeof *b));
    yq_fabric_signers signers = {.n = 0};
    cr_assert_eq(yq_fabric_bundle_decode(&call, config_of(&network), b), YQ_OK, "%s", why.text);
    for (size_t i = 0; i < n; i++) {
        const yq_fabric_identity *id;
        yq_slice serialized = member(s[i].msp, s[i].ca, s[i].name, s[i].ou);
        cr_assert_eq(yq_fabric_identity_of(&call, &b->members, serialized, &id), YQ_OK);
        cr_assert_eq(id->status, YQ_OK);
        (void)yq_fabric_signers_add(&signers, id);
    }
    const yq_fabric_question q = {
        .call = &call, .tree = &b->tree, .members = &b->members, .signers = &signers};
    int satisfied = -1;
    yq_status status =
        path == NULL
            ? yq_fabric_policy_signature(&q, policy, &satisfied)
            : yq_fabric_policy_element(
                  &q, yq_fabric_tree_policy(&b->tree, YQ_FABRIC_NONE, text(path)), &satisfied);
    cr_assert_eq(status, YQ_OK);
    client_free(c);
    return satisfied;
}
#define BY(policy, ...)                                                                            \
    satisfied_by(                                                                                  \
        (policy),                                                                                  \
        NULL,                                                                                      \
        (const signer_spec[]){__VA_ARGS__},                                                        \
        sizeof((const signer_spec[]){__VA_ARGS__}) / sizeof(signer_spec),                          \
        0)

Test(policies, signers_are_taken_greedily)
{
    /* A member and a peer: whoever comes first takes the first principal that fits. */
    yq_slice principal[2] = {role("Org1MSP", 0), role("Org1MSP", 3)};
    yq_slice both[2] = {signed_by(0), signed_by(1)};
    yq_slice policy = rule_policy(n_of(2, both, 2), principal, 2);
    cr_assert_eq(BY(policy, u1, p1), 1);
    cr_assert_eq(BY(policy, p1, u1), 0);
    cr_assert_eq(BY(policy, p1), 0);
    /* A rule has one form. */
    yq_slice more = pb_bytes(2, JOIN(pb_uint(1, 1), pb_bytes(2, signed_by(0)), pb_uint(3, 1)));
    cr_assert_eq(BY(rule_policy(more, principal, 2), u1), 0);
    more = pb_bytes(2, JOIN(pb_uint(1, 1), pb_bytes(2, signed_by(0)), pb_uint(2, 1)));
    cr_assert_eq(BY(rule_policy(more, principal, 2), u1), 0);
    /* The same principal twice needs two signers. */
    yq_slice same[2] = {signed_by(0), signed_by(0)};
    policy = rule_policy(n_of(2, same, 2), principal, 2);
    cr_assert_eq(BY(policy, u1), 0);
    cr_assert_eq(BY(policy, u1, u1), 0);
    cr_assert_eq(BY(policy, u1, p1), 1);
}

Test(policies, what_a_failed_group_used_is_free_again)
{
    yq_slice principal[2] = {role("Org1MSP", 0), role("Org2MSP", 0)};
    yq_slice pair[2] = {signed_by(0), signed_by(1)};
    yq_slice either[2] = {n_of(2, pair, 2), signed_by(0)};
    yq_slice policy = rule_policy(n_of(1, either, 2), principal, 2);
    cr_assert_eq(BY(policy, p1), 1);
    cr_assert_eq(BY(policy, p1, p2), 1);
    cr_assert_eq(BY(policy, p2), 0);
    /* A group that succeeds keeps what it used. */
    yq_slice two[2] = {n_of(2, pair, 2), signed_by(0)};
    policy = rule_policy(n_of(2, two, 2), principal, 2);
    cr_assert_eq(BY(policy, p1, p2), 0);
    cr_assert_eq(BY(policy, p1, p2, u1), 1);
}

Test(policies, forms)
{
    yq_slice principal = role("Org1MSP", 0), one = signed_by(0), out = signed_by(1);
    cr_assert_eq(BY(rule_policy(one, &principal, 1), p1), 1);
    cr_assert_eq(BY(rule_policy(out, &principal, 1), p1), 0);
    const yq_slice beyond[] = {out, one};
    cr_assert_eq(BY(rule_policy(n_of(1, beyond, 2), &principal, 1), p1), 0);
    cr_assert_eq(BY(rule_policy(n_of(0, NULL, 0), &principal, 1), p1), 1);
    cr_assert_eq(BY(text("\x12"), p1), 0);
    cr_assert_eq(BY(JOIN(pb_uint(1, 1), rule_policy(one, &principal, 1)), p1), 0); /* version */
    yq_slice deep = one;
    for (unsigned i = 0; i < 14; i++) {
        deep = n_of(1, &deep, 1);
    }
    cr_assert_eq(BY(rule_policy(deep, &principal, 1), p1), 1);
    for (unsigned i = 0; i < 4; i++) {
        deep = n_of(1, &deep, 1);
    }
    cr_assert_eq(BY(rule_policy(deep, &principal, 1), p1), 0);
}

Test(policies, principals)
{
    yq_slice unit = JOIN(
        pb_uint(1, 1),
        pb_bytes(
            2,
            JOIN(
                pb_text(1, "Org1MSP"),
                pb_text(2, "peer"),
                pb_bytes(
                    3,
                    digest_of(cert_der(
                        &(cert_spec){.name = "ca.org1", .issuer = "ca.org1", .is_ca = 1}))))));
    yq_slice named =
        JOIN(pb_uint(1, 2), pb_bytes(2, member("Org1MSP", "ca.org1", "peer1", "peer")));
    yq_slice nominal = JOIN(pb_uint(1, 3), pb_bytes(2, nothing));
    yq_slice all =
        JOIN(pb_uint(1, 4), pb_bytes(2, JOIN(pb_bytes(1, unit), pb_bytes(1, role("Org1MSP", 0)))));
    yq_slice none = JOIN(pb_uint(1, 4), pb_bytes(2, nothing));
    yq_slice odd = JOIN(pb_uint(1, 7), pb_bytes(2, text("x")));
    yq_slice rule = signed_by(0);
    const struct {
        yq_slice principal;
        int p1, u1, p2;
    } cases[] = {
        {unit, 1, 0, 0},
        {named, 1, 0, 0},
        {nominal, 1, 1, 1},
        {all, 1, 0, 0},
        {none, 0, 0, 0},
        {odd, 0, 0, 0},
        {role("Org1MSP", 9), 0, 0, 0},
        /* of a combination only its parts count */
        {JOIN(
             pb_uint(1, 4),
             pb_bytes(2, JOIN(pb_bytes(1, role("Org1MSP", 0)), pb_bytes(2, role("Org2MSP", 0))))),
         1,
         1,
         0},
        /* what no node can read is satisfied by nobody */
        {JOIN(role("Org1MSP", 0), text("\x1a\x7f")), 0, 0, 0},
        {pb_bytes(2, JOIN(pb_text(1, "Org1MSP"), text("\x1a\x7f"))), 0, 0, 0},
        {JOIN(pb_uint(1, 4), pb_bytes(2, JOIN(pb_bytes(1, role("Org1MSP", 0)), text("\x1a\x7f")))),
         0,
         0,
         0}};
    for (size_t i = 0; i < YQ_ARRAY_N(cases); i++) {
        yq_slice policy = rule_policy(rule, &cases[i].principal, 1);
        cr_assert_eq(BY(policy, p1), cases[i].p1, "case %zu", i);
        cr_assert_eq(BY(policy, u1), cases[i].u1, "case %zu", i);
        cr_assert_eq(BY(policy, p2), cases[i].p2, "case %zu", i);
    }
}

/* As many principals as we hold, and one more. */
Test(policies, principals_are_bounded)
{
    yq_slice principal[YQ_FABRIC_PRINCIPALS_MAX + 1], rule = signed_by(0);
    for (size_t i = 0; i < YQ_ARRAY_N(principal); i++) {
        principal[i] = role("Org1MSP", 0);
    }
    cr_expect_eq(BY(rule_policy(rule, principal, YQ_FABRIC_PRINCIPALS_MAX), p1), 1);
    cr_expect_eq(BY(rule_policy(rule, principal, YQ_FABRIC_PRINCIPALS_MAX + 1), p1), 0);
}

/* Fabric names certifiers by the hash of their certificates made low-s. Where they are not, a
 * unit's principal is not satisfied for us, and may be for the chain's nodes. */
Test(policies, certifiers_in_another_form)
{
    for (int high = 0; high < 2; high++) {
        yq_slice ca = cert_pem(
            &(cert_spec){.name = "ca.org1", .issuer = "ca.org1", .is_ca = 1, .high_s = high});
        const msp_spec m = {.root = ca, .no_ous = 1};
        const cert_spec spec = {.name = "a", .issuer = "ca.org1", .ou = "peer"};
        yq_slice unit = JOIN(
            pb_uint(1, 1),
            pb_bytes(2, JOIN(pb_text(1, "Org1MSP"), pb_text(2, "peer"), pb_bytes(3, text("x")))));
        client *c = client_new();
        const yq_fabric_call call = members_call(c);
        yq_fabric_members members;
        const yq_fabric_identity *id;
        cr_assert_eq(yq_fabric_members_begin(&call, &members, YQ_FABRIC_OUS_ALL), YQ_OK);
        cr_assert_eq(yq_fabric_members_add(&call, &members, msp_of(&m)), YQ_OK);
        cr_assert_eq(yq_fabric_identity_of(&call, &members, org1(&spec), &id), YQ_OK);
        cr_assert_eq(id->status, YQ_OK);
        for (int hopeful = 0; hopeful < 2; hopeful++) {
            int fits = -1;
            cr_assert_eq(
                yq_fabric_principal_check(&call, &members, id, unit, hopeful, &fits), YQ_OK);
            cr_expect_eq(fits, high && hopeful, "%d %d", high, hopeful);
            const yq_slice odd = JOIN(pb_uint(1, 7), pb_bytes(2, text("x")));
            cr_assert_eq(
                yq_fabric_principal_check(&call, &members, id, odd, hopeful, &fits), YQ_OK);
            cr_expect_eq(fits, hopeful, "a class that is not known");
        }
        client_free(c);
    }
}

Test(policies, implicit_ones_count_groups)
{
    static const int want[3][2] = {{1, 1}, {0, 1}, {0, 1}}; /* ANY, ALL, MAJORITY of two */
    static const char path[] = "/Channel/Application/Endorsement";
    const signer_spec both[] = {p1, p2};
    for (unsigned kind = 0; kind < 3; kind++) {
        cr_assert_eq(satisfied_by(nothing, path, both, 1, kind), want[kind][0]);
        cr_assert_eq(satisfied_by(nothing, path, both, 2, kind), want[kind][1]);
        cr_assert_eq(satisfied_by(nothing, path, &u1, 1, kind), 0);
    }
    cr_assert_eq(satisfied_by(nothing, "/Channel/Application/Org1/Endorsement", &p1, 1, 0), 1);
    cr_assert_eq(satisfied_by(nothing, "/Channel/None", &p1, 1, 0), 0);
    cr_assert_eq(satisfied_by(nothing, "/Elsewhere/Application/Endorsement", &p1, 1, 0), 0);
}
