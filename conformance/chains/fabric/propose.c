#include "conformance/chains/fabric/propose.h"

#include "relay/codec/protobuf.h"

/* A field of bytes that must be there, once. Failures are sticky in outer. */
static yq_slice take(yq_cur *outer, yq_slice in, uint32_t number, const char *name)
{
    yq_cur c = yq_cur_of(in);
    int found;
    if (!yq_cur_ok(outer)) {
        return (yq_slice){0};
    }
    yq_slice bytes = yq_pb_find(&c, number, &found);
    if (yq_cur_ok(&c) && !found) {
        yq_cur_fail(&c, YQ_E_FIELD_MISSING, in.n);
    }
    if (!yq_cur_ok(&c)) {
        yq_cur_fail_field(outer, c.status, c.bad_at, name);
    }
    return bytes;
}

/* The nth argument; empty past the end. */
static yq_slice nth_argument(yq_cur *outer, yq_slice input, unsigned nth)
{
    yq_cur c = yq_cur_of(input);
    yq_pb_field f;
    while (yq_pb_next(&c, &f)) {
        if (f.number == 1 && f.type == YQ_PB_BYTES && nth-- == 0) {
            return f.bytes;
        }
    }
    if (!yq_cur_ok(&c)) {
        yq_cur_fail_field(outer, c.status, c.bad_at, "args");
    }
    return (yq_slice){0};
}

static uint64_t type_of(yq_cur *outer, yq_slice header)
{
    yq_cur c = yq_cur_of(header);
    yq_pb_field f;
    uint64_t seen = 0, type = 0;
    while (yq_pb_next(&c, &f)) {
        if (f.number == 1 && yq_pb_once(&c, &f, YQ_PB_VARINT, &seen)) {
            type = f.value;
        }
    }
    if (!yq_cur_ok(&c)) {
        yq_cur_fail_field(outer, c.status, c.bad_at, "type");
    }
    return type;
}

static void take_call(yq_cur *c, yq_fbmock_proposal *out)
{
    yq_slice spec = take(c, take(c, out->payload, 1, "input"), 1, "chaincode_spec");
    yq_slice input = take(c, spec, 3, "chaincode_input");
    out->chaincode = take(c, take(c, spec, 2, "chaincode_id"), 2, "name");
    out->function = nth_argument(c, input, 0);
    out->argument = nth_argument(c, input, 1);
}

yq_status yq_fbmock_proposal_decode(yq_slice in, yq_fbmock_proposal *out, yq_fault *why)
{
    yq_cur c = yq_cur_of(in);
    *out = (yq_fbmock_proposal){0};
    out->tx_id = take(&c, in, 1, "transaction_id");
    out->channel = take(&c, in, 2, "channel_id");
    yq_slice proposed = take(&c, in, 3, "proposed_transaction");
    out->bytes = take(&c, proposed, 1, "proposal_bytes");
    out->signature = take(&c, proposed, 2, "signature");
    yq_slice header = take(&c, out->bytes, 1, "header");
    out->payload = take(&c, out->bytes, 2, "payload");
    out->channel_header = take(&c, header, 1, "channel_header");
    out->signature_header = take(&c, header, 2, "signature_header");
    out->type = type_of(&c, out->channel_header);
    out->header_channel = take(&c, out->channel_header, 4, "channel_id");
    out->header_tx_id = take(&c, out->channel_header, 5, "tx_id");
    yq_slice extension = take(&c, out->channel_header, 7, "extension");
    out->header_chaincode = take(&c, take(&c, extension, 2, "chaincode_id"), 2, "name");
    out->creator = take(&c, out->signature_header, 1, "creator");
    out->nonce = take(&c, out->signature_header, 2, "nonce");
    take_call(&c, out);
    return yq_cur_status(&c, why);
}

yq_status yq_fbmock_submission_decode(yq_slice in, yq_fbmock_submission *out, yq_fault *why)
{
    yq_cur c = yq_cur_of(in);
    *out = (yq_fbmock_submission){0};
    out->tx_id = take(&c, in, 1, "transaction_id");
    out->channel = take(&c, in, 2, "channel_id");
    yq_slice envelope = take(&c, in, 3, "prepared_transaction");
    out->payload = take(&c, envelope, 1, "payload");
    out->signature = take(&c, envelope, 2, "signature");
    return yq_cur_status(&c, why);
}

yq_status yq_fbmock_question_decode(yq_slice in, yq_fbmock_question *out, yq_fault *why)
{
    yq_cur c = yq_cur_of(in);
    *out = (yq_fbmock_question){0};
    out->request = take(&c, in, 1, "request");
    out->signature = take(&c, in, 2, "signature");
    out->tx_id = take(&c, out->request, 1, "transaction_id");
    out->channel = take(&c, out->request, 2, "channel_id");
    out->identity = take(&c, out->request, 3, "identity");
    return yq_cur_status(&c, why);
}
