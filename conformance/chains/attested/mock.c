#include "conformance/chains/attested/atmock.h"
#include "relay/base/assert.h"
#include "relay/base/bytes.h"

#include <arpa/inet.h>
#include <event2/buffer.h>
#include <event2/http.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define BODY_MAX     (32 << 20)
#define IDLE_SECONDS 60
#define PAGE_TEXT    "<html><body>service notice</body></html>"

const yq_mock_framework *yq_mock_attested(void);

typedef struct mock {
    yq_atm_platform *platform;
    struct evhttp *server;
    uint16_t port;
} mock;

static uint64_t now_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static void put_filler(struct evbuffer *body, size_t n)
{
    char *text = malloc(n);
    YQ_ASSERT(text != NULL);
    memset(text, ' ', n);
    YQ_ASSERT(evbuffer_add(body, text, n) == 0);
    free(text);
}

static void send_reply(struct evhttp_request *request, yq_atm_reply *reply)
{
    struct evkeyvalq *headers = evhttp_request_get_output_headers(request);
    struct evbuffer *body = evbuffer_new();
    char number[24];
    size_t size = 0;
    YQ_ASSERT(body != NULL);
    if (reply->is_html) {
        YQ_ASSERT(evbuffer_add(body, PAGE_TEXT, sizeof PAGE_TEXT - 1) == 0);
    } else if (reply->filler > 0) {
        put_filler(body, reply->filler);
    } else if (reply->out != NULL) {
        const char *text = yq_json_out_done(reply->out, &size);
        YQ_ASSERT(text != NULL && evbuffer_add(body, text, size) == 0);
    }
    if (reply->retry_s > 0) {
        (void)yq_decimal_encode(number, reply->retry_s);
        (void)evhttp_add_header(headers, "Retry-After", number);
    }
    (void)evhttp_add_header(
        headers, "Content-Type", reply->is_html ? "text/html" : "application/json");
    evhttp_send_reply(request, reply->code, NULL, body);
    evbuffer_free(body);
}

static void on_request(struct evhttp_request *request, void *self)
{
    mock *m = self;
    struct evbuffer *in = evhttp_request_get_input_buffer(request);
    const struct evhttp_uri *uri = evhttp_request_get_evhttp_uri(request);
    const yq_atm_request r = {
        .path = uri == NULL ? "" : evhttp_uri_get_path(uri),
        .query = uri == NULL ? NULL : evhttp_uri_get_query(uri),
        .authorization =
            evhttp_find_header(evhttp_request_get_input_headers(request), "Authorization"),
        .is_post = evhttp_request_get_command(request) == EVHTTP_REQ_POST,
        .body = {evbuffer_pullup(in, -1), evbuffer_get_length(in)},
        .time_ms = now_ms()};
    yq_atm_reply reply = yq_atm_answer(m->platform, &r);
    if (reply.is_cut) {
        evhttp_connection_free(evhttp_request_get_connection(request));
    } else {
        send_reply(request, &reply);
    }
    yq_json_out_free(reply.out);
}

static uint16_t bound_port(struct evhttp_bound_socket *bound)
{
    struct sockaddr_in address = {0};
    socklen_t size = sizeof address;
    if (bound == NULL ||
        getsockname(evhttp_bound_socket_get_fd(bound), (struct sockaddr *)&address, &size) != 0) {
        return 0;
    }
    return ntohs(address.sin_port);
}

static void close_mock(void *self)
{
    mock *m = self;
    if (m->server != NULL) {
        evhttp_free(m->server);
    }
    yq_atm_free(m->platform);
    free(m);
}

static yq_status open_mock(
    struct event_base *base, const yq_mock_options *options, void **out, yq_fault *why)
{
    if (options->replay != NULL) {
        return yq_fail(why, YQ_E_UNSUPPORTED, 0, "replay: no platform of this kind is recorded");
    }
    if (strlen(options->chain) > YQ_CHAIN_ID_SIZE_MAX || options->chain[0] == '\0') {
        return yq_fail(why, YQ_E_CONFIG_INVALID, 0, "chain");
    }
    mock *m = calloc(1, sizeof *m);
    YQ_ASSERT(m != NULL);
    m->platform = yq_atm_new(options->chain, options->seed, now_ms());
    m->server = evhttp_new(base);
    YQ_ASSERT(m->server != NULL);
    evhttp_set_allowed_methods(m->server, EVHTTP_REQ_POST | EVHTTP_REQ_GET);
    evhttp_set_max_body_size(m->server, BODY_MAX);
    evhttp_set_timeout(m->server, IDLE_SECONDS);
    evhttp_set_gencb(m->server, on_request, m);
    m->port = bound_port(evhttp_bind_socket_with_handle(m->server, "127.0.0.1", options->port));
    if (m->port == 0) {
        close_mock(m);
        return yq_fail(why, YQ_E_IO, 0, "the port cannot be listened on");
    }
    *out = m;
    return YQ_OK;
}

static uint16_t port_of(void *self)
{
    const mock *m = self;
    return m->port;
}

static yq_status control(void *self, const yq_json *command, yq_json_out *reply, yq_fault *why)
{
    mock *m = self;
    return yq_atm_control(m->platform, now_ms(), command, reply, why);
}

const yq_mock_framework *yq_mock_attested(void)
{
    static const yq_mock_framework framework = {
        .name = "attested",
        .open = open_mock,
        .port = port_of,
        .scheme = "http",
        .control = control,
        .close = close_mock,
    };
    return &framework;
}
