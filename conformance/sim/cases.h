#ifndef YQ_CONFORMANCE_SIM_CASES_H
#define YQ_CONFORMANCE_SIM_CASES_H

#include <stdint.h>

/* Seeds on which a bug of the core was seen; each must stay clean. */
typedef struct sim_case {
    const char *name;
    unsigned nodes, byzantine;
    uint64_t seed;
} sim_case;

extern const sim_case sim_cases[];
extern const unsigned sim_case_n;

/* Rules whose removal a campaign of random seeds must see. */
typedef struct sim_mutant {
    int number;
    const char *rule;
    int is_slow; /* shows as a longer recovery only */
} sim_mutant;

extern const sim_mutant sim_mutants[];
extern const unsigned sim_mutant_n;

#endif /* YQ_CONFORMANCE_SIM_CASES_H */
