#include "conformance/chains/common/test_program.h"

#include "yuqiao/adapter.h"

#include "conformance/chains/common/test_hub.h"
#include "light-clients/fisco-bcos-2/test_client.h"

#include <criterion/criterion.h>
#include <inttypes.h>

#define DEADLINE_MS 10000u

/* ---- the adapter's host ------------------------------------------------------------------------
 */

static void *lent[8192];
static size_t lent_n;

static void *lend(void *self, size_t size)
{
    (void)self;
    if (lent_n == YQ_ARRAY_N(lent)) {
        return NULL;
    }
    lent[lent_n] = calloc(1, size);
    return lent[lent_n++];
}

static void release(void)
{
    while (lent_n > 0) {
        free(lent[--lent_n]);
    }
}

static void tell(void *self, int level, const char *text)
{
    (void)self;
    (void)level;
    (void)text;
}

static uint64_t wall_ms(void *self)
{
    struct timespec now;
    (void)self;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static const yq_adapter_host host = {
    .size = sizeof host,
    .abi_major = YQ_ADAPTER_ABI_MAJOR,
    .alloc = lend,
    .log = tell,
    .now_ms = wall_ms,
};

/* ---- a chain, its hub, its adapter -------------------------------------------------------------
 */

static test_program program;
static test_hub *hub;
static test_client *client;
static void *session;
static char key_file[512];
static yq_fault why;

static void deploy(char inbox[41])
{
    static char text[4096];
    char hex[129];
    (void)yq_hex_encode(hex, sizeof hex, hub->set.chain_id_hash.b, 32);
    size_t at = (size_t)snprintf(
        text,
        sizeof text,
        "{\"do\":\"deploy\",\"hub\":\"" TEST_HUB
        "\",\"chain_id_hash\":\"%s\",\"epoch\":1,\"keys\":[",
        hex);
    for (size_t i = 0; i < hub->set.n; i++) {
        (void)yq_hex_encode(hex, sizeof hex, hub->set.key[i], 64);
        at += (size_t)snprintf(text + at, sizeof text - at, "%s\"%s\"", i == 0 ? "" : ",", hex);
    }
    (void)snprintf(text + at, sizeof text - at, "]}");
    yq_json *reply = test_program_control(&program, text);
    yq_slice address;
    cr_assert(yq_json_text(yq_json_get(yq_json_root(reply), "inbox"), &address));
    cr_assert_eq(address.n, 40);
    memcpy(inbox, address.p, 40);
    inbox[40] = '\0';
    yq_json_free(reply);
}

static void begin(const char *suite)
{
    const char *const option[] = {
        "--framework",
        "fisco-bcos-2",
        "--chain",
        TEST_CHAIN,
        "--seed",
        "program",
        "--block-ms",
        "20",
        "--suite",
        suite,
        "--json",
        NULL};
    int sm = strcmp(suite, "sm") == 0;
    char inbox[41];
    test_program_start(&program, option);
    hub = test_hub_new(sm ? YQ_HASH_SM3 : YQ_HASH_KECCAK256);
    client = test_fisco2_client();
    deploy(inbox);
    yq_key *key = yq_key_derive(
        sm ? YQ_SIG_SM2_MESSAGE : YQ_SIG_SECP256K1_DIGEST, yq_slice_text("account"), suite);
    (void)snprintf(key_file, sizeof key_file, YQ_BINARY_DIR "/tests/mock-key.%ld", (long)getpid());
    (void)unlink(key_file);
    cr_assert_eq(yq_key_write(key, key_file, NULL, &why), YQ_OK, "%s", why.text);
    yq_key_free(key);
    const char *endpoint = program.endpoint;
    const yq_option options[] = {{"suite", suite}, {"inbox", inbox}, {"account_key", key_file}};
    const yq_adapter_config config = {TEST_CHAIN, &endpoint, 1, options, YQ_ARRAY_N(options)};
    cr_assert_eq(yq_adapter_v1()->open(&host, &config, &session, &why), YQ_OK, "%s", why.text);
}

static void end(void)
{
    yq_adapter_v1()->close(session);
    release();
    test_client_free(client);
    test_hub_free(hub);
    (void)unlink(key_file);
    cr_assert_eq(test_program_stop(&program), 0);
}

/* Brings every height of the chain to the light client. Returns the number of proven events. */
static size_t follow(uint64_t from)
{
    const yq_adapter *a = yq_adapter_v1();
    uint64_t height;
    size_t events = 0;
    cr_assert_eq(a->latest(session, DEADLINE_MS, &height, &why), YQ_OK);
    for (uint64_t h = from; h <= height; h++) {
        yq_height_evidence e;
        cr_assert_eq(a->evidence(session, h, DEADLINE_MS, &e, &why), YQ_OK, "%s", why.text);
        cr_assert_eq(test_client_update(client, e.update), YQ_OK, "%s", client->why.text);
        for (size_t i = 0; i < e.event_n; i++) {
            yq_verified_event event;
            cr_assert_eq(test_client_event(client, e.event[i].proof, &event), YQ_OK);
            cr_assert(yq_slice_equal(event.tx_id, e.event[i].tx_id));
            events++;
        }
        release();
    }
    return events;
}

/* Submits and waits for its fate. */
static yq_receipt_view submit(yq_slice delivery)
{
    const yq_adapter *a = yq_adapter_v1();
    static uint8_t kept[64];
    yq_slice reference;
    yq_receipt_view view = {0};
    cr_assert_eq(
        a->submit(session, delivery, DEADLINE_MS, &reference, &why), YQ_OK, "%s", why.text);
    cr_assert_leq(reference.n, sizeof kept);
    memcpy(kept, reference.p, reference.n);
    for (unsigned ms = 0; ms < TEST_WAIT_MS; ms += 20) {
        test_sleep_ms(20);
        cr_assert_eq(
            a->receipt(session, yq_slice_of(kept, reference.n), DEADLINE_MS, &view, &why), YQ_OK);
        if (view.state != YQ_SUBMIT_PENDING) {
            break;
        }
    }
    return view;
}

static void whole_way(const char *suite)
{
    const yq_adapter *a = yq_adapter_v1();
    const yq_check *check;
    size_t check_n = 0;
    yq_slice anchor;
    begin(suite);
    cr_assert_eq(a->preflight(session, DEADLINE_MS, &check, &check_n, &why), YQ_OK);
    for (size_t i = 0; i < check_n; i++) {
        cr_assert(check[i].passed, "%s: %s", check[i].name, check[i].detail);
    }
    release();
    cr_assert_eq(a->anchor(session, DEADLINE_MS, &anchor, &why), YQ_OK, "%s", why.text);
    cr_assert_eq(test_client_init(client, anchor), YQ_OK, "%s", client->why.text);
    release();
    yq_json_free(
        test_program_control(&program, "{\"do\":\"emit\",\"payload\":\"0a0b\",\"count\":40}"));
    yq_json_free(test_program_control(
        &program,
        "{\"do\":\"send\",\"service\":\"a\",\"dst_chain\":\"city-410100\",\"dst_service\":\"b\","
        "\"payload\":\"01\",\"count\":3}"));
    test_program_wait(&program, "waiting", 0);
    cr_assert_eq(follow(1), 1 + 40 + 3, "the inbox's state, the contract's, the packets");
    yq_packet p = test_call(1, "service");
    uint64_t index = test_append(hub, &p);
    yq_receipt_view view = submit(test_delivery(hub, &index, 1));
    cr_assert_eq(view.state, YQ_SUBMIT_DONE, "%s", view.text);
    uint64_t height = view.height;
    release();
    cr_assert_eq(follow(height), 1);
    cr_assert_eq(test_program_number(&program, "{\"do\":\"inbox\"}", "executed"), 1);
    hub->spoil.bitmap = 3;
    view = submit(test_delivery(hub, &index, 1));
    cr_assert_eq(view.state, YQ_SUBMIT_FAILED);
    cr_assert_not_null(strstr(view.text, "QUORUM"), "%s", view.text);
    end();
}

Test(program, sm, .timeout = 120)
{
    whole_way("sm");
}

Test(program, keccak, .timeout = 120)
{
    whole_way("keccak");
}

Test(program, bad_commands_are_answered_with_a_code, .timeout = 60)
{
    const char *const option[] = {
        "--framework", "fisco-bcos-2", "--chain", TEST_CHAIN, "--seed", "x", NULL};
    long code = 0;
    yq_slice text;
    test_program_start(&program, option);
    yq_json *reply = test_program_post(&program, program.control, "{\"do\":\"none\"}", &code);
    cr_assert_eq(code, 400);
    cr_assert(yq_json_text(yq_json_get(yq_json_root(reply), "code"), &text));
    cr_assert(yq_slice_equal(text, yq_slice_text("METHOD_UNKNOWN")));
    yq_json_free(reply);
    reply = test_program_post(&program, program.control, "{", &code);
    cr_assert_eq(code, 400);
    cr_assert(yq_json_text(yq_json_get(yq_json_root(reply), "code"), &text));
    cr_assert(yq_slice_equal(text, yq_slice_text("JSON_STRICT")));
    yq_json_free(reply);
    cr_assert_eq(test_program_stop(&program), 0);
}

Test(program, a_recorded_chain_is_served, .timeout = 60)
{
    const char *const option[] = {
        "--framework",
        "fisco-bcos-2",
        "--chain",
        TEST_CHAIN,
        "--replay",
        YQ_SOURCE_DIR "/conformance/vectors/real-nodes/fisco-2x-keccak",
        NULL};
    const yq_adapter *a = yq_adapter_v1();
    yq_slice anchor;
    test_program_start(&program, option);
    const char *endpoint = program.endpoint;
    const yq_adapter_config config = {TEST_CHAIN, &endpoint, 1, NULL, 0};
    cr_assert_eq(a->open(&host, &config, &session, &why), YQ_OK);
    client = test_fisco2_client();
    cr_assert_eq(a->anchor(session, DEADLINE_MS, &anchor, &why), YQ_OK, "%s", why.text);
    cr_assert_eq(test_client_init(client, anchor), YQ_OK);
    release();
    cr_assert_geq(follow(1), 63, "with every change of the sealers");
    a->close(session);
    release();
    test_client_free(client);
    cr_assert_eq(test_program_stop(&program), 0);
}
