#include "light-clients/yuqiao/test_client.h"

/* Packets of the outbox and values of the state. */

TestSuite(proofs, .init = setup, .fini = teardown);

static yq_verified_event e;
static yq_verified_value v;

/* Byte `at` of the event's proof, from its end when negative, exclusive-or'd. */
static yq_status changed(unsigned packet, long at, uint8_t bits)
{
    const yq_slice in = test_event(&chain, 10, packet, room);
    room[at < 0 ? (long)in.n + at : at] ^= bits;
    return test_client_event(client, in, &e);
}

Test(proofs, packets)
{
    for (unsigned i = 0; i < TEST_PACKETS; i++) {
        yq_record record;
        size_t n;
        EXPECT(test_client_event(client, test_event(&chain, 10, i, room), &e), YQ_OK);
        cr_expect_eq(e.height, 10);
        cr_expect_eq(e.time_ms, TEST_NOW + 1000);
        cr_expect_eq(e.grade, YQ_GRADE_LIGHT_CLIENT);
        cr_expect_eq(e.event_index, 0);
        cr_expect(yq_slice_equal(e.emitter, yq_slice_text("packet")));
        cr_expect(yq_slice_equal(e.name, yq_slice_text("Yuqiao")));
        cr_expect(yq_slice_equal(e.data, e.bytes));
        cr_expect_eq(yq_records_decode(e.data, &record, 1, &n, NULL), YQ_OK);
        cr_expect_eq(record.kind, YQ_RECORD_SENT);
        cr_expect(yq_slice_equal(record.body, yq_slice_of(chain.packet[i], chain.packet_n[i])));
        const uint8_t id[8] = {0, 0, 0, 0, 0, 0, 0, (uint8_t)i};
        cr_expect(yq_slice_equal(e.tx_id, YQ_SLICE_OF(id)));
    }
}

/* Offsets of the first packet's proof: version 1, height 8, roots 98, index 8, packet 4 and its
 * bytes, then size 8, path 1 + 2 x 32, exports 1 + 2 x 33. */
#define AT_INDEX   107
#define AT_SIZE    (119 + (long)chain.packet_n[0])
#define AT_PATH    (AT_SIZE + 8)
#define AT_EXPORTS (AT_PATH + 65)

Test(proofs, places)
{
    EXPECT(changed(0, 0, 3), YQ_E_VERSION);
    EXPECT(changed(0, 8, 1), YQ_E_HEADER_UNKNOWN);
    EXPECT(changed(0, 10, 1), YQ_E_PROOF);
    EXPECT(changed(0, 9 + 64, 1 ^ 5), YQ_E_LIMIT);        /* suites: 1 -> 5 */
    EXPECT(changed(0, 9 + 65, 1), YQ_E_NONCANONICAL);     /* suite 1 -> 0 */
    EXPECT(changed(0, AT_SIZE + 7, 1), YQ_E_PROOF_DEPTH); /* 3 -> 2 */
    EXPECT(changed(0, AT_SIZE + 7, 7), YQ_E_PROOF);       /* 3 -> 4: the same path's length */
    EXPECT(changed(0, AT_SIZE + 7, 3), YQ_E_PROOF_BOUNDS);
    EXPECT(changed(0, AT_INDEX, 0x80), YQ_E_PROOF_BOUNDS);
    EXPECT(changed(0, AT_INDEX + 7, 3), YQ_E_PROOF_BOUNDS); /* 3 of 3 */
    EXPECT(changed(0, AT_INDEX + 7, 2), YQ_E_PROOF_DEPTH);  /* the last of three */
    EXPECT(changed(0, AT_INDEX + 7, 1), YQ_E_PROOF);
    EXPECT(changed(0, AT_PATH, 64 | 2), YQ_E_TRUNCATED);
    EXPECT(changed(0, AT_PATH, 128), YQ_E_LIMIT);
    EXPECT(changed(0, AT_EXPORTS, 16), YQ_E_LIMIT);
    EXPECT(changed(0, AT_EXPORTS, 18), YQ_E_TRUNCATED);
    EXPECT(changed(0, AT_EXPORTS + 1, 1), YQ_E_PROOF);
    EXPECT(changed(0, AT_EXPORTS + 1, 2), YQ_E_FIELD_UNKNOWN);
    EXPECT(changed(0, AT_EXPORTS + 34, 1), YQ_E_PROOF);
    EXPECT(changed(0, -1, 1), YQ_E_PROOF);
    EXPECT(changed(2, -1, 1), YQ_E_PROOF);
    EXPECT(changed(0, AT_SIZE - 1, 1), YQ_E_PROOF); /* the payload's end */
    yq_slice in = test_event(&chain, 10, 0, room);
    room[in.n++] = 0;
    EXPECT(test_client_event(client, in, &e), YQ_E_TRAILING);
}

/* Signs roots that a test has changed, at the next height. */
static uint64_t certify(void)
{
    static uint64_t height;
    yq_client_view view;
    EXPECT(test_client_describe(client, &view), YQ_OK);
    height = view.height + 1;
    const yq_final_info info = test_info(&chain, 1, height);
    EXPECT(update(first_set, &info, NULL), YQ_OK);
    return height;
}

Test(proofs, packets_of_others)
{
    yq_packet packet = test_packet(1);
    packet.hub = yq_slice_text("henan-test");
    test_outbox(&chain, &packet, 0, TEST_OWN);
    uint64_t height = certify();
    EXPECT(test_client_event(client, test_event(&chain, height, 0, room), &e), YQ_E_DOMAIN);
    EXPECT(test_client_event(client, test_event(&chain, height, 1, room), &e), YQ_OK);
    packet = test_packet(1);
    packet.dst_chain = yq_slice_text("city-c");
    test_outbox(&chain, &packet, 0, TEST_OWN);
    height = certify();
    EXPECT(test_client_event(client, test_event(&chain, height, 0, room), &e), YQ_E_DOMAIN);
    packet = test_packet(1);
    test_outbox(&chain, &packet, 0, "city-x"); /* the outbox of another chain */
    height = certify();
    EXPECT(test_client_event(client, test_event(&chain, height, 0, room), &e), YQ_E_PROOF);
    chain.roots.suite[0].suite = YQ_SUITE_P256;
    height = certify();
    EXPECT(test_client_event(client, test_event(&chain, height, 0, room), &e), YQ_E_NOT_FOUND);
    chain.roots.suite_n = 0;
    height = certify();
    EXPECT(test_client_event(client, test_event(&chain, height, 0, room), &e), YQ_E_NOT_FOUND);
}

Test(proofs, a_client_without_an_outbox)
{
    uint8_t proof[1024];
    const yq_slice in = test_event(&chain, 10, 0, proof);
    const yq_block_roots roots = chain.roots;
    teardown();
    test_chain_init(&chain, YQ_HASH_SM3, YQ_SUITE_SM2, 0);
    chain.roots = roots;
    client = test_client_new(yq_verifier_yuqiao());
    client->now_ms = TEST_NOW + 5000;
    yq_final_info info = test_info(&chain, 1, 10);
    EXPECT(test_client_init(client, test_anchor(&chain, first_set, &info, room)), YQ_OK);
    EXPECT(test_client_event(client, in, &e), YQ_E_UNSUPPORTED);
}

/* Three suites in one block: each root is found under its own number. */
Test(proofs, the_root_of_the_own_suite)
{
    chain.roots.suite[1].suite = YQ_SUITE_P256;
    chain.roots.suite[1].export_root.b[0] = 1;
    chain.roots.suite[2].suite = YQ_SUITE_ED25519;
    chain.roots.suite[2].export_root.b[0] = 2;
    chain.roots.suite_n = 3;
    EXPECT(test_client_event(client, test_event(&chain, certify(), 0, room), &e), YQ_OK);
    yq_digest own = chain.roots.suite[0].export_root;
    chain.roots.suite[0].export_root = chain.roots.suite[1].export_root;
    chain.roots.suite[1].export_root = own;
    EXPECT(test_client_event(client, test_event(&chain, certify(), 0, room), &e), YQ_E_PROOF);
}

static yq_status value_of(unsigned key, yq_slice in)
{
    return test_client_value(client, chain.state_key[key], in, &v);
}

Test(proofs, values)
{
    static const char *const text[] = {"zero", "one", "", ""};
    for (unsigned i = 0; i < 4; i++) {
        EXPECT(value_of(i, test_value(&chain, 10, i, room)), YQ_OK);
        cr_expect_eq(v.height, 10);
        cr_expect_eq(v.present, i < 2);
        cr_expect(yq_slice_equal(v.value, yq_slice_text(text[i])));
    }
    EXPECT(value_of(1, test_value(&chain, 10, 0, room)), YQ_E_PROOF);
    EXPECT(value_of(0, test_value(&chain, 11, 0, room)), YQ_E_HEADER_UNKNOWN);
    yq_state_proof p = test_state_proof(&chain, 0);
    EXPECT(value_of(0, test_value_of(&chain, 10, "zer", &p, room)), YQ_E_PROOF);
    yq_slice in = test_value(&chain, 10, 0, room);
    room[in.n++] = 0;
    EXPECT(value_of(0, in), YQ_E_TRAILING);
    room[0] = 0;
    EXPECT(value_of(0, in), YQ_E_VERSION);
}

Test(proofs, absences)
{
    yq_state_proof p = test_state_proof(&chain, 3);
    EXPECT(value_of(0, test_value_of(&chain, 10, "", &p, room)), YQ_E_ABSENCE_PROOF);
    EXPECT(value_of(1, test_value_of(&chain, 10, "", &p, room)), YQ_E_ABSENCE_PROOF);
    EXPECT(value_of(2, test_value_of(&chain, 10, "", &p, room)), YQ_E_ABSENCE_PROOF);
    EXPECT(value_of(3, test_value_of(&chain, 10, "x", &p, room)), YQ_E_PROOF_TRAILING);
    p.other_value.b[0] ^= 1;
    EXPECT(value_of(3, test_value_of(&chain, 10, "", &p, room)), YQ_E_PROOF);
    p = test_state_proof(&chain, 2);
    EXPECT(value_of(0, test_value_of(&chain, 10, "", &p, room)), YQ_E_PROOF);
    EXPECT(value_of(2, test_value_of(&chain, 10, "x", &p, room)), YQ_E_PROOF_TRAILING);
    p.kind = YQ_STATE_PROOF_PRESENT;
    EXPECT(value_of(2, test_value_of(&chain, 10, "", &p, room)), YQ_E_PROOF);
    p = test_state_proof(&chain, 0);
    p.kind = YQ_STATE_PROOF_EMPTY;
    EXPECT(value_of(0, test_value_of(&chain, 10, "", &p, room)), YQ_E_PROOF);
    /* An empty subtree at the top of an empty tree: the root is zero. */
    p = (yq_state_proof){.kind = YQ_STATE_PROOF_EMPTY};
    EXPECT(value_of(0, test_value_of(&chain, 10, "", &p, room)), YQ_E_PROOF);
    chain.roots.state_root = (yq_digest){{0}};
    EXPECT(value_of(0, test_value_of(&chain, certify(), "", &p, room)), YQ_E_ZERO_ROOT);
}
