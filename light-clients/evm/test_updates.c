/* What an update and evidence of misbehaviour are made of, and second histories of known heights.
 */
#include "light-clients/evm/test_chain.h"

#include <criterion/criterion.h>

#define EXPECT(given, status)                                                                      \
    cr_expect_eq(given, status, "mode %u: %s", c->mode, c->client->why.text)

static uint8_t *room;
static test_chain *c;
static test_block b[64];

static void setup(void)
{
    room = malloc(TEST_BYTES_MAX);
}

static void teardown(void)
{
    test_chain_free(c);
    free(room);
}

TestSuite(updates, .init = setup, .fini = teardown);

static void start(uint8_t mode, size_t n)
{
    c = test_chain_new(mode, n);
    b[0] = test_next(c, NULL, test_plain);
    EXPECT(test_client_init(c->client, test_anchor(c, &b[0], room)), YQ_OK);
}

static void chain_from(size_t first, size_t until)
{
    for (size_t i = first; i <= until; i++) {
        b[i] = test_next(c, &b[i - 1], test_plain);
    }
}

static yq_status give(const test_block *first, size_t n)
{
    return test_client_update(c->client, test_update(first, n, room));
}

/* An update of one header, of these bytes. */
static yq_status give_bytes(uint8_t version, uint16_t count, yq_slice header)
{
    yq_writer w = yq_writer_of(room, TEST_BYTES_MAX);
    yq_put_u8(&w, version);
    yq_put_u16(&w, count);
    yq_put_blob32(&w, header);
    return test_client_update(c->client, yq_writer_slice(&w));
}

static yq_slice bytes_of(const test_block *x)
{
    return yq_slice_of(x->raw, x->raw_n);
}

Test(updates, what_an_update_is_made_of)
{
    static uint8_t large[YQ_EVM_HEADER_MAX + 1];
    start(YQ_EVM_QBFT, 4);
    chain_from(1, 1);
    const yq_slice good = bytes_of(&b[1]);
    EXPECT(give_bytes(2, 1, good), YQ_E_VERSION);
    EXPECT(give_bytes(1, 0, good), YQ_E_LIMIT);
    EXPECT(give_bytes(2, 0, good), YQ_E_VERSION);
    EXPECT(give_bytes(1, YQ_EVM_BATCH_MAX, good), YQ_E_TRUNCATED);
    EXPECT(give_bytes(1, YQ_EVM_BATCH_MAX + 1, good), YQ_E_LIMIT);
    EXPECT(give_bytes(1, 1, YQ_SLICE_OF(large)), YQ_E_LIMIT);
    EXPECT(give_bytes(1, 1, yq_slice_of(large, sizeof large - 1)), YQ_E_TYPE);
    EXPECT(give_bytes(1, 1, (yq_slice){0}), YQ_E_TRUNCATED);
    EXPECT(test_client_update(c->client, yq_slice_text("\1")), YQ_E_TRUNCATED);
    test_wish wish = test_plain;
    wish.later_forks = 9;
    const test_block later = test_next(c, &b[0], wish);
    EXPECT(give(&later, 1), YQ_E_FIELD_UNKNOWN);
    b[2] = test_next(c, &b[1], wish);
    EXPECT(give(&b[1], 2), YQ_E_FIELD_UNKNOWN);
    EXPECT(give_bytes(1, 1, good), YQ_OK);
}

static yq_status misbehaviour(uint8_t version, yq_slice first, yq_slice second, size_t trailing)
{
    yq_writer w = yq_writer_of(room, TEST_BYTES_MAX);
    yq_put_u8(&w, version);
    yq_put_blob32(&w, first);
    yq_put_blob32(&w, second);
    yq_put(&w, yq_slice_of((const uint8_t *)"more", trailing));
    return test_client_misbehaviour(c->client, yq_writer_slice(&w));
}

Test(updates, what_evidence_of_misbehaviour_is_made_of)
{
    static uint8_t large[YQ_EVM_HEADER_MAX + 1];
    start(YQ_EVM_QBFT, 4);
    chain_from(1, 1);
    EXPECT(give(&b[1], 1), YQ_OK);
    test_block other = b[1];
    other.time++;
    test_seal(c, test_plain, &other);
    const yq_slice x = bytes_of(&other), y = bytes_of(&b[1]);
    EXPECT(misbehaviour(1, x, y, 0), YQ_OK);
    EXPECT(misbehaviour(2, x, y, 0), YQ_E_VERSION);
    EXPECT(misbehaviour(1, x, y, 1), YQ_E_TRAILING);
    EXPECT(misbehaviour(1, x, YQ_SLICE_OF(large), 0), YQ_E_LIMIT);
    EXPECT(misbehaviour(1, YQ_SLICE_OF(large), x, 0), YQ_E_LIMIT);
    EXPECT(misbehaviour(1, yq_slice_text("\x80"), y, 0), YQ_E_TYPE);
    EXPECT(misbehaviour(1, x, yq_slice_text("\x80"), 0), YQ_E_TYPE);
    test_wish wish = test_plain;
    wish.later_forks = 9;
    test_seal(c, wish, &other);
    EXPECT(misbehaviour(1, bytes_of(&other), y, 0), YQ_E_FIELD_UNKNOWN);
    EXPECT(misbehaviour(1, y, bytes_of(&other), 0), YQ_E_FIELD_UNKNOWN);
    wish = test_plain;
    wish.difficulty = 2;
    test_seal(c, wish, &other);
    EXPECT(misbehaviour(1, bytes_of(&other), y, 0), YQ_E_DOMAIN);
    EXPECT(misbehaviour(1, y, bytes_of(&other), 0), YQ_E_DOMAIN);
    wish = test_plain;
    wish.seals = "ss--";
    test_seal(c, wish, &other);
    EXPECT(misbehaviour(1, bytes_of(&other), y, 0), YQ_E_QUORUM);
    EXPECT(misbehaviour(1, y, bytes_of(&other), 0), YQ_E_QUORUM);
    other = b[1];
    other.number = 3; /* nobody knows who seals it */
    test_seal(c, test_plain, &other);
    b[3] = other;
    b[3].time++;
    test_seal(c, test_plain, &b[3]);
    EXPECT(misbehaviour(1, bytes_of(&other), bytes_of(&b[3]), 0), YQ_E_HEADER_UNKNOWN);
}

/* The place of the member that has not proposed for the longest time; it proposes this one. */
static size_t next_proposer(uint64_t number, uint64_t *last)
{
    size_t best = 0;
    for (size_t i = 1; i < c->n; i++) {
        best = last[c->member[i]] < last[c->member[best]] ? i : best;
    }
    last[c->member[best]] = number;
    return best;
}

/* Account 1 becomes a member by the votes of blocks 1 to n; until is the last block. */
static void grow(size_t n, size_t until)
{
    uint64_t last[TEST_KEYS] = {0};
    for (size_t i = 1; i <= until; i++) {
        test_wish wish = test_plain;
        if (i <= n) {
            wish.candidate = c->account[1].address;
            wish.add = 1;
        }
        if (i == n + 1) {
            test_member_add(c, 1);
        }
        wish.proposer = next_proposer(i, last);
        b[i] = test_next(c, &b[i - 1], wish);
    }
}

/* A header of an old height is measured by the set of that height. */
Test(updates, second_headers_and_the_set_of_their_height)
{
    for (uint8_t mode = YQ_EVM_IBFT1; mode <= YQ_EVM_QBFT; mode++) {
        start(mode, 4);
        grow(3, 8);
        EXPECT(give(&b[1], 8), YQ_OK);
        test_member_remove(c, 1);
        test_block old = b[2];
        old.time++;
        test_wish three = test_plain;
        three.seals = "sss-"; /* of five it would be too few */
        test_seal(c, three, &old);
        EXPECT(give(&old, 1), YQ_E_MISBEHAVIOUR);
        EXPECT(misbehaviour(1, bytes_of(&old), bytes_of(&b[2]), 0), YQ_OK);
        old = b[6];
        old.time++;
        test_seal(c, three, &old);
        EXPECT(give(&old, 1), YQ_E_QUORUM);
        test_member_add(c, 1);
        old = b[2];
        old.time++;
        three.seals = "-s---"; /* of the member that came later */
        test_seal(c, three, &old);
        EXPECT(give(&old, 1), YQ_E_SIGNER_UNKNOWN);
        test_chain_free(c);
    }
    c = test_chain_new(YQ_EVM_QBFT, 1);
}

Test(updates, heights_before_the_anchor)
{
    c = test_chain_new(YQ_EVM_QBFT, 4);
    c->epoch = 10;
    const test_block before = {.number = 18, .time = 1760000000, .state_root = test_digest("x")};
    b[19] = test_next(c, &before, test_plain);
    b[20] = test_next(c, &b[19], test_plain);
    EXPECT(test_client_init(c->client, test_anchor(c, &b[20], room)), YQ_OK);
    EXPECT(give(&b[19], 1), YQ_E_HEADER_UNKNOWN);
    test_wish wish = test_plain;
    wish.difficulty = 2; /* also when it has no form */
    test_seal(c, wish, &b[19]);
    EXPECT(give(&b[19], 1), YQ_E_HEADER_UNKNOWN);
    b[20].time++;
    test_seal(c, test_plain, &b[20]);
    EXPECT(give(&b[20], 1), YQ_E_MISBEHAVIOUR);
}

Test(updates, a_broken_state)
{
    yq_verified_event e;
    yq_verified_value v;
    yq_client_view view;
    const uint8_t key[20] = {0};
    start(YQ_EVM_QBFT, 4);
    chain_from(1, 1);
    const test_block other = test_next(c, &b[0], test_plain);
    c->client->state[0] = 2;
    EXPECT(give(&b[1], 1), YQ_E_VERSION);
    EXPECT(misbehaviour(1, bytes_of(&b[1]), bytes_of(&other), 0), YQ_E_VERSION);
    EXPECT(test_client_event(c->client, yq_slice_text("\1"), &e), YQ_E_VERSION);
    EXPECT(test_client_value(c->client, YQ_SLICE_OF(key), yq_slice_text("\1"), &v), YQ_E_VERSION);
    EXPECT(test_client_describe(c->client, &view), YQ_E_VERSION);
}

/* ---- Clique ---- */

/* A block counts when more than half of the signers lie on it: with the set, the depth would have
 * to grow. */
Test(updates, a_set_that_outgrows_the_depth)
{
    c = test_chain_new(YQ_EVM_CLIQUE, 5);
    c->depth = 3;
    b[0] = test_next(c, NULL, test_plain);
    EXPECT(test_client_init(c->client, test_anchor(c, &b[0], room)), YQ_OK);
    grow(3, 12);
    EXPECT(give(&b[1], 5), YQ_OK);       /* five signers: three are enough */
    EXPECT(give(&b[3], 4), YQ_E_QUORUM); /* six behind block 3: four are needed */
}

Test(updates, a_second_history_of_clique_and_the_set_of_its_height)
{
    start(YQ_EVM_CLIQUE, 5);
    grow(3, 14);
    EXPECT(give(&b[1], 14), YQ_OK);
    test_member_remove(c, 1);
    b[2].time++;
    test_seal(c, test_plain, &b[2]);
    chain_from(3, 8);
    EXPECT(give(&b[2], 5), YQ_E_MISBEHAVIOUR);
    EXPECT(give(&b[2], 4), YQ_E_NOT_PROVEN);
    /* Of the anchor's height there is nothing before. */
    b[0].time++;
    test_seal(c, test_plain, &b[0]);
    chain_from(1, 6);
    EXPECT(give(&b[0], 6), YQ_E_HEADER_UNKNOWN);
    EXPECT(give(&b[0], 1), YQ_E_HEADER_UNKNOWN);
}
