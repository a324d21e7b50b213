#ifndef YQ_ADAPTERS_EVM_FIELDS_H
#define YQ_ADAPTERS_EVM_FIELDS_H

#include "relay/base/bytes.h"
#include "relay/base/writer.h"
#include "relay/codec/json.h"

/* Writes values of a node's JSON as RLP items; keeps the first failure and its key. A string needs
 * twice its size of free room in the writer. */
typedef struct yq_evma_fields {
    yq_writer *w;
    yq_status status;
    const char *key;
} yq_evma_fields;

void yq_evma_fields_fail(yq_evma_fields *f, yq_status status, const char *key);

/* The first failure: of the values, or of the room. */
YQ_NODISCARD yq_status yq_evma_fields_done(const yq_evma_fields *f, yq_fault *why);

/* A value of hex digits as it stands; size 0: of any size. */
void yq_evma_put_data(yq_evma_fields *f, const yq_json *value, const char *key, size_t size);

/* A member of an object, in the same way. */
void yq_evma_put_member(yq_evma_fields *f, const yq_json *object, const char *key, size_t size);

/* A number of at most 256 bits. */
void yq_evma_put_number(yq_evma_fields *f, const yq_json *object, const char *key);

/* A list of texts of size bytes each. */
void yq_evma_put_list(yq_evma_fields *f, const yq_json *object, const char *key, size_t size);

/* Returns 1 when the member is there and not null. */
int yq_evma_has(const yq_json *object, const char *key);

/* Read size bytes, exactly. Return 0 if it is not that. */
int yq_evma_bytes(const yq_json *value, uint8_t *out, size_t size);
int yq_evma_digest(const yq_json *value, yq_digest *out);

#endif /* YQ_ADAPTERS_EVM_FIELDS_H */
