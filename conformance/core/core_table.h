#ifndef YQ_CONFORMANCE_CORE_CORE_TABLE_H
#define YQ_CONFORMANCE_CORE_CORE_TABLE_H

#include "relay/bft/bft.h"

/* The core's entry points. There are two cores in the program: the product's archive, and one of
 * the same sources in which one rule can be left out. */
typedef struct sim_core {
    size_t (*footprint)(const yq_bft_config *cfg);
    yq_bft *(*make)(void *mem, const yq_bft_config *cfg);
    yq_status (*step)(yq_bft *b, const yq_bft_event *ev, yq_bft_actions *out);
    void (*look)(const yq_bft *b, yq_bft_view *out);
} sim_core;

extern const sim_core sim_core_product;
extern const sim_core sim_core_mutant;

/* Which rule sim_core_mutant leaves out; 0: none. */
void sim_mutant_set(int number);

#endif /* YQ_CONFORMANCE_CORE_CORE_TABLE_H */
