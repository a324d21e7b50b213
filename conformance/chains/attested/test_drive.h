#ifndef YQ_CONFORMANCE_CHAINS_ATTESTED_TEST_DRIVE_H
#define YQ_CONFORMANCE_CHAINS_ATTESTED_TEST_DRIVE_H

/* For tests: the platform, attesters in processes of their own, the adapter in front of them, the
 * light client behind it. */
#include "yuqiao/adapter.h"

#include "conformance/chains/common/test_hub.h"
#include "conformance/chains/common/test_program.h"
#include "light-clients/attested/attested.h"
#include "relay/hub/test_light_client.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sys/stat.h>

#define DEADLINE_MS    10000u
#define TEST_ATTESTERS 4u
#define TEST_ATTESTER  YQ_BINARY_DIR "/bin/yuqiao-attester"

/* ---- the adapter's host ---- */

static void *lent[65536];
static size_t lent_n;
static char logs[8192];

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
    size_t at = strlen(logs);
    (void)self;
    (void)level;
    (void)snprintf(logs + at, sizeof logs - at, "%s\n", text);
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

/* ---- the world ---- */

typedef struct test_attester {
    yq_key *key;
    pid_t pid;
    char dir[600], url[128];
} test_attester;

typedef struct test_drive {
    test_program program;
    test_attester attester[TEST_ATTESTERS];
    test_hub *hub;
    test_client *client;
    void *session;
    char dir[512];
    uint64_t followed; /* the client's height */
    yq_fault why;
} test_drive;

static inline void drive_do(test_drive *d, const char *text)
{
    yq_json_free(test_program_control(&d->program, text));
}

__attribute__((format(printf, 2, 3))) static inline void drive_dof(
    test_drive *d, const char *format, ...)
{
    char text[2048];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    drive_do(d, text);
}

static inline void write_file(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    cr_assert(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text), "%s", path);
    (void)close(fd);
}

/* The mapping of the mock; note: a comment that makes other bytes of it. */
static inline void drive_mapping(test_drive *d, const char *path, const char *note, int has_step)
{
    static const char *const suite[] = {"sm2", "p256", "secp256k1", "ed25519"};
    char text[4096], hex[129];
    size_t at = (size_t)snprintf(
        text,
        sizeof text,
        "# %s\n"
        "version: 1\n"
        "records:\n"
        "  path: /api/v1/journal?after={after}&limit={limit}\n"
        "  page: 40\n"
        "  last: last\n"
        "  number: seq\n"
        "  time: time\n"
        "  id: id\n"
        "  emitter: from.topic\n"
        "  name: from.type\n"
        "  data: body\n"
        "inbox:\n"
        "  submit: /api/v1/inbox\n"
        "%s"
        "  ticket: ticket\n"
        "  fate: /api/v1/inbox/{ticket}\n"
        "  state: state\n"
        "  done: done\n"
        "  failed: failed\n"
        "  number: record\n"
        "epoch: 1\n"
        "threshold: 3\n"
        "attesters:\n",
        note,
        has_step ? "  step: /api/v1/inbox/step\n" : "");
    for (size_t i = 0; i < TEST_ATTESTERS; i++) {
        const yq_slice key = yq_key_public(d->attester[i].key);
        (void)yq_hex_encode(hex, sizeof hex, key.p, key.n);
        at += (size_t)snprintf(
            text + at,
            sizeof text - at,
            "  - name: attester-%zu\n    organisation: org %zu\n    suite: %s\n    key: \"%s\"\n",
            i + 1,
            i,
            suite[i],
            hex);
    }
    write_file(path, text);
}

static inline void drive_config(test_drive *d, size_t i, const char *mapping)
{
    char text[4096], path[700];
    test_attester *a = &d->attester[i];
    (void)snprintf(
        text,
        sizeof text,
        "chain: " TEST_CHAIN "\nframework: attested\nendpoints: [\"%s\"]\n"
        "hub: [\"http://127.0.0.1:1\"]\nkey: key\ncursor_dir: .\ndeadline_ms: 3000\n"
        "options:\n  mapping: %s\n  token_file: %s/token\n  rate_per_minute: \"60000\"\n",
        d->program.endpoint,
        mapping,
        a->dir);
    (void)snprintf(path, sizeof path, "%s/config.yaml", a->dir);
    write_file(path, text);
}

/* Starts an attester as it is configured and waits until it listens. */
static inline void drive_attester_run(test_attester *a)
{
    char config[700], ports[700], text[256];
    (void)snprintf(config, sizeof config, "%s/config.yaml", a->dir);
    (void)snprintf(ports, sizeof ports, "%s/ports", a->dir);
    (void)unlink(ports);
    a->pid = fork();
    YQ_ASSERT(a->pid >= 0);
    if (a->pid == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        (void)execl(
            TEST_ATTESTER, TEST_ATTESTER, "serve", "--config", config, "--ports-file", ports, NULL);
        _exit(127);
    }
    for (unsigned ms = 0; ms < TEST_WAIT_MS && access(ports, R_OK) != 0; ms += 10) {
        test_sleep_ms(10);
    }
    FILE *f = fopen(ports, "rb");
    cr_assert_not_null(f, "the attester does not listen");
    size_t n = fread(text, 1, sizeof text, f);
    (void)fclose(f);
    yq_json *document = yq_json_parse(yq_slice_of(text, n), sizeof text, NULL);
    test_program_url(yq_json_get(yq_json_root(document), "endpoint"), a->url, sizeof a->url);
    yq_json_free(document);
}

static inline int drive_attester_end(test_attester *a, int signal)
{
    int status = 0;
    if (a->pid <= 0) {
        return 0;
    }
    (void)kill(a->pid, signal);
    (void)waitpid(a->pid, &status, 0);
    a->pid = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static inline void drive_attesters(test_drive *d)
{
    static const yq_sig_alg alg[] = {
        YQ_SIG_SM2_MESSAGE, YQ_SIG_P256_DIGEST, YQ_SIG_SECP256K1_DIGEST, YQ_SIG_ED25519_MESSAGE};
    char path[700];
    for (size_t i = 0; i < TEST_ATTESTERS; i++) {
        test_attester *a = &d->attester[i];
        a->key = yq_key_generate(alg[i]);
        (void)snprintf(a->dir, sizeof a->dir, "%s/attester-%zu", d->dir, i + 1);
        cr_assert_eq(mkdir(a->dir, 0700), 0);
        (void)snprintf(path, sizeof path, "%s/key", a->dir);
        cr_assert_eq(yq_key_write(a->key, path, NULL, &d->why), YQ_OK, "%s", d->why.text);
        drive_dof(
            d,
            "{\"do\":\"token\",\"caller\":\"attester-%zu\",\"file\":\"%s/token\"}",
            i + 1,
            a->dir);
    }
    (void)snprintf(path, sizeof path, "%s/mapping.yaml", d->dir);
    drive_mapping(d, path, "all", 1);
    for (size_t i = 0; i < TEST_ATTESTERS; i++) {
        drive_config(d, i, path);
        drive_attester_run(&d->attester[i]);
    }
}

/* More options: "key", "value", ..., NULL; they win over the usual ones, empty: without it. */
static inline yq_status drive_try(test_drive *d, const char *const *more)
{
    char mapping[700], token[700], url[TEST_ATTESTERS][32];
    yq_option options[24];
    size_t n = 0;
    (void)snprintf(mapping, sizeof mapping, "%s/mapping.yaml", d->dir);
    (void)snprintf(token, sizeof token, "%s/adapter.token", d->dir);
    yq_option usual[3 + TEST_ATTESTERS] = {
        {"mapping", mapping}, {"token_file", token}, {"rate_per_minute", "60000"}};
    for (size_t i = 0; i < TEST_ATTESTERS; i++) {
        (void)snprintf(url[i], sizeof url[i], "url.attester-%zu", i + 1);
        usual[3 + i] = (yq_option){url[i], d->attester[i].url};
    }
    for (size_t i = 0; more != NULL && more[i] != NULL; i += 2) {
        if (more[i + 1][0] != '\0') {
            options[n++] = (yq_option){more[i], more[i + 1]};
        }
    }
    for (size_t i = 0; i < YQ_ARRAY_N(usual); i++) {
        int is_given = 0;
        for (size_t k = 0; more != NULL && more[k] != NULL; k += 2) {
            is_given |= strcmp(more[k], usual[i].key) == 0;
        }
        if (!is_given) {
            options[n++] = usual[i];
        }
    }
    const char *endpoint = d->program.endpoint;
    const yq_adapter_config config = {TEST_CHAIN, &endpoint, 1, options, n};
    return yq_adapter_v1()->open(&host, &config, &d->session, &d->why);
}

static inline void drive_open(test_drive *d, const char *const *more)
{
    cr_assert_eq(drive_try(d, more), YQ_OK, "%s", d->why.text);
}

static inline void drive_reopen(test_drive *d, const char *const *more)
{
    yq_adapter_v1()->close(d->session);
    d->session = NULL;
    drive_open(d, more);
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
    drive_do(d, text);
}

static inline void drive_begin(test_drive *d, const char *const *more)
{
    *d = (test_drive){0};
    logs[0] = '\0';
    const char *const option[] = {
        "--framework", "attested", "--chain", TEST_CHAIN, "--seed", "program", "--json", NULL};
    (void)snprintf(d->dir, sizeof d->dir, YQ_BINARY_DIR "/tests/attested.%ld", (long)getpid());
    cr_assert_eq(mkdir(d->dir, 0700), 0);
    test_program_start(&d->program, option);
    d->hub = test_hub_new(YQ_HASH_SM3);
    d->client = test_client_new(yq_verifier_attested());
    drive_deploy(d);
    drive_dof(d, "{\"do\":\"token\",\"caller\":\"adapter\",\"file\":\"%s/adapter.token\"}", d->dir);
    drive_attesters(d);
    drive_open(d, more);
}

static inline void drive_end(test_drive *d)
{
    static const char *const file[] = {"key", "token", "config.yaml", "ports", "signed", "lock"};
    char path[800];
    yq_adapter_v1()->close(d->session);
    release();
    for (size_t i = 0; i < TEST_ATTESTERS; i++) {
        test_attester *a = &d->attester[i];
        cr_expect_eq(drive_attester_end(a, SIGTERM), 0);
        yq_key_free(a->key);
        for (size_t k = 0; k < YQ_ARRAY_N(file); k++) {
            (void)snprintf(path, sizeof path, "%s/%s", a->dir, file[k]);
            (void)unlink(path);
        }
        (void)rmdir(a->dir);
    }
    static const char *const own[] = {"mapping.yaml", "other.yaml", "adapter.token"};
    for (size_t k = 0; k < YQ_ARRAY_N(own); k++) {
        (void)snprintf(path, sizeof path, "%s/%s", d->dir, own[k]);
        (void)unlink(path);
    }
    cr_expect_eq(rmdir(d->dir), 0, "%s", d->dir);
    test_client_free(d->client);
    test_hub_free(d->hub);
    cr_expect_eq(test_program_stop(&d->program), 0);
}

/* ---- what the adapter brings ---- */

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
    d->followed = 1;
    release();
}

static inline yq_status drive_evidence(test_drive *d, uint64_t height, yq_height_evidence *e)
{
    d->why = (yq_fault){0};
    return yq_adapter_v1()->evidence(d->session, height, DEADLINE_MS, e, &d->why);
}

/* Brings one height to the light client. Returns what the client says to the update; each event has
 * to hold. */
static inline yq_status drive_height(test_drive *d, uint64_t height, yq_height_evidence *e)
{
    cr_assert_eq(drive_evidence(d, height, e), YQ_OK, "%" PRIu64 " %s", height, d->why.text);
    yq_status status = e->update.n == 0 ? YQ_OK : test_client_update(d->client, e->update);
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
        cr_assert_eq(event.grade, YQ_GRADE_ATTESTED);
    }
    return status;
}

static inline uint64_t drive_latest(test_drive *d)
{
    uint64_t height = 0;
    cr_assert_eq(
        yq_adapter_v1()->latest(d->session, DEADLINE_MS, &height, &d->why),
        YQ_OK,
        "%s",
        d->why.text);
    return height;
}

/* Follows the platform to its end. Returns the number of proven events. */
static inline size_t drive_follow(test_drive *d)
{
    size_t events = 0;
    for (uint64_t height = drive_latest(d); d->followed < height; d->followed++) {
        yq_height_evidence e;
        yq_status status = drive_height(d, d->followed + 1, &e);
        cr_assert_eq(status, YQ_OK, "%" PRIu64 " %s", d->followed + 1, d->client->why.text);
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

#endif /* YQ_CONFORMANCE_CHAINS_ATTESTED_TEST_DRIVE_H */
