#ifndef YQ_ADAPTERS_FISCO_BCOS_2_FIELDS_H
#define YQ_ADAPTERS_FISCO_BCOS_2_FIELDS_H

#include "relay/base/bytes.h"
#include "relay/base/writer.h"
#include "relay/codec/json.h"

/* Writes members of a JSON object as RLP items; keeps the first failure and its key. */
typedef struct yq_fisco2_fields {
    yq_writer *w;
    yq_status status;
    const char *key;
} yq_fisco2_fields;

void yq_fisco2_fields_fail(yq_fisco2_fields *f, yq_status status, const char *key);

/* A string of hex digits as bytes; size 0: of any size. */
void yq_fisco2_put_bytes(yq_fisco2_fields *f, const yq_json *object, const char *key, size_t size);

/* A number of at most 256 bits: an integer, or hex text with any count of digits. */
void yq_fisco2_put_number(yq_fisco2_fields *f, const yq_json *object, const char *key);

/* A list of strings of hex digits. */
void yq_fisco2_put_texts(yq_fisco2_fields *f, const yq_json *object, const char *key, size_t size);

/* Reads 32 bytes. Returns 0 if it is not that. */
int yq_fisco2_digest(const yq_json *value, yq_digest *out);

#endif /* YQ_ADAPTERS_FISCO_BCOS_2_FIELDS_H */
