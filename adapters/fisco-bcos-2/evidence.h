#ifndef YQ_ADAPTERS_FISCO_BCOS_2_EVIDENCE_H
#define YQ_ADAPTERS_FISCO_BCOS_2_EVIDENCE_H

/*
 * From what a FISCO BCOS 2 node says in JSON to the bytes that the light client reads
 * (light-clients/fisco-bcos-2/README.md). Values are the "result" of a reply. Writers append to out
 * (p, cap lent by the caller; n grows) and give E_NOSPC when it is too small; what cannot be read
 * is E_FIELD_MISSING or E_TYPE with the key's name; what does not hash to its stated hash is
 * E_HASH. Nothing here judges: signatures, quorum and roots are the light client's.
 */
#include "yuqiao/types.h"

#include "relay/codec/json.h"

#define YQ_FISCO2_SUITE_SM     1u
#define YQ_FISCO2_SUITE_KECCAK 3u
#define YQ_FISCO2_HEADER_MAX   (64u << 10)
#define YQ_FISCO2_BLOCK_TX_MAX 65536u

typedef struct yq_fisco2_profile {
    uint8_t suite;         /* YQ_FISCO2_SUITE_* */
    uint8_t receipt_items; /* 8 from supported version 2.9.0 on, else 7 */
    uint64_t chain_id;
    uint32_t group_id;
} yq_fisco2_profile;

/* Reads a getClientVersion result: suite ("gm" in the version), items of a receipt, chain id.
 * Errors: E_VERSION for a supported version that is not 2.x, or below 2.2.0. */
YQ_NODISCARD yq_status yq_fisco2_profile_of(
    const yq_json *client_version, uint32_t group_id, yq_fisco2_profile *out, yq_fault *why);

/* The suite whose hash of the header is the stated one; 0 when neither is. */
uint8_t yq_fisco2_suite_of(const yq_json *block);

/* The hash of the suite. */
uint32_t yq_fisco2_profile_hash(const yq_fisco2_profile *profile);

/* Appends a header's RLP, from a getBlockByNumber or getBlockHeaderByNumber result. Out: hash. */
YQ_NODISCARD yq_status yq_fisco2_header_rlp(
    const yq_fisco2_profile *profile,
    const yq_json *block,
    yq_buf *out,
    yq_digest *hash,
    yq_fault *why);

/* Appends a transaction's RLP as hashed. Out: hash. */
YQ_NODISCARD yq_status yq_fisco2_tx_rlp(
    const yq_fisco2_profile *profile,
    const yq_json *tx,
    yq_buf *out,
    yq_digest *hash,
    yq_fault *why);

/* Appends a receipt's RLP as hashed, from a getTransactionReceipt result. Out: hash, which nothing
 * in the JSON states. */
YQ_NODISCARD yq_status yq_fisco2_receipt_rlp(
    const yq_fisco2_profile *profile,
    const yq_json *receipt,
    yq_buf *out,
    yq_digest *hash,
    yq_fault *why);

/* Appends a path from a txProof or receiptProof list. Errors: also E_PROOF_NONCANONICAL when a leaf
 * does not carry its index, E_PROOF_BOUNDS, E_PROOF_DEPTH. */
YQ_NODISCARD yq_status
yq_fisco2_path_of_json(const yq_json *levels, uint32_t index, yq_buf *out, yq_fault *why);

/* Appends the path of object index of n, from all objects' hashes; overwrites hash[]. Out: root, if
 * not NULL. Errors: E_PROOF_BOUNDS, E_NOSPC. */
YQ_NODISCARD yq_status yq_fisco2_path_of_hashes(
    uint32_t alg, yq_digest *hash, size_t n, uint32_t index, yq_buf *out, yq_digest *root);

/* A transaction with its receipt, and where their paths come from: lists of the node, or already
 * written. */
typedef struct yq_fisco2_inclusion_json {
    const yq_json *tx, *receipt;             /* receipt may lack nothing that is hashed */
    const yq_json *tx_proof, *receipt_proof; /* NULL: the slices below */
    yq_slice tx_path, receipt_path;
} yq_fisco2_inclusion_json;

/* Appends an anchor of a block or header (the genesis as a rule). */
YQ_NODISCARD yq_status yq_fisco2_anchor_of_json(
    const yq_fisco2_profile *profile, const yq_json *block, yq_buf *out, yq_fault *why);

/* Appends an inclusion: index, transaction, path, receipt, path. */
YQ_NODISCARD yq_status yq_fisco2_inclusion_of_json(
    const yq_fisco2_profile *profile,
    const yq_fisco2_inclusion_json *in,
    yq_buf *out,
    yq_fault *why);

/* Appends an update's evidence from one block or header, whose signatures are taken as they stand,
 * with the set changes of the block before. */
YQ_NODISCARD yq_status yq_fisco2_update_of_json(
    const yq_fisco2_profile *profile,
    const yq_json *block,
    const yq_fisco2_inclusion_json *change,
    size_t change_n,
    yq_buf *out,
    yq_fault *why);

/*
 * Appends an update's evidence from one block as several nodes have it (E_SOURCE_DISAGREE when
 * their hashes differ): signatures are gathered from all, each signer's first good one; bad ones
 * are left out. In: changes, change_n inclusions already written. Cost: a verification a signature.
 */
YQ_NODISCARD yq_status yq_fisco2_update_gather(
    const yq_fisco2_profile *profile,
    const yq_json *const *block,
    size_t block_n,
    yq_slice changes,
    size_t change_n,
    yq_buf *out,
    yq_fault *why);

/* Appends an event proof of a log of the receipt. */
YQ_NODISCARD yq_status yq_fisco2_event_of_json(
    const yq_fisco2_profile *profile,
    uint64_t number,
    const yq_fisco2_inclusion_json *in,
    uint32_t log_idx,
    yq_buf *out,
    yq_fault *why);

/* Appends one header with its signatures, as it stands in misbehaviour evidence. */
YQ_NODISCARD yq_status yq_fisco2_signed_header_of_json(
    const yq_fisco2_profile *profile, const yq_json *block, yq_buf *out, yq_fault *why);

/* Returns 1 when a transaction is a call of the consensus contract, and so may change the set. */
int yq_fisco2_is_set_change(const yq_json *tx);

/* Returns 1 when a receipt says that such a call did something: status 0 and output 1. */
int yq_fisco2_set_changed(const yq_json *receipt);

/* Reads "transactionIndex". Errors: E_FIELD_MISSING, E_PROOF_BOUNDS. */
YQ_NODISCARD yq_status yq_fisco2_index_of(const yq_json *object, uint32_t *index, yq_fault *why);

#endif /* YQ_ADAPTERS_FISCO_BCOS_2_EVIDENCE_H */
