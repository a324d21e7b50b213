#ifndef YQ_ADAPTERS_CHAINMAKER_REQUEST_H
#define YQ_ADAPTERS_CHAINMAKER_REQUEST_H

#include "adapters/chainmaker/signer.h"

/* TxRequest as bytes. No I/O here. */
#define YQ_CMA_INVOKE     0u
#define YQ_CMA_QUERY      1u
#define YQ_CMA_SUBSCRIBE  2u
#define YQ_CMA_TX_ID_SIZE 64u /* hex digits */
#define YQ_CMA_PARAMS_MAX 4u

typedef struct yq_cma_param {
    const char *key;
    yq_slice value;
} yq_cma_param;

typedef struct yq_cma_call {
    uint32_t type;
    char tx_id[YQ_CMA_TX_ID_SIZE + 1];
    uint64_t time_s, expires_s; /* expires_s 0: never */
    const char *contract, *method;
    size_t param_n;
    yq_cma_param param[YQ_CMA_PARAMS_MAX];
    uint64_t gas_limit; /* 0: none */
} yq_cma_call;

/* Who sends. */
typedef struct yq_cma_sender {
    yq_slice chain_id, org;
    uint32_t member_type; /* 0 certificate, 2 public key */
    yq_slice member_info; /* PEM */
    uint8_t scheme;       /* yq_cma_scheme */
    const yq_key *key;
} yq_cma_sender;

/* Draws an id that no other request has. */
void yq_cma_tx_id_make(char out[YQ_CMA_TX_ID_SIZE + 1]);

/* Bytes that yq_cma_request_put needs at most. */
size_t yq_cma_request_size(const yq_cma_sender *sender, const yq_cma_call *call);

/* Appends a signed TxRequest. Errors: E_NOSPC. */
YQ_NODISCARD yq_status
yq_cma_request_put(const yq_cma_sender *sender, const yq_cma_call *call, yq_buf *out);

#endif /* YQ_ADAPTERS_CHAINMAKER_REQUEST_H */
