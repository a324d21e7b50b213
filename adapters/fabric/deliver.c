#include "adapters/fabric/deliver.h"

#include "adapters/fabric/grpc.h"
#include "relay/base/bytes.h"
#include "relay/codec/der.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>

#define REQUEST_SIZE_MAX (32u << 10)

struct yq_fabric_link {
    const yq_fabric_access *access;
    char *url;
    CURL *curl;
    uint8_t *room; /* of one message */
};

/* A call in progress. */
typedef struct stream {
    yq_fabric_link *link;
    yq_fabric_deframer deframer;
    yq_fabric_grpc_reply reply;
    yq_fabric_take_block take;
    void *self;
    int ended; /* the node's last status was seen */
    uint32_t node_status;
    yq_status status; /* why it was given up */
    yq_fault *why;
} stream;

int yq_fabric_url_is_permitted(const char *url)
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

yq_fabric_link *yq_fabric_link_open(const yq_fabric_access *access, const char *url)
{
    yq_fabric_link *link = calloc(1, sizeof *link);
    size_t size = strlen(url) + strlen(access->service) + 1;
    if (link == NULL) {
        return NULL;
    }
    link->access = access;
    link->url = malloc(size);
    link->room = malloc(YQ_FABRIC_MESSAGE_SIZE_MAX);
    link->curl = curl_easy_init();
    if (link->url == NULL || link->room == NULL || link->curl == NULL) {
        yq_fabric_link_close(link);
        return NULL;
    }
    size_t n = strlen(url);
    while (n > 0 && url[n - 1] == '/') {
        n--;
    }
    (void)snprintf(link->url, size, "%.*s%s", (int)n, url, access->service);
    return link;
}

void yq_fabric_link_close(yq_fabric_link *link)
{
    if (link != NULL) {
        curl_easy_cleanup(link->curl);
        free(link->url);
        free(link->room);
        free(link);
    }
}

static yq_status take_message(stream *s, yq_slice message)
{
    yq_fabric_deliver response;
    yq_status status = yq_fabric_deliver_decode(message, &response, s->why);
    if (status != YQ_OK) {
        return status;
    }
    if (s->ended) {
        return yq_fail(s->why, YQ_E_PEER, 0, "a message behind the last status");
    }
    if (!response.is_block) {
        s->ended = 1;
        s->node_status = response.status;
        return YQ_OK;
    }
    return s->take(s->self, response.block);
}

static size_t on_body(char *p, size_t size, size_t n, void *self)
{
    stream *s = self;
    yq_slice in = yq_slice_of(p, size * n), message;
    while (s->status == YQ_OK && yq_fabric_deframer_take(&s->deframer, &in, &message)) {
        s->status = take_message(s, message);
    }
    if (s->status == YQ_OK && s->deframer.status != YQ_OK) {
        s->status = yq_fail(s->why, s->deframer.status, 0, "message of the stream");
    }
    return s->status == YQ_OK ? size * n : 0;
}

static size_t on_header(char *p, size_t size, size_t n, void *self)
{
    stream *s = self;
    yq_fabric_grpc_line(&s->reply, yq_slice_of(p, size * n));
    return size * n;
}

static int on_progress(void *self, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
    const stream *s = self;
    const yq_fabric_access *access = s->link->access;
    (void)a;
    (void)b;
    (void)c;
    (void)d;
    return access->stopping(access->self);
}

/* Builds the framed request in out. */
static yq_status build_request(const yq_fabric_link *link, const yq_fabric_seek *seek, yq_buf *out)
{
    uint8_t payload_room[REQUEST_SIZE_MAX / 2], digest[YQ_DIGEST_SIZE], rs[64], der[80];
    yq_buf payload = {payload_room, sizeof payload_room, 0};
    yq_buf signature = {der, sizeof der, 0};
    yq_status status = yq_fabric_seek_payload(seek, &payload);
    if (status != YQ_OK) {
        return status;
    }
    yq_slice signed_bytes = yq_slice_of(payload.p, payload.n);
    if (link->access->key != NULL) {
        yq_hash_one(YQ_HASH_SHA256, signed_bytes, digest);
        yq_key_sign(link->access->key, YQ_SLICE_OF(digest), rs);
        status = yq_der_signature_encode(rs, 32, &signature);
    }
    out->n = YQ_FABRIC_GRPC_HEAD;
    if (status == YQ_OK) {
        status = yq_fabric_seek_envelope(signed_bytes, yq_slice_of(signature.p, signature.n), out);
    }
    yq_fabric_grpc_head((uint32_t)(out->n - YQ_FABRIC_GRPC_HEAD), out->p);
    return status;
}

static int set_transport(const yq_fabric_link *link, uint32_t deadline_ms)
{
    const yq_fabric_access *access = link->access;
    CURL *curl = link->curl;
    int is_tls = strncmp(link->url, "https://", 8) == 0;
    int bad = 0;
    bad |= curl_easy_setopt(curl, CURLOPT_URL, link->url) != CURLE_OK;
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
    if (!is_tls) {
        return !bad;
    }
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

static int set_call(stream *s, struct curl_slist *headers, yq_slice request)
{
    CURL *curl = s->link->curl;
    int bad = 0;
    bad |= curl_easy_setopt(curl, CURLOPT_POST, 1L) != CURLE_OK;
    bad |= curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request.p) != CURLE_OK;
    bad |= curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, (long)request.n) != CURLE_OK;
    bad |= curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers) != CURLE_OK;
    bad |= curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body) != CURLE_OK;
    bad |= curl_easy_setopt(curl, CURLOPT_WRITEDATA, s) != CURLE_OK;
    bad |= curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_header) != CURLE_OK;
    bad |= curl_easy_setopt(curl, CURLOPT_HEADERDATA, s) != CURLE_OK;
    bad |= curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, on_progress) != CURLE_OK;
    bad |= curl_easy_setopt(curl, CURLOPT_XFERINFODATA, s) != CURLE_OK;
    bad |= curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L) != CURLE_OK;
    return !bad;
}

static yq_status outcome(stream *s, CURLcode code)
{
    if (s->status != YQ_OK) {
        return s->status;
    }
    if (s->ended) {
        return yq_fabric_deliver_outcome(s->node_status, s->why);
    }
    if (code == CURLE_OPERATION_TIMEDOUT) {
        return yq_fail(s->why, YQ_E_TIMEOUT, 0, "no answer in time");
    }
    if (code != CURLE_OK && !s->reply.has_status) {
        return yq_fail(s->why, YQ_E_UNAVAILABLE, 0, curl_easy_strerror(code));
    }
    yq_status status = yq_fabric_grpc_outcome(&s->reply, s->why);
    return status == YQ_OK ? yq_fail(s->why, YQ_E_PEER, 0, "the stream ended without a status")
                           : status;
}

yq_status yq_fabric_deliver_blocks(
    yq_fabric_link *link,
    const yq_fabric_seek *seek,
    uint32_t deadline_ms,
    yq_fabric_take_block take,
    void *self,
    yq_fault *why)
{
    uint8_t request_room[REQUEST_SIZE_MAX];
    yq_buf request = {request_room, sizeof request_room, 0};
    yq_fault none = {0};
    stream s = {
        .link = link,
        .deframer = yq_fabric_deframer_of(link->room, YQ_FABRIC_MESSAGE_SIZE_MAX),
        .take = take,
        .self = self,
        .why = why == NULL ? &none : why};
    if (build_request(link, seek, &request) != YQ_OK) {
        return yq_fail(why, YQ_E_CONFIG_INVALID, 0, "the client certificate is too large");
    }
    static const char *const lines[] = {
        "Content-Type: application/grpc", "TE: trailers", "Expect:", "Accept:"};
    struct curl_slist *headers = NULL;
    for (size_t i = 0; i < YQ_ARRAY_N(lines); i++) {
        struct curl_slist *longer = curl_slist_append(headers, lines[i]);
        if (longer == NULL) {
            curl_slist_free_all(headers);
            return yq_fail(why, YQ_E_MEMORY, 0, "request");
        }
        headers = longer;
    }
    yq_status status = YQ_E_CONFIG_INVALID;
    if (set_transport(link, deadline_ms) &&
        set_call(&s, headers, yq_slice_of(request.p, request.n))) {
        CURLcode code = curl_easy_perform(link->curl);
        status = outcome(&s, code);
    } else {
        (void)yq_fail(why, status, 0, "libcurl does not take the transport's options");
    }
    curl_slist_free_all(headers);
    return status;
}
