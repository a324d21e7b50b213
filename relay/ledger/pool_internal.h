#ifndef YQ_RELAY_LEDGER_POOL_INTERNAL_H
#define YQ_RELAY_LEDGER_POOL_INTERNAL_H

/* What the ledger does with its pool. Inside relay/ledger only. */

#include "relay/ledger/pool.h"
#include "relay/ledger/sequence.h"

#include <stdatomic.h>

/* A held envelope, shared by count: it outlives its place in the pool. */
typedef struct body {
    atomic_uint refs;
    yq_envelope env; /* over bytes behind the struct */
    uint64_t cost;   /* of all its transactions */
} body;

body *body_new(const yq_envelope *env);
body *body_hold(body *b);
void body_release(body *b); /* b may be NULL */

yq_pool *pool_new(const yq_pool_config *config);
void pool_free(yq_pool *pool);

/* Returns a held body, to be released, or NULL. Out: verified. */
body *pool_find(yq_pool *pool, const uint8_t *digest, int *verified);
/* A body that a block holds was verified, or is wrong and goes. */
void pool_verified(yq_pool *pool, const uint8_t *digest);
void pool_drop(yq_pool *pool, const uint8_t *digest);

typedef enum pool_verdict {
    POOL_TAKE = 1,
    POOL_SKIP, /* not now */
    POOL_GONE, /* never: it leaves the pool */
} pool_verdict;

/* Judges a waiting envelope; memo is the signer's for the length of one pool_take, fresh at its
 * first use. */
typedef pool_verdict (*pool_judge)(void *self, const yq_envelope *env, sequence *memo, int fresh);

typedef struct pool_limits {
    uint32_t env_n;
    size_t size;
} pool_limits;

/* Takes turns between signers. Out: digests, tx_n. Returns their count. */
uint32_t pool_take(
    yq_pool *pool,
    const pool_limits *limits,
    pool_judge judge,
    void *self,
    uint8_t *digests,
    uint32_t *tx_n);

/* Gives every waiting envelope to judge; what is POOL_GONE leaves the pool. */
void pool_sweep(yq_pool *pool, pool_judge judge, void *self);

/* A block is committed: its envelopes go, others with a sequence that one of them used, what has
 * expired at time_ms, and bodies that no block asked for in a while. */
void pool_committed(yq_pool *pool, body *const *bodies, size_t n, uint64_t time_ms);

#endif /* YQ_RELAY_LEDGER_POOL_INTERNAL_H */
