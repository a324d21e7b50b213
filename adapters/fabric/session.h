#ifndef YQ_ADAPTERS_FABRIC_SESSION_H
#define YQ_ADAPTERS_FABRIC_SESSION_H

#include "yuqiao/adapter.h"

#include "adapters/fabric/deliver.h"
#include "adapters/fabric/evidence.h"
#include "adapters/fabric/proposal.h"
#include "relay/codec/x509.h"

/* Inner parts of the adapter: its options, blocks from several nodes, and deliveries through
 * several gateways. */

#define YQ_FABRIC_CACHE_BLOCKS   32u
#define YQ_FABRIC_CACHE_SIZE_MAX (8u << 20)
#define YQ_FABRIC_REGISTERED_MAX 16u
#define YQ_FABRIC_EVIDENCE_MAX   (1u << 20)                  /* a ledger transaction */
#define YQ_FABRIC_REFERENCE_SIZE (YQ_FABRIC_TX_ID_SIZE + 8u) /* id, u64 expiry in seconds */
/* Of a delivery: its transaction is a part of a block, and a block has to fit into the evidence. */
#define YQ_FABRIC_DELIVERY_MAX   (512u << 10)

typedef struct yq_fabric_cached {
    uint64_t number;
    uint8_t *p; /* raw block; NULL: free */
    size_t n;
    yq_fabric_raw_block block;
} yq_fabric_cached;

typedef struct yq_fabric_counts {
    uint64_t requests, failures, blocks, bytes, disagreements, submitted;
} yq_fabric_counts;

typedef struct yq_fabric_session {
    yq_adapter_host host;
    char *channel, *msp_id, *tls_ca, *tls_cert, *tls_key, *inbox;
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
    /* deliveries */
    size_t gateway_n, preferred_gateway;
    char *gateway_url[YQ_FABRIC_ENDPOINTS_MAX];
    yq_grpc_link *gateway[YQ_FABRIC_ENDPOINTS_MAX];
    uint64_t lifetime_s;
    char under_way[YQ_FABRIC_REFERENCE_SIZE]; /* the last delivery */
    int is_under_way;                         /* whose fate is not known */
} yq_fabric_session;

/* Reads the options. Errors: E_CONFIG_INVALID naming the key, E_IO, E_MEMORY. */
YQ_NODISCARD yq_status
yq_fabric_options_read(yq_fabric_session *s, const yq_adapter_config *config, yq_fault *why);
/* The options of deliveries: inbox, gateways, tx_lifetime_s. In: endpoints and identity are read.
 */
YQ_NODISCARD yq_status
yq_fabric_gateways_read(yq_fabric_session *s, const yq_adapter_config *config, yq_fault *why);
/* Who signs: msp_id, cert_file, key_file, signing, tx_hash. */
YQ_NODISCARD yq_status
yq_fabric_member_read(yq_fabric_session *s, const yq_adapter_config *config, yq_fault *why);
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

/* ---- options.c, for the other files that read some ---- */

/* For options: E_CONFIG_INVALID, "key: what". */
yq_status yq_fabric_bad(yq_fault *why, const char *key, const char *what);
/* NULL when it is not there. */
const char *yq_fabric_option(const yq_adapter_config *config, const char *key);
/* Reads a decimal number of 0 .. max when it is there. */
YQ_NODISCARD yq_status yq_fabric_number(
    const yq_adapter_config *config, const char *key, uint64_t max, uint64_t *out, yq_fault *why);
/* Out: the file's text, with a terminator; the caller's, also when it fails. */
YQ_NODISCARD yq_status yq_fabric_file(const char *path, const char *key, char **out, yq_fault *why);
/* Reads a PEM certificate. Out: der (room of the caller), x, which borrows from it. */
int yq_fabric_cert(const char *pem, yq_buf *der, yq_x509 *x);
#define YQ_FABRIC_FILE_MAX (64u << 10)

/* ---- gateway.c: calls of one gateway ---- */

/* Milliseconds of a clock that only goes forward: deadlines of calls. */
uint64_t yq_fabric_now_ms(void);
/* When the next of so many gateways has to have answered, so that the others get their turn. */
uint64_t yq_fabric_share(uint64_t until_ms, size_t left);

/* Bytes in memory of their own, as a reply; free p. */
typedef struct yq_fabric_bytes {
    uint8_t *p;
    size_t n;
    int is_uncertain; /* no reply, though the request may have arrived */
} yq_fabric_bytes;

/*
 * One call of the Gateway service. Errors: E_TX_FAILED (the chaincode refused), E_SOURCE_DISAGREE
 * (endorsers computed different results), E_ENDORSEMENT (the policy cannot be satisfied), those of
 * yq_grpc_call, E_PEER without a reply or with two.
 */
YQ_NODISCARD yq_status yq_fabric_gateway_call(
    yq_fabric_session *s,
    size_t gateway,
    const char *method,
    yq_slice request,
    uint64_t until_ms,
    yq_fabric_bytes *reply,
    yq_fault *why);
#define YQ_FABRIC_ENDORSE  "/gateway.Gateway/Endorse"
#define YQ_FABRIC_SUBMIT   "/gateway.Gateway/Submit"
#define YQ_FABRIC_STATUS   "/gateway.Gateway/CommitStatus"
#define YQ_FABRIC_EVALUATE "/gateway.Gateway/Evaluate"

/* Proposes a call of the inbox, signed. Out: room with the proposal and the request; free room.
 * Errors: E_MEMORY. */
YQ_NODISCARD yq_status yq_fabric_request_make(
    yq_fabric_session *s,
    const char *function,
    yq_slice argument,
    yq_fabric_bytes *room,
    yq_fabric_proposal *proposal,
    yq_slice *request,
    yq_fault *why);

/* ---- submit.c ---- */

YQ_NODISCARD yq_status yq_fabric_hand_in(
    yq_fabric_session *s,
    const char *function,
    yq_slice argument,
    uint64_t until_ms,
    yq_slice *reference,
    yq_fault *why);
YQ_NODISCARD yq_status yq_fabric_submit(
    yq_fabric_session *s, yq_slice delivery, uint64_t until_ms, yq_slice *reference, yq_fault *why);

/* Appends a delivery's first packets, as many as a block can bring back as evidence: seven of the
 * largest. The others stay open, and come again. Errors: decode codes, E_NOSPC. */
YQ_NODISCARD yq_status yq_fabric_delivery_fit(yq_slice delivery, yq_buf *out);

/* ---- fate.c ---- */

YQ_NODISCARD yq_status yq_fabric_fate(
    yq_fabric_session *s,
    yq_slice reference,
    uint64_t until_ms,
    yq_receipt_view *out,
    yq_fault *why);

/* ---- preflight.c ---- */

YQ_NODISCARD yq_status yq_fabric_preflight(
    yq_fabric_session *s,
    uint32_t deadline_ms,
    const yq_check **check,
    size_t *check_n,
    yq_fault *why);
/* The config block that the anchor pins. Errors: E_ANCHOR, E_DOMAIN, those of a source. */
YQ_NODISCARD yq_status yq_fabric_anchor_block(
    yq_fabric_session *s,
    uint32_t deadline_ms,
    const yq_fabric_raw_block **block,
    yq_fabric_raw_tx *tx,
    yq_fault *why);

#endif /* YQ_ADAPTERS_FABRIC_SESSION_H */
