#include "conformance/chains/common/http.h"

#include "relay/base/assert.h"
#include "relay/base/bytes.h"

#include <arpa/inet.h>
#include <event2/buffer.h>
#include <event2/http.h>
#include <event2/keyvalq_struct.h>
#include <stdlib.h>
#include <sys/queue.h>

#define IDLE_SECONDS 60

struct yq_mock_http {
    struct evhttp *server;
    yq_mock_http_answer answer; /* of one path, or */
    yq_mock_http_rest rest;     /* of all */
    void *self;
    uint16_t port;
};

static yq_slice body_of(struct evhttp_request *request)
{
    struct evbuffer *in = evhttp_request_get_input_buffer(request);
    return yq_slice_of(evbuffer_pullup(in, -1), evbuffer_get_length(in));
}

static void send_reply(struct evhttp_request *request, int code, struct evbuffer *reply)
{
    (void)evhttp_add_header(
        evhttp_request_get_output_headers(request), "Content-Type", "application/json");
    evhttp_send_reply(request, code, NULL, reply);
}

static void on_request(struct evhttp_request *request, void *self)
{
    yq_mock_http *http = self;
    if (evhttp_request_get_command(request) != EVHTTP_REQ_POST) {
        evhttp_send_error(request, HTTP_BADMETHOD, NULL);
        return;
    }
    struct evbuffer *reply = evbuffer_new();
    YQ_ASSERT(reply != NULL);
    send_reply(request, http->answer(http->self, body_of(request), reply), reply);
    evbuffer_free(reply);
}

/* ---- REST ---- */

const char *yq_mock_question_text(const yq_mock_question *q, const char *key)
{
    return evhttp_find_header(q->arguments, key);
}

uint64_t yq_mock_question_number(const yq_mock_question *q, const char *key, uint64_t otherwise)
{
    const char *text = yq_mock_question_text(q, key);
    uint64_t value = 0;
    if (text == NULL || text[0] == '\0') {
        return otherwise;
    }
    for (; *text != '\0'; text++) {
        if (*text < '0' || *text > '9' || value > (UINT64_MAX - 9) / 10) {
            return otherwise;
        }
        value = value * 10 + (uint64_t)(*text - '0');
    }
    return value;
}

static void on_question(struct evhttp_request *request, void *self)
{
    yq_mock_http *http = self;
    const struct evhttp_uri *uri = evhttp_request_get_evhttp_uri(request);
    const char *query = uri == NULL ? NULL : evhttp_uri_get_query(uri);
    char *path = uri == NULL ? NULL : evhttp_uridecode(evhttp_uri_get_path(uri), 0, NULL);
    struct evkeyvalq arguments;
    TAILQ_INIT(&arguments);
    if (path == NULL || evhttp_parse_query_str(query == NULL ? "" : query, &arguments) != 0) {
        evhttp_send_error(request, HTTP_BADREQUEST, NULL);
    } else {
        struct evbuffer *reply = evbuffer_new();
        YQ_ASSERT(reply != NULL);
        const yq_mock_question q = {
            .path = path,
            .is_post = evhttp_request_get_command(request) == EVHTTP_REQ_POST,
            .body = body_of(request),
            .arguments = &arguments};
        send_reply(request, http->rest(http->self, &q, reply), reply);
        evbuffer_free(reply);
    }
    evhttp_clear_headers(&arguments);
    free(path);
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

/* Binds; what a request is given to is set by the caller. */
static yq_status listen_on(
    struct event_base *base, uint16_t port, const yq_mock_http *as, yq_mock_http **out)
{
    yq_mock_http *http = calloc(1, sizeof *http);
    YQ_ASSERT(http != NULL);
    *http = *as;
    http->server = evhttp_new(base);
    YQ_ASSERT(http->server != NULL);
    evhttp_set_allowed_methods(http->server, EVHTTP_REQ_POST | EVHTTP_REQ_GET);
    evhttp_set_max_body_size(http->server, YQ_MOCK_BODY_MAX);
    evhttp_set_timeout(http->server, IDLE_SECONDS);
    struct evhttp_bound_socket *bound =
        evhttp_bind_socket_with_handle(http->server, "127.0.0.1", port);
    if (bound != NULL) {
        http->port = bound_port(bound);
    }
    *out = http;
    return http->port != 0 ? YQ_OK : YQ_E_IO;
}

static yq_status not_opened(yq_mock_http *http, yq_fault *why)
{
    yq_mock_http_close(http);
    return yq_fail(why, YQ_E_IO, 0, "the port cannot be listened on");
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
    yq_mock_http *http = NULL;
    yq_status status =
        listen_on(base, port, &(yq_mock_http){.answer = answer, .self = self}, &http);
    if (status != YQ_OK || evhttp_set_cb(http->server, path, on_request, http) != 0) {
        return not_opened(http, why);
    }
    *out = http;
    return YQ_OK;
}

yq_status yq_mock_http_open_rest(
    struct event_base *base,
    uint16_t port,
    yq_mock_http_rest answer,
    void *self,
    yq_mock_http **out,
    yq_fault *why)
{
    yq_mock_http *http = NULL;
    if (listen_on(base, port, &(yq_mock_http){.rest = answer, .self = self}, &http) != YQ_OK) {
        return not_opened(http, why);
    }
    evhttp_set_gencb(http->server, on_question, http);
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
