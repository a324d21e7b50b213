#ifndef YQ_ADAPTERS_FABRIC_EVIDENCE_H
#define YQ_ADAPTERS_FABRIC_EVIDENCE_H

#include "yuqiao/types.h"

/*
 * From Fabric's own bytes to what the light client "fabric" takes: the layouts of
 * light-clients/fabric/README.md. Nothing is judged here; slices borrow from the input. All
 * functions are pure.
 */

/* A serialized common.Block, unfolded. */
typedef struct yq_fabric_raw_block {
    uint64_t number;
    yq_slice previous_hash, data_hash;
    yq_slice signatures; /* metadata[0] */
    yq_slice flags;      /* metadata[2] */
    yq_slice data;       /* BlockData: for yq_fabric_raw_next */
    size_t n;            /* elements */
} yq_fabric_raw_block;

/* Reads a block. Errors: decode codes. */
YQ_NODISCARD yq_status
yq_fabric_raw_block_decode(yq_slice raw, yq_fabric_raw_block *block, yq_fault *why);

/* As block_decode for number, previous_hash and data_hash only: the data may be missing. */
YQ_NODISCARD yq_status
yq_fabric_raw_header_decode(yq_slice raw, yq_fabric_raw_block *block, yq_fault *why);

/* Walks the elements of a block; *at starts at 0. Returns 0 at the end. */
int yq_fabric_raw_next(const yq_fabric_raw_block *block, size_t *at, yq_slice *element);

/* Upper bound of what yq_fabric_raw_update appends. */
size_t yq_fabric_raw_update_size(const yq_fabric_raw_block *block);

/* Appends the layout of a block: an update's evidence, and a part of the anchor and of
 * misbehaviour. Errors: E_NOSPC. */
YQ_NODISCARD yq_status yq_fabric_raw_update(const yq_fabric_raw_block *block, yq_buf *out);

/* A chaincode that the client is to follow; names in ascending order of bytes. */
typedef struct yq_fabric_registration {
    yq_slice name;
    yq_slice path; /* of its channel policy; empty: rule counts */
    yq_slice rule; /* SignaturePolicyEnvelope */
    int sequence_known;
    uint64_t sequence_block;
    uint32_t sequence_tx;
    uint32_t keys;
} yq_fabric_registration;

/* Appends an anchor. In: block is the genesis or another config block. Errors: E_NOSPC, E_RANGE (a
 * field that the layout cannot hold, or names out of order). */
YQ_NODISCARD yq_status yq_fabric_raw_anchor(
    yq_slice channel,
    const yq_fabric_registration *registration,
    size_t n,
    const yq_fabric_raw_block *block,
    yq_buf *out);

/* As raw_anchor, with the next block in layout 2, from which the client finds out the dialect;
 * sample NULL: layout 1. */
YQ_NODISCARD yq_status yq_fabric_raw_sampled_anchor(
    yq_slice channel,
    const yq_fabric_registration *registration,
    size_t n,
    const yq_fabric_raw_block *block,
    const yq_fabric_raw_block *sample,
    yq_buf *out);

/* Appends the proof of the event of a transaction. Errors: E_NOSPC. */
YQ_NODISCARD yq_status
yq_fabric_raw_proof(uint64_t number, uint32_t index, yq_slice element, yq_buf *out);
#define YQ_FABRIC_RAW_PROOF_OVERHEAD 17u

/* Appends evidence of misbehaviour: two blocks in their layout. Errors: E_NOSPC. */
YQ_NODISCARD yq_status yq_fabric_raw_misbehaviour(yq_slice a, yq_slice b, yq_buf *out);

/* What an element says of itself. */
typedef struct yq_fabric_raw_tx {
    uint32_t type; /* 1 CONFIG, 3 ENDORSER_TRANSACTION; 0: cannot be read */
    yq_slice channel, tx_id;
    yq_slice chaincode; /* the one that was called */
    int has_event;
    yq_slice event_name, event_payload;
    yq_slice config; /* of a CONFIG: its Config */
} yq_fabric_raw_tx;

/* Reads an element as far as it can be read. */
void yq_fabric_raw_tx_decode(yq_slice element, yq_fabric_raw_tx *tx);

/* What preflight looks at in a Config. */
typedef struct yq_fabric_raw_config {
    uint64_t sequence;
    yq_slice consensus;                               /* "etcdraft", "BFT" */
    size_t consenter_n;                               /* of BFT */
    uint64_t absolute_max_bytes, preferred_max_bytes; /* BatchSize */
} yq_fabric_raw_config;
void yq_fabric_raw_config_decode(yq_slice config, yq_fabric_raw_config *out);

#endif /* YQ_ADAPTERS_FABRIC_EVIDENCE_H */
