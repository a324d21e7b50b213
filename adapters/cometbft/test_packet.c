#include "adapters/cometbft/test_event.h"
#include "light-clients/cometbft/test_ibc.h"

static test_ibc *t;
static uint8_t room[4u << 20];

static void setup(void)
{
    t = test_ibc_new(TEST_IAVL);
}

static void teardown(void)
{
    test_ibc_free(t);
}

TestSuite(packet, .init = setup, .fini = teardown);

static const char *const v1_ack[] = {
    "packet_ack_hex",
    "646f6e65",
    "packet_sequence",
    "9",
    "packet_dst_port",
    "yuqiao",
    "packet_dst_channel",
    "channel-4",
    NULL};

/* The message of the packet of version 2 in test_ibc.h, as hex. */
static const char *v2_hex(void)
{
    static char hex[1024];
    uint8_t message[512];
    static const char *const field[] = {"yuqiao", "hub", "v1", "raw"};
    yq_writer w = yq_writer_of(message, sizeof message);
    yq_pb_put_varint(&w, 1, 5);
    yq_pb_put_bytes(&w, 2, yq_slice_text("client-7"));
    yq_pb_put_bytes(&w, 3, yq_slice_text("client-0"));
    yq_pb_put_varint(&w, 4, TEST_V2_TIMEOUT);
    for (unsigned p = 0; p < 2; p++) {
        size_t mark = yq_pb_begin(&w);
        for (uint32_t i = 0; i < 4; i++) {
            yq_pb_put_bytes(&w, 1 + i, yq_slice_text(field[i]));
        }
        yq_pb_put_bytes(&w, 5, yq_slice_text(p == 0 ? "first" : "second"));
        yq_pb_end(&w, mark, 5);
    }
    cr_assert_eq(w.status, YQ_OK);
    (void)yq_hex_encode(hex, sizeof hex, w.p, w.n);
    return hex;
}

static void out_base64(yq_json_out *out, const char *key, yq_slice bytes)
{
    static char text[4 * TEST_PROOF_MAX];
    cr_assert(yq_comet_base64(text, sizeof text, bytes));
    yq_json_out_str(out, key, text);
}

/* What a node answers for one leaf of the store. */
static yq_json *answer_of(size_t who, const char *proofs)
{
    yq_json_out *out = yq_json_out_new(1u << 16);
    size_t size;
    yq_json_out_object(out, NULL);
    yq_json_out_object(out, "response");
    yq_json_out_uint(out, "code", 0);
    out_base64(out, "value", t->ibc.leaf[who].value);
    yq_json_out_object(out, proofs);
    yq_json_out_array(out, "ops");
    for (unsigned i = 0; i < 2; i++) {
        yq_json_out_object(out, NULL);
        yq_json_out_str(out, "type", i == 0 ? "ics23:iavl" : "ics23:simple");
        out_base64(
            out,
            "data",
            i == 0 ? test_member(&t->ibc, who, t->proof[0])
                   : test_member(&t->stores, 1, t->proof[1]));
        yq_json_out_end(out);
    }
    yq_json_out_end(out);
    yq_json_out_end(out);
    yq_json_out_end(out);
    yq_json_out_end(out);
    const char *text = yq_json_out_done(out, &size);
    yq_json *document = yq_json_parse(yq_slice_of(text, size), 1u << 16, NULL);
    cr_assert_not_null(document);
    yq_json_out_free(out);
    return document;
}

/* From an event to its proof, which is the light client's own test's, byte for byte. */
static void check_kind(
    uint8_t kind, const char *type, const char *const *attribute, size_t events, int old)
{
    static yq_comet_packet p;
    static uint8_t proof_room[1u << 16];
    yq_fault why = {0};
    yq_comet_answer answer;
    yq_digest commitment;
    uint8_t key_room[YQ_COMET_KEY_MAX];
    yq_writer w = yq_writer_of(room, sizeof room), key = yq_writer_of(key_room, sizeof key_room);
    yq_json *event = event_of(type, attribute, old);
    cr_assert_eq(
        yq_comet_packet_of_event(yq_json_root(event), &w, &p, &why), YQ_OK, "%s", why.text);
    cr_assert_eq(p.kind, kind);
    cr_assert_eq(yq_comet_packet_events(&p), events);
    yq_comet_packet_key(&p, &key);
    size_t who = test_ibc_find(t, yq_writer_slice(&key));
    cr_assert_neq(who, TEST_NONE);
    yq_comet_packet_commitment(&p, &commitment);
    cr_assert(yq_slice_equal(YQ_SLICE_OF(commitment.b), t->ibc.leaf[who].value));
    yq_json *reply = answer_of(who, old ? "proof_ops" : "proofOps");
    cr_assert_eq(yq_comet_answer_read(yq_json_root(reply), &w, &answer, &why), YQ_OK);
    cr_assert(yq_slice_equal(answer.value, t->ibc.leaf[who].value));
    for (size_t i = 0; i < events; i++) {
        yq_writer proof = yq_writer_of(proof_room, sizeof proof_room);
        uint8_t name[YQ_COMET_NAME_MAX * 2 + 1];
        yq_writer emitter = yq_writer_of(name, sizeof name);
        yq_verified_event v = {0};
        cr_assert_eq(yq_comet_event_put(&p, i, 1, &answer, &proof, &why), YQ_OK);
        cr_assert(yq_slice_equal(yq_writer_slice(&proof), test_event(t, kind, (uint16_t)i)));
        cr_assert_eq(test_client_event(t->client, yq_writer_slice(&proof), &v), YQ_OK);
        yq_comet_packet_emitter(&p, i, &emitter);
        cr_assert(yq_slice_equal(v.emitter, yq_writer_slice(&emitter)));
        cr_assert(yq_slice_equal(v.name, yq_slice_text(yq_comet_packet_name(&p))));
        cr_assert_eq(v.event_index, i);
        for (size_t cap = 0; cap < proof.n; cap += 11) {
            yq_writer small = yq_writer_of(proof_room, cap);
            cr_assert_eq(yq_comet_event_put(&p, i, 1, &answer, &small, &why), YQ_E_NOSPC);
        }
    }
    yq_json_free(reply);
    yq_json_free(event);
}

Test(packet, every_kind_gives_the_light_clients_proof)
{
    const char *const v2_packet[] = {
        "packet_source_client",
        "client-7",
        "packet_sequence",
        "5",
        "encoded_packet_hex",
        v2_hex(),
        NULL};
    const char *const v2_ack[] = {
        "packet_dest_client",
        "client-7",
        "packet_sequence",
        "5",
        "encoded_packet_hex",
        "00",
        "encoded_acknowledgement_hex",
        "0a04646f6e65",
        NULL};
    for (int old = 0; old < 2; old++) {
        check_kind(YQ_COMET_PACKET_V1, "send_packet", v1_packet, 1, old);
        check_kind(YQ_COMET_PACKET_V2, "send_packet", v2_packet, 2, old);
        check_kind(YQ_COMET_ACK_V1, "write_acknowledgement", v1_ack, 1, old);
        check_kind(YQ_COMET_ACK_V2, "write_acknowledgement", v2_ack, 1, old);
    }
}
