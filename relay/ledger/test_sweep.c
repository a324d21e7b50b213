#include "relay/ledger/pool_internal.h"

#include <criterion/criterion.h>

/* An envelope that came again after its block must not look like work for ever. */

static void put(yq_pool *pool, const char *name, uint64_t seq)
{
    static const uint8_t tx_bytes[4] = {1, 1, 0, 1};
    uint8_t room[512];
    yq_key *key = yq_key_derive(YQ_SIG_SM2_MESSAGE, yq_slice_text("sweep"), name);
    yq_envelope_plan plan = {
        .alg = YQ_HASH_SM3, .suite = YQ_SUITE_SM2, .key = key, .seq = seq, .valid_until_ms = 1000};
    yq_slice tx = YQ_SLICE_OF(tx_bytes);
    yq_buf out = {room, sizeof room, 0};
    yq_envelope env;
    cr_assert(yq_envelope_build(&plan, &tx, 1, &out, NULL) == YQ_OK);
    yq_slice bytes = {out.p, out.n};
    cr_assert(yq_envelope_decode(YQ_HASH_SM3, bytes, &env, NULL) == YQ_OK);
    cr_assert(yq_pool_put(pool, &env, YQ_POOL_VERIFIED, 100) == YQ_OK);
    yq_key_free(key);
}

typedef struct rule {
    uint64_t spent; /* sequences up to it */
    unsigned fresh, asked;
} rule;

static pool_verdict judge(void *self, const yq_envelope *env, sequence *memo, int fresh)
{
    rule *r = self;
    (void)memo;
    r->asked++;
    r->fresh += fresh ? 1u : 0u;
    return env->seq <= r->spent ? POOL_GONE : POOL_SKIP;
}

Test(sweep, what_is_spent_leaves_the_pool)
{
    yq_pool_config config = {0};
    yq_pool *pool = pool_new(&config);
    yq_pool_stats stats;
    rule r = {.spent = 2};
    pool_sweep(pool, judge, &r);
    cr_assert(r.asked == 0);
    for (uint64_t seq = 1; seq <= 3; seq++) {
        put(pool, "a", seq);
        put(pool, "b", seq);
    }
    put(pool, "c", 1);
    pool_sweep(pool, judge, &r);
    yq_pool_look(pool, &stats);
    cr_assert(r.asked == 7 && r.fresh == 3 && stats.count == 2 && stats.expired == 5);
    cr_assert(yq_pool_work(pool, 1000, NULL));
    r = (rule){.spent = 3};
    pool_sweep(pool, judge, &r);
    yq_pool_look(pool, &stats);
    cr_assert(r.asked == 2 && stats.count == 0 && stats.size == 0 && stats.held_count == 0);
    cr_assert(!yq_pool_work(pool, 1000, NULL));
    pool_free(pool);
}
