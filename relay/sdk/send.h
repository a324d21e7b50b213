#ifndef YQ_RELAY_SDK_SEND_H
#define YQ_RELAY_SDK_SEND_H

#include "relay/crypto/crypto.h"
#include "relay/sdk/api.h"

/* Who sends, and how long it waits. Borrows all. */
typedef struct yq_sender {
    yq_http *http;
    const yq_key *key;
    uint32_t time_ms;      /* for the whole */
    void (*waiting)(void); /* called about every second; may be NULL */
} yq_sender;

/*
 * Signs n transactions as one envelope with the next sequence of key, hands it in and waits until
 * it is final. In: outcome->result[0..n). Out: envelope, its id; outcome. Returns OK when it is
 * final: each result has its own status. Errors: E_SIGNER_UNKNOWN (the hub does not know the key),
 * E_TIMEOUT (it may still become final), E_EXPIRED, E_LIMIT, and those of api.h.
 */
YQ_NODISCARD yq_status yq_sdk_send(
    const yq_sender *sender,
    const yq_slice *tx,
    size_t n,
    yq_digest *envelope,
    yq_api_outcome *outcome,
    yq_fault *why);

#endif /* YQ_RELAY_SDK_SEND_H */
