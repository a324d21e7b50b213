#ifndef YQ_RELAY_HUB_PROTOCOL_H
#define YQ_RELAY_HUB_PROTOCOL_H

#include "relay/hub/state.h"

/*
 * The version of the ledger's protocol. PROTOCOL_ACTIVATE proposes the next one from a height on;
 * it takes effect when it is approved, and never before the block after that. A node that does not
 * run it stops at the block before it (relay/bft).
 */
YQ_NODISCARD yq_status yq_protocol_activate(yq_hub *hub, yq_call *call);

/* What a block of this height has. */
uint16_t yq_protocol_version(yq_hub *hub, uint64_t height);

/* The proposal is approved. Errors: E_STATE (another version is active or planned by now). */
YQ_NODISCARD yq_status yq_protocol_activate_apply(yq_hub *hub, const yq_tx_protocol *tx);

#endif /* YQ_RELAY_HUB_PROTOCOL_H */
