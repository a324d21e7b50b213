#ifndef YQ_RELAY_HUB_CLIENT_H
#define YQ_RELAY_HUB_CLIENT_H

#include "relay/hub/chain.h"

/* One light client a chain, through the table of verifiers. */

/* Makes the client of a chain that is being registered. Errors: E_UNSUPPORTED, the verifier's. */
YQ_NODISCARD yq_status yq_client_init(yq_hub *hub, const yq_tx_chain_register *tx, yq_fault *why);

/* Drops the state and records of a client that was never active. */
void yq_client_clear(yq_hub *hub, yq_slice chain);

YQ_NODISCARD yq_status yq_client_update(yq_hub *hub, yq_call *call);
YQ_NODISCARD yq_status yq_client_misbehaviour(yq_hub *hub, yq_call *call);

/* Verifies an event. Out: event, whose slices live as long as the arena's present content. */
YQ_NODISCARD yq_status yq_client_event(
    yq_hub *hub,
    const yq_chain_record *chain,
    yq_slice proof,
    yq_verified_event *event,
    yq_fault *why);

#endif /* YQ_RELAY_HUB_CLIENT_H */
