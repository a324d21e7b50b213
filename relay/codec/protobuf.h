#ifndef YQ_RELAY_CODEC_PROTOBUF_H
#define YQ_RELAY_CODEC_PROTOBUF_H

#include "relay/base/cursor.h"
#include "relay/base/writer.h"

/*
 * The protobuf wire format, field by field. The reader refuses groups, field number 0, varints
 * that are overlong or above 64 bits, and lengths beyond the input; what a message does with
 * unknown or repeated fields is its decoder's rule (yq_pb_once).
 */
typedef enum yq_pb_type {
    YQ_PB_VARINT = 0,
    YQ_PB_FIXED64 = 1,
    YQ_PB_BYTES = 2,
    YQ_PB_FIXED32 = 5,
} yq_pb_type;

typedef struct yq_pb_field {
    uint32_t number;
    uint8_t type;   /* yq_pb_type */
    uint64_t value; /* VARINT, FIXED */
    yq_slice bytes; /* BYTES: the content */
    yq_slice whole; /* tag, length and content as they stand */
    size_t at;      /* offset of the tag */
} yq_pb_field;

/* Reads the next field. Returns 0 at the end and once the cursor has failed. */
int yq_pb_next(yq_cur *c, yq_pb_field *field);

/* Notes in *seen (bit number, numbers below 64) that a singular field is there; the second time is
 * E_FIELD_DUP. Also fails with E_TYPE when the field is not of this type. Returns 1 when good. */
int yq_pb_once(yq_cur *c, const yq_pb_field *field, yq_pb_type type, uint64_t *seen);

/*
 * As yq_pb_next, for a message in the one form that proto3's generators write: numbers below 64 in
 * ascending order (those in the mask `repeated` may follow themselves), and no field that holds its
 * default, zero or empty, but those in the masks. In: field is {0} before the first call and
 * untouched between calls. Failures: E_NONCANONICAL, E_FIELD_DUP, E_FIELD_UNKNOWN (64 and above).
 */
#define YQ_PB_BIT(number) (UINT64_C(1) << (number))
int yq_pb_next_canonical(yq_cur *c, yq_pb_field *field, uint64_t repeated, uint64_t empty);

/* Returns 1 when the field is of this type; else fails with E_TYPE. */
int yq_pb_expect(yq_cur *c, const yq_pb_field *field, yq_pb_type type);

/* Finds a singular bytes field in a message: at most one occurrence. Returns an empty slice with
 * found = 0 when it is not there. Other fields are passed over, in good form. Errors: in the
 * cursor. */
yq_slice yq_pb_find(yq_cur *c, uint32_t number, int *found);

void yq_pb_put_varint(yq_writer *w, uint32_t number, uint64_t value);
void yq_pb_put_bytes(yq_writer *w, uint32_t number, yq_slice bytes);
void yq_pb_put_raw_varint(yq_writer *w, uint64_t value);
/* begin gives a mark; end puts tag and length of field number in front of what was written since.
 */
size_t yq_pb_begin(const yq_writer *w);
void yq_pb_end(yq_writer *w, size_t mark, uint32_t number);

#endif /* YQ_RELAY_CODEC_PROTOBUF_H */
