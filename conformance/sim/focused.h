#ifndef YQ_CONFORMANCE_SIM_FOCUSED_H
#define YQ_CONFORMANCE_SIM_FOCUSED_H

#include "conformance/sim/seeds.h"

/* Campaigns about one kind of fault. Each prints what it did, and returns 1 when nothing failed. */
typedef struct sim_task {
    sim_options opt; /* nodes, byzantine, mutant */
    uint64_t seed0, seeds;
    unsigned processes;
    int json;
} sim_task;

/* Seeds with this focus: disk-faults, clock, epochs, upgrade. */
int sim_focused(const sim_task *task, sim_focus focus, const char *name);

/* Every behaviour of behaviours.h, on so many seeds each. */
int sim_byzantine_all(const sim_task *task);

/* For each seed: a crash at every write and sync of the log and every batch of the store, of each
 * node alone and of all at once. */
int sim_kill_points(const sim_task *task);

/* The shortest schedule that still fails as the seed does: leaves out what can be left out. Prints
 * it, and the command that runs it again. Returns 0 when the seed does not fail. */
int sim_shrink(const sim_task *task);

#endif /* YQ_CONFORMANCE_SIM_FOCUSED_H */
