#include "conformance/chains/grpc/server.h"
#include "conformance/chains/xuperchain/xumock.h"
#include "relay/base/assert.h"
#include "relay/base/log.h"

#include <event2/event.h>
#include <inttypes.h>
#include <stdlib.h>
#include <time.h>

#define GENESIS_NS  (UINT64_C(1700000000) * 1000000000)
#define PENDING_MAX ((size_t)2 * YQ_XUM_REQUEST_MAX)
#define UNKNOWN     "2" /* the grpc-status of an error of the node's */

const yq_mock_framework *yq_mock_xuperchain(void);

typedef struct mock {
    yq_xum_chain *chain;
    yq_mock_grpc_server *server;
    struct event *timer;
    uint32_t block_ms;
} mock;

static uint64_t now_ns(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* A block is due when something waits for one. */
static void schedule(mock *m)
{
    if (!m->chain->is_recorded && yq_xum_waiting(m->chain) > 0 &&
        !evtimer_pending(m->timer, NULL)) {
        const struct timeval after = {
            .tv_sec = m->block_ms / 1000, .tv_usec = (suseconds_t)(m->block_ms % 1000) * 1000};
        (void)evtimer_add(m->timer, &after);
    }
}

static void on_timer(evutil_socket_t none, short what, void *self)
{
    mock *m = self;
    (void)none;
    (void)what;
    if (yq_xum_seal(m->chain, now_ns())) {
        yq_log(
            YQ_LOG_INFO,
            "mock",
            "sealed chain=%s height=%" PRIu64 " txs=%zu",
            m->chain->name,
            yq_xum_height(m->chain),
            m->chain->block[m->chain->block_n - 1]->tx_n);
    }
    schedule(m);
}

static void on_request(void *self, yq_mock_grpc_stream *s, yq_slice message)
{
    mock *m = self;
    yq_buf reply = yq_xum_answer(m->chain, s->method, message, now_ns());
    if (reply.p == NULL) {
        yq_mock_grpc_end(s, UNKNOWN);
        return;
    }
    const yq_slice part = yq_slice_of(reply.p, reply.n);
    yq_mock_grpc_put(s, &part, 1);
    yq_mock_grpc_end(s, YQ_MOCK_GRPC_OK);
    free(reply.p);
    schedule(m);
}

/* ---- the framework ---- */

static void close_mock(void *self)
{
    mock *m = self;
    yq_mock_grpc_server_close(m->server);
    if (m->timer != NULL) {
        event_free(m->timer);
    }
    yq_xum_chain_free(m->chain);
    free(m);
}

static yq_status make_chain(mock *m, const yq_mock_options *options, yq_fault *why)
{
    const char *suite = options->suite == NULL ? "sm" : options->suite;
    int is_sm = strcmp(suite, "sm") == 0;
    if (options->replay != NULL) {
        return yq_xum_replay(options->replay, &m->chain, why);
    }
    if (!is_sm && strcmp(suite, "p256") != 0) {
        return yq_fail(why, YQ_E_CONFIG_INVALID, 0, "suite: sm or p256");
    }
    if (strlen(options->chain) > YQ_CHAIN_ID_SIZE_MAX || options->chain[0] == '\0') {
        return yq_fail(why, YQ_E_CONFIG_INVALID, 0, "chain");
    }
    m->chain = yq_xum_chain_new(
        is_sm ? YQ_XUA_SM2 : YQ_XUA_P256, options->chain, options->seed, GENESIS_NS);
    return YQ_OK;
}

static yq_status open_mock(
    struct event_base *base, const yq_mock_options *options, void **out, yq_fault *why)
{
    mock *m = calloc(1, sizeof *m);
    YQ_ASSERT(m != NULL);
    m->block_ms = options->block_ms;
    m->timer = evtimer_new(base, on_timer, m);
    YQ_ASSERT(m->timer != NULL);
    const yq_mock_grpc_service service = {
        .self = m,
        .method = yq_xum_method,
        .request_max = YQ_XUM_REQUEST_MAX,
        .pending_max = PENDING_MAX,
        .request = on_request};
    yq_status status = make_chain(m, options, why);
    if (status == YQ_OK) {
        schedule(m);
        status = yq_mock_grpc_server_open(base, options->port, &service, &m->server, why);
    }
    if (status != YQ_OK) {
        close_mock(m);
        return status;
    }
    *out = m;
    return YQ_OK;
}

static uint16_t port_of(void *self)
{
    const mock *m = self;
    return yq_mock_grpc_server_port(m->server);
}

static yq_status control(void *self, const yq_json *command, yq_json_out *reply, yq_fault *why)
{
    mock *m = self;
    yq_status status = yq_xum_control(m->chain, now_ns(), command, reply, why);
    schedule(m);
    return status;
}

const yq_mock_framework *yq_mock_xuperchain(void)
{
    static const yq_mock_framework framework = {
        .name = "xuperchain",
        .open = open_mock,
        .port = port_of,
        .scheme = "http",
        .control = control,
        .close = close_mock,
    };
    return &framework;
}
