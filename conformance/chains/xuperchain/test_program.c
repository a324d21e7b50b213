/* The whole way: the chain's program, the adapter over gRPC, the light client. */
#include "conformance/chains/xuperchain/test_drive.h"

static test_drive d;

#define SEND                                                                                       \
    "{\"do\":\"send\",\"service\":\"a\",\"dst_chain\":\"city-410100\",\"dst_service\":\"b\","      \
    "\"payload\":\"01\",\"count\":3}"

/* The anchor is block 1. */
static void begin(const char *suite, const char *const *more)
{
    drive_begin(&d, suite, more);
    d.followed = 1;
}

static void whole_way(const char *suite)
{
    begin(suite, NULL);
    drive_checks_pass(&d, 8);
    drive_anchor(&d);
    drive_do(&d, "{\"do\":\"emit\",\"payload\":\"0a0b\",\"count\":40}");
    drive_do(&d, SEND);
    test_program_wait(&d.program, "waiting", 0);
    cr_assert_eq(drive_follow(&d), 1 + 40 + 3, "the inbox's state, the payloads, the packets");
    yq_packet p = test_call(1, "service");
    uint64_t index = test_append(d.hub, &p);
    yq_receipt_view view = drive_submit(&d, test_delivery(d.hub, &index, 1));
    cr_assert_eq(view.state, YQ_SUBMIT_DONE, "%s", view.text);
    cr_assert_gt(view.height, d.followed, "where its event is brought");
    release();
    test_program_wait(&d.program, "waiting", 0);
    cr_assert_eq(drive_follow(&d), 1, "DONE");
    cr_assert_eq(test_program_number(&d.program, "{\"do\":\"inbox\"}", "executed"), 1);
    d.hub->spoil.bitmap = 3;
    view = drive_submit(&d, test_delivery(d.hub, &index, 1));
    cr_assert_eq(view.state, YQ_SUBMIT_FAILED);
    cr_assert_not_null(strstr(view.text, "the inbox refused: QUORUM"), "%s", view.text);
    release();
    cr_assert_eq(drive_counter(&d, "disagreements"), 0);
    cr_assert_eq(drive_counter(&d, "submitted"), 1);
    cr_assert_eq(drive_counter(&d, "refused"), 1, "what is refused is not sent");
    drive_end(&d);
}

Test(program, sm, .timeout = 120)
{
    whole_way("sm");
}

Test(program, p256, .timeout = 120)
{
    whole_way("p256");
}

/* A certificate names the next set, the set follows, and what the old one certified is over. */
Test(program, the_inbox_is_brought_to_the_next_epoch, .timeout = 120)
{
    uint8_t bytes[YQ_VALSET_STEP_MAX];
    yq_writer w = yq_writer_of(bytes, sizeof bytes);
    begin("sm", NULL);
    test_hub *next = test_hub_new(YQ_HASH_SM3);
    test_hub_keys(next, 2);
    yq_valset_step_put(&w, &next->set);
    yq_receipt_view view = drive_hand_over(&d, yq_adapter_v1()->step, yq_writer_slice(&w));
    cr_assert_eq(view.state, YQ_SUBMIT_FAILED);
    cr_assert_not_null(strstr(view.text, "VALSET_HASH"), "%s", view.text);
    yq_valset_hash(YQ_HASH_SM3, &next->set, &d.hub->next_set);
    yq_packet p = test_call(1, "service");
    uint64_t index = test_append(d.hub, &p);
    view = drive_submit(&d, test_delivery(d.hub, &index, 1));
    cr_assert_eq(view.state, YQ_SUBMIT_DONE, "%s", view.text);
    view = drive_hand_over(&d, yq_adapter_v1()->step, yq_writer_slice(&w));
    cr_assert_eq(view.state, YQ_SUBMIT_DONE, "%s", view.text);
    cr_assert_eq(test_program_number(&d.program, "{\"do\":\"inbox\"}", "epoch"), 2);
    view = drive_submit(&d, test_delivery(d.hub, &index, 1));
    cr_assert_eq(view.state, YQ_SUBMIT_FAILED);
    cr_assert_not_null(strstr(view.text, "DOMAIN"), "%s", view.text);
    test_hub_free(next);
    drive_end(&d);
}

/* ---- deliveries that do not arrive ---- */

Test(program, without_an_inbox_it_only_reads, .timeout = 120)
{
    yq_slice reference;
    begin("sm", (const char *const[]){"inbox", "", NULL});
    cr_assert_eq(
        yq_adapter_v1()->submit(d.session, yq_slice_text("x"), DEADLINE_MS, &reference, &d.why),
        YQ_E_UNSUPPORTED);
    cr_assert_eq(
        yq_adapter_v1()->step(d.session, yq_slice_text("x"), DEADLINE_MS, &reference, &d.why),
        YQ_E_UNSUPPORTED);
    drive_end(&d);
}

Test(program, a_delivery_to_another_contract_is_refused, .timeout = 120)
{
    yq_receipt_view view;
    begin("sm", (const char *const[]){"inbox", "nothing", NULL});
    view = drive_submit(&d, yq_slice_text("x"));
    cr_assert_eq(view.state, YQ_SUBMIT_FAILED);
    cr_assert_not_null(strstr(view.text, "contract not found"), "%s", view.text);
    cr_assert_eq(drive_counter(&d, "submitted"), 0);
    drive_end(&d);
}
