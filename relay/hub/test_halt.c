#include "relay/hub/packet.h"
#include "relay/hub/test_support.h"

#include <criterion/criterion.h>

/* HALT and RESUME: what the partners of a chain are told when it freezes and goes on. */
static test_world w;

static void setup(void)
{
    test_two_cities(&w); /* a lane from city-a to city-b */
}

static void teardown(void)
{
    test_world_free(&w);
}

static yq_status freeze(const char *chain, uint64_t duration_ms)
{
    const yq_tx tx = {
        .method = YQ_METHOD_CHAIN_FREEZE,
        .as.chain_act = {
            .chain = test_text(chain), .reason = test_text("drill"), .duration_ms = duration_ms}};
    return test_execute(&w, &w.admin[0], &tx);
}

static uint64_t size_of(const char *chain)
{
    yq_outbox_view v = {0};
    yq_hub_reset(&w.hub);
    return yq_hub_outbox(&w.hub, test_text(chain), &v) == YQ_OK ? v.size : 0;
}

static void check_control(const char *dst, uint64_t index, uint8_t kind, uint64_t sequence)
{
    yq_slice bytes;
    yq_packet p;
    uint64_t height;
    cr_assert(
        yq_outbox_packet(&w.hub, test_text(dst), index, &bytes), "%s %u", dst, (unsigned)index);
    cr_assert_eq(yq_packet_decode(bytes, &p, NULL), YQ_OK);
    cr_assert_eq(p.kind, kind);
    cr_assert_eq(p.sequence, sequence);
    cr_assert(yq_slice_equal(p.src_chain, test_text("city-a")));
    cr_assert_eq(p.src_service.n + p.dst_service.n, 0);
    cr_assert_eq(yq_control_decode(p.payload, &height, NULL), YQ_OK);
    cr_assert_eq(height, w.height);
}

static yq_status done(const char *chain, uint64_t index, uint8_t status)
{
    yq_leaf leaf;
    cr_assert(yq_leaf_load(&w.hub, test_text(chain), index, &leaf));
    const yq_done d = {.index = index, .commitment = leaf.commitment, .status = status};
    return test_done(&w, chain, &d);
}

Test(halt, partners_hear_of_a_freeze_and_of_its_end, .init = setup, .fini = teardown)
{
    cr_assert_eq(freeze("city-a", 1000), YQ_OK);
    cr_assert_eq(size_of("city-b"), 1);
    check_control("city-b", 0, YQ_PACKET_HALT, 1);
    cr_assert_eq(size_of("city-a"), 0, "it is no partner of itself");
    test_begin(&w, 1000);
    cr_assert_eq(size_of("city-b"), 2);
    check_control("city-b", 1, YQ_PACKET_RESUME, 2);
    cr_assert_eq(freeze("city-a", 1000), YQ_OK);
    check_control("city-b", 2, YQ_PACKET_HALT, 3);
}

Test(halt, a_destination_that_freezes_halts_nobody, .init = setup, .fini = teardown)
{
    cr_assert_eq(freeze("city-b", 1000), YQ_OK);
    cr_assert_eq(size_of("city-a") + size_of("city-b"), 0);
}

Test(halt, a_longer_freeze_is_no_second_one, .init = setup, .fini = teardown)
{
    cr_assert_eq(freeze("city-a", 1000), YQ_OK);
    cr_assert_eq(freeze("city-a", 0), YQ_OK);
    test_approve(&w, test_data_u64(&w));
    cr_assert_eq(size_of("city-b"), 1);
}

Test(halt, misbehaviour_halts_until_a_new_anchor, .init = setup, .fini = teardown)
{
    const yq_tx tx = {
        .method = YQ_METHOD_CLIENT_MISBEHAVIOUR,
        .as.evidence = {.chain = test_text("city-a"), .bytes = test_text("two headers")}};
    cr_assert_eq(test_execute(&w, &w.adapter[0], &tx), YQ_OK);
    check_control("city-b", 0, YQ_PACKET_HALT, 1);
    const yq_tx recover = {
        .method = YQ_METHOD_CHAIN_RECOVER,
        .as.chain_recover = {
            .anchor = yq_slice_of("ok\0\0\0\0\0\0\0\7", 10),
            .chain = test_text("city-a"),
            .reason = test_text("drill"),
            .verifier = 1}};
    cr_assert_eq(test_execute(&w, &w.admin[1], &recover), YQ_OK);
    test_approve(&w, test_data_u64(&w));
    check_control("city-b", 1, YQ_PACKET_RESUME, 2);
}

Test(halt, a_partner_that_comes_later_hears_at_once, .init = setup, .fini = teardown)
{
    test_chain(&w, "city-c", YQ_SUITE_SM2);
    cr_assert_eq(freeze("city-a", 1000), YQ_OK);
    const yq_tx tx = test_lane_tx("city-a", "send", "city-c", "recv");
    cr_assert_eq(test_execute(&w, &w.admin[0], &tx), YQ_OK);
    check_control("city-c", 0, YQ_PACKET_HALT, 1);
    cr_assert_eq(test_execute(&w, &w.admin[0], &tx), YQ_OK, "opened again");
    cr_assert_eq(size_of("city-c"), 1);
    test_begin(&w, 1000);
    check_control("city-b", 1, YQ_PACKET_RESUME, 2);
    check_control("city-c", 1, YQ_PACKET_RESUME, 2);
}

Test(halt, another_lane_does_not_begin_the_sequence_anew, .init = setup, .fini = teardown)
{
    cr_assert_eq(freeze("city-a", 1000), YQ_OK);
    const yq_tx tx = test_lane_tx("city-a", "send", "city-b", "other");
    cr_assert_eq(test_execute(&w, &w.admin[0], &tx), YQ_OK);
    cr_assert_eq(size_of("city-b"), 1, "it was told");
    test_begin(&w, 1000);
    check_control("city-b", 1, YQ_PACKET_RESUME, 2);
    const yq_tx third = test_lane_tx("city-a", "send", "city-b", "third");
    cr_assert_eq(test_execute(&w, &w.admin[0], &third), YQ_OK);
    cr_assert_eq(freeze("city-a", 1000), YQ_OK);
    check_control("city-b", 2, YQ_PACKET_HALT, 3);
}

Test(halt, a_partner_of_two_lanes_hears_once, .init = setup, .fini = teardown)
{
    const yq_tx tx = test_lane_tx("city-a", "send", "city-b", "other");
    cr_assert_eq(test_execute(&w, &w.admin[0], &tx), YQ_OK);
    cr_assert_eq(size_of("city-b"), 0, "nothing while it is not frozen");
    cr_assert_eq(freeze("city-a", 1000), YQ_OK);
    cr_assert_eq(size_of("city-b"), 1);
}

Test(halt, its_receipt_is_of_no_message, .init = setup, .fini = teardown)
{
    cr_assert_eq(freeze("city-a", 1000), YQ_OK);
    cr_assert_eq(done("city-b", 0, YQ_DONE_OK), YQ_OK);
    cr_assert(yq_bytes_are_zero(w.data, w.data_n));
    cr_assert_eq(w.data_n, YQ_DIGEST_SIZE);
    yq_outbox_view v;
    cr_assert_eq(yq_hub_outbox(&w.hub, test_text("city-b"), &v), YQ_OK);
    cr_assert_eq(v.done, 1);
    uint64_t index;
    cr_assert_eq(yq_outbox_first(&w.hub, test_text("city-b"), 0, &index, 1), 0);
    cr_assert_eq(done("city-b", 0, YQ_DONE_OK), YQ_OK, "said again");
    cr_assert_eq(yq_hub_outbox(&w.hub, test_text("city-b"), &v), YQ_OK);
    cr_assert_eq(v.done, 1);
    cr_assert_eq(test_told(&w, YQ_HUB_EVENT_ALARM, (uint64_t)-YQ_E_CONFLICT), 0);
    test_begin(&w, 1000);
    cr_assert_eq(done("city-b", 1, YQ_DONE_ERROR), YQ_OK);
    cr_assert_eq(test_told(&w, YQ_HUB_EVENT_ALARM, (uint64_t)-YQ_E_CONFLICT), 1);
}

Test(halt, it_is_delivered_before_the_backlog, .init = setup, .fini = teardown)
{
    for (uint64_t i = 1; i <= 5; i++) {
        yq_packet p = test_packet(i);
        cr_assert_eq(test_sent(&w, "city-a", &p), YQ_OK);
    }
    cr_assert_eq(freeze("city-a", 1000), YQ_OK);
    static uint8_t room[1u << 16];
    static yq_delivery_packet packet[YQ_DELIVERY_PACKETS_MAX];
    yq_delivery d;
    yq_buf out = {room, sizeof room, 0};
    const uint64_t wanted[] = {5, 0, 1};
    cr_assert_eq(
        yq_hub_delivery(&w.hub, test_text("city-b"), 0, 3, test_text("certificate"), &out), YQ_OK);
    cr_assert_eq(
        yq_delivery_decode(yq_slice_of(out.p, out.n), packet, YQ_DELIVERY_PACKETS_MAX, &d, NULL),
        YQ_OK);
    cr_assert_eq(d.n, 3);
    for (size_t i = 0; i < d.n; i++) {
        cr_assert_eq(packet[i].index, wanted[i]);
    }
    cr_assert_eq(
        yq_hub_delivery(&w.hub, test_text("city-b"), 3, 9, test_text("certificate"), &out), YQ_OK);
    cr_assert_eq(
        yq_delivery_decode(yq_slice_of(out.p, out.n), packet, YQ_DELIVERY_PACKETS_MAX, &d, NULL),
        YQ_OK);
    cr_assert_eq(d.n, 3, "once");
    cr_assert_eq(packet[0].index, 5);
    cr_assert_eq(packet[2].index, 4);
}

Test(halt, who_has_gone_hears_nothing, .init = setup, .fini = teardown)
{
    const yq_tx retire = {
        .method = YQ_METHOD_CHAIN_RETIRE,
        .as.chain_act = {.chain = test_text("city-b"), .reason = test_text("drill")}};
    cr_assert_eq(test_execute(&w, &w.admin[0], &retire), YQ_OK);
    test_approve(&w, test_data_u64(&w));
    cr_assert_eq(freeze("city-a", 1000), YQ_OK);
    cr_assert_eq(size_of("city-b"), 0);
}
