#ifndef YQ_CONFORMANCE_NODES_NODES_H
#define YQ_CONFORMANCE_NODES_NODES_H

#include <stdint.h>

/*
 * Whole nodes on virtual time, network and disk: the product's core, ledger, pool, execution, block
 * sync, snapshots and state sync, real SM2 signatures and real transactions; only the disk is
 * memory (memory_db.h), and the log a list of records. Messages are lost, doubled and late, links
 * are cut, power goes at any batch and any unsynced record, peers answer with a wrong byte. A
 * validator is replaced by governance with one that began from a snapshot. Then a time without
 * faults, in which progress is demanded. After it, in some runs, more validators are lost for good
 * than the ledger bears, and the recovery set names new ones; or they were only away, and overrule
 * it.
 */
typedef struct nodes_options {
    uint64_t seed0, seeds;
    unsigned processes;
    int json, trace;
} nodes_options;

/* Runs the seeds and prints what came of them. Returns 1 when no rule was broken and nothing stood
 * still. */
int nodes_campaign(const nodes_options *opt);

/* Runs one seed and prints it. Returns 1 when it is good. */
int nodes_replay(const nodes_options *opt);

#endif /* YQ_CONFORMANCE_NODES_NODES_H */
