#ifndef YQ_RELAY_LEDGER_POOL_H
#define YQ_RELAY_LEDGER_POOL_H

#include "relay/ledger/envelope.h"

/*
 * Envelopes that are held: waiting for a block, or needed by one that is not committed. Thread-safe
 * (one lock inside; nothing is verified or written under it). A pool belongs to a ledger
 * (yq_ledger_pool); its rules that need state are in ledger.h.
 */
typedef struct yq_pool yq_pool;

typedef struct yq_pool_config {
    size_t size_max;    /* bytes of waiting envelopes; 0: 64 MiB */
    uint32_t count_max; /* waiting envelopes; 0: 65536 */
} yq_pool_config;       /* one signer may fill at most a quarter of either */

typedef enum yq_pool_trust {
    YQ_POOL_UNVERIFIED = 0, /* kept only where a block wants it; verified by yq_ledger_validate */
    YQ_POOL_VERIFIED = 1, /* yq_view_check_envelope said OK, or it comes from this node's own log */
} yq_pool_trust;

/*
 * Puts one envelope. In: env as decoded; its bytes are copied; now_ms monotonic. Returns OK also
 * when it is there already. Errors: E_BUSY (full, or the signer's share is), E_REPLAY (the signer
 * uses this sequence in another waiting envelope; the first one wins), E_STATE (unverified and no
 * block wants it). A wanted one is taken whatever the shares.
 */
YQ_NODISCARD yq_status
yq_pool_put(yq_pool *pool, const yq_envelope *env, yq_pool_trust trust, uint64_t now_ms);

/* Which of n digests are not held: their positions. Notes them as wanted: yq_pool_put then takes
 * them. Returns their count, at most cap are written. */
size_t yq_pool_missing(
    yq_pool *pool, const uint8_t *digests, size_t n, uint32_t *missing, size_t cap);

/* A held envelope's bytes, for FETCH and the log. Copies into out. Returns E_NOT_FOUND, E_NOSPC. */
YQ_NODISCARD yq_status yq_pool_get(yq_pool *pool, const uint8_t *digest, yq_buf *out);

/* Returns 1 when an envelope of that id is waiting (not in a final block). */
int yq_pool_has_id(yq_pool *pool, const yq_digest *id);

/* Returns 1 when a waiting, verified envelope is at least 50 ms old: the core's POOL event. Out:
 * next_ms (may be NULL): when it could become 1, UINT64_MAX if nothing waits. */
int yq_pool_work(yq_pool *pool, uint64_t now_ms, uint64_t *next_ms);
#define YQ_POOL_WORK_AGE_MS     50u
#define YQ_POOL_ANNOUNCE_AGE_MS 1000u

/* Digests to announce to all validators: waiting for 1 s, and not told for 1 s. Out: digests, at
 * most cap of them. Returns their count; they count as told. */
size_t yq_pool_announce(yq_pool *pool, uint64_t now_ms, uint8_t *digests, size_t cap);

typedef struct yq_pool_stats {
    uint64_t count, size; /* waiting */
    uint64_t held_count;  /* with those that only blocks keep */
    uint64_t taken, refused, expired;
} yq_pool_stats;
void yq_pool_look(yq_pool *pool, yq_pool_stats *out);

#endif /* YQ_RELAY_LEDGER_POOL_H */
