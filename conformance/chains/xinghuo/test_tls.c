#include "adapters/http/test_identity.h"
#include "conformance/chains/xinghuo/test_proxy.h"
#include "conformance/chains/xinghuo/test_world.h"

static test_world *w;
static test_identity server, stranger;

static void setup(void)
{
    (void)signal(SIGPIPE, SIG_IGN);
    w = test_world_new("ed25519", "1");
    server = test_identity_make("xh-server", "IP:127.0.0.1");
    stranger = test_identity_make("xh-stranger", "IP:127.0.0.1");
}

static void teardown(void)
{
    test_identity_drop(&server);
    test_identity_drop(&stranger);
    test_world_free(w);
}

TestSuite(tls, .init = setup, .fini = teardown, .timeout = 120);

static yq_status latest_of(const char *url, const char *const *more)
{
    uint64_t height = 0;
    void *session = test_session(w, &url, 1, more);
    yq_status status = yq_adapter_v1()->latest(session, TEST_DEADLINE_MS, &height, &w->why);
    yq_adapter_v1()->close(session);
    return status;
}

Test(tls, a_node_is_known_by_its_certificate)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
    cr_assert_eq(SSL_CTX_use_certificate_chain_file(ctx, server.cert), 1);
    cr_assert_eq(SSL_CTX_use_PrivateKey_file(ctx, server.key, SSL_FILETYPE_PEM), 1);
    test_proxy *proxy = test_proxy_start(w->program.endpoint, ctx);
    const char *const trusting[] = {"tls_ca_file", server.cert, NULL};
    const char *const another[] = {"tls_ca_file", stranger.cert, NULL};
    cr_expect_eq(latest_of(proxy->url, trusting), YQ_OK, "%s", w->why.text);
    cr_expect_eq(latest_of(proxy->url, another), YQ_E_UNAVAILABLE);
    cr_expect_eq(latest_of(proxy->url, (const char *const[]){NULL}), YQ_E_UNAVAILABLE);
    test_proxy_stop(proxy);
    SSL_CTX_free(ctx);
}

/* Attesters have options of their own: the nodes' list of whom to trust is not theirs. */
Test(tls, an_attester_is_known_by_its_certificate)
{
    const char *endpoint = w->program.endpoint;
    yq_height_evidence e;
    uint64_t height = 0;
    for (size_t i = 0; i < TEST_ATTESTERS; i++) {
        test_attester *a = &w->attesters.one[i];
        test_attester_stop(a);
        (void)snprintf(
            a->more,
            sizeof a->more,
            ",\"tls_cert_file\":\"%s\",\"tls_key_file\":\"%s\"",
            server.cert,
            server.key);
        test_attester_start(a, TEST_CHAIN, w->witness, 1);
        cr_assert_eq(strncmp(a->url, "https://", 8), 0);
    }
    test_attesters_write(&w->attesters);
    test_do(
        w,
        "{\"do\":\"send\",\"service\":\"a\",\"dst_chain\":\"city-410100\",\"dst_service\":\"b\","
        "\"payload\":\"01\"}");
    test_program_wait(&w->program, "waiting", 0);
    cr_assert_eq(yq_adapter_v1()->latest(w->session, TEST_DEADLINE_MS, &height, &w->why), YQ_OK);
    static const struct {
        const char *key;
        int is_theirs;
        yq_status status;
    } row[] = {
        {"attester_tls_ca_file", 1, YQ_OK},
        {"attester_tls_ca_file", 0, YQ_E_UNAVAILABLE},
        {"tls_ca_file", 1, YQ_E_UNAVAILABLE}};
    for (size_t i = 0; i < YQ_ARRAY_N(row); i++) {
        const char *file = row[i].is_theirs ? server.cert : stranger.cert;
        void *session =
            test_session(w, &endpoint, 1, (const char *const[]){row[i].key, file, NULL});
        yq_status status =
            yq_adapter_v1()->evidence(session, height, TEST_DEADLINE_MS, &e, &w->why);
        cr_expect_eq(status, row[i].status, "%zu: %s", i, w->why.text);
        cr_expect(status != YQ_OK || e.event_n == 1);
        yq_adapter_v1()->close(session);
        test_release();
    }
}
