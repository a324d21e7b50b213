#ifndef YQ_CONFORMANCE_CHAINS_COMMON_HTTP_H
#define YQ_CONFORMANCE_CHAINS_COMMON_HTTP_H

#include "yuqiao/types.h"

struct event_base;
struct evbuffer;
struct evkeyvalq;

/* An HTTP server on 127.0.0.1 that answers JSON. */
typedef struct yq_mock_http yq_mock_http;

/* Answers one body. Out: reply. Returns the HTTP code. */
typedef int (*yq_mock_http_answer)(void *self, yq_slice body, struct evbuffer *reply);

#define YQ_MOCK_BODY_MAX (32u << 20)

/* Listens to POST of JSON on one path. In: path with its /; port 0: any free one. Owns: closed with
 * yq_mock_http_close. Errors: E_IO. */
YQ_NODISCARD yq_status yq_mock_http_open(
    struct event_base *base,
    uint16_t port,
    const char *path,
    yq_mock_http_answer answer,
    void *self,
    yq_mock_http **out,
    yq_fault *why);

/* A question of REST. Everything lives for the call. */
typedef struct yq_mock_question {
    const char *path; /* from / on, without its arguments, decoded */
    int is_post;      /* 0: GET */
    yq_slice body;
    const struct evkeyvalq *arguments;
} yq_mock_question;

/* An argument, decoded; NULL: not there. */
const char *yq_mock_question_text(const yq_mock_question *q, const char *key);
/* An argument that is a decimal number; otherwise when it is not there or is none. */
uint64_t yq_mock_question_number(const yq_mock_question *q, const char *key, uint64_t otherwise);

/* Answers one question. Out: reply. Returns the HTTP code. */
typedef int (*yq_mock_http_rest)(void *self, const yq_mock_question *q, struct evbuffer *reply);

/* Listens to GET and POST on every path. Arguments that cannot be read are HTTP 400. In, owns and
 * errors: as yq_mock_http_open. */
YQ_NODISCARD yq_status yq_mock_http_open_rest(
    struct event_base *base,
    uint16_t port,
    yq_mock_http_rest answer,
    void *self,
    yq_mock_http **out,
    yq_fault *why);

uint16_t yq_mock_http_port(const yq_mock_http *http);
void yq_mock_http_close(yq_mock_http *http);

#endif /* YQ_CONFORMANCE_CHAINS_COMMON_HTTP_H */
