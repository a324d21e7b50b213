#ifndef YQ_ADAPTERS_CHAINMAKER_EVIDENCE_H
#define YQ_ADAPTERS_CHAINMAKER_EVIDENCE_H

/*
 * From what a node sends to the bytes that the light client reads
 * (light-clients/chainmaker/README.md). Writers append; E_NOSPC is the writer's. Quorum and roots
 * are the light client's to judge.
 */
#include "adapters/chainmaker/signer.h"
#include "adapters/chainmaker/wire.h"

#define YQ_CMA_LAYOUT      1u
#define YQ_CMA_INVALID_MAX 256u
#define YQ_CMA_LEVELS_MAX  17u

typedef struct yq_cma_node {
    size_t id_n;
    char id[YQ_CMA_NODE_MAX];
    yq_cma_signer signer; /* scheme YQ_CMA_UNKNOWN: its votes cannot be counted */
} yq_cma_node;

/* The nodes that vote, by id. */
typedef struct yq_cma_set {
    size_t n;
    yq_cma_node node[YQ_CMA_NODES_MAX];
} yq_cma_set;

/* The place of an id, set->n when it is not there. */
size_t yq_cma_set_find(const yq_cma_set *set, yq_slice id);
/* floor(2n/3) + 1 */
size_t yq_cma_quorum(size_t n);

/* The votes for one header: one of each node. Slices borrow. */
typedef struct yq_cma_votes {
    uint32_t round;
    size_t n;
    struct {
        int is_there;
        yq_slice invalid;
        uint8_t rs[64];
    } of[YQ_CMA_NODES_MAX];
} yq_cma_votes;

/*
 * Adds good votes out of a VoteSet for a header's hash: precommits of known nodes in one round,
 * each node's first; what does not verify is left out. The first call sets the round. Cost: a
 * verification a vote that is not there yet.
 */
void yq_cma_votes_add(
    const yq_cma_set *set,
    uint64_t height,
    const yq_digest *hash,
    yq_slice vote_set,
    yq_cma_votes *out);

/* The hash of a header in the chain's hash alg. In: room for the header. Errors: E_NOSPC. */
YQ_NODISCARD yq_status
yq_cma_header_hash(uint32_t alg, yq_slice header, yq_buf room, yq_digest *hash);

/* An update: config is the configuration transaction as hashed, empty in other blocks. */
void yq_cma_update_put(yq_slice header, const yq_cma_votes *votes, yq_slice config, yq_writer *w);

/* An anchor. */
void yq_cma_anchor_put(
    uint8_t alg,
    const yq_digest *hash,
    const yq_cma_header *header,
    const yq_cma_set *set,
    yq_writer *w);

/* ---- tree.c ---- */

/* A block's tree: the levels one behind the other, leaves first. */
typedef struct yq_cma_tree {
    uint32_t alg;
    size_t n; /* leaves */
    yq_digest *node;
} yq_cma_tree;

/* Nodes that a tree of n leaves has. */
size_t yq_cma_tree_size(size_t n);
/* Makes the levels above the leaves, node[0..n). Returns the root, zero for no leaves. */
yq_digest yq_cma_tree_make(const yq_cma_tree *tree);
/* Writes the path of leaf index: u8 count, siblings from the leaf upwards. */
void yq_cma_path_put(const yq_cma_tree *tree, size_t index, yq_writer *w);

/* The proof of an event: tx as hashed. */
void yq_cma_event_put(
    uint64_t height,
    const yq_cma_tree *tree,
    size_t index,
    yq_slice tx,
    uint32_t event_idx,
    yq_writer *w);

#endif /* YQ_ADAPTERS_CHAINMAKER_EVIDENCE_H */
