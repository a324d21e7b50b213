#include "relay/base/errors.h"
#include "relay/base/log.h"
#include "relay/node/advice.h"
#include "relay/node/node.h"

#include <stdio.h>
#include <string.h>

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
        "must not vote, or the data is damaged (do not start it again), 6 this machine failed:\n"
        "disk, memory (repair it, then start again). The last line says what to do.\n"
        "\n",
        stdout);
    yq_node_config_help();
}

static int usage(const char *text)
{
    (void)fprintf(stderr, "yuqiaod: %s; see yuqiaod --help\n", text);
    return NODE_EXIT_USAGE;
}

/* What went wrong, then what to do in both languages. */
static int failed(const yq_config_error *error, yq_status status)
{
    const node_advice *advice = node_advice_of(status);
    (void)fprintf(stderr, "yuqiaod: %s\n", error->text);
    (void)fprintf(stderr, "yuqiaod: what to do: %s\n", advice->en);
    (void)fprintf(stderr, "yuqiaod: 处理办法：%s\n", advice->zh);
    return (int)advice->code;
}

/* Runs a node until it is stopped; with a snapshot taken it is opened anew. */
static int run_node(const yq_node_config *config)
{
    yq_config_error error;
    int again = 1, code = NODE_EXIT_OK;
    while (again && code == NODE_EXIT_OK) {
        yq_node *node = NULL;
        yq_status status = yq_node_start(&node, config, &error);
        again = 0;
        if (status == YQ_OK) {
            status = yq_node_run(node, &error);
            again = yq_node_again(node);
            yq_node_stop(node);
        }
        code = status == YQ_OK ? NODE_EXIT_OK : failed(&error, status);
    }
    return code;
}

static int run(const char *home, int check)
{
    yq_node_config config;
    yq_config_error error;
    yq_status status = yq_node_config_load(&config, home, &error);
    if (status != YQ_OK) {
        return failed(&error, status);
    }
    yq_log_configure(config.log_level, config.log_json);
    int code = NODE_EXIT_OK;
    if (!check) {
        code = run_node(&config);
    } else if ((status = yq_node_check(&config, &error)) != YQ_OK) {
        code = failed(&error, status);
    }
    yq_node_config_free(&config);
    return code;
}

int main(int argc, char **argv)
{
    const char *home = NULL;
    int check = 0;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0) {
            help();
            return NODE_EXIT_OK;
        }
        if (strcmp(argv[i], "--version") == 0) {
            (void)printf("yuqiaod %s\n", YQ_VERSION);
            return NODE_EXIT_OK;
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
