#include "conformance/core/jobs.h"
#include "conformance/messages/messages.h"
#include "conformance/messages/world.h"

#include <stdio.h>

#define FAILURES_SHOWN 8u

/* Seeds on which a bug was seen; each must stay clean. */
static const struct {
    const char *name;
    uint64_t seed;
} cases[] = {
    {"a retry of an acknowledgement is heard of before the failed try", 5},
    {"another lane to a halted partner begins its control sequence anew", 21},
};

/* ---- seeds on processes ---------------------------------------------------------------------- */

static void *begin(void *self)
{
    return self;
}

static void end(void *context)
{
    (void)context;
}

/* The product's code, or the other where a rule is left out. */
static const msim_rules *rules_of(const messages_options *opt)
{
    if (opt->mutant == NULL) {
        return &msim_rules_product;
    }
    msim_mutant_set(msim_rule_number(opt->mutant));
    return &msim_rules_mutant;
}

static void run_one(void *self, void *context, uint64_t i, void *result)
{
    const messages_options *opt = self;
    (void)context;
    msim_run(opt->seed0 + i, rules_of(opt), 0, result);
}

static void died(void *self, uint64_t i, void *result)
{
    const messages_options *opt = self;
    msim_result *r = result;
    *r = (msim_result){.seed = opt->seed0 + i, .bad = 1, .count = {.violations = 1}};
    (void)snprintf(r->what, sizeof r->what, "an assertion stopped it");
}

/* ---- what came of them ----------------------------------------------------------------------- */

static void add(msim_counts *sum, const msim_counts *one)
{
    sum->violations += one->violations;
    sum->lost += one->lost;
    sum->blocked += one->blocked;
#define ADD(name) sum->name += one->name;
    MSIM_COUNTS(ADD)
#undef ADD
}

static void put(const char *name, uint64_t value, int json)
{
    (void)printf(json ? ",\"%s\":%llu" : "%-18s %llu\n", name, (unsigned long long)value);
}

static void print(uint64_t seeds, const msim_counts *sum, uint64_t digest, int json)
{
    (void)printf(json ? "{\"seeds\":%llu" : "seeds              %llu\n", (unsigned long long)seeds);
    put("violations", sum->violations, json);
    put("lost", sum->lost, json);
    put("blocked", sum->blocked, json);
#define PUT(name) put(#name, sum->name, json);
    MSIM_COUNTS(PUT)
#undef PUT
    (void)printf(
        json ? ",\"digest\":\"%016llx\"}\n" : "digest             %016llx\n",
        (unsigned long long)digest);
}

/* One seed in this process, with what it says. */
static int replay(const messages_options *opt)
{
    msim_result r = {0};
    msim_run(opt->seed0, rules_of(opt), 1, &r);
    print(1, &r.count, r.digest, opt->json);
    return !r.bad;
}

int messages_campaign(const messages_options *opt)
{
    if (opt->trace) {
        return replay(opt);
    }
    messages_options own = *opt;
    jobs j = {
        .n = opt->seeds,
        .processes = opt->processes,
        .result_size = sizeof(msim_result),
        .self = &own,
        .begin = begin,
        .run = run_one,
        .end = end,
        .died = died,
        .progress = opt->json ? NULL : "seeds",
    };
    msim_counts sum = {0};
    uint64_t digest = 0, bad = 0;
    msim_result *all = jobs_run(&j);
    if (all == NULL) {
        (void)fprintf(stderr, "yuqiao-sim: cannot start a process\n");
        return 0;
    }
    for (uint64_t i = 0; i < opt->seeds; i++) {
        add(&sum, &all[i].count);
        digest = sim_mix(digest * UINT64_C(0x100000001b3) + all[i].digest);
        bad += all[i].bad != 0;
        if (all[i].bad && bad <= FAILURES_SHOWN) {
            (void)fprintf(stderr, "seed %llu: %s\n", (unsigned long long)all[i].seed, all[i].what);
        }
    }
    jobs_free(&j, all);
    print(opt->seeds, &sum, digest, opt->json);
    return bad == 0;
}

int messages_cases(const messages_options *opt)
{
    int good = 1;
    for (size_t i = 0; i < YQ_ARRAY_N(cases); i++) {
        msim_result r = {0};
        msim_run(cases[i].seed, &msim_rules_product, opt->trace, &r);
        (void)printf(
            "%-7s seed %llu: %s%s%s\n",
            r.bad ? "FAILED" : "ok",
            (unsigned long long)cases[i].seed,
            cases[i].name,
            r.bad ? ": " : "",
            r.what);
        good &= !r.bad;
    }
    return good;
}
