/* Consensus nodes come and go by configuration blocks. */
#include "conformance/chains/chainmaker/test_drive.h"

static test_drive d;

#define SEND                                                                                       \
    "{\"do\":\"send\",\"service\":\"a\",\"dst_chain\":\"city-410100\",\"dst_service\":\"b\","      \
    "\"payload\":\"01\"}"

static void send_one(void)
{
    drive_do(&d, SEND);
    test_program_wait(&d.program, "waiting", 0);
}

static void change(unsigned node, int votes)
{
    char text[96];
    (void)snprintf(
        text,
        sizeof text,
        "{\"do\":\"voters\",\"node\":%u,\"votes\":%s}",
        node,
        votes ? "true" : "false");
    drive_do(&d, text);
}

static void begin(const char *suite, const char *const *more)
{
    drive_begin(&d, suite, more);
    drive_anchor(&d);
    (void)drive_follow(&d);
}

static unsigned validators(void)
{
    yq_client_view view;
    cr_assert_eq(test_client_describe(d.client, &view), YQ_OK);
    return view.validators;
}

/* Out: what the client says to each height until one fails. */
static yq_status follow_until(uint64_t *failed)
{
    uint64_t height;
    cr_assert_eq(yq_adapter_v1()->latest(d.session, DEADLINE_MS, &height, &d.why), YQ_OK);
    for (; d.followed < height; d.followed++) {
        yq_height_evidence e;
        yq_status status = drive_height(&d, d.followed + 1, &e);
        if (status != YQ_OK) {
            *failed = d.followed + 1;
            return status;
        }
        release();
    }
    return YQ_OK;
}

/* Five nodes of which four have keys are a quorum of four; six are not. */
Test(changes, a_node_that_joins_counts_and_cannot_vote, .timeout = 120)
{
    uint64_t failed = 0;
    begin("sm", NULL);
    change(4, 1);
    cr_assert_eq(drive_follow(&d), 0, "the configuration itself");
    cr_assert_eq(validators(), 5);
    send_one();
    cr_assert_eq(drive_follow(&d), 1);
    change(5, 1);
    cr_assert_eq(follow_until(&failed), YQ_E_SET_CHANGE);
    cr_assert_eq(failed, d.followed + 1);
    drive_end(&d);
}

Test(changes, nodes_that_leave_are_followed, .timeout = 120)
{
    begin("sha256", NULL);
    change(4, 1);
    change(0, 0);
    cr_assert_eq(drive_follow(&d), 0);
    cr_assert_eq(validators(), 4);
    send_one();
    cr_assert_eq(drive_follow(&d), 1, "three of the four have keys");
    drive_end(&d);
}

/* Five nodes have keys; one that was away has none when it comes back, and its vote is left out: an
 * adapter that is begun anew has to find that out by walking down to the anchor. */
static void come_back(int begun_anew)
{
    static const char *const more[] = {"anchor_height", "3", NULL};
    const char *endpoint = d.program.endpoint;
    drive_begin(&d, "sm", NULL);
    change(4, 1); /* 3 */
    send_one();
    yq_adapter_v1()->close(d.session);
    drive_open(&d, &endpoint, 1, more);
    drive_anchor(&d);
    d.followed = 3;
    change(0, 0);
    for (int i = 0; i < 2; i++) {
        (void)drive_follow(&d);
        change((unsigned)i, i == 0); /* comes back; another one leaves */
    }
    (void)drive_follow(&d);
    send_one();
    if (begun_anew) {
        yq_adapter_v1()->close(d.session);
        drive_open(&d, &endpoint, 1, more);
    }
    cr_assert_eq(drive_follow(&d), 1);
    cr_assert_eq(validators(), 4);
    drive_end(&d);
}

Test(changes, a_node_that_was_away_has_no_key, .timeout = 120)
{
    come_back(0);
}

Test(changes, a_node_that_was_away_has_no_key_after_a_restart, .timeout = 120)
{
    come_back(1);
}

/* From an anchor above the change on, all nodes have keys again. */
Test(changes, a_new_anchor_binds_everyone, .timeout = 120)
{
    drive_begin(&d, "sm", NULL);
    change(4, 1); /* 3 */
    change(5, 1); /* 4 */
    for (unsigned i = 0; i < 6; i++) {
        send_one(); /* 5 .. 10 */
    }
    const char *endpoint = d.program.endpoint;
    yq_adapter_v1()->close(d.session);
    drive_open(&d, &endpoint, 1, (const char *const[]){"anchor_height", "4", NULL});
    drive_anchor(&d);
    d.followed = 4;
    cr_assert_eq(validators(), 6);
    cr_assert_eq(drive_follow(&d), 6);
    drive_end(&d);
}

/* ---- keys by option ---- */

Test(changes, a_stated_key_is_taken_for_what_it_is, .timeout = 120)
{
    char key[2][96];
    yq_slice anchor;
    begin("sm", NULL);
    const char *endpoint = d.program.endpoint;
    for (size_t i = 0; i < 2; i++) {
        (void)snprintf(key[i], sizeof key[i], "node.%s", d.node[i]);
    }
    yq_adapter_v1()->close(d.session);
    /* The client's certificate is not the nodes': their votes do not fit. */
    drive_open(
        &d, &endpoint, 1, (const char *const[]){key[0], d.cert_file, key[1], d.cert_file, NULL});
    cr_assert_eq(yq_adapter_v1()->anchor(d.session, DEADLINE_MS, &anchor, &d.why), YQ_OK);
    yq_height_evidence e;
    cr_assert_eq(yq_adapter_v1()->evidence(d.session, 1, DEADLINE_MS, &e, &d.why), YQ_OK);
    test_client_reset(d.client);
    cr_assert_eq(test_client_init(d.client, anchor), YQ_OK);
    cr_assert_eq(test_client_update(d.client, e.update), YQ_E_QUORUM);
    drive_end(&d);
}

Test(changes, an_anchor_needs_every_key, .timeout = 120)
{
    yq_slice anchor;
    d = (test_drive){.suite = "sm"};
    drive_start(&d.program, "sm", "program");
    d.hub = test_hub_new(YQ_HASH_SM3);
    d.client = test_client_new(yq_verifier_chainmaker());
    drive_do(&d, "{\"do\":\"hostile\",\"mode\":\"one-signature-short\"}");
    drive_deploy(&d); /* one block: two of four have voted */
    drive_identity(&d);
    const char *endpoint = d.program.endpoint;
    drive_open(&d, &endpoint, 1, NULL);
    cr_assert_eq(yq_adapter_v1()->anchor(d.session, DEADLINE_MS, &anchor, &d.why), YQ_E_ANCHOR);
    cr_assert_not_null(strstr(d.why.text, "no key of node Qm"), "%s", d.why.text);
    drive_end(&d);
}
