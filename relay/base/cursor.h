#ifndef YQ_RELAY_BASE_CURSOR_H
#define YQ_RELAY_BASE_CURSOR_H

#include "relay/base/bytes.h"

/*
 * The one reader of foreign bytes. A cursor keeps its first failure and the offset of the field
 * that failed; later reads give zeros and do nothing, so a decoder is a list of reads with one
 * check at the end (yq_cur_done). Every read of variable size names its maximum. Integers are
 * big-endian unless the name says otherwise.
 */
typedef struct yq_cur {
    const uint8_t *p;
    size_t n, pos, bad_at;
    yq_status status;      /* first failure; sticky */
    const char *bad_field; /* name given with the failure, static text or NULL */
} yq_cur;

static inline yq_cur yq_cur_of(yq_slice in)
{
    return (yq_cur){.p = in.p, .n = in.n};
}

static inline int yq_cur_ok(const yq_cur *c)
{
    return c->status == YQ_OK;
}

static inline void yq_cur_fail(yq_cur *c, yq_status status, size_t at)
{
    if (c->status == YQ_OK) {
        c->status = status;
        c->bad_at = at;
    }
}

/* As yq_cur_fail, with the field's name for the reader of the error. */
static inline void yq_cur_fail_field(yq_cur *c, yq_status status, size_t at, const char *field)
{
    if (c->status == YQ_OK) {
        yq_cur_fail(c, status, at);
        c->bad_field = field;
    }
}

static inline size_t yq_cur_left(const yq_cur *c)
{
    return c->status == YQ_OK ? c->n - c->pos : 0;
}

/* Returns the next size bytes, or an empty slice once the cursor has failed. */
static inline yq_slice yq_cur_take(yq_cur *c, size_t size)
{
    if (c->status != YQ_OK) {
        return (yq_slice){0};
    }
    if (size > c->n - c->pos) {
        yq_cur_fail(c, YQ_E_TRUNCATED, c->pos);
        return (yq_slice){0};
    }
    yq_slice out = {size == 0 ? c->p : c->p + c->pos, size};
    c->pos += size;
    return out;
}

/* Returns the next size (at most 8) bytes as a big-endian number. */
static inline uint64_t yq_cur_be(yq_cur *c, size_t size)
{
    yq_slice s = yq_cur_take(c, size);
    uint64_t v = 0;
    for (size_t i = 0; i < s.n; i++) {
        v = v << 8 | s.p[i];
    }
    return v;
}

static inline uint8_t yq_cur_u8(yq_cur *c)
{
    return (uint8_t)yq_cur_be(c, 1);
}

static inline uint16_t yq_cur_u16(yq_cur *c)
{
    return (uint16_t)yq_cur_be(c, 2);
}

static inline uint32_t yq_cur_u32(yq_cur *c)
{
    return (uint32_t)yq_cur_be(c, 4);
}

static inline uint64_t yq_cur_u64(yq_cur *c)
{
    return yq_cur_be(c, 8);
}

/* Copies the next size bytes to out; zeros once the cursor has failed. */
static inline void yq_cur_copy(yq_cur *c, void *out, size_t size)
{
    yq_slice s = yq_cur_take(c, size);
    if (s.n == size) {
        yq_bytes_copy(out, s.p, size);
    } else if (size > 0) {
        memset(out, 0, size);
    }
}

static inline yq_slice yq_cur_sized(yq_cur *c, size_t length_size, size_t size_max)
{
    size_t at = c->pos;
    uint64_t size = yq_cur_be(c, length_size);
    if (size > size_max) {
        yq_cur_fail(c, YQ_E_LIMIT, at);
    }
    return yq_cur_take(c, (size_t)size);
}

/* A u8, u16 or u32 length, then that many bytes; the length may not exceed size_max. */
static inline yq_slice yq_cur_str8(yq_cur *c, size_t size_max)
{
    return yq_cur_sized(c, 1, size_max);
}

static inline yq_slice yq_cur_blob16(yq_cur *c, size_t size_max)
{
    return yq_cur_sized(c, 2, size_max);
}

static inline yq_slice yq_cur_blob32(yq_cur *c, size_t size_max)
{
    return yq_cur_sized(c, 4, size_max);
}

/* Returns the first failure without asking for the end of the input. Out: why, if not NULL, on
 * failure. */
YQ_NODISCARD static inline yq_status yq_cur_status(const yq_cur *c, yq_fault *why)
{
    if (c->status != YQ_OK) {
        return yq_fail(why, c->status, c->bad_at, c->bad_field == NULL ? "" : c->bad_field);
    }
    return YQ_OK;
}

/* Returns the first failure, or E_TRAILING if bytes are left. Out: why, if not NULL, on failure. */
YQ_NODISCARD static inline yq_status yq_cur_done(yq_cur *c, yq_fault *why)
{
    if (c->pos != c->n) {
        yq_cur_fail(c, YQ_E_TRAILING, c->pos);
    }
    return yq_cur_status(c, why);
}

#endif /* YQ_RELAY_BASE_CURSOR_H */
