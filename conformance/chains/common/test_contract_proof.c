#include "conformance/chains/common/test_hub.h"
#include "relay/base/bytes.h"

#include <criterion/criterion.h>

static test_hub *hub;
static yq_contract *contract;
static uint8_t records_room[YQ_CONTRACT_RECORDS_MAX];
static yq_buf records;
static yq_fault why;

static void setup(void)
{
    hub = test_hub_new(YQ_HASH_SM3);
    contract = test_hub_contract(hub);
    for (uint64_t i = 0; i < 5; i++) {
        yq_packet p = test_call(i + 1, "service");
        (void)test_append(hub, &p);
    }
}

static void teardown(void)
{
    yq_contract_free(contract);
    test_hub_free(hub);
}

TestSuite(proof, .init = setup, .fini = teardown);

static yq_status deliver_n(const uint64_t *index, size_t n)
{
    records = (yq_buf){records_room, sizeof records_room, 0};
    why = (yq_fault){0};
    return yq_contract_deliver(contract, test_delivery(hub, index, n), 1000, &records, &why);
}

static yq_contract_view look(void)
{
    yq_contract_view view;
    yq_contract_look(contract, &view);
    return view;
}

/* Delivers spoilt: the code, and that nothing changed. */
static void expect_revert(test_spoil spoil, yq_status code, const char *what)
{
    const uint64_t two[] = {1, 2};
    yq_contract_view before = look();
    hub->spoil = spoil;
    yq_status status = deliver_n(two, 2);
    yq_contract_view after = look();
    cr_assert_eq(status, code, "%s: %d %s", what, status, why.text);
    cr_assert_eq(records.n, 0, "%s", what);
    cr_assert_eq(memcmp(&before, &after, sizeof before), 0, "%s", what);
    hub->spoil = (test_spoil){0};
}

Test(proof, a_bad_certificate_reverts)
{
    expect_revert((test_spoil){.bitmap = 0x3}, YQ_E_QUORUM, "two of four");
    expect_revert((test_spoil){.bitmap = 0x17}, YQ_E_SIGNER_UNKNOWN, "a fifth");
    expect_revert((test_spoil){.foreign_sig = 1}, YQ_E_SIG, "a stranger's signature");
    expect_revert((test_spoil){.epoch = 2}, YQ_E_DOMAIN, "another epoch");
    expect_revert((test_spoil){.other_chain = 1}, YQ_E_DOMAIN, "another hub's chain id");
    expect_revert((test_spoil){.type = YQ_SIGNED_NOTARIZE}, YQ_E_DOMAIN, "not final");
    expect_revert((test_spoil){.suite = YQ_SUITE_ETH}, YQ_E_UNSUPPORTED, "another suite");
    expect_revert((test_spoil){.zero_root = 1}, YQ_E_ZERO_ROOT, "a zero root");
    hub->height = 20;
    expect_revert((test_spoil){.bitmap = 0x3}, YQ_E_QUORUM, "a higher one");
}

Test(proof, a_bad_proof_reverts)
{
    expect_revert((test_spoil){.path_bit = 1}, YQ_E_PROOF, "export path");
    expect_revert((test_spoil){.root_bit = 1}, YQ_E_PROOF, "outbox root");
    expect_revert((test_spoil){.export_idx_off = 1}, YQ_E_PROOF_DEPTH, "place of another chain");
    expect_revert((test_spoil){.export_idx_off = -1}, YQ_E_PROOF, "place of another chain");
    expect_revert((test_spoil){.outbox_bit = 1}, YQ_E_PROOF, "outbox path of the second");
    expect_revert((test_spoil){.packet_bit = 1}, YQ_E_PROOF, "payload of the second");
}

Test(proof, a_packet_for_another_chain_or_hub_reverts)
{
    yq_packet p = test_call(1, "service");
    p.dst_chain = yq_slice_text("city-410400");
    uint64_t wrong[] = {0, test_append(hub, &p)};
    cr_assert_eq(deliver_n(wrong, 2), YQ_E_DOMAIN);
    p = test_call(1, "service");
    p.hub = yq_slice_text("hebei-main");
    wrong[1] = test_append(hub, &p);
    cr_assert_eq(deliver_n(wrong, 2), YQ_E_DOMAIN);
    cr_assert_eq(look().size, 0);
    cr_assert_eq(look().height, 0);
}

Test(proof, every_changed_byte_of_a_delivery_reverts)
{
    uint64_t one = 3;
    yq_slice good = test_delivery(hub, &one, 1);
    uint8_t *bytes = malloc(good.n);
    cr_assert_not_null(bytes);
    for (size_t i = 0; i < good.n; i++) {
        memcpy(bytes, good.p, good.n);
        bytes[i] ^= 1;
        records = (yq_buf){records_room, sizeof records_room, 0};
        yq_status status =
            yq_contract_deliver(contract, yq_slice_of(bytes, good.n), 1000, &records, NULL);
        cr_assert_neq(status, YQ_OK, "byte %zu", i);
        cr_assert_eq(look().spent, 0, "byte %zu", i);
    }
    for (size_t n = 0; n < good.n; n++) {
        cr_assert_neq(
            yq_contract_deliver(contract, yq_slice_of(good.p, n), 1000, &records, NULL), YQ_OK);
    }
    free(bytes);
}

Test(proof, the_stored_height_never_goes_back)
{
    uint64_t i = 0;
    cr_assert_eq(deliver_n(&i, 1), YQ_OK);
    cr_assert_eq(look().height, 10);
    yq_digest root = look().root;
    hub->height = 7;
    i = 1;
    cr_assert_eq(deliver_n(&i, 1), YQ_OK, "a lower certificate of the epoch still proves");
    cr_assert_eq(look().executed, 2);
    cr_assert_eq(look().height, 10);
    yq_packet p = test_call(6, "service");
    (void)test_append(hub, &p);
    hub->height = 12;
    cr_assert_eq(deliver_n(&i, 1), YQ_OK);
    cr_assert_eq(look().height, 12);
    cr_assert_neq(memcmp(look().root.b, root.b, sizeof root.b), 0);
}

Test(proof, state_is_told_when_the_height_moves)
{
    yq_record record[YQ_EVENT_RECORDS_MAX];
    yq_inbox_state state;
    size_t n = 0;
    uint64_t i = 0;
    cr_assert_eq(deliver_n(&i, 1), YQ_OK);
    cr_assert_eq(
        yq_records_decode(
            yq_slice_of(records.p, records.n), record, YQ_EVENT_RECORDS_MAX, &n, &why),
        YQ_OK);
    cr_assert_eq(n, 2);
    cr_assert_eq(record[0].kind, YQ_RECORD_STATE);
    cr_assert_eq(yq_inbox_state_decode(record[0].body, &state, &why), YQ_OK);
    cr_assert_eq(state.height, 10);
    cr_assert_eq(state.epoch, 1);
    yq_digest hash;
    yq_valset_hash(YQ_HASH_SM3, &hub->set, &hash);
    cr_assert_eq(memcmp(hash.b, state.set_hash.b, sizeof hash.b), 0);
    cr_assert_eq(deliver_n(&i, 1), YQ_OK);
    cr_assert_eq(
        yq_records_decode(
            yq_slice_of(records.p, records.n), record, YQ_EVENT_RECORDS_MAX, &n, &why),
        YQ_OK);
    cr_assert_eq(n, 1);
}

Test(proof, epochs_step_by_a_certificate_that_names_the_next_set)
{
    test_hub *next = test_hub_new(YQ_HASH_SM3);
    test_hub_keys(next, 2);
    cr_assert_eq(yq_contract_next_set(contract, &next->set), YQ_E_VALSET_HASH);
    yq_valset_hash(YQ_HASH_SM3, &next->set, &hub->next_set);
    hub->spoil.zero_root = 1;
    cr_assert_eq(deliver_n(NULL, 0), YQ_OK, "a certificate alone: %s", why.text);
    cr_assert_eq(records.n, 0);
    cr_assert_eq(look().height, 0, "a zero root is not stored");
    yq_valset wrong = next->set;
    wrong.epoch = 3;
    cr_assert_eq(yq_contract_next_set(contract, &wrong), YQ_E_EPOCH_OLD);
    cr_assert_eq(yq_contract_next_set(contract, &hub->set), YQ_E_EPOCH_OLD);
    wrong = next->set;
    wrong.n = 3;
    cr_assert_eq(yq_contract_next_set(contract, &wrong), YQ_E_VALSET_HASH);
    uint8_t set[YQ_VALSET_STEP_MAX];
    yq_writer w = yq_writer_of(set, sizeof set);
    yq_valset_step_put(&w, &next->set);
    records.n = 0;
    cr_assert_eq(yq_contract_step(contract, yq_slice_of(set, w.n - 1), &records), YQ_E_TRUNCATED);
    cr_assert_eq(records.n, 0);
    cr_assert_eq(yq_contract_step(contract, yq_writer_slice(&w), &records), YQ_OK);
    cr_assert_gt(records.n, 0, "STATE");
    cr_assert_eq(look().epoch, 2);
    hub->spoil.zero_root = 0;
    uint64_t i = 0;
    cr_assert_eq(deliver_n(&i, 1), YQ_E_DOMAIN, "the old set is over");
    test_hub_keys(hub, 2);
    cr_assert_eq(deliver_n(&i, 1), YQ_OK);
    test_hub_free(next);
}

/* ---- export certificates ---------------------------------------------------------------------
 */

static void begin_exports(void)
{
    yq_contract_free(contract);
    test_hub_free(hub);
    hub = test_hub_new(YQ_HASH_KECCAK256);
    hub->exports = 1;
    contract = test_hub_contract(hub);
    for (uint64_t i = 0; i < 3; i++) {
        const yq_packet p = test_call(i + 1, "service");
        (void)test_append(hub, &p);
    }
}

Test(proof, an_inbox_of_another_suite_checks_its_own_certificates)
{
    uint64_t i = 0;
    begin_exports();
    cr_assert_eq(deliver_n(&i, 1), YQ_OK, "%s", why.text);
    expect_revert((test_spoil){.bitmap = 0x3}, YQ_E_QUORUM, "two of four");
    expect_revert((test_spoil){.bitmap = 0x17}, YQ_E_SIGNER_UNKNOWN, "a fifth");
    expect_revert((test_spoil){.foreign_sig = 1}, YQ_E_SIG, "signed in another's place");
    expect_revert((test_spoil){.epoch = 2}, YQ_E_DOMAIN, "another epoch");
    expect_revert((test_spoil){.other_chain = 1}, YQ_E_DOMAIN, "another hub's chain id");
    expect_revert((test_spoil){.type = 1}, YQ_E_DOMAIN, "another tag");
    expect_revert((test_spoil){.suite = YQ_SUITE_SM2}, YQ_E_UNSUPPORTED, "another suite");
    expect_revert((test_spoil){.zero_root = 1}, YQ_E_ZERO_ROOT, "a zero root");
    hub->exports = 0;
    hub->spoil.suite = YQ_SUITE_ETH;
    cr_assert_neq(deliver_n(&i, 1), YQ_OK, "the ledger's own certificate");
}

Test(proof, an_inbox_of_another_suite_steps_through_two_epochs)
{
    uint8_t set[YQ_VALSET_STEP_MAX];
    uint64_t i = 0;
    begin_exports();
    for (uint64_t epoch = 2; epoch <= 3; epoch++) {
        test_hub *next = test_hub_new(YQ_HASH_KECCAK256);
        next->exports = 1;
        test_hub_keys(next, epoch);
        size_t n = test_hub_set(next, set, sizeof set, &hub->next_set);
        records.n = 0;
        cr_assert_eq(yq_contract_step(contract, yq_slice_of(set, n), &records), YQ_E_VALSET_HASH);
        hub->spoil.zero_root = 1;
        cr_assert_eq(deliver_n(NULL, 0), YQ_OK, "a certificate alone: %s", why.text);
        hub->spoil.zero_root = 0;
        records.n = 0;
        set[7]++;
        cr_assert_eq(yq_contract_step(contract, yq_slice_of(set, n), &records), YQ_E_EPOCH_OLD);
        set[7]--;
        cr_assert_eq(yq_contract_step(contract, yq_slice_of(set, n - 1), &records), YQ_E_TRUNCATED);
        cr_assert_eq(yq_contract_step(contract, yq_slice_of(set, n), &records), YQ_OK);
        cr_assert_eq(look().epoch, epoch);
        cr_assert_eq(deliver_n(&i, 1), YQ_E_DOMAIN, "the old set is over");
        test_hub_keys(hub, epoch);
        hub->next_set = (yq_digest){0};
        test_hub_free(next);
    }
    cr_assert_eq(deliver_n(&i, 1), YQ_OK);
}

/* ---- the outbox -------------------------------------------------------------------------------
 */

static const yq_send plain = {
    .service = {(const uint8_t *)"mine", 4},
    .dst_chain = {(const uint8_t *)"city-410100", 11},
    .dst_service = {(const uint8_t *)"theirs", 6},
    .payload = {(const uint8_t *)"x", 1},
};

/* Sends one and gives its packet. */
static yq_packet send_one(uint8_t *room, size_t cap)
{
    static yq_record record[1];
    yq_packet packet = {0};
    size_t n;
    yq_buf out = {room, cap, 0};
    cr_assert_eq(yq_contract_send(contract, &plain, yq_slice_text("me"), &out), YQ_OK);
    cr_assert_eq(yq_records_decode(yq_slice_of(out.p, out.n), record, 1, &n, &why), YQ_OK);
    cr_assert_eq(record[0].kind, YQ_RECORD_SENT);
    cr_assert_eq(yq_packet_decode(record[0].body, &packet, &why), YQ_OK);
    return packet;
}

/* An acknowledgement of number sequence, with the commitment of packet. */
static uint64_t append_ack(const yq_packet *packet, uint64_t sequence, const char *service)
{
    uint8_t room[128];
    yq_buf out = {room, sizeof room, 0};
    yq_ack ack = {.index = 3, .status = YQ_DONE_OK};
    cr_assert_eq(yq_packet_commitment(hub->hash, packet, &ack.commitment), YQ_OK);
    cr_assert_eq(yq_ack_encode(&ack, &out), YQ_OK);
    yq_packet p = test_made(YQ_PACKET_ACK, sequence, yq_slice_of(out.p, out.n));
    p.src_service = yq_slice_text("theirs");
    p.dst_service = yq_slice_text(service);
    return test_append(hub, &p);
}

static yq_done deliver_one(uint64_t index)
{
    yq_record record[4];
    yq_done done = {0};
    size_t n = 0;
    cr_assert_eq(deliver_n(&index, 1), YQ_OK, "%s", why.text);
    cr_assert_eq(yq_records_decode(yq_slice_of(records.p, records.n), record, 4, &n, &why), YQ_OK);
    cr_assert_eq(yq_done_decode(record[n - 1].body, &done, &why), YQ_OK);
    return done;
}

Test(proof, the_outbox_numbers_each_lane_from_one)
{
    uint8_t room[4096];
    yq_packet p = send_one(room, sizeof room);
    cr_assert_eq(p.sequence, 1);
    cr_assert(yq_slice_equal(p.src_chain, yq_slice_text(TEST_CHAIN)));
    cr_assert(yq_slice_equal(p.sender, yq_slice_text("me")));
    cr_assert_eq(send_one(room, sizeof room).sequence, 2);
    yq_send big = plain;
    big.payload.n = YQ_PAYLOAD_SIZE_MAX + 1;
    yq_buf out = {records_room, sizeof records_room, 0};
    cr_assert_eq(yq_contract_send(contract, &big, (yq_slice){0}, &out), YQ_E_LIMIT);
    cr_assert_eq(send_one(room, sizeof room).sequence, 3, "a refused one burns no number");
    cr_assert_eq(look().sent, 3);
}

Test(proof, an_acknowledgement_settles_its_number_once)
{
    uint8_t room[4096], other_room[4096];
    yq_packet one = send_one(room, sizeof room);
    yq_packet two = send_one(other_room, sizeof other_room);
    uint64_t wrong = append_ack(&two, 1, "mine"), good = append_ack(&one, 1, "mine");
    uint64_t late = append_ack(&one, 1, "mine"), unknown = append_ack(&one, 9, "mine");
    cr_assert_eq(deliver_one(wrong).status, YQ_DONE_REFUSED);
    cr_assert_eq(look().settled, 0);
    cr_assert_eq(deliver_one(good).status, YQ_DONE_OK);
    cr_assert_eq(look().settled, 1);
    cr_assert_eq(deliver_one(good).again, 1);
    cr_assert_eq(deliver_one(late).status, YQ_DONE_REFUSED, "the number is closed");
    cr_assert_eq(deliver_one(unknown).status, YQ_DONE_REFUSED);
    cr_assert_eq(look().settled, 1);
}

Test(proof, a_configuration_without_hub_keys_or_hash_is_refused)
{
    yq_contract_config config = {
        .hub = yq_slice_text(TEST_HUB),
        .own_chain = yq_slice_text(TEST_CHAIN),
        .hash = YQ_HASH_SM3,
        .set = hub->set,
    };
    yq_contract_config bad = config;
    bad.hub.n = 0;
    cr_assert_null(yq_contract_new(&bad));
    bad = config;
    bad.set.n = 0;
    cr_assert_null(yq_contract_new(&bad));
    bad = config;
    bad.hash = YQ_HASH_SHA384;
    cr_assert_null(yq_contract_new(&bad));
}
