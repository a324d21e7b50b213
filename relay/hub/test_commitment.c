#include "relay/base/bytes.h"
#include "relay/base/writer.h"
#include "relay/hub/commitment.h"

#include <criterion/criterion.h>

/*
 * Vectors by an implementation of its own (Python, the standard library's SM3 and SHA-256 and a
 * Keccak-256 written for it) of docs/protocol/messages.md. Index: hash - 1.
 */
static const char *const call_hex[] = {
    "9d800a74f0c078b774fc35e0e140e862bd36c952b1a9899b3243e9012e422594",
    "0954542ca738acefd3277d1f9d4d9b54bab295f756a60b920985f114c233a80e",
    "2ba09e2f2d1b94b729963874feb23982d649ff705c1d6fa92b8d077aeb311093"};
static const char *const ack_hex[] = {
    "fa7af5601677adf4e0aa2b2970904d3abb9aa00cef3fffc6e1283aceb6c4fdad",
    "391845b36977b75c941973c0536733cc121130450a3b891ab9b5d6f4d6556f51",
    "d86938039412c9387bb8219dedd10391e5781b155d2ca1bd63158cbbaac83282"};
static const char *const cancel_hex[] = {
    "a264c36f508242837efa871fc18b9de2783217e1a41e65f0c52bec778e7ed132",
    "384b6135198827bfff8be348c178e45fa7d7ff51474e3872f4990463c83a6b5c",
    "f5fd338659e6736a3824f17f06045a5347ee0d9dd5a2d08fa7115ab250cdf122"};
static const char *const halt_hex[] = {
    "7033dca11548838f1b4445665618a6e84425d18eef3d7fd2a8af5bf90fad5208",
    "4f7b2359ca7f1081debd18dc4eb9edcf1e9a4c2ad9884c8cab3827b8bd29d2e8",
    "8cf0be51e5dee84dc02c792bfc0daefed343282170584baa1cd56927a00d9b3b"};
static const char *const leaf_hex[] = {
    "1e4d94c8659a4e4ba6be33f6e53a978f4d6aab4d35f8cd9558265d3d2906ae8a",
    "b20a9aaf989ae27e3c5287fec8cb47ddd9ad42aa40dcd5b0e911688da729981d",
    "c3dd23709a150aa09c67cfe829cb5270804f27ade01b94a4ec8e8952275b108d"};
static const char *const export_hex[] = {
    "871924757a25a1d494d6104a0cee8eab225f452f900c61f6bbb3c60b0a00a28f",
    "ff4a3ffe8a97cbe7c49d5e0a5d08e8038d3d9cfb27ea44232d7222660ff14e94",
    "9f02f9faa5093ec3e2fc28aa8eb5bfb167b34a55680ec3766baf02833376d035"};

static void is_hex(const yq_digest *digest, const char *want)
{
    char text[2 * YQ_DIGEST_SIZE + 1];
    (void)yq_hex_encode(text, sizeof text, digest->b, sizeof digest->b);
    cr_expect_str_eq(text, want);
}

static yq_packet call(void)
{
    static const uint8_t sender[] = {0x11, 0x22, 0x33};
    yq_packet p = {
        .kind = YQ_PACKET_CALL,
        .order = YQ_ORDER_UNORDERED,
        .grade_min = 3,
        .hub = yq_slice_text("henan-main"),
        .src_chain = yq_slice_text("city-410100"),
        .src_service = yq_slice_text("evidence"),
        .dst_chain = yq_slice_text("city-410300"),
        .dst_service = yq_slice_text("archive"),
        .sequence = 7,
        .deadline_ms = UINT64_C(1700000000000),
        .sender = {sender, sizeof sender},
        .payload = yq_slice_text("payload of the message")};
    for (size_t i = 0; i < YQ_DIGEST_SIZE; i++) {
        p.grant.b[i] = (uint8_t)i;
    }
    memset(p.group.b, 0xaa, YQ_DIGEST_SIZE);
    return p;
}

Test(commitment, a_call_in_three_hashes_and_its_id)
{
    const yq_packet p = call();
    yq_digest digest;
    for (uint32_t alg = 1; alg <= 3; alg++) {
        cr_assert_eq(yq_packet_commitment(alg, &p, &digest), YQ_OK);
        is_hex(&digest, call_hex[alg - 1]);
    }
    cr_assert_eq(yq_packet_id(&p, &digest), YQ_OK);
    is_hex(&digest, call_hex[0]);
}

Test(commitment, an_acknowledgement_a_cancel_and_a_halt)
{
    const yq_packet p = call();
    yq_digest of_call, digest;
    uint8_t room[128];

    cr_assert_eq(yq_packet_commitment(YQ_HASH_KECCAK256, &p, &of_call), YQ_OK);
    yq_ack ack = {
        .index = 5,
        .commitment = of_call,
        .status = YQ_DONE_ERROR,
        .code = 77,
        .result = yq_slice_text("err")};
    yq_buf payload = {room, sizeof room, 0};
    cr_assert_eq(yq_ack_encode(&ack, &payload), YQ_OK);
    yq_packet made = p;
    made.kind = YQ_PACKET_ACK;
    made.grade_min = 0;
    made.src_chain = p.dst_chain;
    made.src_service = p.dst_service;
    made.dst_chain = p.src_chain;
    made.dst_service = p.src_service;
    made.deadline_ms = 0;
    made.sender.n = 0;
    memset(&made.grant, 0, sizeof made.grant);
    made.payload = yq_slice_of(room, payload.n);
    for (uint32_t alg = 1; alg <= 3; alg++) {
        cr_assert_eq(yq_packet_commitment(alg, &made, &digest), YQ_OK);
        is_hex(&digest, ack_hex[alg - 1]);
    }

    cr_assert_eq(yq_packet_commitment(YQ_HASH_SHA256, &p, &of_call), YQ_OK);
    const yq_cancel cancel = {.index = 5, .commitment = of_call, .kind = 1, .order = 1, .first = 7};
    payload.n = 0;
    cr_assert_eq(yq_cancel_encode(&cancel, &payload), YQ_OK);
    made.kind = YQ_PACKET_CANCEL;
    made.src_chain = p.src_chain;
    made.src_service = p.src_service;
    made.dst_chain = p.dst_chain;
    made.dst_service = p.dst_service;
    made.payload = yq_slice_of(room, payload.n);
    for (uint32_t alg = 1; alg <= 3; alg++) {
        cr_assert_eq(yq_packet_commitment(alg, &made, &digest), YQ_OK);
        is_hex(&digest, cancel_hex[alg - 1]);
    }

    payload.n = 0;
    cr_assert_eq(yq_control_encode(1234, &payload), YQ_OK);
    made.kind = YQ_PACKET_HALT;
    made.src_service.n = made.dst_service.n = 0;
    made.sequence = 1;
    memset(&made.group, 0, sizeof made.group);
    made.payload = yq_slice_of(room, payload.n);
    for (uint32_t alg = 1; alg <= 3; alg++) {
        cr_assert_eq(yq_packet_commitment(alg, &made, &digest), YQ_OK);
        is_hex(&digest, halt_hex[alg - 1]);
    }
}

Test(commitment, leaves_of_outboxes_and_exports)
{
    const yq_packet p = call();
    for (uint32_t alg = 1; alg <= 3; alg++) {
        yq_digest commitment, leaf, exported;
        cr_assert_eq(yq_packet_commitment(alg, &p, &commitment), YQ_OK);
        yq_outbox_leaf(alg, 5, &commitment, &leaf);
        is_hex(&leaf, leaf_hex[alg - 1]);
        yq_export_leaf(alg, yq_slice_text("city-410300"), 6, &leaf, &exported);
        is_hex(&exported, export_hex[alg - 1]);
    }
}

Test(commitment, what_no_layout_holds_has_none)
{
    yq_packet p = call();
    yq_digest digest;
    cr_assert_eq(yq_packet_commitment(YQ_HASH_SHA384, &p, &digest), YQ_E_RANGE);
    cr_assert_eq(yq_packet_commitment(0, &p, &digest), YQ_E_RANGE);
    p.sequence = 0;
    cr_assert_eq(yq_packet_id(&p, &digest), YQ_E_RANGE);
    static uint8_t large[YQ_PAYLOAD_SIZE_MAX + 1];
    p = call();
    p.payload = yq_slice_of(large, sizeof large);
    cr_assert_eq(yq_packet_id(&p, &digest), YQ_E_LIMIT);
    p.payload.n--;
    cr_assert_eq(yq_packet_id(&p, &digest), YQ_OK);
    static uint8_t longest[64];
    memset(longest, 'a', sizeof longest);
    p.hub = p.src_chain = p.dst_chain = yq_slice_of(longest, YQ_CHAIN_ID_SIZE_MAX);
    p.src_service = p.dst_service = yq_slice_of(longest, YQ_SERVICE_SIZE_MAX);
    p.sender = yq_slice_of(longest, YQ_SENDER_SIZE_MAX);
    cr_assert_eq(yq_packet_id(&p, &digest), YQ_OK, "the longest names fit into the head");
}
