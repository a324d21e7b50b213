#include "yuqiao/packet.h"

#include "relay/base/cursor.h"
#include "relay/base/writer.h"

static const char packet_tag[] = "YUQIAO-PACKET-1";
static const char export_tag[] = "YUQIAO-EXPORT-1";

#define NODE_SIZE YQ_DIGEST_SIZE

/* Readers of a domain: the offset is the field's. */
static uint8_t take_u8(yq_cur *c, uint8_t min, uint8_t max, yq_status bad, const char *field)
{
    size_t at = c->pos;
    uint8_t value = yq_cur_u8(c);
    if (yq_cur_ok(c) && (value < min || value > max)) {
        yq_cur_fail_field(c, bad, at, field);
    }
    return value;
}

static void take_version(yq_cur *c, uint16_t version)
{
    size_t at = c->pos;
    uint16_t got = yq_cur_u16(c);
    if (yq_cur_ok(c) && got != version) {
        yq_cur_fail_field(c, YQ_E_VERSION, at, "version");
    }
}

static void take_digest(yq_cur *c, yq_digest *out)
{
    yq_cur_copy(c, out->b, sizeof out->b);
}

static void put_digest(yq_writer *w, const yq_digest *digest)
{
    yq_put_bytes(w, digest->b, sizeof digest->b);
}

static yq_writer open_writer(const yq_buf *out)
{
    yq_writer w = yq_writer_of(out->p, out->cap);
    w.n = out->n;
    return w;
}

static yq_status close_writer(const yq_writer *w, yq_buf *out)
{
    if (w->status == YQ_OK) {
        out->n = w->n;
    }
    return w->status;
}

static int is_control(uint8_t kind)
{
    return kind == YQ_PACKET_HALT || kind == YQ_PACKET_RESUME;
}

static void take_packet_names(yq_cur *c, yq_packet *out)
{
    out->hub = yq_cur_str8(c, YQ_CHAIN_ID_SIZE_MAX);
    out->src_chain = yq_cur_str8(c, YQ_CHAIN_ID_SIZE_MAX);
    size_t at_src = c->pos;
    out->src_service = yq_cur_blob16(c, YQ_SERVICE_SIZE_MAX);
    out->dst_chain = yq_cur_str8(c, YQ_CHAIN_ID_SIZE_MAX);
    size_t at_dst = c->pos;
    out->dst_service = yq_cur_blob16(c, YQ_SERVICE_SIZE_MAX);
    if (is_control(out->kind) && out->src_service.n > 0) {
        yq_cur_fail_field(c, YQ_E_RANGE, at_src, "src_service");
    }
    if (is_control(out->kind) && out->dst_service.n > 0) {
        yq_cur_fail_field(c, YQ_E_RANGE, at_dst, "dst_service");
    }
}

yq_status yq_packet_decode(yq_slice in, yq_packet *out, yq_fault *why)
{
    *out = (yq_packet){0};
    yq_cur c = yq_cur_of(in);
    take_version(&c, YQ_PACKET_VERSION);
    out->kind = take_u8(&c, YQ_PACKET_CALL, YQ_PACKET_RESUME, YQ_E_FIELD_UNKNOWN, "kind");
    out->order = take_u8(&c, YQ_ORDER_UNORDERED, YQ_ORDER_ORDERED, YQ_E_FIELD_UNKNOWN, "order");
    out->grade_min = take_u8(&c, 0, YQ_GRADE_LIGHT_CLIENT, YQ_E_RANGE, "grade_min");
    (void)take_u8(&c, 0, 0, YQ_E_NONCANONICAL, "reserved");
    take_packet_names(&c, out);
    size_t at = c.pos;
    out->sequence = yq_cur_u64(&c);
    if (yq_cur_ok(&c) && out->sequence == 0) {
        yq_cur_fail_field(&c, YQ_E_RANGE, at, "sequence");
    }
    out->deadline_ms = yq_cur_u64(&c);
    out->sender = yq_cur_blob16(&c, YQ_SENDER_SIZE_MAX);
    take_digest(&c, &out->grant);
    take_digest(&c, &out->group);
    out->payload = yq_cur_blob32(&c, YQ_PAYLOAD_SIZE_MAX);
    return yq_cur_done(&c, why);
}

static yq_status packet_check(const yq_packet *p)
{
    if (p->hub.n > YQ_CHAIN_ID_SIZE_MAX || p->src_chain.n > YQ_CHAIN_ID_SIZE_MAX ||
        p->dst_chain.n > YQ_CHAIN_ID_SIZE_MAX || p->src_service.n > YQ_SERVICE_SIZE_MAX ||
        p->dst_service.n > YQ_SERVICE_SIZE_MAX || p->sender.n > YQ_SENDER_SIZE_MAX ||
        p->payload.n > YQ_PAYLOAD_SIZE_MAX) {
        return YQ_E_LIMIT;
    }
    if (p->kind < YQ_PACKET_CALL || p->kind > YQ_PACKET_RESUME || p->order < YQ_ORDER_UNORDERED ||
        p->order > YQ_ORDER_ORDERED || p->grade_min > YQ_GRADE_LIGHT_CLIENT || p->sequence == 0) {
        return YQ_E_RANGE;
    }
    if (is_control(p->kind) && (p->src_service.n > 0 || p->dst_service.n > 0)) {
        return YQ_E_RANGE;
    }
    return YQ_OK;
}

/* All fields up to the payload's length, which is its last four bytes. */
static void put_head(yq_writer *w, const yq_packet *p)
{
    yq_put_u16(w, YQ_PACKET_VERSION);
    yq_put_u8(w, p->kind);
    yq_put_u8(w, p->order);
    yq_put_u8(w, p->grade_min);
    yq_put_u8(w, 0);
    yq_put_str8(w, p->hub);
    yq_put_str8(w, p->src_chain);
    yq_put_blob16(w, p->src_service);
    yq_put_str8(w, p->dst_chain);
    yq_put_blob16(w, p->dst_service);
    yq_put_u64(w, p->sequence);
    yq_put_u64(w, p->deadline_ms);
    yq_put_blob16(w, p->sender);
    put_digest(w, &p->grant);
    put_digest(w, &p->group);
    yq_put_u32(w, (uint32_t)p->payload.n);
}

yq_status yq_packet_encode(const yq_packet *packet, yq_buf *out)
{
    yq_status status = packet_check(packet);
    if (status != YQ_OK) {
        return status;
    }
    yq_writer w = open_writer(out);
    put_head(&w, packet);
    yq_put(&w, packet->payload);
    return close_writer(&w, out);
}

yq_status yq_packet_commitment_head(const yq_packet *packet, yq_buf *out)
{
    yq_status status = packet_check(packet);
    if (status != YQ_OK) {
        return status;
    }
    yq_writer w = open_writer(out);
    yq_put(&w, yq_slice_text(packet_tag));
    put_head(&w, packet);
    return close_writer(&w, out);
}

yq_status yq_ack_decode(yq_slice in, yq_ack *out, yq_fault *why)
{
    *out = (yq_ack){0};
    yq_cur c = yq_cur_of(in);
    out->index = yq_cur_u64(&c);
    take_digest(&c, &out->commitment);
    out->status = take_u8(&c, YQ_DONE_OK, YQ_DONE_REFUSED, YQ_E_FIELD_UNKNOWN, "status");
    out->code = yq_cur_u32(&c);
    out->forced = take_u8(&c, 0, 1, YQ_E_RANGE, "forced");
    out->result = yq_cur_blob16(&c, YQ_RESULT_SIZE_MAX);
    return yq_cur_done(&c, why);
}

yq_status yq_ack_encode(const yq_ack *ack, yq_buf *out)
{
    if (ack->result.n > YQ_RESULT_SIZE_MAX) {
        return YQ_E_LIMIT;
    }
    if (ack->status < YQ_DONE_OK || ack->status > YQ_DONE_REFUSED || ack->forced > 1) {
        return YQ_E_RANGE;
    }
    yq_writer w = open_writer(out);
    yq_put_u64(&w, ack->index);
    put_digest(&w, &ack->commitment);
    yq_put_u8(&w, ack->status);
    yq_put_u32(&w, ack->code);
    yq_put_u8(&w, ack->forced);
    yq_put_blob16(&w, ack->result);
    return close_writer(&w, out);
}

yq_status yq_cancel_decode(yq_slice in, yq_cancel *out, yq_fault *why)
{
    *out = (yq_cancel){0};
    yq_cur c = yq_cur_of(in);
    out->index = yq_cur_u64(&c);
    take_digest(&c, &out->commitment);
    out->kind = take_u8(&c, YQ_PACKET_CALL, YQ_PACKET_RESUME, YQ_E_FIELD_UNKNOWN, "kind");
    out->order = take_u8(&c, YQ_ORDER_UNORDERED, YQ_ORDER_ORDERED, YQ_E_FIELD_UNKNOWN, "order");
    size_t at = c.pos;
    out->first = yq_cur_u64(&c);
    if (yq_cur_ok(&c) && out->first == 0) {
        yq_cur_fail_field(&c, YQ_E_RANGE, at, "first");
    }
    return yq_cur_done(&c, why);
}

yq_status yq_cancel_encode(const yq_cancel *cancel, yq_buf *out)
{
    if (cancel->kind < YQ_PACKET_CALL || cancel->kind > YQ_PACKET_RESUME ||
        cancel->order < YQ_ORDER_UNORDERED || cancel->order > YQ_ORDER_ORDERED ||
        cancel->first == 0) {
        return YQ_E_RANGE;
    }
    yq_writer w = open_writer(out);
    yq_put_u64(&w, cancel->index);
    put_digest(&w, &cancel->commitment);
    yq_put_u8(&w, cancel->kind);
    yq_put_u8(&w, cancel->order);
    yq_put_u64(&w, cancel->first);
    return close_writer(&w, out);
}

yq_status yq_decision_decode(yq_slice in, yq_decision *out, yq_fault *why)
{
    *out = (yq_decision){0};
    yq_cur c = yq_cur_of(in);
    out->index = yq_cur_u64(&c);
    take_digest(&c, &out->commitment);
    return yq_cur_done(&c, why);
}

yq_status yq_decision_encode(const yq_decision *decision, yq_buf *out)
{
    yq_writer w = open_writer(out);
    yq_put_u64(&w, decision->index);
    put_digest(&w, &decision->commitment);
    return close_writer(&w, out);
}

#define ANSWER_HEAD_SIZE 13u

yq_status yq_answer_decode(yq_slice in, yq_answer *out, yq_fault *why)
{
    *out = (yq_answer){0};
    yq_cur c = yq_cur_of(in);
    out->sequence = yq_cur_u64(&c);
    out->status = yq_cur_u8(&c);
    out->data = yq_cur_blob32(&c, YQ_PAYLOAD_SIZE_MAX - ANSWER_HEAD_SIZE);
    return yq_cur_done(&c, why);
}

yq_status yq_answer_encode(const yq_answer *answer, yq_buf *out)
{
    if (answer->data.n > YQ_PAYLOAD_SIZE_MAX - ANSWER_HEAD_SIZE) {
        return YQ_E_LIMIT;
    }
    yq_writer w = open_writer(out);
    yq_put_u64(&w, answer->sequence);
    yq_put_u8(&w, answer->status);
    yq_put_blob32(&w, answer->data);
    return close_writer(&w, out);
}

yq_status yq_control_decode(yq_slice in, uint64_t *height, yq_fault *why)
{
    yq_cur c = yq_cur_of(in);
    *height = yq_cur_u64(&c);
    return yq_cur_done(&c, why);
}

yq_status yq_control_encode(uint64_t height, yq_buf *out)
{
    yq_writer w = open_writer(out);
    yq_put_u64(&w, height);
    return close_writer(&w, out);
}

yq_status yq_done_decode(yq_slice in, yq_done *out, yq_fault *why)
{
    *out = (yq_done){0};
    yq_cur c = yq_cur_of(in);
    out->index = yq_cur_u64(&c);
    take_digest(&c, &out->commitment);
    out->status = take_u8(&c, YQ_DONE_OK, YQ_DONE_REFUSED, YQ_E_FIELD_UNKNOWN, "status");
    out->code = yq_cur_u32(&c);
    out->again = take_u8(&c, 0, 1, YQ_E_RANGE, "again");
    size_t at = c.pos;
    out->result = yq_cur_blob16(&c, YQ_RESULT_SIZE_MAX);
    if (yq_cur_ok(&c) && out->again == 1 && out->result.n > 0) {
        yq_cur_fail_field(&c, YQ_E_RANGE, at, "result");
    }
    return yq_cur_done(&c, why);
}

yq_status yq_done_encode(const yq_done *done, yq_buf *out)
{
    if (done->result.n > YQ_RESULT_SIZE_MAX) {
        return YQ_E_LIMIT;
    }
    if (done->status < YQ_DONE_OK || done->status > YQ_DONE_REFUSED || done->again > 1 ||
        (done->again == 1 && done->result.n > 0)) {
        return YQ_E_RANGE;
    }
    yq_writer w = open_writer(out);
    yq_put_u64(&w, done->index);
    put_digest(&w, &done->commitment);
    yq_put_u8(&w, done->status);
    yq_put_u32(&w, done->code);
    yq_put_u8(&w, done->again);
    yq_put_blob16(&w, done->result);
    return close_writer(&w, out);
}

yq_status yq_inbox_state_decode(yq_slice in, yq_inbox_state *out, yq_fault *why)
{
    *out = (yq_inbox_state){0};
    yq_cur c = yq_cur_of(in);
    out->epoch = yq_cur_u64(&c);
    take_digest(&c, &out->set_hash);
    out->height = yq_cur_u64(&c);
    out->paused = take_u8(&c, 0, 1, YQ_E_RANGE, "paused");
    return yq_cur_done(&c, why);
}

yq_status yq_inbox_state_encode(const yq_inbox_state *state, yq_buf *out)
{
    if (state->paused > 1) {
        return YQ_E_RANGE;
    }
    yq_writer w = open_writer(out);
    yq_put_u64(&w, state->epoch);
    put_digest(&w, &state->set_hash);
    yq_put_u64(&w, state->height);
    yq_put_u8(&w, state->paused);
    return close_writer(&w, out);
}

static uint16_t take_count(yq_cur *c, uint16_t max)
{
    size_t at = c->pos;
    uint16_t n = yq_cur_u16(c);
    if (n > max) {
        yq_cur_fail_field(c, YQ_E_LIMIT, at, "n");
    }
    return yq_cur_ok(c) ? n : 0;
}

yq_status yq_records_decode(yq_slice in, yq_record *record, size_t cap, size_t *n, yq_fault *why)
{
    *n = 0;
    yq_cur c = yq_cur_of(in);
    take_version(&c, YQ_RECORDS_VERSION);
    size_t at = c.pos;
    uint16_t count = take_count(&c, YQ_EVENT_RECORDS_MAX);
    if (yq_cur_ok(&c) && count == 0) {
        yq_cur_fail_field(&c, YQ_E_RANGE, at, "n");
    }
    if (count > cap) {
        return yq_fail(why, YQ_E_NOSPC, at, "n");
    }
    for (uint16_t i = 0; i < count && yq_cur_ok(&c); i++) {
        record[i].kind =
            take_u8(&c, YQ_RECORD_SENT, YQ_RECORD_STATE, YQ_E_FIELD_UNKNOWN, "record kind");
        record[i].body = yq_cur_blob32(&c, YQ_PACKET_SIZE_MAX);
    }
    yq_status status = yq_cur_done(&c, why);
    *n = status == YQ_OK ? count : 0;
    return status;
}

yq_status yq_records_encode(const yq_record *record, size_t n, yq_buf *out)
{
    if (n > YQ_EVENT_RECORDS_MAX) {
        return YQ_E_LIMIT;
    }
    if (n == 0) {
        return YQ_E_RANGE;
    }
    yq_writer w = open_writer(out);
    yq_put_u16(&w, YQ_RECORDS_VERSION);
    yq_put_u16(&w, (uint16_t)n);
    for (size_t i = 0; i < n; i++) {
        if (record[i].kind < YQ_RECORD_SENT || record[i].kind > YQ_RECORD_STATE) {
            return YQ_E_RANGE;
        }
        if (record[i].body.n > YQ_PACKET_SIZE_MAX) {
            return YQ_E_LIMIT;
        }
        yq_put_u8(&w, record[i].kind);
        yq_put_blob32(&w, record[i].body);
    }
    return close_writer(&w, out);
}

yq_status yq_send_decode(yq_slice in, yq_send *out, yq_fault *why)
{
    *out = (yq_send){0};
    yq_cur c = yq_cur_of(in);
    out->service = yq_cur_blob16(&c, YQ_SERVICE_SIZE_MAX);
    out->dst_chain = yq_cur_str8(&c, YQ_CHAIN_ID_SIZE_MAX);
    out->dst_service = yq_cur_blob16(&c, YQ_SERVICE_SIZE_MAX);
    out->deadline_ms = yq_cur_u64(&c);
    take_digest(&c, &out->grant);
    out->payload = yq_cur_blob32(&c, YQ_PAYLOAD_SIZE_MAX);
    return yq_cur_done(&c, why);
}

yq_status yq_send_encode(const yq_send *send, yq_buf *out)
{
    if (send->service.n > YQ_SERVICE_SIZE_MAX || send->dst_chain.n > YQ_CHAIN_ID_SIZE_MAX ||
        send->dst_service.n > YQ_SERVICE_SIZE_MAX || send->payload.n > YQ_PAYLOAD_SIZE_MAX) {
        return YQ_E_LIMIT;
    }
    yq_writer w = open_writer(out);
    yq_put_blob16(&w, send->service);
    yq_put_str8(&w, send->dst_chain);
    yq_put_blob16(&w, send->dst_service);
    yq_put_u64(&w, send->deadline_ms);
    put_digest(&w, &send->grant);
    yq_put_blob32(&w, send->payload);
    return close_writer(&w, out);
}

#define SUITE_MIN 1u
#define SUITE_MAX 4u

yq_status yq_export_decode(yq_slice in, yq_export *out, yq_fault *why)
{
    *out = (yq_export){0};
    yq_cur c = yq_cur_of(in);
    yq_slice tag = yq_cur_take(&c, sizeof export_tag - 1);
    if (yq_cur_ok(&c) && !yq_slice_equal(tag, yq_slice_text(export_tag))) {
        yq_cur_fail_field(&c, YQ_E_DOMAIN, 0, "tag");
    }
    take_digest(&c, &out->chain_id_hash);
    out->hub = yq_cur_str8(&c, YQ_CHAIN_ID_SIZE_MAX);
    out->suite = take_u8(&c, SUITE_MIN, SUITE_MAX, YQ_E_FIELD_UNKNOWN, "suite");
    out->epoch = yq_cur_u64(&c);
    out->height = yq_cur_u64(&c);
    out->time_ms = yq_cur_u64(&c);
    take_digest(&c, &out->export_root);
    take_digest(&c, &out->next_set);
    return yq_cur_done(&c, why);
}

yq_status yq_export_encode(const yq_export *export_, yq_buf *out)
{
    if (export_->hub.n > YQ_CHAIN_ID_SIZE_MAX) {
        return YQ_E_LIMIT;
    }
    if (export_->suite < SUITE_MIN || export_->suite > SUITE_MAX) {
        return YQ_E_RANGE;
    }
    yq_writer w = open_writer(out);
    yq_put(&w, yq_slice_text(export_tag));
    put_digest(&w, &export_->chain_id_hash);
    yq_put_str8(&w, export_->hub);
    yq_put_u8(&w, export_->suite);
    yq_put_u64(&w, export_->epoch);
    yq_put_u64(&w, export_->height);
    yq_put_u64(&w, export_->time_ms);
    put_digest(&w, &export_->export_root);
    put_digest(&w, &export_->next_set);
    return close_writer(&w, out);
}

/* u8 count, then so many nodes. */
static yq_slice take_path(yq_cur *c)
{
    size_t n = take_u8(c, 0, YQ_PROOF_DEPTH_MAX, YQ_E_PROOF_DEPTH, "path");
    return yq_cur_take(c, yq_cur_ok(c) ? n * NODE_SIZE : 0);
}

static yq_status put_path(yq_writer *w, yq_slice path)
{
    if (path.n % NODE_SIZE != 0) {
        return YQ_E_RANGE;
    }
    if (path.n / NODE_SIZE > YQ_PROOF_DEPTH_MAX) {
        return YQ_E_LIMIT;
    }
    yq_put_u8(w, (uint8_t)(path.n / NODE_SIZE));
    yq_put(w, path);
    return YQ_OK;
}

/* A delivery of a certificate alone (an epoch's step before the first packet) has no place in a
 * tree. */
static int place_is_good(uint16_t n, uint16_t export_n, uint16_t export_idx)
{
    return export_idx < export_n || (n == 0 && export_n == 0 && export_idx == 0);
}

static void take_delivery_packet(yq_cur *c, uint64_t size, yq_delivery_packet *out)
{
    size_t at = c->pos;
    out->index = yq_cur_u64(c);
    if (yq_cur_ok(c) && out->index >= size) {
        yq_cur_fail_field(c, YQ_E_PROOF_BOUNDS, at, "index");
    }
    out->path = take_path(c);
    out->packet = yq_cur_blob32(c, YQ_PACKET_SIZE_MAX);
}

yq_status yq_delivery_decode(
    yq_slice in, yq_delivery_packet *packet, size_t cap, yq_delivery *out, yq_fault *why)
{
    *out = (yq_delivery){.packet = packet};
    yq_cur c = yq_cur_of(in);
    take_version(&c, YQ_DELIVERY_VERSION);
    out->suite = take_u8(&c, SUITE_MIN, SUITE_MAX, YQ_E_FIELD_UNKNOWN, "suite");
    out->certificate = yq_cur_blob16(&c, YQ_CERTIFICATE_SIZE_MAX);
    out->size = yq_cur_u64(&c);
    take_digest(&c, &out->outbox_root);
    size_t at_place = c.pos;
    out->export_n = yq_cur_u16(&c);
    out->export_idx = yq_cur_u16(&c);
    out->export_path = take_path(&c);
    size_t at_n = c.pos;
    uint16_t n = take_count(&c, YQ_DELIVERY_PACKETS_MAX);
    if (yq_cur_ok(&c) && !place_is_good(n, out->export_n, out->export_idx)) {
        yq_cur_fail_field(&c, YQ_E_PROOF_BOUNDS, at_place, "export_idx");
    }
    if (n > cap) {
        return yq_fail(why, YQ_E_NOSPC, at_n, "n");
    }
    for (uint16_t i = 0; i < n && yq_cur_ok(&c); i++) {
        take_delivery_packet(&c, out->size, &packet[i]);
    }
    yq_status status = yq_cur_done(&c, why);
    out->n = status == YQ_OK ? n : 0;
    return status;
}

yq_status yq_delivery_encode(const yq_delivery *delivery, yq_buf *out)
{
    if (delivery->certificate.n > YQ_CERTIFICATE_SIZE_MAX ||
        delivery->n > YQ_DELIVERY_PACKETS_MAX) {
        return YQ_E_LIMIT;
    }
    if (delivery->suite < SUITE_MIN || delivery->suite > SUITE_MAX ||
        !place_is_good(delivery->n, delivery->export_n, delivery->export_idx)) {
        return YQ_E_RANGE;
    }
    yq_writer w = open_writer(out);
    yq_put_u16(&w, YQ_DELIVERY_VERSION);
    yq_put_u8(&w, delivery->suite);
    yq_put_blob16(&w, delivery->certificate);
    yq_put_u64(&w, delivery->size);
    put_digest(&w, &delivery->outbox_root);
    yq_put_u16(&w, delivery->export_n);
    yq_put_u16(&w, delivery->export_idx);
    yq_status status = put_path(&w, delivery->export_path);
    yq_put_u16(&w, delivery->n);
    for (uint16_t i = 0; i < delivery->n && status == YQ_OK; i++) {
        const yq_delivery_packet *packet = &delivery->packet[i];
        if (packet->packet.n > YQ_PACKET_SIZE_MAX) {
            return YQ_E_LIMIT;
        }
        if (packet->index >= delivery->size) {
            return YQ_E_RANGE;
        }
        yq_put_u64(&w, packet->index);
        status = put_path(&w, packet->path);
        yq_put_blob32(&w, packet->packet);
    }
    return status != YQ_OK ? status : close_writer(&w, out);
}
