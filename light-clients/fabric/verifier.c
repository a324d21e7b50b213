#include "light-clients/fabric/verifier.h"

#include "light-clients/fabric/anchor.h"
#include "light-clients/fabric/validity.h"

#define RULES_VERSION 1u

static const char note_cft[] =
    "Crash-fault ordering: one orderer's signature makes a block; success rests on endorsements, "
    "transaction ids and key versions since the anchor.";
static const char note_bft[] =
    "BFT ordering. Validity flags are unsigned: success is shown by endorsements, transaction ids "
    "and key versions since the anchor.";
_Static_assert(sizeof note_cft <= sizeof((yq_client_view *)0)->note, "note");
_Static_assert(sizeof note_bft <= sizeof((yq_client_view *)0)->note, "note");

static yq_status verifier_init(
    const yq_verifier_host *host, yq_slice anchor, uint64_t now_ms, yq_buf *out, yq_fault *why)
{
    (void)now_ms;
    yq_fabric_meter meter = {0};
    yq_fabric_dialect dialect = YQ_FABRIC_PLAIN;
    const yq_fabric_call call = {.host = host, .why = why, .meter = &meter, .dialect = &dialect};
    return yq_fabric_answer(&call, yq_fabric_begin(&call, anchor, out));
}

/* The state with its configuration, ready to judge with. */
static yq_status open_client(
    const yq_fabric_call *call, yq_slice in, yq_fabric_state *state, yq_fabric_bundle **bundle)
{
    yq_slice config;
    yq_status status = yq_fabric_state_decode(call, in, state);
    if (status == YQ_OK) {
        status = yq_fabric_get_rules(call, state);
    }
    if (status == YQ_OK) {
        status = yq_fabric_get_config(call, state, &config);
    }
    if (status != YQ_OK) {
        return status;
    }
    *bundle = yq_fabric_room(call, 1, sizeof **bundle);
    if (*bundle == NULL) {
        return yq_fabric_fail(call, YQ_E_LIMIT, "configuration");
    }
    return yq_fabric_bundle_decode(call, config, *bundle);
}

/* Installs the configuration of a config block. Out: is_config. */
static yq_status take_config(
    const yq_fabric_call *call,
    yq_fabric_bundle *bundle,
    yq_fabric_state *state,
    const yq_fabric_block *block,
    int *is_config)
{
    const yq_fabric_envelope envelope = yq_fabric_envelope_of(block->element[0]);
    yq_fabric_payload head;
    yq_fabric_form form;
    *is_config = 0;
    yq_fabric_payload_decode(envelope.payload, &head, &form);
    if (block->n != 1 || !form.ok || head.type != YQ_FABRIC_TYPE_CONFIG) {
        return YQ_OK;
    }
    *is_config = 1;
    yq_fabric_config_payload config;
    yq_fabric_bundle *next = yq_fabric_room(call, 1, sizeof *next);
    if (next == NULL) {
        return yq_fabric_fail(call, YQ_E_LIMIT, "configuration");
    }
    yq_status status = yq_fabric_config_decode(call, envelope.payload, state->channel, &config);
    if (status == YQ_OK) {
        status = yq_fabric_bundle_decode(call, config.config, next);
    }
    if (status == YQ_OK) {
        status =
            yq_fabric_bundle_check_update(call, bundle, next, state->channel, config.last_update);
    }
    if (status == YQ_OK) {
        status = yq_fabric_put_config(call, next->config, state->config_size);
    }
    if (status == YQ_OK) {
        yq_fabric_note_bundle(call, next, block->number, state);
    }
    return status;
}

/* All envelopes that say so are of this channel, and one does. */
static yq_status check_channel(
    const yq_fabric_call *call, const yq_fabric_state *state, const yq_fabric_block *block)
{
    int any = 0;
    for (size_t i = 0; i < block->n; i++) {
        const yq_fabric_envelope envelope = yq_fabric_envelope_of(block->element[i]);
        yq_fabric_payload head;
        yq_fabric_form form;
        yq_fabric_payload_decode(envelope.payload, &head, &form);
        if (!head.channel_form.ok) {
            continue;
        }
        if (!yq_slice_equal(head.channel_id, state->channel)) {
            return yq_fabric_fail(call, YQ_E_DOMAIN, "channel_id");
        }
        any = 1;
    }
    return any ? YQ_OK : yq_fabric_fail(call, YQ_E_DOMAIN, "channel_id");
}

/* A block at or below the client's height: known, or a contradiction if its signatures are good. */
static yq_status update_below(
    const yq_fabric_call *call,
    yq_fabric_state *state,
    yq_fabric_bundle *bundle,
    const yq_fabric_block *block)
{
    yq_digest known, hash = yq_fabric_header_hash(call, block);
    uint64_t last_config;
    if (!yq_fabric_get_header(call, block->number, &known)) {
        return yq_fabric_fail(call, YQ_E_HEADER_UNKNOWN, "number");
    }
    if (memcmp(known.b, hash.b, YQ_DIGEST_SIZE) == 0) {
        return yq_fabric_fail(call, YQ_E_REPLAY, "number");
    }
    if (block->number <= state->config_number) {
        return yq_fabric_fail(call, YQ_E_HEIGHT, "below the configuration in force");
    }
    yq_status status = yq_fabric_check_block(call, bundle, block, &last_config);
    if (status == YQ_OK) {
        status = check_channel(call, state, block);
    }
    return status == YQ_OK ? yq_fabric_fail(call, YQ_E_MISBEHAVIOUR, "another block of this number")
                           : status;
}

static yq_status update_next(
    const yq_fabric_call *call,
    yq_fabric_state *state,
    yq_fabric_bundle *bundle,
    const yq_fabric_block *block)
{
    uint64_t last_config = 0;
    int is_config = 0;
    if (!yq_slice_equal(block->previous_hash, YQ_SLICE_OF(state->hash))) {
        return yq_fabric_fail(call, YQ_E_PARENT, "previous_hash");
    }
    uint64_t config_number = state->config_number;
    yq_status status = yq_fabric_check_block(call, bundle, block, &last_config);
    if (status == YQ_OK) {
        status = yq_fabric_follow(call, bundle, state, block);
    }
    if (status == YQ_OK) {
        status = take_config(call, bundle, state, block, &is_config);
    }
    if (status == YQ_OK && last_config != (is_config ? block->number : config_number)) {
        status = yq_fabric_fail(call, YQ_E_CONFIG_SEQUENCE, "last_config");
    }
    if (status != YQ_OK) {
        return status;
    }
    state->number = block->number;
    state->hash = yq_fabric_header_hash(call, block);
    return yq_fabric_put_header(call, state->number, &state->hash);
}

static yq_status advance(const yq_fabric_call *call, yq_slice in, yq_slice evidence, yq_buf *next)
{
    yq_fabric_state state;
    yq_fabric_bundle *bundle;
    yq_fabric_block block;
    yq_status status = open_client(call, in, &state, &bundle);
    if (status == YQ_OK) {
        status = yq_fabric_block_decode(call, evidence, &block);
    }
    if (status != YQ_OK) {
        return status;
    }
    if (block.number <= state.number) {
        return update_below(call, &state, bundle, &block);
    }
    if (block.number - state.number != 1) {
        return yq_fabric_fail(call, YQ_E_HEIGHT, "number");
    }
    status = update_next(call, &state, bundle, &block);
    return status == YQ_OK ? yq_fabric_state_encode(call, &state, next) : status;
}

static yq_status verifier_update(
    const yq_verifier_host *host,
    yq_slice in,
    yq_slice evidence,
    uint64_t now_ms,
    yq_buf *next,
    yq_fault *why)
{
    (void)now_ms;
    yq_fabric_meter meter = {0};
    yq_fabric_dialect dialect = YQ_FABRIC_PLAIN;
    const yq_fabric_call call = {.host = host, .why = why, .meter = &meter, .dialect = &dialect};
    return yq_fabric_answer(&call, advance(&call, in, evidence, next));
}

static yq_status contradict(const yq_fabric_call *call, yq_slice in, yq_slice evidence)
{
    yq_fabric_state state;
    yq_fabric_bundle *bundle;
    yq_fabric_block block[2];
    yq_status status = open_client(call, in, &state, &bundle);
    yq_cur c = yq_cur_of(evidence);
    if (yq_cur_u8(&c) != YQ_FABRIC_LAYOUT_VERSION) {
        yq_cur_fail_field(&c, YQ_E_VERSION, 0, "misbehaviour layout");
    }
    yq_slice part[2];
    part[0] = yq_cur_blob32(&c, YQ_TX_SIZE_MAX);
    part[1] = yq_cur_blob32(&c, YQ_TX_SIZE_MAX);
    if (status == YQ_OK) {
        status = yq_cur_done(&c, call->why);
    }
    for (size_t i = 0; i < 2 && status == YQ_OK; i++) {
        status = yq_fabric_block_decode(call, part[i], &block[i]);
    }
    if (status != YQ_OK) {
        return status;
    }
    yq_digest hash[2] = {
        yq_fabric_header_hash(call, &block[0]), yq_fabric_header_hash(call, &block[1])};
    if (block[0].number != block[1].number || block[0].number <= state.config_number) {
        return yq_fabric_fail(call, YQ_E_HEIGHT, "number");
    }
    if (memcmp(hash[0].b, hash[1].b, YQ_DIGEST_SIZE) == 0) {
        return yq_fabric_fail(call, YQ_E_NOT_PROVEN, "the same header twice");
    }
    for (size_t i = 0; i < 2 && status == YQ_OK; i++) {
        uint64_t last_config;
        status = yq_fabric_check_block(call, bundle, &block[i], &last_config);
        if (status == YQ_OK && last_config != state.config_number) {
            status = yq_fabric_fail(call, YQ_E_CONFIG_SEQUENCE, "last_config");
        }
        if (status == YQ_OK) {
            status = check_channel(call, &state, &block[i]);
        }
    }
    return status;
}

static yq_status verifier_misbehaviour(
    const yq_verifier_host *host, yq_slice in, yq_slice evidence, uint64_t now_ms, yq_fault *why)
{
    (void)now_ms;
    yq_fabric_meter meter = {0};
    yq_fabric_dialect dialect = YQ_FABRIC_PLAIN;
    const yq_fabric_call call = {.host = host, .why = why, .meter = &meter, .dialect = &dialect};
    return yq_fabric_answer(&call, contradict(&call, in, evidence));
}

static yq_status prove(
    const yq_fabric_call *call, yq_slice in, yq_slice proof, yq_verified_event *event)
{
    yq_fabric_state state;
    yq_status status = yq_fabric_state_decode(call, in, &state);
    if (status != YQ_OK) {
        return status;
    }
    yq_cur c = yq_cur_of(proof);
    if (yq_cur_u8(&c) != YQ_FABRIC_LAYOUT_VERSION) {
        yq_cur_fail_field(&c, YQ_E_VERSION, 0, "proof layout");
    }
    uint64_t number = yq_cur_u64(&c);
    uint32_t index = yq_cur_u32(&c);
    yq_slice envelope = yq_cur_blob32(&c, YQ_TX_SIZE_MAX);
    status = yq_cur_done(&c, call->why);
    if (status != YQ_OK) {
        return status;
    }
    if (number > state.number || number <= state.anchor) {
        return yq_fabric_fail(call, YQ_E_HEADER_UNKNOWN, "number");
    }
    yq_fabric_verdict verdict;
    if (!yq_fabric_get_verdict(call, number, index, &verdict)) {
        return yq_fabric_fail(call, YQ_E_EMITTER, "no registered chaincode's transaction there");
    }
    yq_digest md = yq_fabric_sha256_of(call, envelope);
    if (memcmp(md.b, verdict.envelope.b, YQ_DIGEST_SIZE) != 0) {
        return yq_fabric_fail(call, YQ_E_HASH, "envelope");
    }
    if (verdict.status != YQ_OK) {
        return yq_fabric_fail(call, (yq_status)verdict.status, "verdict on the transaction");
    }
    yq_fabric_event e;
    yq_slice tx_id;
    status = yq_fabric_event_of(call, envelope, &e, &tx_id);
    if (status != YQ_OK) {
        return status;
    }
    *event = (yq_verified_event){
        .height = number,
        .emitter = e.chaincode,
        .name = e.name,
        .data = e.payload,
        .bytes = e.payload,
        .tx_id = tx_id,
        .grade = state.class_ == YQ_FABRIC_CLASS_BFT ? YQ_GRADE_LIGHT_CLIENT : YQ_GRADE_ENDORSED};
    return YQ_OK;
}

static yq_status verifier_event(
    const yq_verifier_host *host,
    yq_slice in,
    yq_slice proof,
    uint64_t now_ms,
    yq_verified_event *event,
    yq_fault *why)
{
    (void)now_ms;
    yq_fabric_meter meter = {0};
    yq_fabric_dialect dialect = YQ_FABRIC_PLAIN;
    const yq_fabric_call call = {.host = host, .why = why, .meter = &meter, .dialect = &dialect};
    return yq_fabric_answer(&call, prove(&call, in, proof, event));
}

static yq_status verifier_describe(
    const yq_verifier_host *host, yq_slice in, yq_client_view *view, yq_fault *why)
{
    yq_fabric_meter meter = {0};
    yq_fabric_dialect dialect = YQ_FABRIC_PLAIN;
    const yq_fabric_call call = {.host = host, .why = why, .meter = &meter, .dialect = &dialect};
    yq_fabric_state state;
    yq_status status = yq_fabric_state_decode(&call, in, &state);
    if (status != YQ_OK) {
        return status;
    }
    int is_bft = state.class_ == YQ_FABRIC_CLASS_BFT;
    *view = (yq_client_view){
        .height = state.number,
        .grade = is_bft ? YQ_GRADE_LIGHT_CLIENT : YQ_GRADE_ENDORSED,
        .validators = state.validators,
        .quorum = state.quorum};
    memcpy(view->hash, state.hash.b, YQ_DIGEST_SIZE);
    memcpy(view->set_hash, state.set_hash.b, YQ_DIGEST_SIZE);
    memcpy(view->note, is_bft ? note_bft : note_cft, is_bft ? sizeof note_bft : sizeof note_cft);
    return YQ_OK;
}

const yq_verifier *yq_verifier_fabric(void)
{
    static const yq_verifier verifier = {
        .magic = YQ_VERIFIER_MAGIC,
        .size = sizeof verifier,
        .abi_major = YQ_VERIFIER_ABI_MAJOR,
        .abi_minor = YQ_VERIFIER_ABI_MINOR,
        .version = RULES_VERSION,
        .framework = "fabric",
        .state_size_max = YQ_FABRIC_STATE_SIZE_MAX,
        .init = verifier_init,
        .update = verifier_update,
        .misbehaviour = verifier_misbehaviour,
        .event = verifier_event,
        .describe = verifier_describe,
    };
    return &verifier;
}
