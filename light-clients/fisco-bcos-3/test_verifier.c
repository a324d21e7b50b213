#include "light-clients/fisco-bcos-3/test_world.h"

TestSuite(verifier, .init = setup, .fini = teardown);

/* ---- quorum ---- */

static void begin(world *x, const uint8_t weight[TEST_KEYS_MAX])
{
    memcpy(x->chain.weight, weight, TEST_KEYS_MAX);
    test_header_make(&x->chain, NULL, x->b[0]);
    test_plain_block(&x->chain, x->b[0], x->b[1]);
    cr_assert_eq(start(x), YQ_OK, "%s", x->client->why.text);
}

Test(verifier, quorum_is_exact_for_every_size)
{
    FOR_BOTH(x)
    {
        for (size_t n = 1; n <= 10; n++) {
            uint8_t weight[TEST_KEYS_MAX] = {0};
            memset(weight, 1, n);
            begin(x, weight);
            size_t quorum = n - (n - 1) / 3;
            uint32_t mask = ((1u << quorum) - 1) << (n - quorum);
            uint32_t less = mask & (mask - 1);
            cr_assert_eq(
                update(x, 1, less, 0), less == 0 ? YQ_E_SIGNATURES_MISSING : YQ_E_QUORUM, "%zu", n);
            cr_assert_eq(update(x, 1, mask, 0), YQ_OK, "%zu", n);
        }
    }
}

Test(verifier, weights_are_counted_and_not_heads)
{
    static const struct {
        uint8_t weight[4];
        uint32_t mask;
        yq_status expected;
    } row[] = {
        {{1, 1, 1, 10}, 7, YQ_E_QUORUM}, /* 13: faulty 4, quorum 9 */
        {{1, 1, 1, 10}, 8, YQ_OK},
        {{2, 2, 2, 3}, 8 + 1, YQ_E_QUORUM}, /* 9: faulty 2, quorum 7 */
        {{2, 2, 2, 3}, 8 + 1 + 2, YQ_OK},
        {{2, 2, 2, 3}, 1 + 2 + 4, YQ_E_QUORUM},
        {{100, 50, 50, 50}, 2 + 4 + 8, YQ_E_QUORUM}, /* 250: faulty 83, quorum 167 */
        {{100, 50, 50, 50}, 1 + 2, YQ_E_QUORUM},
        {{100, 50, 50, 50}, 1 + 2 + 4, YQ_OK},
    };
    FOR_BOTH(x)
    {
        for (size_t i = 0; i < YQ_ARRAY_N(row); i++) {
            uint8_t weight[TEST_KEYS_MAX] = {0};
            memcpy(weight, row[i].weight, 4);
            begin(x, weight);
            cr_assert_eq(update(x, 1, row[i].mask, 0), row[i].expected, "row %zu", i);
        }
    }
}

/* Signatures of the given (signer, index) pairs over block 1. */
static yq_status update_signed(world *x, const size_t *signer, const uint16_t *index, uint16_t n)
{
    yq_writer out = yq_writer_of(x->room, TEST_BYTES_MAX);
    yq_put_u8(&out, 1);
    test_header_put(&x->chain, x->b[1], 1, &out);
    yq_put_u16(&out, n);
    for (size_t i = 0; i < n; i++) {
        yq_put_u16(&out, index[i]);
        test_sign(&x->chain, &x->b[1]->hash, x->chain.key[signer[i]], &out);
    }
    yq_put_u16(&out, 0);
    return test_client_update(x->client, yq_writer_slice(&out));
}

Test(verifier, only_distinct_members_count)
{
    FOR_BOTH(x)
    {
        int sm = x->chain.suite == TEST_SM; /* there a key is not in the signature */
        cr_assert_eq(
            update_signed(x, (size_t[]){0, 1, 1}, (uint16_t[]){0, 1, 1}, 3), YQ_E_DUP_SIGNER);
        cr_assert_eq(
            update_signed(x, (size_t[]){1, 1, 1}, (uint16_t[]){1, 1, 1}, 3), YQ_E_DUP_SIGNER);
        cr_assert_eq(
            update_signed(x, (size_t[]){0, 1, 1}, (uint16_t[]){0, 1, 2}, 3),
            sm ? YQ_E_SIG : YQ_E_SIGNER_MISMATCH);
        cr_assert_eq(
            update_signed(x, (size_t[]){0, 1, 5}, (uint16_t[]){0, 1, 2}, 3),
            sm ? YQ_E_SIG : YQ_E_SIGNER_UNKNOWN);
        cr_assert_eq(
            update_signed(x, (size_t[]){0, 1, 4}, (uint16_t[]){0, 1, 4}, 3), YQ_E_SIGNER_UNKNOWN);
        cr_assert_eq(
            update_signed(x, (size_t[]){0, 1, 2, 4}, (uint16_t[]){0, 1, 2, 300}, 4),
            YQ_E_SIGNER_UNKNOWN);
        cr_assert_eq(
            update_signed(x, (size_t[]){0, 1, 2, 5}, (uint16_t[]){0, 1, 2, 3}, 4),
            sm ? YQ_E_SIG : YQ_E_SIGNER_UNKNOWN,
            "one bad signature above the quorum is still bad");
        cr_assert_eq(update_signed(x, NULL, NULL, 0), YQ_E_SIGNATURES_MISSING);
        cr_assert_eq(
            update_signed(x, (size_t[]){3, 0, 2}, (uint16_t[]){3, 0, 2}, 3), YQ_OK, "in any order");
    }
}

/* Where the first signature of block 1 stands in its update. */
static uint8_t *first_signature(world *x, yq_slice *evidence)
{
    static uint8_t bytes[2048];
    yq_writer h = yq_writer_of(bytes, sizeof bytes);
    test_header_put(&x->chain, x->b[1], 1, &h);
    *evidence = test_update(&x->chain, x->b[1], 7, NULL, 0, x->room);
    return x->room + 1 + h.n + 2 + 2;
}

Test(verifier, signatures_are_in_range)
{
    yq_slice evidence;
    memset(first_signature(&w[0], &evidence), 0, 32);
    cr_assert_eq(test_client_update(w[0].client, evidence), YQ_E_SIG_RANGE, "r = 0");
    memset(first_signature(&w[0], &evidence), 0xff, 32);
    cr_assert_eq(test_client_update(w[0].client, evidence), YQ_E_SIG_RANGE, "r >= n");
    first_signature(&w[0], &evidence)[40] ^= 1;
    cr_assert_eq(test_client_update(w[0].client, evidence), YQ_E_SIG);
    first_signature(&w[1], &evidence)[64] = 4;
    cr_assert_eq(test_client_update(w[1].client, evidence), YQ_E_SIG_RANGE, "v");
    first_signature(&w[1], &evidence)[64] = 27;
    cr_assert_eq(test_client_update(w[1].client, evidence), YQ_E_SIG_RANGE, "v");
}

Test(verifier, the_other_form_of_a_secp256k1_signature_is_refused)
{
    static const uint8_t order[32] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                                      0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe,
                                      0xba, 0xae, 0xdc, 0xe6, 0xaf, 0x48, 0xa0, 0x3b,
                                      0xbf, 0xd2, 0x5e, 0x8c, 0xd0, 0x36, 0x41, 0x41};
    yq_slice evidence;
    uint8_t *sig = first_signature(&w[1], &evidence);
    int borrow = 0;
    for (size_t i = 32; i-- > 0;) {
        int d = order[i] - sig[32 + i] - borrow;
        borrow = d < 0;
        sig[32 + i] = (uint8_t)d;
    }
    sig[64] ^= 1;
    cr_assert_eq(test_client_update(w[1].client, evidence), YQ_E_SIG_HIGH_S);
}

/* ---- headers ---- */

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
        two->tx_n = 0;
        test_header_make(&x->chain, x->b[1], two);
        cr_assert_eq(update(x, 2, 15, 0), YQ_OK, "a block without transactions");
        advance(x, 3);
    }
}

/* An update of block 1 whose header was changed at a place, and signed so. */
static yq_status update_changed(world *x, size_t at, const void *bytes, size_t n)
{
    static uint8_t with[2048], without[2048];
    yq_writer a = yq_writer_of(with, sizeof with), h = yq_writer_of(without, sizeof without);
    test_block b = *x->b[1];
    test_header_put(&x->chain, &b, 1, &a);
    test_header_put(&x->chain, &b, 0, &h);
    memcpy(with + at + (at >= 148 ? 1 : 0), bytes, n);
    memcpy(without + at, bytes, n);
    b.hash = test_hash(&x->chain, yq_writer_slice(&h));
    yq_writer out = yq_writer_of(x->room, TEST_BYTES_MAX);
    yq_put_u8(&out, 1);
    yq_put(&out, yq_writer_slice(&a));
    test_signatures_put(&x->chain, &b, 7, &out);
    yq_put_u16(&out, 0);
    return test_client_update(x->client, yq_writer_slice(&out));
}

Test(verifier, each_field_of_a_header_is_in_its_range)
{
    static const uint8_t zero[32], big[8] = {1}, seven[8] = {[7] = 7}, huge[8] = {0x80};
    static const uint8_t three[8] = {[7] = 3}, four[8] = {[7] = 4};
    static const uint8_t highest[8] = {0x7f, 255, 255, 255, 255, 255, 255, 255};
    static const uint8_t latest[8] = {0, 255, 255, 255, 255, 255, 255, 255};
    static const uint8_t version[][4] = {{3, 0, 0, 0}, {3, 0x11, 0, 0}, {0, 0, 0, 4}};
    static const uint8_t last[4] = {3, 0x10, 255, 255}, first[4] = {3, 1, 0, 0};
    FOR_BOTH(x)
    {
        for (size_t i = 0; i < YQ_ARRAY_N(version); i++) {
            cr_assert_eq(update_changed(x, 0, version[i], 4), YQ_E_VERSION, "%zu", i);
        }
        cr_assert_eq(update_changed(x, 4, seven, 8), YQ_E_PARENT, "its number");
        cr_assert_eq(update_changed(x, 44, zero, 32), YQ_E_ZERO_ROOT, "transactions");
        cr_assert_eq(update_changed(x, 76, zero, 32), YQ_E_ZERO_ROOT, "receipts");
        cr_assert_eq(update_changed(x, 140, huge, 8), YQ_E_RANGE, "number");
        cr_assert_eq(update_changed(x, 140, zero, 8), YQ_E_RANGE, "number of a genesis");
        cr_assert_eq(update_changed(x, 140, highest, 8), YQ_E_HEIGHT, "number");
        cr_assert_eq(update_changed(x, 148, "x", 1), YQ_E_NONCANONICAL, "gas");
        cr_assert_eq(update_changed(x, 148, "0", 1), YQ_E_NONCANONICAL, "gas");
        cr_assert_eq(update_changed(x, 153, big, 8), YQ_E_RANGE, "time");
        cr_assert_eq(update_changed(x, 161, seven, 8), YQ_E_RANGE, "sealer");
        cr_assert_eq(update_changed(x, 161, four, 8), YQ_E_RANGE, "sealer");
        cr_assert_eq(update_changed(x, 161, three, 8), YQ_OK, "sealer");
        cr_assert_eq(start(x), YQ_OK);
        cr_assert_eq(update_changed(x, 153, latest, 8), YQ_OK, "time");
        cr_assert_eq(start(x), YQ_OK);
        cr_assert_eq(update_changed(x, 0, first, 4), YQ_OK, "3.1");
        cr_assert_eq(start(x), YQ_OK);
        cr_assert_eq(update_changed(x, 0, last, 4), YQ_OK, "3.16");
    }
}

Test(verifier, lists_are_bounded)
{
    static uint8_t header[2048];
    FOR_BOTH(x)
    {
        yq_writer h = yq_writer_of(header, sizeof header);
        test_header_put(&x->chain, x->b[1], 1, &h);
        yq_slice e = test_update(&x->chain, x->b[1], 7, NULL, 0, x->room);
        x->room[1 + 148 + 6 + 16 + 1] = YQ_FISCO3_SEALERS_MAX + 1;
        cr_assert_eq(test_client_update(x->client, e), YQ_E_LIMIT, "sealers");
        x->room[1 + 148 + 6 + 16 + 1] = YQ_FISCO3_SEALERS_MAX;
        cr_assert_eq(test_client_update(x->client, e), YQ_E_TRUNCATED, "sealers");
        for (uint32_t over = 0; over < 2; over++) {
            e = test_update(&x->chain, x->b[1], 7, NULL, 0, x->room);
            yq_writer out = yq_writer_of(x->room + 1 + h.n - 2 - 4, 4);
            yq_put_u32(&out, YQ_FISCO3_EXTRA_MAX + over);
            cr_assert_eq(
                test_client_update(x->client, e), over ? YQ_E_LIMIT : YQ_E_TRUNCATED, "extra");
        }
        e = test_update(&x->chain, x->b[1], 7, NULL, 0, x->room);
        x->room[1 + h.n + 1] = YQ_FISCO3_SEALERS_MAX + 1;
        cr_assert_eq(test_client_update(x->client, e), YQ_E_LIMIT, "signatures");
        x->room[1 + h.n + 1] = YQ_FISCO3_SEALERS_MAX;
        cr_assert_eq(test_client_update(x->client, e), YQ_E_TRUNCATED, "signatures");
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
        *other = *x->b[1];
        other->time_ms++;
        test_seal(&x->chain, other);
        cr_assert_eq(update(x, 3, 3, 0), YQ_E_QUORUM);
        cr_assert_eq(update(x, 3, 11, 0), YQ_E_MISBEHAVIOUR);
        other->number = 9;
        test_seal(&x->chain, other);
        cr_assert_eq(update(x, 3, 11, 0), YQ_E_HEADER_UNKNOWN, "before the anchor");
        other->number = 11;
        other->members[0] = 2;
        test_seal(&x->chain, other);
        cr_assert_eq(update(x, 3, 11, 0), YQ_E_VALSET_HASH);
    }
}

Test(verifier, misbehaviour_is_two_certified_headers_of_one_number)
{
    FOR_BOTH(x)
    {
        const test_chain *c = &x->chain;
        test_block *a = x->b[1], *other = x->b[3];
        *other = *a;
        other->time_ms++;
        test_seal(c, other);
        for (int advanced = 0; advanced < 2; advanced++) {
            yq_slice e = test_misbehaviour(c, other, 7, a, 14, x->room);
            cr_assert_eq(test_client_misbehaviour(x->client, e), YQ_OK, "%d", advanced);
            x->room[e.n - 1] ^= 1;
            cr_assert_neq(test_client_misbehaviour(x->client, e), YQ_OK);
            e = test_misbehaviour(c, other, 7, other, 14, x->room);
            cr_assert_eq(test_client_misbehaviour(x->client, e), YQ_E_NOT_PROVEN);
            e = test_misbehaviour(c, other, 7, a, 6, x->room);
            cr_assert_eq(test_client_misbehaviour(x->client, e), YQ_E_QUORUM);
            e = test_misbehaviour(c, other, 6, a, 7, x->room);
            cr_assert_eq(test_client_misbehaviour(x->client, e), YQ_E_QUORUM);
            if (!advanced) {
                advance(x, 1);
                advance(x, 2);
            }
        }
        yq_slice e = test_misbehaviour(c, other, 7, x->b[2], 7, x->room);
        cr_assert_eq(test_client_misbehaviour(x->client, e), YQ_E_HEIGHT);
        a->number = other->number = 14;
        test_seal(c, a);
        test_seal(c, other);
        e = test_misbehaviour(c, other, 7, a, 7, x->room);
        cr_assert_eq(test_client_misbehaviour(x->client, e), YQ_E_HEADER_UNKNOWN, "beyond");
    }
}

/* A genesis has a set of its own, and records nothing else: it is no measure of later heights. */
Test(verifier, the_set_of_a_genesis_is_that_of_the_next_height_alone)
{
    FOR_BOTH(x)
    {
        char text[4096];
        yq_digest hash;
        test_chain *c = &x->chain;
        size_t n = test_genesis_text(c, "", text, sizeof text);
        yq_slice anchor = test_genesis(c, yq_slice_of(text, n), x->room, &hash);
        test_client_reset(x->client);
        cr_assert_eq(test_client_init(x->client, anchor), YQ_OK, "%s", x->client->why.text);
        test_block *a = x->b[1], *other = x->b[2];
        for (uint64_t height = 1; height <= 3; height++) {
            a->number = height;
            test_seal(c, a);
            *other = *a;
            other->time_ms++;
            test_seal(c, other);
            yq_slice e = test_misbehaviour(c, other, 7, a, 14, x->room);
            cr_expect_eq(
                test_client_misbehaviour(x->client, e),
                height == 1 ? YQ_OK : YQ_E_HEADER_UNKNOWN,
                "height %d: %s",
                (int)height,
                x->client->why.text);
        }
    }
}

/* ---- trust ---- */

Test(verifier, trust_ends_with_its_period)
{
    FOR_BOTH(x)
    {
        yq_verified_event e;
        x->chain.trust_ms = 1000000;
        x->client->now_ms = x->chain.time_ms + 5000;
        cr_assert_eq(start(x), YQ_OK);
        x->client->now_ms += 1000001;
        cr_assert_eq(update(x, 1, 15, 0), YQ_E_TRUST_EXPIRED);
        cr_assert_eq(event(x, 1, 0, 0, &e), YQ_E_TRUST_EXPIRED);
        yq_slice evidence = test_misbehaviour(&x->chain, x->b[0], 7, x->b[1], 7, x->room);
        cr_assert_eq(test_client_misbehaviour(x->client, evidence), YQ_E_TRUST_EXPIRED);
        x->client->now_ms--;
        cr_assert_eq(update(x, 1, 15, 0), YQ_OK);

        yq_client_view view;
        cr_assert_eq(test_client_describe(x->client, &view), YQ_OK);
        cr_assert_eq(
            view.trusted_until_ms, x->b[1]->time_ms + 1000000, "the header's time renews it");
        test_plain_block(&x->chain, x->b[1], x->b[2]);
        x->b[2]->time_ms = x->client->now_ms + 1000000000;
        test_seal(&x->chain, x->b[2]);
        cr_assert_eq(update(x, 2, 15, 0), YQ_OK);
        cr_assert_eq(test_client_describe(x->client, &view), YQ_OK);
        cr_assert_eq(
            view.trusted_until_ms, x->client->now_ms + 1000000, "a time ahead gives no more");
        test_plain_block(&x->chain, x->b[2], x->b[3]);
        x->b[3]->time_ms = 5;
        test_seal(&x->chain, x->b[3]);
        cr_assert_eq(update(x, 3, 15, 0), YQ_OK);
        cr_assert_eq(test_client_describe(x->client, &view), YQ_OK);
        cr_assert_eq(view.trusted_until_ms, x->client->now_ms + 1000000, "nor less");

        x->chain.trust_ms = 0;
        cr_assert_eq(start(x), YQ_OK);
        x->client->now_ms *= 2;
        cr_assert_eq(update(x, 1, 15, 0), YQ_OK, "without a period there is no end");
    }
}

/* ---- state ---- */

Test(verifier, old_heights_are_forgotten_with_their_sets)
{
    test_client *c = w[0].client;
    yq_fisco3_state state;
    yq_fisco3_set set;
    yq_fisco3_record record;
    yq_fisco3_call call = {.host = test_client_begin(c, 1), .why = &c->why};
    cr_assert_eq(yq_fisco3_state_decode(&call, test_client_state(c), &state), YQ_OK);
    static const uint64_t height[] = {11, 12, YQ_FISCO3_KEPT + 10, YQ_FISCO3_KEPT + 11};
    for (size_t i = 0; i < YQ_ARRAY_N(height); i++) {
        state.height = height[i];
        state.set_from = 11;
        cr_assert_eq(yq_fisco3_records_put(&call, &state), YQ_OK);
    }
    cr_assert_eq(yq_fisco3_record_get(&call, 10, &record), YQ_E_HEADER_UNKNOWN);
    cr_assert_eq(yq_fisco3_record_get(&call, 11, &record), YQ_E_HEADER_UNKNOWN);
    cr_assert_eq(yq_fisco3_record_get(&call, 12, &record), YQ_OK);
    cr_assert_eq(yq_fisco3_set_at(&call, &state, 12, &set), YQ_OK, "the set of 11 is in use");
    size_t live = 0;
    for (size_t i = 0; i < c->n; i++) {
        live += c->record[i].value != NULL;
    }
    cr_assert_eq(live, 4, "three heights and one set");
    static const uint8_t key[9] = {'s', [8] = 11};
    cr_assert_eq(call.host->record_put(call.host->self, YQ_SLICE_OF(key), (yq_slice){0}), YQ_OK);
    cr_assert_eq(yq_fisco3_set_at(&call, &state, 12, &set), YQ_E_HEADER_UNKNOWN, "without it");
}

/* Records that are kept of a set (kind s) or of a height (h). */
static size_t records(const test_client *c, uint8_t kind)
{
    size_t n = 0;
    for (size_t i = 0; i < c->n; i++) {
        const test_record *r = &c->record[i];
        n += r->value != NULL && r->key[r->key_n - 9] == kind; /* kind and height end the key */
    }
    return n;
}

Test(verifier, a_set_is_kept_once)
{
    FOR_BOTH(x)
    {
        test_client_reset(x->client);
        cr_assert_eq(start(x), YQ_OK);
        for (size_t i = 1; i <= 4; i++) {
            advance(x, i);
        }
        cr_assert_eq(records(x->client, 'h'), 5);
        cr_assert_eq(records(x->client, 's'), 1);
    }
}

Test(verifier, a_state_is_read_strictly)
{
    test_client *c = w[1].client;
    const yq_verifier *v = yq_verifier_fisco_bcos_3();
    yq_client_view view;
    cr_assert_eq(test_client_describe(c, &view), YQ_OK);
    cr_assert_eq(view.validators, 4);
    cr_assert_eq(view.quorum, 3);
    cr_assert_eq(view.height, 10);
    cr_assert_arr_eq(view.hash, w[1].b[0]->hash.b, 32);
    cr_assert_eq(view.trusted_until_ms, 0);
    cr_assert_gt(strlen(view.note), 20);
    for (size_t n = 0; n < c->state_n; n++) {
        yq_status status =
            v->describe(test_client_begin(c, 0), yq_slice_of(c->state, n), &view, &c->why);
        cr_assert(status != YQ_OK && status > -200, "%zu", n);
    }
    size_t sealers = c->state_n - 4 * (size_t)(64 + 8) - 1;
    static const uint8_t wrong[] = {0, YQ_FISCO3_SEALERS_MAX + 1};
    for (size_t i = 0; i < YQ_ARRAY_N(wrong); i++) {
        c->state[sealers] = wrong[i];
        yq_slice cut = yq_slice_of(c->state, sealers + 1);
        cr_assert_eq(v->describe(test_client_begin(c, 0), cut, &view, &c->why), YQ_E_LIMIT);
    }
    c->state[sealers] = YQ_FISCO3_SEALERS_MAX;
    cr_assert_eq(
        v->describe(test_client_begin(c, 0), test_client_state(c), &view, &c->why), YQ_E_TRUNCATED);
    c->state[sealers] = 4;
    c->state[c->state_n] = 0;
    cr_assert_eq(
        v->describe(test_client_begin(c, 0), yq_slice_of(c->state, c->state_n + 1), &view, &c->why),
        YQ_E_TRAILING);
    cr_assert_null(v->value);
}
