#include "conformance/chains/fabric/chain.h"
#include "relay/base/assert.h"
#include "relay/base/bytes.h"
#include "relay/codec/protobuf.h"

#define TYPE_ENDORSER 3u
#define GOLANG        1u
#define NONCE_SIZE    24u
#define STATUS_GOOD   200u

static void nonce_of(const yq_fbmock_chain *chain, uint64_t n, uint8_t out[YQ_DIGEST_SIZE])
{
    uint8_t room[YQ_DIGEST_SIZE + 8];
    yq_writer w = yq_writer_of(room, sizeof room);
    yq_put(&w, YQ_SLICE_OF(chain->seed));
    yq_put_u64(&w, n);
    yq_hash_one(YQ_HASH_SHA256, yq_writer_slice(&w), out);
}

static yq_slice identity_of(const yq_fbmock_member *m)
{
    return yq_slice_of(m->identity, m->identity_n);
}

void yq_fbmock_tx_id(const yq_fbmock_chain *chain, uint64_t nonce, char *tx_id)
{
    uint8_t raw[YQ_DIGEST_SIZE], md[YQ_DIGEST_SIZE];
    nonce_of(chain, nonce, raw);
    const yq_slice part[] = {yq_slice_of(raw, NONCE_SIZE), identity_of(&chain->client)};
    yq_hash(YQ_HASH_SHA256, part, YQ_ARRAY_N(part), md);
    yq_hex_encode(tx_id, YQ_FBMOCK_TX_ID_SIZE, md, sizeof md);
}

static void put_chaincode_id(yq_writer *w, uint32_t number, const char *name, const char *version)
{
    size_t mark = yq_pb_begin(w);
    yq_pb_put_bytes(w, 2, yq_slice_text(name));
    if (version != NULL) {
        yq_pb_put_bytes(w, 3, yq_slice_text(version));
    }
    yq_pb_end(w, mark, number);
}

static void put_channel_header(
    const yq_fbmock_chain *chain, const yq_fbmock_call *call, const char *tx_id, yq_writer *w)
{
    yq_pb_put_varint(w, 1, TYPE_ENDORSER);
    size_t mark = yq_pb_begin(w);
    yq_pb_put_varint(w, 1, call->time_ms / 1000);
    yq_pb_end(w, mark, 3);
    yq_pb_put_bytes(w, 4, yq_slice_text(chain->channel));
    yq_pb_put_bytes(w, 5, yq_slice_text(tx_id));
    mark = yq_pb_begin(w);
    put_chaincode_id(w, 2, call->chaincode, NULL);
    yq_pb_end(w, mark, 7);
}

/* ChaincodeProposalPayload {1: ChaincodeInvocationSpec {1: ChaincodeSpec}}. */
static void put_proposal(const yq_fbmock_call *call, yq_writer *w)
{
    size_t invocation = yq_pb_begin(w), spec = yq_pb_begin(w);
    yq_pb_put_varint(w, 1, GOLANG);
    put_chaincode_id(w, 2, call->chaincode, NULL);
    size_t input = yq_pb_begin(w);
    yq_pb_put_bytes(w, 1, yq_slice_text(call->function));
    yq_pb_put_bytes(w, 1, call->argument);
    yq_pb_end(w, input, 3);
    yq_pb_end(w, spec, 1);
    yq_pb_end(w, invocation, 1);
}

static void put_event(const yq_fbmock_call *call, const char *tx_id, int altered, yq_writer *w)
{
    size_t mark = yq_pb_begin(w);
    yq_pb_put_bytes(w, 1, yq_slice_text(call->event_chaincode));
    yq_pb_put_bytes(w, 2, yq_slice_text(tx_id));
    yq_pb_put_bytes(w, 3, yq_slice_text(call->event_name));
    size_t payload = yq_pb_begin(w);
    yq_put(w, call->event);
    if (altered) {
        yq_put_u8(w, '!');
    }
    yq_pb_end(w, payload, 4);
    yq_pb_end(w, mark, 2);
}

/* ProposalResponsePayload. */
static void put_response(
    const yq_fbmock_call *call,
    const uint8_t *proposal,
    const char *tx_id,
    int altered,
    yq_writer *w)
{
    yq_pb_put_bytes(w, 1, yq_slice_of(proposal, YQ_DIGEST_SIZE));
    size_t action = yq_pb_begin(w);
    yq_pb_put_bytes(w, 1, call->results);
    if (call->has_event) {
        put_event(call, tx_id, altered, w);
    }
    size_t mark = yq_pb_begin(w);
    yq_pb_put_varint(w, 1, call->status == 0 ? STATUS_GOOD : call->status);
    yq_pb_end(w, mark, 3);
    put_chaincode_id(w, 4, call->chaincode, call->version);
    yq_pb_end(w, action, 2);
}

/* Each organisation's peer signs the response that it computed. */
static void put_endorsements(
    const yq_fbmock_chain *chain, yq_slice response, size_t missing_n, yq_writer *w)
{
    for (size_t i = missing_n; i < YQ_FBMOCK_ORGS; i++) {
        uint8_t signature[80];
        const yq_slice part[] = {response, identity_of(&chain->peer[i])};
        size_t n = yq_fbmock_sign(&chain->peer[i], part, YQ_ARRAY_N(part), signature);
        size_t mark = yq_pb_begin(w);
        yq_pb_put_bytes(w, 1, part[1]);
        yq_pb_put_bytes(w, 2, yq_slice_of(signature, n));
        yq_pb_end(w, mark, 2);
    }
}

void yq_fbmock_put_payload(
    const yq_fbmock_chain *chain,
    const yq_fbmock_call *call,
    const yq_slice part[3],
    const char *tx_id,
    yq_writer *w)
{
    static uint8_t room[2][YQ_FBMOCK_ENVELOPE_MAX];
    uint8_t md[YQ_DIGEST_SIZE];
    yq_writer response = yq_writer_of(room[0], sizeof room[0]);
    yq_writer shown = yq_writer_of(room[1], sizeof room[1]);
    yq_hash(YQ_HASH_SHA256, part, 3, md);
    md[0] ^= call->has_other_hash ? 1 : 0;
    put_response(call, md, tx_id, 0, &response);
    put_response(call, md, tx_id, call->is_altered, &shown);
    size_t header = yq_pb_begin(w);
    yq_pb_put_bytes(w, 1, part[0]);
    yq_pb_put_bytes(w, 2, part[1]);
    yq_pb_end(w, header, 1);
    size_t tx = yq_pb_begin(w), action = yq_pb_begin(w);
    yq_pb_put_bytes(w, 1, part[1]);
    size_t payload = yq_pb_begin(w);
    yq_pb_put_bytes(w, 1, part[2]);
    size_t endorsed = yq_pb_begin(w);
    yq_pb_put_bytes(w, 1, yq_writer_slice(&shown));
    put_endorsements(chain, yq_writer_slice(&response), call->missing_n, w);
    yq_pb_end(w, endorsed, 2);
    yq_pb_end(w, payload, 2);
    yq_pb_end(w, action, 1);
    yq_pb_end(w, tx, 2);
    YQ_ASSERT(shown.status == YQ_OK && w->status == YQ_OK);
}

void yq_fbmock_put_tx(
    const yq_fbmock_chain *chain, const yq_fbmock_call *call, yq_writer *w, char *tx_id)
{
    static uint8_t room[2][YQ_FBMOCK_ENVELOPE_MAX];
    uint8_t head_room[512], signer_room[YQ_FBMOCK_PEM_MAX + 128], nonce[YQ_DIGEST_SIZE];
    uint8_t signature[80];
    yq_writer head = yq_writer_of(head_room, sizeof head_room);
    yq_writer signer = yq_writer_of(signer_room, sizeof signer_room);
    yq_writer proposal = yq_writer_of(room[0], sizeof room[0]);
    yq_writer out = yq_writer_of(room[1], sizeof room[1]);
    yq_fbmock_tx_id(chain, call->nonce, tx_id);
    nonce_of(chain, call->nonce, nonce);
    put_channel_header(chain, call, tx_id, &head);
    yq_pb_put_bytes(&signer, 1, identity_of(&chain->client));
    yq_pb_put_bytes(&signer, 2, yq_slice_of(nonce, NONCE_SIZE));
    put_proposal(call, &proposal);
    const yq_slice part[] = {
        yq_writer_slice(&head), yq_writer_slice(&signer), yq_writer_slice(&proposal)};
    yq_fbmock_put_payload(chain, call, part, tx_id, &out);
    const yq_slice signed_bytes = yq_writer_slice(&out);
    size_t n = yq_fbmock_sign(&chain->client, &signed_bytes, 1, signature);
    yq_pb_put_bytes(w, 1, signed_bytes);
    yq_pb_put_bytes(w, 2, yq_slice_of(signature, n));
    YQ_ASSERT(w->status == YQ_OK);
}
