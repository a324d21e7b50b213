/* Messages that wait: for a chain, a lane or an inbox; and that all of it is determined. */
#include "relay/hub/test_message.h"

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
