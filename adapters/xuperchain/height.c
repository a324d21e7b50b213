#include "adapters/xuperchain/session.h"
#include "relay/base/bytes.h"

#define KIND_HEADERS      1u
#define KIND_HEADERS_LIST 3u

/* A block under way. */
typedef struct making {
    yq_xua_session *s;
    uint64_t height, until_ms;
    yq_xua_headers headers;
    yq_xua_txs txs;
    yq_fault *why;
} making;

static void *lend(const yq_xua_session *s, size_t size)
{
    return s->host.alloc(s->host.self, size == 0 ? 1 : size);
}

/* Headers, and behind them the list of validators that this block writes. */
static yq_status make_update(making *m, yq_slice *out)
{
    size_t index = 0, cap = m->headers.bytes.n + 16;
    uint32_t write = 0;
    int has_list = yq_xua_list_find(m->s, &m->txs, &index, &write);
    cap += has_list ? yq_xua_write_size(m->txs.hashed[index]) : 0;
    yq_writer w = yq_writer_of(lend(m->s, cap), cap);
    if (w.p == NULL) {
        return yq_fail(m->why, YQ_E_MEMORY, 0, "update");
    }
    yq_put_u8(&w, YQ_XUA_LAYOUT);
    yq_put_u8(&w, has_list ? KIND_HEADERS_LIST : KIND_HEADERS);
    yq_put_u64(&w, m->headers.first);
    yq_put_u16(&w, (uint16_t)m->headers.n);
    yq_put_bytes(&w, m->headers.bytes.p, m->headers.bytes.n);
    if (has_list) {
        yq_xua_write_put(m->height, &m->txs.tree, index, m->txs.hashed[index], write, &w);
    }
    *out = yq_writer_slice(&w);
    return w.status == YQ_OK ? YQ_OK : yq_fail(m->why, w.status, 0, "update");
}

/* ---- events ---- */

/* Bytes that the host keeps until the next call. */
static yq_slice keep(const yq_xua_session *s, yq_slice bytes)
{
    uint8_t *p = lend(s, bytes.n);
    if (p == NULL) {
        return (yq_slice){0};
    }
    yq_bytes_copy(p, bytes.p, bytes.n);
    return yq_slice_of(p, bytes.n);
}

static yq_status make_event(
    making *m, size_t index, const yq_xua_write *one, uint32_t idx, yq_event_proof *out)
{
    size_t cap = yq_xua_write_size(m->txs.hashed[index]);
    yq_writer w = yq_writer_of(lend(m->s, cap), cap);
    if (w.p == NULL) {
        return yq_fail(m->why, YQ_E_MEMORY, 0, "event");
    }
    yq_put_u8(&w, YQ_XUA_LAYOUT);
    yq_xua_write_put(m->height, &m->txs.tree, index, m->txs.hashed[index], idx, &w);
    *out = (yq_event_proof){
        .emitter = keep(m->s, one->bucket),
        .name = keep(m->s, one->key),
        .tx_id = keep(m->s, YQ_SLICE_OF(m->txs.tree.node[index].b)),
        .event_index = idx,
        .proof = yq_writer_slice(&w)};
    m->s->counts.events++;
    return w.status == YQ_OK ? YQ_OK : yq_fail(m->why, w.status, 0, "event");
}

static int is_event(const yq_xua_session *s, const yq_xua_write *one)
{
    return yq_slice_equal(one->key, yq_slice_text(s->event_key));
}

static size_t count_events(const making *m)
{
    size_t n = 0;
    for (size_t i = 0; i < m->txs.n; i++) {
        yq_cur at = yq_cur_of(m->txs.raw[i]);
        yq_xua_write one;
        while (yq_xua_write_next(&at, &one)) {
            n += is_event(m->s, &one) ? 1 : 0;
        }
    }
    return n;
}

/* Events of one transaction. One of another version proves nothing, nor does one in a block of
 * which some transaction failed. */
static yq_status tx_events(making *m, size_t index, yq_event_proof *event, size_t *n)
{
    yq_cur at = yq_cur_of(m->txs.raw[index]);
    yq_xua_write one;
    yq_status status = YQ_OK;
    for (uint32_t i = 0; status == YQ_OK && yq_xua_write_next(&at, &one); i++) {
        if (!is_event(m->s, &one)) {
            continue;
        }
        if (m->txs.failed || m->txs.hashed[index].n == 0) {
            m->s->counts.unprovable++;
            continue;
        }
        status = make_event(m, index, &one, i, &event[*n]);
        *n += status == YQ_OK ? 1 : 0;
    }
    return status;
}

static yq_status make_events(making *m, yq_height_evidence *out)
{
    yq_event_proof *event = lend(m->s, count_events(m) * sizeof *event);
    yq_status status = YQ_OK;
    if (event == NULL) {
        return yq_fail(m->why, YQ_E_MEMORY, 0, "events");
    }
    for (size_t i = 0; i < m->txs.n && status == YQ_OK; i++) {
        status = tx_events(m, i, event, &out->event_n);
    }
    out->event = event;
    return status;
}

/* ---- a height ---- */

static yq_status make(making *m, yq_height_evidence *out)
{
    const yq_xua_block *block = NULL;
    yq_status status = yq_xua_headers_make(m->s, m->height, m->until_ms, &m->headers, m->why);
    if (status == YQ_OK) {
        status = yq_xua_source_block(m->s, m->height, m->until_ms, &block, m->why);
    }
    if (status == YQ_OK) {
        status = yq_xua_source_compare(m->s, block, m->until_ms, m->why);
    }
    status = status == YQ_OK ? yq_xua_txs_load(block, &m->txs, m->why) : status;
    status = status == YQ_OK ? make_update(m, &out->update) : status;
    return status == YQ_OK ? make_events(m, out) : status;
}

yq_status yq_xua_height_evidence(
    yq_xua_session *s, uint64_t height, uint64_t until_ms, yq_height_evidence *out, yq_fault *why)
{
    making m = {.s = s, .height = height, .until_ms = until_ms, .why = why};
    *out = (yq_height_evidence){0};
    if (height <= s->anchor_height) { /* the client begins behind the anchor */
        return YQ_OK;
    }
    if (height != s->brought + 1) { /* who asks again wants what the nodes have now */
        yq_xua_source_clear(s);
    }
    yq_status status = make(&m, out);
    if (status == YQ_OK) {
        s->brought = height;
    } else if (status != YQ_E_NOT_FOUND) { /* what is there so far is asked for again soon */
        yq_xua_source_clear(s);
    }
    if (status != YQ_OK) {
        *out = (yq_height_evidence){0};
    }
    yq_xua_bytes_free(&m.headers.bytes);
    yq_xua_txs_free(&m.txs);
    return status;
}
