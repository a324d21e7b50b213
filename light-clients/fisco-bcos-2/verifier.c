#include "light-clients/fisco-bcos-2/fisco.h"
#include "relay/codec/abi.h"

static const char note[] = "a header needs n - (n-1)/3 sealers; set changes are proven calls of "
                           "0x1003; no proof of rPBFT's working set, of Raft, of state; no trust "
                           "period";

/* An update's evidence, decoded. */
typedef struct update {
    yq_fisco2_header header;
    yq_fisco2_signatures sigs;
    yq_fisco2_inclusion *change;
    size_t change_n;
} update;

static void take_changes(const yq_fisco2_call *call, yq_cur *c, update *out)
{
    size_t at = c->pos;
    out->change_n = yq_cur_u16(c);
    if (out->change_n > YQ_FISCO2_CHANGES_MAX) {
        yq_cur_fail_field(c, YQ_E_LIMIT, at, "set changes");
        out->change_n = 0;
    }
    out->change = call->host->scratch(call->host->self, (out->change_n + 1) * sizeof *out->change);
    if (out->change == NULL) {
        yq_cur_fail_field(c, YQ_E_LIMIT, at, "set changes");
        return;
    }
    for (size_t i = 0; i < out->change_n; i++) {
        yq_fisco2_take_inclusion(c, &out->change[i]);
    }
}

static yq_status read_update(const yq_fisco2_call *call, yq_slice evidence, update *out)
{
    yq_cur c = yq_cur_of(evidence);
    yq_fisco2_take_version(&c);
    yq_slice raw = yq_cur_blob32(&c, YQ_FISCO2_HEADER_MAX);
    yq_fisco2_take_signatures(call, &c, &out->sigs);
    take_changes(call, &c, out);
    yq_status status = yq_cur_done(&c, call->why);
    return status == YQ_OK ? yq_fisco2_header_decode(call, raw, &out->header) : status;
}

/* A header at or below the client's height: known, or a contradiction, or nothing. */
static yq_status judge_old(
    const yq_fisco2_call *call,
    const yq_fisco2_state *state,
    const yq_fisco2_header *header,
    const yq_fisco2_signatures *sigs)
{
    yq_fisco2_record record;
    yq_fisco2_set set;
    yq_status status = yq_fisco2_record_get(call, header->number, &record);
    if (status != YQ_OK) {
        return status;
    }
    if (yq_digest_equal(&record.hash, &header->hash)) {
        return yq_fisco2_fail(call, YQ_E_REPLAY, "header");
    }
    status = yq_fisco2_set_at(call, state, header->number, &set);
    if (status != YQ_OK) {
        return status;
    }
    status = yq_fisco2_quorum_check(call, &set, &header->hash, sigs, NULL);
    return status == YQ_OK
               ? yq_fisco2_fail(call, YQ_E_MISBEHAVIOUR, "another header of a known height")
               : status;
}

/* More than the faulty share of the old set signed, which says something of the first header of a
 * new one: any other has a quorum of it. */
static yq_status check_share(
    const yq_fisco2_call *call,
    const yq_fisco2_set *old,
    const yq_fisco2_set *next,
    const uint8_t *signer)
{
    size_t both = 0, place;
    for (size_t i = 0; i < next->n; i++) {
        both +=
            signer[i] && yq_fisco2_set_find(old, next->id + i * YQ_FISCO2_ID_SIZE, &place) ? 1 : 0;
    }
    return both > yq_fisco2_faulty_max(old->n)
               ? YQ_OK
               : yq_fisco2_fail(call, YQ_E_SET_CHANGE, "too few of the old set signed");
}

static yq_status check_next(
    const yq_fisco2_call *call, const yq_fisco2_state *state, const update *in, yq_fisco2_set *set)
{
    const yq_fisco2_header *header = &in->header;
    uint8_t signer[YQ_FISCO2_SEALERS_MAX] = {0};
    if (!yq_digest_equal(&header->parent, &state->hash)) {
        return yq_fisco2_fail(call, YQ_E_PARENT, "parentHash");
    }
    if (yq_digest_is_zero(&header->tx_root) || yq_digest_is_zero(&header->receipt_root)) {
        return yq_fisco2_fail(call, YQ_E_ZERO_ROOT, "roots");
    }
    yq_status status = yq_fisco2_set_change(call, state, in->change, in->change_n, set);
    if (status != YQ_OK) {
        return status;
    }
    if (!yq_fisco2_set_equal(&header->sealers, set)) {
        return yq_fisco2_fail(call, YQ_E_SET_CHANGE, "sealerList");
    }
    status = yq_fisco2_quorum_check(call, set, &header->hash, &in->sigs, signer);
    return status == YQ_OK ? check_share(call, &state->set, set, signer) : status;
}

static yq_status fisco_update(
    const yq_verifier_host *host,
    yq_slice bytes,
    yq_slice evidence,
    uint64_t now_ms,
    yq_buf *next,
    yq_fault *why)
{
    yq_fisco2_call call = {.host = host, .why = why};
    yq_fisco2_state state;
    yq_fisco2_set set;
    update in;
    (void)now_ms;
    yq_status status = yq_fisco2_state_decode(&call, bytes, &state);
    if (status != YQ_OK) {
        return status;
    }
    status = read_update(&call, evidence, &in);
    if (status != YQ_OK) {
        return status;
    }
    const yq_fisco2_header *header = &in.header;
    if (header->number <= state.height) {
        return judge_old(&call, &state, header, &in.sigs);
    }
    if (header->number != state.height + 1) {
        return yq_fisco2_fail(&call, YQ_E_HEIGHT, "number");
    }
    status = check_next(&call, &state, &in, &set);
    if (status != YQ_OK) {
        return status;
    }
    if (!yq_fisco2_set_equal(&set, &state.set)) {
        state.set = set;
        state.set_from = header->number;
    }
    state.height = header->number;
    state.hash = header->hash;
    state.time_ms = header->time_ms;
    state.tx_root = header->tx_root;
    state.receipt_root = header->receipt_root;
    status = yq_fisco2_records_put(&call, &state);
    return status == YQ_OK ? yq_fisco2_state_encode(&call, &state, next) : status;
}

static yq_status fisco_misbehaviour(
    const yq_verifier_host *host, yq_slice bytes, yq_slice evidence, uint64_t now_ms, yq_fault *why)
{
    yq_fisco2_call call = {.host = host, .why = why};
    yq_fisco2_state state;
    yq_fisco2_set set;
    yq_slice raw[2];
    yq_fisco2_signatures sigs[2];
    yq_fisco2_header header[2];
    (void)now_ms;
    yq_status status = yq_fisco2_state_decode(&call, bytes, &state);
    if (status != YQ_OK) {
        return status;
    }
    yq_cur c = yq_cur_of(evidence);
    yq_fisco2_take_version(&c);
    for (size_t i = 0; i < 2; i++) {
        raw[i] = yq_cur_blob32(&c, YQ_FISCO2_HEADER_MAX);
        yq_fisco2_take_signatures(&call, &c, &sigs[i]);
    }
    status = yq_cur_done(&c, why);
    for (size_t i = 0; i < 2 && status == YQ_OK; i++) {
        status = yq_fisco2_header_decode(&call, raw[i], &header[i]);
    }
    if (status != YQ_OK) {
        return status;
    }
    if (header[0].number != header[1].number) {
        return yq_fisco2_fail(&call, YQ_E_HEIGHT, "numbers differ");
    }
    if (yq_digest_equal(&header[0].hash, &header[1].hash)) {
        return yq_fisco2_fail(&call, YQ_E_NOT_PROVEN, "one header twice");
    }
    status = yq_fisco2_set_at(&call, &state, header[0].number, &set);
    for (size_t i = 0; i < 2 && status == YQ_OK; i++) {
        status = yq_fisco2_quorum_check(&call, &set, &header[i].hash, &sigs[i], NULL);
    }
    return status;
}

static yq_status fisco_event(
    const yq_verifier_host *host,
    yq_slice bytes,
    yq_slice proof,
    uint64_t now_ms,
    yq_verified_event *event,
    yq_fault *why)
{
    yq_fisco2_call call = {.host = host, .why = why};
    yq_fisco2_state state;
    yq_fisco2_record record;
    yq_fisco2_inclusion inclusion;
    yq_fisco2_tx tx;
    yq_fisco2_receipt receipt;
    (void)now_ms;
    yq_status status = yq_fisco2_state_decode(&call, bytes, &state);
    if (status != YQ_OK) {
        return status;
    }
    yq_cur c = yq_cur_of(proof);
    yq_fisco2_take_version(&c);
    uint64_t number = yq_cur_u64(&c);
    yq_fisco2_take_inclusion(&c, &inclusion);
    uint32_t log_idx = yq_cur_u32(&c);
    status = yq_cur_done(&c, why);
    if (status == YQ_OK) {
        status = yq_fisco2_record_get(&call, number, &record);
    }
    if (status != YQ_OK) {
        return status;
    }
    const yq_digest root[2] = {record.tx_root, record.receipt_root};
    status = yq_fisco2_inclusion_check(&call, &state, root, &inclusion, log_idx, &tx, &receipt);
    if (status != YQ_OK) {
        return status;
    }
    if (receipt.status != 0) {
        return yq_fisco2_fail(&call, YQ_E_TX_FAILED, "receipt status");
    }
    if (log_idx >= receipt.log_n) {
        return yq_fisco2_fail(&call, YQ_E_EVENT_UNPROVEN, "log index");
    }
    uint8_t *tx_id = host->scratch(host->self, YQ_DIGEST_SIZE);
    if (tx_id == NULL) {
        return yq_fisco2_fail(&call, YQ_E_LIMIT, "tx id");
    }
    memcpy(tx_id, tx.hash.b, YQ_DIGEST_SIZE);
    *event = (yq_verified_event){
        .height = number,
        .time_ms = record.time_ms,
        .emitter = receipt.log.address,
        .name = receipt.log.topic0,
        .data = receipt.log.data,
        .tx_id = yq_slice_of(tx_id, YQ_DIGEST_SIZE),
        .event_index = log_idx,
        .grade = YQ_GRADE_LIGHT_CLIENT,
    };
    (void)yq_abi_bytes_decode(event->data, &event->bytes);
    return YQ_OK;
}

static yq_status fisco_describe(
    const yq_verifier_host *host, yq_slice bytes, yq_client_view *view, yq_fault *why)
{
    yq_fisco2_call call = {.host = host, .why = why};
    yq_fisco2_state state;
    yq_status status = yq_fisco2_state_decode(&call, bytes, &state);
    if (status != YQ_OK) {
        return status;
    }
    *view = (yq_client_view){
        .height = state.height,
        .time_ms = state.time_ms,
        .grade = YQ_GRADE_LIGHT_CLIENT,
        .validators = (uint16_t)state.set.n,
        .quorum = (uint16_t)yq_fisco2_quorum(state.set.n),
    };
    memcpy(view->hash, state.hash.b, sizeof view->hash);
    yq_slice set = yq_slice_of(state.set.id, state.set.n * YQ_FISCO2_ID_SIZE);
    host->hash(host->self, YQ_HASH_SM3, &set, 1, view->set_hash);
    _Static_assert(sizeof note <= sizeof view->note, "the note fits");
    memcpy(view->note, note, sizeof note);
    return YQ_OK;
}

const yq_verifier *yq_verifier_fisco_bcos_2(void)
{
    static const yq_verifier verifier = {
        .magic = YQ_VERIFIER_MAGIC,
        .size = sizeof verifier,
        .abi_major = YQ_VERIFIER_ABI_MAJOR,
        .abi_minor = YQ_VERIFIER_ABI_MINOR,
        .version = 1,
        .framework = "fisco-bcos-2",
        .state_size_max = YQ_FISCO2_STATE_MAX,
        .init = yq_fisco2_init,
        .update = fisco_update,
        .misbehaviour = fisco_misbehaviour,
        .event = fisco_event,
        .describe = fisco_describe,
    };
    return &verifier;
}
