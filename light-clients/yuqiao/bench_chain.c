/* A ledger for yuqiao-bench: one packet of the outbox an event. */
#define TEST_PACKETS 1000u
#include "light-clients/yuqiao/test_chain.h"
#include "relay/hub/test_bench_chain.h"

static uint8_t room[TEST_BYTES_MAX];

static void make(const test_bench_variant *variant, unsigned validators, test_bench_chain *out)
{
    static test_chain c;
    static test_bench_chain kept[5];
    test_bench_chain *events = &kept[variant->mode];
    const test_set set = {1, 0, validators};
    char letters[TEST_KEYS + 1] = {0};
    static const uint32_t alg[] = {
        0, YQ_HASH_SM3, YQ_HASH_SHA256, YQ_HASH_KECCAK256, YQ_HASH_SHA256};
    test_chain_init(&c, alg[variant->mode], variant->mode, variant->mode);
    memset(letters, '-', validators);
    memset(letters, 's', validators - (validators - 1) / 3);
    yq_final_info first = test_info(&c, 1, 1), second = test_info(&c, 1, 2);
    out->anchor = test_bench_copy(test_anchor(&c, set, &first, room));
    test_bench_update(out, test_update_letters(&c, set, &second, letters, NULL, room));
    for (unsigned i = (unsigned)events->event_n; i < variant->events_max; i++) {
        test_bench_event(events, test_event(&c, 2, i, room));
    }
    test_bench_events(out, events);
    test_chain_free(&c);
}

const test_bench_source *yq_bench_source_yuqiao(void);

const test_bench_source *yq_bench_source_yuqiao(void)
{
    static const test_bench_variant variant[] = {
        {"yuqiao.sm", 31, 1000, TEST_NOW + 5000, make, 1},
        {"yuqiao.p256", 31, 1000, TEST_NOW + 5000, make, 2},
    };
    static const test_bench_source source = {"yuqiao", variant, YQ_ARRAY_N(variant)};
    return &source;
}
