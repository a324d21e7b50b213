/* Several nodes of one chain. */
#include "conformance/chains/cometbft/test_broken.h"

TestSuite(nodes, .init = setup, .fini = teardown, .timeout = 120);

Test(nodes, what_one_node_spoils_another_has_whole)
{
    const char *const endpoint[] = {proxy->url, w->program.endpoint};
    const yq_adapter *a = yq_adapter_v1();
    void *kept = w->session;
    test_do(w, "{\"do\":\"emit\",\"payload\":\"0a\"}");
    test_program_wait(&w->program, "waiting", 0);
    w->session = test_open(w, endpoint, 2, (const char *const[]){NULL});
    /* A vote's time is signed, and no part of the header. */
    turn(TEST_PROXY_REPLACE, "commit", "\"timestamp\":\"20", "\"timestamp\":\"19");
    cr_assert_eq(test_bring(w, w->next), YQ_OK, "%s", w->why.text);
    cr_assert_eq(w->update, YQ_E_SIG);
    cr_assert_eq(test_bring(w, w->next), YQ_OK);
    cr_assert_eq(w->update, YQ_OK, "asked again, the other node says: %s", w->client->why.text);
    /* A node that hides a packet, which no header would show. */
    turn(TEST_PROXY_REPLACE, "block_results", "\"type\":\"send_packet\"", "\"type\":\"transfer\"");
    cr_assert_eq(test_bring(w, w->next + 1), YQ_E_SOURCE_DISAGREE, "%s", w->why.text);
    turn(
        TEST_PROXY_REPLACE,
        "block_results",
        "packet_sequence\",\"value\":\"",
        "packet_sequence\",\"value\":\"1");
    cr_assert_eq(test_bring(w, w->next + 1), YQ_E_SOURCE_DISAGREE);
    /* A node that lies in its header. */
    turn(TEST_PROXY_REPLACE, "commit", "city-410300-1", "other-1");
    cr_assert_eq(test_bring(w, w->next), YQ_E_SOURCE_DISAGREE);
    a->close(w->session);
    /* A node that is gone. */
    turn(TEST_PROXY_CLOSE, "commit", "", "");
    w->session = test_open(w, endpoint, 2, (const char *const[]){NULL});
    cr_assert_eq(test_bring(w, w->next), YQ_OK);
    a->close(w->session);
    w->session = test_open(w, endpoint, 2, (const char *const[]){NULL});
    cr_assert_eq(test_bring(w, w->next + 9), YQ_E_NOT_FOUND, "the one that answers knows");
    a->close(w->session);
    w->session = test_open(w, endpoint, 2, (const char *const[]){"min_sources", "2", NULL});
    cr_assert_eq(test_bring(w, w->next), YQ_E_UNAVAILABLE);
    turn(TEST_PROXY_CLOSE, "block_results", "", "");
    cr_assert_eq(test_bring(w, w->next), YQ_E_UNAVAILABLE);
    turn(TEST_PROXY_PASS, "", "", "");
    cr_assert_eq(test_bring(w, w->next), YQ_OK);
    turn(
        TEST_PROXY_REPLACE, "status", "\"latest_block_height\":\"", "\"latest_block_height\":\"99");
    uint64_t latest = 0;
    cr_assert_eq(a->latest(w->session, TEST_DEADLINE_MS, &latest, &w->why), YQ_OK);
    cr_assert_lt(latest, 100, "the height that two nodes have");
    turn(TEST_PROXY_CLOSE, "status", "", "");
    cr_assert_eq(a->latest(w->session, TEST_DEADLINE_MS, &latest, &w->why), YQ_E_UNAVAILABLE);
    a->close(w->session);
    w->session = kept;
}

/* A broken node beside one that is whole, in either order. */
Test(nodes, broken_nodes_are_passed_over)
{
    static const char *const row[][3] = {
        {"commit", "\"app_hash\":\"", "\"app_hash\":\"00"},
        {"commit", "\"height\":\"", "\"height\":\"1"},
        {"commit", "\"result\":", "\"results\":"},
        {"block_results", "\"code\":0", "\"code\":\"x\""},
        {"block_results", "\"id\":", "\"id\":1"},
    };
    const char *const endpoint[] = {proxy->url, w->program.endpoint, proxy->url};
    const yq_adapter *a = yq_adapter_v1();
    for (size_t i = 0; i < YQ_ARRAY_N(row); i++) {
        turn(TEST_PROXY_REPLACE, row[i][0], row[i][1], row[i][2]);
        for (size_t first = 0; first < 2; first++) {
            yq_height_evidence e;
            void *both = test_open(w, endpoint + first, 2, (const char *const[]){NULL});
            cr_expect_eq(
                a->evidence(both, height, TEST_DEADLINE_MS, &e, &w->why), YQ_OK, "%s", w->why.text);
            cr_expect_eq(e.event_n, 1);
            a->close(both);
            both =
                test_open(w, endpoint + first, 2, (const char *const[]){"min_sources", "2", NULL});
            cr_expect_eq(
                a->evidence(both, height, TEST_DEADLINE_MS, &e, &w->why), YQ_E_UNAVAILABLE);
            a->close(both);
            test_release();
        }
        cr_expect_gt(proxy->replaced, 0);
    }
}

/* A node past the last height outweighs one that cannot tell. */
Test(nodes, fates_of_two_nodes)
{
    const char *const endpoint[] = {proxy->url, w->program.endpoint};
    const yq_adapter *a = yq_adapter_v1();
    yq_receipt_view view = {0};
    const uint8_t reference[40] = {1};
    turn(TEST_PROXY_REPLACE, "status", "\"tx_index\":\"on\"", "\"tx_index\":\"off\"");
    void *both = test_open(w, endpoint, 2, (const char *const[]){NULL});
    cr_assert_eq(a->receipt(both, YQ_SLICE_OF(reference), TEST_DEADLINE_MS, &view, &w->why), YQ_OK);
    cr_assert_eq(view.state, YQ_SUBMIT_LOST);
    turn(TEST_PROXY_CLOSE, "status", "", "");
    cr_assert_eq(a->receipt(both, YQ_SLICE_OF(reference), TEST_DEADLINE_MS, &view, &w->why), YQ_OK);
    cr_assert_eq(view.state, YQ_SUBMIT_LOST);
    a->close(both);
}
