/* A node that answers wrongly, late or not at all: each is named. */
#include "conformance/chains/fisco-bcos-3/test_spoil.h"

TestSuite(spoil, .init = setup, .fini = teardown, .timeout = 60);

/* One thing of a reply is another: code, and the place that the text names. */
Test(spoil, replies_that_cannot_be_read_are_named)
{
    static const struct {
        const char *method, *from, *to;
        yq_status status;
        const char *text;
    } bad[] = {
        {INFO, NULL, "null", YQ_E_FIELD_MISSING, "chainID"},
        {INFO, NULL, "[]", YQ_E_FIELD_MISSING, "chainID"},
        {INFO, "\"chain0\"", "7", YQ_E_FIELD_MISSING, "chainID"},
        {INFO, "\"chain0\"", "\"a-name-of-a-chain-that-is-too-long\"", YQ_E_LIMIT, "chainID"},
        {INFO, "\"group0\"", "\"group1\"", YQ_E_PEER, "getGroupInfo"},
        {INFO, "\"wasm\":false", "\"wasm\":true", YQ_E_UNSUPPORTED, "WASM"},
        {INFO, "smCryptoType", "crypto", YQ_E_FIELD_MISSING, "smCryptoType"},
        {BLOCK, NULL, "null", YQ_E_PEER, "no block"},
        {BLOCK, NULL, "[1]", YQ_E_PEER, "no block"},
        {BLOCK, NULL, "{}", YQ_E_PEER, "without hash"},
        {BLOCK, "\"number\":2", "\"number\":3", YQ_E_PEER, "another number"},
        {BLOCK, "\"version\":50528256", "\"version\":50528257", YQ_E_HASH, "hash"},
        {BLOCK, "\"version\":50528256", "\"version\":99999999999", YQ_E_RANGE, "version"},
        {BLOCK, "\"version\":50528256", "\"version\":{}", YQ_E_TYPE, "version"},
        {BLOCK, "\"gasUsed\":\"", "\"gasUsed\":\"1", YQ_E_HASH, "hash"},
        {BLOCK, "\"gasUsed\":", "\"gas\":", YQ_E_FIELD_MISSING, "gasUsed"},
        {BLOCK, "\"extraData\":\"0x\"", "\"extraData\":\"0x0\"", YQ_E_TYPE, "extraData"},
        {BLOCK, "\"extraData\":\"0x\"", "\"extraData\":\"0x00\"", YQ_E_HASH, "hash"},
        {BLOCK, "\"txsRoot\":\"0x", "\"txsRoot\":\"0x00", YQ_E_LEN, "txsRoot"},
        {BLOCK, "\"txsRoot\"", "\"root\"", YQ_E_FIELD_MISSING, "txsRoot"},
        {BLOCK, "\"parentInfo\":[", "\"parentInfo\":[{},", YQ_E_LEN, "parentInfo"},
        {BLOCK, "\"sealerList\":[", "\"sealerList\":[\"0x00\",", YQ_E_FIELD_MISSING, "sealerList"},
        {BLOCK, "\"consensusWeights\":[1", "\"consensusWeights\":[2", YQ_E_HASH, "hash"},
        {BLOCK, "\"consensusWeights\":[1", "\"consensusWeights\":[-1", YQ_E_TYPE, "sealerList"},
        {RECEIPT, NULL, "null", YQ_E_PEER, "no receipt"},
        {RECEIPT, NULL, "{}", YQ_E_FIELD_MISSING, "version"},
        {RECEIPT, "\"status\":0", "\"status\":1", YQ_E_PEER, "receiptsRoot"},
        {RECEIPT, "\"logEntries\":[", "\"logs\":[", YQ_E_FIELD_MISSING, "logEntries"},
        {RECEIPT, "\"output\":\"0x\"", "\"output\":\"0x0g\"", YQ_E_TYPE, "output"},
        {RECEIPT, "\"gasUsed\":\"2", "\"gasUsed\":\"1", YQ_E_PEER, "receiptsRoot"},
        {RECEIPT, "\"blockNumber\":2", "\"blockNumber\":3", YQ_E_PEER, "receiptsRoot"},
    };
    for (size_t i = 0; i < YQ_ARRAY_N(bad); i++) {
        /* a session of its own: the profile is read once */
        yq_adapter_v1()->close(session);
        const char *url = node->url;
        open_with(&url, 1, NULL);
        uint64_t height = bad[i].method[0] == 'g' && strcmp(bad[i].method, RECEIPT) == 0 ? 3 : 2;
        spoil(bad[i].method, bad[i].from, bad[i].to);
        yq_status status = evidence(height);
        cr_assert_eq(status, bad[i].status, "%zu: %d %s", i, status, why.text);
        cr_assert_not_null(strstr(why.text, bad[i].text), "%zu: %s", i, why.text);
        spoil(NULL, NULL, NULL);
        cr_assert_eq(evidence(height), YQ_OK, "%zu: healed: %s", i, why.text);
    }
}

/* An anchor above the genesis has a list of sealers of its own. */
Test(spoil, an_anchor_that_cannot_be_read_is_named)
{
    static const struct {
        const char *from, *to;
        yq_status status;
        const char *text;
    } bad[] = {
        {"\"sealerList\":[", "\"sealerList\":[\"0x00\",", YQ_E_LEN, "consensusWeights"},
        {"\"consensusWeights\":[", "\"consensusWeights\":[1,", YQ_E_LEN, "consensusWeights"},
        {"\"sealerList\":[\"0x", "\"sealerList\":[\"0x00", YQ_E_LEN, "sealerList"},
        {"\"sealerList\"", "\"sealers\"", YQ_E_FIELD_MISSING, "sealerList"},
        {"\"consensusWeights\":[1", "\"consensusWeights\":[\"x\"", YQ_E_TYPE, "consensusWeights"},
    };
    const char *url = node->url;
    yq_slice anchor;
    yq_adapter_v1()->close(session);
    open_with(&url, 1, (const char *const[]){"anchor_height", "2", NULL});
    for (size_t i = 0; i < YQ_ARRAY_N(bad); i++) {
        spoil(BLOCK, bad[i].from, bad[i].to);
        yq_status status = yq_adapter_v1()->anchor(session, DEADLINE_MS, &anchor, &why);
        cr_assert_eq(status, bad[i].status, "%zu: %d %s", i, status, why.text);
        cr_assert_not_null(strstr(why.text, bad[i].text), "%zu: %s", i, why.text);
    }
    spoil(NULL, NULL, NULL);
    cr_assert_eq(yq_adapter_v1()->anchor(session, DEADLINE_MS, &anchor, &why), YQ_OK);
}

/* A transaction whose stated hash is not its own proves nothing, and its block still loads when the
 * root says that the hash is the leaf. */
Test(spoil, a_transaction_of_another_kind_is_a_leaf_that_proves_nothing)
{
    yq_height_evidence e;
    spoil(BLOCK, "\"blockLimit\":50", "\"blockLimit\":60");
    cr_assert_eq(
        yq_adapter_v1()->evidence(session, 3, DEADLINE_MS, &e, &why), YQ_OK, "%s", why.text);
    cr_assert_eq(e.event_n, 0, "block 2 had three");
    spoil(NULL, NULL, NULL);
    cr_assert_eq(yq_adapter_v1()->evidence(session, 3, DEADLINE_MS, &e, &why), YQ_OK);
    cr_assert_eq(e.event_n, 3);
    spoil(RECEIPT, "\"version\":0", "\"version\":3");
    cr_assert_eq(yq_adapter_v1()->evidence(session, 3, DEADLINE_MS, &e, &why), YQ_OK);
    cr_assert_eq(e.event_n, 0, "receipts of a version that is not known");
    spoil(RECEIPT, "\"version\":0", "\"version\":2");
    cr_assert_eq(evidence(3), YQ_E_FIELD_MISSING, "a price is hashed from version 1 on");
    spoil(BLOCK, "\"transactions\":[{", "\"transactions\":[{},{");
    cr_assert_lt(evidence(3), 0);
}

Test(spoil, an_update_has_a_limit_of_set_changes)
{
    yq_fault reason = {0};
    for (unsigned i = 0; i < 66; i++) {
        char text[96];
        yq_json_out *out = yq_json_out_new(4096);
        (void)snprintf(
            text,
            sizeof text,
            "{\"do\":\"sealers\",\"method\":\"weigh\",\"node\":0,\"weight\":%u}",
            2 + i);
        yq_json *command = yq_json_parse(yq_slice_text(text), 4096, &reason);
        yq_json_out_object(out, NULL);
        cr_assert_eq(yq_mock3_control(node->chain, 1, yq_json_root(command), out, &reason), YQ_OK);
        yq_json_out_end(out);
        yq_json_out_free(out);
        yq_json_free(command);
    }
    cr_assert_eq(yq_mock3_chain_seal(node->chain, 1), 1);
    node_control(node, "{\"do\":\"emit\",\"payload\":\"00\"}");
    cr_assert_eq(evidence(6), YQ_E_LIMIT);
    cr_assert_not_null(strstr(why.text, "set changes"), "%s", why.text);
}

Test(spoil, http_and_json_that_are_none)
{
    static const char *const body[] = {
        "", "{", "[]", "null", "{\"id\":0,\"result\":1}", "{\"result\":1}", "{\"id\":\"x\"}"};
    uint64_t height;
    const yq_adapter *a = yq_adapter_v1();
    for (size_t i = 0; i < YQ_ARRAY_N(body); i++) {
        node->body = body[i];
        cr_assert_eq(a->latest(session, DEADLINE_MS, &height, &why), YQ_E_UNAVAILABLE, "%zu", i);
        yq_status status = evidence(2);
        cr_assert_eq(status, YQ_E_PEER, "%zu %d", i, status);
    }
    node->body = NULL;
    node->code = 500;
    cr_assert_eq(evidence(2), YQ_E_PEER);
    cr_assert_not_null(strstr(why.text, "HTTP"), "%s", why.text);
    node->code = 0;
    spoil("getBlockNumber", NULL, "\"many\"");
    cr_assert_eq(a->latest(session, DEADLINE_MS, &height, &why), YQ_E_UNAVAILABLE);
    spoil(NULL, NULL, NULL);
    cr_assert_eq(a->latest(session, DEADLINE_MS, &height, &why), YQ_OK);
    cr_assert_eq(height, 4);
}

Test(spoil, deadlines_are_kept)
{
    yq_height_evidence e;
    const char *url = node->url;
    yq_adapter_v1()->close(session);
    open_with(&url, 1, NULL);
    node->delay_ms = 3000;
    struct timespec begin, end;
    (void)clock_gettime(CLOCK_MONOTONIC, &begin);
    cr_assert_eq(yq_adapter_v1()->evidence(session, 2, 200, &e, &why), YQ_E_TIMEOUT);
    (void)clock_gettime(CLOCK_MONOTONIC, &end);
    double ms =
        (double)(end.tv_sec - begin.tv_sec) * 1e3 + (double)(end.tv_nsec - begin.tv_nsec) / 1e6;
    cr_assert_lt(ms, 600);
    node->delay_ms = 0;
}

/* Memory that runs out at any place is told. */
Test(spoil, memory_that_runs_out_is_told)
{
    yq_height_evidence e;
    yq_status status = YQ_E_MEMORY;
    for (lent_max = 0; lent_max < 64 && status != YQ_OK; lent_max++) {
        status = yq_adapter_v1()->evidence(session, 3, DEADLINE_MS, &e, &why);
        cr_assert(status == YQ_OK || status == YQ_E_MEMORY);
        release();
    }
    cr_assert_eq(status, YQ_OK);
    cr_assert_gt(lent_max, 4);
}

/* ---- several nodes ---- */

Test(spoil, signatures_of_all_nodes_are_gathered)
{
    test_node *other = node_start(YQ_MOCK3_SUITE_SM, "spoil");
    node_control(other, "{\"do\":\"emit\",\"payload\":\"0a0b\",\"count\":3}");
    const char *both[] = {node->url, other->url};
    yq_height_evidence e;
    yq_adapter_v1()->close(session);
    open_with(both, 2, NULL);
    cr_assert_eq(yq_adapter_v1()->evidence(session, 2, DEADLINE_MS, &e, &why), YQ_OK);
    size_t whole = e.update.n;
    spoil(BLOCK, "\"signature\":\"0x", "\"signature\":\"0x00");
    cr_assert_eq(yq_adapter_v1()->evidence(session, 2, DEADLINE_MS, &e, &why), YQ_OK);
    cr_assert_eq(e.update.n, whole, "the other node's signatures are as good");
    spoil(BLOCK, "\"sealerIndex\":0", "\"sealerIndex\":999");
    cr_assert_eq(yq_adapter_v1()->evidence(session, 2, DEADLINE_MS, &e, &why), YQ_OK);
    cr_assert_eq(e.update.n, whole);
    spoil(NULL, NULL, NULL);
    node_stop(other);
}

Test(spoil, a_node_that_hangs_does_not_hold_the_others)
{
    const yq_adapter *a = yq_adapter_v1();
    test_node *other = node_start(YQ_MOCK3_SUITE_SM, "spoil");
    node_control(other, "{\"do\":\"emit\",\"payload\":\"0a0b\",\"count\":3}");
    const char *both[] = {node->url, other->url};
    yq_height_evidence e;
    const yq_check *check;
    size_t n;
    uint64_t height;
    a->close(session);
    open_with(both, 2, NULL);
    node->delay_ms = 2500;
    cr_assert_eq(a->latest(session, 4000, &height, &why), YQ_OK, "%s", why.text);
    cr_assert_eq(height, 2);
    cr_assert_eq(a->evidence(session, 2, 4000, &e, &why), YQ_OK, "%s", why.text);
    double begin = now_ms();
    for (size_t i = 0; i < 5; i++) {
        cr_assert_eq(a->evidence(session, 2, 4000, &e, &why), YQ_OK, "%s", why.text);
        cr_assert_eq(a->latest(session, 4000, &height, &why), YQ_OK);
    }
    cr_assert_lt(now_ms() - begin, 7000, "it rests; else each call would wait for two seconds");
    cr_assert_eq(a->preflight(session, 4000, &check, &n, &why), YQ_OK);
    cr_assert_eq(check[0].passed, 0, "%s", check[0].detail);
    cr_assert_eq(check[1].passed, 1, "%s", check[1].detail);
    a->close(session);
    /* it does not rest when it is needed */
    open_with(both, 2, (const char *const[]){"min_sources", "2", NULL});
    cr_assert_eq(a->latest(session, 1000, &height, &why), YQ_E_UNAVAILABLE);
    node->delay_ms = 0;
    cr_assert_eq(a->latest(session, DEADLINE_MS, &height, &why), YQ_OK, "%s", why.text);
    cr_assert_eq(height, 2, "the height that both have");
    node_stop(other);
}
