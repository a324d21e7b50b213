#ifndef YQ_LIGHT_CLIENTS_FABRIC_VALIDITY_H
#define YQ_LIGHT_CLIENTS_FABRIC_VALIDITY_H

#include "light-clients/fabric/bundle.h"
#include "light-clients/fabric/state.h"
#include "light-clients/fabric/tx.h"

/*
 * Judges all transactions of a block that was found good, in order: notes the first place of each
 * transaction id, keeps the verdict on those of registered chaincodes and follows the versions of
 * their keys. In: state's rules are loaded; the block is not a config block's, or its one
 * transaction is only noted. Out: state's chaincodes, records.
 * Errors: E_DOMAIN (an envelope of another channel), E_SET_CHANGE (a config envelope among
 * others), E_LEN (flags that are not one a transaction), E_CONFLICT (a flag contradicts a verdict),
 * E_LIMIT, E_BUDGET and what record_put gives.
 * Cost: for each transaction that touches a registered chaincode one verification for its creator
 * and each endorser.
 */
YQ_NODISCARD yq_status yq_fabric_follow(
    const yq_fabric_call *call,
    yq_fabric_bundle *bundle,
    yq_fabric_state *state,
    const yq_fabric_block *block);

/*
 * The event of a transaction that yq_fabric_follow found successful. Returns E_EVENT_UNPROVEN when
 * it emitted none. Out: event, which borrows from the envelope.
 */
YQ_NODISCARD yq_status yq_fabric_event_of(
    const yq_fabric_call *call, yq_slice envelope, yq_fabric_event *event, yq_slice *tx_id);

#endif /* YQ_LIGHT_CLIENTS_FABRIC_VALIDITY_H */
