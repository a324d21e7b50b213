#ifndef YQ_RELAY_HUB_CHANGE_H
#define YQ_RELAY_HUB_CHANGE_H

#include "yuqiao/limits.h"
#include "yuqiao/types.h"

#include "relay/base/writer.h"
#include "relay/hub/hub.h"

/*
 * Who joins and who leaves the validators with the next epoch, as governance (validators.h) and the
 * recovery set (relay/ledger/recovery.h) say it:
 *
 *   u8 n, n x {str8 organisation, str8 key, b64 proof} by key; u8 n, n x str8 key, ascending
 *
 * that is, who joins and who leaves. proof: the new key's signature of type GOV over u8 1, str8
 * organisation, str8 key, with the epoch in which it begins and view 0 (relay/crypto/signed.h).
 * Needs no state (target yq_tx).
 */
#define YQ_PROOF_VALIDATOR 1u
#define YQ_PROOF_SIZE      64u

typedef struct yq_change_join {
    yq_slice org, key, proof;
} yq_change_join;

typedef struct yq_change {
    size_t join_n, leave_n;
    yq_change_join join[YQ_VALIDATORS_MAX];
    yq_slice leave[YQ_VALIDATORS_MAX];
} yq_change;

/* Out: change, which borrows from in. Errors: decode codes; E_RANGE (more than 31 of a kind),
 * E_NONCANONICAL (order). */
YQ_NODISCARD yq_status yq_change_decode(yq_slice in, yq_change *change, yq_fault *why);

/* Never fails but by E_NOSPC in the writer. In: keys ascending, proofs of YQ_PROOF_SIZE. */
void yq_change_put(yq_writer *w, const yq_change *change);

/*
 * The set after the change. Out: next, of the following epoch, which borrows from both. Errors:
 * E_NOT_FOUND (who leaves is not in now), E_EXISTS (who joins is), E_RANGE (a key's size, fewer
 * than 4 or more than 31). Does not check proofs.
 */
YQ_NODISCARD yq_status yq_change_apply(
    const yq_change *change, const yq_validators *now, yq_validators *next, yq_fault *why);

/* The m that a new key signs. In: org and key as in a join. */
void yq_change_proof_digest(
    uint32_t alg,
    const yq_digest *chain_id_hash,
    uint64_t epoch,
    yq_slice org,
    yq_slice key,
    yq_digest *m);

/* Checks the proof of one who joins. In: next, the set that it joins. Errors: E_SIG... */
YQ_NODISCARD yq_status yq_change_check_proof(
    const yq_validators *next, const yq_digest *chain_id_hash, const yq_change_join *join);

/* Checks a signature of a validator's key over m. */
YQ_NODISCARD yq_status
yq_validators_signed(uint8_t suite, yq_slice key, const yq_digest *m, yq_slice sig);

#endif /* YQ_RELAY_HUB_CHANGE_H */
