#include "relay/base/assert.h"
#include "relay/ledger/snapshot_parts.h"
#include "relay/store/mem.h"

/*
 * Taking a snapshot: first the epochs' validators, then the manifest, then the state from the left
 * to the right. What is still to be taken of the state is a stack of places whose hashes are
 * certified; each part is written in one batch with what is left, so an import goes on wherever it
 * was interrupted. The row that makes a ledger of it, META_TIP, is written last.
 */
#define PLACES_MAX ((size_t)YQ_STATE_NIBBLES * YQ_STATE_FANOUT)
#define PLACE_SIZE (1u + YQ_DIGEST_SIZE + 1u + YQ_DIGEST_SIZE)
#define MARK_SIZE  (8u + 8u + 8u + 8u + 1u + 2u + PLACES_MAX * PLACE_SIZE)

typedef struct place {
    uint8_t nibbles;
    yq_digest at;
    yq_state_subtree want;
} place;

struct yq_import {
    yq_ledger *l;
    yq_db *db;
    yq_valset set;         /* of the newest epoch that is known */
    yq_digest end;         /* the block that it began on; the first epoch's: zero */
    uint64_t epoch_wanted; /* that a manifest named */
    uint64_t height;       /* 0: not known */
    uint64_t keys, bytes;
    int has_manifest, complete;
    snapshot_manifest manifest;
    uint8_t *manifest_bytes; /* owned: manifest points into it */
    size_t place_n;
    place place[PLACES_MAX]; /* the newest is the leftmost */
};

/* ---- the mark ------------------------------------------------------------------------------- */

static void put_mark(const yq_import *im, yq_db_batch *batch)
{
    uint8_t *room = yq_mem_alloc(MARK_SIZE);
    row_key key;
    yq_writer w = yq_writer_of(room, MARK_SIZE);
    yq_put_u64(&w, im->height);
    yq_put_u64(&w, im->epoch_wanted);
    yq_put_u64(&w, im->keys);
    yq_put_u64(&w, im->bytes);
    yq_put_u8(&w, (uint8_t)im->has_manifest);
    yq_put_u16(&w, (uint16_t)im->place_n);
    for (size_t i = 0; i < im->place_n; i++) {
        yq_put_u8(&w, im->place[i].nibbles);
        yq_put_bytes(&w, im->place[i].at.b, YQ_DIGEST_SIZE);
        yq_put_u8(&w, im->place[i].want.kind);
        yq_put_bytes(&w, im->place[i].want.hash.b, YQ_DIGEST_SIZE);
    }
    YQ_ASSERT(w.status == YQ_OK);
    row_meta(&key, META_IMPORT);
    yq_db_batch_put(batch, row_slice(&key), yq_writer_slice(&w));
    yq_mem_free(room);
}

static yq_status read_mark(yq_import *im, yq_slice row)
{
    yq_cur c = yq_cur_of(row);
    im->height = yq_cur_u64(&c);
    im->epoch_wanted = yq_cur_u64(&c);
    im->keys = yq_cur_u64(&c);
    im->bytes = yq_cur_u64(&c);
    im->has_manifest = yq_cur_u8(&c);
    im->place_n = yq_cur_u16(&c);
    if (im->place_n > PLACES_MAX) {
        return YQ_E_CORRUPT;
    }
    for (size_t i = 0; i < im->place_n; i++) {
        im->place[i].nibbles = yq_cur_u8(&c);
        yq_cur_copy(&c, im->place[i].at.b, YQ_DIGEST_SIZE);
        im->place[i].want.kind = yq_cur_u8(&c);
        yq_cur_copy(&c, im->place[i].want.hash.b, YQ_DIGEST_SIZE);
    }
    return yq_cur_done(&c, NULL) == YQ_OK ? YQ_OK : YQ_E_CORRUPT;
}

static yq_status meta_read(yq_db *db, uint8_t what, yq_db_value *value)
{
    row_key key;
    row_meta(&key, what);
    return yq_db_get(db, NULL, row_slice(&key), value);
}

/* ---- opening -------------------------------------------------------------------------------- */

static yq_status drop_table(yq_import *im, uint8_t table, yq_fault *why)
{
    yq_db_batch *batch = yq_db_batch_new();
    yq_db_iter *it = yq_db_iter_new(im->db, NULL);
    yq_status status = YQ_OK;
    int more = yq_db_iter_seek(it, yq_slice_of(&table, 1));
    for (; more && status == YQ_OK; more = yq_db_iter_step(it)) {
        yq_slice key = yq_db_iter_key(it);
        if (key.p[0] != table) {
            break;
        }
        yq_db_batch_remove(batch, key);
        if (yq_db_batch_size(batch) > YQ_SNAPSHOT_PART_MAX) {
            status = yq_db_write(im->db, batch, why);
        }
    }
    status = status == YQ_OK ? yq_db_iter_status(it) : status;
    yq_db_iter_free(it);
    status = status == YQ_OK ? yq_db_write(im->db, batch, why) : status;
    yq_db_batch_free(batch);
    return status;
}

/* Whatever was taken goes: a row of a block or an epoch that the next snapshot does not reach would
 * pass for a committed one. */
static yq_status drop_all(yq_import *im, yq_fault *why)
{
    static const uint8_t tables[] = {
        ROW_STATE, ROW_PATH, ROW_TREE, ROW_EPOCH, ROW_RECOVERY, ROW_BLOCK, ROW_CERT, ROW_HASH};
    yq_status status = YQ_OK;
    for (size_t i = 0; i < YQ_ARRAY_N(tables) && status == YQ_OK; i++) {
        status = drop_table(im, tables[i], why);
    }
    return status;
}

/* From nothing. The block of height 0, which the first epoch builds on, is the own ledger's. */
static yq_status begin(yq_import *im, yq_fault *why)
{
    uint64_t first;
    row_key key;
    yq_db_value genesis;
    row_number(&key, ROW_BLOCK, 0);
    im->end = (yq_digest){{0}};
    yq_status status = epoch_read(im->l->db, NULL, 1, &im->set, &first);
    status = status == YQ_OK ? drop_all(im, why) : status;
    if (status != YQ_OK) {
        return status;
    }
    status = yq_db_get(im->l->db, NULL, row_slice(&key), &genesis);
    YQ_ASSERT(status != YQ_OK || genesis.found);
    yq_db_batch *batch = yq_db_batch_new();
    if (status == YQ_OK) {
        yq_db_batch_put(batch, row_slice(&key), genesis.bytes);
        put_identity(batch, im->l->identity.genesis);
        epoch_row_add(batch, &im->set, 1);
        put_mark(im, batch);
        status = yq_db_write(im->db, batch, why);
    }
    yq_db_value_free(&genesis);
    yq_db_batch_free(batch);
    return status;
}

static yq_status check_identity(yq_import *im, yq_slice version, yq_fault *why)
{
    yq_db_value genesis;
    yq_cur c = yq_cur_of(version);
    if (yq_cur_u32(&c) != LEDGER_DATA_VERSION) {
        return yq_fail(why, YQ_E_DATA_VERSION, 0, "import");
    }
    yq_status status = meta_read(im->db, META_GENESIS, &genesis);
    if (status == YQ_OK && !yq_slice_equal(genesis.bytes, im->l->identity.genesis)) {
        status = yq_fail(why, YQ_E_CONFIG_INVALID, 0, "the import belongs to another genesis");
    }
    yq_db_value_free(&genesis);
    return status;
}

/* The block before the newest epoch's first. */
static yq_status load_end(yq_import *im, uint64_t first)
{
    if (first < 2) {
        return YQ_OK;
    }
    yq_db_value row = {0};
    yq_view_block *block = yq_mem_alloc(sizeof *block);
    yq_status status = block_read(im->db, NULL, first - 1, block, &row);
    im->end = block->tip.h;
    yq_db_value_free(&row);
    yq_mem_free(block);
    return status;
}

/* The newest epoch whose validators are known. */
static yq_status load_set(yq_import *im)
{
    uint64_t first = 0;
    yq_valset *next = yq_mem_alloc(sizeof *next);
    yq_status status = YQ_OK;
    while ((status = epoch_read(im->db, NULL, im->set.epoch + 1, next, &first)) == YQ_OK) {
        im->set = *next;
    }
    yq_mem_free(next);
    return status == YQ_E_NOT_FOUND ? load_end(im, first) : status;
}

static yq_status load_manifest(yq_import *im)
{
    yq_db_value value;
    yq_status status = meta_read(im->db, META_MANIFEST, &value);
    if (status == YQ_OK) {
        im->manifest_bytes = yq_mem_copy(value.bytes.p, value.bytes.n);
        yq_slice bytes = yq_slice_of(im->manifest_bytes, value.bytes.n);
        int good = snapshot_manifest_decode(&im->l->identity, bytes, &im->manifest, NULL) == YQ_OK;
        status = good ? YQ_OK : YQ_E_CORRUPT;
    }
    yq_db_value_free(&value);
    return status;
}

static yq_status finish(yq_import *im, yq_fault *why);

/* What the last batch left to be done. */
static yq_status go_on(yq_import *im, yq_fault *why)
{
    yq_db_value tip;
    yq_status status = meta_read(im->db, META_TIP, &tip);
    im->complete = status == YQ_OK && tip.found;
    yq_db_value_free(&tip);
    if (status != YQ_OK || im->complete) {
        return status;
    }
    if (im->height == 0) {
        return begin(im, why); /* nothing yet, or stopped while it began again */
    }
    return im->has_manifest && im->place_n == 0 ? finish(im, why) : YQ_OK;
}

static yq_status resume(yq_import *im, yq_slice version, yq_fault *why)
{
    yq_db_value mark;
    yq_status status = check_identity(im, version, why);
    if (status != YQ_OK) {
        return status;
    }
    status = meta_read(im->db, META_IMPORT, &mark);
    if (status == YQ_OK) {
        status = mark.found ? read_mark(im, mark.bytes) : YQ_E_CORRUPT;
    }
    yq_db_value_free(&mark);
    status = status == YQ_OK ? load_set(im) : status;
    status = status == YQ_OK && im->has_manifest ? load_manifest(im) : status;
    return status == YQ_OK ? go_on(im, why) : status;
}

yq_status yq_import_open(yq_ledger *ledger, const char *path, yq_import **import, yq_fault *why)
{
    uint64_t first;
    yq_db_value version;
    yq_import *im = yq_mem_alloc(sizeof *im);
    im->l = ledger;
    yq_status status = epoch_read(ledger->db, NULL, 1, &im->set, &first);
    status = status == YQ_OK ? yq_db_open(path, &im->db, why) : status;
    if (status == YQ_OK) {
        status = meta_read(im->db, META_VERSION, &version);
        if (status == YQ_OK) {
            status = version.found ? resume(im, version.bytes, why) : begin(im, why);
        }
        yq_db_value_free(&version);
    }
    if (status != YQ_OK) {
        yq_import_close(im);
        return status;
    }
    *import = im;
    return YQ_OK;
}

void yq_import_close(yq_import *im)
{
    if (im != NULL) {
        yq_db_close(im->db);
        yq_mem_free(im->manifest_bytes);
        yq_mem_free(im);
    }
}

/* ---- what is wanted ------------------------------------------------------------------------- */

int yq_import_want(const yq_import *im, yq_snapshot_request *request)
{
    *request = (yq_snapshot_request){.height = im->height};
    if (im->complete) {
        return 0;
    }
    if (im->has_manifest) {
        const place *p = &im->place[im->place_n - 1];
        request->part = YQ_SNAPSHOT_STATE;
        request->nibbles = p->nibbles;
        request->place = p->at;
    } else if (im->set.epoch < im->epoch_wanted) {
        request->part = YQ_SNAPSHOT_EPOCH;
        request->epoch = im->set.epoch;
    } else {
        request->part = YQ_SNAPSHOT_MANIFEST;
    }
    return 1;
}

void yq_import_look(const yq_import *im, yq_import_progress *out)
{
    *out = (yq_import_progress){
        .height = im->height,
        .epoch = im->set.epoch,
        .keys = im->keys,
        .bytes = im->bytes,
        .complete = im->complete,
    };
    if (im->complete) {
        out->permille = 1000;
    } else if (im->place_n > 0) {
        const uint8_t *b = im->place[im->place_n - 1].at.b;
        out->permille = ((uint32_t)b[0] << 8 | b[1]) * 1000u >> 16;
    }
}

/* ---- epochs and manifest -------------------------------------------------------------------- */

static void keep_block(yq_db_batch *batch, const yq_view_block *b)
{
    put_block(batch, &b->tip, &b->roots, b->digests);
    cert_row_add(batch, b->tip.header.height, &b->cert);
}

/* A recovery leads on when this node has waited for it as every other. */
static yq_status ask_recovery(const yq_import *im, const snapshot_epoch *e, yq_fault *why)
{
    const yq_ledger_config *config = &im->l->config;
    if (!e->is_recovery) {
        return YQ_OK;
    }
    yq_status status =
        config->recovery == NULL ? YQ_E_HELD : config->recovery(config->self, e->statement);
    return status == YQ_OK ? YQ_OK : yq_fail(why, status, 0, "a recovery that this node waits for");
}

static yq_status take_epoch(yq_import *im, yq_slice part, yq_fault *why)
{
    snapshot_epoch *e = yq_mem_alloc(sizeof *e);
    snapshot_trust trust = {im->l, &im->set, &im->end};
    yq_status status = snapshot_epoch_decode(&im->l->identity, part, e, why);
    status = status == YQ_OK ? snapshot_epoch_check(&trust, e, why) : status;
    status = status == YQ_OK ? ask_recovery(im, e, why) : status;
    if (status == YQ_OK) {
        yq_db_batch *batch = yq_db_batch_new();
        /* What only the state after it would say; no block is built on it any more. */
        e->end.tip.result.version = e->end.tip.header.ver;
        keep_block(batch, &e->end);
        epoch_row_add(batch, &e->next, e->end.tip.header.height + 1);
        if (e->is_recovery) {
            recovery_row_add(batch, im->set.epoch, e->statement);
        }
        status = yq_db_write(im->db, batch, why);
        yq_db_batch_free(batch);
        im->set = status == YQ_OK ? e->next : im->set;
        im->end = status == YQ_OK ? e->end.tip.h : im->end;
    }
    yq_mem_free(e);
    return status;
}

/* The whole state is one place, of the certified root. */
static yq_status keep_manifest(yq_import *im, yq_fault *why)
{
    row_key key;
    yq_db_batch *batch = yq_db_batch_new();
    const yq_view_block *at = &im->manifest.at;
    im->height = at->tip.header.height;
    im->has_manifest = 1;
    im->place_n = 1;
    im->place[0] = (place){.want = {YQ_STATE_NODE_INNER, at->roots.state_root}};
    uint8_t *room = yq_mem_alloc(YQ_SNAPSHOT_PART_MAX);
    yq_writer w = yq_writer_of(room, YQ_SNAPSHOT_PART_MAX);
    snapshot_manifest_put(&w, &im->manifest);
    row_meta(&key, META_MANIFEST);
    yq_db_batch_put(batch, row_slice(&key), yq_writer_slice(&w));
    yq_mem_free(room);
    put_mark(im, batch);
    yq_status status = yq_db_write(im->db, batch, why);
    yq_db_batch_free(batch);
    return status;
}

/* One of a later epoch says how far the epochs have to be taken; it is asked for again then. */
static yq_status want_epochs(yq_import *im, const yq_header *header, yq_fault *why)
{
    yq_db_batch *batch = yq_db_batch_new();
    im->epoch_wanted = header->epoch;
    im->height = header->height;
    put_mark(im, batch);
    yq_status status = yq_db_write(im->db, batch, why);
    yq_db_batch_free(batch);
    return status;
}

static yq_status take_manifest(yq_import *im, yq_slice part, yq_fault *why)
{
    snapshot_trust trust = {im->l, &im->set, &im->end};
    snapshot_manifest *m = &im->manifest;
    uint8_t *own = yq_mem_copy(part.p, part.n);
    yq_slice bytes = yq_slice_of(own, part.n);
    yq_status status = snapshot_manifest_decode(&im->l->identity, bytes, m, why);
    const yq_header *header = &m->at.tip.header;
    if (status == YQ_OK && im->height != 0 && header->height != im->height) {
        status = yq_fail(why, YQ_E_HEIGHT, 0, "snapshot: height");
    }
    if (status == YQ_OK && im->epoch_wanted == 0 && header->epoch > im->set.epoch &&
        digest_equal(&header->chain_id_hash, &im->l->identity.chain_id_hash)) {
        yq_mem_free(own);
        return want_epochs(im, header, why);
    }
    status = status == YQ_OK ? snapshot_manifest_check(&trust, m, why) : status;
    if (status != YQ_OK) {
        yq_mem_free(own);
        return status;
    }
    yq_mem_free(im->manifest_bytes);
    im->manifest_bytes = own;
    return keep_manifest(im, why);
}

/* ---- the state ------------------------------------------------------------------------------ */

static int subtree_equal(const yq_state_subtree *a, const yq_state_subtree *b)
{
    return a->kind == b->kind && digest_equal(&a->hash, &b->hash);
}

static yq_status take_places(yq_import *im, const snapshot_state *s, yq_fault *why)
{
    place at = im->place[im->place_n - 1];
    yq_state_subtree above;
    yq_state_subtree_above(im->l->identity.alg, s->child, &above);
    if (!subtree_equal(&above, &at.want)) {
        return yq_fail(why, YQ_E_PROOF, 0, "snapshot: places");
    }
    if (at.nibbles + 1u >= YQ_STATE_NIBBLES) {
        return yq_fail(why, YQ_E_PROOF_DEPTH, 0, "snapshot: places");
    }
    im->place_n--;
    for (unsigned i = YQ_STATE_FANOUT; i-- > 0;) {
        if (s->child[i].kind != YQ_STATE_NODE_EMPTY) {
            place *p = &im->place[im->place_n++];
            *p = (place){.nibbles = (uint8_t)(at.nibbles + 1), .want = s->child[i]};
            snapshot_place_below(&at.at, at.nibbles, i, &p->at);
        }
    }
    yq_db_batch *batch = yq_db_batch_new();
    put_mark(im, batch);
    yq_status status = yq_db_write(im->db, batch, why);
    yq_db_batch_free(batch);
    return status;
}

typedef struct leaves {
    yq_db_batch *batch;
    yq_tree_change *change;
    yq_state_leaf_entry *leaf;
} leaves;

/* Rows and hashes of the leaves. They come in the order of their paths, all below the place. */
static yq_status read_leaves(
    const yq_import *im, const snapshot_state *s, leaves *all, yq_fault *why)
{
    const place *at = &im->place[im->place_n - 1];
    uint32_t alg = im->l->identity.alg;
    yq_cur c = yq_cur_of(s->leaves);
    for (uint32_t i = 0; i < s->n; i++) {
        row_key row;
        yq_slice key = yq_cur_blob16(&c, YQ_STATE_KEY_MAX);
        yq_slice value = yq_cur_blob32(&c, YQ_STATE_VALUE_MAX);
        yq_tree_change *change = &all->change[i];
        yq_state_path(alg, key, &change->path);
        yq_hash_one(alg, value, change->value_hash.b);
        all->leaf[i].path = change->path;
        yq_state_leaf(alg, &change->path, &change->value_hash, &all->leaf[i].leaf);
        if (!snapshot_place_has(&at->at, at->nibbles, &change->path) ||
            (i > 0 && memcmp(all->leaf[i - 1].path.b, change->path.b, YQ_DIGEST_SIZE) >= 0)) {
            return yq_fail(why, YQ_E_NONCANONICAL, i, "snapshot: order of the leaves");
        }
        row_begin(&row, ROW_STATE);
        yq_put(&row.w, key);
        yq_db_batch_put(all->batch, row_slice(&row), value);
        put_path(all->batch, &change->path, key, 0);
    }
    return YQ_OK;
}

static yq_status write_leaves(yq_import *im, const snapshot_state *s, leaves *all, yq_fault *why)
{
    uint8_t prefix = ROW_TREE;
    yq_tree_source source = {
        .alg = im->l->identity.alg, .prefix = yq_slice_of(&prefix, 1), .db = im->db};
    yq_tree_delta delta = {0};
    yq_digest root;
    yq_status status = yq_tree_apply(&source, all->change, s->n, &delta, &root);
    if (status == YQ_OK) {
        yq_tree_commit(&delta, source.prefix, all->batch);
        im->place_n--;
        im->keys += s->n;
        im->bytes += s->leaves.n;
        put_mark(im, all->batch);
        status = yq_db_write(im->db, all->batch, why);
    }
    yq_tree_delta_free(&delta);
    return status == YQ_OK && im->place_n == 0 ? finish(im, why) : status;
}

static yq_status take_leaves(yq_import *im, const snapshot_state *s, yq_fault *why)
{
    const place *at = &im->place[im->place_n - 1];
    yq_state_subtree got;
    leaves all = {
        .batch = yq_db_batch_new(),
        .change = yq_mem_alloc((s->n + (size_t)1) * sizeof *all.change),
        .leaf = yq_mem_alloc((s->n + (size_t)1) * sizeof *all.leaf),
    };
    yq_status status = read_leaves(im, s, &all, why);
    if (status == YQ_OK) {
        yq_state_subtree_of(im->l->identity.alg, all.leaf, s->n, at->nibbles * 4u, &got);
        if (!subtree_equal(&got, &at->want)) {
            status = yq_fail(why, YQ_E_PROOF, 0, "snapshot: leaves");
        }
    }
    status = status == YQ_OK ? write_leaves(im, s, &all, why) : status;
    yq_db_batch_free(all.batch);
    yq_mem_free(all.change);
    yq_mem_free(all.leaf);
    return status;
}

static yq_status take_state(yq_import *im, yq_slice part, yq_fault *why)
{
    snapshot_state *s = yq_mem_alloc(sizeof *s);
    yq_status status = snapshot_state_decode(part, s, why);
    if (status == YQ_OK) {
        status = s->is_leaves ? take_leaves(im, s, why) : take_places(im, s, why);
    }
    yq_mem_free(s);
    return status;
}

/* ---- the end -------------------------------------------------------------------------------- */

/* What the block's result says of the next block; it follows from the state. */
static yq_status complete_result(yq_import *im, yq_bft_tip *tip)
{
    state_map map;
    yq_valset *pending = yq_mem_alloc(sizeof *pending);
    uint64_t not_before_ms;
    int found;
    const yq_ledger_config *config = &im->l->config;
    uint8_t *memory = yq_mem_alloc(YQ_HUB_ARENA_SIZE);
    yq_hub *hub = yq_mem_alloc(sizeof *hub);
    state_map_init(&map, im->db, NULL, NULL, NULL);
    yq_status status = pending_load(
        &map, &im->l->identity.chain_id_hash, tip->header.epoch, pending, &not_before_ms, &found);
    if (status == YQ_OK && found && not_before_ms <= tip->header.time_ms) {
        yq_valset_hash(im->l->identity.alg, pending, &tip->result.pending_valset_hash);
    }
    if (status == YQ_OK) {
        yq_hub_init(hub, &map.kv, memory, config->verifier, config->verifier_n, NULL);
        tip->result.version = yq_hub_version(hub, tip->header.height + 1);
        status = map.status;
    }
    state_map_free(&map);
    yq_mem_free(pending);
    yq_mem_free(memory);
    yq_mem_free(hub);
    return status;
}

static void put_base(yq_db_batch *batch, uint64_t height)
{
    static const uint8_t metas[] = {META_BASE, META_PAST};
    uint8_t room[8];
    row_key key;
    yq_writer w = yq_writer_of(room, sizeof room);
    yq_put_u64(&w, height);
    for (size_t i = 0; i < YQ_ARRAY_N(metas); i++) {
        row_meta(&key, metas[i]);
        yq_db_batch_put(batch, row_slice(&key), yq_writer_slice(&w));
    }
}

/* The whole state is there: a ledger of it. */
static yq_status finish(yq_import *im, yq_fault *why)
{
    uint8_t prefix = ROW_TREE;
    yq_tree_source source = {
        .alg = im->l->identity.alg, .prefix = yq_slice_of(&prefix, 1), .db = im->db};
    yq_view_block *at = &im->manifest.at;
    yq_digest root;
    yq_status status = yq_tree_root(&source, &root);
    if (status == YQ_OK && !digest_equal(&root, &at->roots.state_root)) {
        status = yq_fail(why, YQ_E_CORRUPT, 0, "import: the state's root");
    }
    status = status == YQ_OK ? complete_result(im, &at->tip) : status;
    if (status != YQ_OK) {
        return status;
    }
    yq_db_batch *batch = yq_db_batch_new();
    keep_block(batch, at);
    for (unsigned i = 0; i < 64; i++) {
        if ((im->manifest.history.n >> i & 1) != 0) {
            uint64_t number = (im->manifest.history.n >> i) - 1;
            put_history_node(batch, i, number, &im->manifest.history.peak[i]);
        }
    }
    put_base(batch, im->height);
    put_tip(batch, im->height, at->tip.header.epoch, &im->manifest.history);
    status = yq_db_write(im->db, batch, why);
    yq_db_batch_free(batch);
    im->complete = status == YQ_OK;
    return status;
}

yq_status yq_import_take(yq_import *im, yq_slice part, yq_fault *why)
{
    yq_snapshot_request wanted;
    if (!yq_import_want(im, &wanted)) {
        return YQ_OK;
    }
    if (part.n > YQ_SNAPSHOT_PART_MAX) {
        return yq_fail(why, YQ_E_LIMIT, 0, "snapshot: part");
    }
    if (wanted.part == YQ_SNAPSHOT_EPOCH) {
        return take_epoch(im, part, why);
    }
    return wanted.part == YQ_SNAPSHOT_MANIFEST ? take_manifest(im, part, why)
                                               : take_state(im, part, why);
}

yq_status yq_import_restart(yq_import *im, yq_fault *why)
{
    YQ_ASSERT(!im->complete);
    im->height = im->epoch_wanted = im->keys = im->bytes = 0;
    im->has_manifest = 0;
    im->place_n = 0;
    yq_db_batch *batch = yq_db_batch_new();
    /* First the mark: a stop in between is seen when the import is opened again. */
    put_mark(im, batch);
    yq_status status = yq_db_write(im->db, batch, why);
    yq_db_batch_free(batch);
    return status == YQ_OK ? begin(im, why) : status;
}

/* ---- the place of the database -------------------------------------------------------------- */

/* The height that a database stands at. Out: found = 0: none there, or an unfinished import. */
static yq_status height_of(yq_db *db, int *found, uint64_t *height)
{
    yq_db_value tip;
    uint64_t epoch;
    yq_merkle_peaks history;
    yq_status status = meta_read(db, META_TIP, &tip);
    *found = status == YQ_OK && tip.found;
    if (*found) {
        status = tip_row_get(tip.bytes, height, &epoch, &history);
    }
    yq_db_value_free(&tip);
    return status;
}

/* In: open_it is yq_db_open where nobody else may have it open. */
static yq_status height_at(
    const char *path,
    yq_status (*open_it)(const char *path, yq_db **db, yq_fault *why),
    int *found,
    uint64_t *height,
    yq_fault *why)
{
    yq_db *db;
    *found = 0;
    if (!yq_db_exists(path)) {
        return YQ_OK;
    }
    yq_status status = open_it(path, &db, why);
    if (status == YQ_OK) {
        status = height_of(db, found, height);
        yq_db_close(db);
    }
    return status;
}

yq_status yq_import_adopt(const char *path, const char *db, int *adopted, yq_fault *why)
{
    int complete, old = 0;
    uint64_t height = 0, old_height = 0;
    *adopted = 0;
    yq_status status = height_at(path, yq_db_open_readonly, &complete, &height, why);
    if (status == YQ_OK && complete) {
        /* A process that still runs on the database must not lose it. */
        status = height_at(db, yq_db_open, &old, &old_height, why);
    }
    if (status == YQ_OK && complete && old && old_height >= height) {
        status = yq_db_remove(path, why);
        complete = 0;
    }
    *adopted = status == YQ_OK && complete;
    return status == YQ_OK ? yq_db_replace(complete ? path : NULL, db, why) : status;
}
