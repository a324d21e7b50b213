#include "conformance/chains/fisco-bcos-3/test_drive.h"

static test_drive d;

#define SEND                                                                                       \
    "{\"do\":\"send\",\"service\":\"a\",\"dst_chain\":\"city-410100\",\"dst_service\":\"b\","      \
    "\"payload\":\"01\",\"count\":3}"

/* Submits and asks for its fate. */
static yq_receipt_view submit(yq_slice delivery)
{
    const yq_adapter *a = yq_adapter_v1();
    static uint8_t kept[64];
    yq_slice reference;
    yq_receipt_view view = {0};
    cr_assert_eq(
        a->submit(d.session, delivery, DEADLINE_MS, &reference, &d.why), YQ_OK, "%s", d.why.text);
    cr_assert_eq(reference.n, 40);
    memcpy(kept, reference.p, reference.n);
    cr_assert_eq(
        a->receipt(d.session, yq_slice_of(kept, reference.n), DEADLINE_MS, &view, &d.why), YQ_OK);
    return view;
}

static void whole_way(const char *suite, const char *const *more, uint64_t depth)
{
    const yq_adapter *a = yq_adapter_v1();
    const yq_check *check;
    size_t check_n = 0;
    drive_begin(&d, suite, more);
    cr_assert_eq(a->preflight(d.session, DEADLINE_MS, &check, &check_n, &d.why), YQ_OK);
    cr_assert_eq(check_n, 10);
    for (size_t i = 0; i < check_n; i++) {
        cr_assert(check[i].passed, "%s: %s", check[i].name, check[i].detail);
    }
    release();
    drive_anchor(&d);
    drive_do(&d, "{\"do\":\"emit\",\"payload\":\"0a0b\",\"count\":40}");
    drive_do(&d, SEND);
    test_program_wait(&d.program, "waiting", 0);
    cr_assert_eq(drive_follow(&d), 1 + 40 + 3, "the inbox's state, the contract's, the packets");
    yq_packet p = test_call(1, "service");
    uint64_t index = test_append(d.hub, &p);
    yq_receipt_view view = submit(test_delivery(d.hub, &index, 1));
    cr_assert_eq(view.state, YQ_SUBMIT_DONE, "%s", view.text);
    uint64_t own = test_program_number(&d.program, "{\"do\":\"status\"}", "height");
    cr_assert_eq(view.height, own + depth, "where its event is brought");
    release();
    cr_assert_eq(drive_follow(&d), 1, "DONE");
    cr_assert_eq(test_program_number(&d.program, "{\"do\":\"inbox\"}", "executed"), 1);
    d.hub->spoil.bitmap = 3;
    view = submit(test_delivery(d.hub, &index, 1));
    cr_assert_eq(view.state, YQ_SUBMIT_FAILED);
    cr_assert_not_null(strstr(view.text, "status 16: QUORUM"), "%s", view.text);
    cr_assert_geq(drive_counter(&d, "nudges"), 2);
    cr_assert_eq(drive_counter(&d, "disagreements"), 0);
    drive_end(&d);
}

Test(program, sm, .timeout = 120)
{
    whole_way("sm", NULL, 1);
}

Test(program, keccak, .timeout = 120)
{
    whole_way("keccak", NULL, 1);
}

Test(program, a_greater_depth_is_nudged_through, .timeout = 120)
{
    whole_way("sm", (const char *const[]){"depth", "3", NULL}, 3);
}

Test(program, a_chain_can_be_joined_above_its_genesis, .timeout = 120)
{
    static const char *const more[] = {"anchor_height", "2", NULL};
    drive_begin(&d, "keccak", more);
    drive_anchor(&d);
    d.followed = 2;
    drive_do(&d, SEND);
    test_program_wait(&d.program, "waiting", 0);
    cr_assert_eq(drive_follow(&d), 1 + 3, "the state in block 2, the packets in block 3");
    yq_height_evidence e;
    cr_assert_eq(yq_adapter_v1()->evidence(d.session, 2, DEADLINE_MS, &e, &d.why), YQ_OK);
    cr_assert_eq(e.update.n + e.event_n, 0, "the anchor needs no update");
    drive_end(&d);
}

/* Blocks below the anchor are not known to the client: their events are not brought. */
Test(program, nothing_below_the_anchor_is_brought, .timeout = 120)
{
    static const char *const more[] = {"anchor_height", "3", "depth", "2", NULL};
    drive_begin(&d, "sm", more);
    drive_do(&d, SEND); /* 3; the state is in 2 */
    test_program_wait(&d.program, "waiting", 0);
    drive_anchor(&d);
    d.followed = 3;
    drive_do(&d, SEND); /* 4 */
    test_program_wait(&d.program, "waiting", 0);
    cr_assert_eq(drive_follow(&d), 3 + 3);
    drive_end(&d);
}

/* ---- changes of the sealers ---- */

static void change_all(const char *suite)
{
    static const char *const step[][3] = {
        {"{\"do\":\"sealers\",\"method\":\"add\",\"node\":1,\"weight\":1}", NULL},
        {"{\"do\":\"sealers\",\"method\":\"remove\",\"node\":0}", NULL},
        {"{\"do\":\"sealers\",\"method\":\"add\",\"node\":3,\"weight\":2}",
         "{\"do\":\"sealers\",\"method\":\"observe\",\"node\":2}"},
        /* a call that changes nothing and one that fails are not brought */
        {"{\"do\":\"sealers\",\"method\":\"weigh\",\"node\":3,\"weight\":2}",
         "{\"do\":\"sealers\",\"method\":\"add\",\"node\":7,\"weight\":0}",
         "{\"do\":\"sealers\",\"method\":\"weigh\",\"node\":3,\"weight\":1}"},
        {"{\"do\":\"sealers\",\"method\":\"add-with-term\",\"node\":7,\"weight\":1}", NULL},
        {"{\"do\":\"sealers\",\"method\":\"remove\",\"node\":7}", NULL},
    };
    drive_begin(&d, suite, NULL);
    drive_anchor(&d);
    (void)drive_follow(&d);
    for (size_t i = 0; i < YQ_ARRAY_N(step); i++) {
        for (size_t k = 0; k < 3 && step[i][k] != NULL; k++) {
            drive_do(&d, step[i][k]);
        }
        drive_do(&d, SEND); /* in the same block */
        test_program_wait(&d.program, "waiting", 0);
        cr_assert_eq(drive_follow(&d), 3, "%zu", i);
    }
    cr_assert_eq(last_log[0], '\0', "%s", last_log);
    drive_end(&d);
}

Test(program, changes_of_the_sealers_are_proven_sm, .timeout = 120)
{
    change_all("sm");
}

Test(program, changes_of_the_sealers_are_proven_keccak, .timeout = 120)
{
    change_all("keccak");
}

Test(program, a_change_by_nobody_the_anchor_names_stops_the_client, .timeout = 120)
{
    drive_begin(&d, "sm", NULL);
    yq_adapter_v1()->close(d.session);
    memset(d.operators, '1', 40);
    const char *endpoint = d.program.endpoint;
    drive_open(&d, &endpoint, 1, "sm", NULL);
    drive_anchor(&d);
    (void)drive_follow(&d);
    drive_do(&d, "{\"do\":\"sealers\",\"method\":\"add\",\"node\":1,\"weight\":1}");
    test_program_wait(&d.program, "waiting", 0);
    drive_do(&d, "{\"do\":\"emit\",\"payload\":\"00\"}");
    test_program_wait(&d.program, "waiting", 0);
    yq_height_evidence e;
    cr_assert_eq(drive_height(&d, d.followed + 1, &e), YQ_OK, "the block with the call");
    cr_assert_eq(drive_height(&d, d.followed + 2, &e), YQ_E_PERMISSION);
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
    drive_start(&other, "sm", "another");
    yq_json_free(test_program_control(&other, "{\"do\":\"emit\",\"payload\":\"0a\"}"));
    test_program_wait(&other, "waiting", 0);
    a->close(d.session);
    const char *both[] = {d.program.endpoint, other.endpoint};
    drive_open(&d, both, 2, "sm", NULL);
    cr_assert_eq(a->evidence(d.session, 1, DEADLINE_MS, &e, &d.why), YQ_E_SOURCE_DISAGREE);
    cr_assert_eq(a->anchor(d.session, DEADLINE_MS, &anchor, &d.why), YQ_E_SOURCE_DISAGREE);
    cr_assert_eq(drive_counter(&d, "disagreements"), 2);
    cr_assert_eq(test_program_stop(&other), 0);
    /* one that is gone is passed over, unless two are asked for */
    cr_assert_eq(a->evidence(d.session, 1, DEADLINE_MS, &e, &d.why), YQ_OK, "%s", d.why.text);
    a->close(d.session);
    drive_open(&d, both, 2, "sm", (const char *const[]){"min_sources", "2", NULL});
    cr_assert_eq(a->evidence(d.session, 1, DEADLINE_MS, &e, &d.why), YQ_E_UNAVAILABLE);
    drive_end(&d);
}

Test(program, what_is_not_there_or_not_asked_for_is_named, .timeout = 120)
{
    const yq_adapter *a = yq_adapter_v1();
    yq_height_evidence e;
    drive_begin(&d, "sm", NULL);
    cr_assert_eq(a->evidence(d.session, 99, DEADLINE_MS, &e, &d.why), YQ_E_NOT_FOUND);
    cr_assert_eq(a->evidence(d.session, 0, DEADLINE_MS, &e, &d.why), YQ_OK);
    cr_assert_eq(e.update.n + e.event_n, 0);
    static const char *const wrong[][3] = {{"chain_id", "chain1", NULL}, {"suite", "keccak", NULL}};
    for (size_t i = 0; i < YQ_ARRAY_N(wrong); i++) {
        a->close(d.session);
        const char *endpoint = d.program.endpoint;
        drive_open(&d, &endpoint, 1, "sm", wrong[i]);
        cr_assert_eq(a->evidence(d.session, 1, DEADLINE_MS, &e, &d.why), YQ_E_CONFIG_INVALID);
        cr_assert_eq(strncmp(d.why.text, wrong[i][0], strlen(wrong[i][0])), 0, "%s", d.why.text);
    }
    a->close(d.session);
    const char *endpoint = d.program.endpoint;
    drive_open(&d, &endpoint, 1, "sm", (const char *const[]){"group", "group9", NULL});
    cr_assert_eq(a->evidence(d.session, 1, DEADLINE_MS, &e, &d.why), YQ_E_PEER);
    cr_assert_not_null(strstr(d.why.text, "group"), "%s", d.why.text);
    drive_end(&d);
}
