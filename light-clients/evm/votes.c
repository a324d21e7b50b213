#include "light-clients/evm/evm.h"

static void forget_at(yq_evm_state *state, size_t idx)
{
    state->votes--;
    memmove(state->vote + idx, state->vote + idx + 1, (state->votes - idx) * sizeof *state->vote);
}

static int same(const uint8_t *a, const uint8_t *b)
{
    return memcmp(a, b, YQ_EVM_ADDRESS_SIZE) == 0;
}

/* Votes on a candidate by one voter (NULL: by anyone). */
static void forget_votes_on(yq_evm_state *state, const uint8_t *candidate, const uint8_t *voter)
{
    for (size_t i = state->votes; i > 0; i--) {
        const yq_evm_vote *v = &state->vote[i - 1];
        if (same(v->candidate, candidate) && (voter == NULL || same(v->voter, voter))) {
            forget_at(state, i - 1);
        }
    }
}

static void forget_votes_of(yq_evm_state *state, const uint8_t *voter)
{
    for (size_t i = state->votes; i > 0; i--) {
        if (same(state->vote[i - 1].voter, voter)) {
            forget_at(state, i - 1);
        }
    }
}

static size_t count(const yq_evm_state *state, const uint8_t *candidate)
{
    size_t n = 0;
    for (size_t i = 0; i < state->votes; i++) {
        n += same(state->vote[i].candidate, candidate) ? 1 : 0;
    }
    return n;
}

/* More than half of the members have voted: the candidate comes or goes. */
static yq_status pass(
    const yq_evm_call *call, yq_evm_state *state, uint64_t number, const yq_evm_vote *vote)
{
    if (!vote->add) {
        yq_evm_set_remove(&state->set, vote->candidate);
        forget_votes_of(state, vote->candidate);
    } else if (!yq_evm_set_add(&state->set, vote->candidate)) {
        return yq_evm_fail(call, YQ_E_LIMIT, "validators");
    }
    forget_votes_on(state, vote->candidate, NULL);
    state->set_from = number + 1;
    return state->set.n > 0 ? YQ_OK : yq_evm_fail(call, YQ_E_SET_CHANGE, "no validator is left");
}

yq_status yq_evm_votes_apply(
    const yq_evm_call *call, yq_evm_state *state, uint64_t number, const yq_evm_sealed *sealed)
{
    size_t place;
    int checkpoint = number % state->epoch == 0;
    int counts_at_checkpoint = state->mode == YQ_EVM_IBFT1 || state->mode == YQ_EVM_CLIQUE;
    if (checkpoint) {
        state->votes = 0;
    }
    if (!sealed->has_vote || (checkpoint && !counts_at_checkpoint)) {
        return YQ_OK;
    }
    const yq_evm_vote *vote = &sealed->vote;
    forget_votes_on(state, vote->candidate, vote->voter);
    if (yq_evm_set_find(&state->set, vote->candidate, &place) == (vote->add != 0)) {
        return YQ_OK; /* changes nothing, so nobody counts it */
    }
    if (state->votes == YQ_EVM_VOTES_MAX) {
        return yq_evm_fail(call, YQ_E_LIMIT, "votes");
    }
    state->vote[state->votes++] = *vote;
    return count(state, vote->candidate) > state->set.n / 2 ? pass(call, state, number, vote)
                                                            : YQ_OK;
}
