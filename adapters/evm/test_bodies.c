#include "adapters/evm/test_bring.h"

/* Seals, transactions and receipts as one node or another shows them. */

Test(bodies, the_header_with_good_seals_is_taken)
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

Test(bodies, receipts_are_the_headers)
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

Test(bodies, transactions_are_the_headers)
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

/* A receipt changed so that the header, made anew, has it. Returns the block's members. */
static char *block_of_receipt(const test_node *node, const char *receipt_members)
{
    static uint8_t memory[2u << 20], room[1u << 16];
    char text[1u << 14], from[96], to[96];
    yq_arena trie = yq_arena_of(memory, sizeof memory);
    yq_buf out = {room, sizeof room, 0};
    yq_digest root;
    (void)snprintf(text, sizeof text, "{%s}", receipt_members);
    yq_json *document = test_parse(text);
    cr_assert_eq(yq_evma_receipt_of(test_result(document), 0, &out, &why), YQ_OK);
    const yq_slice value = yq_slice_of(out.p, out.n);
    cr_assert_eq(yq_evma_trie_of(&trie, &value, 1, 1, NULL, &root), YQ_OK);
    char *block = test_file_members(node, "b13");
    (void)snprintf(from, sizeof from, "%.84s", strstr(block, "\"receiptsRoot\""));
    memcpy(to, from, sizeof to);
    (void)yq_hex_encode(to + 18, 65, root.b, sizeof root.b);
    to[18 + 64] = '"';
    free(block);
    yq_json_free(document);
    return block_with(node, 13, from, to);
}

/* What failed proves nothing; nor what does not tell. */
Test(bodies, events_of_failures_are_left_out)
{
    static const char *const outcomes[] = {
        "\"status\":\"0x0\"",
        "\"root\":\"0x1000000000000000000000000000000000000000000000000000000000000000\"",
        "\"status\":\"0x1\"",
    };
    test_node *node = test_node_start(&test_ibft);
    for (size_t i = 0; i < YQ_ARRAY_N(outcomes); i++) {
        yq_height_evidence e;
        char receipt[1u << 13];
        char *members = test_file_members(node, "receipt1");
        char *at = strstr(members, "\"status\":\"0x1\"");
        (void)snprintf(
            receipt,
            sizeof receipt,
            "%.*s%s%s",
            (int)(at - members),
            members,
            outcomes[i],
            at + strlen("\"status\":\"0x1\""));
        char *block = block_of_receipt(node, receipt);
        node->says_n = 0;
        test_say(node, "eth_getBlockByNumber", "\"0xd\"", block);
        test_say(node, "eth_getTransactionReceipt", NULL, receipt);
        void *session = test_session(&node, 1, NULL);
        cr_expect_eq(evidence(session, 13, &e), YQ_OK, "%s", why.text);
        cr_expect_eq(e.event_n, i == 2 ? 1 : 0, "%s", outcomes[i]);
        yq_adapter_v1()->close(session);
        free(block);
        free(members);
    }
    test_node_stop(node);
    test_release();
}

/* The header's bloom says so: nobody is asked for receipts. */
Test(bodies, a_block_without_logs_costs_no_receipts)
{
    test_node *node = test_node_start(&test_ibft);
    yq_height_evidence e;
    test_say(node, "eth_getTransactionReceipt", NULL, "\"result\":null");
    void *session = test_session(&node, 1, NULL);
    cr_expect_eq(evidence(session, 9, &e), YQ_OK, "%s", why.text);
    cr_expect_gt(e.update.n, 0);
    cr_expect_eq(e.event_n, 0);
    cr_expect_eq(evidence(session, 13, &e), YQ_E_PEER, "here there is one");
    yq_adapter_v1()->close(session);
    test_node_stop(node);
    test_release();
}

Test(bodies, events_of_other_contracts_are_left_out)
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
