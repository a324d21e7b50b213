#ifndef YQ_CONFORMANCE_SIM_SEEDS_H
#define YQ_CONFORMANCE_SIM_SEEDS_H

#include "conformance/sim/sim.h"

#define SIM_FAILURES_MAX 20u

/* What a campaign gave, merged in the order of its seeds: it does not depend on the number of
 * processes. */
typedef struct sim_campaign {
    uint64_t seeds, finalizations, checked_states, violations, stalls, steps, virtual_ms;
    sim_faults faults;
    uint64_t recovery_p50_ms, recovery_p99_ms, recovery_max_ms, slowest_seed;
    uint8_t digest[32];
    uint64_t points[SIM_POINTS];
    unsigned planned; /* of the last seed */
    unsigned failure_n;
    sim_result failure[SIM_FAILURES_MAX];
} sim_campaign;

/* Runs seeds seed0 .. seed0 + seeds - 1 on so many processes. A run in which an assertion of the
 * core stops its process counts as a violation. progress 1: tells stderr how far it is. stop_at:
 * ends early after so many failures, 0: never. Returns 0 when processes cannot be made. */
int sim_campaign_run(
    const sim_options *opt,
    uint64_t seed0,
    uint64_t seeds,
    unsigned processes,
    int progress,
    sim_campaign *out);

/* Sums up; the digest is of the first alone. */
void sim_campaign_add(sim_campaign *sum, const sim_campaign *more);

void sim_faults_add(sim_faults *to, const sim_faults *more);

/* Prints the members of a JSON object that every campaign has. */
void sim_put_counts(const sim_campaign *c);

#endif /* YQ_CONFORMANCE_SIM_SEEDS_H */
