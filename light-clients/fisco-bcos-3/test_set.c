/* Sets, and the records of heights, by themselves. */
#include "light-clients/fisco-bcos-3/test_world.h"

TestSuite(set, .init = setup, .fini = teardown);

static yq_fisco3_set new_set(yq_fisco3_call *call)
{
    yq_fisco3_set set;
    *call = (yq_fisco3_call){.host = test_client_begin(w[0].client, 1), .why = &w[0].client->why};
    cr_assert(yq_fisco3_set_new(call, &set));
    return set;
}

/* An id that is its number. */
static const uint8_t *id_of(size_t i)
{
    static uint8_t id[YQ_FISCO3_ID_SIZE];
    id[62] = (uint8_t)(i >> 8);
    id[63] = (uint8_t)i;
    return id;
}

Test(set, it_has_as_many_as_there_may_be)
{
    yq_fisco3_call call;
    yq_fisco3_set set = new_set(&call);
    size_t place;
    for (size_t i = 0; i < YQ_FISCO3_SEALERS_MAX; i++) {
        cr_assert(yq_fisco3_set_put(&set, id_of(YQ_FISCO3_SEALERS_MAX - i), 1)); /* from the end */
    }
    cr_expect_eq(set.n, YQ_FISCO3_SEALERS_MAX);
    cr_expect_not(yq_fisco3_set_put(&set, id_of(0), 1), "one too many");
    cr_expect_eq(set.n, YQ_FISCO3_SEALERS_MAX);
    for (size_t i = 1; i <= YQ_FISCO3_SEALERS_MAX; i++) {
        cr_expect(yq_fisco3_set_find(&set, id_of(i), &place) && place == i - 1);
    }
    cr_expect_not(yq_fisco3_set_find(&set, id_of(0), &place));
    cr_expect_eq(place, 0);
    cr_expect_not(yq_fisco3_set_find(&set, id_of(YQ_FISCO3_SEALERS_MAX + 1), &place));
    cr_expect_eq(place, YQ_FISCO3_SEALERS_MAX);
    cr_expect(yq_fisco3_set_put(&set, id_of(7), 2), "a weight may change");
    cr_expect_not(yq_fisco3_set_put(&set, id_of(7), 2), "but not to itself");
    cr_expect(yq_fisco3_set_remove(&set, id_of(YQ_FISCO3_SEALERS_MAX)));
    cr_expect(yq_fisco3_set_remove(&set, id_of(1)));
    cr_expect_not(yq_fisco3_set_remove(&set, id_of(1)));
    cr_expect(yq_fisco3_set_find(&set, id_of(2), &place) && place == 0);
    cr_expect_eq(set.n, YQ_FISCO3_SEALERS_MAX - 2);
}

Test(set, equal_sets_have_the_same_members_with_the_same_weights)
{
    yq_fisco3_call call;
    yq_fisco3_set a = new_set(&call), b, empty;
    cr_assert(yq_fisco3_set_new(&call, &b) && yq_fisco3_set_new(&call, &empty));
    (void)yq_fisco3_set_put(&a, id_of(1), 1);
    (void)yq_fisco3_set_put(&b, id_of(1), 1);
    cr_expect(yq_fisco3_set_equal(&a, &b));
    cr_expect_not(yq_fisco3_set_equal(&a, &empty));
    cr_expect_not(yq_fisco3_set_equal(&empty, &a));
    (void)yq_fisco3_set_put(&b, id_of(2), 1);
    cr_expect_not(yq_fisco3_set_equal(&a, &b));
    (void)yq_fisco3_set_put(&a, id_of(3), 1);
    cr_expect_not(yq_fisco3_set_equal(&a, &b), "another member");
    (void)yq_fisco3_set_remove(&a, id_of(3));
    (void)yq_fisco3_set_put(&a, id_of(2), 2);
    cr_expect_not(yq_fisco3_set_equal(&a, &b), "another weight");
}

Test(set, an_id_is_a_whole_text)
{
    char text[2 * YQ_FISCO3_ID_SIZE + 3];
    uint8_t id[YQ_FISCO3_ID_SIZE];
    memset(text, 'a', sizeof text);
    for (size_t n = 0; n <= sizeof text; n++) {
        cr_expect_eq(
            yq_fisco3_id_decode(yq_slice_of(text, n), id), n == (size_t)2 * YQ_FISCO3_ID_SIZE);
    }
    text[9] = 'g';
    cr_expect_not(yq_fisco3_id_decode(yq_slice_of(text, (size_t)2 * YQ_FISCO3_ID_SIZE), id));
}

Test(set, a_quorum_is_of_weights_that_can_be_added)
{
    static const struct {
        uint64_t weight[2];
        yq_status expected;
    } row[] = {
        {{1, 0}, YQ_E_RANGE},
        {{0, 1}, YQ_E_RANGE},
        {{INT64_MAX, 1}, YQ_E_OVERFLOW},
        {{1, INT64_MAX}, YQ_E_OVERFLOW},
        {{1, INT64_MAX - 1}, YQ_E_QUORUM},
    };
    for (size_t i = 0; i < YQ_ARRAY_N(row); i++) {
        static const uint8_t nothing[65];
        yq_fisco3_call call;
        yq_fisco3_set set = new_set(&call);
        uint16_t index = 0;
        yq_slice one = YQ_SLICE_OF(nothing);
        const yq_fisco3_signatures sigs = {.n = 1, .index = &index, .sig = &one};
        (void)yq_fisco3_set_put(&set, id_of(1), row[i].weight[0]);
        (void)yq_fisco3_set_put(&set, id_of(2), row[i].weight[1]);
        call.suite = YQ_FISCO3_SUITE_KECCAK;
        cr_expect_eq(
            yq_fisco3_quorum_check(&call, &set, &w[1].b[0]->hash, &sigs, NULL),
            row[i].expected,
            "row %zu",
            i);
    }
}

/* Half of the group's order is the greatest s. Any r and s are of some key: it is the set here. */
Test(set, the_greatest_s_that_is_low)
{
    uint8_t sig[65] = {0};
    static const uint8_t half[32] = {0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                                     0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                                     0x5d, 0x57, 0x6e, 0x73, 0x57, 0xa4, 0x50, 0x1d,
                                     0xdf, 0xe9, 0x2f, 0x46, 0x68, 0x1b, 0x20, 0xa0};
    const yq_digest hash = w[1].b[0]->hash;
    yq_key_sign_recoverable(w[1].chain.key[0], hash.b, sig);
    memcpy(sig + 32, half, sizeof half);
    for (uint8_t over = 0; over < 2; over++) {
        uint8_t id[YQ_FISCO3_ID_SIZE] = {0};
        yq_fisco3_call call;
        yq_fisco3_set set = new_set(&call);
        uint16_t index = 0;
        yq_slice one = YQ_SLICE_OF(sig);
        const yq_fisco3_signatures sigs = {.n = 1, .index = &index, .sig = &one};
        call.suite = YQ_FISCO3_SUITE_KECCAK;
        sig[63] = (uint8_t)(half[31] + over);
        yq_status recovered = call.host->recover(call.host->self, hash.b, sig, id);
        cr_assert(recovered == YQ_OK || over);
        cr_assert(yq_fisco3_set_put(&set, id, 1));
        cr_expect_eq(
            yq_fisco3_quorum_check(&call, &set, &hash, &sigs, NULL),
            over ? YQ_E_SIG_HIGH_S : YQ_OK);
    }
}

/* A host that counts records, and takes so many. */
static size_t puts_made, puts_taken;
static yq_verifier_host real, counting;

static yq_status counted_put(void *self, yq_slice key, yq_slice value)
{
    return puts_made++ < puts_taken ? real.record_put(self, key, value) : YQ_E_STATE;
}

static yq_status put(yq_fisco3_call *call, yq_fisco3_state *state, uint64_t height, size_t taken)
{
    if (call->host != &counting) {
        real = counting = *call->host;
        counting.record_put = counted_put;
        call->host = &counting;
    }
    puts_made = 0;
    puts_taken = taken;
    state->height = height;
    return yq_fisco3_records_put(call, state);
}

static yq_fisco3_state state_of(yq_fisco3_call *call)
{
    yq_fisco3_state state;
    *call = (yq_fisco3_call){.host = test_client_begin(w[0].client, 1), .why = &w[0].client->why};
    cr_assert_eq(yq_fisco3_state_decode(call, test_client_state(w[0].client), &state), YQ_OK);
    return state;
}

/* The client is at its anchor, 10: below it there is nothing to drop. */
Test(set, only_what_is_kept_is_dropped)
{
    yq_fisco3_call call;
    yq_fisco3_state state = state_of(&call);
    static const struct {
        uint64_t height;
        size_t puts;
    } row[] = {
        {YQ_FISCO3_KEPT - 1, 1},
        {YQ_FISCO3_KEPT, 1},
        {YQ_FISCO3_KEPT + 9, 1},
        {YQ_FISCO3_KEPT + 10, 1}, /* 11 is not known: 10 stays */
        {11, 1},
        {YQ_FISCO3_KEPT + 10, 2},
    };
    for (size_t i = 0; i < YQ_ARRAY_N(row); i++) {
        cr_expect_eq(put(&call, &state, row[i].height, SIZE_MAX), YQ_OK, "row %zu", i);
        cr_expect_eq(puts_made, row[i].puts, "row %zu: %zu", i, puts_made);
    }
}

/* Height, its set, the oldest height, and its set. */
Test(set, a_record_that_is_not_taken_stops_the_call)
{
    yq_fisco3_call call;
    yq_fisco3_state state = state_of(&call);
    state.set_from = 11;
    cr_assert_eq(put(&call, &state, 11, SIZE_MAX), YQ_OK);
    state.set_from = YQ_FISCO3_KEPT + 10;
    for (size_t taken = 0; taken < 4; taken++) {
        cr_expect_eq(put(&call, &state, YQ_FISCO3_KEPT + 10, taken), YQ_E_STATE, "%zu", taken);
        cr_expect_eq(puts_made, taken + 1);
        cr_expect_str_eq(w[0].client->why.text, "records");
    }
}
