#ifndef YQ_RELAY_BASE_ERRORS_H
#define YQ_RELAY_BASE_ERRORS_H

#include "yuqiao/status.h"

/* Reject: the input is bad, the same verdict everywhere. Fault: this machine failed; never a
 * verdict. */
static inline int yq_status_is_fault(yq_status status)
{
    return status <= -400 && status > -500;
}

/* Returns the stable name with its E_ ("E_QUORUM"), "OK", or "E_UNKNOWN" for a number that no code
 * has. */
const char *yq_status_name(yq_status status);

/* Returns the text for people: language "zh" for Chinese, anything else English. */
const char *yq_status_text(yq_status status, const char *language);

/* Walks the table: returns 0 when idx is past its end. Out: status. */
int yq_status_at(unsigned idx, yq_status *status);

#endif /* YQ_RELAY_BASE_ERRORS_H */
