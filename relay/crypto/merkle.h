#ifndef YQ_RELAY_CRYPTO_MERKLE_H
#define YQ_RELAY_CRYPTO_MERKLE_H

#include "yuqiao/types.h"

/*
 * History trees as in RFC 9162, in any 32-byte hash: leaf H(0x00 || data), node H(0x01 || left ||
 * right), split at the largest power of two below n; the tree of no leaves has the zero root, which
 * proves nothing. A *counted* root binds the number of leaves: H(0x02 || u64 n || root); the count
 * then cannot be misread.
 */

/* H(0x00 || part[0] || part[1] ...). */
void yq_merkle_leaf(uint32_t alg, const yq_slice *part, size_t part_n, yq_digest *leaf);
void yq_merkle_node(uint32_t alg, const yq_digest *left, const yq_digest *right, yq_digest *node);

/* Root of n leaves (already hashed by yq_merkle_leaf); overwrites leaf[]. n = 0 gives zero. Cost: n
 * - 1 hashes. */
void yq_merkle_root(uint32_t alg, yq_digest *leaf, size_t n, yq_digest *root);

/* The counted root of a plain root. n = 0 gives zero. */
void yq_merkle_counted(uint32_t alg, uint64_t n, const yq_digest *root, yq_digest *counted);

/*
 * Audit path of leaf idx of n: siblings from the leaf up. Out: path[0..*path_n), at most
 * YQ_PROOF_DEPTH_MAX. Overwrites leaf[].
 */
void yq_merkle_path(
    uint32_t alg, yq_digest *leaf, size_t n, size_t idx, yq_digest *path, size_t *path_n);

/*
 * Returns OK when path leads from the leaf (hash) at idx of n to root. Errors: E_ZERO_ROOT,
 * E_PROOF_BOUNDS (idx >= n or n = 0), E_PROOF_DEPTH (path_n is not that of idx in n), E_PROOF.
 */
YQ_NODISCARD yq_status yq_merkle_check(
    uint32_t alg,
    const yq_digest *root,
    uint64_t n,
    uint64_t idx,
    const yq_digest *leaf,
    const yq_digest *path,
    size_t path_n);

/*
 * The root that path leads to from the leaf (hash) at idx of n: for counted roots. Out: root.
 * Errors: E_PROOF_BOUNDS, E_PROOF_DEPTH. Does not compare it with anything.
 */
YQ_NODISCARD yq_status yq_merkle_follow(
    uint32_t alg,
    uint64_t n,
    uint64_t idx,
    const yq_digest *leaf,
    const yq_digest *path,
    size_t path_n,
    yq_digest *root);

/*
 * An append-only tree kept as its peaks (the roots of its complete sub-trees, largest first): at
 * most 64 digests. The nodes themselves, for making paths, are the caller's to store.
 */
typedef struct yq_merkle_peaks {
    uint64_t n;
    yq_digest
        peak[64]; /* peak[i] is the complete tree of 2^i leaves, used where bit i of n is set */
} yq_merkle_peaks;

/* Appends one leaf. For each complete sub-tree that it completes calls keep (may be NULL) with its
 * level (0: the leaf) and its number among the trees of that level, so that the caller can store
 * it. */
void yq_merkle_append(
    yq_merkle_peaks *peaks,
    uint32_t alg,
    const yq_digest *leaf,
    void (*keep)(void *self, unsigned level, uint64_t number, const yq_digest *node),
    void *self);

/* Root of the leaves so far; zero when there are none. */
void yq_merkle_peaks_root(const yq_merkle_peaks *peaks, uint32_t alg, yq_digest *root);

/*
 * Audit path of leaf idx from stored complete sub-trees. load gives the node (level, number);
 * returns 0 when it is not kept. Out: path. Errors: E_PROOF_BOUNDS, E_NOT_FOUND (a node was
 * pruned).
 */
YQ_NODISCARD yq_status yq_merkle_stored_path(
    uint32_t alg,
    uint64_t n,
    uint64_t idx,
    int (*load)(void *self, unsigned level, uint64_t number, yq_digest *node),
    void *self,
    yq_digest *path,
    size_t *path_n);

#endif /* YQ_RELAY_CRYPTO_MERKLE_H */
