/* Options of access, and the secrets that they name. */
#include "adapters/http/access.h"
#include "adapters/http/link.h"
#include "adapters/http/test_identity.h"

#include <string.h>

static yq_fault why;

/* Takes one option and opens. Frees access only when it is not wanted. */
static yq_status open_with(yq_web_access *access, const char *key, const char *value)
{
    yq_status status = YQ_OK;
    const yq_option option = {key, value};
    why = (yq_fault){0};
    *access = (yq_web_access){0};
    cr_assert_eq(yq_web_access_take(access, &option, &status, &why), 1, "%s", key);
    return status == YQ_OK ? yq_web_access_open(access, &why) : status;
}

static void refuse(const char *key, const char *value, yq_status wanted)
{
    yq_web_access access;
    cr_expect_eq(open_with(&access, key, value), wanted, "%s: %s", key, value);
    cr_expect_neq(why.text[0], '\0');
    yq_web_access_free(&access);
}

Test(access, another_key_is_left_alone)
{
    yq_web_access access = {0};
    yq_status status = YQ_OK;
    const yq_option option = {"tls_ca", "x"};
    cr_expect_eq(yq_web_access_take(&access, &option, &status, &why), 0);
}

Test(access, files_have_to_be_there)
{
    static const char *const keys[] = {"tls_ca_file", "token_file", "headers_file"};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        refuse(keys[i], "/nowhere/x.pem", YQ_E_CONFIG_INVALID);
        cr_expect_eq(strncmp(why.text, keys[i], strlen(keys[i])), 0, "%s", why.text);
        refuse(keys[i], "", YQ_E_CONFIG_INVALID);
    }
    refuse("tls_cert_file", YQ_SOURCE_DIR "/README.md", YQ_E_CONFIG_INVALID);
    refuse("tls_key_file", YQ_SOURCE_DIR "/README.md", YQ_E_CONFIG_INVALID);
}

Test(access, a_server_name_is_a_name)
{
    yq_web_access access;
    cr_expect_eq(open_with(&access, "tls_server_name", "node-1.city.cn"), YQ_OK);
    yq_web_access_free(&access);
    refuse("tls_server_name", "", YQ_E_CONFIG_INVALID);
    refuse("tls_server_name", "a/b", YQ_E_CONFIG_INVALID);
    refuse("tls_server_name", "a:1", YQ_E_CONFIG_INVALID);
}

Test(access, a_token_is_the_first_line_of_its_file)
{
    char path[512];
    yq_web_access access;
    test_write_file(path, sizeof path, "token", "abc.def\r\nmore\n", 0600);
    cr_expect_eq(open_with(&access, "token_file", path), YQ_OK, "%s", why.text);
    cr_expect_eq(access.header_n, 1);
    cr_expect_str_eq(access.header[0], "Authorization: Bearer abc.def");
    yq_web_access_free(&access);
    cr_expect_eq(access.header_n, 0);
    cr_assert_eq(chmod(path, 0640), 0);
    refuse("token_file", path, YQ_E_PERMISSION);
    static const char *const bad[] = {"", "\n", "a\tb\n", "\xe6\x98\xaf\n"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        test_write_file(path, sizeof path, "token", bad[i], 0600);
        refuse("token_file", path, YQ_E_CONFIG_INVALID);
    }
    (void)unlink(path);
}

Test(access, headers_are_lines)
{
    char path[512], many[1024] = "";
    yq_web_access access;
    test_write_file(path, sizeof path, "headers", "X-Api-Key: k1\nX-Other: v: 2", 0600);
    cr_expect_eq(open_with(&access, "headers_file", path), YQ_OK, "%s", why.text);
    cr_expect_eq(access.header_n, 2);
    cr_expect_str_eq(access.header[0], "X-Api-Key: k1");
    cr_expect_str_eq(access.header[1], "X-Other: v: 2");
    yq_web_access_free(&access);
    for (size_t i = 0; i < YQ_WEB_HEADERS_MAX; i++) {
        (void)strncat(many, "X-A: b\n", sizeof many - strlen(many) - 1);
    }
    test_write_file(path, sizeof path, "headers", many, 0600);
    cr_expect_eq(open_with(&access, "headers_file", path), YQ_OK, "%s", why.text);
    yq_web_access_free(&access);
    (void)strncat(many, "X-A: b\n", sizeof many - strlen(many) - 1);
    test_write_file(path, sizeof path, "headers", many, 0600);
    refuse("headers_file", path, YQ_E_CONFIG_INVALID);
    static const char *const bad[] = {
        "X-A\n",
        ": b\n",
        "X A: b\n",
        "X-A:b\n",
        "X-A: \n",
        "Host: a\n",
        "content-length: 1\n",
        "X-A: b\x01\n",
        "X-A: b\n\nX-B: c\n"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        test_write_file(path, sizeof path, "headers", bad[i], 0600);
        refuse("headers_file", path, YQ_E_CONFIG_INVALID);
    }
    (void)unlink(path);
}

Test(access, a_line_that_is_too_long_is_not_cut)
{
    static char line[5000];
    char path[512];
    memset(line, 'a', sizeof line - 1);
    test_write_file(path, sizeof path, "long", line, 0600);
    refuse("token_file", path, YQ_E_CONFIG_INVALID);
    (void)unlink(path);
}

Test(access, addresses_have_a_form)
{
    char url[64], connect[64];
    static const struct {
        const char *endpoint, *name, *url, *connect;
    } good[] = {
        {"10.0.0.1:80", NULL, "http://10.0.0.1:80", ""},
        {"node/", NULL, "http://node/", ""},
        {"http://node:1/a/b", "other", "http://node:1/a/b", ""},
        {"https://[::1]:443/x", NULL, "https://[::1]:443/x", ""},
        {"https://10.0.0.1:8545/x", "node.cn", "https://node.cn:8545/x", "::10.0.0.1:"},
        {"https://[::1]", "node.cn", "https://node.cn", "::[::1]:"},
    };
    static const char *const bad[] = {
        "",
        "http://",
        "https:///x",
        "ftp://node",
        "node?key=1",
        "user:word@node",
        "node#a",
        "no de",
        "http://http://a",
        ":80",
        "[::1",
        "node\x7f"};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        cr_assert_eq(
            yq_web_url_make(good[i].endpoint, good[i].name, url, connect, sizeof url), 1, "%zu", i);
        cr_expect_str_eq(url, good[i].url);
        cr_expect_str_eq(connect, good[i].connect);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        cr_expect_eq(yq_web_url_make(bad[i], NULL, url, connect, sizeof url), 0, "%s", bad[i]);
    }
    cr_expect_eq(yq_web_url_make("0123456789", NULL, url, connect, 17), 0, "no room for NUL");
    cr_expect_eq(yq_web_url_make("0123456789", NULL, url, connect, 18), 1);
}
