#include "adapters/xinghuo/office_config.h"
#include "adapters/xinghuo/session.h"

#include <criterion/criterion.h>

static void *no_memory(void *self, size_t size)
{
    (void)self;
    (void)size;
    return NULL;
}

static int not_stopping(void *self)
{
    (void)self;
    return 0;
}

static const yq_adapter_host host = {
    .size = sizeof host,
    .abi_major = YQ_ADAPTER_ABI_MAJOR,
    .alloc = no_memory,
    .stopping = not_stopping,
};

/* Opens with one option beside chain_id; key NULL: without chain_id. */
static yq_status open_with(const char *key, const char *value, yq_fault *why)
{
    static const char *const endpoint[] = {"http://127.0.0.1:1", "http://127.0.0.1:2"};
    const yq_option option[] = {{"chain_id", "20"}, {key, value}};
    const yq_adapter_config config = {
        .chain = "city-410300",
        .endpoints = endpoint,
        .endpoint_n = 2,
        .options = option,
        .option_n = key == NULL ? 0 : 2};
    void *session = NULL;
    yq_status status = yq_adapter_v1()->open(&host, &config, &session, why);
    cr_assert_eq(session != NULL, status == YQ_OK);
    yq_adapter_v1()->close(session);
    return status;
}

Test(options, each_is_checked)
{
    static const struct {
        const char *key, *value;
        int good;
    } row[] = {
        {"chain_id", "0", 1},
        {"chain_id", "x", 0},
        {"chain_id", "01", 0},
        {"chain_id", "9223372036854775808", 0},
        {"min_sources", "2", 1},
        {"min_sources", "3", 0},
        {"min_sources", "0", 0},
        {"anchor_height", "0", 0},
        {"anchor_height", "7", 1},
        {"update_every", "0", 0},
        {"update_every", "10001", 0},
        {"valid_ledgers", "100001", 0},
        {"fee_limit", "0", 0},
        {"gas_price", "0", 1},
        {"gas_price", "-1", 0},
        {"hash", "sm3", 1},
        {"hash", "sha1", 0},
        {"emitters", "", 0},
        {"emitters", "did:bid:efA,did:bid:efB", 1},
        {"validators", "b06566d8fb4a6dfbe0d5831e38f621391ad9191626f7e28c13d3a0482c52d5c9607b14", 1},
        {"validators", "b06566d8", 0},
        {"validators",
         "b06566d8fb4a6dfbe0d5831e38f621391ad9191626f7e28c13d3a0482c52d5c9607b14,",
         0},
        {"inbox", "did:bid:efX", 0}, /* without an account */
        {"inbox", "0x1234", 0},
        {"attesters_file", "/nonexistent/attesters", 0},
        {"attester_tls_ca_file", "", 0},
        {"attester_nothing", "x", 0},
        {"nothing", "x", 0},
    };
    for (size_t i = 0; i < YQ_ARRAY_N(row); i++) {
        yq_fault why = {0};
        yq_status status = open_with(row[i].key, row[i].value, &why);
        cr_expect_eq(
            status,
            row[i].good ? YQ_OK : YQ_E_CONFIG_INVALID,
            "%s=%s: %s",
            row[i].key,
            row[i].value,
            why.text);
    }
    yq_fault why = {0};
    cr_assert_eq(open_with(NULL, NULL, &why), YQ_E_CONFIG_INVALID);
    cr_assert_not_null(strstr(why.text, "chain_id"), "%s", why.text);
}

Test(options, wanted_emitters)
{
    char list[] = "did:bid:efA,did:bid:efB";
    yq_xha_session s = {.emitters = NULL};
    cr_assert(yq_xha_is_wanted(&s, yq_slice_text("anybody")));
    s.emitters = list;
    cr_assert(yq_xha_is_wanted(&s, yq_slice_text("did:bid:efA")));
    cr_assert(yq_xha_is_wanted(&s, yq_slice_text("did:bid:efB")));
    cr_assert_not(yq_xha_is_wanted(&s, yq_slice_text("did:bid:ef")));
    cr_assert_not(yq_xha_is_wanted(&s, yq_slice_text("did:bid:efA,did:bid:efB")));
    cr_assert_not(yq_xha_is_wanted(&s, yq_slice_text("")));
}

/* The field numbers of the published definition; zeros are left out. */
Test(options, layout_of_a_transaction)
{
    char inbox[] = "did:bid:efX";
    yq_xha_session s = {.inbox = inbox, .fee_limit = 300, .gas_price = 0};
    s.account = yq_key_derive(YQ_SIG_ED25519_MESSAGE, yq_slice_text("t"), "account");
    char source[YQ_XH_ADDRESS_SIZE];
    size_t n = yq_xh_address(YQ_SUITE_ED25519, yq_key_public(s.account), source);
    const uint8_t bytes[] = {0xab};
    const yq_xha_call call = {
        .nonce = 5, .ceil = 9, .method = "m", .key = "k", .bytes = YQ_SLICE_OF(bytes)};
    static const char input[] = "{\"method\":\"m\",\"params\":{\"k\":\"ab\"}}";
    uint8_t expected[256];
    yq_writer w = yq_writer_of(expected, sizeof expected);
    yq_put_u8(&w, 0x0a); /* 1 source_address */
    yq_put_u8(&w, (uint8_t)n);
    yq_put_bytes(&w, source, n);
    yq_put_bytes(&w, "\x10\x05\x22", 3); /* 2 nonce, 4 operations */
    yq_put_u8(&w, (uint8_t)(4 + 13 + 2 + sizeof input - 1));
    yq_put_bytes(&w, "\x08\x07\x52", 3); /* type pay_coin, 10 pay_coin */
    yq_put_u8(&w, (uint8_t)(13 + 2 + sizeof input - 1));
    yq_put_bytes(&w, "\x0a\x0b", 2); /* 1 dest_address */
    yq_put_bytes(&w, inbox, 11);
    yq_put_u8(&w, 0x1a); /* 3 input */
    yq_put_u8(&w, sizeof input - 1);
    yq_put_bytes(&w, input, sizeof input - 1);
    yq_put_bytes(&w, "\x30\xac\x02\x40\x09", 5); /* 6 fee_limit, 8 ceil_ledger_seq */
    yq_buf blob = {0};
    yq_fault why = {0};
    cr_assert_eq(yq_xha_transaction_make(&s, &call, &blob, &why), YQ_OK);
    cr_assert(yq_slice_equal(yq_slice_of(blob.p, blob.n), yq_writer_slice(&w)));
    free(blob.p);
    yq_key_free(s.account);
}

#define OFFICE(listen, more)                                                                       \
    "{\"chain\":\"c\",\"epoch\":1,\"endpoints\":[\"http://h\"],\"options\":{\"chain_id\":\"1\"},"  \
    "\"key\":\"k\",\"listen\":\"" listen "\"" more "}"

Test(options, of_an_attester)
{
    static const struct {
        const char *text;
        int good;
    } row[] = {
        {OFFICE("127.0.0.1:0", ""), 1},
        {OFFICE("10.0.0.1:8600", ""), 0}, /* without TLS */
        {OFFICE("10.0.0.1:8600", ",\"tls_cert_file\":\"c\",\"tls_key_file\":\"k\""), 1},
        {OFFICE("127.0.0.1:0", ",\"tls_cert_file\":\"c\""), 0},
        {OFFICE("127.0.0.1", ""), 0},
        {OFFICE("127.0.0.1:", ""), 0},
        {OFFICE("127.0.0.1:70000", ""), 0},
        {OFFICE("127.0.0.1:8x", ""), 0},
        {OFFICE("127.0.0.1:0", ",\"more\":1"), 0},
        {OFFICE("127.0.0.1:0", ",\"passphrase_file\":\"\""), 0},
        {"{\"chain\":\"c\",\"epoch\":1,\"endpoints\":[],\"options\":{},\"key\":\"k\","
         "\"listen\":\"127.0.0.1:0\"}",
         0},
        {"{\"chain\":\"c\",\"epoch\":1,\"endpoints\":[\"h\"],\"options\":{\"attesters_file\":"
         "\"x\"},\"key\":\"k\",\"listen\":\"127.0.0.1:0\"}",
         0},
        {"{\"chain\":\"c\",\"epoch\":1,\"endpoints\":[\"h\"],\"options\":{\"emitters\":"
         "\"x\"},\"key\":\"k\",\"listen\":\"127.0.0.1:0\"}",
         0},
        {"{\"chain\":\"c\",\"endpoints\":[\"h\"],\"options\":{},\"key\":\"k\","
         "\"listen\":\"127.0.0.1:0\"}",
         0},
        {"{\"epoch\":1,\"endpoints\":[\"h\"],\"options\":{},\"key\":\"k\","
         "\"listen\":\"127.0.0.1:0\"}",
         0},
        {"[]", 0},
        {"", 0},
    };
    for (size_t i = 0; i < YQ_ARRAY_N(row); i++) {
        yq_xha_office_config config;
        yq_fault why = {0};
        yq_status status = yq_xha_office_config_parse(yq_slice_text(row[i].text), &config, &why);
        cr_expect_eq(status, row[i].good ? YQ_OK : YQ_E_CONFIG_INVALID, "%zu: %s", i, why.text);
        if (i == 0) {
            cr_expect(strcmp(config.host, "127.0.0.1") == 0 && config.port == 0);
            cr_expect_eq(config.adapter.option_n, 1);
        }
        yq_xha_office_config_free(&config);
    }
}
