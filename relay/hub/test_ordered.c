#include "relay/hub/packet.h"
#include "relay/hub/test_support.h"

#include <criterion/criterion.h>

/* Ordered lanes: numbers are taken without a gap, and what is refused is skipped at the
 * destination. */
static test_world w;

static yq_tx service_tx(const char *service, int ordered)
{
    return (yq_tx){
        .method = YQ_METHOD_SERVICE_REGISTER,
        .as.service = {
            .chain = test_text("city-a"),
            .service = test_text(service),
            .kind = YQ_SERVICE_CONTRACT,
            .emitter = test_text("box"),
            .event = test_text("Yuqiao"),
            .ordered = ordered}};
}

static yq_tx ordered_lane(void)
{
    yq_tx tx = test_lane_tx("city-a", "queue", "city-b", "recv");
    tx.as.lane.order = YQ_ORDER_ORDERED;
    return tx;
}

static void setup_service(void)
{
    test_two_cities(&w);
    const yq_tx tx = service_tx("queue", 1);
    cr_assert_eq(test_execute(&w, &w.operator_[0], &tx), YQ_OK);
}

static void open_lane(void)
{
    const yq_tx tx = ordered_lane();
    cr_assert_eq(test_execute(&w, &w.admin[0], &tx), YQ_OK);
}

static void setup(void)
{
    setup_service();
    open_lane();
}

static void teardown(void)
{
    test_world_free(&w);
}

static yq_packet packet_of(uint64_t sequence)
{
    yq_packet p = test_packet(sequence);
    p.src_service = test_text("queue");
    p.order = YQ_ORDER_ORDERED;
    return p;
}

static yq_status bring(uint64_t sequence)
{
    yq_packet p = packet_of(sequence);
    return test_sent(&w, "city-a", &p);
}

static yq_message send(const yq_packet *p)
{
    cr_assert_eq(test_sent(&w, "city-a", p), YQ_OK);
    const yq_digest id = test_data_id(&w);
    return test_message(&w, &id);
}

static uint64_t size_of(const char *chain)
{
    yq_outbox_view v = {0};
    yq_hub_reset(&w.hub);
    return yq_hub_outbox(&w.hub, test_text(chain), &v) == YQ_OK ? v.size : 0;
}

static void check_skip(uint64_t index, uint64_t first, uint64_t last, uint8_t order)
{
    yq_slice bytes;
    yq_packet packet;
    yq_cancel cancel;
    cr_assert(yq_outbox_packet(&w.hub, test_text("city-b"), index, &bytes));
    cr_assert_eq(yq_packet_decode(bytes, &packet, NULL), YQ_OK);
    cr_assert_eq(packet.kind, YQ_PACKET_CANCEL);
    cr_assert_eq(packet.sequence, last);
    cr_assert(yq_slice_equal(packet.src_service, test_text("queue")));
    cr_assert(yq_slice_equal(packet.dst_service, test_text("recv")));
    cr_assert_eq(yq_cancel_decode(packet.payload, &cancel, NULL), YQ_OK);
    cr_assert_eq(cancel.index, YQ_INDEX_NONE);
    cr_assert(yq_bytes_are_zero(cancel.commitment.b, sizeof cancel.commitment.b));
    cr_assert_eq(cancel.first, first);
    cr_assert_eq(cancel.kind, YQ_PACKET_CALL);
    cr_assert_eq(cancel.order, order);
}

Test(ordered, a_lane_is_what_its_service_says, .init = setup_service, .fini = teardown)
{
    yq_tx tx = ordered_lane();
    tx.as.lane.order = YQ_ORDER_UNORDERED;
    cr_assert_eq(test_execute(&w, &w.admin[0], &tx), YQ_E_LANE_ORDER);
    tx = ordered_lane();
    tx.as.lane.patience_ms = 0;
    cr_assert_eq(test_execute(&w, &w.admin[0], &tx), YQ_E_RANGE, "it would wait for ever");
    open_lane();
    tx = ordered_lane();
    tx.as.lane.order = YQ_ORDER_UNORDERED;
    cr_assert_eq(test_execute(&w, &w.admin[0], &tx), YQ_E_LANE_ORDER, "fixed when it opens");
    cr_assert_eq(size_of("city-b"), 0);
}

Test(ordered, numbers_are_taken_without_a_gap, .init = setup, .fini = teardown)
{
    cr_assert_eq(bring(2), YQ_E_SEQ_GAP);
    cr_assert_eq(bring(1), YQ_OK);
    cr_assert_eq(bring(1), YQ_E_REPLAY);
    cr_assert_eq(bring(3), YQ_E_SEQ_GAP);
    cr_assert_eq(bring(2), YQ_OK);
    cr_assert_eq(bring(3), YQ_OK);
    cr_assert_eq(size_of("city-b"), 3);
}

Test(ordered, an_unordered_lane_takes_any_number, .init = setup, .fini = teardown)
{
    yq_packet p = test_packet(7);
    cr_assert_eq(send(&p).state, YQ_MESSAGE_COMMITTED);
    p = test_packet(2);
    cr_assert_eq(send(&p).state, YQ_MESSAGE_COMMITTED);
}

Test(ordered, a_refused_number_is_skipped, .init = setup, .fini = teardown)
{
    cr_assert_eq(bring(1), YQ_OK);
    yq_packet p = packet_of(2);
    p.deadline_ms = w.time_ms;
    yq_message m = send(&p);
    cr_assert_eq(m.state, YQ_MESSAGE_REFUSED);
    cr_assert_eq(m.code, YQ_E_DEADLINE);
    cr_assert_eq(m.index, YQ_INDEX_NONE);
    cr_assert_eq(m.cancel_index, 1);
    check_skip(1, 2, 2, YQ_ORDER_ORDERED);
    cr_assert_eq(bring(3), YQ_OK);
    yq_leaf leaf;
    cr_assert(yq_leaf_load(&w.hub, test_text("city-b"), 1, &leaf));
    const yq_done done = {.index = 1, .commitment = leaf.commitment, .status = YQ_DONE_OK};
    cr_assert_eq(test_done(&w, "city-b", &done), YQ_OK);
    cr_assert_eq(test_told(&w, YQ_HUB_EVENT_ALARM, (uint64_t)-YQ_E_CONFLICT), 0);
    const yq_digest id = m.id;
    cr_assert_eq(test_message(&w, &id).state, YQ_MESSAGE_REFUSED, "its acknowledgement ends it");
    cr_assert_neq(test_message(&w, &id).ack_index, YQ_INDEX_NONE);
}

Test(ordered, the_lane_says_it_and_not_the_packet, .init = setup, .fini = teardown)
{
    yq_packet p = packet_of(1);
    p.order = YQ_ORDER_UNORDERED;
    yq_message m = send(&p);
    cr_assert_eq(m.code, YQ_E_LANE_ORDER);
    check_skip(m.cancel_index, 1, 1, YQ_ORDER_UNORDERED);
    p = test_packet(1);
    p.order = YQ_ORDER_ORDERED;
    m = send(&p);
    cr_assert_eq(m.code, YQ_E_LANE_ORDER);
    cr_assert_eq(m.cancel_index, YQ_INDEX_NONE, "nobody waits for it on an unordered lane");
}

Test(ordered, what_was_held_and_is_refused_then_is_skipped, .init = setup, .fini = teardown)
{
    const yq_tx freeze = {
        .method = YQ_METHOD_CHAIN_FREEZE,
        .as.chain_act = {
            .chain = test_text("city-b"), .reason = test_text("drill"), .duration_ms = 5000}};
    cr_assert_eq(test_execute(&w, &w.admin[0], &freeze), YQ_OK);
    uint64_t size = size_of("city-b");
    yq_packet p = packet_of(1);
    p.deadline_ms = w.time_ms + 1000;
    yq_message m = send(&p);
    cr_assert_eq(m.state, YQ_MESSAGE_HELD);
    cr_assert_eq(size_of("city-b"), size);
    test_begin(&w, 6000);
    const yq_digest id = m.id;
    m = test_message(&w, &id);
    cr_assert_eq(m.state, YQ_MESSAGE_REFUSED);
    check_skip(m.cancel_index, 1, 1, YQ_ORDER_ORDERED);
}

Test(ordered, a_lane_begins_behind_what_was_refused, .init = setup_service, .fini = teardown)
{
    cr_assert_eq(bring(2), YQ_E_SEQ_GAP, "also while there is no lane");
    for (uint64_t i = 1; i <= 3; i++) {
        yq_packet p = packet_of(i);
        yq_message m = send(&p);
        cr_assert_eq(m.code, YQ_E_LANE_MISSING);
        cr_assert_eq(m.cancel_index, YQ_INDEX_NONE);
    }
    cr_assert_eq(size_of("city-b"), 0);
    open_lane();
    cr_assert_eq(size_of("city-b"), 1);
    check_skip(0, 1, 3, YQ_ORDER_ORDERED);
    open_lane();
    cr_assert_eq(size_of("city-b"), 1, "once");
    cr_assert_eq(bring(3), YQ_E_REPLAY);
    cr_assert_eq(bring(4), YQ_OK);
}

Test(ordered, a_cancel_by_time_names_the_order, .init = setup, .fini = teardown)
{
    yq_packet p = packet_of(1);
    yq_message m = send(&p);
    test_begin(&w, 30000);
    const yq_digest id = m.id;
    m = test_message(&w, &id);
    cr_assert_eq(m.state, YQ_MESSAGE_CANCELLING);
    yq_slice bytes;
    yq_packet packet;
    yq_cancel cancel;
    cr_assert(yq_outbox_packet(&w.hub, test_text("city-b"), m.cancel_index, &bytes));
    cr_assert_eq(yq_packet_decode(bytes, &packet, NULL), YQ_OK);
    cr_assert_eq(yq_cancel_decode(packet.payload, &cancel, NULL), YQ_OK);
    cr_assert_eq(cancel.order, YQ_ORDER_ORDERED);
    cr_assert_eq(cancel.index, m.index);
    cr_assert_eq(cancel.first, 1);
}

Test(ordered, nothing_is_written_for_a_destination_that_leaves, .init = setup, .fini = teardown)
{
    cr_assert_eq(bring(1), YQ_OK);
    const yq_tx retire = {
        .method = YQ_METHOD_CHAIN_RETIRE,
        .as.chain_act = {.chain = test_text("city-b"), .reason = test_text("drill")}};
    cr_assert_eq(test_execute(&w, &w.admin[0], &retire), YQ_OK);
    test_approve(&w, test_data_u64(&w));
    uint64_t size = size_of("city-b");
    yq_packet p = packet_of(2);
    yq_message m = send(&p);
    cr_assert_eq(m.code, YQ_E_CHAIN_INACTIVE);
    cr_assert_eq(m.cancel_index, YQ_INDEX_NONE);
    cr_assert_eq(size_of("city-b"), size);
}

Test(ordered, an_unordered_lane_skips_nothing, .init = setup, .fini = teardown)
{
    yq_packet p = test_packet(1);
    p.dst_service = test_text("later");
    cr_assert_eq(send(&p).code, YQ_E_LANE_MISSING);
    const yq_tx tx = test_lane_tx("city-a", "send", "city-b", "later");
    cr_assert_eq(test_execute(&w, &w.admin[0], &tx), YQ_OK);
    cr_assert_eq(size_of("city-b"), 0);
}
