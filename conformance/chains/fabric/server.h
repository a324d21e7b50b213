#ifndef YQ_CONFORMANCE_CHAINS_FABRIC_SERVER_H
#define YQ_CONFORMANCE_CHAINS_FABRIC_SERVER_H

#include "conformance/chains/fabric/store.h"
#include "conformance/chains/grpc/server.h"

struct event_base;

/* Deliver of an orderer and of a peer. */
typedef struct yq_fbmock_server yq_fbmock_server;

#define YQ_FBMOCK_REQUEST_MAX (64u << 10)  /* one envelope */
#define YQ_FBMOCK_PENDING_MAX (128u << 10) /* not read yet, of one stream */

/* Listens. In: port 0: any free one; store outlives the server. Errors: E_IO. */
YQ_NODISCARD yq_status yq_fbmock_server_open(
    struct event_base *base,
    uint16_t port,
    const yq_fbmock_store *store,
    yq_fbmock_server **out,
    yq_fault *why);
uint16_t yq_fbmock_server_port(const yq_fbmock_server *server);

/* Goes on with the streams that wait for a block. */
void yq_fbmock_server_wake(yq_fbmock_server *server);
void yq_fbmock_server_close(yq_fbmock_server *server);

#endif /* YQ_CONFORMANCE_CHAINS_FABRIC_SERVER_H */
