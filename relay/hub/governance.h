#ifndef YQ_RELAY_HUB_GOVERNANCE_H
#define YQ_RELAY_HUB_GOVERNANCE_H

#include "relay/hub/proposal.h"

/* Votes, and what they bring about. */
YQ_NODISCARD yq_status yq_governance_vote(yq_hub *hub, yq_call *call);

/* A proposal's time has come: its delay or its life is over. */
void yq_governance_due(yq_hub *hub, uint64_t number);

#endif /* YQ_RELAY_HUB_GOVERNANCE_H */
