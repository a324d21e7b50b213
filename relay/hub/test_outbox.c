#include "relay/crypto/merkle.h"
#include "relay/hub/test_support.h"

#include <criterion/criterion.h>

static test_world w;

static void setup(void)
{
    test_two_cities(&w);
    yq_tx tx = test_lane_tx("city-a", "send", "city-b", "recv");
    tx.as.lane.per_minute_max = 100000;
    tx.as.lane.patience_ms = 0;
    yq_status status = test_execute(&w, &w.admin[0], &tx);
    YQ_ASSERT(status == YQ_OK);
}

static void teardown(void)
{
    test_world_free(&w);
}

#define N_MAX 40u

static yq_digest commitment[N_MAX], leaf[N_MAX];

static void send(uint64_t n)
{
    yq_packet p = test_packet(n + 1);
    cr_assert_eq(test_sent(&w, "city-a", &p), YQ_OK);
    yq_digest id = test_data_id(&w);
    yq_message m = test_message(&w, &id);
    cr_assert_eq(m.index, n);
    commitment[n] = m.commitment;
    yq_outbox_leaf(YQ_HASH_SM3, n, &commitment[n], &leaf[n]);
}

static void done(uint64_t n)
{
    const yq_done d = {.index = n, .commitment = commitment[n], .status = YQ_DONE_OK};
    cr_assert_eq(test_done(&w, "city-b", &d), YQ_OK);
}

/* Takes a delivery apart as an inbox does and recomputes everything from the packets up. */
static size_t verify(uint64_t from, size_t limit, const yq_block_end *end, const uint8_t *is_done)
{
    static uint8_t room[1u << 20];
    yq_buf out = {room, sizeof room, 0};
    yq_status status =
        yq_hub_delivery(&w.hub, test_text("city-b"), from, limit, test_text("certificate"), &out);
    if (status == YQ_E_NOT_FOUND) {
        cr_assert_eq(out.n, 0);
        return 0;
    }
    cr_assert_eq(status, YQ_OK);
    yq_delivery_packet packet[YQ_DELIVERY_PACKETS_MAX];
    yq_delivery d;
    cr_assert_eq(
        yq_delivery_decode(yq_slice_of(room, out.n), packet, YQ_DELIVERY_PACKETS_MAX, &d, NULL),
        YQ_OK);
    cr_assert(yq_slice_equal(d.certificate, test_text("certificate")));
    cr_assert_eq(d.suite, YQ_SUITE_SM2);
    yq_digest exported;
    yq_export_leaf(YQ_HASH_SM3, test_text("city-b"), d.size, &d.outbox_root, &exported);
    cr_assert_eq(end->root_n, 1);
    cr_assert_eq(
        yq_merkle_check(
            YQ_HASH_SM3,
            &end->root[0].root,
            d.export_n,
            d.export_idx,
            &exported,
            (const yq_digest *)(const void *)d.export_path.p,
            d.export_path.n / YQ_DIGEST_SIZE),
        YQ_OK);
    uint64_t above = from;
    for (size_t i = 0; i < d.n; i++) {
        cr_assert(packet[i].index >= above, "ascending");
        above = packet[i].index + 1;
        cr_assert_not(is_done[packet[i].index]);
        yq_packet p;
        yq_digest c, l;
        cr_assert_eq(yq_packet_decode(packet[i].packet, &p, NULL), YQ_OK);
        cr_assert_eq(yq_packet_commitment(YQ_HASH_SM3, &p, &c), YQ_OK);
        yq_outbox_leaf(YQ_HASH_SM3, packet[i].index, &c, &l);
        cr_assert_eq(
            yq_merkle_check(
                YQ_HASH_SM3,
                &d.outbox_root,
                d.size,
                packet[i].index,
                &l,
                (const yq_digest *)(const void *)packet[i].path.p,
                packet[i].path.n / YQ_DIGEST_SIZE),
            YQ_OK,
            "index %u of %u",
            (unsigned)packet[i].index,
            (unsigned)d.size);
    }
    return d.n;
}

static size_t count_nodes(void)
{
    yq_state_key prefix;
    yq_slice key, value, after = {0};
    size_t n = 0;
    yq_hub_reset(&w.hub);
    yq_state_key_str(&prefix, YQ_MODULE_OUTBOX, YQ_TABLE_OUTBOX_NODE, test_text("city-b"));
    while (yq_state_next(&w.hub, &prefix, after, &key, &value)) {
        after = key;
        n++;
    }
    return n;
}

static uint32_t seed = 7;

static uint32_t draw(uint32_t n)
{
    seed = seed * 1103515245u + 12345u;
    return (seed >> 16) % n;
}

/* Leaves come and are done in any order; every one that is open is proven at every size. */
Test(outbox, every_open_index_is_proven_at_every_size, .init = setup, .fini = teardown)
{
    uint8_t is_done[N_MAX] = {0};
    size_t open = 0;
    for (uint64_t n = 0; n < N_MAX; n++) {
        send(n);
        open++;
        for (unsigned k = draw(4); k > 0 && open > 0; k--) {
            uint64_t which = draw((uint32_t)n + 1);
            if (!is_done[which]) {
                done(which);
                is_done[which] = 1;
                open--;
            }
        }
        yq_outbox_view view;
        yq_digest all[N_MAX], root;
        memcpy(all, leaf, sizeof all);
        yq_merkle_root(YQ_HASH_SM3, all, n + 1, &root);
        cr_assert_eq(yq_hub_outbox(&w.hub, test_text("city-b"), &view), YQ_OK);
        cr_assert_eq(view.size, n + 1);
        cr_assert_eq(memcmp(&view.root, &root, sizeof root), 0);
        yq_block_end end;
        yq_hub_end_block(&w.hub, &end);
        yq_hub_reset(&w.hub);
        cr_assert_eq(verify(0, 100, &end, is_done), open);
    }
}

Test(outbox, done_trees_keep_their_roots_only, .init = setup, .fini = teardown)
{
    for (uint64_t n = 0; n < 32; n++) {
        send(n);
    }
    cr_assert_eq(count_nodes(), 63);
    for (uint64_t n = 0; n < 32; n++) {
        done(n ^ 5);
    }
    cr_assert_eq(count_nodes(), 1);
    uint64_t index;
    cr_assert_eq(yq_hub_outbox_open(&w.hub, test_text("city-b"), 0, &index, 1), 0);
    yq_block_end end;
    yq_hub_end_block(&w.hub, &end);
    uint8_t is_done[N_MAX] = {0};
    cr_assert_eq(verify(0, 10, &end, is_done), 0);
    uint8_t room[512];
    yq_buf out = {room, sizeof room, 0};
    cr_assert_eq(
        yq_hub_delivery(&w.hub, test_text("city-b"), 0, 8, test_text("c"), &out), YQ_E_NOT_FOUND);
    send(32); /* goes on beside what was pruned */
    send(33);
    yq_hub_end_block(&w.hub, &end);
    cr_assert_eq(verify(0, 10, &end, is_done), 2);
}

Test(outbox, from_and_limit, .init = setup, .fini = teardown)
{
    uint8_t is_done[N_MAX] = {0};
    for (uint64_t n = 0; n < 10; n++) {
        send(n);
    }
    done(4);
    is_done[4] = 1;
    yq_block_end end;
    yq_hub_end_block(&w.hub, &end);
    cr_assert_eq(verify(0, 3, &end, is_done), 3);
    cr_assert_eq(verify(3, 100, &end, is_done), 6);
    cr_assert_eq(verify(10, 100, &end, is_done), 0);
    uint64_t index[16];
    cr_assert_eq(yq_hub_outbox_open(&w.hub, test_text("city-b"), 4, index, 16), 5);
    cr_assert_eq(index[0], 5);
    cr_assert_eq(index[4], 9);
    cr_assert_eq(yq_hub_outbox_open(&w.hub, test_text("city-b"), 0, index, 2), 2);
}

Test(outbox, a_small_room_takes_fewer_packets, .init = setup, .fini = teardown)
{
    for (uint64_t n = 0; n < 8; n++) {
        send(n);
    }
    uint8_t room[1500];
    yq_buf out = {room, sizeof room, 0};
    cr_assert_eq(yq_hub_delivery(&w.hub, test_text("city-b"), 0, 8, test_text("c"), &out), YQ_OK);
    yq_delivery_packet packet[YQ_DELIVERY_PACKETS_MAX];
    yq_delivery d;
    cr_assert_eq(
        yq_delivery_decode(yq_slice_of(room, out.n), packet, YQ_DELIVERY_PACKETS_MAX, &d, NULL),
        YQ_OK);
    cr_assert(d.n > 0 && d.n < 8);
    out = (yq_buf){room, 100, 0};
    cr_assert_eq(
        yq_hub_delivery(&w.hub, test_text("city-b"), 0, 8, test_text("c"), &out), YQ_E_NOSPC);
    cr_assert_eq(out.n, 0);
    cr_assert_eq(
        yq_hub_delivery(&w.hub, test_text("city-x"), 0, 8, test_text("c"), &out), YQ_E_NOT_FOUND);
}

/* Reads do not use up a context that is never reset. */
Test(outbox, deliveries_leave_the_arena_as_it_was, .init = setup, .fini = teardown)
{
    static uint8_t room[1u << 20];
    send(0);
    yq_hub_reset(&w.hub);
    size_t used = w.hub.arena.used;
    for (unsigned i = 0; i < 300; i++) {
        yq_buf out = {room, sizeof room, 0};
        cr_assert_eq(
            yq_hub_delivery(&w.hub, test_text("city-b"), 0, 8, test_text("c"), &out), YQ_OK);
    }
    cr_assert_eq(w.hub.arena.used, used);
}

/* Whatever room there is: a status, and the same bytes as soon as there is one. */
Test(outbox, a_delivery_in_any_arena, .init = setup, .fini = teardown)
{
    static uint8_t room[4096];
    unsigned refused = 0;
    for (uint64_t n = 0; n < 5; n++) {
        send(n);
    }
    yq_hub_reset(&w.hub);
    for (size_t cap = 0;; cap += 256) {
        w.hub.arena.cap = cap;
        yq_buf out = {room, sizeof room, 0};
        yq_status status = yq_hub_delivery(&w.hub, test_text("city-b"), 0, 8, test_text("c"), &out);
        if (status == YQ_OK) {
            cr_assert(out.n > 5 * 100);
            break;
        }
        cr_assert_eq(status, YQ_E_NOSPC);
        cr_assert_eq(out.n, 0);
        refused++;
    }
    cr_assert(refused > 10);
}

/* Destinations of several suites, sorted by id as bytes whatever their lengths. */
Test(exports, a_root_a_suite_over_sorted_destinations, .fini = teardown)
{
    static const struct {
        const char *id;
        uint8_t suite;
    } chains[] = {{"zz9", 1}, {"city-b", 1}, {"aaaaaaaa", 1}, {"eth-one", 3}, {"aaa", 3}};
    enum {
        N = sizeof chains / sizeof chains[0]
    };
    test_world_init(&w, 0);
    yq_block_end end;
    yq_hub_end_block(&w.hub, &end);
    cr_assert_eq(end.root_n, 0);
    cr_assert_eq(end.destination_n, 0);
    test_chain(&w, "source", YQ_SUITE_SM2);
    test_open_inbox(&w, "source");
    cr_assert_eq(test_service(&w, "source", "send", YQ_SERVICE_CONTRACT, "box", "Yuqiao"), YQ_OK);
    test_bind(&w);
    for (unsigned i = 0; i < N; i++) {
        test_chain(&w, chains[i].id, chains[i].suite);
        test_open_inbox(&w, chains[i].id);
        yq_tx tx = test_lane_tx("source", "send", chains[i].id, "recv");
        cr_assert_eq(test_execute(&w, &w.admin[0], &tx), YQ_OK);
    }
    yq_hub_end_block(&w.hub, &end);
    cr_assert_eq(end.root_n, 0, "destinations without a leaf are left out");
    for (unsigned i = 0; i < N; i++) {
        yq_packet p = test_packet(1);
        p.src_chain = test_text("source");
        p.dst_chain = test_text(chains[i].id);
        cr_assert_eq(test_sent(&w, "source", &p), YQ_OK);
    }
    yq_hub_end_block(&w.hub, &end);
    cr_assert_eq(end.destination_n, N);
    cr_assert_eq(end.root_n, 2);
    for (size_t i = 1; i < N; i++) {
        cr_assert(yq_slice_compare(end.destination[i - 1].chain, end.destination[i].chain) < 0);
    }
    static const uint8_t suites[] = {YQ_SUITE_SM2, YQ_SUITE_ETH};
    for (unsigned at = 0; at < 2; at++) {
        const uint8_t suite = suites[at];
        yq_digest all[N], root;
        size_t n = 0;
        static const uint32_t alg[] = {0, YQ_HASH_SM3, 0, YQ_HASH_KECCAK256};
        for (size_t i = 0; i < N; i++) {
            const yq_destination *d = &end.destination[i];
            if (d->suite == suite) {
                cr_assert_eq(d->hash, alg[suite]);
                cr_assert_eq(d->size, 1);
                yq_export_leaf(alg[suite], d->chain, d->size, &d->root, &all[n++]);
            }
        }
        yq_merkle_root(alg[suite], all, n, &root);
        cr_assert_eq(end.root[at].suite, suite);
        cr_assert_eq(memcmp(&end.root[at].root, &root, sizeof root), 0);
    }
    yq_block_end again;
    yq_digest sm2 = end.root[0].root;
    yq_hub_end_block(&w.hub, &again);
    cr_assert_eq(memcmp(&again.root[0].root, &sm2, sizeof sm2), 0);
}
