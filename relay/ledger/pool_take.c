#include "relay/ledger/pool_state.h"

/* What a proposal takes, and what a committed block leaves. */

typedef struct taking {
    yq_pool *pool;
    const pool_limits *limits;
    pool_judge judge;
    void *self;
    uint8_t *digests;
    uint32_t env_n, tx_n;
    size_t size;
    uint64_t cost;
} taking;

static int fits(const taking *t, const body *b)
{
    return t->env_n < t->limits->env_n && t->size + b->env.bytes.n <= t->limits->size &&
           t->tx_n + b->env.n_tx <= YQ_BLOCK_TX_N_MAX &&
           (t->env_n == 0 || t->cost + b->cost <= YQ_BLOCK_COST_MAX);
}

/* The signer's next one that may go in. Returns 0 when there is none that fits. */
static int take_one(taking *t, signer *s)
{
    while (s->cursor != NULL) {
        entry *e = s->cursor;
        pool_verdict verdict = t->judge(t->self, &e->body->env, &s->memo, s->fresh);
        s->fresh = 0;
        if (verdict == POOL_TAKE && !fits(t, e->body)) {
            s->cursor = NULL;
            return 0;
        }
        s->cursor = e->behind;
        if (verdict == POOL_TAKE) {
            memcpy(
                t->digests + (size_t)t->env_n * YQ_DIGEST_SIZE,
                e->body->env.digest.b,
                YQ_DIGEST_SIZE);
            t->env_n++;
            t->tx_n += e->body->env.n_tx;
            t->size += e->body->env.bytes.n;
            t->cost += e->body->cost;
            return 1;
        }
        if (verdict == POOL_GONE) {
            t->pool->stats.expired++;
            e->signer->count++; /* the signer stays while the ring is walked */
            signer *owner = e->signer;
            entry_remove(t->pool, e);
            owner->count--;
        }
    }
    return 0;
}

/* Signers of whom nothing is left. */
static void drop_empty(yq_pool *pool, size_t n)
{
    signer *s = pool->ring;
    for (size_t i = 0; i < n && s != NULL; i++) {
        signer *next = s->ring_behind;
        signer_drop_empty(pool, s);
        s = next;
    }
}

uint32_t pool_take(
    yq_pool *pool,
    const pool_limits *limits,
    pool_judge judge,
    void *self,
    uint8_t *digests,
    uint32_t *tx_n)
{
    taking t = {.pool = pool, .limits = limits, .judge = judge, .self = self};
    t.digests = digests;
    (void)pthread_mutex_lock(&pool->lock);
    size_t signers = 0;
    signer *s = pool->ring;
    for (; s != NULL && (signers == 0 || s != pool->ring); s = s->ring_behind) {
        s->cursor = s->first;
        s->fresh = 1;
        signers++;
    }
    int more = signers > 0;
    while (more) {
        more = 0;
        s = pool->ring;
        for (size_t i = 0; i < signers; i++, s = s->ring_behind) {
            more |= take_one(&t, s);
        }
    }
    if (signers > 0) {
        pool->ring = pool->ring->ring_behind;
        drop_empty(pool, signers);
    }
    pool->stats.taken += t.env_n;
    (void)pthread_mutex_unlock(&pool->lock);
    *tx_n = t.tx_n;
    return t.env_n;
}

void pool_sweep(yq_pool *pool, pool_judge judge, void *self)
{
    (void)pthread_mutex_lock(&pool->lock);
    size_t signers = 0;
    signer *s = pool->ring;
    for (; s != NULL && (signers == 0 || s != pool->ring); s = s->ring_behind) {
        signers++;
    }
    s = pool->ring;
    for (size_t i = 0; i < signers; i++) {
        signer *next = s->ring_behind;
        s->count++; /* it stays while its entries go */
        s->fresh = 1;
        for (entry *e = s->first; e != NULL;) {
            entry *behind = e->behind;
            if (judge(self, &e->body->env, &s->memo, s->fresh) == POOL_GONE) {
                pool->stats.expired++;
                entry_remove(pool, e);
            }
            s->fresh = 0;
            e = behind;
        }
        s->count--;
        signer_drop_empty(pool, s);
        s = next;
    }
    (void)pthread_mutex_unlock(&pool->lock);
}

static void drop_old(yq_pool *pool, uint64_t time_ms)
{
    for (size_t i = 0; i < BUCKETS; i++) {
        entry *e = pool->by_digest[i];
        while (e != NULL) {
            entry *next = e->next_digest;
            int expired = e->body->env.valid_until_ms < time_ms;
            e->idle += !e->waiting;
            if ((e->waiting && expired) || (!e->waiting && e->idle > IDLE_BLOCKS)) {
                pool->stats.expired += e->waiting;
                entry_remove(pool, e);
            }
            e = next;
        }
    }
}

void pool_committed(yq_pool *pool, body *const *bodies, size_t n, uint64_t time_ms)
{
    (void)pthread_mutex_lock(&pool->lock);
    for (size_t i = 0; i < n; i++) {
        const yq_envelope *env = &bodies[i]->env;
        entry *e = entry_find(pool, env->digest.b);
        if (e != NULL) {
            entry_remove(pool, e);
        }
        e = entry_by_sequence(pool, &env->signer, env->seq);
        if (e != NULL) {
            entry_remove(pool, e);
        }
        (void)wanted_take(pool, env->digest.b);
    }
    drop_old(pool, time_ms);
    (void)pthread_mutex_unlock(&pool->lock);
}
