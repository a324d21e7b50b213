#include "adapters/evm/test_bring.h"

Test(session, whole_chains_over_rpc)
{
    const test_recording *const chains[] = {&test_clique, &test_ibft};
    for (size_t i = 0; i < 2; i++) {
        test_node *node[2] = {test_node_start(chains[i]), test_node_start(chains[i])};
        void *session = test_session(node, 2, NULL);
        test_client *client = test_client_new(yq_verifier_evm());
        yq_height_evidence e;
        cr_assert_gt(follow(session, chains[i], 1, client), 0);
        cr_assert_eq(evidence(session, chains[i]->height + 1, &e), YQ_E_NOT_FOUND);
        cr_assert_eq(evidence(session, 0, &e), YQ_OK);
        cr_assert_eq(e.update.n + e.event_n, 0);
        cr_assert_str_eq(test_counter(session, "disagreements"), "0");
        yq_adapter_v1()->close(session);
        test_client_free(client);
        test_node_stop(node[0]);
        test_node_stop(node[1]);
        test_release();
    }
}

/* Clique: the depth that is asked for is not there yet. */
Test(session, what_is_not_buried_is_not_brought)
{
    test_node *node = test_node_start(&test_clique);
    void *session = test_session(&node, 1, NULL);
    yq_height_evidence e;
    cr_assert_eq(evidence(session, test_clique.height - 2, &e), YQ_OK);
    cr_assert_eq(evidence(session, test_clique.height - 1, &e), YQ_E_NOT_FOUND);
    yq_adapter_v1()->close(session);
    test_node_stop(node);
    test_release();
}

/* ---- other blocks ------------------------------------------------------------------------------
 */

Test(session, nodes_that_lag_lie_or_are_gone)
{
    test_node *node[2] = {test_node_start(&test_clique), test_node_start(&test_clique)};
    yq_height_evidence e;
    uint64_t latest;
    const yq_adapter *a = yq_adapter_v1();
    char *other = block_with(node[0], 5, "\"gasUsed\":\"0x0\"", "\"gasUsed\":\"0x1\"");

    void *session = test_session(node, 2, NULL);
    test_say(node[1], "eth_getBlockByNumber", "\"0x5\"", other);
    cr_expect_eq(evidence(session, 5, &e), YQ_E_SOURCE_DISAGREE, "%s", why.text);
    cr_expect_str_eq(test_counter(session, "disagreements"), "1");
    cr_expect_eq(evidence(session, 8, &e), YQ_OK);
    /* The branch that one node is on does not lie on the block of both. */
    node[1]->says_n = 0;
    test_say(node[0], "eth_getBlockByNumber", "\"0x5\"", other);
    cr_expect_eq(evidence(session, 4, &e), YQ_E_SOURCE_DISAGREE);
    cr_expect_not_null(strstr(why.text, "reorganised"), "%s", why.text);
    cr_expect_eq(evidence(session, 3, &e), YQ_OK, "above lies what both have");
    a->close(session);
    node[0]->says_n = 0;

    session = test_session(node, 2, (const char *const[]){"min_sources", "2", NULL});
    test_say(node[1], "eth_blockNumber", NULL, "\"result\":\"0x7\"");
    test_say(node[1], "eth_getBlockByNumber", "\"0x9\"", "\"result\":null");
    cr_expect_eq(a->latest(session, TEST_DEADLINE_MS, &latest, &why), YQ_OK);
    cr_expect_eq(latest, 5, "the height that two nodes have, less the depth");
    cr_expect_eq(evidence(session, 9, &e), YQ_E_UNAVAILABLE);
    cr_expect_eq(evidence(session, 5, &e), YQ_OK, "%s", why.text);
    node[1]->http = 503;
    cr_expect_eq(a->latest(session, TEST_DEADLINE_MS, &latest, &why), YQ_E_UNAVAILABLE);
    a->close(session);
    test_node_stop(node[1]);

    session = test_session(node, 1, NULL);
    test_node_stop(node[0]);
    cr_expect_eq(a->latest(session, TEST_DEADLINE_MS, &latest, &why), YQ_E_UNAVAILABLE);
    cr_expect_eq(evidence(session, 3, &e), YQ_E_UNAVAILABLE);
    a->close(session);
    free(other);
    test_release();
}

/* The branch above does not lie on the block below it. */
Test(session, successors_lie_on_the_header)
{
    test_node *node = test_node_start(&test_clique);
    yq_height_evidence e;
    char parent[96];
    const char *const from = "\"parentHash\":\"0x";
    void *session = test_session(&node, 1, NULL);
    char *six = block_with(node, 6, from, "\"x\":0,\"parentHash\":\"0x");
    char *at = strstr(six, "\"parentHash\":\"0x") + 16;
    at[0] = at[0] == '1' ? '2' : '1';
    test_say(node, "eth_getBlockByNumber", "\"0x6\"", six);
    cr_expect_eq(evidence(session, 4, &e), YQ_E_HASH, "the hash is of what it was");
    char *with = test_file_members(node, "b6");
    (void)snprintf(parent, sizeof parent, "%.82s", strstr(with, "\"parentHash\""));
    free(with);
    free(six);
    /* 6 has another parent, 7 lies on it. */
    char *other = test_copy(parent);
    other[16] = other[16] == '1' ? '2' : '1';
    six = block_with(node, 6, parent, other);
    char *seven = test_file_members(node, "b7");
    (void)snprintf(parent, sizeof parent, "%.82s", strstr(seven, "\"parentHash\""));
    free(seven);
    memcpy(other, parent, 16);
    memcpy(other + 16, strstr(six, "\"hash\":\"0x") + 10, 64);
    seven = block_with(node, 7, parent, other);
    node->says_n = 0;
    test_say(node, "eth_getBlockByNumber", "\"0x6\"", six);
    test_say(node, "eth_getBlockByNumber", "\"0x7\"", seven);
    cr_expect_eq(evidence(session, 5, &e), YQ_E_SOURCE_DISAGREE, "%s", why.text);
    cr_expect_eq(evidence(session, 6, &e), YQ_E_SOURCE_DISAGREE, "8 lies on the true one");
    node->says_n = 0;
    cr_expect_eq(evidence(session, 5, &e), YQ_OK, "%s", why.text);
    yq_adapter_v1()->close(session);
    test_node_stop(node);
    free(six);
    free(seven);
    free(other);
    test_release();
}

Test(session, a_block_of_another_number_is_no_answer)
{
    test_node *node = test_node_start(&test_clique);
    void *session = test_session(&node, 1, NULL);
    yq_height_evidence e;
    char *other = test_file_members(node, "b6");
    test_say(node, "eth_getBlockByNumber", "\"0x5\"", other);
    cr_expect_eq(evidence(session, 5, &e), YQ_E_HEIGHT);
    test_say(node, "eth_getBlockByNumber", "\"0x9\"", other);
    cr_expect_eq(evidence(session, 7, &e), YQ_E_HEIGHT, "also above");
    yq_adapter_v1()->close(session);
    test_node_stop(node);
    free(other);
    test_release();
}

Test(session, chains_are_told_apart)
{
    test_node *node[2] = {test_node_start(&test_ibft), test_node_start(&test_ibft)};
    yq_height_evidence e;
    yq_slice anchor;
    const yq_adapter *a = yq_adapter_v1();
    void *session = test_session(node, 2, (const char *const[]){"chain_id", "2019", NULL});
    cr_expect_eq(evidence(session, 3, &e), YQ_E_CONFIG_INVALID);
    cr_expect_not_null(strstr(why.text, "of chain 2018"), "%s", why.text);
    cr_expect_eq(a->anchor(session, TEST_DEADLINE_MS, &anchor, &why), YQ_E_CONFIG_INVALID);
    a->close(session);
    session = test_session(node, 2, NULL);
    test_say(node[1], "eth_chainId", NULL, "\"result\":\"0x1\"");
    cr_expect_eq(evidence(session, 3, &e), YQ_E_SOURCE_DISAGREE);
    test_say(node[1], "eth_chainId", NULL, "\"result\":\"none\"");
    cr_expect_eq(evidence(session, 3, &e), YQ_E_PEER);
    test_say(node[1], "eth_chainId", NULL, "\"error\":{\"code\":-32000,\"message\":\"later\"}");
    cr_expect_eq(evidence(session, 3, &e), YQ_OK, "the other one answers");
    a->close(session);
    test_node_stop(node[0]);
    test_node_stop(node[1]);
    test_release();
}

/* Memory that runs out at any place is told. */
Test(session, memory_that_runs_out_is_told)
{
    test_node *node = test_node_start(&test_ibft);
    void *session = test_session(&node, 1, NULL);
    yq_height_evidence e;
    yq_status status = YQ_E_MEMORY;
    for (lent_max = 0; lent_max < 64 && status != YQ_OK; lent_max++) {
        status = evidence(session, 13, &e);
        cr_assert(status == YQ_OK || status == YQ_E_MEMORY);
        test_release();
    }
    cr_assert_eq(status, YQ_OK);
    cr_assert_gt(lent_max, 4);
    lent_max = YQ_ARRAY_N(lent);
    yq_adapter_v1()->close(session);
    test_node_stop(node);
}

/* ---- the wire ----------------------------------------------------------------------------------
 */

Test(session, what_is_no_reply)
{
    test_node *node = test_node_start(&test_ibft);
    uint64_t latest;
    const yq_adapter *a = yq_adapter_v1();
    void *session = test_session(&node, 1, NULL);
    node->says_trash = 1;
    cr_expect_eq(a->latest(session, TEST_DEADLINE_MS, &latest, &why), YQ_E_PEER);
    node->says_trash = 0;
    node->id_off = 1;
    cr_expect_eq(a->latest(session, TEST_DEADLINE_MS, &latest, &why), YQ_E_PEER);
    cr_expect_not_null(strstr(why.text, "another id"), "%s", why.text);
    node->id_off = 0;
    node->http = 500;
    cr_expect_eq(a->latest(session, TEST_DEADLINE_MS, &latest, &why), YQ_E_PEER);
    node->http = 502;
    cr_expect_eq(a->latest(session, TEST_DEADLINE_MS, &latest, &why), YQ_E_UNAVAILABLE);
    node->http = 401;
    cr_expect_eq(a->latest(session, TEST_DEADLINE_MS, &latest, &why), YQ_E_PERMISSION);
    node->http = 0;
    test_say(node, "eth_blockNumber", NULL, "\"x\":1");
    cr_expect_eq(a->latest(session, TEST_DEADLINE_MS, &latest, &why), YQ_E_PEER);
    test_say(node, "eth_blockNumber", NULL, "\"result\":\"many\"");
    cr_expect_eq(a->latest(session, TEST_DEADLINE_MS, &latest, &why), YQ_E_PEER);
    test_say(node, "eth_blockNumber", NULL, "\"error\":{\"code\":-32005,\"message\":\"busy\"}");
    cr_expect_eq(a->latest(session, TEST_DEADLINE_MS, &latest, &why), YQ_E_PEER);
    cr_expect_not_null(strstr(why.text, "-32005 busy"), "%s", why.text);
    node->is_silent = 1;
    uint64_t from = yq_web_now_ms();
    cr_expect_eq(a->latest(session, 300, &latest, &why), YQ_E_TIMEOUT);
    cr_expect_lt(yq_web_now_ms() - from, 3000);
    a->close(session);
    test_node_stop(node);
    test_release();
}

/* A node that takes calls and never answers costs half of the time once, then it rests. */
Test(session, a_silent_node_does_not_hold_the_others)
{
    test_node *node[2] = {test_node_start(&test_ibft), test_node_start(&test_ibft)};
    yq_height_evidence e;
    const yq_adapter *a = yq_adapter_v1();
    void *session = test_session(node, 2, NULL);
    node[0]->is_silent = 1;
    cr_expect_eq(a->evidence(session, 3, 2000, &e, &why), YQ_OK, "%s", why.text);
    unsigned calls = node[0]->calls;
    uint64_t from = yq_web_now_ms();
    cr_expect_eq(a->evidence(session, 13, 2000, &e, &why), YQ_OK, "%s", why.text);
    cr_expect_lt(yq_web_now_ms() - from, 900);
    cr_expect_eq(node[0]->calls, calls, "it rests");
    node[1]->is_silent = 1; /* when all rest, all are asked again */
    cr_expect_eq(a->evidence(session, 4, 600, &e, &why), YQ_E_TIMEOUT);
    node[0]->is_silent = 0;
    cr_expect_eq(a->evidence(session, 4, 2000, &e, &why), YQ_OK, "%s", why.text);
    a->close(session);
    test_node_stop(node[0]);
    test_node_stop(node[1]);
    test_release();
}

Test(session, options_are_read_strictly)
{
    static const struct {
        const char *key, *value, *consensus, *named; /* named NULL: the key */
    } bad[] = {
        {"consensus", "pow", NULL, NULL},
        {"epoch", "0", "qbft", NULL},
        {"epoch", "07", "qbft", NULL},
        {"epoch", "99999999999999999999", "qbft", NULL},
        {"depth", "0", "clique", NULL},
        {"depth", "257", "clique", NULL},
        {"depth", "3", "qbft", NULL},
        {"epoch", "9", "clique", "depth"},
        {"validator_contract", "0x12", "qbft-contract", NULL},
        {"validator_contract", "1111111111111111111111111111111111111111", "qbft", NULL},
        {"epoch", "9", "qbft-contract", "validator_contract"},
        {"validator_slot", "1", "qbft", "validator_contract"},
        {"validator_slot", "x", "qbft", NULL},
        {"anchor_height", "5", "qbft", NULL},
        {"chain_id", "0", "qbft", NULL},
        {"chain_id", "9223372036854775807", "qbft", NULL},
        {"min_sources", "2", "qbft", NULL},
        {"emitters", "", "qbft", NULL},
        {"emitters", "1111111111111111111111111111111111111111,", "qbft", NULL},
        {"inbox", "0x0000000000000000000000000000000000000000", "qbft", NULL},
        {"inbox", "1111111111111111111111111111111111111111", "qbft", "account_key"},
        {"transaction", "blob", "qbft", NULL},
        {"gas_limit", "20999", "qbft", NULL},
        {"fee_max", "-1", "qbft", NULL},
        {"account_key", "", "qbft", NULL},
        {"tls_cert_file", "/tmp/x", "qbft", NULL},
        {"token_file", "/nonexistent/token", "qbft", NULL},
        {"colour", "red", "qbft", NULL},
        {"epoch", "9", NULL, "consensus"},
    };
    const char *endpoint = "127.0.0.1:1";
    for (size_t i = 0; i < YQ_ARRAY_N(bad); i++) {
        const yq_option option[] = {{bad[i].key, bad[i].value}, {"consensus", bad[i].consensus}};
        const yq_adapter_config config = {
            "city-410300", &endpoint, 1, option, bad[i].consensus == NULL ? 1 : 2};
        void *session;
        why = (yq_fault){0};
        cr_expect_eq(
            yq_adapter_v1()->open(&test_host, &config, &session, &why),
            YQ_E_CONFIG_INVALID,
            "%s %s",
            bad[i].key,
            bad[i].value);
        cr_expect_null(session);
        const char *named = bad[i].named == NULL ? bad[i].key : bad[i].named;
        cr_expect_eq(strncmp(why.text, named, strlen(named)), 0, "%s: %s", named, why.text);
    }
    const yq_option no_chain_id[] = {
        {"consensus", "qbft"},
        {"inbox", "1111111111111111111111111111111111111111"},
        {"account_key", "/tmp/key"}};
    const yq_adapter_config signs = {"city-410300", &endpoint, 1, no_chain_id, 3};
    void *nothing;
    cr_expect_eq(yq_adapter_v1()->open(&test_host, &signs, &nothing, &why), YQ_E_CONFIG_INVALID);
    cr_expect_eq(strncmp(why.text, "chain_id", 8), 0, "%s", why.text);
    const char *others[] = {"ftp://127.0.0.1:1"};
    const yq_option option = {"consensus", "qbft"};
    yq_adapter_config config = {"city-410300", others, 1, &option, 1};
    void *session;
    cr_expect_eq(yq_adapter_v1()->open(&test_host, &config, &session, &why), YQ_E_CONFIG_INVALID);
    config.endpoint_n = 0;
    cr_expect_eq(yq_adapter_v1()->open(&test_host, &config, &session, &why), YQ_E_CONFIG_INVALID);
}
