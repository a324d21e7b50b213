#ifndef YQ_RELAY_HUB_TEST_MESSAGE_H
#define YQ_RELAY_HUB_TEST_MESSAGE_H

/* For tests of messages: two cities, and what they say. */
#include "relay/hub/packet.h"
#include "relay/hub/test_support.h"

#include <criterion/criterion.h>

static test_world w;

static inline void setup(void)
{
    test_two_cities(&w);
}

static inline void teardown(void)
{
    test_world_free(&w);
}

static inline yq_digest send(const yq_packet *packet)
{
    cr_assert_eq(test_sent(&w, "city-a", packet), YQ_OK, "%s", w.result.why.text);
    return test_data_id(&w);
}

static inline yq_digest send_number(uint64_t sequence)
{
    yq_packet p = test_packet(sequence);
    return send(&p);
}

static inline yq_packet leaf_packet(const char *chain, uint64_t index)
{
    yq_slice bytes;
    yq_state_key key;
    yq_packet packet;
    yq_state_key_str(&key, YQ_MODULE_OUTBOX, YQ_TABLE_OUTBOX_PACKET, test_text(chain));
    yq_put_u64(&key.w, index);
    cr_assert(yq_state_load(&w.hub, &key, &bytes), "leaf %u of %s", (unsigned)index, chain);
    cr_assert_eq(yq_packet_decode(bytes, &packet, NULL), YQ_OK);
    return packet;
}

static inline yq_digest commitment_of(const yq_packet *packet)
{
    yq_digest commitment;
    cr_assert_eq(yq_packet_commitment(YQ_HASH_SM3, packet, &commitment), YQ_OK);
    return commitment;
}

static inline yq_done done_of(const char *chain, uint64_t index, uint8_t status)
{
    const yq_packet packet = leaf_packet(chain, index);
    return (yq_done){.index = index, .commitment = commitment_of(&packet), .status = status};
}

static inline yq_status answer(const char *chain, uint64_t index, uint8_t status)
{
    const yq_done done = done_of(chain, index, status);
    return test_done(&w, chain, &done);
}

static inline uint8_t state(const yq_digest *id)
{
    return test_message(&w, id).state;
}

static inline void trace_is(const yq_digest *id, const yq_trace_step *step, uint32_t n)
{
    const yq_message m = test_message(&w, id);
    cr_expect_eq(m.trace_n, n);
    for (uint32_t i = 0; i < n; i++) {
        yq_trace t;
        cr_assert_eq(yq_hub_trace(&w.hub, id, i, &t), YQ_OK);
        cr_expect_eq(t.step, step[i], "step %u: %s", i, yq_trace_step_name(t.step));
        cr_expect(t.height > 0 && t.time_ms > 0);
        cr_expect_not(yq_bytes_are_zero(t.hash.b, sizeof t.hash.b));
    }
    yq_trace t;
    cr_expect_eq(yq_hub_trace(&w.hub, id, n, &t), YQ_E_NOT_FOUND);
}

static inline yq_status freeze(const char *chain, uint64_t duration_ms)
{
    const yq_tx tx = {
        .method = YQ_METHOD_CHAIN_FREEZE,
        .as.chain_act = {
            .chain = test_text(chain), .reason = test_text("drill"), .duration_ms = duration_ms}};
    return test_execute(&w, &w.admin[1], &tx);
}

static inline yq_status inbox(const char *chain, uint64_t at, uint8_t paused)
{
    const yq_inbox_state s = {.epoch = 1, .set_hash = w.set, .paused = paused};
    return test_state(&w, chain, at, &s);
}

#endif /* YQ_RELAY_HUB_TEST_MESSAGE_H */
