#ifndef YQ_ADAPTERS_XUPERCHAIN_WIRE_H
#define YQ_ADAPTERS_XUPERCHAIN_WIRE_H

/*
 * XuperChain's messages as a node sends them. Slices borrow from the input. Fields that are not
 * named here are passed over; nothing is judged: that is the light client's. All functions are
 * pure. Errors are decode codes.
 */
#include "yuqiao/types.h"

#include "relay/base/cursor.h"
#include "relay/base/writer.h"

#define YQ_XUA_TXS_MAX    65536u
#define YQ_XUA_VOTES_MAX  64u
#define YQ_XUA_ARGS_MAX   64u
#define YQ_XUA_ERRORS_MAX 1024u

/* InternalBlock; numbers of four bytes keep their lowest ones, as the chain hashes them. */
typedef struct yq_xua_block {
    yq_slice raw; /* for the walks */
    uint32_t version, nonce, tx_count, target_bits;
    uint64_t height, time_ns, term, number;
    yq_slice id, parent, proposer, key_text, root, signature;
    int has_cert;
    yq_slice cert; /* QuorumCert */
    size_t tx_n;
} yq_xua_block;

/* Errors: also E_LIMIT for more than YQ_XUA_TXS_MAX transactions. */
YQ_NODISCARD yq_status yq_xua_block_decode(yq_slice raw, yq_xua_block *out, yq_fault *why);
/* Walks a block's transactions; *at is yq_cur_of(block->raw) at first. Returns 0 at the end. */
int yq_xua_block_next(yq_cur *at, yq_slice *tx);

/* A transaction that failed in a block, and why. */
typedef struct yq_xua_error {
    yq_slice txid; /* in hex */
    yq_slice text;
} yq_xua_error;
/* Reads a block's failed transactions in the order of their ids. Out: n of YQ_XUA_ERRORS_MAX.
 * Errors: E_LIMIT. */
YQ_NODISCARD yq_status
yq_xua_errors_decode(const yq_xua_block *block, yq_xua_error *error, size_t *n, yq_fault *why);

/* Walks them without their order; *at is yq_cur_of(block->raw) at first. */
int yq_xua_failed_next(yq_cur *at, yq_slice *entry);

/* QuorumCert */
typedef struct yq_xua_vote {
    yq_slice address, key_text, signature;
} yq_xua_vote;
typedef struct yq_xua_cert {
    yq_slice proposal, message;
    uint64_t type, view;
    size_t vote_n;
    yq_xua_vote vote[YQ_XUA_VOTES_MAX];
} yq_xua_cert;
/* Errors: also E_LIMIT for more than YQ_XUA_VOTES_MAX votes. */
YQ_NODISCARD yq_status yq_xua_cert_decode(yq_slice raw, yq_xua_cert *out, yq_fault *why);

/* Transaction */
typedef struct yq_xua_tx {
    yq_slice raw; /* for the walk of its writes */
    yq_slice txid, blockid;
    uint64_t version;
    int is_autogen; /* the chain made it itself */
} yq_xua_tx;
YQ_NODISCARD yq_status yq_xua_tx_decode(yq_slice raw, yq_xua_tx *out, yq_fault *why);

typedef struct yq_xua_write {
    yq_slice bucket, key, value;
} yq_xua_write;
/* Walks the writes; *at is yq_cur_of(tx->raw) at first. Returns 0 at the end. */
int yq_xua_write_next(yq_cur *at, yq_xua_write *out);

/* Writes what the id of a transaction of version 3 is the hash of, its signatures included; without
 * them it is what they sign. Errors: E_LIMIT (a call with more arguments than YQ_XUA_ARGS_MAX),
 * E_NOSPC. In: room of
 * yq_xua_tx_size bytes. */
#define YQ_XUA_SIGNED  1u
#define YQ_XUA_AUTOGEN 2u /* the mark is in it */
/* A list of empty items is what grows most: 56 bytes of two. */
static inline size_t yq_xua_tx_size(yq_slice raw)
{
    return 32 * raw.n + 512;
}
YQ_NODISCARD yq_status yq_xua_tx_put(yq_slice raw, unsigned flags, yq_writer *w);

/* ---- answers ---- */

/* Out: the error number of an answer's header, which every answer carries in its own field; 0:
 * none. */
YQ_NODISCARD yq_status
yq_xua_error_decode(yq_slice answer, uint32_t field, uint32_t *error, yq_fault *why);

/* BCStatus */
typedef struct yq_xua_status {
    uint64_t height;
    yq_slice root; /* id of the first block */
} yq_xua_status;
YQ_NODISCARD yq_status yq_xua_status_decode(yq_slice in, yq_xua_status *out, yq_fault *why);

/* Block: what a node knows of a block. */
#define YQ_XUA_TRUNK 1u
typedef struct yq_xua_found {
    uint32_t status; /* YQ_XUA_TRUNK or not */
    yq_slice block;  /* InternalBlock; empty: none */
} yq_xua_found;
YQ_NODISCARD yq_status yq_xua_found_decode(yq_slice in, yq_xua_found *out, yq_fault *why);

/* TxStatus */
#define YQ_XUA_TX_CONFIRMED 2u
#define YQ_XUA_TX_WAITS     4u
#define YQ_XUA_TX_FAILED    5u
typedef struct yq_xua_tx_status {
    uint32_t status;
    yq_slice tx; /* Transaction */
} yq_xua_tx_status;
YQ_NODISCARD yq_status yq_xua_tx_status_decode(yq_slice in, yq_xua_tx_status *out, yq_fault *why);

/* ConsensusStatus */
typedef struct yq_xua_consensus {
    yq_slice name, validators; /* JSON */
} yq_xua_consensus;
YQ_NODISCARD yq_status yq_xua_consensus_decode(yq_slice in, yq_xua_consensus *out, yq_fault *why);

/* InvokeRPCResponse: what a call would do. */
typedef struct yq_xua_run {
    yq_slice response; /* InvokeResponse: its inputs and outputs are walked by their fields */
    size_t request_n;
    yq_slice request; /* the last InvokeRequest */
    uint64_t status;  /* of the last contract's answer; 400 and above: it refused */
    yq_slice message; /* of that answer */
} yq_xua_run;
YQ_NODISCARD yq_status yq_xua_run_decode(yq_slice in, yq_xua_run *out, yq_fault *why);

#endif /* YQ_ADAPTERS_XUPERCHAIN_WIRE_H */
