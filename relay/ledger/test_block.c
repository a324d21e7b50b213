#include "relay/ledger/test_world.h"

#include <criterion/criterion.h>

static world w;
static yq_ledger_start start;

static void begin(void)
{
    world_make(&w);
    cr_assert_eq(world_open(&w), YQ_OK);
    cr_assert_eq(yq_ledger_start_of(w.ledger, &start), YQ_OK);
}

static void finish(void)
{
    world_free(&w);
}

TestSuite(block, .init = begin, .fini = finish, .timeout = 120);

static yq_envelope envelope(unsigned admin, uint64_t seq, uint64_t valid_ms, unsigned number)
{
    uint8_t room[256];
    yq_slice tx = world_tx(room, sizeof room, number);
    return world_envelope(&w, admin, seq, valid_ms, &tx, 1);
}

static uint8_t digests[8 * 32];

static void name(unsigned i, const yq_envelope *env)
{
    memcpy(digests + 32 * i, env->digest.b, 32);
}

static yq_bft_verdict verdict_of(const yq_bft_tip *tip)
{
    yq_bft_verdict verdict;
    cr_assert_eq(yq_ledger_validate(w.ledger, &tip->header, digests, &verdict), YQ_OK);
    return verdict;
}

static yq_bft_verdict verdict_of_n(uint32_t n)
{
    yq_bft_tip tip;
    world_header(&w, &start.tip, 1, digests, n, n, &tip);
    return verdict_of(&tip);
}

#define HOUR UINT64_C(3600000)

Test(block, validate_waits_for_bodies_and_parent)
{
    yq_envelope env = envelope(0, 1, WORLD_TIME + HOUR, 1);
    uint32_t missing[4];
    name(0, &env);
    yq_pool *pool = yq_ledger_pool(w.ledger);
    cr_assert_eq(verdict_of_n(1), YQ_BFT_VERDICT_WAIT);
    cr_assert_eq(yq_pool_put(pool, &env, YQ_POOL_UNVERIFIED, 1), YQ_E_STATE, "nobody asked");
    cr_assert_eq(yq_pool_missing(pool, digests, 1, missing, 4), 1);
    cr_assert_eq(yq_pool_put(pool, &env, YQ_POOL_UNVERIFIED, 1), YQ_OK);
    cr_assert_eq(yq_pool_missing(pool, digests, 1, missing, 4), 0);
    cr_assert_eq(verdict_of_n(1), YQ_BFT_VERDICT_OK, "verified here");
    yq_bft_tip tip;
    world_header(&w, &start.tip, 1, digests, 1, 1, &tip);
    tip.header.parent_hash.b[0] ^= 1;
    cr_assert_eq(verdict_of(&tip), YQ_BFT_VERDICT_WAIT);
    world_drop(&env);
}

Test(block, validate_refuses_what_is_false_for_ever)
{
    uint32_t missing[8];
    yq_pool *pool = yq_ledger_pool(w.ledger);
    yq_envelope good = envelope(0, 1, WORLD_TIME + HOUR, 1);
    yq_envelope same_seq = envelope(0, 1, WORLD_TIME + HOUR, 2);
    yq_envelope old = envelope(1, 1, WORLD_TIME + 99, 3);
    yq_envelope just = envelope(1, 2, WORLD_TIME + 100, 3);
    yq_envelope far = envelope(1, 3, WORLD_TIME + 101 + 24 * HOUR, 3);
    yq_envelope forged = envelope(2, 1, WORLD_TIME + HOUR, 4);
    ((uint8_t *)(uintptr_t)forged.bytes.p)[177] ^= 1; /* the signature's last byte */
    cr_assert_eq(yq_envelope_decode(YQ_HASH_SM3, forged.bytes, &forged, NULL), YQ_OK);
    yq_key *stranger = yq_key_derive(YQ_SIG_SM2_MESSAGE, yq_slice_text("x"), "stranger");
    yq_key *swap = w.admin[3];
    w.admin[3] = stranger;
    yq_envelope unknown = envelope(3, 1, WORLD_TIME + HOUR, 5);
    w.admin[3] = swap;
    yq_key_free(stranger);

    yq_envelope *all[] = {&good, &same_seq, &old, &just, &far, &forged, &unknown};
    for (unsigned i = 0; i < 7; i++) {
        name(0, all[i]);
        cr_assert_eq(yq_pool_missing(pool, digests, 1, missing, 8), 1);
        cr_assert_eq(yq_pool_put(pool, all[i], YQ_POOL_UNVERIFIED, 1), YQ_OK);
    }
    static const yq_bft_verdict want[] = {
        YQ_BFT_VERDICT_OK,
        YQ_BFT_VERDICT_OK,
        YQ_BFT_VERDICT_INVALID,
        YQ_BFT_VERDICT_OK,
        YQ_BFT_VERDICT_INVALID,
        YQ_BFT_VERDICT_INVALID,
        YQ_BFT_VERDICT_INVALID,
    };
    for (unsigned i = 0; i < 7; i++) {
        name(0, all[i]);
        cr_assert_eq(verdict_of_n(1), want[i], "envelope %u", i);
    }
    name(0, &good);
    name(1, &same_seq);
    cr_assert_eq(verdict_of_n(2), YQ_BFT_VERDICT_INVALID, "one sequence twice");
    name(1, &good);
    cr_assert_eq(verdict_of_n(2), YQ_BFT_VERDICT_INVALID, "one envelope twice");
    yq_bft_tip tip;
    world_header(&w, &start.tip, 1, digests, 1, 2, &tip);
    cr_assert_eq(verdict_of(&tip), YQ_BFT_VERDICT_INVALID, "n_tx is not the sum");
    for (unsigned i = 0; i < 7; i++) {
        world_drop(all[i]);
    }
}

/* Blocks are executed on blocks that are not committed; a branch that is not taken goes. */
Test(block, executes_on_what_is_not_committed)
{
    yq_envelope a = envelope(0, 1, WORLD_TIME + HOUR, 1);
    yq_envelope b = envelope(0, 2, WORLD_TIME + HOUR, 2);
    cr_assert_eq(world_put(&w, &a), YQ_OK);
    cr_assert_eq(world_put(&w, &b), YQ_OK);
    yq_bft_tip one, two, other, three;
    name(0, &a);
    world_header(&w, &start.tip, 1, digests, 1, 1, &one);
    cr_assert_eq(yq_ledger_execute(w.ledger, &one.h, &one.header, digests, &one.result), YQ_OK);
    world_header(&w, &start.tip, 2, digests, 0, 0, &other);
    cr_assert_eq(
        yq_ledger_execute(w.ledger, &other.h, &other.header, digests, &other.result), YQ_OK);
    cr_assert(!digest_equal(&one.result.result_root, &other.result.result_root));

    /* The sequence is spent on one branch only. */
    world_header(&w, &one, 3, digests, 1, 1, &two);
    cr_assert_eq(verdict_of(&two), YQ_BFT_VERDICT_INVALID);
    world_header(&w, &other, 3, digests, 1, 1, &two);
    cr_assert_eq(verdict_of(&two), YQ_BFT_VERDICT_OK);
    name(0, &b);
    world_header(&w, &one, 3, digests, 1, 1, &two);
    cr_assert_eq(verdict_of(&two), YQ_BFT_VERDICT_OK);
    cr_assert_eq(yq_ledger_execute(w.ledger, &two.h, &two.header, digests, &two.result), YQ_OK);
    world_header(&w, &two, 4, digests, 0, 0, &three);
    cr_assert_eq(
        yq_ledger_execute(w.ledger, &three.h, &three.header, digests, &three.result), YQ_OK);

    uint8_t taken[64];
    uint32_t n, n_tx;
    cr_assert_eq(yq_ledger_payload(w.ledger, &one.h, WORLD_TIME, taken, 2, &n, &n_tx), YQ_OK);
    cr_assert_eq(n, 1, "a is in the parent");
    cr_assert_arr_eq(taken, b.digest.b, 32);
    cr_assert_eq(yq_ledger_payload(w.ledger, &two.h, WORLD_TIME, taken, 2, &n, &n_tx), YQ_OK);
    cr_assert_eq(n, 0);
    yq_digest nowhere = {{9}};
    cr_assert_eq(yq_ledger_payload(w.ledger, &nowhere, WORLD_TIME, taken, 2, &n, &n_tx), YQ_OK);
    cr_assert_eq(n, 0);

    static yq_ledger_committed committed;
    static yq_cert cert;
    cr_assert_eq(yq_ledger_commit(w.ledger, &two.h, NULL, &committed), YQ_E_PARENT);
    world_certify(&w, YQ_SIGNED_FINALIZE, &other, 3, &cert);
    cr_assert_eq(yq_ledger_commit(w.ledger, &one.h, &cert, &committed), YQ_E_CONFLICT);
    yq_bft_tip wrong = one;
    wrong.result.result_root.b[0] ^= 1;
    world_certify(&w, YQ_SIGNED_FINALIZE, &wrong, 3, &cert);
    cr_assert_eq(yq_ledger_commit(w.ledger, &one.h, &cert, &committed), YQ_E_CONFLICT);
    wrong = one;
    wrong.result.export_root.b[0] ^= 1;
    world_certify(&w, YQ_SIGNED_FINALIZE, &wrong, 3, &cert);
    cr_assert_eq(yq_ledger_commit(w.ledger, &one.h, &cert, &committed), YQ_E_CONFLICT);
    cr_assert_eq(yq_ledger_commit(w.ledger, &one.h, NULL, &committed), YQ_OK);
    cr_assert_eq(committed.has_cert, 0);
    cr_assert_eq(
        yq_ledger_execute(w.ledger, &one.h, &one.header, digests, &one.result), YQ_OK, "known");
    cr_assert_eq(yq_ledger_commit(w.ledger, &other.h, NULL, &committed), YQ_E_NOT_FOUND);
    world_certify(&w, YQ_SIGNED_FINALIZE, &two, 3, &cert);
    cr_assert_eq(yq_ledger_commit(w.ledger, &two.h, &cert, &committed), YQ_OK);
    cr_assert_eq(yq_ledger_commit(w.ledger, &two.h, &cert, &committed), YQ_OK, "again");
    cr_assert_eq(committed.has_cert, 1);
    yq_bft_result again;
    cr_assert_eq(yq_ledger_execute(w.ledger, &three.h, &three.header, digests, &again), YQ_OK);
    cr_assert(digest_equal(&again.result_root, &three.result.result_root));
    cr_assert_eq(yq_ledger_commit(w.ledger, &three.h, NULL, &committed), YQ_OK);
    yq_bft_tip late;
    world_header(&w, &other, 9, digests, 0, 0, &late);
    cr_assert_eq(
        yq_ledger_execute(w.ledger, &late.h, &late.header, digests, &late.result), YQ_E_PARENT);
    world_drop(&a);
    world_drop(&b);
}

/* A view stands at the newest height with a certificate, whatever is committed meanwhile. */
Test(block, views_stand_still_and_show_certified_heights)
{
    yq_view *v;
    yq_bft_tip one, two, three;
    world_send(&w, 0, 1, 1, 1);
    world_block(&w, 1, &one);
    cr_assert_eq(yq_view_open(w.ledger, &v), YQ_OK);
    world_send(&w, 0, 2, 2, 1);
    world_block(&w, 0, &two);
    cr_assert_eq(yq_view_refresh(v), 0);
    cr_assert(digest_equal(&yq_view_tip(v)->tip.h, &one.h));
    yq_view_block block;
    cr_assert_eq(yq_view_block_at(v, 2, &block), YQ_E_NOT_FOUND);
    world_block(&w, 1, &three);
    cr_assert(digest_equal(&yq_view_tip(v)->tip.h, &one.h));
    yq_view_event event[4];
    cr_assert_eq(yq_view_events(v, 0, 0, event, 4), 1);
    cr_assert_eq(yq_view_refresh(v), 1);
    cr_assert(digest_equal(&yq_view_tip(v)->tip.h, &three.h));
    cr_assert_eq(yq_view_events(v, 0, 0, event, 4), 2);
    cr_assert_eq(yq_view_fault(v), YQ_OK);
    yq_view_close(v);
}

static uint64_t draw_state = 3;

static unsigned draw(unsigned below)
{
    draw_state = draw_state * UINT64_C(6364136223846793005) + 1442695040888963407u;
    return (unsigned)(draw_state >> 33) % below;
}

/* The map over overlays and database against a sorted array: get, walk, deletion, undo. */
Test(block, the_state_map_equals_a_model)
{
    static uint8_t value[3][64];
    overlay lower = {0}, upper = {0};
    upper.parent = &lower;
    yq_db_batch *batch = yq_db_batch_new();
    for (unsigned layer = 0; layer < 3; layer++) {
        for (unsigned i = 0; i < 40; i++) {
            unsigned k = draw(64);
            uint8_t row[3] = {ROW_STATE, 'k', (uint8_t)k};
            yq_slice key = yq_slice_of(row + 1, 2);
            value[0][k] = (uint8_t)(layer > 0 && draw(3) == 0 ? 0 : 1 + draw(250));
            yq_slice bytes = yq_slice_of(&value[0][k], value[0][k] != 0);
            if (layer == 0) {
                yq_db_batch_put(batch, yq_slice_of(row, 3), bytes);
            } else if (bytes.n == 0) {
                yq_omap_remove(layer == 1 ? &lower.state : &upper.state, key);
            } else {
                yq_omap_put(layer == 1 ? &lower.state : &upper.state, key, bytes);
            }
        }
    }
    cr_assert_eq(yq_db_write(w.ledger->db, batch, NULL), YQ_OK);
    yq_db_batch_free(batch);
    yq_omap top = {0};
    state_map m;
    state_map_init(&m, w.ledger->db, NULL, &top, &upper);
    for (unsigned round = 0; round < 50; round++) {
        memcpy(value[1], value[0], sizeof value[0]);
        uint64_t mark = m.kv.mark(&m);
        for (unsigned i = 0; i < 10; i++) {
            uint8_t key[2] = {'k', (uint8_t)draw(64)};
            uint8_t v = (uint8_t)(draw(2) * (1 + draw(250)));
            m.kv.put(&m, yq_slice_of(key, 2), yq_slice_of(&v, v != 0));
            value[0][key[1]] = v;
        }
        if (draw(2) == 0) {
            m.kv.undo(&m, mark);
            memcpy(value[0], value[1], sizeof value[0]);
        }
        yq_slice after = {0}, key, got;
        unsigned k = 0;
        while (m.kv.next(&m, yq_slice_text("k"), after, &key, &got)) {
            while (value[0][k] == 0) {
                k++;
            }
            cr_assert(key.n == 2 && key.p[1] == k && got.n == 1 && got.p[0] == value[0][k]);
            int found;
            yq_slice read = m.kv.get(&m, key, &found);
            cr_assert(found && yq_slice_equal(read, got));
            after = key;
            k++;
        }
        while (k < 64) {
            cr_assert_eq(value[0][k++], 0);
        }
    }
    cr_assert_eq(m.status, YQ_OK);
    state_map_free(&m);
    yq_omap_free(&top);
    yq_omap_free(&lower.state);
    yq_omap_free(&upper.state);
}
