#include "conformance/chains/xinghuo/test_proxy.h"
#include "conformance/chains/xinghuo/test_world.h"

#define HISTORY "/getTransactionHistory?ledger"
#define HEADER  "/getLedger"
#define PROOF   "/getLedger?seq="
#define SEND                                                                                       \
    "{\"do\":\"send\",\"service\":\"a\",\"dst_chain\":\"city-410100\",\"dst_service\":\"b\","      \
    "\"payload\":\"01\"}"

static test_world *w;
static test_proxy *proxy;
static uint64_t height; /* of a ledger with a packet */
static void *session;   /* behind the proxy */

static void setup(void)
{
    (void)signal(SIGPIPE, SIG_IGN);
    w = test_world_new("ed25519", "1");
    test_do(w, SEND);
    test_program_wait(&w->program, "waiting", 0);
    height = test_program_number(&w->program, "{\"do\":\"status\"}", "height") - 1;
    proxy = test_proxy_start(w->program.endpoint, NULL);
    const char *endpoint = proxy->url;
    session = test_session(w, &endpoint, 1, (const char *const[]){NULL});
}

static void teardown(void)
{
    yq_adapter_v1()->close(session);
    test_proxy_stop(proxy);
    test_world_free(w);
}

TestSuite(spoil, .init = setup, .fini = teardown, .timeout = 120);

static void turn(const char *path, const char *find, const char *with)
{
    proxy->path = path;
    proxy->find = find;
    proxy->with = with;
    proxy->replaced = 0;
}

static yq_status evidence(void)
{
    yq_height_evidence e;
    w->why = (yq_fault){0};
    yq_status status = yq_adapter_v1()->evidence(session, height, TEST_DEADLINE_MS, &e, &w->why);
    if (status == YQ_OK) {
        cr_expect(e.update.n > 0 && e.event_n == 1);
    } else {
        cr_expect_eq(w->why.status, (int32_t)status);
        cr_expect_str_neq(w->why.text, "");
    }
    test_release();
    return status;
}

Test(spoil, a_node_that_lies_or_is_broken)
{
    static const struct {
        const char *path, *find, *with;
        yq_status status;
    } row[] = {
        {HEADER, "\"error_code\":0", "\"error_code\":1", YQ_E_PEER},
        {HEADER, "\"error_code\":0", "\"error_code\":4", YQ_E_NOT_FOUND},
        {HEADER, "\"error_code\"", "\"code\"", YQ_E_PEER},
        {HEADER, "\"result\":{", "\"result\":[],\"r\":{", YQ_E_PEER},
        {HEADER, "{\"result\"", "{{\"result\"", YQ_E_PEER},
        {HEADER, "\"seq\":", "\"seq\":1", YQ_E_PEER},
        {HEADER, "\"seq\":", "\"s\":", YQ_E_PEER},
        {HEADER, "\"close_time\":", "\"time\":", YQ_E_PEER},
        {HEADER, "\"hash\":\"", "\"hash\":\"00", YQ_E_PEER},
        {HEADER, "\"consensus_value_hash\":\"", "\"consensus_value_hash\":\"x", YQ_E_PEER},
        {HEADER, "\"validators_hash\"", "\"validators\"", YQ_E_PEER},
        {PROOF, "\"previous_proof\":\"0a", "\"previous_proof\":\"", YQ_E_TYPE},
        {PROOF, "\"previous_proof\"", "\"proof\"", YQ_E_PEER},
        {PROOF, "\"previous_proof\":\"", "\"previous_proof\":\"zz", YQ_E_PEER},
        {HISTORY, "\"total_count\":2", "\"total_count\":3", YQ_E_PEER},
        {HISTORY, "\"total_count\":2", "\"total_count\":1", YQ_E_PEER},
        {HISTORY, "\"total_count\"", "\"count\"", YQ_E_PEER},
        {HISTORY, "\"ledger_seq\":", "\"ledger_seq\":1", YQ_E_PEER},
        {HISTORY, "\"error_code\":0", "\"error\":0", YQ_E_PEER},
        {HISTORY, "\"hash\":\"", "\"hash\":\"00", YQ_E_PEER},
        {HISTORY, "\"contract_tx_hashes\":[\"", "\"contract_tx_hashes\":[\"00", YQ_E_PEER},
        {HISTORY, "\"contract_tx_hashes\":[", "\"contract_tx_hashes\":[1,", YQ_E_PEER},
        {HISTORY, "\"type\":8", "\"type\":\"x\"", YQ_E_PEER},
        {HISTORY, "\"topic\":\"Yuqiao\"", "\"topic\":\"\"", YQ_E_PEER},
        {HISTORY, "\"topic\":\"Yuqiao\"", "\"topic\":1", YQ_E_PEER},
        {HISTORY, "\"datas\":[\"", "\"datas\":[1,\"", YQ_E_PEER},
        {HISTORY, "\"datas\":[\"", "\"data\":[\"", YQ_E_PEER},
        /* what attesters at another node do not see */
        {HISTORY, "\"topic\":\"Yuqiao\"", "\"topic\":\"Yuqia\"", YQ_E_SOURCE_DISAGREE},
        {HISTORY, "\"datas\":[\"00", "\"datas\":[\"01", YQ_E_SOURCE_DISAGREE},
        {HISTORY, "\"contract_tx_hashes\":[\"", "\"c\":[],\"contract_tx_hashes\":[\"", YQ_OK},
    };
    cr_assert_eq(evidence(), YQ_OK, "%s", w->why.text);
    for (size_t i = 0; i < YQ_ARRAY_N(row); i++) {
        turn(row[i].path, row[i].find, row[i].with);
        yq_status status = evidence();
        cr_expect_eq(
            status, row[i].status, "%s %s: %d %s", row[i].path, row[i].find, status, w->why.text);
        cr_expect_gt(proxy->replaced, 0, "%s %s", row[i].path, row[i].find);
    }
    turn(HISTORY, NULL, NULL);
    cr_expect_eq(evidence(), YQ_E_UNAVAILABLE, "no answer");
    turn(NULL, NULL, NULL);
    cr_assert_eq(evidence(), YQ_OK, "and it goes on");
}

/* A log that the ledger's list does not hold is asked for by its hash. */
Test(spoil, a_child_that_is_asked_for)
{
    static char hash[65], find[96];
    char path[128];
    (void)snprintf(path, sizeof path, HISTORY "_seq=%u", (unsigned)height);
    /* The second entry's own hash is hidden in the list, so that it is not found there. */
    test_proxy_forward(proxy, path, NULL);
    const char *at = strstr(proxy->room, "\"contract_tx_hashes\":[\"");
    cr_assert_not_null(at);
    (void)snprintf(hash, sizeof hash, "%.64s", at + strlen("\"contract_tx_hashes\":[\""));
    (void)snprintf(find, sizeof find, "\"hash\":\"%s\"", hash);
    turn(HISTORY, find, "\"hash\":\"\"");
    cr_assert_eq(evidence(), YQ_OK, "%s", w->why.text);
    cr_assert_gt(proxy->replaced, 0);
    turn("/getTransactionHistory?hash=", "\"ledger_seq\":", "\"ledger_seq\":1");
    cr_assert_eq(evidence(), YQ_OK, "it is in the list, and not asked for");
}

static yq_status submit(void)
{
    yq_packet p = test_call(w->hub->n + 1, "service");
    uint64_t index = test_append(w->hub, &p);
    yq_slice reference;
    w->why = (yq_fault){0};
    yq_status status = yq_adapter_v1()->submit(
        session, test_delivery(w->hub, &index, 1), TEST_DEADLINE_MS, &reference, &w->why);
    test_release();
    return status;
}

Test(spoil, deliveries_at_a_broken_node)
{
    static const struct {
        const char *path, *find, *with;
        yq_status status;
    } row[] = {
        {"/getAccountBase", "\"error_code\":0", "\"error_code\":4", YQ_E_NOT_FOUND},
        {"/submitTransaction", "\"error_code\":0", "\"error_code\":99", YQ_E_PEER},
        {"/submitTransaction", "\"hash\":\"", "\"hash\":\"00", YQ_E_PEER},
        {"/submitTransaction", "{\"results\":[]}", NULL, YQ_E_PEER},
    };
    for (size_t i = 0; i < YQ_ARRAY_N(row); i++) {
        turn(row[i].path, row[i].find, row[i].with);
        yq_status status = submit();
        cr_expect_eq(status, row[i].status, "%s: %d %s", row[i].path, status, w->why.text);
        test_program_wait(&w->program, "waiting", 0);
    }
    /* An answer that is lost is no failure: the reference serves to ask. */
    turn("/submitTransaction", NULL, NULL);
    cr_expect_eq(submit(), YQ_OK, "%s", w->why.text);
    turn(NULL, NULL, NULL);
    cr_expect_eq(submit(), YQ_OK, "%s", w->why.text);
}

/* Each member in which nodes can differ is compared. */
Test(spoil, nodes_that_differ_in_one_member)
{
    static const char *const member[] = {
        "\"hash\":\"", "\"consensus_value_hash\":\"", "\"validators_hash\":\"", "\"close_time\":"};
    const char *const both[] = {w->program.endpoint, proxy->url};
    void *alone = session;
    session = test_session(w, both, 2, (const char *const[]){NULL});
    cr_assert_eq(evidence(), YQ_OK, "%s", w->why.text);
    for (size_t i = 0; i < YQ_ARRAY_N(member); i++) {
        static char find[64], with[64];
        size_t n = strlen(member[i]);
        char path[64];
        /* Its first digit, whatever it is, becomes another. */
        (void)snprintf(path, sizeof path, "/getLedger?seq=%u", (unsigned)height);
        turn(NULL, NULL, NULL);
        test_proxy_forward(proxy, path, NULL);
        const char *at = strstr(proxy->room, member[i]);
        cr_assert_not_null(at);
        (void)snprintf(find, sizeof find, "%.*s", (int)n + 1, at);
        (void)snprintf(with, sizeof with, "%s%c", member[i], at[n] == '1' ? '2' : '1');
        turn(HEADER, find, with);
        cr_expect_eq(evidence(), YQ_E_SOURCE_DISAGREE, "%s: %s", member[i], w->why.text);
        cr_expect_gt(proxy->replaced, 0);
    }
    turn(NULL, NULL, NULL);
    cr_assert_eq(evidence(), YQ_OK, "%s", w->why.text);
    yq_adapter_v1()->close(session);
    session = alone;
}
