#include "adapters/cometbft/evidence.h"
#include "relay/codec/protobuf.h"

#define SET_MAX     (64u << 10)
#define MEMBERS_MAX 1024u

/* The content of a singular message or bytes field; empty when it is not there. */
static yq_slice field_of(yq_slice message, uint32_t number)
{
    yq_cur c = yq_cur_of(message);
    int found;
    return yq_pb_find(&c, number, &found);
}

static uint64_t number_of(yq_slice message, uint32_t number)
{
    yq_cur c = yq_cur_of(message);
    yq_pb_field f;
    while (yq_pb_next(&c, &f)) {
        if (f.number == number && f.type == YQ_PB_VARINT) {
            return f.value;
        }
    }
    return 0;
}

/* ValidatorSet {1 repeated Validator {2 pub_key, 3 voting_power}, ...} as a set. */
static yq_status put_set(yq_slice message, yq_writer *w, yq_fault *why)
{
    yq_cur c = yq_cur_of(message);
    yq_pb_field f;
    size_t at = w->n, n = 0;
    yq_put_u16(w, 0);
    while (yq_pb_next(&c, &f)) {
        uint8_t room[64];
        yq_writer m = yq_writer_of(room, sizeof room);
        if (f.number != 1 || f.type != YQ_PB_BYTES) {
            continue;
        }
        yq_pb_put_bytes(&m, 1, field_of(f.bytes, 2));
        yq_pb_put_varint(&m, 2, number_of(f.bytes, 3));
        if (m.status != YQ_OK || ++n > MEMBERS_MAX) {
            return yq_fail(why, YQ_E_LIMIT, f.at, "validators");
        }
        yq_put_str8(w, yq_writer_slice(&m));
    }
    if (w->status == YQ_OK) {
        yq_writer count = yq_writer_of(w->p + at, 2);
        yq_put_u16(&count, (uint16_t)n);
    }
    return yq_cur_done(&c, why);
}

yq_status yq_comet_step_of_ibc(yq_slice message, yq_writer *w, yq_fault *why)
{
    yq_slice signed_header = field_of(message, 1), header = field_of(signed_header, 1);
    uint64_t height = number_of(header, 3), trusted = number_of(field_of(message, 3), 2);
    uint8_t rooms[2][SET_MAX];
    yq_writer set = yq_writer_of(rooms[0], SET_MAX), old = yq_writer_of(rooms[1], SET_MAX);
    if (header.n == 0) {
        return yq_fail(why, YQ_E_FIELD_MISSING, 0, "signed_header");
    }
    yq_status status = put_set(field_of(message, 2), &set, why);
    if (status == YQ_OK) {
        status = put_set(field_of(message, 4), &old, why);
    }
    if (status != YQ_OK) {
        return status;
    }
    yq_put_u64(w, trusted);
    yq_put_blob32(w, header);
    yq_put_blob32(w, field_of(signed_header, 2));
    yq_put(w, yq_writer_slice(&set));
    if (height == trusted + 1 || yq_slice_equal(yq_writer_slice(&set), yq_writer_slice(&old))) {
        yq_put_u16(w, 0);
    } else {
        yq_put(w, yq_writer_slice(&old));
    }
    return w->status == YQ_OK && set.status == YQ_OK && old.status == YQ_OK
               ? YQ_OK
               : yq_fail(why, YQ_E_LIMIT, 0, "step");
}

/* Duration {1 seconds, 2 nanos} */
static uint64_t ms_of(yq_slice duration)
{
    return number_of(duration, 1) * 1000 + number_of(duration, 2) / 1000000;
}

yq_status yq_comet_ibc_client_decode(
    yq_slice client_state, yq_slice consensus_state, yq_comet_ibc_client *out, yq_fault *why)
{
    yq_slice level = field_of(client_state, 2), time = field_of(consensus_state, 1);
    *out = (yq_comet_ibc_client){
        .chain_id = field_of(client_state, 1),
        .level_num = number_of(level, 1),
        .level_den = number_of(level, 2),
        .trusting_ms = ms_of(field_of(client_state, 3)),
        .drift_ms = ms_of(field_of(client_state, 5)),
        .height = number_of(field_of(client_state, 7), 2),
        .seconds = (int64_t)number_of(time, 1),
        .nanos = (uint32_t)number_of(time, 2),
        .root = field_of(field_of(consensus_state, 2), 1),
        .next_validators = field_of(consensus_state, 3)};
    if (out->chain_id.n == 0 || out->root.n != YQ_DIGEST_SIZE ||
        out->next_validators.n != YQ_DIGEST_SIZE) {
        return yq_fail(why, YQ_E_FIELD_MISSING, 0, "client state, consensus state");
    }
    return YQ_OK;
}

yq_status yq_comet_store_proof_of_ibc(
    uint64_t height, yq_slice store, yq_slice merkle_proof, yq_writer *w, yq_fault *why)
{
    yq_cur c = yq_cur_of(merkle_proof);
    yq_pb_field f;
    size_t n = 0;
    yq_put_u64(w, height);
    yq_put_str8(w, store);
    while (yq_pb_next(&c, &f)) {
        if (f.number != 1 || !yq_pb_expect(&c, &f, YQ_PB_BYTES) || ++n > 2) {
            return yq_fail(why, YQ_E_PROOF_DEPTH, f.at, "proofs");
        }
        yq_put_blob32(w, f.bytes);
    }
    if (yq_cur_ok(&c) && n != 2) {
        return yq_fail(why, YQ_E_PROOF_DEPTH, 0, "proofs");
    }
    return yq_cur_done(&c, why);
}
