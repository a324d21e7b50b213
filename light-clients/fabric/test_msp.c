/* What an MSP may be: authorities, units, algorithms, numbers. */
#include "light-clients/fabric/test_members.h"

static const cert_spec peer = {.name = "a", .issuer = "ca.org1", .ou = "peer"};
static const cert_spec plain = {.name = "a", .issuer = "ca.org1"};

static yq_fabric_identity looked(const msp_spec *m, const cert_spec *spec)
{
    return look(m, org1(spec));
}

/* Authorities. */

Test(msp, an_authority_may_sign_certificates)
{
    const msp_spec m = {
        .root = cert_pem(
            &(cert_spec){.name = "ca.org1", .issuer = "ca.org1", .is_ca = 1, .no_signing = 1}),
        .no_ous = 1};
    cr_expect_eq(looked(&m, &plain).status, YQ_E_CERT_CHAIN);
}

static yq_slice limited(const char *name, const char *issuer, const char *path_len)
{
    return cert_pem(&(cert_spec){.name = name, .issuer = issuer, .is_ca = 1, .path_len = path_len});
}

Test(msp, lengths_of_paths)
{
    static const struct {
        const char *root, *middle, *low; /* NULL: no limit */
        yq_status want;
    } row[] = {
        {NULL, NULL, NULL, YQ_OK},
        {"\2", "\1", "\0", YQ_OK},
        {"\1", "\1", "\0", YQ_E_CERT_CHAIN},
        {"\2", "\0", "\0", YQ_E_CERT_CHAIN},
        {"\0", "\1", "\0", YQ_E_CERT_CHAIN}};
    const cert_spec leaf = {.name = "a", .issuer = "ca.low"};
    for (size_t i = 0; i < YQ_ARRAY_N(row); i++) {
        const msp_spec m = {
            .root = limited("ca.org1", "ca.org1", row[i].root),
            .intermediate = limited("ca.mid", "ca.org1", row[i].middle),
            .more_intermediate = limited("ca.low", "ca.mid", row[i].low),
            .no_ous = 1};
        cr_expect_eq(looked(&m, &leaf).status, row[i].want, "row %zu", i);
    }
    const msp_spec alone = {.root = limited("ca.org1", "ca.org1", "\0"), .no_ous = 1};
    cr_expect_eq(looked(&alone, &plain).status, YQ_OK);
}

/* A member lives within its authority's time, by its own beginning. */
Test(msp, an_authority_that_has_ended)
{
    const msp_spec m = {
        .root = cert_pem(&(cert_spec){
            .name = "ca.org1", .issuer = "ca.org1", .is_ca = 1, .not_after = "260301000000Z"}),
        .no_ous = 1};
    cert_spec late = plain;
    late.not_before = "260601000000Z";
    cr_expect_eq(looked(&m, &plain).status, YQ_OK);
    cr_expect_eq(looked(&m, &late).status, YQ_E_CERT_CHAIN);
}

static yq_slice many(uint32_t number, yq_slice one, size_t n)
{
    yq_writer w = room(1u << 18);
    for (size_t i = 0; i < n; i++) {
        yq_pb_put_bytes(&w, number, one);
    }
    return done(&w);
}

/* A certificate that another authority of the MSP issued. */
static yq_slice second_root(unsigned serial)
{
    return cert_pem(
        &(cert_spec){.name = "ca.second", .issuer = "ca.second", .is_ca = 1, .serial = serial});
}

Test(msp, numbers_are_bounded)
{
    const struct {
        yq_slice extra;
        yq_status want;
    } row[] = {
        {many(2, second_root(1), YQ_FABRIC_MSP_CERTS_MAX - 1), YQ_OK},
        {many(2, second_root(1), YQ_FABRIC_MSP_CERTS_MAX), YQ_E_CERT_CHAIN},
        {many(5, crl_der(&(crl_spec){.ca = "ca.x"}), YQ_FABRIC_MSP_CERTS_MAX), YQ_OK},
        {many(5, crl_der(&(crl_spec){.ca = "ca.x"}), YQ_FABRIC_MSP_CERTS_MAX + 1),
         YQ_E_CERT_CHAIN}};
    for (size_t i = 0; i < YQ_ARRAY_N(row); i++) {
        const msp_spec m = {.extra = row[i].extra, .no_ous = 1};
        const yq_fabric_identity id = looked(&m, &plain);
        cr_expect_eq(id.status, row[i].want, "row %zu", i);
        cr_expect(id.status == YQ_OK || id.surety == YQ_FABRIC_UNSURE, "row %zu", i);
    }
}

Test(msp, a_certificate_that_cannot_be_read_spoils_it)
{
    for (uint32_t field = 2; field <= 4; field++) {
        const msp_spec m = {.extra = pb_bytes(field, text("no certificate")), .no_ous = 1};
        cr_expect_eq(looked(&m, &plain).status, YQ_E_CERT_CHAIN, "field %u", field);
    }
}

/* Algorithms. */

Test(msp, hashes)
{
    static const struct {
        const char *family, *function;
        yq_status want;
    } row[] = {
        {"SHA2", "SHA256", YQ_OK},
        {"", "", YQ_OK},
        {"SHA3", "SHA256", YQ_E_CERT_CHAIN},
        {"SHA2", "SHA3_256", YQ_E_CERT_CHAIN},
        {"SM3", "SM3", YQ_E_CERT_CHAIN}};
    for (size_t i = 0; i < YQ_ARRAY_N(row); i++) {
        const msp_spec m = {
            .extra = pb_bytes(8, JOIN(pb_text(1, row[i].family), pb_text(2, row[i].function)))};
        const yq_fabric_identity id = looked(&m, &peer);
        cr_expect_eq(id.status, row[i].want, "row %zu", i);
        cr_expect(id.status == YQ_OK || id.surety == YQ_FABRIC_UNSURE, "row %zu", i);
    }
}

/* What another reader of certificates may take, we do not know. */
Test(msp, certificates_beyond_us)
{
    cert_spec critical = plain, remark = plain, odd_curve = plain;
    critical.extra = extension(RAW("\x55\x1d\x7f"), 1, text("x"));
    remark.extra = extension(RAW("\x55\x1d\x7f"), 0, text("x"));
    odd_curve.spki =
        SEQ(SEQ(der(YQ_DER_OID, RAW("\x2a\x86\x48\xce\x3d\x02\x01")),
                der(YQ_DER_OID, RAW("\x2b\x81\x04\x00\x23"))),
            der(YQ_DER_BIT_STRING, JOIN(RAW("\x00\x04"), text("no point"))));
    const msp_spec m = {.no_ous = 1};
    cr_expect_eq(looked(&m, &remark).status, YQ_OK);
    cr_expect_eq(looked(&m, &critical).status, YQ_E_CERT_CHAIN);
    cr_expect_eq(looked(&m, &critical).surety, YQ_FABRIC_UNSURE);
    cr_expect_eq(looked(&m, &odd_curve).status, YQ_E_CERT_CHAIN);
    cr_expect_eq(looked(&m, &odd_curve).surety, YQ_FABRIC_UNSURE);
    const msp_spec above = {
        .root = cert_pem(&(cert_spec){
            .name = "ca.org1", .issuer = "ca.org1", .is_ca = 1, .extra = critical.extra}),
        .no_ous = 1};
    cr_expect_eq(looked(&above, &plain).status, YQ_E_CERT_CHAIN);
    cr_expect_eq(looked(&above, &plain).surety, YQ_FABRIC_UNSURE);
}

/* Units. */

static yq_slice unit_of(yq_slice certificate, const char *name)
{
    return pb_bytes(7, JOIN(pb_bytes(1, certificate), pb_text(2, name)));
}

/* Roles of nodes are given by the authority that NodeOUs name. */
Test(msp, roles_have_their_certifier)
{
    const msp_spec m = {.more_root = second_root(1)};
    const cert_spec stranger = {.name = "a", .issuer = "ca.second", .ou = "peer"};
    cr_expect_eq(looked(&m, &peer).status, YQ_OK);
    cr_expect_eq(looked(&m, &stranger).status, YQ_E_CERT_CHAIN);
}

Test(msp, units_are_demanded)
{
    yq_slice root = ca_pem("ca.org1"), low = limited("ca.mid", "ca.org1", NULL);
    const cert_spec in = {.name = "a", .issuer = "ca.org1", .ou = "bank"};
    const cert_spec out = {.name = "a", .issuer = "ca.org1", .ou = "shop"};
    const msp_spec by_root = {.extra = unit_of(root, "bank"), .no_ous = 1};
    cr_expect_eq(looked(&by_root, &in).status, YQ_OK);
    cr_expect_eq(looked(&by_root, &out).status, YQ_E_CERT_CHAIN);
    cr_expect_eq(looked(&by_root, &plain).status, YQ_E_CERT_CHAIN);
    /* By an intermediate, and not by a root beside it. */
    const cert_spec low_in = {.name = "a", .issuer = "ca.mid", .ou = "bank"};
    const cert_spec beside = {.name = "a", .issuer = "ca.second", .ou = "bank"};
    const msp_spec by_low = {
        .intermediate = low,
        .more_root = second_root(1),
        .extra = unit_of(low, "bank"),
        .no_ous = 1};
    cr_expect_eq(looked(&by_low, &low_in).status, YQ_OK);
    cr_expect_eq(looked(&by_low, &beside).status, YQ_E_CERT_CHAIN);
    /* A unit whose certificate is none of the MSP's is no MSP for Fabric. */
    const msp_spec by_none = {.extra = unit_of(second_root(1), "bank"), .no_ous = 1};
    const msp_spec by_text = {.extra = unit_of(text("x"), "bank"), .no_ous = 1};
    cr_expect_eq(looked(&by_none, &in).status, YQ_E_CERT_CHAIN);
    cr_expect_eq(looked(&by_text, &in).status, YQ_E_CERT_CHAIN);
    /* More of them than we hold. */
    yq_writer w = room(1u << 16);
    for (unsigned i = 0; i <= YQ_FABRIC_OU_IDS_MAX; i++) {
        yq_put(&w, unit_of(root, "bank"));
    }
    const msp_spec full = {
        .extra = yq_slice_of(w.p, w.n / (YQ_FABRIC_OU_IDS_MAX + 1) * YQ_FABRIC_OU_IDS_MAX),
        .no_ous = 1};
    const msp_spec more = {.extra = done(&w), .no_ous = 1};
    cr_expect_eq(looked(&full, &in).status, YQ_OK);
    cr_expect_eq(looked(&more, &in).status, YQ_E_CERT_CHAIN);
}

/* A number where NodeOUs should be changes nothing of them. */
Test(msp, fields_have_their_type)
{
    const msp_spec m = {.extra = pb_uint(11, 0)};
    cr_expect_eq(looked(&m, &plain).status, YQ_E_CERT_CHAIN);
    cr_expect_eq(looked(&m, &peer).status, YQ_OK);
}

/* Memberships. */

static yq_status added(const yq_slice *config, size_t n)
{
    client *c = client_new();
    const yq_fabric_call call = members_call(c);
    yq_fabric_members members;
    yq_status status = yq_fabric_members_begin(&call, &members, YQ_FABRIC_OUS_ALL);
    for (size_t i = 0; i < n && status == YQ_OK; i++) {
        status = yq_fabric_members_add(&call, &members, config[i]);
    }
    client_free(c);
    return status;
}

Test(msp, in_several_groups)
{
    const msp_spec m = {.no_ous = 1}, other = {0};
    const yq_slice same[] = {msp_of(&m), msp_of(&m)}, two[] = {msp_of(&m), msp_of(&other)};
    const yq_slice cut = yq_slice_of(same[0].p, same[0].n - 1);
    const yq_slice nameless = pb_bytes(2, pb_bytes(2, ca_pem("ca.org1")));
    const yq_slice broken = pb_bytes(2, JOIN(pb_text(1, "Org1MSP"), text("\x12\x7f")));
    cr_expect_eq(added(same, 2), YQ_OK);
    cr_expect_eq(added(two, 2), YQ_E_CONFIG_INVALID);
    cr_expect_eq(added(&cut, 1), YQ_E_CONFIG_INVALID);
    cr_expect_eq(added(&nameless, 1), YQ_E_CONFIG_INVALID);
    cr_expect_eq(added(&broken, 1), YQ_E_CONFIG_INVALID);
}

/* One certificate, two organisations that trust its authority: two members. What was looked up for
 * the one is not the other's. */
Test(msp, a_certificate_of_two_organisations)
{
    const msp_spec m = {.no_ous = 1};
    const yq_slice second =
        pb_bytes(2, JOIN(pb_text(1, "Org2MSP"), pb_bytes(2, ca_pem("ca.org1"))));
    const yq_slice third = pb_bytes(2, JOIN(pb_text(1, "Org3MSP"), pb_bytes(2, ca_pem("ca.org3"))));
    client *c = client_new();
    const yq_fabric_call call = members_call(c);
    yq_fabric_members members;
    const yq_fabric_identity *id[6];
    yq_slice pem = cert_pem(&plain);
    cr_assert_eq(yq_fabric_members_begin(&call, &members, YQ_FABRIC_OUS_ALL), YQ_OK);
    cr_assert_eq(yq_fabric_members_add(&call, &members, msp_of(&m)), YQ_OK);
    cr_assert_eq(yq_fabric_members_add(&call, &members, second), YQ_OK);
    cr_assert_eq(yq_fabric_members_add(&call, &members, third), YQ_OK);
    for (size_t i = 0; i < 4; i++) {
        static const char *const msp[] = {"Org1MSP", "Org2MSP", "Org3MSP", "Org1MSP"};
        cr_assert_eq(
            yq_fabric_identity_of_parts(&call, &members, text(msp[i]), pem, &id[i]), YQ_OK);
        cr_expect_eq(id[i]->status, i == 2 ? YQ_E_CERT_CHAIN : YQ_OK, "%zu", i);
        cr_expect(yq_slice_equal(id[i]->msp_id, text(msp[i])));
    }
    cr_expect_not(yq_fabric_identity_same(id[0], id[1]));
    cr_expect(yq_fabric_identity_same(id[0], id[3]));
    cr_expect_eq(members.identity_n, 3, "each is judged once");
    /* And nothing at all is nobody, whatever was looked up by parts. */
    cr_assert_eq(yq_fabric_identity_of(&call, &members, nothing, &id[4]), YQ_OK);
    cr_expect_neq(id[4]->status, YQ_OK);
    cr_assert_eq(yq_fabric_identity_of(&call, &members, org1(&plain), &id[4]), YQ_OK);
    size_t n = members.identity_n;
    cr_assert_eq(yq_fabric_identity_of(&call, &members, org1(&plain), &id[5]), YQ_OK);
    cr_expect_eq(members.identity_n, n);
    cr_expect(yq_fabric_identity_same(id[0], id[5]));
    client_free(c);
}

/* What cannot be read is the same only as itself. */
Test(msp, identities_that_cannot_be_read)
{
    const msp_spec m = {.no_ous = 1};
    client *c = client_new();
    const yq_fabric_call call = members_call(c);
    yq_fabric_members members;
    const yq_fabric_identity *id[3];
    const yq_slice pem[] = {text("x"), text("y"), cert_pem(&plain)};
    cr_assert_eq(yq_fabric_members_begin(&call, &members, YQ_FABRIC_OUS_ALL), YQ_OK);
    cr_assert_eq(yq_fabric_members_add(&call, &members, msp_of(&m)), YQ_OK);
    for (size_t i = 0; i < 3; i++) {
        cr_assert_eq(
            yq_fabric_identity_of_parts(&call, &members, text("Org1MSP"), pem[i], &id[i]), YQ_OK);
    }
    for (size_t i = 0; i < 9; i++) {
        cr_expect_eq(yq_fabric_identity_same(id[i / 3], id[i % 3]), i / 3 == i % 3, "%zu", i);
    }
    client_free(c);
}

/* An MSP of another kind has nobody. */
Test(msp, of_another_kind)
{
    const msp_spec m = {.no_ous = 1};
    client *c = client_new();
    const yq_fabric_call call = members_call(c);
    yq_fabric_members members;
    const yq_fabric_identity *id;
    cr_assert_eq(yq_fabric_members_begin(&call, &members, YQ_FABRIC_OUS_ALL), YQ_OK);
    cr_assert_eq(yq_fabric_members_add(&call, &members, JOIN(pb_uint(1, 1), msp_of(&m))), YQ_OK);
    cr_assert_eq(yq_fabric_identity_of(&call, &members, org1(&plain), &id), YQ_OK);
    cr_expect_eq(id->status, YQ_E_CERT_CHAIN);
    cr_expect_eq(id->surety, YQ_FABRIC_UNSURE);
    client_free(c);
}

/* Principals that name an identity which finds no room. */
static void named_is_beyond(const yq_fabric_call *call, yq_fabric_members *members)
{
    yq_slice named = JOIN(pb_uint(1, 2), pb_bytes(2, org1(&plain)));
    yq_slice combined = JOIN(pb_uint(1, 4), pb_bytes(2, pb_bytes(1, named)));
    int fits;
    cr_assert_eq(
        yq_fabric_principal_check(call, members, members->identity[0], named, 0, &fits),
        YQ_E_LIMIT);
    cr_assert_eq(
        yq_fabric_principal_check(call, members, members->identity[0], combined, 0, &fits),
        YQ_E_LIMIT);
    yq_slice policy = rule_policy(signed_by(0), &named, 1);
    yq_slice leaf = pb_entry(4, "P", config_policy(1, policy));
    yq_fabric_tree tree;
    cr_assert_eq(
        yq_fabric_tree_decode(
            call, JOIN(pb_entry(2, "G", leaf), pb_entry(4, "P", implicit("P", 0))), &tree),
        YQ_OK);
    const yq_fabric_signers signers = {.id = {members->identity[0]}, .n = 1};
    const yq_fabric_question q = {
        .call = call, .tree = &tree, .members = members, .signers = &signers};
    cr_assert_eq(yq_fabric_policy_signature(&q, policy, &fits), YQ_E_LIMIT);
    cr_assert_eq(
        yq_fabric_policy_element(&q, yq_fabric_tree_policy(&tree, 0, text("P")), &fits),
        YQ_E_LIMIT);
}

Test(msp, identities_are_bounded)
{
    const msp_spec m = {.no_ous = 1};
    client *c = client_new();
    const yq_fabric_call call = members_call(c);
    yq_fabric_members members;
    cr_assert_eq(yq_fabric_members_begin(&call, &members, YQ_FABRIC_OUS_ALL), YQ_OK);
    cr_assert_eq(yq_fabric_members_add(&call, &members, msp_of(&m)), YQ_OK);
    for (unsigned i = 0; i <= YQ_FABRIC_IDENTITIES_MAX; i++) {
        char pem[16];
        const yq_fabric_identity *id;
        snprintf(pem, sizeof pem, "%u", i);
        const yq_status want = i < YQ_FABRIC_IDENTITIES_MAX ? YQ_OK : YQ_E_LIMIT;
        cr_assert_eq(
            yq_fabric_identity_of_parts(&call, &members, text("Org1MSP"), copy_of(text(pem)), &id),
            want,
            "%u",
            i);
        if (i == YQ_FABRIC_IDENTITIES_MAX) {
            cr_assert_eq(yq_fabric_identity_of(&call, &members, org1(&plain), &id), YQ_E_LIMIT);
            named_is_beyond(&call, &members);
        }
    }
    client_free(c);
}
