/* For yuqiao-bench: statements. Nothing is shared between them, so that a few tell all. */
#define TEST_KEYS 64u
#include "light-clients/attested/test_kit.h"
#include "relay/hub/test_bench_chain.h"

static uint8_t room[TEST_BYTES_MAX], body[TEST_BYTES_MAX];

static void make(const test_bench_variant *variant, unsigned attesters, test_bench_chain *out)
{
    char letters[TEST_KEYS + 1] = {0};
    test_attesters t;
    uint16_t threshold = (uint16_t)(attesters - (attesters - 1) / 3);
    test_attesters_new(&t, attesters, threshold);
    memset(letters, '-', attesters);
    memset(letters, 's', threshold);
    out->anchor = test_bench_copy(test_anchor(&t, room));
    yq_writer b = test_body(body, YQ_ATTEST_BLOCK, 2, 'a');
    test_bench_update(out, test_statement(&t, yq_writer_slice(&b), letters, room));
    for (unsigned i = 0; i < variant->events_max; i++) {
        char data[24];
        (void)snprintf(data, sizeof data, "event %u", i);
        b = test_body(body, YQ_ATTEST_EVENT, 2, 'a');
        test_event_put(&b, data);
        test_bench_event(out, test_statement(&t, yq_writer_slice(&b), letters, room));
    }
    test_attesters_free(&t);
}

const test_bench_source *yq_bench_source_attested(void);

const test_bench_source *yq_bench_source_attested(void)
{
    static const test_bench_variant variant[] = {
        {"attested", TEST_KEYS, 20, 0, make, 0},
    };
    static const test_bench_source source = {"attested", variant, YQ_ARRAY_N(variant)};
    return &source;
}
