/* Domestic forks: which dialect a channel speaks is found out at the anchor, and kept to. */
#include "light-clients/fabric/test_calls.h"

#include <criterion/criterion.h>

static client *started(net *n, int is_bft, parts *first)
{
    *n = net_new(is_bft);
    n->is_lean = 1;
    parts genesis = genesis_of(n);
    yq_slice tx = definition_tx(n, cc.path, 2);
    *first = block_of(n, &tx, 1);
    client *c = client_new();
    yq_slice anchor =
        layout_sampled_anchor(NET_CHANNEL, &cc, 1, layout_block(&genesis), layout_block(first));
    yq_status status = client_init(c, anchor);
    cr_assert_eq(status, YQ_OK, "%d %s", status, c->why.text);
    return c;
}

static const uint8_t hash[] = {YQ_HASH_SHA256, YQ_HASH_SM3};

/* Every combination is found, and a whole life goes on in it. */
static void live(unsigned mode, unsigned header, unsigned data, unsigned tx_hash, int is_bft)
{
    net_dialect = (yq_fabric_dialect){hash[header], hash[data], hash[tx_hash], (uint8_t)mode};
    net n, after;
    parts b;
    client *c = started(&n, is_bft, &b);
    cr_assert_eq(c->state[4], yq_fabric_is_plain(&net_dialect) ? 1 : 2);
    cr_assert(
        yq_fabric_is_plain(&net_dialect) || memcmp(c->state + 5, &net_dialect, 4) == 0,
        "another dialect was found");
    cr_assert_eq(client_update(c, layout_block(&b)), YQ_OK, "%s", c->why.text);
    net_take(&n, &b);
    tx_spec t = plain_call();
    yq_slice tx = tx_of(&n, &t);
    b = block_of(&n, &tx, 1);
    cr_assert_eq(client_update(c, layout_block(&b)), YQ_OK, "%s", c->why.text);
    net_take(&n, &b);
    yq_verified_event event;
    cr_assert_eq(client_event(c, layout_proof(2, 0, tx), &event), YQ_OK, "%s", c->why.text);
    cr_assert(yq_slice_equal(event.data, text("hello")));
    yq_slice element = config_element(&n, &good_update, &after);
    b = block_next(&n, &element, 1);
    block_sign(&n, &b, b.number);
    cr_assert_eq(client_update(c, layout_block(&b)), YQ_OK, "%s", c->why.text);
    client_free(c);
}

Test(dialects, each_is_found_and_followed, .timeout = 120)
{
    for (unsigned mode = YQ_FABRIC_SIGNING_PLAIN; mode <= YQ_FABRIC_SIGNING_SM2_TWICE; mode++) {
        for (unsigned h = 0; h < 8; h++) {
            live(mode, h & 1, h >> 1 & 1, h >> 2 & 1, (int)(h & 1));
        }
    }
}

/* A block of the right chain whose signatures or hashes are another dialect's is refused. */
Test(dialects, another_dialect_is_refused_later)
{
    static const yq_fabric_dialect sm = {
        YQ_HASH_SM3, YQ_HASH_SM3, YQ_HASH_SM3, YQ_FABRIC_SIGNING_SM2_TWICE};
    static const struct {
        yq_fabric_dialect spoken;
        yq_status want;
    } row[] = {
        {{YQ_HASH_SM3, YQ_HASH_SM3, YQ_HASH_SM3, YQ_FABRIC_SIGNING_SM2_TWICE}, YQ_OK},
        {{YQ_HASH_SM3, YQ_HASH_SHA256, YQ_HASH_SM3, YQ_FABRIC_SIGNING_SM2_TWICE}, YQ_E_HASH},
        {{YQ_HASH_SM3, YQ_HASH_SM3, YQ_HASH_SM3, YQ_FABRIC_SIGNING_SM2_HASH}, YQ_E_SIG},
        {{YQ_HASH_SM3, YQ_HASH_SM3, YQ_HASH_SM3, YQ_FABRIC_SIGNING_SM2_MESSAGE}, YQ_E_SIG},
        {{YQ_HASH_SM3, YQ_HASH_SM3, YQ_HASH_SM3, YQ_FABRIC_SIGNING_PLAIN}, YQ_E_CERT_CHAIN}};
    for (size_t i = 0; i < YQ_ARRAY_N(row); i++) {
        net n;
        parts b;
        net_dialect = sm;
        client *c = started(&n, 0, &b);
        yq_slice tx = b.element[0];
        net_dialect = row[i].spoken;
        b = block_of(&n, &tx, 1);
        yq_status status = client_update(c, layout_block(&b));
        cr_expect_eq(status, row[i].want, "row %zu: %d %s", i, status, c->why.text);
        client_free(c);
    }
}

/* Ids of transactions are made with the hash that was found. */
Test(dialects, ids_keep_to_their_hash)
{
    net n;
    parts b;
    net_dialect =
        (yq_fabric_dialect){YQ_HASH_SM3, YQ_HASH_SM3, YQ_HASH_SM3, YQ_FABRIC_SIGNING_SM2_MESSAGE};
    client *c = started(&n, 1, &b);
    cr_assert_eq(client_update(c, layout_block(&b)), YQ_OK);
    net_take(&n, &b);
    tx_spec t = plain_call();
    net_dialect.tx_hash = YQ_HASH_SHA256;
    yq_slice tx = tx_of(&n, &t);
    net_dialect.tx_hash = YQ_HASH_SM3;
    b = block_of(&n, &tx, 1);
    cr_assert_eq(client_update(c, layout_block(&b)), YQ_OK, "%s", c->why.text);
    yq_verified_event event;
    cr_assert_eq(client_event(c, layout_proof(2, 0, tx), &event), YQ_E_HASH);
    client_free(c);
}

static yq_status begun(net *n, const parts *genesis, const parts *sample)
{
    (void)n;
    client *c = client_new();
    yq_status status = client_init(
        c, layout_sampled_anchor(NET_CHANNEL, &cc, 1, layout_block(genesis), layout_block(sample)));
    client_free(c);
    return status;
}

Test(dialects, what_a_sample_must_be)
{
    net_dialect =
        (yq_fabric_dialect){YQ_HASH_SM3, YQ_HASH_SM3, YQ_HASH_SM3, YQ_FABRIC_SIGNING_SM2_TWICE};
    net n = net_new(1);
    n.is_lean = 1;
    parts genesis = genesis_of(&n);
    yq_slice tx = definition_tx(&n, cc.path, 2);
    parts good = block_of(&n, &tx, 1), b = good;
    cr_expect_eq(begun(&n, &genesis, &good), YQ_OK);
    b.number++;
    cr_expect_eq(begun(&n, &genesis, &b), YQ_E_ANCHOR);
    b.number = 0; /* is not the next of the last number that there is */
    b.previous_hash = nothing;
    parts last = genesis;
    last.number = UINT64_MAX;
    last.previous_hash = digest_of(text("x"));
    cr_expect_eq(begun(&n, &last, &b), YQ_E_ANCHOR);
    b = good;
    b.previous_hash = digest_of(text("x"));
    cr_expect_eq(begun(&n, &genesis, &b), YQ_E_PARENT);
    b = good;
    b.data_hash = digest_of(text("x"));
    cr_expect_eq(begun(&n, &genesis, &b), YQ_E_HASH);
    const orderer_spec two[] = {{.id = 1}, {.id = 2}};
    b = good;
    b.signatures = metadata_of(&n, &b, 0, two, 2);
    cr_expect_eq(begun(&n, &genesis, &b), YQ_E_ANCHOR);
    /* Without a sample an SM2 network is none that is known. */
    client *c = client_new();
    cr_expect_eq(
        client_init(c, layout_anchor(NET_CHANNEL, &cc, 1, layout_block(&genesis))), YQ_E_HASH);
    yq_slice foreign =
        layout_sampled_anchor("other", &cc, 1, layout_block(&genesis), layout_block(&good));
    cr_expect_eq(client_init(c, foreign), YQ_E_DOMAIN, "the cause, and not that no dialect fits");
    yq_slice empty = layout_sampled_anchor(NET_CHANNEL, &cc, 1, layout_block(&genesis), nothing);
    cr_expect_eq(client_init(c, empty), YQ_E_LEN);
    client_free(c);
}

/* A state's dialect is one that is known, and Fabric's own has one encoding. */
Test(dialects, states)
{
    net n;
    parts b;
    net_dialect =
        (yq_fabric_dialect){YQ_HASH_SM3, YQ_HASH_SM3, YQ_HASH_SM3, YQ_FABRIC_SIGNING_SM2_TWICE};
    client *c = started(&n, 0, &b);
    static const uint8_t wrong[][4] = {
        {0, 1, 1, 4}, {1, 3, 1, 4}, {1, 1, 9, 4}, {1, 1, 1, 0}, {1, 1, 1, 5}, {2, 2, 2, 1}};
    for (size_t i = 0; i < YQ_ARRAY_N(wrong); i++) {
        memcpy(c->state + 5, wrong[i], 4);
        cr_expect_eq(client_update(c, layout_block(&b)), YQ_E_RANGE, "row %zu", i);
    }
    client_free(c);
}
