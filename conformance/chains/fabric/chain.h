#ifndef YQ_CONFORMANCE_CHAINS_FABRIC_CHAIN_H
#define YQ_CONFORMANCE_CHAINS_FABRIC_CHAIN_H

#include "conformance/chains/common/mock.h"
#include "conformance/chains/fabric/member.h"
#include "conformance/chains/fabric/store.h"
#include "relay/base/writer.h"

/* A generated channel: two organisations with a peer each, and one that orders. */
#define YQ_FBMOCK_ORDERERS     4u
#define YQ_FBMOCK_ORGS         2u
#define YQ_FBMOCK_BLOCK_TXS    32u
#define YQ_FBMOCK_POOL_MAX     4096u
#define YQ_FBMOCK_PAYLOAD_MAX  (16u << 10)
#define YQ_FBMOCK_CHAINCODE    "hubcc"
#define YQ_FBMOCK_FOREIGN      "othercc"
#define YQ_FBMOCK_EVENT        "CrossChainSend"
#define YQ_FBMOCK_POLICY       "/Channel/Application/Endorsement"
#define YQ_FBMOCK_TX_ID_SIZE   65u
#define YQ_FBMOCK_ENVELOPE_MAX (64u << 10)

typedef struct yq_fbmock_pending {
    uint8_t *p;
    size_t n;
    uint64_t nonce;
} yq_fbmock_pending;

typedef struct yq_fbmock_chain {
    const char *channel; /* as the options have it */
    uint8_t seed[YQ_DIGEST_SIZE];
    int is_bft;
    yq_fbmock_member orderer_ca, orderer[YQ_FBMOCK_ORDERERS], stranger;
    yq_fbmock_member ca[YQ_FBMOCK_ORGS], peer[YQ_FBMOCK_ORGS], client;
    size_t orderer_n, quorum;
    yq_fbmock_store *store;
    yq_digest last_hash, *previous; /* previous[i]: previous_hash of block i */
    size_t previous_n;
    uint64_t nonce;
    struct {
        uint64_t block;
        uint32_t tx;
        int written;
    } slot[YQ_FBMOCK_BLOCK_TXS];
    yq_fbmock_pending pool[YQ_FBMOCK_POOL_MAX];
    size_t pool_n;
    yq_mock_mode mode;
    yq_fbmock_store honest; /* n blocks to show again, in any order */
} yq_fbmock_chain;

/* What a transaction does. */
typedef struct yq_fbmock_call {
    const char *chaincode, *version, *function;
    yq_slice argument;
    yq_slice results; /* TxReadWriteSet */
    yq_slice event;   /* payload; emits when has_event */
    int has_event, is_altered;
    const char *event_chaincode;
    uint64_t nonce, time_ms;
} yq_fbmock_call;

/* Makes the channel with its genesis block and the chaincode's definition. Errors:
 * E_CONFIG_INVALID. */
YQ_NODISCARD yq_status yq_fbmock_chain_new(
    const yq_mock_options *options, yq_fbmock_store *store, yq_fbmock_chain **out, yq_fault *why);
void yq_fbmock_chain_free(yq_fbmock_chain *chain);

/* Puts a transaction that emits payload into the pool. Out: tx_id. Errors: E_LIMIT. */
YQ_NODISCARD yq_status
yq_fbmock_emit(yq_fbmock_chain *chain, yq_slice payload, char tx_id[YQ_FBMOCK_TX_ID_SIZE]);

/* Makes a block of what waits. Returns 0 when nothing does. */
int yq_fbmock_seal(yq_fbmock_chain *chain, uint64_t now_ms);

/* From now on; none shows honest blocks again. fork shows a second block of height now. Out: hash,
 * of the block of a fork. Errors: E_NOT_FOUND. */
YQ_NODISCARD yq_status yq_fbmock_hostile(
    yq_fbmock_chain *chain, yq_mock_mode mode, uint64_t height, yq_digest *hash, yq_fault *why);

/* Appends the Config's envelope. */
void yq_fbmock_put_genesis(const yq_fbmock_chain *chain, yq_writer *w);
/* Appends an endorsed transaction's envelope. Out: tx_id. */
void yq_fbmock_put_tx(
    const yq_fbmock_chain *chain, const yq_fbmock_call *call, yq_writer *w, char *tx_id);
void yq_fbmock_tx_id(const yq_fbmock_chain *chain, uint64_t nonce, char *tx_id);

#endif /* YQ_CONFORMANCE_CHAINS_FABRIC_CHAIN_H */
