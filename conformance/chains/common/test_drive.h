#ifndef YQ_CONFORMANCE_CHAINS_COMMON_TEST_DRIVE_H
#define YQ_CONFORMANCE_CHAINS_COMMON_TEST_DRIVE_H

/* For tests: the program, the adapter in front of it, the light client behind it. The framework's
 * own header defines TEST_FRAMEWORK, TEST_VERIFIER and TEST_HASH(suite) before, and drive_usual
 * behind. */
#include "yuqiao/adapter.h"

#include "conformance/chains/common/test_hub.h"
#include "conformance/chains/common/test_program.h"
#include "relay/hub/test_light_client.h"

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

static int never(void *self)
{
    (void)self;
    return 0;
}

static const yq_adapter_host host = {
    .size = sizeof host,
    .abi_major = YQ_ADAPTER_ABI_MAJOR,
    .alloc = lend,
    .log = tell,
    .now_ms = wall_ms,
    .stopping = never,
};

/* ---- a chain, its hub, its adapter ---- */

typedef struct test_drive {
    test_program program;
    test_hub *hub;
    test_client *client;
    void *session;
    char cert_file[512], key_file[512];
    char inbox[64], node[6][64];
    const char *suite;
    uint64_t followed; /* the client's height */
    yq_fault why;
} test_drive;

/* The options that a framework's adapter usually has; out has room for TEST_OPTIONS_MAX. Returns
 * their number. */
#define TEST_OPTIONS_MAX 16u
static size_t drive_usual(const test_drive *d, yq_option *out);

static inline void drive_do(test_drive *d, const char *text)
{
    yq_json_free(test_program_control(&d->program, text));
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
    yq_json *reply = test_program_control(&d->program, text);
    yq_buf name = {(uint8_t *)d->inbox, sizeof d->inbox - 1, 0};
    cr_assert(yq_json_hex(yq_json_get(yq_json_root(reply), "inbox"), &name));
    d->inbox[name.n] = '\0';
    yq_json_free(reply);
}

static inline void drive_start(test_program *p, const char *suite, const char *seed)
{
    const char *const option[] = {
        "--framework",
        TEST_FRAMEWORK,
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

/* Writes the identity of a client, and notes the nodes' ids. */
static inline void drive_identity(test_drive *d)
{
    char text[1200];
    (void)snprintf(
        d->cert_file,
        sizeof d->cert_file,
        YQ_BINARY_DIR "/tests/" TEST_FRAMEWORK "-%ld.crt",
        (long)getpid());
    (void)snprintf(
        d->key_file,
        sizeof d->key_file,
        YQ_BINARY_DIR "/tests/" TEST_FRAMEWORK "-%ld.key",
        (long)getpid());
    (void)unlink(d->cert_file);
    (void)unlink(d->key_file);
    (void)snprintf(
        text,
        sizeof text,
        "{\"do\":\"identity\",\"cert_file\":\"%s\",\"key_file\":\"%s\"}",
        d->cert_file,
        d->key_file);
    drive_do(d, text);
    yq_json *reply = test_program_control(&d->program, "{\"do\":\"status\"}");
    for (size_t i = 0; i < 6; i++) {
        yq_slice id = {0};
        const yq_json *nodes = yq_json_get(yq_json_root(reply), "nodes");
        cr_assert(yq_json_text(yq_json_at(nodes, i), &id) && id.n < sizeof d->node[i]);
        memcpy(d->node[i], id.p, id.n);
        d->node[i][id.n] = '\0';
    }
    yq_json_free(reply);
}

/* More options: "key", "value", ..., NULL; they win over the usual ones. */
static inline yq_status drive_try(
    test_drive *d, const char *const *endpoint, size_t n, const char *const *more)
{
    yq_option options[2 * TEST_OPTIONS_MAX], usual[TEST_OPTIONS_MAX];
    size_t option_n = 0, usual_n = drive_usual(d, usual);
    for (size_t i = 0; more != NULL && more[i] != NULL; i += 2) {
        if (more[i + 1][0] != '\0') { /* empty: without the usual one */
            options[option_n++] = (yq_option){more[i], more[i + 1]};
        }
    }
    for (size_t i = 0; i < usual_n; i++) {
        int is_given = 0;
        for (size_t k = 0; more != NULL && more[k] != NULL; k += 2) {
            is_given |= strcmp(more[k], usual[i].key) == 0;
        }
        if (!is_given) {
            options[option_n++] = usual[i];
        }
    }
    const yq_adapter_config config = {TEST_CHAIN, endpoint, n, options, option_n};
    return yq_adapter_v1()->open(&host, &config, &d->session, &d->why);
}

static inline void drive_open(
    test_drive *d, const char *const *endpoint, size_t n, const char *const *more)
{
    cr_assert_eq(drive_try(d, endpoint, n, more), YQ_OK, "%s", d->why.text);
}

/* A chain with its inbox and another contract, so that every node has voted; not followed yet. */
static inline void drive_begin(test_drive *d, const char *suite, const char *const *more)
{
    *d = (test_drive){.suite = suite};
    drive_start(&d->program, suite, "program");
    d->hub = test_hub_new(TEST_HASH(suite));
    d->client = test_client_new(TEST_VERIFIER);
    drive_deploy(d);
    drive_do(d, "{\"do\":\"emit\",\"payload\":\"00\",\"count\":0}");
    drive_identity(d);
    const char *endpoint = d->program.endpoint;
    drive_open(d, &endpoint, 1, more);
}

static inline void drive_end(test_drive *d)
{
    yq_adapter_v1()->close(d->session);
    release();
    test_client_free(d->client);
    test_hub_free(d->hub);
    (void)unlink(d->cert_file);
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
    int is_known = status == YQ_OK || status == YQ_E_REPLAY;
    for (size_t i = 0; i < e->event_n && is_known; i++) {
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

/* Whether the client has got beyond a height already: one update may bring several. */
static inline int drive_client_has(test_drive *d, uint64_t height)
{
    yq_client_view view;
    cr_assert_eq(test_client_describe(d->client, &view), YQ_OK);
    return view.height >= height;
}

/* Follows the chain to its end. Returns the number of proven events. */
static inline size_t drive_follow(test_drive *d)
{
    size_t events = 0;
    uint64_t height = 0;
    cr_assert_eq(
        yq_adapter_v1()->latest(d->session, DEADLINE_MS, &height, &d->why),
        YQ_OK,
        "%s",
        d->why.text);
    for (; d->followed < height; d->followed++) {
        yq_height_evidence e;
        yq_status status = drive_height(d, d->followed + 1, &e);
        cr_assert(
            status == YQ_OK || (status == YQ_E_REPLAY && drive_client_has(d, d->followed + 1)),
            "%" PRIu64 " %s",
            d->followed + 1,
            d->client->why.text);
        events += e.event_n;
        release();
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

/* Preflight has this check once; one that failed has its mend in both languages. */
static inline void drive_check(test_drive *d, const char *name, int passed)
{
    const yq_check *check;
    size_t n = 0, found = 0;
    cr_assert_eq(yq_adapter_v1()->preflight(d->session, DEADLINE_MS, &check, &n, &d->why), YQ_OK);
    for (size_t i = 0; i < n; i++) {
        if (strcmp(check[i].name, name) == 0) {
            cr_assert_eq(check[i].passed, passed, "%s: %s", name, check[i].detail);
            if (!passed) {
                cr_assert_not_null(strstr(check[i].detail, "处理："), "%s", check[i].detail);
                cr_assert_not_null(strstr(check[i].detail, "mend: "), "%s", check[i].detail);
            }
            found++;
        }
    }
    cr_assert_eq(found, 1, "%s", name);
    release();
}

static inline void drive_checks_pass(test_drive *d, size_t n)
{
    const yq_check *check;
    size_t check_n = 0;
    cr_assert_eq(
        yq_adapter_v1()->preflight(d->session, DEADLINE_MS, &check, &check_n, &d->why), YQ_OK);
    cr_assert_eq(check_n, n, "%zu", check_n);
    for (size_t i = 0; i < check_n; i++) {
        cr_assert(check[i].passed, "%s: %s", check[i].name, check[i].detail);
    }
    release();
}

typedef yq_status (*drive_call)(
    void *session, yq_slice bytes, uint32_t deadline_ms, yq_slice *reference, yq_fault *why);

/* Hands bytes over, as adapter->submit or ->step does, and asks for their fate until they have one.
 */
static inline yq_receipt_view drive_hand_over(test_drive *d, drive_call call, yq_slice bytes)
{
    static uint8_t kept[128];
    yq_slice reference;
    yq_receipt_view view = {0};
    yq_status status = call(d->session, bytes, DEADLINE_MS, &reference, &d->why);
    cr_assert_eq(status, YQ_OK, "%s", d->why.text);
    cr_assert_leq(reference.n, sizeof kept, "what the host keeps");
    memcpy(kept, reference.p, reference.n);
    for (unsigned i = 0; i < 500 && (i == 0 || view.state == YQ_SUBMIT_PENDING); i++) {
        test_sleep_ms(10);
        status = yq_adapter_v1()->receipt(
            d->session, yq_slice_of(kept, reference.n), DEADLINE_MS, &view, &d->why);
        cr_assert_eq(status, YQ_OK, "%s", d->why.text);
    }
    return view;
}

static inline yq_receipt_view drive_submit(test_drive *d, yq_slice delivery)
{
    return drive_hand_over(d, yq_adapter_v1()->submit, delivery);
}

#endif /* YQ_CONFORMANCE_CHAINS_COMMON_TEST_DRIVE_H */
