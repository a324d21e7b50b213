#ifndef YQ_CONFORMANCE_CHAINS_COMMON_HTTP_H
#define YQ_CONFORMANCE_CHAINS_COMMON_HTTP_H

#include "yuqiao/types.h"

struct event_base;
struct evbuffer;

/* An HTTP server on 127.0.0.1 that takes POST of JSON on one path and answers JSON. */
typedef struct yq_mock_http yq_mock_http;

/* Answers one body. Out: reply. Returns the HTTP code. */
typedef int (*yq_mock_http_answer)(void *self, yq_slice body, struct evbuffer *reply);

#define YQ_MOCK_BODY_MAX (32u << 20)

/* Listens. In: path with its /; port 0: any free one. Owns: closed with yq_mock_http_close. Errors:
 * E_IO. */
YQ_NODISCARD yq_status yq_mock_http_open(
    struct event_base *base,
    uint16_t port,
    const char *path,
    yq_mock_http_answer answer,
    void *self,
    yq_mock_http **out,
    yq_fault *why);
uint16_t yq_mock_http_port(const yq_mock_http *http);
void yq_mock_http_close(yq_mock_http *http);

#endif /* YQ_CONFORMANCE_CHAINS_COMMON_HTTP_H */
