#include "adapters/evm/test_account.h"

TestSuite(preflight, .init = setup, .fini = teardown);

static const yq_check *check_of(const char *name, const yq_check *check, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(check[i].name, name) == 0) {
            return &check[i];
        }
    }
    return NULL;
}

/* One check fails, with these words; the others do not change. */
static void fails(const char *name, const char *word)
{
    const yq_check *check;
    size_t n;
    cr_assert_eq(a->preflight(session, TEST_DEADLINE_MS, &check, &n, &why), YQ_OK);
    const yq_check *one = check_of(name, check, n);
    cr_assert_not_null(one, "%s", name);
    cr_expect_eq(one->passed, word == NULL, "%s: %s", name, one->detail);
    cr_expect(word == NULL || strstr(one->detail, word) != NULL, "%s: %s", name, one->detail);
    test_release();
}

static void with_says(const char *method, const char *members, const char *name, const char *word)
{
    for (size_t i = 0; i < 2; i++) {
        test_say(node[i], method, NULL, members);
    }
    fails(name, word);
    for (size_t i = 0; i < 2; i++) {
        node[i]->says_n--;
    }
}

Test(preflight, names_what_to_mend, .timeout = 60)
{
    static const char *const good[] = {
        "endpoints",
        "version",
        "chain-id",
        "network",
        "syncing",
        "peers",
        "anchor",
        "consensus",
        "validators",
        "time",
        "account",
        "fees",
        "inbox"};
    for (size_t i = 0; i < 2; i++) {
        test_say(node[i], "web3_clientVersion", NULL, "\"result\":\"besu/v24.1.0\"");
        test_say(node[i], "net_version", NULL, "\"result\":\"2018\"");
        test_say(node[i], "net_peerCount", NULL, "\"result\":\"0x3\"");
        test_say(node[i], "eth_syncing", NULL, "\"result\":false");
        test_say(node[i], "eth_getCode", NULL, "\"result\":\"0x6001\"");
    }
    open_with(NULL, NULL);
    for (size_t i = 0; i < YQ_ARRAY_N(good); i++) {
        fails(good[i], NULL);
    }
    with_says("net_peerCount", "\"result\":\"0x0\"", "peers", "alone");
    with_says("eth_syncing", "\"result\":{\"currentBlock\":\"0x1\"}", "syncing", "wait");
    with_says("eth_getCode", "\"result\":\"0x\"", "inbox", "deploy the inbox");
    with_says("eth_gasPrice", "\"result\":\"0xffffffffffff\"", "fees", "above fee_max");
    with_says("web3_clientVersion", "\"result\":7", "version", "");
    with_says("net_version", "\"error\":{\"code\":-32601,\"message\":\"x\"}", "network", "-32601");
    with_says("eth_chainId", "\"result\":\"0x1\"", "chain-id", "of chain 1");
    test_say(node[1], "eth_blockNumber", NULL, "\"error\":{\"code\":-1,\"message\":\"gone\"}");
    fails("endpoints", "gone");
    node[1]->says_n--;
    char *late = test_file_members(node[0], "b15");
    char *time_ = strstr(late, "\"timestamp\":\"0x");
    cr_assert_not_null(time_);
    time_[15] = '7'; /* the hash does not fit any more: the header is not read */
    with_says("eth_getBlockByNumber", late, "anchor", "hash");
    with_says("eth_getBlockByNumber", late, "consensus", "hash");
    free(late);
    a->close(session);
    (void)unlink(key_file);
    open_with(NULL, NULL);
    fails("account", "");
    a->close(session);
    session = test_session(node, 1, NULL);
    fails("inbox", "only reads");
}

static uint64_t early_ms(void *self)
{
    (void)self;
    return UINT64_C(1795436080000); /* 61 seconds before the latest block */
}

Test(preflight, sees_a_clock_that_is_off)
{
    session = test_session(node, 1, NULL);
    yq_evma_session *s = session;
    fails("time", NULL);
    s->host.now_ms = early_ms;
    fails("time", "ahead of this clock");
}
