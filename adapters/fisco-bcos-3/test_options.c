#include "adapters/fisco-bcos-3/session.h"
#include "relay/base/bytes.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void *lend(void *self, size_t size)
{
    (void)self;
    return calloc(1, size);
}

static void tell(void *self, int level, const char *text)
{
    (void)self;
    (void)level;
    (void)text;
}

static uint64_t wall_ms(void *self)
{
    (void)self;
    return 1;
}

static const yq_adapter_host host = {
    .size = sizeof host,
    .abi_major = YQ_ADAPTER_ABI_MAJOR,
    .alloc = lend,
    .log = tell,
    .now_ms = wall_ms,
};

#define INBOX "22360be8265ac73e7db48fc9c9df5a5df1ffb262"
#define TWO   "0x" INBOX ",0x" INBOX

static yq_status open_one(
    const char *const *url, size_t n, const yq_option *option, size_t option_n, yq_fault *why)
{
    const yq_adapter_config config = {"city-410300", url, n, option, option_n};
    void *session = NULL;
    yq_status status = yq_adapter_v1()->open(&host, &config, &session, why);
    cr_assert_eq(session == NULL, status != YQ_OK);
    if (session != NULL) {
        yq_adapter_v1()->close(session);
    }
    return status;
}

Test(options, are_read_strictly)
{
    static const char *const bad[][3] = {
        {"group", ""},
        {"group", "a\"b"},
        {"group", "a-name-of-a-group-that-is-too-long-by-far"},
        {"chain_id", "chain 0"},
        {"node", "\\"},
        {"suite", "sm4"},
        {"min_sources", "0"},
        {"min_sources", "2"},
        {"depth", "0"},
        {"depth", "65"},
        {"depth", "1x"},
        {"depth", "01"},
        {"depth", ""},
        {"tx_version", "2"},
        {"trust_period_ms", "281474976710657"},
        {"anchor_height", "9223372036854775808"},
        {"anchor_height", "-1"},
        {"nudge_ms", "3600001"},
        {"inbox", "0x12"},
        {"inbox", "0x0000000000000000000000000000000000000000"},
        {"inbox", "0x22360be8265ac73e7db48fc9c9df5a5df1ffb26g"},
        {"operators", ""},
        {"operators", "0x12"},
        {"operators", "0x" INBOX ","},
        {"operators", TWO},
        {"abi_hash", "sha3"},
        {"account_key", ""},
        {"tls_ca_file", "/no/such/file"},
        {"colour", "red"},
        {"inbox", INBOX, "account_key"}, /* without a key */
        {"tls_cert_file", "/dev/null", "tls_cert_file"},
        {"tls_key_file", "/dev/null", "tls_cert_file"},
    };
    const char *endpoint = "127.0.0.1:1";
    for (size_t i = 0; i < YQ_ARRAY_N(bad); i++) {
        const yq_option option = {bad[i][0], bad[i][1]};
        yq_fault why = {0};
        cr_assert_eq(open_one(&endpoint, 1, &option, 1, &why), YQ_E_CONFIG_INVALID, "%zu", i);
        const char *named = bad[i][2] != NULL ? bad[i][2] : bad[i][0];
        cr_assert_eq(strncmp(why.text, named, strlen(named)), 0, "%zu %s", i, why.text);
    }
}

Test(options, good_ones)
{
    static const yq_option all[] = {
        {"group", "group-1.x"},
        {"chain_id", "chain_0"},
        {"node", "node0"},
        {"suite", "sm"},
        {"min_sources", "2"},
        {"depth", "64"},
        {"tx_version", "1"},
        {"trust_period_ms", "0"},
        {"anchor_height", "9223372036854775807"},
        {"nudge_ms", "0"},
        {"inbox", "0x" INBOX},
        {"operators", "0x" INBOX ",1111111111111111111111111111111111111111"},
        {"abi_hash", "keccak256"},
        {"account_key", "/x"},
        {"account_passphrase_file", "/y"},
        {"tls_ca_file", "/dev/null"},
        {"tls_cert_file", "/dev/null"},
        {"tls_key_file", "/dev/null"},
    };
    const char *endpoint[] = {"127.0.0.1:1", "https://127.0.0.1:2"};
    yq_fault why = {0};
    cr_assert_eq(open_one(endpoint, 2, all, YQ_ARRAY_N(all), &why), YQ_OK, "%s", why.text);
}

Test(options, endpoints)
{
    static const char *const bad[][2] = {
        {"ftp://127.0.0.1:1", "http://127.0.0.1:1"},
        {"127.0.0.1:1", "127.0.0.1:1"},
    };
    yq_fault why = {0};
    for (size_t i = 0; i < YQ_ARRAY_N(bad); i++) {
        cr_assert_eq(open_one(bad[i], 2, NULL, 0, &why), YQ_E_CONFIG_INVALID);
        cr_assert_eq(strncmp(why.text, "endpoints", 9), 0, "%s", why.text);
    }
    cr_assert_eq(open_one(bad[0], 0, NULL, 0, &why), YQ_E_CONFIG_INVALID);
    const char *many[17];
    static char text[17][24];
    for (size_t i = 0; i < 17; i++) {
        (void)snprintf(text[i], sizeof text[i], "127.0.0.1:%zu", i + 1);
        many[i] = text[i];
    }
    cr_assert_eq(open_one(many, 17, NULL, 0, &why), YQ_E_CONFIG_INVALID);
    cr_assert_eq(open_one(many, 16, NULL, 0, &why), YQ_OK, "%s", why.text);
}

/* Operators stand ascending in the anchor, in whatever order they were written. */
Test(options, operators_are_sorted)
{
    static const char *const order[] = {
        "0x" INBOX ",1111111111111111111111111111111111111111",
        "1111111111111111111111111111111111111111,0x" INBOX};
    for (size_t i = 0; i < 2; i++) {
        yq_bcos3_session *s = calloc(1, sizeof *s);
        const char *endpoint = "127.0.0.1:1";
        const yq_option option = {"operators", order[i]};
        const yq_adapter_config config = {"city", &endpoint, 1, &option, 1};
        yq_fault why = {0};
        s->host = host;
        cr_assert_eq(yq_bcos3_options_read(s, &config, &why), YQ_OK, "%s", why.text);
        cr_assert_eq(s->rules.operator_n, 2);
        cr_assert_eq(s->rules.operators[0][0], 0x11);
        cr_assert_eq(s->rules.operators[1][0], 0x22);
        yq_web_pool_free(s->rpc.pool);
        free(s);
    }
}

Test(options, passphrases)
{
    char path[256];
    const char *endpoint = "127.0.0.1:1";
    (void)snprintf(path, sizeof path, YQ_BINARY_DIR "/tests/bcos3-key.%d", getpid());
    (void)unlink(path);
    yq_fault why = {0};
    yq_key *key = yq_key_generate(YQ_SIG_SM2_MESSAGE);
    cr_assert_eq(yq_key_write(key, path, "secret", &why), YQ_OK);
    yq_key_free(key);
    for (size_t i = 0; i < 3; i++) {
        const char *file[] = {NULL, "/no/such/file", "/dev/null"};
        yq_bcos3_session *s = calloc(1, sizeof *s);
        const yq_option option[] = {{"account_key", path}, {"account_passphrase_file", file[i]}};
        const yq_adapter_config config = {"city", &endpoint, 1, option, i == 0 ? 1 : 2};
        s->host = host;
        s->profile.suite = YQ_BCOS3_SUITE_SM;
        cr_assert_eq(yq_bcos3_options_read(s, &config, &why), YQ_OK);
        cr_assert_eq(yq_bcos3_account_open(s, &why), YQ_E_CONFIG_INVALID, "%zu", i);
        yq_web_pool_free(s->rpc.pool);
        free(s->account_path);
        free(s->passphrase_path);
        free(s);
    }
    (void)unlink(path);
}
