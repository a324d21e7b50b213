#include "conformance/chains/chainmaker/cmmock.h"
#include "conformance/chains/grpc/server.h"
#include "relay/base/assert.h"
#include "relay/base/log.h"
#include "relay/codec/protobuf.h"

#include <event2/event.h>
#include <inttypes.h>
#include <stdlib.h>
#include <time.h>

#define GENESIS_S      1700000000u
#define PENDING_MAX    ((size_t)2 * YQ_CMM_REQUEST_MAX)
#define METHOD_SEND    0u
#define NUMBER_SIZE    8u
#define SUBSCRIBE_TYPE 2u

const yq_mock_framework *yq_mock_chainmaker(void);

typedef struct mock {
    yq_cmm_chain *chain;
    yq_mock_grpc_server *server;
    struct event *timer;
    uint32_t block_ms;
} mock;

/* A subscription to blocks. */
typedef struct walk {
    int is_active, only_header;
    uint64_t next, last;
} walk;

static uint64_t now_s(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec;
}

/* A block is due when something waits for one. */
static void schedule(mock *m)
{
    if (m->chain->pool_n > 0 && !evtimer_pending(m->timer, NULL)) {
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
    if (yq_cmm_seal(m->chain, now_s())) {
        const yq_cmm_block *block = m->chain->block[m->chain->block_n - 1];
        yq_log(
            YQ_LOG_INFO,
            "mock",
            "sealed chain=%s height=%" PRIu64 " txs=%zu",
            m->chain->name,
            block->height,
            block->tx_n);
        yq_mock_grpc_server_wake(m->server);
    }
    schedule(m);
}

/* ---- Subscribe ---- */

/* Little-endian, as the chain's Go code writes it; -1: without end. */
static uint64_t number_of(const yq_cmm_request *r, const char *key)
{
    yq_slice in = yq_cmm_param_of(r, key);
    uint64_t value = 0;
    for (size_t i = in.n == NUMBER_SIZE ? NUMBER_SIZE : 0; i-- > 0;) {
        value = value << 8 | in.p[i];
    }
    return value;
}

static void begin_walk(const mock *m, yq_mock_grpc_stream *s, yq_slice message)
{
    walk *at = s->state;
    yq_cmm_request r;
    if (yq_cmm_request_decode(message, &r, NULL) != YQ_OK || r.type != SUBSCRIBE_TYPE ||
        yq_cmm_request_check(m->chain, &r, now_s()) != YQ_CMM_SUCCESS ||
        !yq_slice_equal(r.contract, yq_slice_text("SUBSCRIBE_MANAGE")) ||
        !yq_slice_equal(r.method, yq_slice_text("SUBSCRIBE_BLOCK"))) {
        yq_mock_grpc_end(s, YQ_MOCK_GRPC_UNIMPLEMENTED);
        return;
    }
    *at = (walk){
        .is_active = 1,
        .only_header = yq_slice_equal(yq_cmm_param_of(&r, "ONLY_HEADER"), yq_slice_text("true")),
        .next = number_of(&r, "START_BLOCK"),
        .last = number_of(&r, "END_BLOCK")};
}

/* A SubscribeResult with a BlockInfo or a BlockHeader. */
static void put_block(
    const mock *m, yq_mock_grpc_stream *s, const yq_cmm_block *block, int only_header)
{
    size_t cap = yq_cmm_block_size(block) + 32;
    yq_writer w = yq_writer_of(malloc(cap), cap);
    YQ_ASSERT(w.p != NULL);
    size_t mark = yq_pb_begin(&w);
    if (only_header) {
        yq_cmm_header_put(m->chain, block, 1, &w);
    } else {
        yq_cmm_block_put(m->chain, block, 0, &w);
    }
    yq_pb_end(&w, mark, 1);
    YQ_ASSERT(w.status == YQ_OK);
    const yq_slice part = yq_writer_slice(&w);
    yq_mock_grpc_put(s, &part, 1);
    free(w.p);
}

static yq_mock_grpc_more on_more(void *self, yq_mock_grpc_stream *s)
{
    const mock *m = self;
    walk *at = s->state;
    if (!at->is_active) {
        return YQ_MOCK_GRPC_NONE;
    }
    const yq_cmm_block *block = at->next > at->last ? NULL : yq_cmm_at(m->chain, at->next);
    if (block != NULL) {
        put_block(m, s, block, at->only_header);
        at->next++;
    } else if (at->next > at->last) {
        yq_mock_grpc_end(s, YQ_MOCK_GRPC_OK);
    } else {
        return YQ_MOCK_GRPC_WAIT;
    }
    return YQ_MOCK_GRPC_MADE;
}

static void on_request(void *self, yq_mock_grpc_stream *s, yq_slice message)
{
    mock *m = self;
    if (s->method != METHOD_SEND) {
        begin_walk(m, s, message);
        return;
    }
    yq_buf reply = yq_cmm_answer(m->chain, message, now_s());
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
    yq_cmm_chain_free(m->chain);
    free(m);
}

static yq_status make_chain(mock *m, const yq_mock_options *options, yq_fault *why)
{
    const yq_cmm_suite *suite = yq_cmm_suite_of(options->suite == NULL ? "sm" : options->suite);
    if (options->replay != NULL) {
        return yq_fail(why, YQ_E_UNSUPPORTED, 0, "replay: no chain of this framework is recorded");
    }
    if (suite == NULL) {
        return yq_fail(why, YQ_E_CONFIG_INVALID, 0, "suite: sm, sha256 or sm-public");
    }
    if (strlen(options->chain) > YQ_CHAIN_ID_SIZE_MAX || options->chain[0] == '\0') {
        return yq_fail(why, YQ_E_CONFIG_INVALID, 0, "chain");
    }
    m->chain = yq_cmm_chain_new(suite, options->chain, options->seed, GENESIS_S);
    return YQ_OK;
}

static yq_status open_mock(
    struct event_base *base, const yq_mock_options *options, void **out, yq_fault *why)
{
    static const char *const method[] = {
        "/api.RpcNode/SendRequest", "/api.RpcNode/Subscribe", NULL};
    mock *m = calloc(1, sizeof *m);
    YQ_ASSERT(m != NULL);
    m->block_ms = options->block_ms;
    m->timer = evtimer_new(base, on_timer, m);
    YQ_ASSERT(m->timer != NULL);
    const yq_mock_grpc_service service = {
        .self = m,
        .method = method,
        .state_size = sizeof(walk),
        .request_max = YQ_CMM_REQUEST_MAX,
        .pending_max = PENDING_MAX,
        .request = on_request,
        .more = on_more};
    yq_status status = make_chain(m, options, why);
    if (status == YQ_OK) {
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
    yq_status status = yq_cmm_control(m->chain, now_s(), command, reply, why);
    yq_mock_grpc_server_wake(m->server);
    schedule(m);
    return status;
}

const yq_mock_framework *yq_mock_chainmaker(void)
{
    static const yq_mock_framework framework = {
        .name = "chainmaker",
        .open = open_mock,
        .port = port_of,
        .scheme = "http",
        .control = control,
        .close = close_mock,
    };
    return &framework;
}
