#ifndef YQ_ADAPTERS_CHAINMAKER_WIRE_H
#define YQ_ADAPTERS_CHAINMAKER_WIRE_H

/*
 * ChainMaker's messages as a node sends them. Slices borrow from the input. Fields that are not
 * named here are passed over; nothing is judged: that is the light client's. All functions are
 * pure. Errors are decode codes.
 */
#include "yuqiao/types.h"

#include "relay/base/cursor.h"
#include "relay/base/writer.h"

#define YQ_CMA_NODES_MAX 128u
#define YQ_CMA_NODE_MAX  128u
#define YQ_CMA_TXS_MAX   65536u
#define YQ_CMA_NO_GAS    2300u /* from this block version on gas_used is not hashed */

/* TxResponse */
typedef struct yq_cma_reply {
    uint32_t code;     /* 0 SUCCESS, 1 TIMEOUT, 3 NO_PERMISSION, 4 CONTRACT_FAIL, ... */
    yq_slice message;  /* why not */
    uint32_t contract; /* code of the contract */
    yq_slice result;   /* of the contract */
    yq_slice words;    /* of the contract */
} yq_cma_reply;
YQ_NODISCARD yq_status yq_cma_reply_decode(yq_slice in, yq_cma_reply *out, yq_fault *why);

/* Out: data of a SubscribeResult. */
YQ_NODISCARD yq_status yq_cma_pushed_decode(yq_slice in, yq_slice *data, yq_fault *why);

/* BlockHeader */
typedef struct yq_cma_header {
    yq_slice raw;
    uint32_t version, tx_count;
    int is_config;
    yq_slice chain_id, hash, parent, tx_root;
    uint64_t height, conf_height, time_s;
} yq_cma_header;
YQ_NODISCARD yq_status yq_cma_header_decode(yq_slice raw, yq_cma_header *out, yq_fault *why);

/* Writes a header as it is hashed: without block_hash and signature. */
void yq_cma_header_put(yq_slice raw, yq_writer *w);

/* A Block. */
typedef struct yq_cma_block {
    yq_cma_header header;
    yq_slice raw; /* for yq_cma_block_next */
    size_t tx_n;
    yq_slice votes; /* VoteSet; empty: none */
} yq_cma_block;

/* Reads a BlockInfo. Errors: also E_LIMIT for more than YQ_CMA_TXS_MAX transactions. */
YQ_NODISCARD yq_status yq_cma_block_decode(yq_slice info, yq_cma_block *out, yq_fault *why);

/* Walks a block's transactions; *at is yq_cur_of(block->raw) at first. Returns 0 at the end. */
int yq_cma_block_next(yq_cur *at, yq_slice *tx);

/* Transaction */
typedef struct yq_cma_tx {
    yq_slice chain_id, tx_id, contract_name;
    uint32_t code, contract;  /* 0: success */
    yq_slice message, words;  /* of the chain, of the contract */
    yq_slice result;          /* of the contract */
    yq_slice contract_result; /* for yq_cma_event_next */
} yq_cma_tx;
YQ_NODISCARD yq_status yq_cma_tx_decode(yq_slice raw, yq_cma_tx *out, yq_fault *why);

/* Writes a transaction as it is hashed in a block of that version. */
void yq_cma_tx_put(yq_slice raw, uint32_t version, yq_writer *w);

typedef struct yq_cma_event {
    yq_slice topic, tx_id, contract_name;
} yq_cma_event;
/* Walks the events; *at is yq_cur_of(tx->contract_result) at first. Returns 0 at the end. */
int yq_cma_event_next(yq_cur *at, yq_cma_event *out);

/* TransactionInfo */
YQ_NODISCARD yq_status
yq_cma_found_decode(yq_slice in, yq_slice *tx, uint64_t *height, yq_fault *why);

/* Out: the height in a ChainInfo. */
YQ_NODISCARD yq_status yq_cma_height_decode(yq_slice in, uint64_t *height, yq_fault *why);

/* Out: 0 for a Contract that can be called. */
YQ_NODISCARD yq_status yq_cma_contract_decode(yq_slice in, uint32_t *status, yq_fault *why);

/* Member */
typedef struct yq_cma_member {
    uint32_t type; /* 0 certificate, 1 its hash, 2 public key */
    yq_slice org, info;
} yq_cma_member;
YQ_NODISCARD yq_status yq_cma_member_decode(yq_slice in, yq_cma_member *out, yq_fault *why);

/* A Vote with its endorsement: type, height and hash are what the block says, or it is none. */
typedef struct yq_cma_vote {
    uint32_t round;
    yq_slice voter;
    yq_slice invalid; /* fields 7 as they stand */
    yq_slice signer;  /* Member */
    yq_slice signature;
} yq_cma_vote;
/* Walks a VoteSet; *at is yq_cur_of(votes) at first. A vote that cannot be read is passed over.
 * Returns 0 at the end. */
int yq_cma_vote_next(yq_cur *at, yq_cma_vote *out);

/* ChainConfig */
#define YQ_CMA_TBFT 1u
typedef struct yq_cma_config {
    yq_slice chain_id, auth_type, hash;
    uint32_t consensus;
    size_t node_n;
    yq_slice node[YQ_CMA_NODES_MAX]; /* ids, ascending */
} yq_cma_config;
/* Errors: also E_LIMIT, E_DUP_SIGNER (a node twice). */
YQ_NODISCARD yq_status yq_cma_config_decode(yq_slice in, yq_cma_config *out, yq_fault *why);

#endif /* YQ_ADAPTERS_CHAINMAKER_WIRE_H */
