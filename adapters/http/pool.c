#include "adapters/http/pool.h"

#include "adapters/http/link.h"
#include "relay/base/bytes.h"

#include <curl/curl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

struct yq_web_pool {
    const yq_adapter_host *host;
    size_t n, need, first;
    yq_web_link *link[YQ_WEB_ENDPOINTS_MAX];
    uint64_t rests_until_ms[YQ_WEB_ENDPOINTS_MAX]; /* by yq_web_now_ms; 0: does not */
    uint64_t alone_until_ms[YQ_WEB_ENDPOINTS_MAX]; /* as the node asked; 0: it did not */
    yq_web_counts counts;
};

static pthread_once_t once = PTHREAD_ONCE_INIT;
static CURLcode curl_ready = CURLE_FAILED_INIT;

static void start_curl(void)
{
    curl_ready = curl_global_init(CURL_GLOBAL_DEFAULT);
}

uint64_t yq_web_now_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* ---- opening -----------------------------------------------------------------------------------
 */

static int is_there(const yq_web_pool *pool, const char *url)
{
    for (size_t i = 0; i < pool->n; i++) {
        if (strcmp(yq_web_link_url(pool->link[i]), url) == 0) {
            return 1;
        }
    }
    return 0;
}

static yq_status add_endpoint(
    yq_web_pool *pool, const char *endpoint, const yq_web_access *access, yq_fault *why)
{
    yq_web_link *link;
    yq_status status = yq_web_link_new(endpoint, access, pool->host, &link, why);
    if (status != YQ_OK) {
        return status;
    }
    if (is_there(pool, yq_web_link_url(link))) {
        yq_web_link_free(link);
        return yq_fail(why, YQ_E_CONFIG_INVALID, 0, "endpoints: the same address twice");
    }
    pool->link[pool->n++] = link;
    return YQ_OK;
}

yq_status yq_web_pool_open(
    const yq_adapter_host *host,
    const yq_adapter_config *config,
    yq_web_access *access,
    size_t need,
    yq_web_pool **out,
    yq_fault *why)
{
    *out = NULL;
    if (config->endpoint_n == 0 || config->endpoint_n > YQ_WEB_ENDPOINTS_MAX) {
        return yq_fail(why, YQ_E_CONFIG_INVALID, 0, "endpoints: 1 to 16 addresses");
    }
    yq_web_pool *pool = calloc(1, sizeof *pool);
    if (pool == NULL || pthread_once(&once, start_curl) != 0 || curl_ready != CURLE_OK) {
        free(pool);
        return yq_fail(why, YQ_E_MEMORY, 0, "curl");
    }
    *pool = (yq_web_pool){.host = host, .need = need};
    yq_status status = yq_web_access_open(access, why);
    for (size_t i = 0; i < config->endpoint_n && status == YQ_OK; i++) {
        status = add_endpoint(pool, config->endpoints[i], access, why);
    }
    if (status != YQ_OK) {
        yq_web_pool_free(pool);
        return status;
    }
    *out = pool;
    return YQ_OK;
}

void yq_web_pool_free(yq_web_pool *pool)
{
    if (pool == NULL) {
        return;
    }
    for (size_t i = 0; i < pool->n; i++) {
        yq_web_link_free(pool->link[i]);
    }
    free(pool);
}

size_t yq_web_pool_n(const yq_web_pool *pool)
{
    return pool->n;
}

const char *yq_web_pool_url(const yq_web_pool *pool, size_t endpoint)
{
    return yq_web_link_url(pool->link[endpoint]);
}

size_t yq_web_pool_nth(const yq_web_pool *pool, size_t i)
{
    return (pool->first + i) % pool->n;
}

void yq_web_pool_prefer(yq_web_pool *pool, size_t endpoint)
{
    pool->first = endpoint % pool->n;
}

yq_web_counts yq_web_pool_counts(const yq_web_pool *pool)
{
    return pool->counts;
}

/* ---- who is asked ------------------------------------------------------------------------------
 */

void yq_web_pool_wake(yq_web_pool *pool)
{
    memset(pool->rests_until_ms, 0, sizeof pool->rests_until_ms);
}

/* Those that are awake, or all where these are too few. */
static size_t asked_n(const yq_web_pool *pool, uint64_t now_ms)
{
    size_t n = 0;
    for (size_t i = 0; i < pool->n; i++) {
        n += pool->rests_until_ms[i] <= now_ms;
    }
    return n < pool->need ? pool->n : n;
}

/* What a node that cannot serve now asked for. */
static void leave_alone(yq_web_pool *pool, size_t endpoint, const yq_web_reply *reply)
{
    uint64_t ms = reply->retry_after_ms;
    if (yq_web_is_away(reply->code) && ms > 0) {
        pool->alone_until_ms[endpoint] = yq_web_now_ms() + ms;
    }
}

static yq_status still_alone(const yq_web_pool *pool, size_t endpoint, uint64_t now, yq_fault *why)
{
    char text[sizeof why->text];
    (void)snprintf(
        text,
        sizeof text,
        "%.60s asked to be left alone for %llu ms more",
        yq_web_pool_url(pool, endpoint),
        (unsigned long long)(pool->alone_until_ms[endpoint] - now));
    return yq_fail(why, YQ_E_UNAVAILABLE, 0, text);
}

yq_status yq_web_send(
    yq_web_pool *pool,
    size_t endpoint,
    const yq_web_request *request,
    uint64_t until_ms,
    yq_web_reply *reply,
    yq_fault *why)
{
    uint64_t now = yq_web_now_ms();
    size_t asked = asked_n(pool, now);
    *reply = (yq_web_reply){0};
    if (pool->alone_until_ms[endpoint] > now) {
        return still_alone(pool, endpoint, now, why);
    }
    if (asked < pool->n && pool->rests_until_ms[endpoint] > now) {
        return yq_fail(why, YQ_E_UNAVAILABLE, 0, "the node did not answer in time lately");
    }
    if (asked > 1 && until_ms > now) {
        until_ms = now + (until_ms - now + 1) / 2; /* leaves time for another node */
    }
    pool->counts.calls++;
    yq_status status = yq_web_link_send(pool->link[endpoint], request, until_ms, reply, why);
    yq_web_failed(pool, status);
    leave_alone(pool, endpoint, reply);
    pool->rests_until_ms[endpoint] = status == YQ_E_TIMEOUT ? yq_web_now_ms() + YQ_WEB_REST_MS : 0;
    return status;
}

void yq_web_failed(yq_web_pool *pool, yq_status status)
{
    pool->counts.failures += status != YQ_OK && status != YQ_E_NOT_FOUND;
}

static int weight_of(yq_status status)
{
    if (status == YQ_E_NOT_FOUND) {
        return 3; /* who says that it is not there yet knows more than one that is silent */
    }
    return status == YQ_OK ? 0 : status == YQ_E_UNAVAILABLE || status == YQ_E_TIMEOUT ? 1 : 2;
}

void yq_web_note(yq_status status, const yq_fault *reason, yq_status *first, yq_fault *why)
{
    if (weight_of(status) > weight_of(*first)) {
        *first = status;
        *why = *reason;
    }
}

yq_status yq_web_any(yq_web_pool *pool, yq_web_ask ask, void *self, yq_fault *why)
{
    const yq_adapter_host *host = pool->host;
    yq_status first = YQ_OK;
    size_t start = pool->first;
    for (size_t i = 0; i < pool->n; i++) {
        size_t endpoint = (start + i) % pool->n;
        yq_fault reason = {0};
        yq_status status = ask(self, endpoint, &reason);
        if (status == YQ_OK) {
            pool->first = endpoint;
            return YQ_OK;
        }
        yq_web_note(status, &reason, &first, why);
        if (host->stopping != NULL && host->stopping(host->self)) {
            break;
        }
    }
    return first;
}
