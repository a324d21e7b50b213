#ifndef YQ_CONFORMANCE_EXPLORE_EXPLORE_H
#define YQ_CONFORMANCE_EXPLORE_EXPLORE_H

#include <stdint.h>

/*
 * A complete exploration of the real core within a bound: four validators, one of them Byzantine,
 * every order of events within some views.
 *
 * Honest nodes are real cores. What the Byzantine one says is there whenever it helps: its vote
 * completes any certificate for which two honest ones voted, and where it leads it proposes two
 * blocks on every certified parent, whether the views between are nullified or not, and one with
 * payload on a final parent. Any honest node may at any time take any block that was proposed and
 * any certificate that can exist by then, its timers may run out, and (restarts) it may crash and
 * come back from its log. Messages may be lost for ever: nothing has to happen.
 *
 * Honest nodes hear each other through certificates and the leader's proposals only. Between two
 * moments at which one of these comes into existence they move independently, so all states of the
 * network between them are all triples out of three sets of states of one node. Such a stage is one
 * item of the walk; the votes of which two nodes brought which certificate leads to the next. The
 * walk is complete when no stage is new.
 *
 * Two moments of a node count as one state when everything in its core is equal but times, the
 * signers of certificates, counters, and views below the stored block. Followers are told apart by
 * nothing but their number, so their order does not count.
 */
typedef struct explore_options {
    unsigned byzantine; /* its number, 0 .. 3 */
    unsigned first;     /* view in which it begins; the views before are nullified. Validator 0
                           leads in views 1 to 4, validator 1 in 5 to 8 */
    unsigned views;     /* so many views are explored */
    int restarts;       /* honest nodes crash and come back */
    int mutant;         /* the rule that the cores leave out */
    uint32_t stages_max;
} explore_options;

#define EXPLORE_PATH_MAX 64u

typedef struct explore_result {
    int complete;           /* every stage within the bound was seen */
    uint64_t stages;        /* checked */
    double network_states;  /* triples in them; the same one may be in several */
    uint64_t locals, steps; /* different states of one core; steps of real cores */
    uint64_t blocks;        /* different blocks proposed */
    uint64_t violations;
    unsigned deepest; /* certificates on the longest way */
    const char *what; /* of the first violation, NULL: none */
    /* What came into existence on the way to it, in order. */
    unsigned path_n;
    char path[EXPLORE_PATH_MAX][96];
} explore_result;

/* Returns 0 when memory ran out before anything could be said. */
int explore_run(const explore_options *opt, explore_result *out);

/* Explores each bound and prints what came out, one after another or as one line of JSON. Returns 1
 * when all are complete and nothing was found. */
int explore_campaign(const explore_options *bound, unsigned bound_n, unsigned processes, int json);

/* The bounds that hold for every change of the core: every place of the Byzantine validator, with
 * and without a change of leader. */
extern const explore_options explore_bounds[];
extern const unsigned explore_bound_n;

#endif /* YQ_CONFORMANCE_EXPLORE_EXPLORE_H */
