#ifndef YQ_ADAPTERS_XUPERCHAIN_FIELDS_H
#define YQ_ADAPTERS_XUPERCHAIN_FIELDS_H

/* Single fields of protobuf messages. One of another type than it has is passed over, as the
 * chain's code does; of several the last one counts. */
#include "relay/base/bytes.h"
#include "relay/codec/protobuf.h"

static inline void yq_xua_take_bytes(const yq_pb_field *f, uint32_t number, yq_slice *out)
{
    if (f->number == number && f->type == YQ_PB_BYTES) {
        *out = f->bytes;
    }
}

static inline void yq_xua_take_number(const yq_pb_field *f, uint32_t number, uint64_t *out)
{
    if (f->number == number && f->type == YQ_PB_VARINT) {
        *out = f->value;
    }
}

/* A number that is only compared: what is larger than 32 bits is the largest one. */
static inline void yq_xua_take_small(const yq_pb_field *f, uint32_t number, uint32_t *out)
{
    if (f->number == number && f->type == YQ_PB_VARINT) {
        *out = f->value > UINT32_MAX ? UINT32_MAX : (uint32_t)f->value;
    }
}

/* Walks the bytes of a repeated field. Returns 0 at the end. */
static inline int yq_xua_next(yq_cur *at, uint32_t number, yq_slice *out)
{
    yq_pb_field f;
    while (yq_pb_next(at, &f)) {
        if (f.number == number && f.type == YQ_PB_BYTES) {
            *out = f.bytes;
            return 1;
        }
    }
    return 0;
}

/* Out: a field of bytes, empty when it is missing. */
static inline yq_status yq_xua_find(yq_slice in, uint32_t number, yq_slice *out, yq_fault *why)
{
    yq_cur c = yq_cur_of(in);
    yq_pb_field f;
    *out = (yq_slice){0};
    while (yq_pb_next(&c, &f)) {
        yq_xua_take_bytes(&f, number, out);
    }
    return yq_cur_done(&c, why);
}

#endif /* YQ_ADAPTERS_XUPERCHAIN_FIELDS_H */
