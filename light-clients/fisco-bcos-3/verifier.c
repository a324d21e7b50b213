#include "light-clients/fisco-bcos-3/fisco3.h"
#include "relay/codec/abi.h"

#define SM_SENDER    128u
#define ECDSA_SENDER 65u

static const char note[] =
    "a header counts when enough certified ones stand on it; set changes are "
    "operators' proven calls of 0x1003; state values cannot be proven";

/* An update's evidence, decoded. */
typedef struct update {
    yq_fisco3_header header;
    yq_fisco3_signatures sigs;
    yq_fisco3_change *change;
    size_t change_n;
} update;

static void take_changes(const yq_fisco3_call *call, yq_cur *c, update *out)
{
    size_t at = c->pos;
    size_t size = call->suite == YQ_FISCO3_SUITE_SM ? SM_SENDER : ECDSA_SENDER;
    size_t n = yq_cur_u16(c);
    out->change = yq_fisco3_room(call, n, sizeof *out->change);
    if (n > YQ_FISCO3_CHANGES_MAX || out->change == NULL) {
        yq_cur_fail_field(c, YQ_E_LIMIT, at, "set changes");
        return;
    }
    for (size_t i = 0; i < n; i++) {
        yq_fisco3_take_inclusion(call, c, &out->change[i].in);
        out->change[i].sig = yq_cur_take(c, size);
    }
    out->change_n = n;
}

static yq_status read_update(const yq_fisco3_call *call, yq_slice evidence, update *out)
{
    yq_cur c = yq_cur_of(evidence);
    *out = (update){0};
    yq_fisco3_take_version(&c);
    yq_fisco3_take_header(call, &c, &out->header);
    yq_fisco3_take_signatures(call, &c, &out->sigs);
    take_changes(call, &c, out);
    return yq_cur_done(&c, call->why);
}

/* The time since the client last saw a fresh header, or was voted on. */
static yq_status check_trust(
    const yq_fisco3_call *call, const yq_fisco3_state *state, uint64_t now_ms)
{
    if (state->trust_ms != 0 && now_ms > state->trusted_from_ms + state->trust_ms) {
        return yq_fisco3_fail(call, YQ_E_TRUST_EXPIRED, "client");
    }
    return YQ_OK;
}

/* The set of its height is named in the header, and a quorum of it signed. */
static yq_status check_certified(
    const yq_fisco3_call *call,
    const yq_fisco3_state *state,
    const yq_fisco3_header *header,
    const yq_fisco3_signatures *sigs)
{
    yq_fisco3_set set;
    yq_status status = yq_fisco3_set_at(call, state, header->number, &set);
    if (status != YQ_OK) {
        return status;
    }
    if (!yq_fisco3_set_equal(&header->sealers, &set)) {
        return yq_fisco3_fail(call, YQ_E_VALSET_HASH, "sealerList, weights");
    }
    return yq_fisco3_quorum_check(call, &set, &header->hash, sigs, NULL);
}

/* A header at or below the client's height: known, or a contradiction, or nothing. */
static yq_status judge_old(
    const yq_fisco3_call *call, const yq_fisco3_state *state, const update *in)
{
    yq_fisco3_record record;
    if (yq_fisco3_record_get(call, in->header.number, &record) == YQ_OK &&
        yq_digest_equal(&record.hash, &in->header.hash)) {
        return yq_fisco3_fail(call, YQ_E_REPLAY, "header");
    }
    yq_status status = check_certified(call, state, &in->header, &in->sigs);
    return status == YQ_OK
               ? yq_fisco3_fail(call, YQ_E_MISBEHAVIOUR, "another header of a known height")
               : status;
}

/* The weight of a set that was checked when it was taken. */
static uint64_t weight_of(const yq_fisco3_set *set)
{
    uint64_t total = 0;
    for (size_t i = 0; i < set->n; i++) {
        total += set->sealer[i].weight;
    }
    return total;
}

/* More than the faulty share of an old set signed the first header of the new one, or a later one.
 */
static yq_status check_share(
    const yq_fisco3_call *call,
    const yq_fisco3_set *old,
    const yq_fisco3_set *next,
    const uint8_t *signer)
{
    uint64_t both = 0;
    size_t place;
    for (size_t i = 0; i < next->n; i++) {
        both += signer[i] && yq_fisco3_set_find(old, next->sealer[i].id, &place)
                    ? old->sealer[place].weight
                    : 0;
    }
    return both > yq_fisco3_faulty_max(weight_of(old))
               ? YQ_OK
               : yq_fisco3_fail(call, YQ_E_SET_CHANGE, "too few of the old set signed");
}

/*
 * The share of every set that was in force at the depth headers before this one: whoever forges a
 * header that is to count needs a correct member of the last true set under each of those above it,
 * also when his headers name another set.
 */
static yq_status check_shares(
    const yq_fisco3_call *call,
    const yq_fisco3_state *state,
    uint64_t number,
    const yq_fisco3_set *next,
    const uint8_t *signer)
{
    yq_fisco3_set old = state->set;
    uint64_t from = state->set_from;
    yq_status status = check_share(call, &old, next, signer);
    while (status == YQ_OK && from + state->depth > number) {
        yq_fisco3_record record;
        if (yq_fisco3_record_get(call, from - 1, &record) != YQ_OK) {
            break; /* the anchor: nothing is known of the heights below, nor of one below 0 */
        }
        status = yq_fisco3_set_at(call, state, from - 1, &old);
        from = record.set_from;
        if (status == YQ_OK) {
            status = check_share(call, &old, next, signer);
        }
    }
    return status;
}

static yq_status check_next(
    const yq_fisco3_call *call, const yq_fisco3_state *state, const update *in, yq_fisco3_set *set)
{
    const yq_fisco3_header *header = &in->header;
    uint8_t signer[YQ_FISCO3_SEALERS_MAX] = {0};
    if (header->parent_number != state->height || !yq_digest_equal(&header->parent, &state->hash)) {
        return yq_fisco3_fail(call, YQ_E_PARENT, "parentInfo");
    }
    /* A block without transactions has two zero roots; a proposal that was not executed has one. */
    if (yq_digest_is_zero(&header->tx_root) != yq_digest_is_zero(&header->receipt_root)) {
        return yq_fisco3_fail(call, YQ_E_ZERO_ROOT, "roots");
    }
    yq_status status = yq_fisco3_set_change(call, state, in->change, in->change_n, set);
    if (status != YQ_OK) {
        return status;
    }
    if (!yq_fisco3_set_equal(&header->sealers, set)) {
        return yq_fisco3_fail(call, YQ_E_SET_CHANGE, "sealerList, weights");
    }
    status = yq_fisco3_quorum_check(call, set, &header->hash, &in->sigs, signer);
    return status == YQ_OK ? check_shares(call, state, header->number, set, signer) : status;
}

/* The header's time is its leader's word: it renews the trust up to now, and never sets it back. */
static void advance(yq_fisco3_state *state, const yq_fisco3_header *header, uint64_t now_ms)
{
    uint64_t seen_ms = header->time_ms < now_ms ? header->time_ms : now_ms;
    if (seen_ms > state->trusted_from_ms) {
        state->trusted_from_ms = seen_ms;
    }
    state->height = header->number;
    state->hash = header->hash;
    state->time_ms = header->time_ms;
    state->tx_root = header->tx_root;
    state->receipt_root = header->receipt_root;
}

static yq_status fisco_update(
    const yq_verifier_host *host,
    yq_slice bytes,
    yq_slice evidence,
    uint64_t now_ms,
    yq_buf *next,
    yq_fault *why)
{
    yq_fisco3_call call = {.host = host, .why = why};
    yq_fisco3_state state;
    yq_fisco3_set set;
    update in;
    yq_status status = yq_fisco3_state_decode(&call, bytes, &state);
    if (status == YQ_OK) {
        status = read_update(&call, evidence, &in);
    }
    if (status == YQ_OK) {
        status = check_trust(&call, &state, now_ms);
    }
    if (status != YQ_OK) {
        return status;
    }
    if (in.header.number <= state.height) {
        return judge_old(&call, &state, &in);
    }
    if (in.header.number != state.height + 1) {
        return yq_fisco3_fail(&call, YQ_E_HEIGHT, "number");
    }
    status = check_next(&call, &state, &in, &set);
    if (status != YQ_OK) {
        return status;
    }
    if (!yq_fisco3_set_equal(&set, &state.set)) {
        state.set = set;
        state.set_from = in.header.number;
    }
    advance(&state, &in.header, now_ms);
    status = yq_fisco3_records_put(&call, &state);
    return status == YQ_OK ? yq_fisco3_state_encode(&call, &state, next) : status;
}

static yq_status fisco_misbehaviour(
    const yq_verifier_host *host, yq_slice bytes, yq_slice evidence, uint64_t now_ms, yq_fault *why)
{
    yq_fisco3_call call = {.host = host, .why = why};
    yq_fisco3_state state;
    yq_fisco3_signatures sigs[2];
    yq_fisco3_header header[2];
    yq_status status = yq_fisco3_state_decode(&call, bytes, &state);
    if (status != YQ_OK) {
        return status;
    }
    yq_cur c = yq_cur_of(evidence);
    yq_fisco3_take_version(&c);
    for (size_t i = 0; i < 2; i++) {
        yq_fisco3_take_header(&call, &c, &header[i]);
        yq_fisco3_take_signatures(&call, &c, &sigs[i]);
    }
    status = yq_cur_done(&c, why);
    if (status == YQ_OK) {
        status = check_trust(&call, &state, now_ms);
    }
    if (status != YQ_OK) {
        return status;
    }
    if (header[0].number != header[1].number) {
        return yq_fisco3_fail(&call, YQ_E_HEIGHT, "numbers differ");
    }
    if (yq_digest_equal(&header[0].hash, &header[1].hash)) {
        return yq_fisco3_fail(&call, YQ_E_NOT_PROVEN, "one header twice");
    }
    for (size_t i = 0; i < 2 && status == YQ_OK; i++) {
        status = check_certified(&call, &state, &header[i], &sigs[i]);
    }
    return status;
}

/* Enough certified headers stand on this one. */
static yq_status check_depth(
    const yq_fisco3_call *call, const yq_fisco3_state *state, uint64_t number)
{
    return number <= state->height && state->height - number >= state->depth
               ? YQ_OK
               : yq_fisco3_fail(call, YQ_E_NOT_PROVEN, "too few headers stand on this one");
}

static yq_status give_event(
    const yq_fisco3_call *call,
    const yq_fisco3_inclusion *in,
    const yq_fisco3_proven *proven,
    uint32_t log_idx,
    yq_verified_event *event)
{
    yq_fisco3_proven *kept = yq_fisco3_room(call, 1, sizeof *kept);
    if (in->receipt.status != 0) {
        return yq_fisco3_fail(call, YQ_E_TX_FAILED, "receipt status");
    }
    if (log_idx >= in->receipt.log_n) {
        return yq_fisco3_fail(call, YQ_E_EVENT_UNPROVEN, "log index");
    }
    if (kept == NULL) {
        return yq_fisco3_fail(call, YQ_E_LIMIT, "event");
    }
    *kept = *proven;
    const yq_fisco3_log *log = &in->receipt.log[log_idx];
    event->emitter = yq_slice_of(kept->to, sizeof kept->to);
    event->name = log->topic;
    event->data = log->data;
    event->tx_id = yq_slice_of(kept->tx_hash.b, sizeof kept->tx_hash.b);
    event->event_index = log_idx;
    event->grade = YQ_GRADE_LIGHT_CLIENT;
    (void)yq_abi_bytes_decode(event->data, &event->bytes);
    return YQ_OK;
}

static yq_status fisco_event(
    const yq_verifier_host *host,
    yq_slice bytes,
    yq_slice proof,
    uint64_t now_ms,
    yq_verified_event *event,
    yq_fault *why)
{
    yq_fisco3_call call = {.host = host, .why = why};
    yq_fisco3_state state;
    yq_fisco3_record record;
    yq_fisco3_inclusion in;
    yq_fisco3_proven proven;
    yq_status status = yq_fisco3_state_decode(&call, bytes, &state);
    if (status != YQ_OK) {
        return status;
    }
    yq_cur c = yq_cur_of(proof);
    yq_fisco3_take_version(&c);
    uint64_t number = yq_cur_u64(&c);
    yq_fisco3_take_inclusion(&call, &c, &in);
    uint32_t log_idx = yq_cur_u32(&c);
    status = yq_cur_done(&c, why);
    if (status == YQ_OK) {
        status = check_trust(&call, &state, now_ms);
    }
    if (status == YQ_OK) {
        status = check_depth(&call, &state, number);
    }
    if (status == YQ_OK) {
        status = yq_fisco3_rest_check(&call, in.tx.rest);
    }
    if (status == YQ_OK) {
        status = yq_fisco3_record_get(&call, number, &record);
    }
    if (status != YQ_OK) {
        return status;
    }
    const yq_digest root[2] = {record.tx_root, record.receipt_root};
    status = yq_fisco3_inclusion_check(&call, &state, root, number, &in, &proven);
    if (status != YQ_OK) {
        return status;
    }
    *event = (yq_verified_event){.height = number, .time_ms = record.time_ms};
    return give_event(&call, &in, &proven, log_idx, event);
}

static yq_status fisco_describe(
    const yq_verifier_host *host, yq_slice bytes, yq_client_view *view, yq_fault *why)
{
    yq_fisco3_call call = {.host = host, .why = why};
    yq_fisco3_state state;
    yq_status status = yq_fisco3_state_decode(&call, bytes, &state);
    if (status != YQ_OK) {
        return status;
    }
    const uint64_t total = weight_of(&state.set), quorum = total - yq_fisco3_faulty_max(total);
    *view = (yq_client_view){
        .height = state.height,
        .time_ms = state.time_ms,
        .trusted_until_ms = state.trust_ms == 0 ? 0 : state.trusted_from_ms + state.trust_ms,
        .grade = YQ_GRADE_LIGHT_CLIENT,
        .validators = (uint16_t)state.set.n,
        .quorum = (uint16_t)(quorum < UINT16_MAX ? quorum : UINT16_MAX),
    };
    memcpy(view->hash, state.hash.b, sizeof view->hash);
    /* The set is the state's end: ids with their weights. */
    size_t set_n = state.set.n * (YQ_FISCO3_ID_SIZE + 8);
    const yq_slice set = yq_slice_of(bytes.p + bytes.n - set_n, set_n);
    host->hash(host->self, YQ_HASH_SM3, &set, 1, view->set_hash);
    _Static_assert(sizeof note <= sizeof view->note, "the note fits");
    memcpy(view->note, note, sizeof note);
    return YQ_OK;
}

const yq_verifier *yq_verifier_fisco_bcos_3(void)
{
    static const yq_verifier verifier = {
        .magic = YQ_VERIFIER_MAGIC,
        .size = sizeof verifier,
        .abi_major = YQ_VERIFIER_ABI_MAJOR,
        .abi_minor = YQ_VERIFIER_ABI_MINOR,
        .version = 1,
        .framework = "fisco-bcos-3",
        .state_size_max = YQ_FISCO3_STATE_MAX,
        .init = yq_fisco3_init,
        .update = fisco_update,
        .misbehaviour = fisco_misbehaviour,
        .event = fisco_event,
        .describe = fisco_describe,
    };
    return &verifier;
}
