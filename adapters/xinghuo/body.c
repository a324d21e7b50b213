#include "adapters/xinghuo/wire.h"
#include "relay/base/cursor.h"
#include "relay/crypto/crypto.h"

#include <stdlib.h>

#define SIGNED_TAG YQ_ATTEST_PREFIX

/* ---- an event's data ---- */

static int is_records(const yq_xha_log *log, yq_slice text)
{
    if (yq_json_count(log->datas) != 1 ||
        !yq_slice_equal(log->topic, yq_slice_text(YQ_XHA_TOPIC)) || text.n % 2 != 0) {
        return 0;
    }
    for (size_t i = 0; i < text.n; i++) {
        if (!((text.p[i] >= '0' && text.p[i] <= '9') || (text.p[i] >= 'a' && text.p[i] <= 'f'))) {
            return 0;
        }
    }
    return 1;
}

/* The records of an outbox, or all texts with their lengths. */
static void put_data(const yq_xha_log *log, yq_writer *w)
{
    yq_slice text = {0};
    size_t n = yq_json_count(log->datas);
    (void)yq_json_text(yq_json_at(log->datas, 0), &text);
    if (is_records(log, text)) {
        yq_buf room = {w->p + w->n, w->cap - w->n, 0};
        w->status = yq_hex_decode(&room, (const char *)text.p, text.n);
        w->n += room.n;
        return;
    }
    yq_put_u16(w, (uint16_t)n);
    for (size_t i = 0; i < n; i++) {
        (void)yq_json_text(yq_json_at(log->datas, i), &text);
        yq_put_blob32(w, text);
    }
}

/* Room that put_data needs. Returns 0 when there is a data that is no text, or too many. */
static int data_size(const yq_xha_log *log, size_t *size)
{
    size_t n = yq_json_count(log->datas);
    *size = 2;
    if (!yq_json_is_array(log->datas) || n > YQ_XHA_DATAS_MAX) {
        return 0;
    }
    for (size_t i = 0; i < n; i++) {
        yq_slice text;
        if (!yq_json_text(yq_json_at(log->datas, i), &text)) {
            return 0;
        }
        *size += 4 + text.n;
    }
    return 1;
}

/* ---- bodies ---- */

static void put_body(const yq_xha_header *header, const yq_xha_log *log, yq_writer *w)
{
    yq_put_u8(w, YQ_ATTEST_EVENT);
    yq_put_u64(w, header->seq);
    yq_put(w, YQ_SLICE_OF(header->value.b));
    yq_put_u64(w, header->time_ms);
    yq_put_str8(w, log->emitter);
    yq_put_str8(w, log->topic);
    yq_put_str8(w, YQ_SLICE_OF(log->tx.b));
    yq_put_u32(w, log->index);
    size_t length_at = w->n;
    yq_put_u32(w, 0);
    put_data(log, w);
    if (w->status == YQ_OK) {
        yq_writer length = yq_writer_of(w->p + length_at, 4);
        yq_put_u32(&length, (uint32_t)(w->n - length_at - 4));
    }
}

static yq_status keep(yq_xha_bodies *all, const yq_writer *w, yq_fault *why)
{
    uint64_t height = 0;
    yq_xha_body *grown = realloc(all->body, (all->n + 1) * sizeof *grown);
    if (grown == NULL) {
        return yq_fail(why, YQ_E_MEMORY, 0, "events");
    }
    all->body = grown;
    yq_status status = yq_xha_body_read(yq_writer_slice(w), &grown[all->n], &height, why);
    if (status == YQ_OK) {
        grown[all->n].p = w->p;
        all->n++;
    }
    return status;
}

yq_status yq_xha_bodies_add(
    yq_xha_bodies *all, const yq_xha_header *header, const yq_xha_log *log, yq_fault *why)
{
    size_t size = 0;
    if (log->emitter.n == 0 || log->emitter.n > YQ_ATTEST_NAME_MAX || log->topic.n == 0 ||
        log->topic.n > YQ_ATTEST_NAME_MAX || !data_size(log, &size)) {
        return yq_fail(why, YQ_E_PEER, 0, "getTransactionHistory: log");
    }
    if (all->n == YQ_XHA_EVENTS_MAX) {
        return yq_fail(why, YQ_E_LIMIT, 0, "getTransactionHistory: events of one ledger");
    }
    yq_writer w = yq_writer_of(malloc(YQ_XHA_BODY_HEAD_MAX + size), YQ_XHA_BODY_HEAD_MAX + size);
    if (w.p == NULL) {
        return yq_fail(why, YQ_E_MEMORY, 0, "event");
    }
    put_body(header, log, &w);
    yq_status status = w.status;
    if (status == YQ_OK) {
        status = keep(all, &w, why);
    }
    if (status == YQ_E_LIMIT) { /* its data is larger than a statement's may be */
        all->oversized++;
    }
    if (status != YQ_OK) {
        free(w.p);
    }
    return status == YQ_E_LIMIT ? YQ_OK : status;
}

void yq_xha_bodies_free(yq_xha_bodies *all)
{
    for (size_t i = 0; i < all->n; i++) {
        free(all->body[i].p);
    }
    free(all->body);
    *all = (yq_xha_bodies){0};
}

int yq_xha_bodies_equal(const yq_xha_bodies *a, const yq_xha_bodies *b)
{
    if (a->n != b->n || a->oversized != b->oversized) {
        return 0;
    }
    for (size_t i = 0; i < a->n; i++) {
        if (!yq_slice_equal(
                yq_slice_of(a->body[i].p, a->body[i].n), yq_slice_of(b->body[i].p, b->body[i].n))) {
            return 0;
        }
    }
    return 1;
}

yq_status yq_xha_body_read(yq_slice raw, yq_xha_body *body, uint64_t *height, yq_fault *why)
{
    yq_cur c = yq_cur_of(raw);
    *body = (yq_xha_body){.n = raw.n};
    if (yq_cur_u8(&c) != YQ_ATTEST_EVENT) {
        yq_cur_fail_field(&c, YQ_E_TYPE, 0, "kind");
    }
    *height = yq_cur_u64(&c);
    (void)yq_cur_take(&c, YQ_DIGEST_SIZE);
    (void)yq_cur_u64(&c);
    body->emitter = yq_cur_str8(&c, YQ_ATTEST_NAME_MAX);
    body->name = yq_cur_str8(&c, YQ_ATTEST_NAME_MAX);
    body->tx_id = yq_cur_str8(&c, YQ_ATTEST_NAME_MAX);
    body->index = yq_cur_u32(&c);
    (void)yq_cur_blob32(&c, YQ_ATTEST_DATA_MAX);
    return yq_cur_done(&c, why);
}

yq_digest yq_xha_signed(yq_slice chain, uint64_t epoch, yq_slice body)
{
    uint8_t head[sizeof SIGNED_TAG + 1 + UINT8_MAX + 8];
    yq_writer w = yq_writer_of(head, sizeof head);
    yq_digest m = {{0}};
    yq_put(&w, yq_slice_text(SIGNED_TAG));
    yq_put_str8(&w, chain);
    yq_put_u64(&w, epoch);
    const yq_slice part[] = {yq_writer_slice(&w), body};
    yq_hash(YQ_HASH_SM3, part, YQ_ARRAY_N(part), m.b);
    return m;
}
