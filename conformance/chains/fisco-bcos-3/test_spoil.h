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

/* A node of a chain that has its genesis. */
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

/* ---- the adapter in front of it ---- */

static void *lent[8192];
static size_t lent_n, lent_max = YQ_ARRAY_N(lent);
static test_node *node;
static void *session;
static yq_fault why;
static char key_file[512];

static void *lend(void *self, size_t size)
{
    (void)self;
    if (lent_n >= lent_max) {
        return NULL;
    }
    lent[lent_n] = calloc(1, size);
    return lent[lent_n++];
}

static inline void release(void)
{
    while (lent_n > 0) {
        free(lent[--lent_n]);
    }
}

static void tell(void *self, int level, const char *text)
{
    (void)self;
    (void)level;
    (void)text;
}

static uint64_t wall_ms(void *self)
{
    (void)self;
    return UINT64_C(1795000000000);
}

static const yq_adapter_host host = {
    .size = sizeof host,
    .abi_major = YQ_ADAPTER_ABI_MAJOR,
    .alloc = lend,
    .log = tell,
    .now_ms = wall_ms,
};

static inline void open_with(const char *const *url, size_t n, const char *const *more)
{
    yq_option options[12] = {
        {"operators", "0x1111111111111111111111111111111111111111"},
        {"inbox", "0x2222222222222222222222222222222222222222"},
        {"account_key", key_file},
        {"nudge_ms", "0"}};
    size_t option_n = 4;
    for (; more != NULL && more[0] != NULL; more += 2) {
        options[option_n++] = (yq_option){more[0], more[1]};
    }
    const yq_adapter_config config = {TEST_CHAIN, url, n, options, option_n};
    cr_assert_eq(yq_adapter_v1()->open(&host, &config, &session, &why), YQ_OK, "%s", why.text);
}

static inline void write_key(yq_sig_alg alg)
{
    yq_key *key = yq_key_generate(alg);
    (void)snprintf(key_file, sizeof key_file, YQ_BINARY_DIR "/tests/spoil-key.%d", getpid());
    (void)unlink(key_file);
    cr_assert_eq(yq_key_write(key, key_file, NULL, &why), YQ_OK, "%s", why.text);
    yq_key_free(key);
}

static inline void setup(void)
{
    node = node_start(YQ_MOCK3_SUITE_SM, "spoil");
    node_control(node, "{\"do\":\"emit\",\"payload\":\"0a0b\",\"count\":3}"); /* 1 and 2 */
    node_control(node, "{\"do\":\"sealers\",\"method\":\"add\",\"node\":1,\"weight\":1}"); /* 3 */
    node_control(node, "{\"do\":\"emit\",\"payload\":\"0a0b\",\"count\":1}");              /* 4 */
    write_key(YQ_SIG_SM2_MESSAGE);
    const char *url = node->url;
    open_with(&url, 1, NULL);
}

static inline void teardown(void)
{
    yq_adapter_v1()->close(session);
    release();
    if (node != NULL) {
        node_stop(node);
    }
    (void)unlink(key_file);
}

static inline yq_status evidence(uint64_t height)
{
    yq_height_evidence e;
    release();
    return yq_adapter_v1()->evidence(session, height, DEADLINE_MS, &e, &why);
}

static inline void spoil(const char *method, const char *from, const char *to)
{
    node->method = method;
    node->from = from;
    node->to = to;
}

static inline double now_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

#define BLOCK   "getBlockByNumber"
#define RECEIPT "getTransactionReceipt"
#define INFO    "getGroupInfo"

#endif /* YQ_CONFORMANCE_CHAINS_FISCO_BCOS_3_TEST_SPOIL_H */
