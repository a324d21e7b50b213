#include "adapters/evm/test_node.h"

#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <signal.h>

/* A node behind TLS: its certificate is checked, a client's can be asked for, a token goes along.
 */
static yq_fault why;

typedef struct tls_node {
    SSL_CTX *ctx;
    int listener;
    pthread_t thread;
    char url[64], ca[512];
    char request[4096]; /* the last one */
} tls_node;

static X509 *make_cert(EVP_PKEY *key, const char *address)
{
    X509 *x = X509_new();
    cr_assert_not_null(x);
    X509_NAME *name = X509_get_subject_name(x);
    (void)X509_set_version(x, 2);
    (void)ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
    (void)X509_gmtime_adj(X509_getm_notBefore(x), -60);
    (void)X509_gmtime_adj(X509_getm_notAfter(x), 3600);
    (void)X509_NAME_add_entry_by_txt(
        name, "CN", MBSTRING_ASC, (const unsigned char *)"node", -1, -1, 0);
    (void)X509_set_issuer_name(x, name);
    (void)X509_set_pubkey(x, key);
    X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, address);
    cr_assert_not_null(e);
    (void)X509_add_ext(x, e, -1);
    X509_EXTENSION_free(e);
    cr_assert_neq(X509_sign(x, key, EVP_sha256()), 0);
    return x;
}

static void path_of(char *out, size_t cap, const char *name)
{
    (void)snprintf(out, cap, YQ_BINARY_DIR "/tests/evm-tls-%s.%ld.pem", name, (long)getpid());
}

static void write_pem(const char *path, X509 *x, EVP_PKEY *key)
{
    FILE *f = fopen(path, "w");
    cr_assert_not_null(f);
    cr_assert_eq(
        x != NULL ? PEM_write_X509(f, x) : PEM_write_PrivateKey(f, key, NULL, NULL, 0, NULL, NULL),
        1);
    (void)fclose(f);
}

static void serve(tls_node *node, SSL *ssl)
{
    static const char reply[] = "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":\"0x2a\"}";
    char head[128];
    int n = 0;
    if (SSL_accept(ssl) != 1) {
        return;
    }
    while (strstr(node->request, "\"id\":") == NULL && n < (int)sizeof node->request - 1) {
        int got = SSL_read(ssl, node->request + n, (int)sizeof node->request - 1 - n);
        if (got <= 0) {
            return;
        }
        n += got;
        node->request[n] = '\0';
    }
    int size = snprintf(
        head,
        sizeof head,
        "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n%s",
        sizeof reply - 1,
        reply);
    (void)SSL_write(ssl, head, size);
    (void)SSL_shutdown(ssl);
}

static void *run(void *self)
{
    tls_node *node = self;
    for (;;) {
        int fd = accept(node->listener, NULL, NULL);
        if (fd < 0) {
            return NULL;
        }
        SSL *ssl = SSL_new(node->ctx);
        node->request[0] = '\0';
        (void)SSL_set_fd(ssl, fd);
        serve(node, ssl);
        SSL_free(ssl);
        (void)close(fd);
    }
}

static void start(tls_node *node, const char *address)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof at;
    (void)signal(SIGPIPE, SIG_IGN); /* as the program does: who asks may close first */
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *x = make_cert(key, address);
    *node = (tls_node){.ctx = SSL_CTX_new(TLS_server_method()), .listener = -1};
    cr_assert_eq(SSL_CTX_use_certificate(node->ctx, x), 1);
    cr_assert_eq(SSL_CTX_use_PrivateKey(node->ctx, key), 1);
    path_of(node->ca, sizeof node->ca, "ca");
    write_pem(node->ca, x, NULL);
    X509_free(x);
    EVP_PKEY_free(key);
    node->listener = socket(AF_INET, SOCK_STREAM, 0);
    cr_assert_eq(bind(node->listener, (struct sockaddr *)&at, sizeof at), 0);
    cr_assert_eq(listen(node->listener, 8), 0);
    cr_assert_eq(getsockname(node->listener, (struct sockaddr *)&at, &size), 0);
    (void)snprintf(node->url, sizeof node->url, "https://127.0.0.1:%u", ntohs(at.sin_port));
    cr_assert_eq(pthread_create(&node->thread, NULL, run, node), 0);
}

static void stop(tls_node *node)
{
    (void)shutdown(node->listener, SHUT_RDWR);
    (void)pthread_join(node->thread, NULL);
    (void)close(node->listener);
    (void)unlink(node->ca);
    SSL_CTX_free(node->ctx);
}

/* One question over a session of its own. */
static yq_status ask(const tls_node *node, const yq_option *option, size_t n)
{
    const char *endpoint = node->url;
    const yq_adapter_config config = {"city-410300", &endpoint, 1, option, n};
    void *session = NULL;
    uint64_t height = 0;
    const yq_adapter *a = yq_adapter_v1();
    why = (yq_fault){0};
    cr_assert_eq(a->open(&test_host, &config, &session, &why), YQ_OK, "%s", why.text);
    yq_status status = a->latest(session, TEST_DEADLINE_MS, &height, &why);
    cr_expect_eq(height, status == YQ_OK ? 42 : 0);
    a->close(session);
    return status;
}

Test(tls, a_certificate_is_checked, .timeout = 60)
{
    tls_node node;
    start(&node, "IP:127.0.0.1");
    const yq_option option[] = {{"consensus", "qbft"}, {"tls_ca_file", node.ca}};
    cr_expect_eq(ask(&node, option, 1), YQ_E_UNAVAILABLE, "no root of the system");
    cr_expect_not_null(strstr(why.text, "ertificate"), "%s", why.text);
    cr_expect_eq(ask(&node, option, 2), YQ_OK, "%s", why.text);
    (void)SSL_CTX_set_max_proto_version(node.ctx, TLS1_1_VERSION);
    cr_expect_eq(ask(&node, option, 2), YQ_E_UNAVAILABLE, "an old version");
    stop(&node);
    start(&node, "IP:127.0.0.2");
    cr_expect_eq(ask(&node, option, 2), YQ_E_UNAVAILABLE, "of another address");
    stop(&node);
}

Test(tls, a_client_shows_its_own, .timeout = 60)
{
    tls_node node;
    char cert[512], secret[512];
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *x = make_cert(key, "DNS:adapter");
    path_of(cert, sizeof cert, "client");
    path_of(secret, sizeof secret, "client-key");
    write_pem(cert, x, NULL);
    write_pem(secret, NULL, key);
    start(&node, "IP:127.0.0.1");
    (void)X509_STORE_add_cert(SSL_CTX_get_cert_store(node.ctx), x);
    SSL_CTX_set_verify(node.ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    const yq_option option[] = {
        {"consensus", "qbft"},
        {"tls_ca_file", node.ca},
        {"tls_cert_file", cert},
        {"tls_key_file", secret}};
    cr_expect_eq(ask(&node, option, 2), YQ_E_UNAVAILABLE, "none is shown");
    cr_expect_eq(ask(&node, option, 4), YQ_OK, "%s", why.text);
    stop(&node);
    X509_free(x);
    EVP_PKEY_free(key);
    (void)unlink(cert);
    (void)unlink(secret);
}

Test(tls, a_token_goes_along, .timeout = 60)
{
    tls_node node;
    char path[512];
    path_of(path, sizeof path, "token");
    FILE *f = fopen(path, "w");
    cr_assert_not_null(f);
    (void)fputs("abc.def\n", f);
    (void)fclose(f);
    start(&node, "IP:127.0.0.1");
    const yq_option option[] = {
        {"consensus", "qbft"}, {"tls_ca_file", node.ca}, {"token_file", path}};
    cr_expect_eq(ask(&node, option, 3), YQ_OK, "%s", why.text);
    cr_expect_not_null(
        strstr(node.request, "Authorization: Bearer abc.def\r\n"), "%s", node.request);
    cr_expect_eq(ask(&node, option, 2), YQ_OK);
    cr_expect_null(strstr(node.request, "Authorization"));
    stop(&node);
    (void)unlink(path);
}
