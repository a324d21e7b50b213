#ifndef YQ_ADAPTERS_EVM_SESSION_H
#define YQ_ADAPTERS_EVM_SESSION_H

#include "yuqiao/adapter.h"
#include "yuqiao/limits.h"

#include "adapters/evm/evidence.h"
#include "adapters/http/jsonrpc.h"
#include "relay/crypto/crypto.h"

/* Inner parts of the adapter. */

#define YQ_EVMA_ENDPOINTS_MAX  16u
#define YQ_EVMA_ROOM_SIZE      (4u << 20) /* one evidence under way; a string takes twice its size */
#define YQ_EVMA_HEADER_ROOM    ((size_t)3 * YQ_EVM_HEADER_MAX)
#define YQ_EVMA_WORK_SIZE      (2u << 20)
#define YQ_EVMA_PROOF_MAX      (YQ_TX_SIZE_MAX - 1024u) /* what a transaction of the hub takes */
#define YQ_EVMA_BODY_MAX       (64u << 20) /* all transactions or all receipts of a block */
#define YQ_EVMA_REFERENCE_SIZE 48u         /* transaction hash, u64 nonce, u64 height */
#define YQ_EVMA_EMITTERS_MAX   16u

typedef enum yq_evma_price {
    YQ_EVMA_PRICE_AUTO = 0, /* as the latest header tells */
    YQ_EVMA_PRICE_LEGACY = 1,
    YQ_EVMA_PRICE_EIP1559 = 2,
} yq_evma_price;

typedef struct yq_evma_counts {
    uint64_t disagreements, heights, events, oversized, submitted;
} yq_evma_counts;

/* Clique: a header that was fetched, to be found again while the chain has not left it. */
typedef struct yq_evma_kept {
    uint64_t number;
    yq_digest hash, parent;
    uint8_t *raw;
    size_t raw_n;
} yq_evma_kept;

typedef struct yq_evma_session {
    yq_adapter_host host;
    size_t endpoint_n, min_sources;
    yq_web_access access;
    yq_jsonrpc rpc;
    int lacks_block_receipts[YQ_EVMA_ENDPOINTS_MAX];
    /* options */
    yq_evma_profile profile;
    uint64_t anchor_height, chain_id_wanted; /* 0: as the nodes say */
    yq_evma_price price;
    uint64_t gas_limit, fee_max;
    size_t emitter_n; /* 0: events of all */
    uint8_t emitter[YQ_EVMA_EMITTERS_MAX][YQ_EVM_ADDRESS_SIZE];
    int has_inbox;
    uint8_t inbox[YQ_EVM_ADDRESS_SIZE];
    char *account_path, *passphrase_path;
    /* learnt */
    int has_chain_id;
    uint64_t chain_id;
    int has_root; /* contract mode: the storage root in the state of root_number */
    uint64_t root_number;
    yq_digest root;
    yq_evma_kept kept[YQ_EVM_DEPTH_MAX + 1u]; /* by number */
    yq_key *account;
    uint8_t *room, *memory;
    yq_evma_work work;
    yq_evma_counts counts;
} yq_evma_session;

/* ---- options.c ---- */

/* Reads endpoints and options. Errors: E_CONFIG_INVALID naming the key, E_MEMORY. */
YQ_NODISCARD yq_status
yq_evma_options_read(yq_evma_session *s, const yq_adapter_config *config, yq_fault *why);

/* Opens the account's key, if that is not done. Errors: E_CONFIG_INVALID (no key, or none of
 * secp256k1), those of yq_key_read. */
YQ_NODISCARD yq_status yq_evma_account_open(yq_evma_session *s, yq_fault *why);

/* The account's address. The key is open. */
void yq_evma_account_address(const yq_evma_session *s, uint8_t address[YQ_EVM_ADDRESS_SIZE]);

/* ---- source.c: questions to the nodes ---- */

/* Learns the chain's id from all endpoints that answer. Errors: E_CONFIG_INVALID (not the one that
 * was asked for), E_SOURCE_DISAGREE, E_UNAVAILABLE. */
YQ_NODISCARD yq_status yq_evma_chain_id(yq_evma_session *s, uint64_t until_ms, yq_fault *why);

/* One block as several nodes have it. */
typedef struct yq_evma_sources {
    yq_json *reply; /* of the first that answers: with transactions */
    const yq_json *block;
    yq_evma_header header; /* its raw in memory of its own */
    uint8_t *memory;
    size_t n; /* nodes that have it */
} yq_evma_sources;

/*
 * Fetches a block with its transactions from one endpoint and without them from the others, and
 * takes the first header of it that has a quorum of good seals, or the first at all. Errors:
 * E_NOT_FOUND; E_SOURCE_DISAGREE; E_UNAVAILABLE (fewer than min_sources have it); E_HASH, E_DOMAIN
 * and other codes for a header that cannot be read. Free with yq_evma_sources_free, also after an
 * error.
 */
YQ_NODISCARD yq_status yq_evma_sources_fetch(
    yq_evma_session *s, uint64_t number, uint64_t until_ms, yq_evma_sources *out, yq_fault *why);
void yq_evma_sources_free(yq_evma_sources *sources);

/* The greatest number that min_sources nodes say at least. Errors: E_UNAVAILABLE, E_PEER. */
YQ_NODISCARD yq_status yq_evma_agreed(
    yq_evma_session *s,
    const char *method,
    const char *params,
    uint64_t until_ms,
    uint64_t *value,
    yq_fault *why);

/* The height that min_sources nodes have. */
YQ_NODISCARD yq_status
yq_evma_head(yq_evma_session *s, uint64_t until_ms, uint64_t *height, yq_fault *why);

/* Copies bytes into memory of the host. Errors: E_MEMORY. */
YQ_NODISCARD yq_status
yq_evma_give(const yq_evma_session *s, yq_slice bytes, yq_slice *out, yq_fault *why);

/* ---- receipts.c ---- */

/* A block's transactions and receipts as they lie in its tries. */
typedef struct yq_evma_bodies {
    size_t n;
    const yq_json *txs;
    yq_json *block_reply;    /* txs are of it, NULL: of the sources */
    yq_json **reply;         /* of receipts: one for all, or one each */
    const yq_json **receipt; /* in the replies */
    size_t reply_n;
    uint8_t *memory[2]; /* of the values */
    yq_slice *value[2]; /* transactions, receipts */
    yq_digest *tx_hash;
    uint8_t *trie_memory;
    yq_arena trie;
} yq_evma_bodies;

/* Loads a block's bodies and compares both roots, so that no proof is made that cannot hold. What
 * one node says wrongly is taken from another. Errors: E_PROOF naming the root. Free with
 * yq_evma_bodies_free, also after an error. */
YQ_NODISCARD yq_status yq_evma_bodies_load(
    yq_evma_session *s,
    const yq_evma_sources *sources,
    uint64_t until_ms,
    yq_evma_bodies *out,
    yq_fault *why);
void yq_evma_bodies_free(yq_evma_bodies *bodies);

/* ---- contract.c ---- */

/* Appends the proof of the validators for header number: of the state before it. */
YQ_NODISCARD yq_status yq_evma_contract_proof(
    yq_evma_session *s, uint64_t number, uint64_t until_ms, yq_buf *out, yq_fault *why);

/* ---- buried.c ---- */

/* Appends the depth headers that lie on a header: one chain from its hash on. Errors: E_NOT_FOUND
 * (not so many yet), E_SOURCE_DISAGREE (the chain left it meanwhile). */
YQ_NODISCARD yq_status yq_evma_successors(
    yq_evma_session *s,
    const yq_evma_header *header,
    uint64_t until_ms,
    yq_buf *out,
    yq_fault *why);
void yq_evma_kept_free(yq_evma_session *s);

/* ---- height.c ---- */

YQ_NODISCARD yq_status yq_evma_height_evidence(
    yq_evma_session *s, uint64_t number, uint64_t until_ms, yq_height_evidence *out, yq_fault *why);

/* ---- submit.c, fate.c ---- */

YQ_NODISCARD yq_status yq_evma_submit(
    yq_evma_session *s, yq_slice delivery, uint64_t until_ms, yq_slice *reference, yq_fault *why);
/* As yq_evma_submit, of the next epoch's set. */
YQ_NODISCARD yq_status yq_evma_step_epoch(
    yq_evma_session *s, yq_slice set, uint64_t until_ms, yq_slice *reference, yq_fault *why);

YQ_NODISCARD yq_status yq_evma_fate(
    yq_evma_session *s, yq_slice reference, uint64_t until_ms, yq_receipt_view *out, yq_fault *why);

/* ---- fees.c ---- */

typedef struct yq_evma_fees {
    int eip1559;
    uint64_t gas_price;    /* legacy; else: */
    uint64_t tip, fee_cap; /* a gas, in wei */
    uint64_t gas_limit;    /* the option's, at most the latest block's */
} yq_evma_fees;

/* Errors: E_LIMIT above fee_max. */
YQ_NODISCARD yq_status
yq_evma_fees_get(yq_evma_session *s, uint64_t until_ms, yq_evma_fees *out, yq_fault *why);

/* ---- preflight.c ---- */

YQ_NODISCARD yq_status yq_evma_preflight(
    yq_evma_session *s, uint64_t until_ms, const yq_check **check, size_t *check_n, yq_fault *why);

/* ---- transaction.c ---- */

typedef struct yq_evma_call_fields {
    uint64_t chain_id, nonce;
    yq_evma_fees fees;
    const uint8_t *to; /* 20 bytes */
    yq_slice data;
} yq_evma_call_fields;

/* Appends a signed transaction: legacy with the chain's id (EIP-155), or EIP-1559. Out: hash.
 * Errors: E_NOSPC, E_RANGE (a chain id of 0, or too great for v). */
YQ_NODISCARD yq_status yq_evma_tx_sign(
    const yq_evma_call_fields *fields,
    const yq_key *key,
    yq_buf *out,
    yq_digest *hash,
    yq_fault *why);

/* The first four bytes of the Keccak-256 of a method's signature. */
void yq_evma_selector(const char *signature, uint8_t selector[4]);

#endif /* YQ_ADAPTERS_EVM_SESSION_H */
