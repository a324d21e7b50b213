#include "relay/gateway/server.h"
#include "relay/gateway/test_client.h"

#include <openssl/pem.h>
#include <openssl/x509.h>
#include <sys/resource.h>
#include <time.h>

static gateway_world g;

static void setup(void)
{
    gateway_world_open(&g, NULL, NULL);
}

static void teardown(void)
{
    gateway_world_close(&g);
}

static uint64_t now_ms(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static yq_envelope make_until(uint64_t seq, uint64_t valid_ms)
{
    uint8_t room[256];
    yq_slice tx = world_tx(room, sizeof room, (unsigned)seq);
    return world_envelope(&g.w, 0, seq, valid_ms, &tx, 1);
}

static yq_envelope make(uint64_t seq)
{
    return make_until(seq, WORLD_TIME + 3600000);
}

static void refused(
    const char *method, const char *path, yq_slice content, int code, const char *name)
{
    test_reply r = test_ask(&g, 0, method, path, content);
    cr_assert_eq(r.code, code, "%s %s: %d", method, path, r.code);
    cr_assert(test_is(yq_json_get(r.root, "code"), name), "%s %s", method, path);
    yq_json_free(r.document);
}

#define ENVELOPES     "/api/v1/envelopes"
#define UNKNOWN       "/api/v1/envelopes/00000000000000000000000000000000000000000000000000000000000000"
#define UNKNOWN_WAITS UNKNOWN "00?wait_ms=30000"

Test(limits, bad_bodies_and_methods_are_refused, .init = setup, .fini = teardown)
{
    yq_envelope env = make(1);
    test_reply r = test_ask(&g, 0, "POST", ENVELOPES, yq_slice_of(env.bytes.p, env.bytes.n - 1));
    cr_assert_eq(r.code, 400);
    cr_assert_neq(test_number(yq_json_get(r.root, "offset")), UINT64_MAX);
    yq_json_free(r.document);
    refused("POST", ENVELOPES, (yq_slice){0}, 400, "TRUNCATED");
    uint8_t *large = calloc(1, YQ_ENVELOPE_SIZE_MAX + 1);
    refused("POST", ENVELOPES, yq_slice_of(large, (size_t)YQ_ENVELOPE_SIZE_MAX + 1), 413, "LIMIT");
    free(large);
    refused("POST", "/api/v1/status", env.bytes, 405, "METHOD_UNKNOWN");
    refused("GET", ENVELOPES, (yq_slice){0}, 405, "METHOD_UNKNOWN");
    refused("PUT", ENVELOPES, env.bytes, 405, "METHOD_UNKNOWN");
    refused("DELETE", "/api/v1/chains", (yq_slice){0}, 405, "METHOD_UNKNOWN");
    world_drop(&env);
}

Test(limits, the_nodes_refusals_come_through, .init = setup, .fini = teardown)
{
    yq_envelope env = make(1);
    g.submit_says = YQ_E_BUSY;
    refused("POST", ENVELOPES, env.bytes, 429, "BUSY");
    g.submit_says = YQ_OK;
    g.outcome = YQ_E_SIGNER_UNKNOWN;
    refused("POST", ENVELOPES, env.bytes, 422, "SIGNER_UNKNOWN");
    g.outcome = YQ_E_REPLAY;
    refused("POST", ENVELOPES, env.bytes, 409, "REPLAY");
    g.outcome = YQ_E_IO;
    refused("POST", ENVELOPES, env.bytes, 503, "IO");
    g.outcome = YQ_OK;
    test_reply r = test_ask(&g, 0, "POST", ENVELOPES, env.bytes);
    cr_assert_eq(r.code, 202);
    yq_json_free(r.document);
    yq_bft_tip tip;
    gateway_world_block(&g, &tip);
    g.outcome = YQ_E_REPLAY; /* what a node says to an envelope that is in a block */
    r = test_ask(&g, 1, "POST", ENVELOPES, env.bytes);
    cr_assert_eq(r.code, 202);
    yq_json_free(r.document);
    world_drop(&env);
}

Test(limits, a_wait_ends_with_its_time, .init = setup, .fini = teardown)
{
    uint64_t start = now_ms();
    test_reply r = test_get(&g, UNKNOWN "00?wait_ms=300");
    cr_assert_eq(r.code, 200);
    cr_assert(test_is(yq_json_get(r.root, "state"), "unknown"));
    cr_assert(now_ms() - start >= 290);
    cr_assert(now_ms() - start < 10000);
    yq_json_free(r.document);
}

Test(limits, what_no_block_took_expires, .init = setup, .fini = teardown)
{
    yq_bft_tip tip;
    char path[128] = "/api/v1/envelopes/";
    yq_envelope env = make_until(1, WORLD_TIME + 150);
    (void)yq_hex_encode(path + strlen(path), 65, env.id.b, sizeof env.id.b);
    g.forgets = 1;
    test_reply r = test_ask(&g, 0, "POST", ENVELOPES, env.bytes);
    cr_assert_eq(r.code, 202);
    yq_json_free(r.document);
    gateway_world_block(&g, &tip);
    r = test_get(&g, path);
    cr_assert(test_is(yq_json_get(r.root, "state"), "pending"));
    yq_json_free(r.document);
    gateway_world_block(&g, &tip);
    memcpy(path + strlen(path), "?wait_ms=30000", 15);
    r = test_get(&g, path);
    cr_assert(test_is(yq_json_get(r.root, "state"), "expired"));
    yq_json_free(r.document);
    world_drop(&env);
}

Test(limits, who_goes_away_while_waiting_is_forgotten, .init = setup, .fini = teardown)
{
    yq_bft_tip tip;
    yq_envelope env = make(1);
    for (unsigned i = 0; i < 40; i++) {
        int fd = test_connect(&g, (int)(i & 1));
        if (i < 20) {
            test_send(fd, "GET", UNKNOWN_WAITS, (yq_slice){0});
        } else {
            g.silent = 1;
            g.outcome = YQ_E_BUSY;
            test_send(fd, "POST", ENVELOPES, env.bytes);
        }
        (void)poll(NULL, 0, 5);
        (void)close(fd);
    }
    gateway_world_block(&g, &tip);
    for (uint64_t token = 1; token <= 20; token++) {
        yq_gateway_submitted(g.gateway, token, YQ_OK, &env.id, NULL);
    }
    test_reply r = test_get(&g, "/api/v1/status");
    cr_assert_eq(test_number(yq_json_get(r.root, "height")), 1);
    yq_json_free(r.document);
    world_drop(&env);
}

Test(limits, waiters_are_bounded, .init = setup, .fini = teardown)
{
    struct rlimit many = {4096, 4096};
    int fd[WAITERS_MAX];
    cr_assert_eq(setrlimit(RLIMIT_NOFILE, &many), 0);
    for (unsigned i = 0; i < WAITERS_MAX; i++) {
        fd[i] = test_connect(&g, 0);
        test_send(fd[i], "GET", UNKNOWN_WAITS, (yq_slice){0});
    }
    /* All of them have been read when this one is answered: no more room to wait. */
    test_reply r = {0};
    uint64_t start = now_ms();
    for (unsigned i = 0; i < 2; i++) {
        r = test_get(&g, UNKNOWN_WAITS);
        cr_assert_eq(r.code, 200);
        yq_json_free(r.document);
        cr_assert(now_ms() - start < 15000);
    }
    struct pollfd first = {.fd = fd[0], .events = POLLIN};
    cr_assert_eq(poll(&first, 1, 0), 0);
    for (unsigned i = 0; i < WAITERS_MAX; i++) {
        (void)close(fd[i]);
    }
}

Test(limits, connections_are_bounded, .init = setup, .fini = teardown)
{
    struct rlimit many = {4096, 4096};
    int fd[CONNECTIONS_MAX + 1];
    cr_assert_eq(setrlimit(RLIMIT_NOFILE, &many), 0);
    for (unsigned i = 0; i <= CONNECTIONS_MAX; i++) {
        fd[i] = test_connect(&g, 0);
    }
    int last = fd[CONNECTIONS_MAX];
    test_send(last, "GET", "/api/v1/status", (yq_slice){0});
    struct pollfd is_ready = {.fd = last, .events = POLLIN};
    cr_assert_eq(poll(&is_ready, 1, 500), 0, "one more than the bound is served");
    /* One that never asked anything leaves. */
    (void)close(fd[7]);
    test_reply r = test_receive(last);
    cr_assert_eq(r.code, 200);
    yq_json_free(r.document);
    for (unsigned i = 0; i < CONNECTIONS_MAX; i++) {
        if (i != 7) {
            (void)close(fd[i]);
        }
    }
}

Test(limits, a_bad_configuration_is_refused)
{
    static const char *const listen[] = {
        "",
        "127.0.0.1",
        "127.0.0.1:",
        "127.0.0.1:65536",
        "127.0.0.1:080",
        "localhost:80",
        "[127.0.0.1]:80",
        "::1:80",
        "[::1:80"};
    gateway_world_open(&g, NULL, NULL);
    for (size_t i = 0; i < YQ_ARRAY_N(listen); i++) {
        yq_gateway *gateway = NULL;
        yq_fault why = {0};
        yq_gateway_config config = {
            .ledger = g.w.ledger,
            .listen = listen[i],
            .host = {&g, node_status, node_submit, node_recover, node_recoveries}};
        cr_assert_eq(
            yq_gateway_start(&config, &gateway, &why), YQ_E_CONFIG_INVALID, "%s", listen[i]);
        cr_assert_null(gateway);
        config.listen = "127.0.0.1:0";
        config.certificate = "/nonexistent.pem";
        cr_assert_eq(yq_gateway_start(&config, &gateway, &why), YQ_E_CONFIG_INVALID);
        config.key = "/nonexistent.key";
        cr_assert_eq(yq_gateway_start(&config, &gateway, &why), YQ_E_CONFIG_INVALID);
    }
    yq_gateway_committed(NULL, 1);
    yq_gateway_stop(NULL);
    teardown();
}

/* ---- TLS ------------------------------------------------------------------------------------ */

static void write_certificate(const char *certificate, const char *key)
{
    EVP_PKEY *pkey = EVP_EC_gen("P-256");
    X509 *x = X509_new();
    X509_NAME *name = X509_get_subject_name(x);
    (void)ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
    (void)X509_gmtime_adj(X509_getm_notBefore(x), -60);
    (void)X509_gmtime_adj(X509_getm_notAfter(x), 3600);
    (void)X509_NAME_add_entry_by_txt(
        name, "CN", MBSTRING_ASC, (const unsigned char *)"test", -1, -1, 0);
    (void)X509_set_issuer_name(x, name);
    (void)X509_set_pubkey(x, pkey);
    cr_assert_neq(X509_sign(x, pkey, EVP_sha256()), 0);
    FILE *f = fopen(certificate, "w");
    cr_assert_eq(PEM_write_X509(f, x), 1);
    (void)fclose(f);
    f = fopen(key, "w");
    cr_assert_eq(PEM_write_PrivateKey(f, pkey, NULL, NULL, 0, NULL, NULL), 1);
    (void)fclose(f);
    X509_free(x);
    EVP_PKEY_free(pkey);
}

Test(limits, tls_serves_the_port_and_leaves_the_socket_plain)
{
    char dir[64], certificate[96], key[96];
    static char room[1u << 16];
    test_dir_make(dir, sizeof dir);
    (void)snprintf(certificate, sizeof certificate, "%s/api.pem", dir);
    (void)snprintf(key, sizeof key, "%s/api.key", dir);
    write_certificate(certificate, key);
    gateway_world_open(&g, certificate, key);
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    SSL *ssl = SSL_new(context);
    int fd = test_connect(&g, 0);
    (void)SSL_set_fd(ssl, fd);
    cr_assert_eq(SSL_connect(ssl), 1);
    static const char ask[] = "GET /api/v1/status HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";
    cr_assert_eq(SSL_write(ssl, ask, sizeof ask - 1), (int)sizeof ask - 1);
    int n = 0, got = 1;
    while (got > 0) {
        got = SSL_read(ssl, room + n, (int)sizeof room - 1 - n);
        n += got > 0 ? got : 0;
    }
    test_reply r = test_parse(room, (size_t)n);
    cr_assert_eq(r.code, 200);
    yq_json_free(r.document);
    SSL_free(ssl);
    SSL_CTX_free(context);
    (void)close(fd);
    /* One that speaks plain HTTP to the TLS port is not answered. */
    fd = test_connect(&g, 0);
    test_send(fd, "GET", "/api/v1/status", (yq_slice){0});
    ssize_t plain = recv(fd, room, sizeof room, 0);
    cr_assert(plain <= 0 || memcmp(room, "HTTP", 4) != 0);
    (void)close(fd);
    r = test_ask(&g, 1, "GET", "/api/v1/status", (yq_slice){0});
    cr_assert_eq(r.code, 200);
    yq_json_free(r.document);
    teardown();
    test_dir_remove(dir);
}
