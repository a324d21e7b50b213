/* What a node says that does not fit is named, and never brought. */
#include "conformance/chains/xuperchain/test_spoil.h"

#include "yuqiao/adapter.h"

#include <criterion/criterion.h>
#include <unistd.h>

#define DEADLINE_MS 5000u

static test_chains chains;
static test_node *node;
static void *session;
static char key_file[512];
static yq_fault why;
static uint64_t now_ms;

static void *lend(void *self, size_t size)
{
    (void)self;
    return calloc(1, size); /* the test's process ends soon */
}

static uint64_t tell_now(void *self)
{
    (void)self;
    return now_ms;
}

static int never(void *self)
{
    (void)self;
    return 0;
}

static const yq_adapter_host host = {
    .size = sizeof host,
    .abi_major = YQ_ADAPTER_ABI_MAJOR,
    .alloc = lend,
    .now_ms = tell_now,
    .stopping = never};

/* Blocks 0, 1, a contract in 2, two of its calls in 3, and those that certify them: up to 6. */
static yq_xum_chain *make_chain(const char *seed)
{
    char message[64];
    yq_digest id;
    uint64_t time = UINT64_C(1700000000000000000);
    yq_xum_chain *chain = yq_xum_chain_new(YQ_XUA_P256, "city", seed, time);
    const yq_xum_send_what deploy = {
        YQ_XUM_KERNEL, YQ_XUM_DEPLOY, "deploy", 1, {"contract_name"}, {yq_slice_text("plain")}};
    const yq_xum_send_what emit = {
        YQ_XUM_MODULE, "plain", "emitData", 1, {"data"}, {yq_slice_text("x")}};
    cr_assert(yq_xum_send(chain, &deploy, time, &id, message));
    cr_assert(yq_xum_seal(chain, time));
    cr_assert(yq_xum_send(chain, &emit, time, &id, message));
    cr_assert(yq_xum_send(chain, &emit, time, &id, message));
    while (yq_xum_seal(chain, time)) {
    }
    cr_assert_eq(chain->block_n, 7);
    return chain;
}

static void open_with(const char *const *url, size_t n, const char *min_sources)
{
    const yq_option option[] = {
        {"crypto", "p256"},
        {"list_key", "0_validates"},
        {"key_file", key_file},
        {"min_sources", min_sources},
        {"inbox", "plain"}};
    const yq_adapter_config config = {"city", url, n, option, YQ_ARRAY_N(option)};
    cr_assert_eq(yq_adapter_v1()->open(&host, &config, &session, &why), YQ_OK, "%s", why.text);
}

static void reopen(void)
{
    const char *url = node->url;
    yq_adapter_v1()->close(session);
    open_with(&url, 1, "1");
}

static void setup(void)
{
    now_ms = UINT64_C(1700000100000);
    chains = (test_chains){make_chain("spoil"), make_chain("other")};
    (void)snprintf(
        key_file, sizeof key_file, YQ_BINARY_DIR "/tests/xum-spoil-%ld.key", (long)getpid());
    (void)unlink(key_file);
    cr_assert_eq(yq_key_write(chains.chain->client.key, key_file, NULL, NULL), YQ_OK);
    node = test_node_start(&chains);
    const char *url = node->url;
    open_with(&url, 1, "1");
}

static void teardown(void)
{
    yq_adapter_v1()->close(session);
    test_node_close(node);
    yq_xum_chain_free(chains.chain);
    yq_xum_chain_free(chains.other);
    (void)unlink(key_file);
}

TestSuite(spoil, .init = setup, .fini = teardown, .timeout = 60);

/* What the evidence of a height gives; out: why.text. */
static yq_status evidence_of(uint64_t height, yq_height_evidence *e)
{
    why = (yq_fault){0};
    return yq_adapter_v1()->evidence(session, height, DEADLINE_MS, e, &why);
}

Test(spoil, a_good_node_is_taken)
{
    yq_height_evidence e;
    cr_assert_eq(evidence_of(1, &e), YQ_OK);
    cr_assert_eq(e.update.n, 0, "the anchor needs none");
    cr_assert_eq(evidence_of(2, &e), YQ_OK, "%s", why.text);
    cr_assert(e.update.n > 0 && e.event_n == 0);
    cr_assert_eq(evidence_of(3, &e), YQ_OK, "%s", why.text);
    cr_assert(e.update.n > 0 && e.event_n == 2);
    cr_assert_eq(evidence_of(4, &e), YQ_E_NOT_FOUND, "not certified yet");
}

/* A counter by its name. */
static const char *counted(const char *name)
{
    const yq_option *counter;
    size_t n;
    cr_assert_eq(yq_adapter_v1()->counters(session, &counter, &n), YQ_OK);
    for (size_t i = 0; i < n; i++) {
        if (strcmp(counter[i].key, name) == 0) {
            return counter[i].value;
        }
    }
    return "";
}

Test(spoil, older_transactions_prove_nothing)
{
    yq_height_evidence e;
    node->how = SPOIL_OLD;
    cr_assert_eq(evidence_of(3, &e), YQ_OK, "%s", why.text);
    cr_assert(e.update.n > 0 && e.event_n == 0);
    cr_assert_str_eq(counted("unprovable"), "2");
    cr_assert_str_eq(counted("events"), "0");
}

/* In: a text of the reason. */
static void expect(test_spoil_how how, yq_status status, const char *text)
{
    yq_height_evidence e;
    reopen();
    node->how = how;
    cr_assert_eq(evidence_of(3, &e), status, "%d: %s", (int)how, why.text);
    cr_assert_eq(e.update.n + e.event_n, 0);
    cr_assert_not_null(strstr(why.text, text), "%d: %s", (int)how, why.text);
    node->how = SPOIL_NONE;
    cr_assert_eq(evidence_of(3, &e), YQ_OK, "%d: nothing of it is kept: %s", (int)how, why.text);
}

Test(spoil, blocks_that_do_not_fit_are_named)
{
    expect(SPOIL_ID, YQ_E_PEER, "blockid");
    expect(SPOIL_EXTRA_TX, YQ_E_PEER, "tx_count");
    expect(SPOIL_TXID, YQ_E_PEER, "tx_count"); /* the others are gone */
    expect(SPOIL_OTHER, YQ_E_PEER, "another block");
    expect(SPOIL_BRANCH, YQ_E_PEER, "do not follow");
    expect(SPOIL_TARGET, YQ_E_UNSUPPORTED, "targetBits");
    expect(SPOIL_PARENT, YQ_E_PEER, "pre_hash");
    expect(SPOIL_MESSAGE, YQ_E_PEER, "Justify");
    expect(SPOIL_NO_BLOCK, YQ_E_NOT_FOUND, "does not have");
    expect(SPOIL_NO_ROOT, YQ_E_FIELD_MISSING, "meta");
}

/* Block 4 has one transaction, of version 1, whose id nothing recomputes: the root tells. */
Test(spoil, ids_of_transactions_lead_to_the_root)
{
    yq_height_evidence e;
    uint64_t time = UINT64_C(1700000000000000000);
    chains.chain->busy = yq_xum_height(chains.chain) + 1;
    while (yq_xum_seal(chains.chain, time)) {
    }
    node->how = SPOIL_TXID;
    cr_assert_eq(evidence_of(4, &e), YQ_E_PEER, "%s", why.text);
    cr_assert_not_null(strstr(why.text, "merkle_root"), "%s", why.text);
}

Test(spoil, replies_that_are_none_are_named)
{
    expect(SPOIL_NO_REPLY, YQ_E_PEER, "no reply");
    expect(SPOIL_TWO_REPLIES, YQ_E_PEER, "");
    expect(SPOIL_GARBAGE, YQ_E_TRUNCATED, "");
    expect(SPOIL_ERROR, YQ_E_PEER, "error 10");
    expect(SPOIL_CLOSED, YQ_E_PEER, "gRPC status 8");
}

Test(spoil, a_silent_node_has_its_share_of_the_time)
{
    yq_height_evidence e;
    test_node *second = test_node_start(&chains);
    const char *both[] = {node->url, second->url};
    node->how = SPOIL_HANG;
    yq_adapter_v1()->close(session);
    open_with(both, 2, "1");
    cr_assert_eq(evidence_of(3, &e), YQ_OK, "%s", why.text);
    yq_adapter_v1()->close(session);
    open_with(both, 2, "2");
    cr_assert_eq(evidence_of(3, &e), YQ_E_UNAVAILABLE, "%s", why.text);
    test_node_close(second);
}

/* ---- deliveries ---- */

static yq_status submit(yq_slice *reference)
{
    why = (yq_fault){0};
    return yq_adapter_v1()->submit(
        session, yq_slice_text("delivery"), DEADLINE_MS, reference, &why);
}

/* What a node makes of a call is not signed. */
Test(spoil, another_call_is_not_signed)
{
    static const int how[] = {SPOIL_AMOUNT, SPOIL_CONTRACT, SPOIL_SECOND};
    yq_slice reference;
    for (size_t i = 0; i < YQ_ARRAY_N(how); i++) {
        node->how = how[i];
        cr_assert_eq(submit(&reference), YQ_E_PEER, "%d", how[i]);
        cr_assert_not_null(strstr(why.text, "another call"), "%s", why.text);
        cr_assert_eq(chains.chain->pool_n, 0);
    }
    node->how = SPOIL_ERROR;
    cr_assert_eq(submit(&reference), YQ_E_PEER);
    node->how = SPOIL_NONE;
    cr_assert_eq(submit(&reference), YQ_OK, "%s", why.text);
    cr_assert_eq(reference.n, 41);
}

static yq_status fate_of(yq_slice reference, yq_receipt_view *view)
{
    why = (yq_fault){0};
    return yq_adapter_v1()->receipt(session, reference, DEADLINE_MS, view, &why);
}

Test(spoil, a_fate_is_that_of_the_transaction)
{
    yq_slice reference;
    yq_receipt_view view;
    cr_assert_eq(submit(&reference), YQ_OK, "%s", why.text);
    cr_assert_eq(fate_of(reference, &view), YQ_OK);
    cr_assert_eq(view.state, YQ_SUBMIT_PENDING, "it waits");
    chains.chain->fails = 1;
    while (yq_xum_seal(chains.chain, UINT64_C(1700000200000000000))) {
    }
    cr_assert_eq(fate_of(reference, &view), YQ_OK, "%s", why.text);
    cr_assert_eq(view.state, YQ_SUBMIT_FAILED);
    cr_assert_str_eq(view.text, "failed in its block: meant to fail");
    cr_assert_eq(view.height, 7);
    node->how = SPOIL_OTHER_TX;
    cr_assert_eq(fate_of(reference, &view), YQ_E_PEER);
    cr_assert_not_null(strstr(why.text, "another transaction"), "%s", why.text);
    node->how = SPOIL_BRANCH_TX;
    cr_assert_eq(fate_of(reference, &view), YQ_OK);
    cr_assert_eq(view.state, YQ_SUBMIT_PENDING, "on a branch");
    node->how = SPOIL_HANG;
    cr_assert_eq(fate_of(reference, &view), YQ_E_TIMEOUT);
}

Test(spoil, what_nobody_has_is_pending_until_it_expires)
{
    uint8_t reference[41] = {1};
    yq_receipt_view view;
    for (int late = 0; late < 2; late++) {
        yq_writer w = yq_writer_of(reference + 33, 8);
        yq_put_u64(&w, now_ms / 1000 - (late ? 61 : 59));
        cr_assert_eq(fate_of(YQ_SLICE_OF(reference), &view), YQ_OK, "%s", why.text);
        cr_assert_eq(view.state, late ? YQ_SUBMIT_LOST : YQ_SUBMIT_PENDING);
    }
    cr_assert_eq(fate_of(yq_slice_of(reference, 40), &view), YQ_E_LEN);
    reference[0] = 3;
    cr_assert_eq(fate_of(YQ_SLICE_OF(reference), &view), YQ_E_LEN);
}

/* ---- preflight ---- */

static void expect_check(const char *name, int passed)
{
    const yq_check *check;
    size_t n = 0, found = 0;
    cr_assert_eq(yq_adapter_v1()->preflight(session, DEADLINE_MS, &check, &n, &why), YQ_OK);
    for (size_t i = 0; i < n; i++) {
        if (strcmp(check[i].name, name) == 0) {
            cr_assert_eq(check[i].passed, passed, "%s: %s", name, check[i].detail);
            found++;
        }
    }
    cr_assert_eq(found, 1, "%s", name);
}

Test(spoil, clocks_and_lists_are_looked_at)
{
    yq_slice anchor;
    expect_check("time", 1);
    now_ms -= 200000;
    expect_check("time", 0);
    expect_check("anchor", 1);
    node->how = SPOIL_VALIDATORS;
    expect_check("anchor", 0);
    cr_assert_eq(yq_adapter_v1()->anchor(session, DEADLINE_MS, &anchor, &why), YQ_E_ANCHOR);
}
