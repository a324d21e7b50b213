#ifndef YQ_RELAY_HUB_VALIDATORS_H
#define YQ_RELAY_HUB_VALIDATORS_H

#include "relay/hub/state.h"

/*
 * Who orders the ledger. VALIDATORS_CHANGE proposes who joins and who leaves with the next epoch;
 * when it is approved, the ledger ends the epoch (relay/ledger, relay/bft). A change is
 *
 *   u8 n, n x {str8 organisation, str8 key, b64 proof} by key; u8 n, n x str8 key, ascending
 *
 * that is, who joins and who leaves. proof: the new key's signature of type GOV over u8 1, str8
 * organisation, str8 key, with the epoch in which it begins and view 0 (relay/crypto/signed.h).
 */
#define YQ_PROOF_VALIDATOR 1u

/* Errors: E_PERMISSION (not an admin of a voting organisation), those of a change. */
YQ_NODISCARD yq_status yq_validators_change(yq_hub *hub, yq_call *call);

/*
 * The proposal is approved: the set of the next epoch is written. Errors: decode codes; E_STATE
 * (another change waits for its epoch); E_NOT_FOUND (who leaves is no validator, an unknown
 * organisation); E_EXISTS (who joins is or was one); E_SIG (proof); E_RANGE (fewer than 4, more
 * than 31; nothing changes; more than a third changes at once, a swap within an organisation
 * counting once); E_SET_CONCENTRATION.
 */
YQ_NODISCARD yq_status yq_validators_change_apply(yq_hub *hub, const yq_tx_validators *tx);

/* The first set, from the genesis. Errors: E_CONFIG_INVALID; why names the field. */
YQ_NODISCARD yq_status
yq_validators_genesis(yq_hub *hub, const yq_hub_params *params, yq_fault *why);

/* The epoch begins with the next block. */
void yq_validators_begin(yq_hub *hub, uint64_t epoch);

/* Returns 1 and the set of an epoch (0: the present one), or 0. */
int yq_validators_load(yq_hub *hub, uint64_t epoch, yq_validators *out);

/* Checks a signature of a validator's key over m. */
YQ_NODISCARD yq_status
yq_validators_signed(uint8_t suite, yq_slice key, const yq_digest *m, yq_slice sig);

#endif /* YQ_RELAY_HUB_VALIDATORS_H */
