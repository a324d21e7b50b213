#ifndef YQ_ADAPTERS_XUPERCHAIN_SESSION_H
#define YQ_ADAPTERS_XUPERCHAIN_SESSION_H

#include "yuqiao/adapter.h"

#include "adapters/grpc/link.h"
#include "adapters/xuperchain/evidence.h"

#include <stdlib.h>

/* Inner parts of the adapter. */

#define YQ_XUA_ENDPOINTS_MAX  16u
#define YQ_XUA_MESSAGE_MAX    (32u << 20)
#define YQ_XUA_CACHE_BLOCKS   YQ_XUA_HEADERS_MAX
#define YQ_XUA_BEHIND         3u  /* blocks that certify one and its next two */
#define YQ_XUA_REFERENCE_SIZE 41u /* kind, id, u64 expiry in seconds */
#define YQ_XUA_REASON_MAX     96u

/* A reply or a block in memory of its own. */
typedef struct yq_xua_bytes {
    uint8_t *p;
    size_t n;
} yq_xua_bytes;

typedef struct yq_xua_cached {
    yq_xua_bytes raw; /* Block; p NULL: free */
    yq_xua_block block;
} yq_xua_cached;

typedef struct yq_xua_set {
    size_t n;
    char address[YQ_XUA_VOTES_MAX][YQ_XUA_ADDRESS_MAX];
} yq_xua_set;

typedef struct yq_xua_counts {
    uint64_t calls, failures, blocks, disagreements, events, unprovable, submitted, refused;
} yq_xua_counts;

typedef struct yq_xua_session {
    yq_adapter_host host;
    yq_grpc_access access;
    size_t endpoint_n, min_sources, preferred;
    char *url[YQ_XUA_ENDPOINTS_MAX];
    yq_grpc_link *link[YQ_XUA_ENDPOINTS_MAX];
    uint64_t rests_until_ms[YQ_XUA_ENDPOINTS_MAX]; /* after it did not answer */
    /* options */
    char *chain, *tls_ca, *tls_cert, *tls_key, *inbox, *module, *event_key;
    char *list_bucket, *list_key; /* where the validators are written; list_key NULL: pinned */
    uint8_t scheme;               /* YQ_XUA_P256 or YQ_XUA_SM2 */
    int has_root;
    yq_digest root; /* of the chain: its first block's id */
    uint64_t anchor_height, lifetime_s, delay;
    yq_xua_set stated; /* the anchor's validators; n 0: asked for */
    yq_key *key;       /* who delivers, NULL: nobody */
    char address[YQ_XUA_ADDRESS_MAX], key_text[YQ_XUA_KEY_TEXT_MAX];
    /* learnt */
    uint64_t brought; /* the last height whose evidence was made */
    yq_xua_cached cache[YQ_XUA_CACHE_BLOCKS];
    yq_xua_counts counts;
} yq_xua_session;

static inline void yq_xua_bytes_free(yq_xua_bytes *b)
{
    free(b->p);
    *b = (yq_xua_bytes){0};
}

/* ---- options.c ---- */

/* Reads endpoints and options. Errors: E_CONFIG_INVALID naming the key, E_MEMORY. */
YQ_NODISCARD yq_status
yq_xua_options_read(yq_xua_session *s, const yq_adapter_config *config, yq_fault *why);
void yq_xua_options_free(yq_xua_session *s);

/* ---- chain_options.c: what the chain is, and who delivers ---- */

/* Reads crypto, root, validators, the lists of them, key_file. Errors: as above. */
YQ_NODISCARD yq_status
yq_xua_chain_options_read(yq_xua_session *s, const yq_adapter_config *config, yq_fault *why);
/* For options: E_CONFIG_INVALID, "key: what". */
yq_status yq_xua_bad(yq_fault *why, const char *key, const char *what);
const char *yq_xua_option(const yq_adapter_config *config, const char *key);
/* Adds an address to a set. Returns 0 when it is none, is there, or there is no room. */
int yq_xua_set_add(yq_xua_set *set, yq_slice address);
int yq_xua_set_has(const yq_xua_set *set, yq_slice address);

/* ---- ask.c: questions to one node ---- */

/* Milliseconds of a clock that only goes forward: deadlines of calls. */
uint64_t yq_xua_now_ms(void);
/* When the next of so many endpoints has to have answered, so that the others get their turn. */
uint64_t yq_xua_share(uint64_t until_ms, size_t left);

/* One method of pb.Xchain, by its name there. In: request without its header. Out: the one message
 * of the reply; free room. Errors: E_UNAVAILABLE, E_TIMEOUT, E_PERMISSION, E_PEER (no reply, two,
 * an error of the node's, with its words or number), E_LIMIT, decode codes. */
YQ_NODISCARD yq_status yq_xua_ask(
    yq_xua_session *s,
    size_t endpoint,
    const char *method,
    yq_slice request,
    uint64_t until_ms,
    yq_xua_bytes *room,
    yq_fault *why);

/* The height of one node. Errors: also E_DOMAIN (another chain than the option root says). Out:
 * root, the chain's; may be NULL. */
YQ_NODISCARD yq_status yq_xua_height_of(
    yq_xua_session *s,
    size_t endpoint,
    uint64_t until_ms,
    uint64_t *height,
    yq_digest *root,
    yq_fault *why);

/* The block of a height in one node's trunk. Free room. */
YQ_NODISCARD yq_status yq_xua_block_of(
    yq_xua_session *s,
    size_t endpoint,
    uint64_t height,
    uint64_t until_ms,
    yq_xua_bytes *room,
    yq_xua_block *block,
    yq_fault *why);

/* A block by its id, at one node: in its trunk, or on a branch. Out: found; free its raw. Errors:
 * E_NOT_FOUND. */
YQ_NODISCARD yq_status yq_xua_block_by_id(
    yq_xua_session *s,
    size_t endpoint,
    yq_slice id,
    uint64_t until_ms,
    yq_xua_cached *found,
    int *is_trunk,
    yq_fault *why);

/* ---- source.c: several nodes ---- */

/* The block of a height from the first node that gives it. Out: block, which lives until
 * yq_xua_source_clear or YQ_XUA_CACHE_BLOCKS further ones. Errors: E_NOT_FOUND, E_UNAVAILABLE, and
 * those of a call. */
YQ_NODISCARD yq_status yq_xua_source_block(
    yq_xua_session *s,
    uint64_t height,
    uint64_t until_ms,
    const yq_xua_block **block,
    yq_fault *why);

/* Compares a block with what the other nodes have. Errors: E_SOURCE_DISAGREE, E_UNAVAILABLE (fewer
 * than min_sources have it). */
YQ_NODISCARD yq_status yq_xua_source_compare(
    yq_xua_session *s, const yq_xua_block *block, uint64_t until_ms, yq_fault *why);

/* The height that min_sources nodes have, less the blocks that only certify. */
YQ_NODISCARD yq_status
yq_xua_source_latest(yq_xua_session *s, uint64_t until_ms, uint64_t *height, yq_fault *why);
/* The height that all nodes that answer have, less those. */
YQ_NODISCARD yq_status
yq_xua_source_common(yq_xua_session *s, uint64_t until_ms, uint64_t *height, yq_fault *why);
void yq_xua_source_clear(yq_xua_session *s);

/* ---- headers.c ---- */

/* Headers in the light client's layout, one behind the other, from a height up to the third block
 * in a row whose certificate is of the block below it. */
typedef struct yq_xua_headers {
    uint64_t first;
    size_t n;
    yq_xua_bytes bytes; /* of the headers; free it */
} yq_xua_headers;

/* Errors: E_NOT_FOUND (not certified yet), E_PEER (ids, links), E_LIMIT, those of a source. */
YQ_NODISCARD yq_status yq_xua_headers_make(
    yq_xua_session *s, uint64_t height, uint64_t until_ms, yq_xua_headers *out, yq_fault *why);

/* One header. Out: w, id. Errors: E_PEER (id), and those of yq_xua_header_put. */
YQ_NODISCARD yq_status
yq_xua_header_check(const yq_xua_block *block, yq_writer *w, yq_digest *id, yq_fault *why);

/* ---- txs.c: the transactions of a block ---- */

typedef struct yq_xua_txs {
    const yq_xua_block *block;
    size_t n;
    int failed;       /* some transaction of the block failed */
    yq_slice *hashed; /* of each; empty: of another version */
    yq_slice *raw;
    yq_xua_tree tree;
    uint8_t **memory; /* of hashed */
} yq_xua_txs;

/* Computes the ids and the tree. Free with yq_xua_txs_free, also after an error. Errors: E_PEER
 * (number, ids, root), E_MEMORY, E_LIMIT. */
YQ_NODISCARD yq_status yq_xua_txs_load(const yq_xua_block *block, yq_xua_txs *out, yq_fault *why);
void yq_xua_txs_free(yq_xua_txs *txs);

/* The last write of the list of validators in a block. Returns 0 when there is none that proves
 * something. Out: index of the transaction, number of the write. */
int yq_xua_list_find(
    const yq_xua_session *s, const yq_xua_txs *txs, size_t *index, uint32_t *write);

/* ---- height.c, anchor.c ---- */

YQ_NODISCARD yq_status yq_xua_height_evidence(
    yq_xua_session *s, uint64_t height, uint64_t until_ms, yq_height_evidence *out, yq_fault *why);
YQ_NODISCARD yq_status
yq_xua_anchor(yq_xua_session *s, uint64_t until_ms, yq_slice *anchor, yq_fault *why);

/* The validators of the anchor. Errors: E_ANCHOR, those of a source. */
YQ_NODISCARD yq_status
yq_xua_anchor_set(yq_xua_session *s, uint64_t until_ms, yq_xua_set *set, yq_fault *why);

/* ---- submit.c, fate.c ---- */

YQ_NODISCARD yq_status yq_xua_submit(
    yq_xua_session *s, yq_slice delivery, uint64_t until_ms, yq_slice *reference, yq_fault *why);
/* As yq_xua_submit, of the next epoch's set. */
YQ_NODISCARD yq_status yq_xua_step_epoch(
    yq_xua_session *s, yq_slice set, uint64_t until_ms, yq_slice *reference, yq_fault *why);
YQ_NODISCARD yq_status yq_xua_fate(
    yq_xua_session *s, yq_slice reference, uint64_t until_ms, yq_receipt_view *out, yq_fault *why);

/* What a reference is of. */
#define YQ_XUA_SENT    1u /* id, expiry */
#define YQ_XUA_REFUSED 2u /* the contract's words */

/* A call of the inbox. */
typedef struct yq_xua_call {
    const char *method;
    const char *argument; /* name of the one it has, NULL: none */
    yq_slice value;
} yq_xua_call;

/* Runs a call at one node without sending it. Out: run, in room; free room. */
YQ_NODISCARD yq_status yq_xua_try(
    yq_xua_session *s,
    size_t endpoint,
    const yq_xua_call *call,
    uint64_t until_ms,
    yq_xua_bytes *room,
    yq_xua_run *run,
    yq_fault *why);

/* ---- preflight.c ---- */

YQ_NODISCARD yq_status yq_xua_preflight(
    yq_xua_session *s, uint64_t until_ms, const yq_check **check, size_t *check_n, yq_fault *why);

#endif /* YQ_ADAPTERS_XUPERCHAIN_SESSION_H */
