#include "relay/codec/protobuf.h"

#include "relay/codec/insert.h"

#define VARINT_SIZE_MAX 10u

static uint64_t take_varint(yq_cur *c)
{
    size_t at = c->pos;
    uint64_t value = 0;
    for (unsigned i = 0; i < VARINT_SIZE_MAX; i++) {
        uint8_t b = yq_cur_u8(c);
        if (!yq_cur_ok(c)) {
            return 0;
        }
        if (i == VARINT_SIZE_MAX - 1 && b > 1) {
            yq_cur_fail(c, YQ_E_RANGE, at);
            return 0;
        }
        value |= (uint64_t)(b & 0x7f) << (7 * i);
        if (b < 0x80) {
            if (b == 0 && i > 0) {
                yq_cur_fail(c, YQ_E_NONCANONICAL, at);
                return 0;
            }
            return value;
        }
    }
    return 0;
}

static uint64_t take_fixed(yq_cur *c, size_t size)
{
    yq_slice s = yq_cur_take(c, size);
    uint64_t value = 0;
    for (size_t i = 0; i < s.n; i++) {
        value |= (uint64_t)s.p[i] << (8 * i);
    }
    return value;
}

int yq_pb_next(yq_cur *c, yq_pb_field *field)
{
    *field = (yq_pb_field){.at = c->pos};
    if (yq_cur_left(c) == 0) {
        return 0;
    }
    uint64_t tag = take_varint(c);
    if (yq_cur_ok(c) && (tag > UINT32_MAX || tag >> 3 == 0)) {
        yq_cur_fail(c, YQ_E_RANGE, field->at);
    }
    if (!yq_cur_ok(c)) {
        return 0;
    }
    field->number = (uint32_t)(tag >> 3);
    field->type = (uint8_t)(tag & 7);
    switch (field->type) {
    case YQ_PB_VARINT:
        field->value = take_varint(c);
        break;
    case YQ_PB_FIXED64:
        field->value = take_fixed(c, 8);
        break;
    case YQ_PB_FIXED32:
        field->value = take_fixed(c, 4);
        break;
    case YQ_PB_BYTES: {
        size_t at = c->pos;
        uint64_t size = take_varint(c);
        if (size > yq_cur_left(c)) {
            yq_cur_fail(c, YQ_E_TRUNCATED, at);
        }
        field->bytes = yq_cur_take(c, (size_t)size);
        break;
    }
    default: /* groups, and numbers that mean nothing */
        yq_cur_fail(c, YQ_E_TYPE, field->at);
        break;
    }
    if (!yq_cur_ok(c)) {
        return 0;
    }
    field->whole = yq_slice_of(c->p + field->at, c->pos - field->at);
    return 1;
}

int yq_pb_once(yq_cur *c, const yq_pb_field *field, yq_pb_type type, uint64_t *seen)
{
    if (field->type != type) {
        yq_cur_fail(c, YQ_E_TYPE, field->at);
    } else if (field->number >= 64) {
        yq_cur_fail(c, YQ_E_FIELD_UNKNOWN, field->at);
    } else if ((*seen >> field->number & 1) != 0) {
        yq_cur_fail(c, YQ_E_FIELD_DUP, field->at);
    } else {
        *seen |= UINT64_C(1) << field->number;
    }
    return yq_cur_ok(c);
}

int yq_pb_next_canonical(yq_cur *c, yq_pb_field *field, uint64_t repeated, uint64_t empty)
{
    uint32_t last = field->number;
    if (!yq_pb_next(c, field)) {
        return 0;
    }
    if (field->number >= 64) {
        yq_cur_fail(c, YQ_E_FIELD_UNKNOWN, field->at);
        return 0;
    }
    int is_default = field->value == 0 && field->bytes.n == 0;
    if (field->number == last && (repeated >> last & 1) == 0) {
        yq_cur_fail(c, YQ_E_FIELD_DUP, field->at);
    } else if (
        field->number < last || (is_default && ((repeated | empty) >> field->number & 1) == 0)) {
        yq_cur_fail(c, YQ_E_NONCANONICAL, field->at);
    }
    return yq_cur_ok(c);
}

int yq_pb_expect(yq_cur *c, const yq_pb_field *field, yq_pb_type type)
{
    if (field->type != type) {
        yq_cur_fail(c, YQ_E_TYPE, field->at);
    }
    return yq_cur_ok(c);
}

yq_slice yq_pb_find(yq_cur *c, uint32_t number, int *found)
{
    yq_slice out = {0};
    yq_pb_field field;
    *found = 0;
    while (yq_pb_next(c, &field)) {
        if (field.number != number) {
            continue;
        }
        if (field.type != YQ_PB_BYTES) {
            yq_cur_fail(c, YQ_E_TYPE, field.at);
        } else if (*found) {
            yq_cur_fail(c, YQ_E_FIELD_DUP, field.at);
        }
        out = field.bytes;
        *found = 1;
    }
    if (!yq_cur_ok(c)) {
        *found = 0;
        return (yq_slice){0};
    }
    return out;
}

static size_t make_varint(uint8_t *out, uint64_t value)
{
    size_t n = 0;
    while (value >= 0x80) {
        out[n++] = (uint8_t)(value | 0x80);
        value >>= 7;
    }
    out[n++] = (uint8_t)value;
    return n;
}

void yq_pb_put_raw_varint(yq_writer *w, uint64_t value)
{
    uint8_t b[VARINT_SIZE_MAX];
    yq_put_bytes(w, b, make_varint(b, value));
}

void yq_pb_put_varint(yq_writer *w, uint32_t number, uint64_t value)
{
    yq_pb_put_raw_varint(w, (uint64_t)number << 3 | YQ_PB_VARINT);
    yq_pb_put_raw_varint(w, value);
}

void yq_pb_put_bytes(yq_writer *w, uint32_t number, yq_slice bytes)
{
    yq_pb_put_raw_varint(w, (uint64_t)number << 3 | YQ_PB_BYTES);
    yq_pb_put_raw_varint(w, bytes.n);
    yq_put(w, bytes);
}

size_t yq_pb_begin(const yq_writer *w)
{
    return w->n;
}

void yq_pb_end(yq_writer *w, size_t mark, uint32_t number)
{
    uint8_t head[2 * VARINT_SIZE_MAX];
    size_t n = make_varint(head, (uint64_t)number << 3 | YQ_PB_BYTES);
    n += make_varint(head + n, w->n - mark);
    yq_writer_insert(w, mark, yq_slice_of(head, n));
}
