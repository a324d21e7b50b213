#ifndef YQ_CONFORMANCE_CHAINS_FABRIC_STREAM_H
#define YQ_CONFORMANCE_CHAINS_FABRIC_STREAM_H

#include "conformance/chains/fabric/ask.h"
#include "conformance/chains/fabric/store.h"

struct evbuffer;

/* One call of Deliver: framed envelopes in, framed DeliverResponses out. No HTTP/2 here. */
typedef struct yq_fbmock_stream {
    struct yq_fbmock_stream *next;
    int32_t id;
    int is_post, is_deliver, is_grpc;
    int half_closed; /* the client will send no more */
    int ended;       /* nothing more will be answered */
    const char *grpc_status;
    yq_fbmock_walk walk;
    struct evbuffer *in, *out;
} yq_fbmock_stream;

yq_fbmock_stream *yq_fbmock_stream_new(int32_t id);
void yq_fbmock_stream_free(yq_fbmock_stream *s);

void yq_fbmock_stream_header(yq_fbmock_stream *s, yq_slice name, yq_slice value);
int yq_fbmock_stream_is_grpc(const yq_fbmock_stream *s);
/* The grpc-status of a call that is not served, NULL for one that is. */
const char *yq_fbmock_stream_refusal(const yq_fbmock_stream *s);

/* Takes bytes of the request. Returns 0 when too many wait. */
int yq_fbmock_stream_take(yq_fbmock_stream *s, yq_slice bytes);

/* Gives the next bytes of the reply; 0 of them: later, or never when *over is set. */
size_t yq_fbmock_stream_read(
    yq_fbmock_stream *s, const yq_fbmock_store *store, uint8_t *buf, size_t size, int *over);

#endif /* YQ_CONFORMANCE_CHAINS_FABRIC_STREAM_H */
