#ifndef YQ_CONFORMANCE_SIM_BEHAVIOURS_H
#define YQ_CONFORMANCE_SIM_BEHAVIOURS_H

#include "conformance/sim/sim.h"

/* How a second proposal of a Byzantine leader differs from its first. */
typedef enum sim_variation {
    SIM_VARY_ANY = 0,
    SIM_VARY_NONE, /* no second one */
    SIM_VARY_TIME,
    SIM_VARY_EMPTY,
    SIM_VARY_EPOCH_END,
    SIM_VARY_RESULT,
    SIM_VARY_FUTURE,
    SIM_VARY_HEIGHT,
    SIM_VARY_PARENT,
} sim_variation;

/* What it sends from time to time beside the honest code's messages. */
typedef enum sim_act {
    SIM_ACT_ANY = 0,
    SIM_ACT_NONE,
    SIM_ACT_NOTARIZE, /* votes for any block of a view */
    SIM_ACT_CONFLICT, /* NULLIFY and FINALIZE of any view */
    SIM_ACT_RESULT,   /* FINALIZE of another result */
    SIM_ACT_BAD_SIG,
    SIM_ACT_FLOOD, /* votes of views far ahead */
    SIM_ACT_CERT,  /* certificates that nobody signed */
    SIM_ACT_CLAIM, /* to be far ahead */
    SIM_ACT_OLD,   /* messages of anybody, again */
    SIM_ACT_ALTERED,
    SIM_ACT_NOISE,
} sim_act;

typedef struct sim_behaviour {
    const char *name;
    sim_style style;
    sim_variation variation;
    sim_act act;
    uint32_t withheld; /* WITHHOLD: classes kept from half of the others; 0: by chance */
} sim_behaviour;

extern const sim_behaviour sim_behaviours[];
extern const unsigned sim_behaviour_n;

#endif /* YQ_CONFORMANCE_SIM_BEHAVIOURS_H */
