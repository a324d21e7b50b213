/* The Gateway service: ordering, and what became of a transaction. */
#include "conformance/chains/fabric/gateway.h"
#include "conformance/chains/fabric/propose.h"
#include "relay/base/assert.h"
#include "relay/base/bytes.h"
#include "relay/codec/protobuf.h"

/* ---- Submit ---- */

static const yq_fbmock_prepared *find_prepared(
    const yq_fbmock_chain *chain, const yq_fbmock_submission *in)
{
    for (const yq_fbmock_prepared *p = chain->prepared; p != NULL; p = p->next) {
        if (yq_slice_equal(in->tx_id, yq_slice_text(p->tx_id)) &&
            yq_slice_equal(in->payload, yq_slice_of(p->payload, p->payload_n))) {
            return p;
        }
    }
    return NULL;
}

/* Another client's packet, which changes what the transaction has read. */
static void interfere(yq_fbmock_chain *chain)
{
    uint8_t room[256];
    char tx_id[YQ_FBMOCK_TX_ID_SIZE];
    yq_buf argument = {room, sizeof room, 0};
    const yq_send message = {
        .service = yq_slice_text("other"),
        .dst_chain = yq_slice_text("city-410100"),
        .dst_service = yq_slice_text("other"),
        .payload = yq_slice_text("first")};
    YQ_ASSERT(yq_send_encode(&message, &argument) == YQ_OK);
    YQ_ASSERT(
        yq_fbmock_call_inbox(chain, "sendMessage", yq_slice_of(room, argument.n), tx_id) == YQ_OK);
}

static void order(
    yq_fbmock_chain *chain, const yq_fbmock_prepared *prepared, const yq_fbmock_submission *in)
{
    unsigned times = chain->gateway == YQ_FBMOCK_GATEWAY_TWICE      ? 2
                     : chain->gateway == YQ_FBMOCK_GATEWAY_SWALLOWS ? 0
                                                                    : 1;
    if (chain->gateway == YQ_FBMOCK_GATEWAY_CONFLICT) {
        interfere(chain);
    }
    while (times-- > 0) {
        YQ_ASSERT(yq_fbmock_order(chain, prepared, in->payload, in->signature) == YQ_OK);
    }
}

void yq_fbmock_gateway_submit(yq_fbmock_chain *chain, yq_mock_grpc_stream *s, yq_slice message)
{
    yq_fbmock_submission in;
    yq_fault why = {0};
    if (yq_fbmock_submission_decode(message, &in, &why) != YQ_OK) {
        yq_mock_grpc_fail(s, YQ_MOCK_GRPC_BAD_REQUEST, why.text, (yq_slice){0});
        return;
    }
    const yq_fbmock_prepared *prepared = find_prepared(chain, &in);
    yq_slice client = yq_slice_of(chain->client.identity, chain->client.identity_n);
    if (prepared == NULL || !yq_fbmock_gateway_is_signed(chain, client, in.payload, in.signature) ||
        chain->gateway == YQ_FBMOCK_GATEWAY_NOT_ORDERED) {
        yq_mock_grpc_fail(
            s,
            YQ_MOCK_GRPC_ABORTED,
            "received unsuccessful response from orderer: status=FORBIDDEN",
            (yq_slice){0});
        return;
    }
    order(chain, prepared, &in);
    if (chain->gateway == YQ_FBMOCK_GATEWAY_LOST_ANSWER) {
        yq_mock_grpc_fail(
            s,
            YQ_MOCK_GRPC_UNAVAILABLE,
            "insufficient number of orderers could successfully process transaction",
            (yq_slice){0});
        return;
    }
    yq_fbmock_gateway_say(s, (yq_slice){0}); /* SubmitResponse has no fields */
}

/* ---- CommitStatus ---- */

static uint32_t told_code(yq_fbmock_chain *chain, const yq_fbmock_fate *fate)
{
    if (chain->gateway == YQ_FBMOCK_GATEWAY_PHANTOM) {
        return YQ_FBMOCK_CODE_PHANTOM;
    }
    if (chain->gateway == YQ_FBMOCK_GATEWAY_TWO_FACED && chain->asked++ % 2 == 1) {
        return fate->code == YQ_FBMOCK_CODE_VALID ? YQ_FBMOCK_CODE_POLICY : YQ_FBMOCK_CODE_VALID;
    }
    return fate->code;
}

yq_mock_grpc_more yq_fbmock_gateway_more(
    yq_fbmock_chain *chain, yq_mock_grpc_stream *s, yq_fbmock_waiter *waiter)
{
    uint8_t room[32];
    yq_writer w = yq_writer_of(room, sizeof room);
    const yq_fbmock_fate *fate = yq_fbmock_fate_of(chain, yq_slice_text(waiter->tx_id));
    if (fate == NULL) {
        return YQ_MOCK_GRPC_WAIT;
    }
    waiter->waits = 0;
    uint32_t code = told_code(chain, fate);
    if (code != YQ_FBMOCK_CODE_VALID) {
        yq_pb_put_varint(&w, 1, code);
    }
    yq_pb_put_varint(&w, 2, fate->block);
    yq_fbmock_gateway_say(s, yq_writer_slice(&w));
    return YQ_MOCK_GRPC_MADE;
}

void yq_fbmock_gateway_status(
    const yq_fbmock_chain *chain,
    yq_mock_grpc_stream *s,
    yq_fbmock_waiter *waiter,
    yq_slice message)
{
    yq_fbmock_question q;
    yq_fault why = {0};
    if (yq_fbmock_question_decode(message, &q, &why) != YQ_OK ||
        q.tx_id.n >= sizeof waiter->tx_id) {
        yq_mock_grpc_fail(s, YQ_MOCK_GRPC_BAD_REQUEST, "status request", (yq_slice){0});
    } else if (!yq_fbmock_gateway_is_signed(chain, q.identity, q.request, q.signature)) {
        yq_mock_grpc_fail(s, YQ_MOCK_GRPC_FORBIDDEN, "access denied", (yq_slice){0});
    } else if (!yq_slice_equal(q.channel, yq_slice_text(chain->channel))) {
        yq_mock_grpc_fail(s, YQ_MOCK_GRPC_PRECONDITION, "channel", (yq_slice){0});
    } else {
        waiter->waits = 1;
        memcpy(waiter->tx_id, q.tx_id.p, q.tx_id.n);
        waiter->tx_id[q.tx_id.n] = '\0';
    }
}
