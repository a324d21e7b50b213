#ifndef YQ_ADAPTERS_FISCO_BCOS_2_TEST_NODE_H
#define YQ_ADAPTERS_FISCO_BCOS_2_TEST_NODE_H

/* For tests: a node on loopback that answers from a recorded chain, and takes transactions. */
#include "adapters/fisco-bcos-2/fields.h"
#include "adapters/fisco-bcos-2/test_chain_files.h"
#include "relay/crypto/crypto.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define TEST_REPLY_MAX (4u << 20)
#define TEST_TX_MAX    256u

typedef struct test_known {
    char hash[67];
    unsigned number, index;
} test_known;

typedef struct test_node {
    const char *chain;
    int is_silent; /* takes requests and never answers */
    int listener;
    uint16_t port;
    pthread_t thread;
    char url[64];
    test_known known[TEST_TX_MAX];
    size_t known_n;
    /* what the test turns */
    _Atomic uint64_t height;
    _Atomic int spoils_signatures; /* each signature's first byte is another */
    _Atomic int has_no_headers;    /* as nodes before 2.7 */
    _Atomic int shows_no_txs;      /* blocks look empty */
    _Atomic int refuses;           /* sendRawTransaction fails */
    _Atomic int changes_receipts;  /* gasUsed is another: the root does not fit */
    const char *sent_receipt;      /* of a sent transaction; NULL: none yet */
    uint8_t sent[65536];           /* the last transaction */
    _Atomic size_t sent_n;
    _Atomic unsigned calls;
} test_node;

/* The text of a file's "result". */
static inline char *test_node_file(const test_node *node, const char *name)
{
    size_t size;
    char *text = test_read(node->chain, name, &size);
    if (text == NULL) {
        return NULL;
    }
    text[size] = '\0';
    char *result = strstr(text, "\"result\":");
    char *end = strrchr(text, '}');
    YQ_ASSERT(result != NULL && end != NULL);
    *end = '\0';
    memmove(text, result + 9, strlen(result + 9) + 1);
    return text;
}

static inline const test_known *test_node_find(const test_node *node, yq_slice hash)
{
    for (size_t i = 0; i < node->known_n; i++) {
        if (yq_slice_equal(yq_slice_text(node->known[i].hash), hash)) {
            return &node->known[i];
        }
    }
    return NULL;
}

/* Turns a digit behind each occurrence of a mark. */
static inline void test_node_turn(char *text, const char *mark)
{
    for (char *p = strstr(text, mark); p != NULL; p = strstr(p + 1, mark)) {
        char *digit = p + strlen(mark) + 3;
        *digit = *digit == '1' ? '2' : '1';
    }
}

static inline char *test_node_receipt(test_node *node, const yq_json *params)
{
    yq_slice hash = {0};
    char name[64];
    YQ_ASSERT(yq_json_text(yq_json_at(params, 1), &hash));
    const test_known *known = test_node_find(node, hash);
    if (known == NULL) {
        return strdup(node->sent_receipt == NULL ? "null" : node->sent_receipt);
    }
    (void)snprintf(name, sizeof name, "tx_%u_%u_receipt", known->number, known->index);
    char *text = test_node_file(node, name);
    if (node->changes_receipts) {
        test_node_turn(text, "\"gasUsed\": \"");
    }
    return text;
}

static inline char *test_node_send(test_node *node, const yq_json *params)
{
    yq_buf raw = {node->sent, sizeof node->sent, 0};
    yq_digest md;
    char *text = calloc(1, 80), hex[65];
    YQ_ASSERT(text != NULL && yq_json_hex(yq_json_at(params, 1), &raw));
    node->sent_n = raw.n;
    uint32_t alg = strstr(node->chain, "keccak") == NULL ? YQ_HASH_SM3 : YQ_HASH_KECCAK256;
    yq_hash_one(alg, yq_slice_of(raw.p, raw.n), md.b);
    (void)yq_hex_encode(hex, sizeof hex, md.b, 32);
    (void)snprintf(text, 80, "\"0x%s\"", hex);
    return text;
}

/* Returns the result's text, or NULL and an error's. */
static inline char *test_node_answer(
    test_node *node, yq_slice method, const yq_json *params, const char **error)
{
    static const char *const fixed[][2] = {
        {"getClientVersion", "client_version"},
        {"getGroupList", "group_list"},
        {"getSealerList", "sealers_before"},
        {"getPeers", "peers"},
        {"getCode", "code"},
    };
    for (size_t i = 0; i < YQ_ARRAY_N(fixed); i++) {
        if (yq_slice_equal(method, yq_slice_text(fixed[i][0]))) {
            return test_node_file(node, fixed[i][1]);
        }
    }
    char name[64];
    uint64_t number = 0;
    int header = yq_slice_equal(method, yq_slice_text("getBlockHeaderByNumber"));
    if (yq_slice_equal(method, yq_slice_text("getBlockByNumber")) ||
        (header && !node->has_no_headers)) {
        YQ_ASSERT(yq_json_quantity(yq_json_at(params, 1), &number));
        if (number > node->height) {
            *error = "{\"code\":-40004,\"message\":\"BlockNumber does not exist\"}";
            return NULL;
        }
        (void)snprintf(name, sizeof name, "%s_%" PRIu64, header ? "header" : "block", number);
        char *text = test_node_file(node, name);
        char *from = strstr(text, "\"transactions\": ["),
             *to = strstr(text, "\"transactionsRoot\"");
        if (node->shows_no_txs && from != NULL) {
            memcpy(from, "\"transactions\": [],", 19);
            memset(from + 19, ' ', (size_t)(to - from) - 19);
        }
        if (node->spoils_signatures) {
            test_node_turn(text, "\"signature\": \"");
        }
        return text;
    }
    if (yq_slice_equal(method, yq_slice_text("getBlockNumber"))) {
        char *text = calloc(1, 32);
        YQ_ASSERT(text != NULL);
        (void)snprintf(text, 32, "\"0x%" PRIx64 "\"", node->height);
        return text;
    }
    if (yq_slice_equal(method, yq_slice_text("getTransactionReceipt"))) {
        return test_node_receipt(node, params);
    }
    if (yq_slice_equal(method, yq_slice_text("sendRawTransaction"))) {
        if (node->refuses) {
            *error = "{\"code\":-32603,\"message\":\"BlockLimitCheckFailed\"}";
            return NULL;
        }
        return test_node_send(node, params);
    }
    *error = "{\"code\":-32601,\"message\":\"METHOD_NOT_FOUND\"}";
    return NULL;
}

static inline void test_node_write(int fd, const char *p, size_t n)
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

static inline void test_node_reply(test_node *node, int fd, yq_slice body)
{
    uint64_t id = 0;
    yq_slice method = {0};
    const char *error = NULL;
    yq_json *request = yq_json_parse(body, TEST_REPLY_MAX, NULL);
    YQ_ASSERT(request != NULL);
    (void)yq_json_uint(yq_json_get(request, "id"), &id);
    YQ_ASSERT(yq_json_text(yq_json_get(request, "method"), &method));
    char *result = test_node_answer(node, method, yq_json_get(request, "params"), &error);
    const char *value = result == NULL ? error : result;
    size_t cap = strlen(value) + 256;
    char *text = malloc(cap), head[128];
    YQ_ASSERT(text != NULL);
    int n = snprintf(
        text,
        cap,
        "{\"id\":%" PRIu64 ",\"jsonrpc\":\"2.0\",\"%s\":%s}",
        id,
        result == NULL ? "error" : "result",
        value);
    int head_n = snprintf(
        head, sizeof head, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n", n);
    test_node_write(fd, head, (size_t)head_n);
    test_node_write(fd, text, (size_t)n);
    free(text);
    free(result);
    yq_json_free(request);
}

static inline void test_node_serve(test_node *node, int fd)
{
    static _Thread_local char room[1u << 18];
    size_t n = 0;
    for (;;) {
        ssize_t got = recv(fd, room + n, sizeof room - 1 - n, 0);
        if (got <= 0) {
            return;
        }
        n += (size_t)got;
        room[n] = '\0';
        char *body = strstr(room, "\r\n\r\n"), *length = strstr(room, "Content-Length: ");
        if (body == NULL || length == NULL) {
            continue;
        }
        size_t size = strtoul(length + 16, NULL, 10), start = (size_t)(body + 4 - room);
        if (n - start >= size) {
            node->calls++;
            if (!node->is_silent) {
                test_node_reply(node, fd, yq_slice_of(room + start, size));
                return;
            }
        }
    }
}

static inline void *test_node_run(void *self)
{
    test_node *node = self;
    for (;;) {
        int fd = accept(node->listener, NULL, NULL);
        if (fd < 0) {
            return NULL;
        }
        struct timeval limit = {.tv_sec = 5};
        (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
        test_node_serve(node, fd);
        (void)close(fd);
    }
}

static inline void test_node_learn(test_node *node, unsigned height)
{
    for (unsigned number = 1; number <= height; number++) {
        yq_json *block = test_file(node->chain, "block_%u", number);
        const yq_json *txs = yq_json_get(test_result(block), "transactions");
        for (unsigned i = 0; i < yq_json_count(txs); i++) {
            yq_slice hash = {0};
            test_known *k = &node->known[node->known_n++];
            YQ_ASSERT(node->known_n <= TEST_TX_MAX);
            YQ_ASSERT(yq_json_text(yq_json_get(yq_json_at(txs, i), "hash"), &hash));
            memcpy(k->hash, hash.p, 66);
            k->number = number;
            k->index = i;
        }
        yq_json_free(block);
    }
}

static inline test_node *test_node_start(const char *chain, unsigned height)
{
    test_node *node = calloc(1, sizeof *node);
    YQ_ASSERT(node != NULL);
    node->chain = chain;
    node->height = height;
    test_node_learn(node, height);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    node->listener = socket(AF_INET, SOCK_STREAM, 0);
    YQ_ASSERT(node->listener >= 0);
    YQ_ASSERT(bind(node->listener, (struct sockaddr *)&address, sizeof address) == 0);
    YQ_ASSERT(listen(node->listener, 8) == 0);
    YQ_ASSERT(getsockname(node->listener, (struct sockaddr *)&address, &size) == 0);
    node->port = ntohs(address.sin_port);
    (void)snprintf(node->url, sizeof node->url, "127.0.0.1:%u", node->port);
    YQ_ASSERT(pthread_create(&node->thread, NULL, test_node_run, node) == 0);
    return node;
}

static inline void test_node_stop(test_node *node)
{
    (void)shutdown(node->listener, SHUT_RDWR);
    (void)pthread_join(node->thread, NULL);
    (void)close(node->listener);
    free(node);
}

#endif /* YQ_ADAPTERS_FISCO_BCOS_2_TEST_NODE_H */
