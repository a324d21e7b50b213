#ifndef YQ_ADAPTERS_FABRIC_TEST_NODE_H
#define YQ_ADAPTERS_FABRIC_TEST_NODE_H

/* Nodes on loopback that speak gRPC over clear-text HTTP/2, honest or not, and a host. */
#include "adapters/fabric/session.h"
#include "relay/base/cursor.h"
#include "relay/base/writer.h"
#include "relay/codec/protobuf.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <nghttp2/nghttp2.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define BLOCKS 9u

/* How a node behaves. */
typedef enum behaviour {
    MODE_HONEST = 0,
    MODE_FORKED,    /* its block 4 has another header */
    MODE_BAD_DATA,  /* its data is not the header's */
    MODE_FORBIDDEN, /* status 403 */
    MODE_TRAILERS,  /* no body, grpc-status 14 in the headers */
    MODE_SHORT,     /* knows blocks 0 to 3 */
} behaviour;

typedef struct node {
    behaviour how;
    int listener, port;
    pthread_t thread;
    yq_slice block[BLOCKS];
    size_t block_n;
    unsigned requests;
    uint8_t request[65536], reply[1u << 20];
    size_t request_n, reply_n, reply_at;
    int fd;
} node;

static inline uint64_t height_of(yq_slice position)
{
    yq_cur c = yq_cur_of(position), inner;
    yq_pb_field f;
    if (!yq_pb_next(&c, &f) || f.number == 1) {
        return YQ_FABRIC_NEWEST;
    }
    inner = yq_cur_of(f.bytes);
    return yq_pb_next(&inner, &f) ? f.value : 0;
}

static inline yq_slice part(yq_slice in, uint32_t number)
{
    yq_cur c = yq_cur_of(in);
    int found;
    return yq_pb_find(&c, number, &found);
}

static inline void put_message(yq_writer *w, uint32_t number, yq_slice block, uint64_t status)
{
    size_t mark = w->n;
    yq_put_u8(w, 0);
    yq_put_u32(w, 0);
    if (block.n > 0) {
        yq_pb_put_bytes(w, number, block);
    } else {
        yq_pb_put_varint(w, 1, status);
    }
    yq_writer head = yq_writer_of(w->p + mark + 1, 4);
    yq_put_u32(&head, (uint32_t)(w->n - mark - 5));
}

static inline void put_block(node *n, yq_writer *w, uint64_t at)
{
    static uint8_t changed[1u << 17];
    yq_slice raw = n->block[at];
    cr_assert_leq(raw.n, sizeof changed);
    memcpy(changed, raw.p, raw.n);
    if (n->how == MODE_FORKED && at == 4) {
        changed[10] ^= 1; /* in previous_hash */
    }
    if (n->how == MODE_BAD_DATA) {
        changed[raw.n / 2] ^= 1;
    }
    put_message(w, 2, yq_slice_of(changed, raw.n), 0);
}

/* Answers the one framed SeekInfo of a request. */
static inline void answer(node *n)
{
    yq_writer w = yq_writer_of(n->reply, sizeof n->reply);
    yq_slice payload = part(yq_slice_of(n->request + 5, n->request_n - 5), 1);
    yq_slice seek = part(payload, 2);
    uint64_t newest = n->how == MODE_SHORT ? 3 : n->block_n - 1;
    uint64_t from = height_of(part(seek, 1)), to = height_of(part(seek, 2));
    uint64_t status = 200;
    from = from == YQ_FABRIC_NEWEST ? newest : from;
    to = to == YQ_FABRIC_NEWEST ? newest : to;
    n->requests++;
    for (; from <= to && status == 200; from++) {
        status = n->how == MODE_FORBIDDEN ? 403 : (from > newest ? 404 : 200);
        if (status == 200) {
            put_block(n, &w, from);
        }
    }
    put_message(&w, 0, (yq_slice){0}, status);
    n->reply_n = w.n;
    n->reply_at = 0;
}

static inline ssize_t read_reply(
    nghttp2_session *session,
    int32_t stream,
    uint8_t *buf,
    size_t size,
    uint32_t *flags,
    nghttp2_data_source *source,
    void *self)
{
    node *n = self;
    (void)source;
    size_t left = n->reply_n - n->reply_at, take = left < size ? left : size;
    take = take > 1000 ? 1000 : take; /* many small frames */
    memcpy(buf, n->reply + n->reply_at, take);
    n->reply_at += take;
    if (n->reply_at == n->reply_n) {
        static uint8_t name[] = "grpc-status", value[] = "0";
        nghttp2_nv trailer = {name, value, sizeof name - 1, 1, 0};
        *flags |= NGHTTP2_DATA_FLAG_EOF | NGHTTP2_DATA_FLAG_NO_END_STREAM;
        nghttp2_submit_trailer(session, stream, &trailer, 1);
    }
    return (ssize_t)take;
}

static inline int on_chunk(
    nghttp2_session *session,
    uint8_t flags,
    int32_t stream,
    const uint8_t *p,
    size_t size,
    void *self)
{
    node *n = self;
    (void)session;
    (void)flags;
    (void)stream;
    if (n->request_n + size <= sizeof n->request) {
        memcpy(n->request + n->request_n, p, size);
        n->request_n += size;
    }
    return 0;
}

static inline int on_frame(nghttp2_session *session, const nghttp2_frame *frame, void *self)
{
    node *n = self;
    if (frame->hd.type != NGHTTP2_DATA || (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) == 0) {
        return 0;
    }
    static uint8_t status[] = ":status", ok[] = "200", type[] = "content-type";
    static uint8_t grpc[] = "application/grpc", code[] = "grpc-status", down[] = "14";
    nghttp2_nv head[] = {
        {status, ok, sizeof status - 1, 3, 0},
        {type, grpc, sizeof type - 1, sizeof grpc - 1, 0},
        {code, down, sizeof code - 1, 2, 0}};
    nghttp2_data_provider provider = {.read_callback = read_reply};
    int only = n->how == MODE_TRAILERS;
    answer(n);
    nghttp2_submit_response(
        session, frame->hd.stream_id, head, only ? 3 : 2, only ? NULL : &provider);
    n->request_n = 0;
    return 0;
}

static inline ssize_t send_some(
    nghttp2_session *session, const uint8_t *p, size_t size, int flags, void *self)
{
    const node *n = self;
    (void)session;
    (void)flags;
    ssize_t sent = write(n->fd, p, size);
    return sent < 0 ? NGHTTP2_ERR_CALLBACK_FAILURE : sent;
}

static inline void serve(node *n)
{
    nghttp2_session_callbacks *callbacks;
    nghttp2_session *session;
    nghttp2_session_callbacks_new(&callbacks);
    nghttp2_session_callbacks_set_send_callback(callbacks, send_some);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_chunk);
    nghttp2_session_server_new(&session, callbacks, n);
    nghttp2_session_callbacks_del(callbacks);
    nghttp2_submit_settings(session, NGHTTP2_FLAG_NONE, NULL, 0);
    uint8_t buf[4096];
    ssize_t got = 1;
    n->request_n = 0;
    while (got > 0 && nghttp2_session_send(session) == 0) {
        got = read(n->fd, buf, sizeof buf);
        if (got > 0 && nghttp2_session_mem_recv(session, buf, (size_t)got) < 0) {
            break;
        }
    }
    nghttp2_session_del(session);
}

static inline void *run(void *self)
{
    node *n = self;
    while ((n->fd = accept(n->listener, NULL, NULL)) >= 0) {
        serve(n);
        close(n->fd);
    }
    return NULL;
}

/* A node that has these blocks. */
static inline node *node_serve(const yq_slice *block, size_t block_n, behaviour how)
{
    node *n = calloc(1, sizeof *n);
    n->how = how;
    cr_assert_leq(block_n, BLOCKS);
    memcpy(n->block, block, block_n * sizeof *block);
    n->block_n = block_n;
    struct sockaddr_in addr = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof addr;
    n->listener = socket(AF_INET, SOCK_STREAM, 0);
    cr_assert_eq(bind(n->listener, (struct sockaddr *)&addr, sizeof addr), 0);
    cr_assert_eq(listen(n->listener, 4), 0);
    cr_assert_eq(getsockname(n->listener, (struct sockaddr *)&addr, &size), 0);
    n->port = ntohs(addr.sin_port);
    cr_assert_eq(pthread_create(&n->thread, NULL, run, n), 0);
    return n;
}

/* Kept to the test's end, where the process ends too. */
static void *lent[4096];
static size_t lent_n;

static inline void *host_alloc(void *self, size_t size)
{
    (void)self;
    cr_assert_lt(lent_n, YQ_ARRAY_N(lent));
    lent[lent_n] = calloc(1, size);
    return lent[lent_n++];
}

static inline void host_log(void *self, int level, const char *text)
{
    (void)self;
    (void)level;
    (void)text;
}

static inline uint64_t host_now(void *self)
{
    (void)self;
    return UINT64_C(1795435200000);
}

static inline int host_stopping(void *self)
{
    (void)self;
    return 0;
}

static const yq_adapter_host host = {
    .size = sizeof host,
    .abi_major = YQ_ADAPTER_ABI_MAJOR,
    .abi_minor = YQ_ADAPTER_ABI_MINOR,
    .alloc = host_alloc,
    .log = host_log,
    .now_ms = host_now,
    .stopping = host_stopping};

static inline yq_status open_with(
    const char *const *url,
    size_t url_n,
    const yq_option *more,
    size_t more_n,
    void **session,
    yq_fault *why)
{
    yq_option option[8] = {{"channel", "hubch"}, {"chaincodes", "hubcc"}};
    for (size_t i = 0; i < more_n; i++) {
        option[2 + i] = more[i];
    }
    const yq_adapter_config config = {
        .chain = "fabric-test",
        .endpoints = url,
        .endpoint_n = url_n,
        .options = option,
        .option_n = 2 + more_n};
    return yq_adapter_v1()->open(&host, &config, session, why);
}

static inline void *open_nodes(node *const *n, size_t count, const char *min_sources)
{
    static char url[4][64];
    const char *list[4];
    void *session;
    yq_fault why = {0};
    for (size_t i = 0; i < count; i++) {
        snprintf(url[i], sizeof url[i], "http://127.0.0.1:%d", n[i]->port);
        list[i] = url[i];
    }
    const yq_option more = {"min_sources", min_sources};
    yq_status status = open_with(list, count, &more, 1, &session, &why);
    cr_assert_eq(status, YQ_OK, "%s", why.text);
    return session;
}

#define WAIT_MS 5000u

#endif /* YQ_ADAPTERS_FABRIC_TEST_NODE_H */
