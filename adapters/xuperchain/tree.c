#include "adapters/xuperchain/evidence.h"
#include "relay/base/bytes.h"

yq_digest yq_xua_hash(const yq_slice *part, size_t n)
{
    yq_digest once = {{0}}, md = {{0}};
    yq_hash(YQ_HASH_SHA256, part, n, once.b);
    yq_hash_one(YQ_HASH_SHA256, YQ_SLICE_OF(once.b), md.b);
    return md;
}

size_t yq_xua_tree_size(size_t n)
{
    size_t size = n;
    while (n > 1) {
        n = (n + 1) / 2;
        size += n;
    }
    return size;
}

/* A node without a right one beside it is hashed with itself. */
yq_digest yq_xua_tree_make(const yq_xua_tree *tree)
{
    yq_digest *level = tree->node;
    size_t n = tree->n;
    while (n > 1) {
        yq_digest *above = level + n;
        for (size_t i = 0; i < n; i += 2) {
            const yq_digest *right = &level[i + 1 < n ? i + 1 : i];
            const yq_slice part[] = {YQ_SLICE_OF(level[i].b), YQ_SLICE_OF(right->b)};
            above[i / 2] = yq_xua_hash(part, YQ_ARRAY_N(part));
        }
        level = above;
        n = (n + 1) / 2;
    }
    const yq_digest none = {{0}};
    return n == 0 ? none : *level;
}

void yq_xua_path_put(const yq_xua_tree *tree, size_t index, yq_writer *w)
{
    const yq_digest *level = tree->node, *sibling[YQ_XUA_LEVELS_MAX];
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

void yq_xua_write_put(
    uint64_t height,
    const yq_xua_tree *tree,
    size_t place,
    yq_slice tx,
    uint32_t number,
    yq_writer *w)
{
    yq_put_u64(w, height);
    yq_put_u32(w, (uint32_t)place);
    yq_xua_path_put(tree, place, w);
    yq_put_blob32(w, tx);
    yq_put_u32(w, number);
}

size_t yq_xua_write_size(yq_slice tx)
{
    return tx.n + 32 + (size_t)YQ_XUA_LEVELS_MAX * YQ_DIGEST_SIZE;
}
