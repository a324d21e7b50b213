#ifndef YQ_RELAY_HUB_MESSAGE_H
#define YQ_RELAY_HUB_MESSAGE_H

#include "relay/hub/state.h"

/* Messages as they are stored, and their traces. */
#define YQ_TX_ID_SIZE_MAX 128u /* of a foreign transaction */

typedef struct yq_message_record {
    yq_message view;
    yq_digest src_commitment; /* of the packet in the source's hash: what its outbox keeps */
    uint64_t cancel_due_ms;   /* 0: none is planned */
} yq_message_record;

int yq_message_load(yq_hub *hub, const yq_digest *id, yq_message_record *out);
void yq_message_store(yq_hub *hub, const yq_message_record *m);

/* Appends a step of the trace to a message (which the caller stores). */
void yq_message_step(
    yq_hub *hub,
    yq_message_record *m,
    yq_trace_step step,
    const yq_digest *hash,
    uint64_t foreign_height,
    yq_slice proof,
    int32_t code);

/* Sets the state and tells it. */
void yq_message_move(yq_hub *hub, yq_message_record *m, yq_message_state state);

#endif /* YQ_RELAY_HUB_MESSAGE_H */
