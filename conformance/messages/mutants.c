#include "relay/hub/mutants.h"

#include "conformance/core/jobs.h"
#include "conformance/messages/messages.h"
#include "conformance/messages/world.h"

#include <stdio.h>

/* Leaves out each rule in turn and looks for a seed that shows it. */

static const struct {
    const char *name, *text;
} rules[] = {
    {NULL, NULL},
#define ROW(id, name, text) {name, text},
    YQ_MESSAGE_RULES(ROW)
#undef ROW
};

int msim_rule_number(const char *name)
{
    for (int i = 1; i < (int)YQ_ARRAY_N(rules); i++) {
        if (strcmp(name, rules[i].name) == 0) {
            return i;
        }
    }
    return 0;
}

int messages_rule_exists(const char *name)
{
    return msim_rule_number(name) != 0;
}

/* ---- a job is a rule ------------------------------------------------------------------------- */

typedef struct finding {
    int found;
    uint64_t seeds; /* that were run */
    msim_result result;
} finding;

static void *begin(void *self)
{
    return self;
}

static void end(void *context)
{
    (void)context;
}

static void run_one(void *self, void *context, uint64_t i, void *result)
{
    const messages_options *opt = self;
    finding f = {0};
    (void)context;
    msim_mutant_set((int)i + 1);
    while (!f.found && f.seeds < opt->seeds) {
        msim_run(opt->seed0 + f.seeds++, &msim_rules_mutant, 0, &f.result);
        f.found = f.result.bad;
    }
    memcpy(result, &f, sizeof f);
}

/* An assertion of the hub is a finding, too. */
static void died(void *self, uint64_t i, void *result)
{
    finding f = {.found = 1};
    (void)self;
    (void)i;
    (void)snprintf(f.result.what, sizeof f.result.what, "an assertion stopped it");
    memcpy(result, &f, sizeof f);
}

static void print_one(int number, const finding *f)
{
    (void)printf(
        "%-6s %-18s %-52s seed %llu: %s\n",
        f->found ? "found" : "MISSED",
        rules[number].name,
        rules[number].text,
        (unsigned long long)f->result.seed,
        f->found ? f->result.what : "nothing");
}

static void print_json(const finding *all, uint64_t n, uint64_t found)
{
    (void)printf(
        "{\"mutants\":%llu,\"found\":%llu,\"rules\":[",
        (unsigned long long)n,
        (unsigned long long)found);
    for (uint64_t i = 0; i < n; i++) {
        (void)printf(
            "%s{\"name\":\"%s\",\"rule\":\"%s\",\"found\":%s,\"seed\":%llu,\"what\":\"%s\"}",
            i == 0 ? "" : ",",
            rules[i + 1].name,
            rules[i + 1].text,
            all[i].found ? "true" : "false",
            (unsigned long long)all[i].result.seed,
            all[i].result.what);
    }
    (void)printf("]}\n");
}

int messages_mutants(const messages_options *opt)
{
    messages_options own = *opt;
    jobs j = {
        .n = YQ_ARRAY_N(rules) - 1,
        .processes = opt->processes,
        .result_size = sizeof(finding),
        .self = &own,
        .begin = begin,
        .run = run_one,
        .end = end,
        .died = died,
        .progress = opt->json ? NULL : "rules",
    };
    uint64_t found = 0;
    finding *all = jobs_run(&j);
    if (all == NULL) {
        (void)fprintf(stderr, "yuqiao-sim: cannot start a process\n");
        return 0;
    }
    for (uint64_t i = 0; i < j.n; i++) {
        found += all[i].found != 0;
        if (!opt->json) {
            print_one((int)i + 1, &all[i]);
        }
    }
    if (opt->json) {
        print_json(all, j.n, found);
    } else {
        (void)printf("%llu of %llu found\n", (unsigned long long)found, (unsigned long long)j.n);
    }
    int good = found == j.n;
    jobs_free(&j, all);
    return good;
}
