/* A chain for yuqiao-bench: one transaction with one log an event. */
#define TEST_KEYS 100u
#include "light-clients/evm/test_chain.h"
#include "relay/codec/abi.h"
#include "relay/hub/test_bench_chain.h"

#define BLOCKS_MAX (YQ_EVM_VALIDATORS_MAX / 2 + 4)

static uint8_t room[TEST_BYTES_MAX];

typedef struct leaf {
    uint8_t key[8], tx[128], receipt[640];
    size_t key_n, tx_n, receipt_n;
} leaf;

static leaf leaves[TEST_BENCH_EVENTS];
static yq_trie_entry txs[TEST_BENCH_EVENTS], receipts[TEST_BENCH_EVENTS];

static void leaf_make(leaf *l, size_t idx)
{
    static const uint8_t bloom[256], address[20] = {0xee};
    const yq_digest topic = test_digest("Message(bytes)");
    uint8_t data[128];
    yq_writer k = yq_writer_of(l->key, sizeof l->key), d = yq_writer_of(data, sizeof data);
    yq_writer t = yq_writer_of(l->tx, sizeof l->tx),
              r = yq_writer_of(l->receipt, sizeof l->receipt);
    yq_rlp_put_uint(&k, idx);
    memset(l->tx, (int)(idx % 251), 110);
    t.n = 110;
    yq_abi_put_bytes(&d, yq_slice_text("a message"));
    size_t all = yq_rlp_list_begin(&r);
    yq_rlp_put_uint(&r, 1);
    yq_rlp_put_uint(&r, 21000 * (idx + 1));
    yq_rlp_put_string(&r, yq_slice_of(bloom, sizeof bloom));
    size_t logs = yq_rlp_list_begin(&r), log = yq_rlp_list_begin(&r);
    yq_rlp_put_string(&r, yq_slice_of(address, sizeof address));
    size_t topics = yq_rlp_list_begin(&r);
    yq_rlp_put_string(&r, YQ_SLICE_OF(topic.b));
    yq_rlp_list_end(&r, topics);
    yq_rlp_put_string(&r, yq_writer_slice(&d));
    yq_rlp_list_end(&r, log);
    yq_rlp_list_end(&r, logs);
    yq_rlp_list_end(&r, all);
    YQ_ASSERT(r.status == YQ_OK && k.status == YQ_OK);
    l->key_n = k.n;
    l->tx_n = t.n;
    l->receipt_n = r.n;
}

static int by_key(const void *a, const void *b)
{
    const leaf *x = a, *y = b;
    return yq_slice_compare(yq_slice_of(x->key, x->key_n), yq_slice_of(y->key, y->key_n));
}

static size_t index_of(const leaf *l)
{
    yq_slice key = yq_slice_of(l->key, l->key_n);
    size_t idx = 0;
    for (size_t i = key.p[0] > 0x80 ? 1 : 0; i < key.n; i++) {
        idx = idx << 8 | key.p[i];
    }
    return key.p[0] == 0x80 ? 0 : idx;
}

/* Fills the tries' leaves; the events of block 1 over them, once for every chain. */
static const test_bench_chain *events_of(test_chain *c, size_t n)
{
    static test_bench_chain kept;
    for (size_t i = 0; i < n; i++) {
        leaf_make(&leaves[i], i);
    }
    qsort(leaves, n, sizeof leaves[0], by_key);
    for (size_t i = 0; i < n; i++) {
        const yq_slice key = yq_slice_of(leaves[i].key, leaves[i].key_n);
        txs[i] = (yq_trie_entry){key, yq_slice_of(leaves[i].tx, leaves[i].tx_n)};
        receipts[i] = (yq_trie_entry){key, yq_slice_of(leaves[i].receipt, leaves[i].receipt_n)};
    }
    for (size_t i = kept.event_n; i < n; i++) {
        yq_arena_reset(&c->arena);
        const yq_trie_proof tx = test_trie(c, txs, n, txs[i].key);
        const yq_trie_proof receipt = test_trie(c, receipts, n, receipts[i].key);
        yq_writer w = yq_writer_of(room, sizeof room);
        yq_put_u8(&w, 1);
        yq_put_u64(&w, 1);
        yq_put_u32(&w, (uint32_t)index_of(&leaves[i]));
        test_nodes_put(&w, &tx);
        test_nodes_put(&w, &receipt);
        yq_put_u32(&w, 0);
        YQ_ASSERT(w.status == YQ_OK);
        test_bench_event(&kept, yq_writer_slice(&w));
    }
    yq_arena_reset(&c->arena);
    return &kept;
}

static void make(const test_bench_variant *variant, unsigned validators, test_bench_chain *out)
{
    static test_block b[BLOCKS_MAX];
    size_t n = variant->events_max, quorum = (2 * (size_t)validators + 2) / 3;
    char seals[TEST_KEYS + 1] = {0};
    test_wish wish = test_plain;
    test_chain *c = test_chain_new(variant->mode, validators);
    for (size_t i = 0; i < validators; i++) {
        c->member[i] = i;
        seals[i] = i < quorum ? 's' : '-';
    }
    wish.seals = seals;
    const test_bench_chain *events = events_of(c, n);
    b[0] = test_next(c, NULL, wish);
    b[1] = test_next(c, &b[0], wish);
    b[1].tx_root = test_trie(c, txs, n, (yq_slice){0}).root;
    b[1].receipt_root = test_trie(c, receipts, n, (yq_slice){0}).root;
    test_seal(c, wish, &b[1]);
    for (size_t i = 2; i <= c->depth + 1u; i++) {
        b[i] = test_next(c, &b[i - 1], wish);
    }
    out->anchor = test_bench_copy(test_anchor(c, &b[0], room));
    test_bench_update(out, test_update(&b[1], c->depth + 1u, room));
    test_bench_events(out, events);
    test_chain_free(c);
}

const test_bench_source *yq_bench_source_evm(void);

const test_bench_source *yq_bench_source_evm(void)
{
    static const test_bench_variant variant[] = {
        {"evm.ibft1", 100, 1000, 0, make, YQ_EVM_IBFT1},
        {"evm.ibft2", 100, 1000, 0, make, YQ_EVM_IBFT2},
        {"evm.qbft", 100, 1000, 0, make, YQ_EVM_QBFT},
        {"evm.clique", 100, 1000, 0, make, YQ_EVM_CLIQUE},
    };
    static const test_bench_source source = {"evm", variant, YQ_ARRAY_N(variant)};
    return &source;
}
