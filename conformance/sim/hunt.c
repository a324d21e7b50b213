#include "conformance/sim/campaign.h"
#include "conformance/sim/cases.h"

#include <stdio.h>
#include <time.h>

#define DEAF_SEEDS 60u

static double now_s(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

typedef struct hunt {
    int found;
    uint64_t runs, seed;
    const char *kind;
    char what[160];
    double seconds;
} hunt;

/* In pieces, so that a mutant that is seen soon costs little. */
static int by_seeds(hunt *h, int mutant, uint64_t seed0, uint64_t seeds, unsigned jobs)
{
    static sim_campaign c;
    sim_options opt = {.nodes = 4, .byzantine = 1, .mutant = mutant};
    while (!h->found && h->runs < seeds) {
        uint64_t piece = seeds - h->runs < 64 ? seeds - h->runs : 64;
        if (!sim_campaign_run(&opt, seed0 + h->runs, piece, jobs, 0, &c)) {
            return 0;
        }
        h->runs += piece;
        if (c.failure_n > 0) {
            h->found = 1;
            h->seed = c.failure[0].seed;
            h->kind = c.failure[0].outcome == SIM_STALL ? "stall" : "violation";
            (void)snprintf(h->what, sizeof h->what, "%s", c.failure[0].what);
        }
    }
    return 1;
}

/* A rule of speed: the same runs, of a network that hears no proposal until it heals, take more
 * than twice as long to recover. */
static int by_recovery(hunt *h, int mutant, uint64_t seed0, unsigned jobs)
{
    static sim_campaign with, without;
    sim_options opt = {.nodes = 4, .byzantine = 1, .focus = SIM_FOCUS_DEAF};
    int good = sim_campaign_run(&opt, seed0, DEAF_SEEDS, jobs, 0, &with);
    opt.mutant = mutant;
    good = good && sim_campaign_run(&opt, seed0, DEAF_SEEDS, jobs, 0, &without);
    h->runs = (uint64_t)2 * DEAF_SEEDS;
    h->seed = without.slowest_seed;
    h->kind = "slow";
    h->found = without.recovery_p99_ms > 2 * with.recovery_p99_ms;
    (void)snprintf(
        h->what,
        sizeof h->what,
        "recovery p99 %llu ms, with the rule %llu ms",
        (unsigned long long)without.recovery_p99_ms,
        (unsigned long long)with.recovery_p99_ms);
    return good;
}

static void put_hunt(const sim_mutant *m, const hunt *h, int json, int first)
{
    if (json) {
        printf(
            "%s{\"mutant\":%d,\"rule\":\"%s\",\"found\":%s,\"kind\":\"%s\",\"seed\":%llu,"
            "\"schedules\":%llu,\"seconds\":%.1f,\"what\":\"%s\"}",
            first ? "" : ",",
            m->number,
            m->rule,
            h->found ? "true" : "false",
            h->found ? h->kind : "",
            (unsigned long long)h->seed,
            (unsigned long long)h->runs,
            h->seconds,
            h->what);
    } else {
        printf(
            "mutant %2d %-8s in %llu schedules, %.1f s: %s (seed %llu: %s)\n",
            m->number,
            h->found ? "seen" : "NOT SEEN",
            (unsigned long long)h->runs,
            h->seconds,
            m->rule,
            (unsigned long long)h->seed,
            h->what);
    }
    (void)fflush(stdout);
}

int sim_mutants_find(uint64_t seed0, uint64_t seeds, unsigned jobs, int json)
{
    unsigned found = 0;
    double begin = now_s();
    if (json) {
        printf("{\"items\":[");
    }
    for (unsigned i = 0; i < sim_mutant_n; i++) {
        const sim_mutant *m = &sim_mutants[i];
        hunt h = {0};
        double at = now_s();
        int good = m->is_slow ? by_recovery(&h, m->number, seed0, jobs)
                              : by_seeds(&h, m->number, seed0, seeds, jobs);
        if (!good) {
            (void)fprintf(stderr, "yuqiao-sim: cannot start a process\n");
            return 0;
        }
        h.seconds = now_s() - at;
        found += h.found ? 1u : 0u;
        put_hunt(m, &h, json, i == 0);
    }
    if (json) {
        printf(
            "],\"mutants\":%u,\"found\":%u,\"seconds\":%.1f}\n",
            sim_mutant_n,
            found,
            now_s() - begin);
    }
    return found == sim_mutant_n;
}
