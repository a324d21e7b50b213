#ifndef YQ_LIGHT_CLIENTS_FABRIC_VERIFIER_H
#define YQ_LIGHT_CLIENTS_FABRIC_VERIFIER_H

#include "yuqiao/verifier.h"

/* The verifier "fabric". Returns a static descriptor; README.md has its layouts. */
const yq_verifier *yq_verifier_fabric(void);

#endif /* YQ_LIGHT_CLIENTS_FABRIC_VERIFIER_H */
