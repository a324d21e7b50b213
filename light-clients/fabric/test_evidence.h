#ifndef YQ_LIGHT_CLIENTS_FABRIC_TEST_EVIDENCE_H
#define YQ_LIGHT_CLIENTS_FABRIC_TEST_EVIDENCE_H

/* The README's layouts, written by the tests from a block's parts, and a raw block's parts. */
#include "relay/base/writer.h"
#include "relay/codec/protobuf.h"

#include <stdlib.h>

#ifndef PARTS_MAX /* yuqiao-bench wants more */
#    define PARTS_MAX 64u
#endif

static const yq_slice nothing = {NULL, 0};

typedef struct parts {
    uint64_t number;
    yq_slice previous_hash, data_hash, signatures, flags;
    size_t n;
    yq_slice element[PARTS_MAX];
} parts;

/* Memory of a test: kept to its end, where its process ends too. */
static inline void *keep(void *p)
{
    static void *kept[1u << 20];
    static size_t n;
    if (p == NULL || n == sizeof kept / sizeof kept[0]) {
        abort();
    }
    return kept[n++] = p;
}

static inline yq_writer room(size_t cap)
{
    return yq_writer_of(keep(malloc(cap)), cap);
}

static inline yq_slice done(const yq_writer *w)
{
    if (w->status != YQ_OK) {
        abort();
    }
    return yq_writer_slice(w);
}

static inline yq_slice layout_block(const parts *b)
{
    yq_writer w = room(1u << 20);
    yq_put_u8(&w, 1);
    yq_put_u64(&w, b->number);
    yq_put_str8(&w, b->previous_hash);
    yq_put(&w, b->data_hash);
    yq_put_blob32(&w, b->signatures);
    yq_put_blob16(&w, b->flags);
    yq_put_u32(&w, (uint32_t)b->n);
    for (size_t i = 0; i < b->n; i++) {
        yq_put_blob32(&w, b->element[i]);
    }
    yq_slice out = done(&w);
    uint8_t *fit = keep(malloc(out.n)); /* so that a sanitizer sees the end */
    memcpy(fit, out.p, out.n);
    return yq_slice_of(fit, out.n);
}

typedef struct registration {
    const char *name;
    const char *path; /* NULL: rule */
    yq_slice rule;
    int known;
    uint64_t block;
    uint32_t tx, keys;
} registration;

static inline yq_slice layout_anchor(
    const char *channel, const registration *reg, size_t reg_n, yq_slice block)
{
    yq_writer w = room((1u << 20) + 4096);
    yq_put_u8(&w, 1);
    yq_put_str8(&w, yq_slice_text(channel));
    yq_put_u8(&w, (uint8_t)reg_n);
    for (size_t i = 0; i < reg_n; i++) {
        yq_put_str8(&w, yq_slice_text(reg[i].name));
        yq_put_u8(&w, reg[i].path != NULL ? 1 : 2);
        yq_put_blob16(&w, reg[i].path != NULL ? yq_slice_text(reg[i].path) : reg[i].rule);
        yq_put_u8(&w, reg[i].known ? 1 : 0);
        yq_put_u64(&w, reg[i].block);
        yq_put_u32(&w, reg[i].tx);
        yq_put_u32(&w, reg[i].keys);
    }
    yq_put_blob32(&w, block);
    return done(&w);
}

/* With the channel's first signed block, which shows the dialect. */
static inline yq_slice layout_sampled_anchor(
    const char *channel, const registration *reg, size_t reg_n, yq_slice block, yq_slice sample)
{
    yq_slice plain = layout_anchor(channel, reg, reg_n, block);
    yq_writer w = room(plain.n + sample.n + 8);
    yq_put_u8(&w, 2);
    yq_put(&w, yq_slice_of(plain.p + 1, plain.n - 1));
    yq_put_blob32(&w, sample);
    return done(&w);
}

static inline yq_slice layout_proof(uint64_t number, uint32_t index, yq_slice envelope)
{
    yq_writer w = room(envelope.n + 64);
    yq_put_u8(&w, 1);
    yq_put_u64(&w, number);
    yq_put_u32(&w, index);
    yq_put_blob32(&w, envelope);
    return done(&w);
}

static inline yq_slice layout_pair(yq_slice a, yq_slice b)
{
    yq_writer w = room(a.n + b.n + 64);
    yq_put_u8(&w, 1);
    yq_put_blob32(&w, a);
    yq_put_blob32(&w, b);
    return done(&w);
}

static inline yq_slice field(yq_slice in, uint32_t number, size_t nth, uint64_t *value)
{
    yq_cur c = yq_cur_of(in);
    yq_pb_field f;
    while (yq_pb_next(&c, &f)) {
        if (f.number == number && nth-- == 0) {
            if (value != NULL) {
                *value = f.value;
            }
            return f.bytes;
        }
    }
    return nothing;
}

/* A raw Fabric block. */
static inline parts parts_of(yq_slice raw)
{
    yq_slice header = field(raw, 1, 0, NULL), data = field(raw, 2, 0, NULL);
    yq_slice metadata = field(raw, 3, 0, NULL);
    parts b = {
        .previous_hash = field(header, 2, 0, NULL),
        .data_hash = field(header, 3, 0, NULL),
        .signatures = field(metadata, 1, 0, NULL),
        .flags = field(metadata, 1, 2, NULL)};
    (void)field(header, 1, 0, &b.number);
    while (b.n < PARTS_MAX && field(data, 1, b.n, NULL).n > 0) {
        b.element[b.n] = field(data, 1, b.n, NULL);
        b.n++;
    }
    return b;
}

/* And back: the block as a node gives it. */
static inline yq_slice raw_block(const parts *b)
{
    yq_writer w = room(1u << 20);
    size_t mark = yq_pb_begin(&w);
    if (b->number != 0) {
        yq_pb_put_varint(&w, 1, b->number);
    }
    if (b->previous_hash.n > 0) {
        yq_pb_put_bytes(&w, 2, b->previous_hash);
    }
    yq_pb_put_bytes(&w, 3, b->data_hash);
    yq_pb_end(&w, mark, 1);
    mark = yq_pb_begin(&w);
    for (size_t i = 0; i < b->n; i++) {
        yq_pb_put_bytes(&w, 1, b->element[i]);
    }
    yq_pb_end(&w, mark, 2);
    mark = yq_pb_begin(&w);
    yq_pb_put_bytes(&w, 1, b->signatures);
    yq_pb_put_bytes(&w, 1, nothing);
    yq_pb_put_bytes(&w, 1, b->flags);
    yq_pb_end(&w, mark, 3);
    return done(&w);
}

#endif /* YQ_LIGHT_CLIENTS_FABRIC_TEST_EVIDENCE_H */
