#include "conformance/chains/grpc/stream.h"

#include "relay/base/assert.h"
#include "relay/base/bytes.h"
#include "relay/base/cursor.h"
#include "relay/base/writer.h"

#include <event2/buffer.h>
#include <stdlib.h>

#define HEAD 5u

static size_t method_n(const yq_mock_grpc_service *service)
{
    size_t n = 0;
    while (service->method[n] != NULL) {
        n++;
    }
    return n;
}

yq_mock_grpc_stream *yq_mock_grpc_stream_new(const yq_mock_grpc_service *service, int32_t id)
{
    yq_mock_grpc_stream *s = calloc(1, sizeof *s);
    YQ_ASSERT(s != NULL);
    *s = (yq_mock_grpc_stream){
        .id = id,
        .method = method_n(service),
        .grpc_status = YQ_MOCK_GRPC_OK,
        .in = evbuffer_new(),
        .out = evbuffer_new(),
        .state = calloc(1, service->state_size + 1)};
    YQ_ASSERT(s->in != NULL && s->out != NULL && s->state != NULL);
    return s;
}

void yq_mock_grpc_stream_free(yq_mock_grpc_stream *s)
{
    evbuffer_free(s->in);
    evbuffer_free(s->out);
    free(s->state);
    free(s->message);
    free(s->details);
    free(s);
}

static int is_text(yq_slice got, const char *text)
{
    return yq_slice_equal(got, yq_slice_text(text));
}

void yq_mock_grpc_stream_header(
    const yq_mock_grpc_service *service, yq_mock_grpc_stream *s, yq_slice name, yq_slice value)
{
    static const char grpc[] = "application/grpc";
    if (is_text(name, ":method")) {
        s->is_post = is_text(value, "POST");
    } else if (is_text(name, ":path")) {
        for (s->method = 0; service->method[s->method] != NULL; s->method++) {
            if (is_text(value, service->method[s->method])) {
                break;
            }
        }
    } else if (is_text(name, "content-type")) {
        s->is_grpc = is_text(value, grpc) ||
                     (value.n >= sizeof grpc && memcmp(value.p, grpc, sizeof grpc - 1) == 0 &&
                      (value.p[sizeof grpc - 1] == '+' || value.p[sizeof grpc - 1] == ';'));
    }
}

int yq_mock_grpc_stream_is_grpc(const yq_mock_grpc_stream *s)
{
    return s->is_grpc && s->is_post;
}

const char *yq_mock_grpc_stream_refusal(
    const yq_mock_grpc_service *service, const yq_mock_grpc_stream *s)
{
    return s->method < method_n(service) ? NULL : YQ_MOCK_GRPC_UNIMPLEMENTED;
}

int yq_mock_grpc_stream_take(
    const yq_mock_grpc_service *service, yq_mock_grpc_stream *s, yq_slice bytes)
{
    if (s->ended) {
        return 1;
    }
    return evbuffer_get_length(s->in) + bytes.n <= service->pending_max &&
           evbuffer_add(s->in, bytes.p, bytes.n) == 0;
}

/* ---- for services ---- */

void yq_mock_grpc_end(yq_mock_grpc_stream *s, const char *grpc_status)
{
    s->ended = 1;
    s->grpc_status = grpc_status;
    s->is_busy = 0;
}

/* gRPC writes base64 without its padding. */
static char *base64_of(yq_slice bytes)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    char *text = malloc(bytes.n / 3 * 4 + 5);
    size_t n = 0;
    YQ_ASSERT(text != NULL);
    for (size_t i = 0; i < bytes.n; i += 3) {
        size_t left = bytes.n - i < 3 ? bytes.n - i : 3;
        uint32_t v = (uint32_t)bytes.p[i] << 16 | (left > 1 ? bytes.p[i + 1] : 0u) << 8 |
                     (left > 2 ? bytes.p[i + 2] : 0u);
        for (size_t k = 0; k <= left; k++) {
            text[n++] = digits[v >> (18 - 6 * k) & 63];
        }
    }
    text[n] = '\0';
    return text;
}

void yq_mock_grpc_fail(
    yq_mock_grpc_stream *s, const char *grpc_status, const char *words, yq_slice details)
{
    s->message = strdup(words);
    YQ_ASSERT(s->message != NULL);
    s->details = details.n == 0 ? NULL : base64_of(details);
    yq_mock_grpc_end(s, grpc_status);
}

void yq_mock_grpc_put(yq_mock_grpc_stream *s, const yq_slice *part, size_t n)
{
    uint8_t head[HEAD];
    size_t size = 0;
    for (size_t i = 0; i < n; i++) {
        size += part[i].n;
    }
    yq_writer w = yq_writer_of(head, sizeof head);
    yq_put_u8(&w, 0);
    yq_put_u32(&w, (uint32_t)size);
    YQ_ASSERT(evbuffer_add(s->out, head, w.n) == 0);
    for (size_t i = 0; i < n; i++) {
        YQ_ASSERT(evbuffer_add(s->out, part[i].p, part[i].n) == 0);
    }
}

/* ---- requests ---- */

static void begin(const yq_mock_grpc_service *service, yq_mock_grpc_stream *s, size_t size)
{
    const uint8_t *p = evbuffer_pullup(s->in, (ev_ssize_t)(HEAD + size));
    service->request(service->self, s, yq_slice_of(p + HEAD, size));
    (void)evbuffer_drain(s->in, HEAD + size);
}

/* Hands over the next request when its message is whole. Returns 0 when there is none. */
static int next_request(const yq_mock_grpc_service *service, yq_mock_grpc_stream *s)
{
    uint8_t head[HEAD];
    if (evbuffer_copyout(s->in, head, sizeof head) < (ev_ssize_t)sizeof head) {
        return 0;
    }
    yq_cur c = yq_cur_of(YQ_SLICE_OF(head));
    uint8_t compressed = yq_cur_u8(&c);
    uint32_t size = yq_cur_u32(&c);
    if (compressed != 0) {
        yq_mock_grpc_end(s, compressed == 1 ? YQ_MOCK_GRPC_UNIMPLEMENTED : YQ_MOCK_GRPC_INTERNAL);
        return 0;
    }
    if (size > service->request_max) {
        yq_mock_grpc_end(s, YQ_MOCK_GRPC_EXHAUSTED);
        return 0;
    }
    if (evbuffer_get_length(s->in) < HEAD + size) {
        return 0;
    }
    begin(service, s, size);
    return 1;
}

/* Makes the next message of the reply. Returns 0 when there is none now. */
static int produce(const yq_mock_grpc_service *service, yq_mock_grpc_stream *s)
{
    if (s->ended) {
        return 0;
    }
    yq_mock_grpc_more more =
        service->more == NULL ? YQ_MOCK_GRPC_NONE : service->more(service->self, s);
    s->is_busy = more == YQ_MOCK_GRPC_WAIT;
    return more == YQ_MOCK_GRPC_MADE || (more == YQ_MOCK_GRPC_NONE && next_request(service, s));
}

size_t yq_mock_grpc_stream_read(
    const yq_mock_grpc_service *service,
    yq_mock_grpc_stream *s,
    uint8_t *buf,
    size_t size,
    int *over)
{
    while (evbuffer_get_length(s->out) == 0 && produce(service, s)) {
    }
    if (evbuffer_get_length(s->out) == 0 && s->half_closed && !s->is_busy && !s->ended) {
        /* What is left of a message when the client has stopped is not one. */
        yq_mock_grpc_end(
            s, evbuffer_get_length(s->in) == 0 ? YQ_MOCK_GRPC_OK : YQ_MOCK_GRPC_INTERNAL);
    }
    int n = evbuffer_remove(s->out, buf, size);
    *over = s->ended && evbuffer_get_length(s->out) == 0;
    return n < 0 ? 0 : (size_t)n;
}
