#ifndef YQ_CONFORMANCE_CHAINS_GRPC_SERVER_H
#define YQ_CONFORMANCE_CHAINS_GRPC_SERVER_H

#include "conformance/chains/grpc/stream.h"

struct event_base;

/*
 * A gRPC server over clear-text HTTP/2 with prior knowledge, on 127.0.0.1. Everything that a client
 * can make grow is bounded; a client that breaks a bound or the protocol loses its stream or its
 * connection, and the others go on.
 */
typedef struct yq_mock_grpc_server yq_mock_grpc_server;

#define YQ_MOCK_GRPC_CONNECTIONS_MAX 128u
#define YQ_MOCK_GRPC_STREAMS_MAX     128u

/* Listens. In: port 0: any free one; service is copied, what it points at outlives the server.
 * Errors: E_IO. */
YQ_NODISCARD yq_status yq_mock_grpc_server_open(
    struct event_base *base,
    uint16_t port,
    const yq_mock_grpc_service *service,
    yq_mock_grpc_server **out,
    yq_fault *why);
uint16_t yq_mock_grpc_server_port(const yq_mock_grpc_server *server);

/* Goes on with the streams that wait. */
void yq_mock_grpc_server_wake(yq_mock_grpc_server *server);
void yq_mock_grpc_server_close(yq_mock_grpc_server *server);

#endif /* YQ_CONFORMANCE_CHAINS_GRPC_SERVER_H */
