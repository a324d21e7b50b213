/* Who a node has to be, and who the adapter shows itself as. */
#include "adapters/http/test_host.h"

static const char text[] = "tls";

/* One question over a pool of its own. */
static yq_status ask(test_server *s, yq_web_access *access)
{
    yq_web_reply reply;
    yq_web_pool *pool = test_pool(&s, 1, access, 1);
    yq_status status = test_send(pool, 0, TEST_MS, &reply);
    cr_expect(status != YQ_OK || yq_slice_equal(reply.body, yq_slice_text(text)));
    yq_web_pool_free(pool);
    return status;
}

Test(tls, a_node_has_to_be_known_and_named, .timeout = 60)
{
    test_identity own = test_identity_make("own", "IP:127.0.0.1");
    test_identity other = test_identity_make("other", "IP:127.0.0.1");
    test_identity elsewhere = test_identity_make("elsewhere", "IP:127.0.0.2");
    test_server *s = test_server_start(text, &own, NULL);
    cr_expect_eq(ask(s, &(yq_web_access){.ca_path = own.cert}), YQ_OK, "%s", why.text);
    cr_expect_eq(ask(s, &(yq_web_access){0}), YQ_E_UNAVAILABLE, "nobody vouches for it");
    cr_expect_not_null(strstr(why.text, "ertificate"), "%s", why.text);
    cr_expect_eq(ask(s, &(yq_web_access){.ca_path = other.cert}), YQ_E_UNAVAILABLE, "wrong CA");
    (void)SSL_CTX_set_max_proto_version(s->context, TLS1_1_VERSION);
    cr_expect_eq(ask(s, &(yq_web_access){.ca_path = own.cert}), YQ_E_UNAVAILABLE, "an old version");
    test_server_stop(s);
    s = test_server_start(text, &elsewhere, NULL);
    cr_expect_eq(
        ask(s, &(yq_web_access){.ca_path = elsewhere.cert}), YQ_E_UNAVAILABLE, "another address");
    test_server_stop(s);
    test_identity_drop(&own);
    test_identity_drop(&other);
    test_identity_drop(&elsewhere);
}

Test(tls, a_name_may_stand_for_the_address, .timeout = 60)
{
    test_identity own = test_identity_make("named", "DNS:node-1.city.cn");
    test_server *s = test_server_start(text, &own, NULL);
    yq_web_access access = {.ca_path = own.cert};
    char name[] = "node-1.city.cn", wrong[] = "node-2.city.cn";
    cr_expect_eq(ask(s, &access), YQ_E_UNAVAILABLE, "the address is not in it");
    access.server_name = name;
    cr_expect_eq(ask(s, &access), YQ_OK, "%s", why.text);
    cr_expect_not_null(strstr(s->request, "Host: node-1.city.cn:"), "%s", s->request);
    access.server_name = wrong;
    cr_expect_eq(ask(s, &access), YQ_E_UNAVAILABLE);
    test_server_stop(s);
    test_identity_drop(&own);
}

Test(tls, a_node_may_ask_who_it_is, .timeout = 60)
{
    test_identity own = test_identity_make("asks", "IP:127.0.0.1");
    test_identity me = test_identity_make("me", "DNS:adapter");
    test_identity other = test_identity_make("other2", "DNS:adapter");
    test_server *s = test_server_start(text, &own, &me);
    yq_web_access access = {.ca_path = own.cert, .cert_path = me.cert, .key_path = me.key};
    cr_expect_eq(ask(s, &access), YQ_OK, "%s", why.text);
    access.cert_path = other.cert;
    cr_expect_eq(ask(s, &access), YQ_E_UNAVAILABLE, "not its key");
    access.key_path = other.key;
    cr_expect_eq(ask(s, &access), YQ_E_UNAVAILABLE, "unknown");
    access.cert_path = access.key_path = NULL;
    cr_expect_eq(ask(s, &access), YQ_E_UNAVAILABLE, "none is shown");
    test_server_stop(s);
    test_identity_drop(&own);
    test_identity_drop(&me);
    test_identity_drop(&other);
}

Test(tls, secrets_go_along, .timeout = 60)
{
    test_identity own = test_identity_make("secret", "IP:127.0.0.1");
    char token[512], headers[512];
    yq_web_access access = {0};
    test_server *s = test_server_start(text, &own, NULL);
    test_write_file(token, sizeof token, "t", "abc.def\n", 0600);
    test_write_file(headers, sizeof headers, "h", "X-Api-Key: k\n", 0600);
    const yq_option option[] = {
        {"tls_ca_file", own.cert}, {"token_file", token}, {"headers_file", headers}};
    for (size_t i = 0; i < YQ_ARRAY_N(option); i++) {
        yq_status status = YQ_E_MEMORY;
        cr_assert_eq(yq_web_access_take(&access, &option[i], &status, &why), 1);
        cr_assert_eq(status, YQ_OK);
    }
    cr_expect_eq(ask(s, &access), YQ_OK, "%s", why.text);
    cr_expect_not_null(strstr(s->request, "Authorization: Bearer abc.def\r\n"), "%s", s->request);
    cr_expect_not_null(strstr(s->request, "X-Api-Key: k\r\n"));
    yq_web_access_free(&access);
    test_server_stop(s);
    test_identity_drop(&own);
    (void)unlink(token);
    (void)unlink(headers);
}
