#include "relay/codec/msgpack.h"

#include "yuqiao/limits.h"

typedef enum kind {
    KIND_UINT,
    KIND_INT, /* below zero */
    KIND_BOOL,
    KIND_STR,
    KIND_BIN,
    KIND_ARRAY,
    KIND_MAP,
} kind;

/* The first bytes of an item: what it is, and its value, size or count. */
typedef struct head {
    size_t at;
    kind kind;
    uint64_t value;
    int64_t negative;
} head;

/* A number of size bytes that has no shorter form: it must be above floor. */
static uint64_t take_above(yq_cur *c, size_t size, uint64_t floor, size_t at)
{
    uint64_t value = yq_cur_be(c, size);
    if (yq_cur_ok(c) && value <= floor) {
        yq_cur_fail(c, YQ_E_NONCANONICAL, at);
    }
    return value;
}

static int64_t to_signed(uint64_t value, size_t size)
{
    uint64_t sign = UINT64_C(1) << (8 * size - 1);
    return (value & sign) == 0 ? (int64_t)value : -(int64_t)((sign << 1) - 1 - value) - 1;
}

static void take_signed(yq_cur *c, size_t size, int64_t floor, head *out)
{
    int64_t value = to_signed(yq_cur_be(c, size), size);
    out->kind = KIND_INT;
    out->negative = value;
    if (yq_cur_ok(c) && value >= floor) {
        yq_cur_fail(c, YQ_E_NONCANONICAL, out->at);
    }
}

static void take_long_head(yq_cur *c, uint8_t b, head *out)
{
    switch (b) {
    case 0xc2:
    case 0xc3:
        out->kind = KIND_BOOL;
        out->value = b & 1;
        break;
    case 0xc4:
        out->kind = KIND_BIN;
        out->value = yq_cur_be(c, 1);
        break;
    case 0xc5:
        out->kind = KIND_BIN;
        out->value = take_above(c, 2, UINT8_MAX, out->at);
        break;
    case 0xc6:
        out->kind = KIND_BIN;
        out->value = take_above(c, 4, UINT16_MAX, out->at);
        break;
    case 0xcc:
        out->value = take_above(c, 1, 0x7f, out->at);
        break;
    case 0xcd:
        out->value = take_above(c, 2, UINT8_MAX, out->at);
        break;
    case 0xce:
        out->value = take_above(c, 4, UINT16_MAX, out->at);
        break;
    case 0xcf:
        out->value = take_above(c, 8, UINT32_MAX, out->at);
        break;
    case 0xd0:
        take_signed(c, 1, -32, out);
        break;
    case 0xd1:
        take_signed(c, 2, INT8_MIN, out);
        break;
    case 0xd2:
        take_signed(c, 4, INT16_MIN, out);
        break;
    case 0xd3:
        take_signed(c, 8, INT32_MIN, out);
        break;
    case 0xd9:
        out->kind = KIND_STR;
        out->value = take_above(c, 1, 31, out->at);
        break;
    case 0xda:
        out->kind = KIND_STR;
        out->value = take_above(c, 2, UINT8_MAX, out->at);
        break;
    case 0xdb:
        out->kind = KIND_STR;
        out->value = take_above(c, 4, UINT16_MAX, out->at);
        break;
    case 0xdc:
        out->kind = KIND_ARRAY;
        out->value = take_above(c, 2, 15, out->at);
        break;
    case 0xdd:
        out->kind = KIND_ARRAY;
        out->value = take_above(c, 4, UINT16_MAX, out->at);
        break;
    case 0xde:
        out->kind = KIND_MAP;
        out->value = take_above(c, 2, 15, out->at);
        break;
    case 0xdf:
        out->kind = KIND_MAP;
        out->value = take_above(c, 4, UINT16_MAX, out->at);
        break;
    default: /* nil, float, ext, and the byte that is never used */
        yq_cur_fail(c, YQ_E_TYPE, out->at);
        break;
    }
}

static head take_head(yq_cur *c)
{
    head out = {.at = c->pos, .kind = KIND_UINT};
    uint8_t b = yq_cur_u8(c);
    if (!yq_cur_ok(c)) {
        return out;
    }
    if (b <= 0x7f) {
        out.value = b;
    } else if (b <= 0x8f) {
        out.kind = KIND_MAP;
        out.value = b & 0x0f;
    } else if (b <= 0x9f) {
        out.kind = KIND_ARRAY;
        out.value = b & 0x0f;
    } else if (b <= 0xbf) {
        out.kind = KIND_STR;
        out.value = b & 0x1f;
    } else if (b >= 0xe0) {
        out.kind = KIND_INT;
        out.negative = (int64_t)b - 256;
    } else {
        take_long_head(c, b, &out);
    }
    return out;
}

static head take_kind(yq_cur *c, kind wanted, uint64_t max)
{
    head got = take_head(c);
    if (yq_cur_ok(c) && got.kind != wanted) {
        yq_cur_fail(c, YQ_E_TYPE, got.at);
    }
    if (yq_cur_ok(c) && got.value > max) {
        yq_cur_fail(c, YQ_E_LIMIT, got.at);
    }
    if (!yq_cur_ok(c)) {
        got.value = 0;
    }
    return got;
}

uint32_t yq_mp_map(yq_cur *c, uint32_t n_max)
{
    return (uint32_t)take_kind(c, KIND_MAP, n_max).value;
}

uint32_t yq_mp_array(yq_cur *c, uint32_t n_max)
{
    return (uint32_t)take_kind(c, KIND_ARRAY, n_max).value;
}

void yq_mp_map_of(yq_cur *c, uint32_t n)
{
    head got = take_kind(c, KIND_MAP, UINT32_MAX);
    if (yq_cur_ok(c) && got.value != n) {
        yq_cur_fail(c, got.value < n ? YQ_E_FIELD_MISSING : YQ_E_FIELD_UNKNOWN, got.at);
    }
}

/* The content of a text: UTF-8 without control characters. */
static yq_slice take_text(yq_cur *c, head got)
{
    size_t at = c->pos;
    yq_slice s = yq_cur_take(c, (size_t)got.value);
    if (!yq_cur_ok(c)) {
        return s;
    }
    if (!yq_utf8_valid(s)) {
        yq_cur_fail(c, YQ_E_UTF8, got.at);
        return (yq_slice){0};
    }
    for (size_t i = 0; i < s.n; i++) {
        int is_c1 = s.p[i] == 0xc2 && i + 1 < s.n && s.p[i + 1] < 0xa0;
        if (s.p[i] < 0x20 || s.p[i] == 0x7f || is_c1) {
            yq_cur_fail(c, YQ_E_RANGE, at + i);
            return (yq_slice){0};
        }
    }
    return s;
}

void yq_mp_key(yq_cur *c, const char *key)
{
    head got = take_kind(c, KIND_STR, UINT32_MAX);
    yq_slice s = yq_cur_take(c, (size_t)got.value);
    if (yq_cur_ok(c) && !yq_slice_equal(s, yq_slice_text(key))) {
        yq_cur_fail_field(c, YQ_E_FIELD_MISSING, got.at, key);
    }
}

/* A key must be above the one before it; there is no empty key, so empty means none before. */
static yq_slice take_key(yq_cur *c, yq_slice before, head got)
{
    yq_slice s = take_text(c, got);
    if (!yq_cur_ok(c)) {
        return (yq_slice){0};
    }
    int order = yq_slice_compare(before, s);
    if (s.n == 0) {
        yq_cur_fail(c, YQ_E_RANGE, got.at);
    } else if (order == 0) {
        yq_cur_fail(c, YQ_E_FIELD_DUP, got.at);
    } else if (order > 0) {
        yq_cur_fail(c, YQ_E_NONCANONICAL, got.at);
    }
    return yq_cur_ok(c) ? s : (yq_slice){0};
}

yq_slice yq_mp_any_key(yq_cur *c, yq_slice before, size_t size_max)
{
    return take_key(c, before, take_kind(c, KIND_STR, size_max));
}

uint64_t yq_mp_uint(yq_cur *c, uint64_t max)
{
    head got = take_kind(c, KIND_UINT, UINT64_MAX);
    if (yq_cur_ok(c) && got.value > max) {
        yq_cur_fail(c, YQ_E_RANGE, got.at);
        return 0;
    }
    return got.value;
}

int64_t yq_mp_int(yq_cur *c)
{
    head got = take_head(c);
    if (yq_cur_ok(c) && got.kind != KIND_UINT && got.kind != KIND_INT) {
        yq_cur_fail(c, YQ_E_TYPE, got.at);
    }
    if (yq_cur_ok(c) && got.kind == KIND_UINT && got.value > INT64_MAX) {
        yq_cur_fail(c, YQ_E_RANGE, got.at);
    }
    if (!yq_cur_ok(c)) {
        return 0;
    }
    return got.kind == KIND_INT ? got.negative : (int64_t)got.value;
}

int yq_mp_bool(yq_cur *c)
{
    return take_kind(c, KIND_BOOL, 1).value == 1;
}

yq_slice yq_mp_str(yq_cur *c, size_t size_max)
{
    return take_text(c, take_kind(c, KIND_STR, size_max));
}

yq_slice yq_mp_bin(yq_cur *c, size_t size_max)
{
    return yq_cur_take(c, (size_t)take_kind(c, KIND_BIN, size_max).value);
}

void yq_mp_digest(yq_cur *c, yq_digest *out)
{
    memset(out, 0, sizeof *out);
    head got = take_kind(c, KIND_BIN, UINT32_MAX);
    if (yq_cur_ok(c) && got.value != sizeof out->b) {
        yq_cur_fail(c, YQ_E_LEN, got.at);
    }
    yq_cur_copy(c, out->b, sizeof out->b);
}

/* An open map or array: items still to come; of a map, keys and values take turns. */
typedef struct level {
    uint64_t left;
    int is_map;
    yq_slice before;
} level;

static void skip_scalar(yq_cur *c, head got)
{
    switch (got.kind) {
    case KIND_STR:
        (void)take_text(c, got);
        break;
    case KIND_BIN:
        (void)yq_cur_take(c, (size_t)got.value);
        break;
    case KIND_UINT:
    case KIND_INT:
    case KIND_BOOL:
    case KIND_ARRAY:
    case KIND_MAP:
        break;
    }
}

yq_slice yq_mp_skip(yq_cur *c)
{
    level open[YQ_NESTING_MAX] = {0};
    size_t depth = 0;
    size_t start = c->pos;
    do {
        level *in = depth == 0 ? NULL : &open[depth - 1];
        head got = take_head(c);
        if (!yq_cur_ok(c)) {
            return (yq_slice){0};
        }
        if (in != NULL) {
            in->left--;
        }
        if (in != NULL && in->is_map && in->left % 2 == 1) {
            if (got.kind != KIND_STR) {
                yq_cur_fail(c, YQ_E_TYPE, got.at);
                return (yq_slice){0};
            }
            in->before = take_key(c, in->before, got);
        } else if (got.kind == KIND_MAP || got.kind == KIND_ARRAY) {
            if (depth == YQ_NESTING_MAX) {
                yq_cur_fail(c, YQ_E_DEPTH, got.at);
                return (yq_slice){0};
            }
            int is_map = got.kind == KIND_MAP;
            open[depth++] = (level){.left = is_map ? got.value * 2 : got.value, .is_map = is_map};
        } else {
            skip_scalar(c, got);
        }
        while (depth > 0 && open[depth - 1].left == 0) {
            depth--;
        }
    } while (depth > 0 && yq_cur_ok(c));
    return yq_cur_ok(c) ? yq_slice_of(c->p + start, c->pos - start) : (yq_slice){0};
}

static void put_count(yq_writer *w, uint32_t n, uint8_t fix, uint8_t long_form)
{
    if (n <= 15) {
        yq_put_u8(w, (uint8_t)(fix | n));
    } else if (n <= UINT16_MAX) {
        yq_put_u8(w, long_form);
        yq_put_u16(w, (uint16_t)n);
    } else {
        yq_put_u8(w, (uint8_t)(long_form + 1));
        yq_put_u32(w, n);
    }
}

void yq_mp_put_map(yq_writer *w, uint32_t n)
{
    put_count(w, n, 0x80, 0xde);
}

void yq_mp_put_array(yq_writer *w, uint32_t n)
{
    put_count(w, n, 0x90, 0xdc);
}

void yq_mp_put_uint(yq_writer *w, uint64_t value)
{
    if (value <= 0x7f) {
        yq_put_u8(w, (uint8_t)value);
    } else if (value <= UINT8_MAX) {
        yq_put_u8(w, 0xcc);
        yq_put_be(w, value, 1);
    } else if (value <= UINT16_MAX) {
        yq_put_u8(w, 0xcd);
        yq_put_be(w, value, 2);
    } else if (value <= UINT32_MAX) {
        yq_put_u8(w, 0xce);
        yq_put_be(w, value, 4);
    } else {
        yq_put_u8(w, 0xcf);
        yq_put_be(w, value, 8);
    }
}

void yq_mp_put_int(yq_writer *w, int64_t value)
{
    uint64_t bits = (uint64_t)value;
    if (value >= 0) {
        yq_mp_put_uint(w, bits);
    } else if (value >= -32) {
        yq_put_be(w, bits, 1);
    } else if (value >= INT8_MIN) {
        yq_put_u8(w, 0xd0);
        yq_put_be(w, bits, 1);
    } else if (value >= INT16_MIN) {
        yq_put_u8(w, 0xd1);
        yq_put_be(w, bits, 2);
    } else if (value >= INT32_MIN) {
        yq_put_u8(w, 0xd2);
        yq_put_be(w, bits, 4);
    } else {
        yq_put_u8(w, 0xd3);
        yq_put_be(w, bits, 8);
    }
}

void yq_mp_put_bool(yq_writer *w, int value)
{
    yq_put_u8(w, value ? 0xc3 : 0xc2);
}

/* The length of a text (first 0xd9) or of bytes (0xc4): u8, u16, u32 forms follow each other. */
static void put_length(yq_writer *w, size_t n, uint8_t first)
{
    if (n <= UINT8_MAX) {
        yq_put_u8(w, first);
        yq_put_be(w, n, 1);
    } else if (n <= UINT16_MAX) {
        yq_put_u8(w, (uint8_t)(first + 1));
        yq_put_be(w, n, 2);
    } else if (n <= UINT32_MAX) {
        yq_put_u8(w, (uint8_t)(first + 2));
        yq_put_be(w, n, 4);
    } else {
        w->status = w->status == YQ_OK ? YQ_E_NOSPC : w->status;
    }
}

void yq_mp_put_str(yq_writer *w, yq_slice text)
{
    if (text.n <= 31) {
        yq_put_u8(w, (uint8_t)(0xa0 | text.n));
    } else {
        put_length(w, text.n, 0xd9);
    }
    yq_put(w, text);
}

void yq_mp_put_text(yq_writer *w, const char *text)
{
    yq_mp_put_str(w, yq_slice_text(text));
}

void yq_mp_put_bin(yq_writer *w, yq_slice bytes)
{
    put_length(w, bytes.n, 0xc4);
    yq_put(w, bytes);
}
