#ifndef YQ_CONFORMANCE_CHAINS_FABRIC_TEST_PEER_H
#define YQ_CONFORMANCE_CHAINS_FABRIC_TEST_PEER_H

/* For tests: a client of Deliver over a real socket, driven in turns with the server's loop. */
#include "conformance/chains/fabric/server.h"
#include "relay/base/assert.h"
#include "relay/base/bytes.h"
#include "relay/base/writer.h"
#include "relay/codec/protobuf.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <event2/event.h>
#include <netinet/tcp.h>
#include <nghttp2/nghttp2.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define PEER_CALLS_MAX 96
#define PEER_TURNS     20000
#define PEER_NEWEST    UINT64_MAX
#define PEER_OLDEST    (UINT64_MAX - 1)

typedef struct peer_call {
    int32_t id;
    uint8_t request[512];
    size_t request_n, request_at;
    int keep_open; /* the request's end is held back */
    uint8_t *reply;
    size_t reply_n;
    char grpc[8], http[8];
    int closed;
    uint32_t code;
} peer_call;

typedef struct peer {
    struct event_base *base;
    int fd, gone;
    nghttp2_session *session;
    peer_call call[PEER_CALLS_MAX];
    size_t n;
} peer;

static inline int peer_connect(uint16_t port)
{
    struct sockaddr_in to = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    const int on = 1;
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    YQ_ASSERT(fd >= 0 && connect(fd, (const struct sockaddr *)&to, sizeof to) == 0);
    return fd;
}

static inline peer_call *peer_find(peer *p, int32_t id)
{
    for (size_t i = 0; i < p->n; i++) {
        if (p->call[i].id == id) {
            return &p->call[i];
        }
    }
    return NULL;
}

static inline ssize_t peer_send(
    nghttp2_session *session, const uint8_t *p, size_t size, int flags, void *self)
{
    const peer *c = self;
    (void)session;
    (void)flags;
    ssize_t sent = send(c->fd, p, size, MSG_DONTWAIT | MSG_NOSIGNAL);
    return sent < 0 ? NGHTTP2_ERR_WOULDBLOCK : sent;
}

static inline int peer_chunk(
    nghttp2_session *session, uint8_t flags, int32_t id, const uint8_t *p, size_t n, void *self)
{
    peer_call *call = peer_find(self, id);
    (void)session;
    (void)flags;
    call->reply = realloc(call->reply, call->reply_n + n + 1);
    memcpy(call->reply + call->reply_n, p, n);
    call->reply_n += n;
    return 0;
}

static inline int peer_header(
    nghttp2_session *session,
    const nghttp2_frame *frame,
    const uint8_t *name,
    size_t name_n,
    const uint8_t *value,
    size_t value_n,
    uint8_t flags,
    void *self)
{
    peer_call *call = peer_find(self, frame->hd.stream_id);
    (void)session;
    (void)flags;
    yq_slice got = yq_slice_of(name, name_n);
    char *to = yq_slice_equal(got, yq_slice_text("grpc-status")) ? call->grpc
               : yq_slice_equal(got, yq_slice_text(":status"))   ? call->http
                                                                 : NULL;
    if (to != NULL) {
        memcpy(to, value, value_n < 7 ? value_n : 7);
    }
    return 0;
}

static inline int peer_closed(nghttp2_session *session, int32_t id, uint32_t code, void *self)
{
    peer_call *call = peer_find(self, id);
    (void)session;
    call->closed = 1;
    call->code = code;
    return 0;
}

static inline peer *peer_open(struct event_base *base, uint16_t port)
{
    peer *p = calloc(1, sizeof *p);
    nghttp2_session_callbacks *callbacks;
    p->base = base;
    p->fd = peer_connect(port);
    nghttp2_session_callbacks_new(&callbacks);
    nghttp2_session_callbacks_set_send_callback(callbacks, peer_send);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, peer_chunk);
    nghttp2_session_callbacks_set_on_header_callback(callbacks, peer_header);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, peer_closed);
    nghttp2_session_client_new(&p->session, callbacks, p);
    nghttp2_session_callbacks_del(callbacks);
    nghttp2_submit_settings(p->session, NGHTTP2_FLAG_NONE, NULL, 0);
    return p;
}

static inline void peer_close(peer *p)
{
    for (size_t i = 0; i < p->n; i++) {
        free(p->call[i].reply);
    }
    nghttp2_session_del(p->session);
    close(p->fd);
    free(p);
}

static inline ssize_t peer_read(
    nghttp2_session *session,
    int32_t id,
    uint8_t *buf,
    size_t size,
    uint32_t *flags,
    nghttp2_data_source *source,
    void *self)
{
    peer_call *call = source->ptr;
    (void)session;
    (void)id;
    (void)self;
    size_t left = call->request_n - call->request_at, n = left < size ? left : size;
    if (n == 0 && call->keep_open) {
        return NGHTTP2_ERR_DEFERRED;
    }
    memcpy(buf, call->request + call->request_at, n);
    call->request_at += n;
    *flags |= call->request_at == call->request_n && !call->keep_open ? NGHTTP2_DATA_FLAG_EOF : 0;
    return (ssize_t)n;
}

static inline nghttp2_nv peer_pair(char *name, char *value)
{
    return (nghttp2_nv){(uint8_t *)name, (uint8_t *)value, strlen(name), strlen(value), 0};
}

/* One turn of both sides. Returns 0 when the server has closed. */
static inline int peer_turn(peer *p)
{
    uint8_t buf[16384];
    (void)nghttp2_session_send(p->session);
    (void)event_base_loop(p->base, EVLOOP_NONBLOCK);
    ssize_t got = recv(p->fd, buf, sizeof buf, MSG_DONTWAIT);
    p->gone |= got == 0;
    if (got > 0) {
        cr_assert_eq(nghttp2_session_mem_recv(p->session, buf, (size_t)got), got);
    }
    return !p->gone;
}

static inline peer_call *peer_start(peer *p, yq_slice request, const char *path, int keep_open)
{
    static char post[] = "POST", http[] = "http", host[] = "127.0.0.1", grpc[] = "application/grpc",
                te[] = "trailers";
    char where[64] = {0};
    memcpy(where, path, strlen(path));
    nghttp2_nv head[] = {
        peer_pair(":method", post),
        peer_pair(":scheme", http),
        peer_pair(":authority", host),
        peer_pair(":path", where),
        peer_pair("content-type", grpc),
        peer_pair("te", te)};
    peer_call *call = &p->call[p->n++];
    *call = (peer_call){.request_n = request.n, .keep_open = keep_open};
    memcpy(call->request, request.p, request.n);
    nghttp2_data_provider provider = {.source.ptr = call, .read_callback = peer_read};
    call->id = nghttp2_submit_request(p->session, NULL, head, YQ_ARRAY_N(head), &provider, call);
    YQ_ASSERT(call->id > 0);
    return call;
}

static inline void peer_finish(peer *p, const peer_call *call)
{
    for (int i = 0; i < PEER_TURNS && !call->closed && peer_turn(p); i++) {
    }
    cr_assert(call->closed, "a call did not end: %zu bytes, grpc %s", call->reply_n, call->grpc);
}

static inline void peer_put_position(yq_writer *w, uint32_t field, uint64_t number)
{
    size_t mark = yq_pb_begin(w), inner = yq_pb_begin(w);
    if (number < PEER_OLDEST) {
        yq_pb_put_varint(w, 1, number);
    }
    yq_pb_end(w, inner, number == PEER_NEWEST ? 1 : number == PEER_OLDEST ? 2 : 3);
    yq_pb_end(w, mark, field);
}

/* A framed envelope. */
static inline size_t peer_ask(
    uint8_t room[512],
    const char *channel,
    uint64_t from,
    uint64_t to,
    unsigned behaviour,
    int heads)
{
    yq_writer w = yq_writer_of(room + 5, 507);
    size_t payload = yq_pb_begin(&w), header = yq_pb_begin(&w), mark = yq_pb_begin(&w);
    yq_pb_put_varint(&w, 1, 5);
    yq_pb_put_bytes(&w, 4, yq_slice_text(channel));
    yq_pb_end(&w, mark, 1);
    yq_pb_end(&w, header, 1);
    mark = yq_pb_begin(&w);
    peer_put_position(&w, 1, from);
    peer_put_position(&w, 2, to);
    yq_pb_put_varint(&w, 3, behaviour);
    yq_pb_put_varint(&w, 5, heads ? 1 : 0);
    yq_pb_end(&w, mark, 2);
    yq_pb_end(&w, payload, 1);
    yq_writer h = yq_writer_of(room, 5);
    yq_put_u8(&h, 0);
    yq_put_u32(&h, (uint32_t)w.n);
    return 5 + w.n;
}

/* The nth message of a reply; an empty slice behind the last. */
static inline yq_slice peer_message(const peer_call *call, size_t nth)
{
    yq_cur c = yq_cur_of(yq_slice_of(call->reply, call->reply_n));
    while (yq_cur_left(&c) > 0) {
        cr_assert_eq(yq_cur_u8(&c), 0);
        yq_slice message = yq_cur_blob32(&c, UINT32_MAX);
        cr_assert(yq_cur_ok(&c));
        if (nth-- == 0) {
            return message;
        }
    }
    return (yq_slice){0};
}

/* The block in the nth message, or its status in *status. */
static inline yq_slice peer_block(const peer_call *call, size_t nth, uint64_t *status)
{
    yq_cur c = yq_cur_of(peer_message(call, nth));
    yq_pb_field f = {0};
    *status = 0;
    if (!yq_pb_next(&c, &f)) {
        return (yq_slice){0};
    }
    *status = f.number == 1 ? f.value : 0;
    return f.number == 2 ? f.bytes : (yq_slice){0};
}

#endif /* YQ_CONFORMANCE_CHAINS_FABRIC_TEST_PEER_H */
