#include "light-clients/evm/test_chain.h"

#include <criterion/criterion.h>

#define EXPECT(x, given, status) cr_expect_eq(given, status, "%s", (x)->client->why.text)

static uint8_t *room;
static test_chain *c;
static test_block b[64];

static void setup(void)
{
    room = malloc(TEST_BYTES_MAX);
    c = test_chain_new(YQ_EVM_CLIQUE, 5); /* window 3, depth 4 */
    b[0] = test_next(c, NULL, test_plain);
    for (size_t i = 1; i < 40; i++) {
        b[i] = test_next(c, &b[i - 1], test_plain);
    }
    cr_assert_eq(
        test_client_init(c->client, test_anchor(c, &b[0], room)), YQ_OK, "%s", c->client->why.text);
}

static void teardown(void)
{
    test_chain_free(c);
    free(room);
}

TestSuite(clique, .init = setup, .fini = teardown);

static yq_status give(size_t first, size_t n)
{
    return test_client_update(c->client, test_update(&b[first], n, room));
}

static uint64_t height(void)
{
    yq_client_view view;
    cr_assert_eq(test_client_describe(c->client, &view), YQ_OK);
    return view.height;
}

Test(clique, a_block_is_final_when_it_is_buried)
{
    EXPECT(c, give(1, 4), YQ_E_NOT_PROVEN);
    EXPECT(c, give(1, 5), YQ_OK);
    cr_expect_eq(height(), 1);
    EXPECT(c, give(2, 20), YQ_OK);
    cr_expect_eq(height(), 17);
    EXPECT(c, give(17, 5), YQ_E_REPLAY);
    EXPECT(c, give(19, 6), YQ_E_HEIGHT);
}

static yq_status with(size_t at, test_wish wish)
{
    test_block kept[6];
    memcpy(kept, &b[at], sizeof kept);
    for (size_t i = at; i < at + 5; i++) {
        b[i] = test_next(c, &b[i - 1], i == at ? wish : test_plain);
    }
    yq_status status = give(1, 7);
    memcpy(&b[at], kept, sizeof kept);
    return status;
}

Test(clique, who_may_sign)
{
    test_wish wish = test_plain;
    wish.proposer = 99;
    EXPECT(c, with(3, wish), YQ_E_SIGNER_UNKNOWN);
    wish.proposer = 2; /* signed block 2 */
    EXPECT(c, with(3, wish), YQ_E_DUP_SIGNER);
    wish.proposer = 1; /* signed block 1, two before */
    EXPECT(c, with(3, wish), YQ_E_DUP_SIGNER);
    wish.proposer = 3;
    wish.difficulty = 1;
    EXPECT(c, with(3, wish), YQ_E_DOMAIN);
    wish.difficulty = 0x200; /* begins with the right byte */
    EXPECT(c, with(3, wish), YQ_E_DOMAIN);
    wish.difficulty = TEST_NO_DIFFICULTY;
    EXPECT(c, with(3, wish), YQ_E_DOMAIN);
    wish.proposer = 0; /* three before: may sign, out of turn */
    wish.difficulty = 2;
    EXPECT(c, with(3, wish), YQ_E_DOMAIN);
    wish = test_plain;
    wish.later_forks = 2;
    EXPECT(c, with(3, wish), YQ_E_DOMAIN);
    wish.later_forks = 1;
    EXPECT(c, with(3, wish), YQ_OK);
}

Test(clique, seals_that_are_none)
{
    uint8_t *seal = b[1].raw + b[1].raw_n - 9 - 33 - 65; /* before mixHash and nonce */
    seal[64] = 2;
    EXPECT(c, give(1, 5), YQ_E_SIG_RANGE);
    seal[64] = 0;
    memset(seal, 0, 32);
    EXPECT(c, give(1, 5), YQ_E_SIG_RANGE);
}

/* Who signed is kept for as long as it matters, so that the state does not grow. */
Test(clique, as_many_recent_signers_as_the_window_has)
{
    EXPECT(c, give(1, 7), YQ_OK);
    size_t size = c->client->state_n;
    EXPECT(c, give(4, 30), YQ_OK);
    cr_expect(height() == 29 && c->client->state_n == size);
}

/* The largest set: 128 of it have just signed, the next one makes its window full. */
Test(clique, the_window_of_the_largest_set)
{
    yq_evm_call call = {.host = test_client_begin(c->client, 1), .why = &c->client->why};
    yq_evm_state state;
    yq_evm_header header;
    yq_evm_sealed sealed;
    call.room = call.host->scratch(call.host->self, YQ_EVM_HEADER_MAX + 64u);
    cr_assert(yq_evm_state_new(&call, &state));
    state.mode = YQ_EVM_CLIQUE;
    state.epoch = 30000;
    test_block prev = {.number = 999, .time = 1760000000};
    for (size_t i = 0; i < YQ_EVM_VALIDATORS_MAX - 5; i++) {
        uint8_t address[20] = {0, 0, (uint8_t)i};
        cr_assert(yq_evm_set_add(&state.set, address));
        if (i < YQ_EVM_VALIDATORS_MAX / 2) {
            yq_evm_recent *r = &state.recent[state.recents++];
            r->number = 1000 - YQ_EVM_VALIDATORS_MAX / 2 + i;
            memcpy(r->signer, address, sizeof address);
        }
    }
    for (size_t i = 0; i < c->n; i++) {
        cr_assert(yq_evm_set_add(&state.set, c->account[c->member[i]].address));
    }
    for (size_t i = 0; i < 3; i++) {
        test_wish wish = test_plain;
        wish.proposer = i;
        wish.difficulty = 1;
        test_block next = test_next(c, &prev, wish);
        const yq_slice raw = yq_slice_of(next.raw, next.raw_n);
        cr_assert_eq(yq_evm_header_decode(&call, raw, &header), YQ_OK);
        cr_assert_eq(yq_evm_sealed_decode(&call, &state, &header, &sealed), YQ_OK);
        EXPECT(c, yq_evm_clique_check(&call, &state, &header, &sealed), YQ_OK);
        cr_expect_eq(state.recents, YQ_EVM_RECENTS_MAX);
        cr_expect_eq(state.recent[0].number, 1000 + i - YQ_EVM_VALIDATORS_MAX / 2);
        EXPECT(c, yq_evm_clique_check(&call, &state, &header, &sealed), YQ_E_DUP_SIGNER);
        prev = next;
    }
}

Test(clique, out_of_turn_is_allowed)
{
    test_wish wish = test_plain;
    wish.proposer = 4;
    b[1] = test_next(c, &b[0], wish);
    for (size_t i = 2; i <= 3; i++) {
        b[i] = test_next(c, &b[i - 1], test_plain);
    }
    wish.proposer = 4; /* its own turn: block 4, three later */
    b[4] = test_next(c, &b[3], test_plain);
    b[5] = test_next(c, &b[4], test_plain);
    EXPECT(c, give(1, 5), YQ_OK);
}

/* Blocks 1.. with a vote in each of the first k. */
static void with_votes(size_t k, size_t account, int add, size_t until)
{
    for (size_t i = 1; i <= until; i++) {
        test_wish wish = test_plain;
        if (i <= k) {
            wish.candidate = c->account[account].address;
            wish.add = add;
        }
        if (i == k + 1 && k >= 3) {
            if (add) {
                test_member_add(c, account);
            } else {
                test_member_remove(c, account);
            }
        }
        /* Whoever has not signed for the longest time signs. */
        static uint64_t last[TEST_KEYS];
        if (i == 1) {
            memset(last, 0, sizeof last);
        }
        size_t best = 0;
        for (size_t j = 1; j < c->n; j++) {
            best = last[c->member[j]] < last[c->member[best]] ? j : best;
        }
        last[c->member[best]] = i;
        wish.proposer = best;
        b[i] = test_next(c, &b[i - 1], wish);
    }
}

Test(clique, signers_come_by_votes)
{
    with_votes(3, 1, 1, 20);
    EXPECT(c, give(1, 20), YQ_OK);
    yq_client_view view;
    cr_assert_eq(test_client_describe(c->client, &view), YQ_OK);
    cr_expect(view.validators == 6 && view.height == 16);
}

Test(clique, signers_go_by_votes)
{
    with_votes(3, c->member[2], 0, 20);
    EXPECT(c, give(1, 20), YQ_OK);
    yq_client_view view;
    cr_assert_eq(test_client_describe(c->client, &view), YQ_OK);
    cr_expect(view.validators == 4 && view.height == 16);
}

/* Nobody signs a genesis, so nobody votes there. */
Test(clique, a_vote_in_the_genesis_is_none)
{
    test_wish wish = test_plain;
    wish.candidate = c->account[1].address;
    wish.add = 1;
    b[0] = test_next(c, NULL, wish);
    test_client_reset(c->client);
    EXPECT(c, test_client_init(c->client, test_anchor(c, &b[0], room)), YQ_OK);
    with_votes(2, 1, 1, 20);
    EXPECT(c, give(1, 20), YQ_OK);
}

Test(clique, two_votes_of_five_are_not_enough)
{
    with_votes(2, 1, 1, 20);
    EXPECT(c, give(1, 20), YQ_OK);
    yq_client_view view;
    cr_assert_eq(test_client_describe(c->client, &view), YQ_OK);
    cr_expect_eq(view.validators, 5);
}

Test(clique, checkpoints_list_the_signers)
{
    c->epoch = 7;
    cr_assert_eq(test_client_init(c->client, test_anchor(c, &b[0], room)), YQ_OK);
    for (size_t i = 1; i < 20; i++) {
        b[i] = test_next(c, &b[i - 1], test_plain);
    }
    EXPECT(c, give(1, 19), YQ_OK);
    test_client_reset(c->client);
    cr_assert_eq(test_client_init(c->client, test_anchor(c, &b[0], room)), YQ_OK);
    test_wish wish = test_plain;
    wish.no_list = 1;
    b[7] = test_next(c, &b[6], wish);
    EXPECT(c, give(1, 12), YQ_E_SET_CHANGE);
    wish = test_plain;
    wish.add = 1;
    b[7] = test_next(c, &b[6], wish);
    EXPECT(c, give(1, 12), YQ_E_DOMAIN);
    wish = test_plain;
    wish.candidate = c->account[1].address;
    b[7] = test_next(c, &b[6], wish);
    EXPECT(c, give(1, 12), YQ_E_DOMAIN);
    /* An anchor at a later checkpoint. */
    b[7] = test_next(c, &b[6], test_plain);
    for (size_t i = 8; i < 20; i++) {
        b[i] = test_next(c, &b[i - 1], test_plain);
    }
    test_client_reset(c->client);
    EXPECT(c, test_client_init(c->client, test_anchor(c, &b[7], room)), YQ_OK);
    EXPECT(c, give(8, 12), YQ_OK);
}

/* A second history that is buried as deep as the first: no node of the chain could tell which. */
Test(clique, a_deep_second_history_is_misbehaviour)
{
    EXPECT(c, give(1, 20), YQ_OK);
    test_block other[8];
    test_wish wish = test_plain;
    wish.candidate = c->account[1].address;
    other[0] = test_next(c, &b[4], wish);
    for (size_t i = 1; i < 8; i++) {
        other[i] = test_next(c, &other[i - 1], test_plain);
    }
    EXPECT(c, test_client_update(c->client, test_update(other, 4, room)), YQ_E_NOT_PROVEN);
    EXPECT(c, test_client_update(c->client, test_update(other, 5, room)), YQ_E_MISBEHAVIOUR);
    test_wish twice = test_plain;
    twice.proposer = 0;
    for (size_t i = 1; i < 8; i++) {
        other[i] = test_next(c, &other[i - 1], twice);
    }
    EXPECT(c, test_client_update(c->client, test_update(other, 6, room)), YQ_E_DUP_SIGNER);
    cr_expect_eq(test_client_misbehaviour(c->client, yq_slice_text("\1")), YQ_E_UNSUPPORTED);
}

Test(clique, the_depth_is_a_majority_at_least)
{
    test_client_reset(c->client);
    c->depth = 2;
    EXPECT(c, test_client_init(c->client, test_anchor(c, &b[0], room)), YQ_E_THRESHOLD_LOW);
    c->depth = 0;
    EXPECT(c, test_client_init(c->client, test_anchor(c, &b[0], room)), YQ_E_ANCHOR);
    c->depth = 257;
    EXPECT(c, test_client_init(c->client, test_anchor(c, &b[0], room)), YQ_E_ANCHOR);
    c->depth = 256;
    EXPECT(c, test_client_init(c->client, test_anchor(c, &b[0], room)), YQ_OK);
    test_client_reset(c->client);
    c->depth = 3;
    EXPECT(c, test_client_init(c->client, test_anchor(c, &b[0], room)), YQ_OK);
    EXPECT(c, give(1, 4), YQ_OK);
}
