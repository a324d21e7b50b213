#include "relay/crypto/merkle.h"

#include "yuqiao/limits.h"

#include "relay/base/assert.h"
#include "relay/base/bytes.h"
#include "relay/crypto/crypto.h"

static const uint8_t tag_leaf = 0, tag_node = 1, tag_counted = 2;

void yq_merkle_leaf(uint32_t alg, const yq_slice *part, size_t part_n, yq_digest *leaf)
{
    yq_slice all[16] = {{&tag_leaf, 1}};
    YQ_ASSERT(part_n < YQ_ARRAY_N(all));
    for (size_t i = 0; i < part_n; i++) {
        all[i + 1] = part[i];
    }
    yq_hash(alg, all, part_n + 1, leaf->b);
}

void yq_merkle_node(uint32_t alg, const yq_digest *left, const yq_digest *right, yq_digest *node)
{
    yq_slice part[] = {{&tag_node, 1}, {left->b, YQ_DIGEST_SIZE}, {right->b, YQ_DIGEST_SIZE}};
    yq_hash(alg, part, YQ_ARRAY_N(part), node->b);
}

/* Replaces n digests by their parents; the last of an odd number moves up as it is. */
static size_t merge_level(uint32_t alg, yq_digest *digest, size_t n)
{
    size_t parents = 0;
    for (size_t i = 0; i + 1 < n; i += 2) {
        yq_merkle_node(alg, &digest[i], &digest[i + 1], &digest[parents++]);
    }
    if (n % 2 == 1) {
        digest[parents++] = digest[n - 1];
    }
    return parents;
}

void yq_merkle_root(uint32_t alg, yq_digest *leaf, size_t n, yq_digest *root)
{
    if (n == 0) {
        *root = (yq_digest){0};
        return;
    }
    while (n > 1) {
        n = merge_level(alg, leaf, n);
    }
    *root = leaf[0];
}

void yq_merkle_counted(uint32_t alg, uint64_t n, const yq_digest *root, yq_digest *counted)
{
    if (n == 0) {
        *counted = (yq_digest){0};
        return;
    }
    uint8_t count[8];
    for (unsigned i = 0; i < 8; i++) {
        count[i] = (uint8_t)(n >> (56 - 8 * i));
    }
    yq_slice part[] = {{&tag_counted, 1}, {count, sizeof count}, {root->b, YQ_DIGEST_SIZE}};
    yq_hash(alg, part, YQ_ARRAY_N(part), counted->b);
}

void yq_merkle_path(
    uint32_t alg, yq_digest *leaf, size_t n, size_t idx, yq_digest *path, size_t *path_n)
{
    YQ_ASSERT(idx < n);
    size_t used = 0;
    while (n > 1) {
        size_t sibling = idx ^ 1;
        if (sibling < n) {
            path[used++] = leaf[sibling];
        }
        n = merge_level(alg, leaf, n);
        idx /= 2;
    }
    *path_n = used;
}

/* The path's length: one sibling a level, but none where the node is the last of an odd number. */
static size_t path_size(uint64_t n, uint64_t idx)
{
    size_t size = 0;
    for (uint64_t last = n - 1; last > 0; last >>= 1, idx >>= 1) {
        size += (idx & 1) == 1 || idx < last;
    }
    return size;
}

yq_status yq_merkle_follow(
    uint32_t alg,
    uint64_t n,
    uint64_t idx,
    const yq_digest *leaf,
    const yq_digest *path,
    size_t path_n,
    yq_digest *root)
{
    if (idx >= n) {
        return YQ_E_PROOF_BOUNDS;
    }
    if (path_n != path_size(n, idx)) {
        return YQ_E_PROOF_DEPTH;
    }
    yq_digest node = *leaf;
    size_t used = 0;
    for (uint64_t last = n - 1; last > 0; last >>= 1, idx >>= 1) {
        if ((idx & 1) == 1) {
            yq_merkle_node(alg, &path[used++], &node, &node);
        } else if (idx < last) {
            yq_merkle_node(alg, &node, &path[used++], &node);
        }
    }
    *root = node;
    return YQ_OK;
}

yq_status yq_merkle_check(
    uint32_t alg,
    const yq_digest *root,
    uint64_t n,
    uint64_t idx,
    const yq_digest *leaf,
    const yq_digest *path,
    size_t path_n)
{
    if (yq_bytes_are_zero(root->b, sizeof root->b)) {
        return YQ_E_ZERO_ROOT;
    }
    yq_digest found;
    yq_status status = yq_merkle_follow(alg, n, idx, leaf, path, path_n, &found);
    if (status != YQ_OK) {
        return status;
    }
    return memcmp(found.b, root->b, sizeof found.b) == 0 ? YQ_OK : YQ_E_PROOF;
}

void yq_merkle_append(
    yq_merkle_peaks *peaks,
    uint32_t alg,
    const yq_digest *leaf,
    void (*keep)(void *self, unsigned level, uint64_t number, const yq_digest *node),
    void *self)
{
    YQ_ASSERT(peaks->n < UINT64_MAX);
    yq_digest node = *leaf;
    unsigned level = 0;
    if (keep != NULL) {
        keep(self, 0, peaks->n, &node);
    }
    for (; (peaks->n >> level & 1) == 1; level++) {
        yq_merkle_node(alg, &peaks->peak[level], &node, &node);
        if (keep != NULL) {
            keep(self, level + 1, peaks->n >> (level + 1), &node);
        }
    }
    peaks->peak[level] = node;
    peaks->n++;
}

void yq_merkle_peaks_root(const yq_merkle_peaks *peaks, uint32_t alg, yq_digest *root)
{
    *root = (yq_digest){0};
    int any = 0;
    for (unsigned level = 0; level < YQ_ARRAY_N(peaks->peak); level++) {
        if ((peaks->n >> level & 1) == 0) {
            continue;
        }
        if (any) {
            yq_merkle_node(alg, &peaks->peak[level], root, root);
        } else {
            *root = peaks->peak[level];
            any = 1;
        }
    }
}

/* The complete tree of level `level` that begins where the bits of n above it end. */
static uint64_t peak_number(uint64_t n, unsigned level)
{
    return (n >> level) - 1;
}

/* Root of the complete trees of n below level, as one sub-tree; they are not none. */
static int load_right(
    uint32_t alg,
    uint64_t n,
    unsigned level,
    int (*load)(void *self, unsigned level, uint64_t number, yq_digest *node),
    void *self,
    yq_digest *node)
{
    int any = 0;
    for (unsigned i = 0; i < level; i++) {
        if ((n >> i & 1) == 0) {
            continue;
        }
        yq_digest peak;
        if (!load(self, i, peak_number(n, i), &peak)) {
            return 0;
        }
        if (any) {
            yq_merkle_node(alg, &peak, node, node);
        } else {
            *node = peak;
            any = 1;
        }
    }
    return 1;
}

yq_status yq_merkle_stored_path(
    uint32_t alg,
    uint64_t n,
    uint64_t idx,
    int (*load)(void *self, unsigned level, uint64_t number, yq_digest *node),
    void *self,
    yq_digest *path,
    size_t *path_n)
{
    if (idx >= n) {
        return YQ_E_PROOF_BOUNDS;
    }
    /* idx and n agree above the bit of the complete tree that holds the leaf: there n has 1. */
    unsigned top = 63;
    while ((idx ^ n) >> top == 0) {
        top--;
    }
    size_t used = 0;
    for (unsigned level = 0; level < top; level++) {
        if (!load(self, level, (idx >> level) ^ 1, &path[used++])) {
            return YQ_E_NOT_FOUND;
        }
    }
    if ((n & ((UINT64_C(1) << top) - 1)) != 0) {
        if (!load_right(alg, n, top, load, self, &path[used++])) {
            return YQ_E_NOT_FOUND;
        }
    }
    for (unsigned level = top + 1; level < 64; level++) {
        if ((n >> level & 1) == 1 && !load(self, level, peak_number(n, level), &path[used++])) {
            return YQ_E_NOT_FOUND;
        }
    }
    *path_n = used;
    return YQ_OK;
}
