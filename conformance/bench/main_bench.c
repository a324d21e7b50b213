/* Prints figures of speed, each the median of several runs. Nothing here is a test of time. */
#include "conformance/bench/bench.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LEDGER_MAX 16u

static const char usage_text[] =
    "usage: yuqiao-bench micro|ledger|store|verifiers|all [--json] [--seconds N] [--runs N]\n"
    "                    [--validators N] [--batch N] [--vectors DIR] [--keys N] [--blocks N]\n"
    "\n"
    "micro    signatures, hashes, trees, and proofs of the recorded chains; one core\n"
    "ledger   a test network of N validators (4) on loopback: envelopes of N transactions (64)\n"
    "store    one ledger in this process: catching up, a large state and its snapshot, opening\n"
    "verifiers every light client over chains made here, of 4, 7, 31 and 100 validators: header\n"
    "         updates, 1,000 events of one block with the update that brings its header, bytes of\n"
    "         evidence a message, a step of a Merkle path, scratch at most; one core\n"
    "\n"
    "  --keys N      of the state (20000)   --blocks N  to catch up with (2000)\n"
    "  --seconds N   of each run (1; ledger 5; verifiers 0.2); 0: as short as it goes\n"
    "  --runs N      of each figure (5; ledger, verifiers 3); the median is printed\n"
    "  --framework F verifiers: this one alone   --events N   of a block (1000)\n"
    "  --validators N ledger: of the network; verifiers: this number alone\n"
    "  --vectors DIR the recorded chains\n";

static int usage(const char *what)
{
    (void)fprintf(stderr, "yuqiao-bench: %s\n%s", what, usage_text);
    return 2;
}

/* Returns 1 when text is a number in the range. */
static int number(const char *text, double low, double high, double *out)
{
    char *end;
    *out = strtod(text, &end);
    return end != text && *end == '\0' && *out >= low && *out <= high;
}

static int take(bench *b, const char *option, const char *value)
{
    double n = 0;
    if (strcmp(option, "--vectors") == 0) {
        b->vectors = value;
        return 1;
    }
    if (strcmp(option, "--framework") == 0) {
        b->framework = value;
        return 1;
    }
    if (strcmp(option, "--seconds") == 0) {
        return number(value, 0, 600, &b->seconds);
    }
    if (strcmp(option, "--keys") == 0 && number(value, 1000, 1e8, &n)) {
        b->keys = (uint64_t)n;
    } else if (strcmp(option, "--blocks") == 0 && number(value, 100, 1e7, &n)) {
        b->blocks = (uint64_t)n;
    } else if (strcmp(option, "--runs") == 0 && number(value, 1, BENCH_RUNS_MAX, &n)) {
        b->runs = (unsigned)n;
    } else if (strcmp(option, "--validators") == 0 && number(value, 4, 100, &n)) {
        b->validators = (unsigned)n;
    } else if (strcmp(option, "--events") == 0 && number(value, 1, TEST_BENCH_EVENTS, &n)) {
        b->events = (unsigned)n;
    } else if (strcmp(option, "--batch") == 0 && number(value, 2, 256, &n)) {
        b->batch = (unsigned)n / 2 * 2;
    }
    return n > 0;
}

/* yuqiaod lies beside this program. */
static void beside(char *path, size_t cap)
{
    char own[PATH_MAX];
    ssize_t n = readlink("/proc/self/exe", own, sizeof own - 1);
    bench_need(n > 0, "where is this program?", NULL);
    own[n] = '\0';
    char *slash = strrchr(own, '/');
    bench_need(slash != NULL, "where is this program?", NULL);
    *slash = '\0';
    (void)snprintf(path, cap, "%s/yuqiaod", own);
    bench_need(access(path, X_OK) == 0, "yuqiaod is not beside this program", NULL);
}

static void run_micro(bench *b)
{
    b->seconds = b->seconds < 0 ? 1 : b->seconds;
    b->runs = b->runs == 0 ? 5 : b->runs;
    bench_crypto(b);
    bench_tree(b);
    bench_fisco2(b);
    bench_fabric(b);
}

static void run_ledger(bench *b)
{
    char path[PATH_MAX + 16];
    b->seconds = b->seconds < 0 ? 5 : b->seconds;
    b->runs = b->runs == 0 ? 3 : b->runs;
    b->validators = b->validators == 0 ? 4 : b->validators;
    bench_need(b->validators <= LEDGER_MAX, "a test network has at most 16 validators", NULL);
    beside(path, sizeof path);
    bench_ledger(b, path);
}

static void run_verifiers(bench *b)
{
    b->seconds = b->seconds < 0 ? 0.2 : b->seconds;
    b->runs = b->runs == 0 ? 3 : b->runs;
    bench_verifiers(b);
}

/* Each part has its own usual seconds and runs. */
static void run_part(const bench *wished, bench *b, const char *part)
{
    b->seconds = wished->seconds;
    b->runs = wished->runs;
    b->validators = wished->validators;
    if (strcmp(part, "micro") == 0) {
        run_micro(b);
    } else if (strcmp(part, "ledger") == 0) {
        run_ledger(b);
    } else if (strcmp(part, "store") == 0) {
        b->runs = b->runs == 0 ? 1 : b->runs;
        bench_store(b);
    } else {
        run_verifiers(b);
    }
}

int main(int argc, char **argv)
{
    static bench b;
    int json = 0;
    if (argc < 2) {
        return usage("what?");
    }
    if (strcmp(argv[1], "--help") == 0) {
        (void)fputs(usage_text, stdout);
        return 0;
    }
    b = (bench){.seconds = -1, .batch = 64, .keys = 20000, .blocks = 2000};
    b.vectors = "conformance/vectors/real-nodes";
    for (int i = 2; i < argc; i++) {
        if (strcmp(argv[i], "--json") == 0) {
            json = 1;
        } else if (i + 1 == argc || !take(&b, argv[i], argv[i + 1])) {
            return usage(argv[i]);
        } else {
            i++;
        }
    }
    static const char *const part[] = {"micro", "ledger", "store", "verifiers"};
    static bench wished;
    int all = strcmp(argv[1], "all") == 0, found = 0;
    wished = b;
    for (size_t i = 0; i < sizeof part / sizeof part[0]; i++) {
        if (all || strcmp(argv[1], part[i]) == 0) {
            run_part(&wished, &b, part[i]);
            found = 1;
        }
    }
    if (!found) {
        return usage(argv[1]);
    }
    bench_print(&b, json);
    return 0;
}
