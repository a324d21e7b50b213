#include "conformance/chains/xinghuo/test_world.h"

#define SEND                                                                                       \
    "{\"do\":\"send\",\"service\":\"a\",\"dst_chain\":\"city-410100\",\"dst_service\":\"b\","      \
    "\"payload\":\"01\"}"

static void start(test_world *w)
{
    test_anchor(w);
    cr_assert_eq(test_follow(w), 1);
}

/* A mode, then a packet; waits until its ledger is proven. Returns its height. */
static uint64_t send_under(test_world *w, const char *mode)
{
    char text[96];
    (void)snprintf(text, sizeof text, "{\"do\":\"hostile\",\"mode\":\"%s\"}", mode);
    test_do(w, text);
    test_do(w, SEND);
    test_program_wait(&w->program, "waiting", 0);
    return test_program_number(&w->program, "{\"do\":\"status\"}", "height") - 1;
}

/* Brings from w->next on until the light client refuses. */
static yq_status refusal_up_to(test_world *w, uint64_t height)
{
    for (; w->next <= height; w->next++) {
        cr_assert_eq(test_bring(w, w->next), YQ_OK, "%s", w->why.text);
        if (w->update != YQ_OK) {
            return w->update;
        }
    }
    return YQ_OK;
}

static void proof_refused(const char *mode, yq_status expected)
{
    test_world *w = test_world_new("sm", "1000");
    start(w);
    uint64_t height = send_under(w, mode);
    cr_assert_eq(refusal_up_to(w, height), expected, "%s", w->client->why.text);
    /* Another node has the whole proof: it is asked before one is brought that does not hold. */
    void *first = w->session;
    const char *const both[] = {w->program.endpoint, w->witness};
    w->session = test_session(w, both, 2, (const char *const[]){"update_every", "1000", NULL});
    if (expected != YQ_E_QUORUM) { /* too few, but each of them holds */
        cr_assert_eq(refusal_up_to(w, height), YQ_OK, "%s", w->client->why.text);
    }
    yq_adapter_v1()->close(w->session);
    w->session = first;
    test_do(w, "{\"do\":\"hostile\",\"mode\":\"none\"}");
    (void)test_follow(w);
    test_world_free(w);
}

Test(hostile, forged_signature, .timeout = 120)
{
    proof_refused("forged-signature", YQ_E_SIG);
}

Test(hostile, one_signature_short, .timeout = 120)
{
    proof_refused("one-signature-short", YQ_E_QUORUM);
}

Test(hostile, repeated_signer, .timeout = 120)
{
    proof_refused("repeated-signer", YQ_E_DUP_SIGNER);
}

/* The adapter's node lies about an event: attesters at another node do not sign. */
Test(hostile, altered_receipt, .timeout = 120)
{
    test_world *w = test_world_new("ed25519", "1000");
    start(w);
    (void)send_under(w, "altered-receipt");
    uint64_t height = 0;
    yq_status status = YQ_OK;
    cr_assert_eq(yq_adapter_v1()->latest(w->session, TEST_DEADLINE_MS, &height, &w->why), YQ_OK);
    for (; w->next <= height && status == YQ_OK; w->next += status == YQ_OK ? 1 : 0) {
        status = test_bring(w, w->next);
    }
    cr_assert_eq(status, YQ_E_SOURCE_DISAGREE, "%s", w->why.text);
    cr_assert_not_null(strstr(w->why.text, "attesters"), "%s", w->why.text);
    /* In front of both nodes it is seen before anybody is asked. */
    const char *const both[] = {w->program.endpoint, w->witness};
    void *second = test_session(w, both, 2, (const char *const[]){NULL});
    yq_height_evidence e;
    cr_assert_eq(
        yq_adapter_v1()->evidence(second, w->next, TEST_DEADLINE_MS, &e, &w->why),
        YQ_E_SOURCE_DISAGREE);
    cr_assert_not_null(strstr(w->why.text, "nodes tell"), "%s", w->why.text);
    yq_adapter_v1()->close(second);
    test_do(w, "{\"do\":\"hostile\",\"mode\":\"none\"}");
    cr_assert_eq(test_follow(w), 1);
    test_world_free(w);
}

Test(hostile, foreign_emitter, .timeout = 120)
{
    test_world *w = test_world_new("sm", "1000");
    start(w);
    (void)send_under(w, "foreign-emitter");
    cr_assert_eq(test_follow(w), 2, "its STATE and the packet, both proven");
    cr_assert_str_neq(w->seen[1].emitter, w->inbox, "the hub knows it by that");
    cr_assert(test_has_record(w, 1, YQ_RECORD_SENT));
    test_world_free(w);
}

Test(hostile, fork, .timeout = 120)
{
    test_world *w = test_world_new("sm", "1");
    char text[96];
    start(w);
    test_do(w, SEND);
    cr_assert_eq(test_follow(w), 1);
    uint64_t height = w->next - 1;
    (void)snprintf(
        text,
        sizeof text,
        "{\"do\":\"hostile\",\"mode\":\"fork\",\"height\":%u}",
        (unsigned)height);
    test_do(w, text);
    cr_assert_eq(test_bring(w, height), YQ_OK, "%s", w->why.text);
    cr_assert_eq(w->update, YQ_E_MISBEHAVIOUR);
    const char *const both[] = {w->program.endpoint, w->witness};
    void *second = test_session(w, both, 2, (const char *const[]){NULL});
    yq_height_evidence e;
    cr_assert_eq(
        yq_adapter_v1()->evidence(second, height, TEST_DEADLINE_MS, &e, &w->why),
        YQ_E_SOURCE_DISAGREE);
    yq_adapter_v1()->close(second);
    test_world_free(w);
}

/* Nothing that is published proves a change: a person votes on a new anchor. */
Test(hostile, validators_change, .timeout = 120)
{
    test_world *w = test_world_new("sm", "1");
    char height[24];
    start(w);
    test_alarm[0] = '\0';
    test_do(w, "{\"do\":\"validators\",\"first\":3,\"n\":5}");
    uint64_t at = test_program_number(&w->program, "{\"do\":\"status\"}", "height");
    test_do(w, SEND);
    test_program_wait(&w->program, "waiting", 0);
    cr_assert_eq(refusal_up_to(w, at), YQ_E_SIGNER_UNKNOWN);
    cr_assert_not_null(strstr(test_alarm, "validators changed"), "%s", test_alarm);
    const yq_check *check;
    size_t n = 0;
    int told = 0;
    cr_assert_eq(
        yq_adapter_v1()->preflight(w->session, TEST_DEADLINE_MS, &check, &n, &w->why), YQ_OK);
    for (size_t i = 0; i < n; i++) {
        told |= strcmp(check[i].name, "validators") == 0 && !check[i].passed &&
                strstr(check[i].detail, "anchor_height") != NULL;
    }
    cr_assert(told);
    test_release();
    yq_adapter_v1()->close(w->session);
    const char *endpoint = w->program.endpoint;
    (void)snprintf(height, sizeof height, "%u", (unsigned)at);
    w->session = test_session(
        w, &endpoint, 1, (const char *const[]){"update_every", "1", "anchor_height", height, NULL});
    test_anchor(w);
    cr_assert_eq(w->next, at + 1);
    cr_assert_eq(test_follow(w), 1);
    test_world_free(w);
}
