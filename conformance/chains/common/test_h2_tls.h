#ifndef YQ_CONFORMANCE_CHAINS_COMMON_TEST_H2_TLS_H
#define YQ_CONFORMANCE_CHAINS_COMMON_TEST_H2_TLS_H

/* For tests: TLS with ALPN h2 in front of a node, with keys that are made here. Bytes pass through:
 * HTTP/2 begins the same way with and without TLS. */
#include "relay/base/assert.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

typedef struct test_identity {
    EVP_PKEY *key;
    X509 *cert; /* signed by itself */
    char cert_file[512], key_file[512];
} test_identity;

static inline void test_identity_write(test_identity *id, const char *name)
{
    (void)snprintf(id->cert_file, 512, YQ_BINARY_DIR "/tests/%s-%ld.cert", name, (long)getpid());
    (void)snprintf(id->key_file, 512, YQ_BINARY_DIR "/tests/%s-%ld.tlskey", name, (long)getpid());
    FILE *cert = fopen(id->cert_file, "w"), *key = fopen(id->key_file, "w");
    YQ_ASSERT(cert != NULL && key != NULL);
    YQ_ASSERT(PEM_write_X509(cert, id->cert) == 1);
    YQ_ASSERT(PEM_write_PrivateKey(key, id->key, NULL, NULL, 0, NULL, NULL) == 1);
    (void)fclose(cert);
    (void)fclose(key);
}

static inline test_identity test_identity_new(const char *name, const char *address)
{
    test_identity id = {.key = EVP_EC_gen("P-256"), .cert = X509_new()};
    YQ_ASSERT(id.key != NULL && id.cert != NULL);
    X509_NAME *subject = X509_get_subject_name(id.cert);
    X509_EXTENSION *names = X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, address);
    YQ_ASSERT(
        X509_set_version(id.cert, 2) == 1 &&
        ASN1_INTEGER_set(X509_get_serialNumber(id.cert), 1) == 1 &&
        X509_gmtime_adj(X509_getm_notBefore(id.cert), -60) != NULL &&
        X509_gmtime_adj(X509_getm_notAfter(id.cert), 3600) != NULL &&
        X509_set_pubkey(id.cert, id.key) == 1 &&
        X509_NAME_add_entry_by_txt(
            subject, "CN", MBSTRING_ASC, (const unsigned char *)name, -1, -1, 0) == 1 &&
        X509_set_issuer_name(id.cert, subject) == 1 && names != NULL &&
        X509_add_ext(id.cert, names, -1) == 1 && X509_sign(id.cert, id.key, EVP_sha256()) > 0);
    X509_EXTENSION_free(names);
    test_identity_write(&id, name);
    return id;
}

static inline void test_identity_free(test_identity *id)
{
    (void)unlink(id->cert_file);
    (void)unlink(id->key_file);
    X509_free(id->cert);
    EVP_PKEY_free(id->key);
}

static inline int test_tls_choose(
    SSL *tls,
    const unsigned char **out,
    unsigned char *out_n,
    const unsigned char *in,
    unsigned in_n,
    void *self)
{
    static const unsigned char h2[] = {2, 'h', '2'};
    unsigned char *chosen;
    (void)tls;
    (void)self;
    int found = SSL_select_next_proto(&chosen, out_n, h2, sizeof h2, in, in_n);
    *out = chosen;
    return found == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

/* client not NULL: the other end has to be it. */
static inline SSL_CTX *test_tls_server(const test_identity *id, const test_identity *client)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
    YQ_ASSERT(
        ctx != NULL && SSL_CTX_use_certificate(ctx, id->cert) == 1 &&
        SSL_CTX_use_PrivateKey(ctx, id->key) == 1);
    SSL_CTX_set_alpn_select_cb(ctx, test_tls_choose, NULL);
    if (client != NULL) {
        YQ_ASSERT(X509_STORE_add_cert(SSL_CTX_get_cert_store(ctx), client->cert) == 1);
        SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    }
    return ctx;
}

typedef struct test_tunnel {
    SSL_CTX *tls;
    uint16_t upstream;
    char url[64];
    int listener;
    pthread_t thread;
} test_tunnel;

static inline int test_connect(uint16_t port)
{
    struct sockaddr_in to = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    YQ_ASSERT(fd >= 0 && connect(fd, (const struct sockaddr *)&to, sizeof to) == 0);
    return fd;
}

/* Moves bytes both ways until one side ends. */
static inline void test_tunnel_pass(SSL *tls, int fd, int up)
{
    static _Thread_local uint8_t buf[16384];
    for (;;) {
        struct pollfd p[] = {{.fd = fd, .events = POLLIN}, {.fd = up, .events = POLLIN}};
        if (SSL_pending(tls) == 0 && poll(p, 2, 5000) <= 0) {
            return;
        }
        if (SSL_pending(tls) > 0 || p[0].revents != 0) {
            int n = SSL_read(tls, buf, sizeof buf);
            if (n <= 0 || send(up, buf, (size_t)n, MSG_NOSIGNAL) != n) {
                return;
            }
        }
        if (p[1].revents != 0) {
            ssize_t n = recv(up, buf, sizeof buf, 0);
            if (n <= 0 || SSL_write(tls, buf, (int)n) != n) {
                return;
            }
        }
    }
}

static inline void *test_tunnel_run(void *self)
{
    const test_tunnel *t = self;
    for (int fd; (fd = accept(t->listener, NULL, NULL)) >= 0; (void)close(fd)) {
        SSL *tls = SSL_new(t->tls);
        YQ_ASSERT(tls != NULL && SSL_set_fd(tls, fd) == 1);
        if (SSL_accept(tls) == 1) {
            int up = test_connect(t->upstream);
            test_tunnel_pass(tls, fd, up);
            (void)SSL_shutdown(tls);
            (void)close(up);
        }
        SSL_free(tls);
    }
    return NULL;
}

static inline test_tunnel *test_tunnel_start(const char *upstream, SSL_CTX *tls)
{
    test_tunnel *t = calloc(1, sizeof *t);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    YQ_ASSERT(t != NULL);
    t->tls = tls;
    t->upstream = (uint16_t)strtoul(strrchr(upstream, ':') + 1, NULL, 10);
    t->listener = socket(AF_INET, SOCK_STREAM, 0);
    YQ_ASSERT(t->listener >= 0);
    YQ_ASSERT(bind(t->listener, (struct sockaddr *)&address, sizeof address) == 0);
    YQ_ASSERT(listen(t->listener, 8) == 0);
    YQ_ASSERT(getsockname(t->listener, (struct sockaddr *)&address, &size) == 0);
    (void)snprintf(t->url, sizeof t->url, "https://127.0.0.1:%u", ntohs(address.sin_port));
    YQ_ASSERT(pthread_create(&t->thread, NULL, test_tunnel_run, t) == 0);
    return t;
}

static inline void test_tunnel_stop(test_tunnel *t)
{
    (void)shutdown(t->listener, SHUT_RDWR);
    (void)pthread_join(t->thread, NULL);
    (void)close(t->listener);
    SSL_CTX_free(t->tls);
    free(t);
}

#endif /* YQ_CONFORMANCE_CHAINS_COMMON_TEST_H2_TLS_H */
