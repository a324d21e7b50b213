#ifndef YQ_RELAY_LEDGER_RESULTS_H
#define YQ_RELAY_LEDGER_RESULTS_H

/* The results of one block while it is executed: rows, events and the tree over them. */

#include "relay/ledger/internal.h"

typedef struct results {
    uint32_t alg;
    uint64_t height;
    yq_db_batch *batch;
    yq_merkle_peaks peaks;
    uint32_t events; /* so far in the block */
    uint8_t *room;   /* of one result */
    size_t room_cap;
    struct {
        yq_digest *node;
        size_t n, cap;
    } level[32];
} results;

void results_begin(results *r, uint32_t alg, uint64_t height, yq_db_batch *batch);
/* Adds the next result; tx_id NULL: the block's own work. */
void results_add(results *r, const yq_digest *tx_id, const yq_hub_result *result);
/* Writes the tree's nodes; out: the counted root. */
void results_end(results *r, yq_digest *root);
void results_free(results *r);

#endif /* YQ_RELAY_LEDGER_RESULTS_H */
