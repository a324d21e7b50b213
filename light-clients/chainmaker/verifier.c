#include "light-clients/chainmaker/chainmaker.h"

static void set_last(yq_cmaker_state *state, const yq_cmaker_header *header)
{
    state->height = header->height;
    state->last = (yq_cmaker_record){
        .hash = header->hash,
        .tx_root = header->tx_root,
        .block_version = header->block_version,
        .tx_count = header->tx_count,
        .time_s = header->time_s};
}

/* A number of a configuration block is the one that later headers name. */
static uint64_t conf_height_after(const yq_cmaker_header *header)
{
    return header->is_config ? header->height : header->conf_height;
}

static yq_status check_anchor(
    const yq_cmaker_call *call,
    const yq_cmaker_state *state,
    const yq_cmaker_header *header,
    const yq_digest *pinned)
{
    if (yq_digest_is_zero(pinned)) {
        return yq_cmaker_fail(call, YQ_E_ZERO_ROOT, "hash");
    }
    if (!yq_digest_equal(pinned, &header->hash)) {
        return yq_cmaker_fail(call, YQ_E_HASH, "header");
    }
    if (!yq_slice_equal(header->chain_id, state->chain_id)) {
        return yq_cmaker_fail(call, YQ_E_DOMAIN, "chain_id");
    }
    if (state->set.n == 0 || yq_cmaker_set_bound(&state->set) != state->set.n) {
        return yq_cmaker_fail(call, YQ_E_ANCHOR, "every node needs its key");
    }
    return YQ_OK;
}

static yq_status init(
    const yq_verifier_host *host, yq_slice anchor, uint64_t now_ms, yq_buf *out, yq_fault *why)
{
    yq_cmaker_call call = {host, why, 0};
    yq_cur c = yq_cur_of(anchor);
    yq_cmaker_state state = {0};
    yq_cmaker_header header;
    yq_digest pinned;
    (void)now_ms;
    yq_cmaker_take_version(&c);
    state.alg = yq_cur_u8(&c);
    if (state.alg != YQ_HASH_SM3 && state.alg != YQ_HASH_SHA256 && state.alg != YQ_HASH_SHA3_256) {
        yq_cur_fail_field(&c, YQ_E_FIELD_UNKNOWN, 1, "hash");
    }
    state.chain_id = yq_cur_str8(&c, YQ_CMAKER_CHAIN_MAX);
    yq_cmaker_take_digest(&c, &pinned);
    yq_slice raw = yq_cur_blob32(&c, YQ_CMAKER_HEADER_MAX);
    yq_cmaker_take_set(&call, &c, &state.set);
    yq_status status = yq_cur_done(&c, why);
    if (status != YQ_OK) {
        return status;
    }
    call.alg = state.alg;
    status = yq_cmaker_header_decode(&call, raw, &header);
    if (status == YQ_OK) {
        status = check_anchor(&call, &state, &header, &pinned);
    }
    if (status != YQ_OK) {
        return status;
    }
    set_last(&state, &header);
    state.conf_height = conf_height_after(&header);
    status = yq_cmaker_record_put(&call, &state);
    return status == YQ_OK ? yq_cmaker_state_encode(&call, &state, out) : status;
}

/* A header with its votes, and the transaction of a configuration block. */
typedef struct evidence {
    yq_cmaker_header header;
    yq_cmaker_votes votes;
    yq_slice config;
} evidence;

static yq_status take_evidence(const yq_cmaker_call *call, yq_cur *c, evidence *out)
{
    yq_slice raw = yq_cur_blob32(c, YQ_CMAKER_HEADER_MAX);
    yq_cmaker_take_votes(call, c, &out->votes);
    out->config = yq_cur_blob32(c, YQ_CMAKER_TX_MAX);
    yq_status status = yq_cur_status(c, call->why);
    return status == YQ_OK ? yq_cmaker_header_decode(call, raw, &out->header) : status;
}

static yq_status check_link(
    const yq_cmaker_call *call, const yq_cmaker_state *state, const yq_cmaker_header *header)
{
    if (header->height != state->height + 1) {
        return yq_cmaker_fail(call, YQ_E_HEIGHT, "block_height");
    }
    if (!yq_digest_equal(&header->parent, &state->last.hash)) {
        return yq_cmaker_fail(call, YQ_E_PARENT, "pre_block_hash");
    }
    if (header->conf_height != state->conf_height) {
        return yq_cmaker_fail(call, YQ_E_CONFIG_SEQUENCE, "pre_conf_height");
    }
    if (header->time_s < state->last.time_s) {
        return yq_cmaker_fail(call, YQ_E_TIME_ORDER, "block_timestamp");
    }
    return YQ_OK;
}

/* A configuration block has one transaction, whose hash is the root. */
static yq_status apply_config(
    const yq_cmaker_call *call, yq_cmaker_state *state, const evidence *in)
{
    yq_cmaker_tx tx;
    const yq_cmaker_path top = {0};
    if (!in->header.is_config) {
        return in->config.n == 0
                   ? YQ_OK
                   : yq_cmaker_fail(call, YQ_E_NONCANONICAL, "a configuration nobody asked for");
    }
    if (in->config.n == 0) {
        return yq_cmaker_fail(call, YQ_E_PROOF_REQUIRED, "configuration transaction");
    }
    yq_status status = yq_cmaker_tx_decode(call, in->config, in->header.block_version, 0, &tx);
    if (status == YQ_OK && in->header.tx_count != 1) {
        status = yq_cmaker_fail(call, YQ_E_SET_CHANGE, "a configuration block of several");
    }
    if (status == YQ_OK) {
        status = yq_cmaker_path_check(call, &in->header.tx_root, 1, &tx.leaf, &top);
    }
    if (status == YQ_OK && !yq_slice_equal(tx.chain_id, state->chain_id)) {
        status = yq_cmaker_fail(call, YQ_E_DOMAIN, "transaction of another chain");
    }
    return status == YQ_OK ? yq_cmaker_config_apply(call, state, &tx) : status;
}

/* At or below the client's height: votes are checked against the present nodes, which is right
 * where they have not changed since. */
static yq_status known_or_conflict(
    const yq_cmaker_call *call, const yq_cmaker_state *state, const evidence *in)
{
    yq_cmaker_record known;
    yq_status status = yq_cmaker_record_get(call, in->header.height, &known);
    if (status != YQ_OK) {
        return status;
    }
    if (yq_digest_equal(&known.hash, &in->header.hash)) {
        return yq_cmaker_fail(call, YQ_E_REPLAY, "header");
    }
    if (in->header.height <= state->conf_height) {
        return yq_cmaker_fail(call, YQ_E_HEADER_UNKNOWN, "nodes of before the last configuration");
    }
    status = yq_cmaker_votes_check(call, &state->set, &in->header, &in->votes);
    return status == YQ_OK
               ? yq_cmaker_fail(call, YQ_E_MISBEHAVIOUR, "another header of this height")
               : status;
}

static yq_status update(
    const yq_verifier_host *host,
    yq_slice state_bytes,
    yq_slice evidence_bytes,
    uint64_t now_ms,
    yq_buf *next,
    yq_fault *why)
{
    yq_cmaker_call call = {host, why, 0};
    yq_cmaker_state state = {0};
    evidence in = {0};
    (void)now_ms;
    yq_status status = yq_cmaker_state_decode(&call, state_bytes, &state);
    if (status != YQ_OK) {
        return status;
    }
    yq_cur c = yq_cur_of(evidence_bytes);
    yq_cmaker_take_version(&c);
    status = take_evidence(&call, &c, &in);
    if (status == YQ_OK) {
        status = yq_cur_done(&c, why);
    }
    if (status == YQ_OK && !yq_slice_equal(in.header.chain_id, state.chain_id)) {
        status = yq_cmaker_fail(&call, YQ_E_DOMAIN, "chain_id");
    }
    if (status != YQ_OK) {
        return status;
    }
    if (in.header.height <= state.height) {
        return known_or_conflict(&call, &state, &in);
    }
    status = check_link(&call, &state, &in.header);
    if (status == YQ_OK) {
        status = yq_cmaker_votes_check(&call, &state.set, &in.header, &in.votes);
    }
    if (status == YQ_OK) {
        status = apply_config(&call, &state, &in);
    }
    if (status != YQ_OK) {
        return status;
    }
    set_last(&state, &in.header);
    state.conf_height = conf_height_after(&in.header);
    status = yq_cmaker_record_put(&call, &state);
    return status == YQ_OK ? yq_cmaker_state_encode(&call, &state, next) : status;
}

static yq_status misbehaviour(
    const yq_verifier_host *host,
    yq_slice state_bytes,
    yq_slice evidence_bytes,
    uint64_t now_ms,
    yq_fault *why)
{
    yq_cmaker_call call = {host, why, 0};
    yq_cmaker_state state = {0};
    evidence in[2];
    (void)now_ms;
    memset(in, 0, sizeof in);
    yq_status status = yq_cmaker_state_decode(&call, state_bytes, &state);
    if (status != YQ_OK) {
        return status;
    }
    yq_cur c = yq_cur_of(evidence_bytes);
    yq_cmaker_take_version(&c);
    for (unsigned i = 0; i < 2 && status == YQ_OK; i++) {
        status = take_evidence(&call, &c, &in[i]);
        if (status == YQ_OK && in[i].config.n != 0) {
            status = yq_cmaker_fail(&call, YQ_E_NONCANONICAL, "a configuration nobody asked for");
        }
    }
    if (status == YQ_OK) {
        status = yq_cur_done(&c, why);
    }
    if (status != YQ_OK) {
        return status;
    }
    if (in[0].header.height != in[1].header.height ||
        yq_digest_equal(&in[0].header.hash, &in[1].header.hash)) {
        return yq_cmaker_fail(&call, YQ_E_NOT_PROVEN, "not two headers of one height");
    }
    if (in[0].header.height <= state.conf_height || in[0].header.height > state.height + 1) {
        return yq_cmaker_fail(&call, YQ_E_HEADER_UNKNOWN, "nodes of this height");
    }
    for (unsigned i = 0; i < 2 && status == YQ_OK; i++) {
        status = yq_slice_equal(in[i].header.chain_id, state.chain_id)
                     ? yq_cmaker_votes_check(&call, &state.set, &in[i].header, &in[i].votes)
                     : yq_cmaker_fail(&call, YQ_E_DOMAIN, "chain_id");
    }
    return status;
}

/* Bytes that a contract emitted as one text of lower-case hex digits; empty when it did not. */
static yq_slice hex_bytes(const yq_cmaker_call *call, const yq_cmaker_event *event)
{
    yq_slice text = event->first;
    if (event->data_n != 1 || text.n == 0 || text.n % 2 != 0) {
        return (yq_slice){0};
    }
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] >= 'A' && text.p[i] <= 'F') {
            return (yq_slice){0};
        }
    }
    yq_buf out = {call->host->scratch(call->host->self, text.n / 2), text.n / 2, 0};
    if (out.p == NULL || yq_hex_decode(&out, (const char *)text.p, text.n) != YQ_OK) {
        return (yq_slice){0};
    }
    return yq_slice_of(out.p, out.n);
}

static yq_status check_event(
    const yq_cmaker_call *call, const yq_cmaker_state *state, const yq_cmaker_tx *tx, uint32_t idx)
{
    if (!yq_slice_equal(tx->chain_id, state->chain_id)) {
        return yq_cmaker_fail(call, YQ_E_DOMAIN, "transaction of another chain");
    }
    if (tx->code != 0 || tx->contract_code != 0) {
        return yq_cmaker_fail(call, YQ_E_TX_FAILED, "code");
    }
    if (idx >= tx->event_n) {
        return yq_cmaker_fail(call, YQ_E_EVENT_UNPROVEN, "event index");
    }
    return yq_slice_equal(tx->event.tx_id, tx->tx_id)
               ? YQ_OK
               : yq_cmaker_fail(call, YQ_E_EVENT_UNPROVEN, "event of another transaction");
}

static yq_status event(
    const yq_verifier_host *host,
    yq_slice state_bytes,
    yq_slice proof,
    uint64_t now_ms,
    yq_verified_event *out,
    yq_fault *why)
{
    yq_cmaker_call call = {host, why, 0};
    yq_cmaker_state state = {0};
    yq_cmaker_record record;
    yq_cmaker_path path;
    yq_cmaker_tx tx;
    (void)now_ms;
    yq_status status = yq_cmaker_state_decode(&call, state_bytes, &state);
    if (status != YQ_OK) {
        return status;
    }
    yq_cur c = yq_cur_of(proof);
    yq_cmaker_take_version(&c);
    uint64_t height = yq_cur_u64(&c);
    yq_cmaker_take_path(&c, &path);
    yq_slice raw = yq_cur_blob32(&c, YQ_CMAKER_TX_MAX);
    uint32_t idx = yq_cur_u32(&c);
    status = yq_cur_done(&c, why);
    if (status == YQ_OK) {
        status = yq_cmaker_record_get(&call, height, &record);
    }
    if (status == YQ_OK) {
        status = yq_cmaker_tx_decode(&call, raw, record.block_version, idx, &tx);
    }
    if (status == YQ_OK) {
        status = yq_cmaker_path_check(&call, &record.tx_root, record.tx_count, &tx.leaf, &path);
    }
    if (status == YQ_OK) {
        status = check_event(&call, &state, &tx, idx);
    }
    if (status != YQ_OK) {
        return status;
    }
    *out = (yq_verified_event){
        .height = height,
        .time_ms = record.time_s * 1000,
        .emitter = tx.event.contract,
        .name = tx.event.topic,
        .data = tx.event.data,
        .bytes = hex_bytes(&call, &tx.event),
        .tx_id = tx.tx_id,
        .event_index = idx,
        .grade = YQ_GRADE_LIGHT_CLIENT};
    return YQ_OK;
}

static yq_status describe(
    const yq_verifier_host *host, yq_slice state_bytes, yq_client_view *view, yq_fault *why)
{
    yq_cmaker_call call = {host, why, 0};
    yq_cmaker_state state = {0};
    static const char note[] =
        "TBFT only; signing keys of nodes are bound by the anchor: a node that joins later counts "
        "in the quorum but cannot vote here";
    _Static_assert(sizeof note <= sizeof view->note, "the note fits");
    uint8_t room[YQ_CMAKER_SET_MAX];
    yq_writer w = yq_writer_of(room, sizeof room);
    yq_status status = yq_cmaker_state_decode(&call, state_bytes, &state);
    if (status != YQ_OK) {
        return status;
    }
    *view = (yq_client_view){.height = state.height, .grade = YQ_GRADE_LIGHT_CLIENT};
    memcpy(view->hash, state.last.hash.b, sizeof view->hash);
    view->time_ms = state.last.time_s * 1000;
    view->validators = (uint16_t)state.set.n;
    view->quorum = (uint16_t)yq_cmaker_quorum(state.set.n);
    yq_cmaker_put_set(&w, &state.set);
    const yq_slice set = yq_writer_slice(&w);
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
    .framework = "chainmaker",
    .state_size_max = YQ_CMAKER_STATE_MAX,
    .init = init,
    .update = update,
    .misbehaviour = misbehaviour,
    .event = event,
    .describe = describe,
};

const yq_verifier *yq_verifier_chainmaker(void)
{
    return &verifier;
}
