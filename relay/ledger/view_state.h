#ifndef YQ_RELAY_LEDGER_VIEW_STATE_H
#define YQ_RELAY_LEDGER_VIEW_STATE_H

/* A view's own state: shared by view*.c, by nobody else. */

#include "relay/ledger/internal.h"

struct yq_view {
    yq_ledger *l;
    published *at;
    state_map map;
    yq_hub hub;
    uint8_t *hub_memory;
    yq_pieces given; /* bytes that were given out */
    yq_status status;
};

/* Reads a row and keeps its bytes until the reset. Errors: E_NOT_FOUND, faults (noted). */
yq_status view_row(yq_view *view, const row_key *key, yq_slice *bytes);
yq_status view_note(yq_view *view, yq_status status);

#endif /* YQ_RELAY_LEDGER_VIEW_STATE_H */
