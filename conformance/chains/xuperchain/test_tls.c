/* Nodes with TLS, oneway and twoway. */
#include "conformance/chains/common/test_h2_tls.h"
#include "conformance/chains/xuperchain/test_drive.h"

static test_drive d;
static test_identity server, stranger, client;

static void setup(void)
{
    (void)signal(SIGPIPE, SIG_IGN);
    drive_begin(&d, "sm", NULL);
    server = test_identity_new("xum-server", "IP:127.0.0.1");
    stranger = test_identity_new("xum-stranger", "IP:127.0.0.1");
    client = test_identity_new("xum-client", "DNS:adapter.example.test");
}

static void teardown(void)
{
    test_identity_free(&server);
    test_identity_free(&stranger);
    test_identity_free(&client);
    drive_end(&d);
}

TestSuite(tls, .init = setup, .fini = teardown, .timeout = 60);

/* What the anchor and a height give behind a node that shows this certificate. */
static yq_status through(
    const test_identity *shown, const test_identity *wanted, const char *const *option)
{
    test_tunnel *t = test_tunnel_start(d.program.endpoint, test_tls_server(shown, wanted));
    const char *endpoint = t->url;
    yq_slice anchor;
    yq_adapter_v1()->close(d.session);
    drive_open(&d, &endpoint, 1, option);
    yq_status status = yq_adapter_v1()->anchor(d.session, DEADLINE_MS, &anchor, &d.why);
    if (status == YQ_OK) {
        yq_height_evidence e;
        test_client_reset(d.client);
        cr_expect_eq(test_client_init(d.client, anchor), YQ_OK);
        cr_expect_eq(drive_height(&d, 2, &e), YQ_OK);
    }
    release();
    test_tunnel_stop(t);
    return status;
}

Test(tls, a_node_is_known_by_its_certificate)
{
    const char *const trusting[] = {"tls_ca_file", server.cert_file, NULL};
    cr_expect_eq(through(&server, NULL, trusting), YQ_OK, "%s", d.why.text);
    cr_expect_eq(through(&stranger, NULL, trusting), YQ_E_UNAVAILABLE);
    cr_expect_eq(through(&server, NULL, NULL), YQ_E_UNAVAILABLE);
}

Test(tls, a_certificate_is_for_one_name)
{
    const char *const trusting[] = {"tls_ca_file", client.cert_file, NULL};
    cr_expect_eq(through(&client, NULL, trusting), YQ_E_UNAVAILABLE);
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
    cr_expect_eq(through(&server, &client, known), YQ_OK, "%s", d.why.text);
    cr_expect_eq(through(&server, &client, unknown), YQ_E_UNAVAILABLE);
    cr_expect_eq(through(&server, &client, nobody), YQ_E_UNAVAILABLE);
}
