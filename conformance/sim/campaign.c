#include "conformance/sim/campaign.h"

#include "conformance/sim/cases.h"
#include "relay/base/bytes.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define TURN       96u /* seeds a network and turn */
#define DAY_MS     86400000.0
#define DEAF_SEEDS 60u

static double now_s(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static const struct {
    unsigned nodes, byzantine, share; /* share: of the turn's seeds */
} networks[] = {{4, 1, TURN}, {7, 2, TURN / 3}, {10, 3, TURN / 6}};

static void add(sim_campaign *sum, const sim_campaign *more)
{
    sum->seeds += more->seeds;
    sum->finalizations += more->finalizations;
    sum->checked_states += more->checked_states;
    sum->violations += more->violations;
    sum->stalls += more->stalls;
    sum->steps += more->steps;
    sum->virtual_ms += more->virtual_ms;
    sim_faults_add(&sum->faults, &more->faults);
    if (more->recovery_max_ms > sum->recovery_max_ms) {
        sum->recovery_max_ms = more->recovery_max_ms;
    }
    for (unsigned i = 0; i < more->failure_n && sum->failure_n < SIM_FAILURES_MAX; i++) {
        sum->failure[sum->failure_n++] = more->failure[i];
    }
}

static void put_rates(const sim_campaign *c, double seconds)
{
    double days = (double)c->virtual_ms / DAY_MS;
    printf(
        "\"seconds\":%.1f,\"cluster_days\":%.3f,\"cluster_days_per_hour\":%.1f,"
        "\"schedules_per_second\":%.1f",
        seconds,
        days,
        days * 3600 / seconds,
        (double)c->seeds / seconds);
}

static void put_networks(const sim_campaign *each)
{
    printf(",\"networks\":[");
    for (size_t i = 0; i < YQ_ARRAY_N(networks); i++) {
        printf(
            "%s{\"nodes\":%u,\"byzantine\":%u,\"schedules\":%llu,\"finalizations\":%llu,"
            "\"violations\":%llu,\"stalls\":%llu}",
            i == 0 ? "" : ",",
            networks[i].nodes,
            networks[i].byzantine,
            (unsigned long long)each[i].seeds,
            (unsigned long long)each[i].finalizations,
            (unsigned long long)each[i].violations,
            (unsigned long long)each[i].stalls);
    }
    printf("]");
}

int sim_campaign_for(uint64_t seconds, uint64_t seed0, unsigned jobs, int json)
{
    static sim_campaign sum, piece, each[YQ_ARRAY_N(networks)];
    double begin = now_s();
    uint64_t seed = seed0;
    do {
        for (size_t i = 0; i < YQ_ARRAY_N(networks); i++) {
            sim_options opt = {.nodes = networks[i].nodes, .byzantine = networks[i].byzantine};
            if (!sim_campaign_run(&opt, seed, networks[i].share, jobs, 0, &piece)) {
                (void)fprintf(stderr, "yuqiao-sim: cannot start a process\n");
                return 0;
            }
            add(&sum, &piece);
            add(&each[i], &piece);
        }
        seed += TURN;
        (void)fprintf(
            stderr,
            "\ryuqiao-sim: %.0f s, %llu schedules, %llu violations, %llu stalls ",
            now_s() - begin,
            (unsigned long long)sum.seeds,
            (unsigned long long)sum.violations,
            (unsigned long long)sum.stalls);
    } while (now_s() - begin < (double)seconds);
    (void)fputc('\n', stderr);
    double took = now_s() - begin;
    if (json) {
        printf("{\"schedules\":%llu,", (unsigned long long)sum.seeds);
        put_rates(&sum, took);
        printf(
            ",\"seed0\":%llu,\"seed_end\":%llu",
            (unsigned long long)seed0,
            (unsigned long long)seed);
        put_networks(each);
        printf(",");
        sim_put_counts(&sum);
        printf("}\n");
    } else {
        printf(
            "%llu schedules, %llu finalizations, %llu states checked: %llu violations, %llu "
            "stalls; "
            "%.3f simulated cluster-days in %.0f s\n",
            (unsigned long long)sum.seeds,
            (unsigned long long)sum.finalizations,
            (unsigned long long)sum.checked_states,
            (unsigned long long)sum.violations,
            (unsigned long long)sum.stalls,
            (double)sum.virtual_ms / DAY_MS,
            took);
    }
    return sum.violations + sum.stalls == 0;
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
    sim_options opt = {.nodes = 4, .byzantine = 1, .deaf = 1};
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
