#include "relay/base/assert.h"
#include "relay/ledger/pool_internal.h"
#include "relay/ledger/pool_state.h"
#include "relay/store/mem.h"

#define SIZE_MAX_DEFAULT  (64u << 20)
#define COUNT_MAX_DEFAULT 65536u
#define SHARE             4u /* of one signer: a quarter */

yq_pool *pool_new(const yq_pool_config *config)
{
    yq_pool *pool = yq_mem_alloc(sizeof *pool);
    pool->size_max = config->size_max == 0 ? SIZE_MAX_DEFAULT : config->size_max;
    pool->count_max = config->count_max == 0 ? COUNT_MAX_DEFAULT : config->count_max;
    YQ_ASSERT(pthread_mutex_init(&pool->lock, NULL) == 0);
    return pool;
}

void pool_free(yq_pool *pool)
{
    if (pool == NULL) {
        return;
    }
    for (size_t i = 0; i < BUCKETS; i++) {
        while (pool->by_digest[i] != NULL) {
            entry_remove(pool, pool->by_digest[i]);
        }
    }
    (void)pthread_mutex_destroy(&pool->lock);
    yq_mem_free(pool);
}

/* Not full, and the signer's share is not. */
static int has_room(const yq_pool *pool, const signer *s, size_t size)
{
    if (pool->stats.count >= pool->count_max || pool->stats.size + size > pool->size_max) {
        return 0;
    }
    if (s == NULL || s->count == 0) {
        return 1;
    }
    return s->count < (pool->count_max + SHARE - 1) / SHARE &&
           s->size + size <= pool->size_max / SHARE;
}

/* Makes a verified entry wait for a block. */
static yq_status make_wait(yq_pool *pool, entry *e)
{
    const yq_envelope *env = &e->body->env;
    signer *s = signer_find(pool, &env->signer);
    if (entry_by_sequence(pool, &env->signer, env->seq) != NULL) {
        return YQ_E_REPLAY;
    }
    if (!has_room(pool, s, env->bytes.n)) {
        return YQ_E_BUSY;
    }
    entry_wait(pool, e);
    return YQ_OK;
}

static yq_status put(yq_pool *pool, const yq_envelope *env, yq_pool_trust trust, uint64_t now_ms)
{
    entry *e = entry_find(pool, env->digest.b);
    int fresh = e == NULL;
    if (fresh) {
        int wanted = wanted_take(pool, env->digest.b);
        if (!wanted && trust == YQ_POOL_UNVERIFIED) {
            return YQ_E_STATE;
        }
        e = entry_add(pool, env, now_ms);
        e->needed = (uint8_t)wanted;
    }
    if (trust == YQ_POOL_UNVERIFIED) {
        return YQ_OK;
    }
    e->verified = 1;
    yq_status status = e->waiting ? YQ_OK : make_wait(pool, e);
    if (status != YQ_OK && !e->needed) {
        entry_remove(pool, e);
        return status;
    }
    return YQ_OK;
}

yq_status yq_pool_put(yq_pool *pool, const yq_envelope *env, yq_pool_trust trust, uint64_t now_ms)
{
    (void)pthread_mutex_lock(&pool->lock);
    yq_status status = put(pool, env, trust, now_ms);
    pool->stats.refused += status != YQ_OK;
    (void)pthread_mutex_unlock(&pool->lock);
    return status;
}

size_t yq_pool_missing(
    yq_pool *pool, const uint8_t *digests, size_t n, uint32_t *missing, size_t cap)
{
    size_t found = 0;
    (void)pthread_mutex_lock(&pool->lock);
    for (size_t i = 0; i < n; i++) {
        const uint8_t *digest = digests + i * YQ_DIGEST_SIZE;
        entry *e = entry_find(pool, digest);
        if (e != NULL) {
            e->needed = 1;
            e->idle = 0;
            continue;
        }
        wanted_add(pool, digest);
        if (found < cap) {
            missing[found] = (uint32_t)i;
        }
        found++;
    }
    (void)pthread_mutex_unlock(&pool->lock);
    return found;
}

yq_status yq_pool_get(yq_pool *pool, const uint8_t *digest, yq_buf *out)
{
    int verified;
    body *b = pool_find(pool, digest, &verified);
    if (b == NULL) {
        return YQ_E_NOT_FOUND;
    }
    yq_status status = b->env.bytes.n > out->cap ? YQ_E_NOSPC : YQ_OK;
    if (status == YQ_OK) {
        yq_bytes_copy(out->p, b->env.bytes.p, b->env.bytes.n);
        out->n = b->env.bytes.n;
    }
    body_release(b);
    return status;
}

int yq_pool_has_id(yq_pool *pool, const yq_digest *id)
{
    (void)pthread_mutex_lock(&pool->lock);
    int has = entry_by_id(pool, id) != NULL;
    (void)pthread_mutex_unlock(&pool->lock);
    return has;
}

int yq_pool_work(yq_pool *pool, uint64_t now_ms, uint64_t *next_ms)
{
    (void)pthread_mutex_lock(&pool->lock);
    const entry *oldest = pool->oldest;
    uint64_t at = oldest == NULL ? UINT64_MAX : oldest->since_ms + YQ_POOL_WORK_AGE_MS;
    (void)pthread_mutex_unlock(&pool->lock);
    if (next_ms != NULL) {
        *next_ms = at;
    }
    return at <= now_ms;
}

size_t yq_pool_announce(yq_pool *pool, uint64_t now_ms, uint8_t *digests, size_t cap)
{
    size_t n = 0;
    (void)pthread_mutex_lock(&pool->lock);
    for (entry *e = pool->oldest; e != NULL && n < cap; e = e->newer) {
        if (e->since_ms + YQ_POOL_ANNOUNCE_AGE_MS > now_ms) {
            break;
        }
        if (e->told_ms == 0 || e->told_ms + YQ_POOL_ANNOUNCE_AGE_MS <= now_ms) {
            memcpy(digests + n * YQ_DIGEST_SIZE, e->body->env.digest.b, YQ_DIGEST_SIZE);
            e->told_ms = now_ms;
            n++;
        }
    }
    (void)pthread_mutex_unlock(&pool->lock);
    return n;
}

void yq_pool_look(yq_pool *pool, yq_pool_stats *out)
{
    (void)pthread_mutex_lock(&pool->lock);
    *out = pool->stats;
    (void)pthread_mutex_unlock(&pool->lock);
}

body *pool_find(yq_pool *pool, const uint8_t *digest, int *verified)
{
    (void)pthread_mutex_lock(&pool->lock);
    entry *e = entry_find(pool, digest);
    body *b = e == NULL ? NULL : body_hold(e->body);
    *verified = e != NULL && e->verified;
    (void)pthread_mutex_unlock(&pool->lock);
    return b;
}

void pool_verified(yq_pool *pool, const uint8_t *digest)
{
    (void)pthread_mutex_lock(&pool->lock);
    entry *e = entry_find(pool, digest);
    if (e != NULL) {
        e->verified = 1;
    }
    (void)pthread_mutex_unlock(&pool->lock);
}

void pool_drop(yq_pool *pool, const uint8_t *digest)
{
    (void)pthread_mutex_lock(&pool->lock);
    entry *e = entry_find(pool, digest);
    if (e != NULL) {
        entry_remove(pool, e);
    }
    (void)pthread_mutex_unlock(&pool->lock);
}
