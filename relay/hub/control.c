#include "relay/hub/mutants.h"
#include "relay/hub/packet.h"

/* Packets that the hub makes: acknowledgements, cancels. */

#define ACK_SIZE_MAX    (8u + YQ_DIGEST_SIZE + 1u + 4u + 1u + 2u + YQ_RESULT_SIZE_MAX)
#define CANCEL_SIZE_MAX (8u + YQ_DIGEST_SIZE + 1u + 1u + 8u)

yq_status yq_packet_acknowledge(yq_hub *hub, yq_message_record *m, yq_slice result)
{
    yq_message *v = &m->view;
    yq_chain_record source;
    if (!yq_chain_load(hub, v->src_chain, &source)) {
        return YQ_E_LIMIT;
    }
    /* A refusal by the hub carries the code's number; an inbox's code goes through as it is. */
    uint32_t code =
        v->index == YQ_INDEX_NONE && v->code < 0 ? (uint32_t)-v->code : (uint32_t)v->code;
    const yq_ack ack = {
        .index = v->index,
        .commitment = m->src_commitment,
        .status = v->status,
        .code = code,
        .forced = v->forced,
        .result = result};
    yq_buf payload = {.p = yq_state_room(hub, ACK_SIZE_MAX), .cap = ACK_SIZE_MAX};
    if (payload.p == NULL) {
        return YQ_E_LIMIT;
    }
    yq_status status = yq_ack_encode(&ack, &payload);
    if (status != YQ_OK) {
        return status;
    }
    const yq_packet packet = {
        .kind = YQ_PACKET_ACK,
        .order = YQ_ORDER_UNORDERED,
        .hub = hub->rules.id,
        .src_chain = v->dst_chain,
        .src_service = v->dst_service,
        .dst_chain = v->src_chain,
        .dst_service = v->src_service,
        .sequence = v->sequence,
        .group = m->view.group,
        .payload = {payload.p, payload.n}};
    yq_digest commitment;
    status = yq_outbox_append(
        hub, &source.view, &packet, YQ_LEAF_ACK, &v->id, &v->ack_index, &commitment);
    if (status == YQ_OK) {
        yq_message_step(
            hub, m, YQ_STEP_ACKNOWLEDGED, &commitment, v->ack_index, (yq_slice){0}, v->code);
    }
    return status;
}

static yq_packet cancel_packet(const yq_hub *hub, const yq_message_record *m, yq_slice payload)
{
    const yq_message *v = &m->view;
    return (yq_packet){
        .kind = YQ_PACKET_CANCEL,
        .order = YQ_ORDER_UNORDERED,
        .hub = hub->rules.id,
        .src_chain = v->src_chain,
        .src_service = v->src_service,
        .dst_chain = v->dst_chain,
        .dst_service = v->dst_service,
        .sequence = v->sequence,
        .group = m->view.group,
        .payload = payload};
}

yq_status yq_packet_cancel(yq_hub *hub, yq_message_record *m, const yq_chain *destination)
{
    yq_message *v = &m->view;
    const yq_cancel cancel = {
        .index = v->index,
        .commitment = v->commitment,
        .kind = v->kind,
        .order = v->order,
        .first = v->sequence};
    uint8_t room[CANCEL_SIZE_MAX];
    yq_buf payload = {room, sizeof room, 0};
    yq_status status = yq_cancel_encode(&cancel, &payload);
    if (status != YQ_OK) {
        return status;
    }
    const yq_packet packet = cancel_packet(hub, m, yq_slice_of(payload.p, payload.n));
    yq_digest commitment;
    status = yq_outbox_append(
        hub, destination, &packet, YQ_LEAF_CANCEL, &v->id, &v->cancel_index, &commitment);
    if (status == YQ_OK) {
        yq_message_step(hub, m, YQ_STEP_CANCELLING, &commitment, v->cancel_index, (yq_slice){0}, 0);
        yq_message_move(hub, m, YQ_MESSAGE_CANCELLING);
        if (YQ_WITHOUT(SILENCE)) {
            v->status = YQ_DONE_CANCELLED;
            yq_message_move(hub, m, YQ_MESSAGE_CANCELLED);
            status = yq_packet_acknowledge(hub, m, (yq_slice){0});
        }
        yq_message_store(hub, m);
    }
    return status;
}

yq_status yq_packet_skip(yq_hub *hub, const yq_lane *lane, uint64_t first, yq_message_record *last)
{
    yq_message *v = &last->view;
    yq_chain_record destination;
    if (!yq_chain_load(hub, lane->dst_chain, &destination)) {
        return YQ_E_LIMIT;
    }
    if (yq_chain_is_leaving(&destination)) {
        return YQ_OK; /* nothing comes on this lane any more */
    }
    const yq_cancel cancel = {
        .index = YQ_INDEX_NONE, .kind = v->kind, .order = v->order, .first = first};
    uint8_t room[CANCEL_SIZE_MAX];
    yq_buf payload = {room, sizeof room, 0};
    yq_status status = yq_cancel_encode(&cancel, &payload);
    if (status != YQ_OK) {
        return status;
    }
    const yq_packet packet = cancel_packet(hub, last, yq_slice_of(payload.p, payload.n));
    yq_digest commitment;
    return yq_outbox_append(
        hub, &destination.view, &packet, YQ_LEAF_CANCEL, &v->id, &v->cancel_index, &commitment);
}
