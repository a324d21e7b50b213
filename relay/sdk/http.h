#ifndef YQ_RELAY_SDK_HTTP_H
#define YQ_RELAY_SDK_HTTP_H

#include "yuqiao/types.h"

/*
 * HTTP to one of several endpoints that serve the same: unix:/PATH, http://HOST[:PORT] or
 * https://HOST[:PORT]. The endpoint that answered last is asked first; one that cannot be reached
 * or says 5xx is followed by the next. No redirects, no proxies, bounded replies.
 */
typedef struct yq_http yq_http;

#define YQ_HTTP_REPLY_MAX (16u << 20)

/* In: endpoint[0..n), copied; ca: a PEM file of roots for https, or NULL for the system's. Returns
 * NULL when memory is out. */
yq_http *yq_http_new(const char *const *endpoint, size_t n, const char *ca);
void yq_http_free(yq_http *http);

/* stopping is asked during and between attempts; when it gives 1, a request ends with
 * E_UNAVAILABLE. NULL: never. */
void yq_http_on_stop(yq_http *http, int (*stopping)(void));

/*
 * One request. In: path from /, body NULL for GET (else POST of bytes), time_ms for each attempt.
 * Out: code, the reply's body; it lives until the next request. Errors: E_UNAVAILABLE (no endpoint
 * answers; why says what the last said), E_LIMIT (reply too large).
 */
YQ_NODISCARD yq_status yq_http_request(
    yq_http *http,
    const char *path,
    const yq_slice *body,
    uint32_t time_ms,
    unsigned *code,
    yq_slice *reply,
    yq_fault *why);

/* The endpoint that answered last. */
const char *yq_http_endpoint(const yq_http *http);
/* Asks the next endpoint first from now on. */
void yq_http_turn(yq_http *http);

#endif /* YQ_RELAY_SDK_HTTP_H */
