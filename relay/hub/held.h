#ifndef YQ_RELAY_HUB_HELD_H
#define YQ_RELAY_HUB_HELD_H

#include "relay/hub/lane.h"
#include "relay/hub/message.h"

/*
 * What waits: a queue a chain that is not ready, and a queue a lane that is paused or has reached
 * its rate. Queues go on by due work, one message a piece (resume.c).
 */
#define YQ_QUEUE_SIZE_MAX (1u + YQ_CHAIN_ID_SIZE_MAX)
#define YQ_QUEUE_CHAIN    'c'
#define YQ_QUEUE_LANE     'l'

typedef enum yq_waits {
    YQ_WAITS_INVALID = 0,
    YQ_WAITS_PACKET = 1,
    YQ_WAITS_CANCEL = 2,
} yq_waits;

void yq_held_put_chain(yq_hub *hub, yq_slice chain, const yq_message_record *m, yq_waits what);
void yq_held_put_lane(yq_hub *hub, const yq_lane *lane, const yq_message_record *m);

/* Plans that a queue goes on at that time, above number walked. */
void yq_held_wake(yq_hub *hub, yq_slice queue, uint64_t due_ms, uint64_t walked);
void yq_held_wake_chain(yq_hub *hub, yq_slice chain, uint64_t due_ms);
void yq_held_wake_lane(yq_hub *hub, const yq_lane *lane, uint64_t due_ms);

/* The state key of what arrived as number arrival in a queue. */
void yq_held_key(yq_state_key *key, yq_slice queue, uint64_t arrival);

#endif /* YQ_RELAY_HUB_HELD_H */
