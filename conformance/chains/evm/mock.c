#include "conformance/chains/common/http.h"
#include "conformance/chains/evm/emock.h"
#include "relay/base/assert.h"
#include "relay/base/log.h"

#include <event2/buffer.h>
#include <event2/event.h>
#include <inttypes.h>
#include <stdlib.h>
#include <time.h>

#define HTTP_GOOD 200
#define GENESIS_S 1700000000u /* fixed: one seed gives one genesis */

const yq_mock_framework *yq_mock_evm(void);

typedef struct mock {
    yq_emock_chain *chain;   /* or */
    yq_emock_replay *replay; /* one of the two */
    yq_mock_http *http;
    struct event *timer;
    uint32_t block_ms;
} mock;

static uint64_t now_s(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec;
}

/* A block is due when something waits for one, or has to be buried. */
static void wake(mock *m)
{
    if (yq_emock_chain_is_due(m->chain) && !evtimer_pending(m->timer, NULL)) {
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
    if (yq_emock_chain_is_due(m->chain)) {
        yq_emock_chain_seal(m->chain, now_s());
        const yq_emock_block *block = m->chain->block[m->chain->block_n - 1];
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
        char *text = yq_emock_replay_answer(m->replay, body, &size);
        YQ_ASSERT(evbuffer_add(reply, text, size) == 0);
        free(text);
        return HTTP_GOOD;
    }
    yq_json_out *out = yq_emock_answer(m->chain, body);
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
    yq_emock_chain_free(m->chain);
    yq_emock_replay_close(m->replay);
    free(m);
}

static yq_status make_chain(mock *m, const yq_mock_options *options, yq_fault *why)
{
    static const char *const suites[YQ_EMOCK_CONSENSUS_N] = {
        [YQ_EMOCK_QBFT] = "qbft",
        [YQ_EMOCK_IBFT2] = "ibft2",
        [YQ_EMOCK_QBFT_CONTRACT] = "qbft-contract",
        [YQ_EMOCK_CLIQUE] = "clique",
    };
    if (options->replay != NULL) {
        return yq_emock_replay_open(options->replay, &m->replay, why);
    }
    unsigned i = YQ_EMOCK_QBFT;
    while (i < YQ_EMOCK_CONSENSUS_N && options->suite != NULL &&
           strcmp(options->suite, suites[i]) != 0) {
        i++;
    }
    if (i == YQ_EMOCK_CONSENSUS_N) {
        return yq_fail(why, YQ_E_CONFIG_INVALID, 0, "suite: qbft, ibft2, qbft-contract or clique");
    }
    if (strlen(options->chain) > YQ_CHAIN_ID_SIZE_MAX || options->chain[0] == '\0') {
        return yq_fail(why, YQ_E_CONFIG_INVALID, 0, "chain");
    }
    m->chain = yq_emock_chain_new((yq_emock_consensus)i, options->chain, options->seed, GENESIS_S);
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
    yq_json_out_uint(reply, "height", yq_emock_replay_height(m->replay));
    return YQ_OK;
}

static yq_status control(void *self, const yq_json *command, yq_json_out *reply, yq_fault *why)
{
    mock *m = self;
    if (m->replay != NULL) {
        return control_replay(m, command, reply, why);
    }
    yq_status status = yq_emock_control(m->chain, now_s(), command, reply, why);
    wake(m);
    return status;
}

const yq_mock_framework *yq_mock_evm(void)
{
    static const yq_mock_framework framework = {
        .name = "evm",
        .open = open_mock,
        .port = port_of,
        .scheme = "http",
        .control = control,
        .close = close_mock,
    };
    return &framework;
}
