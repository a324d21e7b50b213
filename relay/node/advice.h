#ifndef YQ_RELAY_NODE_ADVICE_H
#define YQ_RELAY_NODE_ADVICE_H

#include "yuqiao/types.h"

/* Exit codes of yuqiaod: those of every program of the project. */
typedef enum node_exit {
    NODE_EXIT_OK = 0,
    NODE_EXIT_FAILED = 1,
    NODE_EXIT_USAGE = 2,       /* usage or configuration */
    NODE_EXIT_NOT_FOUND = 4,   /* no such home, key or genesis */
    NODE_EXIT_REFUSED = 5,     /* must not start like this again: key, guard, log or data */
    NODE_EXIT_UNAVAILABLE = 6, /* this machine failed: repair it, start again */
} node_exit;

/* What an operator is to do about an end of the process. */
typedef struct node_advice {
    yq_status status;
    node_exit code;
    const char *en, *zh;
} node_advice;

/* The advice for a status; for one without an own line a general one. */
const node_advice *node_advice_of(yq_status status);

#endif /* YQ_RELAY_NODE_ADVICE_H */
