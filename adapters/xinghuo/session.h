#ifndef YQ_ADAPTERS_XINGHUO_SESSION_H
#define YQ_ADAPTERS_XINGHUO_SESSION_H

#include "yuqiao/adapter.h"

#include "adapters/http/rest.h"
#include "adapters/xinghuo/address.h"
#include "adapters/xinghuo/attesters.h"
#include "adapters/xinghuo/wire.h"

/* Inner parts of the adapter. */

#define YQ_XHA_REFERENCE_SIZE 40u  /* transaction hash, u64 last ledger */
#define YQ_XHA_KEYS_MAX       128u /* validators, twice */

typedef struct yq_xha_counts {
    uint64_t heights, updates, disagreements, events, oversized, attested, refused, submitted;
} yq_xha_counts;

/* A key of a validator, and the address that stands in the ledgers. */
typedef struct yq_xha_known {
    uint8_t suite, key[64];
    char address[YQ_XH_ADDRESS_SIZE];
} yq_xha_known;

typedef struct yq_xha_session {
    yq_adapter_host host;
    yq_web_access access;
    yq_web_pool *pool;
    size_t min_sources;
    /* options */
    char *chain; /* the hub's id, in the statements */
    uint64_t chain_id, anchor_height, update_every;
    char *emitters;   /* a list with commas; NULL: all */
    char *validators; /* stated keys, a list with commas, or NULL */
    char *attesters_path;
    yq_xha_attesters attesters;
    yq_web_access attester_access;
    yq_web_pool *attester_pool; /* endpoint i is attester i; NULL: none are configured */
    char *inbox, *account_path, *passphrase_path;
    yq_key *account; /* NULL: not read yet */
    uint32_t hash;   /* of transactions: yq_hash_alg */
    uint64_t fee_limit, gas_price, valid_ledgers;
    uint64_t last_nonce, last_ceil; /* of the transaction handed in last */
    /* learnt */
    size_t known_n;
    yq_xha_known known[YQ_XHA_KEYS_MAX];
    yq_digest set_hash; /* of the validators in the ledger brought last; zero: none yet */
    yq_xha_counts counts;
} yq_xha_session;

/* ---- options.c ---- */

/* Reads endpoints and options. Errors: E_CONFIG_INVALID naming the key, E_MEMORY, and those of the
 * attesters' file. */
YQ_NODISCARD yq_status
yq_xha_options_read(yq_xha_session *s, const yq_adapter_config *config, yq_fault *why);
void yq_xha_options_free(yq_xha_session *s);
int yq_xha_is_wanted(const yq_xha_session *s, yq_slice emitter);

/* ---- source.c: one node ---- */

/* A copy in memory of the host's. Errors: E_MEMORY. */
YQ_NODISCARD yq_status
yq_xha_give(const yq_xha_session *s, yq_slice bytes, yq_slice *out, yq_fault *why);

/* GET of a path, its "result". Out: reply; free it. Errors: those of yq_rest_ask; E_NOT_FOUND (the
 * node's error 4), E_PEER (another error of it). */
YQ_NODISCARD yq_status yq_xha_ask(
    yq_xha_session *s,
    size_t endpoint,
    const char *path,
    uint64_t until_ms,
    yq_json **reply,
    const yq_json **result,
    yq_fault *why);

/* The header of one node; height 0: its newest. Errors: also E_PEER (another one than asked for).
 */
YQ_NODISCARD yq_status yq_xha_header_of(
    yq_xha_session *s,
    size_t endpoint,
    uint64_t height,
    uint64_t until_ms,
    yq_xha_header *header,
    yq_fault *why);

/* The proof of a ledger's value, which the next ledger carries. Out: room, at most
 * YQ_XINGHUO_PROOF_MAX. Errors: also E_PEER, E_CONFIG_INVALID (of another chain than chain_id). */
YQ_NODISCARD yq_status yq_xha_proof_of(
    yq_xha_session *s,
    size_t endpoint,
    const yq_xha_header *header,
    uint64_t until_ms,
    yq_buf *room,
    yq_fault *why);

/* ---- history.c ---- */

/* The statements' bodies of all wanted events of a ledger, as one node tells them. Owns:
 * yq_xha_bodies_free. Errors: those of asking; E_PEER (what is told contradicts itself), E_LIMIT.
 */
YQ_NODISCARD yq_status yq_xha_history_of(
    yq_xha_session *s,
    size_t endpoint,
    const yq_xha_header *header,
    uint64_t until_ms,
    yq_xha_bodies *out,
    yq_fault *why);

/* ---- agree.c: several nodes ---- */

typedef struct yq_xha_source {
    yq_xha_header header;
    size_t endpoint, n; /* the first node that gave it; how many have it */
    yq_buf proof;       /* of room */
    uint8_t room[YQ_XINGHUO_PROOF_MAX];
} yq_xha_source;

/* The header of a ledger that all nodes that have it agree on; the proof is left alone. Errors:
 * E_NOT_FOUND, E_SOURCE_DISAGREE, E_UNAVAILABLE (fewer than min_sources have it), those of a node.
 */
YQ_NODISCARD yq_status yq_xha_source_header(
    yq_xha_session *s, uint64_t height, uint64_t until_ms, yq_xha_source *out, yq_fault *why);

/* The ledger of a height that all nodes that have it agree on, with its proof: the first whose
 * signatures hold, else the first. Errors: E_NOT_FOUND, E_SOURCE_DISAGREE, E_UNAVAILABLE (fewer
 * than min_sources have it), those of a node. */
YQ_NODISCARD yq_status yq_xha_source_fetch(
    yq_xha_session *s, uint64_t height, uint64_t until_ms, yq_xha_source *out, yq_fault *why);

/* The events of a ledger that all nodes that have it agree on. Errors: as above. */
YQ_NODISCARD yq_status yq_xha_source_events(
    yq_xha_session *s,
    const yq_xha_source *source,
    uint64_t until_ms,
    yq_xha_bodies *out,
    yq_fault *why);

/* The highest ledger whose proof min_sources nodes have. */
YQ_NODISCARD yq_status
yq_xha_latest(yq_xha_session *s, uint64_t until_ms, uint64_t *height, yq_fault *why);

/* ---- gather.c ---- */

/* Asks attesters until the threshold of them signed all bodies, in as few questions as it takes.
 * Out: out[i].proof, the statement of body i, in memory of the host's. Errors: E_SOURCE_DISAGREE
 * (so many read something else that the threshold cannot be reached), E_UNAVAILABLE (fewer than the
 * threshold sign), E_MEMORY. */
YQ_NODISCARD yq_status yq_xha_gather(
    yq_xha_session *s,
    const yq_xha_bodies *bodies,
    uint64_t until_ms,
    yq_event_proof *out,
    yq_fault *why);

/* ---- height.c ---- */

YQ_NODISCARD yq_status yq_xha_height_evidence(
    yq_xha_session *s, uint64_t height, uint64_t until_ms, yq_height_evidence *out, yq_fault *why);

/* ---- anchor.c ---- */

/* Writes the validators of a ledger as the anchor has them. Errors: E_ANCHOR: a key is not known,
 * or too many. */
YQ_NODISCARD yq_status yq_xha_validators_put(
    yq_xha_session *s, uint64_t height, uint64_t until_ms, yq_writer *w, size_t *n, yq_fault *why);
YQ_NODISCARD yq_status
yq_xha_anchor(yq_xha_session *s, uint64_t until_ms, yq_slice *anchor, yq_fault *why);

/* ---- judge.c: what an attester says ---- */

/* Whether n bodies, of one ledger, are what this session's own nodes tell. Errors: E_TYPE (no body
 * of an event), E_RANGE (of several ledgers), E_SOURCE_DISAGREE (they tell something else), those
 * of a source. */
YQ_NODISCARD yq_status
yq_xha_judge(yq_xha_session *s, const yq_slice *body, size_t n, uint64_t until_ms, yq_fault *why);

/* ---- submit.c ---- */

YQ_NODISCARD yq_status yq_xha_submit(
    yq_xha_session *s, yq_slice delivery, uint64_t until_ms, yq_slice *reference, yq_fault *why);
/* As yq_xha_submit, of the next epoch's set. */
YQ_NODISCARD yq_status yq_xha_step_epoch(
    yq_xha_session *s, yq_slice set, uint64_t until_ms, yq_slice *reference, yq_fault *why);
/* Reads the account's key. Errors: those of yq_key_read, E_CONFIG_INVALID. */
YQ_NODISCARD yq_status yq_xha_account_open(yq_xha_session *s, yq_fault *why);
/* The number of the account's last transaction, the highest that a node tells. Errors: E_NOT_FOUND:
 * no node that answers has the account. */
YQ_NODISCARD yq_status
yq_xha_account_nonce(yq_xha_session *s, uint64_t until_ms, uint64_t *nonce, yq_fault *why);

/* ---- transaction.c ---- */

typedef struct yq_xha_call {
    uint64_t nonce, ceil; /* the last ledger that may have it */
    const char *method;   /* of the contract's main(): {"method", "params": {key: hex}} */
    const char *key;
    yq_slice bytes;
} yq_xha_call;

/* A call of the inbox by the account. Out: blob; free it. Errors: E_MEMORY. */
YQ_NODISCARD yq_status yq_xha_transaction_make(
    const yq_xha_session *s, const yq_xha_call *call, yq_buf *blob, yq_fault *why);

/* ---- fate.c ---- */

YQ_NODISCARD yq_status yq_xha_fate(
    yq_xha_session *s, yq_slice reference, uint64_t until_ms, yq_receipt_view *out, yq_fault *why);

/* ---- preflight.c ---- */

YQ_NODISCARD yq_status yq_xha_preflight(
    yq_xha_session *s, uint64_t until_ms, const yq_check **check, size_t *check_n, yq_fault *why);

#endif /* YQ_ADAPTERS_XINGHUO_SESSION_H */
