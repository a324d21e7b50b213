/* Built twice: beside the product's archive and, with YQ_MUTANTS, as a part of the other one. */
#include "conformance/core/core_table.h"

#include "relay/bft/mutants.h"

#ifdef YQ_MUTANTS
const sim_core sim_core_mutant = {yq_bft_footprint, yq_bft_new, yq_bft_step, yq_bft_look};

void sim_mutant_set(int number)
{
    yq_bft_mutant = number;
}
#else
const sim_core sim_core_product = {yq_bft_footprint, yq_bft_new, yq_bft_step, yq_bft_look};
#endif
