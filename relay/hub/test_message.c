/* The life of messages on paper: what the chains would say is written down by hand. Here: from the
 * first event to the end, and what does not begin. */
#include "relay/hub/test_message.h"

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
    yq_digest eth_set = {{0}};
    yq_export_set set;
    test_bind(&w);
    cr_assert_eq(yq_hub_export_set(&w.hub, 1, YQ_SUITE_ETH, &set), YQ_OK);
    yq_export_set_hash(&set, &eth_set);
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
