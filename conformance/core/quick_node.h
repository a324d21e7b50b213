#ifndef YQ_CONFORMANCE_CORE_QUICK_NODE_H
#define YQ_CONFORMANCE_CORE_QUICK_NODE_H

#include "conformance/core/core_table.h"

/*
 * One core with a host that answers at once: what is to be durable is durable, signatures, checks
 * and results are there in the same moment. For harnesses that decide themselves what reaches a
 * node and when; the simulator (conformance/sim) has a host with a disk and delays.
 *
 * Signatures are tags, the key's first byte 32 times and m: quick_sign is the only way to one.
 */
typedef struct quick_node {
    /* To be set before quick_node_start. */
    const sim_core *api;
    yq_bft_config cfg; /* own_key is set by quick_node_init */
    const yq_valset *set;
    const yq_bft_tip *genesis;
    uint8_t payload_tag; /* the payload of its own blocks: one digest of this byte and the view */
    void (*send)(void *self, struct quick_node *n, uint32_t to, yq_slice bytes);
    void (*committed)(void *self, struct quick_node *n, const yq_bft_tip *tip);
    void (*keep)(void *self, struct quick_node *n, yq_slice record); /* of the log; may be NULL */
    void *self;

    void *mem; /* yq_bft_footprint(&cfg) bytes, the caller's */
    yq_bft *core;
    uint64_t now, wall, timer_at;
    yq_bft_tip tip;
    int syncing; /* SYNC is asked and not answered: blocks up to target are missing */
    yq_cert target;
    unsigned evidence_n;
    int diverged;
    yq_status status; /* of the last event */
    uint64_t steps;
} quick_node;

/* The validator set of n stub keys in epoch 1, and a genesis for it. */
void quick_set(unsigned n, yq_valset *set, yq_bft_tip *genesis);
#define QUICK_WALL_MS UINT64_C(1760000000000) /* of the genesis */

/* The result of executing a block: follows from h alone. */
yq_bft_result quick_result(const yq_digest *h);

/* The stub signature of validator idx over m. Out: sig, 64 bytes. */
void quick_sign(const yq_valset *set, uint16_t idx, const yq_digest *m, uint8_t *sig);

/* Gives n the key of validator idx and the checker of stub signatures. */
void quick_node_init(quick_node *n, uint16_t idx);

/* A new core in n->mem, without a log: nothing was ever signed. */
void quick_node_start(quick_node *n);

/* A new core in n->mem with a log, as after a crash. In: record[0..record_n), oldest first; n->tip
 * is the last committed block. The F of the tip must be in the log, or the tip be the genesis. */
void quick_node_restart(quick_node *n, const yq_slice *record, size_t record_n);

/* Feeds one event and what follows from it. In: ev->now_ms and wall_ms are set here. */
void quick_node_step(quick_node *n, yq_bft_event ev);

/* Bytes from validator from. */
void quick_node_receive(quick_node *n, uint32_t from, yq_slice bytes);

/* The answer to SYNC: the next blocks, each on top of the tip. In: tip[0..tip_n). */
void quick_node_feed(quick_node *n, const yq_bft_tip *tip, size_t tip_n);

#endif /* YQ_CONFORMANCE_CORE_QUICK_NODE_H */
