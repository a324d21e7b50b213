#ifndef YQ_LIGHT_CLIENTS_FABRIC_ANCHOR_H
#define YQ_LIGHT_CLIENTS_FABRIC_ANCHOR_H

#include "light-clients/fabric/bundle.h"
#include "light-clients/fabric/state.h"

/*
 * Makes a client's first state and records from an anchor, as the README lays it out. With a sample
 * the channel's dialect is the one in which the sample follows the config block and is signed by a
 * quorum. Errors: decode codes, E_ANCHOR, E_ZERO_ROOT, E_PARENT and E_HASH (of the sample: no known
 * hash makes its link or its data), what the configuration gives, E_LIMIT, E_BUDGET.
 */
YQ_NODISCARD yq_status yq_fabric_begin(const yq_fabric_call *call, yq_slice anchor, yq_buf *out);

/* What the configuration says of itself goes into the state. */
void yq_fabric_note_bundle(
    const yq_fabric_call *call,
    const yq_fabric_bundle *bundle,
    uint64_t number,
    yq_fabric_state *state);

/* Returns OK for good data and signatures of this configuration's orderers. Out: last_config.
 * Errors: as of yq_fabric_block_check_data and yq_fabric_bundle_check_block. */
YQ_NODISCARD yq_status yq_fabric_check_block(
    const yq_fabric_call *call,
    yq_fabric_bundle *bundle,
    const yq_fabric_block *block,
    uint64_t *last_config);

#endif /* YQ_LIGHT_CLIENTS_FABRIC_ANCHOR_H */
