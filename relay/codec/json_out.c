#include "relay/base/assert.h"
#include "relay/base/bytes.h"
#include "relay/codec/json.h"
#include "relay/codec/msgpack.h"

#include <stdlib.h>

#define DEPTH_MAX  32u
#define FIRST_SIZE 1024u

struct yq_json_out {
    char *p;
    size_t n, cap, size_max;
    int failed;
    unsigned depth;
    char close[DEPTH_MAX];   /* what ends the level */
    uint8_t some[DEPTH_MAX]; /* the level has an item: a comma goes before the next */
};

yq_json_out *yq_json_out_new(size_t size_max)
{
    yq_json_out *out = calloc(1, sizeof *out);
    if (out != NULL) {
        out->size_max = size_max;
    }
    return out;
}

void yq_json_out_free(yq_json_out *out)
{
    if (out != NULL) {
        free(out->p);
        free(out);
    }
}

/* Makes room for n bytes and a NUL; 0 when the text may not grow so far. */
static int reserve(yq_json_out *out, size_t n)
{
    if (out->failed || n > out->size_max - out->n) {
        out->failed = 1;
        return 0;
    }
    if (n < out->cap - out->n) {
        return 1;
    }
    size_t cap = out->cap == 0 ? FIRST_SIZE : out->cap;
    while (cap - out->n <= n) {
        cap *= 2;
    }
    char *p = realloc(out->p, cap);
    if (p == NULL) {
        out->failed = 1;
        return 0;
    }
    out->p = p;
    out->cap = cap;
    return 1;
}

static void put(yq_json_out *out, const char *p, size_t n)
{
    if (reserve(out, n)) {
        yq_bytes_copy(out->p + out->n, p, n);
        out->n += n;
    }
}

/* Bytes of the well-formed sequence at p, 0 when there is none. */
static size_t sequence_at(const uint8_t *p, size_t n)
{
    for (size_t size = 1; size <= 4 && size <= n; size++) {
        if (yq_utf8_valid(yq_slice_of(p, size))) {
            return size;
        }
    }
    return 0;
}

static void put_escape(yq_json_out *out, uint8_t b)
{
    static const char digit[] = "0123456789abcdef";
    char text[6] = {'\\', 'u', '0', '0', digit[b >> 4], digit[b & 15]};
    if (b == '"' || b == '\\') {
        text[1] = (char)b;
        put(out, text, 2);
    } else {
        put(out, text, sizeof text);
    }
}

static void put_text(yq_json_out *out, yq_slice utf8)
{
    put(out, "\"", 1);
    size_t i = 0;
    while (i < utf8.n && !out->failed) {
        uint8_t b = utf8.p[i];
        if (b < 0x20 || b == 0x7f || b == '"' || b == '\\') {
            put_escape(out, b);
            i++;
            continue;
        }
        size_t size = sequence_at(utf8.p + i, utf8.n - i);
        if (size == 0) {
            put(out, "\\ufffd", 6);
            i++;
            continue;
        }
        put(out, (const char *)utf8.p + i, size);
        i += size;
    }
    put(out, "\"", 1);
}

/* The comma and the key before a value. */
static void lead(yq_json_out *out, const char *key)
{
    if (out->depth > 0) {
        uint8_t *some = &out->some[out->depth - 1];
        if (*some) {
            put(out, ",", 1);
        }
        *some = 1;
        YQ_ASSERT((key != NULL) == (out->close[out->depth - 1] == '}'));
    }
    if (key != NULL) {
        YQ_ASSERT(out->depth > 0);
        put_text(out, yq_slice_text(key));
        put(out, ":", 1);
    }
}

static void open_level(yq_json_out *out, const char *key, char open, char close)
{
    YQ_ASSERT(out->depth < DEPTH_MAX);
    lead(out, key);
    put(out, &open, 1);
    out->close[out->depth] = close;
    out->some[out->depth] = 0;
    out->depth++;
}

void yq_json_out_object(yq_json_out *out, const char *key)
{
    open_level(out, key, '{', '}');
}

void yq_json_out_array(yq_json_out *out, const char *key)
{
    open_level(out, key, '[', ']');
}

void yq_json_out_end(yq_json_out *out)
{
    YQ_ASSERT(out->depth > 0);
    out->depth--;
    put(out, &out->close[out->depth], 1);
}

void yq_json_out_text(yq_json_out *out, const char *key, yq_slice utf8)
{
    lead(out, key);
    put_text(out, utf8);
}

void yq_json_out_str(yq_json_out *out, const char *key, const char *text)
{
    yq_json_out_text(out, key, yq_slice_text(text));
}

void yq_json_out_hex(yq_json_out *out, const char *key, yq_slice bytes)
{
    lead(out, key);
    put(out, "\"", 1);
    for (size_t i = 0; i < bytes.n && !out->failed; i++) {
        char digits[3];
        put(out, digits, yq_hex_encode(digits, sizeof digits, bytes.p + i, 1));
    }
    put(out, "\"", 1);
}

void yq_json_out_uint(yq_json_out *out, const char *key, uint64_t value)
{
    char digits[21];
    lead(out, key);
    put(out, digits, yq_decimal_encode(digits, value));
}

void yq_json_out_int(yq_json_out *out, const char *key, int64_t value)
{
    char digits[21];
    lead(out, key);
    if (value < 0) {
        put(out, "-", 1);
    }
    uint64_t size = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    put(out, digits, yq_decimal_encode(digits, size));
}

void yq_json_out_bool(yq_json_out *out, const char *key, int value)
{
    lead(out, key);
    put(out, value ? "true" : "false", value ? 4 : 5);
}

void yq_json_out_null(yq_json_out *out, const char *key)
{
    lead(out, key);
    put(out, "null", 4);
}

const char *yq_json_out_done(yq_json_out *out, size_t *size)
{
    YQ_ASSERT(out->depth == 0);
    if (!reserve(out, 0)) {
        return NULL;
    }
    out->p[out->n] = '\0';
    if (size != NULL) {
        *size = out->n;
    }
    return out->p;
}
