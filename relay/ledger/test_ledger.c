#include "relay/ledger/test_world.h"

#include <criterion/criterion.h>

static world w;

static void begin(void)
{
    world_make(&w);
    cr_assert_eq(world_open(&w), YQ_OK);
}

static void finish(void)
{
    world_free(&w);
}

TestSuite(ledger, .init = begin, .fini = finish, .timeout = 120);

Test(ledger, starts_from_the_genesis)
{
    static yq_ledger_start start;
    yq_digest root;
    cr_assert_eq(yq_ledger_start_of(w.ledger, &start), YQ_OK);
    cr_assert_eq(start.tip.header.height, 0);
    cr_assert(digest_equal(&start.tip.h, &start.base.h));
    cr_assert_eq(start.set.epoch, 1);
    cr_assert_eq(start.has_cert, 0);
    yq_valset_hash(YQ_HASH_SM3, &start.set, &root);
    yq_digest want;
    yq_valset_hash(YQ_HASH_SM3, &w.set, &want);
    cr_assert(digest_equal(&root, &want));
    yq_ledger_close(w.ledger);
    static yq_ledger_start again;
    cr_assert_eq(world_open(&w), YQ_OK);
    cr_assert_eq(yq_ledger_start_of(w.ledger, &again), YQ_OK);
    cr_assert(digest_equal(&start.tip.result.result_root, &again.tip.result.result_root));
}

Test(ledger, another_genesis_is_refused)
{
    world other;
    world_make(&other);
    other.genesis[20] ^= 1; /* still some bytes, another chain */
    yq_ledger_close(w.ledger);
    w.ledger = NULL;
    char path[96];
    yq_ledger *l;
    (void)snprintf(path, sizeof path, "%s/db", w.dir);
    static yq_genesis g;
    cr_assert_eq(yq_genesis_decode(yq_slice_of(w.genesis, w.genesis_n), &g, NULL), YQ_OK);
    g.time_ms++;
    static uint8_t room[8192];
    yq_buf out = {room, sizeof room, 0};
    cr_assert_eq(yq_genesis_encode(&g, &out, NULL), YQ_OK);
    yq_ledger_config config = {.path = path, .genesis = yq_slice_of(room, out.n)};
    cr_assert_eq(yq_ledger_open(&config, &l, NULL), YQ_E_CONFIG_INVALID);
    world_free(&other);
}

static void expect_where(yq_view *v, const yq_digest *id, yq_tx_stage stage, uint64_t height)
{
    yq_tx_where where;
    cr_assert_eq(yq_view_tx(v, id, &where), YQ_OK);
    cr_assert_eq(where.stage, stage);
    cr_assert_eq(where.height, height);
}

Test(ledger, a_transaction_becomes_final_with_its_proof)
{
    uint8_t room[256];
    yq_slice tx = world_tx(room, sizeof room, 1);
    yq_envelope env = world_envelope(&w, 0, 1, WORLD_TIME + 3600000, &tx, 1);
    yq_view *v;
    yq_digest id;
    yq_bft_tip tip;
    cr_assert_eq(yq_view_open(w.ledger, &v), YQ_OK);
    yq_envelope_tx_id(YQ_HASH_SM3, &env.id, 0, &id);
    expect_where(v, &env.id, YQ_TX_UNKNOWN, 0);
    cr_assert_eq(world_put(&w, &env), YQ_OK);
    expect_where(v, &env.id, YQ_TX_PENDING, 0);
    world_block(&w, 1, &tip);
    cr_assert_eq(w.told, 1);
    expect_where(v, &id, YQ_TX_UNKNOWN, 0);
    cr_assert_eq(yq_view_refresh(v), 1);
    cr_assert_eq(yq_view_refresh(v), 0);
    expect_where(v, &id, YQ_TX_FINAL, 1);
    expect_where(v, &env.id, YQ_TX_FINAL, 1);

    const yq_view_block *block = yq_view_tip(v);
    cr_assert(block->has_cert);
    cr_assert_eq(yq_cert_check(&block->cert, YQ_HASH_SM3, &w.set, NULL, NULL), YQ_OK);
    yq_digest root;
    yq_block_roots_hash(YQ_HASH_SM3, &block->roots, &root);
    cr_assert(digest_equal(&root, &block->cert.info.result_root));
    yq_slice leaf;
    yq_result_proof proof;
    yq_result result;
    cr_assert_eq(yq_view_result(v, 1, 1, &leaf, &proof), YQ_OK);
    cr_assert_eq(yq_result_check(YQ_HASH_SM3, &block->roots.results_root, leaf, &proof), YQ_OK);
    cr_assert_eq(yq_result_decode(leaf, &result, NULL), YQ_OK);
    cr_assert(digest_equal(&result.tx_id, &id));
    cr_assert_eq(result.code, YQ_OK);
    cr_assert_eq(result.event_n, 1);
    cr_assert_eq(yq_view_result(v, 1, 2, &leaf, &proof), YQ_E_NOT_FOUND);
    cr_assert_eq(yq_view_result(v, 2, 0, &leaf, &proof), YQ_E_NOT_FOUND);

    yq_slice body_bytes;
    cr_assert_eq(yq_view_body(v, env.digest.b, &body_bytes), YQ_OK);
    cr_assert(yq_slice_equal(body_bytes, env.bytes));
    yq_view_close(v);
    world_drop(&env);
}

Test(ledger, a_refused_transaction_leaves_nothing_but_its_code)
{
    world_send(&w, 1, 5, 10, 6);
    yq_bft_tip tip;
    world_block(&w, 1, &tip);
    yq_view *v;
    cr_assert_eq(yq_view_open(w.ledger, &v), YQ_OK);
    for (uint32_t i = 1; i <= 6; i++) {
        yq_slice leaf;
        yq_result result;
        cr_assert_eq(yq_view_result(v, 1, i, &leaf, NULL), YQ_OK);
        cr_assert_eq(yq_result_decode(leaf, &result, NULL), YQ_OK);
        cr_assert_eq(result.code, (i - 1) % 3 == 2 ? YQ_E_NOT_FOUND : YQ_OK);
        cr_assert_eq(result.event_n, (i - 1) % 3 == 2 ? 0 : 1);
    }
    yq_view_event event[16];
    cr_assert_eq(yq_view_events(v, 0, 0, event, 16), 4);
    cr_assert_eq(event[3].index, 5);
    cr_assert_eq(yq_view_events(v, 1, 2, event, 16), 2);
    cr_assert_eq(yq_view_events(v, 1, 4, event, 16), 0);
    cr_assert_eq(yq_view_events(v, 0, 0, event, 3), 3);
    yq_view_close(v);
}

Test(ledger, state_proofs_and_history_lead_to_the_certified_root)
{
    yq_bft_tip tip[6];
    for (unsigned i = 0; i < 6; i++) {
        world_send(&w, i % 4, 1 + i / 4, 20 + i, 1);
        world_block(&w, 1, &tip[i]);
    }
    yq_view *v;
    cr_assert_eq(yq_view_open(w.ledger, &v), YQ_OK);
    const yq_view_block *top = yq_view_tip(v);
    uint8_t key[LEDGER_KEY_MAX];
    yq_slice value, bytes;
    int found;
    static yq_state_proof proof;
    yq_slice history = yq_slice_of(key, history_key(key));
    cr_assert_eq(yq_view_state(v, history, &value, &found, &bytes), YQ_OK);
    cr_assert(found);
    cr_assert_eq(yq_state_proof_decode(bytes, &proof, NULL), YQ_OK);
    cr_assert_eq(
        yq_state_check_present(YQ_HASH_SM3, &top->roots.state_root, history, value, &proof), YQ_OK);
    yq_slice absent = yq_slice_text("no such key");
    yq_slice none;
    cr_assert_eq(yq_view_state(v, absent, &none, &found, &bytes), YQ_OK);
    cr_assert(!found);
    cr_assert_eq(yq_state_proof_decode(bytes, &proof, NULL), YQ_OK);
    cr_assert_eq(yq_state_check_absent(YQ_HASH_SM3, &top->roots.state_root, absent, &proof), YQ_OK);

    yq_digest root, leaf, path[YQ_PROOF_DEPTH_MAX];
    memcpy(root.b, value.p + 8, 32);
    for (uint64_t height = 0; height < 6; height++) {
        uint64_t n;
        size_t path_n;
        yq_view_block block;
        cr_assert_eq(yq_view_block_at(v, height, &block), YQ_OK);
        cr_assert_eq(yq_view_history(v, height, &n, path, &path_n), YQ_OK);
        cr_assert_eq(n, 6);
        yq_slice part = yq_slice_of(block.tip.h.b, 32);
        yq_merkle_leaf(YQ_HASH_SM3, &part, 1, &leaf);
        cr_assert_eq(yq_merkle_check(YQ_HASH_SM3, &root, n, height, &leaf, path, path_n), YQ_OK);
        uint64_t again;
        cr_assert_eq(yq_view_height_of(v, &block.tip.h, &again), YQ_OK);
        cr_assert_eq(again, height);
    }
    uint64_t n;
    size_t path_n;
    cr_assert_eq(yq_view_history(v, 6, &n, path, &path_n), YQ_E_NOT_FOUND);
    yq_view_close(v);
}
