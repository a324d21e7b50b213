#include "conformance/chains/common/mock.h"

#include "conformance/chains/fabric/control.h"
#include "conformance/chains/fabric/server.h"
#include "relay/base/assert.h"
#include "relay/base/bytes.h"

#include <event2/event.h>
#include <stdlib.h>
#include <time.h>

const yq_mock_framework *yq_mock_fabric(void);

typedef struct mock {
    yq_fbmock_store store;
    yq_fbmock_server *server;
    yq_fbmock_chain *chain; /* NULL: a recorded one */
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
    if (yq_fbmock_seal(m->chain, now_ms())) {
        yq_fbmock_server_wake(m->server);
    }
    schedule(m);
}

static void on_waiting(void *self)
{
    schedule(self);
}

static void close_mock(void *self)
{
    mock *m = self;
    yq_fbmock_server_close(m->server);
    if (m->timer != NULL) {
        event_free(m->timer);
    }
    yq_fbmock_chain_free(m->chain);
    yq_fbmock_store_clear(&m->store);
    free(m);
}

static yq_status make_chain(mock *m, const yq_mock_options *options, yq_fault *why)
{
    if (options->replay != NULL) {
        return yq_fbmock_store_read(&m->store, options->replay, why);
    }
    return yq_fbmock_chain_new(options, &m->store, &m->chain, why);
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
        status = yq_fbmock_server_open(base, options->port, &m->store, &m->server, why);
    }
    if (status != YQ_OK) {
        close_mock(m);
        return status;
    }
    if (m->chain != NULL) {
        yq_fbmock_server_serve(m->server, m->chain, on_waiting, m);
    }
    *out = m;
    return YQ_OK;
}

static uint16_t port_of(void *self)
{
    const mock *m = self;
    return yq_fbmock_server_port(m->server);
}

static yq_status control(void *self, const yq_json *command, yq_json_out *reply, yq_fault *why)
{
    mock *m = self;
    yq_slice name;
    if (m->chain != NULL) {
        size_t height = m->store.n;
        yq_status status = yq_fbmock_control(m->chain, now_ms(), command, reply, why);
        if (m->store.n > height) {
            yq_fbmock_server_wake(m->server);
        }
        schedule(m);
        return status;
    }
    if (!yq_json_text(yq_json_get(command, "do"), &name)) {
        return yq_fail(why, YQ_E_FIELD_MISSING, 0, "do");
    }
    if (!yq_slice_equal(name, yq_slice_text("status"))) {
        return yq_fail(why, YQ_E_UNSUPPORTED, 0, "a recorded chain does not change");
    }
    yq_json_out_uint(reply, "height", m->store.n - 1);
    return YQ_OK;
}

const yq_mock_framework *yq_mock_fabric(void)
{
    static const yq_mock_framework framework = {
        .name = "fabric",
        .open = open_mock,
        .port = port_of,
        .scheme = "http",
        .control = control,
        .close = close_mock,
    };
    return &framework;
}
