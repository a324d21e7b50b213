#ifndef YQ_RELAY_HUB_LANE_H
#define YQ_RELAY_HUB_LANE_H

#include "relay/hub/state.h"

/* The routes that are granted: a lane is a row of the allow list. */

/* Writes the four names into a key of any table that begins with them. */
void yq_lane_key(yq_state_key *key, const char *module, uint8_t table, const yq_lane *lane);

/* In: the names. Out: the rest. */
int yq_lane_load(yq_hub *hub, yq_lane *lane);
void yq_lane_store(yq_hub *hub, const yq_lane *lane);

/* The one lane of a mapped service. */
int yq_lane_of_mapped(yq_hub *hub, yq_slice chain, yq_slice service, yq_lane *out);

/*
 * The last number that was taken in order: on a mapped lane, which the hub numbers itself, on an
 * ordered lane, and where no lane is open yet, so that a lane that opens ordered knows what to
 * skip. In: the names.
 */
uint64_t yq_lane_last_number(yq_hub *hub, const yq_lane *lane);
void yq_lane_take_number(yq_hub *hub, const yq_lane *lane, uint64_t number);

/* Counts one packet in the present minute. Returns 0 when the cap is reached. Out: next_ms, when
 * the next minute begins. */
int yq_lane_take_rate(yq_hub *hub, const yq_lane *lane, uint64_t *next_ms);

YQ_NODISCARD yq_status yq_lane_open(yq_hub *hub, yq_call *call);

#endif /* YQ_RELAY_HUB_LANE_H */
