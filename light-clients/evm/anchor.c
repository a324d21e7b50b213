#include "light-clients/evm/evm.h"

static yq_status check_settings(const yq_evm_call *call, const yq_evm_state *state)
{
    int contract = state->mode == YQ_EVM_QBFT_CONTRACT, clique = state->mode == YQ_EVM_CLIQUE;
    int no_contract = yq_bytes_are_zero(state->contract, sizeof state->contract);
    if (state->mode < YQ_EVM_IBFT1 || state->mode > YQ_EVM_CLIQUE) {
        return yq_evm_fail(call, YQ_E_FIELD_UNKNOWN, "mode");
    }
    if (state->epoch == 0) {
        return yq_evm_fail(call, YQ_E_ANCHOR, "epoch");
    }
    if (contract == no_contract || (!contract && !yq_digest_is_zero(&state->slot))) {
        return yq_evm_fail(call, YQ_E_ANCHOR, "contract");
    }
    if (state->depth > YQ_EVM_DEPTH_MAX || (state->depth != 0) != clique) {
        return yq_evm_fail(call, YQ_E_ANCHOR, "depth");
    }
    return YQ_OK;
}

/* The pinned header's hash: a genesis is hashed as it stands, whatever its extraData says. */
static yq_status check_pin(
    const yq_evm_call *call,
    const yq_evm_header *header,
    yq_evm_sealed *sealed,
    const yq_digest *pinned)
{
    if (header->number == 0) {
        sealed->hash = yq_evm_hash(call, header->raw);
    }
    if (yq_digest_is_zero(pinned) || yq_digest_is_zero(&header->state_root) ||
        yq_digest_is_zero(&header->tx_root) || yq_digest_is_zero(&header->receipt_root)) {
        return yq_evm_fail(call, YQ_E_ZERO_ROOT, "hash, roots");
    }
    return yq_digest_equal(pinned, &sealed->hash) ? YQ_OK : yq_evm_fail(call, YQ_E_HASH, "header");
}

/* Validators come from the header's list, and no vote may be pending there that is not seen. */
static yq_status start_set(
    const yq_evm_call *call,
    yq_evm_state *state,
    const yq_evm_header *header,
    const yq_evm_sealed *sealed)
{
    if (state->mode == YQ_EVM_QBFT_CONTRACT) {
        return YQ_OK;
    }
    if (header->number % state->epoch != 0) {
        return yq_evm_fail(call, YQ_E_ANCHOR, "the header is not at the start of an epoch");
    }
    if (sealed->listed.n == 0) {
        return yq_evm_fail(call, YQ_E_ANCHOR, "no validators");
    }
    yq_evm_set_copy(&state->set, &sealed->listed);
    if (state->mode == YQ_EVM_CLIQUE && state->depth < state->set.n / 2 + 1) {
        return yq_evm_fail(call, YQ_E_THRESHOLD_LOW, "depth");
    }
    /* Elsewhere no vote counts in an epoch's first block, or none may stand there. */
    return state->mode == YQ_EVM_IBFT1 ? yq_evm_votes_apply(call, state, header->number, sealed)
                                       : YQ_OK;
}

yq_status yq_evm_init(
    const yq_verifier_host *host, yq_slice anchor, uint64_t now_ms, yq_buf *out, yq_fault *why)
{
    yq_evm_call call = {host, why, host->scratch(host->self, YQ_EVM_HEADER_MAX + 64u)};
    yq_evm_state state;
    yq_evm_header header;
    yq_evm_sealed sealed;
    yq_digest pinned;
    (void)now_ms;
    if (call.room == NULL || !yq_evm_state_new(&call, &state)) {
        return yq_evm_fail(&call, YQ_E_LIMIT, "state");
    }
    yq_cur c = yq_cur_of(anchor);
    yq_evm_take_version(&c);
    state.mode = yq_cur_u8(&c);
    state.epoch = yq_cur_u64(&c);
    state.depth = yq_cur_u16(&c);
    yq_cur_copy(&c, state.contract, sizeof state.contract);
    yq_evm_take_digest(&c, &state.slot);
    yq_evm_take_digest(&c, &pinned);
    yq_slice raw = yq_cur_blob32(&c, YQ_EVM_HEADER_MAX);
    yq_status status = yq_cur_done(&c, why);
    if (status == YQ_OK) {
        status = check_settings(&call, &state);
    }
    if (status == YQ_OK) {
        status = yq_evm_header_decode(&call, raw, &header);
    }
    if (status == YQ_OK) {
        status = yq_evm_sealed_decode(&call, &state, &header, &sealed);
    }
    if (status == YQ_OK) {
        status = check_pin(&call, &header, &sealed, &pinned);
    }
    if (status != YQ_OK) {
        return status;
    }
    state.height = state.set_from = header.number;
    state.last = (yq_evm_record){
        .hash = sealed.hash,
        .state_root = header.state_root,
        .tx_root = header.tx_root,
        .receipt_root = header.receipt_root,
        .time = header.time,
        .set_from = header.number};
    status = start_set(&call, &state, &header, &sealed);
    if (status == YQ_OK) {
        status = yq_evm_records_put(&call, &state, &sealed.listed);
    }
    return status == YQ_OK ? yq_evm_state_encode(&call, &state, out) : status;
}
