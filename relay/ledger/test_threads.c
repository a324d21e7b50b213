#include "relay/ledger/test_world.h"

#include <criterion/criterion.h>
#include <pthread.h>

/* The executor commits while others read, check and fill the pool: nobody sees half a block. */
#define BLOCKS 30u

static world w;
static atomic_int stop;
static atomic_ulong reads;

static void *reader(void *arg)
{
    (void)arg;
    yq_view *v;
    yq_digest root;
    YQ_ASSERT(yq_view_open(w.ledger, &v) == YQ_OK);
    while (!atomic_load(&stop)) {
        (void)yq_view_refresh(v);
        const yq_view_block *b = yq_view_tip(v);
        uint8_t key[LEDGER_KEY_MAX];
        yq_slice value, proof;
        int found;
        static _Thread_local yq_state_proof p;
        yq_slice history = yq_slice_of(key, history_key(key));
        yq_block_roots_hash(YQ_HASH_SM3, &b->roots, &root);
        YQ_ASSERT(digest_equal(&root, &b->tip.result.result_root));
        YQ_ASSERT(yq_view_state(v, history, &value, &found, &proof) == YQ_OK && found);
        yq_cur c = yq_cur_of(value);
        YQ_ASSERT(yq_cur_u64(&c) == b->tip.header.height);
        YQ_ASSERT(yq_state_proof_decode(proof, &p, NULL) == YQ_OK);
        YQ_ASSERT(
            yq_state_check_present(YQ_HASH_SM3, &b->roots.state_root, history, value, &p) == YQ_OK);
        yq_slice range;
        yq_status status = yq_view_serve(v, 1, 64, &range);
        YQ_ASSERT(status == YQ_OK || status == YQ_E_NOT_FOUND);
        atomic_fetch_add(&reads, 1);
    }
    yq_view_close(v);
    return NULL;
}

static void *sender(void *arg)
{
    unsigned admin = *(unsigned *)arg;
    yq_view *v;
    YQ_ASSERT(yq_view_open(w.ledger, &v) == YQ_OK);
    for (uint64_t seq = 1; !atomic_load(&stop) && seq < 200; seq++) {
        uint8_t room[256];
        yq_envelope checked;
        yq_slice tx = world_bad_tx(room, sizeof room, (unsigned)seq);
        yq_envelope env = world_envelope(&w, admin, seq, WORLD_TIME + 3600000, &tx, 1);
        (void)yq_view_refresh(v);
        YQ_ASSERT(yq_view_check_envelope(v, env.bytes, WORLD_TIME, &checked, NULL) == YQ_OK);
        YQ_ASSERT(world_put(&w, &checked) == YQ_OK);
        world_drop(&env);
    }
    yq_view_close(v);
    return NULL;
}

Test(threads, readers_senders_and_the_executor, .timeout = 120)
{
    pthread_t thread[4];
    unsigned admin[2] = {0, 1};
    yq_bft_tip tip;
    world_make(&w);
    cr_assert_eq(world_open(&w), YQ_OK);
    for (unsigned i = 0; i < 4; i++) {
        cr_assert_eq(
            pthread_create(&thread[i], NULL, i < 2 ? reader : sender, i < 2 ? NULL : &admin[i - 2]),
            0);
    }
    for (unsigned i = 0; i < BLOCKS; i++) {
        world_block(&w, i % 3 != 1, &tip);
    }
    atomic_store(&stop, 1);
    for (unsigned i = 0; i < 4; i++) {
        cr_assert_eq(pthread_join(thread[i], NULL), 0);
    }
    cr_assert_gt(atomic_load(&reads), 10);
    cr_assert_eq(tip.header.height, BLOCKS);
    world_free(&w);
}

/* Every refusal of a check has its code. */
Test(threads, envelope_checks_by_the_state, .timeout = 60)
{
    world_make(&w);
    cr_assert_eq(world_open(&w), YQ_OK);
    uint8_t room[256];
    yq_bft_tip tip;
    yq_view *v;
    yq_envelope out;
    yq_slice tx = world_bad_tx(room, sizeof room, 1);
    yq_envelope env = world_envelope(&w, 0, 1, WORLD_TIME + 5000, &tx, 1);
    cr_assert_eq(yq_view_open(w.ledger, &v), YQ_OK);
    cr_assert_eq(yq_view_check_envelope(v, env.bytes, WORLD_TIME + 5000, &out, NULL), YQ_OK);
    cr_assert_eq(yq_view_check_envelope(v, env.bytes, WORLD_TIME + 5001, &out, NULL), YQ_E_EXPIRED);
    cr_assert_eq(
        yq_view_check_envelope(v, env.bytes, WORLD_TIME - 24u * 3600000u, &out, NULL), YQ_E_RANGE);
    static const struct {
        size_t at;
        yq_status want;
    } flip[] = {
        {0, YQ_E_DOMAIN},
        {32, YQ_E_SIGNER_UNKNOWN},
        {71, YQ_E_SIG},
        {79, YQ_E_SIG},
        {82, YQ_E_BODY_MISMATCH},
        {177, YQ_E_SIG},
        {190, YQ_E_BODY_MISMATCH}};
    uint8_t *bytes = (uint8_t *)(uintptr_t)env.bytes.p;
    for (unsigned i = 0; i < YQ_ARRAY_N(flip); i++) {
        bytes[flip[i].at] ^= 2;
        cr_assert_eq(
            yq_view_check_envelope(v, env.bytes, WORLD_TIME, &out, NULL),
            flip[i].want,
            "%zu",
            flip[i].at);
        bytes[flip[i].at] ^= 2;
    }
    bytes[33] ^= 1;
    for (unsigned i = 0; i < 20000; i++) { /* many checks, no reset between them */
        cr_assert_eq(
            yq_view_check_envelope(v, env.bytes, WORLD_TIME, &out, NULL), YQ_E_SIGNER_UNKNOWN);
    }
    bytes[33] ^= 1;
    cr_assert_eq(yq_view_check_envelope(v, env.bytes, WORLD_TIME, &out, NULL), YQ_OK);
    cr_assert_eq(world_put(&w, &env), YQ_OK);
    world_block(&w, 1, &tip);
    (void)yq_view_refresh(v);
    cr_assert_eq(yq_view_check_envelope(v, env.bytes, WORLD_TIME, &out, NULL), YQ_E_REPLAY);
    yq_view_close(v);
    world_drop(&env);
    world_free(&w);
}
