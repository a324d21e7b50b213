#include "light-clients/fisco-bcos-2/test_world.h"

TestSuite(verifier, .init = setup, .fini = teardown);

Test(verifier, quorum_is_exact_for_every_size)
{
    FOR_BOTH(x)
    {
        for (size_t n = 1; n <= 10; n++) {
            for (size_t i = 0; i < 10; i++) {
                x->chain.member[i] = i < n;
            }
            test_header_make(&x->chain, NULL, x->b[0]);
            test_plain_block(&x->chain, x->b[0], x->b[1]);
            cr_assert_eq(
                test_client_init(x->client, test_anchor(&x->chain, x->b[0], x->room)), YQ_OK);
            size_t quorum = n - (n - 1) / 3;
            uint32_t mask = ((1u << quorum) - 1) << (n - quorum);
            uint32_t less = mask & (mask - 1);
            cr_assert_eq(
                update(x, 1, less, 0), less == 0 ? YQ_E_SIGNATURES_MISSING : YQ_E_QUORUM, "%zu", n);
            cr_assert_eq(update(x, 1, mask, 0), YQ_OK, "%zu", n);
        }
    }
}

/* Signatures of the given (signer, index) pairs over block 1. */
static yq_status update_signed(world *x, const size_t *signer, const uint16_t *index, uint16_t n)
{
    yq_writer out = yq_writer_of(x->room, TEST_BYTES_MAX);
    yq_put_u8(&out, 1);
    yq_put_blob32(&out, yq_slice_of(x->b[1]->header, x->b[1]->header_n));
    yq_put_u16(&out, n);
    for (size_t i = 0; i < n; i++) {
        test_sign(&x->chain, &x->b[1]->hash, x->chain.key[signer[i]], index[i], &out);
    }
    yq_put_u16(&out, 0);
    return test_client_update(x->client, yq_writer_slice(&out));
}

Test(verifier, only_distinct_members_count)
{
    FOR_BOTH(x)
    {
        cr_assert_eq(
            update_signed(x, (size_t[]){0, 1, 1}, (uint16_t[]){0, 1, 1}, 3), YQ_E_DUP_SIGNER);
        cr_assert_eq(
            update_signed(x, (size_t[]){1, 1, 1}, (uint16_t[]){1, 1, 1}, 3), YQ_E_DUP_SIGNER);
        cr_assert_eq(
            update_signed(x, (size_t[]){0, 1, 1}, (uint16_t[]){0, 1, 2}, 3), YQ_E_SIGNER_MISMATCH);
        cr_assert_eq(
            update_signed(x, (size_t[]){0, 1, 5}, (uint16_t[]){0, 1, 2}, 3), YQ_E_SIGNER_UNKNOWN);
        cr_assert_eq(
            update_signed(x, (size_t[]){0, 1, 4}, (uint16_t[]){0, 1, 4}, 3), YQ_E_SIGNER_UNKNOWN);
        cr_assert_eq(
            update_signed(x, (size_t[]){0, 1, 2, 4}, (uint16_t[]){0, 1, 2, 300}, 4),
            YQ_E_SIGNER_UNKNOWN);
        cr_assert_eq(
            update_signed(x, (size_t[]){0, 1, 2, 5}, (uint16_t[]){0, 1, 2, 3}, 4),
            YQ_E_SIGNER_UNKNOWN,
            "one bad signature above the quorum is still bad");
        cr_assert_eq(update_signed(x, NULL, NULL, 0), YQ_E_SIGNATURES_MISSING);
        cr_assert_eq(
            update_signed(x, (size_t[]){3, 0, 2}, (uint16_t[]){3, 0, 2}, 3), YQ_OK, "in any order");
    }
}

/* Changes one byte of the n-th signature of an update: to this value, or to another one where the
 * signature has it by chance. */
static yq_status update_with(world *x, size_t nth, size_t at, uint8_t value)
{
    size_t size = x->chain.suite == YQ_FISCO2_SUITE_SM ? 128 : 65;
    yq_slice evidence = test_update(&x->chain, x->b[1], 7, NULL, 0, x->room);
    uint8_t *byte = &x->room[1 + 4 + x->b[1]->header_n + 2 + nth * (2 + size) + 2 + at];
    *byte = *byte == value ? value ^ 1 : value;
    return test_client_update(x->client, evidence);
}

Test(verifier, signatures_are_in_range)
{
    yq_slice evidence = test_update(&w[0].chain, w[0].b[1], 7, NULL, 0, w[0].room);
    size_t first = 1 + 4 + w[0].b[1]->header_n + 2 + 2;
    memset(w[0].room + first, 0, 32);
    cr_assert_eq(test_client_update(w[0].client, evidence), YQ_E_SIG_RANGE, "r = 0");
    memset(w[0].room + first, 0xff, 32);
    cr_assert_eq(test_client_update(w[0].client, evidence), YQ_E_SIG_RANGE, "r >= n");
    cr_assert_eq(update_with(&w[0], 2, 40, 0x5a), YQ_E_SIG);
    cr_assert_eq(update_with(&w[1], 0, 64, 4), YQ_E_SIG_RANGE, "v");
    cr_assert_eq(update_with(&w[1], 0, 64, 27), YQ_E_SIG_RANGE, "v");
}

Test(verifier, the_other_form_of_a_secp256k1_signature_is_refused)
{
    static const uint8_t order[32] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                                      0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe,
                                      0xba, 0xae, 0xdc, 0xe6, 0xaf, 0x48, 0xa0, 0x3b,
                                      0xbf, 0xd2, 0x5e, 0x8c, 0xd0, 0x36, 0x41, 0x41};
    world *x = &w[1];
    yq_slice evidence = test_update(&x->chain, x->b[1], 7, NULL, 0, x->room);
    uint8_t *sig = x->room + 1 + 4 + x->b[1]->header_n + 2 + 2;
    int borrow = 0;
    for (size_t i = 32; i-- > 0;) {
        int d = order[i] - sig[32 + i] - borrow;
        borrow = d < 0;
        sig[32 + i] = (uint8_t)d;
    }
    sig[64] ^= 1;
    cr_assert_eq(test_client_update(x->client, evidence), YQ_E_SIG_HIGH_S);
}

Test(verifier, headers_link_one_by_one)
{
    FOR_BOTH(x)
    {
        test_block *two = x->b[2], *other = x->b[3];
        test_plain_block(&x->chain, x->b[1], two);
        cr_assert_eq(update(x, 2, 15, 0), YQ_E_HEIGHT);
        cr_assert_eq(update(x, 1, 15, 0), YQ_OK);
        *other = *x->b[1];
        other->hash.b[0] ^= 1;
        test_plain_block(&x->chain, other, two);
        cr_assert_eq(update(x, 2, 15, 0), YQ_E_PARENT);
        for (unsigned which = 0; which < 2; which++) {
            test_plain_block(&x->chain, x->b[1], two);
            test_root_zero(&x->chain, two, which == 0 ? &two->tx_root : &two->receipt_root);
            cr_assert_eq(update(x, 2, 15, 0), YQ_E_ZERO_ROOT);
        }
        two->tx_n = 0;
        test_header_make(&x->chain, x->b[1], two);
        cr_assert_eq(update(x, 2, 15, 0), YQ_E_ZERO_ROOT);
        advance(x, 2);
    }
}

Test(verifier, a_known_height_is_a_replay_or_a_contradiction)
{
    FOR_BOTH(x)
    {
        advance(x, 1);
        advance(x, 2);
        cr_assert_eq(update(x, 1, 0, 0), YQ_E_REPLAY);
        cr_assert_eq(update(x, 2, 15, 0), YQ_E_REPLAY);
        test_block *other = x->b[3];
        test_plain_block(&x->chain, x->b[2], other);
        test_header_make(&x->chain, x->b[0], other);
        cr_assert_eq(other->number, 1);
        yq_slice evidence = test_update(&x->chain, other, 3, NULL, 0, x->room);
        cr_assert_eq(test_client_update(x->client, evidence), YQ_E_QUORUM);
        evidence = test_update(&x->chain, other, 11, NULL, 0, x->room);
        cr_assert_eq(test_client_update(x->client, evidence), YQ_E_MISBEHAVIOUR);

        yq_writer out = yq_writer_of(x->room, TEST_BYTES_MAX);
        yq_put_u8(&out, 1);
        test_signed_header(&x->chain, other, 7, &out);
        size_t half = out.n;
        test_signed_header(&x->chain, x->b[1], 14, &out);
        cr_assert_eq(test_client_misbehaviour(x->client, yq_writer_slice(&out)), YQ_OK);
        x->room[out.n - 1] ^= 1;
        cr_assert_neq(test_client_misbehaviour(x->client, yq_writer_slice(&out)), YQ_OK);
        out.n = half;
        test_signed_header(&x->chain, other, 14, &out);
        cr_assert_eq(test_client_misbehaviour(x->client, yq_writer_slice(&out)), YQ_E_NOT_PROVEN);
        out.n = half;
        test_signed_header(&x->chain, x->b[2], 14, &out);
        cr_assert_eq(test_client_misbehaviour(x->client, yq_writer_slice(&out)), YQ_E_HEIGHT);
        out.n = half;
        test_signed_header(&x->chain, x->b[1], 6, &out);
        cr_assert_eq(test_client_misbehaviour(x->client, yq_writer_slice(&out)), YQ_E_QUORUM);
    }
}

Test(verifier, misbehaviour_above_the_height_and_beyond)
{
    FOR_BOTH(x)
    {
        yq_writer out = yq_writer_of(x->room, TEST_BYTES_MAX);
        test_block *other = x->b[3];
        other->tx_n = 2;
        other->tx[0] = x->b[1]->tx[0];
        other->tx[1] = x->b[1]->tx[0];
        test_header_make(&x->chain, x->b[0], other);
        yq_put_u8(&out, 1);
        test_signed_header(&x->chain, other, 7, &out);
        test_signed_header(&x->chain, x->b[1], 7, &out);
        cr_assert_eq(
            test_client_misbehaviour(x->client, yq_writer_slice(&out)), YQ_OK, "height + 1");
        test_header_make(&x->chain, x->b[1], other);
        test_plain_block(&x->chain, x->b[1], x->b[2]);
        out.n = 1;
        test_signed_header(&x->chain, other, 7, &out);
        test_signed_header(&x->chain, x->b[2], 7, &out);
        cr_assert_eq(
            test_client_misbehaviour(x->client, yq_writer_slice(&out)), YQ_E_HEADER_UNKNOWN);
    }
}

/* ---- state ---- */

Test(verifier, old_heights_are_forgotten_with_their_sets)
{
    test_client *c = w[0].client;
    yq_fisco2_state state;
    yq_fisco2_set set;
    yq_fisco2_record record;
    yq_fisco2_call call = {.host = test_client_begin(c, 1), .why = &c->why};
    cr_assert_eq(yq_fisco2_state_decode(&call, test_client_state(c), &state), YQ_OK);
    static const uint64_t height[] = {0, 1, 2, YQ_FISCO2_KEPT, YQ_FISCO2_KEPT + 1};
    for (size_t i = 0; i < YQ_ARRAY_N(height); i++) {
        state.height = height[i];
        state.set_from = height[i] == 0 ? 0 : 1;
        cr_assert_eq(yq_fisco2_records_put(&call, &state), YQ_OK);
    }
    cr_assert_eq(yq_fisco2_record_get(&call, 0, &record), YQ_E_HEADER_UNKNOWN);
    cr_assert_eq(yq_fisco2_record_get(&call, 1, &record), YQ_E_HEADER_UNKNOWN);
    cr_assert_eq(yq_fisco2_record_get(&call, 2, &record), YQ_OK);
    cr_assert_eq(yq_fisco2_set_at(&call, &state, 2, &set), YQ_OK, "the set of height 1 is in use");
    size_t live = 0;
    for (size_t i = 0; i < c->n; i++) {
        live += c->record[i].value != NULL;
    }
    cr_assert_eq(live, 4, "three heights and one set");
}

Test(verifier, what_was_never_kept_is_not_dropped)
{
    test_client *c = w[0].client;
    yq_fisco2_state state;
    yq_fisco2_call call = {.host = test_client_begin(c, 1), .why = &c->why};
    cr_assert_eq(yq_fisco2_state_decode(&call, test_client_state(c), &state), YQ_OK);
    size_t before = c->n;
    state.height = state.set_from = 100;
    cr_assert_eq(yq_fisco2_records_put(&call, &state), YQ_OK);
    state.height = 99 + YQ_FISCO2_KEPT;
    cr_assert_eq(yq_fisco2_records_put(&call, &state), YQ_OK);
    cr_assert_eq(c->n, before + 3);
}

Test(verifier, a_height_whose_set_is_gone_is_unknown)
{
    FOR_BOTH(x)
    {
        test_client *c = x->client;
        advance(x, 1);
        test_plain_block(&x->chain, x->b[0], x->b[3]);
        x->b[3]->tx_n = 2;
        x->b[3]->tx[1] = x->b[3]->tx[0];
        test_header_make(&x->chain, x->b[0], x->b[3]);
        yq_slice other = test_update(&x->chain, x->b[3], 7, NULL, 0, x->room);
        cr_assert_eq(test_client_update(c, other), YQ_E_MISBEHAVIOUR);
        const uint8_t key[9] = {'s'};
        const yq_verifier_host *host = test_client_begin(c, 1);
        cr_assert_eq(host->record_put(host->self, YQ_SLICE_OF(key), (yq_slice){0}), YQ_OK);
        cr_assert_eq(yq_verifier_call_end(&c->call, YQ_OK), YQ_OK);
        cr_assert_eq(test_client_update(c, other), YQ_E_HEADER_UNKNOWN);
        /* A client that began later does not know the heights before. */
        test_client_reset(c);
        cr_assert_eq(test_client_init(c, test_anchor(&x->chain, x->b[1], x->room)), YQ_OK);
        cr_assert_eq(update(x, 0, 0, 0), YQ_E_HEADER_UNKNOWN);
    }
}

Test(verifier, a_state_is_read_strictly)
{
    test_client *c = w[1].client;
    const yq_verifier *v = yq_verifier_fisco_bcos_2();
    yq_client_view view;
    cr_assert_eq(v->describe(test_client_begin(c, 0), test_client_state(c), &view, &c->why), YQ_OK);
    cr_assert_eq(view.validators, 4);
    cr_assert_eq(view.quorum, 3);
    cr_assert_eq(view.height, 0);
    cr_assert_arr_eq(view.hash, w[1].b[0]->hash.b, 32);
    cr_assert_eq(view.trusted_until_ms, 0);
    cr_assert_not_null(strstr(view.note, "rPBFT"));
    for (size_t n = 0; n < c->state_n; n++) {
        yq_status status =
            v->describe(test_client_begin(c, 0), yq_slice_of(c->state, n), &view, &c->why);
        cr_assert(
            status == YQ_E_TRUNCATED || status == YQ_E_VERSION || status == YQ_E_LIMIT ||
            status == YQ_E_FIELD_UNKNOWN);
    }
    c->state[c->state_n] = 0;
    cr_assert_eq(
        v->describe(test_client_begin(c, 0), yq_slice_of(c->state, c->state_n + 1), &view, &c->why),
        YQ_E_TRAILING);
    cr_assert_null(v->value);
}
