#ifndef YQ_ADAPTERS_HTTP_TEST_HOST_H
#define YQ_ADAPTERS_HTTP_TEST_HOST_H

/* For tests: a host that only knows whether it is stopping, and a pool of servers. */
#include "adapters/http/jsonrpc.h"
#include "adapters/http/pool.h"
#include "adapters/http/test_server.h"
#include "relay/base/bytes.h"

#define TEST_MS 5000u

static int test_stopping;
static yq_fault why;

static inline int test_is_stopping(void *self)
{
    (void)self;
    return test_stopping;
}

static const yq_adapter_host test_host = {.size = sizeof test_host, .stopping = test_is_stopping};

static inline yq_status test_open(
    const char *const *endpoint, size_t n, yq_web_access *access, size_t need, yq_web_pool **pool)
{
    const yq_adapter_config config = {.endpoints = endpoint, .endpoint_n = n};
    why = (yq_fault){0};
    return yq_web_pool_open(&test_host, &config, access, need, pool, &why);
}

static inline yq_web_pool *test_pool(
    test_server *const *s, size_t n, yq_web_access *access, size_t need)
{
    const char *endpoint[YQ_WEB_ENDPOINTS_MAX];
    yq_web_pool *pool = NULL;
    for (size_t i = 0; i < n; i++) {
        endpoint[i] = s[i]->url;
    }
    cr_assert_eq(test_open(endpoint, n, access, need, &pool), YQ_OK, "%s", why.text);
    return pool;
}

/* One POST to one node. */
static inline yq_status test_send(
    yq_web_pool *pool, size_t endpoint, uint64_t ms, yq_web_reply *reply)
{
    const yq_web_request request = {
        .label = "ask", .path = "", .is_post = 1, .body = yq_slice_text("{\"id\":7}")};
    why = (yq_fault){0};
    return yq_web_send(pool, endpoint, &request, yq_web_now_ms() + ms, reply, &why);
}

#endif /* YQ_ADAPTERS_HTTP_TEST_HOST_H */
