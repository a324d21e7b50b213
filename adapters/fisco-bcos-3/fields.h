#ifndef YQ_ADAPTERS_FISCO_BCOS_3_FIELDS_H
#define YQ_ADAPTERS_FISCO_BCOS_3_FIELDS_H

#include "relay/base/writer.h"
#include "relay/codec/json.h"

/* Writes members of a JSON object as the chain hashes them; keeps the first failure and its key. */
typedef struct yq_bcos3_fields {
    yq_writer *w;
    yq_status status;
    const char *key;
} yq_bcos3_fields;

void yq_bcos3_fields_fail(yq_bcos3_fields *f, yq_status status, const char *key);

/* Returns OK, E_NOSPC when the room ran out, or the first failure, which names its key. */
YQ_NODISCARD yq_status yq_bcos3_fields_done(const yq_bcos3_fields *f, yq_fault *why);

/* Hex digits as bytes; size 0: of any size. */
void yq_bcos3_put_hex(yq_bcos3_fields *f, const yq_json *value, size_t size, const char *key);
/* A text as it stands. */
void yq_bcos3_put_text(yq_bcos3_fields *f, const yq_json *value, const char *key);
/* An address as it is hashed: without its 0x. */
void yq_bcos3_put_address(yq_bcos3_fields *f, const yq_json *value, const char *key);
/* An integer, or its text, in size bytes. */
void yq_bcos3_put_number(yq_bcos3_fields *f, const yq_json *value, size_t size, const char *key);

/* Opens a length of so many bytes; close writes how much was put since. */
size_t yq_bcos3_open(yq_bcos3_fields *f, size_t length_size);
void yq_bcos3_close(yq_bcos3_fields *f, size_t mark, size_t length_size, const char *key);

/* Reads 32 bytes. Returns 0 if it is not that. */
int yq_bcos3_digest(const yq_json *value, yq_digest *out);
/* A text without its 0x. */
yq_slice yq_bcos3_plain(const yq_json *value);

#endif /* YQ_ADAPTERS_FISCO_BCOS_3_FIELDS_H */
