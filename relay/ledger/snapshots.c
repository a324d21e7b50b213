#include "relay/base/assert.h"
#include "relay/ledger/snapshot_parts.h"
#include "relay/store/mem.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/*
 * The snapshots that are kept are checkpoints of the whole database, HOME/snapshots/HEIGHT: what
 * they share with it costs no room, and they outlive the process. Parts are made when they are
 * asked for.
 */
typedef struct kept {
    uint64_t height, time_ms;
    yq_db *db;     /* opened at the first request */
    unsigned refs; /* requests that read it */
    int gone;      /* dropped; removed by the last request */
} kept;

struct yq_snapshots {
    yq_ledger *l;
    yq_snapshots_config config;
    char *folder;
    uint64_t certified; /* the newest certified height that was seen */
    pthread_mutex_t lock;
    kept *list[2 * YQ_SNAPSHOTS_MAX]; /* ascending; those that are gone too, while they are read */
    unsigned n;
};

static void path_of(const yq_snapshots *s, uint64_t height, char *path, size_t cap)
{
    (void)snprintf(path, cap, "%s/%" PRIu64, s->folder, height);
}

/* ---- opening -------------------------------------------------------------------------------- */

/* The tip's block of a checkpoint. Errors: E_CORRUPT, E_IO. */
static yq_status tip_of(yq_db *db, yq_merkle_peaks *history, yq_view_block *block, yq_db_value *row)
{
    row_key key;
    uint64_t height = 0, epoch;
    yq_db_value value;
    row_meta(&key, META_TIP);
    yq_status status = yq_db_get(db, NULL, row_slice(&key), &value);
    status = status == YQ_OK ? tip_row_get(value.bytes, &height, &epoch, history) : status;
    yq_db_value_free(&value);
    status = status == YQ_OK ? block_read(db, NULL, height, block, row) : status;
    return status == YQ_OK && !block->has_cert ? YQ_E_CORRUPT : status;
}

static yq_status open_kept(yq_snapshots *s, kept *k, yq_fault *why)
{
    char path[1100];
    yq_db_value row = {0};
    yq_merkle_peaks history;
    if (k->db != NULL) {
        return YQ_OK;
    }
    path_of(s, k->height, path, sizeof path);
    yq_view_block *block = yq_mem_alloc(sizeof *block);
    yq_status status = yq_db_open_readonly(path, &k->db, why);
    status = status == YQ_OK ? tip_of(k->db, &history, block, &row) : status;
    if (status == YQ_OK && block->tip.header.height != k->height) {
        status = YQ_E_CORRUPT;
    }
    k->time_ms = block->tip.header.time_ms;
    yq_db_value_free(&row);
    yq_mem_free(block);
    return status;
}

static int by_height(const void *a, const void *b)
{
    const kept *const *x = a, *const *y = b;
    return (*x)->height < (*y)->height ? -1 : (*x)->height > (*y)->height;
}

/* Takes a folder of the name of a height; whatever else lies there is of an interrupted call. */
static yq_status find(void *self, const char *name, yq_fault *why)
{
    yq_snapshots *s = self;
    char path[1100], own[24], *end;
    uint64_t height = strtoull(name, &end, 10);
    (void)snprintf(own, sizeof own, "%" PRIu64, height);
    if (strcmp(own, name) == 0 && s->n < YQ_SNAPSHOTS_MAX) {
        kept *k = yq_mem_alloc(sizeof *k);
        k->height = height;
        if (open_kept(s, k, why) == YQ_OK) {
            s->list[s->n++] = k;
            return YQ_OK;
        }
        yq_db_close(k->db);
        yq_mem_free(k);
    }
    (void)snprintf(path, sizeof path, "%s/%.200s", s->folder, name);
    return yq_db_remove(path, why);
}

yq_status yq_snapshots_open(
    yq_ledger *ledger, const yq_snapshots_config *config, yq_snapshots **out, yq_fault *why)
{
    YQ_ASSERT(config->kept >= 1 && config->kept <= YQ_SNAPSHOTS_MAX && config->interval >= 1);
    YQ_ASSERT(config->part_size <= YQ_SNAPSHOT_LEAVES_SIZE);
    yq_snapshots *s = yq_mem_alloc(sizeof *s);
    s->l = ledger;
    s->config = *config;
    s->config.part_size = config->part_size == 0 ? YQ_SNAPSHOT_LEAVES_SIZE : config->part_size;
    s->folder = yq_mem_copy(config->folder, strlen(config->folder) + 1);
    s->certified = ledger->tip.header.height;
    YQ_ASSERT(pthread_mutex_init(&s->lock, NULL) == 0);
    yq_status status = yq_db_list(s->folder, find, s, why);
    qsort(s->list, s->n, sizeof(kept *), by_height);
    if (status != YQ_OK) {
        yq_snapshots_close(s);
        return status;
    }
    *out = s;
    return YQ_OK;
}

void yq_snapshots_close(yq_snapshots *s)
{
    if (s == NULL) {
        return;
    }
    for (unsigned i = 0; i < s->n; i++) {
        YQ_ASSERT(s->list[i]->refs == 0);
        yq_db_close(s->list[i]->db);
        yq_mem_free(s->list[i]);
    }
    (void)pthread_mutex_destroy(&s->lock);
    yq_mem_free(s->folder);
    yq_mem_free(s);
}

/* ---- keeping -------------------------------------------------------------------------------- */

/* Takes those out of the list that are gone and that nobody reads. In: lock held. */
static yq_status sweep(yq_snapshots *s, yq_fault *why)
{
    char path[1100];
    yq_status status = YQ_OK;
    unsigned n = 0;
    for (unsigned i = 0; i < s->n; i++) {
        kept *k = s->list[i];
        if (!k->gone || k->refs > 0) {
            s->list[n++] = k;
            continue;
        }
        path_of(s, k->height, path, sizeof path);
        yq_db_close(k->db);
        yq_mem_free(k);
        yq_status removed = yq_db_remove(path, why);
        status = status == YQ_OK ? removed : status;
    }
    s->n = n;
    return status;
}

static yq_status add(yq_snapshots *s, uint64_t height, uint64_t time_ms, yq_fault *why)
{
    unsigned left = 1;
    kept *k = yq_mem_alloc(sizeof *k);
    *k = (kept){.height = height, .time_ms = time_ms};
    (void)pthread_mutex_lock(&s->lock);
    for (unsigned i = s->n; i-- > 0;) {
        s->list[i]->gone |= left >= s->config.kept;
        left++;
    }
    yq_status status = sweep(s, why);
    YQ_ASSERT(s->n < YQ_ARRAY_N(s->list));
    s->list[s->n++] = k;
    (void)pthread_mutex_unlock(&s->lock);
    return status;
}

static int is_due(yq_snapshots *s, const yq_header *header, uint64_t before)
{
    if ((header->flags & YQ_BLOCK_EPOCH_END) != 0 ||
        header->height / s->config.interval == before / s->config.interval) {
        return 0;
    }
    (void)pthread_mutex_lock(&s->lock);
    /* Room for those that are dropped but still read. */
    int due = s->n < YQ_ARRAY_N(s->list);
    if (s->n > 0) {
        due &= header->time_ms >= s->list[s->n - 1]->time_ms + s->config.pause_ms;
    }
    (void)pthread_mutex_unlock(&s->lock);
    return due;
}

yq_status yq_snapshots_after(
    yq_snapshots *s, const yq_ledger_committed *committed, int *taken, yq_fault *why)
{
    char path[1100];
    const yq_header *header = &committed->tip.header;
    uint64_t before = s->certified;
    *taken = 0;
    if (!committed->has_cert) {
        return YQ_OK;
    }
    if ((header->flags & YQ_BLOCK_EPOCH_END) == 0) {
        s->certified = header->height;
    }
    if (!is_due(s, header, before)) {
        return YQ_OK;
    }
    path_of(s, header->height, path, sizeof path);
    yq_status status = yq_db_checkpoint(s->l->db, path, why);
    if (status == YQ_OK) {
        *taken = 1;
        status = add(s, header->height, header->time_ms, why);
    }
    return status;
}

unsigned yq_snapshots_look(yq_snapshots *s, uint64_t height[YQ_SNAPSHOTS_MAX])
{
    unsigned n = 0;
    (void)pthread_mutex_lock(&s->lock);
    for (unsigned i = 0; i < s->n; i++) {
        if (!s->list[i]->gone) {
            height[n++] = s->list[i]->height;
        }
    }
    (void)pthread_mutex_unlock(&s->lock);
    return n;
}

/* ---- giving --------------------------------------------------------------------------------- */

static yq_tree_source tree_of(const yq_snapshots *s, yq_db *db)
{
    static const uint8_t prefix = ROW_TREE;
    return (yq_tree_source){.alg = s->l->identity.alg, .prefix = yq_slice_of(&prefix, 1), .db = db};
}

static yq_status give_manifest(const yq_snapshots *s, yq_db *db, yq_writer *w)
{
    uint8_t key[LEDGER_KEY_MAX];
    yq_digest path;
    yq_db_value row = {0};
    int present = 0;
    snapshot_manifest *m = yq_mem_alloc(sizeof *m);
    yq_tree_source source = tree_of(s, db);
    yq_state_path(source.alg, yq_slice_of(key, history_key(key)), &path);
    yq_status status = tip_of(db, &m->history, &m->at, &row);
    status = status == YQ_OK ? yq_tree_prove(&source, &path, &m->proof, &present) : status;
    if (status == YQ_OK) {
        status = present ? YQ_OK : YQ_E_CORRUPT;
    }
    if (status == YQ_OK) {
        snapshot_manifest_put(w, m);
    }
    yq_db_value_free(&row);
    yq_mem_free(m);
    return status;
}

static yq_status give_epoch(yq_db *db, uint64_t epoch, yq_writer *w)
{
    uint64_t first = 0;
    yq_db_value row = {0}, statement = {0};
    snapshot_epoch *e = yq_mem_alloc(sizeof *e);
    yq_status status = recovery_read(db, NULL, epoch, &e->recovery, &statement);
    e->is_recovery = status == YQ_OK;
    e->statement = statement.bytes;
    status = status == YQ_E_NOT_FOUND ? YQ_OK : status;
    status = status == YQ_OK ? epoch_read(db, NULL, epoch + 1, &e->next, &first) : status;
    if (status == YQ_OK) {
        status = first < 2 ? YQ_E_NOT_FOUND : block_read(db, NULL, first - 1, &e->end, &row);
    }
    if (status == YQ_OK && !e->end.has_cert) {
        status = YQ_E_CORRUPT;
    }
    if (status == YQ_OK) {
        snapshot_epoch_put(w, e);
    }
    yq_db_value_free(&statement);
    yq_db_value_free(&row);
    yq_mem_free(e);
    return status;
}

/* Writes the leaves below the place until they are too many. Out: fits. */
static yq_status give_leaves(
    const yq_snapshots *s,
    yq_db *db,
    const yq_snapshot_request *r,
    yq_writer *w,
    uint32_t *n,
    int *fits)
{
    row_key from;
    yq_status status = YQ_OK;
    row_digest(&from, ROW_PATH, r->place.b);
    yq_db_iter *it = yq_db_iter_new(db, NULL);
    int more = yq_db_iter_seek(it, row_slice(&from));
    *n = 0;
    *fits = 1;
    for (; more && status == YQ_OK; more = yq_db_iter_step(it)) {
        yq_slice row = yq_db_iter_key(it), key = yq_db_iter_value(it);
        yq_digest path;
        row_key state;
        yq_db_value value;
        if (row.n != 1 + YQ_DIGEST_SIZE || row.p[0] != ROW_PATH) {
            break;
        }
        memcpy(path.b, row.p + 1, YQ_DIGEST_SIZE);
        if (!snapshot_place_has(&r->place, r->nibbles, &path)) {
            break;
        }
        *fits = *n == 0 || (w->n < s->config.part_size && *n < YQ_SNAPSHOT_LEAVES_MAX);
        if (!*fits) {
            break;
        }
        row_begin(&state, ROW_STATE);
        yq_put(&state.w, key);
        status = yq_db_get(db, NULL, row_slice(&state), &value);
        if (status == YQ_OK && !value.found) {
            status = YQ_E_CORRUPT;
        }
        yq_put_blob16(w, key);
        yq_put_blob32(w, value.bytes);
        yq_db_value_free(&value);
        (*n)++;
    }
    status = status == YQ_OK ? yq_db_iter_status(it) : status;
    yq_db_iter_free(it);
    return status;
}

static yq_status give_state(
    const yq_snapshots *s, yq_db *db, const yq_snapshot_request *r, yq_writer *w)
{
    yq_state_subtree child[YQ_STATE_FANOUT];
    yq_tree_source source = tree_of(s, db);
    uint32_t n;
    int fits;
    yq_put_u8(w, SNAPSHOT_FORMAT);
    yq_put_u8(w, 1);
    size_t count_at = w->n;
    yq_put_u32(w, 0);
    yq_status status = give_leaves(s, db, r, w, &n, &fits);
    if (status != YQ_OK || fits) {
        yq_writer count = yq_writer_of(w->p + count_at, 4);
        yq_put_u32(&count, n);
        return status == YQ_OK && n == 0 ? YQ_E_NOT_FOUND : status;
    }
    status = yq_tree_below(&source, &r->place, r->nibbles, child);
    w->n = 0;
    snapshot_places_put(w, child);
    return status;
}

/* Finds the snapshot and holds it. */
static yq_status hold(yq_snapshots *s, uint64_t height, kept **out)
{
    yq_status status = YQ_E_NOT_FOUND;
    (void)pthread_mutex_lock(&s->lock);
    for (unsigned i = s->n; i-- > 0 && status == YQ_E_NOT_FOUND;) {
        kept *k = s->list[i];
        if (!k->gone && (height == 0 || k->height == height)) {
            status = open_kept(s, k, NULL);
            k->refs += status == YQ_OK;
            *out = k;
        }
    }
    (void)pthread_mutex_unlock(&s->lock);
    return status;
}

static yq_status release(yq_snapshots *s, kept *k)
{
    (void)pthread_mutex_lock(&s->lock);
    k->refs--;
    yq_status status = sweep(s, NULL);
    (void)pthread_mutex_unlock(&s->lock);
    return status;
}

yq_status yq_snapshots_serve(
    yq_snapshots *s, const yq_snapshot_request *request, uint8_t **part, size_t *size)
{
    kept *k;
    yq_status status = hold(s, request->height, &k);
    if (status != YQ_OK) {
        return status;
    }
    uint8_t *room = yq_mem_alloc(YQ_SNAPSHOT_PART_MAX);
    yq_writer w = yq_writer_of(room, YQ_SNAPSHOT_PART_MAX);
    if (request->part == YQ_SNAPSHOT_MANIFEST) {
        status = give_manifest(s, k->db, &w);
    } else if (request->part == YQ_SNAPSHOT_EPOCH) {
        status = give_epoch(k->db, request->epoch, &w);
    } else {
        status = give_state(s, k->db, request, &w);
    }
    YQ_ASSERT(w.status == YQ_OK);
    yq_status released = release(s, k);
    status = status == YQ_OK ? released : status;
    if (status != YQ_OK) {
        yq_mem_free(room);
        return status;
    }
    *part = room;
    *size = w.n;
    return YQ_OK;
}
