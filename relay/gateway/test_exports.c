#include "relay/gateway/test_messages.h"

/* A chain whose contract checks secp256k1: what it is handed, and what an operator deploys it with.
 */

static yq_key *eth[WORLD_N];
static yq_export_set set;
static yq_digest own, theirs;

static void bind_one(unsigned i)
{
    uint8_t sig[64], sig65[YQ_EXPORT_SIG_SIZE];
    yq_digest m;
    const yq_export_binding what = {
        YQ_SUITE_ETH, yq_key_public(g.w.validator[i]), yq_slice_of(set.key[i], YQ_ADDRESS_SIZE)};
    yq_export_key_digest(YQ_HASH_SM3, &g.w.chain, &what, &m);
    yq_key_sign(g.w.validator[i], yq_slice_of(m.b, sizeof m.b), sig);
    yq_export_owner_digest(&g.w.chain, &what, &m);
    yq_key_sign_recoverable(eth[i], m.b, sig65);
    const yq_tx tx = {
        .method = YQ_METHOD_EXPORT_KEY,
        .as.export_key = {
            .suite = YQ_SUITE_ETH,
            .validator = what.validator,
            .address = what.address,
            .validator_proof = YQ_SLICE_OF(sig),
            .address_proof = YQ_SLICE_OF(sig65)}};
    run(0, &tx);
}

static void setup(void)
{
    const yq_ledger_config with = {.verifier = test_verifiers, .verifier_n = 1};
    seq = 0;
    make_world();
    gateway_world_start(&g, NULL, NULL, &with);
    set = (yq_export_set){
        .chain_id_hash = g.w.chain, .epoch = 1, .suite = YQ_SUITE_ETH, .n = WORLD_N};
    for (unsigned i = 0; i < WORLD_N; i++) {
        const char name[] = {(char)('a' + i), 0};
        eth[i] = yq_key_derive(YQ_SIG_SECP256K1_DIGEST, yq_slice_text("gateway"), name);
        yq_secp256k1_address(yq_key_public(eth[i]).p, set.key[i]);
    }
    yq_valset_hash(YQ_HASH_SM3, &g.w.set, &own);
    yq_export_set_hash(&set, &theirs);
}

static void teardown(void)
{
    for (unsigned i = 0; i < WORLD_N; i++) {
        yq_key_free(eth[i]);
    }
    gateway_world_close(&g);
}

/* Signs what the state calls for, as three validators do, and keeps it. */
static yq_export certify(void)
{
    static uint8_t hub[YQ_CHAIN_ID_SIZE_MAX];
    uint8_t room[YQ_EXPORT_CERT_SIZE_MAX], sig[YQ_EXPORT_SIG_SIZE];
    yq_writer w = yq_writer_of(room, sizeof room);
    yq_view *view;
    yq_export_cert cert = {.sigs = {.bitmap = 0}};
    yq_digest m;
    cr_assert_eq(yq_view_open(g.w.ledger, &view), YQ_OK);
    cr_assert_eq(yq_hub_export(yq_view_hub(view), YQ_SUITE_ETH, &cert.body), YQ_OK);
    yq_bytes_copy(hub, cert.body.hub.p, cert.body.hub.n);
    cert.body.hub.p = hub;
    yq_view_close(view);
    yq_export_digest(&cert.body, &m);
    for (unsigned i = 1; i < WORLD_N; i++) {
        yq_key_sign_recoverable(eth[i], m.b, sig);
        yq_export_sigs_add(&cert.sigs, i, sig);
    }
    yq_export_cert_put(&w, &cert);
    cr_assert_eq(
        yq_ledger_export_put(g.w.ledger, YQ_SUITE_ETH, cert.body.height, yq_writer_slice(&w)),
        YQ_OK);
    return cert.body;
}

static void bind_all(void)
{
    for (unsigned i = 0; i < WORLD_N; i++) {
        bind_one(i);
    }
}

Test(exports, a_delivery_comes_with_its_suites_certificate, .init = setup, .fini = teardown)
{
    static yq_delivery_packet packet[YQ_DELIVERY_PACKETS_MAX];
    yq_delivery delivery;
    yq_export_cert cert;
    yq_bft_tip tip;
    bind_all();
    open_chain("city-a", 1, YQ_SUITE_SM2, &own);
    open_chain("eth-one", 2, YQ_SUITE_ETH, &theirs);
    test_refused(&g, "/api/v1/chains/eth-one/deliveries", 404, "NOT_FOUND");
    send_one("eth-one");
    test_refused(&g, "/api/v1/chains/eth-one/deliveries", 404, "NOT_FOUND");
    yq_export said = certify();
    for (unsigned later = 0; later < 2; later++) {
        test_reply r = test_get(&g, "/api/v1/chains/eth-one/deliveries");
        cr_assert_eq(
            yq_delivery_decode(r.body, packet, YQ_DELIVERY_PACKETS_MAX, &delivery, NULL), YQ_OK);
        cr_assert_eq(delivery.suite, YQ_SUITE_ETH);
        cr_assert_eq(delivery.n, 1);
        cr_assert_eq(yq_export_cert_decode(delivery.certificate, &cert, NULL), YQ_OK);
        cr_assert_eq(yq_export_cert_check(&cert, &set), YQ_OK);
        cr_assert_eq(cert.body.height, said.height);
        yq_digest leaf;
        yq_export_leaf(
            YQ_HASH_KECCAK256, yq_slice_text("eth-one"), 1, &delivery.outbox_root, &leaf);
        cr_assert_eq(memcmp(&leaf, &cert.body.export_root, sizeof leaf), 0, "one destination");
        gateway_world_block(&g, &tip); /* a later block with the same root */
    }
}

/* The next set has no keys here: nothing speaks for its epoch, and nothing led to it. */
Test(exports, certificates_are_of_their_epoch, .init = setup, .fini = teardown, .timeout = 60)
{
    bind_all();
    open_chain("city-a", 1, YQ_SUITE_SM2, &own);
    open_chain("eth-one", 2, YQ_SUITE_ETH, &theirs);
    send_one("eth-one");
    (void)certify();
    test_refused(&g, "/api/v1/chains/eth-one/step", 404, "NOT_FOUND");
    end_epoch();
    test_reply r = test_get(&g, "/api/v1/chains/eth-one/deliveries");
    cr_assert_eq(r.code, 200, "the block that ends an epoch is still of it");
    begin_epoch();
    test_refused(&g, "/api/v1/chains/eth-one/deliveries", 404, "NOT_FOUND");
    test_refused(&g, "/api/v1/chains/eth-one/step", 422, "SET_CHANGE");
}

Test(exports, what_an_inbox_is_deployed_with, .init = setup, .fini = teardown)
{
    char hex[2 * YQ_DIGEST_SIZE + 1];
    test_reply r = test_get(&g, "/api/v1/exports/3");
    cr_assert(yq_json_is_null(yq_json_get(r.root, "set")));
    cr_assert(yq_json_is_null(yq_json_get(r.root, "newest")));
    bind_all();
    open_chain("city-a", 1, YQ_SUITE_SM2, &own);
    open_chain("eth-one", 2, YQ_SUITE_ETH, &theirs);
    send_one("eth-one");
    r = test_get(&g, "/api/v1/exports/3");
    cr_assert_eq(test_number(yq_json_get(r.root, "epoch")), 1);
    (void)yq_hex_encode(hex, sizeof hex, theirs.b, sizeof theirs.b);
    cr_assert(test_is(yq_json_get(r.root, "set_hash"), hex));
    cr_assert(yq_json_is_null(yq_json_get(yq_json_get(r.root, "newest"), "certificate")));
    yq_export said = certify();
    r = test_get(&g, "/api/v1/exports/3");
    const yq_json *newest = yq_json_get(r.root, "newest");
    cr_assert_eq(test_number(yq_json_get(newest, "height")), said.height);
    cr_assert_not(yq_json_is_null(yq_json_get(newest, "certificate")));
    r = test_get(&g, "/api/v1/exports/3/1");
    cr_assert(yq_json_is_null(yq_json_get(r.root, "end")), "it has not ended");
    cr_assert(test_is(yq_json_get(r.root, "set_hash"), hex));
    test_refused(&g, "/api/v1/exports/0", 400, "RANGE");
    test_refused(&g, "/api/v1/exports/5", 400, "RANGE");
    test_refused(&g, "/api/v1/exports/3/0", 400, "RANGE");
}
