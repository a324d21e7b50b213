#ifndef YQ_RELAY_LEDGER_ENVELOPE_H
#define YQ_RELAY_LEDGER_ENVELOPE_H

#include "yuqiao/limits.h"

#include "relay/base/cursor.h"
#include "relay/crypto/crypto.h"

/*
 * Envelopes: up to 256 transactions under one signature. Layout: docs/protocol/ledger.md. Pure but
 * for OpenSSL; needs no database, so clients and adapters link it too (target yq_envelope).
 */
#define YQ_ENVELOPE_UNSIGNED_SIZE 114u /* all before the signature */
#define YQ_ENVELOPE_HEAD_SIZE     178u /* all before the transactions */

typedef struct yq_envelope {
    yq_digest chain_id_hash, signer;
    uint64_t seq; /* from 1 */
    uint64_t valid_until_ms;
    uint16_t n_tx;
    yq_digest tx_root; /* yq_merkle_root over the leaves H(0x00 || tx) */
    uint8_t sig[64];
    yq_slice bytes;   /* the whole */
    yq_slice txs;     /* n_tx x blob32 */
    yq_digest id;     /* H(bytes before sig): the envelope's name for people */
    yq_digest digest; /* H(bytes before the transactions): what a block names; binds all bytes */
} yq_envelope;

/*
 * Decodes one envelope and checks that the transactions are those of tx_root. In: alg, the ledger's
 * hash. Out: env, which borrows from in. Does not check signature, chain, sequence or time. Errors:
 * decode codes; E_LIMIT (a size), E_RANGE (n_tx 0 or over 256, seq 0), E_BODY_MISMATCH (tx_root).
 * Cost: one pass of hashing over in.
 */
YQ_NODISCARD yq_status
yq_envelope_decode(uint32_t alg, yq_slice in, yq_envelope *env, yq_fault *why);

/* Walks the transactions: *pos starts at 0. Returns 0 at the end. In: env as decoded. */
int yq_envelope_tx_next(const yq_envelope *env, size_t *pos, yq_slice *tx);

/* The id of transaction idx of an envelope: H("YUQIAO-TX-1" || envelope id || u16 idx). */
void yq_envelope_tx_id(uint32_t alg, const yq_digest *envelope_id, uint16_t idx, yq_digest *id);

/* What the signer signs: the m of LINK type CLIENT_ENVELOPE over the bytes before sig. */
void yq_envelope_signed_digest(uint32_t alg, const yq_envelope *env, yq_digest *m);

/* Checks the signature by key (raw, of the suite) and that key is the signer's. Errors: E_DOMAIN
 * (another chain), E_SIGNER_MISMATCH, those of yq_signature_check. Cost: one verification. */
YQ_NODISCARD yq_status yq_envelope_check(
    uint32_t alg,
    const yq_digest *chain_id_hash,
    uint8_t suite,
    yq_slice key,
    const yq_envelope *env);

/* What a client says about an envelope that it builds. */
typedef struct yq_envelope_plan {
    uint32_t alg;
    uint8_t suite; /* of key; the signer's id comes from both */
    const yq_key *key;
    yq_digest chain_id_hash;
    uint64_t seq, valid_until_ms;
} yq_envelope_plan;

/* Builds and signs an envelope. In: tx[0..n) with n in 1..256. Out: out (cap from
 * yq_envelope_size), id (may be NULL). Errors: E_RANGE (n, seq 0), E_LIMIT (a size), E_NOSPC. */
YQ_NODISCARD yq_status yq_envelope_build(
    const yq_envelope_plan *plan, const yq_slice *tx, size_t n, yq_buf *out, yq_digest *id);

/* Bytes that yq_envelope_build needs. */
size_t yq_envelope_size(const yq_slice *tx, size_t n);

/* A transaction's method: its first two bytes, 0 when it is shorter. */
uint16_t yq_tx_method(yq_slice tx);

/* The fixed cost of executing one transaction, by method and size; a block holds at most
 * YQ_BLOCK_COST_MAX. A rule of the protocol: every node counts alike. */
uint64_t yq_tx_cost(yq_slice tx);
#define YQ_BLOCK_COST_MAX UINT64_C(4000000)

#endif /* YQ_RELAY_LEDGER_ENVELOPE_H */
