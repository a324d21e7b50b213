#include "adapters/evm/rpc.h"

#include "relay/base/bytes.h"
#include "relay/crypto/crypto.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define URL_MAX          512u
#define CONNECT_MS_MAX   5000u
#define CALL_MS_MAX      3600000u
#define FIRST_REPLY_SIZE 4096u

struct yq_evma_rpc {
    char url[URL_MAX];
    const yq_adapter_host *host;
    CURL *curl;
    struct curl_slist *headers;
    char *text;
    size_t n, cap;
    uint64_t id;
};

uint64_t yq_evma_now_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static size_t take(char *data, size_t size, size_t n, void *self)
{
    yq_evma_rpc *rpc = self;
    size_t more = size * n;
    if (more > YQ_EVMA_REPLY_MAX - rpc->n) {
        return 0;
    }
    if (rpc->n + more > rpc->cap) {
        size_t cap = rpc->cap == 0 ? FIRST_REPLY_SIZE : rpc->cap;
        while (cap < rpc->n + more) {
            cap *= 2;
        }
        char *grown = realloc(rpc->text, cap);
        if (grown == NULL) {
            return 0;
        }
        rpc->text = grown;
        rpc->cap = cap;
    }
    memcpy(rpc->text + rpc->n, data, more);
    rpc->n += more;
    return more;
}

static int stop_asked(
    void *self, curl_off_t down_all, curl_off_t down, curl_off_t up_all, curl_off_t up)
{
    const yq_evma_rpc *rpc = self;
    (void)down_all;
    (void)down;
    (void)up_all;
    (void)up;
    return rpc->host->stopping != NULL && rpc->host->stopping(rpc->host->self);
}

static int add_header(yq_evma_rpc *rpc, const char *line)
{
    struct curl_slist *longer = curl_slist_append(rpc->headers, line);
    if (longer == NULL) {
        return 0;
    }
    rpc->headers = longer;
    return 1;
}

static int add_token(yq_evma_rpc *rpc, const char *token)
{
    char line[4096];
    int n = snprintf(line, sizeof line, "Authorization: Bearer %s", token);
    int good = n > 0 && (size_t)n < sizeof line && add_header(rpc, line);
    yq_secret_wipe(line, sizeof line);
    return good;
}

static int set_up_tls(CURL *c, const yq_evma_access *access)
{
    int good = curl_easy_setopt(c, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2) == CURLE_OK;
    if (access->tls_ca != NULL) {
        good = good && curl_easy_setopt(c, CURLOPT_CAINFO, access->tls_ca) == CURLE_OK;
    }
    if (access->tls_cert != NULL) {
        good = good && curl_easy_setopt(c, CURLOPT_SSLCERT, access->tls_cert) == CURLE_OK &&
               curl_easy_setopt(c, CURLOPT_SSLKEY, access->tls_key) == CURLE_OK;
    }
    return good;
}

static int set_up(yq_evma_rpc *rpc, const yq_evma_access *access)
{
    CURL *c = rpc->curl;
    if (!add_header(rpc, "Content-Type: application/json") || !add_header(rpc, "Expect:") ||
        (access->token != NULL && !add_token(rpc, access->token))) {
        return 0;
    }
    return curl_easy_setopt(c, CURLOPT_URL, rpc->url) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_PROXY, "") == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L) == CURLE_OK && set_up_tls(c, access) &&
           curl_easy_setopt(c, CURLOPT_HTTPHEADER, rpc->headers) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, take) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_WRITEDATA, rpc) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_NOPROGRESS, 0L) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_XFERINFOFUNCTION, stop_asked) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_XFERINFODATA, rpc) == CURLE_OK;
}

yq_evma_rpc *yq_evma_rpc_new(
    const char *url, const yq_evma_access *access, const yq_adapter_host *host)
{
    yq_evma_rpc *rpc = calloc(1, sizeof *rpc);
    if (rpc == NULL) {
        return NULL;
    }
    int is_web = strncmp(url, "http://", 7) == 0 || strncmp(url, "https://", 8) == 0;
    int n = snprintf(rpc->url, sizeof rpc->url, "%s%s", is_web ? "" : "http://", url);
    rpc->host = host;
    rpc->curl = curl_easy_init();
    int is_other = !is_web && strstr(url, "://") != NULL;
    if (n < 0 || (size_t)n >= sizeof rpc->url || is_other || rpc->curl == NULL ||
        !set_up(rpc, access)) {
        yq_evma_rpc_free(rpc);
        return NULL;
    }
    return rpc;
}

void yq_evma_rpc_free(yq_evma_rpc *rpc)
{
    if (rpc == NULL) {
        return;
    }
    curl_easy_cleanup(rpc->curl);
    curl_slist_free_all(rpc->headers);
    free(rpc->text);
    free(rpc);
}

const char *yq_evma_rpc_url(const yq_evma_rpc *rpc)
{
    return rpc->url;
}

static yq_status told(yq_fault *why, yq_status status, const char *method, const char *what)
{
    char text[sizeof why->text];
    (void)snprintf(text, sizeof text, "%.36s: %.78s", method, what);
    return yq_fail(why, status, 0, text);
}

static yq_status check_http(long http, const char *method, yq_fault *why)
{
    if (http == 401 || http == 403) {
        return told(why, YQ_E_PERMISSION, method, "the node wants a token (token_file)");
    }
    /* Some nodes answer an error of JSON-RPC with 400. */
    return http == 200 || http == 400 ? YQ_OK
                                      : told(why, YQ_E_PEER, method, "HTTP status is not 200");
}

/* Sends the request; the reply lies in rpc->text. */
static yq_status exchange(
    yq_evma_rpc *rpc, const char *method, const char *body, uint64_t until_ms, yq_fault *why)
{
    uint64_t now = yq_evma_now_ms();
    if (now >= until_ms) {
        return told(why, YQ_E_TIMEOUT, method, rpc->url);
    }
    uint64_t left = until_ms - now < CALL_MS_MAX ? until_ms - now : CALL_MS_MAX;
    long connect = (long)(left < CONNECT_MS_MAX ? left : CONNECT_MS_MAX);
    rpc->n = 0;
    if (curl_easy_setopt(rpc->curl, CURLOPT_POSTFIELDS, body) != CURLE_OK ||
        curl_easy_setopt(rpc->curl, CURLOPT_POSTFIELDSIZE, (long)strlen(body)) != CURLE_OK ||
        curl_easy_setopt(rpc->curl, CURLOPT_TIMEOUT_MS, (long)left) != CURLE_OK ||
        curl_easy_setopt(rpc->curl, CURLOPT_CONNECTTIMEOUT_MS, connect) != CURLE_OK) {
        return told(why, YQ_E_MEMORY, method, "curl");
    }
    CURLcode code = curl_easy_perform(rpc->curl);
    long http = 0;
    if (code == CURLE_OPERATION_TIMEDOUT || code == CURLE_ABORTED_BY_CALLBACK) {
        return told(why, YQ_E_TIMEOUT, method, rpc->url);
    }
    if (code != CURLE_OK) {
        return told(why, YQ_E_UNAVAILABLE, method, curl_easy_strerror(code));
    }
    if (curl_easy_getinfo(rpc->curl, CURLINFO_RESPONSE_CODE, &http) != CURLE_OK) {
        return told(why, YQ_E_PEER, method, "no HTTP status");
    }
    return check_http(http, method, why);
}

/* An "error" of the node. */
static yq_status node_error(const yq_json *error, const char *method, yq_fault *why)
{
    int64_t code = 0;
    char what[80];
    yq_slice message = {0};
    (void)yq_json_int(yq_json_get(error, "code"), &code);
    (void)yq_json_text(yq_json_get(error, "message"), &message);
    (void)snprintf(
        what,
        sizeof what,
        "%d %.*s",
        (int)code,
        (int)(message.n < 60 ? message.n : 60),
        message.n == 0 ? "" : (const char *)message.p);
    (void)told(why, YQ_E_PEER, method, what);
    if (code < 0 && code > INT32_MIN) {
        why->offset = (uint32_t)-code;
    }
    return YQ_E_PEER;
}

static yq_status read_reply(
    const yq_evma_rpc *rpc, const char *method, const yq_json *root, yq_fault *why)
{
    uint64_t id = 0;
    const yq_json *error = yq_json_get(root, "error");
    if (error != NULL && !yq_json_is_null(error)) {
        return node_error(error, method, why);
    }
    if (!yq_json_uint(yq_json_get(root, "id"), &id) || id != rpc->id) {
        return told(why, YQ_E_PEER, method, "the reply has another id, or is no JSON");
    }
    return yq_json_get(root, "result") != NULL
               ? YQ_OK
               : told(why, YQ_E_PEER, method, "the reply has no result");
}

yq_status yq_evma_rpc_call(
    yq_evma_rpc *rpc,
    const char *method,
    const char *params,
    uint64_t until_ms,
    yq_json **reply,
    yq_fault *why)
{
    size_t cap = strlen(params) + strlen(method) + 96;
    char *body = malloc(cap);
    *reply = NULL;
    if (body == NULL) {
        return told(why, YQ_E_MEMORY, method, "request");
    }
    rpc->id = rpc->id % 1000000 + 1;
    (void)snprintf(
        body,
        cap,
        "{\"jsonrpc\":\"2.0\",\"method\":\"%s\",\"params\":%s,\"id\":%u}",
        method,
        params,
        (unsigned)rpc->id);
    yq_status status = exchange(rpc, method, body, until_ms, why);
    free(body);
    if (status != YQ_OK) {
        return status;
    }
    yq_json *document = yq_json_parse(yq_slice_of(rpc->text, rpc->n), YQ_EVMA_REPLY_MAX, NULL);
    status = read_reply(rpc, method, document == NULL ? NULL : yq_json_root(document), why);
    if (status != YQ_OK) {
        yq_json_free(document);
        return status;
    }
    *reply = document;
    return YQ_OK;
}
