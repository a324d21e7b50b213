#ifndef YQ_RELAY_HUB_OUTBOX_H
#define YQ_RELAY_HUB_OUTBOX_H

#include "relay/hub/chain.h"

/* Per destination one append-only tree of commitments in the destination's hash. */
typedef enum yq_leaf_role {
    YQ_LEAF_INVALID = 0,
    YQ_LEAF_PACKET = 1,   /* the message itself */
    YQ_LEAF_CANCEL = 2,   /* its cancel */
    YQ_LEAF_ACK = 3,      /* its acknowledgement, at the source */
    YQ_LEAF_DECISION = 5, /* commit or undo of a group's member */
    YQ_LEAF_CONTROL = 4,  /* of no message: HALT or RESUME */
} yq_leaf_role;

typedef struct yq_leaf {
    yq_digest commitment;
    uint8_t role;   /* yq_leaf_role */
    uint8_t status; /* yq_done_status; 0: not done */
    uint32_t code;
    yq_digest message; /* whose leaf it is; of a control packet zero */
} yq_leaf;

int yq_leaf_load(yq_hub *hub, yq_slice chain, uint64_t index, yq_leaf *out);

/* Appends a packet for a destination. Out: index, commitment. Errors: E_LIMIT, E_RANGE for a packet
 * that no layout holds. */
YQ_NODISCARD yq_status yq_outbox_append(
    yq_hub *hub,
    const yq_chain *destination,
    const yq_packet *packet,
    yq_leaf_role role,
    const yq_digest *message,
    uint64_t *index,
    yq_digest *commitment);

/* The first proven DONE of a leaf: keeps its status for ever, forgets the packet, prunes. */
void yq_outbox_done(
    yq_hub *hub, yq_slice chain, uint64_t index, yq_leaf *leaf, uint8_t status, uint32_t code);

/* Size and root of a destination's tree in its hash. Returns 0 when it has none. */
int yq_outbox_root(yq_hub *hub, yq_slice chain, uint32_t alg, yq_outbox_view *out);

/* Audit path of a leaf that is not done, at the present size. Out: path of at most
 * YQ_PROOF_DEPTH_MAX. Errors: E_PROOF_BOUNDS, E_NOT_FOUND. */
YQ_NODISCARD yq_status yq_outbox_path(
    yq_hub *hub,
    yq_slice chain,
    uint64_t size,
    uint64_t index,
    uint32_t alg,
    yq_digest *path,
    size_t *path_n);

/* Open indices from `from` on that are delivered before all others, ascending. Returns their count,
 * at most cap. */
size_t yq_outbox_first(yq_hub *hub, yq_slice chain, uint64_t from, uint64_t *index, size_t cap);

/* The packet of an index that is not done. */
int yq_outbox_packet(yq_hub *hub, yq_slice chain, uint64_t index, yq_slice *bytes);

/* All destinations that have a leaf, sorted by chain id. Out: list in the arena. */
YQ_NODISCARD yq_status yq_outbox_destinations(yq_hub *hub, yq_destination **list, size_t *n);

/* The export tree's leaves of a suite among the destinations. Out: leaf, of which room for n is
 * lent; idx of chain among them (SIZE_MAX: not there). Returns their count. */
size_t yq_export_leaves(
    const yq_destination *list,
    size_t n,
    uint8_t suite,
    yq_slice chain,
    yq_digest *leaf,
    size_t *idx);

/* The hash that a suite's export tree and its destinations use; 0 for an unknown suite. */
uint32_t yq_suite_hash(uint8_t suite);

#endif /* YQ_RELAY_HUB_OUTBOX_H */
