#include "light-clients/attested/attested.h"

static yq_status init(
    const yq_verifier_host *host, yq_slice anchor, uint64_t now_ms, yq_buf *out, yq_fault *why)
{
    const yq_attest_call call = {host, why};
    yq_cur c = yq_cur_of(anchor);
    yq_attest_state state = {0};
    (void)now_ms;
    yq_attest_take_version(&c);
    state.chain = yq_cur_str8(&c, YQ_ATTEST_CHAIN_MAX);
    state.epoch = yq_cur_u64(&c);
    state.height = yq_cur_u64(&c);
    state.time_ms = yq_cur_u64(&c);
    yq_attest_take_digest(&c, &state.hash);
    yq_attest_take_set(&call, &c, &state.set);
    yq_status status = yq_cur_done(&c, why);
    if (status == YQ_OK && state.chain.n == 0) {
        status = yq_attest_fail(&call, YQ_E_ANCHOR, "chain");
    }
    if (status == YQ_OK && yq_digest_is_zero(&state.hash)) {
        status = yq_attest_fail(&call, YQ_E_ZERO_ROOT, "hash");
    }
    if (status == YQ_OK) {
        status = yq_attest_set_check(&call, &state.set);
    }
    if (status == YQ_OK) {
        status = yq_attest_record_put(&call, &state);
    }
    return status == YQ_OK ? yq_attest_state_encode(&call, &state, out) : status;
}

/* Reads a state and the one statement of an evidence. */
static yq_status open_both(
    const yq_attest_call *call,
    yq_slice state_bytes,
    yq_slice evidence,
    yq_attest_state *state,
    yq_attest_statement *statement)
{
    yq_status status = yq_attest_state_decode(call, state_bytes, state);
    if (status != YQ_OK) {
        return status;
    }
    yq_cur c = yq_cur_of(evidence);
    yq_attest_take_version(&c);
    yq_attest_take_statement(call, &c, statement);
    return yq_cur_done(&c, call->why);
}

/* A statement about a height that is known, or was passed over. */
static yq_status known_or_conflict(
    const yq_attest_call *call, const yq_attest_state *state, const yq_attest_statement *s)
{
    yq_digest known;
    if (!yq_attest_record_get(call, s->height, &known)) {
        return yq_attest_fail(call, YQ_E_HEADER_UNKNOWN, "no statement of this height");
    }
    if (yq_digest_equal(&known, &s->hash)) {
        return yq_attest_fail(call, YQ_E_REPLAY, "block");
    }
    yq_status status = yq_attest_statement_check(call, state, s);
    return status == YQ_OK ? yq_attest_fail(call, YQ_E_MISBEHAVIOUR, "another block of this height")
                           : status;
}

static yq_status take_block(
    const yq_attest_call *call, yq_attest_state *state, const yq_attest_statement *s)
{
    if (s->time_ms < state->time_ms) {
        return yq_attest_fail(call, YQ_E_TIME_ORDER, "time");
    }
    yq_status status = yq_attest_statement_check(call, state, s);
    if (status != YQ_OK) {
        return status;
    }
    state->height = s->height;
    state->time_ms = s->time_ms;
    state->hash = s->hash;
    return yq_attest_record_put(call, state);
}

static yq_status update(
    const yq_verifier_host *host,
    yq_slice state_bytes,
    yq_slice evidence,
    uint64_t now_ms,
    yq_buf *next,
    yq_fault *why)
{
    const yq_attest_call call = {host, why};
    yq_attest_state state = {0};
    yq_attest_statement s = {0};
    (void)now_ms;
    yq_status status = open_both(&call, state_bytes, evidence, &state, &s);
    if (status != YQ_OK) {
        return status;
    }
    if (s.kind != YQ_ATTEST_BLOCK && s.kind != YQ_ATTEST_SET) {
        return yq_attest_fail(&call, YQ_E_TYPE, "a statement that advances nothing");
    }
    if (s.kind == YQ_ATTEST_SET) {
        status = yq_attest_set_advance(&call, &state, &s);
    } else if (s.height <= state.height) {
        return known_or_conflict(&call, &state, &s);
    } else {
        status = take_block(&call, &state, &s);
    }
    return status == YQ_OK ? yq_attest_state_encode(&call, &state, next) : status;
}

/* Do two statements say different things of one thing? */
static int contradict(const yq_attest_statement *a, const yq_attest_statement *b)
{
    if (a->kind != b->kind || yq_slice_equal(a->body, b->body)) {
        return 0;
    }
    if (a->kind == YQ_ATTEST_EVENT) {
        return yq_slice_equal(a->tx_id, b->tx_id) && a->index == b->index;
    }
    if (a->height != b->height) {
        return 0;
    }
    return a->kind == YQ_ATTEST_VALUE ? yq_slice_equal(a->key, b->key) : 1;
}

static yq_status misbehaviour(
    const yq_verifier_host *host,
    yq_slice state_bytes,
    yq_slice evidence,
    uint64_t now_ms,
    yq_fault *why)
{
    const yq_attest_call call = {host, why};
    yq_attest_state state = {0};
    yq_attest_statement s[2];
    (void)now_ms;
    yq_status status = yq_attest_state_decode(&call, state_bytes, &state);
    if (status != YQ_OK) {
        return status;
    }
    yq_cur c = yq_cur_of(evidence);
    yq_attest_take_version(&c);
    yq_attest_take_statement(&call, &c, &s[0]);
    yq_attest_take_statement(&call, &c, &s[1]);
    status = yq_cur_done(&c, why);
    if (status == YQ_OK && !contradict(&s[0], &s[1])) {
        status = yq_attest_fail(&call, YQ_E_NOT_PROVEN, "the statements do not contradict");
    }
    for (unsigned i = 0; i < 2 && status == YQ_OK; i++) {
        status = yq_attest_statement_check(&call, &state, &s[i]);
    }
    return status;
}

/* The statement's block is not above the client, and is the one that is known of that height. */
static yq_status check_block_of(
    const yq_attest_call *call, const yq_attest_state *state, const yq_attest_statement *s)
{
    yq_digest known;
    if (s->height > state->height) {
        return yq_attest_fail(call, YQ_E_HEADER_UNKNOWN, "block");
    }
    if (yq_attest_record_get(call, s->height, &known) && !yq_digest_equal(&known, &s->hash)) {
        return yq_attest_fail(call, YQ_E_HASH, "another block of this height");
    }
    return yq_attest_statement_check(call, state, s);
}

static yq_status event(
    const yq_verifier_host *host,
    yq_slice state_bytes,
    yq_slice proof,
    uint64_t now_ms,
    yq_verified_event *out,
    yq_fault *why)
{
    const yq_attest_call call = {host, why};
    yq_attest_state state = {0};
    yq_attest_statement s = {0};
    (void)now_ms;
    yq_status status = open_both(&call, state_bytes, proof, &state, &s);
    if (status == YQ_OK && s.kind != YQ_ATTEST_EVENT) {
        status = yq_attest_fail(&call, YQ_E_PROOF_TYPE, "no statement of an event");
    }
    if (status == YQ_OK) {
        status = check_block_of(&call, &state, &s);
    }
    if (status != YQ_OK) {
        return status;
    }
    yq_attest_event_of(&s, out);
    return YQ_OK;
}

static yq_status value(
    const yq_verifier_host *host,
    yq_slice state_bytes,
    yq_slice key,
    yq_slice proof,
    uint64_t now_ms,
    yq_verified_value *out,
    yq_fault *why)
{
    const yq_attest_call call = {host, why};
    yq_attest_state state = {0};
    yq_attest_statement s = {0};
    (void)now_ms;
    yq_status status = open_both(&call, state_bytes, proof, &state, &s);
    if (status == YQ_OK && s.kind != YQ_ATTEST_VALUE) {
        status = yq_attest_fail(&call, YQ_E_PROOF_TYPE, "no statement of a value");
    }
    if (status == YQ_OK && !yq_slice_equal(s.key, key)) {
        status = yq_attest_fail(&call, YQ_E_PROOF, "key");
    }
    if (status == YQ_OK) {
        status = check_block_of(&call, &state, &s);
    }
    if (status == YQ_OK) {
        *out = (yq_verified_value){.height = s.height, .present = s.present, .value = s.data};
    }
    return status;
}

static yq_status describe(
    const yq_verifier_host *host, yq_slice state_bytes, yq_client_view *view, yq_fault *why)
{
    const yq_attest_call call = {host, why};
    yq_attest_state state = {0};
    static const char note[] =
        "attested: nothing of the chain is proven; the registered attesters vouch for it, and so "
        "many of them together could lie";
    _Static_assert(sizeof note <= sizeof view->note, "the note fits");
    yq_status status = yq_attest_state_decode(&call, state_bytes, &state);
    if (status != YQ_OK) {
        return status;
    }
    *view = (yq_client_view){.height = state.height, .grade = YQ_GRADE_ATTESTED};
    memcpy(view->hash, state.hash.b, sizeof view->hash);
    view->time_ms = state.time_ms;
    view->validators = (uint16_t)state.set.n;
    view->quorum = state.set.threshold;
    host->hash(host->self, YQ_HASH_SM3, &state.set.raw, 1, view->set_hash);
    memcpy(view->note, note, sizeof note);
    return YQ_OK;
}

static const yq_verifier verifier = {
    .magic = YQ_VERIFIER_MAGIC,
    .size = sizeof(yq_verifier),
    .abi_major = YQ_VERIFIER_ABI_MAJOR,
    .abi_minor = YQ_VERIFIER_ABI_MINOR,
    .version = 1,
    .framework = "attested",
    .state_size_max = YQ_ATTEST_STATE_MAX,
    .init = init,
    .update = update,
    .misbehaviour = misbehaviour,
    .event = event,
    .value = value,
    .describe = describe,
};

const yq_verifier *yq_verifier_attested(void)
{
    return &verifier;
}
