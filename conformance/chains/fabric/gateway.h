#ifndef YQ_CONFORMANCE_CHAINS_FABRIC_GATEWAY_H
#define YQ_CONFORMANCE_CHAINS_FABRIC_GATEWAY_H

#include "conformance/chains/fabric/chain.h"
#include "conformance/chains/grpc/stream.h"

/* The Gateway service of the channel's peers, in the order of its methods at the server. */
typedef enum yq_fbmock_method {
    YQ_FBMOCK_ENDORSE = 0,
    YQ_FBMOCK_SUBMIT = 1,
    YQ_FBMOCK_COMMIT_STATUS = 2,
    YQ_FBMOCK_EVALUATE = 3,
} yq_fbmock_method;

/* A question about a transaction that waits for its block. */
typedef struct yq_fbmock_waiter {
    int waits;
    char tx_id[YQ_FBMOCK_TX_ID_SIZE];
} yq_fbmock_waiter;

/* Answers a request, or leaves it waiting. In: waiter is the stream's. */
void yq_fbmock_gateway_request(
    yq_fbmock_chain *chain,
    yq_fbmock_method method,
    yq_mock_grpc_stream *s,
    yq_fbmock_waiter *waiter,
    yq_slice message);

/* Goes on with one that waits. */
yq_mock_grpc_more yq_fbmock_gateway_more(
    yq_fbmock_chain *chain, yq_mock_grpc_stream *s, yq_fbmock_waiter *waiter);

/* "honest", "mismatch", ...; NULL past the end. */
const char *yq_fbmock_gateway_mode_name(unsigned mode);

/* ---- inner parts ---- */

/* The one message of a reply. */
void yq_fbmock_gateway_say(yq_mock_grpc_stream *s, yq_slice message);
/* Whether the channel's client signed these bytes, as the identity that it names. */
int yq_fbmock_gateway_is_signed(
    const yq_fbmock_chain *chain, yq_slice who, yq_slice bytes, yq_slice signature);

/* ---- order.c ---- */

void yq_fbmock_gateway_submit(yq_fbmock_chain *chain, yq_mock_grpc_stream *s, yq_slice message);
void yq_fbmock_gateway_status(
    const yq_fbmock_chain *chain,
    yq_mock_grpc_stream *s,
    yq_fbmock_waiter *waiter,
    yq_slice message);

#endif /* YQ_CONFORMANCE_CHAINS_FABRIC_GATEWAY_H */
