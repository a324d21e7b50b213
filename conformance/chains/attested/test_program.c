#include "conformance/chains/attested/test_drive.h"

static test_drive d;

#define SEND                                                                                       \
    "{\"do\":\"send\",\"service\":\"a\",\"dst_chain\":\"city-410100\",\"dst_service\":\"b\","      \
    "\"payload\":\"01\",\"count\":3}"
#define EMIT "{\"do\":\"emit\",\"payload\":\"0a0b\",\"count\":%u}"

static yq_receipt_view submit(yq_slice delivery)
{
    const yq_adapter *a = yq_adapter_v1();
    yq_slice reference;
    yq_receipt_view view = {0};
    cr_assert_eq(
        a->submit(d.session, delivery, DEADLINE_MS, &reference, &d.why), YQ_OK, "%s", d.why.text);
    cr_assert_eq(
        a->receipt(d.session, reference, DEADLINE_MS, &view, &d.why), YQ_OK, "%s", d.why.text);
    return view;
}

static void expect_checks(size_t n)
{
    const yq_check *check;
    size_t check_n = 0;
    cr_assert_eq(
        yq_adapter_v1()->preflight(d.session, DEADLINE_MS, &check, &check_n, &d.why), YQ_OK);
    for (size_t i = 0; i < check_n; i++) {
        cr_assert(check[i].passed, "%s: %s", check[i].name, check[i].detail);
    }
    cr_assert_eq(check_n, n, "%zu", check_n);
    release();
}

Test(program, the_whole_way, .timeout = 120)
{
    drive_begin(&d, NULL);
    expect_checks(7);
    drive_anchor(&d);
    drive_dof(&d, EMIT, 100u);
    drive_do(&d, SEND);
    cr_assert_eq(drive_follow(&d), 1 + 100 + 3, "the inbox's state, the changes, the packets");
    yq_packet p = test_call(1, "service");
    uint64_t index = test_append(d.hub, &p);
    yq_receipt_view view = submit(test_delivery(d.hub, &index, 1));
    cr_assert_eq(view.state, YQ_SUBMIT_DONE, "%s", view.text);
    cr_assert_eq(view.height, d.followed + 1, "where its event is brought");
    release();
    cr_assert_eq(drive_follow(&d), 1, "DONE");
    cr_assert_eq(test_program_number(&d.program, "{\"do\":\"inbox\"}", "executed"), 1);
    d.hub->spoil.bitmap = 3;
    view = submit(test_delivery(d.hub, &index, 1));
    cr_assert_eq(view.state, YQ_SUBMIT_FAILED, "the inbox checks the certificate");
    cr_assert_str_eq(view.text, "QUORUM");
    release();
    cr_assert_eq(drive_follow(&d), 0, "what failed proves nothing");
    cr_assert_eq(drive_counter(&d, "disagreements"), 0);
    cr_assert_eq(drive_counter(&d, "silent"), 0);
    cr_assert_eq(drive_counter(&d, "events"), d.followed);
    cr_assert_leq(drive_counter(&d, "calls"), 20, "records come in pages");
    drive_end(&d);
}

Test(program, events_carry_what_was_written, .timeout = 120)
{
    yq_height_evidence e;
    yq_verified_event event;
    static const uint8_t want[] = {0x0a, 0x0b};
    drive_begin(&d, NULL);
    drive_anchor(&d);
    (void)drive_follow(&d);
    drive_dof(&d, EMIT, 1u);
    cr_assert_eq(drive_height(&d, d.followed + 1, &e), YQ_OK);
    cr_assert_eq(test_client_event(d.client, e.event[0].proof, &event), YQ_OK);
    cr_assert(yq_slice_equal(event.bytes, YQ_SLICE_OF(want)));
    cr_assert(yq_slice_equal(event.emitter, yq_slice_text("catalogue")));
    cr_assert(yq_slice_equal(event.name, yq_slice_text("Changed")));
    cr_assert(yq_slice_equal(event.tx_id, yq_slice_text(TEST_CHAIN "-3")));
    drive_end(&d);
}

Test(program, numbers_that_are_left_out_are_passed, .timeout = 120)
{
    yq_height_evidence e;
    drive_begin(&d, NULL);
    drive_anchor(&d);
    drive_do(&d, "{\"do\":\"skew\",\"numbers\":5}");
    drive_dof(&d, EMIT, 2u);
    cr_assert_eq(drive_follow(&d), 3);
    cr_assert_eq(d.followed, 9);
    cr_assert_eq(drive_evidence(&d, 4, &e), YQ_OK);
    cr_assert_eq(e.update.n + e.event_n, 0);
    for (size_t i = 0; i < TEST_ATTESTERS; i++) {
        (void)drive_attester_end(&d.attester[i], SIGKILL);
    }
    cr_assert_eq(drive_evidence(&d, 5, &e), YQ_OK, "each gap is asked for once");
    cr_assert_eq(drive_evidence(&d, 0, &e), YQ_OK, "numbers begin with 1");
    cr_assert_eq(drive_evidence(&d, 10, &e), YQ_E_NOT_FOUND);
    drive_end(&d);
}

/* Nothing that was taken is only in the adapter: every part may die at any place. */
Test(program, what_dies_goes_on_where_it_was, .timeout = 120)
{
    yq_height_evidence e;
    drive_begin(&d, NULL);
    drive_anchor(&d);
    drive_dof(&d, EMIT, 6u);
    for (; d.followed < 8; d.followed++) {
        cr_assert_eq(drive_height(&d, d.followed + 1, &e), YQ_OK);
        test_attester *a = &d.attester[d.followed % TEST_ATTESTERS];
        (void)drive_attester_end(a, SIGKILL);
        drive_attester_run(a);
        drive_reopen(&d, NULL);
        cr_assert_eq(drive_height(&d, d.followed + 1, &e), YQ_E_REPLAY, "the same once more");
        release();
    }
    cr_assert_eq(drive_counter(&d, "refusals"), 0);
    drive_end(&d);
}

Test(program, a_delivery_whose_answer_is_lost_is_executed_once, .timeout = 120)
{
    yq_slice reference;
    yq_receipt_view view;
    drive_begin(&d, NULL);
    drive_anchor(&d);
    yq_packet p = test_call(1, "service");
    uint64_t index = test_append(d.hub, &p);
    drive_do(&d, "{\"do\":\"manner\",\"as\":\"lost\"}");
    cr_assert_eq(
        yq_adapter_v1()->submit(
            d.session, test_delivery(d.hub, &index, 1), DEADLINE_MS, &reference, &d.why),
        YQ_E_UNAVAILABLE);
    drive_do(&d, "{\"do\":\"manner\",\"as\":\"honest\"}");
    view = submit(test_delivery(d.hub, &index, 1));
    cr_assert_eq(view.state, YQ_SUBMIT_DONE);
    cr_assert_eq(test_program_number(&d.program, "{\"do\":\"inbox\"}", "executed"), 1);
    cr_assert_eq(
        yq_adapter_v1()->receipt(d.session, yq_slice_text("none"), DEADLINE_MS, &view, &d.why),
        YQ_OK);
    cr_assert_eq(view.state, YQ_SUBMIT_LOST, "a ticket that the platform lost");
    drive_end(&d);
}

/* The inbox checks the hub's certificates, so it has to follow the hub's epochs. */
Test(program, the_inbox_steps_to_the_next_epoch, .timeout = 120)
{
    const yq_adapter *a = yq_adapter_v1();
    char path[700];
    uint8_t set[YQ_VALSET_STEP_MAX];
    yq_slice reference;
    yq_receipt_view view;
    drive_begin(&d, NULL);
    drive_anchor(&d);
    (void)drive_follow(&d);
    test_hub *next = test_hub_new(YQ_HASH_SM3);
    test_hub_keys(next, 2);
    yq_valset_hash(YQ_HASH_SM3, &next->set, &d.hub->next_set);
    d.hub->spoil.zero_root = 1;
    cr_assert_eq(
        submit(test_delivery(d.hub, NULL, 0)).state, YQ_SUBMIT_DONE, "a certificate alone");
    for (size_t cut = 0; cut < 2; cut++) {
        yq_writer w = yq_writer_of(set, sizeof set);
        yq_valset_step_put(&w, &next->set);
        const yq_slice bytes = yq_slice_of(set, w.n - (1 - cut));
        cr_assert_eq(a->step(d.session, bytes, DEADLINE_MS, &reference, &d.why), YQ_OK);
        cr_assert_eq(a->receipt(d.session, reference, DEADLINE_MS, &view, &d.why), YQ_OK);
        cr_assert_eq(view.state, cut == 0 ? YQ_SUBMIT_FAILED : YQ_SUBMIT_DONE, "%s", view.text);
    }
    release();
    cr_assert_eq(drive_follow(&d), 1, "STATE");
    cr_assert_eq(test_program_number(&d.program, "{\"do\":\"inbox\"}", "epoch"), 2);
    (void)snprintf(path, sizeof path, "%s/other.yaml", d.dir);
    drive_mapping(&d, path, "all", 0);
    drive_reopen(&d, (const char *const[]){"mapping", path, NULL});
    cr_assert_eq(
        a->step(d.session, yq_slice_text("x"), DEADLINE_MS, &reference, &d.why), YQ_E_UNSUPPORTED);
    cr_assert_not_null(strstr(d.why.text, "inbox: step"), "%s", d.why.text);
    test_hub_free(next);
    drive_end(&d);
}
