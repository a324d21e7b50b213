#include "conformance/chains/cometbft/cmock.h"
#include "conformance/chains/common/http.h"
#include "relay/base/assert.h"
#include "relay/base/log.h"

#include <event2/buffer.h>
#include <event2/event.h>
#include <inttypes.h>
#include <stdlib.h>
#include <time.h>

#define HTTP_GOOD 200

const yq_mock_framework *yq_mock_cometbft(void);

typedef struct mock {
    yq_cmock_chain *chain;
    yq_mock_http *http;
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
    if (yq_cmock_chain_due(m->chain) && !evtimer_pending(m->timer, NULL)) {
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
    if (yq_cmock_chain_due(m->chain)) {
        yq_cmock_chain_seal(m->chain, now_ms());
        const yq_cmock_block *block = m->chain->block[m->chain->block_n - 1];
        yq_log(
            YQ_LOG_INFO,
            "mock",
            "sealed chain=%s height=%" PRIu64 " txs=%zu",
            m->chain->name,
            block->height,
            block->tx_n);
    }
    wake(m);
}

static int on_request(void *self, yq_slice body, struct evbuffer *reply)
{
    mock *m = self;
    size_t size = 0;
    yq_json_out *out = yq_cmock_answer(m->chain, body);
    const char *text = yq_json_out_done(out, &size);
    YQ_ASSERT(text != NULL && evbuffer_add(reply, text, size) == 0);
    yq_json_out_free(out);
    wake(m);
    return HTTP_GOOD;
}

static void close_mock(void *self)
{
    mock *m = self;
    yq_mock_http_close(m->http);
    if (m->timer != NULL) {
        event_free(m->timer);
    }
    yq_cmock_chain_free(m->chain);
    free(m);
}

static yq_status make_chain(mock *m, const yq_mock_options *options, yq_fault *why)
{
    const char *suite = options->suite == NULL ? "ibc-v2" : options->suite;
    int is_v1 = strcmp(suite, "ibc-v1") == 0;
    if (options->replay != NULL) {
        return yq_fail(why, YQ_E_CONFIG_INVALID, 0, "replay: no recorded chain of this framework");
    }
    if (!is_v1 && strcmp(suite, "ibc-v2") != 0) {
        return yq_fail(why, YQ_E_CONFIG_INVALID, 0, "suite: ibc-v1 or ibc-v2");
    }
    if (strlen(options->chain) > YQ_CHAIN_ID_SIZE_MAX || options->chain[0] == '\0') {
        return yq_fail(why, YQ_E_CONFIG_INVALID, 0, "chain");
    }
    m->chain = yq_cmock_chain_new(is_v1 ? 1 : 2, options->chain, options->seed, now_ms());
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
        status = yq_mock_http_open(base, options->port, "/", on_request, m, &m->http, why);
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

static yq_status control(void *self, const yq_json *command, yq_json_out *reply, yq_fault *why)
{
    mock *m = self;
    yq_status status = yq_cmock_control(m->chain, now_ms(), command, reply, why);
    wake(m);
    return status;
}

const yq_mock_framework *yq_mock_cometbft(void)
{
    static const yq_mock_framework framework = {
        .name = "cometbft",
        .open = open_mock,
        .port = port_of,
        .scheme = "http",
        .control = control,
        .close = close_mock,
    };
    return &framework;
}
