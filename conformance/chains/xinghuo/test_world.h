#ifndef YQ_CONFORMANCE_CHAINS_XINGHUO_TEST_WORLD_H
#define YQ_CONFORMANCE_CHAINS_XINGHUO_TEST_WORLD_H

/* For tests: the program yuqiao-mockchain with its two nodes, three attesters at the second, the
 * adapter in front of the first, the light client that judges, a hub that hands out. */
#include "yuqiao/adapter.h"
#include "yuqiao/verifier.h"

#include "adapters/xinghuo/address.h"
#include "conformance/chains/common/test_hub.h"
#include "conformance/chains/common/test_program.h"
#include "conformance/chains/xinghuo/test_attesters.h"
#include "relay/hub/test_light_client.h"

#include <criterion/criterion.h>
#include <inttypes.h>

#define TEST_DEADLINE_MS 20000u
#define TEST_EVENTS_MAX  128u
#define TEST_OPTIONS_MAX 16u

const yq_verifier *yq_verifier_xinghuo(void);

/* ---- the adapter's host ---- */

static void *test_lent[8192];
static size_t test_lent_n;

static inline void *test_lend(void *self, size_t size)
{
    (void)self;
    if (test_lent_n == YQ_ARRAY_N(test_lent)) {
        return NULL;
    }
    test_lent[test_lent_n] = calloc(1, size);
    return test_lent[test_lent_n++];
}

static inline void test_release(void)
{
    while (test_lent_n > 0) {
        free(test_lent[--test_lent_n]);
    }
}

static char test_alarm[256]; /* the last one */

static inline void test_tell(void *self, int level, const char *text)
{
    (void)self;
    if (level >= YQ_LOG_WARN) {
        (void)snprintf(test_alarm, sizeof test_alarm, "%s", text);
    }
}

static inline int test_is_stopping(void *self)
{
    (void)self;
    return 0;
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
    .stopping = test_is_stopping,
};

/* ---- a chain, its hub, its adapter ---- */

typedef struct test_world {
    test_program program;
    int is_ed;        /* the chain's suite */
    char witness[64]; /* the second node */
    test_attesters attesters;
    char account[544]; /* file of the adapter's account */
    test_hub *hub;
    test_client *client;
    void *session;
    char inbox[128], event[32]; /* as the hub registers them, as text */
    uint64_t next;              /* height that is brought next */
    yq_status update;           /* of the height brought last */
    size_t updates;             /* that were brought */
    /* events of the last follow */
    struct {
        char emitter[128];
        uint8_t data[4096];
        size_t data_n;
        uint64_t height; /* of the header that proves it */
        yq_status status;
    } seen[TEST_EVENTS_MAX];
    size_t seen_n;
    yq_fault why;
} test_world;

static inline void test_text_of_hex(const yq_json *value, char *out, size_t cap)
{
    yq_buf room = {(uint8_t *)out, cap - 1, 0};
    cr_assert(yq_json_hex(value, &room));
    out[room.n] = '\0';
}

/* A command with the hub's set in it. */
static inline yq_json *test_set_command(test_world *w, const char *what)
{
    static char text[4096];
    char hex[129];
    (void)yq_hex_encode(hex, sizeof hex, w->hub->set.chain_id_hash.b, 32);
    size_t at = (size_t)snprintf(
        text,
        sizeof text,
        "{\"do\":\"%s\",\"hub\":\"" TEST_HUB "\",\"chain_id_hash\":\"%s\",\"epoch\":%u,\"keys\":[",
        what,
        hex,
        (unsigned)w->hub->set.epoch);
    for (size_t i = 0; i < w->hub->set.n; i++) {
        (void)yq_hex_encode(hex, sizeof hex, w->hub->set.key[i], 64);
        at += (size_t)snprintf(text + at, sizeof text - at, "%s\"%s\"", i == 0 ? "" : ",", hex);
    }
    (void)snprintf(text + at, sizeof text - at, "]}");
    return test_program_control(&w->program, text);
}

static inline void test_do(test_world *w, const char *command)
{
    yq_json_free(test_program_control(&w->program, command));
}

/* Opens a session in front of these endpoints; options: "key", "value", ..., NULL. */
static inline void *test_open(
    test_world *w, const char *const *endpoint, size_t n, const char *const *option)
{
    yq_option options[TEST_OPTIONS_MAX];
    size_t option_n = 0;
    for (; option[2 * option_n] != NULL; option_n++) {
        options[option_n] = (yq_option){option[2 * option_n], option[2 * option_n + 1]};
    }
    const yq_adapter_config config = {TEST_CHAIN, endpoint, n, options, option_n};
    void *session = NULL;
    cr_assert_eq(
        yq_adapter_v1()->open(&test_host, &config, &session, &w->why), YQ_OK, "%s", w->why.text);
    return session;
}

static inline void test_anchor(test_world *w)
{
    yq_slice anchor;
    cr_assert_eq(
        yq_adapter_v1()->anchor(w->session, TEST_DEADLINE_MS, &anchor, &w->why),
        YQ_OK,
        "%s",
        w->why.text);
    w->client->now_ms = test_wall_ms(NULL);
    cr_assert_eq(test_client_init(w->client, anchor), YQ_OK, "%s", w->client->why.text);
    yq_client_view view = {0};
    cr_assert_eq(
        w->client->verifier->describe(
            test_client_begin(w->client, 0), test_client_state(w->client), &view, &w->why),
        YQ_OK);
    w->next = view.height + 1;
    test_release();
}

/* The account that pays: activated at the chain. */
static inline void test_account_make(test_world *w, int is_ed)
{
    char address[YQ_XH_ADDRESS_SIZE], command[128];
    yq_key *key = yq_key_generate(is_ed ? YQ_SIG_ED25519_MESSAGE : YQ_SIG_SM2_MESSAGE);
    (void)snprintf(
        w->account, sizeof w->account, YQ_BINARY_DIR "/tests/xh-account.%ld", (long)getpid());
    (void)unlink(w->account);
    cr_assert_eq(yq_key_write(key, w->account, NULL, &w->why), YQ_OK, "%s", w->why.text);
    (void)yq_xh_address(is_ed ? YQ_SUITE_ED25519 : YQ_SUITE_SM2, yq_key_public(key), address);
    (void)snprintf(command, sizeof command, "{\"do\":\"account\",\"address\":\"%s\"}", address);
    test_do(w, command);
    yq_key_free(key);
}

/* A session in front of n endpoints with what this world needs, and more options. */
static inline void *test_session(
    test_world *w, const char *const *endpoint, size_t n, const char *const *more)
{
    const char *options[2 * TEST_OPTIONS_MAX] = {
        "chain_id",
        "20",
        "inbox",
        w->inbox,
        "attesters_file",
        w->attesters.file,
        "account_key",
        w->account,
        "hash",
        w->is_ed ? "sha256" : "sm3"};
    for (size_t i = 0; more[i] != NULL; i++) {
        options[10 + i] = more[i];
    }
    return test_open(w, endpoint, n, options);
}

/* suite: "sm" or "ed25519"; every: ledgers between updates. The inbox is deployed. */
static inline test_world *test_world_new(const char *suite, const char *every)
{
    const char *const option[] = {
        "--framework",
        "xinghuo",
        "--chain",
        TEST_CHAIN,
        "--seed",
        "program",
        "--block-ms",
        "10",
        "--suite",
        suite,
        NULL};
    test_world *w = calloc(1, sizeof *w);
    YQ_ASSERT(w != NULL);
    w->is_ed = strcmp(suite, "ed25519") == 0;
    test_program_start(&w->program, option);
    w->hub = test_hub_new(YQ_HASH_SM3);
    w->client = test_client_new(yq_verifier_xinghuo());
    yq_json *reply = test_set_command(w, "deploy");
    test_text_of_hex(yq_json_get(yq_json_root(reply), "inbox"), w->inbox, sizeof w->inbox);
    test_text_of_hex(yq_json_get(yq_json_root(reply), "event"), w->event, sizeof w->event);
    yq_json_free(reply);
    (void)snprintf(
        w->witness,
        sizeof w->witness,
        "http://127.0.0.1:%u",
        (unsigned)test_program_number(&w->program, "{\"do\":\"status\"}", "witness_port"));
    test_account_make(w, w->is_ed);
    test_attesters_start(&w->attesters, TEST_CHAIN, w->witness);
    const char *endpoint = w->program.endpoint;
    w->session = test_session(w, &endpoint, 1, (const char *const[]){"update_every", every, NULL});
    return w;
}

static inline void test_world_free(test_world *w)
{
    yq_adapter_v1()->close(w->session);
    test_release();
    test_client_free(w->client);
    test_hub_free(w->hub);
    test_attesters_stop(&w->attesters);
    (void)unlink(w->account);
    cr_assert_eq(test_program_stop(&w->program), 0);
    free(w);
}

static inline void test_judge(test_world *w, const yq_event_proof *e)
{
    yq_verified_event v = {0};
    cr_assert_lt(w->seen_n, TEST_EVENTS_MAX);
    size_t i = w->seen_n++;
    w->seen[i].status = test_client_event(w->client, e->proof, &v);
    if (w->seen[i].status != YQ_OK) {
        return;
    }
    cr_assert(yq_slice_equal(v.emitter, e->emitter));
    cr_assert(yq_slice_equal(v.name, e->name));
    cr_assert(yq_slice_equal(v.tx_id, e->tx_id));
    cr_assert_eq(v.event_index, e->event_index);
    (void)snprintf(
        w->seen[i].emitter, sizeof w->seen[i].emitter, "%.*s", (int)v.emitter.n, v.emitter.p);
    cr_assert_leq(v.data.n, sizeof w->seen[i].data);
    memcpy(w->seen[i].data, v.data.p, v.data.n);
    w->seen[i].data_n = v.data.n;
    w->seen[i].height = v.height;
}

/* Brings one height. Returns the adapter's status; w->update is the light client's. */
static inline yq_status test_bring(test_world *w, uint64_t height)
{
    yq_height_evidence e;
    yq_status status = yq_adapter_v1()->evidence(w->session, height, TEST_DEADLINE_MS, &e, &w->why);
    w->update = YQ_OK;
    if (status == YQ_OK) {
        w->client->now_ms = test_wall_ms(NULL);
        if (e.update.n > 0) {
            w->updates++;
            w->update = test_client_update(w->client, e.update);
        }
        for (size_t i = 0; i < e.event_n && w->update == YQ_OK; i++) {
            test_judge(w, &e.event[i]);
        }
    }
    test_release();
    return status;
}

/* Waits until the chain is still, then brings every height that is new. Returns the number of
 * proven events. */
static inline size_t test_follow(test_world *w)
{
    uint64_t height;
    size_t proven = 0;
    test_program_wait(&w->program, "waiting", 0);
    cr_assert_eq(yq_adapter_v1()->latest(w->session, TEST_DEADLINE_MS, &height, &w->why), YQ_OK);
    w->seen_n = 0;
    for (; w->next <= height; w->next++) {
        cr_assert_eq(test_bring(w, w->next), YQ_OK, "%" PRIu64 " %s", w->next, w->why.text);
        cr_assert_eq(w->update, YQ_OK, "%" PRIu64 " %s", w->next, w->client->why.text);
    }
    for (size_t i = 0; i < w->seen_n; i++) {
        cr_assert_eq(w->seen[i].status, YQ_OK);
        proven++;
    }
    return proven;
}

/* Returns 1 when an event that was seen has a record of this kind. */
static inline int test_has_record(const test_world *w, size_t event, unsigned kind)
{
    yq_record record[YQ_EVENT_RECORDS_MAX];
    size_t n;
    yq_fault why = {0};
    cr_assert_eq(
        yq_records_decode(
            yq_slice_of(w->seen[event].data, w->seen[event].data_n),
            record,
            YQ_EVENT_RECORDS_MAX,
            &n,
            &why),
        YQ_OK);
    for (size_t i = 0; i < n; i++) {
        if (record[i].kind == kind) {
            return 1;
        }
    }
    return 0;
}

/* Submits and waits for its fate. */
static inline yq_receipt_view test_submit(test_world *w, yq_slice delivery)
{
    const yq_adapter *a = yq_adapter_v1();
    uint8_t kept[64];
    yq_slice reference;
    yq_receipt_view view = {0};
    cr_assert_eq(
        a->submit(w->session, delivery, TEST_DEADLINE_MS, &reference, &w->why),
        YQ_OK,
        "%s",
        w->why.text);
    cr_assert_leq(reference.n, sizeof kept);
    size_t n = reference.n;
    memcpy(kept, reference.p, n);
    for (unsigned ms = 0; ms < TEST_WAIT_MS; ms += 20) {
        test_sleep_ms(20);
        cr_assert_eq(
            a->receipt(w->session, yq_slice_of(kept, n), TEST_DEADLINE_MS, &view, &w->why), YQ_OK);
        if (view.state != YQ_SUBMIT_PENDING) {
            break;
        }
    }
    return view;
}

#endif /* YQ_CONFORMANCE_CHAINS_XINGHUO_TEST_WORLD_H */
