#include "relay/hub/packet.h"
#include "relay/hub/test_support.h"

#include <criterion/criterion.h>

/* Outcomes that two persons name, and what a later receipt does to them. */
static test_world w;

static void setup(void)
{
    test_two_cities(&w);
}

static void teardown(void)
{
    test_world_free(&w);
}

static yq_digest send(uint64_t sequence)
{
    yq_packet p = test_packet(sequence);
    cr_assert_eq(test_sent(&w, "city-a", &p), YQ_OK);
    return test_data_id(&w);
}

static yq_status force(const yq_digest *signer, const yq_digest *id, uint8_t outcome)
{
    const yq_tx tx = {
        .method = YQ_METHOD_MESSAGE_FORCE,
        .as.force = {.message = *id, .outcome = outcome, .reason = test_text("B was rebuilt")}};
    return test_execute(&w, signer, &tx);
}

static void force_by_two(const yq_digest *id, uint8_t outcome)
{
    cr_assert_eq(force(&w.admin[1], id, outcome), YQ_OK);
    cr_assert_eq(w.data[0], 1);
    cr_assert_eq(force(&w.admin[2], id, outcome), YQ_OK);
    cr_assert_eq(w.data[0], 2);
}

static yq_status done(const char *chain, uint64_t index, uint8_t status)
{
    yq_leaf leaf;
    cr_assert(yq_leaf_load(&w.hub, test_text(chain), index, &leaf));
    const yq_done d = {.index = index, .commitment = leaf.commitment, .status = status};
    return test_done(&w, chain, &d);
}

static yq_ack ack_of(const yq_message *m)
{
    yq_slice bytes;
    yq_packet packet;
    yq_ack ack;
    cr_assert(yq_outbox_packet(&w.hub, m->src_chain, m->ack_index, &bytes));
    cr_assert_eq(yq_packet_decode(bytes, &packet, NULL), YQ_OK);
    cr_assert_eq(yq_ack_decode(packet.payload, &ack, NULL), YQ_OK);
    return ack;
}

static uint8_t last_step(const yq_digest *id)
{
    yq_trace t;
    cr_assert_eq(yq_hub_trace(&w.hub, id, test_message(&w, id).trace_n - 1, &t), YQ_OK);
    return t.step;
}

static unsigned open_of(const char *chain)
{
    yq_chain_record c;
    cr_assert(yq_chain_load(&w.hub, test_text(chain), &c));
    return (unsigned)c.open;
}

Test(force, two_persons_end_what_is_in_doubt, .init = setup, .fini = teardown)
{
    const yq_digest id = send(1);
    cr_assert_eq(force(&w.admin[1], &id, YQ_DONE_CANCELLED), YQ_OK);
    cr_assert_eq(test_message(&w, &id).state, YQ_MESSAGE_COMMITTED);
    cr_assert_eq(force(&w.admin[1], &id, YQ_DONE_CANCELLED), YQ_E_VOTED);
    cr_assert_eq(force(&w.admin[2], &id, YQ_DONE_OK), YQ_E_CONFLICT);
    cr_assert_eq(force(&w.admin[2], &id, YQ_DONE_CANCELLED), YQ_OK);
    cr_assert_eq(test_told(&w, YQ_HUB_EVENT_MESSAGE, YQ_MESSAGE_FORCED), 1);
    yq_message m = test_message(&w, &id);
    cr_assert_eq(m.state, YQ_MESSAGE_FORCED);
    cr_assert_eq(m.forced, 1);
    cr_assert_eq(m.status, YQ_DONE_CANCELLED);
    cr_assert_not(yq_message_is_final(&m));
    cr_assert_eq(m.cancel_index, 1, "the destination decides too");
    yq_state_key key;
    yq_state_key_digest(&key, YQ_MODULE_PACKET, YQ_TABLE_PACKET_FORCE, &id);
    cr_assert_not(yq_state_has(&w.hub, &key), "the first person's word is no longer kept");
    const yq_ack ack = ack_of(&m);
    cr_assert_eq(ack.forced, 1);
    cr_assert_eq(ack.status, YQ_DONE_CANCELLED);
    cr_assert_eq(force(&w.admin[1], &id, YQ_DONE_CANCELLED), YQ_E_STATE);
    cr_assert_eq(open_of("city-b"), 0);
    cr_assert_eq(open_of("city-a"), 1);
    cr_assert_eq(done("city-a", m.ack_index, YQ_DONE_OK), YQ_OK);
    cr_assert_eq(test_message(&w, &id).state, YQ_MESSAGE_SETTLED);
    cr_assert_eq(open_of("city-a"), 0);
}

Test(force, who_may, .init = setup, .fini = teardown)
{
    const yq_digest id = send(1), none = {{7}};
    cr_assert_eq(force(&w.operator_[0], &id, YQ_DONE_OK), YQ_E_PERMISSION);
    cr_assert_eq(force(&w.adapter[0], &id, YQ_DONE_OK), YQ_E_PERMISSION);
    cr_assert_eq(force(&w.admin[0], &none, YQ_DONE_OK), YQ_E_NOT_FOUND);
    yq_tx tx = {
        .method = YQ_METHOD_MESSAGE_FORCE,
        .as.force = {.message = id, .outcome = YQ_DONE_ERROR, .reason = test_text("x")}};
    uint8_t room[256];
    yq_buf out = {room, sizeof room, 0};
    cr_assert_eq(yq_tx_encode(&tx, &out), YQ_E_RANGE, "ok or cancelled");
}

Test(force, a_second_person_comes_within_a_day, .init = setup, .fini = teardown)
{
    const yq_digest id = send(1);
    cr_assert_eq(force(&w.admin[1], &id, YQ_DONE_OK), YQ_OK);
    test_begin(&w, UINT64_C(86400000) - 1);
    cr_assert_eq(force(&w.admin[1], &id, YQ_DONE_OK), YQ_E_VOTED);
    test_begin(&w, 1);
    cr_assert_eq(force(&w.admin[2], &id, YQ_DONE_CANCELLED), YQ_OK);
    cr_assert_eq(w.data[0], 1, "the first has lapsed");
    cr_assert_eq(force(&w.admin[1], &id, YQ_DONE_CANCELLED), YQ_OK);
    cr_assert_eq(test_message(&w, &id).state, YQ_MESSAGE_FORCED);
}

Test(force, a_receipt_that_agrees_is_kept, .init = setup, .fini = teardown)
{
    const yq_digest id = send(1);
    force_by_two(&id, YQ_DONE_CANCELLED);
    yq_message m = test_message(&w, &id);
    uint64_t ack = m.ack_index;
    cr_assert_eq(done("city-b", m.index, YQ_DONE_ERROR), YQ_OK, "B kept no effect either");
    m = test_message(&w, &id);
    cr_assert_eq(m.conflict, 0);
    cr_assert_eq(m.ack_index, ack, "acknowledged once");
    cr_assert_eq(last_step(&id), YQ_STEP_DONE);
    cr_assert_eq(m.status, YQ_DONE_CANCELLED);
    cr_assert_eq(open_of("city-b"), 0);
}

Test(force, a_receipt_that_contradicts_is_a_conflict, .init = setup, .fini = teardown)
{
    const yq_digest id = send(1), other = send(2);
    force_by_two(&id, YQ_DONE_CANCELLED);
    force_by_two(&other, YQ_DONE_OK);
    cr_assert_eq(done("city-b", test_message(&w, &id).index, YQ_DONE_OK), YQ_OK);
    cr_assert_eq(test_message(&w, &id).conflict, 1);
    cr_assert_eq(test_told(&w, YQ_HUB_EVENT_ALARM, (uint64_t)-YQ_E_CONFLICT), 1);
    cr_assert_eq(test_message(&w, &id).status, YQ_DONE_CANCELLED, "what was named stands");
    cr_assert_eq(done("city-b", test_message(&w, &other).index, YQ_DONE_CANCELLED), YQ_OK);
    cr_assert_eq(test_message(&w, &other).conflict, 1);
}

Test(force, after_its_cancel_and_while_frozen, .init = setup, .fini = teardown)
{
    const yq_digest id = send(1);
    test_begin(&w, 30000);
    uint64_t cancel = test_message(&w, &id).cancel_index;
    cr_assert_eq(test_message(&w, &id).state, YQ_MESSAGE_CANCELLING);
    force_by_two(&id, YQ_DONE_OK);
    cr_assert_eq(test_message(&w, &id).cancel_index, cancel, "one cancel");
    const yq_digest other = send(2);
    const yq_tx freeze = {
        .method = YQ_METHOD_CHAIN_FREEZE,
        .as.chain_act = {
            .chain = test_text("city-b"), .reason = test_text("drill"), .duration_ms = 90000}};
    cr_assert_eq(test_execute(&w, &w.admin[0], &freeze), YQ_OK);
    test_begin(&w, 40000);
    cr_assert_eq(test_message(&w, &other).state, YQ_MESSAGE_COMMITTED, "its cancel waits");
    force_by_two(&other, YQ_DONE_CANCELLED);
    uint64_t size = test_message(&w, &other).cancel_index;
    cr_assert_neq(size, YQ_INDEX_NONE);
    test_begin(&w, 60000);
    cr_assert_eq(test_message(&w, &other).state, YQ_MESSAGE_FORCED);
    cr_assert_eq(test_message(&w, &other).cancel_index, size);
}

Test(force, only_what_is_in_doubt, .init = setup, .fini = teardown)
{
    const yq_digest id = send(1);
    cr_assert_eq(done("city-b", test_message(&w, &id).index, YQ_DONE_OK), YQ_OK);
    cr_assert_eq(force(&w.admin[1], &id, YQ_DONE_CANCELLED), YQ_E_STATE);
    yq_packet p = test_packet(2);
    p.deadline_ms = w.time_ms;
    cr_assert_eq(test_sent(&w, "city-a", &p), YQ_OK);
    const yq_digest refused = test_data_id(&w);
    cr_assert_eq(force(&w.admin[1], &refused, YQ_DONE_OK), YQ_E_STATE);
}

Test(force, a_mapped_message_ends_there, .init = setup, .fini = teardown)
{
    cr_assert_eq(test_service(&w, "city-a", "map", YQ_SERVICE_MAPPED, "cc", "Sent"), YQ_OK);
    const yq_tx lane = test_lane_tx("city-a", "map", "city-b", "recv");
    cr_assert_eq(test_execute(&w, &w.admin[0], &lane), YQ_OK);
    const test_event e = {50, "cc", "Sent", test_text("data"), "tx-m", 0, YQ_GRADE_LIGHT_CLIENT};
    cr_assert_eq(test_submit(&w, "city-a", &e), YQ_OK);
    const yq_digest id = test_data_id(&w);
    force_by_two(&id, YQ_DONE_CANCELLED);
    const yq_message m = test_message(&w, &id);
    cr_assert(yq_message_is_final(&m));
    cr_assert_eq(m.ack_index, YQ_INDEX_NONE);
    cr_assert_eq(open_of("city-a") + open_of("city-b"), 0);
}
