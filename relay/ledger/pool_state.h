#ifndef YQ_RELAY_LEDGER_POOL_STATE_H
#define YQ_RELAY_LEDGER_POOL_STATE_H

/* The pool's own state: shared by pool*.c, by nobody else. Every function is called with the lock
 * held. */

#include "relay/ledger/pool_internal.h"

#include <pthread.h>

#define BUCKETS     (1u << 15)
#define WANTED_MAX  4096u /* digests that blocks ask for; the oldest are forgotten */
#define IDLE_BLOCKS 64u   /* a body that no block asked for in so many is dropped */

typedef struct entry {
    body *body;
    uint8_t waiting, verified;
    uint8_t needed; /* a block asked for it: it is kept without a share */
    uint32_t idle;
    uint64_t since_ms, told_ms;
    struct entry *next_digest;
    /* Waiting ones only. */
    struct signer *signer;
    struct entry *next_id, *next_sequence;
    struct entry *older, *newer;   /* of all */
    struct entry *before, *behind; /* of the signer */
} entry;

typedef struct signer {
    yq_digest id;
    uint64_t count, size;
    entry *first, *last;
    struct signer *next_hash, *ring_before, *ring_behind;
    /* For the length of one pool_take. */
    entry *cursor;
    int fresh;
    sequence memo;
} signer;

struct yq_pool {
    pthread_mutex_t lock;
    size_t size_max;
    uint32_t count_max;
    yq_pool_stats stats;
    entry *by_digest[BUCKETS], *by_id[BUCKETS], *by_sequence[BUCKETS];
    signer *by_signer[BUCKETS];
    signer *ring; /* whose turn is next */
    entry *oldest, *newest;
    uint8_t wanted[WANTED_MAX][YQ_DIGEST_SIZE];
    size_t wanted_n, wanted_next;
};

entry *entry_find(const yq_pool *pool, const uint8_t *digest);
entry *entry_by_id(const yq_pool *pool, const yq_digest *id);
entry *entry_by_sequence(const yq_pool *pool, const yq_digest *id, uint64_t seq);
entry *entry_add(yq_pool *pool, const yq_envelope *env, uint64_t now_ms);
void entry_wait(yq_pool *pool, entry *e);
void entry_unwait(yq_pool *pool, entry *e); /* it stays held */
void entry_remove(yq_pool *pool, entry *e);
signer *signer_find(const yq_pool *pool, const yq_digest *id);
/* Removes it when it has no entry. */
void signer_drop_empty(yq_pool *pool, signer *s);
void wanted_add(yq_pool *pool, const uint8_t *digest);
/* Returns 1 and forgets it when the digest is wanted. */
int wanted_take(yq_pool *pool, const uint8_t *digest);

#endif /* YQ_RELAY_LEDGER_POOL_STATE_H */
