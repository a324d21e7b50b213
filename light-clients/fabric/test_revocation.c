/* Revocation lists: of members, of authorities, with intermediates, and as an update brings them.
 */
#include "light-clients/fabric/test_calls.h"
#include "light-clients/fabric/test_members.h"

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
    /* signed in a way that the authority's key has none of: others may know more */
    const msp_spec odd = {.crl = crl_of("ca.org1", "ed.x", 7)};
    cr_assert_eq(look(&odd, org1(&seven)).status, YQ_E_CERT_CHAIN);
    cr_assert_eq(look(&odd, org1(&seven)).surety, YQ_FABRIC_UNSURE);
    cr_assert_eq(look(&odd, org1(&eight)).status, YQ_OK);
    cr_assert_eq(look(&broken, org1(&seven)).status, YQ_E_CERT_CHAIN);
    cr_assert_eq(look(&broken, org1(&seven)).surety, YQ_FABRIC_UNSURE);
}

/* Root, intermediate, and who stands below which. */

static yq_slice lists(const char *ca, const char *key, const uint8_t *serial, size_t n)
{
    return crl_der(&(crl_spec){.ca = ca, .key = key, .serial = serial, .serial_n = n});
}

static yq_slice middle(unsigned serial)
{
    return cert_pem(
        &(cert_spec){.name = "ca.mid", .issuer = "ca.org1", .is_ca = 1, .serial = serial});
}

static cert_spec below(const char *issuer, unsigned serial)
{
    return (cert_spec){.name = "a", .issuer = issuer, .serial = serial};
}

Test(revocation, a_leaf_below_an_intermediate)
{
    static const uint8_t seven[] = {5, 7};
    static const struct {
        const char *ca, *key; /* of the list */
        yq_status want;
    } row[] = {
        {"ca.mid", NULL, YQ_E_CERT_CHAIN},
        /* the root says nothing of the intermediate's members, whoever signs */
        {"ca.org1", NULL, YQ_OK},
        {"ca.org1", "ca.mid", YQ_OK},
        {"ca.mid", "ca.org1", YQ_OK},
        {"ca.mid", "x", YQ_OK},
        {"ca.other", "ca.mid", YQ_OK}};
    for (size_t i = 0; i < YQ_ARRAY_N(row); i++) {
        const msp_spec m = {
            .intermediate = middle(9),
            .no_ous = 1,
            .crl = lists(row[i].ca, row[i].key, seven, sizeof seven)};
        const cert_spec listed = below("ca.mid", 7), free_of_it = below("ca.mid", 8);
        cr_expect_eq(look(&m, org1(&listed)).status, row[i].want, "row %zu", i);
        cr_expect_eq(look(&m, org1(&free_of_it)).status, YQ_OK, "row %zu", i);
    }
}

Test(revocation, an_intermediate)
{
    static const uint8_t nine = 9;
    const cert_spec member = below("ca.mid", 7);
    const msp_spec revoked = {
        .intermediate = middle(9), .no_ous = 1, .crl = lists("ca.org1", NULL, &nine, 1)};
    const msp_spec another = {
        .intermediate = middle(8), .no_ous = 1, .crl = lists("ca.org1", NULL, &nine, 1)};
    const msp_spec by_itself = {
        .intermediate = middle(9), .no_ous = 1, .crl = lists("ca.mid", NULL, &nine, 1)};
    const msp_spec forged = {
        .intermediate = middle(9), .no_ous = 1, .crl = lists("ca.org1", "x", &nine, 1)};
    cr_expect_eq(look(&revoked, org1(&member)).status, YQ_E_CERT_CHAIN);
    cr_expect_eq(look(&another, org1(&member)).status, YQ_OK);
    cr_expect_eq(look(&by_itself, org1(&member)).status, YQ_OK);
    cr_expect_eq(look(&forged, org1(&member)).status, YQ_OK);
}

/* An intermediate below an intermediate, revoked by the one above. */
Test(revocation, an_intermediate_in_the_middle)
{
    static const uint8_t three = 3;
    yq_slice low =
        cert_pem(&(cert_spec){.name = "ca.low", .issuer = "ca.mid", .is_ca = 1, .serial = 3});
    const cert_spec member = below("ca.low", 7);
    msp_spec m = {.intermediate = middle(9), .more_intermediate = low, .no_ous = 1};
    cr_expect_eq(look(&m, org1(&member)).status, YQ_OK);
    m.crl = lists("ca.mid", NULL, &three, 1);
    cr_expect_eq(look(&m, org1(&member)).status, YQ_E_CERT_CHAIN);
    m.crl = lists("ca.org1", NULL, &three, 1);
    cr_expect_eq(look(&m, org1(&member)).status, YQ_OK);
}

/* A list that does not say whose it is makes nobody judgeable, in Fabric and here. */
Test(revocation, lists_name_their_authority)
{
    static const uint8_t five = 5;
    const cert_spec member = {.name = "a", .issuer = "ca.org1", .ou = "peer", .serial = 7};
    const msp_spec nameless = {
        .crl =
            crl_der(&(crl_spec){.ca = "ca.org1", .serial = &five, .serial_n = 1, .without_id = 1})};
    cr_expect_eq(look(&nameless, org1(&member)).status, YQ_E_CERT_CHAIN);
    cr_expect_eq(look(&nameless, org1(&member)).surety, YQ_FABRIC_UNSURE);
    const msp_spec empty = {.crl = crl_der(&(crl_spec){.ca = "ca.org1"})};
    cr_expect_eq(look(&empty, org1(&member)).status, YQ_OK);
}

/* An MSP whose authorities are none, or cannot be named by a list, is none. */
Test(revocation, authorities_have_their_marks)
{
    const cert_spec member = {.name = "a", .issuer = "ca.org1", .ou = "peer"};
    const msp_spec usual = {.more_root = ca_pem("ca.second")};
    cr_expect_eq(look(&usual, org1(&member)).status, YQ_OK);
    const msp_spec leaf = {
        .more_root = cert_pem(&(cert_spec){.name = "ca.second", .issuer = "ca.second"})};
    cr_expect_eq(look(&leaf, org1(&member)).status, YQ_E_CERT_CHAIN);
    const msp_spec unnamed = {
        .more_root = cert_pem(&(cert_spec){
            .name = "ca.second", .issuer = "ca.second", .is_ca = 1, .without_key_id = 1})};
    cr_expect_eq(look(&unnamed, org1(&member)).status, YQ_E_CERT_CHAIN);
    const msp_spec low = {
        .no_ous = 1,
        .intermediate = cert_pem(
            &(cert_spec){.name = "ca.mid", .issuer = "ca.org1", .is_ca = 1, .without_key_id = 1})};
    const cert_spec under = below("ca.mid", 7);
    cr_expect_eq(look(&low, org1(&under)).status, YQ_E_CERT_CHAIN);
}

/* Lists that an update of the configuration brings. */

static const uint8_t seven_only[] = {7};

static tx_spec call_with_peer_seven(void)
{
    tx_spec t = plain_call();
    t.endorser[0].identity = identity_of(
        "Org1MSP",
        cert_pem(&(cert_spec){.name = "peer1", .issuer = "ca.org1", .ou = "peer", .serial = 7}));
    return t;
}

static yq_status take_update(client *c, net *n, const update_spec *u)
{
    net after;
    yq_slice element = config_element(n, u, &after);
    parts b = block_next(n, &element, 1);
    block_sign(n, &b, b.number);
    yq_status status = client_update(c, layout_block(&b));
    if (status == YQ_OK) {
        after.config_number = b.number;
        net_take(&after, &b);
        *n = after;
    }
    return status;
}

static update_spec revoking(yq_slice crl, unsigned org)
{
    update_spec u = good_update;
    u.revoked = crl;
    u.revoking_org = org;
    if (org == 1) {
        u.admin[0][0] = "Org1MSP";
        u.admin[0][1] = "ca.org1";
    }
    return u;
}

Test(revocation, an_endorser_by_an_update)
{
    for (int is_bft = 0; is_bft < 2; is_bft++) {
        net n = net_new(is_bft);
        client *c = start(&n);
        yq_slice crl = lists("ca.org1", NULL, seven_only, 1);
        tx_spec t = call_with_peer_seven(), other = plain_call();
        cr_expect_eq(verdict(c, &n, &t), YQ_OK, "%s", c->why.text);
        /* Only the organisation itself revokes. */
        update_spec u = revoking(crl, 1);
        u.admin[0][0] = "Org2MSP";
        u.admin[0][1] = "ca.org2";
        cr_expect_eq(take_update(c, &n, &u), YQ_E_SET_CHANGE);
        cr_expect_eq(verdict(c, &n, &t), YQ_OK, "%s", c->why.text);
        u = revoking(crl, 1);
        cr_expect_eq(take_update(c, &n, &u), YQ_OK, "%s", c->why.text);
        cr_expect_eq(verdict(c, &n, &t), YQ_E_ENDORSEMENT);
        cr_expect_eq(verdict(c, &n, &other), YQ_OK, "%s", c->why.text);
        /* And the next list lets it in again: the configuration in force counts. */
        u = revoking(lists("ca.org1", NULL, NULL, 0), 1);
        cr_expect_eq(take_update(c, &n, &u), YQ_OK, "%s", c->why.text);
        cr_expect_eq(verdict(c, &n, &t), YQ_OK, "%s", c->why.text);
        client_free(c);
    }
}

Test(revocation, an_orderer_by_an_update)
{
    static const uint8_t second = ORDERER_SERIAL + 2;
    for (int is_bft = 0; is_bft < 2; is_bft++) {
        const orderer_spec with[] = {{.id = 2}, {.id = 1}, {.id = 3}};
        const orderer_spec without[] = {{.id = 1}, {.id = 3}, {.id = 4}};
        net n = net_new(is_bft);
        client *c = start(&n);
        tx_spec t = plain_call();
        yq_slice tx = tx_of(&n, &t);
        parts b = block_next(&n, &tx, 1);
        b.signatures = metadata_of(&n, &b, 0, with, is_bft ? 3 : 1);
        cr_expect_eq(client_try(c, layout_block(&b), 0), YQ_OK, "%s", c->why.text);
        update_spec u = revoking(lists("ca.orderer", NULL, &second, 1), 0);
        cr_assert_eq(take_update(c, &n, &u), YQ_OK, "%s", c->why.text);
        b = block_next(&n, &tx, 1);
        b.signatures = metadata_of(&n, &b, n.config_number, with, is_bft ? 3 : 1);
        cr_expect_eq(client_try(c, layout_block(&b), 0), YQ_E_CERT_CHAIN);
        b.signatures = metadata_of(&n, &b, n.config_number, without, is_bft ? 3 : 1);
        cr_expect_eq(client_try(c, layout_block(&b), 0), YQ_OK, "%s", c->why.text);
        client_free(c);
    }
}

/* A revoked administrator agrees to nothing. */
Test(revocation, an_administrator_by_an_update)
{
    net n = net_new(0);
    client *c = start(&n);
    static const uint8_t one = 1;
    update_spec u = revoking(lists("ca.org1", NULL, &one, 1), 1);
    cr_assert_eq(take_update(c, &n, &u), YQ_OK, "%s", c->why.text);
    u = revoking(lists("ca.org1", NULL, NULL, 0), 1);
    cr_expect_eq(take_update(c, &n, &u), YQ_E_SET_CHANGE);
    client_free(c);
}
