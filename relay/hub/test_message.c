#include "relay/hub/packet.h"
#include "relay/hub/test_support.h"

#include <criterion/criterion.h>

/* The life of messages on paper: what the chains would say is written down by hand. */

static test_world w;

static void setup(void)
{
    test_two_cities(&w);
}

static void teardown(void)
{
    test_world_free(&w);
}

static yq_digest send(const yq_packet *packet)
{
    cr_assert_eq(test_sent(&w, "city-a", packet), YQ_OK, "%s", w.result.why.text);
    return test_data_id(&w);
}

static yq_digest send_number(uint64_t sequence)
{
    yq_packet p = test_packet(sequence);
    return send(&p);
}

static yq_packet leaf_packet(const char *chain, uint64_t index)
{
    yq_slice bytes;
    yq_state_key key;
    yq_packet packet;
    yq_state_key_str(&key, YQ_MODULE_OUTBOX, YQ_TABLE_OUTBOX_PACKET, test_text(chain));
    yq_put_u64(&key.w, index);
    cr_assert(yq_state_load(&w.hub, &key, &bytes), "leaf %u of %s", (unsigned)index, chain);
    cr_assert_eq(yq_packet_decode(bytes, &packet, NULL), YQ_OK);
    return packet;
}

static yq_digest commitment_of(const yq_packet *packet)
{
    yq_digest commitment;
    cr_assert_eq(yq_packet_commitment(YQ_HASH_SM3, packet, &commitment), YQ_OK);
    return commitment;
}

static yq_done done_of(const char *chain, uint64_t index, uint8_t status)
{
    const yq_packet packet = leaf_packet(chain, index);
    return (yq_done){.index = index, .commitment = commitment_of(&packet), .status = status};
}

static yq_status answer(const char *chain, uint64_t index, uint8_t status)
{
    const yq_done done = done_of(chain, index, status);
    return test_done(&w, chain, &done);
}

static uint8_t state(const yq_digest *id)
{
    return test_message(&w, id).state;
}

static void trace_is(const yq_digest *id, const yq_trace_step *step, uint32_t n)
{
    const yq_message m = test_message(&w, id);
    cr_expect_eq(m.trace_n, n);
    for (uint32_t i = 0; i < n; i++) {
        yq_trace t;
        cr_assert_eq(yq_hub_trace(&w.hub, id, i, &t), YQ_OK);
        cr_expect_eq(t.step, step[i], "step %u: %s", i, yq_trace_step_name(t.step));
        cr_expect(t.height > 0 && t.time_ms > 0);
        cr_expect_not(yq_bytes_are_zero(t.hash.b, sizeof t.hash.b));
    }
    yq_trace t;
    cr_expect_eq(yq_hub_trace(&w.hub, id, n, &t), YQ_E_NOT_FOUND);
}

static yq_status freeze(const char *chain, uint64_t duration_ms)
{
    const yq_tx tx = {
        .method = YQ_METHOD_CHAIN_FREEZE,
        .as.chain_act = {
            .chain = test_text(chain), .reason = test_text("drill"), .duration_ms = duration_ms}};
    return test_execute(&w, &w.admin[1], &tx);
}

static yq_status inbox(const char *chain, uint64_t at, uint8_t paused)
{
    const yq_inbox_state s = {.epoch = 1, .set_hash = w.set, .paused = paused};
    return test_state(&w, chain, at, &s);
}

/* ---- the whole way -------------------------------------------------------------------------- */

Test(message, from_a_contract_to_settled, .init = setup, .fini = teardown)
{
    const yq_packet sent = test_packet(1);
    const yq_digest id = send(&sent);
    yq_digest want;
    cr_assert_eq(yq_packet_id(&sent, &want), YQ_OK);
    cr_assert_eq(memcmp(&id, &want, sizeof id), 0, "the packet id names the message");
    cr_assert_eq(test_told(&w, YQ_HUB_EVENT_MESSAGE, YQ_MESSAGE_COMMITTED), 1);
    cr_assert_eq(test_told(&w, YQ_HUB_EVENT_OUTBOX, 0), 1);
    yq_message m = test_message(&w, &id);
    cr_assert_eq(m.state, YQ_MESSAGE_COMMITTED);
    cr_assert_eq(m.index, 0);
    cr_assert_eq(m.arrival, 1);
    cr_assert_eq(m.source_height, 50);
    cr_assert(yq_slice_equal(m.source_tx_id, test_text("tx-3")));
    cr_assert(yq_slice_equal(m.sender, test_text("somebody")));
    yq_digest sm3;
    yq_hash_one(YQ_HASH_SM3, sent.payload, sm3.b);
    cr_assert_eq(memcmp(&m.payload_sm3, &sm3, sizeof sm3), 0);
    cr_assert_not(yq_message_is_final(&m));

    yq_done done = done_of("city-b", 0, YQ_DONE_OK);
    done.code = 9;
    done.result = test_text("result");
    cr_assert_eq(test_done(&w, "city-b", &done), YQ_OK);
    m = test_message(&w, &id);
    cr_assert_eq(m.state, YQ_MESSAGE_ACKED);
    cr_assert_eq(m.status, YQ_DONE_OK);
    cr_assert_eq(m.code, 9);
    cr_assert_eq(m.ack_index, 0);
    cr_assert_not(yq_message_is_final(&m));
    const yq_packet ack = leaf_packet("city-a", 0);
    cr_assert_eq(ack.kind, YQ_PACKET_ACK);
    cr_assert_eq(ack.order, YQ_ORDER_UNORDERED);
    cr_assert_eq(ack.sequence, 1);
    cr_assert(yq_slice_equal(ack.src_chain, test_text("city-b")));
    cr_assert(yq_slice_equal(ack.src_service, test_text("recv")));
    cr_assert(yq_slice_equal(ack.dst_chain, test_text("city-a")));
    cr_assert(yq_slice_equal(ack.dst_service, test_text("send")));
    cr_assert_eq(ack.sender.n, 0);
    yq_ack said;
    cr_assert_eq(yq_ack_decode(ack.payload, &said, NULL), YQ_OK);
    cr_assert_eq(said.index, 0);
    cr_assert_eq(said.status, YQ_DONE_OK);
    cr_assert_eq(said.code, 9);
    cr_assert(yq_slice_equal(said.result, test_text("result")));
    const yq_digest commitment = commitment_of(&sent);
    cr_assert_eq(memcmp(&said.commitment, &commitment, sizeof commitment), 0);

    cr_assert_eq(answer("city-a", 0, YQ_DONE_OK), YQ_OK);
    m = test_message(&w, &id);
    cr_assert_eq(m.state, YQ_MESSAGE_SETTLED);
    cr_assert(yq_message_is_final(&m));
    static const yq_trace_step steps[] = {
        YQ_STEP_PROVEN, YQ_STEP_COMMITTED, YQ_STEP_DONE, YQ_STEP_ACKNOWLEDGED, YQ_STEP_SETTLED};
    trace_is(&id, steps, 5);
    yq_outbox_view view;
    cr_assert_eq(yq_hub_outbox(&w.hub, test_text("city-a"), &view), YQ_OK);
    cr_assert_eq(view.size, 1);
    cr_assert_eq(view.done, 1);
}

/* Commitments in payloads are in the hash of the chain that the payload goes to. */
Test(message, hashes_of_both_ends, .fini = teardown)
{
    test_world_init(&w, 0);
    yq_digest eth_set;
    memset(&eth_set, 0x77, sizeof eth_set);
    cr_assert_eq(yq_hub_note_set(&w.hub, 1, YQ_SUITE_ETH, &eth_set), YQ_OK);
    test_chain(&w, "city-a", YQ_SUITE_SM2);
    test_chain(&w, "city-b", YQ_SUITE_ETH);
    test_open_inbox(&w, "city-a");
    const yq_inbox_state foreign = {.epoch = 1, .set_hash = eth_set};
    cr_assert_eq(test_state(&w, "city-a", 41, &foreign), YQ_E_VALSET_HASH, "another suite's set");
    cr_assert_eq(test_state(&w, "city-b", 41, &foreign), YQ_OK);
    cr_assert_eq(test_service(&w, "city-a", "send", 1, "box", "Yuqiao"), YQ_OK);
    yq_tx tx = test_lane_tx("city-a", "send", "city-b", "recv");
    cr_assert_eq(test_execute(&w, &w.admin[0], &tx), YQ_OK);

    yq_packet p = test_packet(1);
    p.deadline_ms = w.time_ms + 1000;
    const yq_digest id = send(&p);
    yq_digest keccak, sm3;
    cr_assert_eq(yq_packet_commitment(YQ_HASH_KECCAK256, &p, &keccak), YQ_OK);
    cr_assert_eq(yq_packet_commitment(YQ_HASH_SM3, &p, &sm3), YQ_OK);
    yq_message m = test_message(&w, &id);
    cr_assert_eq(memcmp(&m.commitment, &keccak, sizeof keccak), 0);
    cr_assert_eq(memcmp(&m.id, &sm3, sizeof sm3), 0);
    test_begin(&w, 31000);
    yq_packet leaf = leaf_packet("city-b", 1);
    yq_cancel cancel;
    cr_assert_eq(yq_cancel_decode(leaf.payload, &cancel, NULL), YQ_OK);
    cr_assert_eq(memcmp(&cancel.commitment, &keccak, sizeof keccak), 0);
    const yq_done done = {.index = 0, .commitment = keccak, .status = YQ_DONE_OK};
    cr_assert_eq(test_done(&w, "city-b", &done), YQ_OK);
    leaf = leaf_packet("city-a", 0);
    yq_ack ack;
    cr_assert_eq(yq_ack_decode(leaf.payload, &ack, NULL), YQ_OK);
    cr_assert_eq(memcmp(&ack.commitment, &sm3, sizeof sm3), 0);
}

Test(message, a_mapped_event_is_numbered_and_ends_at_the_receipt, .init = setup, .fini = teardown)
{
    cr_assert_eq(test_service(&w, "city-a", "m", YQ_SERVICE_MAPPED, "cc", "Sent"), YQ_OK);
    test_event e = {
        .height = 50,
        .emitter = "cc",
        .name = "Sent",
        .data = test_text("fact"),
        .tx_id = "t1",
        .grade = 2};
    cr_assert_eq(test_submit(&w, "city-a", &e), YQ_E_LANE_MISSING);
    yq_tx tx = test_lane_tx("city-a", "m", "city-b", "facts");
    tx.as.lane.patience_ms = 0;
    cr_assert_eq(test_execute(&w, &w.admin[0], &tx), YQ_OK);
    cr_assert_eq(test_submit(&w, "city-a", &e), YQ_OK, "it may come again");
    const yq_digest id = test_data_id(&w);
    cr_assert_eq(test_submit(&w, "city-a", &e), YQ_E_REPLAY);
    e.height = 51; /* the same identity wherever it is said to stand */
    cr_assert_eq(test_submit(&w, "city-a", &e), YQ_E_REPLAY);
    e.index = 1;
    cr_assert_eq(test_submit(&w, "city-a", &e), YQ_OK);
    const yq_digest second = test_data_id(&w);
    e.tx_id = "t2";
    e.height = 9;
    cr_assert_eq(test_submit(&w, "city-a", &e), YQ_E_HEIGHT, "before from_height");
    e.height = 101;
    cr_assert_eq(test_submit(&w, "city-a", &e), YQ_E_HEADER_UNKNOWN);
    e.height = 50;
    e.emitter = "cd";
    cr_assert_eq(test_submit(&w, "city-a", &e), YQ_E_EMITTER);
    e.emitter = "cc";
    e.name = "sent";
    cr_assert_eq(test_submit(&w, "city-a", &e), YQ_E_EMITTER);

    yq_message m = test_message(&w, &id);
    cr_assert_eq(m.mapped, 1);
    cr_assert_eq(m.sequence, 1);
    cr_assert_eq(m.kind, YQ_PACKET_CALL);
    cr_assert(yq_slice_equal(m.sender, test_text("cc")));
    cr_assert(yq_slice_equal(m.source_tx_id, test_text("t1")));
    const yq_packet leaf = leaf_packet("city-b", m.index);
    cr_assert(yq_slice_equal(leaf.payload, test_text("fact")));
    cr_assert_eq(test_message(&w, &second).sequence, 2);

    cr_assert_eq(answer("city-b", m.index, YQ_DONE_ERROR), YQ_OK);
    m = test_message(&w, &id);
    cr_assert_eq(m.state, YQ_MESSAGE_ACKED);
    cr_assert_eq(m.status, YQ_DONE_ERROR);
    cr_assert_eq(m.ack_index, YQ_INDEX_NONE);
    cr_assert(yq_message_is_final(&m));
    yq_outbox_view view;
    cr_assert_eq(yq_hub_outbox(&w.hub, test_text("city-a"), &view), YQ_OK);
    cr_assert_eq(view.size, 0, "no acknowledgement to the source");
    cr_assert_eq(answer("city-b", 1, YQ_DONE_OK), YQ_OK);
    tx = (yq_tx){
        .method = YQ_METHOD_CHAIN_RETIRE,
        .as.chain_act = {.chain = test_text("city-a"), .reason = test_text("drill")}};
    cr_assert_eq(test_execute(&w, &w.admin[0], &tx), YQ_OK);
    test_approve(&w, test_data_u64(&w));
    cr_assert_eq(test_told(&w, YQ_HUB_EVENT_CHAIN, YQ_CHAIN_RETIRED), 1, "nothing is open");
}

/* ---- refusals -------------------------------------------------------------------------------- */

static void refused(const yq_packet *packet, yq_status code)
{
    yq_outbox_view before, after;
    cr_assert_eq(yq_hub_outbox(&w.hub, test_text("city-a"), &before), YQ_OK);
    const yq_digest id = send(packet);
    yq_message m = test_message(&w, &id);
    cr_assert_eq(m.state, YQ_MESSAGE_REFUSED, "%d", code);
    cr_assert_eq(m.code, code);
    cr_assert_eq(m.status, YQ_DONE_REFUSED);
    cr_assert_eq(m.index, YQ_INDEX_NONE);
    cr_assert_eq(yq_hub_outbox(&w.hub, test_text("city-a"), &after), YQ_OK);
    cr_assert_eq(after.size, before.size + 1);
    const yq_packet leaf = leaf_packet("city-a", m.ack_index);
    yq_ack ack;
    cr_assert_eq(yq_ack_decode(leaf.payload, &ack, NULL), YQ_OK);
    cr_assert_eq(ack.index, YQ_INDEX_NONE);
    cr_assert_eq(ack.status, YQ_DONE_REFUSED);
    cr_assert_eq(ack.code, (uint32_t)-code);
    const yq_digest commitment = commitment_of(packet);
    cr_assert_eq(memcmp(&ack.commitment, &commitment, sizeof commitment), 0);
    cr_assert_eq(answer("city-a", m.ack_index, YQ_DONE_OK), YQ_OK);
    cr_assert_eq(state(&id), YQ_MESSAGE_SETTLED);
    static const yq_trace_step steps[] = {
        YQ_STEP_PROVEN, YQ_STEP_REFUSED, YQ_STEP_ACKNOWLEDGED, YQ_STEP_SETTLED};
    trace_is(&id, steps, 4);
    cr_assert_eq(test_sent(&w, "city-a", packet), YQ_E_REPLAY, "its number is spent");
}

Test(message, each_refusal_goes_back_with_its_code, .init = setup, .fini = teardown)
{
    yq_packet p = test_packet(1);
    p.dst_service = test_text("nowhere");
    refused(&p, YQ_E_LANE_MISSING);
    p = test_packet(1);
    p.dst_chain = test_text("city-x");
    refused(&p, YQ_E_LANE_MISSING);
    p = test_packet(1);
    p.src_service = test_text("unknown");
    refused(&p, YQ_E_LANE_MISSING);
    p = test_packet(1);
    p.dst_chain = test_text(TEST_HUB);
    p.dst_service = test_text("governance");
    refused(&p, YQ_E_TARGET_FORBIDDEN);
    p = test_packet(5);
    p.order = YQ_ORDER_ORDERED;
    refused(&p, YQ_E_LANE_ORDER);
    p = test_packet(6);
    p.grant.b[5] = 1;
    refused(&p, YQ_E_GRANT_MISSING);
    p = test_packet(7);
    p.deadline_ms = w.time_ms;
    refused(&p, YQ_E_DEADLINE);
    p = test_packet(8);
    p.kind = YQ_PACKET_PREPARE;
    refused(&p, YQ_E_RANGE);
    p = test_packet(1);
    p.dst_chain = test_text("CITY-B"); /* names are compared as bytes */
    refused(&p, YQ_E_LANE_MISSING);
    p = test_packet(1);
    p.dst_service.n = 0;
    refused(&p, YQ_E_LANE_MISSING);
    p = test_packet(11);
    p.deadline_ms = w.time_ms + 1;
    const yq_digest id = send(&p);
    cr_assert_eq(state(&id), YQ_MESSAGE_COMMITTED);
}

static yq_digest send_graded(const yq_packet *packet, uint8_t grade, const char *tx_id)
{
    uint8_t body[512], list[600];
    yq_buf out = {body, sizeof body, 0}, records = {list, sizeof list, 0};
    cr_assert_eq(yq_packet_encode(packet, &out), YQ_OK);
    const yq_record record = {YQ_RECORD_SENT, yq_slice_of(body, out.n)};
    cr_assert_eq(yq_records_encode(&record, 1, &records), YQ_OK);
    const test_event e = {50, "box", "Yuqiao", yq_slice_of(list, records.n), tx_id, 0, grade};
    cr_assert_eq(test_submit(&w, "city-a", &e), YQ_OK);
    return test_data_id(&w);
}

Test(message, a_lane_never_takes_less_than_its_grade, .init = setup, .fini = teardown)
{
    yq_packet p = test_packet(1);
    yq_digest id = send_graded(&p, YQ_GRADE_ATTESTED, "g1");
    cr_assert_eq(test_message(&w, &id).code, YQ_E_GRADE);
    p = test_packet(2);
    id = send_graded(&p, YQ_GRADE_ENDORSED, "g2");
    cr_assert_eq(state(&id), YQ_MESSAGE_COMMITTED);
    p = test_packet(3);
    p.grade_min = YQ_GRADE_LIGHT_CLIENT; /* the packet asks for more than the lane */
    id = send_graded(&p, YQ_GRADE_ENDORSED, "g3");
    cr_assert_eq(test_message(&w, &id).code, YQ_E_GRADE);
    const test_event e = {50, "box", "Yuqiao", test_text("x"), "g4", 0, 0};
    cr_assert_eq(test_submit(&w, "city-a", &e), YQ_E_GRADE, "no grade at all");
}

Test(message, a_size_cap_pauses_the_lane_until_it_is_opened_again, .init = setup, .fini = teardown)
{
    static uint8_t large[1001];
    yq_packet p = test_packet(1);
    p.payload = yq_slice_of(large, 1000);
    yq_digest id = send(&p);
    cr_assert_eq(state(&id), YQ_MESSAGE_COMMITTED);
    p = test_packet(2);
    p.payload = yq_slice_of(large, 1001);
    id = send(&p);
    cr_assert_eq(test_message(&w, &id).code, YQ_E_RATE_LIMIT);
    cr_assert_eq(test_told(&w, YQ_HUB_EVENT_ALARM, 316), 1);
    yq_lane lane = {
        .src_chain = test_text("city-a"),
        .src_service = test_text("send"),
        .dst_chain = test_text("city-b"),
        .dst_service = test_text("recv")};
    cr_assert_eq(yq_hub_lane(&w.hub, &lane), YQ_OK);
    cr_assert_eq(lane.paused, 1);
    id = send_number(3);
    cr_assert_eq(state(&id), YQ_MESSAGE_HELD);
    test_begin(&w, 1000);
    cr_assert_eq(state(&id), YQ_MESSAGE_HELD);
    yq_tx tx = test_lane_tx("city-a", "send", "city-b", "recv");
    cr_assert_eq(test_execute(&w, &w.admin[0], &tx), YQ_OK);
    test_begin(&w, 1000);
    cr_assert_eq(state(&id), YQ_MESSAGE_COMMITTED);
}

/* ---- rejections ------------------------------------------------------------------------------ */

Test(message, what_is_rejected_leaves_nothing, .init = setup, .fini = teardown)
{
    (void)send_number(1);
    yq_packet p = test_packet(1);
    cr_assert_eq(test_sent(&w, "city-a", &p), YQ_E_REPLAY, "the number");
    p.payload = test_text("other"); /* another content under the same number */
    cr_assert_eq(test_sent(&w, "city-a", &p), YQ_E_REPLAY);
    p = test_packet(2);
    p.hub = test_text("other-hub");
    cr_assert_eq(test_sent(&w, "city-a", &p), YQ_E_DOMAIN);
    p = test_packet(2);
    p.src_chain = test_text("city-b");
    cr_assert_eq(test_sent(&w, "city-a", &p), YQ_E_DOMAIN);
    static const uint8_t kinds[] = {
        YQ_PACKET_ACK,
        YQ_PACKET_CANCEL,
        YQ_PACKET_COMMIT,
        YQ_PACKET_UNDO,
        YQ_PACKET_HALT,
        YQ_PACKET_RESUME};
    for (size_t i = 0; i < sizeof kinds; i++) {
        p = test_packet(2);
        p.kind = kinds[i];
        if (kinds[i] >= YQ_PACKET_HALT) {
            p.src_service.n = p.dst_service.n = 0;
        }
        cr_assert_eq(test_sent(&w, "city-a", &p), YQ_E_FIELD_UNKNOWN, "kind %u", kinds[i]);
    }
    yq_record record = {YQ_RECORD_SENT, test_text("no packet")};
    cr_assert_neq(test_records(&w, "city-a", 50, &record, 1), YQ_OK);
    uint8_t body[512];
    yq_buf out = {body, sizeof body, 0};
    p = test_packet(2);
    cr_assert_eq(yq_packet_encode(&p, &out), YQ_OK);
    record.body = yq_slice_of(body, out.n);
    cr_assert_eq(test_records(&w, "city-a", 9, &record, 1), YQ_E_HEIGHT, "before from_height");
    test_event e = {50, "box", "Yuqiao", test_text("no records"), "r1", 0, 3};
    cr_assert_neq(test_submit(&w, "city-a", &e), YQ_OK);
    e = (test_event){50, "box", "Yuqiao", {0}, "r1", 0, 3};
    cr_assert_eq(test_submit(&w, "city-a", &e), YQ_E_TRUNCATED);
    cr_assert_eq(yq_hub_message_count(&w.hub), 1);
    const yq_digest id = send_number(2);
    cr_assert_eq(state(&id), YQ_MESSAGE_COMMITTED);
}

Test(message, what_a_verifier_may_not_say, .init = setup, .fini = teardown)
{
    cr_assert_eq(test_service(&w, "city-a", "m", YQ_SERVICE_MAPPED, "cc", "Sent"), YQ_OK);
    yq_tx tx = test_lane_tx("city-a", "m", "city-b", "facts");
    cr_assert_eq(test_execute(&w, &w.admin[0], &tx), YQ_OK);
    char longest[201];
    memset(longest, 'a', sizeof longest - 1);
    longest[200] = 0;
    test_event e = {50, "cc", "Sent", test_text("x"), "", 0, 3};
    cr_assert_eq(test_submit(&w, "city-a", &e), YQ_E_LIMIT, "no transaction id");
    e.tx_id = longest + 71;
    cr_assert_eq(test_submit(&w, "city-a", &e), YQ_E_LIMIT);
    e.tx_id = longest + 72;
    cr_assert_eq(test_submit(&w, "city-a", &e), YQ_OK);
    e.tx_id = "t2";
    e.emitter = longest;
    cr_assert_eq(test_submit(&w, "city-a", &e), YQ_E_EMITTER);
    e.emitter = "";
    cr_assert_eq(test_submit(&w, "city-a", &e), YQ_E_EMITTER);
    e.emitter = "cc";
    e.name = longest;
    cr_assert_eq(test_submit(&w, "city-a", &e), YQ_E_EMITTER);
    e.name = "";
    cr_assert_eq(test_submit(&w, "city-a", &e), YQ_E_EMITTER);
    e.name = "Sent";
    e.grade = 4;
    cr_assert_eq(test_submit(&w, "city-a", &e), YQ_E_GRADE);
    static uint8_t large[YQ_PAYLOAD_SIZE_MAX + 1];
    e.grade = 3;
    e.data = yq_slice_of(large, sizeof large);
    cr_assert_eq(test_submit(&w, "city-a", &e), YQ_E_LIMIT);
}

/* Room that one transaction has is a limit like others: refused whole, whatever was done before. */
Test(message, an_event_in_any_arena, .init = setup, .fini = teardown)
{
    uint8_t body[512];
    const yq_packet p = test_packet(1);
    yq_buf out = {body, sizeof body, 0};
    cr_assert_eq(yq_packet_encode(&p, &out), YQ_OK);
    const yq_record record = {YQ_RECORD_SENT, yq_slice_of(body, out.n)};
    unsigned refused = 0;
    for (size_t cap = 0;; cap += cap < 110000 ? 4096 : 97) {
        w.hub.arena.cap = cap;
        yq_status status = test_records(&w, "city-a", 50, &record, 1);
        if (status == YQ_OK) {
            break;
        }
        cr_assert(status == YQ_E_LIMIT || status == YQ_E_BUDGET, "%d", status);
        refused++;
    }
    cr_assert(refused > 100);
    w.hub.arena.cap = YQ_HUB_ARENA_SIZE;
    const yq_digest id = test_data_id(&w);
    cr_assert_eq(state(&id), YQ_MESSAGE_COMMITTED);
}

Test(message, an_outbox_speaks_for_its_own_services_only, .init = setup, .fini = teardown)
{
    cr_assert_eq(test_service(&w, "city-a", "other", YQ_SERVICE_CONTRACT, "out2", "Yuqiao"), YQ_OK);
    yq_packet p = test_packet(1);
    p.src_service = test_text("other"); /* named by the outbox "box" */
    cr_assert_eq(test_sent(&w, "city-a", &p), YQ_E_EMITTER);
    cr_assert_eq(test_service(&w, "city-a", "m", YQ_SERVICE_MAPPED, "cc", "Sent"), YQ_OK);
    p.src_service = test_text("m"); /* a mapped service has no outbox */
    cr_assert_eq(test_sent(&w, "city-a", &p), YQ_E_EMITTER);
}

Test(message, only_the_inbox_gives_receipts, .init = setup, .fini = teardown)
{
    cr_assert_eq(test_service(&w, "city-b", "s", YQ_SERVICE_CONTRACT, "out2", "Yuqiao"), YQ_OK);
    (void)send_number(1);
    const yq_done done = done_of("city-b", 0, YQ_DONE_OK);
    uint8_t body[128], list[200];
    yq_buf out = {body, sizeof body, 0}, records = {list, sizeof list, 0};
    cr_assert_eq(yq_done_encode(&done, &out), YQ_OK);
    const yq_record record = {YQ_RECORD_DONE, yq_slice_of(body, out.n)};
    cr_assert_eq(yq_records_encode(&record, 1, &records), YQ_OK);
    test_event e = {50, "out2", "Yuqiao", yq_slice_of(list, records.n), "e1", 0, 3};
    cr_assert_eq(test_submit(&w, "city-b", &e), YQ_E_EMITTER);
    e.emitter = "box";
    cr_assert_eq(test_submit(&w, "city-a", &e), YQ_E_NOT_FOUND, "another chain's index");
    cr_assert_eq(test_submit(&w, "city-b", &e), YQ_OK);
    cr_assert_eq(test_submit(&w, "city-b", &e), YQ_E_REPLAY);
}

Test(message, all_records_of_an_event_count_or_none, .init = setup, .fini = teardown)
{
    uint8_t body[4][512];
    yq_record record[4];
    for (unsigned i = 0; i < 4; i++) {
        yq_packet p = test_packet(i < 3 ? i + 1 : 1);
        yq_buf out = {body[i], sizeof body[i], 0};
        cr_assert_eq(yq_packet_encode(&p, &out), YQ_OK);
        record[i] = (yq_record){YQ_RECORD_SENT, yq_slice_of(body[i], out.n)};
    }
    cr_assert_eq(test_records(&w, "city-a", 50, record, 4), YQ_E_REPLAY, "the fourth repeats");
    cr_assert_eq(yq_hub_message_count(&w.hub), 0);
    cr_assert_eq(test_records(&w, "city-a", 50, record, 3), YQ_OK);
    cr_assert_eq(w.data_n, 3 * YQ_DIGEST_SIZE);
    cr_assert_eq(yq_hub_message_count(&w.hub), 3);
    yq_message m = {0};
    for (uint64_t i = 3; i >= 1; i--) {
        cr_assert(yq_hub_message_before(&w.hub, m.arrival, &m));
        cr_assert_eq(m.arrival, i, "newest first");
        cr_assert_eq(m.sequence, i);
    }
    cr_assert_not(yq_hub_message_before(&w.hub, m.arrival, &m));
}

Test(message, the_largest_event_fits, .init = setup, .fini = teardown)
{
    static uint8_t body[YQ_EVENT_RECORDS_MAX][3000];
    static yq_record record[YQ_EVENT_RECORDS_MAX];
    static uint8_t payload[1000];
    for (unsigned i = 0; i < YQ_EVENT_RECORDS_MAX; i++) {
        yq_packet p = test_packet(i + 1);
        p.payload = yq_slice_of(payload, sizeof payload);
        yq_buf out = {body[i], sizeof body[i], 0};
        cr_assert_eq(yq_packet_encode(&p, &out), YQ_OK);
        record[i] = (yq_record){YQ_RECORD_SENT, yq_slice_of(body[i], out.n)};
    }
    cr_assert_eq(test_records(&w, "city-a", 50, record, YQ_EVENT_RECORDS_MAX), YQ_OK);
    cr_assert_eq(yq_hub_message_count(&w.hub), YQ_EVENT_RECORDS_MAX);
}

/* ---- receipts -------------------------------------------------------------------------------- */

Test(receipt, must_name_a_leaf_and_its_commitment, .init = setup, .fini = teardown)
{
    (void)send_number(1);
    yq_done done = done_of("city-b", 0, YQ_DONE_OK);
    done.index = 1;
    cr_assert_eq(test_done(&w, "city-b", &done), YQ_E_NOT_FOUND);
    done.index = 0;
    done.commitment.b[31] ^= 1;
    cr_assert_eq(test_done(&w, "city-b", &done), YQ_E_BODY_MISMATCH);
}

Test(
    receipt,
    the_first_counts_the_same_again_is_nothing_another_is_a_conflict,
    .init = setup,
    .fini = teardown)
{
    const yq_digest id = send_number(1);
    yq_done done = done_of("city-b", 0, YQ_DONE_OK);
    cr_assert_eq(test_done(&w, "city-b", &done), YQ_OK);
    done.again = 1;
    cr_assert_eq(test_done(&w, "city-b", &done), YQ_OK);
    cr_assert_eq(w.result.event_n, 0);
    yq_message m = test_message(&w, &id);
    cr_assert_eq(m.conflict, 0);
    cr_assert_eq(m.ack_index, 0);
    done.status = YQ_DONE_CANCELLED;
    cr_assert_eq(test_done(&w, "city-b", &done), YQ_OK);
    m = test_message(&w, &id);
    cr_assert_eq(m.conflict, 1);
    cr_assert_eq(m.status, YQ_DONE_OK, "the first stands");
    cr_assert_eq(m.state, YQ_MESSAGE_ACKED);
    cr_assert_eq(test_told(&w, YQ_HUB_EVENT_ALARM, 329), 1);
    done.status = YQ_DONE_ERROR;
    cr_assert_eq(test_done(&w, "city-b", &done), YQ_OK);
    cr_assert_eq(test_told(&w, YQ_HUB_EVENT_ALARM, 329), 0, "told once");
    yq_outbox_view view;
    cr_assert_eq(yq_hub_outbox(&w.hub, test_text("city-a"), &view), YQ_OK);
    cr_assert_eq(view.size, 1, "acknowledged once");
    cr_assert_eq(yq_hub_outbox(&w.hub, test_text("city-b"), &view), YQ_OK);
    cr_assert_eq(view.done, 1, "done once");
    static const yq_trace_step steps[] = {
        YQ_STEP_PROVEN, YQ_STEP_COMMITTED, YQ_STEP_DONE, YQ_STEP_ACKNOWLEDGED, YQ_STEP_CONFLICT};
    trace_is(&id, steps, 5);
}

Test(receipt, outcomes_other_than_ok_go_back_too, .init = setup, .fini = teardown)
{
    static const struct {
        uint8_t status, state;
    } cases[] = {
        {YQ_DONE_ERROR, YQ_MESSAGE_ACKED},
        {YQ_DONE_CANCELLED, YQ_MESSAGE_CANCELLED},
        {YQ_DONE_REFUSED, YQ_MESSAGE_REFUSED}};
    for (unsigned i = 0; i < 3; i++) {
        const yq_digest id = send_number(i + 1);
        cr_assert_eq(answer("city-b", i, cases[i].status), YQ_OK);
        yq_message m = test_message(&w, &id);
        cr_assert_eq(m.state, cases[i].state);
        const yq_packet leaf = leaf_packet("city-a", m.ack_index);
        yq_ack ack;
        cr_assert_eq(yq_ack_decode(leaf.payload, &ack, NULL), YQ_OK);
        cr_assert_eq(ack.status, cases[i].status);
        cr_assert_eq(ack.index, i);
        cr_assert_eq(answer("city-a", m.ack_index, YQ_DONE_OK), YQ_OK);
        cr_assert_eq(state(&id), YQ_MESSAGE_SETTLED);
    }
}

Test(receipt, a_trace_has_an_end, .init = setup, .fini = teardown)
{
    const yq_digest id = send_number(1);
    yq_message_record m;
    yq_hub_reset(&w.hub);
    cr_assert(yq_message_load(&w.hub, &id, &m));
    m.view.trace_n = 65535;
    yq_message_store(&w.hub, &m);
    cr_assert_eq(answer("city-b", 0, YQ_DONE_OK), YQ_OK);
    cr_assert_eq(test_message(&w, &id).trace_n, 65535);
    cr_assert_eq(state(&id), YQ_MESSAGE_ACKED);
}

Test(receipt, a_query_is_answered_by_its_first_receipt_only, .init = setup, .fini = teardown)
{
    yq_packet p = test_packet(1);
    p.kind = YQ_PACKET_QUERY;
    const yq_digest id = send(&p);
    yq_done done = done_of("city-b", 0, YQ_DONE_OK);
    done.again = 1; /* the result is lost in a repeated one */
    cr_assert_eq(test_done(&w, "city-b", &done), YQ_OK);
    cr_assert_eq(state(&id), YQ_MESSAGE_COMMITTED);
    done.again = 0;
    done.result = test_text("yes");
    cr_assert_eq(test_done(&w, "city-b", &done), YQ_OK);
    cr_assert_eq(state(&id), YQ_MESSAGE_ACKED);
    p = test_packet(2);
    const yq_digest call = send(&p);
    done = done_of("city-b", 1, YQ_DONE_OK);
    done.again = 1;
    cr_assert_eq(test_done(&w, "city-b", &done), YQ_OK);
    cr_assert_eq(state(&call), YQ_MESSAGE_ACKED, "for a call a repeated one is as good");
}

Test(receipt, an_acknowledgement_that_fails_is_an_alarm_not_an_end, .init = setup, .fini = teardown)
{
    const yq_digest id = send_number(1);
    cr_assert_eq(answer("city-b", 0, YQ_DONE_CANCELLED), YQ_OK);
    cr_assert_eq(answer("city-a", 0, YQ_DONE_ERROR), YQ_OK);
    cr_assert_eq(state(&id), YQ_MESSAGE_UNDO_FAILED);
    cr_assert_eq(test_told(&w, YQ_HUB_EVENT_ALARM, 236), 1);
    cr_assert_eq(answer("city-a", 0, YQ_DONE_ERROR), YQ_OK);
    cr_assert_eq(w.result.event_n, 0, "told once");
    uint64_t open;
    cr_assert_eq(
        yq_hub_outbox_open(&w.hub, test_text("city-a"), 0, &open, 1), 1, "still deliverable");
    cr_assert_eq(answer("city-a", 0, YQ_DONE_OK), YQ_OK);
    cr_assert_eq(state(&id), YQ_MESSAGE_SETTLED);
    cr_assert_eq(yq_hub_outbox_open(&w.hub, test_text("city-a"), 0, &open, 1), 0);

    const yq_digest second = send_number(2);
    cr_assert_eq(answer("city-b", 1, YQ_DONE_OK), YQ_OK);
    cr_assert_eq(answer("city-a", 1, YQ_DONE_REFUSED), YQ_OK);
    cr_assert_eq(state(&second), YQ_MESSAGE_UNDO_FAILED);
    cr_assert_eq(yq_hub_outbox_open(&w.hub, test_text("city-a"), 0, &open, 1), 0);
}

/* ---- cancelling ------------------------------------------------------------------------------ */

Test(cancel, deadline_and_patience, .init = setup, .fini = teardown)
{
    yq_packet p = test_packet(1);
    p.deadline_ms = w.time_ms + 5000;
    p.group.b[0] = 3;
    const yq_digest id = send(&p);
    test_begin(&w, 34999);
    cr_assert_eq(state(&id), YQ_MESSAGE_COMMITTED);
    test_begin(&w, 1);
    cr_assert_eq(test_told(&w, YQ_HUB_EVENT_MESSAGE, YQ_MESSAGE_CANCELLING), 1);
    yq_message m = test_message(&w, &id);
    cr_assert_eq(m.state, YQ_MESSAGE_CANCELLING);
    cr_assert_eq(m.cancel_index, 1);
    const yq_packet leaf = leaf_packet("city-b", 1);
    cr_assert_eq(leaf.kind, YQ_PACKET_CANCEL);
    cr_assert_eq(leaf.sequence, 1);
    cr_assert_eq(leaf.deadline_ms, 0);
    cr_assert_eq(leaf.grade_min, 0);
    cr_assert_eq(leaf.sender.n, 0);
    cr_assert_eq(leaf.group.b[0], 3);
    cr_assert(yq_slice_equal(leaf.src_chain, test_text("city-a")));
    cr_assert(yq_slice_equal(leaf.dst_service, test_text("recv")));
    yq_cancel cancel;
    cr_assert_eq(yq_cancel_decode(leaf.payload, &cancel, NULL), YQ_OK);
    cr_assert_eq(cancel.index, 0);
    cr_assert_eq(cancel.kind, YQ_PACKET_CALL);
    cr_assert_eq(cancel.order, YQ_ORDER_UNORDERED);
    cr_assert_eq(cancel.first, 1);
    cr_assert_eq(memcmp(&cancel.commitment, &m.commitment, sizeof m.commitment), 0);
    test_begin(&w, 50000);
    yq_outbox_view view;
    cr_assert_eq(yq_hub_outbox(&w.hub, test_text("city-b"), &view), YQ_OK);
    cr_assert_eq(view.size, 2, "one cancel");
}

Test(cancel, wins, .init = setup, .fini = teardown)
{
    const yq_digest id = send_number(1); /* no deadline: patience alone */
    test_begin(&w, 30000);
    cr_assert_eq(state(&id), YQ_MESSAGE_CANCELLING);
    cr_assert_eq(
        answer("city-b", 1, YQ_DONE_OK), YQ_OK, "the cancel's own receipt decides nothing");
    cr_assert_eq(state(&id), YQ_MESSAGE_CANCELLING);
    cr_assert_eq(answer("city-b", 0, YQ_DONE_CANCELLED), YQ_OK);
    cr_assert_eq(state(&id), YQ_MESSAGE_CANCELLED);
    cr_assert_eq(answer("city-a", 0, YQ_DONE_OK), YQ_OK);
    cr_assert_eq(state(&id), YQ_MESSAGE_SETTLED);
    static const yq_trace_step steps[] = {
        YQ_STEP_PROVEN,
        YQ_STEP_COMMITTED,
        YQ_STEP_CANCELLING,
        YQ_STEP_DONE,
        YQ_STEP_ACKNOWLEDGED,
        YQ_STEP_SETTLED};
    trace_is(&id, steps, 6);
}

Test(cancel, loses, .init = setup, .fini = teardown)
{
    const yq_digest id = send_number(1);
    test_begin(&w, 30000);
    const yq_done done = done_of("city-b", 0, YQ_DONE_OK);
    cr_assert_eq(test_done(&w, "city-b", &done), YQ_OK);
    cr_assert_eq(state(&id), YQ_MESSAGE_ACKED);
    cr_assert_eq(answer("city-b", 1, YQ_DONE_OK), YQ_OK);
    cr_assert_eq(state(&id), YQ_MESSAGE_ACKED);
    cr_assert_eq(test_message(&w, &id).conflict, 0);
}

Test(cancel, has_no_other_answer_than_ok, .init = setup, .fini = teardown)
{
    const yq_digest id = send_number(1);
    test_begin(&w, 30000);
    yq_done done = done_of("city-b", 1, YQ_DONE_ERROR);
    cr_assert_eq(test_done(&w, "city-b", &done), YQ_OK);
    cr_assert_eq(test_told(&w, YQ_HUB_EVENT_ALARM, 329), 1);
    cr_assert_eq(state(&id), YQ_MESSAGE_CANCELLING);
    done.status = YQ_DONE_OK;
    cr_assert_eq(test_done(&w, "city-b", &done), YQ_OK);
    cr_assert_eq(test_message(&w, &id).conflict, 1);
    cr_assert_eq(answer("city-b", 0, YQ_DONE_OK), YQ_OK);
    cr_assert_eq(state(&id), YQ_MESSAGE_ACKED);
}

Test(cancel, is_not_written_for_what_is_done, .init = setup, .fini = teardown)
{
    (void)send_number(1);
    cr_assert_eq(answer("city-b", 0, YQ_DONE_OK), YQ_OK);
    test_begin(&w, 29999);
    yq_state_key due;
    yq_slice key, value;
    yq_state_key_begin(&due, YQ_MODULE_SYS, YQ_TABLE_SYS_DUE);
    cr_assert_not(yq_state_next(&w.hub, &due, (yq_slice){0}, &key, &value), "nothing is planned");
    test_begin(&w, 29001);
    yq_outbox_view view;
    cr_assert_eq(yq_hub_outbox(&w.hub, test_text("city-b"), &view), YQ_OK);
    cr_assert_eq(view.size, 1);
}

Test(cancel, never_by_time_without_deadline_and_patience, .init = setup, .fini = teardown)
{
    yq_tx tx = test_lane_tx("city-a", "send", "city-b", "recv");
    tx.as.lane.patience_ms = 0;
    cr_assert_eq(test_execute(&w, &w.admin[0], &tx), YQ_OK);
    const yq_digest id = send_number(1);
    for (unsigned i = 0; i < 100; i++) {
        test_begin(&w, 60000);
    }
    cr_assert_eq(state(&id), YQ_MESSAGE_COMMITTED);
    yq_packet p = test_packet(2);
    p.deadline_ms = UINT64_MAX; /* with patience it has no end that a clock can hold */
    const yq_digest far = send(&p);
    tx.as.lane.patience_ms = 1;
    cr_assert_eq(test_execute(&w, &w.admin[0], &tx), YQ_OK);
    p.sequence = 3;
    const yq_digest farther = send(&p);
    test_begin(&w, 60000);
    cr_assert_eq(state(&far), YQ_MESSAGE_COMMITTED);
    cr_assert_eq(state(&farther), YQ_MESSAGE_COMMITTED);
}

Test(cancel, the_clock_stands_still_after_a_gap, .init = setup, .fini = teardown)
{
    const yq_digest id = send_number(1);
    test_begin(&w, 60001); /* the hub was away */
    cr_assert_eq(state(&id), YQ_MESSAGE_COMMITTED);
    for (unsigned i = 0; i < 9; i++) {
        test_begin(&w, 60000);
    }
    test_begin(&w, 59999);
    cr_assert_eq(state(&id), YQ_MESSAGE_COMMITTED);
    test_begin(&w, 1);
    cr_assert_eq(state(&id), YQ_MESSAGE_CANCELLING);
}

Test(cancel, none_while_an_end_is_frozen_or_paused, .init = setup, .fini = teardown)
{
    const yq_digest id = send_number(1);
    cr_assert_eq(freeze("city-a", 100000), YQ_OK);
    test_begin(&w, 30000);
    test_begin(&w, 30000);
    cr_assert_eq(state(&id), YQ_MESSAGE_COMMITTED);
    cr_assert_eq(inbox("city-b", 70, 1), YQ_OK);
    test_begin(&w, 40000);
    cr_assert_eq(state(&id), YQ_MESSAGE_COMMITTED, "the source is back, the destination pauses");
    cr_assert_eq(inbox("city-b", 71, 0), YQ_OK);
    cr_assert_eq(state(&id), YQ_MESSAGE_COMMITTED);
    test_begin(&w, 1000);
    cr_assert_eq(state(&id), YQ_MESSAGE_CANCELLING);
}

Test(cancel, at_most_a_thousand_a_block, .init = setup, .fini = teardown)
{
    yq_tx tx = test_lane_tx("city-a", "send", "city-b", "recv");
    tx.as.lane.per_minute_max = 5000;
    cr_assert_eq(test_execute(&w, &w.admin[0], &tx), YQ_OK);
    test_begin(&w, 1); /* the wakings of the set-up are work too */
    for (uint64_t i = 1; i <= 1001; i++) {
        (void)send_number(i);
    }
    yq_outbox_view view;
    test_begin(&w, 30000);
    cr_assert_eq(yq_hub_outbox(&w.hub, test_text("city-b"), &view), YQ_OK);
    cr_assert_eq(view.size, 2001);
    test_begin(&w, 1);
    cr_assert_eq(yq_hub_outbox(&w.hub, test_text("city-b"), &view), YQ_OK);
    cr_assert_eq(view.size, 2002);
}

/* ---- held ------------------------------------------------------------------------------------ */

Test(held, until_the_frozen_end_is_back, .init = setup, .fini = teardown)
{
    cr_assert_eq(freeze("city-b", 10000), YQ_OK);
    const yq_digest id = send_number(1);
    cr_assert_eq(state(&id), YQ_MESSAGE_HELD);
    cr_assert_eq(test_message(&w, &id).code, YQ_E_CHAIN_FROZEN);
    cr_assert_eq(test_told(&w, YQ_HUB_EVENT_MESSAGE, YQ_MESSAGE_HELD), 1);
    yq_outbox_view view;
    cr_assert_eq(yq_hub_outbox(&w.hub, test_text("city-b"), &view), YQ_OK);
    cr_assert_eq(view.size, 0, "no leaf");
    test_begin(&w, 9999);
    cr_assert_eq(state(&id), YQ_MESSAGE_HELD);
    test_begin(&w, 1);
    cr_assert_eq(state(&id), YQ_MESSAGE_COMMITTED);
    cr_assert_eq(test_message(&w, &id).code, 0);
    static const yq_trace_step steps[] = {YQ_STEP_PROVEN, YQ_STEP_HELD, YQ_STEP_COMMITTED};
    trace_is(&id, steps, 3);
    yq_state_key bytes;
    yq_state_key_digest(&bytes, YQ_MODULE_PACKET, YQ_TABLE_PACKET_BYTES, &id);
    cr_assert_not(yq_state_has(&w.hub, &bytes), "its bytes are kept once");
    const yq_packet leaf = leaf_packet("city-b", 0);
    cr_assert(yq_slice_equal(leaf.payload, test_text("hello")));
}

Test(held, both_ends_must_be_ready, .init = setup, .fini = teardown)
{
    cr_assert_eq(freeze("city-b", 10000), YQ_OK);
    const yq_digest id = send_number(1);
    cr_assert_eq(freeze("city-a", 50000), YQ_OK);
    test_begin(&w, 10000);
    cr_assert_eq(state(&id), YQ_MESSAGE_HELD);
    test_begin(&w, 40000);
    cr_assert_eq(state(&id), YQ_MESSAGE_COMMITTED);
}

Test(held, receipts_of_a_frozen_chain_count, .init = setup, .fini = teardown)
{
    const yq_digest id = send_number(1);
    cr_assert_eq(freeze("city-b", 10000), YQ_OK);
    cr_assert_eq(answer("city-b", 0, YQ_DONE_OK), YQ_OK);
    cr_assert_eq(state(&id), YQ_MESSAGE_ACKED);
}

Test(held, a_deadline_that_passes_meanwhile_refuses, .init = setup, .fini = teardown)
{
    cr_assert_eq(freeze("city-b", 10000), YQ_OK);
    yq_packet p = test_packet(1);
    p.deadline_ms = w.time_ms + 5000;
    const yq_digest id = send(&p);
    test_begin(&w, 10000);
    yq_message m = test_message(&w, &id);
    cr_assert_eq(m.state, YQ_MESSAGE_REFUSED);
    cr_assert_eq(m.code, YQ_E_DEADLINE);
    const yq_packet leaf = leaf_packet("city-a", m.ack_index);
    yq_ack ack;
    cr_assert_eq(yq_ack_decode(leaf.payload, &ack, NULL), YQ_OK);
    cr_assert_eq(ack.index, YQ_INDEX_NONE);
    cr_assert_eq(ack.code, 318);
}

Test(held, an_end_that_leaves_refuses_what_waits, .init = setup, .fini = teardown)
{
    cr_assert_eq(inbox("city-b", 70, 1), YQ_OK);
    const yq_digest id = send_number(1);
    cr_assert_eq(state(&id), YQ_MESSAGE_HELD);
    const yq_tx tx = {
        .method = YQ_METHOD_CHAIN_RETIRE,
        .as.chain_act = {.chain = test_text("city-b"), .reason = test_text("drill")}};
    cr_assert_eq(test_execute(&w, &w.admin[0], &tx), YQ_OK);
    test_approve(&w, test_data_u64(&w));
    test_begin(&w, 1);
    cr_assert_eq(state(&id), YQ_MESSAGE_REFUSED);
    yq_chain chain;
    cr_assert_eq(yq_hub_chain(&w.hub, test_text("city-b"), &chain), YQ_OK);
    cr_assert_eq(chain.state, YQ_CHAIN_RETIRED);
}

Test(held, rate_caps_let_the_rest_go_in_the_next_minutes, .init = setup, .fini = teardown)
{
    yq_tx tx = test_lane_tx("city-a", "send", "city-b", "recv");
    tx.as.lane.per_minute_max = 2;
    cr_assert_eq(test_execute(&w, &w.admin[0], &tx), YQ_OK);
    yq_digest id[5];
    for (unsigned i = 0; i < 5; i++) {
        id[i] = send_number(i + 1);
        cr_assert_eq(state(&id[i]), i < 2 ? YQ_MESSAGE_COMMITTED : YQ_MESSAGE_HELD);
    }
    cr_assert_eq(test_message(&w, &id[4]).code, YQ_E_RATE_LIMIT);
    test_begin(&w, 60000 - w.time_ms % 60000 - 1);
    cr_assert_eq(state(&id[2]), YQ_MESSAGE_HELD);
    test_begin(&w, 1);
    cr_assert_eq(state(&id[2]), YQ_MESSAGE_COMMITTED);
    cr_assert_eq(state(&id[3]), YQ_MESSAGE_COMMITTED);
    cr_assert_eq(state(&id[4]), YQ_MESSAGE_HELD);
    const yq_digest late = send_number(6);
    cr_assert_eq(state(&late), YQ_MESSAGE_HELD, "the minute is used up by those that waited");
    test_begin(&w, 60000);
    cr_assert_eq(state(&id[4]), YQ_MESSAGE_COMMITTED);
    cr_assert_eq(state(&late), YQ_MESSAGE_COMMITTED);
    cr_assert_eq(test_message(&w, &id[4]).trace_n, 3, "held once in the trace");
}

Test(held, a_mapped_message_that_is_refused_ends, .init = setup, .fini = teardown)
{
    cr_assert_eq(test_service(&w, "city-a", "m", YQ_SERVICE_MAPPED, "cc", "Sent"), YQ_OK);
    yq_tx tx = test_lane_tx("city-a", "m", "city-b", "facts");
    cr_assert_eq(test_execute(&w, &w.admin[0], &tx), YQ_OK);
    cr_assert_eq(inbox("city-b", 70, 1), YQ_OK);
    const test_event e = {50, "cc", "Sent", test_text("x"), "t1", 0, 3};
    cr_assert_eq(test_submit(&w, "city-a", &e), YQ_OK);
    const yq_digest id = test_data_id(&w);
    static const char *const leaving[] = {"city-b", "city-a"};
    for (unsigned i = 0; i < 2; i++) {
        tx = (yq_tx){
            .method = YQ_METHOD_CHAIN_RETIRE,
            .as.chain_act = {.chain = test_text(leaving[i]), .reason = test_text("drill")}};
        cr_assert_eq(test_execute(&w, &w.admin[0], &tx), YQ_OK);
        test_approve(&w, test_data_u64(&w));
        test_begin(&w, 1);
        yq_chain chain;
        cr_assert_eq(yq_hub_chain(&w.hub, test_text(leaving[i]), &chain), YQ_OK);
        cr_assert_eq(chain.state, YQ_CHAIN_RETIRED, "%s needs nothing more", leaving[i]);
    }
    const yq_message m = test_message(&w, &id);
    cr_assert_eq(m.state, YQ_MESSAGE_REFUSED);
    cr_assert(yq_message_is_final(&m));
}

/* A long queue of a lane does not use up the block's work: what cannot go on ends the walk. */
Test(held, a_lane_that_is_full_does_not_keep_others_waiting, .init = setup, .fini = teardown)
{
    static uint8_t body[YQ_EVENT_RECORDS_MAX][512];
    static yq_record record[YQ_EVENT_RECORDS_MAX];
    yq_tx tx = test_lane_tx("city-a", "send", "city-b", "recv");
    tx.as.lane.per_minute_max = 1;
    tx.as.lane.patience_ms = 0;
    cr_assert_eq(test_execute(&w, &w.admin[0], &tx), YQ_OK);
    test_begin(&w, 60000 - w.time_ms % 60000);
    uint64_t sequence = 0;
    for (unsigned k = 0; k < 5; k++) {
        for (unsigned i = 0; i < YQ_EVENT_RECORDS_MAX; i++) {
            const yq_packet p = test_packet(++sequence);
            yq_buf out = {body[i], sizeof body[i], 0};
            cr_assert_eq(yq_packet_encode(&p, &out), YQ_OK);
            record[i] = (yq_record){YQ_RECORD_SENT, yq_slice_of(body[i], out.n)};
        }
        cr_assert_eq(test_records(&w, "city-a", 50, record, YQ_EVENT_RECORDS_MAX), YQ_OK);
    }
    test_chain(&w, "city-c", YQ_SUITE_SM2);
    cr_assert_eq(freeze("city-c", 60001), YQ_OK);
    test_begin(&w, 60000);
    test_begin(&w, 1);
    yq_chain chain;
    cr_assert_eq(yq_hub_chain(&w.hub, test_text("city-c"), &chain), YQ_OK);
    cr_assert_eq(chain.state, YQ_CHAIN_ACTIVE);
    yq_outbox_view view;
    cr_assert_eq(yq_hub_outbox(&w.hub, test_text("city-b"), &view), YQ_OK);
    cr_assert_eq(view.size, 2);
}

Test(held, a_message_that_waits_for_less_passes_one_that_waits_for_more, .fini = teardown)
{
    /* The inbox of city-a is closed: its contract's messages wait for it, its mapped ones do not.
     */
    test_world_init(&w, 0);
    test_chain(&w, "city-a", YQ_SUITE_SM2);
    test_chain(&w, "city-b", YQ_SUITE_SM2);
    test_open_inbox(&w, "city-b");
    cr_assert_eq(test_service(&w, "city-a", "send", YQ_SERVICE_CONTRACT, "box", "Yuqiao"), YQ_OK);
    cr_assert_eq(test_service(&w, "city-a", "m", YQ_SERVICE_MAPPED, "cc", "Sent"), YQ_OK);
    yq_tx tx = test_lane_tx("city-a", "send", "city-b", "recv");
    cr_assert_eq(test_execute(&w, &w.admin[0], &tx), YQ_OK);
    tx = test_lane_tx("city-a", "m", "city-b", "recv");
    cr_assert_eq(test_execute(&w, &w.admin[0], &tx), YQ_OK);
    cr_assert_eq(freeze("city-a", 1000), YQ_OK);
    const yq_digest first = send_number(1);
    const test_event e = {50, "cc", "Sent", test_text("x"), "t1", 0, 3};
    cr_assert_eq(test_submit(&w, "city-a", &e), YQ_OK);
    const yq_digest second = test_data_id(&w);
    cr_assert_eq(state(&second), YQ_MESSAGE_HELD);
    test_begin(&w, 1000);
    cr_assert_eq(state(&first), YQ_MESSAGE_HELD);
    cr_assert_eq(test_message(&w, &first).code, YQ_E_HELD);
    cr_assert_eq(state(&second), YQ_MESSAGE_COMMITTED);
    test_open_inbox(&w, "city-a");
    test_begin(&w, 1);
    cr_assert_eq(state(&first), YQ_MESSAGE_COMMITTED);
}

/* ---- the inbox' state ------------------------------------------------------------------------ */

Test(inbox, opens_with_the_hubs_own_set_only, .fini = teardown)
{
    test_world_init(&w, 0);
    test_chain(&w, "city-a", YQ_SUITE_SM2);
    yq_inbox_state s = {.epoch = 1};
    cr_assert_eq(test_state(&w, "city-a", 40, &s), YQ_E_VALSET_HASH);
    memset(&s.set_hash, 0x52, sizeof s.set_hash);
    cr_assert_eq(test_state(&w, "city-a", 40, &s), YQ_E_VALSET_HASH);
    s.set_hash = w.set;
    s.epoch = 2;
    cr_assert_eq(test_state(&w, "city-a", 40, &s), YQ_E_VALSET_HASH);
    s.epoch = 1;
    s.height = w.height + 1;
    cr_assert_eq(test_state(&w, "city-a", 40, &s), YQ_E_HEADER_UNKNOWN);
    s.height = w.height;
    cr_assert_eq(test_state(&w, "city-a", 40, &s), YQ_OK);
    cr_assert_eq(test_told(&w, YQ_HUB_EVENT_INBOX, w.height), 1);
    yq_chain chain;
    cr_assert_eq(yq_hub_chain(&w.hub, test_text("city-a"), &chain), YQ_OK);
    cr_assert_eq(chain.inbox_open, 1);
    cr_assert_eq(chain.inbox_state.height, w.height);
}

Test(inbox, messages_wait_for_it_to_open_and_to_go_on, .fini = teardown)
{
    test_world_init(&w, 0);
    test_chain(&w, "city-a", YQ_SUITE_SM2);
    test_chain(&w, "city-b", YQ_SUITE_SM2);
    cr_assert_eq(test_service(&w, "city-a", "send", YQ_SERVICE_CONTRACT, "box", "Yuqiao"), YQ_OK);
    yq_tx tx = test_lane_tx("city-a", "send", "city-b", "recv");
    cr_assert_eq(test_execute(&w, &w.admin[0], &tx), YQ_OK);
    const yq_digest id = send_number(1);
    cr_assert_eq(state(&id), YQ_MESSAGE_HELD);
    test_open_inbox(&w, "city-b");
    test_begin(&w, 1);
    cr_assert_eq(state(&id), YQ_MESSAGE_HELD, "its own inbox takes the acknowledgement");
    test_open_inbox(&w, "city-a");
    test_begin(&w, 1);
    cr_assert_eq(state(&id), YQ_MESSAGE_COMMITTED);
    cr_assert_eq(inbox("city-b", 50, 1), YQ_OK);
    const yq_digest second = send_number(2);
    cr_assert_eq(state(&second), YQ_MESSAGE_HELD);
    cr_assert_eq(inbox("city-b", 49, 0), YQ_OK, "an older word, brought late");
    test_begin(&w, 1);
    cr_assert_eq(state(&second), YQ_MESSAGE_HELD);
    cr_assert_eq(inbox("city-b", 51, 0), YQ_OK);
    test_begin(&w, 1);
    cr_assert_eq(state(&second), YQ_MESSAGE_COMMITTED);
}

Test(inbox, a_state_in_the_same_event_opens_for_what_follows, .fini = teardown)
{
    test_world_init(&w, 0);
    test_chain(&w, "city-a", YQ_SUITE_SM2);
    test_chain(&w, "city-b", YQ_SUITE_SM2);
    test_open_inbox(&w, "city-b");
    cr_assert_eq(test_service(&w, "city-a", "send", YQ_SERVICE_CONTRACT, "box", "Yuqiao"), YQ_OK);
    yq_tx tx = test_lane_tx("city-a", "send", "city-b", "recv");
    cr_assert_eq(test_execute(&w, &w.admin[0], &tx), YQ_OK);
    uint8_t a[64], b[512];
    yq_buf first = {a, sizeof a, 0}, second = {b, sizeof b, 0};
    const yq_inbox_state s = {.epoch = 1, .set_hash = w.set};
    const yq_packet p = test_packet(1);
    cr_assert_eq(yq_inbox_state_encode(&s, &first), YQ_OK);
    cr_assert_eq(yq_packet_encode(&p, &second), YQ_OK);
    const yq_record record[] = {
        {YQ_RECORD_STATE, yq_slice_of(a, first.n)}, {YQ_RECORD_SENT, yq_slice_of(b, second.n)}};
    cr_assert_eq(test_records(&w, "city-a", 50, record, 2), YQ_OK);
    const yq_digest id = test_data_id(&w);
    cr_assert_eq(state(&id), YQ_MESSAGE_COMMITTED);
}

/* ---- determinism ----------------------------------------------------------------------------- */

static yq_digest story(void)
{
    setup();
    cr_assert_eq(freeze("city-b", 10000), YQ_OK);
    (void)send_number(1);
    test_begin(&w, 10000);
    (void)send_number(2);
    cr_assert_eq(answer("city-b", 0, YQ_DONE_OK), YQ_OK);
    test_begin(&w, 59000);
    cr_assert_eq(answer("city-a", 0, YQ_DONE_OK), YQ_OK);
    yq_block_end end;
    yq_hub_end_block(&w.hub, &end);
    yq_digest sum = test_kv_digest(&w.kv);
    teardown();
    return sum;
}

Test(determinism, the_same_transactions_give_the_same_state)
{
    const yq_digest first = story();
    const yq_digest second = story();
    cr_assert_eq(memcmp(&first, &second, sizeof first), 0);
}

Test(determinism, a_context_made_anew_for_every_call_is_the_same, .init = setup, .fini = teardown)
{
    (void)send_number(1);
    const yq_digest one = test_kv_digest(&w.kv);
    teardown();
    setup();
    memset(w.memory, 0xa5, YQ_HUB_ARENA_SIZE);
    yq_hub_init(&w.hub, &w.kv.kv, w.memory, test_verifiers, 1, NULL);
    (void)send_number(1);
    const yq_digest two = test_kv_digest(&w.kv);
    cr_assert_eq(memcmp(&one, &two, sizeof one), 0);
}

Test(determinism, time_never_goes_back, .init = setup, .fini = teardown)
{
    uint64_t now = w.time_ms;
    yq_hub_begin_block(&w.hub, w.height + 1, now - 5000, &w.result);
    cr_assert_eq(w.hub.time_ms, now);
}
