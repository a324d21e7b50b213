#ifndef YQ_ADAPTERS_FABRIC_SEEK_H
#define YQ_ADAPTERS_FABRIC_SEEK_H

#include "yuqiao/types.h"

/* The messages of the Deliver service as bytes. No I/O here. */

#define YQ_FABRIC_NEWEST UINT64_MAX

/* Who asks, and for what. */
typedef struct yq_fabric_seek {
    yq_slice channel;
    yq_slice msp_id, cert_pem; /* empty: the orderer knows nobody */
    yq_slice tls_cert_hash;    /* SHA-256 of the TLS client certificate; empty without one */
    uint8_t nonce[24];
    uint64_t now_ms;
    uint64_t from, to; /* YQ_FABRIC_NEWEST: the newest block */
    int headers_only;  /* config blocks come whole all the same */
} yq_fabric_seek;

/* Appends the payload that the envelope carries and its signature covers. Errors: E_NOSPC. */
YQ_NODISCARD yq_status yq_fabric_seek_payload(const yq_fabric_seek *seek, yq_buf *out);

/* Appends the envelope. Errors: E_NOSPC. */
YQ_NODISCARD yq_status yq_fabric_seek_envelope(yq_slice payload, yq_slice signature, yq_buf *out);

/* DeliverResponse: a block, or the stream's last status. */
typedef struct yq_fabric_deliver {
    int is_block;
    yq_slice block;
    uint32_t status; /* 200 success, 400, 403, 404, 413, 500, 503 */
} yq_fabric_deliver;

/* Reads a response, whole input. Errors: decode codes. */
YQ_NODISCARD yq_status yq_fabric_deliver_decode(yq_slice in, yq_fabric_deliver *out, yq_fault *why);

/* Returns OK for 200; E_NOT_FOUND 404, E_PERMISSION 403, E_UNAVAILABLE 503, E_PEER for others. */
YQ_NODISCARD yq_status yq_fabric_deliver_outcome(uint32_t status, yq_fault *why);

#endif /* YQ_ADAPTERS_FABRIC_SEEK_H */
