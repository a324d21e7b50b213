/* Calls of JSON-RPC and what comes back. */
#include "adapters/http/jsonrpc.h"
#include "adapters/http/test_host.h"

static test_server *s[2];
static yq_jsonrpc rpc;
static yq_json *reply;
static yq_web_access plain;

static void set_up(void)
{
    s[0] = test_server_start("{\"jsonrpc\":\"2.0\",\"id\":%u,\"result\":41}", NULL, NULL);
    s[1] = test_server_start("{\"id\":%u,\"result\":42}", NULL, NULL);
    rpc = (yq_jsonrpc){.pool = test_pool(s, 2, &plain, 1)};
}

static void tear_down(void)
{
    yq_json_free(reply);
    yq_web_pool_free(rpc.pool);
    test_server_stop(s[0]);
    test_server_stop(s[1]);
}

TestSuite(jsonrpc, .init = set_up, .fini = tear_down, .timeout = 60);

static yq_status ask(size_t endpoint)
{
    yq_json_free(reply);
    why = (yq_fault){0};
    return yq_jsonrpc_ask(&rpc, endpoint, "name", "[1]", yq_web_now_ms() + TEST_MS, &reply, &why);
}

static uint64_t result(void)
{
    uint64_t value = 0;
    cr_assert(yq_json_uint(yq_jsonrpc_result(reply), &value));
    return value;
}

Test(jsonrpc, a_call_has_its_form_and_a_new_id)
{
    cr_assert_eq(ask(0), YQ_OK, "%s", why.text);
    cr_expect_eq(result(), 41);
    cr_expect_not_null(
        strstr(
            s[0]->request,
            "\r\n\r\n{\"jsonrpc\":\"2.0\",\"method\":\"name\",\"params\":[1],\"id\":1}"),
        "%s",
        s[0]->request);
    cr_assert_eq(ask(0), YQ_OK);
    cr_expect_not_null(strstr(s[0]->request, "\"id\":2}"));
    cr_expect_eq(rpc.is_sent, 1);
}

/* Replies that are none: E_PEER, and a failure that is counted. */
Test(jsonrpc, other_replies_are_refused)
{
    static const char *const bad[] = {
        "{\"id\":%u1,\"result\":1}",
        "{\"id\":\"%u\",\"result\":1}",
        "{\"result\":1}",
        "{\"id\":null,\"result\":1}",
        "{\"id\":%u}",
        "{\"id\":%u,\"result\":1",
        "{\"id\":%u,\"result\":1,\"result\":2}",
        "[]",
        "<html>",
        "",
        "{\"id\":%u1,\"error\":{\"code\":-1,\"message\":\"of another call\"}}",
    };
    for (size_t i = 0; i < YQ_ARRAY_N(bad); i++) {
        s[0]->reply = bad[i];
        cr_expect_eq(ask(0), YQ_E_PEER, "%s", bad[i]);
        cr_expect_null(reply);
        cr_expect_eq(rpc.code, 0);
        cr_expect_eq(yq_web_pool_counts(rpc.pool).failures, i + 1);
    }
}

static yq_status meaning(const yq_json *error)
{
    int64_t code = 0;
    (void)yq_json_int(yq_json_get(error, "code"), &code);
    return code == -40004 ? YQ_E_NOT_FOUND : YQ_E_PEER;
}

Test(jsonrpc, errors_are_mapped)
{
    s[0]->reply = "{\"id\":%u,\"error\":{\"code\":-40004,\"message\":\"none\",\"data\":\"yet\"}}";
    cr_expect_eq(ask(0), YQ_E_PEER, "without a meaning");
    cr_expect_str_eq(why.text, "name: -40004 none yet");
    rpc.meaning = meaning;
    cr_expect_eq(ask(0), YQ_E_NOT_FOUND);
    cr_expect_eq(rpc.code, -40004);
    cr_expect_eq(yq_web_pool_counts(rpc.pool).failures, 1, "not there is no failure");
    s[0]->reply = "{\"id\":null,\"error\":{\"code\":-32700}}";
    cr_expect_eq(ask(0), YQ_E_PEER, "a node that could not read it");
    cr_expect_eq(rpc.code, -32700);
    s[0]->reply = "{\"id\":%u,\"error\":\"text\"}";
    cr_expect_eq(ask(0), YQ_E_PEER);
    s[0]->reply = "{\"id\":%u,\"error\":null,\"result\":1}";
    cr_expect_eq(ask(0), YQ_OK);
    cr_expect_eq(rpc.code, 0);
}

Test(jsonrpc, codes_of_http)
{
    s[0]->code = 500;
    cr_expect_eq(ask(0), YQ_E_PEER, "a result has the code 200");
    s[0]->code = 404;
    cr_expect_eq(ask(0), YQ_E_PEER);
    static const unsigned away[] = {429, 502, 503, 504};
    for (size_t i = 0; i < YQ_ARRAY_N(away); i++) {
        s[0]->code = away[i];
        cr_expect_eq(ask(0), YQ_E_UNAVAILABLE, "%u", away[i]);
    }
    rpc.meaning = meaning;
    s[0]->code = 500;
    s[0]->reply = "{\"id\":%u,\"error\":{\"code\":-40004}}";
    cr_expect_eq(ask(0), YQ_E_NOT_FOUND, "an error may have another");
}

Test(jsonrpc, results_may_have_to_be_objects)
{
    static const char *const bad[] = {"{\"id\":%u,\"result\":null}", "{\"id\":%u,\"result\":[]}"};
    rpc.only_objects = 1;
    for (size_t i = 0; i < YQ_ARRAY_N(bad); i++) {
        s[0]->reply = bad[i];
        cr_expect_eq(ask(0), YQ_E_PEER, "%s", bad[i]);
    }
    s[0]->reply = "{\"id\":%u,\"result\":{}}";
    cr_expect_eq(ask(0), YQ_OK);
}

Test(jsonrpc, one_after_the_other)
{
    uint64_t until = yq_web_now_ms() + TEST_MS;
    s[0]->reply = "{\"id\":%u,\"result\":null}";
    cr_assert_eq(yq_jsonrpc_ask_any(&rpc, "a", "[]", until, &reply, &why), YQ_OK);
    cr_expect(yq_json_is_null(yq_jsonrpc_result(reply)));
    yq_json_free(reply);
    rpc.null_is_absent = 1;
    cr_assert_eq(yq_jsonrpc_ask_any(&rpc, "a", "[]", until, &reply, &why), YQ_OK);
    cr_expect_eq(result(), 42);
    cr_expect_eq(yq_web_pool_nth(rpc.pool, 0), 1);
    yq_json_free(reply);
    s[1]->reply = "{\"id\":%u,\"error\":{\"code\":1}}";
    cr_expect_eq(yq_jsonrpc_ask_any(&rpc, "a", "[]", until, &reply, &why), YQ_E_NOT_FOUND);
    cr_expect_null(reply);
}
