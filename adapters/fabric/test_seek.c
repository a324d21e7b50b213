#include "adapters/fabric/seek.h"
#include "relay/base/bytes.h"

#include <criterion/criterion.h>

Test(seek, deliver_responses)
{
    static const uint8_t ok[] = {0x08, 0xc8, 0x01}, block[] = {0x12, 0x02, 0x0a, 0x00};
    static const uint8_t cut[] = {0x12, 0x05, 0x00};
    yq_fabric_deliver d;
    cr_assert_eq(yq_fabric_deliver_decode(YQ_SLICE_OF(ok), &d, NULL), YQ_OK);
    cr_assert(!d.is_block && d.status == 200);
    cr_assert_eq(yq_fabric_deliver_decode(YQ_SLICE_OF(block), &d, NULL), YQ_OK);
    cr_assert(d.is_block && d.block.n == 2);
    cr_assert_neq(yq_fabric_deliver_decode(YQ_SLICE_OF(cut), &d, NULL), YQ_OK);
    cr_assert_eq(yq_fabric_deliver_decode((yq_slice){0}, &d, NULL), YQ_E_FIELD_MISSING);
    cr_assert_eq(yq_fabric_deliver_outcome(200, NULL), YQ_OK);
    cr_assert_eq(yq_fabric_deliver_outcome(403, NULL), YQ_E_PERMISSION);
    cr_assert_eq(yq_fabric_deliver_outcome(404, NULL), YQ_E_NOT_FOUND);
    cr_assert_eq(yq_fabric_deliver_outcome(503, NULL), YQ_E_UNAVAILABLE);
    cr_assert_eq(yq_fabric_deliver_outcome(400, NULL), YQ_E_PEER);
}

Test(seek, the_request_is_the_one_that_the_nodes_read)
{
    yq_fabric_seek seek = {
        .channel = yq_slice_text("ch"),
        .msp_id = yq_slice_text("M"),
        .cert_pem = yq_slice_text("P"),
        .now_ms = 1500,
        .from = 3,
        .to = YQ_FABRIC_NEWEST,
        .headers_only = 1};
    memset(seek.nonce, 7, sizeof seek.nonce);
    static const uint8_t want[] = {0x0a, 0x36, 0x0a, 0x10, 0x08, 0x05, 0x1a, 0x08, 0x08, 0x01,
                                   0x10, 0x80, 0xca, 0xb5, 0xee, 0x01, 0x22, 0x02, 'c',  'h'};
    uint8_t room[256];
    yq_buf out = {room, sizeof room, 0};
    cr_assert_eq(yq_fabric_seek_payload(&seek, &out), YQ_OK);
    cr_assert_arr_eq(out.p, want, sizeof want);
    static const uint8_t tail[] = {
        0x12,
        0x0e,
        0x0a,
        0x04,
        0x1a,
        0x02,
        0x08,
        0x03,
        0x12,
        0x02,
        0x0a,
        0x00,
        0x18,
        0x01,
        0x28,
        0x01};
    cr_assert_arr_eq(out.p + out.n - sizeof tail, tail, sizeof tail);
    out = (yq_buf){room, 20, 0};
    cr_assert_eq(yq_fabric_seek_payload(&seek, &out), YQ_E_NOSPC);
    cr_assert_eq(out.n, 0);
}
