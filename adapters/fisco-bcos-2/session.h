#ifndef YQ_ADAPTERS_FISCO_BCOS_2_SESSION_H
#define YQ_ADAPTERS_FISCO_BCOS_2_SESSION_H

#include "yuqiao/adapter.h"
#include "yuqiao/limits.h"

#include "adapters/fisco-bcos-2/evidence.h"
#include "adapters/http/jsonrpc.h"
#include "relay/crypto/crypto.h"

/* Inner parts of the adapter. */

#define YQ_FISCO2_ENDPOINTS_MAX  16u
#define YQ_FISCO2_ROOM_SIZE      (2u << 20) /* one evidence under way */
#define YQ_FISCO2_REFERENCE_SIZE 40u        /* transaction hash, u64 block limit */

typedef struct yq_fisco2_counts {
    uint64_t disagreements, heights, events, submitted;
} yq_fisco2_counts;

typedef struct yq_fisco2_session {
    yq_adapter_host host;
    size_t endpoint_n, min_sources;
    yq_web_access access;
    yq_jsonrpc rpc;
    /* options */
    uint32_t group_id;
    uint8_t suite_wanted; /* 0: as the node says */
    uint32_t abi_hash;    /* 0: the chain's own */
    uint64_t gas_limit;
    int has_inbox;
    uint8_t inbox[20];
    char *account_path, *passphrase_path;
    /* learnt */
    int has_profile;
    yq_fisco2_profile profile;
    int has_last; /* the sealers of a height that was looked at */
    uint64_t last_number;
    yq_digest last_sealers;
    yq_key *account;
    uint8_t *room;
    yq_fisco2_counts counts;
} yq_fisco2_session;

/* ---- options.c ---- */

/* Reads endpoints and options. Errors: E_CONFIG_INVALID naming the key, E_MEMORY. */
YQ_NODISCARD yq_status
yq_fisco2_options_read(yq_fisco2_session *s, const yq_adapter_config *config, yq_fault *why);

/* Opens the account's key, if that is not done. Errors: E_CONFIG_INVALID (no key, or of another
 * suite), those of yq_key_read. */
YQ_NODISCARD yq_status yq_fisco2_account_open(yq_fisco2_session *s, yq_fault *why);

/* ---- source.c: questions to the nodes ---- */

/* Reads the profile once. Errors: also E_CONFIG_INVALID when it is not the suite that was asked
 * for. */
YQ_NODISCARD yq_status
yq_fisco2_profile_get(yq_fisco2_session *s, uint64_t until_ms, yq_fault *why);

/* One block as several nodes have it. reply[0] has its transactions. */
typedef struct yq_fisco2_sources {
    yq_json *reply[YQ_FISCO2_ENDPOINTS_MAX];
    const yq_json *block[YQ_FISCO2_ENDPOINTS_MAX]; /* results */
    size_t n;
} yq_fisco2_sources;

/* Fetches a block with its transactions from one node, its header with signatures from the others.
 * Errors: E_NOT_FOUND, E_SOURCE_DISAGREE, E_UNAVAILABLE (fewer than min_sources have it). Free with
 * yq_fisco2_sources_free, also after an error. */
YQ_NODISCARD yq_status yq_fisco2_sources_fetch(
    yq_fisco2_session *s,
    uint64_t number,
    uint64_t until_ms,
    yq_fisco2_sources *out,
    yq_fault *why);
void yq_fisco2_sources_free(yq_fisco2_sources *sources);

YQ_NODISCARD yq_status
yq_fisco2_latest(yq_fisco2_session *s, uint64_t until_ms, uint64_t *height, yq_fault *why);

/* Copies bytes into memory of the host. Errors: E_MEMORY. */
YQ_NODISCARD yq_status
yq_fisco2_give(const yq_fisco2_session *s, yq_slice bytes, yq_slice *out, yq_fault *why);

/* ---- height.c ---- */

YQ_NODISCARD yq_status yq_fisco2_height_evidence(
    yq_fisco2_session *s,
    uint64_t number,
    uint64_t until_ms,
    yq_height_evidence *out,
    yq_fault *why);

/* ---- submit.c ---- */

YQ_NODISCARD yq_status yq_fisco2_submit(
    yq_fisco2_session *s, yq_slice delivery, uint64_t until_ms, yq_slice *reference, yq_fault *why);
/* As yq_fisco2_submit, of the next epoch's set. */
YQ_NODISCARD yq_status yq_fisco2_step_epoch(
    yq_fisco2_session *s, yq_slice set, uint64_t until_ms, yq_slice *reference, yq_fault *why);

YQ_NODISCARD yq_status yq_fisco2_fate(
    yq_fisco2_session *s,
    yq_slice reference,
    uint64_t until_ms,
    yq_receipt_view *out,
    yq_fault *why);

/* ---- preflight.c ---- */

YQ_NODISCARD yq_status yq_fisco2_preflight(
    yq_fisco2_session *s,
    uint64_t until_ms,
    const yq_check **check,
    size_t *check_n,
    yq_fault *why);

/* ---- transaction.c ---- */

typedef struct yq_fisco2_call_fields {
    uint8_t nonce[32];
    uint64_t gas_limit, block_limit;
    const uint8_t *to; /* 20 bytes */
    yq_slice data;
} yq_fisco2_call_fields;

/*
 * Appends a signed transaction as the chain takes it. In: key of the profile's suite. Out: hash.
 * Errors: E_NOSPC, E_RANGE (data shorter than a selector stops older nodes).
 */
YQ_NODISCARD yq_status yq_fisco2_tx_sign(
    const yq_fisco2_profile *profile,
    const yq_fisco2_call_fields *fields,
    const yq_key *key,
    yq_buf *out,
    yq_digest *hash,
    yq_fault *why);

/* The first four bytes of the hash of a method's signature. */
void yq_fisco2_selector(uint32_t alg, const char *signature, uint8_t selector[4]);

#endif /* YQ_ADAPTERS_FISCO_BCOS_2_SESSION_H */
