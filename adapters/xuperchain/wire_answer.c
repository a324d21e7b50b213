#include "adapters/xuperchain/fields.h"
#include "adapters/xuperchain/wire.h"

yq_status yq_xua_error_decode(yq_slice answer, uint32_t field, uint32_t *error, yq_fault *why)
{
    yq_slice header;
    yq_pb_field f;
    *error = 0;
    yq_status status = yq_xua_find(answer, field, &header, why);
    if (status != YQ_OK) {
        return status;
    }
    yq_cur c = yq_cur_of(header);
    while (yq_pb_next(&c, &f)) {
        yq_xua_take_small(&f, 3, error);
    }
    return yq_cur_done(&c, why);
}

yq_status yq_xua_status_decode(yq_slice in, yq_xua_status *out, yq_fault *why)
{
    yq_slice meta;
    yq_pb_field f;
    *out = (yq_xua_status){0};
    yq_status status = yq_xua_find(in, 3, &meta, why);
    if (status != YQ_OK) {
        return status;
    }
    yq_cur c = yq_cur_of(meta);
    while (yq_pb_next(&c, &f)) {
        yq_xua_take_bytes(&f, 1, &out->root);
        yq_xua_take_number(&f, 3, &out->height);
    }
    if (yq_cur_ok(&c) && (meta.n == 0 || out->height > INT64_MAX)) {
        yq_cur_fail_field(&c, YQ_E_FIELD_MISSING, 0, "meta");
    }
    return yq_cur_done(&c, why);
}

yq_status yq_xua_found_decode(yq_slice in, yq_xua_found *out, yq_fault *why)
{
    yq_cur c = yq_cur_of(in);
    yq_pb_field f;
    *out = (yq_xua_found){0};
    while (yq_pb_next(&c, &f)) {
        yq_xua_take_small(&f, 4, &out->status);
        yq_xua_take_bytes(&f, 5, &out->block);
    }
    return yq_cur_done(&c, why);
}

yq_status yq_xua_tx_status_decode(yq_slice in, yq_xua_tx_status *out, yq_fault *why)
{
    yq_cur c = yq_cur_of(in);
    yq_pb_field f;
    *out = (yq_xua_tx_status){0};
    while (yq_pb_next(&c, &f)) {
        yq_xua_take_small(&f, 4, &out->status);
        yq_xua_take_bytes(&f, 7, &out->tx);
    }
    return yq_cur_done(&c, why);
}

yq_status yq_xua_consensus_decode(yq_slice in, yq_xua_consensus *out, yq_fault *why)
{
    yq_cur c = yq_cur_of(in);
    yq_pb_field f;
    *out = (yq_xua_consensus){0};
    while (yq_pb_next(&c, &f)) {
        yq_xua_take_bytes(&f, 3, &out->name);
        yq_xua_take_bytes(&f, 5, &out->validators);
    }
    return yq_cur_done(&c, why);
}

static void read_answer(yq_cur *outer, yq_slice in, yq_xua_run *out)
{
    yq_cur c = yq_cur_of(in);
    yq_pb_field f;
    out->status = 0;
    out->message = (yq_slice){0};
    while (yq_pb_next(&c, &f)) {
        yq_xua_take_number(&f, 1, &out->status);
        yq_xua_take_bytes(&f, 2, &out->message);
    }
    if (!yq_cur_ok(&c)) {
        yq_cur_fail_field(outer, c.status, 0, "contract's answer");
    }
}

yq_status yq_xua_run_decode(yq_slice in, yq_xua_run *out, yq_fault *why)
{
    yq_pb_field f;
    *out = (yq_xua_run){0};
    yq_status status = yq_xua_find(in, 3, &out->response, why);
    if (status != YQ_OK) {
        return status;
    }
    yq_cur c = yq_cur_of(out->response);
    while (yq_pb_next(&c, &f)) {
        yq_slice answer = {0};
        yq_xua_take_bytes(&f, 5, &out->request);
        out->request_n += f.number == 5 && f.type == YQ_PB_BYTES ? 1 : 0;
        yq_xua_take_bytes(&f, 6, &answer);
        if (answer.p != NULL) {
            read_answer(&c, answer, out);
        }
    }
    return yq_cur_done(&c, why);
}
