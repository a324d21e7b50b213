#include "relay/base/bytes.h"
#include "relay/node/config.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define KEY16 "00112233445566778899aabbccddeeff"
#define KEY   KEY16 KEY16 KEY16 KEY16

static char home[64], guard[80];
static yq_node_config config;
static yq_config_error error;

static void setup(void)
{
    snprintf(home, sizeof home, "/tmp/yq-config-XXXXXX");
    cr_assert(mkdtemp(home) != NULL);
    snprintf(guard, sizeof guard, "%s.guard", home);
    cr_assert(mkdir(guard, 0700) == 0);
}

static void teardown(void)
{
    char path[128];
    snprintf(path, sizeof path, "%s/config.yaml", home);
    unlink(path);
    rmdir(home);
    rmdir(guard);
}

static yq_status load(const char *text)
{
    char path[128];
    snprintf(path, sizeof path, "%s/config.yaml", home);
    FILE *f = fopen(path, "wb");
    cr_assert(f != NULL && fputs(text, f) >= 0 && fclose(f) == 0);
    return yq_node_config_load(&config, home, &error);
}

/* The text must name file and line, the key and what to do. */
static void refused(const char *text, unsigned line, const char *key, const char *advice)
{
    char place[16];
    cr_assert(load(text) == YQ_E_CONFIG_INVALID, "%s", text);
    snprintf(place, sizeof place, "yaml:%u: ", line);
    cr_assert(strstr(error.text, place) != NULL, "%s, not line %u", error.text, line);
    cr_assert(strstr(error.text, key) != NULL, "%s, not %s", error.text, key);
    cr_assert(strstr(error.text, advice) != NULL, "%s, not %s", error.text, advice);
}

Test(config, reads_what_is_there, .init = setup, .fini = teardown)
{
    char text[2048];
    snprintf(
        text,
        sizeof text,
        "# a comment with key: nothing\n"
        "node:\n  role: validator\n  key: keys/v.pem\n  guard_dir: %s\n  threads: 3\n"
        "peers:\n  listen: 127.0.0.1:0\n  nodes:\n    - name: b\n      key: " KEY "\n"
        "      address: 127.0.0.1:1234\n"
        "log:\n  level: warn\n  format: json\n",
        guard);
    cr_assert(load(text) == YQ_OK, "%s", error.text);
    cr_assert(config.role == YQ_NODE_VALIDATOR && config.file->node.threads == 3);
    cr_assert(config.file->peers.nodes_count == 1 && config.peer_key[0][1] == 0x11);
    cr_assert(config.log_level == YQ_LOG_WARN && config.log_json);
    cr_assert(strncmp(config.key, home, strlen(home)) == 0 && strcmp(config.guard_dir, guard) == 0);
    yq_node_config_free(&config);
}

Test(config, names_file_line_key_and_what_to_do, .init = setup, .fini = teardown)
{
    refused("node:\n  role: observer\n  key: k\n  kye: x\n", 4, "kye", "remove the key");
    refused("node:\n  role: observer\n", 2, "key", "add the key");
    refused("node:\n  role: observer\n  key: k\n  threads: many\n", 4, "threads", "right type");
    refused("node:\n  role: observer\n  key: k\n  threads: 65\n", 4, "node.threads", "1 to 64");
    refused("node:\n  role: observer\n  key: k\n  t0_ms: 50\n", 4, "node.t0_ms", "100 to 30000");
    refused(
        "node:\n  role: observer\n  key: k\n  protocol_max: 3\n",
        4,
        "node.protocol_max",
        "up to 2");
    refused(
        "node:\n  role: observer\n  key: k\n  state_versions: 1000001\n",
        4,
        "node.state_versions",
        "1 to 1000000");
    refused("node:\n  role: king\n  key: k\n", 2, "node.role", "must be validator or observer");
    refused("node:\n  role: validator\n  key: k\n", 0, "node.guard_dir", "name a folder");
    refused(
        "node:\n  role: validator\n  key: k\n  guard_dir: .\n",
        4,
        "node.guard_dir",
        "must lie outside of HOME");
    refused(
        "node:\n  role: validator\n  key: k\n  guard_dir: ../none\n",
        4,
        "node.guard_dir",
        "make the folder");
    refused("", 1, "file", "not valid YAML");
    refused("node: [\n", 1, "", "");
    refused("node:\n  role: observer\n  key: k\nlog:\n  level: loud\n", 5, "log.level", "debug");
    refused("node:\n  role: observer\n  key: k\nlog:\n  format: xml\n", 5, "log.format", "json");
    refused(
        "node:\n  role: observer\n  key: k\napi:\n  certificate: c\n",
        5,
        "api.certificate",
        "go together");
}

Test(config, checks_the_peers_keys, .init = setup, .fini = teardown)
{
    refused(
        "node:\n  role: observer\n  key: k\npeers:\n  nodes:\n    - name: a\n      key: " KEY "\n"
        "    - name: b\n      key: 1234\n",
        9,
        "peers.key",
        "128 hex digits");
    refused(
        "node:\n  role: observer\n  key: k\npeers:\n  nodes:\n    - name: a\n      key: " KEY "\n"
        "    - name: b\n      key: " KEY "\n",
        9,
        "peers.key",
        "twice");
}

#define ID "36a762ddeb0a801fa4f76c279bc166bf981e07e7093976cb03e1f2b5f91144d2"

Test(config, names_the_recoveries_that_need_not_wait, .init = setup, .fini = teardown)
{
    cr_assert(
        load("node:\n  role: observer\n  key: k\nrecovery:\n  accept:\n    - " ID "\n") == YQ_OK,
        "%s",
        error.text);
    cr_assert(config.file->recovery.accept_count == 1);
    cr_assert(config.recovery_accept[0].b[0] == 0x36 && config.recovery_accept[0].b[31] == 0xd2);
    yq_node_config_free(&config);
    refused(
        "node:\n  role: observer\n  key: k\nrecovery:\n  accept:\n    - 36a7\n", 6, "accept", "");
    refused(
        "node:\n  role: observer\n  key: k\nrecovery:\n  accept:\n    - z" ID "\n",
        6,
        "accept",
        "");
}

Test(config, limits_can_only_be_lowered, .init = setup, .fini = teardown)
{
    const char *head = "node:\n  role: observer\n  key: k\nlimits:\n";
    static const char *const bad[] = {"block_envelopes: 1025", "block_bytes: 4194305"};
    for (size_t i = 0; i < YQ_ARRAY_N(bad); i++) {
        char text[256];
        snprintf(text, sizeof text, "%s  %s\n", head, bad[i]);
        refused(text, 5, "limits.", "at most");
    }
    char text[256];
    snprintf(text, sizeof text, "%s  block_envelopes: 10\n  block_bytes: 2097152\n", head);
    cr_assert(load(text) == YQ_OK, "%s", error.text);
    yq_node_config_free(&config);
}

Test(config, no_home_is_told_apart, .init = setup, .fini = teardown)
{
    cr_assert(yq_node_config_load(&config, "/nonexistent", &error) == YQ_E_NOT_FOUND);
    cr_assert(yq_node_config_load(&config, home, &error) == YQ_E_NOT_FOUND);
    cr_assert(strstr(error.text, "config.yaml") != NULL);
}
