#ifndef YQ_RELAY_BASE_WRITER_H
#define YQ_RELAY_BASE_WRITER_H

#include "relay/base/bytes.h"

/*
 * The counterpart of the cursor: writes into a buffer of fixed capacity. What does not fit is
 * E_NOSPC, sticky; n then stays where it was. Integers are big-endian.
 */
typedef struct yq_writer {
    uint8_t *p;
    size_t cap, n;
    yq_status status;
} yq_writer;

static inline yq_writer yq_writer_of(void *p, size_t cap)
{
    return (yq_writer){.p = (uint8_t *)p, .cap = cap};
}

static inline void yq_put(yq_writer *w, yq_slice bytes)
{
    if (w->status != YQ_OK) {
        return;
    }
    if (bytes.n > w->cap - w->n) {
        w->status = YQ_E_NOSPC;
        return;
    }
    if (bytes.n > 0) {
        memcpy(w->p + w->n, bytes.p, bytes.n);
        w->n += bytes.n;
    }
}

static inline void yq_put_bytes(yq_writer *w, const void *p, size_t n)
{
    yq_put(w, (yq_slice){(const uint8_t *)p, n});
}

/* The lowest size (at most 8) bytes of value, big-endian. */
static inline void yq_put_be(yq_writer *w, uint64_t value, size_t size)
{
    uint8_t b[8];
    for (size_t i = 0; i < size; i++) {
        b[i] = (uint8_t)(value >> (8 * (size - 1 - i)));
    }
    yq_put_bytes(w, b, size);
}

static inline void yq_put_u8(yq_writer *w, uint8_t value)
{
    yq_put_be(w, value, 1);
}

static inline void yq_put_u16(yq_writer *w, uint16_t value)
{
    yq_put_be(w, value, 2);
}

static inline void yq_put_u32(yq_writer *w, uint32_t value)
{
    yq_put_be(w, value, 4);
}

static inline void yq_put_u64(yq_writer *w, uint64_t value)
{
    yq_put_be(w, value, 8);
}

static inline void yq_put_sized(yq_writer *w, size_t length_size, yq_slice bytes)
{
    if (length_size < 8 && (uint64_t)bytes.n >> (8 * length_size) != 0) {
        w->status = w->status == YQ_OK ? YQ_E_NOSPC : w->status;
        return;
    }
    yq_put_be(w, bytes.n, length_size);
    yq_put(w, bytes);
}

/* A u8, u16 or u32 length, then the bytes; a length that does not fit is E_NOSPC. */
static inline void yq_put_str8(yq_writer *w, yq_slice bytes)
{
    yq_put_sized(w, 1, bytes);
}

static inline void yq_put_blob16(yq_writer *w, yq_slice bytes)
{
    yq_put_sized(w, 2, bytes);
}

static inline void yq_put_blob32(yq_writer *w, yq_slice bytes)
{
    yq_put_sized(w, 4, bytes);
}

static inline yq_slice yq_writer_slice(const yq_writer *w)
{
    return (yq_slice){w->p, w->n};
}

#endif /* YQ_RELAY_BASE_WRITER_H */
