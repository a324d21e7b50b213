#include "conformance/chains/cometbft/test_broken.h"

#define SHORT_MS 400u

TestSuite(replies, .init = setup, .fini = teardown, .timeout = 120);

Test(replies, evidence_of_a_broken_node)
{
    static const struct {
        const char *method, *find, *with;
        yq_status status;
    } row[] = {
        {"commit",
         "\"chain_id\":\"city-410300-1\"",
         "\"chain_id\":\"other-1\"",
         YQ_E_CONFIG_INVALID},
        {"commit", "\"chain_id\"", "\"chain\"", YQ_E_PEER},
        {"commit", "\"signed_header\"", "\"header\"", YQ_E_PEER},
        {"commit", "\"height\":\"", "\"height\":\"1", YQ_E_PEER},
        {"commit", "\"app_hash\":\"", "\"app_hash\":\"00", YQ_E_HASH},
        {"commit", "\"app_hash\":\"", "\"app_hash\":\"x", YQ_E_TYPE},
        {"commit", "\"validators_hash\":\"", "\"validators\":\"", YQ_E_HASH},
        {"commit", "\"time\":\"20", "\"time\":\"x0", YQ_E_FIELD_MISSING},
        {"commit", "\"block_id\":{", "\"block\":{", YQ_E_FIELD_MISSING},
        {"commit", "\"signature\":\"", "\"signature\":\"*", YQ_E_NONCANONICAL},
        {"commit", "\"block_id_flag\":", "\"block_id_flag\":\"x\",\"f\":", YQ_E_TYPE},
        {"commit", "{\"jsonrpc\"", "{{\"jsonrpc\"", YQ_E_PEER},
        {"commit", "\"id\":", "\"id\":1", YQ_E_PEER},
        {"commit", "\"result\":", "\"results\":", YQ_E_PEER},
        {"commit", "{\"result\":{}}", NULL, YQ_E_PEER},
        {"validators", "\"total\":\"4\"", "\"total\":\"3\"", YQ_E_PEER},
        {"validators", "\"total\":\"4\"", "\"total\":\"5\"", YQ_E_PEER},
        {"validators", "\"total\":", "\"all\":", YQ_E_PEER},
        {"validators", "\"validators\":", "\"members\":", YQ_E_PEER},
        {"validators", "PubKeyEd25519", "PubKeyOther", YQ_E_UNSUPPORTED},
        {"validators", "\"pub_key\":", "\"key\":", YQ_E_FIELD_MISSING},
        {"validators", "\"voting_power\":\"", "\"voting_power\":\"x", YQ_E_TYPE},
        {"block_results", "\"code\":0", "\"code\":\"x\"", YQ_E_TYPE},
        {"block_results", "packet_src_channel", "packet_src", YQ_E_FIELD_MISSING},
        {"block_results", "\"value\":\"0-0\"", "\"value\":\"0\"", YQ_E_TYPE},
        {"block_results",
         "\"key\":\"packet_data_hex\",\"value\":\"",
         "\"key\":\"packet_data_hex\",\"value\":\"0",
         YQ_E_NONCANONICAL},
        {"block_results",
         "\"key\":\"packet_data_hex\",\"value\":\"",
         "\"key\":\"packet_data_hex\",\"value\":\"00",
         YQ_E_PEER},
        {"abci_query", "\"proofOps\"", "\"proofs\"", YQ_E_PROOF_TYPE},
        {"abci_query", "ics23:iavl", "iavl:v", YQ_E_PROOF_TYPE},
        {"abci_query", "\"data\":\"", "\"data\":\"*", YQ_E_NONCANONICAL},
        {"abci_query", "\"value\":\"", "\"value\":\"AAAA", YQ_E_PEER},
        {"abci_query", "\"code\":0", "\"code\":1", YQ_E_PEER},
    };
    cr_assert_eq(evidence(), YQ_OK, "%s", w->why.text);
    for (size_t i = 0; i < YQ_ARRAY_N(row); i++) {
        turn(TEST_PROXY_REPLACE, row[i].method, row[i].find, row[i].with);
        yq_status status = evidence();
        cr_expect_eq(
            status, row[i].status, "%s %s: %d %s", row[i].method, row[i].find, status, w->why.text);
        cr_expect_gt(proxy->replaced, 0, "%s %s", row[i].method, row[i].find);
    }
    turn(TEST_PROXY_PASS, "", "", "");
    cr_assert_eq(evidence(), YQ_OK, "and it goes on");
}

Test(replies, transport)
{
    static const struct {
        test_proxy_mode mode;
        yq_status status;
    } row[] = {
        {TEST_PROXY_CLOSE, YQ_E_UNAVAILABLE},
        {TEST_PROXY_404, YQ_E_PEER},
    };
    static const char *const methods[] = {"commit", "validators", "block_results", "abci_query"};
    for (size_t i = 0; i < YQ_ARRAY_N(row); i++) {
        for (size_t k = 0; k < YQ_ARRAY_N(methods); k++) {
            turn(row[i].mode, methods[k], "", "");
            cr_expect_eq(evidence(), row[i].status, "%s: %s", methods[k], w->why.text);
        }
    }
    turn(TEST_PROXY_HANG, "commit", "", "");
    yq_height_evidence e;
    cr_assert_eq(yq_adapter_v1()->evidence(session, height, SHORT_MS, &e, &w->why), YQ_E_TIMEOUT);
    turn(TEST_PROXY_PASS, "", "", "");
    test_sleep_ms(1000);
    cr_assert_eq(
        yq_adapter_v1()->evidence(session, height + 1, TEST_DEADLINE_MS, &e, &w->why),
        YQ_E_NOT_FOUND);
    turn(TEST_PROXY_REPLACE, "block_results", "{\"jsonrpc\":\"2.0\",\"id\":0,\"error\":{}}", NULL);
    cr_assert_eq(evidence(), YQ_E_PEER);
}

Test(replies, height_that_a_node_has_pruned)
{
    turn(
        TEST_PROXY_REPLACE,
        "block_results",
        "\"result\":{",
        "\"error\":{\"code\":-32603,\"data\":\"height 3 is not available, lowest height is 9\"},"
        "\"result\":{");
    cr_assert_eq(evidence(), YQ_E_UNAVAILABLE, "%s", w->why.text);
    cr_assert_not_null(strstr(w->why.text, "lowest height"));
}

/* A failed check of the preflight by its name, NULL: all passed. */
static const char *failed_check(void)
{
    const yq_check *check;
    static char name[32];
    size_t n;
    cr_assert_eq(yq_adapter_v1()->preflight(session, TEST_DEADLINE_MS, &check, &n, &w->why), YQ_OK);
    for (size_t i = 0; i < n; i++) {
        if (!check[i].passed) {
            (void)snprintf(name, sizeof name, "%s", check[i].name);
            cr_expect_str_neq(check[i].detail, "");
            test_release();
            return name;
        }
    }
    test_release();
    return NULL;
}

Test(replies, preflight_names_what_failed)
{
    static const struct {
        test_proxy_mode mode;
        const char *method, *find, *with, *check;
    } row[] = {
        {TEST_PROXY_CLOSE, "status", "", "", "endpoints"},
        {TEST_PROXY_REPLACE, "status", "latest_block_height", "height", "endpoints"},
        {TEST_PROXY_REPLACE, "status", "city-410300-1", "other-1", "chain-id"},
        {TEST_PROXY_REPLACE, "status", "\"catching_up\":false", "\"catching_up\":true", "sync"},
        {TEST_PROXY_REPLACE, "status", "\"tx_index\":\"on\"", "\"tx_index\":\"off\"", "tx-index"},
        {TEST_PROXY_REPLACE,
         "status",
         "\"latest_block_time\":\"2",
         "\"latest_block_time\":\"9",
         "time"},
        {TEST_PROXY_REPLACE, "commit", "\"app_hash\":\"", "\"app_hash\":\"00", "header"},
        {TEST_PROXY_CLOSE, "validators", "", "", "validators"},
        {TEST_PROXY_REPLACE, "abci_query", "\"proofOps\":{", "\"proofs\":{", "proofs"},
        {TEST_PROXY_CLOSE, "abci_query", "", "", "proofs"},
    };
    cr_assert_null(failed_check());
    for (size_t i = 0; i < YQ_ARRAY_N(row); i++) {
        turn(row[i].mode, row[i].method, row[i].find, row[i].with);
        const char *name = failed_check();
        cr_assert_not_null(name, "%s %s", row[i].method, row[i].find);
        cr_expect_str_eq(name, row[i].check, "%s %s", row[i].method, row[i].find);
    }
    turn(TEST_PROXY_PASS, "", "", "");
    const char *endpoint = proxy->url;
    void *kept = session;
    session = test_open(w, &endpoint, 1, (const char *const[]){"inbox", "yuqiao/channel-9", NULL});
    cr_expect_str_eq(failed_check(), "inbox");
    yq_adapter_v1()->close(session);
    session = test_open(w, &endpoint, 1, (const char *const[]){NULL});
    cr_expect_str_eq(failed_check(), "inbox");
    yq_slice reference;
    cr_expect_eq(
        yq_adapter_v1()->submit(session, yq_slice_text("x"), TEST_DEADLINE_MS, &reference, &w->why),
        YQ_E_UNSUPPORTED);
    yq_adapter_v1()->close(session);
    session = kept;
}

Test(replies, deliveries)
{
    const yq_adapter *a = yq_adapter_v1();
    yq_slice reference;
    yq_receipt_view view = {0};
    static const struct {
        const char *find, *with;
        yq_status status;
    } row[] = {
        {"\"code\":0", "\"code\":3", YQ_E_PEER},
        {"\"code\":0", "\"nocode\":0", YQ_E_PEER},
        {"\"hash\":\"",
         "\"hash\":\"0000000000000000000000000000000000000000000000000000000000000000\",\"x\":\"",
         YQ_E_PEER},
        {"\"hash\":", "\"h\":", YQ_E_PEER},
        {"\"result\":{",
         "\"error\":{\"code\":-32603,\"data\":\"mempool is full\"},\"result\":{",
         YQ_E_PEER},
        {"\"result\":{",
         "\"error\":{\"code\":-32603,\"data\":\"tx already exists in cache\"},\"result\":{",
         YQ_OK},
    };
    for (size_t i = 0; i < YQ_ARRAY_N(row); i++) {
        turn(TEST_PROXY_REPLACE, "broadcast_tx_sync", row[i].find, row[i].with);
        cr_expect_eq(
            a->submit(session, yq_slice_text("x"), TEST_DEADLINE_MS, &reference, &w->why),
            row[i].status,
            "%s: %s",
            row[i].with,
            w->why.text);
        cr_expect_gt(proxy->replaced, 0);
    }
    test_program_wait(&w->program, "waiting", 0);
    uint8_t kept[40];
    cr_assert_eq(reference.n, sizeof kept);
    memcpy(kept, reference.p, sizeof kept);
    static const char *const broken[][2] = {
        {"\"tx_result\":", "\"other\":"},
        {"\"height\":\"", "\"height\":\"x"},
        {"\"code\":", "\"code\":\"x\",\"c\":"},
    };
    for (size_t i = 0; i < YQ_ARRAY_N(broken); i++) {
        turn(TEST_PROXY_REPLACE, "tx", broken[i][0], broken[i][1]);
        cr_expect_eq(
            a->receipt(session, YQ_SLICE_OF(kept), TEST_DEADLINE_MS, &view, &w->why), YQ_E_PEER);
    }
    turn(TEST_PROXY_PASS, "", "", "");
    cr_assert_eq(a->receipt(session, YQ_SLICE_OF(kept), TEST_DEADLINE_MS, &view, &w->why), YQ_OK);
    cr_assert_eq(view.state, YQ_SUBMIT_FAILED, "the inbox reads no such delivery");
    test_release();
}

Test(replies, transactions_that_no_node_has)
{
    const yq_adapter *a = yq_adapter_v1();
    yq_receipt_view view = {0};
    uint8_t reference[40] = {1};
    cr_assert_eq(
        a->receipt(session, YQ_SLICE_OF(reference), TEST_DEADLINE_MS, &view, &w->why), YQ_OK);
    cr_assert_eq(view.state, YQ_SUBMIT_LOST, "its last height is over");
    turn(TEST_PROXY_REPLACE, "status", "\"tx_index\":\"on\"", "\"tx_index\":\"off\"");
    cr_assert_eq(
        a->receipt(session, YQ_SLICE_OF(reference), TEST_DEADLINE_MS, &view, &w->why), YQ_OK);
    cr_assert_eq(view.state, YQ_SUBMIT_PENDING, "a node without index does not know");
    turn(TEST_PROXY_PASS, "", "", "");
    reference[36] = 1;
    cr_assert_eq(
        a->receipt(session, YQ_SLICE_OF(reference), TEST_DEADLINE_MS, &view, &w->why), YQ_OK);
    cr_assert_eq(view.state, YQ_SUBMIT_PENDING);
    cr_assert_eq(
        a->receipt(session, yq_slice_of(reference, 39), TEST_DEADLINE_MS, &view, &w->why),
        YQ_E_LEN);
    test_release();
}
