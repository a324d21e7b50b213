/* The whole way: from the hub's packet to the channel, and back as a proven event. */
#include "conformance/chains/fabric/test_drive.h"

#include <sys/stat.h>

static test_drive d;

#define SEND                                                                                       \
    "{\"do\":\"send\",\"service\":\"a\",\"dst_chain\":\"city-410100\",\"dst_service\":\"b\","      \
    "\"payload\":\"01\",\"count\":3}"

static void expect_checks(size_t n)
{
    const yq_check *check;
    size_t check_n = 0;
    cr_assert_eq(
        yq_adapter_v1()->preflight(d.session, DEADLINE_MS, &check, &check_n, &d.why), YQ_OK);
    cr_assert_eq(check_n, n, "%zu", check_n);
    for (size_t i = 0; i < check_n; i++) {
        cr_assert(check[i].passed, "%s: %s", check[i].name, check[i].detail);
    }
    release();
}

static void whole_way(const char *suite)
{
    drive_begin(&d, suite, NULL);
    expect_checks(8);
    drive_anchor(&d);
    drive_do(&d, "{\"do\":\"emit\",\"payload\":\"0a0b\",\"count\":5}");
    drive_do(&d, SEND);
    test_program_wait(&d.program, "waiting", 0);
    drive_found found = drive_follow(&d);
    cr_assert_eq(found.proven, 1 + 5 + 3, "the inbox's state, the events, the packets");
    cr_assert_eq(found.unproven, 0);
    cr_assert_eq(drive_submit(&d, drive_call(&d)), YQ_OK, "%s", d.why.text);
    cr_assert_eq(drive_reference_n, 72);
    yq_receipt_view view = drive_fate(&d);
    cr_assert_eq(view.state, YQ_SUBMIT_DONE, "%s", view.text);
    cr_assert_eq(view.height, d.followed + 1, "where its event is brought");
    release();
    cr_assert_eq(drive_follow(&d).proven, 1, "DONE");
    cr_assert_eq(drive_executed(&d), 1);
    cr_assert_eq(drive_counter(&d, "disagreements"), 0);
    cr_assert_eq(drive_counter(&d, "submitted"), 1);
    drive_end(&d);
}

Test(program, smartbft, .timeout = 120)
{
    whole_way("smartbft");
}

Test(program, raft, .timeout = 120)
{
    whole_way("raft");
}

/* Nothing is ordered when the chaincode refuses: its reason is the error. */
Test(program, what_the_inbox_refuses_is_told, .timeout = 120)
{
    drive_begin(&d, "smartbft", NULL);
    drive_anchor(&d);
    (void)drive_follow(&d);
    d.hub->spoil.bitmap = 3;
    cr_assert_eq(drive_submit(&d, drive_call(&d)), YQ_E_TX_FAILED);
    cr_assert_not_null(strstr(d.why.text, "chaincode response 500, E_QUORUM"), "%s", d.why.text);
    d.hub->spoil.bitmap = 0;
    cr_assert_eq(drive_submit(&d, yq_slice_text("no delivery")), YQ_E_TX_FAILED);
    drive_found found = drive_follow(&d);
    cr_assert_eq(found.proven + found.unproven, 0);
    cr_assert_eq(drive_counter(&d, "submitted"), 0);
    drive_end(&d);
}

/* One waits until the other is in a block, so that no two read the same version. */
Test(program, deliveries_follow_one_another, .timeout = 120)
{
    drive_begin(&d, "raft", NULL);
    for (unsigned i = 0; i < 4; i++) {
        cr_assert_eq(drive_submit(&d, drive_call(&d)), YQ_OK, "%s", d.why.text);
    }
    cr_assert_eq(drive_fate(&d).state, YQ_SUBMIT_DONE);
    cr_assert_eq(drive_executed(&d), 4);
    drive_end(&d);
}

/* A certificate names the next set, then the set itself goes. */
Test(program, an_inbox_is_brought_to_the_next_epoch, .timeout = 120)
{
    uint8_t room[YQ_VALSET_STEP_MAX];
    yq_slice reference;
    yq_writer w = yq_writer_of(room, sizeof room);
    drive_begin(&d, "smartbft", NULL);
    drive_anchor(&d);
    (void)drive_follow(&d);
    test_hub *next = test_hub_new(YQ_HASH_SM3);
    test_hub_keys(next, 2);
    yq_valset_step_put(&w, &next->set);
    yq_status status =
        yq_adapter_v1()->step(d.session, yq_writer_slice(&w), DEADLINE_MS, &reference, &d.why);
    cr_assert_eq(status, YQ_E_TX_FAILED);
    cr_assert_not_null(strstr(d.why.text, "E_VALSET_HASH"), "%s", d.why.text);
    yq_valset_hash(YQ_HASH_SM3, &next->set, &d.hub->next_set);
    (void)drive_call(&d);
    cr_assert_eq(drive_submit(&d, test_delivery(d.hub, NULL, 0)), YQ_OK, "%s", d.why.text);
    cr_assert_eq(drive_fate(&d).state, YQ_SUBMIT_DONE);
    status = yq_adapter_v1()->step(d.session, yq_writer_slice(&w), DEADLINE_MS, &reference, &d.why);
    cr_assert_eq(status, YQ_OK, "%s", d.why.text);
    drive_reference_n = reference.n;
    memcpy(drive_reference, reference.p, reference.n);
    cr_assert_eq(drive_fate(&d).state, YQ_SUBMIT_DONE);
    cr_assert_eq(test_program_number(&d.program, "{\"do\":\"inbox\"}", "epoch"), 2);
    cr_assert_eq(drive_follow(&d).proven, 2, "both tell their state");
    test_hub_free(next);
    drive_end(&d);
}

Test(program, what_nobody_has_is_pending_until_it_expires, .timeout = 120)
{
    yq_receipt_view view;
    drive_begin(&d, "smartbft", NULL);
    memset(drive_reference, 'a', 64);
    drive_reference_n = 72;
    for (int late = 0; late < 2; late++) {
        yq_writer w = yq_writer_of(drive_reference + 64, 8);
        yq_put_u64(&w, wall_ms(NULL) / 1000 + 60);
        ahead_ms = late ? 121000 : 0;
        cr_assert_eq(drive_ask(&d, &view), YQ_OK, "%s", d.why.text);
        cr_assert_eq(view.state, late ? YQ_SUBMIT_LOST : YQ_SUBMIT_PENDING);
    }
    drive_reference_n = 71;
    cr_assert_eq(drive_ask(&d, &view), YQ_E_LEN);
    drive_end(&d);
}

Test(program, without_an_inbox_it_only_reads, .timeout = 120)
{
    yq_receipt_view view;
    drive_begin(&d, "smartbft", (const char *const[]){"inbox", "", NULL});
    cr_assert_eq(drive_submit(&d, yq_slice_text("x")), YQ_E_UNSUPPORTED);
    drive_reference_n = 72;
    cr_assert_eq(drive_ask(&d, &view), YQ_E_UNSUPPORTED);
    drive_end(&d);
}

/* A key that others can read is no secret. */
Test(program, options_of_the_submit_side_are_looked_at, .timeout = 120)
{
    static const struct {
        const char *key, *value, *named;
    } wrong[] = {
        {"key_file", "/none", "key_file"},
        {"cert_file", "/none", "cert_file"},
        {"msp_id", "", "msp_id"},
        {"service", "orderer", "gateways"},
        {"gateways", "http://192.0.2.1:7051", "gateways"},
        {"gateways", "http://127.0.0.1:1,http://127.0.0.1:1", "gateways"},
        {"gateways", "http://127.0.0.1:1,", "gateways"},
        {"signing", "sm2-message", "signing"}};
    const char *endpoint;
    drive_begin(&d, "smartbft", NULL);
    endpoint = d.program.endpoint;
    for (size_t i = 0; i < YQ_ARRAY_N(wrong); i++) {
        yq_adapter_v1()->close(d.session);
        const char *const more[] = {wrong[i].key, wrong[i].value, NULL};
        cr_assert_eq(drive_try(&d, &endpoint, 1, more), YQ_E_CONFIG_INVALID, "%zu", i);
        cr_assert_eq(
            strncmp(d.why.text, wrong[i].named, strlen(wrong[i].named)), 0, "%s", d.why.text);
        drive_open(&d, &endpoint, 1, NULL);
    }
    cr_assert_eq(chmod(d.key_file, 0640), 0);
    yq_adapter_v1()->close(d.session);
    cr_assert_eq(drive_try(&d, &endpoint, 1, NULL), YQ_E_CONFIG_INVALID);
    cr_assert_eq(strncmp(d.why.text, "key_file", 8), 0, "%s", d.why.text);
    cr_assert_eq(chmod(d.key_file, 0600), 0);
    drive_open(&d, &endpoint, 1, NULL);
    drive_end(&d);
}
