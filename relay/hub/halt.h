#ifndef YQ_RELAY_HUB_HALT_H
#define YQ_RELAY_HUB_HALT_H

#include "relay/hub/chain.h"

/*
 * What a chain's partners are told when it freezes: HALT, and RESUME when it goes on. A partner is
 * a destination of one of its lanes. Between the two a partner's inbox executes nothing that came
 * from the chain, also what was committed before; it is bound from the moment it executes the HALT.
 */

/* A lane from src to dst is open. A partner of a frozen chain is told so at once. */
YQ_NODISCARD yq_status yq_halt_partner(yq_hub *hub, const yq_chain_record *src, yq_slice dst);

/* Tells every partner that was not told yet. kind: YQ_PACKET_HALT or YQ_PACKET_RESUME. Running out
 * of room shows in hub->exhausted. */
void yq_halt_tell(yq_hub *hub, yq_slice chain, uint8_t kind);

#endif /* YQ_RELAY_HUB_HALT_H */
