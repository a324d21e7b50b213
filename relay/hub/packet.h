#ifndef YQ_RELAY_HUB_PACKET_H
#define YQ_RELAY_HUB_PACKET_H

#include "relay/hub/lane.h"
#include "relay/hub/outbox.h"

/* Messages and their life. */
#define YQ_TX_ID_SIZE_MAX 128u /* of a foreign transaction */

typedef struct yq_message_record {
    yq_message view;
    yq_digest src_commitment; /* of the packet in the source's hash: what its outbox keeps */
    yq_digest group;
    uint64_t cancel_due_ms; /* 0: none is planned */
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

/* An event that was proven, on its way to the messages. */
typedef struct yq_proven {
    const yq_chain_record *chain;
    const yq_verified_event *event;
    yq_digest proof; /* SM3 of the proof's bytes */
    yq_call *call;
} yq_proven;

/* PACKET_EVENT. */
YQ_NODISCARD yq_status yq_packet_event(yq_hub *hub, yq_call *call);

/* A SENT record of an outbox; a mapped event. Append the message's id to the call's data. */
YQ_NODISCARD yq_status yq_packet_sent(yq_hub *hub, const yq_proven *proven, yq_slice body);
YQ_NODISCARD yq_status
yq_packet_mapped(yq_hub *hub, const yq_proven *proven, const yq_service *service);

/* DONE and STATE records of an inbox. */
YQ_NODISCARD yq_status yq_receipt_done(yq_hub *hub, const yq_proven *proven, yq_slice body);
YQ_NODISCARD yq_status yq_receipt_state(yq_hub *hub, const yq_proven *proven, yq_slice body);

/* Goes on with a message that has no leaf: a leaf, held, or refused. In: packet, its bytes. */
YQ_NODISCARD yq_status
yq_packet_advance(yq_hub *hub, yq_message_record *m, const yq_packet *packet);

/* Writes the acknowledgement to the source's outbox. */
YQ_NODISCARD yq_status yq_packet_acknowledge(yq_hub *hub, yq_message_record *m, yq_slice result);

/* The time for a message's cancel has come. */
YQ_NODISCARD yq_status yq_packet_cancel_due(yq_hub *hub, const yq_digest *id);

/* ---- what waits: queues by chain or by lane ---- */
typedef enum yq_waits {
    YQ_WAITS_INVALID = 0,
    YQ_WAITS_PACKET = 1,
    YQ_WAITS_CANCEL = 2,
} yq_waits;

void yq_held_put_chain(yq_hub *hub, yq_slice chain, const yq_message_record *m, yq_waits what);
void yq_held_put_lane(yq_hub *hub, const yq_lane *lane, const yq_message_record *m);

/* Plans that a queue goes on at that time. */
void yq_held_wake_chain(yq_hub *hub, yq_slice chain, uint64_t due_ms);
void yq_held_wake_lane(yq_hub *hub, const yq_lane *lane, uint64_t due_ms);

/* Takes the next message of a queue one step further, and plans the one after it for the same due
 * time. In: work, as the due work carries it. */
void yq_held_resume(yq_hub *hub, uint64_t due_ms, yq_slice work);

#endif /* YQ_RELAY_HUB_PACKET_H */
