#include "conformance/explore/explore.h"
#include "conformance/sim/campaign.h"
#include "conformance/sim/cases.h"
#include "conformance/sim/seeds.h"
#include "conformance/twins/twins.h"
#include "relay/base/bytes.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MUTANT_SEEDS 2048u /* at most, for each mutant */

#define EXIT_FOUND 1
#define EXIT_USAGE 2

static const char help[] =
    "yuqiao-sim: the deterministic simulator of the consensus core\n"
    "\n"
    "usage: yuqiao-sim run [--nodes N] [--byzantine N] [--seeds N] [--seed0 N] [--mutant N]\n"
    "                      [--jobs N] [--json]\n"
    "       yuqiao-sim campaign [--seconds N] [--seed0 N] [--jobs N] [--json]\n"
    "       yuqiao-sim replay SEED [--nodes N] [--byzantine N] [--mutant N] [--trace]\n"
    "       yuqiao-sim cases [--jobs N]\n"
    "       yuqiao-sim mutants [--seeds N] [--jobs N] [--json]\n"
    "       yuqiao-sim twins [--nodes N] [--twins N] [--views N] [--exhaustive | --seeds N]\n"
    "                        [--mutant N] [--jobs N] [--json]\n"
    "       yuqiao-sim explore [--liar N [--first N] [--views N] [--restarts] [--mutant N]]\n"
    "                          [--jobs N] [--json]\n"
    "       yuqiao-sim twins --schedule N [--exhaustive] ... prints one of them\n"
    "\n"
    "run      runs each seed once: real cores on virtual time, network and disk; faults first,\n"
    "         then a time without faults in which progress is demanded\n"
    "campaign runs seeds on networks of 4, 7 and 10 until --seconds (60) are over, and sums up\n"
    "replay   runs one seed again; --trace prints every event and action\n"
    "cases    runs the kept seeds of bugs that were found\n"
    "mutants  removes rules of the protocol one at a time and tells whether the loss is seen\n"
    "twins    some validators exist twice; who hears whom is decided view by view: every way\n"
    "         there is (--exhaustive), or --seeds of them\n"
    "explore  every order of events on four real cores, one Byzantine, within the stated views:\n"
    "         the kept bounds, or the one of --liar (which of 0 .. 3 is Byzantine), --first and\n"
    "         --views; --restarts: honest nodes crash and come back\n"
    "\n"
    "--nodes 4 .. 16 validators (4); --byzantine at most a third of them (1); --seeds (200);\n"
    "--seed0 the first seed (1); --mutant 1 .. 21: the rule that is left out (0: none);\n"
    "--jobs processes (one a processor); --json: the result as one line of JSON\n"
    "exit code: 0 as it should be, 1 a violation or a stall (mutants: one was not seen), 2 usage\n";

typedef struct arguments {
    sim_options opt;
    uint64_t seeds, seed0, seed;
    unsigned jobs;
    int json, seed_set, seeds_set, exhaustive, schedule_set;
    uint64_t seconds, schedule;
    unsigned twins, views;
    explore_options bound;
    int liar_set, views_set;
} arguments;

static int number(const char *text, uint64_t low, uint64_t high, uint64_t *out)
{
    char *end;
    errno = 0;
    unsigned long long v = strtoull(text, &end, 10);
    if (*text < '0' || *text > '9' || *end != 0 || errno != 0 || v < low || v > high) {
        return 0;
    }
    *out = v;
    return 1;
}

static int usage(const char *what, const char *which)
{
    (void)fprintf(stderr, "yuqiao-sim: %s %s (yuqiao-sim --help)\n", what, which);
    return EXIT_USAGE;
}

/* One option with a value. Returns 0 when it is unknown or the value is out of range. */
static int take(arguments *a, const char *name, const char *value)
{
    uint64_t v = 0;
    if (strcmp(name, "--nodes") == 0 && number(value, 4, 16, &v)) {
        a->opt.nodes = (unsigned)v;
    } else if (strcmp(name, "--byzantine") == 0 && number(value, 0, 5, &v)) {
        a->opt.byzantine = (unsigned)v;
    } else if (strcmp(name, "--seeds") == 0 && number(value, 1, 10000000, &v)) {
        a->seeds = v;
        a->seeds_set = 1;
    } else if (strcmp(name, "--seconds") == 0 && number(value, 1, 1000000, &v)) {
        a->seconds = v;
    } else if (strcmp(name, "--seed0") == 0 && number(value, 0, UINT64_MAX / 2, &v)) {
        a->seed0 = v;
    } else if (strcmp(name, "--seed") == 0 && number(value, 0, UINT64_MAX / 2, &v)) {
        a->seed = v;
        a->seed_set = 1;
    } else if (strcmp(name, "--mutant") == 0 && number(value, 0, 21, &v)) {
        a->opt.mutant = (int)v;
    } else if (strcmp(name, "--twins") == 0 && number(value, 1, 5, &v)) {
        a->twins = (unsigned)v;
    } else if (strcmp(name, "--views") == 0 && number(value, 1, TWINS_VIEWS_MAX, &v)) {
        a->views = (unsigned)v;
        a->views_set = 1;
    } else if (strcmp(name, "--liar") == 0 && number(value, 0, 3, &v)) {
        a->bound.byzantine = (unsigned)v;
        a->liar_set = 1;
    } else if (strcmp(name, "--first") == 0 && number(value, 1, 5, &v)) {
        a->bound.first = (unsigned)v;
    } else if (strcmp(name, "--schedule") == 0 && number(value, 0, UINT64_MAX / 2, &v)) {
        a->schedule = v;
        a->schedule_set = 1;
    } else if (strcmp(name, "--jobs") == 0 && number(value, 1, 256, &v)) {
        a->jobs = (unsigned)v;
    } else {
        return 0;
    }
    return 1;
}

static int parse(arguments *a, int argc, char **argv)
{
    for (int i = 2; i < argc; i++) {
        if (strcmp(argv[i], "--json") == 0) {
            a->json = 1;
        } else if (strcmp(argv[i], "--exhaustive") == 0) {
            a->exhaustive = 1;
        } else if (strcmp(argv[i], "--restarts") == 0) {
            a->bound.restarts = 1;
        } else if (strcmp(argv[i], "--trace") == 0) {
            a->opt.trace = 1;
        } else if (i == 2 && number(argv[i], 0, UINT64_MAX / 2, &a->seed)) {
            a->seed_set = 1;
        } else if (i + 1 >= argc || !take(a, argv[i], argv[i + 1])) {
            return usage("unknown option or value out of range:", argv[i]);
        } else {
            i++;
        }
    }
    if (a->opt.byzantine > yq_fault_max((uint16_t)a->opt.nodes)) {
        return usage("--byzantine is more than a third of", "--nodes");
    }
    return 0;
}

static const char *outcome_name(sim_outcome o)
{
    return o == SIM_OK ? "ok" : (o == SIM_STALL ? "stall" : "violation");
}

static void put_json(const sim_campaign *c)
{
    char hex[65];
    (void)yq_hex_encode(hex, sizeof hex, c->digest, sizeof c->digest);
    printf("{");
    sim_put_counts(c);
    printf(
        ",\"digest\":\"%s\",\"recovery_ms\":{\"p50\":%llu,\"p99\":%llu,\"max\":%llu}}\n",
        hex,
        (unsigned long long)c->recovery_p50_ms,
        (unsigned long long)c->recovery_p99_ms,
        (unsigned long long)c->recovery_max_ms);
}

static void put_text(const sim_campaign *c)
{
    printf(
        "%llu seeds, %llu finalizations, %llu states checked: %llu violations, %llu stalls\n"
        "recovery after healing: p50 %llu ms, p99 %llu ms, longest %llu ms (seed %llu)\n",
        (unsigned long long)c->seeds,
        (unsigned long long)c->finalizations,
        (unsigned long long)c->checked_states,
        (unsigned long long)c->violations,
        (unsigned long long)c->stalls,
        (unsigned long long)c->recovery_p50_ms,
        (unsigned long long)c->recovery_p99_ms,
        (unsigned long long)c->recovery_max_ms,
        (unsigned long long)c->slowest_seed);
    for (unsigned i = 0; i < c->failure_n; i++) {
        const sim_result *r = &c->failure[i];
        printf(
            "seed %llu: %s after %llu ms: %s\n",
            (unsigned long long)r->seed,
            outcome_name(r->outcome),
            (unsigned long long)r->at_ms,
            r->what);
    }
}

static int run(const arguments *a)
{
    static sim_campaign c;
    if (!sim_campaign_run(&a->opt, a->seed0, a->seeds, a->jobs, 1, &c)) {
        (void)fprintf(stderr, "yuqiao-sim: cannot start a process\n");
        return EXIT_FOUND;
    }
    if (a->json) {
        put_json(&c);
    } else {
        put_text(&c);
    }
    return c.violations + c.stalls > 0 ? EXIT_FOUND : 0;
}

static int replay(const arguments *a)
{
    if (!a->seed_set) {
        return usage("replay needs", "--seed");
    }
    sim *s = sim_new();
    sim_result r;
    sim_run(s, &a->opt, a->seed, &r);
    printf(
        "seed %llu: %s %s\n%llu finalizations, %llu steps, recovery %llu ms, %llu slow, digest "
        "%016llx\n",
        (unsigned long long)a->seed,
        outcome_name(r.outcome),
        r.what,
        (unsigned long long)r.finalizations,
        (unsigned long long)r.steps,
        (unsigned long long)r.recovery_ms,
        (unsigned long long)r.slow,
        (unsigned long long)r.digest);
    sim_free(s);
    return r.outcome == SIM_OK ? 0 : EXIT_FOUND;
}

static int cases(const arguments *a)
{
    int bad = 0;
    for (unsigned i = 0; i < sim_case_n; i++) {
        const sim_case *k = &sim_cases[i];
        static sim_campaign c;
        sim_options opt = {.nodes = k->nodes, .byzantine = k->byzantine};
        int good =
            sim_campaign_run(&opt, k->seed, 1, a->jobs, 0, &c) && c.violations + c.stalls == 0;
        printf("%-7s %s\n", good ? "ok" : "FAILED", k->name);
        bad |= !good;
    }
    return bad ? EXIT_FOUND : 0;
}

static int run_twins(const arguments *a)
{
    twins_options opt = {
        .nodes = a->opt.nodes,
        .twins = a->twins,
        .views = a->views,
        .exhaustive = a->exhaustive,
        .samples = a->seeds,
        .seed0 = a->seed0,
        .mutant = a->opt.mutant,
        .json = a->json,
        .processes = a->jobs,
    };
    if (opt.twins > yq_fault_max((uint16_t)opt.nodes)) {
        return usage("--twins is more than a third of", "--nodes");
    }
    if (opt.exhaustive && twins_schedule_n(&opt) == 0) {
        return usage("too many schedules for", "--exhaustive");
    }
    int good = a->schedule_set ? twins_replay(&opt, a->schedule) : twins_campaign(&opt);
    return good ? 0 : EXIT_FOUND;
}

static int run_explore(const arguments *a)
{
    explore_options bound = a->bound;
    bound.views = a->views_set ? a->views : 2;
    bound.mutant = a->opt.mutant;
    if (bound.views > 4) {
        return usage("explore takes no more than 4", "--views");
    }
    int good = a->liar_set ? explore_campaign(&bound, 1, 1, a->json)
                           : explore_campaign(explore_bounds, explore_bound_n, a->jobs, a->json);
    return good ? 0 : EXIT_FOUND;
}

int main(int argc, char **argv)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    arguments a = {
        .opt = {.nodes = 4, .byzantine = 1},
        .seeds = 200,
        .seconds = 60,
        .seed0 = 1,
        .twins = 1,
        .views = 3,
        .bound = {.first = 1, .stages_max = 4000000},
        .jobs = cores > 0 && cores < 256 ? (unsigned)cores : 1,
    };
    if (argc >= 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0)) {
        (void)fputs(help, stdout);
        return 0;
    }
    if (argc < 2) {
        (void)fputs(help, stderr);
        return EXIT_USAGE;
    }
    int bad = parse(&a, argc, argv);
    if (bad) {
        return bad;
    }
    if (strcmp(argv[1], "run") == 0) {
        return run(&a);
    }
    if (strcmp(argv[1], "replay") == 0) {
        return replay(&a);
    }
    if (strcmp(argv[1], "campaign") == 0) {
        return sim_campaign_for(a.seconds, a.seed0, a.jobs, a.json) ? 0 : EXIT_FOUND;
    }
    if (strcmp(argv[1], "twins") == 0) {
        return run_twins(&a);
    }
    if (strcmp(argv[1], "explore") == 0) {
        return run_explore(&a);
    }
    if (strcmp(argv[1], "cases") == 0) {
        return cases(&a);
    }
    if (strcmp(argv[1], "mutants") == 0) {
        return sim_mutants_find(a.seed0, a.seeds_set ? a.seeds : MUTANT_SEEDS, a.jobs, a.json)
                   ? 0
                   : EXIT_FOUND;
    }
    return usage("unknown command", argv[1]);
}
