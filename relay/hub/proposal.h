#ifndef YQ_RELAY_HUB_PROPOSAL_H
#define YQ_RELAY_HUB_PROPOSAL_H

#include "relay/hub/state.h"

/* Proposals as they are stored. */
#define YQ_PROPOSAL_OPEN_MS UINT64_C(2592000000) /* thirty days */

int yq_proposal_load(yq_hub *hub, uint64_t number, yq_proposal *out);
void yq_proposal_store(yq_hub *hub, const yq_proposal *p);
uint64_t yq_proposal_count(yq_hub *hub);

/* Plans, and takes back, the due work of its delay or its life. */
void yq_proposal_put_due(yq_hub *hub, uint64_t due_ms, uint64_t number);
void yq_proposal_drop_due(yq_hub *hub, uint64_t due_ms, uint64_t number);
void yq_proposal_tell(yq_hub *hub, const yq_proposal *p);

/* Makes a proposal of the call's own map. Appends its number to the call's data. */
YQ_NODISCARD yq_status yq_governance_propose(yq_hub *hub, yq_call *call, yq_slice subject);

/* Reads the transaction that a proposal carries. Returns 0 when the arena ran out. */
int yq_proposal_tx(yq_hub *hub, const yq_proposal *proposal, yq_tx *tx);

#endif /* YQ_RELAY_HUB_PROPOSAL_H */
