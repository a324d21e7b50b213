#ifndef YQ_ADAPTERS_HTTP_TEST_SERVER_H
#define YQ_ADAPTERS_HTTP_TEST_SERVER_H

/* For tests: a server on loopback, one connection at a time, that answers what a test tells it to,
 * with TLS or without. */
#include "adapters/http/test_identity.h"
#include "relay/base/assert.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#define TEST_REQUEST_MAX 8192u

typedef struct test_server {
    /* what it answers; "%u" in reply is the id of the call */
    const char *reply;
    unsigned code;     /* 0: 200 */
    const char *line;  /* a header's line more, with its end, or NULL */
    int is_silent;     /* takes requests and never answers */
    int is_cut;        /* closes after the request */
    size_t filler;     /* so many letters in place of the reply, without saying how many */
    int is_slow;       /* a letter of that filler each 50 ms */
    volatile int ends; /* it is to end */
    unsigned calls;
    char request[TEST_REQUEST_MAX]; /* the last one */
    char url[64];
    uint16_t port;
    SSL_CTX *context; /* NULL: no TLS */
    int listener;
    pthread_t thread;
} test_server;

typedef struct test_line {
    int fd;
    SSL *ssl;
} test_line;

static inline int test_read(const test_line *line, char *p, size_t n)
{
    return line->ssl != NULL ? SSL_read(line->ssl, p, (int)n) : (int)recv(line->fd, p, n, 0);
}

static inline int test_write(const test_line *line, const char *p, size_t n)
{
    while (n > 0) {
        int done = line->ssl != NULL ? SSL_write(line->ssl, p, (int)n)
                                     : (int)send(line->fd, p, n, MSG_NOSIGNAL);
        if (done <= 0) {
            return 0;
        }
        p += done;
        n -= (size_t)done;
    }
    return 1;
}

/* Reads one request. Returns 0 when the line ended before it. */
static inline int test_take(test_server *s, const test_line *line)
{
    size_t n = 0;
    s->request[0] = '\0';
    while (n + 1 < sizeof s->request) {
        int got = test_read(line, s->request + n, sizeof s->request - 1 - n);
        if (got <= 0) {
            return 0;
        }
        n += (size_t)got;
        s->request[n] = '\0';
        const char *body = strstr(s->request, "\r\n\r\n");
        const char *length = strstr(s->request, "Content-Length: ");
        size_t size = length == NULL ? 0 : strtoul(length + 16, NULL, 10);
        if (body != NULL && strlen(body + 4) >= size) {
            return 1;
        }
    }
    return 0;
}

static inline void test_fill(const test_server *s, const test_line *line)
{
    static const char head[] = "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n";
    char block[4096];
    memset(block, 'x', sizeof block);
    int good = test_write(line, head, sizeof head - 1);
    for (size_t done = 0; good && done < s->filler && !s->ends;) {
        size_t n = s->is_slow ? 1 : sizeof block;
        good = test_write(line, block, n);
        done += n;
        if (s->is_slow) {
            (void)usleep(50000);
        }
    }
}

static inline void test_tell_reply(test_server *s, const test_line *line)
{
    const char *id = strstr(s->request, "\"id\":");
    const char *mark = strstr(s->reply, "%u");
    size_t cap = strlen(s->reply) + 256;
    char *body = malloc(cap), head[128];
    YQ_ASSERT(body != NULL);
    int before = mark == NULL ? (int)strlen(s->reply) : (int)(mark - s->reply);
    int n = snprintf(body, cap, "%.*s", before, s->reply);
    if (mark != NULL) {
        unsigned long number = id == NULL ? 0 : strtoul(id + 5, NULL, 10);
        n += snprintf(body + n, cap - (size_t)n, "%lu%s", number, mark + 2);
    }
    int head_n = snprintf(
        head,
        sizeof head,
        "HTTP/1.1 %u X\r\nContent-Length: %d\r\n%sConnection: close\r\n\r\n",
        s->code == 0 ? 200 : s->code,
        n,
        s->line == NULL ? "" : s->line);
    if (test_write(line, head, (size_t)head_n)) {
        (void)test_write(line, body, (size_t)n);
    }
    free(body);
}

static inline void test_serve(test_server *s, const test_line *line)
{
    char rest[64];
    if ((line->ssl != NULL && SSL_accept(line->ssl) != 1) || !test_take(s, line)) {
        return;
    }
    s->calls++;
    if (s->is_silent) {
        while (!s->ends && test_read(line, rest, sizeof rest) > 0) {
        }
    } else if (s->filler > 0) {
        test_fill(s, line);
    } else if (!s->is_cut) {
        test_tell_reply(s, line);
    }
    if (line->ssl != NULL) {
        (void)SSL_shutdown(line->ssl);
    }
}

static inline void *test_run(void *self)
{
    test_server *s = self;
    for (;;) {
        struct timeval limit = {.tv_sec = 5};
        test_line line = {.fd = accept(s->listener, NULL, NULL)};
        if (line.fd < 0) {
            return NULL;
        }
        (void)setsockopt(line.fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
        if (s->context != NULL) {
            line.ssl = SSL_new(s->context);
            (void)SSL_set_fd(line.ssl, line.fd);
        }
        test_serve(s, &line);
        SSL_free(line.ssl);
        (void)close(line.fd);
    }
}

/* In: own, who it is, or NULL: no TLS; client, who may ask, or NULL: anybody. */
static inline test_server *test_server_start(
    const char *reply, const test_identity *own, const test_identity *client)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof at;
    test_server *s = calloc(1, sizeof *s);
    cr_assert_not_null(s);
    (void)signal(SIGPIPE, SIG_IGN); /* as the program does: who asks may close first */
    s->reply = reply;
    if (own != NULL) {
        s->context = SSL_CTX_new(TLS_server_method());
        cr_assert_eq(SSL_CTX_use_certificate_file(s->context, own->cert, SSL_FILETYPE_PEM), 1);
        cr_assert_eq(SSL_CTX_use_PrivateKey_file(s->context, own->key, SSL_FILETYPE_PEM), 1);
    }
    if (client != NULL) {
        cr_assert_eq(SSL_CTX_load_verify_locations(s->context, client->cert, NULL), 1);
        SSL_CTX_set_verify(s->context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    }
    s->listener = socket(AF_INET, SOCK_STREAM, 0);
    cr_assert_eq(bind(s->listener, (struct sockaddr *)&at, sizeof at), 0);
    cr_assert_eq(listen(s->listener, 8), 0);
    cr_assert_eq(getsockname(s->listener, (struct sockaddr *)&at, &size), 0);
    s->port = ntohs(at.sin_port);
    (void)snprintf(
        s->url, sizeof s->url, "http%s://127.0.0.1:%u", own != NULL ? "s" : "", (unsigned)s->port);
    cr_assert_eq(pthread_create(&s->thread, NULL, test_run, s), 0);
    return s;
}

static inline void test_server_stop(test_server *s)
{
    s->ends = 1;
    (void)shutdown(s->listener, SHUT_RDWR);
    (void)pthread_join(s->thread, NULL);
    (void)close(s->listener);
    SSL_CTX_free(s->context);
    free(s);
}

#endif /* YQ_ADAPTERS_HTTP_TEST_SERVER_H */
