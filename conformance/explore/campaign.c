#include "conformance/core/jobs.h"
#include "conformance/explore/explore.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define STAGES_MAX 4000000u

const explore_options explore_bounds[] = {
    {.byzantine = 0, .first = 1, .views = 2, .restarts = 1, .stages_max = STAGES_MAX},
    {.byzantine = 1, .first = 4, .views = 2, .restarts = 0, .stages_max = STAGES_MAX},
    {.byzantine = 2, .first = 4, .views = 2, .restarts = 1, .stages_max = STAGES_MAX},
    {.byzantine = 0, .first = 4, .views = 2, .restarts = 1, .stages_max = STAGES_MAX},
    {.byzantine = 1, .first = 1, .views = 2, .restarts = 1, .stages_max = STAGES_MAX},
};
const unsigned explore_bound_n = sizeof explore_bounds / sizeof *explore_bounds;

/* A run's result as it comes out of its process: what points at the texts of the program. */
typedef struct outcome {
    explore_result result;
    int ran;
    char what[96];
} outcome;

typedef struct bounds {
    const explore_options *bound;
} bounds;

static void *begin(void *self)
{
    return self;
}

static void run(void *self, void *context, uint64_t i, void *result)
{
    static outcome o;
    const bounds *of = self;
    (void)context;
    o = (outcome){0};
    o.ran = explore_run(&of->bound[i], &o.result);
    if (o.result.what != NULL) {
        (void)snprintf(o.what, sizeof o.what, "%s", o.result.what);
    }
    memcpy(result, &o, sizeof o);
}

static void end(void *context)
{
    (void)context;
}

static void died(void *self, uint64_t i, void *result)
{
    static outcome o;
    (void)self;
    (void)i;
    o = (outcome){.ran = 1, .result = {.violations = 1}};
    (void)snprintf(o.what, sizeof o.what, "an assertion stopped the process");
    memcpy(result, &o, sizeof o);
}

static void put_json(const explore_options *b, const outcome *o)
{
    const explore_result *r = &o->result;
    printf(
        "{\"nodes\":4,\"byzantine\":%u,\"first_view\":%u,\"views\":%u,\"restarts\":%s,"
        "\"complete\":%s,\"stages\":%llu,\"network_states\":%.0f,\"node_states\":%llu,"
        "\"core_steps\":%llu,\"blocks\":%llu,\"violations\":%llu,\"what\":\"%s\"}",
        b->byzantine,
        b->first,
        b->views,
        b->restarts ? "true" : "false",
        o->ran && r->complete ? "true" : "false",
        (unsigned long long)r->stages,
        r->network_states,
        (unsigned long long)r->locals,
        (unsigned long long)r->steps,
        (unsigned long long)r->blocks,
        (unsigned long long)r->violations,
        o->what);
}

static void put_text(const explore_options *b, const outcome *o)
{
    const explore_result *r = &o->result;
    printf(
        "validator %u of 0..3 Byzantine, views %u to %u%s: %s\n"
        "  %llu stages, %.3g states of the network, %llu of a node, %llu blocks: %llu violations\n",
        b->byzantine,
        b->first,
        b->first + b->views - 1,
        b->restarts ? ", crashes" : "",
        o->ran && r->complete ? "complete" : "NOT complete",
        (unsigned long long)r->stages,
        r->network_states,
        (unsigned long long)r->locals,
        (unsigned long long)r->blocks,
        (unsigned long long)r->violations);
    if (r->violations > 0) {
        printf("  %s, after\n", o->what);
        for (unsigned i = 0; i < r->path_n; i++) {
            printf("    %s\n", r->path[i]);
        }
    }
}

static void put_sums(const outcome *o, unsigned n, double took)
{
    int complete = 1;
    unsigned long long violations = 0, stages = 0, steps = 0;
    double states = 0;
    for (unsigned i = 0; i < n; i++) {
        complete &= o[i].ran && o[i].result.complete;
        violations += o[i].result.violations;
        stages += o[i].result.stages;
        steps += o[i].result.steps;
        states += o[i].result.network_states;
    }
    printf(
        "\"complete\":%s,\"violations\":%llu,\"stages\":%llu,\"checked_states\":%.0f,"
        "\"core_steps\":%llu,\"seconds\":%.1f}\n",
        complete ? "true" : "false",
        violations,
        stages,
        states,
        steps,
        took);
}

static double seconds(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

int explore_campaign(const explore_options *bound, unsigned bound_n, unsigned processes, int json)
{
    double begun = seconds();
    bounds of = {.bound = bound};
    jobs work = {
        .n = bound_n,
        .processes = processes,
        .result_size = sizeof(outcome),
        .self = &of,
        .begin = begin,
        .run = run,
        .end = end,
        .died = died,
        .progress = "bounds explored",
    };
    outcome *o = jobs_run(&work);
    if (o == NULL) {
        (void)fprintf(stderr, "yuqiao-sim: cannot start a process\n");
        return 0;
    }
    int good = 1;
    (void)fputs(json ? "{\"runs\":[" : "", stdout);
    for (unsigned i = 0; i < bound_n; i++) {
        (void)fputs(json && i > 0 ? "," : "", stdout);
        (json ? put_json : put_text)(&bound[i], &o[i]);
        good &= o[i].ran && o[i].result.complete && o[i].result.violations == 0;
    }
    if (json) {
        printf("],");
        put_sums(o, bound_n, seconds() - begun);
    }
    jobs_free(&work, o);
    return good;
}
