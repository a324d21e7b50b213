/* clang-format off */
#include "light-clients/yuqiao/test_real.h"
/* clang-format on */
#include "light-clients/yuqiao/yuqiao.h"
#include "relay/hub/commitment.h"
#include "relay/hub/test_light_client.h"

#include <criterion/criterion.h>

/* The verifier against a ledger as a node runs it: what it emits is followed and proven. */

#define ROOM_SIZE (64u << 10)

#define EXPECT(given, status)                                                                      \
    do {                                                                                           \
        yq_status given_status = (given);                                                          \
        cr_expect_eq(given_status, (status), "%d: %s", (int)given_status, client->why.text);       \
    } while (0)

static real r;
static test_client *client;
static uint8_t room[ROOM_SIZE];

static yq_status begin(void)
{
    client->now_ms = r.cert.info.time_ms + 500;
    test_client_reset(client);
    return test_client_init(client, real_anchor(&r, room, sizeof room));
}

static void setup(void)
{
    real_new(&r, NULL);
    client = test_client_new(yq_verifier_yuqiao());
    EXPECT(begin(), YQ_OK);
}

static void teardown(void)
{
    test_client_free(client);
    real_free(&r);
}

TestSuite(ledger, .init = setup, .fini = teardown);

static yq_status follow(void)
{
    client->now_ms = r.cert.info.time_ms + 500;
    return test_client_update(client, real_update(&r, room, sizeof room));
}

Test(ledger, blocks_and_packets)
{
    yq_verified_event e;
    for (uint64_t i = 0; i < 9; i++) {
        real_send(&r, i + 1);
        EXPECT(follow(), YQ_OK);
        EXPECT(follow(), YQ_E_REPLAY);
        for (uint64_t k = 0; k <= i; k++) {
            uint8_t bytes[512];
            yq_record record;
            size_t n;
            const yq_packet packet = real_packet(k + 1);
            yq_buf out = {bytes, sizeof bytes, 0};
            EXPECT(
                test_client_event(client, real_event_proof(&r, k, room, sizeof room), &e), YQ_OK);
            cr_expect_eq(e.height, r.cert.info.height);
            cr_expect_eq(yq_packet_encode(&packet, &out), YQ_OK);
            cr_expect_eq(yq_records_decode(e.data, &record, 1, &n, NULL), YQ_OK);
            cr_expect(yq_slice_equal(record.body, yq_slice_of(out.p, out.n)));
        }
    }
    const yq_slice proof = real_event_proof(&r, 3, room, sizeof room);
    for (size_t i = 0; i < proof.n; i++) {
        room[i] ^= 1;
        cr_expect_lt(test_client_event(client, proof, &e), 0, "byte %zu", i);
        room[i] ^= 1;
    }
}

/* The outbox of a third chain stands beside it in the export tree. */
Test(ledger, an_export_tree_of_two)
{
    yq_verified_event e;
    real_send(&r, 1);
    const yq_slice single = real_event_proof(&r, 0, room, sizeof room);
    cr_expect_eq(room[single.n - 1], 0, "no step in a tree of one");
    yq_done done = {.index = 0, .status = YQ_DONE_OK};
    const yq_packet packet = real_packet(1);
    uint8_t bytes[256];
    yq_buf out = {bytes, sizeof bytes, 0};
    cr_assert_eq(yq_packet_commitment(YQ_HASH_SM3, &packet, &done.commitment), YQ_OK);
    cr_assert_eq(yq_done_encode(&done, &out), YQ_OK);
    real_bring(&r, REAL_OWN, YQ_RECORD_DONE, yq_slice_of(out.p, out.n));
    real_send(&r, 2);
    EXPECT(follow(), YQ_OK);
    const yq_slice proof = real_event_proof(&r, 1, room, sizeof room);
    cr_expect_eq(room[proof.n - 34], 1, "one step: city-a has its acknowledgement");
    cr_expect_eq(room[proof.n - 33], 1);
    EXPECT(test_client_event(client, proof, &e), YQ_OK);
    room[proof.n - 33] = 0;
    EXPECT(test_client_event(client, proof, &e), YQ_E_PROOF);
}

Test(ledger, values_and_absences)
{
    uint8_t key_room[64];
    yq_verified_value v;
    int found;
    real_send(&r, 1);
    real_send(&r, 2);
    EXPECT(follow(), YQ_OK);
    for (uint64_t i = 0; i < 40; i++) {
        const yq_slice key = real_leaf_key(i, key_room, sizeof key_room);
        const yq_slice proof = real_value_proof(&r, key, &found, room, sizeof room);
        cr_expect_eq(found, i < 2);
        EXPECT(test_client_value(client, key, proof, &v), YQ_OK);
        cr_expect_eq(v.present, i < 2);
        cr_expect_eq(v.value.n, i < 2 ? 70 : 0);
        key_room[key.n - 1] ^= 1;
        if (i < 2) {
            EXPECT(test_client_value(client, key, proof, &v), YQ_E_PROOF);
        }
    }
    static uint8_t kept[ROOM_SIZE];
    const yq_slice key = real_leaf_key(0, key_room, sizeof key_room);
    const yq_slice proof = real_value_proof(&r, key, &found, kept, sizeof kept);
    real_block(&r);
    EXPECT(follow(), YQ_OK);
    EXPECT(test_client_value(client, key, proof, &v), YQ_OK); /* of an earlier block */
    for (size_t i = 0; i < proof.n; i++) {
        kept[i] ^= 1;
        cr_expect_lt(test_client_value(client, key, proof, &v), 0, "byte %zu", i);
        kept[i] ^= 1;
    }
}

Test(ledger, two_set_changes_by_governance)
{
    yq_client_view view;
    yq_verified_event e;
    real_send(&r, 1);
    for (uint64_t i = 0; i < 2; i++) {
        real_swap(&r, (unsigned)(2 * i), i == 0 ? "one" : "two", 3 + i);
        EXPECT(follow(), YQ_OK);
        real_block(&r); /* ends the epoch */
        cr_assert_not(yq_digest_is_zero(&r.cert.info.next_valset_hash));
        cr_expect_eq(r.w.epoch, 2 + i);
        EXPECT(follow(), YQ_OK);
        real_block(&r);
        cr_expect_eq(r.cert.epoch, 2 + i);
        cr_expect_eq(r.cert.view, 1);
        EXPECT(follow(), YQ_OK);
        EXPECT(test_client_event(client, real_event_proof(&r, 0, room, sizeof room), &e), YQ_OK);
        EXPECT(test_client_describe(client, &view), YQ_OK);
        cr_expect_eq(view.height, r.cert.info.height);
        cr_expect_eq(view.validators, WORLD_N);
        cr_expect_eq(view.quorum, 3);
    }
    EXPECT(begin(), YQ_OK); /* an anchor of a later epoch */
    real_block(&r);
    EXPECT(follow(), YQ_OK);
}

/* The block that ends an epoch cannot be left out. */
Test(ledger, no_epoch_is_stepped_over)
{
    real_swap(&r, 1, "one", 3);
    real_block(&r);
    real_block(&r);
    EXPECT(follow(), YQ_E_SET_CHANGE);
}

Test(ledger, a_recovery_needs_a_new_anchor)
{
    yq_fault why = {0};
    yq_ledger_start *start = yq_mem_alloc(sizeof *start);
    yq_key *fresh[2] = {world_fresh("one"), world_fresh("two")};
    cr_assert_eq(yq_ledger_start_of(r.w.ledger, start), YQ_OK);
    const yq_slice statement = world_statement(&r.w, &start->tip, 3, 1, fresh);
    cr_assert_eq(yq_ledger_recover(r.w.ledger, statement, &why), YQ_OK, "%s", why.text);
    world_recovered(&r.w, fresh);
    yq_mem_free((void *)(uintptr_t)statement.p);
    yq_mem_free(start);
    real_block(&r);
    cr_expect_eq(r.cert.epoch, 2);
    EXPECT(follow(), YQ_E_SET_CHANGE);
    EXPECT(begin(), YQ_OK);
    real_block(&r);
    EXPECT(follow(), YQ_OK);
}

/* A validator that certifies two results of one block: what another node would see. */
Test(ledger, a_second_result_freezes)
{
    real_block(&r);
    const yq_cert good = r.cert;
    EXPECT(follow(), YQ_OK);
    r.cert.info.result_root.b[0] ^= 1;
    world_sign(&r.w, 3, &r.cert);
    EXPECT(follow(), YQ_E_MISBEHAVIOUR);
    yq_writer w = yq_writer_of(room, sizeof room);
    yq_put_u8(&w, 1);
    real_cert_put(&w, &good);
    real_cert_put(&w, &r.cert);
    EXPECT(test_client_misbehaviour(client, yq_writer_slice(&w)), YQ_OK);
}

/* ---- hub to hub: a second ledger runs this verifier over the first ---- */

static void bring_evidence(real *to, uint16_t method, yq_slice evidence)
{
    yq_tx tx = {.method = method};
    tx.as.evidence.chain = yq_slice_text("hub-a");
    tx.as.evidence.bytes = evidence;
    real_run(to, 0, &tx);
}

/* The first hub as a chain of the second, whose packets go to city-b there. */
static void register_hub(real *to)
{
    yq_tx tx = {
        .method = YQ_METHOD_CHAIN_REGISTER,
        .as.chain_register = {
            .anchor = real_anchor(&r, room, sizeof room),
            .chain = yq_slice_text("hub-a"),
            .framework = yq_slice_text("yuqiao"),
            .name = yq_slice_text("another hub"),
            .verifier = 1}};
    real_run(to, 0, &tx);
    real_vote(to, 3);
    tx = (yq_tx){
        .method = YQ_METHOD_SERVICE_REGISTER,
        .as.service = {
            .chain = yq_slice_text("hub-a"),
            .service = yq_slice_text("packets"),
            .kind = YQ_SERVICE_MAPPED,
            .emitter = yq_slice_text("packet"),
            .event = yq_slice_text("Yuqiao"),
            .from_height = 1}};
    real_run(to, 0, &tx);
    real_lane(to, "hub-a", "packets");
}

Test(ledger, hub_to_hub)
{
    static real second;
    yq_outbox_view box;
    const yq_slice own = yq_slice_text(REAL_OWN);
    real_new(&second, yq_verifier_yuqiao());
    register_hub(&second);
    real_send(&r, 1);
    bring_evidence(&second, YQ_METHOD_CLIENT_UPDATE, real_update(&r, room, sizeof room));
    const yq_slice proof = real_event_proof(&r, 0, room, sizeof room);
    bring_evidence(&second, YQ_METHOD_PACKET_EVENT, proof);
    cr_expect_eq(yq_hub_outbox(yq_view_hub(second.view), own, &box), YQ_OK);
    cr_expect_eq(box.size, 1, "the packet goes on to the lane's end");
    /* And from the second hub's outbox it is proven again, inside the packet of the second. */
    yq_verified_event e;
    yq_record record;
    yq_packet outer, inner;
    size_t n;
    client->now_ms = second.cert.info.time_ms;
    test_client_reset(client);
    EXPECT(test_client_init(client, real_anchor(&second, room, sizeof room)), YQ_OK);
    EXPECT(test_client_event(client, real_event_proof(&second, 0, room, sizeof room), &e), YQ_OK);
    cr_assert_eq(yq_records_decode(e.data, &record, 1, &n, NULL), YQ_OK);
    cr_assert_eq(yq_packet_decode(record.body, &outer, NULL), YQ_OK);
    cr_expect(yq_slice_equal(outer.src_chain, yq_slice_text("hub-a")));
    cr_assert_eq(yq_records_decode(outer.payload, &record, 1, &n, NULL), YQ_OK);
    cr_assert_eq(yq_packet_decode(record.body, &inner, NULL), YQ_OK);
    cr_expect(yq_slice_equal(inner.payload, real_packet(1).payload));
    real_free(&second);
}
