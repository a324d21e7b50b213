#ifndef YQ_RELAY_HUB_VALIDATORS_H
#define YQ_RELAY_HUB_VALIDATORS_H

#include "relay/hub/state.h"

/*
 * Who orders the ledger. VALIDATORS_CHANGE proposes who joins and who leaves with the next epoch
 * (change.h); when it is approved, the ledger ends the epoch (relay/ledger, relay/bft).
 */

/* Errors: E_PERMISSION (not an admin of a voting organisation), those of a change. */
YQ_NODISCARD yq_status yq_validators_change(yq_hub *hub, yq_call *call);

/*
 * The proposal is approved: the set of the next epoch is written. Errors: decode codes; E_STATE
 * (another change waits for its epoch); E_NOT_FOUND (who leaves is no validator, an unknown
 * organisation); E_EXISTS (who joins is or was one); E_SIG (proof); E_RANGE (fewer than 4, more
 * than 31; nothing changes; more than a third changes at once, a swap within an organisation
 * counting once); E_SET_CONCENTRATION; E_EXPORT_KEY (a validator of it lacks the key of a suite
 * that is in use).
 */
YQ_NODISCARD yq_status yq_validators_change_apply(yq_hub *hub, const yq_tx_validators *tx);

/*
 * The recovery set's change, before the first block of the epoch: not bound to a third nor to keys
 * of other suites, which nobody can bind meanwhile, and it replaces one that waits. Errors: decode
 * codes; E_NOT_FOUND, E_EXISTS, E_SIG, E_RANGE, E_SET_CONCENTRATION as above: nothing was written.
 */
YQ_NODISCARD yq_status yq_validators_recover(yq_hub *hub, yq_slice change, yq_fault *why);

/* The first set, from the genesis. Errors: E_CONFIG_INVALID; why names the field. */
YQ_NODISCARD yq_status
yq_validators_genesis(yq_hub *hub, const yq_hub_params *params, yq_fault *why);

/* The epoch begins with the next block. */
void yq_validators_begin(yq_hub *hub, uint64_t epoch);

/* Returns 1 and the set of an epoch (0: the present one), or 0. */
int yq_validators_load(yq_hub *hub, uint64_t epoch, yq_validators *out);

#endif /* YQ_RELAY_HUB_VALIDATORS_H */
