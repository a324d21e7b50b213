/* How messages end: receipts, and packets that cancel. */
#include "relay/hub/test_message.h"

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
    const yq_done late = done_of("city-a", 0, YQ_DONE_ERROR);
    cr_assert_eq(answer("city-a", 0, YQ_DONE_OK), YQ_OK);
    cr_assert_eq(state(&id), YQ_MESSAGE_SETTLED);
    cr_assert_eq(yq_hub_outbox_open(&w.hub, test_text("city-a"), 0, &open, 1), 0);
    cr_assert_eq(test_done(&w, "city-a", &late), YQ_OK, "of a try before, brought late");
    cr_assert_eq(test_message(&w, &id).conflict, 0);
    cr_assert_eq(state(&id), YQ_MESSAGE_SETTLED);

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
