#include "conformance/chains/grpc/server.h"

#include "relay/base/assert.h"
#include "relay/base/bytes.h"

#include <arpa/inet.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <netinet/tcp.h>
#include <nghttp2/nghttp2.h>
#include <stdlib.h>

#define OUTPUT_MAX      (256u << 10)
#define WRITE_TIMEOUT_S 30

typedef struct conn {
    struct conn *next;
    yq_mock_grpc_server *server;
    struct bufferevent *io;
    nghttp2_session *session;
    yq_mock_grpc_stream *streams;
} conn;

struct yq_mock_grpc_server {
    struct event_base *base;
    struct evconnlistener *listener;
    yq_mock_grpc_service service;
    conn *conns;
    size_t conn_n;
    uint16_t port;
};

static void conn_close(conn *c)
{
    conn **at = &c->server->conns;
    while (*at != c) {
        at = &(*at)->next;
    }
    *at = c->next;
    c->server->conn_n--;
    nghttp2_session_del(c->session);
    while (c->streams != NULL) {
        yq_mock_grpc_stream *next = c->streams->next;
        yq_mock_grpc_stream_free(c->streams);
        c->streams = next;
    }
    bufferevent_free(c->io);
    free(c);
}

/* Sends what there is. Returns 0 when the connection is gone. */
static int flush(conn *c)
{
    int dead = nghttp2_session_send(c->session) != 0;
    int over = !nghttp2_session_want_read(c->session) && !nghttp2_session_want_write(c->session);
    if (dead || (over && evbuffer_get_length(bufferevent_get_output(c->io)) == 0)) {
        conn_close(c);
        return 0;
    }
    return 1;
}

/* ---- nghttp2 asks ---------------------------------------------------------------------------- */

static ssize_t on_send(
    nghttp2_session *session, const uint8_t *p, size_t size, int flags, void *self)
{
    const conn *c = self;
    struct evbuffer *out = bufferevent_get_output(c->io);
    (void)session;
    (void)flags;
    if (evbuffer_get_length(out) >= OUTPUT_MAX) {
        return NGHTTP2_ERR_WOULDBLOCK;
    }
    return evbuffer_add(out, p, size) == 0 ? (ssize_t)size : NGHTTP2_ERR_CALLBACK_FAILURE;
}

static nghttp2_nv pair(const char *name, const char *value)
{
    union {
        const char *in;
        uint8_t *out;
    } n = {name}, v = {value};
    return (nghttp2_nv){n.out, v.out, strlen(name), strlen(value), NGHTTP2_NV_FLAG_NONE};
}

static ssize_t on_read(
    nghttp2_session *session,
    int32_t id,
    uint8_t *buf,
    size_t size,
    uint32_t *flags,
    nghttp2_data_source *source,
    void *self)
{
    yq_mock_grpc_stream *s = source->ptr;
    const conn *c = self;
    int over = 0;
    size_t n = yq_mock_grpc_stream_read(&c->server->service, s, buf, size, &over);
    if (over) {
        nghttp2_nv trailer[3] = {pair("grpc-status", s->grpc_status)};
        size_t trailer_n = 1;
        if (s->message != NULL) {
            trailer[trailer_n++] = pair("grpc-message", s->message);
        }
        if (s->details != NULL) {
            trailer[trailer_n++] = pair("grpc-status-details-bin", s->details);
        }
        *flags |= NGHTTP2_DATA_FLAG_EOF | NGHTTP2_DATA_FLAG_NO_END_STREAM;
        return nghttp2_submit_trailer(session, id, trailer, trailer_n) == 0
                   ? (ssize_t)n
                   : NGHTTP2_ERR_CALLBACK_FAILURE;
    }
    return n == 0 ? NGHTTP2_ERR_DEFERRED : (ssize_t)n;
}

static int on_begin(nghttp2_session *session, const nghttp2_frame *frame, void *self)
{
    conn *c = self;
    if (frame->hd.type != NGHTTP2_HEADERS || frame->headers.cat != NGHTTP2_HCAT_REQUEST) {
        return 0;
    }
    yq_mock_grpc_stream *s = yq_mock_grpc_stream_new(&c->server->service, frame->hd.stream_id);
    s->next = c->streams;
    c->streams = s;
    return nghttp2_session_set_stream_user_data(session, frame->hd.stream_id, s);
}

static int on_header(/* NOLINT(readability-function-size): the library names the parameters */
                     nghttp2_session *session,
                     const nghttp2_frame *frame,
                     const uint8_t *name,
                     size_t name_n,
                     const uint8_t *value,
                     size_t value_n,
                     uint8_t flags,
                     void *self)
{
    yq_mock_grpc_stream *s = nghttp2_session_get_stream_user_data(session, frame->hd.stream_id);
    const conn *c = self;
    (void)flags;
    if (s != NULL) {
        yq_mock_grpc_stream_header(
            &c->server->service, s, yq_slice_of(name, name_n), yq_slice_of(value, value_n));
    }
    return 0;
}

/* The answer to a request's headers: the stream's head, or all of it when the call is refused. */
static int answer_head(
    nghttp2_session *session, const yq_mock_grpc_service *service, yq_mock_grpc_stream *s)
{
    const char *refused = yq_mock_grpc_stream_refusal(service, s);
    nghttp2_nv head[] = {
        pair(":status", "200"),
        pair("content-type", "application/grpc"),
        pair("grpc-status", refused == NULL ? "0" : refused)};
    nghttp2_data_provider provider = {.source.ptr = s, .read_callback = on_read};
    if (!yq_mock_grpc_stream_is_grpc(s)) {
        head[0] = pair(":status", "415");
        return nghttp2_submit_response(session, s->id, head, 1, NULL);
    }
    return refused == NULL ? nghttp2_submit_response(session, s->id, head, 2, &provider)
                           : nghttp2_submit_response(session, s->id, head, 3, NULL);
}

static int on_frame(nghttp2_session *session, const nghttp2_frame *frame, void *self)
{
    yq_mock_grpc_stream *s = nghttp2_session_get_stream_user_data(session, frame->hd.stream_id);
    const conn *c = self;
    if (s == NULL || (frame->hd.type != NGHTTP2_HEADERS && frame->hd.type != NGHTTP2_DATA)) {
        return 0;
    }
    int bad = 0;
    if (frame->hd.type == NGHTTP2_HEADERS && frame->headers.cat == NGHTTP2_HCAT_REQUEST) {
        bad = answer_head(session, &c->server->service, s);
    }
    if ((frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0) {
        s->half_closed = 1;
    }
    (void)nghttp2_session_resume_data(session, s->id);
    return bad == 0 ? 0 : NGHTTP2_ERR_CALLBACK_FAILURE;
}

static int on_chunk(
    nghttp2_session *session, uint8_t flags, int32_t id, const uint8_t *p, size_t n, void *self)
{
    yq_mock_grpc_stream *s = nghttp2_session_get_stream_user_data(session, id);
    const conn *c = self;
    (void)flags;
    if (s != NULL && !yq_mock_grpc_stream_take(&c->server->service, s, yq_slice_of(p, n))) {
        return nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, id, NGHTTP2_ENHANCE_YOUR_CALM);
    }
    return 0;
}

static int on_stream_close(nghttp2_session *session, int32_t id, uint32_t code, void *self)
{
    conn *c = self;
    (void)session;
    (void)code;
    for (yq_mock_grpc_stream **at = &c->streams; *at != NULL; at = &(*at)->next) {
        if ((*at)->id == id) {
            yq_mock_grpc_stream *s = *at;
            *at = s->next;
            yq_mock_grpc_stream_free(s);
            return 0;
        }
    }
    return 0;
}

/* A client that has not ended its side learns that nobody will read it. */
static int on_frame_send(nghttp2_session *session, const nghttp2_frame *frame, void *self)
{
    const yq_mock_grpc_stream *s =
        nghttp2_session_get_stream_user_data(session, frame->hd.stream_id);
    (void)self;
    if (s != NULL && frame->hd.type == NGHTTP2_HEADERS && !s->half_closed &&
        (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0) {
        return nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, s->id, NGHTTP2_NO_ERROR);
    }
    return 0;
}

static int session_open(conn *c)
{
    nghttp2_session_callbacks *callbacks;
    nghttp2_option *option;
    const nghttp2_settings_entry settings[] = {
        {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, YQ_MOCK_GRPC_STREAMS_MAX},
        {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, 8192}};
    if (nghttp2_session_callbacks_new(&callbacks) != 0) {
        return 0;
    }
    nghttp2_session_callbacks_set_send_callback(callbacks, on_send);
    nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, on_begin);
    nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame);
    nghttp2_session_callbacks_set_on_frame_send_callback(callbacks, on_frame_send);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_chunk);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_stream_close);
    int bad = nghttp2_option_new(&option);
    if (bad == 0) {
        /* A closed stream that is kept for priorities would be memory that a client can grow. */
        nghttp2_option_set_no_closed_streams(option, 1);
        bad = nghttp2_session_server_new2(&c->session, callbacks, c, option);
        nghttp2_option_del(option);
    }
    nghttp2_session_callbacks_del(callbacks);
    return bad == 0 && nghttp2_submit_settings(
                           c->session, NGHTTP2_FLAG_NONE, settings, YQ_ARRAY_N(settings)) == 0;
}

/* ---- the socket tells ------------------------------------------------------------------------ */

static void on_readable(struct bufferevent *io, void *self)
{
    conn *c = self;
    struct evbuffer *in = bufferevent_get_input(io);
    while (evbuffer_get_length(in) > 0) {
        struct evbuffer_iovec piece;
        (void)evbuffer_peek(in, -1, NULL, &piece, 1);
        ssize_t used = nghttp2_session_mem_recv(c->session, piece.iov_base, piece.iov_len);
        if (used < 0) {
            conn_close(c);
            return;
        }
        (void)evbuffer_drain(in, (size_t)used);
    }
    (void)flush(c);
}

static void on_writable(struct bufferevent *io, void *self)
{
    (void)io;
    (void)flush(self);
}

static void on_event(struct bufferevent *io, short what, void *self)
{
    (void)io;
    if ((what & (BEV_EVENT_EOF | BEV_EVENT_ERROR | BEV_EVENT_TIMEOUT)) != 0) {
        conn_close(self);
    }
}

static void on_accept(
    struct evconnlistener *listener,
    evutil_socket_t fd,
    struct sockaddr *from,
    int size,
    void *self)
{
    yq_mock_grpc_server *server = self;
    (void)listener;
    (void)from;
    (void)size;
    struct bufferevent *io = server->conn_n < YQ_MOCK_GRPC_CONNECTIONS_MAX
                                 ? bufferevent_socket_new(server->base, fd, BEV_OPT_CLOSE_ON_FREE)
                                 : NULL;
    if (io == NULL) {
        (void)evutil_closesocket(fd);
        return;
    }
    conn *c = calloc(1, sizeof *c);
    YQ_ASSERT(c != NULL);
    const int on = 1;
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    const struct timeval slow = {.tv_sec = WRITE_TIMEOUT_S};
    *c = (conn){.next = server->conns, .server = server, .io = io};
    server->conns = c;
    server->conn_n++;
    if (!session_open(c)) {
        conn_close(c);
        return;
    }
    bufferevent_setcb(io, on_readable, on_writable, on_event, c);
    (void)bufferevent_set_timeouts(io, NULL, &slow);
    (void)bufferevent_enable(io, EV_READ | EV_WRITE);
    (void)flush(c);
}

yq_status yq_mock_grpc_server_open(
    struct event_base *base,
    uint16_t port,
    const yq_mock_grpc_service *service,
    yq_mock_grpc_server **out,
    yq_fault *why)
{
    struct sockaddr_in addr = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    yq_mock_grpc_server *server = calloc(1, sizeof *server);
    YQ_ASSERT(server != NULL);
    server->base = base;
    server->service = *service;
    server->listener = evconnlistener_new_bind(
        base,
        on_accept,
        server,
        LEV_OPT_CLOSE_ON_FREE | LEV_OPT_REUSEABLE,
        -1,
        (const struct sockaddr *)&addr,
        sizeof addr);
    socklen_t size = sizeof addr;
    if (server->listener == NULL ||
        getsockname(evconnlistener_get_fd(server->listener), (struct sockaddr *)&addr, &size) !=
            0) {
        yq_mock_grpc_server_close(server);
        return yq_fail(why, YQ_E_IO, 0, "cannot listen");
    }
    server->port = ntohs(addr.sin_port);
    *out = server;
    return YQ_OK;
}

uint16_t yq_mock_grpc_server_port(const yq_mock_grpc_server *server)
{
    return server->port;
}

void yq_mock_grpc_server_wake(yq_mock_grpc_server *server)
{
    for (conn *c = server->conns, *next; c != NULL; c = next) {
        next = c->next;
        for (const yq_mock_grpc_stream *s = c->streams; s != NULL; s = s->next) {
            (void)nghttp2_session_resume_data(c->session, s->id);
        }
        (void)flush(c);
    }
}

void yq_mock_grpc_server_close(yq_mock_grpc_server *server)
{
    if (server == NULL) {
        return;
    }
    while (server->conns != NULL) {
        conn_close(server->conns);
    }
    if (server->listener != NULL) {
        evconnlistener_free(server->listener);
    }
    free(server);
}
