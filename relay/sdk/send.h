#ifndef YQ_RELAY_SDK_SEND_H
#define YQ_RELAY_SDK_SEND_H

#include "relay/crypto/crypto.h"
#include "relay/sdk/api.h"

/* What a sender is told of its envelope. */
typedef struct yq_sent {
    yq_digest envelope;
    uint64_t height;       /* of the block that has it */
    yq_api_result *result; /* one a transaction; the caller's */
} yq_sent;

/*
 * Signs n transactions as one envelope with the next sequence of key, hands it in and waits until
 * it is final. In: result room for n; time_ms for the whole; waiting (may be NULL) is called about
 * every second. Out: sent. Returns OK when it is final: each result has its own status. Errors:
 * E_SIGNER_UNKNOWN (the hub does not know the key), E_TIMEOUT (it may still become final),
 * E_EXPIRED, E_LIMIT, and those of api.h.
 */
YQ_NODISCARD yq_status yq_sdk_send(
    yq_http *http,
    const yq_key *key,
    const yq_slice *tx,
    size_t n,
    uint32_t time_ms,
    void (*waiting)(void),
    yq_sent *sent,
    yq_fault *why);

#endif /* YQ_RELAY_SDK_SEND_H */
