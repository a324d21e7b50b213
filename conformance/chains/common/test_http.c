#include "conformance/chains/common/http.h"
#include "relay/base/bytes.h"

#include <criterion/criterion.h>
#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http.h>
#include <stdio.h>

/* A server and a client in one loop. */
typedef struct test_loop {
    struct event_base *base;
    yq_mock_http *http;
    struct evhttp_connection *link;
    int code;
    char reply[256];
} test_loop;

static int tell(void *self, const yq_mock_question *q, struct evbuffer *reply)
{
    (void)self;
    const char *name = yq_mock_question_text(q, "name");
    (void)evbuffer_add_printf(
        reply,
        "%s %s seq=%llu name=%s body=%.*s",
        q->is_post ? "POST" : "GET",
        q->path,
        (unsigned long long)yq_mock_question_number(q, "seq", 99),
        name == NULL ? "-" : name,
        (int)q->body.n,
        q->body.n == 0 ? "" : (const char *)q->body.p);
    return 202;
}

static int tell_body(void *self, yq_slice body, struct evbuffer *reply)
{
    (void)self;
    (void)evbuffer_add(reply, body.p, body.n);
    return 200;
}

static void on_reply(struct evhttp_request *request, void *self)
{
    test_loop *t = self;
    t->code = request == NULL ? 0 : evhttp_request_get_response_code(request);
    int n = request == NULL
                ? 0
                : evbuffer_remove(
                      evhttp_request_get_input_buffer(request), t->reply, sizeof t->reply - 1);
    t->reply[n < 0 ? 0 : n] = '\0';
    (void)event_base_loopbreak(t->base);
}

static void loop_link(test_loop *t)
{
    t->link = evhttp_connection_base_new(t->base, NULL, "127.0.0.1", yq_mock_http_port(t->http));
    cr_assert_not_null(t->link);
    evhttp_connection_set_timeout(t->link, 10);
}

static void loop_free(test_loop *t)
{
    evhttp_connection_free(t->link);
    yq_mock_http_close(t->http);
    event_base_free(t->base);
}

static void ask(test_loop *t, enum evhttp_cmd_type command, const char *target, const char *body)
{
    struct evhttp_request *request = evhttp_request_new(on_reply, t);
    cr_assert_not_null(request);
    (void)evhttp_add_header(evhttp_request_get_output_headers(request), "Host", "127.0.0.1");
    (void)evbuffer_add(evhttp_request_get_output_buffer(request), body, strlen(body));
    t->code = -1;
    cr_assert_eq(evhttp_make_request(t->link, request, command, target), 0);
    (void)event_base_dispatch(t->base);
}

Test(http, rest_takes_get_and_post_with_arguments, .timeout = 60)
{
    test_loop t = {.base = event_base_new()};
    yq_fault why = {0};
    cr_assert_eq(yq_mock_http_open_rest(t.base, 0, tell, NULL, &t.http, &why), YQ_OK);
    loop_link(&t);
    ask(&t, EVHTTP_REQ_GET, "/a/b?seq=7&name=x%20y%26z", "");
    cr_assert_eq(t.code, 202);
    cr_assert_str_eq(t.reply, "GET /a/b seq=7 name=x y&z body=");
    ask(&t, EVHTTP_REQ_GET, "/a%2fb", "");
    cr_assert_str_eq(t.reply, "GET /a/b seq=99 name=- body=");
    ask(&t, EVHTTP_REQ_POST, "/submit?seq=", "{}");
    cr_assert_str_eq(t.reply, "POST /submit seq=99 name=- body={}");
    loop_free(&t);
}

Test(http, arguments_that_are_no_numbers, .timeout = 60)
{
    static const struct {
        const char *target, *seq;
    } row[] = {
        {"/?seq=7x", "seq=99 "},
        {"/?seq=-1", "seq=99 "},
        {"/?seq=18446744073709551600", "seq=18446744073709551600 "},
        {"/?seq=18446744073709551616", "seq=99 "},
        {"/?seq=99999999999999999999999", "seq=99 "},
        {"/?seq=0", "seq=0 "},
    };
    test_loop t = {.base = event_base_new()};
    yq_fault why = {0};
    cr_assert_eq(yq_mock_http_open_rest(t.base, 0, tell, NULL, &t.http, &why), YQ_OK);
    loop_link(&t);
    for (size_t i = 0; i < YQ_ARRAY_N(row); i++) {
        ask(&t, EVHTTP_REQ_GET, row[i].target, "");
        cr_assert_not_null(strstr(t.reply, row[i].seq), "%s: %s", row[i].target, t.reply);
    }
    ask(&t, EVHTTP_REQ_GET, "/?=7", "");
    cr_assert_eq(t.code, 400, "arguments without a name");
    loop_free(&t);
}

Test(http, other_servers_take_post_on_their_path_alone, .timeout = 60)
{
    test_loop t = {.base = event_base_new()};
    yq_fault why = {0};
    cr_assert_eq(yq_mock_http_open(t.base, 0, "/rpc", tell_body, NULL, &t.http, &why), YQ_OK);
    loop_link(&t);
    ask(&t, EVHTTP_REQ_POST, "/rpc", "{\"a\":1}");
    cr_assert_eq(t.code, 200);
    cr_assert_str_eq(t.reply, "{\"a\":1}");
    ask(&t, EVHTTP_REQ_GET, "/rpc", "");
    cr_assert_eq(t.code, 405);
    ask(&t, EVHTTP_REQ_POST, "/other", "{}");
    cr_assert_eq(t.code, 404);
    yq_mock_http *second = NULL;
    cr_assert_eq(
        yq_mock_http_open_rest(t.base, yq_mock_http_port(t.http), tell, NULL, &second, &why),
        YQ_E_IO);
    loop_free(&t);
}
