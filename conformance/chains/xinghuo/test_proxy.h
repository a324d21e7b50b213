#ifndef YQ_CONFORMANCE_CHAINS_XINGHUO_TEST_PROXY_H
#define YQ_CONFORMANCE_CHAINS_XINGHUO_TEST_PROXY_H

/* For tests: stands between the adapter and a node, with TLS or without, and changes what the node
 * answers to paths that begin with a word. Its own process' thread; one connection at a time. */
#include "relay/base/assert.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define TEST_PROXY_MAX (4u << 20)

typedef struct test_proxy {
    const char *upstream;
    char url[64];
    SSL_CTX *tls; /* NULL: plain */
    int listener;
    pthread_t thread;
    /* what is changed: in replies to this path, the first find by with; with NULL: the whole reply
     * by find; find NULL: no answer at all */
    const char *path, *find, *with;
    _Atomic unsigned replaced;
    char *room;
    size_t n;
} test_proxy;

static inline size_t test_proxy_take(char *data, size_t size, size_t n, void *self)
{
    test_proxy *p = self;
    YQ_ASSERT(size * n < TEST_PROXY_MAX - p->n);
    memcpy(p->room + p->n, data, size * n);
    p->n += size * n;
    p->room[p->n] = '\0';
    return size * n;
}

static inline void test_proxy_forward(test_proxy *p, const char *target, const char *body)
{
    char url[1024];
    CURL *curl = curl_easy_init();
    YQ_ASSERT(curl != NULL);
    (void)snprintf(url, sizeof url, "%s%s", p->upstream, target);
    p->n = 0;
    YQ_ASSERT(
        curl_easy_setopt(curl, CURLOPT_URL, url) == CURLE_OK &&
        curl_easy_setopt(curl, CURLOPT_PROXY, "") == CURLE_OK &&
        curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
        curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, 10000L) == CURLE_OK &&
        curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, test_proxy_take) == CURLE_OK &&
        curl_easy_setopt(curl, CURLOPT_WRITEDATA, p) == CURLE_OK);
    if (body != NULL) {
        YQ_ASSERT(curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body) == CURLE_OK);
    }
    YQ_ASSERT(curl_easy_perform(curl) == CURLE_OK);
    curl_easy_cleanup(curl);
}

/* Returns 0 when there is to be no answer. */
static inline int test_proxy_change(test_proxy *p, const char *target)
{
    if (p->path == NULL || strncmp(target, p->path, strlen(p->path)) != 0) {
        return 1;
    }
    if (p->find == NULL || p->with == NULL) {
        p->n = (size_t)snprintf(p->room, TEST_PROXY_MAX, "%s", p->find == NULL ? "" : p->find);
        p->replaced++;
        return p->find != NULL;
    }
    char *at = strstr(p->room, p->find);
    if (at != NULL) {
        size_t old = strlen(p->find), new_n = strlen(p->with);
        YQ_ASSERT(p->n + new_n < TEST_PROXY_MAX);
        memmove(at + new_n, at + old, strlen(at + old) + 1);
        memcpy(at, p->with, new_n);
        p->n = p->n - old + new_n;
        p->replaced++;
    }
    return 1;
}

static inline void test_proxy_send(SSL *ssl, int fd, const char *data, size_t n)
{
    while (n > 0) {
        ssize_t done = ssl != NULL ? SSL_write(ssl, data, (int)n) : send(fd, data, n, MSG_NOSIGNAL);
        if (done <= 0) {
            return;
        }
        data += done;
        n -= (size_t)done;
    }
}

static inline void test_proxy_serve(test_proxy *p, SSL *ssl, int fd)
{
    static _Thread_local char request[1u << 20];
    char target[512], head[128];
    size_t n = 0;
    for (;;) {
        size_t room = sizeof request - 1 - n;
        ssize_t got =
            ssl != NULL ? SSL_read(ssl, request + n, (int)room) : recv(fd, request + n, room, 0);
        if (got <= 0) {
            return;
        }
        n += (size_t)got;
        request[n] = '\0';
        char *body = strstr(request, "\r\n\r\n"), *length = strstr(request, "Content-Length: ");
        size_t size = length == NULL ? 0 : strtoul(length + 16, NULL, 10);
        if (body == NULL || strlen(body + 4) < size) {
            continue;
        }
        if (sscanf(request, "%*s %511s", target) != 1) {
            return;
        }
        test_proxy_forward(p, target, strncmp(request, "POST", 4) == 0 ? body + 4 : NULL);
        if (test_proxy_change(p, target)) {
            int head_n = snprintf(
                head,
                sizeof head,
                "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n",
                p->n);
            test_proxy_send(ssl, fd, head, (size_t)head_n);
            test_proxy_send(ssl, fd, p->room, p->n);
        }
        return;
    }
}

static inline void *test_proxy_run(void *self)
{
    test_proxy *p = self;
    for (;;) {
        int fd = accept(p->listener, NULL, NULL);
        if (fd < 0) {
            return NULL;
        }
        struct timeval limit = {.tv_sec = 5};
        (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
        SSL *ssl = p->tls == NULL ? NULL : SSL_new(p->tls);
        YQ_ASSERT(p->tls == NULL || (ssl != NULL && SSL_set_fd(ssl, fd) == 1));
        if (ssl == NULL || SSL_accept(ssl) == 1) {
            test_proxy_serve(p, ssl, fd);
        }
        if (ssl != NULL) {
            (void)SSL_shutdown(ssl);
        }
        SSL_free(ssl);
        (void)close(fd);
    }
}

static inline test_proxy *test_proxy_start(const char *upstream, SSL_CTX *tls)
{
    test_proxy *p = calloc(1, sizeof *p);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    YQ_ASSERT(p != NULL);
    p->upstream = upstream;
    p->tls = tls;
    p->room = malloc(TEST_PROXY_MAX);
    p->listener = socket(AF_INET, SOCK_STREAM, 0);
    YQ_ASSERT(p->room != NULL && p->listener >= 0);
    YQ_ASSERT(bind(p->listener, (struct sockaddr *)&address, sizeof address) == 0);
    YQ_ASSERT(listen(p->listener, 8) == 0);
    YQ_ASSERT(getsockname(p->listener, (struct sockaddr *)&address, &size) == 0);
    (void)snprintf(
        p->url,
        sizeof p->url,
        "%s://127.0.0.1:%u",
        tls == NULL ? "http" : "https",
        ntohs(address.sin_port));
    YQ_ASSERT(pthread_create(&p->thread, NULL, test_proxy_run, p) == 0);
    return p;
}

static inline void test_proxy_stop(test_proxy *p)
{
    (void)shutdown(p->listener, SHUT_RDWR);
    (void)pthread_join(p->thread, NULL);
    (void)close(p->listener);
    free(p->room);
    free(p);
}

#endif /* YQ_CONFORMANCE_CHAINS_XINGHUO_TEST_PROXY_H */
