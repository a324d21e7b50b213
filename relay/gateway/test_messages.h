#ifndef YQ_RELAY_GATEWAY_TEST_MESSAGES_H
#define YQ_RELAY_GATEWAY_TEST_MESSAGES_H

/* For tests of chains and messages: transactions and proofs on a real ledger behind a gateway. */
/* Before the ledger's, whose names its parameters would shadow. */
/* clang-format off */
#include "relay/hub/test_support.h"
#include "relay/gateway/test_client.h"
/* clang-format on */

static gateway_world g;
static uint64_t seq;
static yq_digest message_id;

/* Runs one transaction of an administrator in a block of its own, and sees that it went well. */
static inline void run(unsigned admin, const yq_tx *tx)
{
    static uint8_t room[1u << 16];
    yq_bft_tip tip;
    yq_buf bytes = {room, sizeof room, 0};
    YQ_ASSERT(yq_tx_encode(tx, &bytes) == YQ_OK);
    yq_slice one = yq_slice_of(bytes.p, bytes.n);
    yq_envelope env = world_envelope(&g.w, admin, ++seq, WORLD_TIME + 3600000, &one, 1);
    YQ_ASSERT(world_put(&g.w, &env) == YQ_OK);
    gateway_world_block(&g, &tip);
    char path[128] = "/api/v1/envelopes/";
    (void)yq_hex_encode(path + strlen(path), 65, env.id.b, sizeof env.id.b);
    test_reply r = test_get(&g, path);
    const yq_json *result = yq_json_at(yq_json_get(r.root, "results"), 0);
    cr_assert(
        test_is(yq_json_get(result, "code"), "OK"), "%.*s", (int)r.body.n, (const char *)r.body.p);
    yq_buf data = {message_id.b, sizeof message_id.b, 0};
    (void)yq_json_hex(yq_json_get(result, "data"), &data);
    yq_json_free(r.document);
    world_drop(&env);
}

static inline void bring(const char *chain, uint8_t kind, yq_slice content, const char *tx_id)
{
    static uint8_t list[4096], proof[8192];
    const yq_record record = {kind, content};
    yq_buf out = {list, sizeof list, 0};
    YQ_ASSERT(yq_records_encode(&record, 1, &out) == YQ_OK);
    yq_writer w = yq_writer_of(proof, sizeof proof);
    yq_put_u64(&w, 50);
    yq_put_str8(&w, yq_slice_text("box"));
    yq_put_str8(&w, yq_slice_text("Yuqiao"));
    yq_put_str8(&w, yq_slice_text(tx_id));
    yq_put_u32(&w, 0);
    yq_put_u8(&w, YQ_GRADE_LIGHT_CLIENT);
    yq_put(&w, yq_slice_of(out.p, out.n));
    const yq_tx tx = {
        .method = YQ_METHOD_PACKET_EVENT,
        .as.evidence = {.chain = yq_slice_text(chain), .bytes = yq_writer_slice(&w)}};
    run(0, &tx);
}

/* In: set_hash, that its inbox knows. */
static inline void open_chain(
    const char *chain, uint64_t proposal, uint8_t suite, const yq_digest *set_hash)
{
    uint8_t room[64];
    yq_buf out = {room, sizeof room, 0};
    yq_tx tx = test_register_tx(chain, suite);
    run(0, &tx);
    for (unsigned i = 0; i < 3; i++) {
        tx = (yq_tx){.method = YQ_METHOD_GOVERNANCE_VOTE, .as.vote = {1, proposal}};
        run(i, &tx);
    }
    const yq_inbox_state state = {.epoch = 1, .set_hash = *set_hash};
    YQ_ASSERT(yq_inbox_state_encode(&state, &out) == YQ_OK);
    bring(chain, YQ_RECORD_STATE, yq_slice_of(out.p, out.n), "state");
}

/* A contract's service of city-a, its lane to another chain, and one message. */
static inline void send_one(const char *destination)
{
    uint8_t room[1024];
    yq_buf out = {room, sizeof room, 0};
    yq_tx tx = {
        .method = YQ_METHOD_SERVICE_REGISTER,
        .as.service = {
            .chain = yq_slice_text("city-a"),
            .service = yq_slice_text("send"),
            .kind = YQ_SERVICE_CONTRACT,
            .emitter = yq_slice_text("box"),
            .event = yq_slice_text("Yuqiao"),
            .from_height = 10}};
    run(0, &tx);
    tx = test_lane_tx("city-a", "send", destination, "recv");
    run(0, &tx);
    yq_packet packet = test_packet(1);
    packet.hub = yq_slice_text("henan-main");
    packet.dst_chain = yq_slice_text(destination);
    YQ_ASSERT(yq_packet_encode(&packet, &out) == YQ_OK);
    bring("city-a", YQ_RECORD_SENT, yq_slice_of(out.p, out.n), "tx-1");
}

/* A second set waits for its epoch all the while: it is due after a hundred blocks. */
static inline void make_world(void)
{
    gateway_world_make(&g);
    YQ_ASSERT(world_open(&g.w) == YQ_OK);
    world_plant_pending(&g.w, WORLD_TIME + 10000);
    yq_ledger_close(g.w.ledger);
}

static inline void end_epoch(void)
{
    static yq_ledger_committed committed;
    yq_bft_tip tip = {0};
    for (int i = 0; i < 200 && digest_is_zero(&tip.result.pending_valset_hash); i++) {
        gateway_world_block(&g, &tip);
    }
    cr_assert_eq(world_end_epoch(&g.w, &tip, &committed), YQ_OK);
    yq_gateway_committed(g.gateway, committed.tip.header.height);
}

/* The first block of the next epoch. */
static inline void begin_epoch(void)
{
    yq_bft_tip tip;
    static yq_cert of_next;
    static yq_ledger_start start;
    static yq_ledger_committed committed;
    cr_assert_eq(yq_ledger_start_of(g.w.ledger, &start), YQ_OK);
    world_header(&g.w, &start.tip, 1, NULL, 0, 0, &tip);
    cr_assert_eq(yq_ledger_execute(g.w.ledger, &tip.h, &tip.header, NULL, &tip.result), YQ_OK);
    world_certify(&g.w, YQ_SIGNED_FINALIZE, &tip, 3, &of_next);
    cr_assert_eq(yq_ledger_commit(g.w.ledger, &tip.h, &of_next, &committed), YQ_OK);
    yq_gateway_committed(g.gateway, tip.header.height);
}

#endif /* YQ_RELAY_GATEWAY_TEST_MESSAGES_H */
