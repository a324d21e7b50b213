#ifndef YQ_LIGHT_CLIENTS_FABRIC_CALL_H
#define YQ_LIGHT_CLIENTS_FABRIC_CALL_H

#include "yuqiao/limits.h"
#include "yuqiao/verifier.h"

#include "light-clients/fabric/dialect.h"
#include "relay/base/bytes.h"
#include "relay/base/cursor.h"
#include "relay/base/writer.h"

/* Messages that Ed25519 signs are put together in scratch; a block may not make that exceed this.
 */
#define YQ_FABRIC_MESSAGES_MAX (4u << 20)

/* What one call has used. */
typedef struct yq_fabric_meter {
    size_t messages; /* of YQ_FABRIC_MESSAGES_MAX */
    yq_status
        short_of; /* OK, or E_LIMIT or E_BUDGET as soon as the host gave less than was asked */
} yq_fabric_meter;

/* One call of the verifier: the host and where a failure is told. */
typedef struct yq_fabric_call {
    const yq_verifier_host *host;
    yq_fault *why;
    yq_fabric_meter *meter;
    yq_fabric_dialect *dialect; /* of the channel, as soon as it is known */
} yq_fabric_call;

static inline yq_status yq_fabric_fail(
    const yq_fabric_call *call, yq_status status, const char *text)
{
    return yq_fail(call->why, status, 0, text);
}

/* Returns n zeroed objects, or NULL at the host's cap, which the meter notes. */
static inline void *yq_fabric_room(const yq_fabric_call *call, size_t n, size_t size)
{
    void *out = NULL;
    if (n == 0) {
        n = 1;
    }
    if (n <= YQ_VERIFIER_SCRATCH_MAX / size) {
        out = call->host->scratch(call->host->self, n * size);
    }
    if (out == NULL) {
        call->meter->short_of = YQ_E_LIMIT;
    }
    return out;
}

/* Has the host check signatures. Errors: E_BUDGET, which the meter notes. */
YQ_NODISCARD static inline yq_status yq_fabric_check(
    const yq_fabric_call *call, const yq_signature *job, size_t n, yq_status *valid)
{
    yq_status status = call->host->check_signatures(call->host->self, job, n, valid);
    if (status != YQ_OK) {
        call->meter->short_of = status;
    }
    return status;
}

/*
 * The answer of a call. What was judged after the host gave less than was asked is worth nothing,
 * whatever it says: a member may have seemed unknown because its certificate found no room.
 */
YQ_NODISCARD static inline yq_status yq_fabric_answer(const yq_fabric_call *call, yq_status status)
{
    return call->meter->short_of == YQ_OK ? status
                                          : yq_fabric_fail(call, call->meter->short_of, "host");
}

static inline yq_digest yq_fabric_hash(
    const yq_fabric_call *call, uint32_t alg, const yq_slice *part, size_t part_n)
{
    yq_digest md = {{0}};
    call->host->hash(call->host->self, alg, part, part_n, md.b);
    return md;
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
