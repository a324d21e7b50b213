#include "adapters/attested/session.h"

#include <stdio.h>

#define STATEMENT_EXTRA (16u + YQ_ATD_ATTESTERS_MAX * 66u)
#define ANCHOR_MAX      4096u

/* version, epoch, body, and the first threshold signatures. */
static yq_status put_statement(
    yq_atd_session *s,
    yq_slice body,
    const yq_atd_answer *answer,
    int is_event,
    yq_slice *out,
    yq_fault *why)
{
    const yq_atd_mapping *m = &s->reader.mapping;
    size_t cap = body.n + STATEMENT_EXTRA;
    yq_writer w = yq_writer_of(s->reader.host.alloc(s->reader.host.self, cap), cap);
    if (w.p == NULL) {
        return yq_fail(why, YQ_E_MEMORY, 0, "evidence");
    }
    yq_put_u8(&w, YQ_ATTEST_LAYOUT_VERSION);
    yq_put_u64(&w, m->epoch);
    yq_put(&w, body);
    yq_put_u16(&w, (uint16_t)m->threshold);
    size_t n = 0;
    for (size_t i = 0; i < m->attester_n && n < m->threshold; i++) {
        if (answer[i].verdict == YQ_ATD_AGREES) {
            yq_put_u16(&w, (uint16_t)i);
            yq_put_bytes(&w, is_event ? answer[i].event : answer[i].block, YQ_ATD_SIGNATURE_SIZE);
            n++;
        }
    }
    *out = yq_writer_slice(&w);
    return YQ_OK;
}

/* What the host is told lives until its next call: a copy of the record's names. */
static yq_status put_names(
    yq_atd_session *s, const yq_atd_record *r, yq_event_proof *event, yq_fault *why)
{
    const yq_adapter_host *host = &s->reader.host;
    size_t cap = (size_t)3 * YQ_ATD_NAME_MAX;
    yq_writer w = yq_writer_of(host->alloc(host->self, cap), cap);
    if (w.p == NULL) {
        return yq_fail(why, YQ_E_MEMORY, 0, "event");
    }
    yq_put_bytes(&w, r->emitter.b, r->emitter.n);
    yq_put_bytes(&w, r->name.b, r->name.n);
    yq_put_bytes(&w, r->id.b, r->id.n);
    event->emitter = yq_slice_of(w.p, r->emitter.n);
    event->name = yq_slice_of(w.p + r->emitter.n, r->name.n);
    event->tx_id = yq_slice_of(w.p + r->emitter.n + r->name.n, r->id.n);
    event->event_index = r->index;
    return YQ_OK;
}

static yq_status put_event(
    yq_atd_session *s,
    const yq_atd_record *r,
    const yq_atd_expected *e,
    const yq_atd_answer *answer,
    yq_height_evidence *out,
    yq_fault *why)
{
    const yq_adapter_host *host = &s->reader.host;
    yq_event_proof *event = host->alloc(host->self, sizeof *event);
    if (event == NULL) {
        return yq_fail(why, YQ_E_MEMORY, 0, "event");
    }
    yq_status status = put_names(s, r, event, why);
    status = status == YQ_OK ? put_statement(s, e->event, answer, 1, &event->proof, why) : status;
    if (status == YQ_OK) {
        out->event = event;
        out->event_n = 1;
        s->counts.events++;
    }
    return status;
}

static void tell_large(yq_atd_session *s, const yq_atd_record *r)
{
    char text[160];
    const yq_adapter_host *host = &s->reader.host;
    s->counts.too_large++;
    (void)snprintf(
        text,
        sizeof text,
        "a record is too large to be an event alarm=1 record=%llu size=%zu",
        (unsigned long long)r->number,
        r->data_n);
    host->log(host->self, YQ_LOG_ERROR, text);
}

static yq_status make_evidence(
    yq_atd_session *s,
    const yq_atd_record *r,
    uint64_t until_ms,
    yq_height_evidence *out,
    yq_fault *why)
{
    const yq_adapter_host *host = &s->reader.host;
    yq_atd_answer answer[YQ_ATD_ATTESTERS_MAX];
    size_t cap = YQ_ATD_EVENT_BODY_MAX;
    uint8_t block[YQ_ATD_BLOCK_BODY];
    yq_writer b = yq_writer_of(block, sizeof block);
    yq_writer w = yq_writer_of(host->alloc(host->self, cap), cap);
    if (w.p == NULL) {
        return yq_fail(why, YQ_E_MEMORY, 0, "evidence");
    }
    yq_atd_put_block(&b, r);
    if (yq_atd_record_fits(r)) {
        yq_atd_put_event(&w, r);
    } else {
        tell_large(s, r);
    }
    const yq_atd_expected e = {&s->reader, r->number, yq_writer_slice(&b), yq_writer_slice(&w), 0};
    yq_status status = yq_atd_gather(s, &e, until_ms, answer, why);
    status = status == YQ_OK ? put_statement(s, e.block, answer, 0, &out->update, why) : status;
    return status == YQ_OK && e.event.n > 0 ? put_event(s, r, &e, answer, out, why) : status;
}

/* A gap is passed when the attesters see the same one; each gap is asked for once. */
static yq_status pass_gap(
    yq_atd_session *s, uint64_t number, uint64_t next, uint64_t until_ms, yq_fault *why)
{
    yq_atd_answer answer[YQ_ATD_ATTESTERS_MAX];
    const yq_atd_expected e = {.reader = &s->reader, .number = number, .next = next};
    if (number == 0 || next == s->gap_next) {
        return YQ_OK;
    }
    yq_status status = yq_atd_gather(s, &e, until_ms, answer, why);
    s->gap_next = status == YQ_OK ? next : s->gap_next;
    return status;
}

yq_status yq_atd_evidence(
    yq_atd_session *s, uint64_t height, uint64_t until_ms, yq_height_evidence *out, yq_fault *why)
{
    yq_atd_record record;
    int is_gap;
    *out = (yq_height_evidence){0};
    yq_status status =
        yq_atd_platform_record(&s->reader.platform, height, until_ms, &record, &is_gap, why);
    if (status == YQ_OK && is_gap) {
        status = pass_gap(s, height, record.number, until_ms, why);
    } else if (status == YQ_OK) {
        status = make_evidence(s, &record, until_ms, out, why);
    }
    yq_atd_record_free(&record);
    if (status != YQ_OK) {
        *out = (yq_height_evidence){0};
    }
    return status;
}

/* ---- the anchor ---- */

static void put_set(yq_writer *w, const yq_atd_mapping *m)
{
    yq_put_u16(w, (uint16_t)m->threshold);
    yq_put_u16(w, (uint16_t)m->attester_n);
    for (size_t i = 0; i < m->attester_n; i++) {
        yq_put_u8(w, m->attester[i].suite);
        yq_put_str8(w, yq_slice_text(m->attester[i].organisation));
        yq_put_str8(w, yq_slice_of(m->attester[i].key, m->attester[i].key_n));
    }
}

yq_status yq_atd_anchor(yq_atd_session *s, uint64_t until_ms, yq_slice *anchor, yq_fault *why)
{
    const yq_atd_reader *r = &s->reader;
    yq_atd_record record;
    int is_gap;
    yq_status status = yq_atd_platform_record(
        &s->reader.platform, r->anchor_number, until_ms, &record, &is_gap, why);
    if (status == YQ_OK && is_gap) {
        status = yq_fail(why, YQ_E_ANCHOR, 0, "anchor_number: the platform has no such record");
    }
    if (status == YQ_OK) { /* nothing is anchored that they would not sign */
        yq_height_evidence none = {0};
        status = make_evidence(s, &record, until_ms, &none, why);
    }
    yq_writer w = yq_writer_of(r->host.alloc(r->host.self, ANCHOR_MAX), ANCHOR_MAX);
    if (status == YQ_OK && w.p == NULL) {
        status = yq_fail(why, YQ_E_MEMORY, 0, "anchor");
    }
    if (status == YQ_OK) {
        yq_put_u8(&w, YQ_ATTEST_LAYOUT_VERSION);
        yq_put_str8(&w, yq_slice_text(r->chain));
        yq_put_u64(&w, r->mapping.epoch);
        yq_put_u64(&w, record.number);
        yq_put_u64(&w, record.time_ms);
        yq_put(&w, YQ_SLICE_OF(record.hash.b));
        put_set(&w, &r->mapping);
        *anchor = yq_writer_slice(&w);
    }
    yq_atd_record_free(&record);
    return status;
}
