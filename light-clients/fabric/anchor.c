/* How a client begins. */
#include "light-clients/fabric/anchor.h"

#include "light-clients/fabric/header.h"
#include "light-clients/fabric/tx.h"

#define LAYOUT_PLAIN  1u
#define LAYOUT_SAMPLE 2u /* a signed block stands behind the config block */

static const uint8_t known_hash[] = {YQ_HASH_SHA256, YQ_HASH_SM3};

void yq_fabric_note_bundle(
    const yq_fabric_call *call,
    const yq_fabric_bundle *bundle,
    uint64_t number,
    yq_fabric_state *state)
{
    state->config_number = number;
    state->config_sequence = bundle->sequence;
    state->config_size = (uint32_t)bundle->config.n;
    state->class_ = bundle->class_;
    state->validators = bundle->validators;
    state->quorum = bundle->quorum;
    yq_fabric_bundle_set_hash(call, bundle, &state->set_hash);
}

yq_status yq_fabric_check_block(
    const yq_fabric_call *call,
    yq_fabric_bundle *bundle,
    const yq_fabric_block *block,
    uint64_t *last_config)
{
    yq_status status = yq_fabric_block_check_data(call, block);
    return status == YQ_OK ? yq_fabric_bundle_check_block(call, bundle, block, last_config)
                           : status;
}

/* Every registered path must be a policy of the channel. */
static yq_status check_paths(
    const yq_fabric_call *call, const yq_fabric_bundle *bundle, const yq_fabric_state *state)
{
    for (size_t i = 0; i < state->chaincode_n; i++) {
        const yq_fabric_chaincode *cc = &state->chaincode[i];
        if (cc->kind == YQ_FABRIC_BY_PATH &&
            yq_fabric_tree_policy(&bundle->tree, YQ_FABRIC_NONE, cc->policy) == YQ_FABRIC_NONE) {
            return yq_fabric_fail(call, YQ_E_ANCHOR, "endorsement policy");
        }
    }
    return YQ_OK;
}

/* Reads the anchor. Out: state (channel, chaincodes), block, sample (empty in layout 1). */
static yq_status take_anchor(
    const yq_fabric_call *call,
    yq_slice anchor,
    yq_fabric_state *state,
    yq_slice *block,
    yq_slice *sample)
{
    yq_cur c = yq_cur_of(anchor);
    uint8_t layout = yq_cur_u8(&c);
    if (layout != LAYOUT_PLAIN && layout != LAYOUT_SAMPLE) {
        yq_cur_fail_field(&c, YQ_E_VERSION, 0, "anchor layout");
    }
    size_t at = c.pos;
    state->channel = yq_cur_str8(&c, YQ_FABRIC_CHANNEL_SIZE_MAX);
    if (state->channel.n == 0) {
        yq_cur_fail_field(&c, YQ_E_RANGE, at, "channel");
    }
    at = c.pos;
    state->chaincode_n = yq_cur_u8(&c);
    if (state->chaincode_n > YQ_FABRIC_CHAINCODES_MAX) {
        yq_cur_fail_field(&c, YQ_E_LIMIT, at, "chaincodes");
    }
    for (size_t i = 0; i < state->chaincode_n && yq_cur_ok(&c); i++) {
        at = c.pos;
        yq_fabric_registration_take(&c, &state->chaincode[i]);
        if (i > 0 &&
            yq_slice_compare(state->chaincode[i - 1].name, state->chaincode[i].name) >= 0) {
            yq_cur_fail_field(&c, YQ_E_NONCANONICAL, at, "order of chaincodes");
        }
    }
    *block = yq_cur_blob32(&c, YQ_TX_SIZE_MAX);
    *sample = (yq_slice){0};
    at = c.pos;
    if (layout == LAYOUT_SAMPLE) {
        *sample = yq_cur_blob32(&c, YQ_TX_SIZE_MAX);
        if (sample->n == 0) {
            yq_cur_fail_field(&c, YQ_E_LEN, at, "sample");
        }
    }
    return yq_cur_done(&c, call->why);
}

/* The config block at the anchor. */
static yq_status open_anchor(
    const yq_fabric_call *call,
    yq_slice in,
    yq_fabric_state *state,
    yq_fabric_bundle *bundle,
    yq_fabric_block *block)
{
    yq_fabric_config_payload config = {0};
    yq_status status = yq_fabric_block_decode(call, in, block);
    if (status == YQ_OK && block->number > 0 &&
        yq_bytes_are_zero(block->previous_hash.p, YQ_DIGEST_SIZE)) {
        status = yq_fabric_fail(call, YQ_E_ZERO_ROOT, "previous_hash");
    }
    if (status == YQ_OK) {
        status = yq_fabric_block_check_data(call, block);
    }
    if (status == YQ_OK && block->n != 1) {
        status = yq_fabric_fail(call, YQ_E_ANCHOR, "not a config block");
    }
    if (status == YQ_OK) {
        const yq_fabric_envelope envelope = yq_fabric_envelope_of(block->element[0]);
        status = yq_fabric_config_decode(call, envelope.payload, state->channel, &config);
    }
    if (status == YQ_OK) {
        status = yq_fabric_bundle_decode(call, config.config, bundle);
    }
    return status == YQ_OK ? check_paths(call, bundle, state) : status;
}

/* The hash under which the sample follows the config block. */
static yq_status probe_header_hash(
    const yq_fabric_call *call, const yq_fabric_block *config, const yq_fabric_block *sample)
{
    if (sample->number == 0 || sample->number - 1 != config->number) {
        return yq_fabric_fail(call, YQ_E_ANCHOR, "the sample is not the next block");
    }
    for (size_t i = 0; i < YQ_ARRAY_N(known_hash); i++) {
        call->dialect->header_hash = known_hash[i];
        yq_digest md = yq_fabric_header_hash(call, config);
        if (yq_slice_equal(sample->previous_hash, YQ_SLICE_OF(md))) {
            return YQ_OK;
        }
    }
    return yq_fabric_fail(call, YQ_E_PARENT, "sample");
}

static yq_status probe_data_hash(const yq_fabric_call *call, const yq_fabric_block *sample)
{
    yq_status status = YQ_E_HASH;
    for (size_t i = 0; i < YQ_ARRAY_N(known_hash) && status == YQ_E_HASH; i++) {
        call->dialect->data_hash = known_hash[i];
        status = yq_fabric_block_check_data(call, sample);
    }
    return status;
}

/* The hash that makes the ids of the sample's transactions; that of data where it has none. */
static void probe_tx_hash(const yq_fabric_call *call, const yq_fabric_block *sample)
{
    call->dialect->tx_hash = call->dialect->data_hash;
    for (size_t i = 0; i < sample->n; i++) {
        const yq_fabric_envelope envelope = yq_fabric_envelope_of(sample->element[i]);
        yq_fabric_payload head;
        yq_fabric_form form;
        yq_fabric_payload_decode(envelope.payload, &head, &form);
        for (size_t k = 0; k < YQ_ARRAY_N(known_hash) && form.ok; k++) {
            if (yq_fabric_is_tx_id(call, known_hash[k], &head)) {
                call->dialect->tx_hash = known_hash[k];
                return;
            }
        }
    }
}

/* Finds the dialect and opens the config block in it. */
static yq_status probe(
    const yq_fabric_call *call,
    yq_slice in,
    yq_slice sample_in,
    yq_fabric_state *state,
    yq_fabric_bundle *bundle,
    yq_fabric_block *block)
{
    yq_fabric_block sample;
    yq_status status = yq_fabric_block_decode(call, in, block);
    if (status == YQ_OK) {
        status = yq_fabric_block_decode(call, sample_in, &sample);
    }
    if (status == YQ_OK) {
        status = probe_header_hash(call, block, &sample);
    }
    if (status == YQ_OK) {
        status = probe_data_hash(call, &sample);
    }
    if (status != YQ_OK) {
        return status;
    }
    probe_tx_hash(call, &sample);
    for (unsigned i = YQ_FABRIC_SIGNING_PLAIN; i <= YQ_FABRIC_SIGNING_SM2_TWICE; i++) {
        uint64_t last_config;
        call->dialect->signing = (uint8_t)i;
        status = open_anchor(call, in, state, bundle, block);
        if (status != YQ_OK && status != YQ_E_UNSUPPORTED) {
            return status;
        }
        if (status == YQ_OK &&
            yq_fabric_check_block(call, bundle, &sample, &last_config) == YQ_OK) {
            return YQ_OK;
        }
    }
    return yq_fabric_fail(call, YQ_E_ANCHOR, "the sample is signed in no known dialect");
}

static yq_status put_anchor_records(
    const yq_fabric_call *call, const yq_fabric_state *state, const yq_fabric_bundle *bundle)
{
    yq_status status = yq_fabric_put_config(call, bundle->config, 0);
    for (size_t i = 0; i < state->chaincode_n && status == YQ_OK; i++) {
        if (state->chaincode[i].kind == YQ_FABRIC_BY_RULE) {
            status = yq_fabric_put_rule(call, i, state->chaincode[i].policy);
        }
    }
    return status == YQ_OK ? yq_fabric_put_header(call, state->number, &state->hash) : status;
}

yq_status yq_fabric_begin(const yq_fabric_call *call, yq_slice anchor, yq_buf *out)
{
    yq_fabric_state state = {0};
    yq_fabric_block block;
    yq_slice in, sample;
    yq_fabric_bundle *bundle = yq_fabric_room(call, 1, sizeof *bundle);
    if (bundle == NULL) {
        return yq_fabric_fail(call, YQ_E_LIMIT, "anchor");
    }
    yq_status status = take_anchor(call, anchor, &state, &in, &sample);
    if (status == YQ_OK) {
        status = sample.n == 0 ? open_anchor(call, in, &state, bundle, &block)
                               : probe(call, in, sample, &state, bundle, &block);
    }
    if (status != YQ_OK) {
        return status;
    }
    state.dialect = *call->dialect;
    state.anchor = block.number;
    state.number = block.number;
    state.hash = yq_fabric_header_hash(call, &block);
    yq_fabric_note_bundle(call, bundle, block.number, &state);
    for (size_t i = 0; i < state.chaincode_n; i++) {
        yq_fabric_chaincode *cc = &state.chaincode[i];
        cc->flags |= block.number == 0 ? YQ_FABRIC_FROM_GENESIS : 0;
        if (cc->sequence_block > block.number) {
            return yq_fabric_fail(call, YQ_E_ANCHOR, "Sequence above the anchor");
        }
    }
    status = put_anchor_records(call, &state, bundle);
    return status == YQ_OK ? yq_fabric_state_encode(call, &state, out) : status;
}
