#ifndef YQ_RELAY_LEDGER_INTERNAL_H
#define YQ_RELAY_LEDGER_INTERNAL_H

/* The ledger's own state: shared by the files of relay/ledger, by nobody else. */

#include "relay/base/writer.h"
#include "relay/crypto/merkle.h"
#include "relay/hub/keys.h"
#include "relay/ledger/ledger.h"
#include "relay/ledger/pool_internal.h"
#include "relay/ledger/result.h"
#include "relay/ledger/view.h"
#include "relay/store/db.h"
#include "relay/store/tree.h"

#include <pthread.h>

/* ---- rows of the database: one byte of table, then the fields, big-endian ---------------------
 */

#define LEDGER_DATA_VERSION 7u /* 7: certificates of other suites */

#define ROW_META     'M' /* META_... */
#define ROW_STATE    'S' /* state key -> value */
#define ROW_PATH     'K' /* b32 path in the tree -> state key */
#define ROW_TREE     'T' /* page key -> page */
#define ROW_BLOCK    'B' /* u64 height -> block */
#define ROW_CERT     'C' /* u64 height -> its own F certificate */
#define ROW_HASH     'H' /* b32 h -> u64 height */
#define ROW_DIGEST   'D' /* b32 envelope digest -> u64 height, u32 idx */
#define ROW_ENVELOPE 'E' /* u64 height, u32 idx -> envelope */
#define ROW_ID       'I' /* b32 id of envelope or transaction -> where */
#define ROW_RESULT   'R' /* u64 height, u32 index -> result */
#define ROW_NODE     'N' /* u64 height, u8 level, u32 chunk -> nodes of the results' tree */
#define ROW_EVENT    'V' /* u64 height, u32 event -> u32 index, event */
#define ROW_HISTORY  'P' /* u8 level, u64 number -> node of the history's tree */
#define ROW_EPOCH    'X' /* u64 epoch -> first height, set */
#define ROW_RECOVERY 'Q' /* u64 epoch that a recovery ended -> the statement, signed */
#define ROW_PAST     'U' /* blob16 row's key, u64 height -> what it was before this block: past.c */
#define ROW_CHANGED  'W' /* u64 height -> the keys of its ROW_PAST */

#define ROW_EXPORT 'A' /* u8 suite, u64 height -> certificate of another suite */

#define META_VERSION  1u
#define META_GENESIS  2u
#define META_TIP      3u
#define META_PAST     4u /* the lowest height whose state can be read */
#define META_BASE     5u /* the lowest height whose block is here; none: 0 */
#define META_IMPORT   6u /* how far the import of a snapshot is: import.c */
#define META_MANIFEST 7u /* its manifest, as it came */
#define NODE_CHUNK    256u

#define ROW_KEY_MAX (1u + YQ_STATE_KEY_MAX)
typedef struct row_key {
    yq_writer w;
    uint8_t b[ROW_KEY_MAX];
} row_key;

void row_begin(row_key *key, uint8_t table);
void row_number(row_key *key, uint8_t table, uint64_t number);
void row_pair(row_key *key, uint8_t table, uint64_t height, uint32_t idx);
void row_digest(row_key *key, uint8_t table, const uint8_t *digest);
void row_meta(row_key *key, uint8_t what);
static inline yq_slice row_slice(const row_key *key)
{
    return (yq_slice){key->b, key->w.n};
}

/* ---- state keys of the ledger -----------------------------------------------------------------
 */

#define LEDGER_KEY_MAX 64u
/* Returns the size of the key written to key (LEDGER_KEY_MAX bytes). */
size_t ledger_key(uint8_t *key, uint8_t table, const yq_digest *id);
size_t history_key(uint8_t *key);

/* ---- executed blocks that are not committed ---------------------------------------------------
 */

typedef struct overlay {
    struct overlay *next;
    struct overlay *parent; /* NULL: it follows the committed tip */
    yq_bft_tip tip;
    yq_block_roots roots;
    yq_merkle_peaks history; /* over all earlier headers */
    body **bodies;           /* header.n_env */
    yq_omap state;
    yq_tree_delta tree;
    yq_db_batch *batch; /* all rows but those that only the commit knows */
    int has_set;        /* EPOCH_END: the next epoch's */
    yq_valset set;
} overlay;

void overlay_free(overlay *o);

/* What views show: shared by count. */
typedef struct published {
    uint32_t refs; /* under the ledger's lock */
    yq_db_snap *snap;
    yq_view_block block;
    uint8_t *digests;
} published;

struct yq_ledger {
    yq_ledger_config config;
    yq_ledger_identity identity;
    uint8_t *genesis; /* bytes that identity points into */
    yq_genesis *plan; /* the same, decoded */
    yq_db *db;
    yq_pool *pool;

    /* lock: overlays, committed and published. The executor alone changes them; it reads without.
     */
    pthread_rwlock_t lock;
    overlay *overlays;
    yq_bft_tip tip;
    yq_merkle_peaks history;
    uint64_t epoch; /* that the block after the tip belongs to */
    uint64_t base;  /* lowest height whose block is here */
    yq_valset set;  /* of that epoch */
    published *published;

    yq_hub hub;        /* the executor's */
    yq_hash_memo memo; /* for it */
    uint8_t *hub_memory;
    pthread_mutex_t check_lock; /* the context for signers of unverified bodies */
    uint8_t *check_memory;
};

/* ---- the state as a map (kv.c) ----------------------------------------------------------------
 */

typedef struct state_map {
    yq_kv kv;
    yq_db *db;
    const yq_db_snap *snap;
    yq_omap *top;         /* NULL: read only */
    const overlay *below; /* chain of executed blocks */
    yq_db_iter *it;       /* made at the first walk */
    yq_pieces lent;
    yq_status status; /* first fault */
} state_map;

void state_map_init(
    state_map *m, yq_db *db, const yq_db_snap *snap, yq_omap *top, const overlay *below);
void state_map_free(state_map *m);
void state_map_reset(state_map *m); /* drops what was lent */
yq_slice state_map_get(state_map *m, yq_slice key);

/* ---- blocks (rows.c) --------------------------------------------------------------------------
 */

/* The rows of a block itself: by height, and its height by hash. In: digests, header.n_env x 32. */
void put_block(
    yq_db_batch *batch, const yq_bft_tip *tip, const yq_block_roots *roots, const uint8_t *digests);
/* Out: block; digests points into row. Errors: E_CORRUPT. */
yq_status block_row_decode(yq_slice row, yq_view_block *block);
void valset_put(yq_writer *w, const yq_valset *set);
void valset_get(yq_cur *c, yq_valset *set);
#define VALSET_SIZE_MAX (32u + 8u + 1u + 2u + 65u * YQ_VALIDATORS_MAX)
/* The peaks of a history of history->n headers, the lowest first. */
void peaks_put(yq_writer *w, const yq_merkle_peaks *history);
void peaks_get(yq_cur *c, uint64_t n, yq_merkle_peaks *history);
void tip_row_put(yq_writer *w, uint64_t height, uint64_t epoch, const yq_merkle_peaks *history);
yq_status tip_row_get(yq_slice row, uint64_t *height, uint64_t *epoch, yq_merkle_peaks *history);
#define TIP_ROW_SIZE_MAX (8u + 8u + 8u + 64u * YQ_DIGEST_SIZE)
void epoch_row_add(yq_db_batch *batch, const yq_valset *set, uint64_t first_height);
void cert_row_add(yq_db_batch *batch, uint64_t height, const yq_cert *cert);
/* Reads from snap (NULL: the newest). cert only when has_cert. Errors: E_NOT_FOUND, E_IO,
 * E_CORRUPT. */
yq_status epoch_read(
    yq_db *db, const yq_db_snap *snap, uint64_t epoch, yq_valset *set, uint64_t *first_height);
yq_status cert_read(
    yq_db *db, const yq_db_snap *snap, uint64_t height, int *has_cert, yq_cert *cert);
/* Out: value holds what block borrows from. */
yq_status block_read(
    yq_db *db, const yq_db_snap *snap, uint64_t height, yq_view_block *block, yq_db_value *value);
yq_status height_read(yq_db *db, const yq_db_snap *snap, const yq_digest *h, uint64_t *height);
/* The statement that ended an epoch. Out: value holds what recovery borrows from. Errors:
 * E_NOT_FOUND (the epoch did not end so), E_IO, E_CORRUPT. */
yq_status recovery_read(
    yq_db *db, const yq_db_snap *snap, uint64_t epoch, yq_recovery *recovery, yq_db_value *value);
void recovery_row_add(yq_db_batch *batch, uint64_t epoch, yq_slice statement);

/* ---- recoveries (recover.c) ---------------------------------------------------------------------
 */

/* All that a statement is checked for without the state: by the genesis' keys, of the epoch of now,
 * on this block. Out: next. Errors: those of yq_recovery_check and yq_recovery_next; E_HEIGHT,
 * E_HASH. */
yq_status recovery_follows(
    const yq_ledger *l,
    const yq_recovery *recovery,
    const yq_valset *now,
    const yq_bft_tip *tip,
    yq_valset *next,
    yq_fault *why);

/* ---- execution (exec.c) -----------------------------------------------------------------------
 */

/* Executes a block on parent (NULL: the tip) in the executor's context. In: bodies are held for the
 * overlay. Errors: E_NONCANONICAL, faults. */
yq_status exec_block(
    yq_ledger *l,
    overlay *parent,
    const yq_digest *h,
    const yq_header *header,
    body **bodies,
    overlay **out);
/* The state of height 0, written to the empty database with its metadata. */
yq_status exec_genesis(yq_ledger *l, const yq_genesis *genesis, yq_fault *why);

/* Whether the state after the tip takes the statement. Errors: those of yq_hub_recover, E_IO. */
yq_status exec_recovery_try(
    yq_ledger *l, const yq_recovery *recovery, const yq_valset *next, yq_fault *why);

/* The pending set in a state; found = 0: none. */
yq_status pending_load(
    state_map *m,
    const yq_digest *chain_id_hash,
    uint64_t epoch,
    yq_valset *set,
    uint64_t *not_before_ms,
    int *found);

/* The rows that name the chain and the form of the data. */
void put_identity(yq_db_batch *batch, yq_slice genesis);
void put_tip(yq_db_batch *batch, uint64_t height, uint64_t epoch, const yq_merkle_peaks *history);
/* A complete tree of the history, by level and number. */
void put_history_node(yq_db_batch *batch, unsigned level, uint64_t number, const yq_digest *node);
/* A key of the state, found by its path; removed with it. */
void put_path(yq_db_batch *batch, const yq_digest *path, yq_slice key, int removed);

/* From here on readers see it. */
void overlay_add(yq_ledger *l, overlay *o);
overlay *overlay_find(const yq_ledger *l, const yq_digest *h);
/* Returns 1 when h is the tip or an executed block. Out: parent, NULL for the tip. In: lock held.
 */
int parent_find(const yq_ledger *l, const yq_digest *h, overlay **parent);
/* n digests, one after the other; freed with yq_mem_free. */
uint8_t *body_digests(body *const *bodies, size_t n);
/* Whether the digests are those that the header names. */
int payload_is_of(uint32_t alg, const uint8_t *digests, const yq_header *header);
/* Whether a certificate finalizes this block; its signatures apart, and the result that it names.
 */
int cert_is_of(const yq_cert *cert, const yq_header *header, const yq_digest *h);
int cert_names_result(const yq_cert *cert, const yq_bft_result *result);
/* Checks the header against the bodies: counts, root, sizes, costs, sequences apart. */
yq_status block_check(uint32_t alg, const yq_header *header, body *const *bodies);

/* ---- the state as it was (past.c) --------------------------------------------------------------
 */

/* Adds to the batch of a block on the tip what its rows of state and tree are before it, and drops
 * what is older than config.versions heights. */
yq_status past_keep(yq_ledger *l, overlay *o);

/* A reader of rows as they were after the block of a height. */
typedef struct past {
    yq_db *db;
    const yq_db_snap *snap;
    uint64_t height;
} past;
/* As yq_db_get; self is a past. */
yq_status past_get(void *self, yq_slice row, yq_db_value *value);

/* The lowest height whose state can be read, at most that of the newest block. */
yq_status past_lowest(yq_db *db, const yq_db_snap *snap, uint64_t newest, uint64_t *lowest);

/* ---- commit and reading -----------------------------------------------------------------------
 */

yq_status commit_overlay(yq_ledger *l, overlay *o, const yq_cert *cert);
yq_status publish(yq_ledger *l, uint64_t height);
/* Waiting envelopes whose sequence the committed state holds as spent leave the pool: they came
 * late, or from the log, and must not look like work. */
yq_status drop_spent(yq_ledger *l);
void published_release(yq_ledger *l, published *p);

static inline int digest_equal(const yq_digest *a, const yq_digest *b)
{
    return memcmp(a->b, b->b, YQ_DIGEST_SIZE) == 0;
}

static inline int digest_is_zero(const yq_digest *d)
{
    return yq_bytes_are_zero(d->b, YQ_DIGEST_SIZE);
}

#endif /* YQ_RELAY_LEDGER_INTERNAL_H */
