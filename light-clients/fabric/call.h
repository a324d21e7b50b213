#ifndef YQ_LIGHT_CLIENTS_FABRIC_CALL_H
#define YQ_LIGHT_CLIENTS_FABRIC_CALL_H

#include "yuqiao/limits.h"
#include "yuqiao/verifier.h"

#include "relay/base/bytes.h"
#include "relay/base/cursor.h"
#include "relay/base/writer.h"

/* Messages that Ed25519 signs are put together in scratch; a block may not make that exceed this.
 */
#define YQ_FABRIC_MESSAGES_MAX (4u << 20)

/* One call of the verifier: the host and where a failure is told. */
typedef struct yq_fabric_call {
    const yq_verifier_host *host;
    yq_fault *why;
    size_t *messages_left; /* of YQ_FABRIC_MESSAGES_MAX */
} yq_fabric_call;

static inline yq_status yq_fabric_fail(
    const yq_fabric_call *call, yq_status status, const char *text)
{
    return yq_fail(call->why, status, 0, text);
}

/* Returns n zeroed objects, or NULL at the host's cap. */
static inline void *yq_fabric_room(const yq_fabric_call *call, size_t n, size_t size)
{
    if (n == 0) {
        n = 1;
    }
    return n > YQ_VERIFIER_SCRATCH_MAX / size ? NULL
                                              : call->host->scratch(call->host->self, n * size);
}

static inline void yq_fabric_sha256(
    const yq_fabric_call *call, const yq_slice *part, size_t part_n, yq_digest *md)
{
    call->host->hash(call->host->self, YQ_HASH_SHA256, part, part_n, md->b);
}

static inline yq_digest yq_fabric_sha256_of(const yq_fabric_call *call, yq_slice in)
{
    yq_digest md;
    yq_fabric_sha256(call, &in, 1, &md);
    return md;
}

#endif /* YQ_LIGHT_CLIENTS_FABRIC_CALL_H */
