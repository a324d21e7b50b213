#include "relay/ledger/results.h"

#include "relay/base/assert.h"
#include "relay/store/mem.h"

#define RESULT_FRAME_SIZE (4u + YQ_DIGEST_SIZE + 4u + 4u + 2u)
#define EVENT_FRAME_SIZE  (2u + 2u + 8u)

void results_begin(results *r, uint32_t alg, uint64_t height, yq_db_batch *batch)
{
    *r = (results){.alg = alg, .height = height, .batch = batch};
}

static void keep_node(void *self, unsigned level, uint64_t number, const yq_digest *node)
{
    results *r = self;
    YQ_ASSERT(level < YQ_ARRAY_N(r->level) && number == r->level[level].n);
    if (r->level[level].n == r->level[level].cap) {
        r->level[level].cap = r->level[level].cap == 0 ? 16 : r->level[level].cap * 2;
        r->level[level].node =
            yq_mem_resize(r->level[level].node, r->level[level].cap * sizeof(yq_digest));
    }
    r->level[level].node[r->level[level].n++] = *node;
}

static void add_event(results *r, uint32_t index, const yq_result_event *event)
{
    uint8_t room[4 + EVENT_FRAME_SIZE + YQ_RESULT_SUBJECT_MAX];
    row_key key;
    yq_writer w = yq_writer_of(room, sizeof room);
    yq_put_u32(&w, index);
    yq_result_event_put(&w, event);
    YQ_ASSERT(w.status == YQ_OK);
    row_pair(&key, ROW_EVENT, r->height, r->events++);
    yq_db_batch_put(r->batch, row_slice(&key), yq_writer_slice(&w));
}

static size_t result_size(const yq_hub_result *result)
{
    size_t size = RESULT_FRAME_SIZE + result->data.n;
    for (size_t i = 0; i < result->event_n; i++) {
        size += EVENT_FRAME_SIZE + result->event[i].subject.n;
    }
    return size;
}

void results_add(results *r, const yq_digest *tx_id, const yq_hub_result *result)
{
    size_t cap = result_size(result);
    if (cap > r->room_cap) {
        yq_mem_free(r->room);
        r->room = yq_mem_alloc(2 * cap);
        r->room_cap = 2 * cap;
    }
    uint32_t index = (uint32_t)r->peaks.n;
    yq_result out = {
        .index = index,
        .code = result->status,
        .data = result->data,
        .event_n = (uint16_t)result->event_n,
    };
    if (tx_id != NULL) {
        out.tx_id = *tx_id;
    }
    /* The events are written where they belong at once: out.events stays empty. */
    yq_writer w = yq_writer_of(r->room, r->room_cap);
    yq_result_put(&w, &out);
    for (size_t i = 0; i < result->event_n; i++) {
        const yq_hub_event *e = &result->event[i];
        yq_result_event event = {e->kind, e->subject, e->value};
        yq_result_event_put(&w, &event);
        add_event(r, index, &event);
    }
    YQ_ASSERT(w.status == YQ_OK && result->event_n <= UINT16_MAX);
    YQ_ASSERT(result->data.n <= YQ_RESULT_DATA_MAX);
    row_key key;
    yq_slice leaf_bytes = yq_writer_slice(&w);
    row_pair(&key, ROW_RESULT, r->height, index);
    yq_db_batch_put(r->batch, row_slice(&key), leaf_bytes);
    yq_digest leaf;
    yq_merkle_leaf(r->alg, &leaf_bytes, 1, &leaf);
    yq_merkle_append(&r->peaks, r->alg, &leaf, keep_node, r);
}

void results_end(results *r, yq_digest *root)
{
    yq_digest plain;
    for (unsigned level = 0; level < YQ_ARRAY_N(r->level); level++) {
        for (size_t at = 0; at < r->level[level].n; at += NODE_CHUNK) {
            size_t n = r->level[level].n - at < NODE_CHUNK ? r->level[level].n - at : NODE_CHUNK;
            row_key key;
            row_number(&key, ROW_NODE, r->height);
            yq_put_u8(&key.w, (uint8_t)level);
            yq_put_u32(&key.w, (uint32_t)(at / NODE_CHUNK));
            yq_db_batch_put(
                r->batch,
                row_slice(&key),
                yq_slice_of(r->level[level].node + at, n * sizeof(yq_digest)));
        }
    }
    yq_merkle_peaks_root(&r->peaks, r->alg, &plain);
    yq_merkle_counted(r->alg, r->peaks.n, &plain, root);
}

void results_free(results *r)
{
    for (unsigned level = 0; level < YQ_ARRAY_N(r->level); level++) {
        yq_mem_free(r->level[level].node);
    }
    yq_mem_free(r->room);
}
