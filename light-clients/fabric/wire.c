#include "light-clients/fabric/wire.h"

#include "relay/codec/msgpack.h"

#define VARINT_SIZE_MAX 10u
#define NUMBER_MAX      ((1u << 29) - 1)
#define GROUP_START     3u
#define GROUP_END       4u

static uint64_t take_varint(yq_fabric_wire *w)
{
    uint64_t value = 0;
    for (unsigned i = 0; i < VARINT_SIZE_MAX; i++) {
        if (w->pos == w->in.n) {
            break;
        }
        uint8_t b = w->in.p[w->pos++];
        if (i == VARINT_SIZE_MAX - 1 && b > 1) {
            break;
        }
        value |= (uint64_t)(b & 0x7f) << (7 * i);
        if (b < 0x80) {
            if (b == 0 && i > 0) {
                w->form->strict = 0;
            }
            return value;
        }
    }
    w->form->ok = 0;
    return 0;
}

static yq_slice take_bytes(yq_fabric_wire *w, uint64_t size)
{
    if (size > w->in.n - w->pos) {
        w->form->ok = 0;
        return (yq_slice){0};
    }
    yq_slice out = {size == 0 ? w->in.p : w->in.p + w->pos, (size_t)size};
    w->pos += (size_t)size;
    return out;
}

/* Reads the value that follows a tag; group ends and starts have none. */
static void take_value(yq_fabric_wire *w, yq_fabric_field *field)
{
    switch (field->type) {
    case YQ_FABRIC_VARINT:
        field->value = take_varint(w);
        return;
    case YQ_FABRIC_FIXED64:
        (void)take_bytes(w, 8);
        return;
    case YQ_FABRIC_BYTES:
        field->bytes = take_bytes(w, take_varint(w));
        return;
    case YQ_FABRIC_FIXED32:
        (void)take_bytes(w, 4);
        return;
    default:
        w->form->ok = 0;
    }
}

int yq_fabric_wire_next(yq_fabric_wire *w, yq_fabric_field *field)
{
    size_t depth = 0;
    while (w->form->ok && w->pos < w->in.n) {
        *field = (yq_fabric_field){0};
        uint64_t tag = take_varint(w);
        uint64_t number = tag >> 3;
        field->type = (uint8_t)(tag & 7);
        if (number == 0) {
            w->form->ok = 0;
            break;
        }
        if (number > NUMBER_MAX) {
            w->form->strict = 0;
        }
        field->number = number < 64 ? (uint32_t)number : 0;
        if (field->type == GROUP_START || field->type == GROUP_END) {
            w->form->strict = 0;
            depth += field->type == GROUP_START ? 1 : 0;
            depth -= field->type == GROUP_END && depth > 0 ? 1 : 0;
            continue;
        }
        take_value(w, field);
        if (depth == 0) {
            return w->form->ok;
        }
    }
    return 0;
}

static int has_type(yq_fabric_wire *w, const yq_fabric_field *field, yq_fabric_wire_type type)
{
    if (field->type != type) {
        w->form->strict = 0;
        return 0;
    }
    return 1;
}

static void note_seen(yq_fabric_wire *w, const yq_fabric_field *field)
{
    uint64_t bit = (uint64_t)1 << field->number;
    if ((w->seen & bit) != 0) {
        w->form->strict = 0;
    }
    w->seen |= bit;
}

int yq_fabric_wire_bytes(yq_fabric_wire *w, const yq_fabric_field *field, yq_slice *out)
{
    if (!has_type(w, field, YQ_FABRIC_BYTES)) {
        return 0;
    }
    note_seen(w, field);
    *out = field->bytes;
    return 1;
}

int yq_fabric_wire_text(yq_fabric_wire *w, const yq_fabric_field *field, yq_slice *out)
{
    if (!yq_fabric_wire_bytes(w, field, out)) {
        return 0;
    }
    if (!yq_utf8_valid(*out)) {
        w->form->strict = 0;
    }
    return 1;
}

int yq_fabric_wire_uint(yq_fabric_wire *w, const yq_fabric_field *field, uint64_t *out)
{
    if (!has_type(w, field, YQ_FABRIC_VARINT)) {
        return 0;
    }
    note_seen(w, field);
    *out = field->value;
    return 1;
}

int yq_fabric_wire_item(yq_fabric_wire *w, const yq_fabric_field *field, yq_slice *out)
{
    if (!has_type(w, field, YQ_FABRIC_BYTES)) {
        return 0;
    }
    *out = field->bytes;
    return 1;
}

void yq_fabric_wire_entry(yq_slice in, yq_slice *key, yq_slice *value, yq_fabric_form *form)
{
    *key = (yq_slice){0};
    *value = (yq_slice){0};
    yq_fabric_wire w = yq_fabric_wire_of(in, form);
    yq_fabric_field f;
    while (yq_fabric_wire_next(&w, &f)) {
        switch (f.number) {
        case 1:
            yq_fabric_wire_text(&w, &f, key);
            break;
        case 2:
            yq_fabric_wire_bytes(&w, &f, value);
            break;
        default:
            yq_fabric_wire_unknown(&w);
        }
    }
}
