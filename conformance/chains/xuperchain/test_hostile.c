/* What the chain does to the adapter's face, over gRPC. */
#include "conformance/chains/xuperchain/test_drive.h"

static test_drive d;

#define SEND                                                                                       \
    "{\"do\":\"send\",\"service\":\"a\",\"dst_chain\":\"city-410100\",\"dst_service\":\"b\","      \
    "\"payload\":\"01\"}"

static void one_more(const char *command)
{
    drive_do(&d, command);
    test_program_wait(&d.program, "waiting", 0);
}

static void begin(const char *suite)
{
    drive_begin(&d, suite, NULL);
    d.followed = 1;
    drive_anchor(&d);
    (void)drive_follow(&d);
}

static void hostile(const char *mode)
{
    char text[96];
    (void)snprintf(text, sizeof text, "{\"do\":\"hostile\",\"mode\":\"%s\"}", mode);
    drive_do(&d, text);
}

/* Opens the session anew. */
static void reopen(const char *const *more)
{
    const char *endpoint = d.program.endpoint;
    yq_adapter_v1()->close(d.session);
    drive_open(&d, &endpoint, 1, more);
}

/* Blocks that are made meanwhile have bad certificates of those below. */
static void bad_votes(const char *suite)
{
    static const struct {
        const char *mode;
        yq_status status;
    } all[] = {
        {"forged-signature", YQ_E_SIG},
        {"one-signature-short", YQ_E_QUORUM},
        {"repeated-signer", YQ_E_DUP_SIGNER}};
    begin(suite);
    for (size_t i = 0; i < YQ_ARRAY_N(all); i++) {
        yq_height_evidence e;
        hostile(all[i].mode);
        one_more(SEND);
        cr_assert_eq(drive_height(&d, d.followed + 1, &e), all[i].status, "%s", all[i].mode);
        release();
        hostile("none");
        cr_assert_eq(drive_follow(&d), 1, "healed");
    }
    drive_end(&d);
}

Test(hostile, bad_votes_sm, .timeout = 120)
{
    bad_votes("sm");
}

Test(hostile, bad_votes_p256, .timeout = 120)
{
    bad_votes("p256");
}

Test(hostile, an_altered_receipt_is_never_brought, .timeout = 120)
{
    yq_height_evidence e;
    yq_status status = YQ_OK;
    begin("sm");
    hostile("altered-receipt");
    one_more(SEND);
    for (uint64_t h = d.followed + 1; status == YQ_OK; h++) {
        status = yq_adapter_v1()->evidence(d.session, h, DEADLINE_MS, &e, &d.why);
    }
    cr_assert_eq(status, YQ_E_PEER, "%s", d.why.text);
    cr_assert_not_null(strstr(d.why.text, "txid"), "%s", d.why.text);
    cr_assert_eq(e.update.n + e.event_n, 0);
    hostile("none");
    cr_assert_eq(drive_follow(&d), 1, "healed");
    drive_end(&d);
}

Test(hostile, a_foreign_emitter_is_proven_with_its_own_name, .timeout = 120)
{
    yq_height_evidence e = {0};
    begin("sm");
    hostile("foreign-emitter");
    (void)drive_follow(&d);
    one_more(SEND);
    while (e.event_n == 0) {
        cr_assert_eq(drive_height(&d, ++d.followed, &e), YQ_OK);
    }
    cr_assert_eq(e.event_n, 1);
    cr_assert(yq_slice_equal(e.event[0].emitter, yq_slice_text("yuqiao_inbox_2")));
    drive_end(&d);
}

Test(hostile, a_fork_is_misbehaviour, .timeout = 120)
{
    char text[96];
    yq_height_evidence e;
    begin("sm");
    one_more(SEND);
    (void)drive_follow(&d);
    (void)snprintf(
        text,
        sizeof text,
        "{\"do\":\"hostile\",\"mode\":\"fork\",\"height\":%" PRIu64 "}",
        d.followed - 1);
    drive_do(&d, text);
    cr_assert_eq(drive_height(&d, d.followed - 1, &e), YQ_E_MISBEHAVIOUR);
    hostile("none");
    one_more(SEND);
    cr_assert_eq(drive_follow(&d), 1, "healed, with the blocks that were known");
    drive_end(&d);
}

/* A block of which one transaction failed proves nothing, and the next one does. */
Test(hostile, what_stands_beside_a_failure_is_not_proven, .timeout = 120)
{
    begin("sm");
    drive_do(&d, "{\"do\":\"fail\"}");
    one_more("{\"do\":\"emit\",\"payload\":\"0a\",\"count\":0}"); /* installs, and fails */
    cr_assert_eq(drive_follow(&d), 0);
    drive_do(&d, "{\"do\":\"fail\"}");
    one_more("{\"do\":\"emit\",\"payload\":\"0a\",\"count\":2}");
    cr_assert_eq(drive_follow(&d), 0);
    cr_assert_eq(drive_counter(&d, "unprovable"), 2);
    one_more(SEND);
    cr_assert_eq(drive_follow(&d), 1);
    drive_end(&d);
}

/* ---- what the operator got wrong ---- */

Test(hostile, preflight_names_what_is_wrong, .timeout = 120)
{
    static const char other[] = "00000000000000000000000000000000000000000000000000000000000000ff";
    begin("sm");
    reopen((const char *const[]){"inbox", "nothing", NULL});
    drive_check(&d, "inbox", 0);
    reopen((const char *const[]){"module", "wasm", NULL});
    drive_check(&d, "inbox", 0);
    reopen((const char *const[]){"inbox", "", NULL});
    drive_check(&d, "inbox", 0);
    reopen((const char *const[]){"bcname", "other", NULL});
    drive_check(&d, "endpoints", 0);
    reopen((const char *const[]){"root", other, NULL});
    drive_check(&d, "chain", 0);
    reopen((const char *const[]){"validators", "A", NULL});
    drive_check(&d, "anchor", 0);
    reopen((const char *const[]){"anchor_height", "500", NULL});
    drive_check(&d, "anchor", 0);
    const char *both[] = {d.program.endpoint, "http://127.0.0.1:1"};
    yq_adapter_v1()->close(d.session);
    drive_open(&d, both, 2, NULL);
    drive_check(&d, "endpoints", 0);
    drive_check(&d, "agreement", 1);
    drive_end(&d);
}

Test(hostile, another_chain_is_refused, .timeout = 120)
{
    static const char other[] = "00000000000000000000000000000000000000000000000000000000000000ff";
    uint64_t height;
    yq_height_evidence e;
    begin("sm");
    reopen((const char *const[]){"bcname", "other", NULL});
    cr_assert_eq(yq_adapter_v1()->latest(d.session, DEADLINE_MS, &height, &d.why), YQ_E_PEER);
    reopen((const char *const[]){"root", other, NULL});
    cr_assert_eq(yq_adapter_v1()->latest(d.session, DEADLINE_MS, &height, &d.why), YQ_E_DOMAIN);
    cr_assert_eq(yq_adapter_v1()->evidence(d.session, 2, DEADLINE_MS, &e, &d.why), YQ_E_DOMAIN);
    drive_end(&d);
}

/* ---- several nodes ---- */

Test(hostile, nodes_that_disagree_are_told, .timeout = 120)
{
    const yq_adapter *a = yq_adapter_v1();
    test_program other;
    yq_height_evidence e;
    yq_slice anchor;
    begin("sm");
    drive_start(&other, "sm", "program");
    yq_json_free(test_program_control(&other, "{\"do\":\"emit\",\"payload\":\"0a\"}"));
    test_program_wait(&other, "waiting", 0);
    a->close(d.session);
    const char *both[] = {d.program.endpoint, other.endpoint};
    const char *const pinned[] = {"anchor_height", "2", NULL};
    drive_open(&d, both, 2, pinned);
    drive_check(&d, "agreement", 0);
    drive_check(&d, "chain", 1); /* one genesis */
    cr_assert_eq(a->evidence(d.session, 3, DEADLINE_MS, &e, &d.why), YQ_E_SOURCE_DISAGREE);
    cr_assert_eq(a->anchor(d.session, DEADLINE_MS, &anchor, &d.why), YQ_E_SOURCE_DISAGREE);
    cr_assert_geq(drive_counter(&d, "disagreements"), 3);
    cr_assert_eq(test_program_stop(&other), 0);
    /* one that is gone is passed over, unless two are asked for */
    cr_assert_eq(a->evidence(d.session, 3, DEADLINE_MS, &e, &d.why), YQ_OK, "%s", d.why.text);
    a->close(d.session);
    drive_open(&d, both, 2, (const char *const[]){"min_sources", "2", NULL});
    cr_assert_eq(a->evidence(d.session, 2, DEADLINE_MS, &e, &d.why), YQ_E_UNAVAILABLE);
    drive_end(&d);
}

Test(hostile, endpoints_of_two_chains_are_told, .timeout = 120)
{
    test_program other;
    begin("sm");
    drive_start(&other, "sm", "another");
    yq_adapter_v1()->close(d.session);
    const char *both[] = {d.program.endpoint, other.endpoint};
    drive_open(&d, both, 2, NULL);
    drive_check(&d, "chain", 0);
    cr_assert_eq(test_program_stop(&other), 0);
    drive_end(&d);
}
