#include "conformance/chains/common/http.h"
#include "conformance/chains/fisco-bcos-2/fmock.h"
#include "relay/base/assert.h"
#include "relay/base/log.h"

#include <event2/buffer.h>
#include <event2/event.h>
#include <inttypes.h>
#include <stdlib.h>
#include <time.h>

#define HTTP_GOOD  200
#define GENESIS_MS 1700000000000u /* fixed: one seed gives one genesis */

const yq_mock_framework *yq_mock_fisco_bcos_2(void);

typedef struct mock {
    yq_fmock_chain *chain;   /* or */
    yq_fmock_replay *replay; /* one of the two */
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
    if (yq_fmock_chain_seal(m->chain, now_ms())) {
        const yq_fmock_block *block = m->chain->block[m->chain->block_n - 1];
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
    if (m->replay != NULL) {
        char *text = yq_fmock_replay_answer(m->replay, body, &size);
        YQ_ASSERT(evbuffer_add(reply, text, size) == 0);
        free(text);
        return HTTP_GOOD;
    }
    yq_json_out *out = yq_fmock_answer(m->chain, body);
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
    yq_fmock_chain_free(m->chain);
    yq_fmock_replay_close(m->replay);
    free(m);
}

static yq_status make_chain(mock *m, const yq_mock_options *options, yq_fault *why)
{
    const char *suite = options->suite == NULL ? "sm" : options->suite;
    if (options->replay != NULL) {
        return yq_fmock_replay_open(options->replay, &m->replay, why);
    }
    if (strcmp(suite, "sm") != 0 && strcmp(suite, "keccak") != 0) {
        return yq_fail(why, YQ_E_CONFIG_INVALID, 0, "suite: sm or keccak");
    }
    if (strlen(options->chain) > YQ_CHAIN_ID_SIZE_MAX || options->chain[0] == '\0') {
        return yq_fail(why, YQ_E_CONFIG_INVALID, 0, "chain");
    }
    m->chain = yq_fmock_chain_new(
        strcmp(suite, "sm") == 0 ? YQ_FMOCK_SUITE_SM : YQ_FMOCK_SUITE_KECCAK,
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

/* A recorded chain can only be asked how high it is. */
static yq_status control_replay(
    const mock *m, const yq_json *command, yq_json_out *reply, yq_fault *why)
{
    yq_slice name;
    if (!yq_json_text(yq_json_get(command, "do"), &name)) {
        return yq_fail(why, YQ_E_FIELD_MISSING, 0, "do");
    }
    if (!yq_slice_equal(name, yq_slice_text("status"))) {
        return yq_fail(why, YQ_E_UNSUPPORTED, 0, "a recorded chain does not change");
    }
    yq_json_out_uint(reply, "height", yq_fmock_replay_height(m->replay));
    return YQ_OK;
}

static yq_status control(void *self, const yq_json *command, yq_json_out *reply, yq_fault *why)
{
    mock *m = self;
    if (m->replay != NULL) {
        return control_replay(m, command, reply, why);
    }
    yq_status status = yq_fmock_control(m->chain, now_ms(), command, reply, why);
    wake(m);
    return status;
}

const yq_mock_framework *yq_mock_fisco_bcos_2(void)
{
    static const yq_mock_framework framework = {
        .name = "fisco-bcos-2",
        .open = open_mock,
        .port = port_of,
        .scheme = "http",
        .control = control,
        .close = close_mock,
    };
    return &framework;
}
