#include "adapters/chainmaker/evidence.h"
#include "relay/base/bytes.h"

size_t yq_cma_tree_size(size_t n)
{
    size_t size = n;
    while (n > 1) {
        n = (n + 1) / 2;
        size += n;
    }
    return size;
}

/* A node without a right one beside it is hashed with itself. */
yq_digest yq_cma_tree_make(const yq_cma_tree *tree)
{
    yq_digest *level = tree->node;
    size_t n = tree->n;
    while (n > 1) {
        yq_digest *above = level + n;
        for (size_t i = 0; i < n; i += 2) {
            const yq_digest *right = &level[i + 1 < n ? i + 1 : i];
            const yq_slice part[] = {YQ_SLICE_OF(level[i].b), YQ_SLICE_OF(right->b)};
            yq_hash(tree->alg, part, YQ_ARRAY_N(part), above[i / 2].b);
        }
        level = above;
        n = (n + 1) / 2;
    }
    const yq_digest none = {{0}};
    return n == 0 ? none : *level;
}

void yq_cma_path_put(const yq_cma_tree *tree, size_t index, yq_writer *w)
{
    const yq_digest *level = tree->node, *sibling[YQ_CMA_LEVELS_MAX];
    uint8_t depth = 0;
    for (size_t n = tree->n; n > 1; n = (n + 1) / 2) {
        if ((index ^ 1) < n) {
            sibling[depth++] = &level[index ^ 1];
        }
        level += n;
        index /= 2;
    }
    yq_put_u8(w, depth);
    for (uint8_t i = 0; i < depth; i++) {
        yq_put_bytes(w, sibling[i]->b, sizeof sibling[i]->b);
    }
}

void yq_cma_event_put(
    uint64_t height,
    const yq_cma_tree *tree,
    size_t index,
    yq_slice tx,
    uint32_t event_idx,
    yq_writer *w)
{
    yq_put_u8(w, YQ_CMA_LAYOUT);
    yq_put_u64(w, height);
    yq_put_u32(w, (uint32_t)index);
    yq_cma_path_put(tree, index, w);
    yq_put_blob32(w, tx);
    yq_put_u32(w, event_idx);
}
