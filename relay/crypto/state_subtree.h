#ifndef YQ_RELAY_CRYPTO_STATE_SUBTREE_H
#define YQ_RELAY_CRYPTO_STATE_SUBTREE_H

#include "relay/crypto/state_proof.h"

/*
 * Parts of the state tree of state_proof.h: what stands at one place of it, computed from its
 * leaves or from the sixteen places four levels below. With these a part of a state is checked
 * without the rest.
 */
#define YQ_STATE_FANOUT  16u /* places four levels below one */
#define YQ_STATE_NIBBLES (YQ_STATE_DEPTH_MAX / 4)

typedef enum yq_state_node_kind {
    YQ_STATE_NODE_EMPTY = 0,
    YQ_STATE_NODE_LEAF = 1,
    YQ_STATE_NODE_INNER = 2, /* two leaves or more below it */
} yq_state_node_kind;

/* What stands at a place. hash is zero for EMPTY. */
typedef struct yq_state_subtree {
    uint8_t kind; /* yq_state_node_kind */
    yq_digest hash;
} yq_state_subtree;

typedef struct yq_state_leaf_entry {
    yq_digest path, leaf; /* leaf as of yq_state_leaf */
} yq_state_leaf_entry;

/*
 * What stands at depth (in bits) when these are all leaves below it. Out: out. In: leaf[0..n)
 * ascending by path, no two equal, all with the same first depth bits. Cost: about one hash a leaf,
 * and one for each level by which two of them agree.
 */
void yq_state_subtree_of(
    uint32_t alg, const yq_state_leaf_entry *leaf, size_t n, unsigned depth, yq_state_subtree *out);

/* What stands above these, four levels up. In: child[i] is that of the path's next four bits i. */
void yq_state_subtree_above(
    uint32_t alg, const yq_state_subtree child[YQ_STATE_FANOUT], yq_state_subtree *out);

#endif /* YQ_RELAY_CRYPTO_STATE_SUBTREE_H */
