#ifndef YQ_RELAY_HUB_EVIDENCE_H
#define YQ_RELAY_HUB_EVIDENCE_H

#include "relay/hub/state.h"

/*
 * What a validator signed twice: EVIDENCE_RECORD takes two votes (the layout of docs/protocol/
 * consensus.md) of one signer, epoch and view that no honest validator signs both, checks both
 * signatures by that epoch's set, and keeps one record for each signer, view and kind. It is shown;
 * nobody is removed for it but by governance.
 */
#define YQ_EVIDENCE_HEIGHTS 100000u

/* Errors: decode codes; E_NOT_FOUND (epoch, signer); E_EXPIRED (its epoch ended more than 100,000
 * heights ago); E_NOT_PROVEN (an honest validator may sign both); E_SIG; E_EXISTS. */
YQ_NODISCARD yq_status yq_evidence_record(yq_hub *hub, yq_call *call);

#endif /* YQ_RELAY_HUB_EVIDENCE_H */
