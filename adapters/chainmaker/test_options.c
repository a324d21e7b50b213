#include "adapters/chainmaker/session.h"
#include "relay/base/bytes.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <unistd.h>

static void *host_alloc(void *self, size_t size)
{
    (void)self;
    return calloc(1, size);
}

static uint64_t host_now(void *self)
{
    (void)self;
    return UINT64_C(1795435200000);
}

static int host_stopping(void *self)
{
    (void)self;
    return 0;
}

static const yq_adapter_host host = {
    .size = sizeof host,
    .abi_major = YQ_ADAPTER_ABI_MAJOR,
    .alloc = host_alloc,
    .now_ms = host_now,
    .stopping = host_stopping};

static char key_file[256], pem_file[256], other_file[256], odd_file[256];

static void write_text(const char *path, const char *text)
{
    FILE *f = fopen(path, "wb");
    cr_assert_not_null(f);
    cr_assert_eq(fwrite(text, 1, strlen(text), f), strlen(text));
    cr_assert_eq(fclose(f), 0);
}

/* A public key of the alg in PEM. */
static void write_public(const char *path, const yq_key *key)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    uint8_t der[91] = {0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48,
                       0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x81, 0x1c,
                       0xcf, 0x55, 0x01, 0x82, 0x2d, 0x03, 0x42, 0x00, 0x04};
    char text[256] = "-----BEGIN PUBLIC KEY-----\n";
    size_t n = strlen(text);
    memcpy(der + 27, yq_key_public(key).p, 64);
    for (size_t i = 0; i < sizeof der; i += 3) { /* 91 bytes: one is left over */
        size_t left = sizeof der - i;
        uint32_t v = (uint32_t)der[i] << 16;
        v |= left > 1 ? (uint32_t)der[i + 1] << 8 | der[i + 2] : 0u;
        for (unsigned k = 0; k < 4; k++) {
            text[n++] = left == 1 && k > 1 ? '=' : digits[v >> (18 - 6 * k) & 63];
        }
    }
    (void)snprintf(text + n, sizeof text - n, "\n-----END PUBLIC KEY-----\n");
    write_text(path, text);
}

static void setup(void)
{
    const struct {
        char *path;
        const char *name;
    } file[] = {{key_file, "key"}, {pem_file, "pem"}, {other_file, "other"}, {odd_file, "odd"}};
    for (size_t i = 0; i < YQ_ARRAY_N(file); i++) {
        (void)snprintf(
            file[i].path,
            sizeof key_file,
            YQ_BINARY_DIR "/tests/cma-%s.%ld",
            file[i].name,
            (long)getpid());
        (void)unlink(file[i].path);
    }
    yq_key *key = yq_key_derive(YQ_SIG_SM2_MESSAGE, yq_slice_text("cma"), "own");
    yq_key *other = yq_key_derive(YQ_SIG_SM2_MESSAGE, yq_slice_text("cma"), "other");
    cr_assert_eq(yq_key_write(key, key_file, NULL, NULL), YQ_OK);
    write_public(pem_file, key);
    write_public(other_file, other);
    write_text(odd_file, "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n");
    yq_key_free(key);
    yq_key_free(other);
}

static void teardown(void)
{
    (void)unlink(key_file);
    (void)unlink(pem_file);
    (void)unlink(other_file);
    (void)unlink(odd_file);
}

TestSuite(options, .init = setup, .fini = teardown);

/* Opens with good options, of which one is replaced or added; value NULL: left out. */
static yq_status open_with(
    const char *const *url, size_t n, const char *key, const char *value, void **s, yq_fault *why)
{
    const yq_option good[] = {
        {"chain_id", "chain1"},
        {"auth", "public-key"},
        {"cert_file", pem_file},
        {"key_file", key_file}};
    yq_option option[8];
    size_t option_n = 0;
    for (size_t i = 0; i < YQ_ARRAY_N(good); i++) {
        if (strcmp(good[i].key, key) != 0) {
            option[option_n++] = good[i];
        }
    }
    if (value != NULL) {
        option[option_n++] = (yq_option){key, value};
    }
    const yq_adapter_config config = {"cma", url, n, option, option_n};
    return yq_adapter_v1()->open(&host, &config, s, why);
}

Test(options, good_ones_are_taken)
{
    static const struct {
        const char *key, *value;
    } good[] = {
        {"hash", "sm3"},
        {"hash", "sha256"},
        {"min_sources", "1"},
        {"anchor_height", "0"},
        {"tx_lifetime_s", "86400"},
        {"gas_limit", "10000000"},
        {"inbox", "yuqiao_inbox"},
        {"org_id", "wx-org1"},
        {"node.QmA", pem_file}};
    const char *url = "https://a:12301";
    for (size_t i = 0; i < YQ_ARRAY_N(good); i++) {
        void *s;
        yq_fault why = {0};
        cr_assert_eq(
            open_with(&url, 1, good[i].key, good[i].value, &s, &why), YQ_OK, "%s", why.text);
        yq_adapter_v1()->close(s);
    }
}

Test(options, wrong_ones_are_named)
{
    const struct {
        const char *url, *key, *value, *named;
    } wrong[] = {
        {"http://192.0.2.1:12301", "hash", "sm3", "endpoints"},
        {"ftp://127.0.0.1:12301", "hash", "sm3", "endpoints"},
        {"https://a:12301", "chain_id", NULL, "chain_id"},
        {"https://a:12301", "chain_id", "", "chain_id"},
        {"https://a:12301", "hash", "md5", "hash"},
        {"https://a:12301", "hash", "sha3-256", "cert_file"}, /* SM2 with SHA3 is no scheme */
        {"https://a:12301", "hsah", "sm3", "hsah"},
        {"https://a:12301", "auth", "key", "auth"},
        {"https://a:12301", "auth", "cert", "org_id"},
        {"https://a:12301", "cert_file", NULL, "cert_file"},
        {"https://a:12301", "cert_file", "/none", "cert_file"},
        {"https://a:12301", "cert_file", key_file, "cert_file"},
        {"https://a:12301", "cert_file", odd_file, "cert_file"},
        {"https://a:12301", "cert_file", other_file, "key_file"},
        {"https://a:12301", "key_file", NULL, "key_file"},
        {"https://a:12301", "key_file", "/none", "key_file"},
        {"https://a:12301", "key_file", pem_file, "key_file"},
        {"https://a:12301", "tls_cert_file", "/a", "tls_cert_file"},
        {"https://a:12301", "min_sources", "0", "min_sources"},
        {"https://a:12301", "min_sources", "2", "min_sources"},
        {"https://a:12301", "min_sources", "01", "min_sources"},
        {"https://a:12301", "anchor_height", "-1", "anchor_height"},
        {"https://a:12301", "anchor_height", "99999999999999999999", "anchor_height"},
        {"https://a:12301", "tx_lifetime_s", "0", "tx_lifetime_s"},
        {"https://a:12301", "tx_lifetime_s", "86401", "tx_lifetime_s"},
        {"https://a:12301", "gas_limit", "1k", "gas_limit"},
        {"https://a:12301", "inbox", "", "inbox"},
        {"https://a:12301", "node.", pem_file, "node."},
        {"https://a:12301", "node.QmA", "/none", "node.QmA"},
        {"https://a:12301", "node.QmA", odd_file, "node.QmA"},
    };
    for (size_t i = 0; i < YQ_ARRAY_N(wrong); i++) {
        void *s;
        yq_fault why = {0};
        cr_assert_eq(
            open_with(&wrong[i].url, 1, wrong[i].key, wrong[i].value, &s, &why),
            YQ_E_CONFIG_INVALID,
            "%zu",
            i);
        cr_assert_null(s);
        cr_assert_eq(strncmp(why.text, wrong[i].named, strlen(wrong[i].named)), 0, "%s", why.text);
    }
}

Test(options, endpoints_are_several_different_ones)
{
    const char *twice[] = {"https://a:12301", "https://a:12301"}, *many[17];
    char url[17][32];
    void *s;
    yq_fault why = {0};
    cr_assert_eq(open_with(twice, 2, "hash", "sm3", &s, &why), YQ_E_CONFIG_INVALID);
    cr_assert_not_null(strstr(why.text, "twice"));
    cr_assert_eq(open_with(twice, 0, "hash", "sm3", &s, &why), YQ_E_CONFIG_INVALID);
    for (size_t i = 0; i < 17; i++) {
        (void)snprintf(url[i], sizeof url[i], "https://n%zu:12301", i);
        many[i] = url[i];
    }
    cr_assert_eq(open_with(many, 17, "hash", "sm3", &s, &why), YQ_E_CONFIG_INVALID);
    cr_assert_eq(open_with(many, 16, "min_sources", "16", &s, &why), YQ_OK, "%s", why.text);
    yq_adapter_v1()->close(s);
}

Test(options, nobody_is_there)
{
    const char *url = "http://127.0.0.1:1";
    void *s;
    yq_fault why = {0};
    uint64_t height;
    yq_slice anchor;
    cr_assert_eq(open_with(&url, 1, "hash", "sm3", &s, &why), YQ_OK);
    cr_assert_eq(yq_adapter_v1()->latest(s, 2000, &height, &why), YQ_E_UNAVAILABLE);
    cr_assert_eq(yq_adapter_v1()->anchor(s, 2000, &anchor, &why), YQ_E_UNAVAILABLE);
    yq_adapter_v1()->close(s);
}
