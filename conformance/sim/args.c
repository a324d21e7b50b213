#include "conformance/sim/args.h"

#include "conformance/twins/twins.h"
#include "relay/base/bytes.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NEVER_SET SIZE_MAX
#define AT(field) offsetof(sim_arguments, field)

/* An option with a number: where it goes, what it may be, which flag says that it was given. */
static const struct {
    const char *name;
    size_t at;
    uint64_t low, high;
    size_t set;
} numbers[] = {
    {"--nodes", AT(nodes), 4, 16, NEVER_SET},
    {"--byzantine", AT(byzantine), 0, 5, NEVER_SET},
    {"--mutant", AT(mutant), 0, 21, NEVER_SET},
    {"--seeds", AT(seeds), 1, 10000000, AT(seeds_set)},
    {"--seed0", AT(seed0), 0, UINT64_MAX / 2, NEVER_SET},
    {"--seed", AT(seed), 0, UINT64_MAX / 2, AT(seed_set)},
    {"--seconds", AT(seconds), 1, 1000000, NEVER_SET},
    {"--jobs", AT(jobs), 1, 256, NEVER_SET},
    {"--heal", AT(heal), 500, 1000000, NEVER_SET},
    {"--twins", AT(twins), 1, 5, NEVER_SET},
    {"--views", AT(views), 1, TWINS_VIEWS_MAX, AT(views_set)},
    {"--schedule", AT(schedule), 0, UINT64_MAX / 2, AT(schedule_set)},
    {"--liar", AT(liar), 0, 3, AT(liar_set)},
    {"--first", AT(first), 1, 5, NEVER_SET},
};

static const struct {
    const char *name;
    size_t at;
} flags[] = {
    {"--json", AT(json)},
    {"--trace", AT(trace)},
    {"--exhaustive", AT(exhaustive)},
    {"--restarts", AT(restarts)},
    {"--mutants", AT(mutants)},
    {"--cases", AT(cases)},
};

int sim_usage(const char *what, const char *which)
{
    (void)fprintf(stderr, "yuqiao-sim: %s %s (yuqiao-sim --help)\n", what, which);
    return SIM_EXIT_USAGE;
}

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

static void set_flag(sim_arguments *a, size_t at)
{
    int yes = 1;
    if (at != NEVER_SET) {
        memcpy((uint8_t *)a + at, &yes, sizeof yes);
    }
}

/* A list of numbers with commas between. */
static int skip_list(sim_arguments *a, const char *text)
{
    while (*text != 0) {
        char *end;
        unsigned long long k = strtoull(text, &end, 10);
        if (*text < '0' || *text > '9' || k >= SIM_PLANNED_MAX || (*end != 0 && *end != ',')) {
            return 0;
        }
        a->skip[k / 64] |= UINT64_C(1) << k % 64;
        text = *end == ',' ? end + 1 : end;
    }
    return 1;
}

static int take_number(sim_arguments *a, const char *name, const char *value)
{
    if (strcmp(name, "--mutant") == 0 && *value >= 'a' && *value <= 'z') {
        a->rule = value;
        return 1;
    }
    for (size_t i = 0; i < YQ_ARRAY_N(numbers); i++) {
        uint64_t v;
        if (strcmp(name, numbers[i].name) == 0) {
            if (!number(value, numbers[i].low, numbers[i].high, &v)) {
                return 0;
            }
            memcpy((uint8_t *)a + numbers[i].at, &v, sizeof v);
            set_flag(a, numbers[i].set);
            return 1;
        }
    }
    return strcmp(name, "--skip") == 0 && skip_list(a, value);
}

static int take_flag(sim_arguments *a, const char *name)
{
    for (size_t i = 0; i < YQ_ARRAY_N(flags); i++) {
        if (strcmp(name, flags[i].name) == 0) {
            set_flag(a, flags[i].at);
            return 1;
        }
    }
    return 0;
}

int sim_arguments_read(sim_arguments *a, int argc, char **argv)
{
    for (int i = 2; i < argc; i++) {
        if (take_flag(a, argv[i])) {
            continue;
        }
        if (i == 2 && number(argv[i], 0, UINT64_MAX / 2, &a->seed)) {
            a->seed_set = 1;
        } else if (i + 1 >= argc || !take_number(a, argv[i], argv[i + 1])) {
            return sim_usage("unknown option or value out of range:", argv[i]);
        } else {
            i++;
        }
    }
    if (a->byzantine > yq_fault_max((uint16_t)a->nodes)) {
        return sim_usage("--byzantine is more than a third of", "--nodes");
    }
    if (a->twins > yq_fault_max((uint16_t)a->nodes)) {
        return sim_usage("--twins is more than a third of", "--nodes");
    }
    return 0;
}
