/* Certificates of an organisation: which are identities, and of which role. */
#include "light-clients/fabric/test_members.h"

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
        /* over before it has begun */
        {{.name = "a",
          .issuer = "ca.org1",
          .ou = "peer",
          .not_before = "260601000000Z",
          .not_after = "260601000000Z"},
         YQ_E_CERT_CHAIN,
         1,
         0},
        /* by the CA's key, under another name */
        {{.name = "a", .issuer = "ca.other", .issuer_key = "ca.org1", .ou = "peer"},
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

/* Two authorities of one name: the one counts whose signature it is. */
Test(members, authorities_of_one_name)
{
    const cert_spec member = {.name = "a", .issuer = "ca.org1"};
    const cert_spec other = {.name = "a", .issuer = "ca.org1", .issuer_key = "ca.twin"};
    const cert_spec forged = {.name = "a", .issuer = "ca.org1", .issuer_key = "x"};
    yq_slice twin = cert_pem(&(cert_spec){
        .name = "ca.org1",
        .issuer = "ca.org1",
        .key = "ca.twin",
        .issuer_key = "ca.twin",
        .is_ca = 1});
    const msp_spec row[] = {
        {.root = twin, .more_root = ca_pem("ca.org1"), .no_ous = 1},
        {.root = ca_pem("ca.org1"), .more_root = twin, .no_ous = 1}};
    for (size_t i = 0; i < YQ_ARRAY_N(row); i++) {
        cr_expect_eq(look(&row[i], org1(&member)).status, YQ_OK, "row %zu", i);
        cr_expect_eq(look(&row[i], org1(&other)).status, YQ_OK, "row %zu", i);
        cr_expect_eq(look(&row[i], org1(&forged)).status, YQ_E_CERT_CHAIN, "row %zu", i);
    }
}

/* Two certificates of one authority: the way up is not the only one, and Fabric wants one. */
Test(members, two_ways_up)
{
    const cert_spec member = {.name = "a", .issuer = "ca.org1"};
    const msp_spec m = {
        .more_root =
            cert_pem(&(cert_spec){.name = "ca.org1", .issuer = "ca.org1", .is_ca = 1, .serial = 2}),
        .no_ous = 1};
    cr_expect_eq(look(&m, org1(&member)).status, YQ_E_CERT_CHAIN);
}

/* What stands behind the numbers of an authority's signature makes no second member. */
Test(members, a_tail_makes_no_second_member)
{
    for (unsigned mode = YQ_FABRIC_SIGNING_PLAIN; mode <= YQ_FABRIC_SIGNING_SM2_HASH; mode++) {
        net_dialect.signing = dialect.signing = (uint8_t)mode;
        const msp_spec m = {.root = ca_pem("ca.org1"), .no_ous = 1};
        const cert_spec bare = {.name = "a", .issuer = "ca.org1"};
        cert_spec tailed = bare, other = bare;
        tailed.tail = text("x");
        other.serial = 2;
        const yq_fabric_identity a = look(&m, org1(&bare)), b = look(&m, org1(&tailed));
        const yq_fabric_identity third = look(&m, org1(&other));
        cr_expect_eq(a.status, YQ_OK);
        cr_expect_eq(b.status, YQ_OK);
        cr_expect(yq_digest_equal(&a.cert.content, &b.cert.content), "mode %u", mode);
        cr_expect_not(yq_digest_equal(&a.cert.content, &third.cert.content), "mode %u", mode);
    }
}

Test(members, sizes_of_certificates)
{
    const msp_spec usual = {0};
    const cert_spec spec = {.name = "a", .issuer = "ca.org1", .ou = "peer"};
    yq_slice pem = cert_pem(&spec);
    char *blank = keep(malloc(YQ_FABRIC_PEM_MAX));
    memset(blank, '\n', YQ_FABRIC_PEM_MAX);
    for (size_t over = 0; over < 2; over++) {
        yq_slice long_one = JOIN(pem, yq_slice_of(blank, YQ_FABRIC_PEM_MAX - pem.n + over));
        const yq_fabric_identity id = look(&usual, identity_of("Org1MSP", long_one));
        cr_expect_eq(id.status, over == 0 ? YQ_OK : YQ_E_CERT_CHAIN);
        cr_expect_eq(id.surety, YQ_FABRIC_UNSURE);
    }
}
