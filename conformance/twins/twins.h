#ifndef YQ_CONFORMANCE_TWINS_TWINS_H
#define YQ_CONFORMANCE_TWINS_TWINS_H

#include <stdint.h>

/*
 * Twins: some validators exist twice, as two honest copies with one key. In each of a few views the
 * copies and the others are split into two or three groups, and nothing crosses between groups.
 * What a twin does together is what a Byzantine validator can do: it equivocates, votes twice,
 * forgets. After the last view everything is connected, and a new block is demanded.
 * Source of the method: Bano et al., Twins: BFT Systems Made Robust, OPODIS 2021.
 *
 * A view is a phase of its own: who has entered a later view is held there until the phase is over,
 * with its clock stopped; messages of later views wait. So each schedule decides who hears whom in
 * each view.
 */
#define TWINS_NODES_MAX     16u
#define TWINS_INSTANCES_MAX 21u
#define TWINS_VIEWS_MAX     12u

typedef struct twins_shape {
    unsigned nodes;
    uint32_t twin;        /* bit i: validator i exists twice */
    unsigned first, view; /* views first .. first + view - 1 are split; those before are whole */
    /* group[k][i]: of instance i in view first + k. Instances: the validators, then the copies of
     * the twins in order of their index. */
    uint8_t group[TWINS_VIEWS_MAX][TWINS_INSTANCES_MAX];
} twins_shape;

typedef enum twins_outcome {
    TWINS_OK = 0,
    TWINS_VIOLATION = 1,
    TWINS_STALL = 2,
} twins_outcome;

typedef struct twins_result {
    uint64_t number; /* of the schedule */
    twins_outcome outcome;
    uint32_t finalizations, states, recovery_ms;
    uint64_t digest; /* of everything that was finalized, by whom and when */
    char what[96];
} twins_result;

typedef struct twins twins;

/* mutant: the rule that the cores leave out, 0: the product's core. trace 1: prints what happens.
 */
twins *twins_new(unsigned nodes, unsigned instances, int mutant, int trace);
void twins_free(twins *t);
void twins_run(twins *t, const twins_shape *shape, twins_result *out);

/* The number of ways to split n instances into two or three groups. */
uint64_t twins_split_n(unsigned n);
/* Way number k of them. Out: group[0..n), numbered in order of their first member. */
void twins_split(unsigned n, uint64_t k, uint8_t *group);

typedef struct twins_options {
    unsigned nodes, twins, views;
    int exhaustive; /* every schedule; else samples of them */
    uint64_t samples, seed0;
    int mutant, json;
    unsigned processes;
} twins_options;

/* Runs every schedule, or samples, and prints what was found. Returns 1 when all were run and none
 * was a violation or a stall. */
int twins_campaign(const twins_options *opt);

/* How many schedules there are: every split of each view, for every first view with another pattern
 * of leaders, and every choice of twins that differs by whom of them leads. 0: more than 2^63. */
uint64_t twins_schedule_n(const twins_options *opt);
/* Schedule number k, or the sample that follows from k. Returns 0 when there is no such number. */
int twins_schedule(const twins_options *opt, uint64_t k, twins_shape *shape);

/* Runs one of them again and prints everything that happens. Returns 1 when it was as it should. */
int twins_replay(const twins_options *opt, uint64_t k);

#endif /* YQ_CONFORMANCE_TWINS_TWINS_H */
