/* Peers with TLS, oneway and mutual: blocks and deliveries. */
#include "conformance/chains/common/test_h2_tls.h"
#include "conformance/chains/fabric/test_drive.h"

static test_drive d;
static test_identity server, stranger, client_id;

static void setup(void)
{
    (void)signal(SIGPIPE, SIG_IGN);
    drive_begin(&d, "smartbft", NULL);
    server = test_identity_new("fabric-server", "IP:127.0.0.1");
    stranger = test_identity_new("fabric-stranger", "IP:127.0.0.1");
    client_id = test_identity_new("fabric-client", "DNS:adapter.example.test");
}

static void teardown(void)
{
    test_identity_free(&server);
    test_identity_free(&stranger);
    test_identity_free(&client_id);
    drive_end(&d);
}

TestSuite(tls, .init = setup, .fini = teardown, .timeout = 60);

/* What a delivery gives behind a peer that shows this certificate, and its fate. */
static yq_status through(
    const test_identity *shown, const test_identity *wanted, const char *const *option)
{
    test_tunnel *t = test_tunnel_start(d.program.endpoint, test_tls_server(shown, wanted));
    const char *endpoint = t->url;
    uint64_t height;
    yq_adapter_v1()->close(d.session);
    drive_open(&d, &endpoint, 1, option);
    yq_status status = drive_submit(&d, drive_call(&d));
    if (status == YQ_OK) {
        cr_expect_eq(drive_fate(&d).state, YQ_SUBMIT_DONE);
    }
    cr_expect_eq(
        yq_adapter_v1()->latest(d.session, DEADLINE_MS, &height, &d.why),
        status,
        "blocks as deliveries");
    release();
    test_tunnel_stop(t);
    return status;
}

Test(tls, a_peer_is_known_by_its_certificate)
{
    const char *const trusting[] = {"tls_ca_file", server.cert_file, NULL};
    cr_expect_eq(through(&server, NULL, trusting), YQ_OK, "%s", d.why.text);
    cr_expect_eq(through(&stranger, NULL, trusting), YQ_E_UNAVAILABLE);
    cr_expect_eq(through(&server, NULL, NULL), YQ_E_UNAVAILABLE);
}

Test(tls, a_certificate_is_for_one_name)
{
    const char *const trusting[] = {"tls_ca_file", client_id.cert_file, NULL};
    cr_expect_eq(through(&client_id, NULL, trusting), YQ_E_UNAVAILABLE);
}

Test(tls, a_peer_may_ask_who_the_adapter_is)
{
    const char *const known[] = {
        "tls_ca_file",
        server.cert_file,
        "tls_cert_file",
        client_id.cert_file,
        "tls_key_file",
        client_id.key_file,
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
    cr_expect_eq(through(&server, &client_id, known), YQ_OK, "%s", d.why.text);
    cr_expect_eq(through(&server, &client_id, unknown), YQ_E_UNAVAILABLE);
    cr_expect_eq(through(&server, &client_id, nobody), YQ_E_UNAVAILABLE);
}
