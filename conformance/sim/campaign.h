#ifndef YQ_CONFORMANCE_SIM_CAMPAIGN_H
#define YQ_CONFORMANCE_SIM_CAMPAIGN_H

#include "conformance/sim/seeds.h"

/*
 * Runs seeds on networks of 4, 7 and 10 validators with f Byzantine ones, in turn, until the time
 * is over; the turn that has begun is finished. Prints the sums. Returns 1 when nothing failed.
 */
int sim_campaign_for(uint64_t seconds, uint64_t seed0, unsigned jobs, int json);

/*
 * Leaves out each rule in turn and looks for a run that shows it, in at most seeds runs. Prints
 * which run showed it. Returns 1 when every mutant was found. Returns 0 also when one was not, or
 * when processes cannot be made.
 */
int sim_mutants_find(uint64_t seed0, uint64_t seeds, unsigned jobs, int json);

#endif /* YQ_CONFORMANCE_SIM_CAMPAIGN_H */
