#ifndef YQ_RELAY_HUB_PACKET_H
#define YQ_RELAY_HUB_PACKET_H

#include "relay/hub/chain.h"
#include "relay/hub/held.h"
#include "relay/hub/lane.h"
#include "relay/hub/outbox.h"
#include "relay/hub/service.h"

/* The life of messages. */
/* An event that was proven, on its way to the messages. */
typedef struct yq_proven {
    const yq_chain_record *chain;
    const yq_verified_event *event;
    yq_digest proof; /* SM3 of the proof's bytes */
    yq_call *call;
} yq_proven;

/* PACKET_EVENT. */
YQ_NODISCARD yq_status yq_packet_event(yq_hub *hub, yq_call *call);

/* MESSAGE_FORCE: two persons name the outcome of a message in doubt. */
YQ_NODISCARD yq_status yq_message_force(yq_hub *hub, yq_call *call);

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

/* The names of a message's lane. */
static inline yq_lane yq_packet_lane(const yq_message *v)
{
    return (yq_lane){
        .src_chain = v->src_chain,
        .src_service = v->src_service,
        .dst_chain = v->dst_chain,
        .dst_service = v->dst_service};
}

/* The key under which the message of a lane's number is found. */
void yq_packet_number_key(yq_state_key *key, const yq_lane *lane, uint64_t number);

/* ---- control.c: packets that the hub makes ---- */

/* Writes the acknowledgement to the source's outbox. */
YQ_NODISCARD yq_status yq_packet_acknowledge(yq_hub *hub, yq_message_record *m, yq_slice result);

/* Writes the cancel of a message that has a leaf, and stores the message. */
YQ_NODISCARD yq_status
yq_packet_cancel(yq_hub *hub, yq_message_record *m, const yq_chain *destination);

/* Tells an ordered lane's destination that the numbers first to last's own were refused: it would
 * wait for them for ever. The caller stores last. */
YQ_NODISCARD yq_status
yq_packet_skip(yq_hub *hub, const yq_lane *lane, uint64_t first, yq_message_record *last);

/* ---- */

/* The time for a message's cancel has come. */
YQ_NODISCARD yq_status yq_packet_cancel_due(yq_hub *hub, const yq_digest *id);

/* Takes the next message of a queue one step further, and plans the one after it for the same due
 * time. In: work, as the due work carries it. */
void yq_held_resume(yq_hub *hub, uint64_t due_ms, yq_slice work);

#endif /* YQ_RELAY_HUB_PACKET_H */
