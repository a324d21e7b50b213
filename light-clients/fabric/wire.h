#ifndef YQ_LIGHT_CLIENTS_FABRIC_WIRE_H
#define YQ_LIGHT_CLIENTS_FABRIC_WIRE_H

#include "relay/base/bytes.h"

/*
 * Protobuf as Fabric's own nodes read it. What lies inside a payload is covered by hashes and
 * signatures, yet written by whoever submitted it: the nodes take forms that no canonical writer
 * makes (overlong numbers, unknown or repeated fields, groups). A verdict that "this changed
 * nothing" must not rest on being stricter than they are, and a verdict that "this succeeded" must
 * not rest on being more lenient. So one reader takes everything that any of them takes, and
 * notes in `strict` whether all of them surely read the same.
 */
typedef struct yq_fabric_form {
    int ok;     /* 0: no node can read it */
    int strict; /* 1: canonical so far, every node reads the same */
} yq_fabric_form;

typedef struct yq_fabric_wire {
    yq_slice in;
    size_t pos;
    uint64_t seen; /* singular fields so far, by number */
    yq_fabric_form *form;
} yq_fabric_wire;

typedef enum yq_fabric_wire_type {
    YQ_FABRIC_VARINT = 0,
    YQ_FABRIC_FIXED64 = 1,
    YQ_FABRIC_BYTES = 2,
    YQ_FABRIC_FIXED32 = 5,
} yq_fabric_wire_type;

typedef struct yq_fabric_field {
    uint32_t number; /* 1..63, or 0 for any other */
    uint8_t type;    /* yq_fabric_wire_type */
    uint64_t value;  /* of a VARINT */
    yq_slice bytes;  /* of BYTES */
} yq_fabric_field;

static inline yq_fabric_wire yq_fabric_wire_of(yq_slice in, yq_fabric_form *form)
{
    return (yq_fabric_wire){.in = in, .form = form};
}

/* Reads the next field that is not inside a group. Returns 0 at the end, and when form is not ok.
 */
int yq_fabric_wire_next(yq_fabric_wire *w, yq_fabric_field *field);

/*
 * Singular fields: the last one counts, a repetition or another wire type is not strict. Each
 * returns 1 when the field had the type. text: not strict unless UTF-8. A singular message is read
 * with bytes and decoded at each occurrence into the same struct: protobuf merges.
 */
int yq_fabric_wire_bytes(yq_fabric_wire *w, const yq_fabric_field *field, yq_slice *out);
int yq_fabric_wire_text(yq_fabric_wire *w, const yq_fabric_field *field, yq_slice *out);
int yq_fabric_wire_uint(yq_fabric_wire *w, const yq_fabric_field *field, uint64_t *out);

/* A repeated field of BYTES: returns 1 when it has the type. */
int yq_fabric_wire_item(yq_fabric_wire *w, const yq_fabric_field *field, yq_slice *out);

/* A field that the message does not have. */
static inline void yq_fabric_wire_unknown(yq_fabric_wire *w)
{
    w->form->strict = 0;
}

/* The map entry {1: key, 2: value} of a map from text to messages. */
void yq_fabric_wire_entry(yq_slice in, yq_slice *key, yq_slice *value, yq_fabric_form *form);

#endif /* YQ_LIGHT_CLIENTS_FABRIC_WIRE_H */
