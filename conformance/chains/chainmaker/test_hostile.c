/* What the chain does to the adapter's face, over gRPC. */
#include "conformance/chains/chainmaker/test_drive.h"

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

/* The adapter leaves out what is no vote, or a second one: what is left is no quorum. */
static void bad_votes(const char *suite)
{
    static const char *const mode[] = {
        "forged-signature", "one-signature-short", "repeated-signer"};
    begin(suite);
    for (size_t i = 0; i < YQ_ARRAY_N(mode); i++) {
        yq_height_evidence e;
        hostile(mode[i]);
        one_more(SEND);
        cr_assert_eq(drive_height(&d, d.followed + 1, &e), YQ_E_QUORUM, "%s", mode[i]);
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

Test(hostile, bad_votes_sha256, .timeout = 120)
{
    bad_votes("sha256");
}

/* The chain shows other votes in a query than in a subscription, of neither a quorum: two addresses
 * of one node are two that have a part each. */
Test(hostile, votes_of_several_nodes_make_a_quorum, .timeout = 120)
{
    char second[64];
    begin("sm");
    hostile("one-signature-short");
    one_more(SEND);
    (void)snprintf(
        second, sizeof second, "http://localhost:%s", strrchr(d.program.endpoint, ':') + 1);
    const char *both[] = {d.program.endpoint, second};
    yq_adapter_v1()->close(d.session);
    drive_open(&d, both, 2, (const char *const[]){"min_sources", "2", NULL});
    cr_assert_eq(drive_follow(&d), 1);
    drive_end(&d);
}

Test(hostile, an_altered_receipt_is_never_brought, .timeout = 120)
{
    yq_height_evidence e;
    begin("sm");
    hostile("altered-receipt");
    one_more(SEND);
    cr_assert_eq(
        yq_adapter_v1()->evidence(d.session, d.followed + 1, DEADLINE_MS, &e, &d.why), YQ_E_PEER);
    cr_assert_not_null(strstr(d.why.text, "tx_root"), "%s", d.why.text);
    cr_assert_eq(e.update.n + e.event_n, 0);
    hostile("none");
    cr_assert_eq(drive_follow(&d), 1, "healed");
    drive_end(&d);
}

Test(hostile, a_foreign_emitter_is_proven_with_its_own_name, .timeout = 120)
{
    yq_height_evidence e;
    begin("sm");
    hostile("foreign-emitter");
    (void)drive_follow(&d);
    one_more(SEND);
    cr_assert_eq(drive_height(&d, d.followed + 1, &e), YQ_OK);
    cr_assert_eq(e.event_n, 1);
    cr_assert(yq_slice_equal(e.event[0].emitter, yq_slice_text("yuqiao_inbox_2")));
    drive_end(&d);
}

Test(hostile, a_fork_is_misbehaviour, .timeout = 120)
{
    begin("sm");
    one_more(SEND);
    (void)drive_follow(&d);
    char text[96];
    (void)snprintf(
        text,
        sizeof text,
        "{\"do\":\"hostile\",\"mode\":\"fork\",\"height\":%" PRIu64 "}",
        d.followed - 1);
    drive_do(&d, text);
    yq_height_evidence e;
    cr_assert_eq(drive_height(&d, d.followed - 1, &e), YQ_E_MISBEHAVIOUR);
    drive_end(&d);
}

/* ---- what the operator got wrong ---- */

Test(hostile, preflight_names_what_is_wrong, .timeout = 120)
{
    begin("sm");
    reopen((const char *const[]){"inbox", "nothing", NULL});
    drive_check(&d, "inbox", 0);
    reopen((const char *const[]){"inbox", "", NULL});
    drive_check(&d, "inbox", 0);
    reopen((const char *const[]){"org_id", "wx-org2", NULL});
    drive_check(&d, "identity", 0);
    reopen((const char *const[]){"chain_id", "chain2", NULL});
    drive_check(&d, "endpoints", 0);
    reopen((const char *const[]){"hash", "sha256", NULL});
    drive_check(&d, "anchor", 0); /* no vote fits another hash */
    reopen((const char *const[]){"anchor_height", "50", NULL});
    drive_check(&d, "anchor", 0);
    const char *both[] = {d.program.endpoint, "http://127.0.0.1:1"};
    yq_adapter_v1()->close(d.session);
    drive_open(&d, both, 2, NULL);
    drive_check(&d, "endpoints", 0);
    drive_check(&d, "agreement", 1);
    drive_end(&d);
}

Test(hostile, an_identity_that_is_not_known_is_refused, .timeout = 120)
{
    uint64_t height;
    yq_height_evidence e;
    begin("sm");
    reopen((const char *const[]){"org_id", "wx-org2", NULL});
    cr_assert_eq(yq_adapter_v1()->latest(d.session, DEADLINE_MS, &height, &d.why), YQ_E_PERMISSION);
    reopen((const char *const[]){"chain_id", "chain2", NULL});
    cr_assert_eq(yq_adapter_v1()->latest(d.session, DEADLINE_MS, &height, &d.why), YQ_E_PEER);
    cr_assert_not_null(strstr(d.why.text, "GET_CHAIN_INFO: code 2"), "%s", d.why.text);
    reopen((const char *const[]){"hash", "sha3-256", NULL});
    cr_assert_eq(yq_adapter_v1()->evidence(d.session, 1, DEADLINE_MS, &e, &d.why), YQ_E_ANCHOR);
    cr_assert_not_null(strstr(d.why.text, "set node.ID"), "%s", d.why.text);
    drive_end(&d);
}
