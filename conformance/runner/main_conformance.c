#include "conformance/runner/kinds.h"
#include "conformance/runner/kit.h"
#include "conformance/runner/scenario.h"
#include "relay/base/bytes.h"
#include "relay/base/errors.h"

#include <stdio.h>

typedef struct options {
    const char *command, *path, *framework, *verifier;
    int json, mutations, quiet;
} options;

static const char usage_text[] =
    "usage: yuqiao-conformance vectors PATH [--framework NAME] [--json] [--no-mutations] "
    "[--quiet]\n"
    "       yuqiao-conformance kit FOLDER [--verifier FILE.so] [--json] [--quiet]\n"
    "       yuqiao-conformance mutations [FOLDER] [--framework NAME] [--json] [--quiet]\n"
    "       yuqiao-conformance adapters [--framework NAME] [--json] [--quiet]\n"
    "       yuqiao-conformance cities [--chains N] [--messages N] [--chaos] [--seed N] [--json]\n"
    "\n"
    "vectors: reads a file or a tree of files that nodes really gave (RPC replies, peers' blocks) "
    "and\n"
    "checks everything in them that the light clients can check: one row for each block, "
    "transaction and\n"
    "proof. Then changes every byte of each accepted piece of evidence, one at a time, and "
    "demands that\n"
    "it is refused. A folder's genesis (or its lowest block) is its anchor; a single block is its "
    "own,\n"
    "and its row says so.\n"
    "\n"
    "kit: loads a verifier as a shared library (verifier-<name of FOLDER>.so of this build, or the "
    "one\n"
    "that is named) and runs the cases in FOLDER/kit through it: verdicts, every changed byte and "
    "length,\n"
    "the same answer twice, little scratch, no signatures. Guide: docs/en/verifiers.md.\n"
    "\n"
    "mutations: the kit over every framework of this build (or of FOLDER, that holds a folder with "
    "kit/\n"
    "for each): each accepted input is changed in every byte, in its length and in the structure "
    "that\n"
    "kit/layout.json states, and each of the 18 holes that were read in other hubs' verifiers must "
    "have a\n"
    "refused case or the reason why the framework cannot have it. What is accepted is listed with "
    "its reason.\n"
    "\n"
    "adapters: a hub of four validators and a mock chain of every framework, joined by the "
    "adapters "
    "through\n"
    "the nodes' real protocols; every adapter is killed (-9) at each stage of its work, and every "
    "inbox "
    "sleeps\n"
    "through two epochs. Needs python3.\n"
    "\n"
    "cities: a hub of four validators, the cities of data/chains.json on mock chains of mixed "
    "frameworks,\n"
    "a closed national platform, a route from every city to every other; messages travel, with "
    "--chaos under\n"
    "kills, cuts, second adapters, set changes, an outage and a city that forks; then everything "
    "is "
    "counted.\n"
    "Needs python3.\n"
    "\n"
    "Exit codes: 0 all as expected, 1 not, 2 usage, 4 no such path.\n";

static void usage(FILE *to)
{
    (void)fputs(usage_text, to);
    (void)fputs("Frameworks of vectors:", to);
    for (size_t i = 0; run_kind_name(i) != NULL; i++) {
        (void)fprintf(to, "%s %s", i > 0 ? "," : "", run_kind_name(i));
    }
    (void)fputs(".\n", to);
}

static int parse(int argc, char **argv, options *o)
{
    *o = (options){.command = argv[1], .mutations = 1};
    for (int i = 2; i < argc; i++) {
        if (strcmp(argv[i], "--json") == 0) {
            o->json = 1;
        } else if (strcmp(argv[i], "--quiet") == 0) {
            o->quiet = 1;
        } else if (strcmp(argv[i], "--no-mutations") == 0) {
            o->mutations = 0;
        } else if (strcmp(argv[i], "--framework") == 0 && i + 1 < argc) {
            o->framework = argv[++i];
        } else if (strcmp(argv[i], "--verifier") == 0 && i + 1 < argc) {
            o->verifier = argv[++i];
        } else if (argv[i][0] != '-' && o->path == NULL) {
            o->path = argv[i];
        } else {
            return 0;
        }
    }
    if (strcmp(o->command, "mutations") == 0) {
        return 1;
    }
    return o->path != NULL && (o->framework == NULL || run_kind_known(o->framework));
}

static int is_command(const options *o, const char *name)
{
    return strcmp(o->command, name) == 0;
}

static yq_status run_command(const options *o, run_report *report, yq_fault *why)
{
    if (is_command(o, "kit")) {
        return run_kit(report, o->path, o->verifier, why);
    }
    if (is_command(o, "mutations")) {
        return run_mutations(report, o->path, o->framework, why);
    }
    return run_vectors(report, o->path, o->framework, o->mutations, why);
}

static int run(const options *o)
{
    run_report *report = run_report_new(o->quiet);
    yq_fault why;
    yq_status status = run_command(o, report, &why);
    int exit_code = 1;
    if (status != YQ_OK) {
        (void)fprintf(
            stderr, "yuqiao-conformance: %s: %s\n", why.text, yq_status_text(status, "en"));
        exit_code = status == YQ_E_NOT_FOUND ? 4 : 1;
    } else {
        exit_code = run_report_print(report, o->json) ? 0 : 1;
    }
    run_report_free(report);
    return exit_code;
}

int main(int argc, char **argv)
{
    options o;
    if (argc == 2 && strcmp(argv[1], "--help") == 0) {
        usage(stdout);
        return 0;
    }
    if (argc == 2 && strcmp(argv[1], "--version") == 0) {
        printf("yuqiao-conformance %s\n", YQ_VERSION);
        return 0;
    }
    if (argc >= 2 && run_is_scenario(argv[1])) {
        return run_scenario(argv + 1);
    }
    if (argc < 2 ||
        (strcmp(argv[1], "vectors") != 0 && strcmp(argv[1], "kit") != 0 &&
         strcmp(argv[1], "mutations") != 0) ||
        !parse(argc, argv, &o)) {
        usage(stderr);
        return 2;
    }
    return run(&o);
}
