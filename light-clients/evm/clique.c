#include "light-clients/evm/evm.h"
#include "relay/base/assert.h"

/* Of any so many blocks in a row, no two are signed by one signer. */
static uint64_t window(const yq_evm_set *set)
{
    return set->n / 2 + 1;
}

static int signed_recently(const yq_evm_state *state, uint64_t number, const uint8_t *signer)
{
    for (size_t i = 0; i < state->recents; i++) {
        if (memcmp(state->recent[i].signer, signer, YQ_EVM_ADDRESS_SIZE) == 0 &&
            state->recent[i].number + window(&state->set) > number) {
            return 1;
        }
    }
    return 0;
}

static void remember(yq_evm_state *state, uint64_t number, const uint8_t *signer)
{
    size_t kept = 0;
    for (size_t i = 0; i < state->recents; i++) {
        if (state->recent[i].number + window(&state->set) > number) {
            state->recent[kept++] = state->recent[i];
        }
    }
    YQ_ASSERT(kept < YQ_EVM_RECENTS_MAX); /* numbers rise, so one of the window is still free */
    state->recent[kept].number = number;
    memcpy(state->recent[kept].signer, signer, YQ_EVM_ADDRESS_SIZE);
    state->recents = kept + 1;
}

yq_status yq_evm_clique_check(
    const yq_evm_call *call,
    yq_evm_state *state,
    const yq_evm_header *header,
    yq_evm_sealed *sealed)
{
    size_t place;
    yq_status status = yq_evm_signer(call, &sealed->seal_hash, sealed->seals, sealed->proposer);
    if (status != YQ_OK) {
        return status;
    }
    if (!yq_evm_set_find(&state->set, sealed->proposer, &place)) {
        return yq_evm_fail(call, YQ_E_SIGNER_UNKNOWN, "seal of no signer");
    }
    if (signed_recently(state, header->number, sealed->proposer)) {
        return yq_evm_fail(call, YQ_E_DUP_SIGNER, "signed one of the last blocks");
    }
    uint8_t difficulty = header->number % state->set.n == place ? 2 : 1;
    if (header->difficulty.n != 1 || header->difficulty.p[0] != difficulty) {
        return yq_evm_fail(call, YQ_E_DOMAIN, "difficulty");
    }
    int drop = !sealed->vote.add;
    if (sealed->has_list &&
        (!drop || !yq_bytes_are_zero(sealed->vote.candidate, YQ_EVM_ADDRESS_SIZE))) {
        return yq_evm_fail(call, YQ_E_DOMAIN, "a vote at a checkpoint");
    }
    memcpy(sealed->vote.voter, sealed->proposer, YQ_EVM_ADDRESS_SIZE);
    remember(state, header->number, sealed->proposer);
    return YQ_OK;
}
