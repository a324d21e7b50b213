#ifndef YQ_CONFORMANCE_SIM_FOCUS_H
#define YQ_CONFORMANCE_SIM_FOCUS_H

#include "conformance/sim/sim.h"

/* What the options' focus changes in the run that the seed describes. */
void sim_focus_config(sim *s);

/* How far a clock is off from now on: seconds, or for one honest node up to ten minutes. */
int64_t sim_focus_clock(sim *s, const sim_actor *a);

/* Of a thousand syncs so many fail. */
uint32_t sim_focus_sync_fails(const sim *s);

#endif /* YQ_CONFORMANCE_SIM_FOCUS_H */
