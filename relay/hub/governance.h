#ifndef YQ_RELAY_HUB_GOVERNANCE_H
#define YQ_RELAY_HUB_GOVERNANCE_H

#include "relay/hub/state.h"

/* Proposals and votes. */
#define YQ_PROPOSAL_OPEN_MS UINT64_C(2592000000) /* thirty days */

int yq_proposal_load(yq_hub *hub, uint64_t number, yq_proposal *out);
uint64_t yq_proposal_count(yq_hub *hub);

/* Makes a proposal of the call's own map. Appends its number to the call's data. */
YQ_NODISCARD yq_status yq_governance_propose(yq_hub *hub, yq_call *call, yq_slice subject);

YQ_NODISCARD yq_status yq_governance_vote(yq_hub *hub, yq_call *call);

/* A proposal's time has come: its delay or its life is over. */
void yq_governance_due(yq_hub *hub, uint64_t number);

/* Reads the transaction that a proposal carries. Returns 0 when the arena ran out. */
int yq_proposal_tx(yq_hub *hub, const yq_proposal *proposal, yq_tx *tx);

#endif /* YQ_RELAY_HUB_GOVERNANCE_H */
