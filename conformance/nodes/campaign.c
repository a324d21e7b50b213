#include "conformance/core/jobs.h"
#include "conformance/nodes/nodes.h"
#include "conformance/nodes/world.h"

#include <stdio.h>

#define FAILURES_SHOWN 8u

static void run_one(void *self, void *context, uint64_t i, void *result)
{
    const nodes_options *opt = self;
    (void)context;
    world_run(opt->seed0 + i, 0, result);
}

static void *begin(void *self)
{
    return self;
}

static void end(void *context)
{
    (void)context;
}

static void died(void *self, uint64_t i, void *result)
{
    const nodes_options *opt = self;
    nodes_result *r = result;
    *r = (nodes_result){.seed = opt->seed0 + i, .outcome = 1};
    (void)snprintf(r->what, sizeof r->what, "an assertion stopped it");
}

static const struct {
    const char *name;
    size_t at;
} counts[] = {
#define COUNT(name)                                                                                \
    {                                                                                              \
#        name, offsetof(nodes_counts, name)                                                        \
    }
    COUNT(heights),      COUNT(blocks),         COUNT(steps),        COUNT(messages),
    COUNT(lost),         COUNT(doubled),        COUNT(cut),          COUNT(crashes),
    COUNT(lost_batches), COUNT(silent_batches), COUNT(lost_records), COUNT(wrong_bytes),
    COUNT(ranges),       COUNT(parts),          COUNT(imports),      COUNT(snapshots),
    COUNT(epochs),       COUNT(recoveries),     COUNT(overruled),    COUNT(lost_heights),
    COUNT(audits),       COUNT(checked),        COUNT(virtual_ms),
#undef COUNT
};

static uint64_t *count_of(nodes_counts *c, size_t at)
{
    return (uint64_t *)(void *)((char *)c + at);
}

static void add(nodes_counts *sum, nodes_counts *one)
{
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        *count_of(sum, counts[i].at) += *count_of(one, counts[i].at);
    }
}

static void print(nodes_counts *sum, uint64_t digest, int json)
{
    (void)printf(
        json ? "{\"seeds\":%llu,\"violations\":%llu,\"stalls\":%llu"
             : "%llu seeds: %llu violations, %llu stalls\n",
        (unsigned long long)sum->seeds,
        (unsigned long long)sum->violations,
        (unsigned long long)sum->stalls);
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        (void)printf(
            json ? ",\"%s\":%llu" : "%-15s %llu\n",
            counts[i].name,
            (unsigned long long)*count_of(sum, counts[i].at));
    }
    (void)printf(
        json ? ",\"digest\":\"%016llx\"}\n" : "digest          %016llx\n",
        (unsigned long long)digest);
}

int nodes_campaign(const nodes_options *opt)
{
    nodes_options own = *opt;
    jobs j = {
        .n = opt->seeds,
        .processes = opt->processes,
        .result_size = sizeof(nodes_result),
        .self = &own,
        .begin = begin,
        .run = run_one,
        .end = end,
        .died = died,
        .progress = opt->json ? NULL : "seeds",
    };
    nodes_counts sum = {.seeds = opt->seeds};
    uint64_t digest = 0;
    nodes_result *all = jobs_run(&j);
    if (all == NULL) {
        (void)fprintf(stderr, "yuqiao-sim: cannot start a process\n");
        return 0;
    }
    for (uint64_t i = 0; i < opt->seeds; i++) {
        add(&sum, &all[i].count);
        digest = sim_mix(digest * UINT64_C(0x100000001b3) + all[i].digest);
        sum.violations += all[i].outcome == 1;
        sum.stalls += all[i].outcome == 2;
        if (all[i].outcome != 0 && sum.violations + sum.stalls <= FAILURES_SHOWN) {
            (void)fprintf(stderr, "seed %llu: %s\n", (unsigned long long)all[i].seed, all[i].what);
        }
    }
    jobs_free(&j, all);
    print(&sum, digest, opt->json);
    return sum.violations + sum.stalls == 0;
}

int nodes_replay(const nodes_options *opt)
{
    nodes_result r = {0};
    world_run(opt->seed0, opt->trace, &r);
    r.count.seeds = 1;
    r.count.violations = r.outcome == 1;
    r.count.stalls = r.outcome == 2;
    print(&r.count, r.digest, opt->json);
    if (r.outcome != 0) {
        (void)fprintf(stderr, "seed %llu: %s\n", (unsigned long long)r.seed, r.what);
    }
    return r.outcome == 0;
}
