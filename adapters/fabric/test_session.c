/* The whole adapter against nodes on loopback. */
#include "adapters/fabric/test_node.h"

#define VECTORS YQ_SOURCE_DIR "/conformance/vectors/real-nodes/"

/* A node that has a recorded network's blocks. */
static node *node_start(const char *network, behaviour how)
{
    yq_slice block[BLOCKS];
    for (unsigned i = 0; i < BLOCKS; i++) {
        char path[1024];
        snprintf(path, sizeof path, VECTORS "%s/b%u.block", network, i);
        FILE *f = fopen(path, "rb");
        cr_assert_not_null(f);
        uint8_t *p = host_alloc(NULL, 1u << 17);
        block[i] = yq_slice_of(p, fread(p, 1, 1u << 17, f));
        fclose(f);
    }
    return node_serve(block, BLOCKS, how);
}

Test(session, blocks_become_evidence, .timeout = 60)
{
    node *n = node_start("fabric-3pre-smartbft", MODE_HONEST);
    void *s = open_nodes(&n, 1, "1");
    const yq_adapter *a = yq_adapter_v1();
    yq_fault why = {0};
    uint64_t height = 0;
    yq_slice anchor;
    cr_assert_eq(a->latest(s, WAIT_MS, &height, &why), YQ_OK, "%s", why.text);
    cr_assert_eq(height, 8);
    cr_assert_eq(a->anchor(s, WAIT_MS, &anchor, &why), YQ_OK, "%s", why.text);
    cr_assert_gt(anchor.n, n->block[0].n);
    unsigned events = 0;
    for (uint64_t h = 0; h < BLOCKS; h++) {
        yq_height_evidence e;
        cr_assert_eq(a->evidence(s, h, WAIT_MS, &e, &why), YQ_OK, "%s", why.text);
        cr_assert_eq(e.update.n > 0, h > 0);
        for (size_t i = 0; i < e.event_n; i++) {
            cr_assert(yq_slice_equal(e.event[i].emitter, yq_slice_text("hubcc")));
            cr_assert(yq_slice_equal(e.event[i].name, yq_slice_text("CrossChainSend")));
            cr_assert_eq(e.event[i].tx_id.n, 64);
            events++;
        }
    }
    cr_assert_eq(events, 6);
    cr_assert_leq(n->requests, 5, "blocks are asked for in ranges");
    yq_height_evidence e;
    cr_assert_eq(a->evidence(s, BLOCKS, WAIT_MS, &e, &why), YQ_E_NOT_FOUND);
    yq_slice reference;
    cr_assert_eq(
        a->submit(s, yq_slice_text("x"), WAIT_MS, &reference, &why),
        YQ_E_UNSUPPORTED,
        "without an inbox it only reads");
    const yq_option *counter;
    size_t counter_n;
    cr_assert_eq(a->counters(s, &counter, &counter_n), YQ_OK);
    cr_assert_eq(counter_n, 6);
    a->close(s);
}

Test(session, nodes_that_contradict_are_noticed, .timeout = 60)
{
    node *n[] = {
        node_start("fabric-2.5-raft", MODE_HONEST), node_start("fabric-2.5-raft", MODE_FORKED)};
    void *s = open_nodes(n, 2, "1");
    const yq_adapter *a = yq_adapter_v1();
    yq_fault why = {0};
    yq_height_evidence e;
    cr_assert_eq(a->evidence(s, 3, WAIT_MS, &e, &why), YQ_OK, "%s", why.text);
    cr_assert_eq(a->evidence(s, 4, WAIT_MS, &e, &why), YQ_E_SOURCE_DISAGREE);
    a->close(s);
}

Test(session, a_node_that_lies_or_is_away_is_passed_over, .timeout = 60)
{
    static const behaviour away[] = {MODE_BAD_DATA, MODE_FORBIDDEN, MODE_TRAILERS, MODE_SHORT};
    static const yq_status alone[] = {YQ_E_PEER, YQ_E_PERMISSION, YQ_E_UNAVAILABLE, YQ_E_NOT_FOUND};
    node *good = node_start("fabric-2.5-raft", MODE_HONEST);
    const yq_adapter *a = yq_adapter_v1();
    for (size_t i = 0; i < YQ_ARRAY_N(away); i++) {
        node *n[] = {node_start("fabric-2.5-raft", away[i]), good};
        yq_fault why = {0};
        yq_height_evidence e;
        void *s = open_nodes(n, 1, "1");
        cr_assert_eq(a->evidence(s, 5, WAIT_MS, &e, &why), alone[i], "%zu: %s", i, why.text);
        a->close(s);
        s = open_nodes(n, 2, "1");
        cr_assert_eq(a->evidence(s, 5, WAIT_MS, &e, &why), YQ_OK, "%zu: %s", i, why.text);
        a->close(s);
        s = open_nodes(n, 2, "2");
        if (away[i] != MODE_BAD_DATA) { /* that one's header agrees */
            cr_assert_eq(a->evidence(s, 5, WAIT_MS, &e, &why), YQ_E_UNAVAILABLE, "%zu", i);
        }
        a->close(s);
    }
}

Test(session, latest_is_what_enough_nodes_have, .timeout = 60)
{
    node *n[] = {
        node_start("fabric-2.5-raft", MODE_SHORT), node_start("fabric-2.5-raft", MODE_HONEST)};
    const yq_adapter *a = yq_adapter_v1();
    yq_fault why = {0};
    uint64_t height;
    void *s = open_nodes(n, 2, "1");
    cr_assert_eq(a->latest(s, WAIT_MS, &height, &why), YQ_OK);
    cr_assert_eq(height, 8);
    a->close(s);
    s = open_nodes(n, 2, "2");
    cr_assert_eq(a->latest(s, WAIT_MS, &height, &why), YQ_OK);
    cr_assert_eq(height, 3);
    a->close(s);
}

Test(session, preflight_looks_at_everything, .timeout = 60)
{
    node *n = node_start("fabric-3pre-smartbft", MODE_HONEST);
    void *s = open_nodes(&n, 1, "1");
    const yq_check *check;
    size_t check_n;
    yq_fault why;
    cr_assert_eq(yq_adapter_v1()->preflight(s, WAIT_MS, &check, &check_n, &why), YQ_OK);
    cr_assert_eq(check_n, 5);
    for (size_t i = 0; i < check_n; i++) {
        cr_assert(check[i].passed, "%s: %s", check[i].name, check[i].detail);
    }
    yq_adapter_v1()->close(s);
    n = node_start("fabric-3pre-smartbft", MODE_FORBIDDEN);
    s = open_nodes(&n, 1, "1");
    cr_assert_eq(yq_adapter_v1()->preflight(s, WAIT_MS, &check, &check_n, &why), YQ_OK);
    cr_assert_not(check[1].passed);
    yq_adapter_v1()->close(s);
}

Test(session, nobody_there, .timeout = 60)
{
    const char *url = "http://127.0.0.1:1";
    void *s;
    yq_fault why = {0};
    uint64_t height;
    cr_assert_eq(open_with(&url, 1, NULL, 0, &s, &why), YQ_OK);
    cr_assert_eq(yq_adapter_v1()->latest(s, WAIT_MS, &height, &why), YQ_E_UNAVAILABLE);
    yq_adapter_v1()->close(s);
}

Test(session, wrong_options_are_named)
{
    static const struct {
        const char *url, *key, *value, *named;
    } wrong[] = {
        {"http://192.0.2.1:7050", "service", "orderer", "endpoints"},
        {"ftp://127.0.0.1:7050", "service", "orderer", "endpoints"},
        {"https://a:7050", "service", "gateway", "service"},
        {"https://a:7050", "sevrice", "peer", "sevrice"},
        {"https://a:7050", "min_sources", "2", "min_sources"},
        {"https://a:7050", "min_sources", "0", "min_sources"},
        {"https://a:7050", "msp_id", "Org1MSP", "msp_id"},
        {"https://a:7050", "tls_cert_file", "/none", "tls_cert_file"},
        {"https://a:7050", "policy.hubcc", "Endorsement", "policy.hubcc"},
        {"https://a:7050", "policy.hubcc", "hex:0", "policy.hubcc"},
        {"https://a:7050", "sequence.hubcc", "2", "sequence.hubcc"},
        {"https://a:7050", "sequence.hubcc", "02:1", "sequence.hubcc"},
        {"https://a:7050", "keys.hubcc", "-1", "keys.hubcc"},
        {"https://a:7050", "anchor_height", "x", "anchor_height"},
        {"https://a:7050", "dialect", "sm", "dialect"},
        {"https://a:7050", "signing", "rsa", "signing"},
        {"https://a:7050", "signing", "sm2-hash", "signing"},
        {"https://a:7050", "tx_hash", "md5", "tx_hash"},
        {"https://a:7050", "tx_lifetime_s", "0", "tx_lifetime_s"},
        {"https://a:7050", "tx_lifetime_s", "86401", "tx_lifetime_s"},
        {"https://a:7050", "inbox", "", "inbox"},
        {"https://a:7050", "inbox", "yuqiao", "inbox"},
    };
    for (size_t i = 0; i < YQ_ARRAY_N(wrong); i++) {
        void *s;
        yq_fault why = {0};
        const yq_option more = {wrong[i].key, wrong[i].value};
        cr_assert_eq(
            open_with(&wrong[i].url, 1, &more, 1, &s, &why), YQ_E_CONFIG_INVALID, "%zu", i);
        cr_assert_null(s);
        cr_assert_eq(strncmp(why.text, wrong[i].named, strlen(wrong[i].named)), 0, "%s", why.text);
    }
}
