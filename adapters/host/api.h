#ifndef YQ_ADAPTERS_HOST_API_H
#define YQ_ADAPTERS_HOST_API_H

#include "adapters/host/cursor.h"
#include "adapters/host/http.h"

/*
 * What the adapter asks of the hub: docs/api.md. Every reply is read strictly; a reply that is not
 * of its form is E_PEER. What the hub refuses comes back as the hub's own code, with its text in
 * why.
 */
typedef struct yq_api_identity {
    yq_digest chain_id_hash;
    uint32_t alg;  /* the ledger's hash */
    uint8_t suite; /* of its signers */
} yq_api_identity;

YQ_NODISCARD yq_status yq_api_identity_get(yq_http *http, yq_api_identity *out, yq_fault *why);

/* Out: sequence, the lowest number above every used one. Errors: E_NOT_FOUND (the key is not
 * registered). */
YQ_NODISCARD yq_status
yq_api_sequence(yq_http *http, const yq_digest *signer, uint64_t *sequence, yq_fault *why);

typedef struct yq_api_chain {
    char state[24];
    int has_client, has_inbox;
    uint64_t client_height;
    uint64_t outbox_size, outbox_done;
    yq_host_filter inbox; /* from_height 0 */
} yq_api_chain;

YQ_NODISCARD yq_status
yq_api_chain_get(yq_http *http, const char *chain, yq_api_chain *out, yq_fault *why);

/* Out: the emitters and events of the chain's services. Errors: also E_LIMIT (more than cap). */
YQ_NODISCARD yq_status yq_api_services(
    yq_http *http, const char *chain, yq_host_filter *filter, size_t cap, size_t *n, yq_fault *why);

/* Out: canonical bytes of a delivery, until the next request. Errors: E_NOT_FOUND: nothing is open
 * from there on. */
YQ_NODISCARD yq_status yq_api_delivery(
    yq_http *http, const char *chain, uint64_t from, size_t limit, yq_slice *out, yq_fault *why);

/* Hands an envelope in; the same again is as good. Errors: the hub's code. */
YQ_NODISCARD yq_status yq_api_submit(yq_http *http, yq_slice envelope, yq_fault *why);

typedef enum yq_api_envelope_state {
    YQ_API_ENVELOPE_INVALID = 0,
    YQ_API_ENVELOPE_UNKNOWN = 1,
    YQ_API_ENVELOPE_PENDING = 2,
    YQ_API_ENVELOPE_FINAL = 3,
    YQ_API_ENVELOPE_EXPIRED = 4,
} yq_api_envelope_state;

typedef struct yq_api_result {
    int32_t status; /* a yq_status */
    char why[80];
} yq_api_result;

/* Waits at most wait_ms for an envelope to be final. Out: state; of a final one result[0..n), in
 * the order of its transactions. */
YQ_NODISCARD yq_status yq_api_envelope(
    yq_http *http,
    const yq_digest *id,
    uint32_t wait_ms,
    yq_api_envelope_state *state,
    yq_api_result *result,
    size_t n,
    yq_fault *why);

#endif /* YQ_ADAPTERS_HOST_API_H */
