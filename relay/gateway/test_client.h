#ifndef YQ_RELAY_GATEWAY_TEST_CLIENT_H
#define YQ_RELAY_GATEWAY_TEST_CLIENT_H

/* For the gateway's tests: a ledger with a gateway over it, and a small HTTP client. */
#include "relay/codec/json.h"
#include "relay/gateway/gateway.h"
#include "relay/ledger/test_world.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

typedef struct gateway_world {
    world w;
    yq_gateway *gateway;
    char socket[96];
    yq_status submit_says, outcome; /* what the node answers */
    int silent;                     /* it does not answer */
    int forgets;                    /* it does not keep what it takes */
    yq_status recover_says;
    yq_recovery_book book;
} gateway_world;

static inline void node_status(void *self, yq_gateway_status *out)
{
    gateway_world *g = self;
    *out = (yq_gateway_status){.peer_n = WORLD_N};
    out->core = (yq_bft_view){.epoch = 1, .view = 7, .own = 1, .n = WORLD_N, .q = 3};
    for (unsigned i = 0; i < WORLD_N; i++) {
        memcpy(out->peer[i].key, g->w.set.key[i], 64);
    }
}

static inline yq_status node_submit(void *self, uint64_t token, yq_slice envelope)
{
    gateway_world *g = self;
    yq_envelope env;
    yq_fault why = {.text = "because"};
    if (g->submit_says != YQ_OK) {
        return g->submit_says;
    }
    YQ_ASSERT(yq_envelope_decode(YQ_HASH_SM3, envelope, &env, NULL) == YQ_OK);
    if (g->outcome == YQ_OK && !g->forgets) {
        YQ_ASSERT(world_put(&g->w, &env) == YQ_OK);
    }
    if (!g->silent) {
        yq_gateway_submitted(g->gateway, token, g->outcome, &env.id, &why);
    }
    return YQ_OK;
}

static inline yq_status node_recover(void *self, yq_slice statement, yq_fault *why)
{
    gateway_world *g = self;
    unsigned idx;
    int fresh;
    if (g->recover_says != YQ_OK) {
        return yq_fail(why, g->recover_says, 0, "because");
    }
    return yq_recovery_book_take(&g->book, statement, 1000, &idx, &fresh, why);
}

static inline unsigned node_recoveries(void *self, yq_gateway_recovery out[YQ_RECOVERIES_MAX])
{
    gateway_world *g = self;
    for (unsigned i = 0; i < g->book.n; i++) {
        yq_gateway_recovery_of(&g->book, i, &out[i]);
        out[i].stage = YQ_RECOVERY_READY;
    }
    return g->book.n;
}

static inline void gateway_world_make(gateway_world *g)
{
    memset(g, 0, sizeof *g);
    world_make(&g->w);
}

/* In: a made world. */
static inline void gateway_world_start(
    gateway_world *g, const char *certificate, const char *key, const yq_ledger_config *more)
{
    char path[96];
    (void)snprintf(path, sizeof path, "%s/db", g->w.dir);
    yq_ledger_config ledger = *more;
    ledger.path = path;
    ledger.versions = 100;
    ledger.genesis = yq_slice_of(g->w.genesis, g->w.genesis_n);
    YQ_ASSERT(yq_ledger_open(&ledger, &g->w.ledger, NULL) == YQ_OK);
    yq_recovery_book_init(&g->book, yq_ledger_genesis(g->w.ledger), &g->w.chain);
    (void)snprintf(g->socket, sizeof g->socket, "%s/sock", g->w.dir);
    yq_gateway_config config = {
        .ledger = g->w.ledger,
        .listen = "127.0.0.1:0",
        .certificate = certificate,
        .key = key,
        .socket_path = g->socket,
        .version = "1.2.3",
        .host = {g, node_status, node_submit, node_recover, node_recoveries},
    };
    yq_fault why = {0};
    cr_assert_eq(yq_gateway_start(&config, &g->gateway, &why), YQ_OK, "%s", why.text);
    cr_assert_neq(yq_gateway_port(g->gateway), 0);
}

static inline void gateway_world_open(gateway_world *g, const char *certificate, const char *key)
{
    static const yq_ledger_config plain;
    gateway_world_make(g);
    gateway_world_start(g, certificate, key, &plain);
}

static inline void gateway_world_close(gateway_world *g)
{
    yq_gateway_stop(g->gateway);
    world_free(&g->w);
}

static inline void gateway_world_block(gateway_world *g, yq_bft_tip *tip)
{
    world_block(&g->w, 1, tip);
    yq_gateway_committed(g->gateway, tip->header.height);
}

static inline int test_connect(const gateway_world *g, int local)
{
    struct timeval limit = {20, 0};
    struct sockaddr_in in = {.sin_family = AF_INET};
    struct sockaddr_un un = {.sun_family = AF_UNIX};
    int fd = socket(local ? AF_UNIX : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    cr_assert(fd >= 0);
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    in.sin_port = htons(yq_gateway_port(g->gateway));
    in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    memcpy(un.sun_path, g->socket, strlen(g->socket));
    int done = local ? connect(fd, (struct sockaddr *)&un, sizeof un)
                     : connect(fd, (struct sockaddr *)&in, sizeof in);
    cr_assert_eq(done, 0);
    return fd;
}

typedef struct test_reply {
    int code;
    yq_slice body; /* in a static room, until the next reply */
    yq_json *document;
    const yq_json *root; /* NULL when the body is not JSON */
} test_reply;

static inline void test_send(int fd, const char *method, const char *path, yq_slice content)
{
    char head[2048];
    int n = snprintf(
        head,
        sizeof head,
        "%s %s HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: %zu\r\n\r\n",
        method,
        path,
        content.n);
    cr_assert_eq(send(fd, head, (size_t)n, MSG_NOSIGNAL), n);
    for (size_t at = 0; at < content.n;) {
        ssize_t sent = send(fd, content.p + at, content.n - at, MSG_NOSIGNAL);
        if (sent <= 0) {
            break;
        }
        at += (size_t)sent;
    }
}

static inline test_reply test_parse(char *room, size_t n)
{
    test_reply r = {0};
    yq_fault why;
    room[n] = '\0';
    cr_assert_eq(sscanf(room, "HTTP/1.1 %d", &r.code), 1, "%s", room);
    char *start = strstr(room, "\r\n\r\n");
    cr_assert_not_null(start);
    r.body = yq_slice_of(start + 4, n - (size_t)(start + 4 - room));
    r.document = yq_json_parse(r.body, 16u << 20, &why);
    r.root = r.document;
    return r;
}

static inline test_reply test_receive(int fd)
{
    static char room[(4u << 20) + 1];
    size_t n = 0;
    ssize_t got = 1;
    while (got > 0 && n < sizeof room - 1) {
        got = recv(fd, room + n, sizeof room - 1 - n, 0);
        n += got > 0 ? (size_t)got : 0;
    }
    (void)close(fd);
    return test_parse(room, n);
}

static inline test_reply test_ask(
    const gateway_world *g, int local, const char *method, const char *path, yq_slice content)
{
    int fd = test_connect(g, local);
    test_send(fd, method, path, content);
    return test_receive(fd);
}

static inline test_reply test_get(const gateway_world *g, const char *path)
{
    return test_ask(g, 0, "GET", path, (yq_slice){0});
}

static inline int test_is(const yq_json *value, const char *text)
{
    yq_slice got;
    return yq_json_text(value, &got) && yq_slice_equal(got, yq_slice_text(text));
}

static inline uint64_t test_number(const yq_json *value)
{
    uint64_t got = UINT64_MAX;
    (void)yq_json_uint(value, &got);
    return got;
}

/* GET of a path that is refused so. */
static inline void test_refused(
    const gateway_world *g, const char *path, int code, const char *name)
{
    test_reply r = test_get(g, path);
    cr_assert_eq(r.code, code, "%s: %d", path, r.code);
    cr_assert(test_is(yq_json_get(r.root, "code"), name), "%s", path);
    cr_assert(yq_json_text(yq_json_get(r.root, "message_zh"), &(yq_slice){0}));
    yq_json_free(r.document);
}

#endif /* YQ_RELAY_GATEWAY_TEST_CLIENT_H */
