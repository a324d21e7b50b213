/* Several nodes: who is asked, for how long, and what is taken. */
#include "adapters/http/test_host.h"

static test_server *s[2];
static yq_web_pool *pool;
static yq_web_reply reply;
static yq_web_access plain;

static void set_up(void)
{
    s[0] = test_server_start("{\"id\":%u}", NULL, NULL);
    s[1] = test_server_start("second", NULL, NULL);
    pool = test_pool(s, 2, &plain, 1);
    test_stopping = 0;
}

static void tear_down(void)
{
    yq_web_pool_free(pool);
    test_server_stop(s[0]);
    test_server_stop(s[1]);
}

TestSuite(pool, .init = set_up, .fini = tear_down, .timeout = 60);

/* A pool of the first server alone. */
static void alone(void)
{
    yq_web_pool_free(pool);
    pool = test_pool(s, 1, &plain, 1);
}

Test(pool, a_reply_comes_whole)
{
    cr_assert_eq(test_send(pool, 0, TEST_MS, &reply), YQ_OK, "%s", why.text);
    cr_expect_eq(reply.code, 200);
    cr_expect(yq_slice_equal(reply.body, yq_slice_text("{\"id\":7}")));
    cr_expect_eq(reply.is_sent, 1);
    cr_expect_not_null(strstr(s[0]->request, "POST / HTTP/1.1\r\n"), "%s", s[0]->request);
    cr_expect_not_null(strstr(s[0]->request, "Content-Type: application/json\r\n"));
    cr_expect_null(strstr(s[0]->request, "Expect"));
    s[0]->code = 503;
    cr_expect_eq(test_send(pool, 0, TEST_MS, &reply), YQ_OK, "codes are the caller's to judge");
    cr_expect_eq(reply.code, 503);
    yq_web_counts counts = yq_web_pool_counts(pool);
    cr_expect(counts.calls == 2 && counts.failures == 0);
}

Test(pool, addresses_are_checked)
{
    const char *twice[] = {"127.0.0.1:1", "http://127.0.0.1:1"}, *other[] = {"tcp://127.0.0.1:1"};
    const char *many[YQ_WEB_ENDPOINTS_MAX + 1] = {0};
    yq_web_pool *none = pool;
    cr_expect_eq(test_open(twice, 2, &plain, 1, &none), YQ_E_CONFIG_INVALID);
    cr_expect_null(none);
    cr_expect_str_eq(why.text, "endpoints: the same address twice");
    cr_expect_eq(test_open(other, 1, &plain, 1, &none), YQ_E_CONFIG_INVALID);
    cr_expect_str_eq(why.text, "endpoints: tcp://127.0.0.1:1");
    cr_expect_eq(test_open(other, 0, &plain, 1, &none), YQ_E_CONFIG_INVALID);
    cr_expect_eq(test_open(many, YQ_ARRAY_N(many), &plain, 1, &none), YQ_E_CONFIG_INVALID);
}

Test(pool, a_node_that_is_away_is_told)
{
    alone();
    (void)shutdown(s[0]->listener, SHUT_RDWR);
    cr_expect_eq(test_send(pool, 0, TEST_MS, &reply), YQ_E_UNAVAILABLE);
    cr_expect_eq(reply.is_sent, 0);
    cr_expect_eq(yq_web_pool_counts(pool).failures, 1);
}

Test(pool, a_line_that_is_cut_was_used)
{
    s[0]->is_cut = 1;
    cr_expect_eq(test_send(pool, 0, TEST_MS, &reply), YQ_E_UNAVAILABLE);
    cr_expect_eq(reply.is_sent, 1, "the request may have been read");
}

Test(pool, a_reply_is_bounded)
{
    s[0]->filler = YQ_WEB_REPLY_MAX;
    cr_expect_eq(test_send(pool, 0, TEST_MS, &reply), YQ_OK, "%s", why.text);
    cr_expect_eq(reply.body.n, YQ_WEB_REPLY_MAX);
    s[0]->filler = YQ_WEB_REPLY_MAX + 1;
    cr_expect_eq(test_send(pool, 0, TEST_MS, &reply), YQ_E_PEER);
    cr_expect_not_null(strstr(why.text, "too large"), "%s", why.text);
    s[0]->filler = 0;
    cr_expect_eq(test_send(pool, 0, TEST_MS, &reply), YQ_OK, "the next one is taken");
    cr_expect_eq(reply.body.n, 8);
}

Test(pool, a_reply_that_trickles_ends_at_the_deadline)
{
    alone();
    s[0]->filler = 1000;
    s[0]->is_slow = 1;
    uint64_t from = yq_web_now_ms();
    cr_expect_eq(test_send(pool, 0, 400, &reply), YQ_E_TIMEOUT);
    cr_expect_lt(yq_web_now_ms() - from, 1500);
    cr_expect_eq(test_send(pool, 0, 0, &reply), YQ_E_TIMEOUT, "no time at all");
}

Test(pool, a_secret_is_needed)
{
    s[0]->code = 401;
    cr_expect_eq(test_send(pool, 0, TEST_MS, &reply), YQ_E_PERMISSION);
    s[0]->code = 403;
    cr_expect_eq(test_send(pool, 0, TEST_MS, &reply), YQ_E_PERMISSION);
}

Test(pool, a_silent_node_has_half_of_the_time_and_rests)
{
    s[0]->is_silent = 1;
    uint64_t from = yq_web_now_ms();
    cr_expect_eq(test_send(pool, 0, 800, &reply), YQ_E_TIMEOUT);
    cr_expect_lt(yq_web_now_ms() - from, 750, "half is left for the other");
    unsigned calls = s[0]->calls;
    cr_expect_eq(test_send(pool, 0, 800, &reply), YQ_E_UNAVAILABLE);
    cr_expect_eq(s[0]->calls, calls, "it rests");
    cr_expect_eq(yq_web_pool_counts(pool).calls, 1);
    cr_expect_eq(test_send(pool, 1, TEST_MS, &reply), YQ_OK);
    yq_web_pool_wake(pool);
    s[0]->is_silent = 0;
    cr_expect_eq(test_send(pool, 0, TEST_MS, &reply), YQ_OK, "%s", why.text);
}

Test(pool, a_node_that_is_needed_does_not_rest)
{
    yq_web_pool_free(pool);
    pool = test_pool(s, 2, &plain, 2);
    s[0]->is_silent = 1;
    cr_expect_eq(test_send(pool, 0, 200, &reply), YQ_E_TIMEOUT);
    cr_expect_eq(test_send(pool, 0, 200, &reply), YQ_E_TIMEOUT, "it is asked");
}

Test(pool, who_is_alone_has_all_of_the_time)
{
    s[1]->is_silent = 1;
    cr_expect_eq(test_send(pool, 1, 200, &reply), YQ_E_TIMEOUT);
    s[0]->is_silent = 1;
    uint64_t from = yq_web_now_ms();
    cr_expect_eq(test_send(pool, 0, 600, &reply), YQ_E_TIMEOUT);
    cr_expect_geq(yq_web_now_ms() - from, 550, "the other one rests");
    s[1]->is_silent = 0;
    cr_expect_eq(test_send(pool, 1, TEST_MS, &reply), YQ_OK, "when all rest, none does");
}

Test(pool, a_stop_ends_a_call)
{
    alone();
    s[0]->is_silent = 1;
    test_stopping = 1;
    uint64_t from = yq_web_now_ms();
    cr_expect_eq(test_send(pool, 0, 20000, &reply), YQ_E_TIMEOUT);
    cr_expect_lt(yq_web_now_ms() - from, 3000);
}

/* ---- one after the other ---- */

typedef struct asked {
    size_t n;
    yq_status answer[2];
} asked;

static yq_status ask(void *self, size_t endpoint, yq_fault *reason)
{
    asked *a = self;
    a->n++;
    return a->answer[endpoint] == YQ_OK
               ? YQ_OK
               : yq_fail(reason, a->answer[endpoint], 0, endpoint == 0 ? "zero" : "one");
}

Test(pool, the_one_that_answers_is_preferred)
{
    asked a = {.answer = {YQ_E_PEER, YQ_OK}};
    cr_expect_eq(yq_web_any(pool, ask, &a, &why), YQ_OK);
    cr_expect(a.n == 2 && yq_web_pool_nth(pool, 0) == 1);
    cr_expect_eq(yq_web_any(pool, ask, &a, &why), YQ_OK);
    cr_expect_eq(a.n, 3);
    yq_web_pool_prefer(pool, 2);
    cr_expect_eq(yq_web_pool_nth(pool, 0), 0);
}

Test(pool, the_failure_that_tells_most_is_kept)
{
    static const struct {
        yq_status first, second;
        const char *kept;
    } row[] = {
        {YQ_E_UNAVAILABLE, YQ_E_TIMEOUT, "zero"},
        {YQ_E_TIMEOUT, YQ_E_PEER, "one"},
        {YQ_E_PEER, YQ_E_UNAVAILABLE, "zero"},
        {YQ_E_PEER, YQ_E_NOT_FOUND, "one"},
        {YQ_E_NOT_FOUND, YQ_E_PEER, "zero"},
        {YQ_E_PEER, YQ_E_PERMISSION, "zero"},
    };
    for (size_t i = 0; i < YQ_ARRAY_N(row); i++) {
        asked a = {.answer = {row[i].first, row[i].second}};
        yq_status kept = row[i].kept[0] == 'z' ? row[i].first : row[i].second;
        cr_expect_eq(yq_web_any(pool, ask, &a, &why), kept, "%zu", i);
        cr_expect_str_eq(why.text, row[i].kept);
    }
}

Test(pool, a_stop_ends_the_round)
{
    asked a = {.answer = {YQ_E_PEER, YQ_OK}};
    test_stopping = 1;
    cr_expect_eq(yq_web_any(pool, ask, &a, &why), YQ_E_PEER);
    cr_expect_eq(a.n, 1);
}

Test(pool, who_asks_to_be_left_alone_is)
{
    alone();
    s[0]->line = "Retry-After: 1\r\n";
    cr_expect_eq(test_send(pool, 0, TEST_MS, &reply), YQ_OK);
    cr_expect_eq(reply.retry_after_ms, 1000);
    cr_expect_eq(test_send(pool, 0, TEST_MS, &reply), YQ_OK, "a good answer asks for nothing");
    s[0]->code = 429;
    cr_expect_eq(test_send(pool, 0, TEST_MS, &reply), YQ_OK);
    unsigned calls = s[0]->calls;
    uint64_t since = yq_web_now_ms();
    cr_expect_eq(test_send(pool, 0, TEST_MS, &reply), YQ_E_UNAVAILABLE);
    cr_expect_not_null(strstr(why.text, "left alone"), "%s", why.text);
    yq_web_pool_wake(pool);
    cr_expect_eq(test_send(pool, 0, TEST_MS, &reply), YQ_E_UNAVAILABLE, "no one wakes it");
    cr_expect_eq(s[0]->calls, calls, "without a question");
    s[0]->code = 0;
    while (test_send(pool, 0, TEST_MS, &reply) == YQ_E_UNAVAILABLE) {
        cr_assert_lt(yq_web_now_ms(), since + 5000);
        (void)usleep(20000);
    }
    cr_expect_geq(yq_web_now_ms(), since + 900);
}

Test(pool, what_a_node_asks_for_is_bounded)
{
    s[0]->line = "Retry-After: 99999999999\r\n";
    s[0]->code = 503;
    cr_expect_eq(test_send(pool, 0, TEST_MS, &reply), YQ_OK);
    cr_expect_eq(reply.retry_after_ms, YQ_WEB_AFTER_MS_MAX);
    cr_expect_eq(test_send(pool, 1, TEST_MS, &reply), YQ_OK, "the other one is asked");
    s[1]->line = "Retry-After: soon\r\n";
    s[1]->code = 503;
    cr_expect_eq(test_send(pool, 1, TEST_MS, &reply), YQ_OK);
    cr_expect_eq(reply.retry_after_ms, 0);
}
