#include "conformance/chains/common/http.h"
#include "conformance/chains/fisco-bcos-3/mock3.h"
#include "relay/base/assert.h"
#include "relay/base/log.h"

#include <event2/buffer.h>
#include <event2/event.h>
#include <inttypes.h>
#include <stdlib.h>
#include <time.h>

#define HTTP_GOOD  200
#define GENESIS_MS 1700000000000u /* fixed: one seed gives one genesis */

const yq_mock_framework *yq_mock_fisco_bcos_3(void);

typedef struct mock {
    yq_mock3_chain *chain;
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

/* A block is due when something waits for one. */
static void wake(mock *m)
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
    if (yq_mock3_chain_seal(m->chain, now_ms())) {
        const yq_mock3_block *block = m->chain->block[m->chain->block_n - 1];
        yq_log(
            YQ_LOG_INFO,
            "mock",
            "sealed chain=%s height=%" PRIu64 " txs=%zu",
            m->chain->name,
            block->number,
            block->tx_n);
    }
    wake(m);
}

static int on_request(void *self, yq_slice body, struct evbuffer *reply)
{
    mock *m = self;
    size_t size = 0;
    yq_json_out *out = yq_mock3_answer(m->chain, body, now_ms());
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
    yq_mock3_chain_free(m->chain);
    free(m);
}

static yq_status make_chain(mock *m, const yq_mock_options *options, yq_fault *why)
{
    const char *suite = options->suite == NULL ? "sm" : options->suite;
    if (options->replay != NULL) {
        return yq_fail(why, YQ_E_UNSUPPORTED, 0, "replay: no chain of this framework is recorded");
    }
    if (strcmp(suite, "sm") != 0 && strcmp(suite, "keccak") != 0) {
        return yq_fail(why, YQ_E_CONFIG_INVALID, 0, "suite: sm or keccak");
    }
    if (strlen(options->chain) > YQ_CHAIN_ID_SIZE_MAX || options->chain[0] == '\0') {
        return yq_fail(why, YQ_E_CONFIG_INVALID, 0, "chain");
    }
    m->chain = yq_mock3_chain_new(
        strcmp(suite, "sm") == 0 ? YQ_MOCK3_SUITE_SM : YQ_MOCK3_SUITE_KECCAK,
        options->chain,
        options->seed,
        GENESIS_MS);
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
    yq_status status = yq_mock3_control(m->chain, now_ms(), command, reply, why);
    wake(m);
    return status;
}

const yq_mock_framework *yq_mock_fisco_bcos_3(void)
{
    static const yq_mock_framework framework = {
        .name = "fisco-bcos-3",
        .open = open_mock,
        .port = port_of,
        .scheme = "http",
        .control = control,
        .close = close_mock,
    };
    return &framework;
}
