#include "relay/crypto/state_subtree.h"

#include "relay/base/assert.h"
#include "relay/base/bytes.h"

/* A lone leaf stands at whatever depth: it takes its parent's place. */
static void join(
    uint32_t alg,
    const yq_state_subtree *left,
    const yq_state_subtree *right,
    yq_state_subtree *out)
{
    yq_state_subtree above = {.kind = YQ_STATE_NODE_INNER};
    if (left->kind == YQ_STATE_NODE_EMPTY && right->kind != YQ_STATE_NODE_INNER) {
        *out = *right;
    } else if (right->kind == YQ_STATE_NODE_EMPTY && left->kind != YQ_STATE_NODE_INNER) {
        *out = *left;
    } else {
        yq_state_node(alg, &left->hash, &right->hash, &above.hash);
        *out = above;
    }
}

/* From depth `from` up to depth `to` along the path, with nothing beside it. */
static void lift(
    uint32_t alg, const yq_digest *path, unsigned from, unsigned to, yq_state_subtree *node)
{
    static const yq_state_subtree empty;
    for (unsigned depth = from; node->kind == YQ_STATE_NODE_INNER && depth > to; depth--) {
        int is_right = yq_state_bit(path, depth - 1) != 0;
        join(alg, is_right ? &empty : node, is_right ? node : &empty, node);
    }
}

/* How many bits two paths that differ have in common. */
static unsigned common_bits(const yq_digest *a, const yq_digest *b)
{
    unsigned i = 0;
    while (i < YQ_STATE_DEPTH_MAX && yq_state_bit(a, i) == yq_state_bit(b, i)) {
        i++;
    }
    YQ_ASSERT(i < YQ_STATE_DEPTH_MAX);
    return i;
}

/* Subtrees from the left that wait for what stands to their right. */
typedef struct pending {
    const yq_digest *path; /* of one of its leaves */
    yq_state_subtree node;
    unsigned depth;  /* of node */
    unsigned common; /* bits that it has in common with the pending one to the left of it */
} pending;

/* The newest two become one, where their paths part. */
static size_t join_newest(uint32_t alg, pending *stack, size_t n)
{
    pending *left = &stack[n - 2], *right = &stack[n - 1];
    unsigned at = right->common;
    lift(alg, left->path, left->depth, at + 1, &left->node);
    lift(alg, right->path, right->depth, at + 1, &right->node);
    join(alg, &left->node, &right->node, &left->node);
    left->depth = at;
    return n - 1;
}

void yq_state_subtree_of(
    uint32_t alg, const yq_state_leaf_entry *leaf, size_t n, unsigned depth, yq_state_subtree *out)
{
    pending stack[YQ_STATE_DEPTH_MAX + 2] = {{0}};
    size_t held = 0;
    *out = (yq_state_subtree){0};
    for (size_t i = 0; i < n; i++) {
        unsigned common = i == 0 ? depth : common_bits(&leaf[i - 1].path, &leaf[i].path);
        YQ_ASSERT(common >= depth);
        while (held >= 2 && stack[held - 1].common > common) {
            held = join_newest(alg, stack, held);
        }
        YQ_ASSERT(held < YQ_ARRAY_N(stack));
        stack[held++] = (pending){
            .path = &leaf[i].path,
            .node = {YQ_STATE_NODE_LEAF, leaf[i].leaf},
            .depth = YQ_STATE_DEPTH_MAX,
            .common = common,
        };
    }
    while (held >= 2) {
        held = join_newest(alg, stack, held);
    }
    if (held == 1) {
        lift(alg, stack[0].path, stack[0].depth, depth, &stack[0].node);
        *out = stack[0].node;
    }
}

void yq_state_subtree_above(
    uint32_t alg, const yq_state_subtree child[YQ_STATE_FANOUT], yq_state_subtree *out)
{
    yq_state_subtree level[YQ_STATE_FANOUT];
    memcpy(level, child, sizeof level);
    for (size_t n = YQ_STATE_FANOUT; n > 1; n /= 2) {
        for (size_t i = 0; i < n / 2; i++) {
            yq_state_subtree above;
            join(alg, &level[2 * i], &level[2 * i + 1], &above);
            level[i] = above;
        }
    }
    *out = level[0];
}
