#ifndef YQ_RELAY_STORE_TREE_H
#define YQ_RELAY_STORE_TREE_H

#include "relay/crypto/state_proof.h"
#include "relay/crypto/state_subtree.h"
#include "relay/store/db.h"
#include "relay/store/omap.h"

/*
 * The authenticated state tree: a compact sparse Merkle tree (state_proof.h) over path = H(key) and
 * H(value). It is kept in pages of four levels; the pages of committed state lie in the database
 * under a prefix, those of blocks that are not committed in a chain of deltas in memory. The pages
 * are those of the newest committed state; who keeps older ones gives them by get.
 */

/* A change to one key. */
typedef struct yq_tree_change {
    yq_digest path;       /* yq_state_path(key) */
    yq_digest value_hash; /* H(value); unused when removed */
    int removed;
} yq_tree_change;

/* What a block changed in the tree, on top of base (NULL: on the database). */
typedef struct yq_tree_delta {
    const struct yq_tree_delta *base;
    yq_omap page; /* page key -> packed page; a deletion where the page is gone */
} yq_tree_delta;

/* Where pages are read: the chain of deltas from top (may be NULL) down, then the database. */
typedef struct yq_tree_source {
    uint32_t alg;
    yq_slice prefix; /* of page keys in the database, at most 8 bytes */
    yq_db *db;
    const yq_db_snap *snap; /* NULL: the newest */
    const yq_tree_delta *top;
    /* Reads a row in place of the database: of a state that is not the newest. NULL: none. */
    yq_status (*get)(void *self, yq_slice row, yq_db_value *value);
    void *self;
} yq_tree_source;

/*
 * Applies a batch on source. In: change[0..n), sorted here by path; each path once. Out: delta (to
 * be zeroed before; its base is source->top), root. Shared paths are hashed once; the result does
 * not depend on how changes are split into batches. Errors: E_IO, E_CORRUPT. Cost: about
 * log2(leaves) hashes a change.
 */
YQ_NODISCARD yq_status yq_tree_apply(
    const yq_tree_source *source,
    yq_tree_change *change,
    size_t n,
    yq_tree_delta *delta,
    yq_digest *root);

/* The root of what source holds; zero for an empty tree. */
YQ_NODISCARD yq_status yq_tree_root(const yq_tree_source *source, yq_digest *root);

/* A proof of presence or absence for path. Out: proof; present (1, 0). Errors: E_IO, E_CORRUPT. */
YQ_NODISCARD yq_status yq_tree_prove(
    const yq_tree_source *source, const yq_digest *path, yq_state_proof *proof, int *present);

/*
 * What stands sixteen places below the one at 4 x nibbles bits of path. Out: below, by the next
 * four bits. Errors: E_NOT_FOUND (fewer than two leaves there), E_IO, E_CORRUPT. Cost: one row.
 */
YQ_NODISCARD yq_status yq_tree_below(
    const yq_tree_source *source,
    const yq_digest *path,
    unsigned nibbles,
    yq_state_subtree below[YQ_STATE_FANOUT]);

/*
 * Checks the whole stored tree: each page stands below the node that it belongs to, each hash is
 * that of what is below it, each leaf is where its path leads. Out: leaves, their number; root. In:
 * source->top is NULL. Errors: E_CORRUPT, E_IO. Cost: reads every page twice and hashes every node.
 */
YQ_NODISCARD yq_status
yq_tree_check(const yq_tree_source *source, uint64_t *leaves, yq_digest *root);

/* Adds a delta's pages to the batch that commits it. */
void yq_tree_commit(const yq_tree_delta *delta, yq_slice prefix, yq_db_batch *batch);
void yq_tree_delta_free(yq_tree_delta *delta);

#endif /* YQ_RELAY_STORE_TREE_H */
