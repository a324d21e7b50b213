#include "relay/gateway/call.h"

/* Chains, their services, lanes and outboxes. */

#define OPEN_MAX 1000u

static void put_client(gateway_call *call, yq_slice id)
{
    yq_client_view v;
    yq_emit *e = call->e;
    if (yq_hub_client(call->hub, id, &v) != YQ_OK) {
        yq_emit_null(e, "client");
        return;
    }
    static const char *const grade[] = {"invalid", "attested", "endorsed", "light-client"};
    yq_emit_object(e, "client");
    yq_emit_uint(e, "height", v.height);
    yq_emit_hex(e, "hash", YQ_SLICE_OF(v.hash));
    yq_emit_uint(e, "time_ms", v.time_ms);
    yq_emit_uint(e, "trusted_until_ms", v.trusted_until_ms);
    yq_emit_str(e, "grade", v.grade < YQ_ARRAY_N(grade) ? grade[v.grade] : grade[0]);
    yq_emit_uint(e, "validators", v.validators);
    yq_emit_uint(e, "quorum", v.quorum);
    yq_emit_hex(e, "set_hash", YQ_SLICE_OF(v.set_hash));
    yq_emit_text(e, "note", yq_slice_of(v.note, strnlen(v.note, sizeof v.note)));
    yq_emit_end(e);
}

static void put_outbox(gateway_call *call, yq_slice id)
{
    yq_outbox_view v = {0};
    int some = yq_hub_outbox(call->hub, id, &v) == YQ_OK;
    yq_emit_object(call->e, "outbox");
    yq_emit_uint(call->e, "size", v.size);
    yq_emit_uint(call->e, "done", v.done);
    yq_emit_hex(call->e, "root", some ? YQ_SLICE_OF(v.root.b) : (yq_slice){0});
    yq_emit_end(call->e);
}

static void put_inbox_state(gateway_call *call, const yq_chain *c)
{
    yq_emit *e = call->e;
    yq_emit_object(e, "inbox_state");
    yq_emit_uint(e, "epoch", c->inbox_state.epoch);
    gateway_digest(e, "set_hash", &c->inbox_state.set_hash);
    yq_emit_uint(e, "height", c->inbox_state.height);
    yq_emit_bool(e, "paused", c->inbox_state.paused);
    yq_emit_uint(e, "behind", gateway_epochs_behind(call, c));
    yq_emit_end(e);
}

/* The fields of one chain; the caller opens and ends the object. */
static void put_chain(gateway_call *call, const yq_chain *c)
{
    yq_emit *e = call->e;
    yq_digest anchor;
    yq_hash_one(YQ_HASH_SM3, c->anchor, anchor.b);
    yq_emit_text(e, "id", c->id);
    yq_emit_text(e, "name", c->name);
    yq_emit_text(e, "framework", c->framework);
    yq_emit_uint(e, "verifier", c->verifier);
    yq_emit_str(e, "state", yq_chain_state_name(c->state));
    yq_emit_text(e, "org", c->org);
    yq_emit_uint(e, "proposal", c->proposal);
    yq_emit_uint(e, "hash", c->hash);
    yq_emit_uint(e, "suite", c->suite);
    yq_emit_hex(e, "inbox", c->inbox);
    yq_emit_hex(e, "inbox_event", c->inbox_event);
    gateway_digest(e, "anchor_sm3", &anchor);
    yq_emit_uint(e, "frozen_until_ms", c->frozen_until_ms);
    yq_emit_text(e, "freeze_reason", c->freeze_reason);
    yq_emit_bool(e, "misbehaved", c->misbehaved);
    yq_emit_uint(e, "trust_ms", c->trust_ms);
    yq_emit_uint(e, "trusted_from_ms", c->trusted_from_ms);
    yq_emit_bool(e, "inbox_open", c->inbox_open);
    put_inbox_state(call, c);
    put_outbox(call, c->id);
    put_client(call, c->id);
}

static uint64_t height_of(const gateway_call *call)
{
    return yq_view_tip(call->view)->tip.header.height;
}

yq_status gateway_get_chains(gateway_call *call)
{
    uint8_t room[YQ_CHAIN_ID_SIZE_MAX];
    yq_slice id = {0};
    yq_chain c;
    yq_emit_object(call->e, NULL);
    yq_emit_uint(call->e, "height", height_of(call));
    yq_emit_array(call->e, "items");
    while (yq_hub_chain_next(call->hub, id, &c)) {
        yq_emit_object(call->e, NULL);
        put_chain(call, &c);
        yq_emit_end(call->e);
        memcpy(room, c.id.p, c.id.n);
        id = yq_slice_of(room, c.id.n);
        yq_view_reset(call->view);
    }
    yq_emit_end(call->e);
    yq_emit_end(call->e);
    return YQ_OK;
}

yq_status gateway_find_chain(gateway_call *call, yq_slice *id, yq_chain *c)
{
    yq_status status = gateway_chain_id(call, 1, id);
    if (status == YQ_OK) {
        status = yq_hub_chain(call->hub, *id, c);
        status = status == YQ_OK ? YQ_OK : gateway_refuse(call, "id", status, "chain");
    }
    return status;
}

yq_status gateway_get_chain(gateway_call *call)
{
    yq_slice id;
    yq_chain c;
    yq_status status = gateway_find_chain(call, &id, &c);
    if (status == YQ_OK) {
        yq_emit_object(call->e, NULL);
        yq_emit_uint(call->e, "height", height_of(call));
        put_chain(call, &c);
        yq_emit_end(call->e);
    }
    return status;
}

yq_status gateway_get_services(gateway_call *call)
{
    uint8_t room[YQ_SERVICE_SIZE_MAX];
    yq_slice id, name = {0};
    yq_chain c;
    yq_service s;
    yq_emit *e = call->e;
    yq_status status = gateway_find_chain(call, &id, &c);
    if (status != YQ_OK) {
        return status;
    }
    yq_emit_object(e, NULL);
    yq_emit_uint(e, "height", height_of(call));
    yq_emit_array(e, "items");
    while (yq_hub_service_next(call->hub, id, name, &s)) {
        yq_emit_object(e, NULL);
        yq_emit_hex(e, "service", s.service);
        yq_emit_str(e, "kind", s.kind == YQ_SERVICE_CONTRACT ? "contract" : "mapped");
        yq_emit_hex(e, "emitter", s.emitter);
        yq_emit_hex(e, "event", s.event);
        yq_emit_uint(e, "from_height", s.from_height);
        yq_emit_bool(e, "ordered", s.ordered);
        yq_emit_end(e);
        memcpy(room, s.service.p, s.service.n);
        name = yq_slice_of(room, s.service.n);
        yq_view_reset(call->view);
    }
    yq_emit_end(e);
    yq_emit_end(e);
    return YQ_OK;
}

/* What an inbox of the suite checks. */
static yq_status certificate(gateway_call *call, uint8_t suite, yq_buf *out)
{
    const yq_view_block *tip = yq_view_tip(call->view);
    if (suite != call->facts->identity->suite) {
        return gateway_export_certificate(call, suite, out);
    }
    if (!tip->has_cert) {
        return gateway_refuse(call, NULL, YQ_E_NOT_FOUND, "no certificate yet");
    }
    yq_writer w = yq_writer_of(out->p, out->cap);
    yq_cert_put(&w, &tip->cert);
    out->n = w.n;
    return YQ_OK;
}

yq_status gateway_get_deliveries(gateway_call *call)
{
    yq_slice id;
    yq_chain c;
    uint64_t from, limit;
    yq_status status = gateway_find_chain(call, &id, &c);
    if (status == YQ_OK) {
        status = gateway_number(call, YQ_PARAM_FROM, 0, UINT64_MAX, &from);
    }
    if (status == YQ_OK) {
        status = gateway_number(
            call, YQ_PARAM_LIMIT, YQ_DELIVERY_PACKETS_MAX, YQ_DELIVERY_PACKETS_MAX, &limit);
    }
    if (status == YQ_OK && limit == 0) {
        status = gateway_refuse(call, "limit", YQ_E_RANGE, "limit");
    }
    if (status != YQ_OK) {
        return status;
    }
    uint8_t room[GATEWAY_CERTIFICATE_MAX];
    yq_buf cert = {.p = room, .cap = sizeof room};
    status = certificate(call, c.suite, &cert);
    if (status != YQ_OK) {
        return status;
    }
    yq_buf out = {.p = call->facts->delivery, .cap = GATEWAY_DELIVERY_MAX};
    status = yq_hub_delivery(call->hub, id, from, (size_t)limit, yq_slice_of(cert.p, cert.n), &out);
    if (status != YQ_OK) {
        return gateway_refuse(call, NULL, status, "open packets");
    }
    call->is_bytes = 1;
    call->bytes = yq_slice_of(out.p, out.n);
    return YQ_OK;
}

yq_status gateway_get_outbox(gateway_call *call)
{
    yq_slice id;
    yq_chain c;
    yq_outbox_view v = {0};
    uint64_t from, open[OPEN_MAX];
    yq_status status = gateway_find_chain(call, &id, &c);
    if (status == YQ_OK) {
        status = gateway_number(call, YQ_PARAM_FROM, 0, UINT64_MAX, &from);
    }
    if (status != YQ_OK) {
        return status;
    }
    int some = yq_hub_outbox(call->hub, id, &v) == YQ_OK;
    size_t n = some ? yq_hub_outbox_open(call->hub, id, from, open, OPEN_MAX) : 0;
    yq_emit_object(call->e, NULL);
    yq_emit_uint(call->e, "height", height_of(call));
    yq_emit_uint(call->e, "size", v.size);
    yq_emit_uint(call->e, "done", v.done);
    yq_emit_hex(call->e, "root", some ? YQ_SLICE_OF(v.root.b) : (yq_slice){0});
    yq_emit_array(call->e, "open");
    for (size_t i = 0; i < n; i++) {
        yq_emit_uint(call->e, NULL, open[i]);
    }
    yq_emit_end(call->e);
    yq_emit_end(call->e);
    return YQ_OK;
}

/* Lanes' names, kept over a reset of the view. */
typedef struct lane_names {
    uint8_t b[4][YQ_SERVICE_SIZE_MAX];
} lane_names;

static void keep_names(lane_names *names, yq_lane *lane)
{
    yq_slice *name[] = {&lane->src_chain, &lane->src_service, &lane->dst_chain, &lane->dst_service};
    for (size_t i = 0; i < YQ_ARRAY_N(name); i++) {
        memcpy(names->b[i], name[i]->p, name[i]->n);
        name[i]->p = names->b[i];
    }
}

yq_status gateway_get_lanes(gateway_call *call)
{
    lane_names names;
    yq_lane lane = {0};
    yq_emit *e = call->e;
    yq_emit_object(e, NULL);
    yq_emit_uint(e, "height", height_of(call));
    yq_emit_array(e, "items");
    while (yq_hub_lane_next(call->hub, &lane)) {
        yq_emit_object(e, NULL);
        yq_emit_text(e, "src_chain", lane.src_chain);
        yq_emit_hex(e, "src_service", lane.src_service);
        yq_emit_text(e, "dst_chain", lane.dst_chain);
        yq_emit_hex(e, "dst_service", lane.dst_service);
        yq_emit_uint(e, "order", lane.order);
        yq_emit_uint(e, "grade_min", lane.grade_min);
        yq_emit_uint(e, "patience_ms", lane.patience_ms);
        yq_emit_uint(e, "payload_max", lane.payload_max);
        yq_emit_uint(e, "per_minute_max", lane.per_minute_max);
        yq_emit_bool(e, "paused", lane.paused);
        yq_emit_end(e);
        keep_names(&names, &lane);
        yq_view_reset(call->view);
    }
    yq_emit_end(e);
    yq_emit_end(e);
    return YQ_OK;
}
