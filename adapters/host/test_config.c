#include "adapters/host/config.h"
#include "adapters/host/plugin.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char path[] = "/tmp/yq-config-XXXXXX";

static void write_config(const char *text)
{
    int fd = path[strlen(path) - 1] == 'X' ? mkstemp(path) : -1;
    if (fd >= 0) {
        (void)close(fd);
    }
    FILE *f = fopen(path, "wb");
    cr_assert_not_null(f);
    (void)fputs(text, f);
    (void)fclose(f);
}

#define GOOD                                                                                       \
    "chain: city-410300\n"                                                                         \
    "framework: fisco-bcos-2\n"                                                                    \
    "endpoints:\n"                                                                                 \
    "  - http://127.0.0.1:8545\n"                                                                  \
    "  - http://127.0.0.1:8546\n"                                                                  \
    "hub:\n"                                                                                       \
    "  - unix:/srv/hub.sock\n"                                                                     \
    "key: keys/adapter.pem\n"                                                                      \
    "cursor_dir: /var/lib/cursor\n"

Test(config, reads_every_key)
{
    write_config(GOOD
                 "options:\n  group: \"1\"\n  sender_key: 'a b'\n  plain: 0x12 # why\n"
                 "batch: 7\npoll_ms: 50\ndeadline_ms: 2000\nstart_height: 18446744073709551615\n"
                 "passphrase_file: /p\nhub_ca: ca.pem\n");
    yq_host_config c;
    yq_host_config_error error;
    cr_assert_eq(yq_host_config_load(&c, path, &error), YQ_OK, "%s", error.text);
    cr_expect_str_eq(c.file->chain, "city-410300");
    cr_assert_eq(c.file->endpoints_count, 2);
    cr_expect_str_eq(c.file->endpoints[1], "http://127.0.0.1:8546");
    cr_expect_str_eq(c.file->hub[0], "unix:/srv/hub.sock");
    cr_expect_str_eq(c.key, "/tmp/keys/adapter.pem");
    cr_expect_str_eq(c.hub_ca, "/tmp/ca.pem");
    cr_expect_str_eq(c.cursor_dir, "/var/lib/cursor");
    cr_assert_eq(c.option_n, 3);
    cr_expect_str_eq(c.option[0].key, "group");
    cr_expect_str_eq(c.option[0].value, "1");
    cr_expect_str_eq(c.option[1].value, "a b");
    cr_expect_str_eq(c.option[2].value, "0x12");
    cr_expect(c.batch == 7 && c.poll_ms == 50 && c.deadline_ms == 2000);
    cr_expect_eq(c.file->start_height, UINT64_MAX);
    yq_host_config_free(&c);
    write_config(GOOD);
    cr_assert_eq(yq_host_config_load(&c, path, &error), YQ_OK, "%s", error.text);
    cr_expect(c.batch == 20 && c.poll_ms == 300 && c.deadline_ms == 15000 && c.option_n == 0);
    yq_host_config_free(&c);
    (void)unlink(path);
}

/* Line, key, and what to do must stand in the error. */
static void refused(const char *text, const char *place, const char *key, const char *advice)
{
    write_config(text);
    yq_host_config c;
    yq_host_config_error error;
    char start[80];
    cr_expect_eq(yq_host_config_load(&c, path, &error), YQ_E_CONFIG_INVALID, "%s", text);
    (void)snprintf(start, sizeof start, "%s:%s: %s: ", path, place, key);
    cr_expect_eq(strncmp(error.text, start, strlen(start)), 0, "%s\nis not %s", error.text, start);
    cr_expect(strstr(error.text, advice) != NULL, "%s\nhas no %s", error.text, advice);
    yq_host_config_free(&c);
}

Test(config, names_file_line_key_and_what_to_do)
{
    refused(GOOD "bach: 1\n", "10", "bach", "remove the key or correct its name");
    refused(GOOD "chain: x\n", "10", "chain", "stands here twice");
    refused(GOOD "batch: 101\n", "10", "batch", "1 to 100");
    refused(GOOD "batch: many\n", "10", "batch", "right type");
    refused(GOOD "poll_ms: 5\n", "10", "poll_ms", "20 to 60000");
    refused(GOOD "deadline_ms: 5\n", "10", "deadline_ms", "500 to 120000");
    refused(GOOD "options: 5\n", "10", "options", "mapping");
    refused(GOOD "options:\n  a: 1\n  b: [1]\n", "12", "b", "one text or number");
    refused(GOOD "options:\n  a: 1\n  a: 2\n", "12", "a", "stands here twice");
    refused("chain: city-a\n", "1", "framework", "add the key");
    refused("chain: a\tb: c: d\n  x\n", "1", "file", "not valid YAML");
    refused("", "1", "file", "mapping");
    refused("- a\n", "1", "file", "mapping");
    refused(
        "chain: Luoyang\nframework: f\nendpoints: [a]\nhub: ['unix:/a']\nkey: k\ncursor_dir: d\n",
        "1",
        "chain",
        "3 to 48");
    refused(
        "chain: city-a\nframework: ../x\nendpoints: [a]\nhub: ['unix:/a']\nkey: k\ncursor_dir: d\n",
        "2",
        "framework",
        "a-z");
    refused(
        "chain: city-a\nframework: f\nendpoints: [a]\nhub:\n - ftp://x\nkey: k\ncursor_dir: d\n",
        "4",
        "hub",
        "unix:/PATH");
    refused(
        "chain: city-a\nframework: f\nendpoints: []\nhub: ['unix:/a']\nkey: k\ncursor_dir: d\n",
        "3",
        "endpoints",
        "right type");
    yq_host_config c;
    yq_host_config_error error;
    (void)unlink(path);
    cr_expect_eq(yq_host_config_load(&c, path, &error), YQ_E_NOT_FOUND);
    cr_expect(strstr(error.text, path) != NULL);
    yq_host_config_free(&c);
}

Test(plugin, tables_are_judged_and_copied)
{
    const yq_adapter *good;
    yq_adapter theirs, table;
    yq_fault why = {0};
    yq_host_config c;
    yq_host_config_error error;
    write_config("chain: city-a\nframework: fake\nendpoints: [a]\nhub: ['unix:/a']\nkey: k\n"
                 "cursor_dir: d\noptions: {dir: /tmp}\n");
    cr_assert_eq(yq_host_config_load(&c, path, &error), YQ_OK, "%s", error.text);
    (void)unlink(path);
    yq_plugin *plugin;
    cr_assert_eq(
        yq_plugin_open(&plugin, YQ_BINARY_DIR "/tests/plugins", &c, &why), YQ_OK, "%s", why.text);
    cr_expect_str_eq(yq_plugin_version(plugin), "1.2.3");
    cr_expect(yq_plugin_can_submit(plugin));
    yq_slice anchor;
    cr_expect_eq(yq_plugin_anchor(plugin, &anchor, &why), YQ_OK);
    cr_expect_eq(anchor.n, 3);
    yq_plugin_close(plugin);
    cr_expect_eq(yq_plugin_open(&plugin, "/nowhere", &c, &why), YQ_E_NOT_FOUND);
    c.option_n = 0;
    cr_expect_eq(
        yq_plugin_open(&plugin, YQ_BINARY_DIR "/tests/plugins", &c, &why), YQ_E_CONFIG_INVALID);
    cr_expect(strstr(why.text, "options.dir") != NULL);
    c.option_n = 1;
    yq_host_config_free(&c);

    static const yq_adapter base = {
        .magic = YQ_ADAPTER_MAGIC,
        .size = sizeof base,
        .abi_major = YQ_ADAPTER_ABI_MAJOR,
        .framework = "fake"};
    good = &base;
    theirs = *good;
    cr_expect_eq(yq_plugin_take_table(&table, &theirs, "fake", &why), YQ_E_UNSUPPORTED);
    cr_expect(strstr(why.text, "lacks") != NULL);
    theirs.magic++;
    cr_expect_eq(yq_plugin_take_table(&table, &theirs, "fake", &why), YQ_E_UNSUPPORTED);
    theirs = *good;
    theirs.abi_major++;
    cr_expect_eq(yq_plugin_take_table(&table, &theirs, "fake", &why), YQ_E_UNSUPPORTED);
    theirs = *good;
    theirs.size = 8;
    cr_expect_eq(yq_plugin_take_table(&table, &theirs, "fake", &why), YQ_E_UNSUPPORTED);
    cr_expect_eq(yq_plugin_take_table(&table, good, "other", &why), YQ_E_UNSUPPORTED);
    cr_expect_eq(yq_plugin_take_table(&table, NULL, "fake", &why), YQ_E_UNSUPPORTED);
}
