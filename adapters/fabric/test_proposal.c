/* The messages of a delivery, and who signs them. */
#include "yuqiao/packet.h"

#include "adapters/fabric/session.h"
#include "relay/base/bytes.h"
#include "relay/base/writer.h"
#include "relay/codec/der.h"
#include "relay/codec/protobuf.h"

#include <criterion/criterion.h>
#include <stdlib.h>

static const yq_fabric_invocation call = {
    .channel = {(const uint8_t *)"ch", 2},
    .chaincode = {(const uint8_t *)"yuqiao", 6},
    .function = {(const uint8_t *)"receiveMessages", 15},
    .argument = {(const uint8_t *)"delivery", 8},
    .creator = {(const uint8_t *)"creator", 7},
    .tx_hash = YQ_HASH_SHA256,
    .nonce = {1, 2, 3},
    .now_ms = 1700000001500u};

static uint8_t rooms[4][8192];

static yq_fabric_proposal proposed(void)
{
    yq_fabric_proposal p;
    yq_buf room = {rooms[0], yq_fabric_proposal_room(&call), 0};
    cr_assert_leq(room.cap, sizeof rooms[0]);
    cr_assert_eq(yq_fabric_propose(&call, &room, &p), YQ_OK);
    return p;
}

Test(proposal, ids_are_hashes_of_nonce_and_creator)
{
    uint8_t md[32];
    char text[65];
    yq_fabric_proposal p = proposed();
    const yq_slice part[] = {YQ_SLICE_OF(call.nonce), call.creator};
    yq_hash(YQ_HASH_SHA256, part, 2, md);
    (void)yq_hex_encode(text, sizeof text, md, sizeof md);
    cr_assert_str_eq(p.tx_id, text);
    yq_fabric_invocation other = call;
    other.tx_hash = YQ_HASH_SM3;
    yq_buf room = {rooms[1], sizeof rooms[1], 0};
    yq_hash(YQ_HASH_SM3, part, 2, md);
    (void)yq_hex_encode(text, sizeof text, md, sizeof md);
    cr_assert_eq(yq_fabric_propose(&other, &room, &p), YQ_OK);
    cr_assert_str_eq(p.tx_id, text);
    room = (yq_buf){rooms[1], 40, 0};
    cr_assert_eq(yq_fabric_propose(&call, &room, &p), YQ_E_NOSPC);
}

/* ---- what a gateway prepares ---- */

typedef struct prepared {
    int other_header, other_action, other_call, two_actions, no_endorsement, other_hash;
    const char *chaincode;
    uint32_t status;
} prepared;

static void put_response(yq_writer *w, const yq_fabric_proposal *p, const prepared *how)
{
    uint8_t md[32];
    const yq_slice part[] = {p->channel_header, p->signature_header, p->payload};
    yq_hash(YQ_HASH_SHA256, part, 3, md);
    md[3] ^= how->other_hash ? 1 : 0;
    yq_pb_put_bytes(w, 1, YQ_SLICE_OF(md));
    size_t action = yq_pb_begin(w), mark = yq_pb_begin(w);
    yq_pb_put_varint(w, 1, how->status);
    yq_pb_end(w, mark, 3);
    mark = yq_pb_begin(w);
    yq_pb_put_bytes(w, 2, yq_slice_text(how->chaincode));
    yq_pb_end(w, mark, 4);
    yq_pb_end(w, action, 2);
}

static void put_action(yq_writer *w, const yq_fabric_proposal *p, const prepared *how)
{
    yq_slice other = yq_slice_text("other");
    size_t action = yq_pb_begin(w);
    yq_pb_put_bytes(w, 1, how->other_action ? other : p->signature_header);
    size_t payload = yq_pb_begin(w);
    yq_pb_put_bytes(w, 1, how->other_call ? other : p->payload);
    size_t endorsed = yq_pb_begin(w), response = yq_pb_begin(w);
    put_response(w, p, how);
    yq_pb_end(w, response, 1);
    if (!how->no_endorsement) {
        yq_pb_put_bytes(w, 2, yq_slice_text("endorsement"));
    }
    yq_pb_end(w, endorsed, 2);
    yq_pb_end(w, payload, 2);
    yq_pb_end(w, action, 1);
}

static yq_slice prepare(const yq_fabric_proposal *p, const prepared *how)
{
    yq_writer w = yq_writer_of(rooms[1], sizeof rooms[1]);
    size_t header = yq_pb_begin(&w);
    yq_pb_put_bytes(&w, 1, how->other_header ? yq_slice_text("other") : p->channel_header);
    yq_pb_put_bytes(&w, 2, p->signature_header);
    yq_pb_end(&w, header, 1);
    size_t data = yq_pb_begin(&w);
    put_action(&w, p, how);
    if (how->two_actions) {
        put_action(&w, p, how);
    }
    yq_pb_end(&w, data, 2);
    cr_assert_eq(w.status, YQ_OK);
    return yq_writer_slice(&w);
}

#define GOOD .chaincode = "yuqiao", .status = 200

Test(proposal, what_is_prepared_is_what_was_proposed)
{
    static const struct {
        prepared how;
        const char *text;
    } wrong[] = {
        {{GOOD, .other_header = 1}, "another header"},
        {{GOOD, .other_action = 1}, "another header"},
        {{GOOD, .other_call = 1}, "another call"},
        {{GOOD, .two_actions = 1}, "cannot be read"},
        {{GOOD, .no_endorsement = 1}, "no endorsement"},
        {{GOOD, .other_hash = 1}, "proposal's hash"},
        {{.chaincode = "other", .status = 200}, "the chaincode"},
        {{.chaincode = "yuqiao", .status = 199}, "no success"},
        {{.chaincode = "yuqiao", .status = 400}, "no success"},
        {{.chaincode = "yuqiao", .status = 0}, "no success"}};
    yq_fabric_proposal p = proposed();
    yq_fault why = {0};
    cr_assert_eq(yq_fabric_prepared_check(&p, prepare(&p, &(prepared){GOOD}), &why), YQ_OK);
    cr_assert_eq(
        yq_fabric_prepared_check(
            &p, prepare(&p, &(prepared){.chaincode = "yuqiao", .status = 399}), &why),
        YQ_OK);
    for (size_t i = 0; i < YQ_ARRAY_N(wrong); i++) {
        yq_slice payload = prepare(&p, &wrong[i].how);
        cr_assert_eq(yq_fabric_prepared_check(&p, payload, &why), YQ_E_PEER, "%zu", i);
        cr_assert_not_null(strstr(why.text, wrong[i].text), "%zu: %s", i, why.text);
    }
    yq_slice good = prepare(&p, &(prepared){GOOD});
    for (size_t n = 0; n < good.n; n++) {
        cr_assert_neq(yq_fabric_prepared_check(&p, yq_slice_of(good.p, n), &why), YQ_OK);
    }
}

/* ---- answers ---- */

Test(proposal, answers_are_read)
{
    uint32_t code = 7;
    uint64_t block = 7;
    yq_slice payload;
    yq_fault why = {0};
    static const uint8_t valid[] = {0x10, 9}, conflict[] = {0x08, 11, 0x10, 9};
    static const uint8_t large[] = {0x08, 0x80, 2}, twice[] = {0x08, 1, 0x08, 1};
    static const uint8_t empty[] = {0x12, 0};
    cr_assert_eq(yq_fabric_status_decode(YQ_SLICE_OF(valid), &code, &block, &why), YQ_OK);
    cr_assert(code == 0 && block == 9);
    cr_assert_eq(yq_fabric_status_decode(YQ_SLICE_OF(conflict), &code, &block, &why), YQ_OK);
    cr_assert(code == YQ_FABRIC_TX_MVCC && block == 9);
    cr_assert_eq(yq_fabric_status_decode(YQ_SLICE_OF(large), &code, &block, &why), YQ_E_RANGE);
    cr_assert_eq(yq_fabric_status_decode(YQ_SLICE_OF(twice), &code, &block, &why), YQ_E_FIELD_DUP);
    cr_assert_eq(yq_fabric_endorse_decode(YQ_SLICE_OF(empty), &payload, &why), YQ_E_FIELD_MISSING);
    cr_assert_eq(yq_fabric_endorse_decode(YQ_SLICE_OF(twice), &payload, &why), YQ_E_FIELD_MISSING);
}

/* Status {3: Any {2: ErrorDetail {3: message}}}. */
static void put_detail(yq_writer *w, const char *message)
{
    size_t any = yq_pb_begin(w), detail = yq_pb_begin(w);
    yq_pb_put_bytes(w, 1, yq_slice_text("peer0"));
    yq_pb_put_bytes(w, 3, yq_slice_text(message));
    yq_pb_end(w, detail, 2);
    yq_pb_end(w, any, 3);
}

Test(proposal, details_tell_what_went_wrong)
{
    char text[48];
    yq_writer w = yq_writer_of(rooms[2], sizeof rooms[2]);
    cr_assert_eq(yq_fabric_trouble_of((yq_slice){0}, text, sizeof text), YQ_FABRIC_TROUBLE_OTHER);
    cr_assert_str_eq(text, "");
    put_detail(&w, "connection refused\n");
    cr_assert_eq(
        yq_fabric_trouble_of(yq_writer_slice(&w), text, sizeof text), YQ_FABRIC_TROUBLE_OTHER);
    cr_assert_str_eq(text, "connection refused?");
    put_detail(&w, "ProposalResponsePayloads do not match");
    cr_assert_eq(
        yq_fabric_trouble_of(yq_writer_slice(&w), text, sizeof text), YQ_FABRIC_TROUBLE_MISMATCH);
    put_detail(&w, "chaincode response 500, E_QUORUM");
    cr_assert_eq(
        yq_fabric_trouble_of(yq_writer_slice(&w), text, sizeof text), YQ_FABRIC_TROUBLE_REFUSED);
    cr_assert_str_eq(text, "chaincode response 500, E_QUORUM");
    put_detail(&w, "ProposalResponsePayloads do not match");
    cr_assert_eq(
        yq_fabric_trouble_of(yq_writer_slice(&w), text, sizeof text), YQ_FABRIC_TROUBLE_REFUSED);
    cr_assert_str_eq(text, "chaincode response 500, E_QUORUM");
    cr_assert_eq(yq_fabric_trouble_of(yq_writer_slice(&w), text, 8), YQ_FABRIC_TROUBLE_REFUSED);
    cr_assert_eq(strlen(text), 7);
}

/* ---- deliveries ---- */

Test(proposal, deliveries_are_cut_to_what_a_block_can_bring_back)
{
    static uint8_t bytes[60000], path[64];
    static yq_delivery_packet packet[20], got[YQ_DELIVERY_PACKETS_MAX];
    yq_delivery d = {
        .suite = 1,
        .certificate = yq_slice_text("certificate"),
        .size = 20,
        .export_n = 1,
        .n = 20,
        .packet = packet};
    for (size_t i = 0; i < 20; i++) {
        packet[i] = (yq_delivery_packet){i, YQ_SLICE_OF(path), YQ_SLICE_OF(bytes)};
    }
    yq_buf whole = {malloc(2u << 20), 2u << 20, 0}, cut = {malloc(2u << 20), 2u << 20, 0};
    cr_assert_eq(yq_delivery_encode(&d, &whole), YQ_OK);
    cr_assert_gt(whole.n, YQ_FABRIC_DELIVERY_MAX);
    cr_assert_eq(yq_fabric_delivery_fit(yq_slice_of(whole.p, whole.n), &cut), YQ_OK);
    cr_assert_leq(cut.n, YQ_FABRIC_DELIVERY_MAX);
    cr_assert_gt(cut.n, YQ_FABRIC_DELIVERY_MAX - 61000u);
    cr_assert_eq(
        yq_delivery_decode(yq_slice_of(cut.p, cut.n), got, YQ_DELIVERY_PACKETS_MAX, &d, NULL),
        YQ_OK);
    cr_assert_eq(d.n, 8);
    cr_assert_eq(got[7].index, 7);
    cr_assert_eq(yq_fabric_delivery_fit(yq_slice_of(whole.p, whole.n - 1), &cut), YQ_E_TRUNCATED);
    free(whole.p);
    free(cut.p);
}

/* ---- signing ---- */

static int is_of(const yq_fabric_member *m, uint16_t alg, yq_slice message)
{
    uint8_t der[YQ_FABRIC_SIGNATURE_MAX], rs[64];
    yq_buf out = {der, sizeof der, 0};
    cr_assert_eq(yq_fabric_member_sign(m, yq_slice_text("message"), &out), YQ_OK);
    cr_assert_eq(yq_der_signature_decode(yq_slice_of(der, out.n), 32, rs, NULL), YQ_OK);
    const yq_signature one = {
        .alg = alg, .key = yq_key_public(m->key), .msg = message, .sig = YQ_SLICE_OF(rs)};
    return yq_signature_check(&one) == YQ_OK;
}

Test(proposal, members_sign_as_their_dialect_says)
{
    uint8_t sha[32], sm3[32], der[YQ_FABRIC_SIGNATURE_MAX];
    yq_hash_one(YQ_HASH_SHA256, yq_slice_text("message"), sha);
    yq_hash_one(YQ_HASH_SM3, yq_slice_text("message"), sm3);
    yq_key *p256 = yq_key_generate(YQ_SIG_P256_DIGEST), *sm2 = yq_key_generate(YQ_SIG_SM2_MESSAGE);
    yq_fabric_member m = {.key = p256, .signing = YQ_FABRIC_MEMBER_ECDSA};
    for (unsigned i = 0; i < 16; i++) {
        cr_assert(is_of(&m, YQ_SIG_P256_DIGEST, YQ_SLICE_OF(sha)), "low s, every time");
    }
    m = (yq_fabric_member){.key = sm2, .signing = YQ_FABRIC_MEMBER_SM2_HASH};
    cr_assert(is_of(&m, YQ_SIG_SM2_DIGEST, YQ_SLICE_OF(sm3)));
    m.signing = YQ_FABRIC_MEMBER_SM2_MESSAGE;
    cr_assert(is_of(&m, YQ_SIG_SM2_MESSAGE, yq_slice_text("message")));
    m.signing = YQ_FABRIC_MEMBER_SM2_TWICE;
    cr_assert(is_of(&m, YQ_SIG_SM2_MESSAGE, YQ_SLICE_OF(sm3)));
    yq_buf out = {der, sizeof der, 0};
    m.key = NULL;
    cr_assert_eq(yq_fabric_member_sign(&m, yq_slice_text("message"), &out), YQ_OK);
    cr_assert_eq(out.n, 0, "nobody signs nothing");
    yq_key_free(p256);
    yq_key_free(sm2);
}
