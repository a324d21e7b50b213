#ifndef YQ_ADAPTERS_COMETBFT_SESSION_H
#define YQ_ADAPTERS_COMETBFT_SESSION_H

#include "yuqiao/adapter.h"
#include "yuqiao/limits.h"

#include "adapters/cometbft/evidence.h"
#include "adapters/cometbft/packet.h"
#include "adapters/http/jsonrpc.h"

/* Inner parts of the adapter. */

#define YQ_COMET_ENDPOINTS_MAX  16u
#define YQ_COMET_ROOM_SIZE      (8u << 20) /* one event under way: packet, proofs, evidence */
#define YQ_COMET_HEADER_ROOM    (4u << 10)
#define YQ_COMET_EVENTS_MAX     4096u /* of one height */
#define YQ_COMET_CHAIN_ID_SIZE  50u
#define YQ_COMET_REFERENCE_SIZE 40u /* transaction hash, u64 last height */

typedef struct yq_comet_counts {
    uint64_t disagreements, heights, updates, events, skipped, submitted;
} yq_comet_counts;

typedef struct yq_comet_session {
    yq_adapter_host host;
    size_t endpoint_n, min_sources;
    yq_web_access access;
    yq_jsonrpc rpc;
    /* options */
    char chain_id[YQ_COMET_CHAIN_ID_SIZE + 1]; /* empty: not heard yet */
    int chain_id_given;                        /* by the options, not by a node */
    char *inbox;                               /* NULL: read only */
    char *emitters;                            /* a list with commas; NULL: all */
    uint64_t trusting_ms, drift_ms, anchor_height, update_every, valid_blocks;
    uint8_t level_num, level_den, stores;
    /* where the scan is: the height that comes next, and the last one that had an update */
    uint64_t next, updated;
    uint8_t *room;
    yq_comet_counts counts;
} yq_comet_session;

/* ---- options.c ---- */

/* Reads endpoints and options. Errors: E_CONFIG_INVALID naming the key, E_MEMORY. */
YQ_NODISCARD yq_status
yq_comet_options_read(yq_comet_session *s, const yq_adapter_config *config, yq_fault *why);

/* Returns 1 when events of this emitter are wanted. */
int yq_comet_emitter_wanted(const yq_comet_session *s, yq_slice emitter);
/* Returns 1 when events of any port of this client are. */
int yq_comet_client_wanted(const yq_comet_session *s, yq_slice client);

/* ---- source.c: questions to the nodes ---- */

/* ---- reply.c ---- */

/* What an "error" of a node means. Returns E_NOT_FOUND (the node has no such height or transaction
 * yet), E_UNAVAILABLE (a height that it has pruned) or E_PEER. */
yq_status yq_comet_meaning(const yq_json *error);

/* What a node says of itself. */
typedef struct yq_comet_status {
    char network[YQ_COMET_CHAIN_ID_SIZE + 1], version[32];
    uint64_t height, earliest;
    int64_t seconds, earliest_seconds; /* of those blocks; 0: not said */
    int catching_up, indexes;
} yq_comet_status;

/* Asks one endpoint. Errors: E_PEER, also for a node of another chain: E_CONFIG_INVALID when the
 * option chain_id says so, else E_SOURCE_DISAGREE. The first name that is heard is kept. */
YQ_NODISCARD yq_status yq_comet_status_get(
    yq_comet_session *s, size_t endpoint, uint64_t until_ms, yq_comet_status *out, yq_fault *why);

YQ_NODISCARD yq_status
yq_comet_latest(yq_comet_session *s, uint64_t until_ms, uint64_t *height, yq_fault *why);

/* One height's header and commit, as several nodes have it. */
typedef struct yq_comet_source {
    size_t endpoint; /* that the commit is of */
    yq_json *reply;
    const yq_json *signed_header;
    size_t n; /* nodes that have the same header */
    uint8_t header_room[YQ_COMET_HEADER_ROOM];
    yq_slice header; /* the message */
    yq_digest hash;
    int announces; /* 1: the next header has another set */
} yq_comet_source;

/* Errors: E_NOT_FOUND, E_SOURCE_DISAGREE, E_CONFIG_INVALID (another chain), E_HASH (a commit for
 * another header), E_UNAVAILABLE (fewer than min_sources have it). Free with
 * yq_comet_source_free, also after an error. */
YQ_NODISCARD yq_status yq_comet_source_fetch(
    yq_comet_session *s, uint64_t height, uint64_t until_ms, yq_comet_source *out, yq_fault *why);
void yq_comet_source_free(yq_comet_source *source);

/* Writes the validators of a height, all pages, as a set. In: the endpoint that the header is of.
 */
YQ_NODISCARD yq_status yq_comet_validators_put(
    yq_comet_session *s,
    size_t endpoint,
    uint64_t height,
    uint64_t until_ms,
    yq_writer *w,
    yq_fault *why);

/* Copies bytes into memory of the host. Errors: E_MEMORY. */
YQ_NODISCARD yq_status
yq_comet_give(const yq_comet_session *s, yq_slice bytes, yq_slice *out, yq_fault *why);

/* ---- height.c ---- */

YQ_NODISCARD yq_status yq_comet_height_evidence(
    yq_comet_session *s,
    uint64_t height,
    uint64_t until_ms,
    yq_height_evidence *out,
    yq_fault *why);

/* ---- anchor.c ---- */

YQ_NODISCARD yq_status
yq_comet_anchor(yq_comet_session *s, uint64_t until_ms, yq_slice *anchor, yq_fault *why);

/* ---- submit.c ---- */

/* Transactions are of the form in README.md, "The inbox of a CometBFT chain". Errors: also
 * E_UNSUPPORTED (no inbox is set). */
YQ_NODISCARD yq_status yq_comet_submit(
    yq_comet_session *s, yq_slice delivery, uint64_t until_ms, yq_slice *reference, yq_fault *why);

YQ_NODISCARD yq_status yq_comet_step_epoch(
    yq_comet_session *s, yq_slice set, uint64_t until_ms, yq_slice *reference, yq_fault *why);

YQ_NODISCARD yq_status yq_comet_fate(
    yq_comet_session *s,
    yq_slice reference,
    uint64_t until_ms,
    yq_receipt_view *out,
    yq_fault *why);

/* Writes base64. Returns 0 when it does not fit; the text ends in NUL. */
int yq_comet_base64(char *text, size_t cap, yq_slice bytes);

/* ---- preflight.c ---- */

YQ_NODISCARD yq_status yq_comet_preflight(
    yq_comet_session *s, uint64_t until_ms, const yq_check **check, size_t *check_n, yq_fault *why);

#endif /* YQ_ADAPTERS_COMETBFT_SESSION_H */
