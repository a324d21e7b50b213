/* A channel of a domestic fork through the adapter into the client: the anchor brings a sample. */
#include "adapters/fabric/test_node.h"
#include "light-clients/fabric/test_calls.h"

/* Genesis, a definition, an event, an update of the configuration, and an event behind it. */
#define CHAIN_N 5u

static void make_chain(yq_slice *raw)
{
    net n = net_new(1), after;
    n.is_lean = 1;
    parts b = genesis_of(&n);
    raw[0] = raw_block(&b);
    yq_slice element = definition_tx(&n, cc.path, 2);
    b = block_of(&n, &element, 1);
    raw[1] = raw_block(&b);
    net_take(&n, &b);
    tx_spec t = plain_call();
    element = tx_of(&n, &t);
    b = block_of(&n, &element, 1);
    raw[2] = raw_block(&b);
    net_take(&n, &b);
    element = config_element(&n, &good_update, &after);
    b = block_next(&n, &element, 1);
    block_sign(&n, &b, b.number);
    raw[3] = raw_block(&b);
    after.config_number = b.number;
    net_take(&after, &b);
    element = tx_of(&after, &t);
    b = block_of(&after, &element, 1);
    raw[4] = raw_block(&b);
}

static const yq_option probe = {"dialect", "probe"}, fabric = {"dialect", "fabric"};

static void *opened(node *n, const yq_option *dialect)
{
    static char url[64];
    const char *list = url;
    void *session;
    yq_fault fault = {0};
    (void)snprintf(url, sizeof url, "http://127.0.0.1:%d", n->port);
    const yq_option all[] = {{"channel", NET_CHANNEL}, {"chaincodes", "cc"}, *dialect};
    const yq_adapter_config config = {
        .chain = "fork",
        .endpoints = &list,
        .endpoint_n = 1,
        .options = all,
        .option_n = YQ_ARRAY_N(all)};
    cr_assert_eq(yq_adapter_v1()->open(&host, &config, &session, &fault), YQ_OK, "%s", fault.text);
    return session;
}

/* What the adapter finds out for its own signatures is what the light client found. */
static void expect_probe(yq_slice raw, const yq_fabric_dialect *spoken)
{
    yq_fabric_raw_block block;
    yq_slice element;
    size_t at = 0;
    uint8_t signing = 0;
    uint32_t tx_hash = 0;
    cr_assert_eq(yq_fabric_raw_block_decode(raw, &block, NULL), YQ_OK);
    cr_assert(yq_fabric_raw_next(&block, &at, &element));
    cr_assert(yq_fabric_member_probe(element, &signing, &tx_hash));
    cr_assert_eq(signing, spoken->signing);
    cr_assert_eq(tx_hash, spoken->tx_hash);
    cr_assert_not(yq_fabric_member_probe(raw, &signing, &tx_hash), "a block is no envelope");
}

static void live(const yq_fabric_dialect *spoken)
{
    yq_slice raw[CHAIN_N], anchor;
    net_dialect = *spoken;
    make_chain(raw);
    expect_probe(raw[2], spoken);
    node *n = node_serve(raw, CHAIN_N, MODE_HONEST);
    const yq_adapter *a = yq_adapter_v1();
    void *s = opened(n, &probe);
    client *c = client_new();
    yq_fault fault = {0};
    unsigned events = 0;
    cr_assert_eq(a->anchor(s, WAIT_MS, &anchor, &fault), YQ_OK, "%s", fault.text);
    cr_assert_eq(anchor.p[0], 2);
    cr_assert_eq(client_init(c, anchor), YQ_OK, "%s", c->why.text);
    for (uint64_t h = 1; h < CHAIN_N; h++) {
        yq_height_evidence e;
        yq_verified_event event;
        cr_assert_eq(a->evidence(s, h, WAIT_MS, &e, &fault), YQ_OK, "%s", fault.text);
        cr_assert_eq(client_update(c, e.update), YQ_OK, "%d: %s", (int)h, c->why.text);
        for (size_t i = 0; i < e.event_n; i++, events++) {
            cr_assert_eq(client_event(c, e.event[i].proof, &event), YQ_OK, "%s", c->why.text);
            cr_assert(yq_slice_equal(event.data, text("hello")));
        }
    }
    cr_assert_eq(events, 2);
    client_free(c);
    a->close(s);
}

Test(dialect, is_found_out_and_followed, .timeout = 60)
{
    static const yq_fabric_dialect spoken[] = {
        {YQ_HASH_SM3, YQ_HASH_SM3, YQ_HASH_SM3, YQ_FABRIC_SIGNING_SM2_HASH},
        {YQ_HASH_SM3, YQ_HASH_SM3, YQ_HASH_SM3, YQ_FABRIC_SIGNING_SM2_MESSAGE},
        {YQ_HASH_SHA256, YQ_HASH_SM3, YQ_HASH_SHA256, YQ_FABRIC_SIGNING_SM2_TWICE},
        YQ_FABRIC_PLAIN};
    for (size_t i = 0; i < YQ_ARRAY_N(spoken); i++) {
        live(&spoken[i]);
    }
}

/* Without the option SM3 data is none, and the anchor is Fabric's own. */
Test(dialect, is_fabrics_own_unless_asked, .timeout = 60)
{
    yq_slice raw[CHAIN_N], anchor;
    yq_fault fault = {0};
    make_chain(raw);
    node *n = node_serve(raw, CHAIN_N, MODE_HONEST);
    const yq_adapter *a = yq_adapter_v1();
    void *s = opened(n, &fabric);
    cr_assert_eq(a->anchor(s, WAIT_MS, &anchor, &fault), YQ_OK, "%s", fault.text);
    cr_assert_eq(anchor.p[0], 1);
    a->close(s);
    net_dialect.data_hash = YQ_HASH_SM3;
    make_chain(raw);
    n = node_serve(raw, CHAIN_N, MODE_HONEST);
    s = opened(n, &fabric);
    cr_assert_eq(a->anchor(s, WAIT_MS, &anchor, &fault), YQ_E_PEER);
    a->close(s);
    n = node_serve(raw, CHAIN_N, MODE_BAD_DATA);
    s = opened(n, &probe);
    cr_assert_eq(a->anchor(s, WAIT_MS, &anchor, &fault), YQ_E_PEER, "data of no hash");
    a->close(s);
}

Test(dialect, needs_a_block_behind_the_anchor, .timeout = 60)
{
    yq_slice raw[CHAIN_N], anchor;
    yq_fault fault = {0};
    make_chain(raw);
    node *n = node_serve(raw, 1, MODE_HONEST);
    void *s = opened(n, &probe);
    cr_assert_eq(yq_adapter_v1()->anchor(s, WAIT_MS, &anchor, &fault), YQ_E_NOT_FOUND);
    cr_assert_eq(strncmp(fault.text, "dialect", 7), 0, "%s", fault.text);
    yq_adapter_v1()->close(s);
}
