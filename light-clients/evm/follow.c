#include "light-clients/evm/evm.h"

static yq_status check_link(
    const yq_evm_call *call, const yq_evm_state *state, const yq_evm_header *header)
{
    if (header->number != state->height + 1) {
        return yq_evm_fail(call, YQ_E_HEIGHT, "number");
    }
    if (!yq_digest_equal(&header->parent, &state->last.hash)) {
        return yq_evm_fail(call, YQ_E_PARENT, "parentHash");
    }
    if (header->time < state->last.time) {
        return yq_evm_fail(call, YQ_E_TIME_ORDER, "timestamp");
    }
    if (yq_digest_is_zero(&header->state_root) || yq_digest_is_zero(&header->tx_root) ||
        yq_digest_is_zero(&header->receipt_root)) {
        return yq_evm_fail(call, YQ_E_ZERO_ROOT, "roots");
    }
    return YQ_OK;
}

/* Who sealed it, and whether the header's own list is the set that is known. */
static yq_status check_seals(
    const yq_evm_call *call,
    yq_evm_state *state,
    const yq_evm_header *header,
    yq_evm_sealed *sealed)
{
    size_t place;
    if (sealed->has_list && !yq_evm_set_equal(&sealed->listed, &state->set)) {
        return yq_evm_fail(call, YQ_E_SET_CHANGE, "validators in extraData");
    }
    if (state->mode == YQ_EVM_CLIQUE) {
        return yq_evm_clique_check(call, state, header, sealed);
    }
    if (!yq_evm_set_find(&state->set, sealed->proposer, &place)) {
        return yq_evm_fail(call, YQ_E_SIGNER_UNKNOWN, "proposer");
    }
    return yq_evm_seals_check(call, &state->set, sealed);
}

yq_status yq_evm_follow(
    const yq_evm_call *call, yq_evm_state *state, const yq_evm_step *step, yq_evm_set *sealers)
{
    yq_evm_header header;
    yq_evm_sealed sealed;
    yq_status status = yq_evm_header_decode(call, step->header, &header);
    if (status == YQ_OK) {
        status = check_link(call, state, &header);
    }
    if (status == YQ_OK) {
        status = yq_evm_sealed_decode(call, state, &header, &sealed);
    }
    if (status == YQ_OK && state->mode == YQ_EVM_QBFT_CONTRACT) {
        status = yq_evm_contract_apply(call, state, &step->contract);
    }
    if (status != YQ_OK) {
        return status;
    }
    yq_evm_set_copy(sealers, &state->set);
    uint64_t sealed_by = state->set_from;
    status = check_seals(call, state, &header, &sealed);
    if (status == YQ_OK) { /* in contract mode there are none */
        status = yq_evm_votes_apply(call, state, header.number, &sealed);
    }
    if (status != YQ_OK) {
        return status;
    }
    state->height = header.number;
    state->last = (yq_evm_record){
        .hash = sealed.hash,
        .state_root = header.state_root,
        .tx_root = header.tx_root,
        .receipt_root = header.receipt_root,
        .time = header.time,
        .set_from = sealed_by};
    return YQ_OK;
}
