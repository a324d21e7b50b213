#ifndef YQ_RELAY_LEDGER_RESULT_H
#define YQ_RELAY_LEDGER_RESULT_H

#include "relay/bft/types.h"

/*
 * What a block did, as bytes and as proofs. Needs no database (target yq_envelope). Leaf 0 of a
 * block's results is the block's own, time-driven work; leaf i is its transaction i - 1 counted
 * over all envelopes. results_root is the counted root (merkle.h) over H(0x00 || leaf bytes).
 */

/* Out: result_root, whose preimage (bft/types.h) they are. */
void yq_block_roots_hash(uint32_t alg, const yq_block_roots *roots, yq_digest *result_root);

/* One event as it stands in a result: u16 kind, blob16 subject, u64 value. */
typedef struct yq_result_event {
    uint16_t kind; /* yq_hub_event_kind */
    yq_slice subject;
    uint64_t value;
} yq_result_event;

/* One result: u32 index, b32 tx id (zero for leaf 0), i32 code, blob32 data, u16 n, n events. */
typedef struct yq_result {
    uint32_t index;
    yq_digest tx_id;
    int32_t code; /* a yq_status */
    yq_slice data;
    uint16_t event_n;
    yq_slice events; /* event_n of them, encoded */
} yq_result;
#define YQ_RESULT_DATA_MAX    (1u << 20)
#define YQ_RESULT_SUBJECT_MAX 512u

/* Out: result, which borrows from in. Errors: decode codes. */
YQ_NODISCARD yq_status yq_result_decode(yq_slice in, yq_result *result, yq_fault *why);
void yq_result_put(yq_writer *w, const yq_result *result);
void yq_result_event_put(yq_writer *w, const yq_result_event *event);
/* Walks result->events: *pos starts at 0. Returns 0 at the end. */
int yq_result_event_next(const yq_result *result, size_t *pos, yq_result_event *event);

/* A path from a result to results_root: u64 n, u64 idx, u8 path_n, b32 x path_n. */
typedef struct yq_result_proof {
    uint64_t n, idx;
    size_t path_n;
    yq_digest path[YQ_PROOF_DEPTH_MAX];
} yq_result_proof;

void yq_result_proof_put(yq_writer *w, const yq_result_proof *proof);
YQ_NODISCARD yq_status yq_result_proof_decode(yq_slice in, yq_result_proof *proof, yq_fault *why);

/* Returns OK when leaf (bytes of a result) is proven to be under results_root. Errors: E_ZERO_ROOT,
 * E_PROOF_BOUNDS, E_PROOF_DEPTH, E_PROOF. */
YQ_NODISCARD yq_status yq_result_check(
    uint32_t alg, const yq_digest *results_root, yq_slice leaf, const yq_result_proof *proof);

#endif /* YQ_RELAY_LEDGER_RESULT_H */
