/* Identities, principals, policies and the lenient reader. */
#include "light-clients/fabric/test_members.h"

#include "light-clients/fabric/wire.h"

#include <criterion/criterion.h>

Test(members, certificates)
{
    const struct {
        cert_spec cert;
        yq_status want;
        uint8_t surety;
        uint8_t roles;
    } cases[] = {
        {{.name = "a", .issuer = "ca.org1", .ou = "peer"}, YQ_OK, 0, 1u << 0 | 1u << 3},
        {{.name = "a", .issuer = "ca.org1", .ou = "client"}, YQ_OK, 0, 1u << 0 | 1u << 2},
        {{.name = "a", .issuer = "ca.org1", .ou = "admin"}, YQ_OK, 0, 1u << 0 | 1u << 1},
        {{.name = "a", .issuer = "ca.org1", .ou = "x", .ou2 = "peer"}, YQ_OK, 0, 1u << 0 | 1u << 3},
        {{.name = "a", .issuer = "ca.org1"}, YQ_E_CERT_CHAIN, 1, 0},
        {{.name = "a", .issuer = "ca.org1", .ou = "peer", .ou2 = "client"}, YQ_E_CERT_CHAIN, 1, 0},
        {{.name = "a", .issuer = "ca.org1", .ou = "peer", .is_ca = 1}, YQ_E_CERT_CHAIN, 1, 0},
        {{.name = "a", .issuer = "ca.org2", .ou = "peer"}, YQ_E_CERT_CHAIN, 1, 0},
        {{.name = "a", .issuer = "ca.org1", .issuer_key = "x", .ou = "peer"},
         YQ_E_CERT_CHAIN,
         1,
         0},
        /* the CA was not valid yet when this began */
        {{.name = "a", .issuer = "ca.org1", .ou = "peer", .not_before = "250101000000Z"},
         YQ_E_CERT_CHAIN,
         1,
         0},
        /* after the CA has ended, by its own dates */
        {{.name = "a", .issuer = "ca.org1", .ou = "peer", .not_before = "360101000000Z"},
         YQ_E_CERT_CHAIN,
         1,
         0},
        /* any s of a CA's signature is good */
        {{.name = "a", .issuer = "ca.org1", .ou = "peer", .high_s = 1},
         YQ_OK,
         0,
         1u << 0 | 1u << 3},
        {{.name = "a",
          .issuer = "ca.org1",
          .ou = "peer",
          .purposes = der(YQ_DER_OID, RAW("\x2b\x06\x01\x05\x05\x07\x03\x02"))},
         YQ_E_CERT_CHAIN,
         1,
         0},
        {{.name = "a",
          .issuer = "ca.org1",
          .ou = "peer",
          .purposes = der(YQ_DER_OID, RAW("\x2b\x06\x01\x05\x05\x07\x03\x01"))},
         YQ_OK,
         0,
         1u << 0 | 1u << 3},
    };
    const msp_spec usual = {0};
    for (size_t i = 0; i < YQ_ARRAY_N(cases); i++) {
        yq_fabric_identity id = look(&usual, org1(&cases[i].cert));
        cr_assert_eq(id.status, cases[i].want, "case %zu", i);
        if (id.status == YQ_OK) {
            cr_assert_eq(id.roles, cases[i].roles, "case %zu", i);
        } else {
            cr_assert_eq(id.surety, cases[i].surety, "case %zu", i);
        }
    }
}

Test(members, what_cannot_be_read)
{
    const msp_spec usual = {0};
    const cert_spec peer = {.name = "a", .issuer = "ca.org1", .ou = "peer"};
    yq_fabric_identity id = look(&usual, identity_of("Org9MSP", cert_pem(&peer)));
    cr_assert_eq(id.status, YQ_E_SIGNER_UNKNOWN);
    cr_assert_eq(id.surety, YQ_FABRIC_SURE);
    id = look(&usual, identity_of("Org1MSP", text("nothing")));
    cr_assert_eq(id.status, YQ_E_CERT_CHAIN);
    cr_assert_eq(id.surety, YQ_FABRIC_SURE);
    /* Somebody else's reader may make something of these. */
    id = look(&usual, identity_of("Org1MSP", JOIN(text("x\n"), cert_pem(&peer))));
    cr_assert_eq(id.status, YQ_E_CERT_CHAIN);
    cr_assert_eq(id.surety, YQ_FABRIC_UNSURE);
    id = look(&usual, JOIN(identity_of("Org1MSP", cert_pem(&peer)), pb_uint(9, 1)));
    cr_assert_eq(id.status, YQ_E_NONCANONICAL);
    cr_assert_eq(id.surety, YQ_FABRIC_UNSURE);
    id = look(&usual, text("\x0a\x7f"));
    cr_assert_eq(id.status, YQ_E_NONCANONICAL);
    cr_assert_eq(id.surety, YQ_FABRIC_SURE);
}

Test(members, intermediate_authorities)
{
    yq_slice intermediate =
        cert_pem(&(cert_spec){.name = "ca.mid", .issuer = "ca.org1", .is_ca = 1});
    const msp_spec m = {.intermediate = intermediate, .no_ous = 1};
    const cert_spec below = {.name = "a", .issuer = "ca.mid", .ou = "peer"};
    const cert_spec beside = {.name = "b", .issuer = "ca.org1", .ou = "peer"};
    cr_assert_eq(look(&m, org1(&below)).status, YQ_OK);
    /* The root has a CA below it: it certifies no members of its own. */
    cr_assert_eq(look(&m, org1(&beside)).status, YQ_E_CERT_CHAIN);
    const msp_spec without = {.no_ous = 1};
    cr_assert_eq(look(&without, org1(&below)).status, YQ_E_CERT_CHAIN);
    cr_assert_eq(look(&without, org1(&beside)).status, YQ_OK);
}

/* Members and CAs with Ed25519 keys sign messages as they are, and certify each other and others.
 */
Test(members, edwards_keys)
{
    const cert_spec member = {.name = "ed.a", .issuer = "ca.org1", .ou = "peer"};
    const msp_spec usual = {0};
    const msp_spec edwards = {.root = ca_pem("ed.ca"), .no_ous = 1};
    const cert_spec below = {.name = "a", .issuer = "ed.ca"};
    const cert_spec forged = {.name = "a", .issuer = "ed.ca", .issuer_key = "ed.x"};
    const cert_spec other_kind = {.name = "a", .issuer = "ed.ca", .issuer_key = "x"};
    cr_assert_eq(look(&usual, org1(&member)).status, YQ_OK);
    cr_assert_eq(look(&edwards, org1(&below)).status, YQ_OK);
    cr_assert_eq(look(&edwards, org1(&forged)).status, YQ_E_CERT_CHAIN);
    yq_fabric_identity id = look(&edwards, org1(&other_kind));
    cr_assert_eq(id.status, YQ_E_CERT_CHAIN);
    cr_assert_eq(id.surety, YQ_FABRIC_UNSURE);
}

/* An SM2 certificate is none that plain Fabric knows. */
Test(members, national_keys_need_their_dialect)
{
    net_dialect.signing = YQ_FABRIC_SIGNING_SM2_TWICE;
    const msp_spec m = {.root = ca_pem("ca.org1"), .no_ous = 1};
    const cert_spec spec = {.name = "a", .issuer = "ca.org1"};
    const cert_spec forged = {.name = "a", .issuer = "ca.org1", .issuer_key = "x"};
    yq_slice peer = org1(&spec), lie = org1(&forged);
    cr_assert_eq(look(&m, peer).status, YQ_E_CERT_CHAIN);
    dialect.signing = YQ_FABRIC_SIGNING_SM2_HASH;
    cr_assert_eq(look(&m, peer).status, YQ_OK);
    cr_assert_eq(look(&m, lie).status, YQ_E_CERT_CHAIN);
}

Test(members, older_channels_know_fewer_units)
{
    const cert_spec admin = {.name = "a", .issuer = "ca.org1", .ou = "admin"};
    const cert_spec peer = {.name = "a", .issuer = "ca.org1", .ou = "peer"};
    const msp_spec v11 = {.old = 1}, v10 = {.old = 2};
    cr_assert_eq(look(&v11, org1(&admin)).status, YQ_E_CERT_CHAIN);
    cr_assert_eq(look(&v11, org1(&peer)).roles, 1u << 0 | 1u << 3);
    cr_assert_eq(look(&v10, org1(&admin)).roles, 1u << 0);
    cr_assert_eq(look(&v10, org1(&peer)).roles, 1u << 0);
}

Test(members, listed_admins)
{
    const cert_spec boss = {.name = "boss", .issuer = "ca.org1", .ou = "client"};
    const msp_spec m = {.admin = cert_pem(&boss)};
    cr_assert_eq(look(&m, org1(&boss)).roles, 1u << 0 | 1u << 1 | 1u << 2);
    cert_spec other = boss;
    other.name = "clerk";
    cr_assert_eq(look(&m, org1(&other)).roles, 1u << 0 | 1u << 2);
    /* The same certificate with the other form of its signature. */
    other = boss;
    other.high_s = 1;
    cr_assert_eq(look(&m, org1(&other)).roles, 1u << 0 | 1u << 1 | 1u << 2);
}

static yq_slice crl_of(const char *ca, const char *key, uint8_t serial)
{
    return crl_der(&(crl_spec){.ca = ca, .key = key, .serial = &serial, .serial_n = 1});
}

Test(members, revocation)
{
    const cert_spec seven = {.name = "a", .issuer = "ca.org1", .ou = "peer", .serial = 7};
    const cert_spec eight = {.name = "a", .issuer = "ca.org1", .ou = "peer", .serial = 8};
    yq_slice good = crl_of("ca.org1", "ca.org1", 7), forged = crl_of("ca.org1", "x", 7);
    const msp_spec in_der = {.crl = good}, in_pem = {.crl = pem_of(good, "X509 CRL")};
    const msp_spec by_other = {.crl = forged}, broken = {.crl = text("-----BEGIN X")};
    cr_assert_eq(look(&in_der, org1(&seven)).status, YQ_E_CERT_CHAIN);
    cr_assert_eq(look(&in_pem, org1(&seven)).status, YQ_E_CERT_CHAIN);
    cr_assert_eq(look(&in_pem, org1(&seven)).surety, YQ_FABRIC_SURE);
    cr_assert_eq(look(&in_der, org1(&eight)).status, YQ_OK);
    cr_assert_eq(look(&by_other, org1(&seven)).status, YQ_OK);
    cr_assert_eq(look(&broken, org1(&seven)).status, YQ_E_CERT_CHAIN);
    cr_assert_eq(look(&broken, org1(&seven)).surety, YQ_FABRIC_UNSURE);
}

/* Policies: who has signed, in this order. */
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
    yq_slice nominal = JOIN(pb_uint(1, 3), pb_bytes(2, (yq_slice){0}));
    yq_slice all =
        JOIN(pb_uint(1, 4), pb_bytes(2, JOIN(pb_bytes(1, unit), pb_bytes(1, role("Org1MSP", 0)))));
    yq_slice none = JOIN(pb_uint(1, 4), pb_bytes(2, (yq_slice){0}));
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
        {role("Org1MSP", 9), 0, 0, 0}};
    for (size_t i = 0; i < YQ_ARRAY_N(cases); i++) {
        yq_slice policy = rule_policy(rule, &cases[i].principal, 1);
        cr_assert_eq(BY(policy, p1), cases[i].p1, "case %zu", i);
        cr_assert_eq(BY(policy, u1), cases[i].u1, "case %zu", i);
        cr_assert_eq(BY(policy, p2), cases[i].p2, "case %zu", i);
    }
}

Test(policies, implicit_ones_count_groups)
{
    static const int want[3][2] = {{1, 1}, {0, 1}, {0, 1}}; /* ANY, ALL, MAJORITY of two */
    static const char path[] = "/Channel/Application/Endorsement";
    const signer_spec both[] = {p1, p2};
    for (unsigned kind = 0; kind < 3; kind++) {
        cr_assert_eq(satisfied_by((yq_slice){0}, path, both, 1, kind), want[kind][0]);
        cr_assert_eq(satisfied_by((yq_slice){0}, path, both, 2, kind), want[kind][1]);
        cr_assert_eq(satisfied_by((yq_slice){0}, path, &u1, 1, kind), 0);
    }
    cr_assert_eq(
        satisfied_by((yq_slice){0}, "/Channel/Application/Org1/Endorsement", &p1, 1, 0), 1);
    cr_assert_eq(satisfied_by((yq_slice){0}, "/Channel/None", &p1, 1, 0), 0);
    cr_assert_eq(satisfied_by((yq_slice){0}, "/Elsewhere/Application/Endorsement", &p1, 1, 0), 0);
}

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
        {"\x09\x01\x02\x03\x04\x05\x06\x07\x08\x0d\x01\x02\x03\x04", 14, 2, 1, 1},
        {"\x00\x01", 2, 0, 0, 1},  /* field 0 */
        {"\x0e", 1, 0, 0, 1},      /* no such type */
        {"\x12\x05x", 3, 0, 0, 1}, /* cut */
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
    cr_assert_eq(tree_of((yq_slice){0}), YQ_OK);
    cr_assert_eq(tree_of(JOIN(pb_entry(3, "a", value), pb_entry(3, "b", value))), YQ_OK);
    cr_assert_eq(
        tree_of(JOIN(pb_entry(3, "a", value), pb_entry(4, "a", value))), YQ_E_NONCANONICAL);
    cr_assert_eq(tree_of(JOIN(pb_entry(3, "a", value), pb_entry(3, "a", value))), YQ_E_FIELD_DUP);
    cr_assert_eq(tree_of(pb_uint(9, 1)), YQ_E_NONCANONICAL);
    cr_assert_eq(tree_of(text("\x12\x05x")), YQ_E_NONCANONICAL);
    yq_slice deep = pb_entry(2, "g", (yq_slice){0});
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
