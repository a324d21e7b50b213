#ifndef YQ_ADAPTERS_CHAINMAKER_SESSION_H
#define YQ_ADAPTERS_CHAINMAKER_SESSION_H

#include "yuqiao/adapter.h"

#include "adapters/chainmaker/evidence.h"
#include "adapters/chainmaker/request.h"
#include "adapters/grpc/link.h"

#include <stdlib.h>

/* Inner parts of the adapter. */

#define YQ_CMA_ENDPOINTS_MAX  16u
#define YQ_CMA_MESSAGE_MAX    (32u << 20)
#define YQ_CMA_CACHE_BLOCKS   16u
#define YQ_CMA_STATED_MAX     YQ_CMA_NODES_MAX
#define YQ_CMA_REFERENCE_SIZE (YQ_CMA_TX_ID_SIZE + 8u) /* id, u64 expiry in seconds */
#define YQ_CMA_HEADER_MAX     (64u << 10)

/* A reply or a block in memory of its own. */
typedef struct yq_cma_bytes {
    uint8_t *p;
    size_t n;
} yq_cma_bytes;

typedef struct yq_cma_cached {
    yq_cma_bytes raw; /* BlockInfo; p NULL: free */
    yq_cma_block block;
} yq_cma_cached;

/* node.ID: whose key a file has. */
typedef struct yq_cma_stated {
    char *id;
    yq_cma_signer signer;
} yq_cma_stated;

typedef struct yq_cma_counts {
    uint64_t calls, failures, blocks, disagreements, events, unprovable, submitted;
} yq_cma_counts;

typedef struct yq_cma_session {
    yq_adapter_host host;
    yq_grpc_access access;
    size_t endpoint_n, min_sources, preferred;
    char *url[YQ_CMA_ENDPOINTS_MAX];
    yq_grpc_link *link[YQ_CMA_ENDPOINTS_MAX];
    uint64_t rests_until_ms[YQ_CMA_ENDPOINTS_MAX]; /* after it did not answer */
    /* options */
    char *chain_id, *org_id, *tls_ca, *tls_cert, *tls_key, *member_pem, *inbox;
    uint32_t alg; /* of the chain: yq_hash_alg */
    uint64_t anchor_height, lifetime_s, gas_limit;
    yq_cma_sender sender;
    yq_key *key;
    size_t stated_n;
    yq_cma_stated stated[YQ_CMA_STATED_MAX];
    /* learnt */
    uint64_t known_latest;
    yq_cma_cached cache[YQ_CMA_CACHE_BLOCKS];
    int has_root;
    uint64_t root_conf; /* the configuration that the anchor's nodes are of */
    yq_cma_set root;
    int has_set;
    uint64_t set_conf;
    yq_cma_set set; /* from the block behind set_conf on */
    yq_cma_counts counts;
} yq_cma_session;

static inline void yq_cma_bytes_free(yq_cma_bytes *b)
{
    free(b->p);
    *b = (yq_cma_bytes){0};
}

/* ---- options.c ---- */

/* Reads endpoints and options. Errors: E_CONFIG_INVALID naming the key, E_MEMORY. */
YQ_NODISCARD yq_status
yq_cma_options_read(yq_cma_session *s, const yq_adapter_config *config, yq_fault *why);
void yq_cma_options_free(yq_cma_session *s);

/* ---- identity.c ---- */

/* Reads the options of who sends: org_id, auth, cert_file, key_file. Errors: as above. */
YQ_NODISCARD yq_status
yq_cma_identity_read(yq_cma_session *s, const yq_adapter_config *config, yq_fault *why);
/* Reads every node.ID. Errors: as above. */
YQ_NODISCARD yq_status
yq_cma_stated_read(yq_cma_session *s, const yq_adapter_config *config, yq_fault *why);
/* For options: E_CONFIG_INVALID, "key: what". */
yq_status yq_cma_bad(yq_fault *why, const char *key, const char *what);
const char *yq_cma_option(const yq_adapter_config *config, const char *key);

/* ---- ask.c: questions to one node ---- */

/* Milliseconds of a clock that only goes forward: deadlines of calls. */
uint64_t yq_cma_now_ms(void);
/* When the next of so many endpoints has to have answered, so that the others get their turn. */
uint64_t yq_cma_share(uint64_t until_ms, size_t left);

/* One SendRequest. Out: reply, whose slices lie in room; free room. Errors: E_PERMISSION (the node
 * does not take this identity), E_UNAVAILABLE, E_TIMEOUT, E_PEER (no reply, or two), E_LIMIT; a
 * reply with a code is none of them. */
YQ_NODISCARD yq_status yq_cma_ask(
    yq_cma_session *s,
    size_t endpoint,
    const yq_cma_call *call,
    uint64_t until_ms,
    yq_cma_bytes *room,
    yq_cma_reply *reply,
    yq_fault *why);

/* Starts a call: id, time. */
yq_cma_call yq_cma_call_of(
    const yq_cma_session *s, uint32_t type, const char *contract, const char *method);
void yq_cma_call_add(yq_cma_call *call, const char *key, yq_slice value);

typedef struct yq_cma_range {
    uint64_t from, to; /* both are in it */
    int only_header;
} yq_cma_range;

/* One Subscribe to a range of blocks; take gets each SubscribeResult's data. Errors: as yq_cma_ask,
 * what take gave. */
YQ_NODISCARD yq_status yq_cma_subscribe(
    yq_cma_session *s,
    size_t endpoint,
    const yq_cma_range *range,
    uint64_t until_ms,
    yq_grpc_take take,
    void *self,
    yq_fault *why);

/* A query that has to be answered with code 0. Errors: also E_PEER with the node's words. */
YQ_NODISCARD yq_status yq_cma_query(
    yq_cma_session *s,
    size_t endpoint,
    const yq_cma_call *call,
    uint64_t until_ms,
    yq_cma_bytes *room,
    yq_slice *result,
    yq_fault *why);

/* The height of one node. */
YQ_NODISCARD yq_status yq_cma_height_of(
    yq_cma_session *s, size_t endpoint, uint64_t until_ms, uint64_t *height, yq_fault *why);

/* A block by its number from one node. Free room. */
YQ_NODISCARD yq_status yq_cma_block_of(
    yq_cma_session *s,
    size_t endpoint,
    uint64_t height,
    uint64_t until_ms,
    yq_cma_bytes *room,
    yq_cma_block *block,
    yq_fault *why);

/* ---- source.c: several nodes ---- */

/* The block of a height from the first node that gives it, compared with the headers that the
 * others have. Out: block, which lives until the next call. Errors: E_NOT_FOUND,
 * E_SOURCE_DISAGREE, E_UNAVAILABLE (fewer than min_sources have it), and those of a call. */
YQ_NODISCARD yq_status yq_cma_source_block(
    yq_cma_session *s,
    uint64_t height,
    uint64_t until_ms,
    const yq_cma_block **block,
    yq_fault *why);

/* The height that min_sources nodes have. */
YQ_NODISCARD yq_status
yq_cma_source_latest(yq_cma_session *s, uint64_t until_ms, uint64_t *height, yq_fault *why);

/* A block from any node, in memory of its own; free room. */
YQ_NODISCARD yq_status yq_cma_source_any(
    yq_cma_session *s,
    uint64_t height,
    uint64_t until_ms,
    yq_cma_bytes *room,
    yq_cma_block *block,
    yq_fault *why);

/* Forgets one block: who asks for it again wants it from the nodes. */
void yq_cma_source_drop(yq_cma_session *s, uint64_t height);
void yq_cma_source_clear(yq_cma_session *s);

/* ---- nodes.c: who votes ---- */

/* Out: the nodes that vote under the configuration of that height, and their keys as the anchor
 * binds them; lives until the next call. Errors: E_ANCHOR (a key that is not known), E_DOMAIN,
 * those of a source. */
YQ_NODISCARD yq_status yq_cma_nodes_get(
    yq_cma_session *s, uint64_t conf, uint64_t until_ms, const yq_cma_set **set, yq_fault *why);

/* The nodes of the anchor. */
YQ_NODISCARD yq_status yq_cma_nodes_root(yq_cma_session *s, uint64_t until_ms, yq_fault *why);

/* The configuration that the block of a height left, in room; free room. */
YQ_NODISCARD yq_status yq_cma_config_at(
    yq_cma_session *s,
    uint64_t conf,
    uint64_t until_ms,
    yq_cma_bytes *room,
    yq_cma_config *config,
    uint64_t *before,
    yq_fault *why);

/* ---- height.c ---- */

YQ_NODISCARD yq_status yq_cma_height_evidence(
    yq_cma_session *s, uint64_t height, uint64_t until_ms, yq_height_evidence *out, yq_fault *why);
YQ_NODISCARD yq_status
yq_cma_anchor(yq_cma_session *s, uint64_t until_ms, yq_slice *anchor, yq_fault *why);

/* ---- submit.c ---- */

YQ_NODISCARD yq_status yq_cma_submit(
    yq_cma_session *s, yq_slice delivery, uint64_t until_ms, yq_slice *reference, yq_fault *why);
/* As yq_cma_submit, of the next epoch's set. */
YQ_NODISCARD yq_status yq_cma_step_epoch(
    yq_cma_session *s, yq_slice set, uint64_t until_ms, yq_slice *reference, yq_fault *why);
YQ_NODISCARD yq_status yq_cma_fate(
    yq_cma_session *s, yq_slice reference, uint64_t until_ms, yq_receipt_view *out, yq_fault *why);

/* ---- preflight.c ---- */

YQ_NODISCARD yq_status yq_cma_preflight(
    yq_cma_session *s, uint64_t until_ms, const yq_check **check, size_t *check_n, yq_fault *why);

#endif /* YQ_ADAPTERS_CHAINMAKER_SESSION_H */
