#ifndef YQ_CONFORMANCE_MESSAGES_MESSAGES_H
#define YQ_CONFORMANCE_MESSAGES_MESSAGES_H

#include <stdint.h>

/*
 * Messages on virtual time: the product's state machine, block by block, and three to five chains
 * that run the contract's model, each with a clock, a finality and a relayer of its own. Relayers
 * lose, double, reorder and lie; chains freeze, stop, sleep through epochs, and are misled into
 * proving what never happened; people force outcomes. Then faults end, and every message must come
 * to its end. Only signatures are not real: they are tags.
 */
typedef struct messages_options {
    uint64_t seed0, seeds;
    unsigned processes;
    const char *mutant; /* the name of a rule that is left out; NULL: none */
    int json, trace;
} messages_options;

/* Returns 1 when there is a rule of this name. */
int messages_rule_exists(const char *name);

/* Runs the seeds and prints what came of them. Returns 1 when no rule was broken, nothing was lost
 * and nothing is blocked. */
int messages_campaign(const messages_options *opt);

/* Leaves out each rule in turn and looks for a seed that shows it, in at most so many. Prints which
 * seed and what it showed. Returns 1 when each was found. */
int messages_mutants(const messages_options *opt);

/* Runs the kept seeds of bugs that were found. Returns 1 when all are clean. */
int messages_cases(const messages_options *opt);

#endif /* YQ_CONFORMANCE_MESSAGES_MESSAGES_H */
