#ifndef YQ_ADAPTERS_FISCO_BCOS_3_EVIDENCE_H
#define YQ_ADAPTERS_FISCO_BCOS_3_EVIDENCE_H

/*
 * From what a FISCO BCOS 3 node says in JSON to the bytes that the light client reads
 * (light-clients/fisco-bcos-3/README.md). Values are the "result" of a reply. Writers append to out
 * (p, cap lent by the caller; n grows, and stays after a failure) and give E_NOSPC when it is too
 * small; what cannot be read is E_FIELD_MISSING, E_TYPE, E_LEN or E_RANGE with the key's name; what
 * does not hash to its stated hash is E_HASH. Nothing here judges: quorum and roots are the light
 * client's.
 */
#include "yuqiao/types.h"

#include "relay/codec/json.h"

#define YQ_BCOS3_SUITE_SM            1u
#define YQ_BCOS3_SUITE_KECCAK        3u
#define YQ_BCOS3_NAME_MAX            32u
#define YQ_BCOS3_SEALERS_MAX         200u
#define YQ_BCOS3_OPERATORS_MAX       16u
#define YQ_BCOS3_CHANGES_MAX         64u
#define YQ_BCOS3_STEPS_MAX           24u
#define YQ_BCOS3_LOGS_MAX            64u
#define YQ_BCOS3_BLOCK_TX_MAX        65536u
#define YQ_BCOS3_FLAT_MAX            72u /* elements: 3 a step */
#define YQ_BCOS3_HEADER_MAX          (64u << 10)
#define YQ_BCOS3_RECEIPT_VERSION_MAX 2u
#define YQ_BCOS3_VERSION_MIN         UINT32_C(0x03010000)
#define YQ_BCOS3_VERSION_MAX         UINT32_C(0x0310ffff)
#define YQ_BCOS3_VERSION_TX_1        UINT32_C(0x03060000) /* takes transactions of version 1 */
#define YQ_BCOS3_CONSENSUS_TEXT      "0x0000000000000000000000000000000000001003"

typedef struct yq_bcos3_profile {
    uint8_t suite; /* YQ_BCOS3_SUITE_* */
    char chain[YQ_BCOS3_NAME_MAX + 1], group[YQ_BCOS3_NAME_MAX + 1];
    int wasm, auth_check;
} yq_bcos3_profile;

/* Reads a getGroupInfo result: names, suite, kind of contracts. Errors: E_FIELD_MISSING, E_LIMIT
 * (a name of more than 32 bytes). */
YQ_NODISCARD yq_status
yq_bcos3_profile_of(const yq_json *group_info, yq_bcos3_profile *out, yq_fault *why);

/* Reads a compatibility version, "3.3.0". Returns 0 if it is none. */
uint32_t yq_bcos3_version_of(yq_slice text);

/* The hash of the suite. */
uint32_t yq_bcos3_hash_alg(const yq_bcos3_profile *profile);

/* ---- hashes, from all that a node shows. In: room to write what is hashed. ---- */

/* Errors: E_HASH when it is not the stated one. */
YQ_NODISCARD yq_status yq_bcos3_header_hash(
    const yq_bcos3_profile *profile,
    const yq_json *block,
    yq_buf room,
    yq_digest *hash,
    yq_fault *why);

/* Out: nonce_is_hex, whether the node shows the nonce's bytes as hex (from 3.3 on) or as they are.
 * Errors: E_HASH when neither gives the stated hash. */
YQ_NODISCARD yq_status yq_bcos3_tx_hash(
    const yq_bcos3_profile *profile,
    const yq_json *tx,
    yq_buf room,
    int *nonce_is_hex,
    yq_digest *hash,
    yq_fault *why);

/* Does not compare: older nodes state no hash of a receipt. */
YQ_NODISCARD yq_status yq_bcos3_receipt_hash(
    const yq_bcos3_profile *profile,
    const yq_json *receipt,
    yq_buf room,
    yq_digest *hash,
    yq_fault *why);

/* ---- path.c ---- */

/* The path of an object of a block, of its transactions and its receipts together. */
typedef struct yq_bcos3_step {
    uint8_t kind; /* 1 the own node is the left one, 2 the right one, 3 alone */
    yq_digest other[2];
} yq_bcos3_step;

typedef struct yq_bcos3_path {
    uint8_t n;
    yq_bcos3_step step[YQ_BCOS3_STEPS_MAX];
} yq_bcos3_path;

/* Root of n hashes; overwrites them. In: n > 0. */
yq_digest yq_bcos3_root(uint32_t alg, yq_digest *hash, size_t n);

/* Out: the path of object index of n, from all hashes of the one tree (which 0: transactions, 1:
 * receipts); overwrites them. Errors: E_PROOF_BOUNDS. */
YQ_NODISCARD yq_status yq_bcos3_path_of_hashes(
    uint32_t alg, yq_digest *hash, size_t n, size_t index, size_t which, yq_bcos3_path *out);

/* Out: the path from the flat proofs that nodes give: "txProof" and "txReceiptProof". In: leaf, the
 * transaction's hash. Errors: E_PROOF_NONCANONICAL, E_PROOF_DEPTH, E_PROOF (the leaf is not in it).
 */
YQ_NODISCARD yq_status yq_bcos3_path_of_json(
    uint32_t alg,
    const yq_json *tx_proof,
    const yq_json *receipt_proof,
    const yq_digest *leaf,
    yq_bcos3_path *out,
    yq_fault *why);

/* ---- assemble.c: what the light client reads ---- */

/* A transaction with its receipt and their path. */
typedef struct yq_bcos3_inclusion {
    const yq_json *tx, *receipt;
    const yq_bcos3_path *path;
    int nonce_is_hex;
} yq_bcos3_inclusion;

YQ_NODISCARD yq_status
yq_bcos3_inclusion_put(const yq_bcos3_inclusion *in, yq_buf *out, yq_fault *why);

/* A set change: an inclusion and the sender's signature. */
YQ_NODISCARD yq_status yq_bcos3_change_put(
    const yq_bcos3_profile *profile, const yq_bcos3_inclusion *in, yq_buf *out, yq_fault *why);

YQ_NODISCARD yq_status yq_bcos3_event_put(
    uint64_t number, const yq_bcos3_inclusion *in, uint32_t log_idx, yq_buf *out, yq_fault *why);

/* One block as n nodes have it (E_SOURCE_DISAGREE when their hashes differ). as_it_stands: the
 * signatures of the first are taken as they are; else those of all are gathered, each signer's
 * first good one. */
typedef struct yq_bcos3_signed {
    const yq_json *const *block;
    size_t n;
    int as_it_stands;
} yq_bcos3_signed;

/* Header and signatures, as they stand in misbehaviour evidence. Cost: a verification a signature
 * that is gathered. */
YQ_NODISCARD yq_status yq_bcos3_signed_header_put(
    const yq_bcos3_profile *profile, const yq_bcos3_signed *from, yq_buf *out, yq_fault *why);

/* In: changes, change_n set changes already written. */
YQ_NODISCARD yq_status yq_bcos3_update_put(
    const yq_bcos3_profile *profile,
    const yq_bcos3_signed *from,
    yq_slice changes,
    size_t change_n,
    yq_buf *out,
    yq_fault *why);

/* What an anchor says beside its header. */
typedef struct yq_bcos3_rules {
    uint8_t depth;
    uint64_t trust_ms;
    size_t operator_n;
    uint8_t operators[YQ_BCOS3_OPERATORS_MAX][20]; /* ascending */
} yq_bcos3_rules;

YQ_NODISCARD yq_status yq_bcos3_anchor_put(
    const yq_bcos3_profile *profile,
    const yq_bcos3_rules *rules,
    const yq_json *block,
    yq_buf *out,
    yq_fault *why);

/* ---- reading.c: what has one reading ---- */

/* Returns NULL when the light client can take the logs of this call, else why not. */
const char *yq_bcos3_unprovable(const yq_json *tx, const yq_json *receipt, int nonce_is_hex);

/* Returns 1 when no text of an address can be read in what stands behind the address of a call. */
int yq_bcos3_rest_is_plain(yq_slice rest);

/* ---- sealers.c ---- */

typedef struct yq_bcos3_sealers {
    size_t n;
    struct {
        uint8_t id[64];
        uint64_t weight;
    } of[YQ_BCOS3_SEALERS_MAX];
} yq_bcos3_sealers;

/* Reads a header's sealerList and consensusWeights. Errors: as the writers; E_LIMIT. */
YQ_NODISCARD yq_status
yq_bcos3_sealers_of(const yq_json *block, yq_bcos3_sealers *out, yq_fault *why);
int yq_bcos3_sealers_equal(const yq_bcos3_sealers *a, const yq_bcos3_sealers *b);

/* Applies a transaction to a set. Returns 1 when it is a successful call of the consensus contract
 * that changed the set, 0 when it did nothing. */
int yq_bcos3_sealers_apply(
    const yq_bcos3_profile *profile,
    const yq_json *tx,
    const yq_json *receipt,
    yq_bcos3_sealers *set);

#endif /* YQ_ADAPTERS_FISCO_BCOS_3_EVIDENCE_H */
