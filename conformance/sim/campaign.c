#include "conformance/sim/campaign.h"

#include "relay/base/bytes.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define TURN   96u /* seeds a network and turn */
#define DAY_MS 86400000.0

static double now_s(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static const struct {
    unsigned nodes, byzantine, share; /* share: of the turn's seeds */
} networks[] = {{4, 1, TURN}, {7, 2, TURN / 3}, {10, 3, TURN / 6}};

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
            sim_campaign_add(&sum, &piece);
            sim_campaign_add(&each[i], &piece);
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
