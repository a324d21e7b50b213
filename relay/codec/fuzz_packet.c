#include "yuqiao/packet.h"

#include "relay/base/assert.h"
#include "relay/base/bytes.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What decodes must encode to the same bytes; what does not has an offset inside the input. */
#define ROUND_TRIP(decode, encode)                                                                 \
    do {                                                                                           \
        yq_buf out = {.p = room, .cap = size};                                                     \
        yq_fault why = {0};                                                                        \
        if ((decode) != YQ_OK) {                                                                   \
            YQ_ASSERT(why.offset <= size);                                                         \
        } else {                                                                                   \
            YQ_ASSERT((encode) == YQ_OK);                                                          \
            YQ_ASSERT(yq_slice_equal(yq_slice_of(room, out.n), in));                               \
        }                                                                                          \
    } while (0)

static void try_payloads(yq_slice in, uint8_t *room, size_t size)
{
    yq_ack ack;
    ROUND_TRIP(yq_ack_decode(in, &ack, &why), yq_ack_encode(&ack, &out));
    yq_cancel cancel;
    ROUND_TRIP(yq_cancel_decode(in, &cancel, &why), yq_cancel_encode(&cancel, &out));
    yq_decision decision;
    ROUND_TRIP(yq_decision_decode(in, &decision, &why), yq_decision_encode(&decision, &out));
    yq_answer answer;
    ROUND_TRIP(yq_answer_decode(in, &answer, &why), yq_answer_encode(&answer, &out));
    uint64_t height;
    ROUND_TRIP(yq_control_decode(in, &height, &why), yq_control_encode(height, &out));
}

static void try_records(yq_slice in, uint8_t *room, size_t size)
{
    yq_done done;
    ROUND_TRIP(yq_done_decode(in, &done, &why), yq_done_encode(&done, &out));
    yq_inbox_state state;
    ROUND_TRIP(yq_inbox_state_decode(in, &state, &why), yq_inbox_state_encode(&state, &out));
    static yq_record record[YQ_EVENT_RECORDS_MAX];
    size_t n;
    ROUND_TRIP(
        yq_records_decode(in, record, YQ_EVENT_RECORDS_MAX, &n, &why),
        yq_records_encode(record, n, &out));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    yq_slice in = yq_slice_of(data, size);
    uint8_t *room = malloc(size + 1);
    YQ_ASSERT(room != NULL);
    yq_packet packet;
    ROUND_TRIP(yq_packet_decode(in, &packet, &why), yq_packet_encode(&packet, &out));
    try_payloads(in, room, size);
    try_records(in, room, size);
    yq_send send;
    ROUND_TRIP(yq_send_decode(in, &send, &why), yq_send_encode(&send, &out));
    yq_export export_;
    ROUND_TRIP(yq_export_decode(in, &export_, &why), yq_export_encode(&export_, &out));
    static yq_delivery_packet table[YQ_DELIVERY_PACKETS_MAX];
    yq_delivery delivery;
    ROUND_TRIP(
        yq_delivery_decode(in, table, YQ_DELIVERY_PACKETS_MAX, &delivery, &why),
        yq_delivery_encode(&delivery, &out));
    free(room);
    return 0;
}
