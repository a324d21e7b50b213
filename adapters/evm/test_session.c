#include "adapters/evm/test_node.h"

static yq_fault why;

static yq_status evidence(void *session, uint64_t height, yq_height_evidence *out)
{
    why = (yq_fault){0};
    return yq_adapter_v1()->evidence(session, height, TEST_DEADLINE_MS, out, &why);
}

/* Follows a chain into a client. Returns the number of events. */
static size_t follow(void *session, const test_recording *r, uint64_t from, test_client *client)
{
    const yq_adapter *a = yq_adapter_v1();
    yq_slice anchor;
    uint64_t latest;
    size_t events = 0;
    if (from == 1) {
        cr_assert_eq(a->anchor(session, TEST_DEADLINE_MS, &anchor, &why), YQ_OK, "%s", why.text);
        cr_assert_eq(test_client_init(client, anchor), YQ_OK);
    }
    cr_assert_eq(a->latest(session, TEST_DEADLINE_MS, &latest, &why), YQ_OK);
    cr_assert_eq(latest, r->height - r->profile.depth);
    for (uint64_t h = from; h <= latest; h++) {
        yq_height_evidence e;
        yq_verified_event event;
        cr_assert_eq(evidence(session, h, &e), YQ_OK, "%" PRIu64 " %s", h, why.text);
        cr_assert_eq(test_client_update(client, e.update), YQ_OK, "%s", client->why.text);
        for (size_t i = 0; i < e.event_n; i++) {
            cr_assert_eq(test_client_event(client, e.event[i].proof, &event), YQ_OK);
            cr_assert(yq_slice_equal(event.tx_id, e.event[i].tx_id));
            cr_assert(yq_slice_equal(event.emitter, e.event[i].emitter));
            cr_assert(yq_slice_equal(event.name, e.event[i].name));
            events++;
        }
        test_release();
    }
    return events;
}

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

/* A recorded block's members with one place changed and the hash made to fit. Returns text to be
 * freed. */
static char *block_with(const test_node *node, unsigned number, const char *from, const char *to)
{
    static uint8_t memory[2u << 20], room[1u << 20];
    yq_evma_work work;
    yq_evma_header header = {0};
    char name[16], hex[65];
    (void)snprintf(name, sizeof name, "b%u", number);
    char *members = test_file_members(node, name), *text = malloc(1u << 20);
    char *at = strstr(members, from);
    cr_assert_not_null(at);
    (void)snprintf(
        text, 1u << 20, "{%.*s%s%s}", (int)(at - members), members, to, at + strlen(from));
    free(members);
    yq_json *document = test_parse(text);
    yq_buf out = {room, sizeof room, 0};
    yq_evma_work_begin(&work, memory, sizeof memory);
    yq_status status = yq_evma_header_of(
        &work, &node->recording->profile, test_result(document), &out, &header, &why);
    cr_assert(status == YQ_OK || status == YQ_E_HASH);
    yq_json_free(document);
    char *hash = strstr(text, "\"hash\":\"0x") + 10;
    (void)yq_hex_encode(hex, sizeof hex, header.hash.b, sizeof header.hash.b);
    memcpy(hash, hex, 64);
    memmove(text, text + 1, strlen(text));
    text[strlen(text) - 1] = '\0';
    return text;
}

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

/* ---- seals and receipts ------------------------------------------------------------------------
 */

Test(session, the_header_with_good_seals_is_taken)
{
    test_node *node[2] = {test_node_start(&test_ibft), test_node_start(&test_ibft)};
    test_client *client = test_client_new(yq_verifier_evm());
    yq_height_evidence e;
    char *bad = test_file_members(node[0], "b5");
    char *end = strstr(bad, "01\",\"gasLimit"); /* the last committed seal's */
    cr_assert_not_null(end);
    end[-20] = end[-20] == '1' ? '2' : '1';
    test_say(node[0], "eth_getBlockByNumber", "\"0x5\"", bad);
    void *session = test_session(node, 2, NULL);
    cr_assert_gt(follow(session, &test_ibft, 1, client), 0);
    yq_adapter_v1()->close(session);
    /* Alone it is brought as it stands: the light client says what is wrong. */
    session = test_session(node, 1, NULL);
    yq_slice anchor;
    cr_assert_eq(yq_adapter_v1()->anchor(session, TEST_DEADLINE_MS, &anchor, &why), YQ_OK);
    test_client_reset(client);
    cr_assert_eq(test_client_init(client, anchor), YQ_OK);
    for (uint64_t h = 1; h <= 5; h++) {
        cr_assert_eq(evidence(session, h, &e), YQ_OK);
        yq_status status = test_client_update(client, e.update);
        cr_expect(h == 5 ? status == YQ_E_SIGNER_UNKNOWN || status == YQ_E_SIG : status == YQ_OK);
    }
    yq_adapter_v1()->close(session);
    test_client_free(client);
    test_node_stop(node[0]);
    test_node_stop(node[1]);
    free(bad);
    test_release();
}

Test(session, receipts_are_the_headers)
{
    test_node *node[2] = {test_node_start(&test_ibft), test_node_start(&test_ibft)};
    yq_height_evidence e;
    char *bad = test_file_members(node[0], "receipt1");
    char *data = strstr(bad, "\"data\":\"0xcafe\"");
    cr_assert_not_null(data);
    data[10] = 'd';
    for (size_t i = 0; i < 2; i++) {
        char *list = malloc(strlen(bad) + 32);
        /* One node has receipts by block, the other one by one. */
        (void)snprintf(list, strlen(bad) + 32, "\"result\":[%s]", bad + strlen("\"result\":"));
        test_say(
            node[0],
            i == 0 ? "eth_getTransactionReceipt" : "eth_getBlockReceipts",
            NULL,
            i == 0 ? bad : list);
        void *session = test_session(node, 2, NULL);
        cr_expect_eq(evidence(session, 13, &e), YQ_OK, "the other node's: %s", why.text);
        cr_expect_eq(e.event_n, 1);
        cr_expect_str_eq(test_counter(session, "disagreements"), "1");
        yq_adapter_v1()->close(session);
        session = test_session(node, 1, NULL);
        cr_expect_eq(evidence(session, 13, &e), YQ_E_PROOF);
        cr_expect_str_eq(why.text, "receiptsRoot");
        cr_expect_eq(e.event_n, 0);
        yq_adapter_v1()->close(session);
        node[0]->says_n = 0;
        free(list);
    }
    test_say(node[0], "eth_getTransactionReceipt", NULL, "\"result\":null");
    void *session = test_session(node, 1, NULL);
    cr_expect_eq(evidence(session, 13, &e), YQ_E_PEER);
    yq_adapter_v1()->close(session);
    node[0]->says_n = 0;
    test_say(node[0], "eth_getBlockReceipts", NULL, "\"result\":[]");
    session = test_session(node, 1, NULL);
    cr_expect_eq(evidence(session, 13, &e), YQ_E_PEER);
    yq_adapter_v1()->close(session);
    test_node_stop(node[0]);
    test_node_stop(node[1]);
    free(bad);
    test_release();
}

Test(session, transactions_are_the_headers)
{
    test_node *node[2] = {test_node_start(&test_ibft), test_node_start(&test_ibft)};
    yq_height_evidence e;
    char *members = test_file_members(node[0], "b13");
    char *from = strstr(members, "\"transactions\":["), *to = strstr(from, "]");
    cr_assert_not_null(to);
    memmove(from + 16, to, strlen(to) + 1); /* none */
    test_say(node[0], "eth_getBlockByNumber", "\"0xd\"", members);
    void *session = test_session(node, 2, NULL);
    cr_expect_eq(evidence(session, 13, &e), YQ_OK, "the other node's: %s", why.text);
    cr_expect_eq(e.event_n, 1);
    cr_expect_str_eq(test_counter(session, "disagreements"), "1");
    test_say(node[1], "eth_getBlockByNumber", "\"0xd\"", members);
    cr_expect_eq(evidence(session, 13, &e), YQ_E_PROOF);
    yq_adapter_v1()->close(session);
    session = test_session(node, 1, NULL);
    cr_expect_eq(evidence(session, 13, &e), YQ_E_PROOF);
    cr_expect_str_eq(why.text, "transactionsRoot");
    yq_adapter_v1()->close(session);
    test_node_stop(node[0]);
    test_node_stop(node[1]);
    free(members);
    test_release();
}

Test(session, events_of_other_contracts_are_left_out)
{
    test_node *node = test_node_start(&test_ibft);
    yq_height_evidence e;
    const char *const other[] = {"emitters", "0x1111111111111111111111111111111111111111", NULL};
    const char *const own[] = {
        "emitters",
        "1111111111111111111111111111111111111111,0x2d931ed82b61cfe4e16ad7c9d5214037a567e105",
        NULL};
    void *session = test_session(&node, 1, other);
    cr_expect_eq(evidence(session, 13, &e), YQ_OK);
    cr_expect_eq(e.event_n, 0);
    yq_adapter_v1()->close(session);
    session = test_session(&node, 1, own);
    cr_expect_eq(evidence(session, 13, &e), YQ_OK);
    cr_expect_eq(e.event_n, 1);
    yq_adapter_v1()->close(session);
    test_node_stop(node);
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
    node->http = 502;
    cr_expect_eq(a->latest(session, TEST_DEADLINE_MS, &latest, &why), YQ_E_PEER);
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
    uint64_t from = yq_evma_now_ms();
    cr_expect_eq(a->latest(session, 300, &latest, &why), YQ_E_TIMEOUT);
    cr_expect_lt(yq_evma_now_ms() - from, 3000);
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
    uint64_t from = yq_evma_now_ms();
    cr_expect_eq(a->evidence(session, 13, 2000, &e, &why), YQ_OK, "%s", why.text);
    cr_expect_lt(yq_evma_now_ms() - from, 900);
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
    const char *others[] = {"ftp://127.0.0.1:1"};
    const yq_option option = {"consensus", "qbft"};
    yq_adapter_config config = {"city-410300", others, 1, &option, 1};
    void *session;
    cr_expect_eq(yq_adapter_v1()->open(&test_host, &config, &session, &why), YQ_E_CONFIG_INVALID);
    config.endpoint_n = 0;
    cr_expect_eq(yq_adapter_v1()->open(&test_host, &config, &session, &why), YQ_E_CONFIG_INVALID);
}
