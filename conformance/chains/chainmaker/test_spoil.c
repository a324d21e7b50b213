/* What a node says that does not fit is named, and never brought. */
#include "conformance/chains/chainmaker/test_spoil.h"

#include "yuqiao/adapter.h"

#include <criterion/criterion.h>
#include <unistd.h>

#define DEADLINE_MS 5000u

static test_node *node;
static void *session;
static char cert_file[512], key_file[512];
static yq_fault why;

static void *lend(void *self, size_t size)
{
    (void)self;
    return calloc(1, size); /* the test's process ends soon */
}

static uint64_t now_ms(void *self)
{
    (void)self;
    return UINT64_C(1700000100000);
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
    .now_ms = now_ms,
    .stopping = never};

/* Genesis, three blocks of two transactions, a node that joins, two blocks more. */
static yq_cmm_chain *make_chain(void)
{
    char tx_id[YQ_CMM_TX_ID_MAX + 1];
    yq_cmm_chain *chain =
        yq_cmm_chain_new(yq_cmm_suite_of("sm-public"), "city", "spoil", 1700000000);
    const yq_cmm_param name = {yq_slice_text("CONTRACT_NAME"), yq_slice_text("plain")};
    const yq_cmm_param data = {yq_slice_text("data"), yq_slice_text("x")};
    yq_cmm_send(chain, "CONTRACT_MANAGE", "INIT_CONTRACT", &name, 1, tx_id);
    (void)yq_cmm_seal(chain, 1700000001);
    for (unsigned i = 0; i < 4; i++) {
        if (i == 2) {
            cr_assert(yq_cmm_change(chain, 4, 1, 1700000003));
        }
        yq_cmm_send(chain, "plain", "emitData", &data, 1, tx_id);
        yq_cmm_send(chain, "plain", "emitThenFail", &data, 1, tx_id);
        (void)yq_cmm_seal(chain, 1700000002 + i);
    }
    cr_assert_eq(chain->block_n, 7);
    return chain;
}

static void open_with(
    const char *const *url, size_t n, const char *chain_id, const char *min_sources)
{
    const yq_option option[] = {
        {"chain_id", chain_id},
        {"auth", "public-key"},
        {"cert_file", cert_file},
        {"key_file", key_file},
        {"min_sources", min_sources},
        {"inbox", "plain"}};
    const yq_adapter_config config = {"city", url, n, option, YQ_ARRAY_N(option)};
    cr_assert_eq(yq_adapter_v1()->open(&host, &config, &session, &why), YQ_OK, "%s", why.text);
}

static void open_session(void)
{
    const char *url = node->url;
    open_with(&url, 1, YQ_CMM_CHAIN_ID, "1");
}

static void setup(void)
{
    yq_cmm_chain *chain = make_chain();
    const long pid = (long)getpid();
    (void)snprintf(cert_file, sizeof cert_file, YQ_BINARY_DIR "/tests/cmm-spoil-%ld.pub", pid);
    (void)snprintf(key_file, sizeof key_file, YQ_BINARY_DIR "/tests/cmm-spoil-%ld.key", pid);
    (void)unlink(key_file);
    FILE *f = fopen(cert_file, "wb");
    cr_assert_not_null(f);
    cr_assert_eq(fwrite(chain->client.pem, 1, chain->client.pem_n, f), chain->client.pem_n);
    cr_assert_eq(fclose(f), 0);
    cr_assert_eq(yq_key_write(chain->client.key, key_file, NULL, NULL), YQ_OK);
    node = test_node_start(chain);
    open_session();
}

static void teardown(void)
{
    yq_adapter_v1()->close(session);
    yq_cmm_chain *chain = node->chain;
    test_node_close(node);
    yq_cmm_chain_free(chain);
    (void)unlink(cert_file);
    (void)unlink(key_file);
}

TestSuite(spoil, .init = setup, .fini = teardown, .timeout = 60);

/* What the evidence of a height gives; out: why.text. */
static yq_status evidence_of(uint64_t height, yq_height_evidence *e)
{
    why = (yq_fault){0};
    return yq_adapter_v1()->evidence(session, height, DEADLINE_MS, e, &why);
}

Test(spoil, a_good_node_is_taken_and_what_failed_proves_nothing)
{
    const yq_option *counter;
    size_t n;
    yq_height_evidence e;
    for (uint64_t h = 1; h < 7; h++) {
        cr_assert_eq(evidence_of(h, &e), YQ_OK, "%s", why.text);
        cr_assert_gt(e.update.n, 0);
        cr_assert_eq(e.event_n, h == 1 || h == 4 ? 0 : 2, "%u", (unsigned)h);
    }
    cr_assert_eq(yq_adapter_v1()->counters(session, &counter, &n), YQ_OK);
    cr_assert_str_eq(counter[5].key, "unprovable");
    cr_assert_str_eq(counter[5].value, "4", "one event of each call that failed");
}

/* In: a height whose nodes and keys are known already, and a text of the reason. */
static void expect(test_spoil_how how, uint64_t height, yq_status status, const char *text)
{
    yq_height_evidence e;
    node->how = SPOIL_NONE;
    yq_adapter_v1()->close(session);
    open_session();
    cr_assert_eq(evidence_of(2, &e), YQ_OK, "%s", why.text);
    node->how = how;
    cr_assert_eq(evidence_of(height, &e), status, "%d: %s", (int)how, why.text);
    cr_assert_eq(e.update.n + e.event_n, 0);
    cr_assert_not_null(strstr(why.text, text), "%d: %s", (int)how, why.text);
}

Test(spoil, blocks_that_do_not_fit_are_named)
{
    expect(SPOIL_HASH, 2, YQ_E_PEER, "block_hash");
    expect(SPOIL_EXTRA_TX, 2, YQ_E_PEER, "tx_count");
    expect(SPOIL_OTHER, 2, YQ_E_PEER, "another block");
    expect(SPOIL_NO_HEADER, 2, YQ_E_FIELD_MISSING, "header");
    expect(SPOIL_NO_BLOCK, 2, YQ_E_PEER, "no block");
}

Test(spoil, replies_that_are_none_are_named)
{
    expect(SPOIL_NO_REPLY, 2, YQ_E_PEER, "no reply");
    expect(SPOIL_TWO_REPLIES, 2, YQ_E_PEER, "");
    expect(SPOIL_GARBAGE, 2, YQ_E_TRUNCATED, "");
    expect(SPOIL_CLOSED, 2, YQ_E_PEER, "gRPC status 8");
}

Test(spoil, configurations_lead_to_the_anchor)
{
    yq_height_evidence e;
    /* The block is another one by its pre_conf_height, and so is its hash. */
    expect(SPOIL_CONF, 2, YQ_E_PEER, "block_hash");
    /* 5 votes under the configuration of 4, which names itself. */
    node->how = SPOIL_NONE;
    yq_adapter_v1()->close(session);
    open_session();
    cr_assert_eq(evidence_of(1, &e), YQ_OK, "%s", why.text); /* 1 to 6 are at hand */
    node->how = SPOIL_CONF_LOOP;
    cr_assert_eq(evidence_of(5, &e), YQ_E_PEER, "%s", why.text);
    cr_assert_not_null(strstr(why.text, "does not lead"), "%s", why.text);
    node->how = SPOIL_NONE;
    cr_assert_eq(evidence_of(5, &e), YQ_OK, "%s", why.text);
}

Test(spoil, a_fate_is_that_of_the_transaction)
{
    uint8_t reference[72] = {0};
    yq_receipt_view view;
    yq_slice id = test_chain_of(node)->block[3]->tx[0]->request.tx_id;
    cr_assert_eq(id.n, 64);
    memcpy(reference, id.p, 64);
    cr_assert_eq(
        yq_adapter_v1()->receipt(session, YQ_SLICE_OF(reference), DEADLINE_MS, &view, &why), YQ_OK);
    cr_assert(view.state == YQ_SUBMIT_DONE && view.height == 3);
    id = test_chain_of(node)->block[3]->tx[1]->request.tx_id;
    memcpy(reference, id.p, 64);
    cr_assert_eq(
        yq_adapter_v1()->receipt(session, YQ_SLICE_OF(reference), DEADLINE_MS, &view, &why), YQ_OK);
    cr_assert(view.state == YQ_SUBMIT_FAILED);
    cr_assert_not_null(strstr(view.text, "meant to fail"), "%s", view.text);
    node->how = SPOIL_OTHER_TX;
    cr_assert_eq(
        yq_adapter_v1()->receipt(session, YQ_SLICE_OF(reference), DEADLINE_MS, &view, &why),
        YQ_E_PEER);
    node->how = SPOIL_CLOSED;
    cr_assert_eq(
        yq_adapter_v1()->receipt(session, YQ_SLICE_OF(reference), DEADLINE_MS, &view, &why),
        YQ_E_PEER);
}

Test(spoil, a_block_that_too_few_nodes_have_is_not_brought)
{
    test_node *second = test_node_start(node->chain);
    const char *url[] = {node->url, second->url};
    yq_height_evidence e;
    uint64_t height = 0;
    yq_adapter_v1()->close(session);
    open_with(url, 2, YQ_CMM_CHAIN_ID, "2");
    second->how = SPOIL_BEHIND;
    cr_assert_eq(yq_adapter_v1()->latest(session, DEADLINE_MS, &height, &why), YQ_OK);
    cr_assert_eq(height, 3, "what two nodes have");
    cr_assert_eq(evidence_of(3, &e), YQ_OK, "%s", why.text);
    cr_assert_eq(evidence_of(5, &e), YQ_E_UNAVAILABLE, "%s", why.text);
    second->how = SPOIL_NONE;
    cr_assert_eq(evidence_of(5, &e), YQ_OK, "%s", why.text);
    yq_adapter_v1()->close(session);
    open_session();
    test_node_close(second);
}

Test(spoil, a_chain_of_another_name_is_noticed)
{
    const char *url = node->url;
    yq_height_evidence e;
    yq_adapter_v1()->close(session);
    open_with(&url, 1, "chain2", "1");
    cr_assert_eq(evidence_of(2, &e), YQ_E_DOMAIN, "%s", why.text);
}

Test(spoil, an_answer_that_is_lost_is_no_failure)
{
    static const struct {
        test_spoil_how how;
        yq_status status;
    } all[] = {{SPOIL_HANG, YQ_OK}, {SPOIL_CLOSED, YQ_E_PEER}, {SPOIL_NO_REPLY, YQ_E_PEER}};
    const char *nobody = "http://127.0.0.1:1";
    yq_slice reference;
    for (size_t i = 0; i < YQ_ARRAY_N(all); i++) {
        node->how = all[i].how;
        reference = (yq_slice){0};
        cr_assert_eq(
            yq_adapter_v1()->submit(session, yq_slice_text("x"), 500, &reference, &why),
            all[i].status,
            "%zu: %s",
            i,
            why.text);
        cr_assert_eq(reference.n, all[i].status == YQ_OK ? 72 : 0);
    }
    node->how = SPOIL_NONE;
    yq_adapter_v1()->close(session);
    open_with(&nobody, 1, YQ_CMM_CHAIN_ID, "1");
    cr_assert_eq(
        yq_adapter_v1()->submit(session, yq_slice_text("x"), 500, &reference, &why),
        YQ_E_UNAVAILABLE,
        "nothing was sent");
}
