#ifndef YQ_CONFORMANCE_CHAINS_FABRIC_SERVER_H
#define YQ_CONFORMANCE_CHAINS_FABRIC_SERVER_H

#include "conformance/chains/fabric/chain.h"
#include "conformance/chains/grpc/server.h"

struct event_base;

/* Deliver of an orderer and of a peer; Gateway of a peer. */
typedef struct yq_fbmock_server yq_fbmock_server;

#define YQ_FBMOCK_REQUEST_MAX (2u << 20) /* one message */
#define YQ_FBMOCK_PENDING_MAX (3u << 20) /* not read yet, of one stream */

/* Listens. In: port 0: any free one; store outlives the server. Errors: E_IO. */
YQ_NODISCARD yq_status yq_fbmock_server_open(
    struct event_base *base,
    uint16_t port,
    const yq_fbmock_store *store,
    yq_fbmock_server **out,
    yq_fault *why);

/* Serves Gateway too; without it such calls are not implemented, as by peers before 2.4. In:
 * waiting is told when a transaction waits for a block; both outlive the server. */
void yq_fbmock_server_serve(
    yq_fbmock_server *server, yq_fbmock_chain *chain, void (*waiting)(void *self), void *self);
uint16_t yq_fbmock_server_port(const yq_fbmock_server *server);

/* Goes on with the streams that wait for a block. */
void yq_fbmock_server_wake(yq_fbmock_server *server);
void yq_fbmock_server_close(yq_fbmock_server *server);

#endif /* YQ_CONFORMANCE_CHAINS_FABRIC_SERVER_H */
