#ifndef YQ_LIGHT_CLIENTS_YUQIAO_YUQIAO_H
#define YQ_LIGHT_CLIENTS_YUQIAO_YUQIAO_H

/* The parts of the verifier: layouts and rules are in README.md. */

#include "yuqiao/verifier.h"

#include "relay/base/cursor.h"
#include "relay/base/writer.h"
#include "relay/bft/types.h"

#define YQ_YUQIAO_LAYOUT_VERSION 1u
#define YQ_YUQIAO_CERT_MAX       YQ_CERT_SIZE_MAX
#define YQ_YUQIAO_DRIFT_MS       30000u /* so far ahead a block's time may be */
#define YQ_YUQIAO_KEPT           256u   /* blocks */
#define YQ_YUQIAO_KEPT_SETS      16u    /* of the epochs before the present one */
#define YQ_YUQIAO_SET_MAX        (8u + 1u + 2u + 64u * YQ_VALIDATORS_MAX)
#define YQ_YUQIAO_EXPORTS_MAX    16u /* steps */
#define YQ_YUQIAO_VALUE_MAX      (1u << 20)
#define YQ_YUQIAO_STATE_MAX      4096u

/* What a method works with: host, why, and the ledger's hash. */
typedef struct yq_yuqiao_call {
    const yq_verifier_host *host;
    yq_fault *why;
    uint32_t alg;
} yq_yuqiao_call;

/* Sets why and returns status. */
static inline yq_status yq_yuqiao_fail(
    const yq_yuqiao_call *call, yq_status status, const char *text)
{
    return yq_fail(call->why, status, 0, text);
}

typedef struct yq_yuqiao_state {
    uint8_t alg;       /* YQ_HASH_SM3 or YQ_HASH_SHA256: the ledger's */
    uint64_t trust_ms; /* 0: no trust period */
    yq_slice hub;      /* the ledger's chain id */
    yq_slice own;      /* what this chain is called there; empty: it has no outbox there */
    uint8_t suite;     /* YQ_SUITE_* of that outbox; 0 where own is empty */
    yq_digest chain_id_hash;
    uint64_t oldest; /* height of the oldest block that is kept */
    uint32_t kept;
    yq_final_info last; /* of the highest block */
    yq_valset set;      /* of the epoch that comes after last */
} yq_yuqiao_state;

/* ---- state.c ---- */

void yq_yuqiao_take_version(yq_cur *c);
void yq_yuqiao_take_digest(yq_cur *c, yq_digest *out);

/* Reads keys of set->suite: u16 n, n x key, ascending. Failures are sticky in c: E_LIMIT (fewer
 * than 4, more than 31), E_DUP_SIGNER, E_NONCANONICAL. */
void yq_yuqiao_take_keys(yq_cur *c, yq_valset *set);

/* Reads u64 epoch, u8 suite, keys. Out: set, but for its chain_id_hash. */
void yq_yuqiao_take_set(yq_cur *c, yq_valset *set);

/* Reads what an anchor and a state begin with. */
void yq_yuqiao_take_identity(yq_cur *c, yq_yuqiao_state *out);

YQ_NODISCARD yq_status
yq_yuqiao_state_decode(yq_yuqiao_call *call, yq_slice in, yq_yuqiao_state *out);
YQ_NODISCARD yq_status
yq_yuqiao_state_encode(const yq_yuqiao_call *call, const yq_yuqiao_state *state, yq_buf *out);

/* Keeps info as the newest block, links the one before (NULL: there is none) to it and drops the
 * oldest above YQ_YUQIAO_KEPT. In and out: state, whose last becomes info. */
YQ_NODISCARD yq_status yq_yuqiao_block_put(
    const yq_yuqiao_call *call,
    yq_yuqiao_state *state,
    const yq_final_info *before,
    const yq_final_info *info);

/* Errors: E_HEADER_UNKNOWN. */
YQ_NODISCARD yq_status
yq_yuqiao_block_get(const yq_yuqiao_call *call, uint64_t height, yq_final_info *out);

/* Keeps the present set as one that was, and makes next the present one. */
YQ_NODISCARD yq_status
yq_yuqiao_set_step(const yq_yuqiao_call *call, yq_yuqiao_state *state, const yq_valset *next);

/* The set of an epoch. Errors: E_SET_CHANGE (a later one), E_EPOCH_OLD (not kept any more). */
YQ_NODISCARD yq_status yq_yuqiao_set_get(
    const yq_yuqiao_call *call, const yq_yuqiao_state *state, uint64_t epoch, yq_valset *out);

/* ---- cert.c ---- */

/* The hash of a set: docs/protocol/consensus.md. */
void yq_yuqiao_set_hash(const yq_yuqiao_call *call, const yq_valset *set, yq_digest *out);

/*
 * Returns OK when a quorum of the set finalized what the certificate says. In: a
 * FINALIZE. Errors: E_DOMAIN (chain, epoch), E_ZERO_ROOT, E_SIGNATURES_MISSING, E_SIGNER_UNKNOWN,
 * E_QUORUM, E_SIG*. Cost: one verification a signature.
 */
YQ_NODISCARD yq_status
yq_yuqiao_cert_check(const yq_yuqiao_call *call, const yq_valset *set, const yq_cert *cert);

/* Two statements of one height: equal but for the view (a suffix view signs the block again)? */
int yq_yuqiao_same(const yq_final_info *a, const yq_final_info *b);

/* Returns 1 when no honest quorum finalizes both. */
int yq_yuqiao_contradict(const yq_final_info *a, const yq_final_info *b);

/* ---- proof.c ---- */

/* Reads a block's roots. Returns OK when result_root commits to them. Errors: decode codes,
 * E_PROOF. */
YQ_NODISCARD yq_status yq_yuqiao_take_roots(
    const yq_yuqiao_call *call, yq_cur *c, const yq_digest *result_root, yq_block_roots *out);

/* A packet of an outbox, as a proof states it. */
typedef struct yq_yuqiao_packet {
    uint64_t size;
    uint64_t index;
    yq_slice index_bytes;
    yq_slice path;
    yq_slice packet;
    yq_slice exports; /* steps of the export tree, each u8 side, b32 sibling */
} yq_yuqiao_packet;

void yq_yuqiao_take_packet(yq_cur *c, yq_yuqiao_packet *out);

/* Returns OK when the packet is in the outbox for state->own and is of this ledger. Errors:
 * E_UNSUPPORTED (no outbox), E_NOT_FOUND (no outbox of the suite at this height), decode codes of
 * the packet, E_PROOF_BOUNDS, E_PROOF_DEPTH, E_PROOF, E_DOMAIN. */
YQ_NODISCARD yq_status yq_yuqiao_packet_check(
    const yq_yuqiao_call *call,
    const yq_yuqiao_state *state,
    const yq_block_roots *roots,
    const yq_yuqiao_packet *in);

/*
 * Judges a state proof against root. Out: present. Errors: decode codes, E_ZERO_ROOT, E_PROOF,
 * E_ABSENCE_PROOF, E_PROOF_TRAILING (a value beside a proof of absence). Cost: depth + 3 hashes.
 */
YQ_NODISCARD yq_status yq_yuqiao_state_check(
    const yq_yuqiao_call *call,
    const yq_digest *root,
    yq_slice key,
    yq_slice value,
    yq_slice proof,
    int *present);

/* The descriptor's entry, also named for the table. */
const yq_verifier *yq_verifier_yuqiao(void);

#endif /* YQ_LIGHT_CLIENTS_YUQIAO_YUQIAO_H */
