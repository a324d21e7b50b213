#include "relay/crypto/merkle.h"
#include "relay/ledger/result.h"

#include <criterion/criterion.h>

static size_t encode(uint8_t *room, size_t cap, uint32_t index)
{
    uint8_t events[64];
    yq_writer e = yq_writer_of(events, sizeof events);
    yq_result_event_put(&e, &(yq_result_event){3, yq_slice_text("city-410300"), 7});
    yq_result_event_put(&e, &(yq_result_event){4, {0}, 8});
    yq_result result = {
        .index = index,
        .tx_id = {{9}},
        .code = YQ_E_STATE,
        .data = yq_slice_text("data"),
        .event_n = 2,
        .events = yq_writer_slice(&e),
    };
    yq_writer w = yq_writer_of(room, cap);
    yq_result_put(&w, &result);
    cr_assert_eq(w.status, YQ_OK);
    return w.n;
}

Test(result, round_trip_and_every_cut)
{
    uint8_t room[256], again[256];
    size_t n = encode(room, sizeof room, 5);
    yq_result result;
    cr_assert_eq(yq_result_decode(yq_slice_of(room, n), &result, NULL), YQ_OK);
    cr_assert_eq(result.code, YQ_E_STATE);
    size_t pos = 0;
    yq_result_event event;
    cr_assert_eq(yq_result_event_next(&result, &pos, &event), 1);
    cr_assert_eq(event.value, 7);
    cr_assert(yq_slice_equal(event.subject, yq_slice_text("city-410300")));
    cr_assert_eq(yq_result_event_next(&result, &pos, &event), 1);
    cr_assert_eq(yq_result_event_next(&result, &pos, &event), 0);
    yq_writer w = yq_writer_of(again, sizeof again);
    yq_result_put(&w, &result);
    cr_assert(yq_slice_equal(yq_writer_slice(&w), yq_slice_of(room, n)));
    for (size_t cut = 0; cut < n; cut++) {
        cr_assert_neq(yq_result_decode(yq_slice_of(room, cut), &result, NULL), YQ_OK);
    }
    room[n] = 0;
    cr_assert_eq(yq_result_decode(yq_slice_of(room, n + 1), &result, NULL), YQ_E_TRAILING);
}

Test(result, a_proof_binds_leaf_place_and_count)
{
    uint8_t leaf[5][256];
    size_t size[5];
    yq_digest hash[5];
    for (uint32_t i = 0; i < 5; i++) {
        size[i] = encode(leaf[i], sizeof leaf[i], i);
        yq_slice part = yq_slice_of(leaf[i], size[i]);
        yq_merkle_leaf(YQ_HASH_SM3, &part, 1, &hash[i]);
    }
    yq_digest copy[5], plain, root;
    memcpy(copy, hash, sizeof copy);
    yq_merkle_root(YQ_HASH_SM3, copy, 5, &plain);
    yq_merkle_counted(YQ_HASH_SM3, 5, &plain, &root);
    for (size_t i = 0; i < 5; i++) {
        yq_result_proof proof = {.n = 5, .idx = i};
        memcpy(copy, hash, sizeof copy);
        yq_merkle_path(YQ_HASH_SM3, copy, 5, i, proof.path, &proof.path_n);
        uint8_t room[2200];
        yq_writer w = yq_writer_of(room, sizeof room);
        yq_result_proof_put(&w, &proof);
        yq_result_proof read;
        cr_assert_eq(yq_result_proof_decode(yq_writer_slice(&w), &read, NULL), YQ_OK);
        yq_slice bytes = yq_slice_of(leaf[i], size[i]);
        cr_assert_eq(yq_result_check(YQ_HASH_SM3, &root, bytes, &read), YQ_OK);
        for (size_t k = 0; k < w.n; k++) {
            room[k] ^= 1;
            yq_status status = yq_result_proof_decode(yq_writer_slice(&w), &read, NULL);
            if (status == YQ_OK) {
                status = yq_result_check(YQ_HASH_SM3, &root, bytes, &read);
            }
            cr_assert_neq(status, YQ_OK, "leaf %zu, byte %zu", i, k);
            room[k] ^= 1;
        }
        leaf[i][size[i] - 1] ^= 1;
        cr_assert_eq(yq_result_check(YQ_HASH_SM3, &root, bytes, &proof), YQ_E_PROOF);
        leaf[i][size[i] - 1] ^= 1;
        cr_assert_eq(yq_result_check(YQ_HASH_SM3, &plain, bytes, &proof), YQ_E_PROOF);
        yq_digest zero = {{0}};
        cr_assert_eq(yq_result_check(YQ_HASH_SM3, &zero, bytes, &proof), YQ_E_ZERO_ROOT);
    }
}

Test(result, roots_are_canonical)
{
    yq_block_roots roots = {
        .results_root = {{1}},
        .state_root = {{2}},
        .suite_n = 2,
        .suite = {{1, {{3}}}, {3, {{4}}}},
    };
    uint8_t room[256];
    yq_writer w = yq_writer_of(room, sizeof room);
    yq_block_roots_put(&w, &roots);
    yq_block_roots read;
    yq_cur c = yq_cur_of(yq_writer_slice(&w));
    yq_block_roots_get(&c, &read);
    cr_assert_eq(yq_cur_done(&c, NULL), YQ_OK);
    yq_digest x, y;
    yq_block_roots_hash(YQ_HASH_SM3, &roots, &x);
    yq_block_roots_hash(YQ_HASH_SM3, &read, &y);
    cr_assert(memcmp(x.b, y.b, 32) == 0);
    room[65] = 3; /* suites 3, 3 */
    c = yq_cur_of(yq_writer_slice(&w));
    yq_block_roots_get(&c, &read);
    cr_assert_eq(yq_cur_done(&c, NULL), YQ_E_NONCANONICAL);
    room[65] = 1;
    memset(room + 66, 0, 32);
    c = yq_cur_of(yq_writer_slice(&w));
    yq_block_roots_get(&c, &read);
    cr_assert_eq(yq_cur_done(&c, NULL), YQ_E_ZERO_ROOT);
}
