/* What is proven at which height. */
#include "conformance/chains/cometbft/test_broken.h"

TestSuite(scan, .init = setup, .fini = teardown, .timeout = 120);

/* Other people's packets must not stop the scan, whatever is in them. */
Test(scan, packets_that_no_one_can_read)
{
    static const struct {
        const char *find, *with;
        const char *emitters; /* NULL: all */
        yq_status status;
    } row[] = {
        {"\"packet_data_hex\"", "\"other\"", NULL, YQ_OK}, /* of a module that is not IBC's */
        {"\"value\":\"0-0\"", "\"value\":\"0\"", NULL, YQ_E_TYPE},
        {"\"value\":\"0-0\"", "\"value\":\"0\"", "yuqiao/channel-0", YQ_E_TYPE},
        {"\"value\":\"0-0\"", "\"value\":\"0\"", "yuqiao/channel-1", YQ_OK},
        {"packet_src_port\",\"value\":\"",
         "packet_src_port\",\"value\":\"x",
         "yuqiao/channel-0",
         YQ_OK},
        {"packet_src_port\",\"value\":\"yuqiao\"", "packet_src_port\",\"value\":\"\"", NULL, YQ_OK},
        {"packet_sequence\",\"value\":\"",
         "packet_sequence\",\"value\":\"0\",\"x\":\"",
         NULL,
         YQ_OK},
    };
    const char *endpoint = proxy->url;
    for (size_t i = 0; i < YQ_ARRAY_N(row); i++) {
        yq_height_evidence e = {0};
        const char *const option[] = {
            row[i].emitters == NULL ? NULL : "emitters", row[i].emitters, NULL};
        void *other = test_open(w, &endpoint, 1, option);
        turn(TEST_PROXY_REPLACE, "block_results", row[i].find, row[i].with);
        yq_status status = yq_adapter_v1()->evidence(other, height, TEST_DEADLINE_MS, &e, &w->why);
        cr_expect_eq(status, row[i].status, "%zu: %d %s", i, status, w->why.text);
        cr_expect_gt(proxy->replaced, 0);
        cr_expect_eq(e.event_n, 0);
        yq_adapter_v1()->close(other);
        test_release();
    }
}

Test(scan, only_wanted_emitters_are_proven)
{
    const char *endpoint = proxy->url;
    const yq_adapter *a = yq_adapter_v1();
    yq_height_evidence e;
    void *other = test_open(
        w, &endpoint, 1, (const char *const[]){"emitters", "x/y,yuqiao/channel-00", NULL});
    cr_assert_eq(a->evidence(other, height, TEST_DEADLINE_MS, &e, &w->why), YQ_OK);
    cr_assert_eq(e.event_n, 0);
    a->close(other);
    other =
        test_open(w, &endpoint, 1, (const char *const[]){"emitters", "x/y,yuqiao/channel-0", NULL});
    cr_assert_eq(a->evidence(other, height, TEST_DEADLINE_MS, &e, &w->why), YQ_OK);
    cr_assert_eq(e.event_n, 1);
    a->close(other);
    test_release();
}

Test(scan, nothing_is_proven_below_the_anchor)
{
    const char *endpoint = proxy->url;
    char number[24];
    yq_height_evidence e;
    const yq_adapter *a = yq_adapter_v1();
    for (uint64_t anchor = height; anchor <= height + 1; anchor++) {
        (void)yq_decimal_encode(number, anchor);
        void *other =
            test_open(w, &endpoint, 1, (const char *const[]){"anchor_height", number, NULL});
        cr_assert_eq(a->evidence(other, height, TEST_DEADLINE_MS, &e, &w->why), YQ_OK);
        cr_expect_eq(e.event_n, anchor == height ? 1 : 0, "the anchor's own header proves");
        cr_expect_eq(e.update.n > 0, anchor == height);
        a->close(other);
        test_release();
    }
}

Test(scan, anchors)
{
    static const struct {
        const char *key, *value;
        int newest; /* 1: not the first block */
    } row[] = {
        {"update_every", "1", 0},
        {"anchor_height", "3", 1},
        {"trusting_period_s", "1", 1}, /* half a second is over */
    };
    const char *endpoint = proxy->url;
    test_sleep_ms(600);
    for (size_t i = 0; i < YQ_ARRAY_N(row); i++) {
        yq_slice anchor;
        yq_client_view view = {0};
        void *other =
            test_open(w, &endpoint, 1, (const char *const[]){row[i].key, row[i].value, NULL});
        test_client *client = test_client_new(yq_verifier_cometbft());
        client->now_ms = test_wall_ms(NULL);
        cr_assert_eq(yq_adapter_v1()->anchor(other, TEST_DEADLINE_MS, &anchor, &w->why), YQ_OK);
        cr_assert_eq(test_client_init(client, anchor), YQ_OK, "%s", client->why.text);
        cr_assert_eq(
            client->verifier->describe(
                test_client_begin(client, 0), test_client_state(client), &view, &w->why),
            YQ_OK);
        cr_expect_eq(view.height > 1, row[i].newest, "%s", row[i].key);
        yq_adapter_v1()->close(other);
        test_client_free(client);
        test_release();
    }
}
