#include "conformance/chains/cometbft/test_tls.h"

#include "conformance/chains/cometbft/test_proxy.h"
#include "conformance/chains/cometbft/test_world.h"

static test_world *w;
static test_identity server, stranger, client;

static void setup(void)
{
    (void)signal(SIGPIPE, SIG_IGN);
    w = test_world_new("ibc-v2", "1");
    server = test_identity_new("server", "IP:127.0.0.1");
    stranger = test_identity_new("stranger", "IP:127.0.0.1");
    client = test_identity_new("client", "DNS:adapter.example.test");
}

static void teardown(void)
{
    test_identity_free(&server);
    test_identity_free(&stranger);
    test_identity_free(&client);
    test_world_free(w);
}

TestSuite(tls, .init = setup, .fini = teardown, .timeout = 60);

/* What the latest height gives through a proxy that shows this certificate. */
static yq_status latest_through(
    const test_identity *shown, const test_identity *wanted, const char *const *option)
{
    SSL_CTX *ctx = test_tls_server(shown, wanted);
    test_proxy *proxy = test_proxy_start(w->program.endpoint, ctx);
    const char *endpoint = proxy->url;
    uint64_t height = 0;
    void *session = test_open(w, &endpoint, 1, option);
    yq_status status = yq_adapter_v1()->latest(session, TEST_DEADLINE_MS, &height, &w->why);
    cr_expect(status != YQ_OK || height > 1);
    yq_adapter_v1()->close(session);
    test_proxy_stop(proxy);
    SSL_CTX_free(ctx);
    return status;
}

Test(tls, a_node_is_known_by_its_certificate)
{
    const char *const trusting[] = {"tls_ca_file", server.cert_file, NULL};
    const char *const by_default[] = {NULL};
    cr_expect_eq(latest_through(&server, NULL, trusting), YQ_OK, "%s", w->why.text);
    cr_expect_eq(latest_through(&stranger, NULL, trusting), YQ_E_UNAVAILABLE);
    cr_expect_eq(latest_through(&server, NULL, by_default), YQ_E_UNAVAILABLE);
}

Test(tls, a_certificate_is_for_one_name)
{
    const char *const trusting[] = {"tls_ca_file", client.cert_file, NULL};
    cr_expect_eq(latest_through(&client, NULL, trusting), YQ_E_UNAVAILABLE);
}

Test(tls, a_node_may_ask_who_the_adapter_is)
{
    const char *const known[] = {
        "tls_ca_file",
        server.cert_file,
        "tls_cert_file",
        client.cert_file,
        "tls_key_file",
        client.key_file,
        NULL};
    const char *const unknown[] = {
        "tls_ca_file",
        server.cert_file,
        "tls_cert_file",
        stranger.cert_file,
        "tls_key_file",
        stranger.key_file,
        NULL};
    const char *const nobody[] = {"tls_ca_file", server.cert_file, NULL};
    cr_expect_eq(latest_through(&server, &client, known), YQ_OK, "%s", w->why.text);
    cr_expect_eq(latest_through(&server, &client, unknown), YQ_E_UNAVAILABLE);
    cr_expect_eq(latest_through(&server, &client, nobody), YQ_E_UNAVAILABLE);
}

Test(tls, old_versions_are_refused)
{
    SSL_CTX *ctx = test_tls_server(&server, NULL);
    SSL_CTX_set_security_level(ctx, 0);
    YQ_ASSERT(SSL_CTX_set_cipher_list(ctx, "ALL:@SECLEVEL=0") == 1);
    YQ_ASSERT(SSL_CTX_set_max_proto_version(ctx, TLS1_1_VERSION) == 1);
    test_proxy *proxy = test_proxy_start(w->program.endpoint, ctx);
    const char *endpoint = proxy->url;
    uint64_t height;
    void *session =
        test_open(w, &endpoint, 1, (const char *const[]){"tls_ca_file", server.cert_file, NULL});
    cr_expect_eq(
        yq_adapter_v1()->latest(session, TEST_DEADLINE_MS, &height, &w->why), YQ_E_UNAVAILABLE);
    yq_adapter_v1()->close(session);
    test_proxy_stop(proxy);
    SSL_CTX_free(ctx);
}
