#ifndef YQ_CONFORMANCE_CHAINS_GRPC_STREAM_H
#define YQ_CONFORMANCE_CHAINS_GRPC_STREAM_H

#include "yuqiao/types.h"

struct evbuffer;

#define YQ_MOCK_GRPC_OK            "0"
#define YQ_MOCK_GRPC_BAD_REQUEST   "3"
#define YQ_MOCK_GRPC_FORBIDDEN     "7"
#define YQ_MOCK_GRPC_EXHAUSTED     "8"
#define YQ_MOCK_GRPC_PRECONDITION  "9"
#define YQ_MOCK_GRPC_ABORTED       "10"
#define YQ_MOCK_GRPC_UNIMPLEMENTED "12"
#define YQ_MOCK_GRPC_INTERNAL      "13"
#define YQ_MOCK_GRPC_UNAVAILABLE   "14"

/* One call: framed messages in, framed messages out. No HTTP/2 here. */
typedef struct yq_mock_grpc_stream {
    struct yq_mock_grpc_stream *next;
    int32_t id;
    int is_post, is_grpc;
    int half_closed; /* the client will send no more */
    int is_busy;     /* a reply is under way */
    int ended;       /* nothing more will be answered */
    size_t method;   /* place in the service's list, behind its end: not served */
    const char *grpc_status;
    char *message, *details; /* of a failure: words, and base64; NULL: none */
    struct evbuffer *in, *out;
    void *state; /* the service's own, zero at first */
} yq_mock_grpc_stream;

/* What came of asking a service to go on with a reply. */
typedef enum yq_mock_grpc_more {
    YQ_MOCK_GRPC_NONE = 0, /* no reply is under way: the next request may begin */
    YQ_MOCK_GRPC_WAIT = 1, /* one is, and nothing can be said now */
    YQ_MOCK_GRPC_MADE = 2, /* a message was put, or the call was ended */
} yq_mock_grpc_more;

/* What is served. */
typedef struct yq_mock_grpc_service {
    void *self;
    const char *const *method; /* paths, NULL at their end */
    size_t state_size;         /* of a stream's state */
    size_t request_max;        /* of one message */
    size_t pending_max;        /* not read yet, of one stream */
    /* Takes a whole request; may put messages and end the call. */
    void (*request)(void *self, yq_mock_grpc_stream *s, yq_slice message);
    /* Goes on with the reply; NULL: request says all. */
    yq_mock_grpc_more (*more)(void *self, yq_mock_grpc_stream *s);
} yq_mock_grpc_service;

yq_mock_grpc_stream *yq_mock_grpc_stream_new(const yq_mock_grpc_service *service, int32_t id);
void yq_mock_grpc_stream_free(yq_mock_grpc_stream *s);

void yq_mock_grpc_stream_header(
    const yq_mock_grpc_service *service, yq_mock_grpc_stream *s, yq_slice name, yq_slice value);
int yq_mock_grpc_stream_is_grpc(const yq_mock_grpc_stream *s);
/* The grpc-status of a call that is not served, NULL for one that is. */
const char *yq_mock_grpc_stream_refusal(
    const yq_mock_grpc_service *service, const yq_mock_grpc_stream *s);

/* Takes bytes of the request. Returns 0 when too many wait. */
int yq_mock_grpc_stream_take(
    const yq_mock_grpc_service *service, yq_mock_grpc_stream *s, yq_slice bytes);

/* Gives the next bytes of the reply; 0 of them: later, or never when *over is set. */
size_t yq_mock_grpc_stream_read(
    const yq_mock_grpc_service *service,
    yq_mock_grpc_stream *s,
    uint8_t *buf,
    size_t size,
    int *over);

/* For services: puts one message, the concatenation of part[0..n). */
void yq_mock_grpc_put(yq_mock_grpc_stream *s, const yq_slice *part, size_t n);
/* For services: nothing follows what was put. */
void yq_mock_grpc_end(yq_mock_grpc_stream *s, const char *grpc_status);
/* For services: the call fails. In: words, printable ASCII; details, google.rpc.Status, or empty.
 */
void yq_mock_grpc_fail(
    yq_mock_grpc_stream *s, const char *grpc_status, const char *words, yq_slice details);

#endif /* YQ_CONFORMANCE_CHAINS_GRPC_STREAM_H */
