#include "conformance/nodes/memory_db.h"

#include "relay/base/assert.h"
#include "relay/store/mem.h"
#include "relay/store/omap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Every value that a key ever had, the newest first: a snapshot is a number. */
typedef struct cell {
    struct cell *older;
    uint64_t version;
    int removed;
    yq_slice value; /* behind the cell */
} cell;

/* What the map holds. */
typedef struct newest {
    cell *cell;
} newest;

typedef struct store {
    struct store *next;
    char path[256];
    yq_omap map; /* key -> newest */
    yq_pieces pieces;
    uint64_t version;
    unsigned opened;
} store;

struct yq_db {
    store *s;
    int readonly;
};

struct yq_db_snap {
    uint64_t version;
};

typedef struct change {
    yq_slice key, value; /* owned by the batch */
    int removed;
} change;

struct yq_db_batch {
    change *item;
    size_t n, cap, size;
    yq_pieces pieces;
};

struct yq_db_iter {
    store *s;
    uint64_t version;
    const yq_omap_node *at;
    const cell *value;
};

static store *stores;
static memory_write (*write_hook)(void *self, const char *path);
static void *write_self;

void memory_db_hook(memory_write (*hook)(void *self, const char *path), void *self)
{
    write_hook = hook;
    write_self = self;
}

/* ---- stores by path ------------------------------------------------------------------------- */

static store *find(const char *path)
{
    store *s = stores;
    while (s != NULL && strcmp(s->path, path) != 0) {
        s = s->next;
    }
    return s;
}

static store *make(const char *path)
{
    store *s = yq_mem_alloc(sizeof *s);
    YQ_ASSERT(strlen(path) < sizeof s->path);
    (void)snprintf(s->path, sizeof s->path, "%s", path);
    s->next = stores;
    stores = s;
    return s;
}

static void drop(store *gone)
{
    store **at = &stores;
    YQ_ASSERT(gone->opened == 0);
    while (*at != gone) {
        at = &(*at)->next;
    }
    *at = gone->next;
    yq_omap_free(&gone->map);
    yq_pieces_free(&gone->pieces);
    yq_mem_free(gone);
}

void memory_db_clear(void)
{
    while (stores != NULL) {
        drop(stores);
    }
}

static int is_below(const store *s, const char *folder)
{
    size_t n = strlen(folder);
    return strncmp(s->path, folder, n) == 0 && s->path[n] == '/';
}

void memory_db_wipe(const char *folder)
{
    store *next;
    for (store *s = stores; s != NULL; s = next) {
        next = s->next;
        if (is_below(s, folder)) {
            drop(s);
        }
    }
}

int yq_db_exists(const char *path)
{
    return find(path) != NULL;
}

yq_status yq_db_list(
    const char *path,
    yq_status (*each)(void *self, const char *name, yq_fault *why),
    void *self,
    yq_fault *why)
{
    store *next;
    yq_status status = YQ_OK;
    for (store *s = stores; s != NULL && status == YQ_OK; s = next) {
        next = s->next;
        if (is_below(s, path)) {
            status = each(self, s->path + strlen(path) + 1, why);
        }
    }
    return status;
}

yq_status yq_db_remove(const char *path, yq_fault *why)
{
    (void)why;
    store *s = find(path);
    if (s != NULL) {
        drop(s);
    }
    return YQ_OK;
}

yq_status yq_db_replace(const char *from, const char *to, yq_fault *why)
{
    if (from == NULL) {
        return YQ_OK;
    }
    yq_status status = yq_db_remove(to, why);
    store *s = find(from);
    YQ_ASSERT(s != NULL);
    (void)snprintf(s->path, sizeof s->path, "%s", to);
    return status;
}

/* ---- opening -------------------------------------------------------------------------------- */

static yq_status open_store(const char *path, int readonly, yq_db **db, yq_fault *why)
{
    store *s = find(path);
    if (s == NULL && readonly) {
        return yq_fail(why, YQ_E_IO, 0, path);
    }
    *db = yq_mem_alloc(sizeof **db);
    (*db)->s = s == NULL ? make(path) : s;
    (*db)->readonly = readonly;
    (*db)->s->opened++;
    return YQ_OK;
}

yq_status yq_db_open(const char *path, yq_db **db, yq_fault *why)
{
    return open_store(path, 0, db, why);
}

yq_status yq_db_open_readonly(const char *path, yq_db **db, yq_fault *why)
{
    return open_store(path, 1, db, why);
}

void yq_db_close(yq_db *db)
{
    if (db != NULL) {
        db->s->opened--;
        yq_mem_free(db);
    }
}

/* ---- values --------------------------------------------------------------------------------- */

static cell *newest_of(const yq_omap_node *node)
{
    newest top = {NULL};
    if (node != NULL) {
        memcpy(&top, node->value.p, sizeof top);
    }
    return top.cell;
}

/* NULL: not there at that version. */
static const cell *cell_at(const yq_omap_node *node, uint64_t version)
{
    const cell *c = newest_of(node);
    while (c != NULL && c->version > version) {
        c = c->older;
    }
    return c == NULL || c->removed ? NULL : c;
}

static void set(store *s, const change *what, uint64_t version)
{
    cell *c = yq_pieces_alloc(&s->pieces, sizeof *c + what->value.n);
    uint8_t *value = (uint8_t *)(c + 1);
    yq_bytes_copy(value, what->value.p, what->value.n);
    *c = (cell){
        .older = newest_of(yq_omap_get(&s->map, what->key)),
        .version = version,
        .removed = what->removed,
        .value = {value, what->value.n},
    };
    newest top = {c};
    yq_omap_put(&s->map, what->key, yq_slice_of(&top, sizeof top));
}

yq_status yq_db_checkpoint(yq_db *db, const char *path, yq_fault *why)
{
    if (find(path) != NULL) {
        return yq_fail(why, YQ_E_IO, 0, "it exists");
    }
    store *copy = make(path);
    copy->version = 1;
    for (const yq_omap_node *e = yq_omap_first(&db->s->map); e != NULL; e = yq_omap_after(e)) {
        const cell *c = cell_at(e, db->s->version);
        if (c != NULL) {
            set(copy, &(change){.key = e->key, .value = c->value}, 1);
        }
    }
    return YQ_OK;
}

yq_db_snap *yq_db_snap_new(yq_db *db)
{
    yq_db_snap *snap = yq_mem_alloc(sizeof *snap);
    snap->version = db->s->version;
    return snap;
}

void yq_db_snap_free(yq_db_snap *snap)
{
    yq_mem_free(snap);
}

yq_status yq_db_get(yq_db *db, const yq_db_snap *snap, yq_slice key, yq_db_value *value)
{
    uint64_t version = snap == NULL ? db->s->version : snap->version;
    const cell *c = cell_at(yq_omap_get(&db->s->map, key), version);
    *value = (yq_db_value){.found = c != NULL};
    if (c != NULL) {
        value->bytes = c->value;
    }
    return YQ_OK;
}

void yq_db_value_free(yq_db_value *value)
{
    *value = (yq_db_value){0};
}

/* ---- batches -------------------------------------------------------------------------------- */

yq_db_batch *yq_db_batch_new(void)
{
    return yq_mem_alloc(sizeof(yq_db_batch));
}

static void clear(yq_db_batch *batch)
{
    yq_pieces_free(&batch->pieces);
    batch->n = batch->size = 0;
}

void yq_db_batch_free(yq_db_batch *batch)
{
    if (batch != NULL) {
        clear(batch);
        yq_mem_free(batch->item);
        yq_mem_free(batch);
    }
}

static yq_slice keep(yq_db_batch *batch, yq_slice bytes)
{
    uint8_t *p = yq_pieces_alloc(&batch->pieces, bytes.n + 1);
    yq_bytes_copy(p, bytes.p, bytes.n);
    return yq_slice_of(p, bytes.n);
}

static void add(yq_db_batch *batch, yq_slice key, yq_slice value, int removed)
{
    if (batch->n == batch->cap) {
        batch->cap = 2 * batch->cap + 16;
        batch->item = yq_mem_resize(batch->item, batch->cap * sizeof *batch->item);
    }
    batch->item[batch->n++] = (change){keep(batch, key), keep(batch, value), removed};
    batch->size += key.n + value.n;
}

void yq_db_batch_put(yq_db_batch *batch, yq_slice key, yq_slice value)
{
    add(batch, key, value, 0);
}

void yq_db_batch_remove(yq_db_batch *batch, yq_slice key)
{
    add(batch, key, (yq_slice){0}, 1);
}

size_t yq_db_batch_size(const yq_db_batch *batch)
{
    return batch->size;
}

yq_status yq_db_write(yq_db *db, yq_db_batch *batch, yq_fault *why)
{
    YQ_ASSERT(!db->readonly);
    memory_write how = write_hook == NULL ? MEMORY_WRITE_GOOD : write_hook(write_self, db->s->path);
    if (how != MEMORY_WRITE_LOST) {
        db->s->version++;
        for (size_t i = 0; i < batch->n; i++) {
            set(db->s, &batch->item[i], db->s->version);
        }
        yq_omap_settle(&db->s->map);
    }
    clear(batch);
    return how == MEMORY_WRITE_GOOD ? YQ_OK : yq_fail(why, YQ_E_IO, 0, "the power went");
}

/* ---- walks ---------------------------------------------------------------------------------- */

yq_db_iter *yq_db_iter_new(yq_db *db, const yq_db_snap *snap)
{
    yq_db_iter *it = yq_mem_alloc(sizeof *it);
    it->s = db->s;
    it->version = snap == NULL ? db->s->version : snap->version;
    return it;
}

void yq_db_iter_free(yq_db_iter *it)
{
    yq_mem_free(it);
}

/* On to the next key that is there. */
static int stand(yq_db_iter *it, const yq_omap_node *at)
{
    it->value = NULL;
    while (at != NULL && (it->value = cell_at(at, it->version)) == NULL) {
        at = yq_omap_after(at);
    }
    it->at = at;
    return at != NULL;
}

int yq_db_iter_seek(yq_db_iter *it, yq_slice key)
{
    return stand(it, yq_omap_seek(&it->s->map, key, 1));
}

int yq_db_iter_step(yq_db_iter *it)
{
    return stand(it, yq_omap_after(it->at));
}

yq_slice yq_db_iter_key(const yq_db_iter *it)
{
    return it->at->key;
}

yq_slice yq_db_iter_value(const yq_db_iter *it)
{
    return it->value->value;
}

yq_status yq_db_iter_status(const yq_db_iter *it)
{
    (void)it;
    return YQ_OK;
}
