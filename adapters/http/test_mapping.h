#ifndef YQ_ADAPTERS_HTTP_TEST_MAPPING_H
#define YQ_ADAPTERS_HTTP_TEST_MAPPING_H

/* For tests of adapters: the room's options reach the nodes. */
#include "yuqiao/adapter.h"

#include "adapters/http/test_server.h"

#define TEST_OPTIONS_MAX 12u

static yq_fault test_mapping_why;

static inline void *test_mapping_lend(void *self, size_t size)
{
    (void)self;
    return calloc(1, size);
}

static inline void test_mapping_tell(void *self, int level, const char *text)
{
    (void)self;
    (void)level;
    (void)text;
}

static inline uint64_t test_mapping_now(void *self)
{
    (void)self;
    return UINT64_C(1795999999000);
}

/* Asks for the height over a session of its own. */
static inline yq_status test_mapping_ask(const char *url, const yq_option *option, size_t n)
{
    static const yq_adapter_host host = {
        .size = sizeof host,
        .abi_major = YQ_ADAPTER_ABI_MAJOR,
        .alloc = test_mapping_lend,
        .log = test_mapping_tell,
        .now_ms = test_mapping_now,
    };
    const yq_adapter_config config = {"city-410300", &url, 1, option, n};
    const yq_adapter *a = yq_adapter_v1();
    void *session = NULL;
    uint64_t height = 0;
    test_mapping_why = (yq_fault){0};
    yq_status status = a->open(&host, &config, &session, &test_mapping_why);
    cr_assert_eq(status, YQ_OK, "%s", test_mapping_why.text);
    status = a->latest(session, 5000, &height, &test_mapping_why);
    cr_expect(status != YQ_OK || height == 42);
    a->close(session);
    return status;
}

/*
 * A node that is known by a certificate of another name than its address, wants to know who asks,
 * and is shown secrets: each option counts. In: reply to the question for the height, which is 42;
 * own, the framework's options.
 */
static inline void test_mapping(const char *reply, const yq_option *own, size_t own_n)
{
    test_identity node = test_identity_make("map-node", "DNS:node-1.city.cn");
    test_identity me = test_identity_make("map-me", "DNS:adapter");
    test_identity other = test_identity_make("map-other", "DNS:node-1.city.cn");
    char token[512], headers[512];
    test_write_file(token, sizeof token, "map-token", "abc.def\n", 0600);
    test_write_file(headers, sizeof headers, "map-headers", "X-Api-Key: k\n", 0600);
    test_server *s = test_server_start(reply, &node, &me);
    yq_option option[TEST_OPTIONS_MAX] = {
        {"tls_ca_file", node.cert},
        {"tls_server_name", "node-1.city.cn"},
        {"tls_cert_file", me.cert},
        {"tls_key_file", me.key},
        {"token_file", token},
        {"headers_file", headers},
    };
    size_t n = 6;
    for (size_t i = 0; i < own_n; i++) {
        option[n++] = own[i];
    }
    cr_expect_eq(test_mapping_ask(s->url, option, n), YQ_OK, "%s", test_mapping_why.text);
    cr_expect_not_null(strstr(s->request, "Authorization: Bearer abc.def\r\n"), "%s", s->request);
    cr_expect_not_null(strstr(s->request, "X-Api-Key: k\r\n"), "%s", s->request);
    option[0].value = other.cert;
    cr_expect_eq(test_mapping_ask(s->url, option, n), YQ_E_UNAVAILABLE, "the wrong CA");
    option[0].value = node.cert;
    option[1].value = "node-2.city.cn";
    cr_expect_eq(test_mapping_ask(s->url, option, n), YQ_E_UNAVAILABLE, "another name");
    option[1].value = "node-1.city.cn";
    option[2].value = other.cert;
    option[3].value = other.key;
    cr_expect_eq(test_mapping_ask(s->url, option, n), YQ_E_UNAVAILABLE, "not known there");
    test_server_stop(s);
    test_identity_drop(&node);
    test_identity_drop(&me);
    test_identity_drop(&other);
    (void)unlink(token);
    (void)unlink(headers);
}

#endif /* YQ_ADAPTERS_HTTP_TEST_MAPPING_H */
