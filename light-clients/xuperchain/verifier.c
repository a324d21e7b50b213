#include "light-clients/xuperchain/xuperchain.h"

#define KIND_HEADERS 1u
#define KIND_SET     2u
#define KIND_BOTH    3u

static yq_status check_anchor(
    const yq_xuper_call *call,
    const yq_xuper_state *state,
    const yq_xuper_header *header,
    const yq_digest *pinned)
{
    if (yq_digest_is_zero(pinned)) {
        return yq_xuper_fail(call, YQ_E_ZERO_ROOT, "id");
    }
    if (!yq_digest_equal(pinned, &header->id)) {
        return yq_xuper_fail(call, YQ_E_HASH, "header");
    }
    if (state->height == 0 || state->height > INT64_MAX) {
        return yq_xuper_fail(call, YQ_E_ANCHOR, "height");
    }
    if (header->record.failed && header->view != state->height - 1) {
        return yq_xuper_fail(call, YQ_E_PROOF_NONCANONICAL, "errors without a certificate");
    }
    return YQ_OK;
}

static yq_status init(
    const yq_verifier_host *host, yq_slice anchor, uint64_t now_ms, yq_buf *out, yq_fault *why)
{
    yq_xuper_call call = {host, why, 0};
    yq_cur c = yq_cur_of(anchor);
    yq_xuper_state state = {.set_n = 1};
    yq_xuper_header header = {0};
    yq_digest pinned = {{0}};
    (void)now_ms;
    if (!yq_xuper_sets_new(&call, &state)) {
        return yq_xuper_fail(&call, YQ_E_LIMIT, "sets");
    }
    yq_xuper_take_version(&c);
    yq_xuper_take_rules(&c, &state);
    call.scheme = state.scheme;
    state.height = yq_cur_u64(&c);
    yq_xuper_take_digest(&c, &pinned);
    yq_xuper_take_set(&c, &state.set[0]);
    yq_xuper_take_header(&call, &c, &header);
    yq_status status = yq_cur_done(&c, why);
    if (status == YQ_OK) {
        status = check_anchor(&call, &state, &header, &pinned);
    }
    if (status != YQ_OK) {
        return status;
    }
    state.last = header.record;
    state.changed = state.height;
    state.set[0].from = state.height + 1;
    status = yq_xuper_record_put(&call, state.height, &state.last);
    return status == YQ_OK ? yq_xuper_state_encode(&call, &state, out) : status;
}

/* Headers that begin at or below the client's height: the same as what is known, or final and
 * different. */
static yq_status known_or_conflict(
    const yq_xuper_call *call, const yq_xuper_state *state, const yq_xuper_headers *in)
{
    yq_xuper_record parent, known;
    yq_status status = yq_xuper_record_get(call, in->first - 1, &parent);
    for (size_t i = 0; i + 3 < in->n && status == YQ_OK; i++) {
        if (in->first + i > state->height) {
            return yq_xuper_fail(call, YQ_E_HEIGHT, "headers do not begin behind the client's");
        }
        status = yq_xuper_record_get(call, in->first + i, &known);
        if (status == YQ_OK && !yq_digest_equal(&known.id, &in->header[i].id)) {
            status = yq_xuper_final(call, state, &parent, in);
            return status == YQ_OK ? yq_xuper_fail(call, YQ_E_MISBEHAVIOUR, "another final block")
                                   : status;
        }
    }
    return status == YQ_OK ? yq_xuper_fail(call, YQ_E_REPLAY, "headers") : status;
}

static yq_status take_headers(
    const yq_xuper_call *call, yq_xuper_state *state, const yq_xuper_headers *in)
{
    if (in->first == 0 || in->first > state->height + 1) {
        return yq_xuper_fail(call, YQ_E_HEIGHT, "first header");
    }
    if (in->first <= state->height) {
        return known_or_conflict(call, state, in);
    }
    yq_status status = yq_xuper_final(call, state, &state->last, in);
    for (size_t i = 0; i + 3 < in->n && status == YQ_OK; i++) {
        state->height = in->first + i;
        state->last = in->header[i].record;
        status = yq_xuper_record_put(call, state->height, &state->last);
    }
    return status;
}

/* Where a write is proven to stand. */
typedef struct write_proof {
    uint64_t height;
    yq_xuper_path path;
    yq_slice raw;
    uint32_t idx;
    yq_xuper_record record;
    yq_xuper_tx tx;
} write_proof;

static yq_status check_write(const yq_xuper_call *call, yq_cur *c, write_proof *out)
{
    out->height = yq_cur_u64(c);
    yq_xuper_take_path(c, &out->path);
    out->raw = yq_cur_blob32(c, YQ_XUPER_TX_MAX);
    out->idx = yq_cur_u32(c);
    yq_status status = yq_cur_done(c, call->why);
    if (status == YQ_OK) {
        status = yq_xuper_record_get(call, out->height, &out->record);
    }
    if (status == YQ_OK) {
        status = yq_xuper_tx_decode(call, out->raw, out->idx, &out->tx);
    }
    if (status == YQ_OK) {
        status = yq_xuper_path_check(call, &out->record, &out->tx.id, &out->path);
    }
    if (status == YQ_OK && out->record.failed) {
        status = yq_xuper_fail(call, YQ_E_VALIDITY_UNPROVEN, "a transaction of the block failed");
    }
    if (status == YQ_OK && out->idx >= out->tx.write_n) {
        status = yq_xuper_fail(call, YQ_E_EVENT_UNPROVEN, "write index");
    }
    return status;
}

static yq_status take_set(const yq_xuper_call *call, yq_xuper_state *state, yq_cur *c)
{
    write_proof write = {0};
    yq_xuper_set set = {0};
    yq_status status = check_write(call, c, &write);
    if (status != YQ_OK) {
        return status;
    }
    if (state->bucket.n == 0) {
        return yq_xuper_fail(call, YQ_E_SET_CHANGE, "the validators are pinned");
    }
    if (!yq_slice_equal(write.tx.bucket, state->bucket) ||
        !yq_slice_equal(write.tx.key, state->key)) {
        return yq_xuper_fail(call, YQ_E_SET_CHANGE, "not the list of validators");
    }
    if (write.height == state->changed && write.path.index == state->changed_index) {
        return yq_xuper_fail(call, YQ_E_REPLAY, "list of validators");
    }
    if (write.height < state->changed ||
        (write.height == state->changed && write.path.index < state->changed_index)) {
        return yq_xuper_fail(call, YQ_E_EPOCH_OLD, "list of validators");
    }
    status = yq_xuper_list_decode(call, write.tx.value, &set);
    if (status != YQ_OK) {
        return status;
    }
    set.from = write.height + state->delay;
    state->changed = write.height;
    state->changed_index = write.path.index;
    return yq_xuper_set_add(call, state, &set);
}

/* Headers, and behind them, with both, the list of validators that one of their blocks wrote. Who
 * brought the same headers without the list does not keep the list out. */
static yq_status take_update(
    const yq_xuper_call *call, yq_xuper_state *state, uint8_t kind, yq_cur *c)
{
    yq_xuper_headers in = {0};
    if (kind == KIND_SET) {
        return take_set(call, state, c);
    }
    yq_xuper_take_headers(call, c, &in);
    yq_status status = kind == KIND_BOTH ? yq_cur_status(c, call->why) : yq_cur_done(c, call->why);
    if (status == YQ_OK) {
        status = take_headers(call, state, &in);
    }
    if (kind == KIND_BOTH && (status == YQ_OK || status == YQ_E_REPLAY)) {
        status = take_set(call, state, c);
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
    yq_xuper_call call = {host, why, 0};
    yq_xuper_state state = {0};
    (void)now_ms;
    yq_status status = yq_xuper_state_decode(&call, state_bytes, &state);
    if (status != YQ_OK) {
        return status;
    }
    yq_cur c = yq_cur_of(evidence);
    yq_xuper_take_version(&c);
    size_t at = c.pos;
    uint8_t kind = yq_cur_u8(&c);
    if (kind >= KIND_HEADERS && kind <= KIND_BOTH) {
        status = take_update(&call, &state, kind, &c);
    } else {
        yq_cur_fail_field(&c, YQ_E_FIELD_UNKNOWN, at, "kind");
        status = yq_cur_status(&c, why);
    }
    return status == YQ_OK ? yq_xuper_state_encode(&call, &state, next) : status;
}

/* Two final forks. Two certified blocks of one height are none: that happens in good order when a
 * leader is late. */
static yq_status misbehaviour(
    const yq_verifier_host *host,
    yq_slice state_bytes,
    yq_slice evidence,
    uint64_t now_ms,
    yq_fault *why)
{
    yq_xuper_call call = {host, why, 0};
    yq_xuper_state state = {0};
    yq_xuper_headers fork[2] = {{0}, {0}};
    yq_xuper_record parent;
    (void)now_ms;
    yq_status status = yq_xuper_state_decode(&call, state_bytes, &state);
    if (status != YQ_OK) {
        return status;
    }
    yq_cur c = yq_cur_of(evidence);
    yq_xuper_take_version(&c);
    yq_xuper_take_headers(&call, &c, &fork[0]);
    yq_xuper_take_headers(&call, &c, &fork[1]);
    status = yq_cur_done(&c, why);
    if (status != YQ_OK) {
        return status;
    }
    if (fork[0].first != fork[1].first || fork[0].first == 0 ||
        yq_digest_equal(&fork[0].header[0].id, &fork[1].header[0].id)) {
        return yq_xuper_fail(&call, YQ_E_NOT_PROVEN, "not two blocks of one height");
    }
    status = yq_xuper_record_get(&call, fork[0].first - 1, &parent);
    for (size_t i = 0; i < 2 && status == YQ_OK; i++) {
        status = yq_xuper_final(&call, &state, &parent, &fork[i]);
    }
    return status;
}

static yq_status event(
    const yq_verifier_host *host,
    yq_slice state_bytes,
    yq_slice proof,
    uint64_t now_ms,
    yq_verified_event *out,
    yq_fault *why)
{
    yq_xuper_call call = {host, why, 0};
    yq_xuper_state state = {0};
    write_proof write = {0};
    (void)now_ms;
    yq_status status = yq_xuper_state_decode(&call, state_bytes, &state);
    if (status != YQ_OK) {
        return status;
    }
    yq_cur c = yq_cur_of(proof);
    yq_xuper_take_version(&c);
    status = check_write(&call, &c, &write);
    if (status != YQ_OK) {
        return status;
    }
    uint8_t *id = host->scratch(host->self, YQ_DIGEST_SIZE);
    if (id == NULL) {
        return yq_xuper_fail(&call, YQ_E_LIMIT, "id");
    }
    memcpy(id, write.tx.id.b, YQ_DIGEST_SIZE);
    *out = (yq_verified_event){
        .height = write.height,
        .time_ms = write.record.time_ns / 1000000,
        .emitter = write.tx.bucket,
        .name = write.tx.key,
        .data = write.tx.value,
        .bytes = write.tx.value,
        .tx_id = {id, YQ_DIGEST_SIZE},
        .event_index = write.idx,
        .grade = YQ_GRADE_LIGHT_CLIENT};
    return YQ_OK;
}

static yq_status describe(
    const yq_verifier_host *host, yq_slice state_bytes, yq_client_view *view, yq_fault *why)
{
    yq_xuper_call call = {host, why, 0};
    yq_xuper_state state = {0};
    static const char pinned[] =
        "chained BFT only; the validators are the anchor's; events are writes of version-3 "
        "transactions";
    static const char followed[] =
        "chained BFT only; a change of validators is followed when it is brought; events are "
        "writes of version-3 transactions";
    _Static_assert(sizeof pinned <= sizeof view->note, "the note fits");
    _Static_assert(sizeof followed <= sizeof view->note, "the note fits");
    yq_status status = yq_xuper_state_decode(&call, state_bytes, &state);
    if (status != YQ_OK) {
        return status;
    }
    const yq_xuper_set *set = yq_xuper_set_at(&state, state.height + 1);
    uint8_t *room = host->scratch(host->self, YQ_XUPER_SET_SIZE);
    if (set == NULL || room == NULL) {
        return yq_xuper_fail(&call, set == NULL ? YQ_E_RANGE : YQ_E_LIMIT, "validators");
    }
    yq_writer w = yq_writer_of(room, YQ_XUPER_SET_SIZE);
    yq_xuper_put_set(&w, set);
    const yq_slice bytes = yq_writer_slice(&w);
    *view = (yq_client_view){
        .height = state.height,
        .time_ms = state.last.time_ns / 1000000,
        .grade = YQ_GRADE_LIGHT_CLIENT,
        .validators = (uint16_t)set->n,
        .quorum = (uint16_t)yq_xuper_quorum(set->n)};
    memcpy(view->hash, state.last.id.b, sizeof view->hash);
    host->hash(host->self, YQ_HASH_SM3, &bytes, 1, view->set_hash);
    if (state.bucket.n == 0) {
        memcpy(view->note, pinned, sizeof pinned);
    } else {
        memcpy(view->note, followed, sizeof followed);
    }
    return YQ_OK;
}

static const yq_verifier verifier = {
    .magic = YQ_VERIFIER_MAGIC,
    .size = sizeof(yq_verifier),
    .abi_major = YQ_VERIFIER_ABI_MAJOR,
    .abi_minor = YQ_VERIFIER_ABI_MINOR,
    .version = 1,
    .framework = "xuperchain",
    .state_size_max = YQ_XUPER_STATE_MAX,
    .init = init,
    .update = update,
    .misbehaviour = misbehaviour,
    .event = event,
    .describe = describe,
};

const yq_verifier *yq_verifier_xuperchain(void)
{
    return &verifier;
}
