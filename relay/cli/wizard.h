#ifndef YQ_RELAY_CLI_WIZARD_H
#define YQ_RELAY_CLI_WIZARD_H

#include "relay/cli/doctor.h"

/* The steps by which a chain joins, judged from what the hub says of it. Asks nobody. */
#define WIZARD_STEPS 8u

typedef struct wizard_step {
    const char *id, *what_en, *what_zh;
    const char *command; /* "@" stands for the chain's id */
    int (*is_done)(const doctor_view *view);
} wizard_step;

extern const wizard_step wizard_steps[WIZARD_STEPS]; /* in their order */

/* The id of the first step that is not done, "" when there is none. */
const char *wizard_next(const doctor_view *view);

#endif /* YQ_RELAY_CLI_WIZARD_H */
