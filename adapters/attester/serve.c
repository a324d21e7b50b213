#include "adapters/attester/serve.h"

#include <arpa/inet.h>
#include <event2/buffer.h>
#include <event2/http.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define IDLE_SECONDS 60
#define HEADERS_MAX  8192
#define BODY_MAX     1024
#define REPLY_MAX    (4u << 20)
#define WANTED_MAX   512u
#define STATEMENTS   "/v1/statements/"
#define GOOD         200
#define UNAUTHORIZED 401
#define NO_SUCH      404
#define WRONG_METHOD 405
#define OVER         500

struct yq_attester_server {
    struct evhttp *http;
    yq_attester *attester;
    uint16_t port;
    char wanted[WANTED_MAX]; /* the header's value, zeros behind it; empty: anybody asks */
};

int yq_attester_number_of(const char *path, uint64_t *number)
{
    uint64_t value = 0;
    if (strncmp(path, STATEMENTS, sizeof STATEMENTS - 1) != 0) {
        return 0;
    }
    const char *at = path + sizeof STATEMENTS - 1;
    if (at[0] < '1' || at[0] > '9') {
        return 0;
    }
    for (; *at != '\0'; at++) {
        uint64_t digit = (uint64_t)(*at - '0');
        if (*at < '0' || *at > '9' || value > (UINT64_MAX - digit) / 10) {
            return 0;
        }
        value = value * 10 + digit;
    }
    *number = value;
    return 1;
}

/* The whole header is compared, in the same time whatever differs. */
static int may_ask(const yq_attester_server *s, struct evhttp_request *request)
{
    char shown[WANTED_MAX] = {0};
    const char *header =
        evhttp_find_header(evhttp_request_get_input_headers(request), "Authorization");
    if (s->wanted[0] == '\0') {
        return 1;
    }
    if (header == NULL || strlen(header) >= sizeof shown) {
        return 0;
    }
    (void)snprintf(shown, sizeof shown, "%s", header);
    int good = yq_secret_equal(shown, s->wanted, sizeof shown);
    yq_secret_wipe(shown, sizeof shown);
    return good;
}

static void reply_json(struct evhttp_request *request, yq_json_out *out)
{
    size_t size = 0;
    struct evbuffer *body = evbuffer_new();
    yq_json_out_end(out);
    const char *text = yq_json_out_done(out, &size);
    if (body == NULL || text == NULL || evbuffer_add(body, text, size) != 0) {
        evhttp_send_error(request, OVER, NULL);
    } else {
        (void)evhttp_add_header(
            evhttp_request_get_output_headers(request), "Content-Type", "application/json");
        evhttp_send_reply(request, GOOD, NULL, body);
    }
    if (body != NULL) {
        evbuffer_free(body);
    }
}

static void answer(yq_attester_server *s, struct evhttp_request *request, const char *path)
{
    uint64_t number;
    int is_status = strcmp(path, "/v1/status") == 0;
    if (!is_status && !yq_attester_number_of(path, &number)) {
        evhttp_send_error(request, NO_SUCH, NULL);
        return;
    }
    yq_json_out *out = yq_json_out_new(REPLY_MAX);
    if (out == NULL) {
        evhttp_send_error(request, OVER, NULL);
        return;
    }
    yq_json_out_object(out, NULL);
    if (is_status) {
        yq_attester_status(s->attester, out);
    } else {
        yq_attester_answer(s->attester, number, out);
    }
    reply_json(request, out);
    yq_json_out_free(out);
}

static void on_request(struct evhttp_request *request, void *self)
{
    yq_attester_server *s = self;
    const struct evhttp_uri *uri = evhttp_request_get_evhttp_uri(request);
    const char *path = uri == NULL ? NULL : evhttp_uri_get_path(uri);
    if (evhttp_request_get_command(request) != EVHTTP_REQ_GET) {
        evhttp_send_error(request, WRONG_METHOD, NULL);
    } else if (!may_ask(s, request)) {
        evhttp_send_error(request, UNAUTHORIZED, NULL);
    } else if (path == NULL || evhttp_uri_get_query(uri) != NULL) {
        evhttp_send_error(request, NO_SUCH, NULL);
    } else {
        answer(s, request, path);
    }
}

static uint16_t bound_port(struct evhttp_bound_socket *bound)
{
    struct sockaddr_in address = {0};
    socklen_t size = sizeof address;
    if (getsockname(evhttp_bound_socket_get_fd(bound), (struct sockaddr *)&address, &size) != 0) {
        return 0;
    }
    return ntohs(address.sin_port);
}

yq_status yq_attester_server_open(
    struct event_base *base,
    uint16_t port,
    const char *wanted,
    yq_attester *attester,
    yq_attester_server **out,
    yq_fault *why)
{
    yq_attester_server *s = calloc(1, sizeof *s);
    if (s == NULL || (s->http = evhttp_new(base)) == NULL) {
        free(s);
        return yq_fail(why, YQ_E_MEMORY, 0, "server");
    }
    s->attester = attester;
    if (wanted != NULL && strlen(wanted) >= WANTED_MAX) {
        yq_attester_server_close(s);
        return yq_fail(why, YQ_E_CONFIG_INVALID, 0, "token_file: at most 500 bytes");
    }
    if (wanted != NULL) {
        (void)snprintf(s->wanted, sizeof s->wanted, "%s", wanted);
    }
    evhttp_set_allowed_methods(s->http, EVHTTP_REQ_GET);
    evhttp_set_max_headers_size(s->http, HEADERS_MAX);
    evhttp_set_max_body_size(s->http, BODY_MAX);
    evhttp_set_timeout(s->http, IDLE_SECONDS);
    evhttp_set_gencb(s->http, on_request, s);
    struct evhttp_bound_socket *bound = evhttp_bind_socket_with_handle(s->http, "127.0.0.1", port);
    s->port = bound == NULL ? 0 : bound_port(bound);
    if (s->port == 0) {
        yq_attester_server_close(s);
        return yq_fail(why, YQ_E_IO, 0, "the port cannot be listened on");
    }
    *out = s;
    return YQ_OK;
}

uint16_t yq_attester_server_port(const yq_attester_server *s)
{
    return s->port;
}

void yq_attester_server_close(yq_attester_server *s)
{
    if (s != NULL) {
        evhttp_free(s->http);
        yq_secret_wipe(s->wanted, sizeof s->wanted);
        free(s);
    }
}
