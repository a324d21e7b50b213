#include "relay/codec/json.h"

#include "yuqiao/limits.h"

#include "relay/base/assert.h"
#include "relay/base/bytes.h"
#include "relay/codec/msgpack.h"

#include <jansson.h>
#include <stdlib.h>

/*
 * jansson's integers end at 2^63 - 1, and heights and indices reach 2^64 - 1. A greater integer
 * is handed to it as a text that starts with NUL '#', and a text of the input that starts with NUL
 * gets one NUL more: so neither can be taken for the other.
 */
#define BIG_MARK      "\\u0000#"
#define NUL_MARK      "\\u0000"
#define BIG_DIGITS    19u /* from here on a number may be above 2^63 - 1 */
#define NUL_MARK_SIZE (sizeof NUL_MARK - 1)

typedef struct scan {
    const uint8_t *p;
    size_t n, pos;
    uint8_t *out; /* NULL: only measuring */
    size_t out_n;
} scan;

static void emit(scan *s, const void *p, size_t n)
{
    if (s->out != NULL) {
        memcpy(s->out + s->out_n, p, n);
    }
    s->out_n += n;
}

static int starts_with_nul(const scan *s)
{
    return s->n - s->pos > NUL_MARK_SIZE && memcmp(s->p + s->pos + 1, NUL_MARK, NUL_MARK_SIZE) == 0;
}

static void scan_text(scan *s)
{
    size_t start = s->pos;
    if (starts_with_nul(s)) {
        emit(s, "\"" NUL_MARK, 1 + NUL_MARK_SIZE);
        start++;
    }
    s->pos++;
    while (s->pos < s->n && s->p[s->pos] != '"') {
        s->pos += s->p[s->pos] == '\\' ? 2 : 1;
    }
    s->pos = s->pos < s->n ? s->pos + 1 : s->n;
    emit(s, s->p + start, s->pos - start);
}

static void scan_number(scan *s)
{
    size_t start = s->pos;
    int is_integer = s->p[s->pos] != '-';
    while (s->pos < s->n && s->p[s->pos] != ',' && s->p[s->pos] != ']' && s->p[s->pos] != '}' &&
           s->p[s->pos] > ' ') {
        is_integer = is_integer && s->p[s->pos] >= '0' && s->p[s->pos] <= '9';
        s->pos++;
    }
    size_t n = s->pos - start;
    if (is_integer && n >= BIG_DIGITS && s->p[start] != '0') {
        emit(s, "\"" BIG_MARK, sizeof BIG_MARK);
        emit(s, s->p + start, n);
        emit(s, "\"", 1);
    } else {
        emit(s, s->p + start, n);
    }
}

/* Walks the text once: depth, and what has to be rewritten. Wrong text is jansson's to refuse. */
static yq_status scan_all(scan *s, yq_fault *why)
{
    size_t depth = 0;
    while (s->pos < s->n) {
        uint8_t b = s->p[s->pos];
        if (b == '"') {
            scan_text(s);
            continue;
        }
        if (b == '-' || (b >= '0' && b <= '9')) {
            scan_number(s);
            continue;
        }
        if (b == '{' || b == '[') {
            if (++depth > YQ_NESTING_MAX) {
                return yq_fail(why, YQ_E_DEPTH, s->pos, "JSON");
            }
        } else if ((b == '}' || b == ']') && depth > 0) {
            depth--;
        }
        emit(s, s->p + s->pos, 1);
        s->pos++;
    }
    return YQ_OK;
}

static const json_t *as_json(const yq_json *value)
{
    return (const json_t *)(const void *)value;
}

static const yq_json *as_value(const json_t *json)
{
    return (const yq_json *)(const void *)json;
}

yq_json *yq_json_parse(yq_slice text, size_t size_max, yq_fault *why)
{
    if (text.n > size_max) {
        (void)yq_fail(why, YQ_E_LIMIT, size_max, "JSON");
        return NULL;
    }
    scan s = {.p = text.p, .n = text.n};
    if (scan_all(&s, why) != YQ_OK) {
        return NULL;
    }
    uint8_t *rewritten = NULL;
    if (s.out_n != text.n) {
        rewritten = malloc(s.out_n);
        if (rewritten == NULL) {
            (void)yq_fail(why, YQ_E_MEMORY, 0, "JSON");
            return NULL;
        }
        s = (scan){.p = text.p, .n = text.n, .out = rewritten};
        (void)scan_all(&s, why);
        text = yq_slice_of(rewritten, s.out_n);
    }
    json_error_t error;
    json_t *root = json_loadb(
        text.p == NULL ? "" : (const char *)text.p,
        text.n,
        JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL,
        &error);
    free(rewritten);
    if (root == NULL) {
        size_t at = error.position < 0 ? 0 : (size_t)error.position;
        (void)yq_fail(why, YQ_E_JSON_STRICT, at, error.text);
    }
    return (yq_json *)(void *)root;
}

void yq_json_free(yq_json *document)
{
    json_decref((json_t *)(void *)document);
}

const yq_json *yq_json_root(const yq_json *document)
{
    return document;
}

const yq_json *yq_json_get(const yq_json *object, const char *key)
{
    return as_value(json_object_get(as_json(object), key));
}

const yq_json *yq_json_at(const yq_json *array, size_t idx)
{
    return as_value(json_array_get(as_json(array), idx));
}

size_t yq_json_count(const yq_json *array_or_object)
{
    const json_t *json = as_json(array_or_object);
    return json_is_object(json) ? json_object_size(json) : json_array_size(json);
}

/* jansson's iterator asks for a writable object and does not write. */
static json_t *iterated(const yq_json *object)
{
    union {
        const yq_json *value;
        json_t *json;
    } as = {.value = object};
    return as.json;
}

const char *yq_json_key_next(const yq_json *object, const char *key)
{
    if (!yq_json_is_object(object)) {
        return NULL;
    }
    json_t *json = iterated(object);
    void *iter = key == NULL ? json_object_iter(json)
                             : json_object_iter_next(json, json_object_key_to_iter(key));
    return iter == NULL ? NULL : json_object_iter_key(iter);
}

const char *yq_json_key_at(const yq_json *object, size_t idx)
{
    if (!yq_json_is_object(object) || idx >= yq_json_count(object)) {
        return NULL;
    }
    json_t *json = iterated(object);
    void *iter = json_object_iter(json);
    while (idx-- > 0) {
        iter = json_object_iter_next(json, iter);
    }
    return json_object_iter_key(iter);
}

int yq_json_is_null(const yq_json *value)
{
    return json_is_null(as_json(value));
}

int yq_json_is_array(const yq_json *value)
{
    return json_is_array(as_json(value));
}

int yq_json_is_object(const yq_json *value)
{
    return json_is_object(as_json(value));
}

/* The text as jansson holds it, marks included. */
static int raw_text(const yq_json *value, yq_slice *out)
{
    if (!json_is_string(as_json(value))) {
        return 0;
    }
    *out = yq_slice_of(json_string_value(as_json(value)), json_string_length(as_json(value)));
    return 1;
}

int yq_json_text(const yq_json *value, yq_slice *out)
{
    yq_slice s;
    if (!raw_text(value, &s)) {
        return 0;
    }
    if (s.n > 0 && s.p[0] == 0) {
        if (s.n == 1 || s.p[1] != 0) {
            return 0; /* a big integer */
        }
        s = yq_slice_of(s.p + 1, s.n - 1);
    }
    *out = s;
    return 1;
}

static int parse_decimal(yq_slice s, uint64_t *out)
{
    uint64_t value = 0;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] < '0' || s.p[i] > '9') {
            return 0;
        }
        uint64_t digit = (uint64_t)(s.p[i] - '0');
        if (value > (UINT64_MAX - digit) / 10) {
            return 0;
        }
        value = value * 10 + digit;
    }
    *out = value;
    return s.n > 0;
}

int yq_json_uint(const yq_json *value, uint64_t *out)
{
    if (json_is_integer(as_json(value))) {
        json_int_t number = json_integer_value(as_json(value));
        *out = number < 0 ? 0 : (uint64_t)number;
        return number >= 0;
    }
    yq_slice s;
    if (!raw_text(value, &s) || s.n < 2 || s.p[0] != 0 || s.p[1] != '#') {
        return 0;
    }
    return parse_decimal(yq_slice_of(s.p + 2, s.n - 2), out);
}

int yq_json_int(const yq_json *value, int64_t *out)
{
    if (json_is_integer(as_json(value))) {
        *out = json_integer_value(as_json(value));
        return 1;
    }
    uint64_t number;
    if (!yq_json_uint(value, &number) || number > INT64_MAX) {
        return 0;
    }
    *out = (int64_t)number;
    return 1;
}

int yq_json_bool(const yq_json *value, int *out)
{
    if (!json_is_boolean(as_json(value))) {
        return 0;
    }
    *out = json_is_true(as_json(value));
    return 1;
}

static int has_prefix(yq_slice s)
{
    return s.n >= 2 && s.p[0] == '0' && (s.p[1] == 'x' || s.p[1] == 'X');
}

int yq_json_hex(const yq_json *value, yq_buf *out)
{
    yq_slice s;
    if (!yq_json_text(value, &s)) {
        return 0;
    }
    size_t skip = has_prefix(s) ? 2 : 0;
    return yq_hex_decode(out, (const char *)s.p + skip, s.n - skip) == YQ_OK;
}

static int parse_hex(yq_slice s, uint64_t *out)
{
    uint64_t value = 0;
    for (size_t i = 0; i < s.n; i++) {
        uint8_t b = s.p[i];
        uint8_t lower = (uint8_t)(b | 0x20);
        unsigned digit;
        if (b >= '0' && b <= '9') {
            digit = (unsigned)(b - '0');
        } else if (lower >= 'a' && lower <= 'f') {
            digit = (unsigned)(lower - 'a') + 10;
        } else {
            return 0;
        }
        if (value >> 60 != 0) {
            return 0;
        }
        value = value << 4 | digit;
    }
    *out = value;
    return s.n > 0;
}

int yq_json_quantity(const yq_json *value, uint64_t *out)
{
    if (yq_json_uint(value, out)) {
        return 1;
    }
    yq_slice s;
    if (!yq_json_text(value, &s)) {
        return 0;
    }
    return has_prefix(s) ? parse_hex(yq_slice_of(s.p + 2, s.n - 2), out) : parse_decimal(s, out);
}
