#include "adapters/cometbft/rpc.h"

#include "relay/base/bytes.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define URL_MAX          512u
#define CONNECT_MS_MAX   5000u
#define FIRST_REPLY_SIZE 4096u
#define CALL_MS_MAX      3600000u

struct yq_comet_rpc {
    char url[URL_MAX];
    const yq_adapter_host *host;
    CURL *curl;
    struct curl_slist *headers;
    char *text;
    size_t n, cap;
    uint64_t id;
};

uint64_t yq_comet_now_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static size_t take(char *data, size_t size, size_t n, void *self)
{
    yq_comet_rpc *rpc = self;
    size_t more = size * n;
    if (more > YQ_COMET_REPLY_MAX - rpc->n) {
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
    const yq_comet_rpc *rpc = self;
    (void)down_all;
    (void)down;
    (void)up_all;
    (void)up;
    return rpc->host->stopping != NULL && rpc->host->stopping(rpc->host->self);
}

static int set_up_tls(CURL *c, const yq_comet_tls *tls)
{
    int good = curl_easy_setopt(c, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2) == CURLE_OK;
    if (tls->ca != NULL) {
        good &= curl_easy_setopt(c, CURLOPT_CAINFO, tls->ca) == CURLE_OK &&
                curl_easy_setopt(c, CURLOPT_CAPATH, NULL) == CURLE_OK;
    }
    if (tls->cert != NULL) {
        good &= curl_easy_setopt(c, CURLOPT_SSLCERT, tls->cert) == CURLE_OK &&
                curl_easy_setopt(c, CURLOPT_SSLKEY, tls->key) == CURLE_OK;
    }
    return good;
}

static int set_up(yq_comet_rpc *rpc)
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

/* Returns 0 for a scheme that is none of ours, or a text that is too long. */
static int set_url(yq_comet_rpc *rpc, const char *url)
{
    const char *scheme = "http://", *rest = url;
    if (strncmp(url, "https://", 8) == 0) {
        scheme = "https://";
        rest = url + 8;
    } else if (strncmp(url, "http://", 7) == 0) {
        rest = url + 7;
    } else if (strncmp(url, "tcp://", 6) == 0) {
        rest = url + 6;
    }
    int n = snprintf(rpc->url, sizeof rpc->url, "%s%s", scheme, rest);
    return n > 0 && (size_t)n < sizeof rpc->url && rest[0] != '\0' && strstr(rest, "://") == NULL;
}

yq_comet_rpc *yq_comet_rpc_new(
    const char *url, const yq_comet_tls *tls, const yq_adapter_host *host)
{
    yq_comet_rpc *rpc = calloc(1, sizeof *rpc);
    if (rpc == NULL) {
        return NULL;
    }
    rpc->host = host;
    rpc->curl = curl_easy_init();
    if (rpc->curl == NULL || !set_url(rpc, url) || !set_up(rpc) || !set_up_tls(rpc->curl, tls)) {
        yq_comet_rpc_free(rpc);
        return NULL;
    }
    return rpc;
}

void yq_comet_rpc_free(yq_comet_rpc *rpc)
{
    if (rpc == NULL) {
        return;
    }
    curl_easy_cleanup(rpc->curl);
    curl_slist_free_all(rpc->headers);
    free(rpc->text);
    free(rpc);
}

const char *yq_comet_rpc_url(const yq_comet_rpc *rpc)
{
    return rpc->url;
}

/* Sends the request; the reply lies in rpc->text. Nodes answer some errors with the status 500 and
 * the JSON that says why. */
static yq_status exchange(
    yq_comet_rpc *rpc, const char *method, const char *body, uint64_t until_ms, yq_fault *why)
{
    uint64_t now = yq_comet_now_ms();
    if (now >= until_ms) {
        return yq_comet_told(why, YQ_E_TIMEOUT, method, rpc->url);
    }
    uint64_t left = until_ms - now < CALL_MS_MAX ? until_ms - now : CALL_MS_MAX;
    long connect = (long)(left < CONNECT_MS_MAX ? left : CONNECT_MS_MAX);
    rpc->n = 0;
    if (curl_easy_setopt(rpc->curl, CURLOPT_POSTFIELDS, body) != CURLE_OK ||
        curl_easy_setopt(rpc->curl, CURLOPT_POSTFIELDSIZE, (long)strlen(body)) != CURLE_OK ||
        curl_easy_setopt(rpc->curl, CURLOPT_TIMEOUT_MS, (long)left) != CURLE_OK ||
        curl_easy_setopt(rpc->curl, CURLOPT_CONNECTTIMEOUT_MS, connect) != CURLE_OK) {
        return yq_comet_told(why, YQ_E_MEMORY, method, "curl");
    }
    CURLcode code = curl_easy_perform(rpc->curl);
    long http = 0;
    if (code == CURLE_OPERATION_TIMEDOUT || code == CURLE_ABORTED_BY_CALLBACK) {
        return yq_comet_told(why, YQ_E_TIMEOUT, method, rpc->url);
    }
    if (code != CURLE_OK) {
        return yq_comet_told(why, YQ_E_UNAVAILABLE, method, curl_easy_strerror(code));
    }
    if (curl_easy_getinfo(rpc->curl, CURLINFO_RESPONSE_CODE, &http) != CURLE_OK ||
        (http != 200 && http != 500)) {
        return yq_comet_told(why, YQ_E_PEER, method, "HTTP status is not 200");
    }
    return YQ_OK;
}

yq_status yq_comet_rpc_call(
    yq_comet_rpc *rpc,
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
        return yq_comet_told(why, YQ_E_MEMORY, method, "request");
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
    return status == YQ_OK
               ? yq_comet_reply_read(yq_slice_of(rpc->text, rpc->n), rpc->id, method, reply, why)
               : status;
}
