#ifndef YQ_CONFORMANCE_CHAINS_COMETBFT_TEST_PROXY_H
#define YQ_CONFORMANCE_CHAINS_COMETBFT_TEST_PROXY_H

/* For tests: stands between the adapter and a node, and changes what the node answers to one
 * method. */
#include "relay/base/assert.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define TEST_PROXY_MAX (4u << 20)

typedef enum test_proxy_mode {
    TEST_PROXY_PASS,
    TEST_PROXY_REPLACE, /* the first find by with; with NULL: the whole body by find */
    TEST_PROXY_CLOSE,   /* no answer at all */
    TEST_PROXY_HANG,    /* none for a second */
    TEST_PROXY_404,
} test_proxy_mode;

/* One connection: plain, or with TLS. */
typedef struct test_link {
    int fd;
    SSL *tls;
} test_link;

typedef struct test_proxy {
    const char *upstream;
    char url[64];
    SSL_CTX *tls; /* NULL: plain */
    int listener;
    pthread_t thread;
    _Atomic test_proxy_mode mode;
    const char *method, *find, *with;
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

/* Asks the node; what it says lies in room. */
static inline void test_proxy_forward(test_proxy *p, const char *body)
{
    CURL *curl = curl_easy_init();
    YQ_ASSERT(curl != NULL);
    p->n = 0;
    YQ_ASSERT(
        curl_easy_setopt(curl, CURLOPT_URL, p->upstream) == CURLE_OK &&
        curl_easy_setopt(curl, CURLOPT_PROXY, "") == CURLE_OK &&
        curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body) == CURLE_OK &&
        curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, test_proxy_take) == CURLE_OK &&
        curl_easy_setopt(curl, CURLOPT_WRITEDATA, p) == CURLE_OK);
    YQ_ASSERT(curl_easy_perform(curl) == CURLE_OK);
    curl_easy_cleanup(curl);
}

static inline void test_proxy_replace(test_proxy *p)
{
    if (p->with == NULL) {
        p->n = (size_t)snprintf(p->room, TEST_PROXY_MAX, "%s", p->find);
        p->replaced++;
        return;
    }
    char *at = strstr(p->room, p->find);
    if (at == NULL) {
        return;
    }
    size_t old = strlen(p->find), new_n = strlen(p->with);
    YQ_ASSERT(p->n + new_n < TEST_PROXY_MAX);
    memmove(at + new_n, at + old, strlen(at + old) + 1);
    memcpy(at, p->with, new_n);
    p->n = p->n - old + new_n;
    p->replaced++;
}

static inline void test_proxy_send(const test_link *link, const char *data, size_t n)
{
    while (n > 0) {
        ssize_t done = link->tls != NULL ? SSL_write(link->tls, data, (int)n)
                                         : send(link->fd, data, n, MSG_NOSIGNAL);
        if (done <= 0) {
            return;
        }
        data += done;
        n -= (size_t)done;
    }
}

static inline void test_proxy_answer(test_proxy *p, const test_link *link, const char *body)
{
    char head[128], name[64];
    (void)snprintf(name, sizeof name, "\"method\":\"%s\"", p->method == NULL ? "" : p->method);
    test_proxy_mode mode = strstr(body, name) != NULL ? p->mode : TEST_PROXY_PASS;
    if (mode == TEST_PROXY_CLOSE) {
        return;
    }
    if (mode == TEST_PROXY_HANG) {
        (void)sleep(1);
        return;
    }
    test_proxy_forward(p, body);
    if (mode == TEST_PROXY_REPLACE) {
        test_proxy_replace(p);
    }
    int n = snprintf(
        head,
        sizeof head,
        "HTTP/1.1 %s\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n",
        mode == TEST_PROXY_404 ? "404 Not Found" : "200 OK",
        p->n);
    test_proxy_send(link, head, (size_t)n);
    test_proxy_send(link, p->room, p->n);
}

static inline void test_proxy_serve(test_proxy *p, const test_link *link)
{
    static _Thread_local char request[1u << 20];
    size_t n = 0;
    for (;;) {
        size_t room = sizeof request - 1 - n;
        ssize_t got = link->tls != NULL ? SSL_read(link->tls, request + n, (int)room)
                                        : recv(link->fd, request + n, room, 0);
        if (got <= 0) {
            return;
        }
        n += (size_t)got;
        request[n] = '\0';
        char *body = strstr(request, "\r\n\r\n"), *length = strstr(request, "Content-Length: ");
        if (body != NULL && length != NULL &&
            n - (size_t)(body + 4 - request) >= strtoul(length + 16, NULL, 10)) {
            test_proxy_answer(p, link, body + 4);
            return;
        }
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
        test_link link = {.fd = fd};
        if (p->tls != NULL) {
            link.tls = SSL_new(p->tls);
            YQ_ASSERT(link.tls != NULL && SSL_set_fd(link.tls, fd) == 1);
        }
        if (link.tls == NULL || SSL_accept(link.tls) == 1) {
            test_proxy_serve(p, &link);
        }
        if (link.tls != NULL) {
            (void)SSL_shutdown(link.tls);
        }
        SSL_free(link.tls);
        (void)close(fd);
    }
}

/* tls NULL: plain. */
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
        tls == NULL ? "tcp" : "https",
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

#endif /* YQ_CONFORMANCE_CHAINS_COMETBFT_TEST_PROXY_H */
