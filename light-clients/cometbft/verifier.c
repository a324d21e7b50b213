#include "light-clients/cometbft/cometbft.h"

static yq_status known_or_conflict(
    const yq_comet_call *call,
    const yq_comet_state *state,
    const yq_comet_record *trusted,
    const yq_comet_step *step,
    uint64_t now_ms)
{
    yq_comet_record known;
    yq_status status = yq_comet_record_get(call, state, step->header.height, &known);
    if (status != YQ_OK) {
        return status;
    }
    if (yq_digest_equal(&known.hash, &step->header.hash)) {
        return yq_comet_fail(call, YQ_E_REPLAY, "header");
    }
    status = yq_comet_step_check(call, state, trusted, step, now_ms, 1);
    return status == YQ_OK ? yq_comet_fail(call, YQ_E_MISBEHAVIOUR, "another header of this height")
                           : status;
}

static yq_status advance(
    const yq_comet_call *call,
    yq_comet_state *state,
    const yq_comet_record *trusted,
    const yq_comet_step *step,
    uint64_t now_ms)
{
    const yq_comet_header *header = &step->header;
    yq_status status = yq_comet_step_check(call, state, trusted, step, now_ms, 1);
    if (status != YQ_OK) {
        return status;
    }
    if (yq_comet_time_compare(header->time, state->last.time) <= 0) {
        return yq_comet_fail(call, YQ_E_MISBEHAVIOUR, "a later header with an earlier time");
    }
    const yq_comet_record before = state->last;
    uint64_t before_height = state->height;
    state->height = header->height;
    state->members = (uint16_t)step->set.n;
    state->last = (yq_comet_record){
        .hash = header->hash,
        .time = header->time,
        .app_root = header->app_root,
        .next_validators = header->next_validators};
    return yq_comet_record_put(call, state, &before, before_height);
}

static yq_status update(
    const yq_verifier_host *host,
    yq_slice state_bytes,
    yq_slice evidence,
    uint64_t now_ms,
    yq_buf *next,
    yq_fault *why)
{
    const yq_comet_call call = {host, why};
    yq_comet_state state = {0};
    yq_comet_step step;
    yq_comet_record trusted;
    yq_status status = yq_comet_state_decode(&call, state_bytes, &state);
    if (status != YQ_OK) {
        return status;
    }
    yq_cur c = yq_cur_of(evidence);
    yq_comet_take_version(&c);
    yq_comet_take_step(&call, &c, &step);
    status = yq_cur_done(&c, why);
    if (status == YQ_OK) {
        status = yq_comet_record_get(&call, &state, step.trusted_height, &trusted);
    }
    if (status != YQ_OK) {
        return status;
    }
    if (step.header.height <= state.height) {
        return known_or_conflict(&call, &state, &trusted, &step, now_ms);
    }
    status = advance(&call, &state, &trusted, &step, now_ms);
    return status == YQ_OK ? yq_comet_state_encode(&call, &state, next) : status;
}

/* Two headers of one height, or a later one that is not later in time. */
static int contradict(const yq_comet_header *a, const yq_comet_header *b)
{
    if (a->height == b->height) {
        return !yq_digest_equal(&a->hash, &b->hash);
    }
    int order = yq_comet_time_compare(a->time, b->time);
    return a->height < b->height ? order >= 0 : order <= 0;
}

static yq_status misbehaviour(
    const yq_verifier_host *host,
    yq_slice state_bytes,
    yq_slice evidence,
    uint64_t now_ms,
    yq_fault *why)
{
    const yq_comet_call call = {host, why};
    yq_comet_state state = {0};
    yq_comet_step step[2];
    yq_status status = yq_comet_state_decode(&call, state_bytes, &state);
    if (status != YQ_OK) {
        return status;
    }
    yq_cur c = yq_cur_of(evidence);
    yq_comet_take_version(&c);
    yq_comet_take_step(&call, &c, &step[0]);
    yq_comet_take_step(&call, &c, &step[1]);
    status = yq_cur_done(&c, why);
    if (status == YQ_OK && !contradict(&step[0].header, &step[1].header)) {
        status = yq_comet_fail(&call, YQ_E_NOT_PROVEN, "the headers do not contradict");
    }
    for (unsigned i = 0; i < 2 && status == YQ_OK; i++) {
        yq_comet_record trusted;
        status = yq_comet_record_get(&call, &state, step[i].trusted_height, &trusted);
        if (status == YQ_OK) {
            status = yq_comet_step_check(&call, &state, &trusted, &step[i], now_ms, 0);
        }
    }
    return status;
}

static yq_status describe(
    const yq_verifier_host *host, yq_slice state_bytes, yq_client_view *view, yq_fault *why)
{
    const yq_comet_call call = {host, why};
    yq_comet_state state = {0};
    static const char note[] =
        "quorum is by voting power, more than two thirds; it names no number of validators; proves "
        "stored values and IBC packets, not events";
    _Static_assert(sizeof note <= sizeof view->note, "the note fits");
    yq_status status = yq_comet_state_decode(&call, state_bytes, &state);
    if (status != YQ_OK) {
        return status;
    }
    *view = (yq_client_view){.height = state.height, .grade = YQ_GRADE_LIGHT_CLIENT};
    memcpy(view->hash, state.last.hash.b, sizeof view->hash);
    view->time_ms = yq_comet_time_ms(state.last.time);
    view->trusted_until_ms = view->time_ms + state.trusting_ms;
    view->validators = state.members;
    const yq_slice set = YQ_SLICE_OF(state.last.next_validators.b);
    host->hash(host->self, YQ_HASH_SM3, &set, 1, view->set_hash);
    memcpy(view->note, note, sizeof note);
    return YQ_OK;
}

static const yq_verifier verifier = {
    .magic = YQ_VERIFIER_MAGIC,
    .size = sizeof(yq_verifier),
    .abi_major = YQ_VERIFIER_ABI_MAJOR,
    .abi_minor = YQ_VERIFIER_ABI_MINOR,
    .version = 1,
    .framework = "cometbft",
    .state_size_max = YQ_COMET_STATE_MAX,
    .init = yq_comet_init,
    .update = update,
    .misbehaviour = misbehaviour,
    .event = yq_comet_event,
    .value = yq_comet_value,
    .describe = describe,
};

const yq_verifier *yq_verifier_cometbft(void)
{
    return &verifier;
}
