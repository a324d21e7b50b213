#include "adapters/http/link.h"

#include "relay/base/bytes.h"
#include "relay/crypto/crypto.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>

#define URL_MAX        512u
#define PATH_MAX_SIZE  2048u
#define CONNECT_MS_MAX 5000u
#define CALL_MS_MAX    3600000u
#define FIRST_CAP      4096u

struct yq_web_link {
    char shown[URL_MAX], url[URL_MAX], connect[URL_MAX];
    const yq_adapter_host *host;
    CURL *curl;
    struct curl_slist *headers, *connect_to;
    uint8_t *body;
    size_t n, cap;
    int is_above, is_short; /* why the last body was given up: its size, our memory */
};

static size_t take(char *data, size_t size, size_t count, void *self)
{
    yq_web_link *link = self;
    size_t more = size * count;
    link->is_above = more > YQ_WEB_REPLY_MAX - link->n;
    if (link->is_above) {
        return 0;
    }
    if (link->n + more > link->cap) {
        size_t cap = link->cap == 0 ? FIRST_CAP : link->cap;
        while (cap < link->n + more) {
            cap *= 2;
        }
        uint8_t *grown = realloc(link->body, cap);
        link->is_short = grown == NULL;
        if (grown == NULL) {
            return 0;
        }
        link->body = grown;
        link->cap = cap;
    }
    yq_bytes_copy(link->body + link->n, data, more);
    link->n += more;
    return more;
}

static int is_stopping(
    void *self, curl_off_t down_all, curl_off_t down, curl_off_t up_all, curl_off_t up)
{
    const yq_web_link *link = self;
    (void)down_all;
    (void)down;
    (void)up_all;
    (void)up;
    return link->host->stopping != NULL && link->host->stopping(link->host->self);
}

/* ---- opening -----------------------------------------------------------------------------------
 */

static int add_line(struct curl_slist **list, const char *line)
{
    struct curl_slist *longer = curl_slist_append(*list, line);
    if (longer == NULL) {
        return 0;
    }
    *list = longer;
    return 1;
}

static int add_headers(yq_web_link *link, const yq_web_access *access)
{
    int good = add_line(&link->headers, "Content-Type: application/json") &&
               add_line(&link->headers, "Expect:");
    for (size_t i = 0; i < access->header_n && good; i++) {
        good = add_line(&link->headers, access->header[i]);
    }
    return good && curl_easy_setopt(link->curl, CURLOPT_HTTPHEADER, link->headers) == CURLE_OK;
}

/* A file that is not named stays curl's default: the system's roots, no own certificate. */
static int set_tls(CURL *c, const yq_web_access *access)
{
    int good = curl_easy_setopt(c, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2) == CURLE_OK &&
               curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, 1L) == CURLE_OK &&
               curl_easy_setopt(c, CURLOPT_SSL_VERIFYHOST, 2L) == CURLE_OK;
    if (access->ca_path != NULL) {
        good = good && curl_easy_setopt(c, CURLOPT_CAINFO, access->ca_path) == CURLE_OK &&
               curl_easy_setopt(c, CURLOPT_CAPATH, NULL) == CURLE_OK;
    }
    if (access->cert_path != NULL) {
        good = good && curl_easy_setopt(c, CURLOPT_SSLCERT, access->cert_path) == CURLE_OK &&
               curl_easy_setopt(c, CURLOPT_SSLKEY, access->key_path) == CURLE_OK;
    }
    return good;
}

static int set_name(yq_web_link *link)
{
    return link->connect[0] == '\0' ||
           (add_line(&link->connect_to, link->connect) &&
            curl_easy_setopt(link->curl, CURLOPT_CONNECT_TO, link->connect_to) == CURLE_OK);
}

static int set_up(yq_web_link *link, const yq_web_access *access)
{
    CURL *c = link->curl;
    return c != NULL && add_headers(link, access) && set_tls(c, access) && set_name(link) &&
           curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_PROXY, "") == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, take) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_WRITEDATA, link) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_NOPROGRESS, 0L) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_XFERINFOFUNCTION, is_stopping) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_XFERINFODATA, link) == CURLE_OK;
}

yq_status yq_web_link_new(
    const char *endpoint,
    const yq_web_access *access,
    const yq_adapter_host *host,
    yq_web_link **out,
    yq_fault *why)
{
    char none[URL_MAX], text[sizeof why->text];
    *out = NULL;
    yq_web_link *link = calloc(1, sizeof *link);
    if (link == NULL) {
        return yq_fail(why, YQ_E_MEMORY, 0, "link");
    }
    link->host = host;
    if (!yq_web_url_make(endpoint, NULL, link->shown, none, URL_MAX) ||
        !yq_web_url_make(endpoint, access->server_name, link->url, link->connect, URL_MAX)) {
        yq_web_link_free(link);
        (void)snprintf(text, sizeof text, "endpoints: %.100s", endpoint);
        return yq_fail(why, YQ_E_CONFIG_INVALID, 0, text);
    }
    link->curl = curl_easy_init();
    if (!set_up(link, access)) {
        yq_web_link_free(link);
        return yq_fail(why, YQ_E_MEMORY, 0, "curl");
    }
    *out = link;
    return YQ_OK;
}

static void free_headers(struct curl_slist *headers)
{
    for (struct curl_slist *at = headers; at != NULL; at = at->next) {
        yq_secret_wipe(at->data, strlen(at->data));
    }
    curl_slist_free_all(headers);
}

void yq_web_link_free(yq_web_link *link)
{
    if (link == NULL) {
        return;
    }
    curl_easy_cleanup(link->curl);
    free_headers(link->headers);
    curl_slist_free_all(link->connect_to);
    free(link->body);
    free(link);
}

const char *yq_web_link_url(const yq_web_link *link)
{
    return link->shown;
}

/* ---- one exchange ------------------------------------------------------------------------------
 */

static yq_status told(yq_fault *why, yq_status status, const char *label, const char *what)
{
    char text[sizeof why->text];
    (void)snprintf(text, sizeof text, "%.36s: %.78s", label, what);
    return yq_fail(why, status, 0, text);
}

static int set_request(yq_web_link *link, const yq_web_request *request, uint64_t left)
{
    char url[URL_MAX + PATH_MAX_SIZE];
    CURL *c = link->curl;
    size_t n = strlen(link->url), path_n = strlen(request->path);
    n -= path_n > 0 && link->url[n - 1] == '/';
    if (path_n >= PATH_MAX_SIZE) {
        return 0;
    }
    (void)snprintf(url, sizeof url, "%.*s%s", (int)n, link->url, request->path);
    long connect = (long)(left < CONNECT_MS_MAX ? left : CONNECT_MS_MAX);
    if (curl_easy_setopt(c, CURLOPT_URL, url) != CURLE_OK ||
        curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, (long)left) != CURLE_OK ||
        curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS, connect) != CURLE_OK) {
        return 0;
    }
    if (!request->is_post) {
        return curl_easy_setopt(c, CURLOPT_HTTPGET, 1L) == CURLE_OK;
    }
    const char *body = request->body.n == 0 ? "" : (const char *)request->body.p;
    return curl_easy_setopt(c, CURLOPT_POST, 1L) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_POSTFIELDS, body) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body.n) ==
               CURLE_OK;
}

static yq_status meaning_of(
    const yq_web_link *link, const char *label, CURLcode code, long http, yq_fault *why)
{
    if (code == CURLE_OPERATION_TIMEDOUT || code == CURLE_ABORTED_BY_CALLBACK) {
        return told(why, YQ_E_TIMEOUT, label, link->shown);
    }
    if (link->is_above) {
        return told(why, YQ_E_PEER, label, "the reply is too large");
    }
    if (link->is_short || code == CURLE_OUT_OF_MEMORY) {
        return told(why, YQ_E_MEMORY, label, "the reply");
    }
    if (code != CURLE_OK) {
        return told(why, YQ_E_UNAVAILABLE, label, curl_easy_strerror(code));
    }
    if (http == 401 || http == 403) {
        return told(why, YQ_E_PERMISSION, label, "the node wants a token or another secret");
    }
    return YQ_OK;
}

static uint64_t after_ms(curl_off_t seconds)
{
    uint64_t s = seconds > 0 ? (uint64_t)seconds : 0;
    return s < YQ_WEB_AFTER_MS_MAX / 1000 ? s * 1000 : YQ_WEB_AFTER_MS_MAX;
}

yq_status yq_web_link_send(
    yq_web_link *link,
    const yq_web_request *request,
    uint64_t until_ms,
    yq_web_reply *reply,
    yq_fault *why)
{
    uint64_t now = yq_web_now_ms();
    long http = 0, head = 0;
    curl_off_t after = 0;
    *reply = (yq_web_reply){0};
    if (now >= until_ms) {
        return told(why, YQ_E_TIMEOUT, request->label, link->shown);
    }
    uint64_t left = until_ms - now < CALL_MS_MAX ? until_ms - now : CALL_MS_MAX;
    link->n = 0;
    link->is_above = link->is_short = 0;
    if (!set_request(link, request, left)) {
        return told(why, YQ_E_MEMORY, request->label, "request");
    }
    CURLcode code = curl_easy_perform(link->curl);
    (void)curl_easy_getinfo(link->curl, CURLINFO_RESPONSE_CODE, &http);
    (void)curl_easy_getinfo(link->curl, CURLINFO_REQUEST_SIZE, &head);
    (void)curl_easy_getinfo(link->curl, CURLINFO_RETRY_AFTER, &after);
    reply->is_sent = head > 0;
    yq_status status = meaning_of(link, request->label, code, http, why);
    if (status == YQ_OK) {
        reply->code = (unsigned)http;
        reply->body = yq_slice_of(link->body, link->n);
        reply->retry_after_ms = after_ms(after);
    }
    return status;
}
