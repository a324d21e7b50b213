/* Questions by path, and what comes back. */
#include "adapters/http/rest.h"
#include "adapters/http/test_host.h"

static test_server *s[2];
static yq_web_pool *pool;
static yq_json *reply;
static yq_web_access plain;

static void set_up(void)
{
    s[0] = test_server_start("{\"a\":1}", NULL, NULL);
    s[1] = test_server_start("{\"a\":2}", NULL, NULL);
    pool = test_pool(s, 2, &plain, 1);
}

static void tear_down(void)
{
    yq_json_free(reply);
    yq_web_pool_free(pool);
    test_server_stop(s[0]);
    test_server_stop(s[1]);
}

TestSuite(rest, .init = set_up, .fini = tear_down, .timeout = 60);

static yq_status ask(const char *path, const yq_slice *body, int *is_sent)
{
    const yq_rest_call call = {path, body, yq_web_now_ms() + TEST_MS};
    yq_json_free(reply);
    why = (yq_fault){0};
    return yq_rest_ask(pool, 0, &call, &reply, is_sent, &why);
}

Test(rest, a_get_and_a_post)
{
    const yq_slice body = yq_slice_text("{\"b\":1}");
    int is_sent = 0;
    cr_assert_eq(ask("/x?y=1", NULL, NULL), YQ_OK, "%s", why.text);
    cr_expect_not_null(strstr(s[0]->request, "GET /x?y=1 HTTP/1.1\r\n"), "%s", s[0]->request);
    cr_assert_eq(ask("/send", &body, &is_sent), YQ_OK, "%s", why.text);
    cr_expect_not_null(strstr(s[0]->request, "POST /send HTTP/1.1\r\n"), "%s", s[0]->request);
    cr_expect_not_null(strstr(s[0]->request, "\r\n\r\n{\"b\":1}"));
    cr_expect_eq(is_sent, 1);
    cr_assert_eq(ask("/x", NULL, NULL), YQ_OK, "a GET after a POST");
    cr_expect_not_null(strstr(s[0]->request, "GET /x HTTP/1.1\r\n"));
}

Test(rest, a_path_stands_behind_that_of_the_endpoint)
{
    char url[80];
    const char *endpoint = url;
    (void)snprintf(url, sizeof url, "%s/api/", s[0]->url);
    yq_web_pool_free(pool);
    cr_assert_eq(test_open(&endpoint, 1, &plain, 1, &pool), YQ_OK);
    cr_assert_eq(ask("/x", NULL, NULL), YQ_OK, "%s", why.text);
    cr_expect_not_null(strstr(s[0]->request, "GET /api/x HTTP"), "%s", s[0]->request);
}

Test(rest, a_path_has_a_bound)
{
    static char path[2049];
    memset(path, 'a', sizeof path - 1);
    path[0] = '/';
    cr_expect_eq(ask(path, NULL, NULL), YQ_E_MEMORY);
    path[2047] = '\0';
    cr_expect_eq(ask(path, NULL, NULL), YQ_OK);
}

Test(rest, codes_of_http)
{
    static const struct {
        unsigned code;
        yq_status status;
    } row[] = {
        {201, YQ_OK},
        {404, YQ_E_NOT_FOUND},
        {401, YQ_E_PERMISSION},
        {429, YQ_E_UNAVAILABLE},
        {503, YQ_E_UNAVAILABLE},
        {302, YQ_E_PEER},
        {500, YQ_E_PEER},
    };
    for (size_t i = 0; i < YQ_ARRAY_N(row); i++) {
        s[0]->code = row[i].code;
        cr_expect_eq(ask("/x", NULL, NULL), row[i].status, "%u", row[i].code);
    }
    s[0]->code = 200;
    s[0]->reply = "{\"a\":1";
    cr_expect_eq(ask("/x", NULL, NULL), YQ_E_PEER);
    cr_expect_null(reply);
    cr_expect_eq(yq_web_pool_counts(pool).failures, 6, "404 is none");
}

Test(rest, one_after_the_other)
{
    const yq_rest_call call = {"/x", NULL, yq_web_now_ms() + TEST_MS};
    uint64_t a = 0;
    s[0]->reply = "none";
    cr_assert_eq(yq_rest_ask_any(pool, &call, &reply, &why), YQ_OK);
    cr_expect(yq_json_uint(yq_json_get(yq_json_root(reply), "a"), &a) && a == 2);
}
