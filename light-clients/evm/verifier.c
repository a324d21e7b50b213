#include "light-clients/evm/evm.h"

/* Headers of an update, one behind the other. */
typedef struct batch {
    size_t n;
    yq_evm_step *step;
} batch;

static yq_status take_batch(
    const yq_evm_call *call,
    const yq_evm_state *state,
    yq_slice evidence,
    yq_evm_header *first,
    batch *out)
{
    yq_cur c = yq_cur_of(evidence);
    yq_evm_take_version(&c);
    size_t at = c.pos;
    out->n = yq_cur_u16(&c);
    if (out->n == 0 || out->n > YQ_EVM_BATCH_MAX) {
        yq_cur_fail_field(&c, YQ_E_LIMIT, at, "headers");
        return yq_cur_status(&c, call->why);
    }
    out->step = call->host->scratch(call->host->self, out->n * sizeof *out->step);
    if (out->step == NULL) {
        return yq_evm_fail(call, YQ_E_LIMIT, "headers");
    }
    for (size_t i = 0; i < out->n; i++) {
        out->step[i].header = yq_cur_blob32(&c, YQ_EVM_HEADER_MAX);
        if (state->mode == YQ_EVM_QBFT_CONTRACT) {
            yq_evm_take_contract_proof(call, &c, &out->step[i].contract);
        }
    }
    yq_status status = yq_cur_done(&c, call->why);
    return status == YQ_OK ? yq_evm_header_decode(call, out->step[0].header, first) : status;
}

static yq_status open_state(
    yq_evm_call *call, const yq_verifier_host *host, yq_slice bytes, yq_evm_state *state)
{
    call->host = host;
    call->room = host->scratch(host->self, YQ_EVM_HEADER_MAX + 64u);
    return call->room == NULL ? yq_evm_fail(call, YQ_E_LIMIT, "scratch")
                              : yq_evm_state_decode(call, bytes, state);
}

/* Clique: the successors of what becomes final, by enough different signers. The state is a copy.
 */
static yq_status check_burial(
    const yq_evm_call *call, yq_evm_state *ahead, const yq_evm_step *step, size_t n)
{
    yq_evm_set sealers, signers;
    size_t needed = ahead->set.n / 2 + 1;
    if (!yq_evm_set_new(call, &sealers) || !yq_evm_set_new(call, &signers)) {
        return yq_evm_fail(call, YQ_E_LIMIT, "scratch");
    }
    for (size_t i = 0; i < n; i++) {
        yq_status status = yq_evm_follow(call, ahead, &step[i], &sealers);
        if (status != YQ_OK) {
            return status;
        }
        (void)yq_evm_set_add(&signers, ahead->recent[ahead->recents - 1].signer);
    }
    return signers.n >= needed ? YQ_OK : yq_evm_fail(call, YQ_E_QUORUM, "signers behind the block");
}

/* Is the evidence a second history? Only what holds by itself is misbehaviour. */
static yq_status conflict(
    const yq_evm_call *call, const yq_evm_state *state, const yq_evm_header *first, const batch *in)
{
    yq_evm_record known;
    yq_evm_sealed sealed;
    yq_evm_set set;
    yq_status status = yq_evm_record_get(call, first->number, &known);
    if (status == YQ_OK) {
        status = yq_evm_sealed_decode(call, state, first, &sealed);
    }
    if (status != YQ_OK) {
        return status;
    }
    if (yq_digest_equal(&known.hash, &sealed.hash)) {
        return yq_evm_fail(call, YQ_E_REPLAY, "header");
    }
    status = yq_evm_set_at(call, state, first->number, &set);
    if (status != YQ_OK) {
        return status;
    }
    if (state->mode != YQ_EVM_CLIQUE) {
        status = yq_evm_seals_check(call, &set, &sealed);
    } else {
        yq_evm_state branch;
        if (!yq_evm_state_new(call, &branch)) {
            return yq_evm_fail(call, YQ_E_LIMIT, "scratch");
        }
        yq_evm_state_copy(&branch, state);
        branch.votes = branch.recents = 0;
        branch.height = first->number - 1;
        yq_evm_set_copy(&branch.set, &set);
        status = yq_evm_record_get(call, branch.height, &branch.last);
        if (status == YQ_OK && in->n <= state->depth) {
            status = yq_evm_fail(call, YQ_E_NOT_PROVEN, "not deep enough");
        }
        if (status == YQ_OK) {
            status = check_burial(call, &branch, in->step, in->n);
        }
    }
    return status == YQ_OK ? yq_evm_fail(call, YQ_E_MISBEHAVIOUR, "another header of this height")
                           : status;
}

/* Follows the headers that become final, and keeps them. */
static yq_status advance(
    const yq_evm_call *call, yq_evm_state *state, const yq_evm_step *step, size_t n)
{
    yq_evm_set sealers;
    yq_status status = YQ_OK;
    if (!yq_evm_set_new(call, &sealers)) {
        return yq_evm_fail(call, YQ_E_LIMIT, "scratch");
    }
    for (size_t i = 0; i < n && status == YQ_OK; i++) {
        status = yq_evm_follow(call, state, &step[i], &sealers);
        if (status == YQ_OK) {
            status = yq_evm_records_put(call, state, &sealers);
        }
    }
    return status;
}

static yq_status update(
    const yq_verifier_host *host,
    yq_slice state_bytes,
    yq_slice evidence,
    uint64_t now_ms,
    yq_buf *next,
    yq_fault *why)
{
    yq_evm_call call = {.why = why};
    yq_evm_state state = {0}, ahead;
    yq_evm_header first = {.number = 0};
    batch in = {0};
    (void)now_ms;
    yq_status status = open_state(&call, host, state_bytes, &state);
    if (status == YQ_OK) {
        status = take_batch(&call, &state, evidence, &first, &in);
    }
    if (status != YQ_OK) {
        return status;
    }
    if (first.number <= state.height) {
        return conflict(&call, &state, &first, &in);
    }
    if (in.n <= state.depth) {
        return yq_evm_fail(&call, YQ_E_NOT_PROVEN, "not deep enough");
    }
    status = advance(&call, &state, in.step, in.n - state.depth);
    if (status == YQ_OK && state.mode == YQ_EVM_CLIQUE) {
        if (!yq_evm_state_new(&call, &ahead)) {
            return yq_evm_fail(&call, YQ_E_LIMIT, "scratch");
        }
        yq_evm_state_copy(&ahead, &state);
        status = check_burial(&call, &ahead, in.step + in.n - state.depth, state.depth);
    }
    return status == YQ_OK ? yq_evm_state_encode(&call, &state, next) : status;
}

static yq_status misbehaviour(
    const yq_verifier_host *host,
    yq_slice state_bytes,
    yq_slice evidence,
    uint64_t now_ms,
    yq_fault *why)
{
    yq_evm_call call = {.why = why};
    yq_evm_state state = {0};
    yq_evm_header header[2];
    yq_evm_sealed sealed[2];
    yq_slice raw[2];
    yq_evm_set set;
    (void)now_ms;
    yq_status status = open_state(&call, host, state_bytes, &state);
    if (status != YQ_OK) {
        return status;
    }
    if (state.mode == YQ_EVM_CLIQUE) {
        return yq_evm_fail(&call, YQ_E_UNSUPPORTED, "two headers of one height are no fault here");
    }
    yq_cur c = yq_cur_of(evidence);
    yq_evm_take_version(&c);
    raw[0] = yq_cur_blob32(&c, YQ_EVM_HEADER_MAX);
    raw[1] = yq_cur_blob32(&c, YQ_EVM_HEADER_MAX);
    status = yq_cur_done(&c, why);
    for (unsigned i = 0; i < 2 && status == YQ_OK; i++) {
        status = yq_evm_header_decode(&call, raw[i], &header[i]);
        if (status == YQ_OK) {
            status = yq_evm_sealed_decode(&call, &state, &header[i], &sealed[i]);
        }
    }
    if (status != YQ_OK) {
        return status;
    }
    if (header[0].number != header[1].number || yq_digest_equal(&sealed[0].hash, &sealed[1].hash)) {
        return yq_evm_fail(&call, YQ_E_NOT_PROVEN, "not two headers of one height");
    }
    status = yq_evm_set_at(&call, &state, header[0].number, &set);
    for (unsigned i = 0; i < 2 && status == YQ_OK; i++) {
        status = yq_evm_seals_check(&call, &set, &sealed[i]);
    }
    return status;
}

static const char *note_of(uint8_t mode)
{
    switch (mode) {
    case YQ_EVM_CLIQUE:
        return "Clique: one signature a block, final by depth only; a majority of signers can "
               "rewrite what lies less deep";
    case YQ_EVM_QBFT_CONTRACT:
        return "QBFT: validators are read from the contract's storage, proven for every block";
    default:
        return "validators follow the votes in every header; quorum is two thirds, rounded up";
    }
}

static yq_status describe(
    const yq_verifier_host *host, yq_slice state_bytes, yq_client_view *view, yq_fault *why)
{
    yq_evm_call call = {.why = why};
    yq_evm_state state = {0};
    yq_status status = open_state(&call, host, state_bytes, &state);
    if (status != YQ_OK) {
        return status;
    }
    *view = (yq_client_view){.height = state.height, .grade = YQ_GRADE_LIGHT_CLIENT};
    memcpy(view->hash, state.last.hash.b, sizeof view->hash);
    view->time_ms = state.last.time * 1000;
    view->validators = (uint16_t)state.set.n;
    view->quorum = (uint16_t)(state.mode == YQ_EVM_CLIQUE ? 1 : yq_evm_quorum(state.set.n));
    const yq_slice set = yq_slice_of(state.set.address, state.set.n * YQ_EVM_ADDRESS_SIZE);
    host->hash(host->self, YQ_HASH_SM3, &set, 1, view->set_hash);
    const yq_slice note = yq_slice_text(note_of(state.mode));
    memcpy(view->note, note.p, note.n < sizeof view->note ? note.n : sizeof view->note - 1);
    return YQ_OK;
}

static const yq_verifier verifier = {
    .magic = YQ_VERIFIER_MAGIC,
    .size = sizeof(yq_verifier),
    .abi_major = YQ_VERIFIER_ABI_MAJOR,
    .abi_minor = YQ_VERIFIER_ABI_MINOR,
    .version = 1,
    .framework = "evm",
    .state_size_max = YQ_EVM_STATE_MAX,
    .init = yq_evm_init,
    .update = update,
    .misbehaviour = misbehaviour,
    .event = yq_evm_event,
    .value = yq_evm_value,
    .describe = describe,
};

const yq_verifier *yq_verifier_evm(void)
{
    return &verifier;
}
