#include "relay/sdk/http.h"

#include "relay/base/bytes.h"
#include "relay/base/log.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>

#define CONNECT_MS 3000L
#define URL_SIZE   2048u

struct yq_http {
    CURL *curl;
    struct curl_slist *headers;
    char **endpoint;
    size_t n, current;
    char *ca;
    uint8_t *reply;
    size_t reply_n, reply_cap;
    int is_too_large;
    int (*stopping)(void);
};

static size_t take(char *p, size_t size, size_t count, void *self)
{
    yq_http *http = self;
    size_t n = size * count;
    if (n > YQ_HTTP_REPLY_MAX - http->reply_n) {
        http->is_too_large = 1;
        return 0;
    }
    if (n > http->reply_cap - http->reply_n) {
        size_t cap = http->reply_cap == 0 ? 65536 : http->reply_cap;
        while (cap - http->reply_n < n) {
            cap *= 2;
        }
        uint8_t *grown = realloc(http->reply, cap);
        if (grown == NULL) {
            return 0;
        }
        http->reply = grown;
        http->reply_cap = cap;
    }
    yq_bytes_copy(http->reply + http->reply_n, p, n);
    http->reply_n += n;
    return n;
}

static int is_stopping(const yq_http *http)
{
    return http->stopping != NULL && http->stopping();
}

static int on_progress(void *self, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
    (void)a;
    (void)b;
    (void)c;
    (void)d;
    return is_stopping(self);
}

yq_http *yq_http_new(const char *const *endpoint, size_t n, const char *ca)
{
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        return NULL;
    }
    yq_http *http = calloc(1, sizeof *http);
    if (http == NULL) {
        return NULL;
    }
    http->curl = curl_easy_init();
    http->headers = curl_slist_append(NULL, "Content-Type: application/octet-stream");
    struct curl_slist *more = curl_slist_append(http->headers, "Expect:");
    http->endpoint = calloc(n, sizeof *http->endpoint);
    http->n = http->endpoint == NULL ? 0 : n;
    int good = http->curl != NULL && more != NULL && http->endpoint != NULL;
    for (size_t i = 0; i < http->n; i++) {
        http->endpoint[i] = strdup(endpoint[i]);
        good = good && http->endpoint[i] != NULL;
    }
    if (ca != NULL) {
        http->ca = strdup(ca);
        good = good && http->ca != NULL;
    }
    if (!good) {
        yq_http_free(http);
        return NULL;
    }
    return http;
}

void yq_http_free(yq_http *http)
{
    if (http == NULL) {
        return;
    }
    if (http->curl != NULL) {
        curl_easy_cleanup(http->curl);
    }
    curl_slist_free_all(http->headers);
    for (size_t i = 0; i < http->n; i++) {
        free(http->endpoint[i]);
    }
    free(http->endpoint);
    free(http->ca);
    free(http->reply);
    free(http);
}

void yq_http_on_stop(yq_http *http, int (*stopping)(void))
{
    http->stopping = stopping;
}

const char *yq_http_endpoint(const yq_http *http)
{
    return http->endpoint[http->current];
}

void yq_http_turn(yq_http *http)
{
    http->current = (http->current + 1) % http->n;
}

/* Sets everything for one attempt; the handle keeps its connections. */
static void prepare(yq_http *http, const char *url, const yq_slice *body, uint32_t time_ms)
{
    CURL *curl = http->curl;
    const char *endpoint = yq_http_endpoint(http);
    int is_unix = strncmp(endpoint, "unix:", 5) == 0;
    curl_easy_reset(curl);
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, is_unix ? endpoint + 5 : NULL);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_PROXY, "");
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)time_ms);
    curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, on_progress);
    curl_easy_setopt(curl, CURLOPT_XFERINFODATA, http);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, http);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, http->headers);
    if (http->ca != NULL) {
        curl_easy_setopt(curl, CURLOPT_CAINFO, http->ca);
    }
    if (body != NULL) {
        curl_easy_setopt(curl, CURLOPT_POST, 1L);
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body->n == 0 ? "" : (const char *)body->p);
        curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body->n);
    }
}

/* Returns 1 when the endpoint answered with anything but 5xx. Out: text of what went wrong. */
static int attempt(
    yq_http *http,
    const char *path,
    const yq_slice *body,
    uint32_t time_ms,
    unsigned *code,
    char *text,
    size_t text_size)
{
    char url[URL_SIZE];
    const char *endpoint = yq_http_endpoint(http);
    const char *base = strncmp(endpoint, "unix:", 5) == 0 ? "http://hub" : endpoint;
    size_t base_n = strlen(base);
    base_n -= base_n > 0 && base[base_n - 1] == '/' ? 1 : 0;
    if (snprintf(url, sizeof url, "%.*s%s", (int)base_n, base, path) >= (int)sizeof url) {
        (void)snprintf(text, text_size, "URL is too long");
        return 0;
    }
    http->reply_n = 0;
    http->is_too_large = 0;
    prepare(http, url, body, time_ms);
    CURLcode done = curl_easy_perform(http->curl);
    if (done != CURLE_OK) {
        (void)snprintf(text, text_size, "%.70s: %.40s", endpoint, curl_easy_strerror(done));
        return 0;
    }
    long got = 0;
    (void)curl_easy_getinfo(http->curl, CURLINFO_RESPONSE_CODE, &got);
    *code = (unsigned)got;
    if (got >= 500) {
        (void)snprintf(text, text_size, "%.80s: HTTP %ld", endpoint, got);
        return 0;
    }
    return 1;
}

yq_status yq_http_request(
    yq_http *http,
    const char *path,
    const yq_slice *body,
    uint32_t time_ms,
    unsigned *code,
    yq_slice *reply,
    yq_fault *why)
{
    char text[120] = "";
    *reply = (yq_slice){0};
    *code = 0;
    for (size_t i = 0; i < http->n && !is_stopping(http); i++) {
        if (attempt(http, path, body, time_ms, code, text, sizeof text)) {
            *reply = yq_slice_of(http->reply, http->reply_n);
            return YQ_OK;
        }
        if (http->is_too_large) {
            return yq_fail(why, YQ_E_LIMIT, 0, "the hub's reply is larger than 16 MiB");
        }
        yq_log(YQ_LOG_DEBUG, "hub", "endpoint fails reason=\"%s\"", text);
        yq_http_turn(http);
    }
    return yq_fail(why, YQ_E_UNAVAILABLE, 0, text);
}
