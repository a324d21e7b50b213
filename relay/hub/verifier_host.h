#ifndef YQ_RELAY_HUB_VERIFIER_HOST_H
#define YQ_RELAY_HUB_VERIFIER_HOST_H

#include "yuqiao/limits.h"
#include "yuqiao/verifier.h"

#include "relay/base/arena.h"
#include "relay/hub/hash_memo.h"
#include "relay/hub/kv.h"

/*
 * The host's side of the verifier ABI: scratch from an arena, hashes, signatures and the client's
 * records under one chain's prefix of the state. Used by the client module and by the conformance
 * kit (with a map of its own).
 */

/* How signatures are checked. A verdict must not depend on it: check gives what yq_signature_check
 * gives. */
typedef struct yq_signature_checker {
    void *self;
    /* Checks n signatures, on threads where that helps. Out: valid[0..n). */
    void (*check)(void *self, const yq_signature *sig, size_t n, yq_status *valid);
    /* A cache of verdicts by yq_signature_cache_key; both may be NULL. find returns 0 when it does
     * not know. */
    int (*find)(void *self, const yq_digest *key, yq_status *valid);
    void (*keep)(void *self, const yq_digest *key, yq_status valid);
} yq_signature_checker;

/* SM3 over alg, flags, key, id, msg and sig, each with its length: nothing else may share the
 * verdict. */
void yq_signature_cache_key(const yq_signature *sig, yq_digest *key);

typedef struct yq_verifier_call {
    yq_verifier_host host; /* give &call->host to the verifier */
    const yq_kv *kv;
    yq_slice chain;
    yq_arena *arena;
    const yq_signature_checker *checker;
    yq_hash_memo *memo; /* set it after begin; NULL: each hash anew */
    size_t scratch_left;
    uint32_t signatures_left;
    int may_put;
    int exhausted; /* a record did not fit into the arena */
} yq_verifier_call;

/*
 * Prepares one call of a verifier. In: chain names the client; checker NULL: one by one with
 * yq_signature_check; may_put not 0 for init and update only. Scratch is taken from arena, at most
 * YQ_VERIFIER_SCRATCH_MAX; the caller resets or cuts the arena back when it has copied the results.
 * When a call fails, the caller undoes its puts (kv->mark, kv->undo).
 */
void yq_verifier_call_begin(
    yq_verifier_call *call,
    const yq_kv *kv,
    yq_slice chain,
    yq_arena *arena,
    const yq_signature_checker *checker,
    int may_put);

/* Ends a call: the verdict is what this returns. In: status, what the verifier returned. Returns
 * it, E_BUDGET where a record could not be lent for want of room, and E_LIMIT in place of a fault.
 */
yq_status yq_verifier_call_end(const yq_verifier_call *call, yq_status status);

/* Picks a verifier by (framework, version) from a table. Returns NULL when it is not there or of
 * another ABI. */
const yq_verifier *yq_verifier_find(
    const yq_verifier *const *table, size_t n, yq_slice framework, uint32_t version);

#endif /* YQ_RELAY_HUB_VERIFIER_HOST_H */
