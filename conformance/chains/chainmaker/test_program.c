#include "conformance/chains/chainmaker/test_drive.h"

static test_drive d;

#define SEND                                                                                       \
    "{\"do\":\"send\",\"service\":\"a\",\"dst_chain\":\"city-410100\",\"dst_service\":\"b\","      \
    "\"payload\":\"01\",\"count\":3}"

static void whole_way(const char *suite)
{
    drive_begin(&d, suite, NULL);
    drive_checks_pass(&d, 11);
    drive_anchor(&d);
    drive_do(&d, "{\"do\":\"emit\",\"payload\":\"0a0b\",\"count\":40}");
    drive_do(&d, SEND);
    test_program_wait(&d.program, "waiting", 0);
    cr_assert_eq(drive_follow(&d), 1 + 2 * 40 + 3, "the inbox's state, two each, the packets");
    yq_packet p = test_call(1, "service");
    uint64_t index = test_append(d.hub, &p);
    yq_receipt_view view = drive_submit(&d, test_delivery(d.hub, &index, 1));
    cr_assert_eq(view.state, YQ_SUBMIT_DONE, "%s", view.text);
    cr_assert_eq(view.height, d.followed + 1, "where its event is brought");
    release();
    cr_assert_eq(drive_follow(&d), 1, "DONE");
    cr_assert_eq(test_program_number(&d.program, "{\"do\":\"inbox\"}", "executed"), 1);
    d.hub->spoil.bitmap = 3;
    view = drive_submit(&d, test_delivery(d.hub, &index, 1));
    cr_assert_eq(view.state, YQ_SUBMIT_FAILED);
    cr_assert_not_null(strstr(view.text, "code 4, contract's 1: QUORUM"), "%s", view.text);
    release();
    cr_assert_eq(drive_follow(&d), 0, "a call that failed proves nothing");
    cr_assert_eq(drive_counter(&d, "disagreements"), 0);
    cr_assert_eq(drive_counter(&d, "submitted"), 2);
    cr_assert_leq(drive_counter(&d, "blocks"), 2 * d.followed + 4, "blocks come in ranges");
    drive_end(&d);
}

Test(program, sm, .timeout = 120)
{
    whole_way("sm");
}

Test(program, sha256, .timeout = 120)
{
    whole_way("sha256");
}

Test(program, sm_public, .timeout = 120)
{
    whole_way("sm-public");
}

Test(program, events_carry_what_was_emitted, .timeout = 120)
{
    yq_height_evidence e;
    yq_verified_event event;
    static const uint8_t want[] = {0x0a, 0x0b};
    drive_begin(&d, "sm", NULL);
    drive_anchor(&d);
    drive_do(&d, "{\"do\":\"emit\",\"payload\":\"0a0b\",\"count\":3}");
    test_program_wait(&d.program, "waiting", 0);
    for (uint64_t h = 1; h <= 3; h++) {
        cr_assert_eq(drive_height(&d, h, &e), YQ_OK);
    }
    cr_assert_eq(e.event_n, 6);
    cr_assert_eq(test_client_event(d.client, e.event[2].proof, &event), YQ_OK);
    cr_assert(yq_slice_equal(event.bytes, YQ_SLICE_OF(want)));
    cr_assert(yq_slice_equal(event.emitter, yq_slice_text("plain_events")));
    cr_assert(yq_slice_equal(event.name, yq_slice_text("Data")));
    cr_assert_eq(test_client_event(d.client, e.event[3].proof, &event), YQ_OK);
    cr_assert(yq_slice_equal(event.name, yq_slice_text("Again")) && event.event_index == 1);
    drive_end(&d);
}

Test(program, a_chain_can_be_joined_above_its_genesis, .timeout = 120)
{
    yq_height_evidence e;
    drive_begin(&d, "sm", (const char *const[]){"anchor_height", "2", NULL});
    drive_do(&d, SEND);
    test_program_wait(&d.program, "waiting", 0);
    drive_do(&d, SEND);
    test_program_wait(&d.program, "waiting", 0);
    drive_anchor(&d);
    d.followed = 2;
    cr_assert_eq(drive_follow(&d), 6);
    cr_assert_eq(yq_adapter_v1()->evidence(d.session, 2, DEADLINE_MS, &e, &d.why), YQ_OK);
    cr_assert_eq(e.update.n + e.event_n, 0, "the anchor needs no update");
    cr_assert_eq(yq_adapter_v1()->evidence(d.session, 99, DEADLINE_MS, &e, &d.why), YQ_E_NOT_FOUND);
    drive_end(&d);
}

/* ---- deliveries that do not arrive ---- */

Test(program, what_nobody_has_is_pending_until_it_expires, .timeout = 120)
{
    const yq_adapter *a = yq_adapter_v1();
    uint8_t reference[72];
    yq_receipt_view view = {0};
    uint64_t now_s = wall_ms(NULL) / 1000;
    drive_begin(&d, "sm", NULL);
    memset(reference, 'a', 64);
    for (int late = 0; late < 2; late++) {
        yq_writer w = yq_writer_of(reference + 64, 8);
        yq_put_u64(&w, late ? now_s - 61 : now_s + 60);
        cr_assert_eq(
            a->receipt(d.session, YQ_SLICE_OF(reference), DEADLINE_MS, &view, &d.why), YQ_OK);
        cr_assert_eq(view.state, late ? YQ_SUBMIT_LOST : YQ_SUBMIT_PENDING);
    }
    cr_assert_eq(
        a->receipt(d.session, yq_slice_of(reference, 71), DEADLINE_MS, &view, &d.why), YQ_E_LEN);
    drive_end(&d);
}

Test(program, without_an_inbox_it_only_reads, .timeout = 120)
{
    yq_slice reference;
    drive_begin(&d, "sm", (const char *const[]){"inbox", "", NULL});
    cr_assert_eq(
        yq_adapter_v1()->submit(d.session, yq_slice_text("x"), DEADLINE_MS, &reference, &d.why),
        YQ_E_UNSUPPORTED);
    drive_end(&d);
}

/* ---- several nodes ---- */

Test(program, nodes_that_disagree_are_told, .timeout = 120)
{
    const yq_adapter *a = yq_adapter_v1();
    test_program other;
    yq_height_evidence e;
    yq_slice anchor;
    drive_begin(&d, "sm", NULL);
    drive_start(&other, "sm", "program");
    yq_json_free(test_program_control(&other, "{\"do\":\"emit\",\"payload\":\"0a\"}"));
    test_program_wait(&other, "waiting", 0);
    a->close(d.session);
    const char *both[] = {d.program.endpoint, other.endpoint};
    drive_open(&d, both, 2, NULL);
    cr_assert_eq(a->evidence(d.session, 1, DEADLINE_MS, &e, &d.why), YQ_E_SOURCE_DISAGREE);
    cr_assert_eq(a->anchor(d.session, DEADLINE_MS, &anchor, &d.why), YQ_E_SOURCE_DISAGREE);
    cr_assert_geq(drive_counter(&d, "disagreements"), 2);
    cr_assert_eq(test_program_stop(&other), 0);
    /* one that is gone is passed over, unless two are asked for */
    cr_assert_eq(a->evidence(d.session, 1, DEADLINE_MS, &e, &d.why), YQ_OK, "%s", d.why.text);
    a->close(d.session);
    drive_open(&d, both, 2, (const char *const[]){"min_sources", "2", NULL});
    cr_assert_eq(a->evidence(d.session, 1, DEADLINE_MS, &e, &d.why), YQ_E_UNAVAILABLE);
    drive_end(&d);
}
