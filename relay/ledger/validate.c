#include "relay/base/errors.h"
#include "relay/ledger/internal.h"
#include "relay/store/mem.h"

/* PAYLOAD and VALIDATE: what may stand in a block after a given parent. */

#define EXPIRY_MARGIN_MS 1000u

static yq_status sequence_load(state_map *m, const yq_digest *signer, sequence *s)
{
    uint8_t key[LEDGER_KEY_MAX];
    size_t n = ledger_key(key, YQ_TABLE_LEDGER_SEQUENCE, signer);
    yq_status status = sequence_decode(state_map_get(m, yq_slice_of(key, n)), s);
    state_map_reset(m);
    return m->status == YQ_OK ? status : m->status;
}

typedef struct judging {
    state_map map;
    uint64_t time_ms;
    yq_status status;
} judging;

static pool_verdict judge(void *self, const yq_envelope *env, sequence *memo, int fresh)
{
    judging *j = self;
    if (fresh && j->status == YQ_OK) {
        j->status = sequence_load(&j->map, &env->signer, memo);
    }
    /* The header's time may be a little later than the clock that was asked. */
    if (j->status != YQ_OK || env->valid_until_ms <= j->time_ms + EXPIRY_MARGIN_MS ||
        env->valid_until_ms - j->time_ms > (uint64_t)YQ_ENVELOPE_VALID_MS_MAX) {
        return POOL_SKIP;
    }
    if (sequence_check(memo, env->seq) != YQ_OK) {
        return POOL_SKIP; /* what is spent for good leaves the pool at the next commit */
    }
    sequence_take(memo, env->seq);
    return POOL_TAKE;
}

static pool_verdict judge_spent(void *self, const yq_envelope *env, sequence *memo, int fresh)
{
    judging *j = self;
    if (fresh && j->status == YQ_OK) {
        j->status = sequence_load(&j->map, &env->signer, memo);
    }
    return j->status == YQ_OK && sequence_check(memo, env->seq) != YQ_OK ? POOL_GONE : POOL_SKIP;
}

yq_status drop_spent(yq_ledger *l)
{
    judging j = {.status = YQ_OK};
    state_map_init(&j.map, l->db, NULL, NULL, NULL);
    pool_sweep(l->pool, judge_spent, &j);
    state_map_free(&j.map);
    return j.status;
}

yq_status yq_ledger_payload(
    yq_ledger *l,
    const yq_digest *parent_hash,
    uint64_t time_ms,
    uint8_t *digests,
    uint32_t cap,
    uint32_t *digest_n,
    uint32_t *tx_n)
{
    judging j = {.status = YQ_OK};
    overlay *parent;
    pool_limits limits = {
        .env_n = l->config.env_n_max == 0 ? YQ_BLOCK_ENVELOPE_N_MAX : l->config.env_n_max,
        .size = l->config.payload_size_max == 0 ? YQ_BLOCK_SIZE_MAX : l->config.payload_size_max,
    };
    limits.env_n = cap < limits.env_n ? cap : limits.env_n;
    *digest_n = *tx_n = 0;
    (void)pthread_rwlock_rdlock(&l->lock);
    if (parent_find(l, parent_hash, &parent)) {
        const yq_header *before = parent == NULL ? &l->tip.header : &parent->tip.header;
        j.time_ms = before->time_ms > time_ms ? before->time_ms : time_ms;
        state_map_init(&j.map, l->db, NULL, NULL, parent);
        *digest_n = pool_take(l->pool, &limits, judge, &j, digests, tx_n);
        state_map_free(&j.map);
    }
    (void)pthread_rwlock_unlock(&l->lock);
    return j.status;
}

/* The sequences that the block's envelopes use, a signer at a time. */
typedef struct signer_memo {
    yq_digest id;
    sequence seq;
} signer_memo;

typedef struct validation {
    yq_ledger *l;
    const yq_header *header;
    const uint8_t *digests;
    body **bodies;
    uint8_t *verified;
    signer_memo *memo;
    size_t memo_n;
} validation;

static yq_status memo_find(validation *v, state_map *m, const yq_digest *id, signer_memo **out)
{
    for (size_t i = 0; i < v->memo_n; i++) {
        if (digest_equal(&v->memo[i].id, id)) {
            *out = &v->memo[i];
            return YQ_OK;
        }
    }
    *out = &v->memo[v->memo_n++];
    (*out)->id = *id;
    return sequence_load(m, id, &(*out)->seq);
}

static yq_status check_place(validation *v, state_map *m, const yq_envelope *env)
{
    uint64_t time_ms = v->header->time_ms;
    if (!digest_equal(&env->chain_id_hash, &v->l->identity.chain_id_hash)) {
        return YQ_E_DOMAIN;
    }
    if (env->valid_until_ms < time_ms) {
        return YQ_E_EXPIRED;
    }
    if (env->valid_until_ms - time_ms > (uint64_t)YQ_ENVELOPE_VALID_MS_MAX) {
        return YQ_E_RANGE;
    }
    signer_memo *memo;
    yq_status status = memo_find(v, m, &env->signer, &memo);
    if (status == YQ_OK) {
        status = sequence_check(&memo->seq, env->seq);
    }
    if (status == YQ_OK) {
        sequence_take(&memo->seq, env->seq);
    }
    return status;
}

/* A body that came for this block only: signer and signature by the parent's state. */
static yq_status check_signature(validation *v, state_map *m, const yq_envelope *env)
{
    yq_hub hub;
    yq_signer_view signer;
    yq_ledger *l = v->l;
    (void)pthread_mutex_lock(&l->check_lock);
    yq_hub_init(&hub, &m->kv, l->check_memory, l->config.verifier, l->config.verifier_n, NULL);
    yq_status status = yq_hub_signer(&hub, &env->signer, &signer);
    if (status == YQ_OK) {
        status = yq_envelope_check(
            l->identity.alg, &l->identity.chain_id_hash, l->identity.suite, signer.key, env);
    }
    (void)pthread_mutex_unlock(&l->check_lock);
    state_map_reset(m);
    return m->status == YQ_OK ? status : m->status;
}

static yq_status check_envelopes(validation *v, state_map *m)
{
    yq_status status = block_check(v->l->identity.alg, v->header, v->bodies);
    for (uint32_t i = 0; i < v->header->n_env && status == YQ_OK; i++) {
        status = check_place(v, m, &v->bodies[i]->env);
    }
    for (uint32_t i = 0; i < v->header->n_env && status == YQ_OK; i++) {
        if (v->verified[i]) {
            continue;
        }
        const yq_envelope *env = &v->bodies[i]->env;
        status = check_signature(v, m, env);
        if (status == YQ_OK) {
            pool_verified(v->l->pool, env->digest.b);
        } else if (!yq_status_is_fault(status)) {
            pool_drop(v->l->pool, env->digest.b);
        }
    }
    return status;
}

static int gather(validation *v)
{
    int all = 1;
    for (uint32_t i = 0; i < v->header->n_env; i++) {
        int verified;
        v->bodies[i] = pool_find(v->l->pool, v->digests + (size_t)i * YQ_DIGEST_SIZE, &verified);
        v->verified[i] = (uint8_t)verified;
        all &= v->bodies[i] != NULL;
    }
    return all;
}

static yq_status validate(validation *v, yq_bft_verdict *verdict)
{
    overlay *parent;
    state_map map;
    yq_status status = YQ_OK;
    *verdict = YQ_BFT_VERDICT_WAIT;
    (void)pthread_rwlock_rdlock(&v->l->lock);
    if (parent_find(v->l, &v->header->parent_hash, &parent) && gather(v)) {
        state_map_init(&map, v->l->db, NULL, NULL, parent);
        status = check_envelopes(v, &map);
        *verdict = status == YQ_OK ? YQ_BFT_VERDICT_OK : YQ_BFT_VERDICT_INVALID;
        state_map_free(&map);
    }
    (void)pthread_rwlock_unlock(&v->l->lock);
    return yq_status_is_fault(status) ? status : YQ_OK;
}

yq_status yq_ledger_validate(
    yq_ledger *l, const yq_header *header, const uint8_t *digests, yq_bft_verdict *verdict)
{
    size_t n = header->n_env;
    validation v = {
        .l = l,
        .header = header,
        .digests = digests,
        .bodies = yq_mem_alloc(n * sizeof(body *)),
        .verified = yq_mem_alloc(n),
        .memo = yq_mem_alloc(n * sizeof(signer_memo)),
    };
    yq_status status = validate(&v, verdict);
    for (size_t i = 0; i < n; i++) {
        body_release(v.bodies[i]);
    }
    yq_mem_free(v.bodies);
    yq_mem_free(v.verified);
    yq_mem_free(v.memo);
    return status;
}
