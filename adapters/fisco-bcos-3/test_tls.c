/* A node behind TLS: who it has to be, and who the adapter shows itself as. */
#include "yuqiao/adapter.h"

#include "relay/base/bytes.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define DEADLINE_MS 5000u

/* ---- certificates ---- */

typedef struct identity {
    char cert[256], key[256];
} identity;

/* A self-signed certificate of a P-256 key, good for one address, in two files. */
static identity make_identity(const char *name, const char *address)
{
    identity out;
    char san[64];
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *cert = X509_new();
    (void)snprintf(out.cert, sizeof out.cert, YQ_BINARY_DIR "/tests/tls-%s.%d.crt", name, getpid());
    (void)snprintf(out.key, sizeof out.key, YQ_BINARY_DIR "/tests/tls-%s.%d.key", name, getpid());
    (void)snprintf(san, sizeof san, "IP:%s", address);
    cr_assert(key != NULL && cert != NULL);
    (void)X509_set_version(cert, 2);
    (void)ASN1_INTEGER_set(X509_get_serialNumber(cert), 1);
    (void)X509_gmtime_adj(X509_getm_notBefore(cert), -60);
    (void)X509_gmtime_adj(X509_getm_notAfter(cert), 3600);
    X509_NAME *subject = X509_get_subject_name(cert);
    (void)X509_NAME_add_entry_by_txt(
        subject, "CN", MBSTRING_ASC, (const unsigned char *)name, -1, -1, 0);
    (void)X509_set_issuer_name(cert, subject);
    (void)X509_set_pubkey(cert, key);
    X509_EXTENSION *names = X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, san);
    X509_EXTENSION *ca = X509V3_EXT_conf_nid(NULL, NULL, NID_basic_constraints, "CA:TRUE");
    (void)X509_add_ext(cert, names, -1);
    (void)X509_add_ext(cert, ca, -1);
    X509_EXTENSION_free(names);
    X509_EXTENSION_free(ca);
    cr_assert_gt(X509_sign(cert, key, EVP_sha256()), 0);
    FILE *f = fopen(out.cert, "w");
    cr_assert(f != NULL && PEM_write_X509(f, cert) == 1 && fclose(f) == 0);
    f = fopen(out.key, "w");
    cr_assert(f != NULL && PEM_write_PrivateKey(f, key, NULL, NULL, 0, NULL, NULL) == 1);
    cr_assert_eq(fclose(f), 0);
    X509_free(cert);
    EVP_PKEY_free(key);
    return out;
}

static void drop(const identity *id)
{
    (void)unlink(id->cert);
    (void)unlink(id->key);
}

/* ---- a node that knows one answer ---- */

typedef struct node {
    int listener;
    SSL_CTX *context;
    pthread_t thread;
    char url[64];
} node;

static void serve(SSL *ssl)
{
    static const char reply[] = "HTTP/1.1 200 OK\r\nContent-Length: 22\r\nConnection: close\r\n\r\n"
                                "{\"id\":1,\"result\":1234}";
    char request[4096];
    size_t n = 0;
    if (SSL_accept(ssl) != 1) {
        return;
    }
    while (n + 1 < sizeof request) {
        int got = SSL_read(ssl, request + n, (int)(sizeof request - 1 - n));
        if (got <= 0) {
            return;
        }
        n += (size_t)got;
        request[n] = '\0';
        if (strstr(request, "\"id\":1}") != NULL) {
            (void)SSL_write(ssl, reply, sizeof reply - 1);
            (void)SSL_shutdown(ssl);
            return;
        }
    }
}

static void *run(void *self)
{
    node *x = self;
    for (;;) {
        int fd = accept(x->listener, NULL, NULL);
        if (fd < 0) {
            return NULL;
        }
        SSL *ssl = SSL_new(x->context);
        (void)SSL_set_fd(ssl, fd);
        serve(ssl);
        SSL_free(ssl);
        (void)close(fd);
    }
}

static void start(node *x, const identity *own, const identity *client)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    (void)signal(SIGPIPE, SIG_IGN);
    x->context = SSL_CTX_new(TLS_server_method());
    cr_assert_eq(SSL_CTX_use_certificate_file(x->context, own->cert, SSL_FILETYPE_PEM), 1);
    cr_assert_eq(SSL_CTX_use_PrivateKey_file(x->context, own->key, SSL_FILETYPE_PEM), 1);
    if (client != NULL) {
        cr_assert_eq(SSL_CTX_load_verify_locations(x->context, client->cert, NULL), 1);
        SSL_CTX_set_verify(x->context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    }
    x->listener = socket(AF_INET, SOCK_STREAM, 0);
    cr_assert_eq(bind(x->listener, (struct sockaddr *)&address, sizeof address), 0);
    cr_assert_eq(listen(x->listener, 8), 0);
    cr_assert_eq(getsockname(x->listener, (struct sockaddr *)&address, &size), 0);
    (void)snprintf(x->url, sizeof x->url, "https://127.0.0.1:%u", ntohs(address.sin_port));
    cr_assert_eq(pthread_create(&x->thread, NULL, run, x), 0);
}

static void stop(node *x)
{
    (void)shutdown(x->listener, SHUT_RDWR);
    (void)pthread_join(x->thread, NULL);
    (void)close(x->listener);
    SSL_CTX_free(x->context);
}

/* ---- the adapter ---- */

static void *lend(void *self, size_t size)
{
    (void)self;
    return calloc(1, size);
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
    return 1;
}

/* Asks for the height with so many of ca, cert and key. */
static yq_status ask(const node *x, const char *ca, const char *cert, const char *key)
{
    static const yq_adapter_host host = {
        .size = sizeof host,
        .abi_major = YQ_ADAPTER_ABI_MAJOR,
        .alloc = lend,
        .log = tell,
        .now_ms = wall_ms,
    };
    const char *endpoint = x->url;
    yq_option option[3];
    size_t n = 0;
    if (ca != NULL) {
        option[n++] = (yq_option){"tls_ca_file", ca};
    }
    if (cert != NULL) {
        option[n++] = (yq_option){"tls_cert_file", cert};
        option[n++] = (yq_option){"tls_key_file", key};
    }
    const yq_adapter_config config = {"city", &endpoint, 1, option, n};
    void *session = NULL;
    yq_fault why = {0};
    uint64_t height = 0;
    cr_assert_eq(yq_adapter_v1()->open(&host, &config, &session, &why), YQ_OK, "%s", why.text);
    yq_status status = yq_adapter_v1()->latest(session, DEADLINE_MS, &height, &why);
    yq_adapter_v1()->close(session);
    cr_assert(status != YQ_OK || height == 1234);
    return status;
}

Test(tls, a_node_has_to_be_known_and_named, .timeout = 60)
{
    identity own = make_identity("node", "127.0.0.1"), other = make_identity("other", "127.0.0.1");
    identity elsewhere = make_identity("elsewhere", "127.0.0.2");
    node x;
    start(&x, &own, NULL);
    cr_assert_eq(ask(&x, own.cert, NULL, NULL), YQ_OK);
    cr_assert_eq(ask(&x, NULL, NULL, NULL), YQ_E_UNAVAILABLE, "nobody vouches for it");
    cr_assert_eq(ask(&x, other.cert, NULL, NULL), YQ_E_UNAVAILABLE);
    stop(&x);
    start(&x, &elsewhere, NULL);
    cr_assert_eq(ask(&x, elsewhere.cert, NULL, NULL), YQ_E_UNAVAILABLE, "of another address");
    stop(&x);
    drop(&own);
    drop(&other);
    drop(&elsewhere);
}

Test(tls, a_node_may_ask_who_it_is, .timeout = 60)
{
    identity own = make_identity("node2", "127.0.0.1"), me = make_identity("me", "127.0.0.1");
    identity other = make_identity("other2", "127.0.0.1");
    node x;
    start(&x, &own, &me);
    cr_assert_eq(ask(&x, own.cert, me.cert, me.key), YQ_OK);
    cr_assert_eq(ask(&x, own.cert, NULL, NULL), YQ_E_UNAVAILABLE);
    cr_assert_eq(ask(&x, own.cert, other.cert, other.key), YQ_E_UNAVAILABLE);
    cr_assert_eq(ask(&x, own.cert, me.cert, other.key), YQ_E_UNAVAILABLE, "not its key");
    stop(&x);
    drop(&own);
    drop(&me);
    drop(&other);
}
