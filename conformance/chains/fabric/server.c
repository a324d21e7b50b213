#include "conformance/chains/fabric/server.h"

#include "conformance/chains/fabric/ask.h"
#include "conformance/chains/fabric/gateway.h"
#include "relay/base/assert.h"
#include "relay/base/writer.h"
#include "relay/codec/protobuf.h"

#include <stdlib.h>

struct yq_fbmock_server {
    const yq_fbmock_store *store;
    yq_fbmock_chain *chain; /* NULL: no Gateway */
    void (*waiting)(void *self);
    void *self;
    yq_mock_grpc_server *grpc;
};

/* The methods, and what a stream of one keeps. */
#define DELIVERS 2u
static const char *const methods[] = {
    "/orderer.AtomicBroadcast/Deliver",
    "/protos.Deliver/Deliver",
    "/gateway.Gateway/Endorse",
    "/gateway.Gateway/Submit",
    "/gateway.Gateway/CommitStatus",
    "/gateway.Gateway/Evaluate",
    NULL};
typedef union stream_state {
    yq_fbmock_walk walk;
    yq_fbmock_waiter waiter;
} stream_state;

/* Puts a response whose field 2, the block, is of these parts. */
static void put_parts(yq_mock_grpc_stream *s, yq_slice a, yq_slice b)
{
    uint8_t room[16];
    yq_writer w = yq_writer_of(room, sizeof room);
    yq_pb_put_raw_varint(&w, 2u << 3 | YQ_PB_BYTES);
    yq_pb_put_raw_varint(&w, a.n + b.n);
    const yq_slice part[] = {yq_writer_slice(&w), a, b};
    yq_mock_grpc_put(s, part, YQ_ARRAY_N(part));
}

static void put_block(
    yq_mock_grpc_stream *s, const yq_fbmock_walk *walk, const yq_fbmock_block *block)
{
    yq_fbmock_outline outline;
    yq_slice raw = yq_slice_of(block->p, block->n);
    if (!walk->headers_only || block->is_config ||
        yq_fbmock_outline_of(raw, &outline, NULL) != YQ_OK) {
        put_parts(s, raw, (yq_slice){0});
        return;
    }
    put_parts(s, outline.header, outline.metadata);
}

/* The last word on an ask: a node ends the stream behind any but success. */
static void put_status(yq_mock_grpc_stream *s, yq_fbmock_walk *walk, uint32_t status)
{
    uint8_t room[16];
    yq_writer w = yq_writer_of(room, sizeof room);
    yq_pb_put_varint(&w, 1, status);
    const yq_slice part = yq_writer_slice(&w);
    yq_mock_grpc_put(s, &part, 1);
    walk->active = 0;
    if (status != YQ_FBMOCK_SUCCESS) {
        yq_mock_grpc_end(s, YQ_MOCK_GRPC_OK);
    }
}

static void on_gateway(const yq_fbmock_server *server, yq_mock_grpc_stream *s, yq_slice message)
{
    stream_state *state = s->state;
    if (server->chain == NULL) {
        yq_mock_grpc_end(s, YQ_MOCK_GRPC_UNIMPLEMENTED);
        return;
    }
    yq_fbmock_method method = (yq_fbmock_method)(s->method - DELIVERS);
    yq_fbmock_gateway_request(server->chain, method, s, &state->waiter, message);
    server->waiting(server->self);
}

static void on_request(void *self, yq_mock_grpc_stream *s, yq_slice message)
{
    const yq_fbmock_server *server = self;
    if (s->method >= DELIVERS) {
        on_gateway(server, s, message);
        return;
    }
    yq_fbmock_walk *walk = &((stream_state *)s->state)->walk;
    yq_fbmock_ask ask;
    uint32_t status = YQ_FBMOCK_BAD_REQUEST;
    if (yq_fbmock_ask_decode(message, &ask, NULL) == YQ_OK) {
        status = yq_fbmock_walk_begin(&ask, server->store->channel, server->store->n, walk);
    }
    if (status != YQ_FBMOCK_SUCCESS) {
        put_status(s, walk, status);
    }
}

static yq_mock_grpc_more on_more(void *self, yq_mock_grpc_stream *s)
{
    const yq_fbmock_server *server = self;
    const yq_fbmock_store *store = server->store;
    stream_state *state = s->state;
    if (s->method >= DELIVERS) {
        return state->waiter.waits ? yq_fbmock_gateway_more(server->chain, s, &state->waiter)
                                   : YQ_MOCK_GRPC_NONE;
    }
    yq_fbmock_walk *walk = &state->walk;
    if (!walk->active) {
        return YQ_MOCK_GRPC_NONE;
    }
    if (walk->next > walk->last) {
        put_status(s, walk, YQ_FBMOCK_SUCCESS);
    } else if (walk->next < store->n) {
        put_block(s, walk, &store->block[walk->next++]);
    } else if (walk->fail_if_not_ready) {
        put_status(s, walk, YQ_FBMOCK_NOT_FOUND);
    } else {
        return YQ_MOCK_GRPC_WAIT;
    }
    return YQ_MOCK_GRPC_MADE;
}

yq_status yq_fbmock_server_open(
    struct event_base *base,
    uint16_t port,
    const yq_fbmock_store *store,
    yq_fbmock_server **out,
    yq_fault *why)
{
    yq_fbmock_server *server = calloc(1, sizeof *server);
    YQ_ASSERT(server != NULL);
    server->store = store;
    const yq_mock_grpc_service service = {
        .self = server,
        .method = methods,
        .state_size = sizeof(stream_state),
        .request_max = YQ_FBMOCK_REQUEST_MAX,
        .pending_max = YQ_FBMOCK_PENDING_MAX,
        .request = on_request,
        .more = on_more,
    };
    yq_status status = yq_mock_grpc_server_open(base, port, &service, &server->grpc, why);
    if (status != YQ_OK) {
        free(server);
        return status;
    }
    *out = server;
    return YQ_OK;
}

void yq_fbmock_server_serve(
    yq_fbmock_server *server, yq_fbmock_chain *chain, void (*waiting)(void *self), void *self)
{
    server->chain = chain;
    server->waiting = waiting;
    server->self = self;
}

uint16_t yq_fbmock_server_port(const yq_fbmock_server *server)
{
    return yq_mock_grpc_server_port(server->grpc);
}

void yq_fbmock_server_wake(yq_fbmock_server *server)
{
    yq_mock_grpc_server_wake(server->grpc);
}

void yq_fbmock_server_close(yq_fbmock_server *server)
{
    if (server != NULL) {
        yq_mock_grpc_server_close(server->grpc);
        free(server);
    }
}
