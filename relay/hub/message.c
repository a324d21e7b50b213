#include "relay/hub/message.h"

#include "relay/base/assert.h"

/* Messages as they are stored, and their traces. */

#define TRACE_N_MAX 65535u

static void message_key(yq_state_key *key, const yq_digest *id)
{
    yq_state_key_digest(key, YQ_MODULE_PACKET, YQ_TABLE_PACKET, id);
}

static void read_outcome(yq_cur *c, yq_message *v)
{
    v->mapped = yq_cur_u8(c);
    v->conflict = yq_cur_u8(c);
    v->forced = yq_cur_u8(c);
    v->status = yq_cur_u8(c);
    v->code = (int32_t)yq_cur_u32(c);
    v->index = yq_cur_u64(c);
    v->cancel_index = yq_cur_u64(c);
    v->ack_index = yq_cur_u64(c);
    yq_cur_copy(c, v->commitment.b, YQ_DIGEST_SIZE);
    yq_cur_copy(c, v->payload_sm3.b, YQ_DIGEST_SIZE);
    v->source_height = yq_cur_u64(c);
    v->source_tx_id = yq_cur_str8(c, YQ_TX_ID_SIZE_MAX);
    v->source_event_index = yq_cur_u32(c);
    v->trace_n = yq_cur_u32(c);
    v->arrival = yq_cur_u64(c);
    v->accepted_ms = yq_cur_u64(c);
}

int yq_message_load(yq_hub *hub, const yq_digest *id, yq_message_record *out)
{
    yq_state_key key;
    yq_slice value;
    memset(out, 0, sizeof *out);
    message_key(&key, id);
    if (!yq_state_load(hub, &key, &value)) {
        return 0;
    }
    yq_message *v = &out->view;
    v->id = *id;
    yq_cur c = yq_cur_of(value);
    v->kind = yq_cur_u8(&c);
    v->order = yq_cur_u8(&c);
    v->state = yq_cur_u8(&c);
    v->src_chain = yq_cur_str8(&c, YQ_CHAIN_ID_SIZE_MAX);
    v->src_service = yq_cur_str8(&c, YQ_SERVICE_SIZE_MAX);
    v->dst_chain = yq_cur_str8(&c, YQ_CHAIN_ID_SIZE_MAX);
    v->dst_service = yq_cur_str8(&c, YQ_SERVICE_SIZE_MAX);
    v->sender = yq_cur_str8(&c, YQ_SENDER_SIZE_MAX);
    v->sequence = yq_cur_u64(&c);
    v->deadline_ms = yq_cur_u64(&c);
    read_outcome(&c, v);
    yq_cur_copy(&c, out->src_commitment.b, YQ_DIGEST_SIZE);
    yq_cur_copy(&c, v->group.b, YQ_DIGEST_SIZE);
    out->cancel_due_ms = yq_cur_u64(&c);
    yq_state_record_done(&c);
    return 1;
}

static void write_outcome(yq_writer *w, const yq_message *v)
{
    yq_put_u8(w, v->mapped);
    yq_put_u8(w, v->conflict);
    yq_put_u8(w, v->forced);
    yq_put_u8(w, v->status);
    yq_put_u32(w, (uint32_t)v->code);
    yq_put_u64(w, v->index);
    yq_put_u64(w, v->cancel_index);
    yq_put_u64(w, v->ack_index);
    yq_put_bytes(w, v->commitment.b, YQ_DIGEST_SIZE);
    yq_put_bytes(w, v->payload_sm3.b, YQ_DIGEST_SIZE);
    yq_put_u64(w, v->source_height);
    yq_put_str8(w, v->source_tx_id);
    yq_put_u32(w, v->source_event_index);
    yq_put_u32(w, v->trace_n);
    yq_put_u64(w, v->arrival);
    yq_put_u64(w, v->accepted_ms);
}

void yq_message_store(yq_hub *hub, const yq_message_record *m)
{
    const yq_message *v = &m->view;
    yq_state_key key;
    yq_writer w = yq_state_record(hub, 1024);
    yq_put_u8(&w, v->kind);
    yq_put_u8(&w, v->order);
    yq_put_u8(&w, v->state);
    yq_put_str8(&w, v->src_chain);
    yq_put_str8(&w, v->src_service);
    yq_put_str8(&w, v->dst_chain);
    yq_put_str8(&w, v->dst_service);
    yq_put_str8(&w, v->sender);
    yq_put_u64(&w, v->sequence);
    yq_put_u64(&w, v->deadline_ms);
    write_outcome(&w, v);
    yq_put_bytes(&w, m->src_commitment.b, YQ_DIGEST_SIZE);
    yq_put_bytes(&w, v->group.b, YQ_DIGEST_SIZE);
    yq_put_u64(&w, m->cancel_due_ms);
    message_key(&key, &v->id);
    yq_state_store_record(hub, &key, &w);
}

static void trace_key(yq_state_key *key, const yq_digest *id, uint32_t n)
{
    yq_state_key_digest(key, YQ_MODULE_PACKET, YQ_TABLE_PACKET_TRACE, id);
    yq_put_u16(&key->w, (uint16_t)n);
}

void yq_message_step(
    yq_hub *hub,
    yq_message_record *m,
    yq_trace_step step,
    const yq_digest *hash,
    uint64_t foreign_height,
    yq_slice proof,
    int32_t code)
{
    if (m->view.trace_n >= TRACE_N_MAX) {
        return;
    }
    yq_state_key key;
    yq_writer w = yq_state_record(hub, 64 + YQ_DIGEST_SIZE + YQ_TX_ID_SIZE_MAX);
    yq_put_u8(&w, (uint8_t)step);
    yq_put_u64(&w, hub->height);
    yq_put_u64(&w, hub->time_ms);
    yq_put_bytes(&w, hash->b, YQ_DIGEST_SIZE);
    yq_put_u64(&w, foreign_height);
    yq_put_str8(&w, proof);
    yq_put_u32(&w, (uint32_t)code);
    trace_key(&key, &m->view.id, m->view.trace_n);
    yq_state_store_record(hub, &key, &w);
    m->view.trace_n++;
}

void yq_message_move(yq_hub *hub, yq_message_record *m, yq_message_state state)
{
    m->view.state = (uint8_t)state;
    yq_state_tell(
        hub, YQ_HUB_EVENT_MESSAGE, yq_slice_of(m->view.id.b, YQ_DIGEST_SIZE), (uint64_t)state);
}

int yq_message_is_final(const yq_message *message)
{
    switch ((yq_message_state)message->state) {
    case YQ_MESSAGE_INVALID:
    case YQ_MESSAGE_HELD:
    case YQ_MESSAGE_COMMITTED:
    case YQ_MESSAGE_CANCELLING:
    case YQ_MESSAGE_PREPARED:
        return 0;
    case YQ_MESSAGE_ACKED:
    case YQ_MESSAGE_CANCELLED:
    case YQ_MESSAGE_REFUSED:
    case YQ_MESSAGE_FORCED:
        return message->mapped != 0; /* from a contract: its acknowledgement is under way */
    case YQ_MESSAGE_SETTLED:
    case YQ_MESSAGE_UNDO_FAILED:
        return 1;
    }
    return 0;
}

yq_status yq_hub_message(yq_hub *hub, const yq_digest *id, yq_message *out)
{
    yq_message_record record;
    hub->exhausted = 0;
    int found = yq_message_load(hub, id, &record);
    *out = record.view;
    if (hub->exhausted) {
        return YQ_E_NOSPC;
    }
    return found ? YQ_OK : YQ_E_NOT_FOUND;
}

uint64_t yq_hub_message_count(yq_hub *hub)
{
    yq_state_key key;
    hub->exhausted = 0;
    yq_state_key_begin(&key, YQ_MODULE_PACKET, YQ_TABLE_PACKET_COUNT);
    return yq_state_load_u64(hub, &key);
}

int yq_hub_message_before(yq_hub *hub, uint64_t before, yq_message *out)
{
    yq_state_key prefix, at;
    yq_slice key, value, after = {0};
    *out = (yq_message){0};
    hub->exhausted = 0;
    yq_state_key_begin(&prefix, YQ_MODULE_PACKET, YQ_TABLE_PACKET_ARRIVAL);
    if (before > 0) {
        yq_state_key_begin(&at, YQ_MODULE_PACKET, YQ_TABLE_PACKET_ARRIVAL);
        yq_put_u64(&at.w, UINT64_MAX - before);
        after = yq_state_key_slice(&at);
    }
    if (!yq_state_next(hub, &prefix, after, &key, &value)) {
        return 0;
    }
    yq_digest id;
    yq_cur c = yq_cur_of(value);
    yq_cur_copy(&c, id.b, sizeof id.b);
    yq_state_record_done(&c);
    return yq_hub_message(hub, &id, out) == YQ_OK;
}

yq_status yq_hub_trace(yq_hub *hub, const yq_digest *id, uint32_t n, yq_trace *out)
{
    yq_state_key key;
    yq_slice value;
    *out = (yq_trace){0};
    hub->exhausted = 0;
    if (n >= TRACE_N_MAX) {
        return YQ_E_NOT_FOUND;
    }
    trace_key(&key, id, n);
    if (!yq_state_load(hub, &key, &value)) {
        return hub->exhausted ? YQ_E_NOSPC : YQ_E_NOT_FOUND;
    }
    yq_cur c = yq_cur_of(value);
    out->step = yq_cur_u8(&c);
    out->height = yq_cur_u64(&c);
    out->time_ms = yq_cur_u64(&c);
    yq_cur_copy(&c, out->hash.b, YQ_DIGEST_SIZE);
    out->foreign_height = yq_cur_u64(&c);
    out->proof = yq_cur_str8(&c, YQ_TX_ID_SIZE_MAX);
    out->code = (int32_t)yq_cur_u32(&c);
    yq_state_record_done(&c);
    return YQ_OK;
}
