#ifndef YQ_ADAPTERS_GRPC_LINK_H
#define YQ_ADAPTERS_GRPC_LINK_H

#include "adapters/grpc/frame.h"

/* gRPC calls to one node, over HTTP/2 of libcurl: a message goes out, messages come in. */

/* How to reach nodes; texts and self outlive the links. */
typedef struct yq_grpc_access {
    const char *tls_ca, *tls_cert, *tls_key; /* files in PEM; NULL: none */
    size_t message_max;                      /* of a message that comes in */
    int (*stopping)(void *self);             /* not 0: give the call up */
    void *self;
} yq_grpc_access;

typedef struct yq_grpc_link yq_grpc_link;

/* Opens a link; does not connect. In: url, "https://HOST:PORT" or "http://HOST:PORT" (clear-text
 * HTTP/2 with prior knowledge). Returns NULL out of memory. Owns: free with close. */
yq_grpc_link *yq_grpc_link_open(const yq_grpc_access *access, const char *url);
void yq_grpc_link_close(yq_grpc_link *link);

/* Takes a message; the slice lives for the call. Not OK: the call is given up with that status. */
typedef yq_status (*yq_grpc_take)(void *self, yq_slice message);

/*
 * Calls a method ("/package.Service/Method") with one message and hands each message of the reply
 * to take. Errors: E_UNAVAILABLE, E_TIMEOUT, those of yq_grpc_outcome, E_LIMIT (a message larger
 * than message_max), E_NONCANONICAL, E_UNSUPPORTED (compressed), E_MEMORY, what take gave. Cost: a
 * connection of its own.
 */
YQ_NODISCARD yq_status yq_grpc_call(
    yq_grpc_link *link,
    const char *method,
    yq_slice message,
    uint32_t deadline_ms,
    yq_grpc_take take,
    void *self,
    yq_fault *why);

/* Whether the last call's request, or a part of it, left this machine. */
int yq_grpc_link_is_sent(const yq_grpc_link *link);

/* What the last call's reply said of its outcome. Returns a view that lives until the next call. */
const yq_grpc_reply *yq_grpc_link_reply(const yq_grpc_link *link);

/* Returns 1 when the URL is https://, or http:// to this very machine. */
int yq_grpc_url_is_permitted(const char *url);

#endif /* YQ_ADAPTERS_GRPC_LINK_H */
