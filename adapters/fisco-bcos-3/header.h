#ifndef YQ_ADAPTERS_FISCO_BCOS_3_HEADER_H
#define YQ_ADAPTERS_FISCO_BCOS_3_HEADER_H

#include "adapters/fisco-bcos-3/fields.h"

/* Objects of a node in bytes: lengths 0 as they are hashed, 1 as the light client reads them. */
void yq_bcos3_put_header(yq_bcos3_fields *f, const yq_json *block, int lengths);
void yq_bcos3_put_genesis(yq_bcos3_fields *f, const yq_json *block, int lengths);
int yq_bcos3_is_genesis(const yq_json *block);

/* The nonce's bytes. */
void yq_bcos3_put_nonce(yq_bcos3_fields *f, const yq_json *tx, int is_hex);
/* What is hashed behind a transaction's `to`. */
void yq_bcos3_put_rest(yq_bcos3_fields *f, const yq_json *tx);

#endif /* YQ_ADAPTERS_FISCO_BCOS_3_HEADER_H */
