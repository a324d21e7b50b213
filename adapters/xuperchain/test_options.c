#include "adapters/xuperchain/session.h"
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

static char key_file[256], other_file[256];
static yq_fault why;

static void setup(void)
{
    static const yq_sig_alg alg[] = {YQ_SIG_SM2_MESSAGE, YQ_SIG_P256_DIGEST};
    char *const path[] = {key_file, other_file};
    for (size_t i = 0; i < 2; i++) {
        (void)snprintf(path[i], 256, YQ_BINARY_DIR "/tests/xua-%ld-%zu.key", (long)getpid(), i);
        (void)unlink(path[i]);
        yq_key *key = yq_key_generate(alg[i]);
        cr_assert_eq(yq_key_write(key, path[i], NULL, NULL), YQ_OK);
        yq_key_free(key);
    }
}

static void teardown(void)
{
    (void)unlink(key_file);
    (void)unlink(other_file);
}

TestSuite(options, .init = setup, .fini = teardown);

/* In: options, "key", "value", ..., NULL. */
static yq_status open_with(const char *const *endpoint, size_t n, const char *const *with)
{
    yq_option option[32];
    size_t option_n = 0;
    void *session;
    for (; with != NULL && with[2 * option_n] != NULL; option_n++) {
        option[option_n] = (yq_option){with[2 * option_n], with[2 * option_n + 1]};
    }
    const yq_adapter_config config = {"city", endpoint, n, option, option_n};
    why = (yq_fault){0};
    yq_status status = yq_adapter_v1()->open(&host, &config, &session, &why);
    if (status == YQ_OK) {
        yq_adapter_v1()->close(session);
    }
    return status;
}

static yq_status open_one(const char *key, const char *value)
{
    static const char *const endpoint[] = {"https://node:37101"};
    const char *const with[] = {"inbox", "inbox", "key_file", key_file, key, value, NULL};
    return open_with(endpoint, 1, with);
}

Test(options, good_ones_are_taken)
{
    static const char root[] = "0c5bec4d1e8ecab79aa6c0c9b79c58e98c9976a635157c4fe0d20b98bd607ff7";
    static const char *const good[][2] = {
        {"bcname", "hello"},
        {"root", root},
        {"crypto", "sm2"},
        {"min_sources", "1"},
        {"anchor_height", "9223372036854775807"},
        {"validators", "A,B,C"},
        {"list_bucket", "$poa"},
        {"list_key", "1_validates"},
        {"list_delay", "3"},
        {"event_key", "Out"},
        {"module", "wasm"},
        {"tx_lifetime_s", "86400"},
        {"tls_ca_file", "ca"}};
    for (size_t i = 0; i < YQ_ARRAY_N(good); i++) {
        cr_assert_eq(open_one(good[i][0], good[i][1]), YQ_OK, "%s: %s", good[i][0], why.text);
    }
    const char *const read_only[] = {NULL};
    const char *const endpoint[] = {"http://127.0.0.1:37101", "https://b:1"};
    cr_assert_eq(open_with(endpoint, 2, read_only), YQ_OK, "%s", why.text);
}

Test(options, bad_ones_are_named)
{
    static const char *const bad[][2] = {
        {"bcname", ""},
        {"root", "00"},
        {"root", "0g5bec4d1e8ecab79aa6c0c9b79c58e98c9976a635157c4fe0d20b98bd607ff7"},
        {"crypto", "SM2"},
        {"crypto", "p256"}, /* the key is another one's */
        {"min_sources", "0"},
        {"min_sources", "2"},
        {"anchor_height", "0"},
        {"anchor_height", "01"},
        {"anchor_height", "9223372036854775808"},
        {"validators", ""},
        {"validators", "A,"},
        {"validators", "A,B,A"},
        {"validators", "ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGHIJKL"},
        {"list_key", ""},
        {"list_delay", "2"},
        {"list_delay", "5"},
        {"event_key", ""},
        {"module", "evm"},
        {"tx_lifetime_s", "0"},
        {"tx_lifetime_s", "86401"},
        {"tls_cert_file", "only"},
        {"chain_id", "x"}};
    for (size_t i = 0; i < YQ_ARRAY_N(bad); i++) {
        const char *named = strcmp(bad[i][1], "p256") == 0 ? "key_file" : bad[i][0];
        cr_assert_eq(open_one(bad[i][0], bad[i][1]), YQ_E_CONFIG_INVALID, "%s", bad[i][0]);
        cr_assert_eq(strncmp(why.text, named, strlen(named)), 0, "%s: %s", bad[i][0], why.text);
    }
}

Test(options, a_set_is_bounded)
{
    char text[512] = "";
    for (unsigned i = 0; i < 65; i++) {
        size_t n = strlen(text);
        (void)snprintf(text + n, sizeof text - n, "%sA%u", i == 0 ? "" : ",", i);
        cr_assert_eq(open_one("validators", text), i < 64 ? YQ_OK : YQ_E_CONFIG_INVALID, "%u", i);
    }
}

Test(options, endpoints_and_keys)
{
    static const char *const plain[] = {"http://node:37101"};
    static const char *const twice[] = {"https://a:1", "https://a:1"};
    static const char *const good[] = {"https://a:1"};
    cr_assert_eq(open_with(plain, 1, NULL), YQ_E_CONFIG_INVALID);
    cr_assert_eq(open_with(twice, 2, NULL), YQ_E_CONFIG_INVALID);
    cr_assert_eq(open_with(good, 0, NULL), YQ_E_CONFIG_INVALID);
    const char *const keyless[] = {"inbox", "inbox", NULL};
    cr_assert_eq(open_with(good, 1, keyless), YQ_E_CONFIG_INVALID);
    cr_assert_not_null(strstr(why.text, "key_file"), "%s", why.text);
    const char *const other[] = {"key_file", other_file, "crypto", "p256", NULL};
    cr_assert_eq(open_with(good, 1, other), YQ_OK, "%s", why.text);
    const char *const missing[] = {"key_file", "/nothing", NULL};
    cr_assert_eq(open_with(good, 1, missing), YQ_E_CONFIG_INVALID);
}

/* Text and address of a validator of a recorded chain. */
Test(options, keys_and_addresses_are_the_chains)
{
    static const char digits[] = "d69b94fd364df83c28694c1b8bdf4750d42496421b5eb4285dd4a62b575405d0"
                                 "d4af621b8ea3570d002f54ebb56fb1d39710d3dd4e2ba7d6267a434dfa718152";
    static const char want[] =
        "{\"Curvname\":\"SM2-P-256\",\"X\":"
        "97069839176904427086611674062101901623972896297009018671780986262243970909648,\"Y\":"
        "96200199250070776694002908312807797623252202205744946343401270960274208293202}";
    uint8_t key[64];
    yq_buf out = {key, sizeof key, 0};
    char text[YQ_XUA_KEY_TEXT_MAX], address[YQ_XUA_ADDRESS_MAX];
    cr_assert_eq(yq_hex_decode(&out, digits, strlen(digits)), YQ_OK);
    cr_assert_eq(yq_xua_key_text(YQ_XUA_SM2, key, text), strlen(want));
    cr_assert_str_eq(text, want);
    cr_assert_eq(yq_xua_address(YQ_XUA_SM2, key, address), strlen(address));
    cr_assert_str_eq(address, "uPJVvGtEkvqfBouqch1ZSqLGGcaCtU6Sz");
}
