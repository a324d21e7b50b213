#ifndef YQ_ADAPTERS_FABRIC_DELIVER_H
#define YQ_ADAPTERS_FABRIC_DELIVER_H

#include "adapters/fabric/member.h"
#include "adapters/fabric/seek.h"
#include "adapters/grpc/link.h"

/* One Deliver call: a POST whose reply is a stream of blocks. */

#define YQ_FABRIC_ENDPOINTS_MAX    16u
#define YQ_FABRIC_MESSAGE_SIZE_MAX (2u << 20)

/* How to reach and to sign; texts are the session's. */
typedef struct yq_fabric_access {
    const char *service; /* the method's path */
    yq_slice channel, tls_cert_hash;
    yq_fabric_member member;
    yq_grpc_access grpc;
} yq_fabric_access;

typedef struct yq_fabric_link yq_fabric_link;

/* Opens a link; does not connect. Returns NULL out of memory. Owns: free with close. */
yq_fabric_link *yq_fabric_link_open(const yq_fabric_access *access, const char *url);
void yq_fabric_link_close(yq_fabric_link *link);

/* Takes a block; slices live for the call. Not OK: the stream is given up with that status. */
typedef yq_status (*yq_fabric_take_block)(void *self, yq_slice raw);

/*
 * Asks for blocks from..to (both YQ_FABRIC_NEWEST: the newest) and hands each to take.
 * Errors: E_NOT_FOUND (not there yet), E_PERMISSION, E_UNAVAILABLE, E_TIMEOUT, E_PEER, E_LIMIT (a
 * block too large), E_MEMORY, decode codes, what take gave.
 */
YQ_NODISCARD yq_status yq_fabric_deliver_blocks(
    yq_fabric_link *link,
    const yq_fabric_seek *seek,
    uint32_t deadline_ms,
    yq_fabric_take_block take,
    void *self,
    yq_fault *why);

#endif /* YQ_ADAPTERS_FABRIC_DELIVER_H */
