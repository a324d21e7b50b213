/* A chain for yuqiao-bench: one transaction with one event each. */
#define TEST_KEYS    100u
#define TEST_TXS_MAX 1024u
#include "light-clients/chainmaker/test_chain.h"
#include "relay/hub/test_bench_chain.h"

static uint8_t room[TEST_BYTES_MAX];
static uint8_t raw[TEST_TXS_MAX][TEST_TX_MAX];

/* Every node of the chain signs alike: SM2 on an SM chain, else P-256. */
static test_chain chain_of(uint8_t alg, unsigned validators)
{
    test_chain c = test_chain_new(alg, validators);
    int sm = alg == YQ_HASH_SM3;
    for (size_t i = 0; i < validators; i++) {
        test_node *node = &c.node[i];
        yq_key_free(node->key);
        node->key = yq_key_derive(
            sm ? YQ_SIG_SM2_MESSAGE : YQ_SIG_P256_DIGEST, yq_slice_text("chainmaker"), node->id);
        YQ_ASSERT(node->key != NULL);
        node->scheme = sm ? YQ_CMAKER_SM2_SM3 : YQ_CMAKER_P256_SHA256;
        c.member[i] = i;
    }
    return c;
}

static yq_slice event_of(
    const test_chain *c, const yq_digest *leaf, size_t n, size_t i, size_t size)
{
    yq_digest path[16];
    size_t path_n;
    yq_writer w = yq_writer_of(room, sizeof room);
    (void)test_tree(c, leaf, n, i, path, &path_n);
    yq_put_u8(&w, 1);
    yq_put_u64(&w, 1);
    yq_put_u32(&w, (uint32_t)i);
    yq_put_u8(&w, (uint8_t)path_n);
    yq_put_bytes(&w, path, path_n * 32);
    yq_put_blob32(&w, yq_slice_of(raw[i], size));
    yq_put_u32(&w, 0);
    YQ_ASSERT(w.status == YQ_OK);
    return yq_writer_slice(&w);
}

static void make(const test_bench_variant *variant, unsigned validators, test_bench_chain *out)
{
    static yq_digest leaf[TEST_TXS_MAX];
    static test_bench_chain events[2];
    test_bench_chain *kept = &events[variant->mode == YQ_HASH_SM3];
    yq_digest path[16];
    char votes[TEST_KEYS + 1] = {0};
    size_t path_n, n = variant->events_max, size[TEST_TXS_MAX];
    test_chain c = chain_of(variant->mode, validators);
    for (size_t i = 0; i < n; i++) {
        size[i] = test_tx(raw[i], sizeof raw[i], (test_tx_wish){.idx = i, .events = 1, .data = 4});
        const yq_slice tx = {raw[i], size[i]};
        leaf[i] = test_hash(&c, &tx, 1);
    }
    test_block genesis = test_next(&c, NULL), block = test_next(&c, &genesis);
    block.tx_count = (uint32_t)n;
    block.tx_root = test_tree(&c, leaf, n, 0, path, &path_n);
    test_seal(&c, &block);
    memset(votes, '-', validators);
    memset(votes, 's', validators - (validators - 1) / 3);
    out->anchor = test_bench_copy(test_anchor(&c, &genesis, room));
    test_bench_update(
        out, test_update(&c, &block, (test_votes){votes, 0, NULL}, (yq_slice){0}, room));
    for (size_t i = kept->event_n; i < n; i++) {
        test_bench_event(kept, event_of(&c, leaf, n, i, size[i]));
    }
    test_bench_events(out, kept);
    test_chain_free(&c);
}

const test_bench_source *yq_bench_source_chainmaker(void);

const test_bench_source *yq_bench_source_chainmaker(void)
{
    static const test_bench_variant variant[] = {
        {"chainmaker.sm", 100, 1000, 0, make, YQ_HASH_SM3},
        {"chainmaker.p256", 100, 1000, 0, make, YQ_HASH_SHA256},
    };
    static const test_bench_source source = {"chainmaker", variant, YQ_ARRAY_N(variant)};
    return &source;
}
