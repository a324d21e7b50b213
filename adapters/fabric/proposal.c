#include "adapters/fabric/proposal.h"

#include "relay/base/bytes.h"
#include "relay/base/writer.h"
#include "relay/codec/protobuf.h"
#include "relay/crypto/crypto.h"

#define TYPE_ENDORSER 3u
#define OVERHEAD      1024u

static void put_nonempty(yq_writer *w, uint32_t number, yq_slice bytes)
{
    if (bytes.n > 0) {
        yq_pb_put_bytes(w, number, bytes);
    }
}

static void put_nonzero(yq_writer *w, uint32_t number, uint64_t value)
{
    if (value != 0) {
        yq_pb_put_varint(w, number, value);
    }
}

static yq_status finish(const yq_writer *w, yq_buf *out)
{
    out->n += w->status == YQ_OK ? w->n : 0;
    return w->status;
}

static yq_writer behind(const yq_buf *out)
{
    return yq_writer_of(out->p + out->n, out->cap - out->n);
}

size_t yq_fabric_proposal_room(const yq_fabric_invocation *call)
{
    /* The parts stand alone once, and once more in the proposal. */
    return 2 * (OVERHEAD + call->channel.n + 2 * call->chaincode.n + call->function.n +
                call->argument.n + call->creator.n);
}

/* ChaincodeID {2: name}. */
static void put_chaincode_id(yq_writer *w, uint32_t number, yq_slice name)
{
    size_t mark = yq_pb_begin(w);
    yq_pb_put_bytes(w, 2, name);
    yq_pb_end(w, mark, number);
}

/* ChannelHeader {1: type, 3: timestamp, 4: channel_id, 5: tx_id, 7: extension, 8: tls_cert_hash}.
 */
static void put_channel_header(
    yq_writer *w, const yq_fabric_invocation *call, const yq_fabric_proposal *proposal)
{
    yq_pb_put_varint(w, 1, TYPE_ENDORSER);
    size_t mark = yq_pb_begin(w);
    put_nonzero(w, 1, call->now_ms / 1000);
    put_nonzero(w, 2, call->now_ms % 1000 * 1000000);
    yq_pb_end(w, mark, 3);
    yq_pb_put_bytes(w, 4, call->channel);
    yq_pb_put_bytes(w, 5, yq_slice_text(proposal->tx_id));
    mark = yq_pb_begin(w);
    put_chaincode_id(w, 2, call->chaincode);
    yq_pb_end(w, mark, 7);
    put_nonempty(w, 8, call->tls_cert_hash);
}

/* ChaincodeProposalPayload {1: ChaincodeInvocationSpec {1: ChaincodeSpec {2: id, 3: input {1:
 * args}}}}. The chaincode's language is left out: nodes take it from the chaincode's definition. */
static void put_payload(yq_writer *w, const yq_fabric_invocation *call)
{
    size_t invocation = yq_pb_begin(w), spec = yq_pb_begin(w);
    put_chaincode_id(w, 2, call->chaincode);
    size_t input = yq_pb_begin(w);
    yq_pb_put_bytes(w, 1, call->function);
    if (call->argument.p != NULL) {
        yq_pb_put_bytes(w, 1, call->argument);
    }
    yq_pb_end(w, input, 3);
    yq_pb_end(w, spec, 1);
    yq_pb_end(w, invocation, 1);
}

static yq_slice since(const yq_writer *w, size_t mark)
{
    return yq_slice_of(w->p + mark, w->n - mark);
}

yq_status yq_fabric_propose(
    const yq_fabric_invocation *call, yq_buf *room, yq_fabric_proposal *proposal)
{
    uint8_t md[YQ_DIGEST_SIZE];
    const yq_slice part[] = {YQ_SLICE_OF(call->nonce), call->creator};
    yq_writer w = behind(room);
    *proposal = (yq_fabric_proposal){
        .tx_hash = call->tx_hash, .channel = call->channel, .chaincode = call->chaincode};
    yq_hash(call->tx_hash, part, YQ_ARRAY_N(part), md);
    (void)yq_hex_encode(proposal->tx_id, sizeof proposal->tx_id, md, sizeof md);
    put_channel_header(&w, call, proposal);
    proposal->channel_header = since(&w, 0);
    size_t mark = w.n;
    put_nonempty(&w, 1, call->creator);
    yq_pb_put_bytes(&w, 2, part[0]);
    proposal->signature_header = since(&w, mark);
    mark = w.n;
    put_payload(&w, call);
    proposal->payload = since(&w, mark);
    mark = w.n;
    size_t header = yq_pb_begin(&w);
    yq_pb_put_bytes(&w, 1, proposal->channel_header);
    yq_pb_put_bytes(&w, 2, proposal->signature_header);
    yq_pb_end(&w, header, 1);
    yq_pb_put_bytes(&w, 2, proposal->payload);
    proposal->bytes = since(&w, mark);
    return finish(&w, room);
}

/* ---- requests ---- */

yq_status yq_fabric_endorse_request(
    const yq_fabric_proposal *proposal, yq_slice signature, yq_buf *out)
{
    yq_writer w = behind(out);
    yq_pb_put_bytes(&w, 1, yq_slice_text(proposal->tx_id));
    yq_pb_put_bytes(&w, 2, proposal->channel);
    size_t mark = yq_pb_begin(&w);
    yq_pb_put_bytes(&w, 1, proposal->bytes);
    put_nonempty(&w, 2, signature);
    yq_pb_end(&w, mark, 3);
    return finish(&w, out);
}

yq_status yq_fabric_submit_request(
    const yq_fabric_proposal *proposal, yq_slice payload, yq_slice signature, yq_buf *out)
{
    yq_writer w = behind(out);
    yq_pb_put_bytes(&w, 1, yq_slice_text(proposal->tx_id));
    yq_pb_put_bytes(&w, 2, proposal->channel);
    size_t mark = yq_pb_begin(&w);
    yq_pb_put_bytes(&w, 1, payload);
    put_nonempty(&w, 2, signature);
    yq_pb_end(&w, mark, 3);
    return finish(&w, out);
}

yq_status yq_fabric_status_request(yq_slice tx_id, yq_slice channel, yq_slice creator, yq_buf *out)
{
    yq_writer w = behind(out);
    yq_pb_put_bytes(&w, 1, tx_id);
    yq_pb_put_bytes(&w, 2, channel);
    put_nonempty(&w, 3, creator);
    return finish(&w, out);
}

yq_status yq_fabric_status_signed(yq_slice request, yq_slice signature, yq_buf *out)
{
    yq_writer w = behind(out);
    yq_pb_put_bytes(&w, 1, request);
    put_nonempty(&w, 2, signature);
    return finish(&w, out);
}
