#include "adapters/fisco-bcos-2/session.h"
#include "adapters/fisco-bcos-2/test_node.h"
#include "light-clients/fisco-bcos-2/test_client.h"
#include "relay/codec/abi.h"

#include <criterion/criterion.h>
#include <time.h>

#define DEADLINE_MS 20000u

/* ---- the host's side ---- */

static void *lent[8192];
static size_t lent_n, lent_max = YQ_ARRAY_N(lent);

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
    return UINT64_C(1795999999000);
}

static const yq_adapter_host host = {
    .size = sizeof host,
    .abi_major = YQ_ADAPTER_ABI_MAJOR,
    .alloc = lend,
    .log = tell,
    .now_ms = wall_ms,
};

/* Opens a session of these nodes and options ("key", "value", ..., NULL). */
static void *open_session(test_node *const *node, size_t n, const char *const *option)
{
    const char *endpoint[4];
    yq_option options[8];
    size_t option_n = 0;
    for (size_t i = 0; i < n; i++) {
        endpoint[i] = node[i]->url;
    }
    for (; option != NULL && option[2 * option_n] != NULL; option_n++) {
        options[option_n] = (yq_option){option[2 * option_n], option[2 * option_n + 1]};
    }
    const yq_adapter_config config = {"city-410300", endpoint, n, options, option_n};
    void *session = NULL;
    yq_fault why = {0};
    cr_assert_eq(yq_adapter_v1()->open(&host, &config, &session, &why), YQ_OK, "%s", why.text);
    return session;
}

static const char *const chains[] = {"fisco-2x-sm", "fisco-2x-keccak", "fisco-2x-sm280"};

/* Follows a chain over RPC into a client. Returns the number of events. */
static size_t follow(void *session, uint64_t height)
{
    const yq_adapter *a = yq_adapter_v1();
    test_client *client = test_fisco2_client();
    yq_slice anchor;
    yq_fault why = {0};
    size_t events = 0;
    cr_assert_eq(a->anchor(session, DEADLINE_MS, &anchor, &why), YQ_OK, "%s", why.text);
    cr_assert_eq(test_client_init(client, anchor), YQ_OK);
    release();
    for (uint64_t h = 1; h <= height; h++) {
        yq_height_evidence e;
        cr_assert_eq(
            a->evidence(session, h, DEADLINE_MS, &e, &why), YQ_OK, "%" PRIu64 " %s", h, why.text);
        cr_assert_eq(
            test_client_update(client, e.update), YQ_OK, "%" PRIu64 " %s", h, client->why.text);
        for (size_t i = 0; i < e.event_n; i++) {
            yq_verified_event v;
            cr_assert_eq(test_client_event(client, e.event[i].proof, &v), YQ_OK);
            cr_assert(yq_slice_equal(v.emitter, e.event[i].emitter));
            cr_assert(yq_slice_equal(v.name, e.event[i].name));
            cr_assert(yq_slice_equal(v.tx_id, e.event[i].tx_id));
            cr_assert_eq(v.event_index, e.event[i].event_index);
            events++;
        }
        release();
    }
    test_client_free(client);
    return events;
}

Test(session, whole_chains_over_rpc)
{
    for (size_t i = 0; i < YQ_ARRAY_N(chains); i++) {
        unsigned height = strstr(chains[i], "280") == NULL ? 26 : 25;
        test_node *node[2] = {
            test_node_start(chains[i], height), test_node_start(chains[i], height)};
        void *session = open_session(node, 2, NULL);
        uint64_t latest;
        yq_fault why = {0};
        cr_assert_eq(yq_adapter_v1()->latest(session, DEADLINE_MS, &latest, &why), YQ_OK);
        cr_assert_eq(latest, height);
        cr_assert_geq(follow(session, height), 63);
        yq_height_evidence e;
        cr_assert_eq(
            yq_adapter_v1()->evidence(session, height + 1, DEADLINE_MS, &e, &why), YQ_E_NOT_FOUND);
        cr_assert_eq(yq_adapter_v1()->evidence(session, 0, DEADLINE_MS, &e, &why), YQ_OK);
        cr_assert_eq(e.update.n + e.event_n, 0);
        yq_adapter_v1()->close(session);
        test_node_stop(node[0]);
        test_node_stop(node[1]);
        release();
    }
}

Test(session, a_set_change_is_found_after_a_restart)
{
    test_node *node = test_node_start("fisco-2x-sm", 26);
    void *session = open_session(&node, 1, NULL);
    yq_height_evidence e;
    yq_fault why = {0};
    cr_assert_eq(yq_adapter_v1()->evidence(session, 13, DEADLINE_MS, &e, &why), YQ_OK);
    cr_assert_gt(e.update.n, 1500, "with the proof of the change in block 12");
    yq_adapter_v1()->close(session);
    test_node_stop(node);
    release();
}

Test(session, nodes_that_lag_lie_or_are_gone)
{
    test_node *node[3] = {
        test_node_start("fisco-2x-sm", 26),
        test_node_start("fisco-2x-sm", 26),
        test_node_start("fisco-2x-keccak", 26)};
    yq_height_evidence e;
    yq_fault why = {0};
    uint64_t latest;
    const yq_adapter *a = yq_adapter_v1();

    void *session = open_session(node, 2, NULL);
    node[1]->spoils_signatures = 1;
    cr_assert_geq(follow(session, 13), 44, "bad signatures of one node are left out");
    node[1]->spoils_signatures = 0;
    node[0]->has_no_headers = node[1]->has_no_headers = 1;
    cr_assert_eq(a->evidence(session, 1, DEADLINE_MS, &e, &why), YQ_OK, "%s", why.text);
    node[1]->height = 5;
    cr_assert_eq(a->evidence(session, 20, DEADLINE_MS, &e, &why), YQ_OK, "%s", why.text);
    cr_assert_eq(a->latest(session, DEADLINE_MS, &latest, &why), YQ_OK);
    cr_assert_eq(latest, 26);
    a->close(session);

    session = open_session(node, 2, (const char *const[]){"min_sources", "2", NULL});
    cr_assert_eq(a->latest(session, DEADLINE_MS, &latest, &why), YQ_OK);
    cr_assert_eq(latest, 5, "the height that two nodes have");
    cr_assert_eq(a->evidence(session, 20, DEADLINE_MS, &e, &why), YQ_E_UNAVAILABLE);
    a->close(session);

    test_node *mixed[2] = {node[0], node[2]};
    session = open_session(mixed, 2, NULL);
    cr_assert_eq(a->evidence(session, 3, DEADLINE_MS, &e, &why), YQ_E_SOURCE_DISAGREE);
    const yq_option *counter;
    size_t n;
    cr_assert_eq(a->counters(session, &counter, &n), YQ_OK);
    cr_assert_str_eq(counter[2].key, "disagreements");
    cr_assert_str_eq(counter[2].value, "1");
    a->close(session);

    session = open_session(node, 1, NULL);
    node[0]->changes_receipts = 1;
    cr_assert_eq(a->evidence(session, 3, DEADLINE_MS, &e, &why), YQ_E_PEER);
    cr_assert_str_eq(why.text, "receiptsRoot");
    a->close(session);

    session = open_session(node, 1, (const char *const[]){"suite", "keccak", NULL});
    cr_assert_eq(a->evidence(session, 3, DEADLINE_MS, &e, &why), YQ_E_CONFIG_INVALID);
    a->close(session);

    session = open_session(node, 1, NULL);
    test_node_stop(node[0]);
    cr_assert_eq(a->latest(session, DEADLINE_MS, &latest, &why), YQ_E_UNAVAILABLE);
    cr_assert_eq(a->evidence(session, 3, DEADLINE_MS, &e, &why), YQ_E_UNAVAILABLE);
    a->close(session);
    test_node_stop(node[1]);
    test_node_stop(node[2]);
    release();
}

/* A node that takes calls and never answers costs half of the time once, then it rests. */
Test(session, a_silent_node_does_not_hold_the_others)
{
    test_node *node[2] = {test_node_start(chains[0], 26), test_node_start(chains[0], 26)};
    const yq_adapter *a = yq_adapter_v1();
    void *session = open_session(node, 2, NULL);
    yq_height_evidence e;
    yq_fault why = {0};
    uint64_t height;
    node[0]->is_silent = 1;
    cr_expect_eq(a->evidence(session, 3, 2000, &e, &why), YQ_OK, "%s", why.text);
    unsigned calls = node[0]->calls;
    uint64_t from = yq_web_now_ms();
    cr_expect_eq(a->latest(session, 2000, &height, &why), YQ_OK, "%s", why.text);
    cr_expect_eq(a->evidence(session, 4, 2000, &e, &why), YQ_OK, "%s", why.text);
    cr_expect_lt(yq_web_now_ms() - from, 900);
    cr_expect_eq(node[0]->calls, calls, "it rests");
    a->close(session);
    test_node_stop(node[0]);
    test_node_stop(node[1]);
    release();
}

Test(session, an_empty_block_has_an_update_and_no_events)
{
    test_node *node = test_node_start("fisco-2x-sm", 26);
    void *session = open_session(&node, 1, NULL);
    yq_height_evidence e;
    yq_fault why = {0};
    node->shows_no_txs = 1;
    cr_assert_eq(yq_adapter_v1()->evidence(session, 3, DEADLINE_MS, &e, &why), YQ_OK);
    cr_assert_gt(e.update.n, 0);
    cr_assert_eq(e.event_n, 0);
    yq_adapter_v1()->close(session);
    test_node_stop(node);
    release();
}

/* Memory that runs out at any place is told. */
Test(session, memory_that_runs_out_is_told)
{
    test_node *node = test_node_start("fisco-2x-sm", 26);
    void *session = open_session(&node, 1, NULL);
    yq_height_evidence e;
    yq_fault why = {0};
    yq_status status = YQ_E_MEMORY;
    for (lent_max = 0; lent_max < 64 && status != YQ_OK; lent_max++) {
        status = yq_adapter_v1()->evidence(session, 2, DEADLINE_MS, &e, &why);
        cr_assert(status == YQ_OK || status == YQ_E_MEMORY);
        release();
    }
    cr_assert_eq(status, YQ_OK);
    cr_assert_gt(lent_max, 4);
    lent_max = YQ_ARRAY_N(lent);
    yq_adapter_v1()->close(session);
    test_node_stop(node);
}

/* ---- deliveries ---- */

static void write_key(char *path, size_t cap, uint8_t suite)
{
    yq_fault why = {0};
    yq_sig_alg alg = suite == YQ_FISCO2_SUITE_SM ? YQ_SIG_SM2_MESSAGE : YQ_SIG_SECP256K1_DIGEST;
    yq_key *key = yq_key_generate(alg);
    (void)snprintf(path, cap, YQ_BINARY_DIR "/fisco-account-%d-%u.pem", getpid(), suite);
    (void)unlink(path);
    cr_assert_eq(yq_key_write(key, path, NULL, &why), YQ_OK, "%s", why.text);
    yq_key_free(key);
}

/* The transaction reads as the light client reads one, and carries the delivery. */
static void check_sent(const test_node *node, uint8_t suite, yq_slice delivery, yq_digest *hash)
{
    test_client *client = test_fisco2_client();
    const yq_fisco2_call call = {
        .host = test_client_begin(client, 0), .why = &client->why, .suite = suite};
    yq_fisco2_tx tx;
    yq_slice content;
    uint8_t selector[4];
    cr_assert_eq(
        yq_fisco2_tx_decode(&call, yq_slice_of(node->sent, node->sent_n), &tx),
        YQ_OK,
        "%s",
        client->why.text);
    yq_fisco2_selector(
        suite == YQ_FISCO2_SUITE_SM ? YQ_HASH_SM3 : YQ_HASH_KECCAK256,
        "receiveMessages(bytes)",
        selector);
    cr_assert_eq(tx.to.n, 20);
    cr_assert_eq(tx.to.p[19], 0x99);
    cr_assert_arr_eq(tx.data.p, selector, 4);
    cr_assert(yq_abi_bytes_decode(yq_slice_of(tx.data.p + 4, tx.data.n - 4), &content));
    cr_assert(yq_slice_equal(content, delivery));
    cr_assert_eq(tx.chain_id, 1);
    cr_assert_eq(tx.group_id, 1);
    *hash = tx.hash;
    test_client_free(client);
}

#define DONE_RECEIPT "{\"status\":\"0x0\",\"blockNumber\":\"0x1b\",\"output\":\"0x\"}"
#define FAILED_RECEIPT                                                                             \
    "{\"status\":\"0x16\",\"statusMsg\":\"RevertInstruction\",\"blockNumber\":\"0x1c\","           \
    "\"output\":\"0x08c379a00000000000000000000000000000000000000000000000000000000000000020"      \
    "0000000000000000000000000000000000000000000000000000000000000003"                             \
    "6261640000000000000000000000000000000000000000000000000000000000\"}"

Test(session, a_delivery_goes_to_the_inbox_and_is_followed)
{
    const yq_adapter *a = yq_adapter_v1();
    for (size_t i = 0; i < 2; i++) {
        uint8_t suite = i == 0 ? YQ_FISCO2_SUITE_SM : YQ_FISCO2_SUITE_KECCAK;
        char path[512];
        write_key(path, sizeof path, suite);
        test_node *node[2] = {test_node_start(chains[i], 26), test_node_start(chains[i], 26)};
        const char *const option[] = {
            "inbox", "0x0000000000000000000000000000000000000099", "account_key", path, NULL};
        void *session = open_session(node, 2, option);
        yq_fault why = {0};
        yq_slice delivery = yq_slice_text("a delivery that is longer than one word of thirty-two");
        yq_slice lent_reference;
        uint8_t bytes[128];
        node[0]->refuses = 1;
        cr_assert_eq(
            a->submit(session, delivery, DEADLINE_MS, &lent_reference, &why),
            YQ_OK,
            "%s",
            why.text);
        yq_digest hash;
        check_sent(node[1], suite, delivery, &hash);
        cr_assert_eq(lent_reference.n, 40);
        memcpy(bytes, lent_reference.p, 40);
        yq_slice reference = yq_slice_of(bytes, 40);
        cr_assert_arr_eq(reference.p, hash.b, 32);
        release();

        yq_receipt_view view;
        cr_assert_eq(a->receipt(session, reference, DEADLINE_MS, &view, &why), YQ_OK);
        cr_assert_eq(view.state, YQ_SUBMIT_PENDING);
        node[1]->sent_receipt = DONE_RECEIPT;
        cr_assert_eq(a->receipt(session, reference, DEADLINE_MS, &view, &why), YQ_OK);
        cr_assert_eq(view.state, YQ_SUBMIT_DONE);
        cr_assert_eq(view.height, 27);
        node[1]->sent_receipt = FAILED_RECEIPT;
        cr_assert_eq(a->receipt(session, reference, DEADLINE_MS, &view, &why), YQ_OK);
        cr_assert_eq(view.state, YQ_SUBMIT_FAILED);
        cr_assert_str_eq(view.text, "status 0x16 RevertInstruction: bad");
        node[1]->sent_receipt = NULL;
        node[0]->height = node[1]->height = 526;
        cr_assert_eq(a->receipt(session, reference, DEADLINE_MS, &view, &why), YQ_OK);
        cr_assert_eq(view.state, YQ_SUBMIT_PENDING, "the limit itself is still good");
        node[0]->height = 527;
        cr_assert_eq(a->receipt(session, reference, DEADLINE_MS, &view, &why), YQ_OK);
        cr_assert_eq(view.state, YQ_SUBMIT_LOST);
        cr_assert_eq(
            a->receipt(session, yq_slice_of(bytes, 39), DEADLINE_MS, &view, &why), YQ_E_LEN);

        node[1]->refuses = 1;
        cr_assert_eq(a->submit(session, delivery, DEADLINE_MS, &lent_reference, &why), YQ_E_PEER);
        cr_assert_not_null(strstr(why.text, "BlockLimitCheckFailed"));
        a->close(session);
        test_node_stop(node[0]);
        test_node_stop(node[1]);
        (void)unlink(path);
        release();
    }
}

/* A transaction made with the sender's fields gives the recorded bytes but the signature; its own
 * signature gives the sender back. */
Test(session, a_signed_transaction_is_the_chains)
{
    yq_fisco2_profile p = test_profile("fisco-2x-keccak");
    static const uint8_t to[20] = {7};
    uint8_t raw[1024];
    yq_buf out = {raw, sizeof raw, 0};
    yq_digest hash;
    yq_fault why = {0};
    yq_key *key = yq_key_generate(YQ_SIG_SECP256K1_DIGEST);
    yq_fisco2_call_fields fields = {
        .gas_limit = 1, .block_limit = 2, .to = to, .data = yq_slice_text("abc")};
    cr_assert_eq(yq_fisco2_tx_sign(&p, &fields, key, &out, &hash, &why), YQ_E_RANGE);
    fields.data = yq_slice_text("abcd");
    /* ... r and s are the last 2 x (0xa0 + 32), v the byte before (27 or 28); one key in a hundred
     * gives a number with a zero in front, which RLP writes shorter: not that one. */
    size_t head = 2, tail = 0;
    do {
        yq_key_free(key);
        key = yq_key_generate(YQ_SIG_SECP256K1_DIGEST);
        out.n = 0;
        cr_assert_eq(yq_fisco2_tx_sign(&p, &fields, key, &out, &hash, &why), YQ_OK);
        tail = out.n - 67;
    } while (raw[tail + 1] != 0xa0 || raw[tail + 34] != 0xa0);
    cr_assert_eq(raw[0], 0xf8);
    cr_assert(raw[tail] == 27 || raw[tail] == 28);
    uint8_t inner[1024] = {0};
    size_t n = tail - head;
    inner[0] = (uint8_t)(0xc0 + n);
    cr_assert_leq(n, 55);
    memcpy(inner + 1, raw + head, n);
    yq_digest md;
    yq_hash_one(YQ_HASH_KECCAK256, yq_slice_of(inner, n + 1), md.b);
    uint8_t sig[65], signer[64];
    memcpy(sig, raw + tail + 2, 32);
    memcpy(sig + 32, raw + tail + 35, 32);
    sig[64] = (uint8_t)(raw[tail] - 27);
    cr_assert_eq(yq_secp256k1_recover(md.b, sig, signer), YQ_OK);
    cr_assert_arr_eq(signer, yq_key_public(key).p, 64);
    yq_key_free(key);
}

/* ---- preflight and options ---- */

static int passed(const yq_check *check, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(check[i].name, name) == 0) {
            return check[i].passed;
        }
    }
    return -1;
}

Test(session, preflight_tells_what_is_missing)
{
    const yq_adapter *a = yq_adapter_v1();
    char path[512];
    write_key(path, sizeof path, YQ_FISCO2_SUITE_KECCAK);
    test_node *node = test_node_start("fisco-2x-sm", 26);
    const yq_check *check;
    size_t n;
    yq_fault why = {0};
    const char *const option[] = {
        "inbox", "22360be8265ac73e7db48fc9c9df5a5df1ffb262", "account_key", path, NULL};
    void *session = open_session(&node, 1, option);
    cr_assert_eq(a->preflight(session, DEADLINE_MS, &check, &n, &why), YQ_OK);
    static const char *const good[] = {
        "endpoints", "version", "suite", "group", "genesis", "sealers", "peers", "time", "inbox"};
    for (size_t i = 0; i < YQ_ARRAY_N(good); i++) {
        cr_assert_eq(passed(check, n, good[i]), 1, "%s", good[i]);
    }
    cr_assert_eq(passed(check, n, "account"), 0, "a key of the other suite");
    a->close(session);
    release();
    session = open_session(&node, 1, (const char *const[]){"group", "2", NULL});
    cr_assert_eq(a->preflight(session, DEADLINE_MS, &check, &n, &why), YQ_OK);
    cr_assert_eq(passed(check, n, "group"), 0);
    cr_assert_eq(passed(check, n, "inbox"), 0);
    test_node_stop(node);
    cr_assert_eq(a->preflight(session, DEADLINE_MS, &check, &n, &why), YQ_OK);
    cr_assert_eq(passed(check, n, "endpoints"), 0);
    cr_assert_eq(passed(check, n, "version"), 0);
    a->close(session);
    (void)unlink(path);
    release();
}

Test(session, options_are_read_strictly)
{
    static const char *const bad[][2] = {
        {"group", "0"},
        {"group", "1x"},
        {"group", ""},
        {"group", "99999999999"},
        {"suite", "sm4"},
        {"min_sources", "2"},
        {"inbox", "0x12"},
        {"inbox", "0x0000000000000000000000000000000000000000"},
        {"abi_hash", "sha3"},
        {"gas_limit", "-1"},
        {"account_key", ""},
        {"colour", "red"},
        {"inbox", "22360be8265ac73e7db48fc9c9df5a5df1ffb262"}, /* without a key */
    };
    const char *endpoint = "127.0.0.1:1";
    for (size_t i = 0; i < YQ_ARRAY_N(bad); i++) {
        const yq_option option = {bad[i][0], bad[i][1]};
        const yq_adapter_config config = {"city-410300", &endpoint, 1, &option, 1};
        void *session;
        yq_fault why = {0};
        cr_assert_eq(
            yq_adapter_v1()->open(&host, &config, &session, &why), YQ_E_CONFIG_INVALID, "%zu", i);
        cr_assert_null(session);
        const char *named = i == YQ_ARRAY_N(bad) - 1 ? "account_key" : bad[i][0];
        cr_assert_eq(strncmp(why.text, named, strlen(named)), 0, "%s", why.text);
    }
    const char *other = "ftp://127.0.0.1:1";
    const yq_adapter_config config = {"city-410300", &other, 1, NULL, 0};
    void *session;
    yq_fault why = {0};
    cr_assert_eq(yq_adapter_v1()->open(&host, &config, &session, &why), YQ_E_CONFIG_INVALID);
}
