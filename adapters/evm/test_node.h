#ifndef YQ_ADAPTERS_EVM_TEST_NODE_H
#define YQ_ADAPTERS_EVM_TEST_NODE_H

/* For tests: a node on loopback that plays a recorded chain, and says what a test tells it to. */
#include "adapters/evm/session.h"
#include "adapters/evm/test_replies.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define TEST_SAYS_MAX    24u
#define TEST_REQUEST_MAX (1u << 18)
#define TEST_DEADLINE_MS 20000u

#define TEST_NO_REPLY "none" /* as members: the connection ends without one */

/* A reply that stands in for the recorded one: "\"result\":...", "\"error\":{...}". */
typedef struct test_says {
    const char *method, *holds; /* a text that the request holds, NULL: any */
    const char *members;        /* NULL: this one is taken back */
} test_says;

typedef struct test_node {
    const test_recording *recording;
    test_says says[TEST_SAYS_MAX];
    size_t says_n;
    unsigned http;  /* status, 0: 200 */
    int is_silent;  /* takes requests and never answers */
    int says_trash; /* answers what is no reply */
    uint64_t id_off;
    char last_raw[TEST_REQUEST_MAX]; /* the last eth_sendRawTransaction */
    unsigned calls;
    char url[64];
    int listener;
    pthread_t thread;
} test_node;

/* From now on the method's reply is this one; the newest that fits counts. */
static inline void test_say(
    test_node *node, const char *method, const char *holds, const char *members)
{
    cr_assert_lt(node->says_n, TEST_SAYS_MAX);
    node->says[node->says_n++] = (test_says){method, holds, members};
}

static inline char *test_file_members(const test_node *node, const char *name)
{
    size_t size = 0;
    char *text = test_text(node->recording->folder, &size, "%s", name);
    YQ_ASSERT(text != NULL);
    char *result = strstr(text, "\"result\""), *end = strrchr(text, '}');
    YQ_ASSERT(result != NULL && end != NULL);
    *end = '\0';
    memmove(text, result, strlen(result) + 1);
    return text;
}

static inline char *test_copy(const char *text)
{
    char *out = strdup(text);
    YQ_ASSERT(out != NULL);
    return out;
}

/* The recorded reply's members. */
static inline char *test_recorded(const test_node *node, yq_slice method, const char *request)
{
    char text[96];
    unsigned number = 0;
    const char *at = strstr(request, "[\"0x");
    if (yq_slice_equal(method, yq_slice_text("eth_chainId"))) {
        return test_copy("\"result\":\"0x7e2\"");
    }
    if (yq_slice_equal(method, yq_slice_text("eth_blockNumber"))) {
        (void)snprintf(text, sizeof text, "\"result\":\"0x%x\"", node->recording->height);
        return test_copy(text);
    }
    if (yq_slice_equal(method, yq_slice_text("eth_getBlockByNumber"))) {
        number = strstr(request, "latest") != NULL ? node->recording->height
                                                   : (unsigned)strtoul(at + 2, NULL, 16);
        if (number > node->recording->height) {
            return test_copy("\"result\":null");
        }
        (void)snprintf(text, sizeof text, "b%u", number);
        return test_file_members(node, text);
    }
    for (unsigned i = 0;
         i < 2 && yq_slice_equal(method, yq_slice_text("eth_getTransactionReceipt"));
         i++) {
        (void)snprintf(text, sizeof text, "receipt%u", i);
        char *members = test_file_members(node, text);
        if (at != NULL && strncmp(strstr(members, "transactionHash") + 18, at + 2, 66) == 0) {
            return members;
        }
        free(members);
    }
    return test_copy(
        strncmp((const char *)method.p, "eth_getTransactionR", 19) == 0
            ? "\"result\":null"
            : "\"error\":{\"code\":-32601,\"message\":\"Method not found\"}");
}

static inline char *test_answer(test_node *node, yq_slice method, const char *request)
{
    if (yq_slice_equal(method, yq_slice_text("eth_sendRawTransaction"))) {
        (void)snprintf(node->last_raw, sizeof node->last_raw, "%s", request);
    }
    for (size_t i = node->says_n; i > 0; i--) {
        const test_says *s = &node->says[i - 1];
        if (yq_slice_equal(method, yq_slice_text(s->method)) &&
            (s->holds == NULL || strstr(request, s->holds) != NULL)) {
            return s->members == NULL ? test_recorded(node, method, request)
                                      : test_copy(s->members);
        }
    }
    return test_recorded(node, method, request);
}

static inline void test_write(int fd, const char *p, size_t n)
{
    while (n > 0) {
        ssize_t done = send(fd, p, n, MSG_NOSIGNAL);
        if (done <= 0) {
            return;
        }
        p += done;
        n -= (size_t)done;
    }
}

static inline void test_reply(test_node *node, int fd, const char *body)
{
    uint64_t id = 0;
    yq_slice method = {0};
    yq_json *request = yq_json_parse(yq_slice_text(body), TEST_REQUEST_MAX, NULL);
    YQ_ASSERT(request != NULL);
    (void)yq_json_uint(yq_json_get(yq_json_root(request), "id"), &id);
    YQ_ASSERT(yq_json_text(yq_json_get(yq_json_root(request), "method"), &method));
    char *members = test_answer(node, method, body), head[128];
    size_t cap = strlen(members) + 128;
    if (strcmp(members, TEST_NO_REPLY) == 0) {
        free(members);
        yq_json_free(request);
        return;
    }
    char *text = malloc(cap);
    YQ_ASSERT(text != NULL);
    int n = snprintf(
        text, cap, "{\"jsonrpc\":\"2.0\",\"id\":%" PRIu64 ",%s}", id + node->id_off, members);
    if (node->says_trash) {
        n = snprintf(text, cap, "<html>");
    }
    int head_n = snprintf(
        head,
        sizeof head,
        "HTTP/1.1 %u X\r\nContent-Length: %d\r\nConnection: close\r\n\r\n",
        node->http == 0 ? 200 : node->http,
        n);
    test_write(fd, head, (size_t)head_n);
    test_write(fd, text, (size_t)n);
    free(text);
    free(members);
    yq_json_free(request);
}

static inline void test_serve(test_node *node, int fd)
{
    char *room = malloc(TEST_REQUEST_MAX);
    YQ_ASSERT(room != NULL);
    size_t n = 0;
    for (;;) {
        ssize_t got = recv(fd, room + n, TEST_REQUEST_MAX - 1 - n, 0);
        if (got <= 0) {
            break;
        }
        n += (size_t)got;
        room[n] = '\0';
        char *body = strstr(room, "\r\n\r\n"), *length = strstr(room, "Content-Length: ");
        if (body == NULL || length == NULL) {
            continue;
        }
        size_t size = strtoul(length + 16, NULL, 10);
        if (strlen(body + 4) >= size) {
            node->calls++;
            if (!node->is_silent) {
                test_reply(node, fd, body + 4);
                break;
            }
        }
    }
    free(room);
}

static inline void *test_run(void *self)
{
    test_node *node = self;
    for (;;) {
        int fd = accept(node->listener, NULL, NULL);
        if (fd < 0) {
            return NULL;
        }
        struct timeval limit = {.tv_sec = 5};
        (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
        test_serve(node, fd);
        (void)close(fd);
    }
}

static inline test_node *test_node_start(const test_recording *recording)
{
    test_node *node = calloc(1, sizeof *node);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    YQ_ASSERT(node != NULL);
    node->recording = recording;
    node->listener = socket(AF_INET, SOCK_STREAM, 0);
    YQ_ASSERT(node->listener >= 0);
    YQ_ASSERT(bind(node->listener, (struct sockaddr *)&address, sizeof address) == 0);
    YQ_ASSERT(listen(node->listener, 8) == 0);
    YQ_ASSERT(getsockname(node->listener, (struct sockaddr *)&address, &size) == 0);
    (void)snprintf(node->url, sizeof node->url, "127.0.0.1:%u", ntohs(address.sin_port));
    YQ_ASSERT(pthread_create(&node->thread, NULL, test_run, node) == 0);
    return node;
}

static inline void test_node_stop(test_node *node)
{
    (void)shutdown(node->listener, SHUT_RDWR);
    (void)pthread_join(node->thread, NULL);
    (void)close(node->listener);
    free(node);
}

/* ---- the host's side ---- */

static void *lent[8192];
static size_t lent_n, lent_max = YQ_ARRAY_N(lent);

static inline void *test_lend(void *self, size_t size)
{
    (void)self;
    if (lent_n >= lent_max) {
        return NULL;
    }
    lent[lent_n] = calloc(1, size);
    return lent[lent_n++];
}

static inline void test_release(void)
{
    while (lent_n > 0) {
        free(lent[--lent_n]);
    }
}

static inline void test_tell(void *self, int level, const char *text)
{
    (void)self;
    (void)level;
    (void)text;
}

static inline uint64_t test_wall_ms(void *self)
{
    (void)self;
    return UINT64_C(1795999999000);
}

static const yq_adapter_host test_host = {
    .size = sizeof test_host,
    .abi_major = YQ_ADAPTER_ABI_MAJOR,
    .alloc = test_lend,
    .log = test_tell,
    .now_ms = test_wall_ms,
};

/* Opens a session of these nodes and options ("key", "value", ..., NULL) beside the recording's. */
static inline void *test_session(test_node *const *node, size_t n, const char *const *option)
{
    const char *endpoint[4];
    yq_option options[12] = {{"consensus", "ibft1"}};
    size_t option_n = 1;
    if (node[0]->recording == &test_clique) {
        options[0].value = "clique";
        options[option_n++] = (yq_option){"epoch", "10"};
        options[option_n++] = (yq_option){"depth", "2"};
    }
    for (size_t i = 0; i < n; i++) {
        endpoint[i] = node[i]->url;
    }
    for (size_t i = 0; option != NULL && option[2 * i] != NULL; i++) {
        options[option_n++] = (yq_option){option[2 * i], option[2 * i + 1]};
    }
    const yq_adapter_config config = {"city-410300", endpoint, n, options, option_n};
    void *session = NULL;
    yq_fault why = {0};
    cr_assert_eq(yq_adapter_v1()->open(&test_host, &config, &session, &why), YQ_OK, "%s", why.text);
    return session;
}

static inline const char *test_counter(void *session, const char *name)
{
    const yq_option *counter;
    size_t n;
    cr_assert_eq(yq_adapter_v1()->counters(session, &counter, &n), YQ_OK);
    for (size_t i = 0; i < n; i++) {
        if (strcmp(counter[i].key, name) == 0) {
            return counter[i].value;
        }
    }
    return "";
}

#endif /* YQ_ADAPTERS_EVM_TEST_NODE_H */
