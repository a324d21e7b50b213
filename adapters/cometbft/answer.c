#include "adapters/cometbft/packet.h"
#include "relay/codec/base64.h"

static yq_status take_base64(
    const yq_json *object, const char *key, yq_writer *room, yq_slice *out, yq_fault *why)
{
    yq_slice text;
    if (!yq_json_text(yq_json_get(object, key), &text)) {
        return yq_fail(why, YQ_E_FIELD_MISSING, 0, key);
    }
    yq_buf made = {room->p + room->n, room->cap - room->n, 0};
    yq_status status = yq_base64_decode(text, &made, why);
    if (status != YQ_OK) {
        return yq_fail(why, status, 0, key);
    }
    *out = yq_slice_of(made.p, made.n);
    room->n += made.n;
    return YQ_OK;
}

static yq_status take_proofs(
    const yq_json *ops, yq_writer *room, yq_comet_answer *out, yq_fault *why)
{
    if (yq_json_count(ops) != YQ_ARRAY_N(out->proof)) {
        return yq_fail(why, YQ_E_PROOF_TYPE, 0, "proofOps: not the two proofs of a key in a store");
    }
    for (size_t i = 0; i < YQ_ARRAY_N(out->proof); i++) {
        const yq_json *op = yq_json_at(ops, i);
        yq_slice type = {0};
        (void)yq_json_text(yq_json_get(op, "type"), &type);
        if (type.n < 6 || memcmp(type.p, "ics23:", 6) != 0) {
            return yq_fail(why, YQ_E_PROOF_TYPE, 0, "proofOps: type is not ics23");
        }
        yq_status status = take_base64(op, "data", room, &out->proof[i], why);
        if (status != YQ_OK) {
            return status;
        }
    }
    return YQ_OK;
}

yq_status yq_comet_answer_read(
    const yq_json *result, yq_writer *room, yq_comet_answer *out, yq_fault *why)
{
    const yq_json *response = yq_json_get(result, "response");
    const yq_json *code = yq_json_get(response, "code");
    const yq_json *proofs = yq_json_get(response, "proofOps");
    uint64_t value = 0;
    *out = (yq_comet_answer){0};
    if (code != NULL && (!yq_json_quantity(code, &value) || value != 0)) {
        return yq_fail(why, YQ_E_PEER, 0, "abci_query: the application has no answer");
    }
    proofs = proofs != NULL ? proofs : yq_json_get(response, "proof_ops");
    yq_status status = take_proofs(yq_json_get(proofs, "ops"), room, out, why);
    return status == YQ_OK ? take_base64(response, "value", room, &out->value, why) : status;
}
