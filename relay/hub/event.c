#include "relay/crypto/crypto.h"
#include "relay/hub/client.h"
#include "relay/hub/mutants.h"
#include "relay/hub/packet.h"

/* PACKET_EVENT: a foreign event, from its proof to the records that it carries. */

static yq_status check_form(const yq_verified_event *event)
{
    if (event->tx_id.n == 0 || event->tx_id.n > YQ_TX_ID_SIZE_MAX) {
        return YQ_E_LIMIT;
    }
    if (event->emitter.n == 0 || event->emitter.n > YQ_EMITTER_SIZE_MAX || event->name.n == 0 ||
        event->name.n > YQ_EVENT_NAME_SIZE_MAX) {
        return YQ_E_EMITTER;
    }
    return event->grade < YQ_GRADE_ATTESTED || event->grade > YQ_GRADE_LIGHT_CLIENT ? YQ_E_GRADE
                                                                                    : YQ_OK;
}

/* The identity of an event is the chain's own: height, position and mapping play no part. */
static yq_status take_once(yq_hub *hub, yq_slice chain, const yq_verified_event *event)
{
    static const uint8_t one[] = {1};
    yq_digest id;
    yq_state_key key;
    yq_hash_one(YQ_HASH_SM3, event->tx_id, id.b);
    yq_state_key_str(&key, YQ_MODULE_PACKET, YQ_TABLE_PACKET_EVENT, chain);
    yq_put_bytes(&key.w, id.b, sizeof id.b);
    yq_put_u32(&key.w, event->event_index);
    if (yq_state_has(hub, &key) && !YQ_WITHOUT(EVENT_ONCE)) {
        return YQ_E_REPLAY;
    }
    yq_state_store(hub, &key, yq_slice_of(one, sizeof one));
    return YQ_OK;
}

static yq_status take_record(
    yq_hub *hub, const yq_proven *proven, const yq_record *record, int is_inbox)
{
    if (record->kind == YQ_RECORD_SENT) {
        return yq_packet_sent(hub, proven, record->body);
    }
    if (!is_inbox && !YQ_WITHOUT(RECEIPT_EMITTER)) {
        return yq_fail(proven->call->why, YQ_E_EMITTER, 0, "a receipt from another contract");
    }
    return record->kind == YQ_RECORD_DONE ? yq_receipt_done(hub, proven, record->body)
                                          : yq_receipt_state(hub, proven, record->body);
}

static yq_status take_records(yq_hub *hub, const yq_proven *proven, int is_inbox)
{
    size_t n = 0;
    yq_record *record = yq_state_room(hub, YQ_EVENT_RECORDS_MAX * sizeof *record);
    if (record == NULL) {
        return YQ_E_LIMIT;
    }
    yq_status status = yq_records_decode(
        proven->event->bytes, record, YQ_EVENT_RECORDS_MAX, &n, proven->call->why);
    size_t mark = hub->arena.used;
    for (size_t i = 0; i < n && status == YQ_OK && !hub->exhausted; i++) {
        status = take_record(hub, proven, &record[i], is_inbox);
        hub->arena.used = mark;
    }
    return status;
}

yq_status yq_packet_event(yq_hub *hub, yq_call *call)
{
    const yq_slice proof = call->tx.as.evidence.bytes;
    yq_chain_record chain;
    yq_status status = yq_chain_for_evidence(hub, call, &chain);
    if (status != YQ_OK) {
        return status;
    }
    yq_verified_event event;
    status = yq_client_event(hub, &chain, proof, &event, call->why);
    if (status != YQ_OK) {
        return status;
    }
    status = check_form(&event);
    if (status == YQ_OK) {
        status = take_once(hub, chain.view.id, &event);
    }
    if (status != YQ_OK) {
        return yq_fail(call->why, status, 0, "event");
    }
    yq_proven proven = {.chain = &chain, .event = &event, .call = call};
    yq_hash_one(YQ_HASH_SM3, proof, proven.proof.b);
    int is_inbox = yq_slice_equal(event.emitter, chain.view.inbox) &&
                   yq_slice_equal(event.name, chain.view.inbox_event);
    if (is_inbox || YQ_WITHOUT(EMITTER) ||
        yq_service_is_outbox(hub, chain.view.id, event.emitter, event.name)) {
        return take_records(hub, &proven, is_inbox);
    }
    yq_service service;
    if (yq_service_mapped(hub, chain.view.id, event.emitter, event.name, &service)) {
        return yq_packet_mapped(hub, &proven, &service);
    }
    return yq_fail(call->why, YQ_E_EMITTER, 0, "nothing is registered for this event");
}
