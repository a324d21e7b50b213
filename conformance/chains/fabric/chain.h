#ifndef YQ_CONFORMANCE_CHAINS_FABRIC_CHAIN_H
#define YQ_CONFORMANCE_CHAINS_FABRIC_CHAIN_H

#include "conformance/chains/common/contract.h"
#include "conformance/chains/common/mock.h"
#include "conformance/chains/fabric/member.h"
#include "conformance/chains/fabric/results.h"
#include "conformance/chains/fabric/store.h"

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
#define YQ_FBMOCK_INBOX        "yuqiao" /* outbox and inbox, defined beside the other */
#define YQ_FBMOCK_INBOX_EVENT  "Yuqiao"
#define YQ_FBMOCK_ENVELOPE_MAX (1u << 20)

/* Codes of TxValidationCode. */
#define YQ_FBMOCK_CODE_VALID     0u
#define YQ_FBMOCK_CODE_DUPLICATE 9u
#define YQ_FBMOCK_CODE_POLICY    10u
#define YQ_FBMOCK_CODE_MVCC      11u
#define YQ_FBMOCK_CODE_PHANTOM   12u

/* What the channel's gateway does to its clients. */
typedef enum yq_fbmock_gateway_mode {
    YQ_FBMOCK_GATEWAY_HONEST = 0,
    YQ_FBMOCK_GATEWAY_MISMATCH,     /* endorsers have different results */
    YQ_FBMOCK_GATEWAY_REFUSES,      /* says that the chaincode refused */
    YQ_FBMOCK_GATEWAY_NO_POLICY,    /* says that the policy cannot be satisfied */
    YQ_FBMOCK_GATEWAY_FORBIDS,      /* takes no identity */
    YQ_FBMOCK_GATEWAY_OTHER_CALL,   /* prepares another call */
    YQ_FBMOCK_GATEWAY_OTHER_HEADER, /* ... under another header */
    YQ_FBMOCK_GATEWAY_OTHER_HASH,   /* ... with another proposal's hash */
    YQ_FBMOCK_GATEWAY_OTHER_CODE,   /* ... of another chaincode */
    YQ_FBMOCK_GATEWAY_FAILED,       /* ... with a response that is no success */
    YQ_FBMOCK_GATEWAY_UNENDORSED,   /* ... without endorsements */
    YQ_FBMOCK_GATEWAY_SHORT,        /* ... with one organisation's only */
    YQ_FBMOCK_GATEWAY_BROKEN,       /* answers bytes that are no message */
    YQ_FBMOCK_GATEWAY_LOST_ANSWER,  /* orders, and says that it could not */
    YQ_FBMOCK_GATEWAY_SWALLOWS,     /* says that it ordered, and does not */
    YQ_FBMOCK_GATEWAY_NOT_ORDERED,  /* the orderer refuses */
    YQ_FBMOCK_GATEWAY_TWICE,        /* orders the envelope twice */
    YQ_FBMOCK_GATEWAY_CONFLICT,     /* another transaction is ordered before it */
    YQ_FBMOCK_GATEWAY_PHANTOM,      /* says that a range has changed */
    YQ_FBMOCK_GATEWAY_TWO_FACED,    /* tells every second asker another fate */
    YQ_FBMOCK_GATEWAY_MODE_N,
} yq_fbmock_gateway_mode;

/* A transaction that was endorsed and may be ordered. */
typedef struct yq_fbmock_prepared {
    struct yq_fbmock_prepared *next; /* an older one */
    char tx_id[YQ_FBMOCK_TX_ID_SIZE];
    uint8_t *payload; /* what its client signs */
    size_t payload_n;
    yq_contract *after; /* the inbox behind it */
    yq_fbmock_version read;
    int is_short; /* endorsements do not satisfy the policy */
} yq_fbmock_prepared;

/* An event to be emitted, a call of the inbox by the chain's own client, or an ordered envelope. */
typedef struct yq_fbmock_pending {
    uint8_t *p;
    size_t n;
    uint64_t nonce;
    const char *function;               /* of the inbox, p is the argument; NULL: none */
    const yq_fbmock_prepared *prepared; /* p is the envelope; NULL: none */
} yq_fbmock_pending;

typedef struct yq_fbmock_fate {
    char tx_id[YQ_FBMOCK_TX_ID_SIZE];
    uint32_t code;
    uint64_t block;
} yq_fbmock_fate;

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
    yq_contract *inbox;     /* NULL: not deployed */
    yq_fbmock_version inbox_version;
    yq_fbmock_prepared *prepared; /* the newest first */
    yq_fbmock_fate *fate;
    size_t fate_n;
    yq_fbmock_gateway_mode gateway;
    unsigned asked; /* fates, in the mode two-faced */
} yq_fbmock_chain;

/* What a transaction does. */
typedef struct yq_fbmock_call {
    const char *chaincode, *version, *function;
    yq_slice argument;
    yq_slice results; /* TxReadWriteSet */
    yq_slice event;   /* payload; emits when has_event */
    int has_event, is_altered;
    int has_other_hash; /* the proposal's hash is another */
    const char *event_chaincode, *event_name;
    size_t missing_n; /* endorsements that are left out */
    uint32_t status;  /* of the response; 0: good */
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

/* Puts a call of the inbox by the chain's own client into the pool; the block in whose turn the
 * inbox refuses it leaves it out. Out: tx_id. Errors: E_LIMIT. */
YQ_NODISCARD yq_status yq_fbmock_call_inbox(
    yq_fbmock_chain *chain,
    const char *function,
    yq_slice argument,
    char tx_id[YQ_FBMOCK_TX_ID_SIZE]);

/* Puts a signed envelope of what was prepared into the pool. Errors: E_LIMIT. */
YQ_NODISCARD yq_status yq_fbmock_order(
    yq_fbmock_chain *chain,
    const yq_fbmock_prepared *prepared,
    yq_slice payload,
    yq_slice signature);

/* What became of a transaction, NULL: not in a block. */
const yq_fbmock_fate *yq_fbmock_fate_of(const yq_fbmock_chain *chain, yq_slice tx_id);

/* Makes a block of what waits. Returns 0 when nothing does. */
int yq_fbmock_seal(yq_fbmock_chain *chain, uint64_t now_ms);

/* From now on; none shows honest blocks again. fork shows a second block of height now. Out: hash,
 * of the block of a fork. Errors: E_NOT_FOUND. */
YQ_NODISCARD yq_status yq_fbmock_hostile(
    yq_fbmock_chain *chain, yq_mock_mode mode, uint64_t height, yq_digest *hash, yq_fault *why);

/* Appends the Config's envelope. */
void yq_fbmock_put_genesis(const yq_fbmock_chain *chain, yq_writer *w);
/* Appends the Payload of an endorsed transaction. In: part, its channel header, signature header
 * and ChaincodeProposalPayload. */
void yq_fbmock_put_payload(
    const yq_fbmock_chain *chain,
    const yq_fbmock_call *call,
    const yq_slice part[3],
    const char *tx_id,
    yq_writer *w);
/* Appends an endorsed transaction's envelope. Out: tx_id. */
void yq_fbmock_put_tx(
    const yq_fbmock_chain *chain, const yq_fbmock_call *call, yq_writer *w, char *tx_id);
void yq_fbmock_tx_id(const yq_fbmock_chain *chain, uint64_t nonce, char *tx_id);

/* ---- inner parts ---- */

#define YQ_FBMOCK_BLOCK_ROOM (4u << 20)
/* Makes a block of elements that stand in data as BlockData. */
void yq_fbmock_append(yq_fbmock_chain *chain, yq_slice data);
/* Appends an endorsed transaction as an element of BlockData. */
void yq_fbmock_put_element(const yq_fbmock_chain *chain, const yq_fbmock_call *call, yq_writer *w);

#endif /* YQ_CONFORMANCE_CHAINS_FABRIC_CHAIN_H */
