/* Deliveries and the preflight, with a node that does not do its part. */
#include "conformance/chains/fisco-bcos-3/test_spoil.h"

TestSuite(calls, .init = setup, .fini = teardown, .timeout = 60);

/* ---- deliveries ---- */

static yq_slice keep(yq_slice reference, uint8_t room[40])
{
    cr_assert_eq(reference.n, 40);
    memcpy(room, reference.p, 40);
    return yq_slice_of(room, 40);
}

Test(calls, an_answer_that_is_lost_is_no_failure)
{
    const yq_adapter *a = yq_adapter_v1();
    yq_slice reference, delivery = yq_slice_text("not for anybody");
    uint8_t room[40];
    yq_receipt_view view;
    node->drops_answer = 1;
    cr_assert_eq(a->submit(session, delivery, 3000, &reference, &why), YQ_OK, "%s", why.text);
    reference = keep(reference, room);
    node->drops_answer = 0;
    cr_assert_eq(a->receipt(session, reference, DEADLINE_MS, &view, &why), YQ_OK);
    cr_assert_eq(view.state, YQ_SUBMIT_FAILED, "taken; the address has no contract");
    cr_assert_not_null(strstr(view.text, "status 19"), "%s", view.text);

    spoil(RECEIPT, NULL, NULL);
    node->body = "{"; /* an answer that is none does not say that there is no receipt */
    cr_assert_eq(a->receipt(session, reference, DEADLINE_MS, &view, &why), YQ_E_PEER);
    node->body = NULL;
    spoil(RECEIPT, NULL, "{}");
    cr_assert_eq(a->receipt(session, reference, DEADLINE_MS, &view, &why), YQ_E_PEER);
    spoil(RECEIPT, NULL, "null");
    cr_assert_eq(a->receipt(session, reference, DEADLINE_MS, &view, &why), YQ_OK);
    cr_assert_eq(view.state, YQ_SUBMIT_PENDING);
    uint64_t limit = 0;
    for (size_t i = 32; i < 40; i++) {
        limit = limit << 8 | reference.p[i];
    }
    cr_assert_eq(limit, 504);
    node->height = limit;
    cr_assert_eq(a->receipt(session, reference, DEADLINE_MS, &view, &why), YQ_OK);
    cr_assert_eq(view.state, YQ_SUBMIT_PENDING, "the limit itself is still good");
    node->height = limit + 1;
    cr_assert_eq(a->receipt(session, reference, DEADLINE_MS, &view, &why), YQ_OK);
    cr_assert_eq(view.state, YQ_SUBMIT_LOST);
    spoil(NULL, NULL, NULL);
    room[0] ^= 1; /* one that the node never saw: it answers with an error */
    cr_assert_eq(a->receipt(session, reference, DEADLINE_MS, &view, &why), YQ_OK);
    cr_assert_eq(view.state, YQ_SUBMIT_LOST);
    cr_assert_eq(a->receipt(session, yq_slice_of(room, 39), DEADLINE_MS, &view, &why), YQ_E_LEN);
}

/* The first node takes it and is silent; the second, which is the same chain, says that it has it.
 */
Test(calls, another_node_is_asked_when_one_is_silent)
{
    char alias[80];
    const char *both[] = {node->url, alias};
    yq_slice reference;
    uint8_t room[40];
    yq_receipt_view view;
    (void)snprintf(alias, sizeof alias, "%s/", node->url);
    yq_adapter_v1()->close(session);
    open_with(both, 2, NULL);
    node->drops_answer = 1;
    yq_status status =
        yq_adapter_v1()->submit(session, yq_slice_text("not for anybody"), 7000, &reference, &why);
    cr_assert_eq(status, YQ_OK, "%s", why.text);
    cr_assert_not_null(strstr(why.text, "TxAlreadyInChain"), "%s", why.text);
    reference = keep(reference, room);
    cr_assert_eq(yq_adapter_v1()->receipt(session, reference, DEADLINE_MS, &view, &why), YQ_OK);
    cr_assert_eq(view.state, YQ_SUBMIT_FAILED);
    cr_assert_eq(yq_mock3_height(node->chain), 5);
}

Test(calls, a_delivery_that_is_refused_is_named)
{
    const yq_adapter *a = yq_adapter_v1();
    yq_slice reference, delivery = yq_slice_text("not for anybody");
    node->height = 700; /* the block limit is then too far above the true one */
    cr_assert_eq(a->submit(session, delivery, DEADLINE_MS, &reference, &why), YQ_E_PEER);
    cr_assert_not_null(strstr(why.text, "10001 BlockLimitCheckFail"), "%s", why.text);
    node->height = 0;
    spoil("sendTransaction", NULL, "{\"status\":10002}");
    cr_assert_eq(a->submit(session, delivery, DEADLINE_MS, &reference, &why), YQ_E_PEER);
    cr_assert_not_null(strstr(why.text, "10002"), "%s", why.text);
    spoil("sendTransaction", NULL, "{\"status\":0}");
    cr_assert_eq(a->submit(session, delivery, DEADLINE_MS, &reference, &why), YQ_E_PEER);
    cr_assert_not_null(strstr(why.text, "another transaction"), "%s", why.text);
    spoil(
        "sendTransaction",
        NULL,
        "{\"status\":0,\"transactionHash\":"
        "\"0x1111111111111111111111111111111111111111111111111111111111111111\"}");
    cr_assert_eq(a->submit(session, delivery, DEADLINE_MS, &reference, &why), YQ_E_PEER);
    const char *both[] = {node->url, "http://127.0.0.1:1"};
    a->close(session);
    open_with(both, 2, NULL);
    spoil("sendTransaction", NULL, "{\"status\":10002}");
    cr_assert_eq(
        a->submit(session, delivery, DEADLINE_MS, &reference, &why),
        YQ_E_UNAVAILABLE,
        "one refuses it, the other never had it");
    spoil(NULL, NULL, NULL);
    unsigned calls = node->calls;
    cr_assert_eq(
        a->submit(
            session,
            yq_slice_text("0x6849f21d1e455e9f0712b1e99fa4fcd23758e8f1"),
            DEADLINE_MS,
            &reference,
            &why),
        YQ_E_NONCANONICAL);
    cr_assert_leq(node->calls, calls, "it is not sent");
    uint64_t height = yq_mock3_height(node->chain);
    cr_assert_eq(height, 8, "four of all these were taken, and answered with nonsense");
    node_stop(node);
    node = NULL;
    cr_assert_eq(a->submit(session, delivery, DEADLINE_MS, &reference, &why), YQ_E_UNAVAILABLE);
    a->close(session);
    const char *url = "127.0.0.1:1";
    const yq_adapter_config config = {TEST_CHAIN, &url, 1, NULL, 0};
    cr_assert_eq(a->open(&host, &config, &session, &why), YQ_OK);
    cr_assert_eq(a->submit(session, delivery, DEADLINE_MS, &reference, &why), YQ_E_UNSUPPORTED);
}

/* ---- preflight ---- */

static int passed(const char *name)
{
    const yq_check *check;
    size_t n;
    release();
    cr_assert_eq(yq_adapter_v1()->preflight(session, DEADLINE_MS, &check, &n, &why), YQ_OK);
    for (size_t i = 0; i < n; i++) {
        if (strcmp(check[i].name, name) == 0) {
            cr_assert_gt(strlen(check[i].detail), 0);
            return check[i].passed;
        }
    }
    return -1;
}

Test(calls, preflight_tells_what_is_missing)
{
    static const struct {
        const char *method, *from, *to, *check;
    } bad[] = {
        {"getBlockNumber", NULL, "null", "endpoints"},
        {INFO, NULL, "null", "group"},
        {INFO, "\\\"isAuthCheck\\\":false", "\\\"isAuthCheck\\\":true", "operators"},
        {"getSystemConfigByKey", "3.3.0", "3.0.0", "version"},
        {"getSystemConfigByKey", "3.3.0", "3.17.0", "version"},
        {"getSystemConfigByKey", "3.3.0", "four", "version"},
        {BLOCK, "\"timestamp\":1700000000000", "\"timestamp\":1700000000001", "anchor"},
        {BLOCK, "\"timestamp\":1700000", "\"timestamp\":1900000", "time"},
        {"getSealerList", NULL, "[1,2,3]", "sealers"},
    };
    static const char *const good[] = {
        "endpoints",
        "group",
        "suite",
        "version",
        "anchor",
        "sealers",
        "operators",
        "time",
        "account"};
    for (size_t i = 0; i < YQ_ARRAY_N(good); i++) {
        cr_assert_eq(passed(good[i]), 1, "%s", good[i]);
    }
    cr_assert_eq(passed("inbox"), 0, "nothing is deployed there");
    for (size_t i = 0; i < YQ_ARRAY_N(bad); i++) {
        spoil(bad[i].method, bad[i].from, bad[i].to);
        cr_assert_eq(passed(bad[i].check), 0, "%zu", i);
        spoil(NULL, NULL, NULL);
        cr_assert_eq(passed(bad[i].check), 1, "%zu", i);
    }
    write_key(YQ_SIG_SECP256K1_DIGEST);
    const char *url = node->url;
    yq_adapter_v1()->close(session);
    open_with(&url, 1, (const char *const[]){"tx_version", "1", NULL});
    cr_assert_eq(passed("account"), 0, "a key of the other suite");
    cr_assert_eq(passed("version"), 0, "3.3 takes no transactions of version 1");
    node_stop(node);
    node = NULL;
    cr_assert_eq(passed("endpoints"), 0);
    cr_assert_eq(passed("group"), 0);
}
