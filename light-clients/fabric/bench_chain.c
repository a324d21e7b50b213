/* A channel for yuqiao-bench: SmartBFT orderers, one transaction with one event each. The evidence
 * of a block is the whole block, and a transaction of the hub holds at most 1 MiB: so many of these
 * transactions fit. */
#define PARTS_MAX 240u
#define CAP       (1u << 20)
#include "light-clients/fabric/test_calls.h"
#include "relay/hub/test_bench_chain.h"

/* ceil((n + f + 1) / 2) of the orderers. */
static void sign(const net *n, parts *b)
{
    static orderer_spec orderer[64];
    unsigned faulty = (n->consenters - 1) / 3, quorum = (n->consenters + faulty + 2) / 2;
    for (unsigned i = 0; i < quorum; i++) {
        orderer[i] = (orderer_spec){.id = i + 1};
    }
    b->signatures = metadata_of(n, b, n->config_number, orderer, quorum);
}

static void make(const test_bench_variant *variant, unsigned validators, test_bench_chain *out)
{
    static parts genesis, b;
    static yq_slice tx[PARTS_MAX];
    net n = net_new(1);
    n.consenters = validators;
    genesis = genesis_of(&n);
    out->anchor = test_bench_copy(layout_anchor(NET_CHANNEL, &cc, 1, layout_block(&genesis)));
    tx[0] = definition_tx(&n, cc.path, 2);
    b = block_next(&n, tx, 1);
    sign(&n, &b);
    net_take(&n, &b);
    test_bench_update(out, layout_block(&b));
    for (unsigned i = 0; i < variant->events_max; i++) {
        tx_spec t = plain_call();
        tx[i] = tx_of(&n, &t);
    }
    b = block_next(&n, tx, variant->events_max);
    sign(&n, &b);
    test_bench_update(out, layout_block(&b));
    for (unsigned i = 0; i < variant->events_max; i++) {
        test_bench_event(out, layout_proof(2, i, tx[i]));
    }
}

const test_bench_source *yq_bench_source_fabric(void);

const test_bench_source *yq_bench_source_fabric(void)
{
    static const test_bench_variant variant[] = {
        {"fabric.smartbft", 64, PARTS_MAX, 0, make, 0},
    };
    static const test_bench_source source = {"fabric", variant, YQ_ARRAY_N(variant)};
    return &source;
}
