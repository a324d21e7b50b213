/* What gateways do to the adapter's face, and what becomes of the delivery. */
#include "conformance/chains/fabric/test_drive.h"

static test_drive d;

static void begin(const char *const *more)
{
    drive_begin(&d, "smartbft", more);
    drive_anchor(&d);
    (void)drive_follow(&d);
}

/* ---- endorsing ---- */

Test(hostile, what_endorsing_can_end_in, .timeout = 120)
{
    static const struct {
        const char *mode;
        yq_status status;
        const char *text;
    } all[] = {
        {"mismatch", YQ_E_SOURCE_DISAGREE, "different results"},
        {"refuses", YQ_E_TX_FAILED, "chaincode response 500, E_QUORUM"},
        {"no-policy", YQ_E_ENDORSEMENT, "no combination of peers"},
        {"forbids", YQ_E_PERMISSION, "access denied"},
        {"other-call", YQ_E_PEER, "another call"},
        {"other-header", YQ_E_PEER, "another header"},
        {"other-hash", YQ_E_PEER, "the proposal's hash"},
        {"other-code", YQ_E_PEER, "the chaincode"},
        {"failed", YQ_E_PEER, "no success"},
        {"unendorsed", YQ_E_PEER, "no endorsement"},
        {"broken", YQ_E_NONCANONICAL, "EndorseResponse"}};
    begin(NULL);
    yq_slice delivery = drive_call(&d);
    for (size_t i = 0; i < YQ_ARRAY_N(all); i++) {
        drive_gateway(&d, all[i].mode);
        cr_assert_eq(drive_submit(&d, delivery), all[i].status, "%s: %s", all[i].mode, d.why.text);
        cr_assert_not_null(strstr(d.why.text, all[i].text), "%s: %s", all[i].mode, d.why.text);
    }
    cr_assert_eq(drive_counter(&d, "submitted"), 0, "nothing was signed");
    cr_assert_eq(drive_counter(&d, "disagreements"), 1);
    drive_gateway(&d, "honest");
    cr_assert_eq(drive_submit(&d, delivery), YQ_OK, "%s", d.why.text);
    cr_assert_eq(drive_fate(&d).state, YQ_SUBMIT_DONE);
    cr_assert_eq(drive_follow(&d).proven, 1);
    drive_end(&d);
}

/* Whoever is away, the next gateway is asked; what an inbox said counts for more. */
Test(hostile, gateways_take_each_others_place, .timeout = 120)
{
    static char urls[256];
    begin(NULL);
    (void)snprintf(urls, sizeof urls, "http://127.0.0.1:1,%s", d.program.endpoint);
    drive_reopen(&d, (const char *const[]){"gateways", urls, NULL});
    cr_assert_eq(drive_submit(&d, drive_call(&d)), YQ_OK, "%s", d.why.text);
    cr_assert_eq(drive_fate(&d).state, YQ_SUBMIT_DONE);
    (void)snprintf(urls, sizeof urls, "%s,http://127.0.0.1:1", d.program.endpoint);
    drive_reopen(&d, (const char *const[]){"gateways", urls, NULL});
    drive_gateway(&d, "refuses");
    cr_assert_eq(drive_submit(&d, drive_call(&d)), YQ_E_TX_FAILED, "%s", d.why.text);
    drive_reopen(&d, (const char *const[]){"gateways", "http://127.0.0.1:1", NULL});
    cr_assert_eq(drive_submit(&d, drive_call(&d)), YQ_E_UNAVAILABLE);
    drive_end(&d);
}

/* ---- ordering ---- */

/* The reference is followed though no answer came. */
Test(hostile, a_lost_answer_is_no_failure, .timeout = 120)
{
    begin(NULL);
    drive_gateway(&d, "lost-answer");
    cr_assert_eq(drive_submit(&d, drive_call(&d)), YQ_OK, "%s", d.why.text);
    cr_assert_eq(drive_fate(&d).state, YQ_SUBMIT_DONE);
    cr_assert_eq(drive_follow(&d).proven, 1);
    drive_end(&d);
}

Test(hostile, what_the_orderer_refuses_is_told, .timeout = 120)
{
    begin(NULL);
    drive_gateway(&d, "not-ordered");
    cr_assert_eq(drive_submit(&d, drive_call(&d)), YQ_E_PEER);
    cr_assert_not_null(strstr(d.why.text, "FORBIDDEN"), "%s", d.why.text);
    drive_gateway(&d, "honest");
    cr_assert_eq(drive_submit(&d, drive_call(&d)), YQ_OK, "nothing is waited for");
    drive_end(&d);
}

/* Swallowed: pending, and in the way of the next one, until it is lost. */
Test(hostile, what_was_swallowed_is_lost_in_the_end, .timeout = 120)
{
    yq_receipt_view view;
    begin((const char *const[]){"tx_lifetime_s", "60", NULL});
    drive_gateway(&d, "swallows");
    yq_slice delivery = drive_call(&d);
    cr_assert_eq(drive_submit(&d, delivery), YQ_OK);
    cr_assert_eq(drive_ask(&d, &view), YQ_OK);
    cr_assert_eq(view.state, YQ_SUBMIT_PENDING);
    drive_gateway(&d, "honest");
    cr_assert_eq(drive_submit(&d, delivery), YQ_E_BUSY);
    memset(drive_reference, 'a', sizeof drive_reference);
    memset(drive_reference + 64, 0, 8);
    drive_reference_n = 72;
    cr_assert_eq(drive_ask(&d, &view), YQ_OK);
    cr_assert_eq(view.state, YQ_SUBMIT_LOST, "another one");
    cr_assert_eq(drive_submit(&d, delivery), YQ_E_BUSY);
    ahead_ms = 125000;
    cr_assert_eq(drive_submit(&d, delivery), YQ_OK, "%s", d.why.text);
    cr_assert_eq(drive_fate(&d).state, YQ_SUBMIT_DONE);
    cr_assert_eq(drive_executed(&d), 1);
    drive_end(&d);
}

/* ---- validation ---- */

/* Fails for nothing: the next try is endorsed anew. */
Test(hostile, a_conflict_is_worth_another_try, .timeout = 120)
{
    begin(NULL);
    drive_gateway(&d, "conflict");
    yq_slice delivery = drive_call(&d);
    cr_assert_eq(drive_submit(&d, delivery), YQ_OK, "%s", d.why.text);
    yq_receipt_view view = drive_fate(&d);
    cr_assert_eq(view.state, YQ_SUBMIT_LOST);
    cr_assert_not_null(strstr(view.text, "code 11"), "%s", view.text);
    drive_found found = drive_follow(&d);
    cr_assert_eq(found.proven, 1, "the other client's packet");
    cr_assert_eq(found.unproven, 1, "ours, which is void");
    cr_assert_eq(found.worst, YQ_E_VALIDITY_UNPROVEN);
    cr_assert_eq(drive_executed(&d), 0);
    drive_gateway(&d, "honest");
    cr_assert_eq(drive_submit(&d, delivery), YQ_OK);
    cr_assert_eq(drive_fate(&d).state, YQ_SUBMIT_DONE);
    cr_assert_eq(drive_follow(&d).proven, 1);
    cr_assert_eq(drive_executed(&d), 1);
    drive_end(&d);
}

/* A lie, and harmless: what comes again is told again. */
Test(hostile, a_phantom_is_worth_another_try, .timeout = 120)
{
    begin(NULL);
    drive_gateway(&d, "phantom");
    yq_slice delivery = drive_call(&d);
    cr_assert_eq(drive_submit(&d, delivery), YQ_OK);
    yq_receipt_view view = drive_fate(&d);
    cr_assert_eq(view.state, YQ_SUBMIT_LOST);
    cr_assert_not_null(strstr(view.text, "code 12"), "%s", view.text);
    drive_gateway(&d, "honest");
    cr_assert_eq(drive_submit(&d, delivery), YQ_OK);
    cr_assert_eq(drive_fate(&d).state, YQ_SUBMIT_DONE);
    cr_assert_eq(drive_executed(&d), 1);
    drive_end(&d);
}

Test(hostile, endorsements_that_are_too_few_fail, .timeout = 120)
{
    begin(NULL);
    drive_gateway(&d, "short");
    cr_assert_eq(drive_submit(&d, drive_call(&d)), YQ_OK);
    yq_receipt_view view = drive_fate(&d);
    cr_assert_eq(view.state, YQ_SUBMIT_FAILED);
    cr_assert_not_null(strstr(view.text, "code 10"), "%s", view.text);
    cr_assert_eq(drive_follow(&d).worst, YQ_E_ENDORSEMENT);
    cr_assert_eq(drive_executed(&d), 0);
    drive_end(&d);
}

Test(hostile, an_envelope_that_is_ordered_twice_counts_once, .timeout = 120)
{
    begin(NULL);
    drive_gateway(&d, "twice");
    cr_assert_eq(drive_submit(&d, drive_call(&d)), YQ_OK);
    cr_assert_eq(drive_fate(&d).state, YQ_SUBMIT_DONE);
    drive_found found = drive_follow(&d);
    cr_assert_eq(found.proven, 1);
    cr_assert_eq(found.unproven, 1);
    cr_assert_eq(drive_executed(&d), 1);
    drive_end(&d);
}

/* ---- several gateways ---- */

/* The channel tells every second asker another fate: two addresses are two askers. */
Test(hostile, gateways_that_contradict_are_noticed, .timeout = 120)
{
    static char urls[256];
    yq_receipt_view view;
    begin(NULL);
    (void)snprintf(
        urls,
        sizeof urls,
        "%s,http://localhost:%s",
        d.program.endpoint,
        strrchr(d.program.endpoint, ':') + 1);
    drive_reopen(&d, (const char *const[]){"gateways", urls, NULL});
    cr_assert_eq(drive_submit(&d, drive_call(&d)), YQ_OK);
    cr_assert_eq(drive_fate(&d).state, YQ_SUBMIT_DONE, "both say so");
    drive_gateway(&d, "two-faced");
    cr_assert_eq(drive_ask(&d, &view), YQ_E_SOURCE_DISAGREE);
    cr_assert_eq(drive_counter(&d, "disagreements"), 1);
    drive_end(&d);
}

/* What fewer than min_sources say is not enough. */
Test(hostile, a_fate_takes_enough_gateways, .timeout = 120)
{
    static char urls[256];
    yq_receipt_view view;
    char second[64];
    begin(NULL);
    (void)snprintf(
        second, sizeof second, "http://localhost:%s", strrchr(d.program.endpoint, ':') + 1);
    (void)snprintf(urls, sizeof urls, "%s,http://127.0.0.1:1", d.program.endpoint);
    const char *both[] = {d.program.endpoint, second};
    yq_adapter_v1()->close(d.session);
    drive_open(&d, both, 2, (const char *const[]){"gateways", urls, "min_sources", "2", NULL});
    cr_assert_eq(drive_submit(&d, drive_call(&d)), YQ_OK, "%s", d.why.text);
    test_program_wait(&d.program, "waiting", 0);
    cr_assert_eq(drive_ask(&d, &view), YQ_OK);
    cr_assert_eq(view.state, YQ_SUBMIT_PENDING);
    cr_assert_eq(view.height, 0);
    yq_adapter_v1()->close(d.session);
    drive_open(&d, both, 2, (const char *const[]){"min_sources", "2", NULL});
    cr_assert_eq(drive_ask(&d, &view), YQ_OK);
    cr_assert_eq(view.state, YQ_SUBMIT_DONE, "the endpoints are gateways");
    drive_end(&d);
}

/* ---- what the operator got wrong ---- */

static void expect_check(const char *name, int passed)
{
    const yq_check *check;
    size_t n = 0, found = 0;
    cr_assert_eq(yq_adapter_v1()->preflight(d.session, DEADLINE_MS, &check, &n, &d.why), YQ_OK);
    for (size_t i = 0; i < n; i++) {
        if (strcmp(check[i].name, name) == 0) {
            cr_assert_eq(check[i].passed, passed, "%s: %s", name, check[i].detail);
            if (!passed) {
                cr_assert_not_null(strstr(check[i].detail, "处理："), "%s", check[i].detail);
                cr_assert_not_null(strstr(check[i].detail, "mend: "), "%s", check[i].detail);
            }
            found++;
        }
    }
    cr_assert_eq(found, 1, "%s", name);
    release();
}

Test(hostile, preflight_names_what_is_wrong, .timeout = 120)
{
    begin(NULL);
    expect_check("inbox", 1);
    expect_check("gateway", 1);
    expect_check("signing", 1);
    drive_gateway(&d, "forbids");
    expect_check("gateway", 0);
    drive_gateway(&d, "honest");
    drive_reopen(&d, (const char *const[]){"inbox", "nothing", NULL});
    expect_check("gateway", 0);
    drive_reopen(&d, (const char *const[]){"gateways", "http://127.0.0.1:1", NULL});
    expect_check("gateway", 0);
    drive_reopen(&d, (const char *const[]){"tx_hash", "sm3", NULL});
    expect_check("signing", 0);
    expect_check("gateway", 0);
    drive_end(&d);
}
