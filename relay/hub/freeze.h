#ifndef YQ_RELAY_HUB_FREEZE_H
#define YQ_RELAY_HUB_FREEZE_H

#include "relay/hub/chain.h"

/* Freezes and thaws a chain: its partners hear of both (halt.h). */

/* until_ms: 0 is without end. */
void yq_chain_freeze_until(yq_hub *hub, yq_chain_record *chain, uint64_t until_ms, yq_slice reason);

/* Goes back to the state before, or to lagging where the trust period is over. */
void yq_chain_thaw(yq_hub *hub, yq_chain_record *chain);

/* A freeze's end has come. */
void yq_chain_due(yq_hub *hub, yq_slice id);

/* A contradiction of the chain's validators was proven. */
void yq_chain_misbehaved(yq_hub *hub, yq_chain_record *chain);

#endif /* YQ_RELAY_HUB_FREEZE_H */
