#include "relay/base/assert.h"
#include "relay/ledger/internal.h"
#include "relay/store/mem.h"

/*
 * The newest state is what the rows say; older ones are told by differences that lead back: for
 * each row of state and tree that a block changes, what it was before. A row at height v is what
 * the first difference above v says, or, where there is none, what it is now. So reading the newest
 * state costs nothing, and dropping the oldest one is one list of keys.
 */
#define PRUNE_MOST 3u /* heights a block: more than one, so that a lower setting is reached */

#define PAST_KEY_MAX (1u + 2u + ROW_KEY_MAX + 8u)
typedef struct past_key {
    yq_writer w;
    uint8_t b[PAST_KEY_MAX];
} past_key;

static void key_begin(past_key *key, yq_slice row)
{
    key->w = yq_writer_of(key->b, sizeof key->b);
    yq_put_u8(&key->w, ROW_PAST);
    yq_put_blob16(&key->w, row);
    YQ_ASSERT(key->w.status == YQ_OK);
}

/* ---- keeping ------------------------------------------------------------------------------------
 */

typedef struct keeper {
    yq_ledger *l;
    overlay *o;
    uint8_t *list; /* of the keys, each with its length in front */
    size_t n, cap;
} keeper;

static void note_key(keeper *k, yq_slice row)
{
    size_t need = 2 + row.n;
    if (k->n + need > k->cap) {
        k->cap = 2 * k->cap + need + 1024;
        k->list = yq_mem_resize(k->list, k->cap);
    }
    yq_writer w = yq_writer_of(k->list + k->n, need);
    yq_put_blob16(&w, row);
    k->n += need;
}

static yq_status keep_row(keeper *k, yq_slice row)
{
    yq_db_value value;
    past_key key;
    yq_status status = yq_db_get(k->l->db, NULL, row, &value);
    if (status != YQ_OK) {
        return status;
    }
    uint8_t *before = yq_mem_alloc(1 + value.bytes.n);
    before[0] = value.found ? 1 : 0;
    yq_bytes_copy(before + 1, value.bytes.p, value.bytes.n);
    key_begin(&key, row);
    yq_put_u64(&key.w, k->o->tip.header.height);
    yq_db_batch_put(k->o->batch, yq_writer_slice(&key.w), yq_slice_of(before, 1 + value.bytes.n));
    note_key(k, row);
    yq_mem_free(before);
    yq_db_value_free(&value);
    return YQ_OK;
}

static yq_status keep_map(keeper *k, const yq_omap *map, uint8_t table)
{
    yq_status status = YQ_OK;
    for (const yq_omap_node *e = yq_omap_first(map); e != NULL && status == YQ_OK;
         e = yq_omap_after(e)) {
        row_key row;
        row_begin(&row, table);
        yq_put(&row.w, e->key);
        status = keep_row(k, row_slice(&row));
    }
    return status;
}

/* ---- dropping -----------------------------------------------------------------------------------
 */

static uint64_t number_of(yq_slice key)
{
    yq_cur c = yq_cur_of(key);
    (void)yq_cur_u8(&c);
    return yq_cur_u64(&c);
}

static yq_status drop_height(overlay *o, yq_slice row, yq_slice list)
{
    yq_cur c = yq_cur_of(list);
    uint64_t height = number_of(row);
    while (yq_cur_left(&c) > 0) {
        past_key key;
        yq_slice each = yq_cur_blob16(&c, ROW_KEY_MAX);
        if (c.status != YQ_OK) {
            return YQ_E_CORRUPT;
        }
        key_begin(&key, each);
        yq_put_u64(&key.w, height);
        yq_db_batch_remove(o->batch, yq_writer_slice(&key.w));
    }
    yq_db_batch_remove(o->batch, row);
    return YQ_OK;
}

/* The state after block v needs the differences of all blocks above v. */
static yq_status prune(yq_ledger *l, overlay *o)
{
    uint8_t table = ROW_CHANGED;
    uint64_t height = o->tip.header.height, kept = l->config.versions;
    yq_status status = YQ_OK;
    yq_db_iter *it = yq_db_iter_new(l->db, NULL);
    int more = yq_db_iter_seek(it, yq_slice_of(&table, 1));
    for (unsigned n = 0; more && n < PRUNE_MOST && status == YQ_OK; n++) {
        yq_slice row = yq_db_iter_key(it);
        if (row.n != 9 || row.p[0] != ROW_CHANGED || number_of(row) + kept > height) {
            break;
        }
        status = drop_height(o, row, yq_db_iter_value(it));
        more = yq_db_iter_step(it);
    }
    if (status == YQ_OK) {
        status = yq_db_iter_status(it);
    }
    yq_db_iter_free(it);
    return status;
}

/* From which height on all differences up to this block are there. */
static yq_status note_lowest(yq_ledger *l, overlay *o)
{
    uint64_t height = o->tip.header.height, lowest = height, kept = l->config.versions;
    uint8_t room[8];
    row_key row;
    yq_status status = YQ_OK;
    if (kept > 0) {
        status = past_lowest(l->db, NULL, height - 1, &lowest);
        lowest = height > kept && height - kept > lowest ? height - kept : lowest;
    }
    yq_writer w = yq_writer_of(room, sizeof room);
    yq_put_u64(&w, lowest);
    row_meta(&row, META_PAST);
    yq_db_batch_put(o->batch, row_slice(&row), yq_writer_slice(&w));
    return status;
}

yq_status past_keep(yq_ledger *l, overlay *o)
{
    keeper k = {.l = l, .o = o};
    yq_status status = note_lowest(l, o);
    if (status == YQ_OK && l->config.versions > 0) {
        row_key row;
        status = keep_map(&k, &o->state, ROW_STATE);
        if (status == YQ_OK) {
            status = keep_map(&k, &o->tree.page, ROW_TREE);
        }
        row_number(&row, ROW_CHANGED, o->tip.header.height);
        yq_db_batch_put(o->batch, row_slice(&row), yq_slice_of(k.list, k.n));
        yq_mem_free(k.list);
    }
    return status == YQ_OK ? prune(l, o) : status;
}

/* ---- reading ------------------------------------------------------------------------------------
 */

yq_status past_get(void *self, yq_slice row, yq_db_value *value)
{
    const past *p = self;
    past_key from, prefix;
    *value = (yq_db_value){0};
    key_begin(&prefix, row);
    from = prefix;
    from.w = yq_writer_of(from.b, sizeof from.b);
    from.w.n = prefix.w.n;
    yq_put_u64(&from.w, p->height + 1);
    yq_db_iter *it = yq_db_iter_new(p->db, p->snap);
    int more = yq_db_iter_seek(it, yq_writer_slice(&from.w));
    yq_slice found = more ? yq_db_iter_key(it) : (yq_slice){0};
    int differs = found.n == prefix.w.n + 8 && memcmp(found.p, prefix.b, prefix.w.n) == 0;
    yq_status status = yq_db_iter_status(it);
    if (status == YQ_OK) {
        status = yq_db_get(p->db, p->snap, differs ? found : row, value);
    }
    yq_db_iter_free(it);
    if (status == YQ_OK && differs) {
        if (!value->found || value->bytes.n == 0) {
            return YQ_E_CORRUPT;
        }
        value->found = value->bytes.p[0];
        value->bytes = yq_slice_of(value->bytes.p + 1, value->bytes.n - 1);
    }
    return status;
}

yq_status past_lowest(yq_db *db, const yq_db_snap *snap, uint64_t newest, uint64_t *lowest)
{
    row_key row;
    yq_db_value value;
    *lowest = newest;
    row_meta(&row, META_PAST);
    yq_status status = yq_db_get(db, snap, row_slice(&row), &value);
    if (status == YQ_OK && value.found) {
        yq_cur c = yq_cur_of(value.bytes);
        uint64_t said = yq_cur_u64(&c);
        status = yq_cur_done(&c, NULL) == YQ_OK && said <= newest ? YQ_OK : YQ_E_CORRUPT;
        *lowest = said;
    }
    yq_db_value_free(&value);
    return status;
}
