#ifndef YQ_ADAPTERS_FABRIC_SESSION_H
#define YQ_ADAPTERS_FABRIC_SESSION_H

#include "yuqiao/adapter.h"

#include "adapters/fabric/deliver.h"
#include "adapters/fabric/evidence.h"

/* Inner parts of the adapter: its options, and blocks from several nodes. */

#define YQ_FABRIC_CACHE_BLOCKS   32u
#define YQ_FABRIC_CACHE_SIZE_MAX (8u << 20)
#define YQ_FABRIC_REGISTERED_MAX 16u
#define YQ_FABRIC_EVIDENCE_MAX   (1u << 20) /* a ledger transaction */

typedef struct yq_fabric_cached {
    uint64_t number;
    uint8_t *p; /* raw block; NULL: free */
    size_t n;
    yq_fabric_raw_block block;
} yq_fabric_cached;

typedef struct yq_fabric_counts {
    uint64_t requests, failures, blocks, bytes, disagreements;
} yq_fabric_counts;

typedef struct yq_fabric_session {
    yq_adapter_host host;
    char *channel, *msp_id, *tls_ca, *tls_cert, *tls_key;
    char *cert_pem;
    yq_key *key;
    uint8_t tls_cert_hash[YQ_DIGEST_SIZE];
    yq_fabric_access access;
    size_t endpoint_n, preferred, min_sources;
    char *url[YQ_FABRIC_ENDPOINTS_MAX];
    yq_fabric_link *link[YQ_FABRIC_ENDPOINTS_MAX];
    uint64_t anchor_height, known_latest;
    int is_probed; /* the channel's dialect is found out: anchors have a sample, data any known hash
                    */
    size_t registered_n;
    yq_fabric_registration registered[YQ_FABRIC_REGISTERED_MAX];
    char *registered_text[YQ_FABRIC_REGISTERED_MAX][2]; /* name; path or rule */
    yq_fabric_cached cache[YQ_FABRIC_CACHE_BLOCKS];
    size_t cache_size;
    yq_fabric_counts counts;
} yq_fabric_session;

/* Reads the options. Errors: E_CONFIG_INVALID naming the key, E_IO, E_MEMORY. */
YQ_NODISCARD yq_status
yq_fabric_options_read(yq_fabric_session *s, const yq_adapter_config *config, yq_fault *why);
void yq_fabric_options_free(yq_fabric_session *s);

/*
 * The block of a height from the first node that gives it, compared with the headers that the
 * others have. Out: block, which lives until the next call. Errors: E_NOT_FOUND, E_SOURCE_DISAGREE,
 * E_UNAVAILABLE (fewer nodes than min_sources agree), and those of yq_fabric_deliver_blocks.
 */
YQ_NODISCARD yq_status yq_fabric_source_block(
    yq_fabric_session *s,
    uint64_t height,
    uint32_t deadline_ms,
    const yq_fabric_raw_block **block,
    yq_fault *why);

/* The height that min_sources nodes have. Errors: as above. */
YQ_NODISCARD yq_status yq_fabric_source_latest(
    yq_fabric_session *s, uint32_t deadline_ms, uint64_t *height, yq_fault *why);

/* One node's newest height, for preflight. */
YQ_NODISCARD yq_status yq_fabric_source_newest(
    yq_fabric_session *s, size_t endpoint, uint32_t deadline_ms, uint64_t *height, yq_fault *why);

void yq_fabric_source_clear(yq_fabric_session *s);

#endif /* YQ_ADAPTERS_FABRIC_SESSION_H */
