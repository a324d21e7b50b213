#ifndef YQ_CONFORMANCE_CHAINS_FISCO_BCOS_3_TEST_SPOIL_H
#define YQ_CONFORMANCE_CHAINS_FISCO_BCOS_3_TEST_SPOIL_H

/* For tests: a node on loopback, in a thread, whose replies a test spoils before they leave. */
#include "yuqiao/adapter.h"

#include "conformance/chains/common/http.h"
#include "conformance/chains/common/test_hub.h"
#include "conformance/chains/fisco-bcos-3/mock3.h"

#include <criterion/criterion.h>
#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/thread.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define DEADLINE_MS 10000u

typedef struct test_node {
    pthread_t thread;
    struct event_base *base;
    yq_mock_http *http;
    yq_mock3_chain *chain;
    char url[64];
    /* what the test turns, while no call runs */
    const char *method; /* of the replies that are spoilt; NULL: of all */
    const char *from;   /* text in the reply, every occurrence; NULL: the whole result */
    const char *to;     /* NULL: nothing is spoilt */
    const char *body;   /* the whole reply instead */
    int code;           /* of HTTP, 0: 200 */
    unsigned delay_ms;
    int drops_answer; /* so many of sendTransaction: it is taken, the answer comes late */
    unsigned calls;
    uint64_t height; /* pretended by getBlockNumber; 0: the true one */
} test_node;

static inline void node_wait(unsigned ms)
{
    const struct timespec time = {.tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000};
    (void)nanosleep(&time, NULL);
}

/* Writes text with each `from` replaced by `to`. */
static inline void node_replace(
    struct evbuffer *out, const char *text, const char *from, const char *to)
{
    const char *hit = strstr(text, from);
    for (; hit != NULL; hit = strstr(text, from)) {
        (void)evbuffer_add(out, text, (size_t)(hit - text));
        (void)evbuffer_add(out, to, strlen(to));
        text = hit + strlen(from);
    }
    (void)evbuffer_add(out, text, strlen(text));
}

/* Writes a reply whose result is another text. */
static inline void node_put_result(struct evbuffer *out, yq_slice request, const char *result)
{
    uint64_t id = 0;
    yq_json *document = yq_json_parse(request, YQ_MOCK3_REQUEST_MAX, NULL);
    (void)yq_json_uint(yq_json_get(yq_json_root(document), "id"), &id);
    yq_json_free(document);
    (void)evbuffer_add_printf(out, "{\"id\":%u,\"result\":%s}", (unsigned)id, result);
}

static inline int node_is_method(yq_slice request, const char *method)
{
    char mark[80];
    (void)snprintf(mark, sizeof mark, "\"method\":\"%s\"", method);
    return request.n > 0 && memmem(request.p, request.n, mark, strlen(mark)) != NULL;
}

static int node_answer(void *self, yq_slice request, struct evbuffer *reply)
{
    test_node *node = self;
    size_t size;
    char number[24];
    int hit = node->method == NULL || node_is_method(request, node->method);
    node->calls++;
    if (node->height != 0 && node_is_method(request, "getBlockNumber")) {
        (void)yq_decimal_encode(number, node->height);
        node_put_result(reply, request, number);
        return 200;
    }
    yq_json_out *out = yq_mock3_answer(node->chain, request, 1795000000000u);
    const char *text = yq_json_out_done(out, &size);
    node_wait(hit ? node->delay_ms : 0);
    if (node->drops_answer > 0 && node_is_method(request, "sendTransaction")) {
        node->drops_answer--;
        node_wait(4000);
    }
    if (hit && node->body != NULL) {
        (void)evbuffer_add(reply, node->body, strlen(node->body));
    } else if (hit && node->to != NULL && node->from == NULL) {
        node_put_result(reply, request, node->to);
    } else if (hit && node->to != NULL) {
        node_replace(reply, text, node->from, node->to);
    } else {
        (void)evbuffer_add(reply, text, size);
    }
    yq_json_out_free(out);
    return hit && node->code != 0 ? node->code : 200;
}

static void *node_run(void *self)
{
    test_node *node = self;
    (void)event_base_dispatch(node->base);
    return NULL;
}

/* A chain with an inbox in block 1, its state in 2, count events in 3 and one block above. */
static inline test_node *node_start(uint8_t suite, const char *seed)
{
    test_node *node = calloc(1, sizeof *node);
    yq_fault why = {0};
    (void)evthread_use_pthreads();
    node->chain = yq_mock3_chain_new(suite, TEST_CHAIN, seed, 1700000000000u);
    node->base = event_base_new();
    cr_assert_eq(
        yq_mock_http_open(node->base, 0, "/", node_answer, node, &node->http, &why), YQ_OK);
    (void)snprintf(
        node->url, sizeof node->url, "http://127.0.0.1:%u", yq_mock_http_port(node->http));
    cr_assert_eq(pthread_create(&node->thread, NULL, node_run, node), 0);
    return node;
}

static inline void node_stop(test_node *node)
{
    (void)event_base_loopbreak(node->base);
    (void)pthread_join(node->thread, NULL);
    yq_mock_http_close(node->http);
    event_base_free(node->base);
    yq_mock3_chain_free(node->chain);
    free(node);
}

static inline void node_control(test_node *node, const char *text)
{
    yq_fault why = {0};
    yq_json *command = yq_json_parse(yq_slice_text(text), 65536, &why);
    yq_json_out *out = yq_json_out_new(1u << 20);
    yq_json_out_object(out, NULL);
    cr_assert_eq(
        yq_mock3_control(node->chain, 1700000001000u, yq_json_root(command), out, &why),
        YQ_OK,
        "%s",
        why.text);
    yq_json_out_end(out);
    yq_json_out_free(out);
    yq_json_free(command);
    (void)yq_mock3_chain_seal(node->chain, 1700000001000u);
}

#endif /* YQ_CONFORMANCE_CHAINS_FISCO_BCOS_3_TEST_SPOIL_H */
