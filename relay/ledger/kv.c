#include "relay/base/assert.h"
#include "relay/hub/keys.h"
#include "relay/ledger/internal.h"
#include "relay/store/mem.h"

/* The state machine's map: the block's changes, those of executed blocks below it, the database. */

#define LENT_MAX (4u << 20) /* given back at the next put beyond it */

size_t ledger_key(uint8_t *key, uint8_t table, const yq_digest *id)
{
    yq_writer w = yq_writer_of(key, LEDGER_KEY_MAX);
    yq_put_str8(&w, yq_slice_text(YQ_MODULE_LEDGER));
    yq_put_u8(&w, table);
    if (id != NULL) {
        yq_put_bytes(&w, id->b, YQ_DIGEST_SIZE);
    }
    return w.n;
}

size_t history_key(uint8_t *key)
{
    yq_writer w = yq_writer_of(key, LEDGER_KEY_MAX);
    yq_put_str8(&w, yq_slice_text(YQ_MODULE_SYS));
    yq_put_u8(&w, YQ_TABLE_SYS_HISTORY);
    return w.n;
}

static void note(state_map *m, yq_status status)
{
    m->status = m->status == YQ_OK ? status : m->status;
}

static yq_slice lend(state_map *m, yq_slice bytes)
{
    uint8_t *p = yq_pieces_alloc(&m->lent, bytes.n == 0 ? 1 : bytes.n);
    yq_bytes_copy(p, bytes.p, bytes.n);
    return (yq_slice){p, bytes.n};
}

static void state_row(row_key *row, yq_slice key)
{
    row_begin(row, ROW_STATE);
    yq_put(&row->w, key);
}

static yq_slice kv_get(void *self, yq_slice key, int *found)
{
    state_map *m = self;
    const yq_omap_node *entry = m->top == NULL ? NULL : yq_omap_get(m->top, key);
    for (const overlay *o = m->below; entry == NULL && o != NULL; o = o->parent) {
        entry = yq_omap_get(&o->state, key);
    }
    if (entry != NULL) {
        *found = !entry->removed;
        return entry->value; /* empty when removed */
    }
    row_key row;
    yq_db_value value;
    *found = 0;
    state_row(&row, key);
    if (row.w.status != YQ_OK) {
        return (yq_slice){0}; /* longer than any key */
    }
    yq_status status = yq_db_get(m->db, m->snap, row_slice(&row), &value);
    if (status != YQ_OK) {
        note(m, status);
        return (yq_slice){0};
    }
    *found = value.found;
    yq_slice out = value.found ? lend(m, value.bytes) : (yq_slice){0};
    yq_db_value_free(&value);
    return out;
}

static void kv_put(void *self, yq_slice key, yq_slice value)
{
    state_map *m = self;
    YQ_ASSERT(m->top != NULL);
    YQ_ASSERT(key.n > 0 && key.n <= YQ_STATE_KEY_MAX && value.n <= YQ_STATE_VALUE_MAX);
    if (value.n == 0) {
        yq_omap_remove(m->top, key);
    } else {
        yq_omap_put(m->top, key, value);
    }
    if (m->lent.held > LENT_MAX) {
        yq_pieces_free(&m->lent);
    }
}

static int begins_with(yq_slice key, yq_slice prefix)
{
    return key.n >= prefix.n && (prefix.n == 0 || memcmp(key.p, prefix.p, prefix.n) == 0);
}

/* What a walk has found so far: the smallest key over all layers, the uppermost layer's entry. */
typedef struct walk {
    yq_slice key, value;
    int found, removed;
} walk;

static void walk_omap(walk *w, const yq_omap *map, yq_slice from, int inclusive)
{
    const yq_omap_node *n = yq_omap_seek(map, from, inclusive);
    if (n != NULL && (!w->found || yq_slice_compare(n->key, w->key) < 0)) {
        *w = (walk){n->key, n->value, 1, n->removed};
    }
}

static void walk_db(walk *w, state_map *m, yq_slice from, int inclusive)
{
    row_key row;
    if (m->it == NULL) {
        m->it = yq_db_iter_new(m->db, m->snap);
    }
    state_row(&row, from);
    int more = yq_db_iter_seek(m->it, row_slice(&row));
    if (more && !inclusive && yq_slice_equal(yq_db_iter_key(m->it), row_slice(&row))) {
        more = yq_db_iter_step(m->it);
    }
    note(m, yq_db_iter_status(m->it));
    if (!more || yq_db_iter_key(m->it).p[0] != ROW_STATE) {
        return;
    }
    yq_slice key = yq_db_iter_key(m->it);
    key = (yq_slice){key.p + 1, key.n - 1};
    if (!w->found || yq_slice_compare(key, w->key) < 0) {
        *w = (walk){lend(m, key), lend(m, yq_db_iter_value(m->it)), 1, 0};
    }
}

static int kv_next(void *self, yq_slice prefix, yq_slice after, yq_slice *key, yq_slice *value)
{
    state_map *m = self;
    int inclusive = after.n == 0 || yq_slice_compare(after, prefix) < 0;
    yq_slice from = inclusive ? prefix : after;
    for (;;) {
        walk w = {0};
        if (m->top != NULL) {
            walk_omap(&w, m->top, from, inclusive);
        }
        for (const overlay *o = m->below; o != NULL; o = o->parent) {
            walk_omap(&w, &o->state, from, inclusive);
        }
        walk_db(&w, m, from, inclusive);
        if (!w.found || m->status != YQ_OK || !begins_with(w.key, prefix)) {
            return 0;
        }
        if (!w.removed) {
            *key = w.key;
            *value = w.value;
            return 1;
        }
        from = w.key;
        inclusive = 0;
    }
}

static uint64_t kv_mark(void *self)
{
    state_map *m = self;
    return m->top == NULL ? 0 : yq_omap_mark(m->top);
}

static void kv_undo(void *self, uint64_t mark)
{
    state_map *m = self;
    if (m->top != NULL) {
        yq_omap_undo(m->top, (size_t)mark);
    }
}

void state_map_init(
    state_map *m, yq_db *db, const yq_db_snap *snap, yq_omap *top, const overlay *below)
{
    *m = (state_map){.db = db, .snap = snap, .top = top, .below = below};
    m->kv = (yq_kv){
        .self = m,
        .get = kv_get,
        .put = kv_put,
        .next = kv_next,
        .mark = kv_mark,
        .undo = kv_undo,
    };
}

void state_map_reset(state_map *m)
{
    yq_pieces_free(&m->lent);
}

void state_map_free(state_map *m)
{
    yq_db_iter_free(m->it);
    m->it = NULL;
    yq_pieces_free(&m->lent);
}

yq_slice state_map_get(state_map *m, yq_slice key)
{
    int found;
    return kv_get(m, key, &found);
}
