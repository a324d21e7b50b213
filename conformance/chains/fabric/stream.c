#include "conformance/chains/fabric/stream.h"

#include "conformance/chains/fabric/server.h"
#include "relay/base/assert.h"
#include "relay/base/bytes.h"
#include "relay/base/writer.h"
#include "relay/codec/protobuf.h"

#include <event2/buffer.h>
#include <stdlib.h>

#define HEAD               5u
#define GRPC_OK            "0"
#define GRPC_EXHAUSTED     "8"
#define GRPC_UNIMPLEMENTED "12"
#define GRPC_INTERNAL      "13"

yq_fbmock_stream *yq_fbmock_stream_new(int32_t id)
{
    yq_fbmock_stream *s = calloc(1, sizeof *s);
    YQ_ASSERT(s != NULL);
    *s = (yq_fbmock_stream){
        .id = id, .grpc_status = GRPC_OK, .in = evbuffer_new(), .out = evbuffer_new()};
    YQ_ASSERT(s->in != NULL && s->out != NULL);
    return s;
}

void yq_fbmock_stream_free(yq_fbmock_stream *s)
{
    evbuffer_free(s->in);
    evbuffer_free(s->out);
    free(s);
}

static int is_text(yq_slice got, const char *text)
{
    return yq_slice_equal(got, yq_slice_text(text));
}

void yq_fbmock_stream_header(yq_fbmock_stream *s, yq_slice name, yq_slice value)
{
    static const char grpc[] = "application/grpc";
    if (is_text(name, ":method")) {
        s->is_post = is_text(value, "POST");
    } else if (is_text(name, ":path")) {
        s->is_deliver = is_text(value, "/orderer.AtomicBroadcast/Deliver") ||
                        is_text(value, "/protos.Deliver/Deliver");
    } else if (is_text(name, "content-type")) {
        s->is_grpc = is_text(value, grpc) ||
                     (value.n >= sizeof grpc && memcmp(value.p, grpc, sizeof grpc - 1) == 0 &&
                      (value.p[sizeof grpc - 1] == '+' || value.p[sizeof grpc - 1] == ';'));
    }
}

int yq_fbmock_stream_is_grpc(const yq_fbmock_stream *s)
{
    return s->is_grpc && s->is_post;
}

const char *yq_fbmock_stream_refusal(const yq_fbmock_stream *s)
{
    return s->is_deliver ? NULL : GRPC_UNIMPLEMENTED;
}

int yq_fbmock_stream_take(yq_fbmock_stream *s, yq_slice bytes)
{
    if (s->ended) {
        return 1;
    }
    return evbuffer_get_length(s->in) + bytes.n <= YQ_FBMOCK_PENDING_MAX &&
           evbuffer_add(s->in, bytes.p, bytes.n) == 0;
}

static void end(yq_fbmock_stream *s, const char *grpc_status)
{
    s->ended = 1;
    s->grpc_status = grpc_status;
    s->walk.active = 0;
}

/* ---- out ------------------------------------------------------------------------------------- */

/* Puts the frame's head, and the tag and length of the response's field in front of n bytes. */
static void put_head(yq_fbmock_stream *s, size_t n)
{
    uint8_t room[HEAD + 16], field[16];
    yq_writer w = yq_writer_of(room, sizeof room), f = yq_writer_of(field, sizeof field);
    yq_pb_put_raw_varint(&f, 2u << 3 | YQ_PB_BYTES);
    yq_pb_put_raw_varint(&f, n);
    yq_put_u8(&w, 0);
    yq_put_u32(&w, (uint32_t)(f.n + n));
    yq_put(&w, yq_writer_slice(&f));
    YQ_ASSERT(evbuffer_add(s->out, room, w.n) == 0);
}

static void put_block(yq_fbmock_stream *s, const yq_fbmock_block *block)
{
    yq_fbmock_outline outline;
    yq_slice raw = yq_slice_of(block->p, block->n);
    if (!s->walk.headers_only || block->is_config ||
        yq_fbmock_outline_of(raw, &outline, NULL) != YQ_OK) {
        put_head(s, raw.n);
        YQ_ASSERT(evbuffer_add(s->out, raw.p, raw.n) == 0);
        return;
    }
    put_head(s, outline.header.n + outline.metadata.n);
    YQ_ASSERT(evbuffer_add(s->out, outline.header.p, outline.header.n) == 0);
    YQ_ASSERT(evbuffer_add(s->out, outline.metadata.p, outline.metadata.n) == 0);
}

/* The last word on an ask: a node ends the stream behind any but success. */
static void put_status(yq_fbmock_stream *s, uint32_t status)
{
    uint8_t room[HEAD + 16];
    yq_writer w = yq_writer_of(room, sizeof room);
    yq_put_u8(&w, 0);
    yq_put_u32(&w, 3); /* a tag, and two bytes of a number of 128 to 16383 */
    yq_pb_put_varint(&w, 1, status);
    YQ_ASSERT(w.n == HEAD + 3 && evbuffer_add(s->out, room, w.n) == 0);
    s->walk.active = 0;
    if (status != YQ_FBMOCK_SUCCESS) {
        end(s, GRPC_OK);
    }
}

/* ---- in -------------------------------------------------------------------------------------- */

static void begin(yq_fbmock_stream *s, const yq_fbmock_store *store, size_t size)
{
    yq_fbmock_ask ask;
    yq_slice message = yq_slice_of(evbuffer_pullup(s->in, (ev_ssize_t)(HEAD + size)), HEAD + size);
    uint32_t status = YQ_FBMOCK_BAD_REQUEST;
    message = yq_slice_of(message.p + HEAD, size);
    if (yq_fbmock_ask_decode(message, &ask, NULL) == YQ_OK) {
        status = yq_fbmock_walk_begin(&ask, store->channel, store->n, &s->walk);
    }
    (void)evbuffer_drain(s->in, HEAD + size);
    if (status != YQ_FBMOCK_SUCCESS) {
        put_status(s, status);
    }
}

/* Starts the next ask when its message is whole. Returns 0 when there is none. */
static int next_ask(yq_fbmock_stream *s, const yq_fbmock_store *store)
{
    uint8_t head[HEAD];
    if (evbuffer_copyout(s->in, head, sizeof head) < (ev_ssize_t)sizeof head) {
        return 0;
    }
    yq_cur c = yq_cur_of(YQ_SLICE_OF(head));
    uint8_t compressed = yq_cur_u8(&c);
    uint32_t size = yq_cur_u32(&c);
    if (compressed != 0) {
        end(s, compressed == 1 ? GRPC_UNIMPLEMENTED : GRPC_INTERNAL);
        return 0;
    }
    if (size > YQ_FBMOCK_REQUEST_MAX) {
        end(s, GRPC_EXHAUSTED);
        return 0;
    }
    if (evbuffer_get_length(s->in) < HEAD + size) {
        return 0;
    }
    begin(s, store, size);
    return 1;
}

/* Makes the next message of the reply. Returns 0 when there is none now. */
static int produce(yq_fbmock_stream *s, const yq_fbmock_store *store)
{
    if (s->ended) {
        return 0;
    }
    if (!s->walk.active) {
        return next_ask(s, store);
    }
    if (s->walk.next > s->walk.last) {
        put_status(s, YQ_FBMOCK_SUCCESS);
    } else if (s->walk.next < store->n) {
        put_block(s, &store->block[s->walk.next++]);
    } else if (s->walk.fail_if_not_ready) {
        put_status(s, YQ_FBMOCK_NOT_FOUND);
    } else {
        return 0;
    }
    return 1;
}

size_t yq_fbmock_stream_read(
    yq_fbmock_stream *s, const yq_fbmock_store *store, uint8_t *buf, size_t size, int *over)
{
    while (evbuffer_get_length(s->out) == 0 && produce(s, store)) {
    }
    if (evbuffer_get_length(s->out) == 0 && s->half_closed && !s->walk.active && !s->ended) {
        /* What is left of a message when the client has stopped is not one. */
        end(s, evbuffer_get_length(s->in) == 0 ? GRPC_OK : GRPC_INTERNAL);
    }
    int n = evbuffer_remove(s->out, buf, size);
    *over = s->ended && evbuffer_get_length(s->out) == 0;
    return n < 0 ? 0 : (size_t)n;
}
