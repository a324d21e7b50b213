#ifndef YQ_CONFORMANCE_SIM_ARGS_H
#define YQ_CONFORMANCE_SIM_ARGS_H

#include "conformance/sim/sim.h"

#define SIM_EXIT_FOUND 1
#define SIM_EXIT_USAGE 2

/* The command line of yuqiao-sim: defaults, then what was given. */
typedef struct sim_arguments {
    uint64_t nodes, byzantine, mutant, seeds, seed0, seed, seconds, jobs, heal;
    uint64_t twins, views, schedule, liar, first;
    int json, trace, exhaustive, restarts, mutants, cases;
    const char *rule; /* a --mutant that is a name; NULL: none */
    int seed_set, seeds_set, views_set, schedule_set, liar_set;
    uint64_t skip[SIM_PLANNED_MAX / 64];
} sim_arguments;

/* Reads argv[2..argc). Returns 0, or SIM_EXIT_USAGE when it has said what is wrong. */
int sim_arguments_read(sim_arguments *a, int argc, char **argv);

/* Says what is wrong. Returns SIM_EXIT_USAGE. */
int sim_usage(const char *what, const char *which);

#endif /* YQ_CONFORMANCE_SIM_ARGS_H */
