#include "conformance/chains/common/http.h"

#include "relay/base/assert.h"
#include "relay/base/bytes.h"

#include <arpa/inet.h>
#include <event2/buffer.h>
#include <event2/http.h>
#include <stdlib.h>

#define IDLE_SECONDS 60

struct yq_mock_http {
    struct evhttp *server;
    yq_mock_http_answer answer;
    void *self;
    uint16_t port;
};

static void on_request(struct evhttp_request *request, void *self)
{
    yq_mock_http *http = self;
    if (evhttp_request_get_command(request) != EVHTTP_REQ_POST) {
        evhttp_send_error(request, HTTP_BADMETHOD, NULL);
        return;
    }
    struct evbuffer *in = evhttp_request_get_input_buffer(request);
    struct evbuffer *reply = evbuffer_new();
    YQ_ASSERT(reply != NULL);
    yq_slice body = {evbuffer_pullup(in, -1), evbuffer_get_length(in)};
    int code = http->answer(http->self, body, reply);
    (void)evhttp_add_header(
        evhttp_request_get_output_headers(request), "Content-Type", "application/json");
    evhttp_send_reply(request, code, NULL, reply);
    evbuffer_free(reply);
}

static uint16_t bound_port(struct evhttp_bound_socket *socket_)
{
    struct sockaddr_in address = {0};
    socklen_t size = sizeof address;
    if (getsockname(evhttp_bound_socket_get_fd(socket_), (struct sockaddr *)&address, &size) != 0) {
        return 0;
    }
    return ntohs(address.sin_port);
}

yq_status yq_mock_http_open(
    struct event_base *base,
    uint16_t port,
    const char *path,
    yq_mock_http_answer answer,
    void *self,
    yq_mock_http **out,
    yq_fault *why)
{
    yq_mock_http *http = calloc(1, sizeof *http);
    YQ_ASSERT(http != NULL);
    *http = (yq_mock_http){.server = evhttp_new(base), .answer = answer, .self = self};
    YQ_ASSERT(http->server != NULL);
    evhttp_set_allowed_methods(http->server, EVHTTP_REQ_POST | EVHTTP_REQ_GET);
    evhttp_set_max_body_size(http->server, YQ_MOCK_BODY_MAX);
    evhttp_set_timeout(http->server, IDLE_SECONDS);
    struct evhttp_bound_socket *bound =
        evhttp_bind_socket_with_handle(http->server, "127.0.0.1", port);
    if (bound != NULL) {
        http->port = bound_port(bound);
    }
    if (http->port == 0 || evhttp_set_cb(http->server, path, on_request, http) != 0) {
        yq_mock_http_close(http);
        return yq_fail(why, YQ_E_IO, 0, "the port cannot be listened on");
    }
    *out = http;
    return YQ_OK;
}

uint16_t yq_mock_http_port(const yq_mock_http *http)
{
    return http->port;
}

void yq_mock_http_close(yq_mock_http *http)
{
    if (http == NULL) {
        return;
    }
    evhttp_free(http->server);
    free(http);
}
