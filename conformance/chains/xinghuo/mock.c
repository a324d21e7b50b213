#include "conformance/chains/common/http.h"
#include "conformance/chains/xinghuo/xmock.h"
#include "relay/base/assert.h"
#include "relay/base/log.h"

#include <event2/buffer.h>
#include <event2/event.h>
#include <inttypes.h>
#include <stdlib.h>
#include <time.h>

#define HTTP_GOOD    200
#define HTTP_MISSING 404

const yq_mock_framework *yq_mock_xinghuo(void);

typedef struct mock {
    yq_xmock_chain *chain;
    yq_mock_http *http, *witness; /* two nodes of the chain; the second never lies */
    struct event *timer;
    uint32_t block_ms;
} mock;

static uint64_t now_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static void wake(mock *m)
{
    if (yq_xmock_chain_due(m->chain) && !evtimer_pending(m->timer, NULL)) {
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
    if (yq_xmock_chain_due(m->chain)) {
        yq_xmock_chain_seal(m->chain, now_ms());
        const yq_xmock_ledger *ledger = m->chain->ledger[m->chain->ledger_n - 1];
        yq_log(
            YQ_LOG_INFO,
            "mock",
            "sealed chain=%s height=%" PRIu64 " txs=%zu",
            m->chain->name,
            ledger->seq,
            ledger->tx_n);
    }
    wake(m);
}

static int answer(mock *m, int is_witness, const yq_mock_question *q, struct evbuffer *reply)
{
    size_t size = 0;
    yq_json_out *out = yq_xmock_answer(m->chain, is_witness, q);
    if (out == NULL) {
        return HTTP_MISSING;
    }
    const char *text = yq_json_out_done(out, &size);
    YQ_ASSERT(text != NULL && evbuffer_add(reply, text, size) == 0);
    yq_json_out_free(out);
    wake(m);
    return HTTP_GOOD;
}

static int on_question(void *self, const yq_mock_question *q, struct evbuffer *reply)
{
    return answer(self, 0, q, reply);
}

static int on_witness(void *self, const yq_mock_question *q, struct evbuffer *reply)
{
    return answer(self, 1, q, reply);
}

static void close_mock(void *self)
{
    mock *m = self;
    yq_mock_http_close(m->http);
    yq_mock_http_close(m->witness);
    if (m->timer != NULL) {
        event_free(m->timer);
    }
    yq_xmock_chain_free(m->chain);
    free(m);
}

static yq_status make_chain(mock *m, const yq_mock_options *options, yq_fault *why)
{
    const char *suite = options->suite == NULL ? "sm" : options->suite;
    int is_sm = strcmp(suite, "sm") == 0;
    if (options->replay != NULL) {
        return yq_fail(why, YQ_E_CONFIG_INVALID, 0, "replay: no recorded chain of this framework");
    }
    if (!is_sm && strcmp(suite, "ed25519") != 0) {
        return yq_fail(why, YQ_E_CONFIG_INVALID, 0, "suite: sm or ed25519");
    }
    if (strlen(options->chain) > YQ_CHAIN_ID_SIZE_MAX || options->chain[0] == '\0') {
        return yq_fail(why, YQ_E_CONFIG_INVALID, 0, "chain");
    }
    m->chain = yq_xmock_chain_new(
        is_sm ? YQ_SUITE_SM2 : YQ_SUITE_ED25519, options->chain, options->seed, now_ms());
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
    yq_status status = make_chain(m, options, why);
    if (status == YQ_OK) {
        status = yq_mock_http_open_rest(base, options->port, on_question, m, &m->http, why);
    }
    if (status == YQ_OK) {
        status = yq_mock_http_open_rest(base, 0, on_witness, m, &m->witness, why);
    }
    if (status != YQ_OK) {
        close_mock(m);
        return status;
    }
    wake(m);
    *out = m;
    return YQ_OK;
}

static uint16_t port_of(void *self)
{
    const mock *m = self;
    return yq_mock_http_port(m->http);
}

/* Every reply tells where the second node is. */
static yq_status control(void *self, const yq_json *command, yq_json_out *reply, yq_fault *why)
{
    mock *m = self;
    yq_json_out_uint(reply, "witness_port", yq_mock_http_port(m->witness));
    yq_status status = yq_xmock_control(m->chain, now_ms(), command, reply, why);
    wake(m);
    return status;
}

const yq_mock_framework *yq_mock_xinghuo(void)
{
    static const yq_mock_framework framework = {
        .name = "xinghuo",
        .open = open_mock,
        .port = port_of,
        .scheme = "http",
        .control = control,
        .close = close_mock,
    };
    return &framework;
}
