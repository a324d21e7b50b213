#include "adapters/fisco-bcos-3/rpc.h"

#include "relay/base/bytes.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define URL_MAX          512u
#define CONNECT_MS_MAX   5000u
#define FIRST_REPLY_SIZE 4096u

struct yq_bcos3_rpc {
    char url[URL_MAX];
    const yq_adapter_host *host;
    CURL *curl;
    struct curl_slist *headers;
    char *text;
    size_t n, cap;
    uint64_t id;
    int64_t code; /* of the node's last error */
    int is_sent;
};

uint64_t yq_bcos3_now_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static size_t take(char *data, size_t size, size_t n, void *self)
{
    yq_bcos3_rpc *rpc = self;
    size_t more = size * n;
    if (more > YQ_BCOS3_REPLY_MAX - rpc->n) {
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
    const yq_bcos3_rpc *rpc = self;
    (void)down_all;
    (void)down;
    (void)up_all;
    (void)up;
    return rpc->host->stopping != NULL && rpc->host->stopping(rpc->host->self);
}

/* A file that is not named stays curl's default: the system's certificates, no own one. */
static int set_tls(CURL *c, const yq_bcos3_tls *tls)
{
    return (tls->ca == NULL || curl_easy_setopt(c, CURLOPT_CAINFO, tls->ca) == CURLE_OK) &&
           (tls->cert == NULL || curl_easy_setopt(c, CURLOPT_SSLCERT, tls->cert) == CURLE_OK) &&
           (tls->key == NULL || curl_easy_setopt(c, CURLOPT_SSLKEY, tls->key) == CURLE_OK) &&
           curl_easy_setopt(c, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, 1L) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_SSL_VERIFYHOST, 2L) == CURLE_OK;
}

static int set_up(yq_bcos3_rpc *rpc)
{
    CURL *c = rpc->curl;
    rpc->headers = curl_slist_append(NULL, "Content-Type: application/json");
    struct curl_slist *longer = curl_slist_append(rpc->headers, "Expect:");
    if (rpc->headers == NULL || longer == NULL) {
        return 0;
    }
    rpc->headers = longer;
    return curl_easy_setopt(c, CURLOPT_URL, rpc->url) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_PROXY, "") == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_HTTPHEADER, rpc->headers) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, take) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_WRITEDATA, rpc) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_NOPROGRESS, 0L) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_XFERINFOFUNCTION, stop_asked) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_XFERINFODATA, rpc) == CURLE_OK;
}

yq_bcos3_rpc *yq_bcos3_rpc_new(
    const char *url, const yq_bcos3_tls *tls, const yq_adapter_host *host)
{
    yq_bcos3_rpc *rpc = calloc(1, sizeof *rpc);
    if (rpc == NULL) {
        return NULL;
    }
    int is_web = strncmp(url, "http://", 7) == 0 || strncmp(url, "https://", 8) == 0;
    int n = snprintf(rpc->url, sizeof rpc->url, "%s%s", is_web ? "" : "http://", url);
    rpc->host = host;
    rpc->curl = curl_easy_init();
    int is_other = !is_web && strstr(url, "://") != NULL;
    if (n < 0 || (size_t)n >= sizeof rpc->url || is_other || rpc->curl == NULL || !set_up(rpc) ||
        !set_tls(rpc->curl, tls)) {
        yq_bcos3_rpc_free(rpc);
        return NULL;
    }
    return rpc;
}

void yq_bcos3_rpc_free(yq_bcos3_rpc *rpc)
{
    if (rpc == NULL) {
        return;
    }
    curl_easy_cleanup(rpc->curl);
    curl_slist_free_all(rpc->headers);
    free(rpc->text);
    free(rpc);
}

const char *yq_bcos3_rpc_url(const yq_bcos3_rpc *rpc)
{
    return rpc->url;
}

int64_t yq_bcos3_rpc_code(const yq_bcos3_rpc *rpc)
{
    return rpc->code;
}

int yq_bcos3_rpc_is_sent(const yq_bcos3_rpc *rpc)
{
    return rpc->is_sent;
}

static yq_status told(yq_fault *why, yq_status status, const char *method, const char *what)
{
    char text[sizeof why->text];
    (void)snprintf(text, sizeof text, "%.48s: %.66s", method, what);
    return yq_fail(why, status, 0, text);
}

/* Sends the request; the reply lies in rpc->text. */
static yq_status exchange(
    yq_bcos3_rpc *rpc, const char *method, const char *body, uint64_t until_ms, yq_fault *why)
{
    uint64_t now = yq_bcos3_now_ms();
    if (now >= until_ms) {
        return told(why, YQ_E_TIMEOUT, method, rpc->url);
    }
    uint64_t left = until_ms - now < 3600000 ? until_ms - now : 3600000;
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
    curl_off_t up = 0;
    (void)curl_easy_getinfo(rpc->curl, CURLINFO_SIZE_UPLOAD_T, &up);
    rpc->is_sent = up > 0;
    if (code == CURLE_OPERATION_TIMEDOUT || code == CURLE_ABORTED_BY_CALLBACK) {
        return told(why, YQ_E_TIMEOUT, method, rpc->url);
    }
    if (code != CURLE_OK) {
        return told(why, YQ_E_UNAVAILABLE, method, curl_easy_strerror(code));
    }
    if (curl_easy_getinfo(rpc->curl, CURLINFO_RESPONSE_CODE, &http) != CURLE_OK || http != 200) {
        return told(why, YQ_E_PEER, method, "HTTP status is not 200");
    }
    return YQ_OK;
}

/* An "error" of the node. */
static yq_status node_error(
    yq_bcos3_rpc *rpc, const yq_json *error, const char *method, yq_fault *why)
{
    char what[64];
    yq_slice message = {0};
    (void)yq_json_int(yq_json_get(error, "code"), &rpc->code);
    (void)yq_json_text(yq_json_get(error, "message"), &message);
    (void)snprintf(
        what,
        sizeof what,
        "%lld %.*s",
        (long long)rpc->code,
        (int)(message.n < 42 ? message.n : 42),
        message.n == 0 ? "" : (const char *)message.p);
    return told(why, YQ_E_PEER, method, what);
}

yq_status yq_bcos3_rpc_call(
    yq_bcos3_rpc *rpc,
    const char *method,
    const char *params,
    uint64_t until_ms,
    yq_json **reply,
    yq_fault *why)
{
    size_t cap = strlen(params) + strlen(method) + 96;
    char *body = malloc(cap);
    uint64_t id = 0;
    *reply = NULL;
    rpc->code = 0;
    rpc->is_sent = 0;
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
    yq_json *document = yq_json_parse(yq_slice_of(rpc->text, rpc->n), YQ_BCOS3_REPLY_MAX, NULL);
    const yq_json *root = document == NULL ? NULL : yq_json_root(document);
    const yq_json *error = yq_json_get(root, "error");
    if (error != NULL && !yq_json_is_null(error)) {
        status = node_error(rpc, error, method, why);
    } else if (!yq_json_uint(yq_json_get(root, "id"), &id) || id != rpc->id) {
        status = told(why, YQ_E_PEER, method, "the reply has another id, or is no JSON");
    } else if (yq_json_get(root, "result") == NULL) {
        status = told(why, YQ_E_PEER, method, "the reply has no result");
    }
    if (status != YQ_OK) {
        yq_json_free(document);
        return status;
    }
    *reply = document;
    return YQ_OK;
}
