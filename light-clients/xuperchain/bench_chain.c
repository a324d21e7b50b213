/* A chain for yuqiao-bench: one transaction of version 3 an event. */
#define TEST_LEAVES_MAX 1024u
#include "light-clients/xuperchain/test_chain.h"
#include "relay/hub/test_bench_chain.h"

#define TX_MAX 1024u

static uint8_t room[TEST_BYTES_MAX], raw[TEST_LEAVES_MAX][TX_MAX];

/* The transactions' ids, and what they are the ids of. */
static void leaves_make(yq_digest *leaf, size_t *size, size_t n)
{
    static uint8_t tx[16384];
    for (size_t i = 0; i < n; i++) {
        yq_slice in = test_tx((test_tx_wish){.nonce = (unsigned)i}, tx);
        YQ_ASSERT(in.n <= TX_MAX);
        memcpy(raw[i], in.p, in.n);
        size[i] = in.n;
        leaf[i] = test_twice(YQ_HASH_SHA256, in);
    }
}

static void make(const test_bench_variant *variant, unsigned validators, test_bench_chain *out)
{
    static test_bench_chain kept;
    static test_block first, b[4];
    static yq_digest leaf[TEST_LEAVES_MAX];
    static size_t size[TEST_LEAVES_MAX];
    yq_digest path[16];
    char votes[TEST_KEYS + 1] = {0};
    size_t path_n, n = variant->events_max;
    test_chain *c = test_chain_new(variant->mode, validators);
    memset(votes, '-', validators);
    memset(votes, 's', validators - (validators - 1) / 3);
    leaves_make(leaf, size, n);
    test_next(c, NULL, (test_wish){.no_cert = 1}, &first);
    for (size_t i = 0; i < 4; i++) {
        test_wish wish = {.votes = votes, .no_cert = i == 0};
        if (i == 0) {
            wish.root = test_tree(leaf, n, 0, path, &path_n);
            wish.tx_count = (uint32_t)n;
        }
        test_next(c, i == 0 ? &first : &b[i - 1], wish, &b[i]);
    }
    out->anchor = test_bench_copy(test_anchor(c, &first, 0, room));
    test_bench_update(out, test_update(b, 4, room));
    for (size_t i = kept.event_n; i < n; i++) {
        (void)test_tree(leaf, n, i, path, &path_n);
        const test_proof_wish wish = {
            .height = b[0].height, .at = i, .path = path, .path_n = path_n};
        test_bench_event(&kept, test_proof(wish, yq_slice_of(raw[i], size[i]), room));
    }
    test_bench_events(out, &kept);
    test_chain_free(c);
}

const test_bench_source *yq_bench_source_xuperchain(void);

const test_bench_source *yq_bench_source_xuperchain(void)
{
    static const test_bench_variant variant[] = {
        {"xuperchain.p256", 64, 1000, 0, make, 1},
        {"xuperchain.sm", 64, 1000, 0, make, 2},
    };
    static const test_bench_source source = {"xuperchain", variant, YQ_ARRAY_N(variant)};
    return &source;
}
