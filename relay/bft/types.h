#ifndef YQ_RELAY_BFT_TYPES_H
#define YQ_RELAY_BFT_TYPES_H

#include "yuqiao/limits.h"

#include "relay/base/cursor.h"
#include "relay/base/writer.h"
#include "relay/crypto/signed.h"

/*
 * What validators sign and store: fixed big-endian layouts without optional fields. Each decoder
 * takes exactly the bytes that the encoder writes. Layouts: docs/protocol/consensus.md.
 */

#define YQ_BFT_VERSION         1u /* of a ledger's first blocks */
/* The newest that this program knows. 2 has the rules of 1: it lets a network practise the change.
 */
#define YQ_BFT_VERSION_MAX     2u
#define YQ_HEADER_SIZE         181u
#define YQ_FINAL_INFO_SIZE     192u
#define YQ_VOTE_SIZE_MAX       (1u + 8u + 8u + YQ_FINAL_INFO_SIZE + 2u + 64u)
#define YQ_CERT_SIZE_MAX       (1u + 8u + 8u + YQ_FINAL_INFO_SIZE + 4u + 64u * YQ_VALIDATORS_MAX)
#define YQ_PROPOSAL_NULLIF_MAX 16u
#define YQ_PROPOSAL_SIZE_MAX                                                                       \
    (YQ_HEADER_SIZE + 32u * YQ_BLOCK_ENVELOPE_N_MAX + YQ_CERT_SIZE_MAX + 1u +                      \
     YQ_PROPOSAL_NULLIF_MAX * YQ_CERT_SIZE_MAX + 64u)

#define YQ_BLOCK_EMPTY     1u
#define YQ_BLOCK_EPOCH_END 2u
#define YQ_BLOCK_SUFFIX    4u

_Static_assert(YQ_HEADER_SIZE <= YQ_HEADER_SIZE_MAX, "header");

typedef struct yq_header {
    uint16_t ver;
    yq_digest chain_id_hash;
    uint64_t epoch, view, height;
    yq_digest parent_hash;
    uint64_t parent_view;
    uint64_t time_ms;
    uint16_t leader;
    yq_digest payload_root; /* plain root of merkle.h over the envelope digests; zero for none */
    uint32_t n_env, n_tx;
    yq_digest prev_result_root;
    uint8_t flags; /* YQ_BLOCK_* */
} yq_header;

typedef struct yq_final_info {
    yq_digest chain_id_hash;
    uint64_t epoch, view, height;
    yq_digest h, result_root, export_root, next_valset_hash;
    uint64_t time_ms;
} yq_final_info;

/* What a vote or certificate is about: h for PROPOSE and NOTARIZE, nothing for NULLIFY, info for
 * FINALIZE (info.epoch and info.view are those of the vote). */
typedef struct yq_vote {
    uint8_t type;
    uint64_t epoch, view;
    yq_digest h;
    yq_final_info info;
    uint16_t signer;
    uint8_t sig[64];
} yq_vote;

typedef struct yq_cert {
    uint8_t type; /* NOTARIZE, NULLIFY or FINALIZE */
    uint64_t epoch, view;
    yq_digest h;
    yq_final_info info;
    uint32_t bitmap;                    /* bit i: validator i; wire bytes least significant first */
    uint8_t sig[YQ_VALIDATORS_MAX][64]; /* popcount(bitmap) of them, in index order */
} yq_cert;

/* A proposal as on the wire. digests points into the decoded bytes, or at the caller's array. The
 * parent certificate is there exactly when header.parent_view > 0. */
typedef struct yq_block_proposal {
    yq_header header;
    const uint8_t *digests; /* header.n_env x 32 bytes */
    yq_cert parent;
    uint8_t nullif_n; /* views below header.view, newest first, each view once */
    yq_cert nullif[YQ_PROPOSAL_NULLIF_MAX];
    uint8_t sig[64]; /* PROPOSE over the header's hash */
} yq_block_proposal;

typedef struct yq_valset {
    yq_digest chain_id_hash;
    uint64_t epoch;
    uint8_t suite; /* YQ_SUITE_* of crypto.h; keys are 64 bytes (Ed25519: the first 32) */
    uint16_t n;    /* 1 .. YQ_VALIDATORS_MAX, keys ascending by bytes, no two equal */
    uint8_t key[YQ_VALIDATORS_MAX][64];
} yq_valset;

/* Checks one signature over the 32-byte m by a raw public key. */
typedef yq_status (*yq_sig_checker)(
    void *self, const yq_valset *set, uint16_t idx, const yq_digest *m, const uint8_t *sig64);

/* As yq_sig_checker with self unused: the suite's algorithm of relay/crypto over m. */
yq_status yq_sig_check_suite(
    void *self, const yq_valset *set, uint16_t idx, const yq_digest *m, const uint8_t *sig64);

/* Writers never fail but by E_NOSPC in the writer; decoders that take a cursor leave the end to
 * the caller, the others demand it. why may be NULL. Errors: -1xx with the offset of the field. */
void yq_header_put(yq_writer *w, const yq_header *header);
void yq_header_get(yq_cur *c, yq_header *header);
YQ_NODISCARD yq_status yq_header_decode(yq_slice in, yq_header *header, yq_fault *why);
void yq_final_info_put(yq_writer *w, const yq_final_info *info);
void yq_final_info_get(yq_cur *c, yq_final_info *info);
YQ_NODISCARD yq_status yq_final_info_decode(yq_slice in, yq_final_info *info, yq_fault *why);
void yq_vote_put(yq_writer *w, const yq_vote *vote);
YQ_NODISCARD yq_status yq_vote_decode(yq_slice in, yq_vote *vote, yq_fault *why);
void yq_cert_put(yq_writer *w, const yq_cert *cert);
void yq_cert_get(yq_cur *c, yq_cert *cert);
YQ_NODISCARD yq_status yq_cert_decode(yq_slice in, yq_cert *cert, yq_fault *why);
/* The proposal without its signature: what the log keeps. */
void yq_proposal_put_unsigned(yq_writer *w, const yq_block_proposal *proposal);
void yq_proposal_put(yq_writer *w, const yq_block_proposal *proposal);
YQ_NODISCARD yq_status yq_proposal_decode(yq_slice in, yq_block_proposal *proposal, yq_fault *why);
YQ_NODISCARD yq_status
yq_proposal_decode_unsigned(yq_slice in, yq_block_proposal *proposal, yq_fault *why);
/* A block without bodies: header || n_env digests. Out: digests points into in. */
YQ_NODISCARD yq_status
yq_block_decode(yq_slice in, yq_header *header, const uint8_t **digests, yq_fault *why);

/* h = H(0x01 || bytes). alg: the ledger's hash. */
void yq_header_hash(uint32_t alg, const yq_header *header, yq_digest *h);
/* Plain Merkle root (merkle.h) over n digests of 32 bytes; zero for none. Out: root. In: n at most
 * YQ_BLOCK_ENVELOPE_N_MAX; scratch has room for n digests and is overwritten. */
void yq_payload_root(
    uint32_t alg, const uint8_t *digests, size_t n, yq_digest *scratch, yq_digest *root);
/* H(0x03 || chain_id_hash || u64 epoch || u8 suite || u16 q || u16 n || n x str8 key). */
void yq_valset_hash(uint32_t alg, const yq_valset *set, yq_digest *hash);
/* What of a set an inbox is handed to step its epoch: the hashed bytes behind chain_id_hash. Cost:
 * at most YQ_VALSET_STEP_MAX bytes. */
void yq_valset_step_put(yq_writer *w, const yq_valset *set);
/* Reads it whole. Out: set, whose chain_id_hash is zero: it is the reader's. Errors: decode codes;
 * E_QUORUM (q is not that of n), E_CONFIG_INVALID (yq_valset_check). */
YQ_NODISCARD yq_status yq_valset_step_decode(yq_slice in, yq_valset *set, yq_fault *why);
#define YQ_VALSET_STEP_MAX (13u + 65u * YQ_VALIDATORS_MAX)
/* Errors: E_CONFIG_INVALID: no key, too many, an unknown suite, keys not strictly ascending. */
YQ_NODISCARD yq_status yq_valset_check(const yq_valset *set);
/* Size of one raw key of the suite in bytes, 0 for an unknown suite. */
size_t yq_suite_key_size(uint8_t suite);

typedef struct yq_suite_root {
    uint8_t suite;
    yq_digest export_root;
} yq_suite_root;

#define YQ_SUITES_MAX 4u

/* The preimage of result_root. */
typedef struct yq_block_roots {
    yq_digest results_root, state_root;
    uint8_t suite_n; /* ascending by suite, at most YQ_SUITES_MAX */
    yq_suite_root suite[YQ_SUITES_MAX];
} yq_block_roots;

/* b32 results_root, b32 state_root, u8 n, n x {u8 suite, b32 export_root}. Errors: E_LIMIT,
 * E_NONCANONICAL (order), E_ZERO_ROOT (of a suite). */
void yq_block_roots_put(yq_writer *w, const yq_block_roots *roots);
void yq_block_roots_get(yq_cur *c, yq_block_roots *roots);

/* H(0x02 || results_root || state_root || u8 n || n x {u8 suite, b32 export_root}), suites
 * ascending. Out: result_root. */
void yq_result_root(
    uint32_t alg,
    const yq_digest *results_root,
    const yq_digest *state_root,
    const yq_suite_root *root,
    size_t root_n,
    yq_digest *result_root);
/* H("YUQIAO-CHAIN-1" || str8 chain id || genesis bytes). */
void yq_chain_id_hash(uint32_t alg, yq_slice chain_id, yq_slice genesis, yq_digest *out);

/* The m of a vote's or a certificate's content. */
void yq_vote_digest(
    uint32_t alg, const yq_digest *chain_id_hash, const yq_vote *vote, yq_digest *m);
void yq_cert_digest(
    uint32_t alg, const yq_digest *chain_id_hash, const yq_cert *cert, yq_digest *m);

static inline uint16_t yq_fault_max(uint16_t n)
{
    return (uint16_t)(n == 0 ? 0 : (n - 1) / 3);
}

static inline uint16_t yq_quorum(uint16_t n)
{
    return (uint16_t)(n - yq_fault_max(n));
}

#define YQ_LEADER_WINDOW 4u
/* valset[((v - 1) / W) mod n]: never derived from what a node has seen finalized. view >= 1. */
static inline uint16_t yq_leader(uint64_t view, uint16_t n)
{
    return (uint16_t)(((view - 1) / YQ_LEADER_WINDOW) % n);
}

/*
 * Checks a certificate against a set: type, epoch, chain (FINALIZE), indices below n, at least a
 * quorum of signers, every signature. check NULL: yq_sig_check_suite. Errors: E_DOMAIN,
 * E_SIGNER_UNKNOWN, E_QUORUM, E_SIGNATURES_MISSING, E_FIELD_UNKNOWN, or the checker's. Cost:
 * popcount(bitmap) verifications.
 */
YQ_NODISCARD yq_status yq_cert_check(
    const yq_cert *cert, uint32_t alg, const yq_valset *set, yq_sig_checker check, void *self);

#endif /* YQ_RELAY_BFT_TYPES_H */
