#include "conformance/messages/world.h"
#include "relay/base/assert.h"
#include "relay/base/writer.h"
#include "relay/crypto/crypto.h"

#include <stdio.h>
#include <stdlib.h>

/* What happens on a chain: what it sends, what its inbox is handed. */

#define SKEW_MS     300000u
#define FINALITY_MS 90000u

static yq_buf records_of(msim *w)
{
    return (yq_buf){w->records_room, YQ_CONTRACT_RECORDS_MAX, 0};
}

/* ---- blocks and events ----------------------------------------------------------------------- */

/* A block of the chain, by its own clock, which never goes back. */
static void next_block(msim_chain *c)
{
    msim *w = c->world;
    int64_t off = c->skew_ms + (int64_t)sim_below(&w->rng, c->jitter_ms + 1);
    uint64_t time = (uint64_t)((int64_t)w->now + off);
    c->time_ms = time > c->time_ms ? time : c->time_ms;
    c->height++;
}

void msim_emit(
    msim_chain *c, yq_slice data, const char *emitter, const char *name, uint64_t message)
{
    msim *w = c->world;
    c->event = msim_grow(c->event, &c->event_cap, c->event_n, sizeof *c->event);
    const msim_message *m = msim_message_at(w, message);
    c->event[c->event_n++] = (msim_event){
        .height = c->height,
        .ready_ms = w->now + c->finality_ms,
        .number = ++w->event_numbers,
        .emitter = emitter,
        .name = name,
        .data = msim_blob_of(data),
        .grade = m != NULL ? m->grade : YQ_GRADE_LIGHT_CLIENT,
        .message = message};
}

/* ---- sending --------------------------------------------------------------------------------- */

static uint8_t kind_of(msim *w, uint8_t service)
{
    switch ((msim_service)service) {
    case MSIM_GROUP:
        return YQ_PACKET_PREPARE;
    case MSIM_QUERY:
        return YQ_PACKET_QUERY;
    case MSIM_UNORDERED:
        return sim_permille(&w->rng, 100) ? YQ_PACKET_ANSWER : YQ_PACKET_CALL;
    case MSIM_ORDERED:
    case MSIM_MAPPED:
        break;
    }
    return YQ_PACKET_CALL;
}

static msim_message plan(msim *w, uint32_t src, uint32_t dst, uint8_t service, uint64_t group)
{
    int ordered = (service == MSIM_ORDERED) != sim_permille(&w->rng, 15);
    uint64_t wait = sim_between(&w->rng, 60, 2400);
    int endless = group == 0 && sim_permille(&w->rng, 400);
    return (msim_message){
        .src = src,
        .dst = dst,
        .service = service,
        .kind = kind_of(w, service),
        .order = ordered && service != MSIM_MAPPED ? YQ_ORDER_ORDERED : YQ_ORDER_UNORDERED,
        .grade = sim_permille(&w->rng, 20) ? YQ_GRADE_ATTESTED : YQ_GRADE_ENDORSED,
        .payload_n = sim_permille(&w->rng, 8) ? MSIM_PAYLOAD + 1 : sim_between(&w->rng, 8, 60),
        .deadline_ms = endless || service == MSIM_MAPPED ? 0
                       : group != 0                      ? w->group_deadline_ms
                                                         : w->now + wait * 1000,
        .granted = group == 0 && service != MSIM_MAPPED && sim_permille(&w->rng, 8),
        .group = group};
}

static yq_slice payload_of(const msim_message *m, uint64_t number, uint8_t room[MSIM_PAYLOAD + 1])
{
    yq_writer w = yq_writer_of(room, MSIM_PAYLOAD + 1);
    yq_put_u64(&w, number);
    memset(room + w.n, (int)(number & 0xff), MSIM_PAYLOAD + 1 - w.n);
    return yq_slice_of(room, m->payload_n);
}

static yq_digest group_name(const msim *w, uint64_t group)
{
    yq_digest d = {{0}};
    if (group != 0) {
        yq_writer out = yq_writer_of(d.b, sizeof d.b);
        yq_put_u8(&out, (uint8_t)(w->chain_n - 1));
        yq_put_u64(&out, group);
    }
    return d;
}

static void note_sent(msim *w, uint64_t number)
{
    msim_message *m = msim_message_at(w, number);
    msim_lane *lane = &w->lane[m->src][m->dst][m->service];
    lane->message =
        msim_grow(lane->message, &lane->message_cap, (size_t)lane->sent, sizeof *lane->message);
    lane->message[lane->sent++] = number;
    m->sequence = lane->sent;
    w->result.count.sent++;
}

static void send_planned(msim *w, const msim_message *planned)
{
    const msim_message m = *planned;
    msim_chain *c = &w->chain[m.src];
    uint8_t room[MSIM_PAYLOAD + 1];
    uint64_t number = msim_message_new(w, &m);
    const yq_slice payload = payload_of(&m, number, room);
    next_block(c);
    note_sent(w, number);
    if (m.service == MSIM_MAPPED) {
        msim_emit(c, payload, MSIM_APP, MSIM_APP_EVENT, number);
        return;
    }
    const yq_send send = {
        .service = yq_slice_text(msim_service_name[m.service]),
        .dst_chain = msim_chain_id(w, m.dst),
        .dst_service = yq_slice_text(MSIM_TARGET),
        .deadline_ms = m.deadline_ms,
        .grant = {{m.granted}},
        .payload = payload};
    const yq_contract_kind kind = {m.kind, m.order, group_name(w, m.group)};
    yq_buf out = records_of(w);
    yq_status status =
        w->rules->contract_send(c->contract, &send, &kind, yq_slice_text("sender"), &out);
    YQ_ASSERT(status == YQ_OK);
    const char *emitter = m.service == MSIM_GROUP ? MSIM_OUTBOX : MSIM_INBOX;
    msim_emit(c, yq_slice_of(out.p, out.n), emitter, MSIM_EVENT, number);
}

void msim_send(msim *w, uint32_t src, uint32_t dst, uint8_t service, uint64_t group)
{
    const msim_message m = plan(w, src, dst, service, group);
    send_planned(w, &m);
}

void msim_probe(msim *w)
{
    for (uint32_t src = 0; src < w->chain_n; src++) {
        for (uint32_t dst = 0; dst < w->chain_n; dst++) {
            const msim_message m = {
                .src = src,
                .dst = dst,
                .service = MSIM_ORDERED,
                .kind = YQ_PACKET_CALL,
                .order = YQ_ORDER_ORDERED,
                .grade = YQ_GRADE_ENDORSED,
                .payload_n = 8,
                .probe = 1};
            if (w->lane[src][dst][MSIM_ORDERED].open && !msim_lane_is_harmed(w, src, dst)) {
                send_planned(w, &m);
            }
        }
    }
}

/* To every other chain; in some groups one member is never sent. */
void msim_send_group(msim *w, uint32_t src)
{
    uint64_t group = ++w->group_n;
    w->group_deadline_ms = w->now + sim_between(&w->rng, 400, 620) * UINT64_C(1000);
    uint32_t missing = sim_permille(&w->rng, 100) ? sim_below(&w->rng, w->chain_n) : w->chain_n;
    for (uint32_t dst = 0; dst < w->chain_n; dst++) {
        if (dst != src && dst != missing) {
            msim_send(w, src, dst, MSIM_GROUP, group);
        }
    }
}

/* ---- the inbox ------------------------------------------------------------------------------- */

static void tell_records(msim_chain *c, const yq_buf *records)
{
    if (records->n > 0) {
        const yq_slice bytes = yq_slice_of(records->p, records->n);
        msim_emit(c, bytes, MSIM_INBOX, MSIM_EVENT, 0);
        msim_watch_records(c, bytes);
    }
}

void msim_pause(msim_chain *c, int paused)
{
    yq_buf out = records_of(c->world);
    next_block(c);
    c->paused = paused;
    yq_status status = c->world->rules->contract_pause(c->contract, paused, &out);
    YQ_ASSERT(status == YQ_OK);
    tell_records(c, &out);
}

yq_status msim_deliver(msim_chain *c, yq_slice delivery)
{
    msim *w = c->world;
    yq_buf out = records_of(w);
    next_block(c);
    c->under_way = delivery;
    yq_status status = w->rules->contract_deliver(c->contract, delivery, c->time_ms, &out, NULL);
    c->under_way = (yq_slice){0};
    w->result.count.deliveries++;
    if (status == YQ_OK && c->paused) {
        msim_fail(w, "%s took a delivery while it is paused", c->id);
    }
    if (status == YQ_OK) {
        tell_records(c, &out);
    }
    return status;
}

static void step_epoch(msim_chain *c, uint64_t epoch)
{
    msim *w = c->world;
    static uint8_t room[YQ_CERTIFICATE_SIZE_MAX + 256];
    const yq_delivery empty = {
        .suite = YQ_SUITE_SM2, .certificate = msim_slice(w->end_cert[epoch - 1]), .size = 0};
    yq_buf out = {room, sizeof room, 0};
    yq_status status = yq_delivery_encode(&empty, &out);
    YQ_ASSERT(status == YQ_OK);
    status = msim_deliver(c, yq_slice_of(out.p, out.n));
    if (status == YQ_OK) {
        status = w->rules->contract_next_set(c->contract, &w->set[epoch]);
    }
    if (status != YQ_OK) {
        msim_fail(w, "%s cannot step to epoch %llu", c->id, (unsigned long long)epoch + 1);
        return;
    }
    yq_buf records = records_of(w);
    status = w->rules->contract_state(c->contract, &records);
    YQ_ASSERT(status == YQ_OK);
    tell_records(c, &records);
}

void msim_catch_up(msim_chain *c)
{
    msim *w = c->world;
    yq_contract_view view;
    w->rules->contract_look(c->contract, &view);
    w->result.count.slept_epochs += w->epoch > view.epoch + 1;
    for (uint64_t e = view.epoch; e < w->epoch && !w->result.bad && !c->paused; e++) {
        step_epoch(c, e);
    }
}

/* ---- life ------------------------------------------------------------------------------------ */

void msim_chain_begin(msim *w, uint32_t number)
{
    msim_chain *c = &w->chain[number];
    *c = (msim_chain){
        .world = w,
        .number = number,
        .skew_ms = (int64_t)sim_below(&w->rng, 2 * SKEW_MS) - (int64_t)SKEW_MS,
        .jitter_ms = sim_permille(&w->rng, 500) ? 120000 : 0,
        .finality_ms = sim_below(&w->rng, FINALITY_MS),
        .no_clock = sim_permille(&w->rng, 250)};
    (void)snprintf(c->id, sizeof c->id, "city-%c", 'a' + (int)number);
    memset(c->key.b, (int)(0x20 + number), sizeof c->key.b);
    c->contract = w->rules->contract_new(&(yq_contract_config){
        .hub = yq_slice_text(MSIM_HUB),
        .own_chain = msim_chain_id(w, number),
        .hash = YQ_HASH_SM3,
        .set = w->set[0],
        .no_clock = c->no_clock,
        .check = msim_check_tag,
        .service = msim_serve,
        .self = c});
    YQ_ASSERT(c->contract != NULL);
    next_block(c);
    yq_buf records = records_of(w);
    yq_status status = w->rules->contract_state(c->contract, &records);
    YQ_ASSERT(status == YQ_OK);
    tell_records(c, &records);
}

void msim_chain_end(msim_chain *c)
{
    for (size_t i = 0; i < c->event_n; i++) {
        free(c->event[i].data.p);
    }
    for (size_t i = 0; i < c->leaf_n; i++) {
        free(c->leaf[i].bytes.p);
    }
    for (size_t i = 0; i < MSIM_STOCK; i++) {
        free(c->stock[i].p);
    }
    free(c->event);
    free(c->leaf);
    if (c->contract != NULL) {
        c->world->rules->contract_free(c->contract);
    }
}
