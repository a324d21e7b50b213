#include "relay/codec/rlp.h"

#include "relay/codec/insert.h"

#define HEAD_SIZE_MAX 9u

typedef struct item {
    size_t at;
    int is_list;
    yq_slice content;
} item;

/* A length of size bytes, big-endian, that may not stand in a shorter form. */
static size_t take_length(yq_cur *c, size_t size, size_t at)
{
    yq_slice s = yq_cur_take(c, size);
    if (s.n == 0) {
        return 0;
    }
    uint64_t value = 0;
    for (size_t i = 0; i < s.n; i++) {
        value = value << 8 | s.p[i];
    }
    if (s.p[0] == 0 || value < 56) {
        yq_cur_fail(c, YQ_E_NONCANONICAL, at);
        return 0;
    }
    return (size_t)value;
}

static item take_item(yq_cur *c)
{
    item out = {.at = c->pos};
    uint8_t first = yq_cur_u8(c);
    if (!yq_cur_ok(c)) {
        return out;
    }
    if (first < 0x80) {
        out.content = yq_slice_of(c->p + out.at, 1);
        return out;
    }
    out.is_list = first >= 0xc0;
    uint8_t short_base = out.is_list ? 0xc0 : 0x80;
    size_t size = (size_t)(first - short_base);
    if (size > 55) {
        size = take_length(c, size - 55, out.at);
    }
    if (size > yq_cur_left(c)) {
        yq_cur_fail(c, YQ_E_TRUNCATED, out.at);
        return out;
    }
    size_t start = c->pos;
    (void)yq_cur_take(c, size);
    if (!yq_cur_ok(c)) {
        return out;
    }
    out.content = yq_slice_of(c->p + start, size);
    if (!out.is_list && size == 1 && out.content.p[0] < 0x80) {
        yq_cur_fail(c, YQ_E_NONCANONICAL, out.at);
    }
    return out;
}

static item take_string(yq_cur *c, size_t size_max)
{
    item got = take_item(c);
    if (yq_cur_ok(c) && got.is_list) {
        yq_cur_fail(c, YQ_E_TYPE, got.at);
    }
    if (yq_cur_ok(c) && got.content.n > size_max) {
        yq_cur_fail(c, YQ_E_LIMIT, got.at);
    }
    if (!yq_cur_ok(c)) {
        got.content = (yq_slice){0};
    }
    return got;
}

yq_slice yq_rlp_string(yq_cur *c, size_t size_max)
{
    return take_string(c, size_max).content;
}

yq_slice yq_rlp_fixed(yq_cur *c, size_t size)
{
    item got = take_string(c, SIZE_MAX);
    if (yq_cur_ok(c) && got.content.n != size) {
        yq_cur_fail(c, YQ_E_LEN, got.at);
        return (yq_slice){0};
    }
    return got.content;
}

static yq_slice take_number(yq_cur *c, size_t size_max)
{
    item got = take_string(c, size_max);
    if (got.content.n > 0 && got.content.p[0] == 0) {
        yq_cur_fail(c, YQ_E_NONCANONICAL, got.at);
        return (yq_slice){0};
    }
    return got.content;
}

uint64_t yq_rlp_uint(yq_cur *c)
{
    yq_slice s = take_number(c, 8);
    uint64_t value = 0;
    for (size_t i = 0; i < s.n; i++) {
        value = value << 8 | s.p[i];
    }
    return value;
}

yq_slice yq_rlp_number(yq_cur *c)
{
    return take_number(c, 32);
}

yq_cur yq_rlp_list(yq_cur *c)
{
    item got = take_item(c);
    if (yq_cur_ok(c) && !got.is_list) {
        yq_cur_fail(c, YQ_E_TYPE, got.at);
    }
    return yq_cur_inner(c, yq_cur_ok(c) ? got.content : (yq_slice){0});
}

void yq_rlp_end(yq_cur *list, yq_cur *outer)
{
    yq_cur_leave(list, outer);
}

int yq_rlp_is_list(const yq_cur *c)
{
    return yq_cur_left(c) > 0 && c->p[c->pos] >= 0xc0;
}

yq_slice yq_rlp_item(yq_cur *c)
{
    item got = take_item(c);
    return yq_cur_ok(c) ? yq_slice_of(c->p + got.at, c->pos - got.at) : (yq_slice){0};
}

static size_t make_head(uint8_t *out, uint8_t base, size_t size)
{
    if (size <= 55) {
        out[0] = (uint8_t)(base + size);
        return 1;
    }
    size_t n = 1;
    while (n < 8 && size >> (8 * n) != 0) {
        n++;
    }
    out[0] = (uint8_t)(base + 55 + n);
    for (size_t i = 0; i < n; i++) {
        out[1 + i] = (uint8_t)(size >> (8 * (n - 1 - i)));
    }
    return 1 + n;
}

void yq_rlp_put_string(yq_writer *w, yq_slice bytes)
{
    if (bytes.n != 1 || bytes.p[0] >= 0x80) {
        uint8_t head[HEAD_SIZE_MAX];
        yq_put_bytes(w, head, make_head(head, 0x80, bytes.n));
    }
    yq_put(w, bytes);
}

void yq_rlp_put_uint(yq_writer *w, uint64_t value)
{
    uint8_t b[8];
    for (size_t i = 0; i < 8; i++) {
        b[i] = (uint8_t)(value >> (8 * (7 - i)));
    }
    yq_rlp_put_number(w, yq_slice_of(b, sizeof b));
}

void yq_rlp_put_number(yq_writer *w, yq_slice bytes)
{
    size_t skip = 0;
    while (skip < bytes.n && bytes.p[skip] == 0) {
        skip++;
    }
    yq_slice digits = {0};
    if (skip < bytes.n) {
        digits = yq_slice_of(bytes.p + skip, bytes.n - skip);
    }
    yq_rlp_put_string(w, digits);
}

size_t yq_rlp_list_begin(const yq_writer *w)
{
    return w->n;
}

void yq_rlp_list_end(yq_writer *w, size_t mark)
{
    uint8_t head[HEAD_SIZE_MAX];
    yq_writer_insert(w, mark, yq_slice_of(head, make_head(head, 0xc0, w->n - mark)));
}
