#ifndef YQ_CONFORMANCE_CHAINS_FISCO_BCOS_3_TEST_DRIVE_H
#define YQ_CONFORMANCE_CHAINS_FISCO_BCOS_3_TEST_DRIVE_H

/* For tests: the program, the adapter in front of it over HTTP, the light client behind it. */
#include "yuqiao/adapter.h"

#include "conformance/chains/common/test_hub.h"
#include "conformance/chains/common/test_program.h"
#include "light-clients/fisco-bcos-3/test_client.h"

#include <criterion/criterion.h>
#include <inttypes.h>

#define DEADLINE_MS 10000u

/* ---- the adapter's host ---- */

static void *lent[65536];
static size_t lent_n;
static char last_log[256];

static void *lend(void *self, size_t size)
{
    (void)self;
    if (lent_n == YQ_ARRAY_N(lent)) {
        return NULL;
    }
    lent[lent_n] = calloc(1, size);
    return lent[lent_n++];
}

static inline void release(void)
{
    while (lent_n > 0) {
        free(lent[--lent_n]);
    }
}

static void tell(void *self, int level, const char *text)
{
    (void)self;
    (void)level;
    (void)snprintf(last_log, sizeof last_log, "%s", text);
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

/* ---- a chain, its hub, its adapter ---- */

typedef struct test_drive {
    test_program program;
    test_hub *hub;
    test_client *client;
    void *session;
    char key_file[512], inbox[41], operators[41];
    uint64_t followed; /* the client's height */
    yq_fault why;
} test_drive;

static inline void drive_do(test_drive *d, const char *text)
{
    yq_json_free(test_program_control(&d->program, text));
}

static inline void drive_text(yq_json *reply, const char *key, char *out, size_t n)
{
    yq_slice text = {0};
    cr_assert(yq_json_text(yq_json_get(yq_json_root(reply), key), &text));
    cr_assert_eq(text.n, n);
    memcpy(out, text.p, n);
    out[n] = '\0';
    yq_json_free(reply);
}

static inline void drive_deploy(test_drive *d)
{
    static char text[4096];
    char hex[129];
    (void)yq_hex_encode(hex, sizeof hex, d->hub->set.chain_id_hash.b, 32);
    size_t at = (size_t)snprintf(
        text,
        sizeof text,
        "{\"do\":\"deploy\",\"hub\":\"" TEST_HUB
        "\",\"chain_id_hash\":\"%s\",\"epoch\":1,\"keys\":[",
        hex);
    for (size_t i = 0; i < d->hub->set.n; i++) {
        (void)yq_hex_encode(hex, sizeof hex, d->hub->set.key[i], 64);
        at += (size_t)snprintf(text + at, sizeof text - at, "%s\"%s\"", i == 0 ? "" : ",", hex);
    }
    (void)snprintf(text + at, sizeof text - at, "]}");
    drive_text(test_program_control(&d->program, text), "inbox", d->inbox, 40);
}

static inline void drive_start(test_program *p, const char *suite, const char *seed)
{
    const char *const option[] = {
        "--framework",
        "fisco-bcos-3",
        "--chain",
        TEST_CHAIN,
        "--seed",
        seed,
        "--block-ms",
        "20",
        "--suite",
        suite,
        "--json",
        NULL};
    test_program_start(p, option);
}

/* More options: "key", "value", ..., NULL; later ones win. */
static inline void drive_open(
    test_drive *d,
    const char *const *endpoint,
    size_t n,
    const char *suite,
    const char *const *more)
{
    yq_option options[12] = {
        {"suite", suite},
        {"inbox", d->inbox},
        {"account_key", d->key_file},
        {"operators", d->operators},
        {"nudge_ms", "1"},
        {"chain_id", "chain0"},
    };
    size_t option_n = 6;
    for (; more != NULL && more[0] != NULL; more += 2) {
        options[option_n++] = (yq_option){more[0], more[1]};
    }
    const yq_adapter_config config = {TEST_CHAIN, endpoint, n, options, option_n};
    cr_assert_eq(
        yq_adapter_v1()->open(&host, &config, &d->session, &d->why), YQ_OK, "%s", d->why.text);
}

static inline void drive_begin(test_drive *d, const char *suite, const char *const *more)
{
    int sm = strcmp(suite, "sm") == 0;
    *d = (test_drive){0};
    drive_start(&d->program, suite, "program");
    d->hub = test_hub_new(sm ? YQ_HASH_SM3 : YQ_HASH_KECCAK256);
    d->client = test_fisco3_client();
    drive_deploy(d);
    drive_text(
        test_program_control(&d->program, "{\"do\":\"status\"}"), "operator", d->operators, 40);
    yq_key *key = yq_key_derive(
        sm ? YQ_SIG_SM2_MESSAGE : YQ_SIG_SECP256K1_DIGEST, yq_slice_text("account"), suite);
    (void)snprintf(
        d->key_file, sizeof d->key_file, YQ_BINARY_DIR "/tests/mock3-key.%ld", (long)getpid());
    (void)unlink(d->key_file);
    cr_assert_eq(yq_key_write(key, d->key_file, NULL, &d->why), YQ_OK, "%s", d->why.text);
    yq_key_free(key);
    const char *endpoint = d->program.endpoint;
    drive_open(d, &endpoint, 1, suite, more);
}

static inline void drive_end(test_drive *d)
{
    yq_adapter_v1()->close(d->session);
    release();
    test_client_free(d->client);
    test_hub_free(d->hub);
    (void)unlink(d->key_file);
    cr_assert_eq(test_program_stop(&d->program), 0);
}

static inline void drive_anchor(test_drive *d)
{
    yq_slice anchor;
    cr_assert_eq(
        yq_adapter_v1()->anchor(d->session, DEADLINE_MS, &anchor, &d->why),
        YQ_OK,
        "%s",
        d->why.text);
    d->client->now_ms = wall_ms(NULL);
    cr_assert_eq(test_client_init(d->client, anchor), YQ_OK, "%s", d->client->why.text);
    release();
}

/* Brings one height to the light client. Returns what the client says to the update; out: the
 * events, of which each has to hold. */
static inline yq_status drive_height(test_drive *d, uint64_t height, yq_height_evidence *e)
{
    yq_status status = yq_adapter_v1()->evidence(d->session, height, DEADLINE_MS, e, &d->why);
    cr_assert_eq(status, YQ_OK, "%" PRIu64 " %s", height, d->why.text);
    status = test_client_update(d->client, e->update);
    for (size_t i = 0; i < e->event_n && status == YQ_OK; i++) {
        yq_verified_event event;
        cr_assert_eq(
            test_client_event(d->client, e->event[i].proof, &event),
            YQ_OK,
            "%s",
            d->client->why.text);
        cr_assert(yq_slice_equal(event.tx_id, e->event[i].tx_id));
        cr_assert(yq_slice_equal(event.emitter, e->event[i].emitter));
        cr_assert(yq_slice_equal(event.name, e->event[i].name));
        cr_assert_eq(event.event_index, e->event[i].event_index);
    }
    return status;
}

/* Follows the chain until nothing more is to be proven. Returns the number of proven events. */
static inline size_t drive_follow(test_drive *d)
{
    size_t events = 0;
    uint64_t height = 0;
    for (unsigned still = 0; still < 4; still++) {
        cr_assert_eq(
            yq_adapter_v1()->latest(d->session, DEADLINE_MS, &height, &d->why),
            YQ_OK,
            "%s",
            d->why.text);
        for (; d->followed < height; d->followed++) {
            yq_height_evidence e;
            yq_status status = drive_height(d, d->followed + 1, &e);
            cr_assert_eq(status, YQ_OK, "%" PRIu64 " %s", d->followed + 1, d->client->why.text);
            events += e.event_n;
            release();
            still = 0;
        }
        test_sleep_ms(5);
    }
    return events;
}

static inline uint64_t drive_counter(test_drive *d, const char *name)
{
    const yq_option *counter;
    size_t n;
    uint64_t value = UINT64_MAX;
    cr_assert_eq(yq_adapter_v1()->counters(d->session, &counter, &n), YQ_OK);
    for (size_t i = 0; i < n; i++) {
        if (strcmp(counter[i].key, name) == 0) {
            value = strtoull(counter[i].value, NULL, 10);
        }
    }
    cr_assert_neq(value, UINT64_MAX, "%s", name);
    return value;
}

#endif /* YQ_CONFORMANCE_CHAINS_FISCO_BCOS_3_TEST_DRIVE_H */
