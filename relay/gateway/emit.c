#include "relay/gateway/emit.h"

#include "relay/base/assert.h"
#include "relay/base/bytes.h"
#include "relay/codec/json.h"
#include "relay/codec/msgpack.h"

#include <stdlib.h>

#define DEPTH_MAX  16u
#define FIRST_SIZE 4096u
#define HEAD_SIZE  5u /* of the longest map or array header */

struct yq_emit {
    yq_json_out *json; /* NULL: msgpack */
    uint8_t *p;
    size_t n, cap, size_max;
    int failed;
    unsigned depth;
    struct {
        size_t at; /* of the room for its header */
        uint32_t n;
        int is_map;
    } open[DEPTH_MAX];
};

yq_emit *yq_emit_new(int msgpack, size_t size_max)
{
    yq_emit *e = calloc(1, sizeof *e);
    if (e == NULL) {
        return NULL;
    }
    e->size_max = size_max;
    if (!msgpack) {
        e->json = yq_json_out_new(size_max);
        if (e->json == NULL) {
            free(e);
            return NULL;
        }
    }
    return e;
}

void yq_emit_free(yq_emit *e)
{
    if (e != NULL) {
        yq_json_out_free(e->json);
        free(e->p);
        free(e);
    }
}

/* Room for n bytes; NULL when there is none. */
static uint8_t *room(yq_emit *e, size_t n)
{
    if (e->failed || n > e->size_max - e->n) {
        e->failed = 1;
        return NULL;
    }
    if (n > e->cap - e->n) {
        size_t cap = e->cap == 0 ? FIRST_SIZE : e->cap;
        while (cap - e->n < n) {
            cap *= 2;
        }
        uint8_t *p = realloc(e->p, cap);
        if (p == NULL) {
            e->failed = 1;
            return NULL;
        }
        e->p = p;
        e->cap = cap;
    }
    return e->p + e->n;
}

/* A writer over room for one item; ended with wrote. */
static yq_writer item(yq_emit *e, size_t size)
{
    uint8_t *p = room(e, size);
    return yq_writer_of(p, p == NULL ? 0 : size);
}

static void wrote(yq_emit *e, const yq_writer *w)
{
    e->n += w->n;
    e->failed |= w->status != YQ_OK;
}

/* Counts the item and writes its key. */
static void begin(yq_emit *e, const char *key)
{
    if (e->depth > 0) {
        YQ_ASSERT((key != NULL) == (e->open[e->depth - 1].is_map != 0));
        e->open[e->depth - 1].n++;
    }
    if (key != NULL) {
        yq_writer w = item(e, HEAD_SIZE + strlen(key));
        yq_mp_put_text(&w, key);
        wrote(e, &w);
    }
}

static void open_level(yq_emit *e, const char *key, int is_map)
{
    begin(e, key);
    YQ_ASSERT(e->depth < DEPTH_MAX);
    e->open[e->depth].at = e->n;
    e->open[e->depth].n = 0;
    e->open[e->depth].is_map = is_map;
    e->depth++;
    if (room(e, HEAD_SIZE) != NULL) {
        e->n += HEAD_SIZE;
    }
}

void yq_emit_object(yq_emit *e, const char *key)
{
    if (e->json != NULL) {
        yq_json_out_object(e->json, key);
    } else {
        open_level(e, key, 1);
    }
}

void yq_emit_array(yq_emit *e, const char *key)
{
    if (e->json != NULL) {
        yq_json_out_array(e->json, key);
    } else {
        open_level(e, key, 0);
    }
}

void yq_emit_end(yq_emit *e)
{
    if (e->json != NULL) {
        yq_json_out_end(e->json);
        return;
    }
    YQ_ASSERT(e->depth > 0);
    e->depth--;
    if (e->failed) {
        return;
    }
    size_t at = e->open[e->depth].at;
    uint8_t head[HEAD_SIZE];
    yq_writer w = yq_writer_of(head, sizeof head);
    if (e->open[e->depth].is_map) {
        yq_mp_put_map(&w, e->open[e->depth].n);
    } else {
        yq_mp_put_array(&w, e->open[e->depth].n);
    }
    memmove(e->p + at + w.n, e->p + at + HEAD_SIZE, e->n - at - HEAD_SIZE);
    memcpy(e->p + at, head, w.n);
    e->n -= HEAD_SIZE - w.n;
}

/* Texts are UTF-8: in one that is not, every byte above ASCII becomes '?'. */
static void put_text(yq_emit *e, yq_slice text)
{
    yq_writer w = item(e, HEAD_SIZE + text.n);
    yq_mp_put_str(&w, text);
    if (w.status == YQ_OK && !yq_utf8_valid(text)) {
        uint8_t *p = w.p + w.n - text.n;
        for (size_t i = 0; i < text.n; i++) {
            p[i] = p[i] < 0x80 ? p[i] : '?';
        }
    }
    wrote(e, &w);
}

void yq_emit_text(yq_emit *e, const char *key, yq_slice utf8)
{
    if (e->json != NULL) {
        yq_json_out_text(e->json, key, utf8);
        return;
    }
    begin(e, key);
    put_text(e, utf8);
}

void yq_emit_str(yq_emit *e, const char *key, const char *text)
{
    yq_emit_text(e, key, yq_slice_text(text));
}

void yq_emit_hex(yq_emit *e, const char *key, yq_slice bytes)
{
    if (e->json != NULL) {
        yq_json_out_hex(e->json, key, bytes);
        return;
    }
    begin(e, key);
    char *text = malloc(2 * bytes.n + 1);
    if (text == NULL) {
        e->failed = 1;
        return;
    }
    text[0] = '\0';
    size_t n = bytes.n == 0 ? 0 : yq_hex_encode(text, 2 * bytes.n + 1, bytes.p, bytes.n);
    put_text(e, yq_slice_of(text, n));
    free(text);
}

void yq_emit_uint(yq_emit *e, const char *key, uint64_t value)
{
    if (e->json != NULL) {
        yq_json_out_uint(e->json, key, value);
        return;
    }
    begin(e, key);
    yq_writer w = item(e, 9);
    yq_mp_put_uint(&w, value);
    wrote(e, &w);
}

void yq_emit_int(yq_emit *e, const char *key, int64_t value)
{
    if (e->json != NULL) {
        yq_json_out_int(e->json, key, value);
        return;
    }
    begin(e, key);
    yq_writer w = item(e, 9);
    yq_mp_put_int(&w, value);
    wrote(e, &w);
}

void yq_emit_bool(yq_emit *e, const char *key, int value)
{
    if (e->json != NULL) {
        yq_json_out_bool(e->json, key, value);
        return;
    }
    begin(e, key);
    yq_writer w = item(e, 1);
    yq_mp_put_bool(&w, value);
    wrote(e, &w);
}

void yq_emit_null(yq_emit *e, const char *key)
{
    if (e->json != NULL) {
        yq_json_out_null(e->json, key);
        return;
    }
    begin(e, key);
    yq_writer w = item(e, 1);
    yq_put_u8(&w, 0xc0);
    wrote(e, &w);
}

int yq_emit_done(yq_emit *e, yq_slice *out)
{
    *out = (yq_slice){0};
    if (e->json != NULL) {
        size_t n;
        const char *text = yq_json_out_done(e->json, &n);
        *out = yq_slice_of(text, text == NULL ? 0 : n);
        return text != NULL;
    }
    YQ_ASSERT(e->depth == 0);
    if (e->failed) {
        return 0;
    }
    *out = yq_slice_of(e->p, e->n);
    return 1;
}
