#ifndef YQ_CONFORMANCE_CHAINS_FABRIC_INBOX_H
#define YQ_CONFORMANCE_CHAINS_FABRIC_INBOX_H

#include "conformance/chains/fabric/chain.h"

/* The chaincode of outbox and inbox: common/contract.h behind one key of the channel's state. */

#define YQ_FBMOCK_RECORDS_MAX (2u << 20)

/*
 * Simulates a call: deploy has no argument and makes the inbox of chain->deploy; receiveMessages
 * (delivery), sendMessage (yq_send), stepEpoch (set), state. Out: after, the inbox behind it, to be
 * freed; records, what it emits. Errors: why the chaincode refuses; then after is NULL.
 */
YQ_NODISCARD yq_status yq_fbmock_inbox_run(
    const yq_fbmock_chain *chain,
    yq_slice function,
    yq_slice argument,
    yq_slice caller,
    yq_contract **after,
    yq_buf *records);

/* Deploys the inbox in a block of its own. Errors: E_STATE (there is one), E_CONFIG_INVALID. */
YQ_NODISCARD yq_status
yq_fbmock_inbox_deploy(yq_fbmock_chain *chain, const yq_contract_config *config, uint64_t now_ms);

/* Simulates a client's call, and keeps it as prepared. In: part as yq_fbmock_put_payload; call,
 * whose results and event are filled. Errors: as run. */
YQ_NODISCARD yq_status yq_fbmock_inbox_prepare(
    yq_fbmock_chain *chain,
    yq_fbmock_call *call,
    const yq_slice part[3],
    yq_slice function,
    yq_slice caller,
    const char *tx_id,
    const yq_fbmock_prepared **out);

/* Appends a call of the chain's own client as transaction `index` of block `number`, and commits
 * it; nothing when the inbox refuses. */
void yq_fbmock_inbox_put(
    yq_fbmock_chain *chain,
    const yq_fbmock_pending *pending,
    uint64_t number,
    uint32_t index,
    uint64_t now_ms,
    yq_writer *data);

/* Validates an ordered transaction as the channel's peers do, and commits it when it is valid. */
void yq_fbmock_inbox_commit(
    yq_fbmock_chain *chain, const yq_fbmock_prepared *prepared, uint64_t number, uint32_t index);

void yq_fbmock_inbox_free(yq_fbmock_chain *chain);

#endif /* YQ_CONFORMANCE_CHAINS_FABRIC_INBOX_H */
