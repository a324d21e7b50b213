#include "relay/ledger/test_world.h"

#include <criterion/criterion.h>

/* Envelopes here need no real signature: the pool never checks one. */
static yq_envelope made(unsigned signer, uint64_t seq, uint64_t valid_ms, size_t tx_size)
{
    static yq_key *key;
    if (key == NULL) {
        key = yq_key_derive(YQ_SIG_SM2_MESSAGE, yq_slice_text("pool"), "key");
    }
    uint8_t *tx_bytes = yq_mem_alloc(tx_size);
    yq_slice tx = yq_slice_of(tx_bytes, tx_size);
    yq_envelope_plan plan = {.alg = YQ_HASH_SHA256, .suite = YQ_SUITE_SM2, .key = key};
    plan.seq = seq;
    plan.valid_until_ms = valid_ms;
    size_t size = yq_envelope_size(&tx, 1);
    yq_buf out = {yq_mem_alloc(size), size, 0};
    YQ_ASSERT(yq_envelope_build(&plan, &tx, 1, &out, NULL) == YQ_OK);
    out.p[32] = (uint8_t)signer; /* another signer id */
    yq_envelope env;
    YQ_ASSERT(yq_envelope_decode(YQ_HASH_SHA256, yq_slice_of(out.p, out.n), &env, NULL) == YQ_OK);
    yq_mem_free(tx_bytes);
    return env;
}

static yq_status put(yq_pool *pool, const yq_envelope *env, uint64_t now_ms)
{
    return yq_pool_put(pool, env, YQ_POOL_VERIFIED, now_ms);
}

static pool_verdict take_all(void *self, const yq_envelope *env, sequence *memo, int fresh)
{
    (void)self;
    if (fresh) {
        *memo = (sequence){0};
    }
    if (sequence_check(memo, env->seq) != YQ_OK) {
        return POOL_GONE;
    }
    sequence_take(memo, env->seq);
    return POOL_TAKE;
}

static pool_verdict refuse_odd(void *self, const yq_envelope *env, sequence *memo, int fresh)
{
    (void)self;
    (void)memo;
    (void)fresh;
    return env->seq % 2 == 1 ? POOL_GONE : POOL_SKIP;
}

static uint8_t digests[64 * 32];

static uint32_t take(yq_pool *pool, uint32_t env_n, size_t size)
{
    uint32_t tx_n;
    pool_limits limits = {env_n, size};
    uint32_t n = pool_take(pool, &limits, take_all, NULL, digests, &tx_n);
    cr_assert_eq(tx_n, n);
    return n;
}

Test(pool, takes_turns_between_signers)
{
    yq_pool *pool = pool_new(&(yq_pool_config){0});
    yq_envelope env[12];
    for (unsigned i = 0; i < 12; i++) { /* signer 1 sends eight, signers 2 and 3 two each */
        unsigned signer = i < 8 ? 1 : 2 + i % 2;
        env[i] = made(signer, 1 + i, 1000, 10);
        cr_assert_eq(put(pool, &env[i], 1), YQ_OK);
        cr_assert_eq(put(pool, &env[i], 1), YQ_OK, "again");
    }
    cr_assert_eq(take(pool, 6, 1u << 20), 6);
    unsigned of_first = 0;
    for (unsigned i = 0; i < 6; i++) {
        for (unsigned k = 0; k < 8; k++) {
            of_first += memcmp(digests + 32 * i, env[k].digest.b, 32) == 0;
        }
    }
    cr_assert_eq(of_first, 2, "a third");
    cr_assert_eq(take(pool, 64, 1u << 20), 12);
    cr_assert_eq(take(pool, 64, 3 * env[0].bytes.n), 3);
    body *gone[2] = {body_new(&env[0]), body_new(&env[11])};
    pool_committed(pool, gone, 2, 1000);
    cr_assert_eq(take(pool, 64, 1u << 20), 10);
    uint32_t tx_n;
    pool_limits limits = {64, 1u << 20};
    cr_assert_eq(pool_take(pool, &limits, refuse_odd, NULL, digests, &tx_n), 0);
    yq_pool_stats stats;
    yq_pool_look(pool, &stats);
    cr_assert_eq(stats.count, 5, "what is spent went, the even ones of 2..11 stayed");
    pool_committed(pool, NULL, 0, 1001);
    yq_pool_look(pool, &stats);
    cr_assert_eq(stats.count + stats.size + stats.held_count, 0, "expired");
    body_release(gone[0]);
    body_release(gone[1]);
    pool_free(pool);
    for (unsigned i = 0; i < 12; i++) {
        world_drop(&env[i]);
    }
}

Test(pool, one_sequence_once_and_shares)
{
    yq_pool *pool = pool_new(&(yq_pool_config){.count_max = 8});
    yq_envelope a = made(1, 1, 1000, 10), b = made(1, 1, 1001, 10);
    cr_assert_eq(put(pool, &a, 1), YQ_OK);
    cr_assert_eq(put(pool, &b, 1), YQ_E_REPLAY);
    cr_assert(yq_pool_has_id(pool, &a.id));
    cr_assert(!yq_pool_has_id(pool, &b.id));
    yq_envelope c = made(1, 2, 1000, 10), d = made(1, 3, 1000, 10), e = made(2, 3, 1000, 10);
    cr_assert_eq(put(pool, &c, 1), YQ_OK);
    cr_assert_eq(put(pool, &d, 1), YQ_E_BUSY, "a quarter of eight");
    cr_assert_eq(put(pool, &e, 1), YQ_OK);
    /* A block wants it: it is kept, though it does not wait. */
    uint32_t missing[1];
    cr_assert_eq(yq_pool_missing(pool, d.digest.b, 1, missing, 1), 1);
    cr_assert_eq(put(pool, &d, 1), YQ_OK);
    cr_assert(!yq_pool_has_id(pool, &d.id));
    uint8_t room[512];
    yq_buf out = {room, sizeof room, 0};
    cr_assert_eq(yq_pool_get(pool, d.digest.b, &out), YQ_OK);
    cr_assert(yq_slice_equal(yq_slice_of(out.p, out.n), d.bytes));
    out.cap = 10;
    cr_assert_eq(yq_pool_get(pool, d.digest.b, &out), YQ_E_NOSPC);
    cr_assert_eq(yq_pool_get(pool, b.digest.b, &out), YQ_E_NOT_FOUND);
    /* b is committed, of a sequence that a uses: a goes. */
    body *committed = body_new(&b);
    pool_committed(pool, &committed, 1, 0);
    cr_assert(!yq_pool_has_id(pool, &a.id));
    body_release(committed);
    for (unsigned i = 0; i < 80; i++) {
        pool_committed(pool, NULL, 0, 0);
    }
    out.cap = sizeof room;
    cr_assert_eq(yq_pool_get(pool, d.digest.b, &out), YQ_E_NOT_FOUND, "no block asked for long");
    cr_assert_eq(yq_pool_get(pool, c.digest.b, &out), YQ_OK);
    pool_free(pool);
    world_drop(&a);
    world_drop(&b);
    world_drop(&c);
    world_drop(&d);
    world_drop(&e);
}

Test(pool, is_bounded_by_bytes)
{
    yq_pool *pool = pool_new(&(yq_pool_config){.size_max = 4000});
    yq_envelope env[6];
    unsigned taken = 0;
    for (unsigned i = 0; i < 6; i++) {
        env[i] = made(1 + i, 1, 1000, 700);
        taken += put(pool, &env[i], 1) == YQ_OK;
    }
    cr_assert_eq(taken, 4);
    yq_envelope big = made(1, 2, 1000, 500);
    cr_assert_eq(put(pool, &big, 1), YQ_E_BUSY);
    pool_free(pool);
    for (unsigned i = 0; i < 6; i++) {
        world_drop(&env[i]);
    }
    world_drop(&big);
}

Test(pool, says_when_there_is_work_and_what_to_announce)
{
    yq_pool *pool = pool_new(&(yq_pool_config){0});
    uint64_t next;
    cr_assert_eq(yq_pool_work(pool, 5000, &next), 0);
    cr_assert_eq(next, UINT64_MAX);
    yq_envelope a = made(1, 1, 1000, 10), b = made(2, 1, 1000, 10);
    cr_assert_eq(put(pool, &a, 5000), YQ_OK);
    cr_assert_eq(put(pool, &b, 5500), YQ_OK);
    cr_assert_eq(yq_pool_work(pool, 5049, &next), 0);
    cr_assert_eq(next, 5050);
    cr_assert_eq(yq_pool_work(pool, 5050, NULL), 1);
    cr_assert_eq(yq_pool_announce(pool, 5999, digests, 8), 0);
    cr_assert_eq(yq_pool_announce(pool, 6000, digests, 8), 1);
    cr_assert_arr_eq(digests, a.digest.b, 32);
    cr_assert_eq(yq_pool_announce(pool, 6500, digests, 8), 1, "b's turn, a was told");
    cr_assert_arr_eq(digests, b.digest.b, 32);
    cr_assert_eq(yq_pool_announce(pool, 6999, digests, 8), 0);
    cr_assert_eq(yq_pool_announce(pool, 9000, digests, 1), 1);
    cr_assert_eq(yq_pool_announce(pool, 9000, digests, 8), 1);
    pool_free(pool);
    world_drop(&a);
    world_drop(&b);
}

Test(sequence, window_edges)
{
    sequence s = {0};
    cr_assert_eq(sequence_check(&s, 0), YQ_E_REPLAY);
    cr_assert_eq(sequence_check(&s, 1), YQ_OK);
    sequence_take(&s, 5);
    cr_assert_eq(sequence_check(&s, 5), YQ_E_REPLAY);
    cr_assert_eq(sequence_check(&s, 1), YQ_OK, "below the highest, inside the window");
    sequence_take(&s, 1028);
    cr_assert_eq(sequence_check(&s, 5), YQ_E_REPLAY, "the lowest of the window, taken");
    cr_assert_eq(sequence_check(&s, 4), YQ_E_REPLAY, "below the window");
    cr_assert_eq(sequence_check(&s, 6), YQ_OK);
    sequence_take(&s, 1029);
    cr_assert_eq(sequence_check(&s, 5), YQ_E_REPLAY);
    cr_assert_eq(sequence_check(&s, 6), YQ_OK);
    cr_assert_eq(sequence_check(&s, 1028), YQ_E_REPLAY);
    sequence_take(&s, 1029 + 1024);
    for (uint64_t i = 1030; i < 1029 + 1024; i++) {
        cr_assert_eq(sequence_check(&s, i), YQ_OK, "nothing of the old window is left");
    }
    cr_assert_eq(sequence_check(&s, 1029), YQ_E_REPLAY);
    sequence_take(&s, UINT64_MAX);
    cr_assert_eq(sequence_check(&s, UINT64_MAX), YQ_E_REPLAY);
    cr_assert_eq(sequence_check(&s, UINT64_MAX - 1), YQ_OK);
    cr_assert_eq(sequence_check(&s, UINT64_MAX - 1024), YQ_E_REPLAY);

    uint8_t value[SEQUENCE_SIZE];
    sequence again;
    sequence_encode(&s, value);
    cr_assert_eq(sequence_decode(yq_slice_of(value, sizeof value), &again), YQ_OK);
    cr_assert_eq(memcmp(&s, &again, sizeof s), 0);
    cr_assert_eq(sequence_decode(yq_slice_of(value, sizeof value - 1), &again), YQ_E_CORRUPT);
    cr_assert_eq(sequence_decode((yq_slice){0}, &again), YQ_OK);
    cr_assert_eq(again.highest, 0);
}

/* The window against a plain set. */
Test(sequence, equals_a_model)
{
    static uint8_t taken[8192];
    sequence s = {0};
    uint64_t x = 9, highest = 0;
    for (unsigned i = 0; i < 20000; i++) {
        x = x * UINT64_C(6364136223846793005) + 1442695040888963407u;
        uint64_t low = highest > 1100 ? highest - 1100 : 1;
        uint64_t seq = low + (x >> 33) % (x % 97 == 0 ? 2200 : 1105);
        if (seq >= sizeof taken) {
            break;
        }
        int free_ = seq > highest || (highest - seq < 1024 && !taken[seq]);
        cr_assert_eq(sequence_check(&s, seq) == YQ_OK, free_);
        if (free_) {
            sequence_take(&s, seq);
            taken[seq] = 1;
            highest = seq > highest ? seq : highest;
        }
    }
    cr_assert_gt(highest, 6000);
}
