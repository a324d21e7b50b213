/* Many streams, and clients that break the rules. */
#include "conformance/chains/fabric/test_peer.h"

#define ORDERER "/orderer.AtomicBroadcast/Deliver"
#define BLOCKS  40u
#define CHANNEL "ch"

typedef struct world {
    struct event_base *base;
    yq_fbmock_store store;
    yq_fbmock_server *server;
} world;

/* A block of one element of n bytes; the first one names the channel. */
static void add_block(yq_fbmock_store *store, size_t n)
{
    static uint8_t room[1u << 20];
    yq_writer w = yq_writer_of(room, sizeof room);
    size_t mark = yq_pb_begin(&w);
    if (store->n > 0) {
        yq_pb_put_varint(&w, 1, store->n);
    }
    yq_pb_end(&w, mark, 1);
    size_t data = yq_pb_begin(&w), envelope = yq_pb_begin(&w), payload = yq_pb_begin(&w);
    size_t header = yq_pb_begin(&w);
    mark = yq_pb_begin(&w);
    yq_pb_put_bytes(&w, 4, yq_slice_text(CHANNEL));
    yq_pb_end(&w, mark, 1);
    yq_pb_end(&w, header, 1);
    yq_pb_end(&w, payload, 1);
    static const uint8_t filler[1u << 18];
    yq_pb_put_bytes(&w, 2, yq_slice_of(filler, n));
    yq_pb_end(&w, envelope, 1);
    yq_pb_end(&w, data, 2);
    yq_fault why = {0};
    cr_assert_eq(yq_fbmock_store_append(store, yq_writer_slice(&w), &why), YQ_OK, "%s", why.text);
}

static world *begin(void)
{
    world *w = calloc(1, sizeof *w);
    yq_fault why = {0};
    w->base = event_base_new();
    for (unsigned i = 0; i < BLOCKS; i++) {
        add_block(&w->store, 3000u * (i % 7 + 1));
    }
    cr_assert_eq(yq_fbmock_server_open(w->base, 0, &w->store, &w->server, &why), YQ_OK);
    return w;
}

static void end(world *w)
{
    yq_fbmock_server_close(w->server);
    yq_fbmock_store_clear(&w->store);
    event_base_free(w->base);
    free(w);
}

static peer *join(world *w)
{
    return peer_open(w->base, yq_fbmock_server_port(w->server));
}

static peer_call *ask(peer *p, uint64_t from, uint64_t to, unsigned behaviour, int keep_open)
{
    uint8_t room[512];
    size_t n = peer_ask(room, CHANNEL, from, to, behaviour, 0);
    return peer_start(p, yq_slice_of(room, n), ORDERER, keep_open);
}

static void check_all(const world *w, const peer_call *call)
{
    uint64_t status;
    for (unsigned i = 0; i < BLOCKS; i++) {
        yq_slice want = yq_slice_of(w->store.block[i].p, w->store.block[i].n);
        cr_assert(yq_slice_equal(peer_block(call, i, &status), want), "block %u", i);
    }
    (void)peer_block(call, BLOCKS, &status);
    cr_assert_eq(status, 200);
}

/* The server still serves. */
static void check_serves(world *w)
{
    peer *p = join(w);
    peer_call *call = ask(p, PEER_OLDEST, PEER_NEWEST, 1, 0);
    peer_finish(p, call);
    check_all(w, call);
    peer_close(p);
}

Test(fabric_server, many_streams)
{
    world *w = begin();
    peer *p = join(w);
    for (unsigned i = 0; i < 64; i++) {
        (void)ask(p, PEER_OLDEST, PEER_NEWEST, 1, 0);
    }
    for (unsigned i = 0; i < 64; i++) {
        peer_finish(p, &p->call[i]);
        check_all(w, &p->call[i]);
        cr_assert_str_eq(p->call[i].grpc, "0");
    }
    peer_close(p);
    end(w);
}

static void turns(peer *p, int n)
{
    while (n-- > 0 && peer_turn(p)) {
    }
}

Test(fabric_server, waits_for_blocks)
{
    world *w = begin();
    uint64_t status;
    peer *p = join(w);
    peer_call *closed = ask(p, BLOCKS, BLOCKS + 1, 0, 0);
    peer_call *open = ask(p, BLOCKS, BLOCKS, 0, 1);
    turns(p, 50);
    cr_assert_eq(closed->reply_n + open->reply_n, 0);
    add_block(&w->store, 100);
    yq_fbmock_server_wake(w->server);
    turns(p, 50);
    cr_assert_gt(peer_block(closed, 0, &status).n, 0);
    (void)peer_block(open, 1, &status);
    cr_assert_eq(status, 200);
    cr_assert(!open->closed && !closed->closed);
    /* The same stream takes another ask. */
    open->request_n = peer_ask(open->request, CHANNEL, 3, 3, 1, 0);
    open->request_at = 0;
    open->keep_open = 0;
    (void)nghttp2_session_resume_data(p->session, open->id);
    add_block(&w->store, 100);
    yq_fbmock_server_wake(w->server);
    peer_finish(p, open);
    peer_finish(p, closed);
    cr_assert_gt(peer_block(open, 2, &status).n, 0);
    (void)peer_block(open, 3, &status);
    cr_assert_eq(status, 200);
    (void)peer_block(closed, 2, &status);
    cr_assert_eq(status, 200);
    peer_close(p);
    end(w);
}

/* Clients that go away in the middle. */
Test(fabric_server, lost_clients)
{
    world *w = begin();
    for (int i = 0; i < 300; i++) {
        peer *p = join(w);
        (void)ask(p, PEER_OLDEST, PEER_NEWEST, 1, i % 2);
        (void)ask(p, BLOCKS, BLOCKS, 0, 0);
        turns(p, i % 12);
        if (i % 3 == 0) {
            (void)nghttp2_submit_rst_stream(p->session, 0, p->call[0].id, NGHTTP2_CANCEL);
            turns(p, 3);
        } else if (i % 3 == 1) {
            (void)shutdown(p->fd, SHUT_WR);
            turns(p, 3);
        }
        peer_close(p);
    }
    check_serves(w);
    end(w);
}

static void check_call(world *w, yq_slice request, const char *path, int open, const char *grpc)
{
    peer *p = join(w);
    peer_call *call = peer_start(p, request, path, open);
    peer_finish(p, call);
    cr_assert_str_eq(call->grpc, grpc);
    cr_assert_str_eq(call->http, "200");
    peer_close(p);
}

Test(fabric_server, bad_messages)
{
    world *w = begin();
    uint8_t room[512];
    size_t n = peer_ask(room, CHANNEL, 1, 1, 1, 0);
    check_call(w, yq_slice_of(room, n), ORDERER, 0, "0");
    check_call(w, yq_slice_of(room, n), "/protos.Deliver/DeliverFiltered", 0, "12");
    check_call(w, yq_slice_of(room, n - 1), ORDERER, 0, "13");
    check_call(w, yq_slice_of(room, 3), ORDERER, 0, "13");
    check_call(w, yq_slice_of(room, 0), ORDERER, 0, "0");
    room[0] = 1;
    check_call(w, yq_slice_of(room, n), ORDERER, 1, "12");
    room[0] = 2;
    check_call(w, yq_slice_of(room, n), ORDERER, 1, "13");
    memcpy(room, "\0\0\x20\0\1", 5);
    check_call(w, yq_slice_of(room, n), ORDERER, 1, "8");
    memcpy(room, "\0\xff\xff\xff\xff", 5);
    check_call(w, yq_slice_of(room, n), ORDERER, 1, "8");
    check_serves(w);
    end(w);
}

/* Every cut and every changed byte of an envelope gets an answer. */
Test(fabric_server, mutated_envelopes)
{
    world *w = begin();
    uint8_t good[512], room[512];
    size_t n = peer_ask(good, CHANNEL, 1, 2, 1, 1);
    unsigned refused = 0;
    for (size_t i = 5; i < n; i++) {
        uint64_t status;
        memcpy(room, good, n);
        room[i] ^= 0x81;
        peer *p = join(w);
        peer_call *call = peer_start(p, yq_slice_of(room, n), ORDERER, 0);
        peer_finish(p, call);
        cr_assert_str_eq(call->grpc, "0");
        (void)peer_block(call, 0, &status);
        refused += status >= 400;
        peer_close(p);
    }
    cr_assert_gt(refused, n / 2);
    end(w);
}

/* Raw bytes; returns 1 when the server closes. */
static int is_dropped(world *w, yq_slice bytes)
{
    int fd = peer_connect(yq_fbmock_server_port(w->server));
    uint8_t buf[4096];
    ssize_t got = -1;
    for (int i = 0; i < 50; i++) {
        (void)event_base_loop(w->base, EVLOOP_NONBLOCK);
    }
    (void)send(fd, bytes.p, bytes.n, MSG_NOSIGNAL);
    for (int i = 0; i < 500 && got != 0; i++) {
        (void)event_base_loop(w->base, EVLOOP_NONBLOCK);
        got = recv(fd, buf, sizeof buf, MSG_DONTWAIT);
    }
    close(fd);
    return got == 0;
}

Test(fabric_server, broken_protocol)
{
    static const char magic[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    world *w = begin();
    uint8_t room[20000] = {0};
    cr_assert(is_dropped(w, yq_slice_text("GET / HTTP/1.1\r\nHost: a\r\n\r\n")));
    cr_assert(is_dropped(w, yq_slice_text("garbage garbage garbage garbage")));
    memcpy(room, magic, 24);
    /* First SETTINGS, then a DATA frame larger than the server's maximum. */
    memcpy(room + 24, "\0\0\0\4\0\0\0\0\0", 9);
    memcpy(room + 33, "\0\x40\x01\0\0\0\0\0\1", 9);
    cr_assert(is_dropped(w, yq_slice_of(room, 33 + 9 + 0x4001)));
    memcpy(room + 33, "\0\0\1\1\4\0\0\0\1\xff", 10); /* broken header compression */
    cr_assert(is_dropped(w, yq_slice_of(room, 33 + 10)));
    check_serves(w);
    end(w);
}

Test(fabric_server, connections_are_bounded)
{
    world *w = begin();
    int fd[YQ_MOCK_GRPC_CONNECTIONS_MAX + 8];
    for (size_t i = 0; i < YQ_ARRAY_N(fd); i++) {
        fd[i] = peer_connect(yq_fbmock_server_port(w->server));
        (void)event_base_loop(w->base, EVLOOP_NONBLOCK);
    }
    uint8_t buf[256];
    unsigned dropped = 0;
    for (size_t i = 0; i < YQ_ARRAY_N(fd); i++) {
        dropped += recv(fd[i], buf, sizeof buf, MSG_DONTWAIT) == 0;
        close(fd[i]);
    }
    cr_assert_geq(dropped, 8);
    cr_assert_lt(dropped, 20);
    for (int i = 0; i < 200; i++) {
        (void)event_base_loop(w->base, EVLOOP_NONBLOCK);
    }
    check_serves(w);
    end(w);
}
