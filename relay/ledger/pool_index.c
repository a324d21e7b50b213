#include "relay/base/assert.h"
#include "relay/ledger/pool_state.h"
#include "relay/store/mem.h"

/* Digests and ids are hashes: their first bytes spread well. A signer can choose its sequences, so
 * those are mixed with its id. */
static size_t bucket(const uint8_t *digest)
{
    return ((size_t)digest[0] << 8 | digest[1]) % BUCKETS;
}

static size_t sequence_bucket(const yq_digest *id, uint64_t seq)
{
    uint64_t x = seq;
    for (unsigned i = 0; i < 8; i++) {
        x = x * UINT64_C(0x100000001b3) ^ id->b[i];
    }
    return (size_t)(x ^ x >> 29 ^ x >> 47) % BUCKETS;
}

static int same(const uint8_t *a, const uint8_t *b)
{
    return memcmp(a, b, YQ_DIGEST_SIZE) == 0;
}

entry *entry_find(const yq_pool *pool, const uint8_t *digest)
{
    entry *e = pool->by_digest[bucket(digest)];
    while (e != NULL && !same(e->body->env.digest.b, digest)) {
        e = e->next_digest;
    }
    return e;
}

entry *entry_by_id(const yq_pool *pool, const yq_digest *id)
{
    entry *e = pool->by_id[bucket(id->b)];
    while (e != NULL && !same(e->body->env.id.b, id->b)) {
        e = e->next_id;
    }
    return e;
}

entry *entry_by_sequence(const yq_pool *pool, const yq_digest *id, uint64_t seq)
{
    entry *e = pool->by_sequence[sequence_bucket(id, seq)];
    while (e != NULL && (e->body->env.seq != seq || !same(e->body->env.signer.b, id->b))) {
        e = e->next_sequence;
    }
    return e;
}

signer *signer_find(const yq_pool *pool, const yq_digest *id)
{
    signer *s = pool->by_signer[bucket(id->b)];
    while (s != NULL && !same(s->id.b, id->b)) {
        s = s->next_hash;
    }
    return s;
}

static signer *signer_make(yq_pool *pool, const yq_digest *id)
{
    signer *s = signer_find(pool, id);
    if (s != NULL) {
        return s;
    }
    s = yq_mem_alloc(sizeof *s);
    s->id = *id;
    s->next_hash = pool->by_signer[bucket(id->b)];
    pool->by_signer[bucket(id->b)] = s;
    if (pool->ring == NULL) {
        s->ring_before = s->ring_behind = s;
        pool->ring = s;
    } else {
        s->ring_behind = pool->ring;
        s->ring_before = pool->ring->ring_before;
        s->ring_before->ring_behind = s;
        pool->ring->ring_before = s;
    }
    return s;
}

void signer_drop_empty(yq_pool *pool, signer *s)
{
    if (s->count > 0) {
        return;
    }
    signer **link = &pool->by_signer[bucket(s->id.b)];
    while (*link != s) {
        link = &(*link)->next_hash;
    }
    *link = s->next_hash;
    if (pool->ring == s) {
        pool->ring = s->ring_behind == s ? NULL : s->ring_behind;
    }
    s->ring_before->ring_behind = s->ring_behind;
    s->ring_behind->ring_before = s->ring_before;
    yq_mem_free(s);
}

entry *entry_add(yq_pool *pool, const yq_envelope *env, uint64_t now_ms)
{
    entry *e = yq_mem_alloc(sizeof *e);
    size_t at = bucket(env->digest.b);
    e->body = body_new(env);
    e->since_ms = now_ms;
    e->next_digest = pool->by_digest[at];
    pool->by_digest[at] = e;
    pool->stats.held_count++;
    return e;
}

void entry_wait(yq_pool *pool, entry *e)
{
    const yq_envelope *env = &e->body->env;
    signer *s = signer_make(pool, &env->signer);
    entry **id = &pool->by_id[bucket(env->id.b)];
    entry **seq = &pool->by_sequence[sequence_bucket(&env->signer, env->seq)];
    e->waiting = 1;
    e->signer = s;
    e->next_id = *id;
    *id = e;
    e->next_sequence = *seq;
    *seq = e;
    e->older = pool->newest;
    e->newer = NULL;
    *(pool->newest == NULL ? &pool->oldest : &pool->newest->newer) = e;
    pool->newest = e;
    e->before = s->last;
    e->behind = NULL;
    *(s->last == NULL ? &s->first : &s->last->behind) = e;
    s->last = e;
    s->count++;
    s->size += env->bytes.n;
    pool->stats.count++;
    pool->stats.size += env->bytes.n;
}

void entry_unwait(yq_pool *pool, entry *e)
{
    const yq_envelope *env = &e->body->env;
    signer *s = e->signer;
    entry **link = &pool->by_id[bucket(env->id.b)];
    while (*link != e) {
        link = &(*link)->next_id;
    }
    *link = e->next_id;
    link = &pool->by_sequence[sequence_bucket(&env->signer, env->seq)];
    while (*link != e) {
        link = &(*link)->next_sequence;
    }
    *link = e->next_sequence;
    *(e->older == NULL ? &pool->oldest : &e->older->newer) = e->newer;
    *(e->newer == NULL ? &pool->newest : &e->newer->older) = e->older;
    *(e->before == NULL ? &s->first : &e->before->behind) = e->behind;
    *(e->behind == NULL ? &s->last : &e->behind->before) = e->before;
    s->count--;
    s->size -= env->bytes.n;
    pool->stats.count--;
    pool->stats.size -= env->bytes.n;
    e->waiting = 0;
    e->signer = NULL;
    signer_drop_empty(pool, s);
}

void entry_remove(yq_pool *pool, entry *e)
{
    if (e->waiting) {
        entry_unwait(pool, e);
    }
    entry **link = &pool->by_digest[bucket(e->body->env.digest.b)];
    while (*link != e) {
        link = &(*link)->next_digest;
    }
    *link = e->next_digest;
    pool->stats.held_count--;
    body_release(e->body);
    yq_mem_free(e);
}

static size_t wanted_find(const yq_pool *pool, const uint8_t *digest)
{
    size_t i = 0;
    while (i < pool->wanted_n && !same(pool->wanted[i], digest)) {
        i++;
    }
    return i;
}

void wanted_add(yq_pool *pool, const uint8_t *digest)
{
    if (wanted_find(pool, digest) < pool->wanted_n) {
        return;
    }
    size_t at = pool->wanted_n;
    if (at == WANTED_MAX) {
        at = pool->wanted_next++ % WANTED_MAX;
    } else {
        pool->wanted_n++;
    }
    memcpy(pool->wanted[at], digest, YQ_DIGEST_SIZE);
}

int wanted_take(yq_pool *pool, const uint8_t *digest)
{
    size_t at = wanted_find(pool, digest);
    if (at == pool->wanted_n) {
        return 0;
    }
    pool->wanted_n--;
    memmove(pool->wanted[at], pool->wanted[pool->wanted_n], YQ_DIGEST_SIZE);
    return 1;
}
