#include "conformance/chains/common/mock.h"

#include "conformance/chains/fabric/server.h"
#include "relay/base/assert.h"
#include "relay/base/bytes.h"

#include <event2/event.h>
#include <stdlib.h>

const yq_mock_framework *yq_mock_fabric(void);

typedef struct mock {
    yq_fbmock_store store;
    yq_fbmock_server *server;
} mock;

static void close_mock(void *self)
{
    mock *m = self;
    yq_fbmock_server_close(m->server);
    yq_fbmock_store_clear(&m->store);
    free(m);
}

static yq_status make_chain(mock *m, const yq_mock_options *options, yq_fault *why)
{
    if (options->replay != NULL) {
        return yq_fbmock_store_read(&m->store, options->replay, why);
    }
    return yq_fail(why, YQ_E_CONFIG_INVALID, 0, "fabric: only --replay");
}

static yq_status open_mock(
    struct event_base *base, const yq_mock_options *options, void **out, yq_fault *why)
{
    mock *m = calloc(1, sizeof *m);
    YQ_ASSERT(m != NULL);
    yq_status status = make_chain(m, options, why);
    if (status == YQ_OK) {
        status = yq_fbmock_server_open(base, options->port, &m->store, &m->server, why);
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
    return yq_fbmock_server_port(m->server);
}

static yq_status control(void *self, const yq_json *command, yq_json_out *reply, yq_fault *why)
{
    const mock *m = self;
    yq_slice name;
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
