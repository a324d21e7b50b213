/* A chain for yuqiao-bench: one packet of IBC v1 an event. */
#define TEST_KEYS       100u
#define TEST_LEAVES_MAX 1024u
#include "light-clients/cometbft/test_ibc.h"
#include "relay/hub/test_bench_chain.h"

#define FIRST_SEQUENCE 1001u

static uint8_t room[TEST_BYTES_MAX];
static test_tree packets, stores;
static char keys[TEST_BENCH_EVENTS][64];
static yq_digest commitment, packets_root;

static void trees_make(size_t n)
{
    static const yq_digest bank = {{5}}, wasm = {{6}};
    uint8_t numbers[24];
    yq_writer w = yq_writer_of(numbers, sizeof numbers);
    const yq_digest data = test_sha(yq_slice_text("data"));
    yq_put_u64(&w, TEST_V1_TIMEOUT);
    yq_put_u64(&w, 1);
    yq_put_u64(&w, 100);
    const yq_slice part[] = {yq_writer_slice(&w), YQ_SLICE_OF(data.b)};
    commitment = test_sha_parts(part, 2);
    packets = (test_tree){.kind = TEST_IAVL, .n = n};
    for (size_t i = 0; i < n; i++) {
        (void)snprintf(
            keys[i],
            sizeof keys[i],
            "commitments/ports/yuqiao/channels/channel-4/sequences/%zu",
            FIRST_SEQUENCE + i);
        packets.leaf[i] = (test_leaf){yq_slice_text(keys[i]), YQ_SLICE_OF(commitment.b)};
    }
    packets_root = test_root(&packets);
    stores = (test_tree){.kind = TEST_SIMPLE, .n = 3};
    stores.leaf[0] = (test_leaf){yq_slice_text("bank"), YQ_SLICE_OF(bank.b)};
    stores.leaf[1] = (test_leaf){yq_slice_text("ibc"), YQ_SLICE_OF(packets_root.b)};
    stores.leaf[2] = (test_leaf){yq_slice_text("wasm"), YQ_SLICE_OF(wasm.b)};
}

static yq_slice event_of(size_t i)
{
    static uint8_t lower[TEST_PROOF_MAX], upper[TEST_PROOF_MAX];
    yq_writer w = yq_writer_of(room, sizeof room);
    yq_put_u8(&w, 1);
    yq_put_u8(&w, 1);
    yq_put_str8(&w, yq_slice_text("yuqiao"));
    yq_put_str8(&w, yq_slice_text("channel-4"));
    yq_put_u64(&w, FIRST_SEQUENCE + i);
    yq_put_u64(&w, TEST_V1_TIMEOUT);
    yq_put_u64(&w, 1);
    yq_put_u64(&w, 100);
    yq_put_blob32(&w, yq_slice_text("data"));
    yq_put_u64(&w, 2);
    yq_put_str8(&w, yq_slice_text("ibc"));
    yq_put_blob32(&w, test_member(&packets, i, lower));
    yq_put_blob32(&w, test_member(&stores, 1, upper));
    YQ_ASSERT(w.status == YQ_OK);
    return yq_writer_slice(&w);
}

static void make(const test_bench_variant *variant, unsigned validators, test_bench_chain *out)
{
    static test_bench_chain kept;
    static test_header h[3];
    char votes[TEST_KEYS + 1] = {0};
    test_chain *c = test_chain_new();
    const test_set set = test_set_of(0, validators, 1000000); /* powers that are nearly equal */
    trees_make(variant->events_max);
    for (size_t i = kept.event_n; i < variant->events_max; i++) {
        test_bench_event(&kept, event_of(i));
    }
    h[1] = test_header_next(c, NULL, &set);
    h[2] = test_header_next(c, &h[1], &set);
    h[2].app_root = test_root(&stores);
    test_header_seal(c, &h[2]);
    memset(votes, 'a', validators);
    memset(votes, 'c', 2 * validators / 3 + 1);
    out->anchor = test_bench_copy(test_anchor(&h[1], test_usual, room));
    test_bench_update(out, test_update(c, 1, &h[2], (test_votes){votes, 0}, NULL, room));
    test_bench_events(out, &kept);
    test_chain_free(c);
}

const test_bench_source *yq_bench_source_cometbft(void);

const test_bench_source *yq_bench_source_cometbft(void)
{
    static const test_bench_variant variant[] = {
        {"cometbft", 100, 1000, TEST_NOW_MS, make, 0},
    };
    static const test_bench_source source = {"cometbft", variant, YQ_ARRAY_N(variant)};
    return &source;
}
