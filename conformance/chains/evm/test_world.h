#ifndef YQ_CONFORMANCE_CHAINS_EVM_TEST_WORLD_H
#define YQ_CONFORMANCE_CHAINS_EVM_TEST_WORLD_H

/* For tests: the mock in a process of its own, the adapter in front of it, the light client that
 * judges what the adapter brings. */
#include "yuqiao/adapter.h"

#include "conformance/chains/common/test_hub.h"
#include "conformance/chains/common/test_program.h"
#include "light-clients/evm/evm.h"
#include "relay/hub/test_light_client.h"

#include <criterion/criterion.h>
#include <inttypes.h>

#define TEST_DEADLINE_MS 10000u
#define TEST_DEPTH       "4"

static void *lent[16384];
static size_t lent_n;

static inline void *test_lend(void *self, size_t size)
{
    (void)self;
    if (lent_n == YQ_ARRAY_N(lent)) {
        return NULL;
    }
    lent[lent_n] = calloc(1, size);
    return lent[lent_n++];
}

static inline void test_release(void)
{
    while (lent_n > 0) {
        free(lent[--lent_n]);
    }
}

static inline void test_tell(void *self, int level, const char *text)
{
    (void)self;
    (void)level;
    (void)text;
}

static inline uint64_t test_wall_ms(void *self)
{
    struct timespec now;
    (void)self;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static const yq_adapter_host test_host = {
    .size = sizeof test_host,
    .abi_major = YQ_ADAPTER_ABI_MAJOR,
    .alloc = test_lend,
    .log = test_tell,
    .now_ms = test_wall_ms,
};

typedef struct test_world {
    test_program program;
    test_hub *hub;
    test_client *client;
    void *session;
    char inbox[41], chain_id[24], key_file[512];
    uint64_t next; /* the height that the client asks for */
    yq_fault why;
} test_world;

static test_world w;

static inline void test_do(const char *text)
{
    yq_json_free(test_program_control(&w.program, text));
}

static inline void test_deploy(void)
{
    static char text[4096];
    char hex[129];
    (void)yq_hex_encode(hex, sizeof hex, w.hub->set.chain_id_hash.b, 32);
    size_t at = (size_t)snprintf(
        text,
        sizeof text,
        "{\"do\":\"deploy\",\"hub\":\"" TEST_HUB
        "\",\"chain_id_hash\":\"%s\",\"epoch\":1,\"keys\":[",
        hex);
    for (size_t i = 0; i < w.hub->set.n; i++) {
        (void)yq_hex_encode(hex, sizeof hex, w.hub->set.key[i], 64);
        at += (size_t)snprintf(text + at, sizeof text - at, "%s\"%s\"", i == 0 ? "" : ",", hex);
    }
    (void)snprintf(text + at, sizeof text - at, "]}");
    yq_json *reply = test_program_control(&w.program, text);
    yq_slice address;
    cr_assert(yq_json_text(yq_json_get(yq_json_root(reply), "inbox"), &address));
    cr_assert_eq(address.n, 40);
    memcpy(w.inbox, address.p, 40);
    w.inbox[40] = '\0';
    yq_json_free(reply);
}

static inline void test_write_key(void)
{
    yq_key *key = yq_key_derive(YQ_SIG_SECP256K1_DIGEST, yq_slice_text("account"), "evm");
    (void)snprintf(
        w.key_file, sizeof w.key_file, YQ_BINARY_DIR "/tests/mock-key.%ld", (long)getpid());
    (void)unlink(w.key_file);
    cr_assert_eq(yq_key_write(key, w.key_file, NULL, &w.why), YQ_OK, "%s", w.why.text);
    yq_key_free(key);
}

/* Opens the adapter with the consensus' own options. */
static inline void test_open(const char *suite)
{
    const char *endpoint = w.program.endpoint;
    yq_option options[8] = {
        {"consensus", suite},
        {"inbox", w.inbox},
        {"account_key", w.key_file},
        {"chain_id", w.chain_id},
    };
    size_t n = 4;
    if (strcmp(suite, "clique") == 0) {
        options[n++] = (yq_option){"depth", TEST_DEPTH};
    }
    if (strcmp(suite, "qbft-contract") == 0) {
        options[n++] =
            (yq_option){"validator_contract", "7777777777777777777777777777777777777777"};
    }
    const yq_adapter_config config = {TEST_CHAIN, &endpoint, 1, options, n};
    cr_assert_eq(
        yq_adapter_v1()->open(&test_host, &config, &w.session, &w.why), YQ_OK, "%s", w.why.text);
}

static inline void test_begin(const char *suite)
{
    const char *const option[] = {
        "--framework",
        "evm",
        "--chain",
        TEST_CHAIN,
        "--seed",
        "program",
        "--block-ms",
        "10",
        "--suite",
        suite,
        "--json",
        NULL};
    yq_slice anchor;
    memset(&w, 0, sizeof w);
    test_program_start(&w.program, option);
    w.hub = test_hub_new(YQ_HASH_KECCAK256);
    w.client = test_client_new(yq_verifier_evm());
    w.next = 1;
    test_deploy();
    test_write_key();
    (void)snprintf(
        w.chain_id,
        sizeof w.chain_id,
        "%" PRIu64,
        test_program_number(&w.program, "{\"do\":\"status\"}", "chain_id"));
    test_open(suite);
    cr_assert_eq(
        yq_adapter_v1()->anchor(w.session, TEST_DEADLINE_MS, &anchor, &w.why),
        YQ_OK,
        "%s",
        w.why.text);
    cr_assert_eq(test_client_init(w.client, anchor), YQ_OK, "%s", w.client->why.text);
    test_release();
}

static inline void test_end(void)
{
    yq_adapter_v1()->close(w.session);
    test_release();
    test_client_free(w.client);
    test_hub_free(w.hub);
    (void)unlink(w.key_file);
    cr_assert_eq(test_program_stop(&w.program), 0);
}

/* Brings one height to the light client. Out: events that it took. Returns the first refusal: the
 * adapter's, or the light client's. */
static inline yq_status test_bring(uint64_t height, size_t *events)
{
    yq_height_evidence e;
    yq_status status = yq_adapter_v1()->evidence(w.session, height, TEST_DEADLINE_MS, &e, &w.why);
    if (status == YQ_OK) {
        status = test_client_update(w.client, e.update);
    }
    for (size_t i = 0; status == YQ_OK && i < e.event_n; i++) {
        yq_verified_event event;
        status = test_client_event(w.client, e.event[i].proof, &event);
        cr_assert(status != YQ_OK || yq_slice_equal(event.tx_id, e.event[i].tx_id));
        cr_assert(status != YQ_OK || yq_slice_equal(event.emitter, e.event[i].emitter));
        cr_assert(status != YQ_OK || yq_slice_equal(event.name, e.event[i].name));
        cr_assert(status != YQ_OK || event.event_index == e.event[i].event_index);
        *events += status == YQ_OK ? 1 : 0;
    }
    test_release();
    return status;
}

static inline uint64_t test_latest(void)
{
    uint64_t height = 0;
    cr_assert_eq(
        yq_adapter_v1()->latest(w.session, TEST_DEADLINE_MS, &height, &w.why),
        YQ_OK,
        "%s",
        w.why.text);
    return height;
}

/* Brings all that is there. Returns the number of proven events. */
static inline size_t test_follow(void)
{
    size_t events = 0;
    test_program_wait(&w.program, "waiting", 0);
    for (uint64_t height = test_latest(); w.next <= height; w.next++) {
        cr_assert_eq(
            test_bring(w.next, &events),
            YQ_OK,
            "%" PRIu64 ": %s; %s",
            w.next,
            w.why.text,
            w.client->why.text);
    }
    return events;
}

static inline uint64_t test_client_height(void)
{
    yq_client_view view;
    cr_assert_eq(test_client_describe(w.client, &view), YQ_OK);
    return view.height;
}

#endif /* YQ_CONFORMANCE_CHAINS_EVM_TEST_WORLD_H */
