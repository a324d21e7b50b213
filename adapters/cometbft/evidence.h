#ifndef YQ_ADAPTERS_COMETBFT_EVIDENCE_H
#define YQ_ADAPTERS_COMETBFT_EVIDENCE_H

#include "relay/base/writer.h"
#include "relay/codec/json.h"

/*
 * Evidence for the light client of CometBFT (layouts: light-clients/cometbft/README.md), from what
 * nodes answer as JSON-RPC and from the messages of IBC's own clients. Nothing is checked beyond
 * the form: the light client judges. All writers are sticky; failures name the field.
 */

/* Writes a Header message. In: `header` of /commit, /block or /header. */
YQ_NODISCARD yq_status yq_comet_header_of_json(const yq_json *header, yq_writer *w, yq_fault *why);

/* Writes a Commit message; an absent vote is written as the chain does, whatever its fields say. */
YQ_NODISCARD yq_status yq_comet_commit_of_json(const yq_json *commit, yq_writer *w, yq_fault *why);

/*
 * Writes a set. In: an array of {pub_key: {type, value}, voting_power or power}; NULL writes an
 * empty set. sort: in the order of the chain's hash, power falling, then address rising (by the
 * address in the JSON). Errors: E_LIMIT above 1024 members.
 */
YQ_NODISCARD yq_status
yq_comet_set_of_json(const yq_json *validators, int sort, yq_writer *w, yq_fault *why);

/* The same from several pages of /validators. */
YQ_NODISCARD yq_status yq_comet_set_of_pages(
    const yq_json *const *page, size_t page_n, int sort, yq_writer *w, yq_fault *why);

/* Writes a step from {header, commit} and the two sets (trusted NULL: empty). */
YQ_NODISCARD yq_status yq_comet_step_of_json(
    uint64_t trusted_height,
    const yq_json *signed_header,
    const yq_json *validators,
    const yq_json *trusted,
    int sort,
    yq_writer *w,
    yq_fault *why);

/* Seconds and nanoseconds of an RFC 3339 text in UTC. Returns 0 if it is none. */
int yq_comet_time_of_text(yq_slice text, int64_t *seconds, uint32_t *nanos);

/* Writes a step from ibc.lightclients.tendermint.v1.Header. The trusted set is left out where it is
 * not needed: for the next height, and when it is the header's own. */
YQ_NODISCARD yq_status yq_comet_step_of_ibc(yq_slice message, yq_writer *w, yq_fault *why);

/* What an IBC client's state and consensus state say. Slices borrow. */
typedef struct yq_comet_ibc_client {
    yq_slice chain_id;
    uint64_t level_num, level_den;
    uint64_t trusting_ms, drift_ms;
    uint64_t height;
    int64_t seconds;
    uint32_t nanos;
    yq_slice root, next_validators;
} yq_comet_ibc_client;

YQ_NODISCARD yq_status yq_comet_ibc_client_decode(
    yq_slice client_state, yq_slice consensus_state, yq_comet_ibc_client *out, yq_fault *why);

/* Writes height, store and the two proofs of a MerkleProof {1 repeated CommitmentProof}, lowest
 * first, as value and event proofs end. */
YQ_NODISCARD yq_status yq_comet_store_proof_of_ibc(
    uint64_t height, yq_slice store, yq_slice merkle_proof, yq_writer *w, yq_fault *why);

/* ---- hash.c ---- */

/* The hash of a Header message: what its commit has to name. Errors: decode codes,
 * E_FIELD_UNKNOWN. */
YQ_NODISCARD yq_status yq_comet_header_hash(yq_slice message, yq_digest *out, yq_fault *why);

#endif /* YQ_ADAPTERS_COMETBFT_EVIDENCE_H */
