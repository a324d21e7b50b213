#ifndef YQ_ADAPTERS_FISCO_BCOS_3_SESSION_H
#define YQ_ADAPTERS_FISCO_BCOS_3_SESSION_H

#include "yuqiao/adapter.h"
#include "yuqiao/limits.h"

#include "adapters/fisco-bcos-3/evidence.h"
#include "adapters/http/jsonrpc.h"
#include "relay/crypto/crypto.h"

/* Inner parts of the adapter. */

#define YQ_BCOS3_ENDPOINTS_MAX  16u
#define YQ_BCOS3_ROOM_SIZE      (4u << 20) /* one object or evidence under way */
#define YQ_BCOS3_REFERENCE_SIZE 40u        /* transaction hash, u64 block limit */
#define YQ_BCOS3_NODE_MAX       64u

typedef struct yq_bcos3_counts {
    uint64_t disagreements, heights, events, unprovable, submitted, nudges;
} yq_bcos3_counts;

typedef struct yq_bcos3_session {
    yq_adapter_host host;
    size_t endpoint_n, min_sources;
    yq_web_access access;
    yq_jsonrpc rpc;
    /* options */
    char group[YQ_BCOS3_NAME_MAX + 1], node[YQ_BCOS3_NODE_MAX + 1];
    char chain[YQ_BCOS3_NAME_MAX + 1]; /* as asked for; empty: as the node says */
    uint8_t suite_wanted;              /* 0: as the node says */
    uint32_t abi_hash;                 /* 0: the chain's own */
    uint8_t tx_version;
    uint64_t anchor_height, nudge_ms;
    yq_bcos3_rules rules;
    int has_inbox;
    uint8_t inbox[20];
    char *account_path, *passphrase_path;
    /* learnt */
    int has_profile;
    yq_bcos3_profile profile;
    int has_last; /* the sealers of a height that was looked at */
    uint64_t last_number;
    yq_bcos3_sealers last;
    yq_key *account;
    uint8_t *room;
    uint64_t stirred; /* the highest block with something to prove */
    uint64_t tip, tip_since_ms;
    yq_bcos3_counts counts;
} yq_bcos3_session;

/* ---- options.c ---- */

/* Reads endpoints and options. Errors: E_CONFIG_INVALID naming the key, E_MEMORY. */
YQ_NODISCARD yq_status
yq_bcos3_options_read(yq_bcos3_session *s, const yq_adapter_config *config, yq_fault *why);

/* ---- account.c ---- */

/* Opens the account's key, if that is not done. Errors: E_CONFIG_INVALID (no key, or of another
 * suite), those of yq_key_read. */
YQ_NODISCARD yq_status yq_bcos3_account_open(yq_bcos3_session *s, yq_fault *why);

/* ---- source.c: questions to the nodes ---- */

/* One call to one endpoint, counted. In: rest, the parameters behind group and node; NULL:
 * the group alone. */
YQ_NODISCARD yq_status yq_bcos3_ask(
    yq_bcos3_session *s,
    size_t endpoint,
    const char *method,
    const char *rest,
    uint64_t until_ms,
    yq_json **reply,
    yq_fault *why);

/* The same call to one endpoint after the other, beginning with the one that answered last, until
 * one answers. Out: reply. Errors: as yq_web_note keeps them. */
YQ_NODISCARD yq_status yq_bcos3_ask_any(
    yq_bcos3_session *s,
    const char *method,
    const char *rest,
    uint64_t until_ms,
    yq_json **reply,
    yq_fault *why);

/* Reads the group's profile once. Errors: also E_CONFIG_INVALID when it is not the chain or the
 * suite that was asked for, E_UNSUPPORTED for a chain of another virtual machine. */
YQ_NODISCARD yq_status yq_bcos3_profile_get(yq_bcos3_session *s, uint64_t until_ms, yq_fault *why);

/* One block as several nodes have it. reply[0] has its transactions. */
typedef struct yq_bcos3_sources {
    yq_json *reply[YQ_BCOS3_ENDPOINTS_MAX];
    const yq_json *block[YQ_BCOS3_ENDPOINTS_MAX]; /* results */
    size_t n;
} yq_bcos3_sources;

/* Fetches a block with its transactions from one node, its header from the others. Errors:
 * E_NOT_FOUND, E_SOURCE_DISAGREE, E_UNAVAILABLE (fewer than min_sources have it). Free with
 * yq_bcos3_sources_free, also after an error. */
YQ_NODISCARD yq_status yq_bcos3_sources_fetch(
    yq_bcos3_session *s, uint64_t number, uint64_t until_ms, yq_bcos3_sources *out, yq_fault *why);
void yq_bcos3_sources_free(yq_bcos3_sources *sources);

/* The height of one node. */
YQ_NODISCARD yq_status yq_bcos3_height_of(
    yq_bcos3_session *s, size_t endpoint, uint64_t until_ms, uint64_t *height, yq_fault *why);

/* The height that min_sources nodes have. */
YQ_NODISCARD yq_status
yq_bcos3_latest(yq_bcos3_session *s, uint64_t until_ms, uint64_t *height, yq_fault *why);

/* Copies bytes into memory of the host. Errors: E_MEMORY. */
YQ_NODISCARD yq_status
yq_bcos3_give(const yq_bcos3_session *s, yq_slice bytes, yq_slice *out, yq_fault *why);

/* ---- body.c: a block with its receipts ---- */

/* A transaction that is not hashed as the light client hashes one. */
#define YQ_BCOS3_FOREIGN 2u

typedef struct yq_bcos3_body {
    const yq_json *txs; /* of the block's document */
    size_t n;
    yq_json **receipt;     /* replies; NULL: not kept */
    uint8_t *nonce_is_hex; /* of each transaction; or YQ_BCOS3_FOREIGN */
    yq_digest *hash[2];    /* of transactions, of receipts */
    yq_digest *scratch;    /* a copy to make paths from */
    yq_bcos3_path path;
} yq_bcos3_body;

/* Loads a whole block and compares the roots, so that a proof that cannot hold is never made.
 * Errors: E_PEER naming what does not fit. Free with yq_bcos3_body_free, also after an error. */
YQ_NODISCARD yq_status yq_bcos3_body_load(
    yq_bcos3_session *s,
    const yq_json *block,
    uint64_t until_ms,
    yq_bcos3_body *out,
    yq_fault *why);
void yq_bcos3_body_free(yq_bcos3_body *body);

/* The receipt of transaction i, NULL when it was not kept. */
const yq_json *yq_bcos3_body_receipt(const yq_bcos3_body *body, size_t i);

/* Out: the inclusion of transaction i; its path lies in the body until the next call. */
YQ_NODISCARD yq_status yq_bcos3_body_inclusion(
    const yq_bcos3_session *s,
    yq_bcos3_body *body,
    size_t i,
    yq_bcos3_inclusion *out,
    yq_fault *why);

/* ---- height.c ---- */

YQ_NODISCARD yq_status yq_bcos3_height_evidence(
    yq_bcos3_session *s,
    uint64_t number,
    uint64_t until_ms,
    yq_height_evidence *out,
    yq_fault *why);

/* ---- submit.c ---- */

YQ_NODISCARD yq_status yq_bcos3_submit(
    yq_bcos3_session *s, yq_slice delivery, uint64_t until_ms, yq_slice *reference, yq_fault *why);
/* As yq_bcos3_submit, of the next epoch's set. */
YQ_NODISCARD yq_status yq_bcos3_step_epoch(
    yq_bcos3_session *s, yq_slice set, uint64_t until_ms, yq_slice *reference, yq_fault *why);

/* The chain makes no block while nobody sends: a call that changes nothing makes one, when the last
 * blocks have something to prove and none followed for nudge_ms. Failures are counted, no more. */
void yq_bcos3_nudge(yq_bcos3_session *s, uint64_t height, uint64_t until_ms);

/* ---- fate.c ---- */

YQ_NODISCARD yq_status yq_bcos3_fate(
    yq_bcos3_session *s,
    yq_slice reference,
    uint64_t until_ms,
    yq_receipt_view *out,
    yq_fault *why);

/* ---- preflight.c ---- */

YQ_NODISCARD yq_status yq_bcos3_preflight(
    yq_bcos3_session *s, uint64_t until_ms, const yq_check **check, size_t *check_n, yq_fault *why);

/* ---- transaction.c ---- */

#define YQ_BCOS3_NONCE_SIZE 36u /* decimal digits */

typedef struct yq_bcos3_call_fields {
    uint8_t version; /* 0 or 1 */
    uint64_t block_limit;
    char nonce[YQ_BCOS3_NONCE_SIZE + 1];
    const uint8_t *to; /* 20 bytes */
    yq_slice data;
} yq_bcos3_call_fields;

/* A nonce that no other transaction has, short enough for a proof. */
void yq_bcos3_nonce_make(char out[YQ_BCOS3_NONCE_SIZE + 1]);

/*
 * Appends a signed transaction in TARS, as the chain takes it. In: key of the profile's suite. Out:
 * hash. Errors: E_NOSPC.
 */
YQ_NODISCARD yq_status yq_bcos3_tx_sign(
    const yq_bcos3_profile *profile,
    const yq_bcos3_call_fields *fields,
    const yq_key *key,
    yq_buf *out,
    yq_digest *hash,
    yq_fault *why);

/* The first four bytes of the hash of a method's signature. */
void yq_bcos3_selector(uint32_t alg, const char *signature, uint8_t selector[4]);

#endif /* YQ_ADAPTERS_FISCO_BCOS_3_SESSION_H */
