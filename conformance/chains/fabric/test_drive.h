#ifndef YQ_CONFORMANCE_CHAINS_FABRIC_TEST_DRIVE_H
#define YQ_CONFORMANCE_CHAINS_FABRIC_TEST_DRIVE_H

/* For tests: the program, the adapter in front of it over gRPC, the light client behind it. */
#include "yuqiao/adapter.h"

#include "conformance/chains/common/test_hub.h"
#include "conformance/chains/common/test_program.h"
#include "light-clients/fabric/test_host.h"

#include <criterion/criterion.h>
#include <inttypes.h>

#define DEADLINE_MS 10000u

/* ---- the adapter's host ---- */

static void *lent[65536];
static size_t lent_n;
static uint64_t ahead_ms; /* of the wall clock */

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
    (void)text;
}

static uint64_t wall_ms(void *self)
{
    struct timespec now;
    (void)self;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000 + ahead_ms;
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

/* ---- a channel, its hub, its adapter ---- */

typedef struct test_drive {
    test_program program;
    test_hub *hub;
    client *client;
    void *session;
    char cert_file[512], key_file[512];
    uint64_t followed; /* the client's height */
    yq_fault why;
} test_drive;

static inline void drive_do(test_drive *d, const char *text)
{
    yq_json_free(test_program_control(&d->program, text));
}

static inline void drive_gateway(test_drive *d, const char *mode)
{
    char text[96];
    (void)snprintf(text, sizeof text, "{\"do\":\"gateway\",\"mode\":\"%s\"}", mode);
    drive_do(d, text);
}

static inline void drive_set(test_drive *d, const char *what, const char *more)
{
    static char text[8192];
    char hex[129];
    (void)yq_hex_encode(hex, sizeof hex, d->hub->set.chain_id_hash.b, 32);
    size_t at = (size_t)snprintf(
        text,
        sizeof text,
        "{\"do\":\"%s\",%s\"chain_id_hash\":\"%s\",\"epoch\":%" PRIu64 ",\"keys\":[",
        what,
        more,
        hex,
        d->hub->set.epoch);
    for (size_t i = 0; i < d->hub->set.n; i++) {
        (void)yq_hex_encode(hex, sizeof hex, d->hub->set.key[i], 64);
        at += (size_t)snprintf(text + at, sizeof text - at, "%s\"%s\"", i == 0 ? "" : ",", hex);
    }
    (void)snprintf(text + at, sizeof text - at, "]}");
    drive_do(d, text);
}

static inline void drive_identity(test_drive *d)
{
    char text[1200];
    (void)snprintf(d->cert_file, 512, YQ_BINARY_DIR "/tests/fabric-%ld.cert", (long)getpid());
    (void)snprintf(d->key_file, 512, YQ_BINARY_DIR "/tests/fabric-%ld.key", (long)getpid());
    (void)unlink(d->cert_file);
    (void)unlink(d->key_file);
    (void)snprintf(
        text,
        sizeof text,
        "{\"do\":\"identity\",\"cert_file\":\"%s\",\"key_file\":\"%s\"}",
        d->cert_file,
        d->key_file);
    drive_do(d, text);
}

/* Opens the session with options of its own; one of "" is left out. */
static inline yq_status drive_try(
    test_drive *d, const char *const *url, size_t url_n, const char *const *more)
{
    yq_option option[24] = {
        {"channel", TEST_CHAIN},
        {"chaincodes", "hubcc,yuqiao"},
        {"service", "peer"},
        {"msp_id", "Org1MSP"},
        {"cert_file", d->cert_file},
        {"key_file", d->key_file},
        {"inbox", "yuqiao"}};
    size_t n = 7;
    for (; more != NULL && *more != NULL; more += 2) {
        size_t at = 0;
        while (at < n && strcmp(option[at].key, more[0]) != 0) {
            at++;
        }
        option[at] = (yq_option){more[0], more[1]};
        n += at == n ? 1 : 0;
    }
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        if (option[i].value[0] != '\0') {
            option[kept++] = option[i];
        }
    }
    const yq_adapter_config config = {
        .chain = TEST_CHAIN,
        .endpoints = url,
        .endpoint_n = url_n,
        .options = option,
        .option_n = kept};
    return yq_adapter_v1()->open(&host, &config, &d->session, &d->why);
}

static inline void drive_open(
    test_drive *d, const char *const *url, size_t url_n, const char *const *more)
{
    cr_assert_eq(drive_try(d, url, url_n, more), YQ_OK, "%s", d->why.text);
}

static inline void drive_reopen(test_drive *d, const char *const *more)
{
    const char *endpoint = d->program.endpoint;
    yq_adapter_v1()->close(d->session);
    drive_open(d, &endpoint, 1, more);
}

static inline void drive_begin(test_drive *d, const char *suite, const char *const *more)
{
    const char *const option[] = {
        "--framework",
        "fabric",
        "--chain",
        TEST_CHAIN,
        "--seed",
        "drive",
        "--suite",
        suite,
        "--block-ms",
        "50",
        NULL};
    *d = (test_drive){.hub = test_hub_new(YQ_HASH_SM3)};
    ahead_ms = 0;
    test_program_start(&d->program, option);
    drive_set(d, "deploy", "\"hub\":\"" TEST_HUB "\",");
    drive_identity(d);
    const char *endpoint = d->program.endpoint;
    drive_open(d, &endpoint, 1, more);
}

static inline void drive_end(test_drive *d)
{
    yq_adapter_v1()->close(d->session);
    release();
    if (d->client != NULL) {
        client_free(d->client);
    }
    test_hub_free(d->hub);
    (void)unlink(d->cert_file);
    (void)unlink(d->key_file);
    cr_assert_eq(test_program_stop(&d->program), 0);
}

static inline void drive_anchor(test_drive *d)
{
    yq_slice anchor;
    d->client = client_new();
    cr_assert_eq(
        yq_adapter_v1()->anchor(d->session, DEADLINE_MS, &anchor, &d->why),
        YQ_OK,
        "%s",
        d->why.text);
    cr_assert_eq(client_init(d->client, anchor), YQ_OK, "%s", d->client->why.text);
    release();
}

/* What a follow found. */
typedef struct drive_found {
    size_t proven, unproven;
    yq_status worst; /* of those that are not proven */
} drive_found;

/* Follows the channel to its end. */
static inline drive_found drive_follow(test_drive *d)
{
    drive_found found = {0};
    uint64_t height = 0;
    const yq_adapter *a = yq_adapter_v1();
    cr_assert_eq(a->latest(d->session, DEADLINE_MS, &height, &d->why), YQ_OK, "%s", d->why.text);
    for (; d->followed < height; d->followed++) {
        yq_height_evidence e;
        cr_assert_eq(
            a->evidence(d->session, d->followed + 1, DEADLINE_MS, &e, &d->why),
            YQ_OK,
            "%s",
            d->why.text);
        yq_status status = client_update(d->client, e.update);
        cr_assert_eq(status, YQ_OK, "%" PRIu64 " %s", d->followed + 1, d->client->why.text);
        for (size_t i = 0; i < e.event_n; i++) {
            yq_verified_event event;
            status = client_event(d->client, e.event[i].proof, &event);
            found.proven += status == YQ_OK ? 1 : 0;
            found.unproven += status == YQ_OK ? 0 : 1;
            found.worst = status == YQ_OK ? found.worst : status;
        }
        release();
    }
    return found;
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

/* ---- deliveries ---- */

static uint8_t drive_reference[128];
static size_t drive_reference_n;

static inline yq_status drive_submit(test_drive *d, yq_slice delivery)
{
    yq_slice reference = {0};
    yq_status status =
        yq_adapter_v1()->submit(d->session, delivery, DEADLINE_MS, &reference, &d->why);
    cr_assert_leq(reference.n, sizeof drive_reference);
    drive_reference_n = reference.n;
    yq_bytes_copy(drive_reference, reference.p, reference.n);
    return status;
}

static inline yq_status drive_ask(test_drive *d, yq_receipt_view *view)
{
    yq_slice reference = yq_slice_of(drive_reference, drive_reference_n);
    return yq_adapter_v1()->receipt(d->session, reference, DEADLINE_MS, view, &d->why);
}

/* Asks for the fate until there is one. */
static inline yq_receipt_view drive_fate(test_drive *d)
{
    yq_receipt_view view = {0};
    for (unsigned i = 0; i < 20 && (i == 0 || view.state == YQ_SUBMIT_PENDING); i++) {
        cr_assert_eq(drive_ask(d, &view), YQ_OK, "%s", d->why.text);
    }
    return view;
}

/* A new call in the hub's outbox, as a delivery. */
static inline yq_slice drive_call(test_drive *d)
{
    yq_packet p = test_call(d->hub->n + 1, "service");
    uint64_t index = test_append(d->hub, &p);
    return test_delivery(d->hub, &index, 1);
}

static inline uint64_t drive_executed(test_drive *d)
{
    return test_program_number(&d->program, "{\"do\":\"inbox\"}", "executed");
}

#endif /* YQ_CONFORMANCE_CHAINS_FABRIC_TEST_DRIVE_H */
