/*
 * Links over real sockets on loopback, and the attacks on them. A plain program: it also runs under
 * ThreadSanitizer. The nets run in the main thread's event loop; an attacker is a thread with
 * blocking sockets and its own TLS.
 */
#include "relay/base/assert.h"
#include "relay/base/log.h"
#include "relay/net/bind.h"
#include "relay/net/net.h"
#include "relay/net/tls.h"

#include <arpa/inet.h>
#include <event2/event.h>
#include <netinet/in.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define CHECK(condition) check((condition) ? 1 : 0, #condition, __LINE__)

static void check(int ok, const char *text, int line)
{
    if (!ok) {
        (void)fprintf(stderr, "main_links.c:%d: %s\n", line, text);
        exit(1);
    }
}

#define NODES 4

typedef struct node {
    yq_key *key;
    yq_digest id;
    yq_net *net;
    unsigned up, down, frames;
    size_t bytes;
    yq_frame_type last;
    yq_status verdict; /* what the next frames are answered with */
} node;

static struct event_base *base;
static node nodes[NODES];
static unsigned known_n; /* nodes[0..known_n) are in the registry */
static yq_digest chain = {.b = {1, 2, 3}};

static int admit(void *self, const yq_digest *id, uint8_t *key)
{
    (void)self;
    for (unsigned i = 0; i < known_n; i++) {
        if (memcmp(nodes[i].id.b, id->b, YQ_DIGEST_SIZE) == 0) {
            memcpy(key, yq_key_public(nodes[i].key).p, 64);
            return 1;
        }
    }
    return 0;
}

static void on_up(void *self, uint32_t peer, const yq_digest *id)
{
    (void)peer;
    (void)id;
    ((node *)self)->up++;
}

static void on_down(void *self, uint32_t peer, const yq_digest *id)
{
    (void)peer;
    (void)id;
    ((node *)self)->down++;
}

static yq_status on_frame(void *self, uint32_t peer, yq_frame_type type, yq_slice body)
{
    (void)peer;
    node *n = self;
    n->frames++;
    n->bytes += body.n;
    n->last = type;
    for (size_t i = 0; i < body.n && type == YQ_FRAME_ENVELOPE; i++) {
        CHECK(body.p[i] == (uint8_t)(i * 7));
    }
    return n->verdict;
}

static void start(unsigned i, const char *listen, const yq_digest *chain_id_hash)
{
    node *n = &nodes[i];
    n->up = n->down = n->frames = 0;
    n->bytes = 0;
    n->verdict = YQ_OK;
    yq_net_config config = {
        .base = base,
        .key = n->key,
        .chain_id_hash = *chain_id_hash,
        .listen = listen,
        .penalty_ms = 1500,
        .idle_ms = 1500,
        .ops = {n, admit, on_up, on_down, on_frame},
    };
    yq_fault why;
    CHECK(yq_net_new(&n->net, &config, &why) == YQ_OK);
}

static void stop(unsigned i)
{
    yq_net_free(nodes[i].net);
    nodes[i].net = NULL;
}

static const char *address_of(uint16_t port)
{
    static char text[32];
    (void)snprintf(text, sizeof text, "127.0.0.1:%u", (unsigned)port);
    return text;
}

static void stop_loop(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    event_base_loopbreak(arg);
}

static void run_ms(long ms)
{
    struct timeval t = {ms / 1000, ms % 1000 * 1000};
    event_base_once(base, -1, EV_TIMEOUT, stop_loop, base, &t);
    event_base_dispatch(base);
}

/* Runs the loop until condition, at most ten seconds. */
#define RUN_UNTIL(condition)                                                                       \
    do {                                                                                           \
        for (unsigned tries = 0; !(condition) && tries < 1000; tries++) {                          \
            run_ms(10);                                                                            \
        }                                                                                          \
        CHECK(condition);                                                                          \
    } while (0)

static yq_net_counters count_of(unsigned i)
{
    yq_net_counters c;
    yq_net_count(nodes[i].net, &c);
    return c;
}

static uint32_t peer_of(unsigned i, unsigned of)
{
    uint32_t peer;
    CHECK(yq_net_find(nodes[i].net, &nodes[of].id, &peer));
    return peer;
}

/* ---- an attacker's TLS ---------------------------------------------------------------------- */

typedef struct raw {
    int fd;
    SSL *ssl;
    yq_link_tls *tls;
    uint8_t ekm[32];
} raw;

static int raw_connect(uint16_t port)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port)};
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    struct timeval limit = {8, 0};
    CHECK(fd >= 0 && connect(fd, (struct sockaddr *)&to, sizeof to) == 0);
    CHECK(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) == 0);
    return fd;
}

static int raw_listen(uint16_t *port)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in at = {.sin_family = AF_INET};
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t n = sizeof at;
    CHECK(fd >= 0 && bind(fd, (struct sockaddr *)&at, sizeof at) == 0 && listen(fd, 4) == 0);
    CHECK(getsockname(fd, (struct sockaddr *)&at, &n) == 0);
    *port = ntohs(at.sin_port);
    return fd;
}

/* Returns 0 when the handshake fails. */
static int raw_open(raw *r, int fd, int listener)
{
    r->fd = fd;
    r->tls = yq_link_tls_new();
    r->ssl = yq_link_tls_session(r->tls, listener);
    CHECK(SSL_set_fd(r->ssl, fd) == 1);
    int ok = listener ? SSL_accept(r->ssl) == 1 : SSL_connect(r->ssl) == 1;
    return ok && yq_link_tls_export(r->ssl, r->ekm) == YQ_OK;
}

static void raw_close(raw *r)
{
    SSL_free(r->ssl);
    yq_link_tls_free(r->tls);
    close(r->fd);
}

static int raw_read(raw *r, uint8_t *out, size_t n)
{
    for (size_t have = 0; have < n;) {
        int got = SSL_read(r->ssl, out + have, (int)(n - have));
        if (got <= 0) {
            return 0;
        }
        have += (size_t)got;
    }
    return 1;
}

static int raw_write(raw *r, const uint8_t *p, size_t n)
{
    return SSL_write(r->ssl, p, (int)n) == (int)n;
}

#define BIND_FRAME (YQ_FRAME_HEAD_SIZE + YQ_FRAME_BIND_SIZE)

static void make_bind(uint8_t *frame, const yq_bind *bind)
{
    yq_writer w = yq_writer_of(frame, BIND_FRAME);
    yq_frame_head_put(&w, YQ_FRAME_BIND, YQ_FRAME_BIND_SIZE);
    yq_bind_put(&w, bind);
    CHECK(w.status == YQ_OK);
}

/* Binds as nodes[as] to nodes[to], as an honest dialer would. */
static int raw_bind(raw *r, unsigned as, unsigned to)
{
    yq_bind bind = {
        .role = YQ_BIND_ROLE_DIALER,
        .chain_id_hash = chain,
        .own = nodes[as].id,
        .peer = nodes[to].id,
    };
    yq_bind_sign(&bind, nodes[as].key, r->ekm);
    uint8_t frame[BIND_FRAME], answer[BIND_FRAME];
    make_bind(frame, &bind);
    return raw_write(r, frame, sizeof frame) && raw_read(r, answer, sizeof answer);
}

typedef struct attack {
    void (*run)(struct attack *a);
    uint16_t port, own_port;
    int listener;
    uint8_t bytes[BIND_FRAME + 64];
    size_t n;
    int alive; /* the other side still answers after it */
    atomic_int done;
    pthread_t thread;
} attack;

static void *run_attack(void *arg)
{
    attack *a = arg;
    a->run(a);
    atomic_store(&a->done, 1);
    return NULL;
}

static void start_attack(attack *a)
{
    atomic_init(&a->done, 0);
    CHECK(pthread_create(&a->thread, NULL, run_attack, a) == 0);
}

static void finish_attack(attack *a)
{
    RUN_UNTIL(atomic_load(&a->done));
    pthread_join(a->thread, NULL);
}

/* ---- honest links --------------------------------------------------------------------------- */

static void add(unsigned i, unsigned other, uint16_t port)
{
    CHECK(yq_net_add(nodes[i].net, &nodes[other].id, NULL, address_of(port)) == YQ_OK);
}

static void test_exchange(void)
{
    start(0, "127.0.0.1:0", &chain);
    start(1, "127.0.0.1:0", &chain);
    add(0, 1, yq_net_port(nodes[1].net));
    add(1, 0, yq_net_port(nodes[0].net)); /* both dial: one link stays */
    RUN_UNTIL(count_of(0).linked == 1 && count_of(1).linked == 1);
    run_ms(300);
    CHECK(count_of(0).linked == 1 && count_of(1).linked == 1);

    static uint8_t body[YQ_ENVELOPE_SIZE_MAX];
    for (size_t i = 0; i < sizeof body; i++) {
        body[i] = (uint8_t)(i * 7);
    }
    uint32_t to = peer_of(0, 1);
    CHECK(yq_net_send(nodes[0].net, to, YQ_FRAME_ENVELOPE, YQ_SLICE_OF(body)) == YQ_OK);
    CHECK(yq_net_send(nodes[0].net, to, YQ_FRAME_ENVELOPE, YQ_SLICE_OF(body)) == YQ_OK);
    CHECK(yq_net_send(nodes[0].net, to, YQ_FRAME_CONSENSUS, yq_slice_of(body, 5)) == YQ_OK);
    RUN_UNTIL(nodes[1].frames == 3);
    CHECK(nodes[1].bytes == 2 * sizeof body + 5);
    CHECK(nodes[1].last == YQ_FRAME_ENVELOPE); /* the urgent one overtook */
    CHECK(
        yq_net_send(nodes[1].net, peer_of(1, 0), YQ_FRAME_CONSENSUS, yq_slice_of(body, 1)) ==
        YQ_OK);
    RUN_UNTIL(nodes[0].frames == 1);
    unsigned downs = nodes[0].down;
    run_ms(2500); /* longer than idle_ms: the PINGs keep it up */
    CHECK(count_of(0).linked == 1 && nodes[0].down == downs);

    stop(1);
    RUN_UNTIL(count_of(0).linked == 0);
    CHECK(
        yq_net_send(nodes[0].net, to, YQ_FRAME_CONSENSUS, yq_slice_of(body, 1)) ==
        YQ_E_UNAVAILABLE);
    stop(0);
}

static void test_reconnect(void)
{
    start(0, NULL, &chain);
    start(1, "127.0.0.1:0", &chain);
    uint16_t port = yq_net_port(nodes[1].net);
    char at[32];
    (void)snprintf(at, sizeof at, "127.0.0.1:%u", (unsigned)port);
    add(0, 1, port);
    RUN_UNTIL(count_of(0).linked == 1);
    stop(1);
    RUN_UNTIL(count_of(0).linked == 0);
    run_ms(500);
    start(1, at, &chain);
    RUN_UNTIL(count_of(0).linked == 1 && count_of(1).linked == 1);
    stop(0);
    stop(1);
}

/* Another process with the key of a linked peer gets a link, whichever id is the lower one. */
static void test_two_with_one_key(void)
{
    unsigned low = memcmp(nodes[0].id.b, nodes[1].id.b, YQ_DIGEST_SIZE) < 0 ? 0 : 1;
    unsigned high = 1 - low, twin = 2;
    node own = nodes[twin];
    start(low, "127.0.0.1:0", &chain);
    start(high, "127.0.0.1:0", &chain);
    add(low, high, yq_net_port(nodes[high].net));
    RUN_UNTIL(count_of(low).linked == 1 && count_of(high).linked == 1);
    run_ms(YQ_NET_BIND_MS + 200); /* no longer two calls that crossed */
    nodes[twin].key = nodes[high].key;
    start(twin, NULL, &chain);
    add(twin, low, yq_net_port(nodes[low].net));
    RUN_UNTIL(count_of(twin).linked == 1 && count_of(high).linked == 0);
    run_ms(300);
    CHECK(count_of(twin).linked == 1 && count_of(low).linked == 1);
    stop(twin);
    stop(low);
    stop(high);
    nodes[twin] = own;
}

static void test_unknown(void)
{
    known_n = 2;
    start(0, "127.0.0.1:0", &chain);
    start(2, NULL, &chain); /* not in the registry of 0 */
    add(2, 0, yq_net_port(nodes[0].net));
    RUN_UNTIL(count_of(0).refused > 0);
    CHECK(count_of(0).linked == 0 && nodes[0].up == 0 && nodes[2].up == 0);
    known_n = NODES;
    stop(0);
    stop(2);
}

static void test_other_chain(void)
{
    yq_digest other = {.b = {9}};
    start(0, "127.0.0.1:0", &chain);
    start(1, NULL, &other);
    add(1, 0, yq_net_port(nodes[0].net));
    RUN_UNTIL(count_of(0).refused > 0);
    CHECK(nodes[0].up == 0 && nodes[1].up == 0);
    stop(0);
    stop(1);
}

/* ---- attacks -------------------------------------------------------------------------------- */

/* Ends TLS on both sides and forwards what it reads. */
static void run_middle(attack *a)
{
    raw in = {0}, out = {0};
    int fd = accept(a->listener, NULL, NULL);
    CHECK(fd >= 0 && raw_open(&in, fd, 1));
    CHECK(raw_open(&out, raw_connect(a->port), 0));
    CHECK(memcmp(in.ekm, out.ekm, sizeof in.ekm) != 0);
    uint8_t frame[BIND_FRAME], answer[1];
    CHECK(raw_read(&in, frame, sizeof frame));
    CHECK(raw_write(&out, frame, sizeof frame));
    a->alive = raw_read(&out, answer, 1);
    raw_close(&in);
    raw_close(&out);
}

static void test_middle(void)
{
    start(0, "127.0.0.1:0", &chain);
    start(1, NULL, &chain);
    attack a = {.run = run_middle, .port = yq_net_port(nodes[0].net)};
    a.listener = raw_listen(&a.own_port);
    add(1, 0, a.own_port); /* thinks that the attacker is node 0 */
    start_attack(&a);
    finish_attack(&a);
    CHECK(!a.alive && count_of(0).refused == 1 && nodes[0].up == 0 && nodes[1].up == 0);
    close(a.listener);
    stop(0);
    stop(1);
}

static void run_reflect(attack *a)
{
    raw in = {0};
    int fd = accept(a->listener, NULL, NULL);
    CHECK(fd >= 0 && raw_open(&in, fd, 1));
    uint8_t frame[BIND_FRAME], answer[1];
    CHECK(raw_read(&in, frame, sizeof frame) && raw_write(&in, frame, sizeof frame));
    a->alive = raw_read(&in, answer, 1);
    memcpy(a->bytes, frame, sizeof frame);
    raw_close(&in);
}

static void run_replay(attack *a)
{
    raw out = {0};
    CHECK(raw_open(&out, raw_connect(a->port), 0));
    uint8_t answer[1];
    CHECK(raw_write(&out, a->bytes, BIND_FRAME));
    a->alive = raw_read(&out, answer, 1);
    raw_close(&out);
}

static void test_reflect_and_replay(void)
{
    start(0, "127.0.0.1:0", &chain);
    start(1, NULL, &chain);
    attack a = {.run = run_reflect, .port = yq_net_port(nodes[0].net)};
    a.listener = raw_listen(&a.own_port);
    add(1, 0, a.own_port);
    start_attack(&a);
    finish_attack(&a);
    CHECK(!a.alive && count_of(1).refused == 1 && nodes[1].up == 0);
    close(a.listener);
    stop(1);
    /* What node 1 signed for node 0, on another channel. */
    a.run = run_replay;
    start_attack(&a);
    finish_attack(&a);
    CHECK(!a.alive && count_of(0).refused == 1 && nodes[0].up == 0);
    stop(0);
}

static void run_bytes(attack *a)
{
    raw out = {0};
    uint8_t answer[1];
    if (raw_open(&out, raw_connect(a->port), 0)) {
        CHECK(raw_write(&out, a->bytes, a->n));
        a->alive = raw_read(&out, answer, 1);
    }
    raw_close(&out);
}

static void test_garbage_first(void)
{
    static const uint8_t heads[][6] = {
        {0, 0, 0, 1, YQ_FRAME_CONSENSUS, 1}, /* before the binding */
        {0, 0, 0, 168, YQ_FRAME_BIND, 1},    /* one byte short */
        {0xff, 0xff, 0xff, 0xff, YQ_FRAME_BIND, 1},
        {0, 0, 0, 1, 99, 1},
        {0, 0, 0, 1, 0, 1},
    };
    start(0, "127.0.0.1:0", &chain);
    for (unsigned i = 0; i < YQ_ARRAY_N(heads); i++) {
        attack a = {.run = run_bytes, .port = yq_net_port(nodes[0].net), .n = sizeof heads[0]};
        memcpy(a.bytes, heads[i], sizeof heads[0]);
        start_attack(&a);
        finish_attack(&a);
        CHECK(!a.alive && count_of(0).refused == i + 1);
    }
    CHECK(nodes[0].up == 0);
    stop(0);
}

/* Binds properly, then sends bytes. */
static void run_bound(attack *a)
{
    raw out = {0};
    uint8_t answer[1];
    CHECK(raw_open(&out, raw_connect(a->port), 0));
    a->alive = raw_bind(&out, 1, 0);
    if (a->alive) {
        CHECK(raw_write(&out, a->bytes, a->n));
        a->alive = raw_read(&out, answer, 1);
    }
    raw_close(&out);
}

static void test_faults_of_a_peer(void)
{
    static const uint8_t bad[][14] = {
        {0, 0x20, 0, 1, YQ_FRAME_ENVELOPE}, /* one byte over 2 MiB */
        {0, 0, 0, 8, 77},
        {0, 0, 0, 169, YQ_FRAME_BIND},
        {0, 0, 0, 7, YQ_FRAME_PING},
    };
    for (unsigned i = 0; i < YQ_ARRAY_N(bad); i++) {
        start(0, "127.0.0.1:0", &chain);
        attack a = {.run = run_bound, .port = yq_net_port(nodes[0].net), .n = sizeof bad[0]};
        memcpy(a.bytes, bad[i], sizeof bad[0]);
        a.n = i == 2 ? BIND_FRAME : a.n;
        start_attack(&a);
        finish_attack(&a);
        CHECK(!a.alive && nodes[0].up == 1 && nodes[0].down == 1 && count_of(0).faults == 1);
        yq_net_peer_view view;
        CHECK(yq_net_look(nodes[0].net, peer_of(0, 1), &view) && view.faults == 1 && !view.linked);
        start_attack(&a); /* kept away */
        finish_attack(&a);
        CHECK(!a.alive && nodes[0].up == 1 && count_of(0).refused == 1);
        if (i == 0) {
            run_ms(1700); /* and let in again */
            start_attack(&a);
            finish_attack(&a);
            CHECK(nodes[0].up == 2 && count_of(0).faults == 2);
        }
        stop(0);
    }
}

static void test_verdict_of_the_owner(void)
{
    start(0, "127.0.0.1:0", &chain);
    nodes[0].verdict = YQ_E_NONCANONICAL;
    attack a = {.run = run_bound, .port = yq_net_port(nodes[0].net), .n = 6};
    memcpy(a.bytes, (const uint8_t[6]){0, 0, 0, 1, YQ_FRAME_CONSENSUS, 7}, 6);
    start_attack(&a);
    finish_attack(&a);
    CHECK(!a.alive && nodes[0].frames == 1 && count_of(0).faults == 1);
    stop(0);
}

/* Binds, then neither reads nor writes. */
static void run_silent(attack *a)
{
    raw out = {0};
    CHECK(raw_open(&out, raw_connect(a->port), 0));
    CHECK(raw_bind(&out, 1, 0));
    a->alive = 1;
    sleep(4);
    raw_close(&out);
}

static void test_silent_and_full(void)
{
    start(0, "127.0.0.1:0", &chain);
    attack a = {.run = run_silent, .port = yq_net_port(nodes[0].net)};
    start_attack(&a);
    RUN_UNTIL(nodes[0].up == 1);
    static uint8_t body[1u << 20];
    for (size_t i = 0; i < sizeof body; i++) {
        body[i] = (uint8_t)(i * 7);
    }
    yq_status status = YQ_OK;
    unsigned n = 0;
    for (; status == YQ_OK && n < 100; n++) {
        status = yq_net_send(nodes[0].net, peer_of(0, 1), YQ_FRAME_ENVELOPE, YQ_SLICE_OF(body));
    }
    CHECK(status == YQ_E_BUSY && n <= YQ_NET_QUEUE_BYTES_MAX / sizeof body + 2);
    CHECK(yq_net_room(nodes[0].net, peer_of(0, 1), YQ_FRAME_ENVELOPE) < sizeof body);
    CHECK(yq_net_room(nodes[0].net, peer_of(0, 1), YQ_FRAME_CONSENSUS) > sizeof body);
    RUN_UNTIL(nodes[0].down == 1); /* silent for idle_ms */
    CHECK(count_of(0).faults == 0);
    finish_attack(&a);
    stop(0);
}

typedef enum tls_kind {
    TLS_NO_CERTIFICATE,
    TLS_OLD_VERSION,
    TLS_OTHER_CURVE,
} tls_kind;

static SSL_CTX *other_tls(tls_kind kind)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
    CHECK(ctx != NULL);
    SSL_CTX_set_verify(ctx, SSL_VERIFY_NONE, NULL);
    if (kind == TLS_OLD_VERSION) {
        CHECK(SSL_CTX_set_max_proto_version(ctx, TLS1_2_VERSION) == 1);
    }
    if (kind == TLS_OTHER_CURVE) {
        EVP_PKEY *key = EVP_EC_gen("P-384");
        X509 *cert = X509_new();
        CHECK(key != NULL && cert != NULL && X509_set_version(cert, 2) == 1);
        X509_gmtime_adj(X509_getm_notBefore(cert), -60);
        X509_gmtime_adj(X509_getm_notAfter(cert), 3600);
        CHECK(X509_set_pubkey(cert, key) == 1 && X509_sign(cert, key, EVP_sha256()) > 0);
        CHECK(SSL_CTX_use_certificate(ctx, cert) == 1 && SSL_CTX_use_PrivateKey(ctx, key) == 1);
        X509_free(cert);
        EVP_PKEY_free(key);
    }
    return ctx;
}

static void run_other_tls(attack *a)
{
    SSL_CTX *ctx = other_tls((tls_kind)a->n);
    SSL *ssl = SSL_new(ctx);
    int fd = raw_connect(a->port);
    uint8_t answer[1];
    CHECK(ssl != NULL && SSL_set_fd(ssl, fd) == 1);
    /* In TLS 1.3 the client is done before the server has judged its certificate. */
    a->alive = SSL_connect(ssl) == 1 && SSL_read(ssl, answer, 1) > 0;
    SSL_free(ssl);
    SSL_CTX_free(ctx);
    close(fd);
}

static void test_tls_rules(void)
{
    start(0, "127.0.0.1:0", &chain);
    for (size_t kind = TLS_NO_CERTIFICATE; kind <= TLS_OTHER_CURVE; kind++) {
        attack a = {.run = run_other_tls, .port = yq_net_port(nodes[0].net), .n = kind};
        start_attack(&a);
        finish_attack(&a);
        RUN_UNTIL(count_of(0).handshakes == kind + 1);
        CHECK(!a.alive && nodes[0].up == 0);
    }
    stop(0);
}

static void test_recheck(void)
{
    start(0, "127.0.0.1:0", &chain);
    start(1, NULL, &chain);
    add(1, 0, yq_net_port(nodes[0].net));
    RUN_UNTIL(count_of(0).linked == 1);
    known_n = 1; /* node 1 leaves the registry */
    yq_net_recheck(nodes[0].net);
    CHECK(count_of(0).linked == 0 && nodes[0].down == 1);
    RUN_UNTIL(count_of(0).refused > 0);
    known_n = NODES;
    stop(0);
    stop(1);
}

static void test_configuration(void)
{
    start(0, NULL, &chain);
    CHECK(yq_net_port(nodes[0].net) == 0);
    CHECK(yq_net_add(nodes[0].net, &nodes[1].id, "b", "nowhere") == YQ_E_CONFIG_INVALID);
    CHECK(yq_net_add(nodes[0].net, &nodes[1].id, "b", "127.0.0.1") == YQ_E_CONFIG_INVALID);
    CHECK(yq_net_add(nodes[0].net, &nodes[1].id, "b", "127.0.0.1:70000") == YQ_E_CONFIG_INVALID);
    CHECK(yq_net_add(nodes[0].net, &nodes[0].id, "a", NULL) == YQ_E_EXISTS);
    CHECK(yq_net_add(nodes[0].net, &nodes[1].id, "b", NULL) == YQ_OK);
    CHECK(yq_net_add(nodes[0].net, &nodes[1].id, "b", NULL) == YQ_E_EXISTS);
    for (unsigned i = 1; i < YQ_NET_PEERS_MAX; i++) {
        yq_digest id = {.b = {(uint8_t)i, 0xaa}};
        CHECK(yq_net_add(nodes[0].net, &id, NULL, NULL) == YQ_OK);
    }
    yq_digest id = {.b = {0xbb}};
    CHECK(yq_net_add(nodes[0].net, &id, NULL, NULL) == YQ_E_LIMIT);
    yq_net *second;
    yq_net_config config = {.base = base, .key = nodes[1].key, .listen = "127.0.0.1:x"};
    yq_fault why;
    CHECK(yq_net_new(&second, &config, &why) == YQ_E_CONFIG_INVALID);
    stop(0);
}

int main(void)
{
    static const struct {
        const char *name;
        void (*run)(void);
    } tests[] = {
        {"exchange", test_exchange},
        {"reconnect", test_reconnect},
        {"two with one key", test_two_with_one_key},
        {"unknown", test_unknown},
        {"other chain", test_other_chain},
        {"man in the middle", test_middle},
        {"reflection and replay", test_reflect_and_replay},
        {"garbage first", test_garbage_first},
        {"faults of a peer", test_faults_of_a_peer},
        {"verdict of the owner", test_verdict_of_the_owner},
        {"silent and full", test_silent_and_full},
        {"tls rules", test_tls_rules},
        {"recheck", test_recheck},
        {"configuration", test_configuration},
    };
    yq_log_configure(getenv("YQ_TEST_LOG") == NULL ? YQ_LOG_ERROR : YQ_LOG_DEBUG, 0);
    base = event_base_new();
    CHECK(base != NULL);
    known_n = NODES;
    for (unsigned i = 0; i < NODES; i++) {
        char name[16];
        (void)snprintf(name, sizeof name, "node%u", i);
        nodes[i].key = yq_key_derive(YQ_SIG_SM2_MESSAGE, yq_slice_text("links"), name);
        yq_signer_id(YQ_SUITE_SM2, yq_key_public(nodes[i].key), &nodes[i].id);
    }
    for (size_t i = 0; i < YQ_ARRAY_N(tests); i++) {
        tests[i].run();
        (void)printf("ok %zu %s\n", i + 1, tests[i].name);
        (void)fflush(stdout);
    }
    for (unsigned i = 0; i < NODES; i++) {
        yq_key_free(nodes[i].key);
    }
    event_base_free(base);
    (void)printf("1..%zu\n", YQ_ARRAY_N(tests));
    return 0;
}
