#include "light-clients/cometbft/ics23.h"
#include "relay/codec/protobuf.h"

/* LeafOp {1 hash, 2 prehash_key, 3 prehash_value, 4 length, 5 prefix} */
static void read_leaf(yq_cur *outer, const yq_pb_field *message, yq_ics23_leaf *out)
{
    yq_cur c = yq_cur_of(message->bytes);
    yq_pb_field f = {0};
    uint64_t *const number[] = {&out->hash, &out->prehash_key, &out->prehash_value, &out->length};
    *out = (yq_ics23_leaf){0};
    while (yq_pb_next_canonical(&c, &f, 0, 0)) {
        if (f.number <= 4 && yq_pb_expect(&c, &f, YQ_PB_VARINT)) {
            *number[f.number - 1] = f.value;
        } else if (f.number == 5 && yq_pb_expect(&c, &f, YQ_PB_BYTES)) {
            out->prefix = f.bytes;
        } else {
            yq_cur_fail(&c, YQ_E_FIELD_UNKNOWN, f.at);
        }
    }
    if (out->prefix.n > YQ_ICS23_PREFIX_MAX) {
        yq_cur_fail(&c, YQ_E_LIMIT, 0);
    }
    yq_comet_pass_on(outer, &c, message->at, "leaf");
}

/* InnerOp {1 hash, 2 prefix, 3 suffix} */
static void read_inner(yq_cur *outer, const yq_pb_field *message, yq_ics23_inner *out)
{
    yq_cur c = yq_cur_of(message->bytes);
    yq_pb_field f = {0};
    *out = (yq_ics23_inner){0};
    while (yq_pb_next_canonical(&c, &f, 0, 0)) {
        if (f.number == 1 && yq_pb_expect(&c, &f, YQ_PB_VARINT)) {
            out->hash = f.value;
        } else if (f.number == 2 && yq_pb_expect(&c, &f, YQ_PB_BYTES)) {
            out->prefix = f.bytes;
        } else if (f.number == 3 && yq_pb_expect(&c, &f, YQ_PB_BYTES)) {
            out->suffix = f.bytes;
        } else {
            yq_cur_fail(&c, YQ_E_FIELD_UNKNOWN, f.at);
        }
    }
    if (out->prefix.n > YQ_ICS23_PREFIX_MAX || out->suffix.n > YQ_ICS23_PREFIX_MAX) {
        yq_cur_fail(&c, YQ_E_LIMIT, 0);
    }
    yq_comet_pass_on(outer, &c, message->at, "path");
}

/* ExistenceProof {1 key, 2 value, 3 leaf, 4 repeated path} */
static void read_exist(
    const yq_comet_call *call, yq_cur *outer, const yq_pb_field *message, yq_ics23_exist *out)
{
    if (!yq_pb_expect(outer, message, YQ_PB_BYTES)) {
        return;
    }
    yq_cur c = yq_cur_of(message->bytes);
    yq_pb_field f = {0};
    *out = (yq_ics23_exist){
        .step = call->host->scratch(call->host->self, YQ_ICS23_STEPS_MAX * sizeof *out->step)};
    if (out->step == NULL) {
        yq_cur_fail_field(outer, YQ_E_LIMIT, message->at, "path");
        return;
    }
    while (yq_pb_next_canonical(&c, &f, YQ_PB_BIT(4), YQ_PB_BIT(3))) {
        if (!yq_pb_expect(&c, &f, YQ_PB_BYTES)) {
            break;
        }
        if (f.number == 1) {
            out->key = f.bytes;
        } else if (f.number == 2) {
            out->value = f.bytes;
        } else if (f.number == 3) {
            read_leaf(&c, &f, &out->leaf);
            out->has_leaf = 1;
        } else if (f.number != 4) {
            yq_cur_fail(&c, YQ_E_FIELD_UNKNOWN, f.at);
        } else if (out->n == YQ_ICS23_STEPS_MAX) {
            yq_cur_fail_field(&c, YQ_E_PROOF_DEPTH, f.at, "path");
        } else {
            read_inner(&c, &f, &out->step[out->n++]);
        }
    }
    if (out->key.n > YQ_ICS23_VALUE_MAX || out->value.n > YQ_ICS23_VALUE_MAX) {
        yq_cur_fail(&c, YQ_E_LIMIT, 0);
    }
    yq_comet_pass_on(outer, &c, message->at, "existence proof");
}

/* NonExistenceProof {1 key, 2 left, 3 right} */
static void read_absent(
    const yq_comet_call *call, yq_cur *outer, const yq_pb_field *message, yq_ics23_proof *out)
{
    if (!yq_pb_expect(outer, message, YQ_PB_BYTES)) {
        return;
    }
    yq_cur c = yq_cur_of(message->bytes);
    yq_pb_field f = {0};
    while (yq_pb_next_canonical(&c, &f, 0, 0)) {
        if (f.number == 1 && yq_pb_expect(&c, &f, YQ_PB_BYTES)) {
            out->key = f.bytes;
        } else if (f.number == 2 || f.number == 3) {
            read_exist(call, &c, &f, &out->exist[f.number - 2]);
            out->has[f.number - 2] = 1;
        } else {
            yq_cur_fail(&c, YQ_E_FIELD_UNKNOWN, f.at);
        }
    }
    yq_comet_pass_on(outer, &c, message->at, "absence proof");
}

yq_status yq_ics23_decode(const yq_comet_call *call, yq_slice in, yq_ics23_proof *out)
{
    yq_cur c = yq_cur_of(in);
    yq_pb_field f = {0};
    int seen = 0;
    *out = (yq_ics23_proof){0};
    while (yq_pb_next_canonical(&c, &f, 0, YQ_PB_BIT(1) | YQ_PB_BIT(2))) {
        if (seen++ > 0) {
            yq_cur_fail(&c, YQ_E_PROOF_NONCANONICAL, f.at);
        } else if (f.number == 1) {
            read_exist(call, &c, &f, &out->exist[0]);
            out->has[0] = 1;
        } else if (f.number == 2) {
            out->absent = 1;
            read_absent(call, &c, &f, out);
        } else {
            yq_cur_fail_field(&c, YQ_E_PROOF_TYPE, f.at, "batch");
        }
    }
    if (seen == 0) {
        yq_cur_fail(&c, YQ_E_PROOF_INCOMPLETE, 0);
    }
    return yq_cur_done(&c, call->why);
}
