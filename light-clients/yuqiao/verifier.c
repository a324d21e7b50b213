#include "yuqiao/packet.h"

#include "light-clients/yuqiao/yuqiao.h"
#include "relay/crypto/state_proof.h"

/* A certificate of finality: of another type there is nothing to be read about a block. */
static void take_cert(yq_cur *c, yq_cert *out)
{
    size_t at = c->pos + 2;
    yq_cur inner = yq_cur_of(yq_cur_blob16(c, YQ_YUQIAO_CERT_MAX));
    *out = (yq_cert){.type = YQ_SIGNED_INVALID};
    yq_cert_get(&inner, out);
    if (yq_cur_ok(&inner) && out->type != YQ_SIGNED_FINALIZE) {
        yq_cur_fail(&inner, YQ_E_TYPE, 0);
    }
    if (yq_cur_ok(&inner) && inner.pos != inner.n) {
        yq_cur_fail(&inner, YQ_E_TRAILING, inner.pos);
    }
    if (!yq_cur_ok(&inner)) {
        yq_cur_fail_field(c, inner.status, at + inner.bad_at, "certificate");
    }
}

static yq_status check_trust(
    const yq_yuqiao_call *call, const yq_yuqiao_state *state, uint64_t now_ms)
{
    const uint64_t known_ms = state->last.time_ms;
    if (state->trust_ms != 0 && now_ms > known_ms && now_ms - known_ms > state->trust_ms) {
        return yq_yuqiao_fail(call, YQ_E_TRUST_EXPIRED, "client");
    }
    return YQ_OK;
}

/* A block that is far ahead of the ledger's time, or a client whose trust has run out. */
static yq_status check_time(
    const yq_yuqiao_call *call, const yq_yuqiao_state *state, uint64_t block_ms, uint64_t now_ms)
{
    if (block_ms > now_ms && block_ms - now_ms > YQ_YUQIAO_DRIFT_MS) {
        return yq_yuqiao_fail(call, YQ_E_TIME_FUTURE, "time_ms");
    }
    return check_trust(call, state, now_ms);
}

/* ---- anchor ---- */

static yq_status check_anchor(
    const yq_yuqiao_call *call,
    yq_yuqiao_state *state,
    const yq_digest *pinned,
    const yq_cert *cert,
    uint64_t now_ms)
{
    yq_digest hash = {{0}};
    yq_yuqiao_set_hash(call, &state->set, &hash);
    if (yq_digest_is_zero(pinned)) {
        return yq_yuqiao_fail(call, YQ_E_ZERO_ROOT, "set hash");
    }
    if (!yq_digest_equal(&hash, pinned)) {
        return yq_yuqiao_fail(call, YQ_E_VALSET_HASH, "validators");
    }
    yq_status status = yq_yuqiao_cert_check(call, &state->set, cert);
    if (status != YQ_OK) {
        return status;
    }
    if (!yq_digest_is_zero(&cert->info.next_valset_hash)) {
        return yq_yuqiao_fail(call, YQ_E_ANCHOR, "a block that ends its epoch");
    }
    state->last = cert->info;
    return check_time(call, state, cert->info.time_ms, now_ms);
}

static yq_status init(
    const yq_verifier_host *host, yq_slice anchor, uint64_t now_ms, yq_buf *out, yq_fault *why)
{
    yq_yuqiao_call call = {host, why, 0};
    yq_yuqiao_state state = {0};
    yq_cur c = yq_cur_of(anchor);
    yq_digest pinned;
    yq_cert cert;
    yq_yuqiao_take_identity(&c, &state);
    yq_yuqiao_take_digest(&c, &pinned);
    yq_yuqiao_take_set(&c, &state.set);
    take_cert(&c, &cert);
    yq_status status = yq_cur_done(&c, why);
    if (status != YQ_OK) {
        return status;
    }
    call.alg = state.alg;
    state.set.chain_id_hash = state.chain_id_hash;
    status = check_anchor(&call, &state, &pinned, &cert, now_ms);
    if (status == YQ_OK) {
        state.oldest = cert.info.height;
        status = yq_yuqiao_block_put(&call, &state, NULL, &cert.info);
    }
    return status == YQ_OK ? yq_yuqiao_state_encode(&call, &state, out) : status;
}

/* ---- update ---- */

/* A certificate, and the keys of the next epoch's validators where it ends one. */
typedef struct evidence {
    yq_cert cert;
    uint8_t has_next;
    yq_valset next;
} evidence;

static void take_evidence(yq_cur *c, const yq_yuqiao_state *state, evidence *out)
{
    *out = (evidence){.has_next = 0};
    yq_yuqiao_take_version(c);
    take_cert(c, &out->cert);
    size_t at = c->pos;
    out->has_next = yq_cur_u8(c);
    if (out->has_next > 1) {
        yq_cur_fail_field(c, YQ_E_FIELD_UNKNOWN, at, "next set");
    }
    out->next = (yq_valset){
        .chain_id_hash = state->chain_id_hash,
        .epoch = out->cert.epoch + 1,
        .suite = state->set.suite,
    };
    if (out->has_next == 1) {
        yq_yuqiao_take_keys(c, &out->next);
    }
}

/* At or below the client's height. */
static yq_status known_or_conflict(
    const yq_yuqiao_call *call, const yq_valset *set, const yq_cert *cert)
{
    yq_final_info known;
    yq_status status = yq_yuqiao_block_get(call, cert->info.height, &known);
    if (status != YQ_OK) {
        return status;
    }
    if (yq_yuqiao_same(&known, &cert->info)) {
        return yq_yuqiao_fail(call, YQ_E_REPLAY, "certificate");
    }
    status = yq_yuqiao_cert_check(call, set, cert);
    return status == YQ_OK
               ? yq_yuqiao_fail(call, YQ_E_MISBEHAVIOUR, "another final block of this height")
               : status;
}

/* The next set is the one that the certificate names. Before the signatures: it costs one hash. */
static yq_status check_next(const yq_yuqiao_call *call, const evidence *in)
{
    const yq_digest *named = &in->cert.info.next_valset_hash;
    yq_digest hash = {{0}};
    if (yq_digest_is_zero(named)) {
        return in->has_next == 0
                   ? YQ_OK
                   : yq_yuqiao_fail(call, YQ_E_NONCANONICAL, "a set that nobody asked for");
    }
    if (in->has_next == 0) {
        return yq_yuqiao_fail(call, YQ_E_PROOF_REQUIRED, "validators of the next epoch");
    }
    yq_yuqiao_set_hash(call, &in->next, &hash);
    return yq_digest_equal(&hash, named) ? YQ_OK
                                         : yq_yuqiao_fail(call, YQ_E_VALSET_HASH, "next set");
}

static yq_status advance(
    const yq_yuqiao_call *call,
    yq_yuqiao_state *state,
    const yq_valset *set,
    const evidence *in,
    uint64_t now_ms)
{
    const yq_final_info before = state->last, *info = &in->cert.info;
    yq_status status = check_next(call, in);
    if (status == YQ_OK) {
        status = yq_yuqiao_cert_check(call, set, &in->cert);
    }
    if (status == YQ_OK && yq_yuqiao_contradict(&before, info)) {
        status = yq_yuqiao_fail(call, YQ_E_MISBEHAVIOUR, "does not follow the known block");
    }
    if (status == YQ_OK) {
        status = check_time(call, state, info->time_ms, now_ms);
    }
    if (status == YQ_OK) {
        status = yq_yuqiao_block_put(call, state, &before, info);
    }
    if (status == YQ_OK && in->has_next == 1) {
        status = yq_yuqiao_set_step(call, state, &in->next);
    }
    return status;
}

static yq_status update(
    const yq_verifier_host *host,
    yq_slice state_bytes,
    yq_slice evidence_bytes,
    uint64_t now_ms,
    yq_buf *next,
    yq_fault *why)
{
    yq_yuqiao_call call = {host, why, 0};
    yq_yuqiao_state state = {0};
    yq_valset set;
    evidence in;
    yq_status status = yq_yuqiao_state_decode(&call, state_bytes, &state);
    if (status != YQ_OK) {
        return status;
    }
    yq_cur c = yq_cur_of(evidence_bytes);
    take_evidence(&c, &state, &in);
    status = yq_cur_done(&c, why);
    if (status == YQ_OK) {
        status = yq_yuqiao_set_get(&call, &state, in.cert.epoch, &set);
    }
    if (status != YQ_OK) {
        return status;
    }
    if (in.cert.info.height <= state.last.height) {
        return known_or_conflict(&call, &set, &in.cert);
    }
    status = advance(&call, &state, &set, &in, now_ms);
    return status == YQ_OK ? yq_yuqiao_state_encode(&call, &state, next) : status;
}

static yq_status misbehaviour(
    const yq_verifier_host *host,
    yq_slice state_bytes,
    yq_slice evidence_bytes,
    uint64_t now_ms,
    yq_fault *why)
{
    yq_yuqiao_call call = {host, why, 0};
    yq_yuqiao_state state = {0};
    yq_cert cert[2];
    (void)now_ms;
    yq_status status = yq_yuqiao_state_decode(&call, state_bytes, &state);
    if (status != YQ_OK) {
        return status;
    }
    yq_cur c = yq_cur_of(evidence_bytes);
    yq_yuqiao_take_version(&c);
    take_cert(&c, &cert[0]);
    take_cert(&c, &cert[1]);
    status = yq_cur_done(&c, why);
    if (status == YQ_OK && !yq_yuqiao_contradict(&cert[0].info, &cert[1].info)) {
        status = yq_yuqiao_fail(&call, YQ_E_NOT_PROVEN, "the certificates do not contradict");
    }
    for (unsigned i = 0; i < 2 && status == YQ_OK; i++) {
        yq_valset set;
        status = yq_yuqiao_set_get(&call, &state, cert[i].epoch, &set);
        if (status == YQ_OK) {
            status = yq_yuqiao_cert_check(&call, &set, &cert[i]);
        }
    }
    return status;
}

/* ---- proofs ---- */

/* The version, the height of a kept block and its roots, as every proof begins. */
static yq_status take_block(
    const yq_yuqiao_call *call,
    const yq_yuqiao_state *state,
    uint64_t now_ms,
    yq_cur *c,
    yq_final_info *info,
    yq_block_roots *roots)
{
    yq_yuqiao_take_version(c);
    uint64_t height = yq_cur_u64(c);
    yq_status status = yq_cur_status(c, call->why);
    if (status == YQ_OK) {
        status = check_trust(call, state, now_ms);
    }
    if (status == YQ_OK) {
        status = yq_yuqiao_block_get(call, height, info);
    }
    return status == YQ_OK ? yq_yuqiao_take_roots(call, c, &info->result_root, roots) : status;
}

static const char emitter[] = "packet", name[] = "Yuqiao";

/* The packet as the list of records of one `Yuqiao` event. */
static yq_status as_event(
    const yq_yuqiao_call *call,
    const yq_final_info *info,
    const yq_yuqiao_packet *in,
    yq_verified_event *out)
{
    const size_t cap = 2 + 2 + 1 + 4 + in->packet.n;
    const yq_record record = {YQ_RECORD_SENT, in->packet};
    yq_buf data = {call->host->scratch(call->host->self, cap), cap, 0};
    if (data.p == NULL || yq_records_encode(&record, 1, &data) != YQ_OK) {
        return yq_yuqiao_fail(call, YQ_E_LIMIT, "packet");
    }
    *out = (yq_verified_event){
        .height = info->height,
        .time_ms = info->time_ms,
        .emitter = yq_slice_text(emitter),
        .name = yq_slice_text(name),
        .data = yq_slice_of(data.p, data.n),
        .bytes = yq_slice_of(data.p, data.n),
        .tx_id = in->index_bytes,
        .grade = YQ_GRADE_LIGHT_CLIENT,
    };
    return YQ_OK;
}

static yq_status event(
    const yq_verifier_host *host,
    yq_slice state_bytes,
    yq_slice proof,
    uint64_t now_ms,
    yq_verified_event *out,
    yq_fault *why)
{
    yq_yuqiao_call call = {host, why, 0};
    yq_yuqiao_state state = {0};
    yq_final_info info;
    yq_block_roots roots;
    yq_yuqiao_packet in;
    yq_cur c = yq_cur_of(proof);
    yq_status status = yq_yuqiao_state_decode(&call, state_bytes, &state);
    if (status == YQ_OK) {
        status = take_block(&call, &state, now_ms, &c, &info, &roots);
    }
    if (status != YQ_OK) {
        return status;
    }
    yq_yuqiao_take_packet(&c, &in);
    status = yq_cur_done(&c, why);
    if (status == YQ_OK) {
        status = yq_yuqiao_packet_check(&call, &state, &roots, &in);
    }
    return status == YQ_OK ? as_event(&call, &info, &in, out) : status;
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
    yq_yuqiao_call call = {host, why, 0};
    yq_yuqiao_state state = {0};
    yq_final_info info;
    yq_block_roots roots;
    int present = 0;
    yq_cur c = yq_cur_of(proof);
    yq_status status = yq_yuqiao_state_decode(&call, state_bytes, &state);
    if (status == YQ_OK) {
        status = take_block(&call, &state, now_ms, &c, &info, &roots);
    }
    if (status != YQ_OK) {
        return status;
    }
    yq_slice bytes = yq_cur_blob32(&c, YQ_YUQIAO_VALUE_MAX);
    yq_slice path = yq_cur_blob16(&c, YQ_STATE_PROOF_SIZE_MAX);
    status = yq_cur_done(&c, why);
    if (status == YQ_OK) {
        status = yq_yuqiao_state_check(&call, &roots.state_root, key, bytes, path, &present);
    }
    if (status == YQ_OK) {
        *out = (yq_verified_value){.height = info.height, .present = present, .value = bytes};
    }
    return status;
}

static yq_status describe(
    const yq_verifier_host *host, yq_slice state_bytes, yq_client_view *view, yq_fault *why)
{
    yq_yuqiao_call call = {host, why, 0};
    yq_yuqiao_state state = {0};
    uint8_t room[2 + 65 * YQ_VALIDATORS_MAX];
    yq_writer w = yq_writer_of(room, sizeof room);
    static const char note[] =
        "packets of one outbox and values of the state; an epoch that the recovery set ended is "
        "not followed: it needs a new anchor";
    _Static_assert(sizeof note <= sizeof view->note, "the note fits");
    yq_status status = yq_yuqiao_state_decode(&call, state_bytes, &state);
    if (status != YQ_OK) {
        return status;
    }
    const yq_final_info *last = &state.last;
    *view = (yq_client_view){.height = last->height, .grade = YQ_GRADE_LIGHT_CLIENT};
    memcpy(view->hash, last->h.b, sizeof view->hash);
    view->time_ms = last->time_ms;
    view->trusted_until_ms = state.trust_ms == 0 ? 0 : last->time_ms + state.trust_ms;
    view->validators = state.set.n;
    view->quorum = yq_quorum(state.set.n);
    for (size_t i = 0; i < state.set.n; i++) {
        yq_put_str8(&w, yq_slice_of(state.set.key[i], yq_suite_key_size(state.set.suite)));
    }
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
    .framework = "yuqiao",
    .state_size_max = YQ_YUQIAO_STATE_MAX,
    .init = init,
    .update = update,
    .misbehaviour = misbehaviour,
    .event = event,
    .value = value,
    .describe = describe,
};

const yq_verifier *yq_verifier_yuqiao(void)
{
    return &verifier;
}
