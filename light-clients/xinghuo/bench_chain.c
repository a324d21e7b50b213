/* For yuqiao-bench: ledgers by their validators' proofs; events are statements of six attesters, of
 * which nothing is shared, so that a few tell all. */
#include "light-clients/xinghuo/test_kit.h"
#include "relay/hub/test_bench_chain.h"

static uint8_t room[TEST_BYTES_MAX], body[TEST_BYTES_MAX];

static void make(const test_bench_variant *variant, unsigned validators, test_bench_chain *out)
{
    char letters[TEST_VALIDATORS + 1] = {0};
    test_xinghuo x;
    test_xinghuo_new(&x, validators);
    memset(letters, '-', validators);
    memset(letters, 's', validators - (validators - 1) / 3);
    out->anchor = test_bench_copy(test_xinghuo_anchor(&x, room));
    test_bench_update(
        out, test_proof(&x, (test_proof_wish){.height = 2, .letters = letters}, room));
    for (unsigned i = 0; i < variant->events_max; i++) {
        char data[24];
        (void)snprintf(data, sizeof data, "event %u", i);
        yq_writer b = test_body(body, YQ_ATTEST_EVENT, 2, 'a');
        test_event_put(&b, data);
        test_bench_event(out, test_statement(&x.attesters, yq_writer_slice(&b), "ssss--", room));
    }
    test_xinghuo_free(&x);
}

const test_bench_source *yq_bench_source_xinghuo(void);

const test_bench_source *yq_bench_source_xinghuo(void)
{
    static const test_bench_variant variant[] = {
        {"xinghuo", 64, 20, 0, make, 0},
    };
    static const test_bench_source source = {"xinghuo", variant, YQ_ARRAY_N(variant)};
    return &source;
}
