#include "adapters/pipe/wire.h"
#include "relay/codec/msgpack.h"

#define FIXED_SIZE 512u /* the keys, numbers and heads of a request */
#define HEAD_SIZE  5u   /* of a text or of bytes, at most */

static size_t text_size(const char *text)
{
    return HEAD_SIZE + strlen(text);
}

size_t yq_pipe_request_size(const yq_pipe_request *request)
{
    return FIXED_SIZE + request->bytes.n;
}

static void put_pair(yq_writer *w, const char *key, uint64_t value)
{
    yq_mp_put_text(w, key);
    yq_mp_put_uint(w, value);
}

static void put_text_pair(yq_writer *w, const char *key, const char *value)
{
    yq_mp_put_text(w, key);
    yq_mp_put_text(w, value);
}

static void put_argument(yq_writer *w, const yq_pipe_request *r)
{
    yq_mp_put_text(w, r->argument);
    yq_mp_put_bin(w, r->bytes);
}

/* The length stands before what it counts: it is put in at last. */
static void put_length(yq_writer *w, size_t start)
{
    if (w->status == YQ_OK) {
        yq_writer head = yq_writer_of(w->p + start, YQ_PIPE_HEAD_SIZE);
        yq_put_u32(&head, (uint32_t)(w->n - start - YQ_PIPE_HEAD_SIZE));
    }
}

void yq_pipe_put_request(yq_writer *w, const yq_pipe_request *request)
{
    const size_t start = w->n;
    const int is_early = request->argument != NULL && strcmp(request->argument, "id") < 0;
    yq_put_u32(w, 0);
    yq_mp_put_map(w, 3u + (request->height != NULL) + (request->argument != NULL));
    put_pair(w, "deadline_ms", request->deadline_ms);
    if (is_early) {
        put_argument(w, request);
    }
    if (request->height != NULL) {
        put_pair(w, "height", *request->height);
    }
    put_pair(w, "id", request->id);
    put_text_pair(w, "method", request->method);
    if (request->argument != NULL && !is_early) {
        put_argument(w, request);
    }
    put_length(w, start);
}

size_t yq_pipe_hello_size(const yq_pipe_hello *hello)
{
    size_t size = FIXED_SIZE + text_size(hello->chain) + text_size(hello->framework);
    for (size_t i = 0; i < hello->endpoint_n; i++) {
        size += text_size(hello->endpoints[i]);
    }
    for (size_t i = 0; i < hello->option_n; i++) {
        size += text_size(hello->options[i].key) + text_size(hello->options[i].value);
    }
    return size;
}

void yq_pipe_put_hello(yq_writer *w, const yq_pipe_hello *hello, uint64_t id, uint32_t deadline_ms)
{
    const size_t start = w->n;
    yq_put_u32(w, 0);
    yq_mp_put_map(w, 11);
    put_pair(w, "abi_major", YQ_ADAPTER_ABI_MAJOR);
    put_pair(w, "abi_minor", YQ_ADAPTER_ABI_MINOR);
    put_text_pair(w, "chain", hello->chain);
    put_pair(w, "deadline_ms", deadline_ms);
    yq_mp_put_text(w, "endpoints");
    yq_mp_put_array(w, (uint32_t)hello->endpoint_n);
    for (size_t i = 0; i < hello->endpoint_n; i++) {
        yq_mp_put_text(w, hello->endpoints[i]);
    }
    put_text_pair(w, "framework", hello->framework);
    put_pair(w, "id", id);
    put_text_pair(w, "magic", YQ_PIPE_MAGIC);
    put_text_pair(w, "method", "hello");
    yq_mp_put_text(w, "options");
    yq_mp_put_map(w, (uint32_t)hello->option_n);
    for (size_t i = 0; i < hello->option_n; i++) {
        put_text_pair(w, hello->options[i].key, hello->options[i].value);
    }
    put_pair(w, "protocol", YQ_PIPE_PROTOCOL);
    put_length(w, start);
}
