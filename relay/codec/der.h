#ifndef YQ_RELAY_CODEC_DER_H
#define YQ_RELAY_CODEC_DER_H

#include "relay/base/cursor.h"
#include "relay/base/writer.h"

/* DER (X.690), strict: definite shortest lengths, one-byte tags, minimal integers, sizes below
 * 2^24. Failures are sticky in the cursor (E_TYPE, E_NONCANONICAL, E_LIMIT, E_TRUNCATED). */

#define YQ_DER_BOOLEAN      0x01
#define YQ_DER_INTEGER      0x02
#define YQ_DER_BIT_STRING   0x03
#define YQ_DER_OCTET_STRING 0x04
#define YQ_DER_NULL         0x05
#define YQ_DER_OID          0x06
#define YQ_DER_UTF8         0x0c
#define YQ_DER_PRINTABLE    0x13
#define YQ_DER_IA5          0x16
#define YQ_DER_UTC_TIME     0x17
#define YQ_DER_TIME         0x18
#define YQ_DER_SEQUENCE     0x30
#define YQ_DER_SET          0x31
#define YQ_DER_CONTEXT(n)   (0x80 | (n)) /* primitive */
#define YQ_DER_EXPLICIT(n)  (0xa0 | (n)) /* constructed */

typedef struct yq_der {
    uint8_t tag;
    yq_slice content, whole; /* whole: tag and length too */
    size_t at;
} yq_der;

/* Reads the next element of any tag. Returns 0 at the end and once the cursor has failed. */
int yq_der_next(yq_cur *c, yq_der *out);

/* Reads an element that must have this tag (E_TYPE if not). Returns its content. */
yq_slice yq_der_take(yq_cur *c, uint8_t tag);

/* Opens a constructed element: a cursor over its content, failed when c failed. */
yq_cur yq_der_open(yq_cur *c, uint8_t tag);
/* Closes it: E_TRAILING when something is left; a failure inside becomes the outer cursor's. */
void yq_der_close(yq_cur *inner, yq_cur *outer);

/* Returns the tag of the next element, 0 at the end. */
uint8_t yq_der_peek(const yq_cur *c);

/* Reads a positive INTEGER into exactly size bytes, big-endian, left-padded; E_RANGE when negative
 * or larger. */
void yq_der_uint(yq_cur *c, uint8_t *out, size_t size);

/* Reads a BIT STRING without unused bits. */
yq_slice yq_der_bits(yq_cur *c);

/* Reads UTCTime or GeneralizedTime in the forms of RFC 5280 (seconds, Z). Returns ms since 1970;
 * E_RANGE before that. */
uint64_t yq_der_time_ms(yq_cur *c);

/* SEQUENCE {r, s} to r||s of size bytes each (32 or 48), whole input. Errors: decode codes; E_RANGE
 * for a value that does not fit. Out: out, 2 * size bytes. */
YQ_NODISCARD yq_status
yq_der_signature_decode(yq_slice in, size_t size, uint8_t *out, yq_fault *why);
/* The reverse; out needs 2 * size + 9 bytes. */
YQ_NODISCARD yq_status yq_der_signature_encode(const uint8_t *rs, size_t size, yq_buf *out);

/* begin gives a mark; end puts tag and length in front of what was written since. */
size_t yq_der_begin(const yq_writer *w);
void yq_der_end(yq_writer *w, size_t mark, uint8_t tag);
void yq_der_put(yq_writer *w, uint8_t tag, yq_slice content);

#endif /* YQ_RELAY_CODEC_DER_H */
