#ifndef YQ_ADAPTERS_HTTP_REST_H
#define YQ_ADAPTERS_HTTP_REST_H

#include "adapters/http/pool.h"
#include "relay/codec/json.h"

/* A question by its path; body NULL: GET, else POST of that JSON. */
typedef struct yq_rest_call {
    const char *path; /* from / on, with its arguments as they go over the line */
    const yq_slice *body;
    uint64_t until_ms; /* by yq_web_now_ms */
} yq_rest_call;

/*
 * Asks one node. Out: reply, the JSON document; free it. is_sent, or NULL: whether the request, or
 * a part of it, left this machine. Errors: those of yq_web_send; E_NOT_FOUND (HTTP 404),
 * E_UNAVAILABLE (429, 502, 503, 504), E_PEER (another code but 200 to 299, or no JSON).
 */
YQ_NODISCARD yq_status yq_rest_ask(
    yq_web_pool *pool,
    size_t endpoint,
    const yq_rest_call *call,
    yq_json **reply,
    int *is_sent,
    yq_fault *why);

/* The same through yq_web_any. */
YQ_NODISCARD yq_status
yq_rest_ask_any(yq_web_pool *pool, const yq_rest_call *call, yq_json **reply, yq_fault *why);

#endif /* YQ_ADAPTERS_HTTP_REST_H */
