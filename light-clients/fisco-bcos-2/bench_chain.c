/* A chain for yuqiao-bench: one transaction with one log an event. */
#define TEST_KEYS_MAX 100u
#define TEST_TXS_MAX  1000u
#include "light-clients/fisco-bcos-2/test_chain.h"
#include "relay/hub/test_bench_chain.h"

static uint8_t room[TEST_BYTES_MAX];

/* The header with the signatures of the first n - f sealers. */
static yq_slice update_of(const test_chain *c, const test_block *b)
{
    const yq_key *sealer[TEST_KEYS_MAX];
    size_t n = test_sealers(c, sealer);
    size_t quorum = n - (n - 1) / 3;
    yq_writer w = yq_writer_of(room, sizeof room);
    yq_put_u8(&w, 1);
    yq_put_blob32(&w, yq_slice_of(b->header, b->header_n));
    yq_put_u16(&w, (uint16_t)quorum);
    for (size_t i = 0; i < quorum; i++) {
        test_sign(c, &b->hash, sealer[i], (uint16_t)i, &w);
    }
    yq_put_u16(&w, 0);
    YQ_ASSERT(w.status == YQ_OK);
    return yq_writer_slice(&w);
}

/* The event of a transaction, over leaves that are hashed once for the block. */
static yq_slice event_of(
    const test_chain *c, const test_block *b, yq_digest leaf[2][TEST_TXS_MAX], uint32_t index)
{
    static yq_digest node[TEST_TXS_MAX];
    const test_tx *t = &b->tx[index];
    yq_writer w = yq_writer_of(room, sizeof room);
    yq_put_u8(&w, 1);
    yq_put_u64(&w, b->number);
    yq_put_u32(&w, index);
    yq_put_blob32(&w, yq_slice_of(t->tx, t->tx_n));
    memcpy(node, leaf[0], sizeof node);
    (void)test_tree_over(c, node, b->tx_n, index, &w);
    yq_put_blob32(&w, yq_slice_of(t->receipt, t->receipt_n));
    memcpy(node, leaf[1], sizeof node);
    (void)test_tree_over(c, node, b->tx_n, index, &w);
    yq_put_u32(&w, 0);
    YQ_ASSERT(w.status == YQ_OK);
    return yq_writer_slice(&w);
}

static void make(const test_bench_variant *variant, unsigned validators, test_bench_chain *out)
{
    static test_block genesis, block;
    static yq_digest leaf[2][TEST_TXS_MAX];
    static const uint8_t to[20] = {0xee};
    test_chain c = test_chain_new(variant->mode, validators, validators);
    const test_log log = {.address = {0xee}, .topics = 1, .data = yq_slice_text("a message")};
    memset(&genesis, 0, sizeof genesis);
    test_header_make(&c, NULL, &genesis);
    out->anchor = test_bench_copy(test_anchor(&c, &genesis, room));
    block.tx_n = variant->events_max;
    for (size_t i = 0; i < block.tx_n; i++) {
        test_tx_make(&c, i + 1, to, yq_slice_text("call"), &block.tx[i]);
        test_receipt_make(0, (yq_slice){0}, &log, 1, 8, &block.tx[i]);
    }
    test_header_make(&c, &genesis, &block);
    test_bench_update(out, update_of(&c, &block));
    test_leaves(&c, &block, 0, leaf[0]);
    test_leaves(&c, &block, 1, leaf[1]);
    for (uint32_t i = 0; i < block.tx_n; i++) {
        test_bench_event(out, event_of(&c, &block, leaf, i));
    }
    test_chain_free(&c);
}

const test_bench_source *yq_bench_source_fisco_bcos_2(void);

const test_bench_source *yq_bench_source_fisco_bcos_2(void)
{
    static const test_bench_variant variant[] = {
        {"fisco-bcos-2.sm", 100, 1000, 0, make, YQ_FISCO2_SUITE_SM},
        {"fisco-bcos-2.keccak", 100, 1000, 0, make, YQ_FISCO2_SUITE_KECCAK},
    };
    static const test_bench_source source = {"fisco-bcos-2", variant, YQ_ARRAY_N(variant)};
    return &source;
}
