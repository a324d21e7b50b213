#include "relay/base/errors.h"
#include "relay/base/log.h"
#include "relay/node/node.h"

#include <stdio.h>
#include <string.h>

/* Exit codes: those of every program of the project. */
typedef enum exit_code {
    EXIT_OK = 0,
    EXIT_FAILED = 1,
    EXIT_USAGE = 2,
    EXIT_NOT_FOUND = 4,
    EXIT_REFUSED = 5,
    EXIT_UNAVAILABLE = 6,
} exit_code;

static int exit_code_of(yq_status status)
{
    if (status == YQ_OK) {
        return EXIT_OK;
    }
    if (status == YQ_E_NOT_FOUND) {
        return EXIT_NOT_FOUND;
    }
    if (status == YQ_E_SIGN_GUARD || status == YQ_E_TWIN_KEY || status == YQ_E_PERMISSION ||
        status == YQ_E_CORRUPT) {
        return EXIT_REFUSED;
    }
    return status == YQ_E_CONFIG_INVALID ? EXIT_USAGE : EXIT_FAILED;
}

static void help(void)
{
    (void)fputs(
        "usage: yuqiaod --home DIR [--check]\n"
        "       yuqiaod --help | --version\n"
        "\n"
        "A node of the hub: validator or observer.\n"
        "\n"
        "  --home DIR   config.yaml, genesis.bin, keys/ (0700), wal/, db/, run/\n"
        "  --check      checks configuration and data, prints what they hold, starts nothing\n"
        "\n"
        "Listens, then writes DIR/run/ports.json: {peer, api, metrics}. SIGTERM stops it.\n"
        "Exit codes: 0 ok, 1 failed, 2 usage or configuration, 4 not found, 5 refused: this key\n"
        "must not vote, or the data is damaged.\n"
        "\n",
        stdout);
    yq_node_config_help();
}

static int usage(const char *text)
{
    (void)fprintf(stderr, "yuqiaod: %s; see yuqiaod --help\n", text);
    return EXIT_USAGE;
}

static int run(const char *home, int check)
{
    yq_node_config config;
    yq_config_error error;
    yq_status status = yq_node_config_load(&config, home, &error);
    if (status != YQ_OK) {
        (void)fprintf(stderr, "yuqiaod: %s\n", error.text);
        return exit_code_of(status);
    }
    yq_log_configure(config.log_level, config.log_json);
    yq_node *node = NULL;
    status = check ? yq_node_check(&config, &error) : yq_node_start(&node, &config, &error);
    if (status != YQ_OK) {
        (void)fprintf(stderr, "yuqiaod: %s\n", error.text);
    } else if (node != NULL) {
        yq_node_run(node);
        yq_node_stop(node);
    }
    yq_node_config_free(&config);
    return exit_code_of(status);
}

int main(int argc, char **argv)
{
    const char *home = NULL;
    int check = 0;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0) {
            help();
            return EXIT_OK;
        }
        if (strcmp(argv[i], "--version") == 0) {
            (void)printf("yuqiaod %s\n", YQ_VERSION);
            return EXIT_OK;
        }
        if (strcmp(argv[i], "--check") == 0) {
            check = 1;
        } else if (strcmp(argv[i], "--home") == 0 && i + 1 < argc) {
            home = argv[++i];
        } else {
            return usage("unknown argument");
        }
    }
    return home == NULL ? usage("--home DIR is missing") : run(home, check);
}
