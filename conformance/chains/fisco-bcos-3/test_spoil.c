/* A node that answers wrongly, late or not at all: each is named. */
#include "conformance/chains/fisco-bcos-3/test_spoil.h"

static void *lent[8192];
static size_t lent_n, lent_max = YQ_ARRAY_N(lent);
static test_node *node;
static void *session;
static yq_fault why;
static char key_file[512];

static void *lend(void *self, size_t size)
{
    (void)self;
    if (lent_n >= lent_max) {
        return NULL;
    }
    lent[lent_n] = calloc(1, size);
    return lent[lent_n++];
}

static void release(void)
{
    while (lent_n > 0) {
        free(lent[--lent_n]);
    }
}

static void tell(void *self, int level, const char *text)
{
    (void)self;
    (void)level;
    (void)text;
}

static uint64_t wall_ms(void *self)
{
    (void)self;
    return UINT64_C(1795000000000);
}

static const yq_adapter_host host = {
    .size = sizeof host,
    .abi_major = YQ_ADAPTER_ABI_MAJOR,
    .alloc = lend,
    .log = tell,
    .now_ms = wall_ms,
};

static void open_with(const char *const *url, size_t n, const char *const *more)
{
    yq_option options[12] = {
        {"operators", "0x1111111111111111111111111111111111111111"},
        {"inbox", "0x2222222222222222222222222222222222222222"},
        {"account_key", key_file},
        {"nudge_ms", "0"}};
    size_t option_n = 4;
    for (; more != NULL && more[0] != NULL; more += 2) {
        options[option_n++] = (yq_option){more[0], more[1]};
    }
    const yq_adapter_config config = {TEST_CHAIN, url, n, options, option_n};
    cr_assert_eq(yq_adapter_v1()->open(&host, &config, &session, &why), YQ_OK, "%s", why.text);
}

static void write_key(yq_sig_alg alg)
{
    yq_key *key = yq_key_generate(alg);
    (void)snprintf(key_file, sizeof key_file, YQ_BINARY_DIR "/tests/spoil-key.%d", getpid());
    (void)unlink(key_file);
    cr_assert_eq(yq_key_write(key, key_file, NULL, &why), YQ_OK, "%s", why.text);
    yq_key_free(key);
}

static void setup(void)
{
    node = node_start(YQ_MOCK3_SUITE_SM, "spoil");
    node_control(node, "{\"do\":\"emit\",\"payload\":\"0a0b\",\"count\":3}"); /* 1 and 2 */
    node_control(node, "{\"do\":\"sealers\",\"method\":\"add\",\"node\":1,\"weight\":1}"); /* 3 */
    node_control(node, "{\"do\":\"emit\",\"payload\":\"0a0b\",\"count\":1}");              /* 4 */
    write_key(YQ_SIG_SM2_MESSAGE);
    const char *url = node->url;
    open_with(&url, 1, NULL);
}

static void teardown(void)
{
    yq_adapter_v1()->close(session);
    release();
    if (node != NULL) {
        node_stop(node);
    }
    (void)unlink(key_file);
}

TestSuite(spoil, .init = setup, .fini = teardown, .timeout = 60);

static yq_status evidence(uint64_t height)
{
    yq_height_evidence e;
    release();
    return yq_adapter_v1()->evidence(session, height, DEADLINE_MS, &e, &why);
}

static void spoil(const char *method, const char *from, const char *to)
{
    node->method = method;
    node->from = from;
    node->to = to;
}

static double now_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

#define BLOCK   "getBlockByNumber"
#define RECEIPT "getTransactionReceipt"
#define INFO    "getGroupInfo"

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

/* ---- deliveries ---- */

static yq_slice keep(yq_slice reference, uint8_t room[40])
{
    cr_assert_eq(reference.n, 40);
    memcpy(room, reference.p, 40);
    return yq_slice_of(room, 40);
}

Test(spoil, an_answer_that_is_lost_is_no_failure)
{
    const yq_adapter *a = yq_adapter_v1();
    yq_slice reference, delivery = yq_slice_text("not for anybody");
    uint8_t room[40];
    yq_receipt_view view;
    node->drops_answer = 1;
    cr_assert_eq(a->submit(session, delivery, 1000, &reference, &why), YQ_OK, "%s", why.text);
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
Test(spoil, another_node_is_asked_when_one_is_silent)
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

Test(spoil, a_delivery_that_is_refused_is_named)
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
    cr_assert_eq(height, 7, "three of all these were taken, and answered with nonsense");
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

Test(spoil, preflight_tells_what_is_missing)
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
