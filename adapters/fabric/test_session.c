/* The whole adapter against nodes on loopback that speak gRPC over clear-text HTTP/2. */
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

#define VECTORS YQ_SOURCE_DIR "/conformance/vectors/real-nodes/"
#define BLOCKS  9u

/* How a node behaves. */
typedef enum mode {
    MODE_HONEST = 0,
    MODE_FORKED,    /* its block 4 has another header */
    MODE_BAD_DATA,  /* its data is not the header's */
    MODE_FORBIDDEN, /* status 403 */
    MODE_TRAILERS,  /* no body, grpc-status 14 in the headers */
    MODE_SHORT,     /* knows blocks 0 to 3 */
} mode;

typedef struct node {
    mode how;
    int listener, port;
    pthread_t thread;
    uint8_t *block[BLOCKS];
    size_t block_n[BLOCKS];
    unsigned requests;
    uint8_t request[65536], reply[1u << 20];
    size_t request_n, reply_n, reply_at;
    int fd;
} node;

static uint64_t height_of(yq_slice position)
{
    yq_cur c = yq_cur_of(position), inner;
    yq_pb_field f;
    if (!yq_pb_next(&c, &f) || f.number == 1) {
        return YQ_FABRIC_NEWEST;
    }
    inner = yq_cur_of(f.bytes);
    return yq_pb_next(&inner, &f) ? f.value : 0;
}

static yq_slice part(yq_slice in, uint32_t number)
{
    yq_cur c = yq_cur_of(in);
    int found;
    return yq_pb_find(&c, number, &found);
}

static void put_message(yq_writer *w, uint32_t number, yq_slice block, uint64_t status)
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

static void put_block(node *n, yq_writer *w, uint64_t at)
{
    static uint8_t changed[1u << 17];
    yq_slice raw = yq_slice_of(n->block[at], n->block_n[at]);
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
static void answer(node *n)
{
    yq_writer w = yq_writer_of(n->reply, sizeof n->reply);
    yq_slice payload = part(yq_slice_of(n->request + 5, n->request_n - 5), 1);
    yq_slice seek = part(payload, 2);
    uint64_t newest = n->how == MODE_SHORT ? 3 : BLOCKS - 1;
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

static ssize_t read_reply(
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

static int on_chunk(
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

static int on_frame(nghttp2_session *session, const nghttp2_frame *frame, void *self)
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

static ssize_t send_some(
    nghttp2_session *session, const uint8_t *p, size_t size, int flags, void *self)
{
    const node *n = self;
    (void)session;
    (void)flags;
    ssize_t sent = write(n->fd, p, size);
    return sent < 0 ? NGHTTP2_ERR_CALLBACK_FAILURE : sent;
}

static void serve(node *n)
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

static void *run(void *self)
{
    node *n = self;
    while ((n->fd = accept(n->listener, NULL, NULL)) >= 0) {
        serve(n);
        close(n->fd);
    }
    return NULL;
}

static node *node_start(const char *network, mode how)
{
    node *n = calloc(1, sizeof *n);
    n->how = how;
    for (unsigned i = 0; i < BLOCKS; i++) {
        char path[1024];
        snprintf(path, sizeof path, VECTORS "%s/b%u.block", network, i);
        FILE *f = fopen(path, "rb");
        cr_assert_not_null(f);
        n->block[i] = malloc(1u << 17);
        n->block_n[i] = fread(n->block[i], 1, 1u << 17, f);
        fclose(f);
    }
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

static void *host_alloc(void *self, size_t size)
{
    (void)self;
    cr_assert_lt(lent_n, YQ_ARRAY_N(lent));
    lent[lent_n] = calloc(1, size);
    return lent[lent_n++];
}

static void host_log(void *self, int level, const char *text)
{
    (void)self;
    (void)level;
    (void)text;
}

static uint64_t host_now(void *self)
{
    (void)self;
    return UINT64_C(1795435200000);
}

static int host_stopping(void *self)
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

static yq_status open_with(
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

static void *open_nodes(node *const *n, size_t count, const char *min_sources)
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

Test(session, blocks_become_evidence, .timeout = 60)
{
    node *n = node_start("fabric-3pre-smartbft", MODE_HONEST);
    void *s = open_nodes(&n, 1, "1");
    const yq_adapter *a = yq_adapter_v1();
    yq_fault why = {0};
    uint64_t height = 0;
    yq_slice anchor;
    cr_assert_eq(a->latest(s, WAIT_MS, &height, &why), YQ_OK, "%s", why.text);
    cr_assert_eq(height, 8);
    cr_assert_eq(a->anchor(s, WAIT_MS, &anchor, &why), YQ_OK, "%s", why.text);
    cr_assert_gt(anchor.n, n->block_n[0]);
    unsigned events = 0;
    for (uint64_t h = 0; h < BLOCKS; h++) {
        yq_height_evidence e;
        cr_assert_eq(a->evidence(s, h, WAIT_MS, &e, &why), YQ_OK, "%s", why.text);
        cr_assert_eq(e.update.n > 0, h > 0);
        for (size_t i = 0; i < e.event_n; i++) {
            cr_assert(yq_slice_equal(e.event[i].emitter, yq_slice_text("hubcc")));
            cr_assert(yq_slice_equal(e.event[i].name, yq_slice_text("CrossChainSend")));
            cr_assert_eq(e.event[i].tx_id.n, 64);
            events++;
        }
    }
    cr_assert_eq(events, 6);
    cr_assert_leq(n->requests, 5, "blocks are asked for in ranges");
    yq_height_evidence e;
    cr_assert_eq(a->evidence(s, BLOCKS, WAIT_MS, &e, &why), YQ_E_NOT_FOUND);
    cr_assert_null(a->submit);
    const yq_option *counter;
    size_t counter_n;
    cr_assert_eq(a->counters(s, &counter, &counter_n), YQ_OK);
    cr_assert_eq(counter_n, 5);
    a->close(s);
}

Test(session, nodes_that_contradict_are_noticed, .timeout = 60)
{
    node *n[] = {
        node_start("fabric-2.5-raft", MODE_HONEST), node_start("fabric-2.5-raft", MODE_FORKED)};
    void *s = open_nodes(n, 2, "1");
    const yq_adapter *a = yq_adapter_v1();
    yq_fault why = {0};
    yq_height_evidence e;
    cr_assert_eq(a->evidence(s, 3, WAIT_MS, &e, &why), YQ_OK, "%s", why.text);
    cr_assert_eq(a->evidence(s, 4, WAIT_MS, &e, &why), YQ_E_SOURCE_DISAGREE);
    a->close(s);
}

Test(session, a_node_that_lies_or_is_away_is_passed_over, .timeout = 60)
{
    static const mode away[] = {MODE_BAD_DATA, MODE_FORBIDDEN, MODE_TRAILERS, MODE_SHORT};
    static const yq_status alone[] = {YQ_E_PEER, YQ_E_PERMISSION, YQ_E_UNAVAILABLE, YQ_E_NOT_FOUND};
    node *good = node_start("fabric-2.5-raft", MODE_HONEST);
    const yq_adapter *a = yq_adapter_v1();
    for (size_t i = 0; i < YQ_ARRAY_N(away); i++) {
        node *n[] = {node_start("fabric-2.5-raft", away[i]), good};
        yq_fault why = {0};
        yq_height_evidence e;
        void *s = open_nodes(n, 1, "1");
        cr_assert_eq(a->evidence(s, 5, WAIT_MS, &e, &why), alone[i], "%zu: %s", i, why.text);
        a->close(s);
        s = open_nodes(n, 2, "1");
        cr_assert_eq(a->evidence(s, 5, WAIT_MS, &e, &why), YQ_OK, "%zu: %s", i, why.text);
        a->close(s);
        s = open_nodes(n, 2, "2");
        if (away[i] != MODE_BAD_DATA) { /* that one's header agrees */
            cr_assert_eq(a->evidence(s, 5, WAIT_MS, &e, &why), YQ_E_UNAVAILABLE, "%zu", i);
        }
        a->close(s);
    }
}

Test(session, latest_is_what_enough_nodes_have, .timeout = 60)
{
    node *n[] = {
        node_start("fabric-2.5-raft", MODE_SHORT), node_start("fabric-2.5-raft", MODE_HONEST)};
    const yq_adapter *a = yq_adapter_v1();
    yq_fault why = {0};
    uint64_t height;
    void *s = open_nodes(n, 2, "1");
    cr_assert_eq(a->latest(s, WAIT_MS, &height, &why), YQ_OK);
    cr_assert_eq(height, 8);
    a->close(s);
    s = open_nodes(n, 2, "2");
    cr_assert_eq(a->latest(s, WAIT_MS, &height, &why), YQ_OK);
    cr_assert_eq(height, 3);
    a->close(s);
}

Test(session, preflight_looks_at_everything, .timeout = 60)
{
    node *n = node_start("fabric-3pre-smartbft", MODE_HONEST);
    void *s = open_nodes(&n, 1, "1");
    const yq_check *check;
    size_t check_n;
    yq_fault why;
    cr_assert_eq(yq_adapter_v1()->preflight(s, WAIT_MS, &check, &check_n, &why), YQ_OK);
    cr_assert_eq(check_n, 5);
    for (size_t i = 0; i < check_n; i++) {
        cr_assert(check[i].passed, "%s: %s", check[i].name, check[i].detail);
    }
    yq_adapter_v1()->close(s);
    n = node_start("fabric-3pre-smartbft", MODE_FORBIDDEN);
    s = open_nodes(&n, 1, "1");
    cr_assert_eq(yq_adapter_v1()->preflight(s, WAIT_MS, &check, &check_n, &why), YQ_OK);
    cr_assert_not(check[1].passed);
    yq_adapter_v1()->close(s);
}

Test(session, nobody_there, .timeout = 60)
{
    const char *url = "http://127.0.0.1:1";
    void *s;
    yq_fault why = {0};
    uint64_t height;
    cr_assert_eq(open_with(&url, 1, NULL, 0, &s, &why), YQ_OK);
    cr_assert_eq(yq_adapter_v1()->latest(s, WAIT_MS, &height, &why), YQ_E_UNAVAILABLE);
    yq_adapter_v1()->close(s);
}

Test(session, wrong_options_are_named)
{
    static const struct {
        const char *url, *key, *value, *named;
    } wrong[] = {
        {"http://192.0.2.1:7050", "service", "orderer", "endpoints"},
        {"ftp://127.0.0.1:7050", "service", "orderer", "endpoints"},
        {"https://a:7050", "service", "gateway", "service"},
        {"https://a:7050", "sevrice", "peer", "sevrice"},
        {"https://a:7050", "min_sources", "2", "min_sources"},
        {"https://a:7050", "min_sources", "0", "min_sources"},
        {"https://a:7050", "msp_id", "Org1MSP", "msp_id"},
        {"https://a:7050", "tls_cert_file", "/none", "tls_cert_file"},
        {"https://a:7050", "policy.hubcc", "Endorsement", "policy.hubcc"},
        {"https://a:7050", "policy.hubcc", "hex:0", "policy.hubcc"},
        {"https://a:7050", "sequence.hubcc", "2", "sequence.hubcc"},
        {"https://a:7050", "sequence.hubcc", "02:1", "sequence.hubcc"},
        {"https://a:7050", "keys.hubcc", "-1", "keys.hubcc"},
        {"https://a:7050", "anchor_height", "x", "anchor_height"},
    };
    for (size_t i = 0; i < YQ_ARRAY_N(wrong); i++) {
        void *s;
        yq_fault why = {0};
        const yq_option more = {wrong[i].key, wrong[i].value};
        cr_assert_eq(
            open_with(&wrong[i].url, 1, &more, 1, &s, &why), YQ_E_CONFIG_INVALID, "%zu", i);
        cr_assert_null(s);
        cr_assert_eq(strncmp(why.text, wrong[i].named, strlen(wrong[i].named)), 0, "%s", why.text);
    }
}
