#include "adapters/xinghuo/session.h"
#include "relay/base/bytes.h"

#include <inttypes.h>
#include <stdio.h>

#define UPDATE_PROOF 1u

static yq_status give_update(
    const yq_xha_session *s, const yq_xha_source *source, yq_slice *update, yq_fault *why)
{
    size_t cap = 2 + 4 + source->proof.n;
    uint8_t *p = s->host.alloc(s->host.self, cap);
    if (p == NULL) {
        return yq_fail(why, YQ_E_MEMORY, 0, "update");
    }
    yq_writer w = yq_writer_of(p, cap);
    yq_put_u8(&w, YQ_XINGHUO_LAYOUT_VERSION);
    yq_put_u8(&w, UPDATE_PROOF);
    yq_put_blob32(&w, yq_slice_of(source->proof.p, source->proof.n));
    *update = yq_writer_slice(&w);
    return YQ_OK;
}

static yq_status give_hints(
    const yq_xha_session *s, const yq_xha_body *body, yq_event_proof *out, yq_fault *why)
{
    yq_status status = yq_xha_give(s, body->emitter, &out->emitter, why);
    status = status == YQ_OK ? yq_xha_give(s, body->name, &out->name, why) : status;
    status = status == YQ_OK ? yq_xha_give(s, body->tx_id, &out->tx_id, why) : status;
    out->event_index = body->index;
    return status;
}

static yq_status make_events(
    yq_xha_session *s,
    const yq_xha_bodies *bodies,
    uint64_t until_ms,
    yq_height_evidence *out,
    yq_fault *why)
{
    if (bodies->n > 0 && s->attester_pool == NULL) {
        return yq_fail(why, YQ_E_CONFIG_INVALID, 0, "attesters_file: needed, there are events");
    }
    yq_event_proof *event = s->host.alloc(s->host.self, (bodies->n + 1) * sizeof *event);
    if (event == NULL) {
        return yq_fail(why, YQ_E_MEMORY, 0, "events");
    }
    yq_status status = yq_xha_gather(s, bodies, until_ms, event, why);
    for (size_t i = 0; i < bodies->n && status == YQ_OK; i++) {
        status = give_hints(s, &bodies->body[i], &event[i], why);
    }
    out->event = event;
    out->event_n = bodies->n;
    s->counts.events += status == YQ_OK ? bodies->n : 0;
    return status;
}

static void tell(yq_xha_session *s, const char *what, uint64_t height)
{
    char text[160];
    (void)snprintf(text, sizeof text, "%s height=%" PRIu64 " alarm=1", what, height);
    s->host.log(s->host.self, YQ_LOG_WARN, text);
}

/* The hub's client has the validators of its anchor: only a person can give it others. */
static void watch(yq_xha_session *s, const yq_xha_header *header, const yq_xha_bodies *bodies)
{
    if (!yq_digest_is_zero(&s->set_hash) && !yq_digest_equal(&s->set_hash, &header->validators)) {
        tell(s, "the validators changed: vote on a new anchor", header->seq);
    }
    s->set_hash = header->validators;
    if (bodies->oversized > 0) {
        s->counts.oversized += bodies->oversized;
        tell(s, "left out: events that are too large for a statement", header->seq);
    }
}

yq_status yq_xha_height_evidence(
    yq_xha_session *s, uint64_t height, uint64_t until_ms, yq_height_evidence *out, yq_fault *why)
{
    yq_xha_source source;
    yq_xha_bodies bodies = {0};
    *out = (yq_height_evidence){0};
    if (height <= s->anchor_height) {
        return YQ_OK;
    }
    yq_status status = yq_xha_source_fetch(s, height, until_ms, &source, why);
    if (status == YQ_OK) {
        status = yq_xha_source_events(s, &source, until_ms, &bodies, why);
    }
    if (status == YQ_OK) {
        watch(s, &source.header, &bodies);
        status = make_events(s, &bodies, until_ms, out, why);
    }
    if (status == YQ_OK && (bodies.n > 0 || height % s->update_every == 0)) {
        status = give_update(s, &source, &out->update, why);
        s->counts.updates += status == YQ_OK ? 1 : 0;
    }
    s->counts.heights += status == YQ_OK ? 1 : 0;
    yq_xha_bodies_free(&bodies);
    return status;
}
