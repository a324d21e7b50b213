#include "conformance/chains/cometbft/test_world.h"

#define SEND                                                                                       \
    "{\"do\":\"send\",\"service\":\"a\",\"dst_chain\":\"city-410100\",\"dst_service\":\"b\","      \
    "\"payload\":\"01\"}"

static void hostile(test_world *w, const char *mode)
{
    char text[96];
    (void)snprintf(text, sizeof text, "{\"do\":\"hostile\",\"mode\":\"%s\"}", mode);
    test_do(w, text);
}

/* Sends a packet, brings heights until an update is refused; returns with what. */
static yq_status refused_update(test_world *w)
{
    uint64_t height;
    test_do(w, SEND);
    test_program_wait(&w->program, "waiting", 0);
    cr_assert_eq(yq_adapter_v1()->latest(w->session, TEST_DEADLINE_MS, &height, &w->why), YQ_OK);
    w->seen_n = 0;
    for (; w->next <= height; w->next++) {
        cr_assert_eq(test_bring(w, w->next), YQ_OK, "%s", w->why.text);
        if (w->update != YQ_OK) {
            return w->update;
        }
    }
    return YQ_OK;
}

static test_world *begin(const char *suite)
{
    test_world *w = test_world_new(suite, "1");
    test_anchor(w);
    cr_assert_eq(test_follow(w), 1);
    return w;
}

/* After a refusal the mode ends, and the same chain goes on from the height that stood. */
static void heals(test_world *w)
{
    hostile(w, "none");
    w->seen_n = 0;
    cr_assert_gt(test_follow(w), 0);
    test_world_free(w);
}

static void signatures(const char *mode, yq_status code)
{
    test_world *w = begin("ibc-v2");
    hostile(w, mode);
    yq_status status = refused_update(w);
    cr_assert_eq(status, code, "%s: %d %s", mode, status, w->client->why.text);
    heals(w);
}

Test(hostile, forged_signature, .timeout = 60)
{
    signatures("forged-signature", YQ_E_SIG);
}

Test(hostile, one_signature_short, .timeout = 60)
{
    signatures("one-signature-short", YQ_E_QUORUM);
}

/* Votes stand at their member's place: a member's vote at another place is not that member's. */
Test(hostile, repeated_signer, .timeout = 60)
{
    signatures("repeated-signer", YQ_E_SIGNER_MISMATCH);
}

Test(hostile, foreign_emitter, .timeout = 60)
{
    test_world *w = begin("ibc-v1");
    hostile(w, "foreign-emitter");
    test_do(w, SEND);
    cr_assert_eq(test_follow(w), 2, "the other module's STATE and SENT");
    for (size_t i = 0; i < 2; i++) {
        cr_assert_str_neq(w->seen[i].emitter, w->inbox, "what the hub answers with E_EMITTER");
    }
    hostile(w, "none");
    test_do(w, SEND);
    cr_assert_eq(test_follow(w), 1);
    cr_assert_str_eq(w->seen[0].emitter, w->inbox);
    test_world_free(w);
}

static void altered(const char *suite)
{
    test_world *w = begin(suite);
    hostile(w, "altered-receipt");
    cr_assert_eq(refused_update(w), YQ_OK);
    cr_assert_eq(w->seen_n, 1);
    cr_assert_eq(w->seen[0].status, YQ_E_PROOF, "%s", w->client->why.text);
    hostile(w, "none");
    /* Asked again when the host tries a parked event again: now it holds. */
    w->seen_n = 0;
    cr_assert_eq(test_bring(w, w->next - 1), YQ_OK);
    cr_assert_eq(w->update, YQ_E_REPLAY);
    w->next--;
    yq_height_evidence e;
    cr_assert_eq(
        yq_adapter_v1()->evidence(w->session, w->next, TEST_DEADLINE_MS, &e, &w->why), YQ_OK);
    cr_assert_eq(e.event_n, 1);
    test_judge(w, &e.event[0]);
    cr_assert_eq(w->seen[0].status, YQ_OK, "%s", w->client->why.text);
    test_world_free(w);
}

Test(hostile, altered_receipt_v1, .timeout = 60)
{
    altered("ibc-v1");
}

Test(hostile, altered_receipt_v2, .timeout = 60)
{
    altered("ibc-v2");
}

Test(hostile, fork, .timeout = 60)
{
    test_world *w = begin("ibc-v2");
    test_do(w, SEND);
    cr_assert_eq(test_follow(w), 1);
    hostile(w, "fork"); /* of the newest height, which the client has */
    cr_assert_eq(test_bring(w, w->next - 1), YQ_OK);
    cr_assert_eq(w->update, YQ_E_MISBEHAVIOUR, "%s", w->client->why.text);
    /* Beside a node that has the true block, the two contradict. */
    hostile(w, "none");
    cr_assert_eq(test_bring(w, w->next - 1), YQ_OK);
    cr_assert_eq(w->update, YQ_E_REPLAY);
    test_world_free(w);
}

/* Two nodes of one chain: the seed and the moment make the chain, so two programs are two chains
 * of one name. */
Test(hostile, nodes_that_contradict, .timeout = 60)
{
    test_world *w = begin("ibc-v2"), *other = begin("ibc-v2");
    const char *const endpoint[] = {w->program.endpoint, other->program.endpoint};
    /* The newest height is then one that both have. */
    const char *const both[] = {"min_sources", "2", NULL};
    const yq_adapter *a = yq_adapter_v1();
    void *session = test_open(w, endpoint, 2, both);
    yq_height_evidence e;
    yq_slice anchor;
    cr_assert_eq(a->evidence(session, 3, TEST_DEADLINE_MS, &e, &w->why), YQ_E_SOURCE_DISAGREE);
    cr_assert_eq(a->anchor(session, TEST_DEADLINE_MS, &anchor, &w->why), YQ_E_SOURCE_DISAGREE);
    const yq_check *check;
    size_t n;
    cr_assert_eq(a->preflight(session, TEST_DEADLINE_MS, &check, &n, &w->why), YQ_OK);
    int found = 0;
    for (size_t i = 0; i < n; i++) {
        found |= strcmp(check[i].name, "header") == 0 && !check[i].passed;
    }
    cr_assert(found);
    const yq_option *counter;
    size_t counter_n;
    cr_assert_eq(a->counters(session, &counter, &counter_n), YQ_OK);
    cr_assert_str_eq(counter[2].key, "disagreements");
    cr_assert_str_eq(counter[2].value, "3");
    a->close(session);
    test_world_free(other);
    test_world_free(w);
}
