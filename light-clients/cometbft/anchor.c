#include "light-clients/cometbft/cometbft.h"

/* A third at the least, the whole at most. */
static int level_is_safe(const yq_comet_state *state)
{
    return state->level_den != 0 && state->level_num <= state->level_den &&
           3u * state->level_num >= state->level_den;
}

static yq_status check_settings(const yq_comet_call *call, const yq_comet_state *state)
{
    if (!level_is_safe(state)) {
        return yq_comet_fail(call, YQ_E_THRESHOLD_LOW, "trust level");
    }
    if (state->trusting_ms == 0 || state->trusting_ms > INT64_MAX / 1000) {
        return yq_comet_fail(call, YQ_E_ANCHOR, "trusting period");
    }
    if (state->drift_ms > YQ_COMET_DRIFT_MS_MAX) {
        return yq_comet_fail(call, YQ_E_ANCHOR, "clock drift");
    }
    if (state->stores != YQ_COMET_STORES_IAVL && state->stores != YQ_COMET_STORES_SMT) {
        return yq_comet_fail(call, YQ_E_ANCHOR, "stores");
    }
    return YQ_OK;
}

static yq_status check_header(
    const yq_comet_call *call,
    const yq_comet_state *state,
    const yq_comet_header *header,
    const yq_digest *pinned,
    uint64_t now_ms)
{
    if (yq_digest_is_zero(pinned)) {
        return yq_comet_fail(call, YQ_E_ZERO_ROOT, "hash");
    }
    if (!yq_digest_equal(pinned, &header->hash)) {
        return yq_comet_fail(call, YQ_E_HASH, "header");
    }
    if (!yq_slice_equal(header->chain_id, state->chain_id)) {
        return yq_comet_fail(call, YQ_E_DOMAIN, "chain_id");
    }
    if (yq_digest_is_zero(&header->next_validators)) {
        return yq_comet_fail(call, YQ_E_ZERO_ROOT, "next_validators_hash");
    }
    if (!yq_comet_trusted_now(state, header->time, now_ms)) {
        return yq_comet_fail(call, YQ_E_TRUST_EXPIRED, "header");
    }
    if (yq_comet_time_ms(header->time) > now_ms + state->drift_ms) {
        return yq_comet_fail(call, YQ_E_TIME_FUTURE, "header");
    }
    return YQ_OK;
}

yq_status yq_comet_init(
    const yq_verifier_host *host, yq_slice anchor, uint64_t now_ms, yq_buf *out, yq_fault *why)
{
    const yq_comet_call call = {host, why};
    yq_cur c = yq_cur_of(anchor);
    yq_comet_state state = {0};
    yq_comet_header header;
    yq_digest pinned;
    yq_comet_take_version(&c);
    state.chain_id = yq_cur_str8(&c, YQ_COMET_CHAIN_ID_MAX);
    state.trusting_ms = yq_cur_u64(&c);
    state.drift_ms = yq_cur_u64(&c);
    state.level_num = yq_cur_u8(&c);
    state.level_den = yq_cur_u8(&c);
    state.stores = yq_cur_u8(&c);
    yq_comet_take_digest(&c, &pinned);
    yq_slice raw = yq_cur_blob32(&c, YQ_COMET_HEADER_MAX);
    yq_status status = yq_cur_done(&c, why);
    if (status == YQ_OK) {
        status = check_settings(&call, &state);
    }
    if (status == YQ_OK) {
        status = yq_comet_header_decode(&call, raw, &header);
    }
    if (status == YQ_OK) {
        status = check_header(&call, &state, &header, &pinned, now_ms);
    }
    if (status != YQ_OK) {
        return status;
    }
    state.height = header.height;
    state.last = (yq_comet_record){
        .hash = header.hash,
        .time = header.time,
        .app_root = header.app_root,
        .next_validators = header.next_validators};
    status = yq_comet_record_put(&call, &state, NULL, 0);
    return status == YQ_OK ? yq_comet_state_encode(&call, &state, out) : status;
}
