#ifndef YQ_LIGHT_CLIENTS_TEMPLATE_TEMPLATE_H
#define YQ_LIGHT_CLIENTS_TEMPLATE_TEMPLATE_H

/* Limits of the verifier: layouts and rules are in README.md. */
#include "yuqiao/limits.h"
#include "yuqiao/verifier.h"

#define YQ_TEMPLATE_LAYOUT_VERSION 1u
#define YQ_TEMPLATE_MEMBERS_MAX    32u
#define YQ_TEMPLATE_KEY_SIZE       32u
#define YQ_TEMPLATE_EVENTS_MAX     (256u << 10)
#define YQ_TEMPLATE_KEPT           1024u
#define YQ_TEMPLATE_STATE_MAX      (256u + YQ_TEMPLATE_KEY_SIZE * YQ_TEMPLATE_MEMBERS_MAX)

/* The descriptor's entry: the build gives it the name yq_verifier_v1 in the shared library. */
const yq_verifier *yq_verifier_template(void);

#endif /* YQ_LIGHT_CLIENTS_TEMPLATE_TEMPLATE_H */
