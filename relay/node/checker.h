#ifndef YQ_RELAY_NODE_CHECKER_H
#define YQ_RELAY_NODE_CHECKER_H

#include "relay/hub/verifier_host.h"
#include "relay/node/job.h"

/*
 * Checks the signatures of one verifier call on several threads and remembers verdicts. A verdict
 * never depends on either: it is that of yq_signature_check.
 */
typedef struct checker {
    job_queue *helpers; /* jobs JOB_CHECK go to its lane 0 */
    unsigned helper_n;  /* threads that take from it */
    pthread_mutex_t lock;
    struct checker_entry *entry;
    uint64_t hits, checks;
} checker;

void checker_init(checker *c, job_queue *helpers, unsigned helper_n);
void checker_free(checker *c);

/* The interface for the ledger; c lives as long as it is used. */
yq_signature_checker checker_interface(checker *c);

/* A helper's share of a batch; frees the job. */
void checker_help(job *j);

/* What was saved, what was checked. */
void checker_count(checker *c, uint64_t *hits, uint64_t *checks);

#endif /* YQ_RELAY_NODE_CHECKER_H */
