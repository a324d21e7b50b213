#ifndef YQ_RELAY_SDK_API_H
#define YQ_RELAY_SDK_API_H

#include "relay/codec/json.h"
#include "relay/sdk/http.h"

/*
 * What every client asks of the hub: docs/api.md. Every reply is read strictly; a reply that is not
 * of its form is E_PEER. What the hub refuses comes back as the hub's own code, with its text in
 * why.
 */
#define YQ_API_TIME_MS 10000u /* an attempt's time, unless a call waits */

/* One request. In: body NULL for GET. Out: reply, until the next request. Errors: as
 * yq_http_request, and the hub's code for everything but 200 and 202. */
YQ_NODISCARD yq_status yq_api_ask(
    yq_http *http,
    const char *path,
    const yq_slice *body,
    uint32_t time_ms,
    yq_slice *reply,
    yq_fault *why);

/* GET of a JSON object. Out: document, NULL on failure; owned by the caller (yq_json_free). */
YQ_NODISCARD yq_status yq_api_ask_json(
    yq_http *http, const char *path, uint32_t time_ms, yq_json **document, yq_fault *why);

/* Returns E_PEER with this text. */
yq_status yq_api_bad_form(yq_fault *why, const char *what);

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
    yq_digest transaction; /* its id */
    uint8_t data[256];     /* the first bytes of what the method gave */
    size_t data_n;
} yq_api_result;

/* What the hub knows of an envelope. */
typedef struct yq_api_outcome {
    yq_api_envelope_state state;
    uint64_t height;       /* of the block that has it, when it is final */
    yq_api_result *result; /* the caller's, one a transaction: filled when it is final */
    size_t n;              /* the envelope's transactions */
} yq_api_outcome;

/* Waits at most wait_ms for an envelope to be final. In: outcome->result[0..n). Out: the rest of
 * outcome; results are in the order of the envelope's transactions. */
YQ_NODISCARD yq_status yq_api_envelope(
    yq_http *http, const yq_digest *id, uint32_t wait_ms, yq_api_outcome *outcome, yq_fault *why);

#endif /* YQ_RELAY_SDK_API_H */
