/* Authorities and members with P-384 keys. Members sign SHA-256 digests with low s as with P-256;
 * authorities sign certificates with either hash and any s. */
#include "light-clients/fabric/test_calls.h"
#include "light-clients/fabric/test_members.h"

/* Whole networks. */

static const char *const kinds[][4] = {
    {"ca."},                              /* authorities only */
    {"orderer", "peer", "user", "admin"}, /* members only */
    {"ca.", "orderer", "peer"},           /* creators are P-256 */
    {"ca.org1", "orderer2", "peer2"}};    /* and mixed in one block */

static void set_kind(size_t kind)
{
    memcpy(net_p384, kinds[kind], sizeof kinds[kind]);
}

Test(p384, networks_prove_events, .timeout = 60)
{
    for (size_t kind = 0; kind < YQ_ARRAY_N(kinds); kind++) {
        for (int is_bft = 0; is_bft < 2; is_bft++) {
            net n, after;
            set_kind(kind);
            n = net_new(is_bft);
            client *c = start(&n);
            tx_spec t = plain_call();
            cr_expect_eq(verdict(c, &n, &t), YQ_OK, "%zu: %s", kind, c->why.text);
            yq_slice element = config_element(&n, &good_update, &after);
            parts b = block_next(&n, &element, 1);
            block_sign(&n, &b, b.number);
            cr_expect_eq(client_update(c, layout_block(&b)), YQ_OK, "%zu: %s", kind, c->why.text);
            client_free(c);
        }
    }
}

static yq_status signed_with(client *c, net *n, const orderer_spec *third)
{
    tx_spec t = plain_call();
    yq_slice tx = tx_of(n, &t);
    parts b = block_next(n, &tx, 1);
    const orderer_spec o[] = {{.id = 1}, {.id = 2}, *third};
    b.signatures = metadata_of(n, &b, 0, o, 3);
    return client_try(c, layout_block(&b), 0);
}

Test(p384, orderers)
{
    static const struct {
        orderer_spec third;
        yq_status want;
    } row[] = {
        {{.id = 3}, YQ_OK},
        {{.id = 3, .high = 1}, YQ_E_SIG_HIGH_S},
        {{.id = 2}, YQ_E_DUP_SIGNER},
        {{.id = 5}, YQ_E_SIGNER_UNKNOWN},
        {{.id = 3, .identifier = 4}, YQ_E_SIG},
        {{.id = 3, .key = "orderer9"}, YQ_E_SIG},
        /* 64 bytes of a P-256 key fit into 96 and prove nothing */
        {{.id = 3, .key = "short"}, YQ_E_SIG},
        {{.id = 3, .tail = {(const uint8_t *)"\0", 1}}, YQ_E_NONCANONICAL}};
    set_kind(1);
    net n = net_new(1);
    client *c = start(&n);
    for (size_t i = 0; i < YQ_ARRAY_N(row); i++) {
        cr_expect_eq(signed_with(c, &n, &row[i].third), row[i].want, "row %zu", i);
    }
    client_free(c);
}

/* The other way round: the numbers of a P-384 signature do not fit a P-256 key. */
Test(p384, numbers_of_the_other_curve_do_not_fit)
{
    const orderer_spec third = {.id = 3, .key = "long"};
    net_p384[0] = "long";
    net n = net_new(1);
    client *c = start(&n);
    cr_expect_eq(signed_with(c, &n, &third), YQ_E_SIG_RANGE);
    client_free(c);
}

/* A quorum exactly: no byte of the third signature may change. */
Test(p384, every_byte_of_a_signature_counts, .timeout = 60)
{
    set_kind(2);
    net n = net_new(1);
    client *c = start(&n);
    tx_spec t = plain_call();
    yq_slice tx = tx_of(&n, &t);
    parts b = block_of(&n, &tx, 1);
    yq_slice third = field(field(b.signatures, 2, 2, NULL), 2, 0, NULL);
    cr_assert_eq(client_try(c, layout_block(&b), 0), YQ_OK);
    cr_assert_geq(third.n, 100);
    uint8_t *p = (uint8_t *)(uintptr_t)third.p;
    for (size_t i = 0; i < third.n; i++) {
        p[i] ^= 0x20;
        cr_expect_neq(client_try(c, layout_block(&b), 0), YQ_OK, "byte %zu", i);
        p[i] ^= 0x20;
    }
    cr_assert_eq(client_try(c, layout_block(&b), 0), YQ_OK);
    client_free(c);
}

Test(p384, endorsers)
{
    set_kind(1);
    net n = net_new(0);
    client *c = start(&n);
    tx_spec t = plain_call();
    t.endorser[1].high = 1;
    cr_expect_eq(verdict(c, &n, &t), YQ_E_ENDORSEMENT);
    t = plain_call();
    t.endorser[1].wrong = 1;
    cr_expect_eq(verdict(c, &n, &t), YQ_E_ENDORSEMENT);
    t = plain_call();
    t.endorser[1].ca = "ca.org1";
    cr_expect_eq(verdict(c, &n, &t), YQ_E_ENDORSEMENT);
    t = plain_call();
    t.bad_creator = 1;
    cr_expect_eq(verdict(c, &n, &t), YQ_E_SIG);
    t = plain_call();
    cr_expect_eq(verdict(c, &n, &t), YQ_OK, "%s", c->why.text);
    client_free(c);
}

/* The same certificate with the other form of the authority's s is the same orderer. */
Test(p384, two_encodings_of_a_certificate_are_one_signer)
{
    set_kind(0);
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
    cr_expect_eq(client_try(c, layout_block(&b), 0), YQ_E_DUP_SIGNER);
    const orderer_spec two[] = {{.id = 2}, {.id = 1, .creator = other}};
    b.signatures = metadata_of(&n, &b, 0, two, 2);
    cr_expect_eq(client_try(c, layout_block(&b), 0), YQ_OK, "%s", c->why.text);
    client_free(c);
}

/* Certificates. */

static cert_spec peer_of(yq_hash_alg hash, const char *issuer_key, int high)
{
    return (cert_spec){
        .name = "a",
        .issuer = "ca.org1",
        .issuer_key = issuer_key,
        .ou = "peer",
        .hash = hash,
        .high_s = high};
}

Test(p384, authorities_sign_with_either_hash)
{
    const msp_spec usual = {0};
    for (unsigned curve = 0; curve < 2; curve++) {
        static const yq_hash_alg hash[] = {YQ_HASH_SHA256, YQ_HASH_SHA384};
        net_p384[0] = curve == 0 ? NULL : "ca.";
        for (unsigned i = 0; i < 4; i++) {
            const cert_spec good = peer_of(hash[i & 1], NULL, (int)(i >> 1));
            const cert_spec forged = peer_of(hash[i & 1], "ca.x", (int)(i >> 1));
            const cert_spec other_curve = peer_of(hash[i & 1], curve == 0 ? "x" : "ca.x", 0);
            cr_expect_eq(look(&usual, org1(&good)).status, YQ_OK, "%u %u", curve, i);
            cr_expect_eq(look(&usual, org1(&forged)).status, YQ_E_CERT_CHAIN);
            cr_expect_eq(look(&usual, org1(&other_curve)).status, YQ_E_CERT_CHAIN);
        }
    }
}

/* A signature over the one hash is none over the other. */
Test(p384, the_hash_is_the_one_that_is_named)
{
    net_p384[0] = "ca.";
    const msp_spec usual = {0};
    const cert_spec spec = peer_of(YQ_HASH_SHA384, NULL, 0);
    yq_slice der_of = cert_der(&spec);
    static const uint8_t name[] = {0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x03};
    unsigned renamed = 0;
    for (size_t i = 0; i + sizeof name <= der_of.n; i++) {
        if (memcmp(der_of.p + i, name, sizeof name) == 0) {
            ((uint8_t *)(uintptr_t)der_of.p)[i + 7] = 2;
            renamed++;
        }
    }
    cr_assert_eq(renamed, 2);
    yq_slice lie = identity_of("Org1MSP", pem_of(der_of, "CERTIFICATE"));
    cr_expect_eq(look(&usual, lie).status, YQ_E_CERT_CHAIN);
    cr_expect_eq(look(&usual, lie).surety, YQ_FABRIC_SURE);
}

Test(p384, every_byte_of_a_certificate_counts, .timeout = 60)
{
    net_p384[0] = "ca.";
    net_p384[1] = "a";
    const msp_spec usual = {0};
    const cert_spec spec = peer_of(0, NULL, 0);
    yq_slice der_of = cert_der(&spec);
    uint8_t *p = (uint8_t *)(uintptr_t)der_of.p;
    cr_assert_eq(look(&usual, identity_of("Org1MSP", pem_of(der_of, "CERTIFICATE"))).status, YQ_OK);
    for (size_t i = 0; i < der_of.n; i++) {
        p[i] ^= 0x04;
        yq_slice changed = identity_of("Org1MSP", pem_of(der_of, "CERTIFICATE"));
        cr_expect_neq(look(&usual, changed).status, YQ_OK, "byte %zu", i);
        p[i] ^= 0x04;
    }
}

/* Members are compared by the authority's signature made low, on its own curve. */
Test(p384, the_forms_of_a_signature_are_one_content)
{
    net_p384[0] = "ca.";
    const msp_spec usual = {0};
    const cert_spec low = peer_of(0, NULL, 0), high = peer_of(0, NULL, 1);
    const cert_spec sha256 = peer_of(YQ_HASH_SHA256, NULL, 0);
    const yq_fabric_identity a = look(&usual, org1(&low)), b = look(&usual, org1(&high));
    const yq_fabric_identity other = look(&usual, org1(&sha256));
    cr_expect(yq_digest_equal(&a.cert.content, &b.cert.content));
    cr_expect_not(yq_digest_equal(&a.cert.content, &other.cert.content));
}

/* Lists of a P-384 authority. */
Test(p384, revocation)
{
    static const uint8_t one = 1, two = 2;
    net_p384[0] = "ca.";
    const cert_spec peer = peer_of(0, NULL, 0);
    const crl_spec row[] = {
        {.ca = "ca.org1", .serial = &one, .serial_n = 1},
        {.ca = "ca.org1", .serial = &one, .serial_n = 1, .hash = YQ_HASH_SHA256, .high_s = 1},
        {.ca = "ca.org1", .serial = &two, .serial_n = 1},
        {.ca = "ca.org1", .serial = &one, .serial_n = 1, .key = "ca.x"}};
    static const yq_status want[] = {YQ_E_CERT_CHAIN, YQ_E_CERT_CHAIN, YQ_OK, YQ_OK};
    for (size_t i = 0; i < YQ_ARRAY_N(row); i++) {
        const msp_spec m = {.crl = crl_der(&row[i])};
        cr_expect_eq(look(&m, org1(&peer)).status, want[i], "row %zu", i);
    }
}
