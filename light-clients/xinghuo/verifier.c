#include "light-clients/xinghuo/xinghuo.h"

/* What an update brings. */
#define UPDATE_PROOF 1u /* of a ledger */
#define UPDATE_SET   2u /* the attesters of the next epoch */

static yq_status state_decode(const yq_attest_call *call, yq_slice in, yq_xinghuo_state *out)
{
    yq_cur c = yq_cur_of(in);
    yq_attest_take_version(&c);
    out->chain_id = yq_cur_u64(&c);
    yq_xinghuo_take_set(call, &c, &out->validators);
    yq_slice rest = yq_cur_take(&c, yq_cur_left(&c));
    yq_status status = yq_cur_done(&c, call->why);
    return status == YQ_OK ? yq_attest_state_decode(call, rest, &out->attest) : status;
}

static yq_status state_encode(
    const yq_attest_call *call, const yq_xinghuo_state *state, yq_buf *out)
{
    yq_writer w = yq_writer_of(out->p, out->cap);
    yq_put_u8(&w, YQ_XINGHUO_LAYOUT_VERSION);
    yq_put_u64(&w, state->chain_id);
    yq_put(&w, state->validators.raw);
    if (w.status != YQ_OK) {
        return yq_attest_fail(call, YQ_E_LIMIT, "state");
    }
    yq_buf rest = {out->p + w.n, out->cap - w.n, 0};
    yq_status status = yq_attest_state_encode(call, &state->attest, &rest);
    out->n = w.n + rest.n;
    return status;
}

static yq_status init(
    const yq_verifier_host *host, yq_slice anchor, uint64_t now_ms, yq_buf *out, yq_fault *why)
{
    const yq_attest_call call = {host, why};
    yq_cur c = yq_cur_of(anchor);
    yq_xinghuo_state state = {0};
    yq_attest_state *attest = &state.attest;
    (void)now_ms;
    yq_attest_take_version(&c);
    state.chain_id = yq_cur_u64(&c);
    yq_xinghuo_take_set(&call, &c, &state.validators);
    attest->chain = yq_cur_str8(&c, YQ_ATTEST_CHAIN_MAX);
    attest->epoch = yq_cur_u64(&c);
    attest->height = yq_cur_u64(&c);
    yq_attest_take_digest(&c, &attest->hash);
    yq_attest_take_set(&call, &c, &attest->set);
    yq_status status = yq_cur_done(&c, why);
    if (status == YQ_OK && attest->chain.n == 0) {
        status = yq_attest_fail(&call, YQ_E_ANCHOR, "chain");
    }
    if (status == YQ_OK && state.validators.n < 4) {
        status = yq_attest_fail(&call, YQ_E_ANCHOR, "fewer than four validators bear no fault");
    }
    if (status == YQ_OK && yq_digest_is_zero(&attest->hash)) {
        status = yq_attest_fail(&call, YQ_E_ZERO_ROOT, "hash");
    }
    if (status == YQ_OK) {
        status = yq_attest_set_check(&call, &attest->set);
    }
    if (status == YQ_OK) {
        status = yq_attest_record_put(&call, attest);
    }
    return status == YQ_OK ? state_encode(&call, &state, out) : status;
}

/* Reads one PbftProof and checks it. */
static yq_status take_proof(
    const yq_attest_call *call,
    yq_cur *c,
    const yq_xinghuo_state *state,
    int last,
    uint64_t *sequence,
    yq_digest *digest)
{
    yq_xinghuo_proof proof = {0};
    yq_slice raw = yq_cur_blob32(c, YQ_XINGHUO_PROOF_MAX);
    yq_status status = last ? yq_cur_done(c, call->why) : yq_cur_status(c, call->why);
    if (status == YQ_OK) {
        status = yq_xinghuo_proof_decode(call, raw, &proof);
    }
    return status == YQ_OK ? yq_xinghuo_proof_check(call, state, &proof, sequence, digest) : status;
}

static yq_status take_ledger(const yq_attest_call *call, yq_cur *c, yq_xinghuo_state *state)
{
    yq_attest_state *attest = &state->attest;
    uint64_t sequence = 0;
    yq_digest digest = {{0}}, known;
    yq_status status = take_proof(call, c, state, 1, &sequence, &digest);
    if (status != YQ_OK) {
        return status;
    }
    if (sequence > attest->height) {
        attest->height = sequence;
        attest->hash = digest;
        return yq_attest_record_put(call, attest);
    }
    if (!yq_attest_record_get(call, sequence, &known)) {
        return yq_attest_fail(call, YQ_E_HEADER_UNKNOWN, "no proof of this ledger is kept");
    }
    return yq_digest_equal(&known, &digest)
               ? yq_attest_fail(call, YQ_E_REPLAY, "ledger")
               : yq_attest_fail(call, YQ_E_MISBEHAVIOUR, "another value of this ledger");
}

static yq_status take_attesters(const yq_attest_call *call, yq_cur *c, yq_xinghuo_state *state)
{
    yq_attest_statement s = {0};
    yq_attest_take_statement(call, c, &s);
    yq_status status = yq_cur_done(c, call->why);
    if (status == YQ_OK && s.kind != YQ_ATTEST_SET) {
        status = yq_attest_fail(call, YQ_E_TYPE, "no statement of attesters");
    }
    return status == YQ_OK ? yq_attest_set_advance(call, &state->attest, &s) : status;
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
    yq_xinghuo_state state = {0};
    (void)now_ms;
    yq_status status = state_decode(&call, state_bytes, &state);
    if (status != YQ_OK) {
        return status;
    }
    yq_cur c = yq_cur_of(evidence);
    yq_attest_take_version(&c);
    size_t at = c.pos;
    uint8_t what = yq_cur_u8(&c);
    if (what != UPDATE_PROOF && what != UPDATE_SET) {
        yq_cur_fail_field(&c, YQ_E_FIELD_UNKNOWN, at, "update");
    }
    status = yq_cur_status(&c, why);
    if (status == YQ_OK) {
        status = what == UPDATE_PROOF ? take_ledger(&call, &c, &state)
                                      : take_attesters(&call, &c, &state);
    }
    return status == YQ_OK ? state_encode(&call, &state, next) : status;
}

static yq_status misbehaviour(
    const yq_verifier_host *host,
    yq_slice state_bytes,
    yq_slice evidence,
    uint64_t now_ms,
    yq_fault *why)
{
    const yq_attest_call call = {host, why};
    yq_xinghuo_state state = {0};
    uint64_t sequence[2] = {0};
    yq_digest digest[2] = {{{0}}, {{0}}};
    (void)now_ms;
    yq_status status = state_decode(&call, state_bytes, &state);
    yq_cur c = yq_cur_of(evidence);
    yq_attest_take_version(&c);
    for (int i = 0; i < 2 && status == YQ_OK; i++) {
        status = take_proof(&call, &c, &state, i == 1, &sequence[i], &digest[i]);
    }
    if (status == YQ_OK &&
        (sequence[0] != sequence[1] || yq_digest_equal(&digest[0], &digest[1]))) {
        status = yq_attest_fail(&call, YQ_E_NOT_PROVEN, "not two values of one ledger");
    }
    return status;
}

/* A statement about a ledger whose value a quorum of the chain's validators committed. */
static yq_status take_statement(
    const yq_attest_call *call,
    yq_slice state_bytes,
    yq_slice proof,
    yq_attest_kind kind,
    yq_attest_statement *s)
{
    yq_xinghuo_state state = {0};
    yq_digest known;
    yq_status status = state_decode(call, state_bytes, &state);
    if (status != YQ_OK) {
        return status;
    }
    yq_cur c = yq_cur_of(proof);
    yq_attest_take_version(&c);
    yq_attest_take_statement(call, &c, s);
    status = yq_cur_done(&c, call->why);
    if (status != YQ_OK) {
        return status;
    }
    if (s->kind != kind) {
        return yq_attest_fail(call, YQ_E_PROOF_TYPE, "another kind of statement");
    }
    if (!yq_attest_record_get(call, s->height, &known)) {
        return yq_attest_fail(call, YQ_E_HEADER_UNKNOWN, "no proof of this ledger is kept");
    }
    if (!yq_digest_equal(&known, &s->hash)) {
        return yq_attest_fail(call, YQ_E_HASH, "another value of this ledger");
    }
    return yq_attest_statement_check(call, &state.attest, s);
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
    yq_attest_statement s = {0};
    (void)now_ms;
    yq_status status = take_statement(&call, state_bytes, proof, YQ_ATTEST_EVENT, &s);
    if (status == YQ_OK) {
        yq_attest_event_of(&s, out);
    }
    return status;
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
    yq_attest_statement s = {0};
    (void)now_ms;
    yq_status status = take_statement(&call, state_bytes, proof, YQ_ATTEST_VALUE, &s);
    if (status == YQ_OK && !yq_slice_equal(s.key, key)) {
        status = yq_attest_fail(&call, YQ_E_PROOF, "key");
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
    yq_xinghuo_state state = {0};
    static const char note[] =
        "finality of ledgers is proven by pinned validators; what happened in them is attested";
    _Static_assert(sizeof note <= sizeof view->note, "the note fits");
    yq_status status = state_decode(&call, state_bytes, &state);
    if (status != YQ_OK) {
        return status;
    }
    *view = (yq_client_view){.height = state.attest.height, .grade = YQ_GRADE_ATTESTED};
    memcpy(view->hash, state.attest.hash.b, sizeof view->hash);
    view->validators = (uint16_t)state.validators.n;
    view->quorum = (uint16_t)yq_xinghuo_quorum(state.validators.n);
    const yq_slice sets[] = {state.validators.raw, state.attest.set.raw};
    host->hash(host->self, YQ_HASH_SM3, sets, YQ_ARRAY_N(sets), view->set_hash);
    memcpy(view->note, note, sizeof note);
    return YQ_OK;
}

static const yq_verifier verifier = {
    .magic = YQ_VERIFIER_MAGIC,
    .size = sizeof(yq_verifier),
    .abi_major = YQ_VERIFIER_ABI_MAJOR,
    .abi_minor = YQ_VERIFIER_ABI_MINOR,
    .version = 1,
    .framework = "xinghuo",
    .state_size_max = YQ_XINGHUO_STATE_MAX,
    .init = init,
    .update = update,
    .misbehaviour = misbehaviour,
    .event = event,
    .value = value,
    .describe = describe,
};

const yq_verifier *yq_verifier_xinghuo(void)
{
    return &verifier;
}
