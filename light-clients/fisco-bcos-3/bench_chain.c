/* A chain for yuqiao-bench: one transaction with one log an event. */
#define TEST_KEYS_MAX 100u
#define TEST_TXS_MAX  1000u
#include "light-clients/fisco-bcos-3/test_chain.h"
#include "relay/hub/test_bench_chain.h"

static uint8_t room[TEST_BYTES_MAX];

/* The header with the signatures of a quorum: all weigh one. */
static yq_slice update_of(const test_chain *c, const test_block *b, unsigned sealers)
{
    unsigned quorum = sealers - (sealers - 1) / 3;
    yq_writer w = yq_writer_of(room, sizeof room);
    yq_put_u8(&w, 1);
    test_header_put(c, b, 1, &w);
    yq_put_u16(&w, (uint16_t)quorum);
    for (unsigned i = 0; i < quorum; i++) {
        yq_put_u16(&w, (uint16_t)i);
        test_sign(c, &b->hash, c->key[i], &w);
    }
    yq_put_u16(&w, 0);
    YQ_ASSERT(w.status == YQ_OK);
    return yq_writer_slice(&w);
}

/* The paths of all transactions, over leaves that are hashed once. */
typedef struct paths {
    size_t levels;
    yq_digest node[2][16][TEST_TXS_MAX];
    size_t n[16];
} paths;

static void paths_make(const test_chain *c, const test_block *b, paths *p)
{
    p->n[0] = b->tx_n;
    for (size_t i = 0; i < b->tx_n; i++) {
        p->node[0][0][i] = test_tx_hash(c, &b->tx[i]);
        p->node[1][0][i] = test_receipt_hash(c, &b->tx[i], b->number);
    }
    for (p->levels = 0; p->n[p->levels] > 1; p->levels++) {
        size_t n = p->n[p->levels];
        p->n[p->levels + 1] = (n + 1) / 2;
        for (size_t i = 0; i < n; i += 2) {
            for (unsigned which = 0; which < 2; which++) {
                p->node[which][p->levels + 1][i / 2] =
                    test_hash(c, yq_slice_of(p->node[which][p->levels][i].b, i + 1 < n ? 64 : 32));
            }
        }
    }
}

static yq_slice event_of(const test_block *b, const paths *p, size_t index)
{
    yq_writer w = yq_writer_of(room, sizeof room);
    size_t at = index;
    yq_put_u8(&w, 1);
    yq_put_u64(&w, b->number);
    yq_put_u8(&w, (uint8_t)p->levels);
    for (size_t level = 0; level < p->levels; level++, at /= 2) {
        size_t beside = at ^ 1u;
        int there = beside < p->n[level];
        yq_put_u8(&w, !there ? 3 : at % 2 == 0 ? 1 : 2);
        for (unsigned which = 0; which < 2 && there; which++) {
            yq_put(&w, YQ_SLICE_OF(p->node[which][level][beside].b));
        }
    }
    test_tx_put(&b->tx[index], &w);
    yq_put_u32(&w, 0);
    YQ_ASSERT(w.status == YQ_OK);
    return yq_writer_slice(&w);
}

static void make(const test_bench_variant *variant, unsigned validators, test_bench_chain *out)
{
    static test_block b[3];
    static paths p;
    test_chain c = test_chain_new(variant->mode, validators, validators);
    memset(b, 0, sizeof b);
    test_header_make(&c, NULL, &b[0]);
    out->anchor = test_bench_copy(test_anchor(&c, &b[0], room));
    b[1].tx_n = variant->events_max;
    for (size_t i = 0; i < b[1].tx_n; i++) {
        test_tx_make(i + 1, TEST_CONTRACT, yq_slice_text("call"), &b[1].tx[i]);
        test_log_add(&b[1].tx[i], "a message");
    }
    test_header_make(&c, &b[0], &b[1]);
    test_plain_block(&c, &b[1], &b[2]);
    test_bench_update(out, update_of(&c, &b[1], validators));
    test_bench_update(out, update_of(&c, &b[2], validators));
    paths_make(&c, &b[1], &p);
    for (size_t i = 0; i < b[1].tx_n; i++) {
        test_bench_event(out, event_of(&b[1], &p, i));
    }
    test_chain_free(&c);
}

const test_bench_source *yq_bench_source_fisco_bcos_3(void);

const test_bench_source *yq_bench_source_fisco_bcos_3(void)
{
    static const test_bench_variant variant[] = {
        {"fisco-bcos-3.sm", 100, 1000, 1760000100000, make, TEST_SM},
        {"fisco-bcos-3.keccak", 100, 1000, 1760000100000, make, TEST_KECCAK},
    };
    static const test_bench_source source = {"fisco-bcos-3", variant, YQ_ARRAY_N(variant)};
    return &source;
}
