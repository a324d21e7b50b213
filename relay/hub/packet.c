#include "relay/hub/packet.h"

#include "relay/crypto/crypto.h"
#include "relay/hub/commitment.h"
#include "relay/hub/group.h"
#include "relay/hub/mutants.h"

/* From a proven event to a leaf, a hold or a refusal; when a cancel is due. */

static void drop_bytes(yq_hub *hub, const yq_digest *id)
{
    yq_state_key key;
    yq_state_key_digest(&key, YQ_MODULE_PACKET, YQ_TABLE_PACKET_BYTES, id);
    yq_state_erase(hub, &key);
}

static void plan_cancel(yq_hub *hub, yq_message_record *m, uint64_t due_ms)
{
    static const uint8_t one[] = {1};
    m->cancel_due_ms = due_ms;
    yq_due_put(hub, due_ms, YQ_DUE_CANCEL, &m->view.id, yq_slice_of(one, sizeof one));
}

yq_status yq_packet_cancel_due(yq_hub *hub, const yq_digest *id)
{
    yq_message_record m;
    yq_chain_record src, dst;
    if (!yq_message_load(hub, id, &m) || m.view.state != YQ_MESSAGE_COMMITTED ||
        !yq_chain_load(hub, m.view.src_chain, &src) ||
        !yq_chain_load(hub, m.view.dst_chain, &dst)) {
        return YQ_OK;
    }
    m.cancel_due_ms = 0;
    if (yq_chain_blocked(&src, !m.view.mapped) != YQ_OK && !YQ_WITHOUT(CANCEL_STOPPED)) {
        yq_held_put_chain(hub, m.view.src_chain, &m, YQ_WAITS_CANCEL);
    } else if (yq_chain_blocked(&dst, 1) != YQ_OK && !YQ_WITHOUT(CANCEL_STOPPED)) {
        yq_held_put_chain(hub, m.view.dst_chain, &m, YQ_WAITS_CANCEL);
    } else if (hub->time_ms < hub->quiet_until_ms && !YQ_WITHOUT(QUIET)) {
        plan_cancel(hub, &m, hub->quiet_until_ms);
    } else {
        return yq_packet_cancel(hub, &m, &dst.view);
    }
    yq_message_store(hub, &m);
    return YQ_OK;
}

/* ---- refuse, hold, commit -----------------------------------------------------------------------
 */

/* Why a packet is refused whatever may come: of its lane's rules, once, when it is accepted. */
static yq_status refused_by_lane(const yq_packet *packet, const yq_lane *lane, uint8_t grade)
{
    if (packet->order != lane->order && !YQ_WITHOUT(LANE_ORDER)) {
        return YQ_E_LANE_ORDER;
    }
    if ((grade < lane->grade_min || grade < packet->grade_min) && !YQ_WITHOUT(LANE_GRADE)) {
        return YQ_E_GRADE;
    }
    if (!yq_bytes_are_zero(packet->grant.b, sizeof packet->grant.b) && !YQ_WITHOUT(GRANT)) {
        return YQ_E_GRANT_MISSING;
    }
    return packet->payload.n > lane->payload_max && !YQ_WITHOUT(LANE_SIZE) ? YQ_E_RATE_LIMIT
                                                                           : YQ_OK;
}

/* Why it is refused at this moment: also for what was held. */
static yq_status refused_now(
    const yq_hub *hub,
    const yq_packet *packet,
    const yq_chain_record *src,
    const yq_chain_record *dst)
{
    if (yq_chain_is_leaving(src) || yq_chain_is_leaving(dst)) {
        return YQ_E_CHAIN_INACTIVE;
    }
    int late = packet->deadline_ms != 0 && hub->time_ms >= packet->deadline_ms;
    return late && !YQ_WITHOUT(DEADLINE) ? YQ_E_DEADLINE : YQ_OK;
}

static yq_status refuse(yq_hub *hub, yq_message_record *m, yq_status code)
{
    m->view.status = YQ_DONE_REFUSED;
    m->view.code = code;
    yq_message_step(hub, m, YQ_STEP_REFUSED, &m->view.id, 0, (yq_slice){0}, code);
    yq_message_move(hub, m, YQ_MESSAGE_REFUSED);
    yq_lane lane = yq_packet_lane(&m->view);
    yq_status status = YQ_OK;
    if (yq_lane_load(hub, &lane) && lane.order == YQ_ORDER_ORDERED && !YQ_WITHOUT(SKIP_REFUSED)) {
        status = yq_packet_skip(hub, &lane, m->view.sequence, m);
    }
    if (status == YQ_OK && !m->view.mapped && !YQ_WITHOUT(ACK_REFUSED)) {
        status = yq_packet_acknowledge(hub, m, (yq_slice){0});
    }
    yq_message_store(hub, m);
    return status == YQ_OK && m->view.kind == YQ_PACKET_PREPARE ? yq_group_spoil(hub, m) : status;
}

static void hold(yq_hub *hub, yq_message_record *m, const yq_packet *packet, yq_status why)
{
    if (m->view.state != YQ_MESSAGE_HELD) {
        yq_state_key key;
        yq_buf bytes = {.cap = YQ_PACKET_HEAD_SIZE_MAX + packet->payload.n};
        bytes.p = yq_state_room(hub, bytes.cap);
        if (bytes.p == NULL || yq_packet_encode(packet, &bytes) != YQ_OK) {
            hub->exhausted = 1;
            return;
        }
        yq_state_key_digest(&key, YQ_MODULE_PACKET, YQ_TABLE_PACKET_BYTES, &m->view.id);
        yq_state_store(hub, &key, yq_slice_of(bytes.p, bytes.n));
    } else if (m->view.code == why) {
        return;
    }
    m->view.code = why;
    yq_message_step(hub, m, YQ_STEP_HELD, &m->view.id, 0, (yq_slice){0}, why);
    yq_message_move(hub, m, YQ_MESSAGE_HELD);
}

static yq_status commit(
    yq_hub *hub,
    yq_message_record *m,
    const yq_packet *packet,
    const yq_chain *dst,
    const yq_lane *lane)
{
    yq_message *v = &m->view;
    yq_status status =
        yq_outbox_append(hub, dst, packet, YQ_LEAF_PACKET, &v->id, &v->index, &v->commitment);
    if (status != YQ_OK) {
        return status;
    }
    if (v->state == YQ_MESSAGE_HELD) {
        drop_bytes(hub, &v->id);
    }
    v->code = 0;
    yq_message_step(hub, m, YQ_STEP_COMMITTED, &v->commitment, v->index, (yq_slice){0}, 0);
    yq_message_move(hub, m, YQ_MESSAGE_COMMITTED);
    uint64_t base = v->deadline_ms != 0 ? v->deadline_ms : hub->time_ms;
    if ((v->deadline_ms != 0 || lane->patience_ms != 0) && base <= UINT64_MAX - lane->patience_ms) {
        plan_cancel(hub, m, base + (YQ_WITHOUT(PATIENCE) ? 0 : lane->patience_ms));
    }
    yq_message_store(hub, m);
    return YQ_OK;
}

yq_status yq_packet_advance(yq_hub *hub, yq_message_record *m, const yq_packet *packet)
{
    yq_lane lane = yq_packet_lane(&m->view);
    yq_chain_record src, dst;
    uint64_t next_ms = 0;
    if (!yq_lane_load(hub, &lane) || !yq_chain_load(hub, lane.src_chain, &src) ||
        !yq_chain_load(hub, lane.dst_chain, &dst)) {
        return YQ_E_LIMIT;
    }
    yq_status code = refused_now(hub, packet, &src, &dst);
    if (code == YQ_OK && packet->kind == YQ_PACKET_PREPARE && !YQ_WITHOUT(GROUP_HELD) &&
        yq_group_is_undone(hub, m)) {
        code = YQ_E_STATE;
    }
    if (code != YQ_OK) {
        drop_bytes(hub, &m->view.id);
        yq_status status = refuse(hub, m, code);
        yq_chain_count(hub, m->view.dst_chain, -1);
        if (m->view.mapped) {
            yq_chain_count(hub, m->view.src_chain, -1);
        }
        return status;
    }
    yq_status why = yq_chain_blocked(&src, !m->view.mapped);
    if (why != YQ_OK) {
        yq_held_put_chain(hub, lane.src_chain, m, YQ_WAITS_PACKET);
    } else if ((why = yq_chain_blocked(&dst, 1)) != YQ_OK) {
        yq_held_put_chain(hub, lane.dst_chain, m, YQ_WAITS_PACKET);
    } else if (lane.paused && !YQ_WITHOUT(HOLD_LANE)) {
        why = YQ_E_HELD; /* until the lane is opened again */
        yq_held_put_lane(hub, &lane, m);
    } else if (!yq_lane_take_rate(hub, &lane, &next_ms) && !YQ_WITHOUT(RATE)) {
        why = YQ_E_RATE_LIMIT;
        yq_held_put_lane(hub, &lane, m);
        yq_held_wake_lane(hub, &lane, next_ms);
    } else {
        return commit(hub, m, packet, &dst.view, &lane);
    }
    hold(hub, m, packet, why);
    yq_message_store(hub, m);
    return YQ_OK;
}

/* ---- acceptance ---------------------------------------------------------------------------------
 */

void yq_packet_number_key(yq_state_key *key, const yq_lane *lane, uint64_t number)
{
    yq_lane_key(key, YQ_MODULE_PACKET, YQ_TABLE_PACKET_NUMBER, lane);
    yq_put_u64(&key->w, number);
}

/* Numbers are taken in any order on an unordered lane only; elsewhere none is left out. */
static yq_status check_number(yq_hub *hub, const yq_message *v)
{
    yq_state_key key;
    yq_lane lane = yq_packet_lane(v);
    yq_packet_number_key(&key, &lane, v->sequence);
    if (yq_state_has(hub, &key) && !YQ_WITHOUT(NUMBER_ONCE)) {
        return YQ_E_REPLAY;
    }
    yq_state_store(hub, &key, yq_slice_of(v->id.b, YQ_DIGEST_SIZE));
    if (yq_lane_load(hub, &lane) && lane.order == YQ_ORDER_UNORDERED) {
        return YQ_OK;
    }
    if (v->sequence != yq_lane_last_number(hub, &lane) + 1 && !YQ_WITHOUT(NUMBER_GAP)) {
        return YQ_E_SEQ_GAP;
    }
    yq_lane_take_number(hub, &lane, v->sequence);
    return YQ_OK;
}

static void arrive(yq_hub *hub, yq_message_record *m)
{
    yq_state_key key;
    yq_state_key_begin(&key, YQ_MODULE_PACKET, YQ_TABLE_PACKET_COUNT);
    m->view.arrival = yq_state_load_u64(hub, &key) + 1;
    yq_state_store_u64(hub, &key, m->view.arrival);
    yq_state_key_begin(&key, YQ_MODULE_PACKET, YQ_TABLE_PACKET_ARRIVAL);
    yq_put_u64(&key.w, UINT64_MAX - m->view.arrival);
    yq_state_store(hub, &key, yq_slice_of(m->view.id.b, YQ_DIGEST_SIZE));
}

static void new_message(
    const yq_hub *hub, const yq_proven *proven, const yq_packet *packet, yq_message_record *m)
{
    *m = (yq_message_record){
        .view = {
            .kind = packet->kind,
            .order = packet->order,
            .src_chain = packet->src_chain,
            .src_service = packet->src_service,
            .dst_chain = packet->dst_chain,
            .dst_service = packet->dst_service,
            .sender = packet->sender,
            .sequence = packet->sequence,
            .deadline_ms = packet->deadline_ms,
            .accepted_ms = hub->time_ms,
            .index = YQ_INDEX_NONE,
            .cancel_index = YQ_INDEX_NONE,
            .ack_index = YQ_INDEX_NONE,
            .source_height = proven->event->height,
            .source_tx_id = proven->event->tx_id,
            .source_event_index = proven->event->event_index,
            .group = packet->group}};
}

/* A packet that is too large for its lane pauses it until somebody has looked. */
static void pause_lane(yq_hub *hub, yq_lane *lane, const yq_message_record *m)
{
    if (!lane->paused) {
        lane->paused = 1;
        yq_lane_store(hub, lane);
        yq_state_alarm(hub, yq_slice_of(m->view.id.b, YQ_DIGEST_SIZE), YQ_E_RATE_LIMIT);
    }
}

static yq_status refusal(
    yq_hub *hub, const yq_proven *proven, const yq_packet *packet, const yq_message_record *m)
{
    yq_lane lane = yq_packet_lane(&m->view);
    yq_chain_record src, dst;
    if (yq_slice_equal(packet->dst_chain, hub->rules.id)) {
        return YQ_E_TARGET_FORBIDDEN;
    }
    if (!yq_lane_load(hub, &lane) || !yq_chain_load(hub, lane.src_chain, &src) ||
        !yq_chain_load(hub, lane.dst_chain, &dst)) {
        return YQ_E_LANE_MISSING;
    }
    yq_status code = refused_by_lane(packet, &lane, proven->event->grade);
    if (code == YQ_E_RATE_LIMIT) {
        pause_lane(hub, &lane, m);
    }
    return code != YQ_OK ? code : refused_now(hub, packet, &src, &dst);
}

/* Takes a packet into the state: from here on it has a name, a trace and an outcome. */
static yq_status accept(
    yq_hub *hub, const yq_proven *proven, const yq_packet *packet, yq_message_record *m)
{
    yq_status status = yq_packet_id(packet, &m->view.id);
    if (status == YQ_OK && !m->view.mapped) {
        status = yq_packet_commitment(proven->chain->view.hash, packet, &m->src_commitment);
    }
    if (status != YQ_OK) {
        return yq_fail(proven->call->why, status, 0, "packet");
    }
    status = check_number(hub, &m->view);
    if (status != YQ_OK) {
        return yq_fail(proven->call->why, status, 0, "number of the lane");
    }
    yq_hash_one(YQ_HASH_SM3, packet->payload, m->view.payload_sm3.b);
    arrive(hub, m);
    yq_message_step(
        hub, m, YQ_STEP_PROVEN, &proven->proof, proven->event->height, proven->event->tx_id, 0);
    yq_put_bytes(&proven->call->data, m->view.id.b, YQ_DIGEST_SIZE);
    yq_status code = refusal(hub, proven, packet, m);
    if (code == YQ_OK && packet->kind == YQ_PACKET_PREPARE) {
        code = yq_group_join(hub, m, packet);
    }
    if (code != YQ_OK) {
        if (!m->view.mapped) {
            yq_chain_count(hub, m->view.src_chain, 1);
        }
        return refuse(hub, m, code);
    }
    yq_chain_count(hub, m->view.src_chain, 1);
    yq_chain_count(hub, m->view.dst_chain, 1);
    return yq_packet_advance(hub, m, packet);
}

static int kind_is_sent(uint8_t kind)
{
    return kind == YQ_PACKET_CALL || kind == YQ_PACKET_PREPARE || kind == YQ_PACKET_QUERY ||
           kind == YQ_PACKET_ANSWER;
}

yq_status yq_packet_sent(yq_hub *hub, const yq_proven *proven, yq_slice body)
{
    yq_fault *why = proven->call->why;
    const yq_verified_event *event = proven->event;
    yq_packet packet;
    yq_status status = yq_packet_decode(body, &packet, why);
    if (status != YQ_OK) {
        return status;
    }
    if (!kind_is_sent(packet.kind) && !YQ_WITHOUT(SENT_KIND)) {
        return yq_fail(why, YQ_E_FIELD_UNKNOWN, 0, "a kind that only the hub makes");
    }
    if ((!yq_slice_equal(packet.hub, hub->rules.id) && !YQ_WITHOUT(HUB)) ||
        (!yq_slice_equal(packet.src_chain, proven->chain->view.id) && !YQ_WITHOUT(SOURCE))) {
        return yq_fail(why, YQ_E_DOMAIN, 0, "hub or src_chain");
    }
    yq_service service;
    if (yq_service_load(hub, packet.src_chain, packet.src_service, &service)) {
        if (!YQ_WITHOUT(OUTBOX) && (service.kind != YQ_SERVICE_CONTRACT ||
                                    !yq_slice_equal(service.emitter, event->emitter) ||
                                    !yq_slice_equal(service.event, event->name))) {
            return yq_fail(why, YQ_E_EMITTER, 0, "not the outbox of src_service");
        }
        if (event->height < service.from_height) {
            return yq_fail(why, YQ_E_HEIGHT, 0, "before from_height");
        }
    }
    yq_message_record m;
    new_message(hub, proven, &packet, &m);
    return accept(hub, proven, &packet, &m);
}

yq_status yq_packet_mapped(yq_hub *hub, const yq_proven *proven, const yq_service *service)
{
    yq_fault *why = proven->call->why;
    const yq_verified_event *event = proven->event;
    yq_lane lane;
    if (event->height < service->from_height) {
        return yq_fail(why, YQ_E_HEIGHT, 0, "before from_height");
    }
    if (!yq_lane_of_mapped(hub, service->chain, service->service, &lane)) {
        return yq_fail(why, YQ_E_LANE_MISSING, 0, "no lane is open for the mapped event");
    }
    const yq_packet packet = {
        .kind = YQ_PACKET_CALL,
        .order = YQ_ORDER_UNORDERED,
        .grade_min = lane.grade_min,
        .hub = hub->rules.id,
        .src_chain = lane.src_chain,
        .src_service = lane.src_service,
        .dst_chain = lane.dst_chain,
        .dst_service = lane.dst_service,
        .sequence = yq_lane_last_number(hub, &lane) + 1,
        .sender = event->emitter,
        .payload = event->data};
    yq_message_record m;
    new_message(hub, proven, &packet, &m);
    m.view.mapped = 1;
    yq_lane_take_number(hub, &lane, packet.sequence);
    return accept(hub, proven, &packet, &m);
}
