/* The example through the loader of the host, judged by the light client. */
#include "adapters/host/plugin.h"
#include "light-clients/attested/test_kit.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/yq-pipe-example-XXXXXX";
static uint8_t room[TEST_BYTES_MAX], body[TEST_BYTES_MAX];
static char hex[1u << 16];
static test_attesters attesters;
static yq_plugin *plugin;
static yq_fault why;

static const char *path_of(const char *name)
{
    static char path[128];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static void append(const char *name, const char *text)
{
    FILE *f = fopen(path_of(name), "ab");
    cr_assert_not_null(f);
    cr_assert_geq(fputs(text, f), 0);
    cr_assert_eq(fclose(f), 0);
}

static const char *hex_of(yq_slice bytes)
{
    cr_assert_gt(yq_hex_encode(hex, sizeof hex, bytes.p, bytes.n), 0);
    return hex;
}

/* A height with one event, as the attesters sign it. */
static void append_height(uint64_t height)
{
    char line[64];
    (void)snprintf(line, sizeof line, "{\"height\":%d,\"block\":\"", (int)height);
    append("journal.jsonl", line);
    yq_writer b = test_body(body, YQ_ATTEST_BLOCK, height, 'a');
    append("journal.jsonl", hex_of(test_statement(&attesters, yq_writer_slice(&b), NULL, room)));
    append(
        "journal.jsonl",
        "\",\"events\":[{\"emitter\":\"outbox\",\"name\":\"Sent\",\"tx_id\":\"tx-0001\",\"index\":"
        "2,"
        "\"statement\":\"");
    b = test_body(body, YQ_ATTEST_EVENT, height, 'a');
    test_event_put(&b, "records");
    append("journal.jsonl", hex_of(test_statement(&attesters, yq_writer_slice(&b), NULL, room)));
    append("journal.jsonl", "\"}]}\n");
}

static void load(void)
{
    static char chain[] = TEST_CHAIN, framework[] = "pipe", endpoint[] = "file";
    static char *endpoints[] = {endpoint};
    static yq_host_file file = {
        .chain = chain, .framework = framework, .endpoints = endpoints, .endpoints_count = 1};
    const yq_host_config config = {
        .file = &file,
        .deadline_ms = 10000,
        .option =
            {{"framework", "attested"},
             {"arg.0", TEST_NODE},
             {"arg.1", YQ_SOURCE_DIR "/adapters/pipe/example.js"},
             {"child.folder", folder}},
        .option_n = 4};
    cr_assert_eq(
        yq_plugin_open(&plugin, YQ_BINARY_DIR "/lib", &config, &why), YQ_OK, "%s", why.text);
}

static void begin(void)
{
    cr_assert_not_null(mkdtemp(folder));
    test_attesters_new(&attesters, 4, 3);
    append("anchor.hex", hex_of(test_anchor(&attesters, room)));
    for (uint64_t height = 2; height < 5; height++) {
        append_height(height);
    }
    append_height(300);
    append("journal.jsonl", "{\"height\":301,\"bl"); /* on its way */
    load();
}

static void end(void)
{
    static const char *const name[] = {"anchor.hex", "journal.jsonl", "inbox.jsonl", "fates.jsonl"};
    yq_plugin_close(plugin);
    test_attesters_free(&attesters);
    for (size_t i = 0; i < YQ_ARRAY_N(name); i++) {
        (void)unlink(path_of(name[i]));
    }
    (void)rmdir(folder);
}

TestSuite(example, .init = begin, .fini = end);

static void judge_event(test_client *client, const yq_event_proof *brought)
{
    yq_verified_event event;
    cr_assert_eq(test_client_event(client, brought->proof, &event), YQ_OK, "%s", client->why.text);
    cr_expect(yq_slice_equal(event.tx_id, brought->tx_id));
    cr_expect(yq_slice_equal(event.emitter, brought->emitter));
    cr_expect(yq_slice_equal(event.name, brought->name));
    cr_expect_eq(event.event_index, brought->event_index);
}

Test(example, what_it_brings_is_taken_by_the_light_client)
{
    test_client *client = test_client_new(yq_verifier_attested());
    yq_height_evidence e;
    yq_slice anchor;
    uint64_t latest;
    size_t events = 0;
    cr_assert_eq(yq_plugin_anchor(plugin, &anchor, &why), YQ_OK, "%s", why.text);
    cr_assert_eq(test_client_init(client, anchor), YQ_OK);
    cr_assert_eq(yq_plugin_latest(plugin, &latest, &why), YQ_OK, "%s", why.text);
    cr_assert_eq(latest, 300);
    for (uint64_t height = 2; height <= latest; height += height == 5 ? 295 : 1) {
        cr_assert_eq(yq_plugin_evidence(plugin, height, &e, &why), YQ_OK, "%s", why.text);
        if (e.update.n > 0) {
            cr_assert_eq(test_client_update(client, e.update), YQ_OK, "%s", client->why.text);
        }
        for (size_t i = 0; i < e.event_n; i++, events++) {
            judge_event(client, &e.event[i]);
        }
    }
    cr_expect_eq(events, 4);
    cr_expect_eq(yq_plugin_evidence(plugin, 301, &e, &why), YQ_E_NOT_FOUND);
    cr_expect(strstr(why.text, "has not come so far") != NULL, "%s", why.text);
    test_client_free(client);
}

Test(example, deliveries_have_fates)
{
    static uint8_t delivery[200000];
    uint8_t reference[32];
    char line[200];
    yq_slice given;
    yq_receipt_view fate;
    memset(delivery, 7, sizeof delivery);
    for (int i = 0; i < 2; i++) {
        cr_assert_eq(
            yq_plugin_submit(plugin, YQ_SLICE_OF(delivery), &given, &why), YQ_OK, "%s", why.text);
        cr_assert_eq(given.n, sizeof reference);
        memcpy(reference, given.p, sizeof reference);
    }
    struct stat inbox;
    cr_assert_eq(stat(path_of("inbox.jsonl"), &inbox), 0);
    cr_expect(inbox.st_size > 400000 && inbox.st_size < 401000);
    cr_assert_eq(yq_plugin_receipt(plugin, YQ_SLICE_OF(reference), &fate, &why), YQ_OK);
    cr_expect_eq(fate.state, YQ_SUBMIT_PENDING);
    (void)snprintf(
        line,
        sizeof line,
        "{\"reference\":\"%s\",\"state\":\"done\",\"height\":70000,\"text\":\"\"}\n",
        hex_of(YQ_SLICE_OF(reference)));
    append("fates.jsonl", line);
    cr_assert_eq(yq_plugin_receipt(plugin, YQ_SLICE_OF(reference), &fate, &why), YQ_OK);
    cr_expect(fate.state == YQ_SUBMIT_DONE && fate.height == 70000);
    reference[0] ^= 1;
    cr_assert_eq(yq_plugin_receipt(plugin, YQ_SLICE_OF(reference), &fate, &why), YQ_OK);
    cr_expect_eq(fate.state, YQ_SUBMIT_LOST);
    cr_assert_eq(yq_plugin_step(plugin, yq_slice_text("the set"), &given, &why), YQ_OK);
    cr_expect_eq(given.n, sizeof reference);
}

Test(example, preflight_and_counters)
{
    const yq_check *check;
    const yq_option *counter;
    size_t n;
    cr_assert_eq(yq_plugin_preflight(plugin, &check, &n, &why), YQ_OK, "%s", why.text);
    cr_assert_eq(n, 2);
    cr_expect(check[0].passed && check[1].passed);
    (void)unlink(path_of("anchor.hex"));
    cr_assert_eq(yq_plugin_preflight(plugin, &check, &n, &why), YQ_OK);
    cr_expect(!check[0].passed && check[1].passed);
    cr_assert_eq(yq_plugin_counters(plugin, &counter, &n), YQ_OK);
    cr_assert_eq(n, 4);
    cr_expect_str_eq(counter[0].key, "submitted");
    cr_expect_str_eq(counter[3].key, "child_starts");
    cr_expect_str_eq(counter[3].value, "1");
}
