/* The votes of headers by themselves: what stays pending, who comes and who goes. */
#include "light-clients/evm/test_chain.h"

#include <criterion/criterion.h>

#define EPOCH 1000u

static test_client *client;
static yq_evm_call call;
static yq_evm_state state;

static void setup(void)
{
    client = test_client_new(yq_verifier_evm());
    call = (yq_evm_call){.host = test_client_begin(client, 1), .why = &client->why};
    cr_assert(yq_evm_state_new(&call, &state));
    state.mode = YQ_EVM_QBFT;
    state.epoch = EPOCH;
}

static void teardown(void)
{
    test_client_free(client);
}

TestSuite(votes, .init = setup, .fini = teardown);

/* Account k as an address; ascending with k. */
static void name(uint8_t *address, size_t k)
{
    memset(address, 0x11, YQ_EVM_ADDRESS_SIZE);
    address[0] = (uint8_t)(k >> 8);
    address[1] = (uint8_t)k;
}

/* Members 0, 2, 4 ...; nothing is pending. */
static void members(size_t n)
{
    state.set.n = state.votes = 0;
    state.set_from = 7;
    for (size_t i = 0; i < n; i++) {
        uint8_t address[YQ_EVM_ADDRESS_SIZE];
        name(address, 2 * i);
        cr_assert(yq_evm_set_add(&state.set, address));
    }
}

static yq_status vote_at(uint64_t number, size_t voter, size_t candidate, uint8_t add)
{
    yq_evm_sealed sealed = {.has_vote = 1, .vote.add = add};
    name(sealed.vote.voter, voter);
    name(sealed.vote.candidate, candidate);
    return yq_evm_votes_apply(&call, &state, number, &sealed);
}

static yq_status vote(size_t voter, size_t candidate, uint8_t add)
{
    return vote_at(EPOCH + 1, voter, candidate, add);
}

static int is_member(size_t k)
{
    uint8_t address[YQ_EVM_ADDRESS_SIZE];
    size_t place;
    name(address, k);
    return yq_evm_set_find(&state.set, address, &place);
}

/* Is the pending vote at this place this one? */
static int pending(size_t place, size_t voter, size_t candidate, uint8_t add)
{
    uint8_t v[YQ_EVM_ADDRESS_SIZE], c[YQ_EVM_ADDRESS_SIZE];
    const yq_evm_vote *at = &state.vote[place];
    name(v, voter);
    name(c, candidate);
    return place < state.votes && memcmp(at->voter, v, sizeof v) == 0 &&
           memcmp(at->candidate, c, sizeof c) == 0 && at->add == add;
}

Test(votes, more_than_half_decide)
{
    for (size_t n = 1; n <= 9; n++) {
        for (uint8_t add = 0; add < 2; add++) {
            size_t candidate = add ? 1 : 2 * (n - 1);
            members(n);
            for (size_t k = 0; k < n / 2; k++) {
                cr_expect_eq(vote(2 * k, candidate, add), YQ_OK);
                cr_expect(is_member(candidate) == !add && state.votes == k + 1);
                cr_expect_eq(state.set_from, 7);
            }
            if (n == 1 && !add) {
                cr_expect_eq(vote(0, candidate, add), YQ_E_SET_CHANGE); /* nobody is left */
                continue;
            }
            cr_expect_eq(vote(2 * (n / 2), candidate, add), YQ_OK);
            cr_expect(is_member(candidate) == add && state.votes == 0, "%zu %u", n, add);
            cr_expect(state.set.n == (add ? n + 1 : n - 1));
            cr_expect_eq(state.set_from, EPOCH + 2);
        }
    }
}

Test(votes, a_second_vote_replaces_the_first)
{
    members(9);
    cr_expect_eq(vote(0, 1, 1), YQ_OK);
    cr_expect_eq(vote(2, 1, 1), YQ_OK);
    cr_expect_eq(vote(0, 3, 1), YQ_OK);
    cr_expect(pending(0, 0, 1, 1) && pending(1, 2, 1, 1) && pending(2, 0, 3, 1));
    cr_expect_eq(vote(0, 1, 1), YQ_OK);
    cr_expect(pending(0, 2, 1, 1) && pending(1, 0, 3, 1) && pending(2, 0, 1, 1));
    cr_expect_eq(state.votes, 3);
    /* Against somebody who is no member: it only takes the vote back. */
    cr_expect_eq(vote(2, 1, 0), YQ_OK);
    cr_expect(state.votes == 2 && pending(0, 0, 3, 1) && pending(1, 0, 1, 1));
    /* For a member: nothing. */
    cr_expect_eq(vote(2, 4, 1), YQ_OK);
    cr_expect_eq(state.votes, 2);
    /* No vote at all. */
    const yq_evm_sealed none = {.has_vote = 0, .vote.add = 1};
    cr_expect_eq(yq_evm_votes_apply(&call, &state, EPOCH + 1, &none), YQ_OK);
    cr_expect_eq(state.votes, 2);
}

Test(votes, what_is_decided_is_forgotten_and_the_rest_stays)
{
    members(4);
    cr_expect_eq(vote(0, 1, 1), YQ_OK);
    cr_expect_eq(vote(6, 3, 1), YQ_OK);
    cr_expect_eq(vote(2, 1, 1), YQ_OK);
    cr_expect_eq(vote(2, 3, 1), YQ_OK);
    cr_expect_eq(vote(4, 1, 1), YQ_OK);
    cr_expect(is_member(1) && !is_member(3));
    cr_expect(state.votes == 2 && pending(0, 6, 3, 1) && pending(1, 2, 3, 1));
    /* Member 2 goes, its vote with it; those against it as well. */
    cr_expect_eq(vote(0, 2, 0), YQ_OK);
    cr_expect_eq(vote(4, 2, 0), YQ_OK);
    cr_expect_eq(state.votes, 4);
    cr_expect_eq(vote(6, 2, 0), YQ_OK);
    cr_expect(!is_member(2) && state.set.n == 4);
    cr_expect(state.votes == 1 && pending(0, 6, 3, 1));
}

Test(votes, an_epoch_begins_without_votes)
{
    static const struct {
        uint8_t mode;
        size_t votes; /* behind the epoch's first block, which has one */
    } row[] = {{YQ_EVM_IBFT1, 1}, {YQ_EVM_IBFT2, 0}, {YQ_EVM_QBFT, 0}, {YQ_EVM_CLIQUE, 1}};
    for (size_t i = 0; i < YQ_ARRAY_N(row); i++) {
        const yq_evm_sealed none = {.has_vote = 0};
        members(4);
        state.mode = row[i].mode;
        cr_expect_eq(vote_at(2 * EPOCH - 1, 0, 1, 1), YQ_OK);
        cr_expect_eq(vote_at(2 * EPOCH - 1, 2, 1, 1), YQ_OK);
        cr_expect_eq(state.votes, 2);
        cr_expect_eq(vote_at(2 * EPOCH, 4, 1, 1), YQ_OK);
        cr_expect(state.votes == row[i].votes && !is_member(1), "mode %u", row[i].mode);
        cr_expect_eq(vote_at(2 * EPOCH + 1, 6, 1, 1), YQ_OK);
        cr_expect_eq(state.votes, row[i].votes + 1);
        cr_expect_eq(yq_evm_votes_apply(&call, &state, 3 * EPOCH, &none), YQ_OK);
        cr_expect_eq(state.votes, 0);
    }
}

Test(votes, as_many_as_there_is_room_for)
{
    members(YQ_EVM_VALIDATORS_MAX);
    for (size_t i = 0; i < YQ_EVM_VOTES_MAX; i++) {
        cr_assert_eq(vote(2 * (i % 100), 1 + 2 * i, 1), YQ_OK);
    }
    cr_expect_eq(state.votes, YQ_EVM_VOTES_MAX);
    cr_expect_eq(vote(0, 1 + 2 * YQ_EVM_VOTES_MAX, 1), YQ_E_LIMIT);
    cr_expect_eq(state.votes, YQ_EVM_VOTES_MAX);
    cr_expect_eq(vote(0, 1, 1), YQ_OK); /* it replaces one */
    /* A full set takes nobody in. */
    members(YQ_EVM_VALIDATORS_MAX);
    for (size_t i = 0; i < YQ_EVM_VALIDATORS_MAX / 2; i++) {
        cr_assert_eq(vote(2 * i, 1, 1), YQ_OK);
    }
    cr_expect_eq(vote(YQ_EVM_VALIDATORS_MAX, 1, 1), YQ_E_LIMIT);
    cr_expect_eq(state.set.n, YQ_EVM_VALIDATORS_MAX);
}
