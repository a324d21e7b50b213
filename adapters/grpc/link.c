#include "adapters/grpc/link.h"

#include "relay/base/bytes.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>

struct yq_grpc_link {
    const yq_grpc_access *access;
    char *url;
    CURL *curl;
    uint8_t *room; /* of one message */
    int is_sent;
    yq_grpc_reply reply; /* of the call in progress, or of the last one */
};

/* A call in progress. */
typedef struct call {
    yq_grpc_link *link;
    yq_grpc_deframer deframer;
    yq_grpc_take take;
    void *self;
    yq_status status; /* why it was given up */
    yq_fault *why;
} call;

int yq_grpc_url_is_permitted(const char *url)
{
    static const char *const local[] = {"http://127.0.0.1:", "http://[::1]:", "http://localhost:"};
    if (strncmp(url, "https://", 8) == 0) {
        return 1;
    }
    for (size_t i = 0; i < YQ_ARRAY_N(local); i++) {
        if (strncmp(url, local[i], strlen(local[i])) == 0) {
            return 1;
        }
    }
    return 0;
}

yq_grpc_link *yq_grpc_link_open(const yq_grpc_access *access, const char *url)
{
    yq_grpc_link *link = calloc(1, sizeof *link);
    size_t n = strlen(url);
    if (link == NULL) {
        return NULL;
    }
    while (n > 0 && url[n - 1] == '/') {
        n--;
    }
    link->access = access;
    link->url = strndup(url, n);
    link->room = malloc(access->message_max);
    link->curl = curl_easy_init();
    if (link->url == NULL || link->room == NULL || link->curl == NULL) {
        yq_grpc_link_close(link);
        return NULL;
    }
    return link;
}

void yq_grpc_link_close(yq_grpc_link *link)
{
    if (link != NULL) {
        curl_easy_cleanup(link->curl);
        free(link->url);
        free(link->room);
        free(link);
    }
}

int yq_grpc_link_is_sent(const yq_grpc_link *link)
{
    return link->is_sent;
}

const yq_grpc_reply *yq_grpc_link_reply(const yq_grpc_link *link)
{
    return &link->reply;
}

/* ---- what libcurl tells ---- */

static size_t on_body(char *p, size_t size, size_t n, void *self)
{
    call *c = self;
    yq_slice in = yq_slice_of(p, size * n), message;
    while (c->status == YQ_OK && yq_grpc_deframer_take(&c->deframer, &in, &message)) {
        c->status = c->take(c->self, message);
    }
    if (c->status == YQ_OK && c->deframer.status != YQ_OK) {
        c->status = yq_fail(c->why, c->deframer.status, 0, "message of the stream");
    }
    return c->status == YQ_OK ? size * n : 0;
}

static size_t on_header(char *p, size_t size, size_t n, void *self)
{
    call *c = self;
    yq_grpc_line(&c->link->reply, yq_slice_of(p, size * n));
    return size * n;
}

static int on_progress(void *self, curl_off_t a, curl_off_t b, curl_off_t sent, curl_off_t d)
{
    call *c = self;
    const yq_grpc_access *access = c->link->access;
    (void)a;
    (void)b;
    (void)sent;
    (void)d;
    return access->stopping(access->self);
}

/* ---- options ---- */

static int set_tls(const yq_grpc_access *access, CURL *curl)
{
    int bad = 0;
    bad |= curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2) != CURLE_OK;
    if (access->tls_ca != NULL) {
        bad |= curl_easy_setopt(curl, CURLOPT_CAINFO, access->tls_ca) != CURLE_OK;
        bad |= curl_easy_setopt(curl, CURLOPT_CAPATH, NULL) != CURLE_OK;
    }
    if (access->tls_cert != NULL) {
        bad |= curl_easy_setopt(curl, CURLOPT_SSLCERT, access->tls_cert) != CURLE_OK;
        bad |= curl_easy_setopt(curl, CURLOPT_SSLKEY, access->tls_key) != CURLE_OK;
    }
    return !bad;
}

static int set_transport(const yq_grpc_link *link, const char *url, uint32_t deadline_ms)
{
    CURL *curl = link->curl;
    int is_tls = strncmp(url, "https://", 8) == 0;
    int bad = 0;
    bad |= curl_easy_setopt(curl, CURLOPT_URL, url) != CURLE_OK;
    bad |= curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, is_tls ? "https" : "http") != CURLE_OK;
    bad |= curl_easy_setopt(
               curl,
               CURLOPT_HTTP_VERSION,
               is_tls ? (long)CURL_HTTP_VERSION_2TLS : (long)CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE) !=
           CURLE_OK;
    bad |= curl_easy_setopt(curl, CURLOPT_NOPROXY, "*") != CURLE_OK;
    bad |= curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L) != CURLE_OK;
    /* libcurl 7.88 fails on a second clear-text HTTP/2 request over one connection. */
    bad |= curl_easy_setopt(curl, CURLOPT_FORBID_REUSE, 1L) != CURLE_OK;
    bad |= curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)deadline_ms) != CURLE_OK;
    bad |= curl_easy_setopt(curl, CURLOPT_TCP_KEEPALIVE, 1L) != CURLE_OK;
    return !bad && (!is_tls || set_tls(link->access, curl));
}

static int set_call(call *c, struct curl_slist *headers, yq_slice request)
{
    CURL *curl = c->link->curl;
    int bad = 0;
    bad |= curl_easy_setopt(curl, CURLOPT_POST, 1L) != CURLE_OK;
    bad |= curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request.p) != CURLE_OK;
    bad |= curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, (long)request.n) != CURLE_OK;
    bad |= curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers) != CURLE_OK;
    bad |= curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body) != CURLE_OK;
    bad |= curl_easy_setopt(curl, CURLOPT_WRITEDATA, c) != CURLE_OK;
    bad |= curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_header) != CURLE_OK;
    bad |= curl_easy_setopt(curl, CURLOPT_HEADERDATA, c) != CURLE_OK;
    bad |= curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, on_progress) != CURLE_OK;
    bad |= curl_easy_setopt(curl, CURLOPT_XFERINFODATA, c) != CURLE_OK;
    bad |= curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L) != CURLE_OK;
    return !bad;
}

/* ---- a call ---- */

static yq_status outcome(call *c, CURLcode code)
{
    if (c->status != YQ_OK) {
        return c->status;
    }
    if (code == CURLE_OPERATION_TIMEDOUT) {
        return yq_fail(c->why, YQ_E_TIMEOUT, 0, "no answer in time");
    }
    if (code != CURLE_OK && !c->link->reply.has_status) {
        return yq_fail(c->why, YQ_E_UNAVAILABLE, 0, curl_easy_strerror(code));
    }
    return yq_grpc_outcome(&c->link->reply, c->why);
}

static yq_status perform(
    call *c, const char *url, struct curl_slist *headers, yq_slice request, uint32_t deadline_ms)
{
    curl_off_t up = 0;
    if (!set_transport(c->link, url, deadline_ms) || !set_call(c, headers, request)) {
        return yq_fail(
            c->why, YQ_E_CONFIG_INVALID, 0, "libcurl does not take the transport's options");
    }
    CURLcode code = curl_easy_perform(c->link->curl);
    c->link->is_sent =
        curl_easy_getinfo(c->link->curl, CURLINFO_SIZE_UPLOAD_T, &up) == CURLE_OK && up > 0;
    return outcome(c, code);
}

/* The lines that make a POST a gRPC call. Returns NULL out of memory. */
static struct curl_slist *make_headers(void)
{
    static const char *const lines[] = {
        "Content-Type: application/grpc", "TE: trailers", "Expect:", "Accept:"};
    struct curl_slist *headers = NULL;
    for (size_t i = 0; i < YQ_ARRAY_N(lines); i++) {
        struct curl_slist *longer = curl_slist_append(headers, lines[i]);
        if (longer == NULL) {
            curl_slist_free_all(headers);
            return NULL;
        }
        headers = longer;
    }
    return headers;
}

yq_status yq_grpc_call(
    yq_grpc_link *link,
    const char *method,
    yq_slice message,
    uint32_t deadline_ms,
    yq_grpc_take take,
    void *self,
    yq_fault *why)
{
    yq_fault none = {0};
    call c = {
        .link = link,
        .deframer = yq_grpc_deframer_of(link->room, link->access->message_max),
        .take = take,
        .self = self,
        .why = why == NULL ? &none : why};
    size_t url_size = strlen(link->url) + strlen(method) + 1;
    char *url = malloc(url_size);
    uint8_t *request = malloc(YQ_GRPC_HEAD + message.n);
    struct curl_slist *headers = make_headers();
    yq_status status = YQ_E_MEMORY;
    link->is_sent = 0;
    link->reply = (yq_grpc_reply){0};
    if (url != NULL && request != NULL && headers != NULL) {
        (void)snprintf(url, url_size, "%s%s", link->url, method);
        yq_grpc_head((uint32_t)message.n, request);
        yq_bytes_copy(request + YQ_GRPC_HEAD, message.p, message.n);
        yq_slice framed = yq_slice_of(request, YQ_GRPC_HEAD + message.n);
        status = perform(&c, url, headers, framed, deadline_ms);
    } else {
        (void)yq_fail(c.why, status, 0, "request");
    }
    curl_slist_free_all(headers);
    free(request);
    free(url);
    return status;
}
