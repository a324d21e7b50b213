#include "conformance/chains/fabric/store.h"

#include "relay/base/assert.h"
#include "relay/codec/protobuf.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define TYPE_CONFIG 1u
#define NUMBER_MAX  100000u

/* The field of a message, {0} when it is absent; what cannot be read counts as absent: an altered
 * envelope is still served. */
static yq_slice part(yq_slice in, uint32_t number)
{
    yq_cur c = yq_cur_of(in);
    int found;
    yq_slice bytes = yq_pb_find(&c, number, &found);
    return yq_cur_ok(&c) ? bytes : (yq_slice){0};
}

static uint64_t number_in(yq_slice in, uint32_t number)
{
    yq_cur c = yq_cur_of(in);
    yq_pb_field f;
    while (yq_pb_next(&c, &f)) {
        if (f.number == number && f.type == YQ_PB_VARINT) {
            return f.value;
        }
    }
    return 0;
}

static void read_header(yq_cur *outer, const yq_pb_field *field, yq_fbmock_outline *out)
{
    yq_cur c = yq_cur_of(field->bytes);
    yq_pb_field f;
    uint64_t seen = 0;
    while (yq_pb_next(&c, &f)) {
        if (f.number == 1 && yq_pb_once(&c, &f, YQ_PB_VARINT, &seen)) {
            out->number = f.value;
        } else if (f.number == 2 || f.number == 3) {
            (void)yq_pb_once(&c, &f, YQ_PB_BYTES, &seen);
        }
    }
    if (!yq_cur_ok(&c)) {
        size_t head = field->whole.n - field->bytes.n;
        yq_cur_fail_field(outer, c.status, field->at + head + c.bad_at, "header");
    }
    out->header = field->whole;
}

/* Walks a message of repeated bytes of number 1. Returns the first one. */
static yq_slice read_list(yq_cur *outer, const yq_pb_field *field, const char *name)
{
    yq_cur c = yq_cur_of(field->bytes);
    yq_pb_field f;
    yq_slice first = {0};
    while (yq_pb_next(&c, &f)) {
        if (f.number == 1 && f.type == YQ_PB_BYTES) {
            first = first.p == NULL ? f.bytes : first;
        } else {
            yq_cur_fail(&c, YQ_E_TYPE, f.at);
        }
    }
    if (!yq_cur_ok(&c)) {
        size_t head = field->whole.n - field->bytes.n;
        yq_cur_fail_field(outer, c.status, field->at + head + c.bad_at, name);
    }
    return first;
}

yq_status yq_fbmock_outline_of(yq_slice raw, yq_fbmock_outline *out, yq_fault *why)
{
    yq_cur c = yq_cur_of(raw);
    yq_pb_field f;
    uint64_t seen = 0;
    yq_slice envelope = {0};
    *out = (yq_fbmock_outline){0};
    while (yq_pb_next(&c, &f)) {
        if (f.number < 1 || f.number > 3) {
            yq_cur_fail_field(&c, YQ_E_TYPE, f.at, "block");
        } else if (yq_pb_once(&c, &f, YQ_PB_BYTES, &seen) && f.number == 1) {
            read_header(&c, &f, out);
        } else if (yq_cur_ok(&c) && f.number == 2) {
            envelope = read_list(&c, &f, "data");
        } else if (yq_cur_ok(&c)) {
            (void)read_list(&c, &f, "metadata");
            out->metadata = f.whole;
        }
    }
    if (yq_cur_ok(&c) && (seen & 6u) != 6u) {
        yq_cur_fail_field(&c, YQ_E_FIELD_MISSING, raw.n, "block");
    }
    yq_slice header = part(part(part(envelope, 1), 1), 1);
    out->is_config = number_in(header, 1) == TYPE_CONFIG;
    out->channel = part(header, 4);
    return yq_cur_done(&c, why);
}

static void keep(yq_fbmock_block *to, yq_slice raw, int is_config)
{
    uint8_t *p = malloc(raw.n);
    YQ_ASSERT(p != NULL);
    memcpy(p, raw.p, raw.n);
    free(to->p);
    *to = (yq_fbmock_block){p, raw.n, is_config};
    /* cppcheck-suppress memleak ; to owns it */
}

yq_status yq_fbmock_store_append(yq_fbmock_store *store, yq_slice raw, yq_fault *why)
{
    yq_fbmock_outline outline;
    yq_status status = yq_fbmock_outline_of(raw, &outline, why);
    if (status != YQ_OK) {
        return status;
    }
    if (outline.number != store->n) {
        return yq_fail(why, YQ_E_CORRUPT, 0, "number");
    }
    if (store->n == 0) {
        if (outline.channel.n == 0 || outline.channel.n >= sizeof store->channel) {
            return yq_fail(why, YQ_E_CORRUPT, 0, "channel");
        }
        memcpy(store->channel, outline.channel.p, outline.channel.n);
    }
    if (store->n == store->cap) {
        store->cap = store->cap * 2 + 16;
        store->block = realloc(store->block, store->cap * sizeof *store->block);
        YQ_ASSERT(store->block != NULL);
    }
    store->block[store->n] = (yq_fbmock_block){0};
    keep(&store->block[store->n++], raw, outline.is_config);
    return YQ_OK;
}

yq_status yq_fbmock_store_replace(yq_fbmock_store *store, yq_slice raw, yq_fault *why)
{
    yq_fbmock_outline outline;
    yq_status status = yq_fbmock_outline_of(raw, &outline, why);
    if (status != YQ_OK) {
        return status;
    }
    if (outline.number >= store->n) {
        return yq_fail(why, YQ_E_NOT_FOUND, 0, "number");
    }
    keep(&store->block[outline.number], raw, outline.is_config);
    return YQ_OK;
}

void yq_fbmock_store_clear(yq_fbmock_store *store)
{
    for (size_t i = 0; i < store->n; i++) {
        free(store->block[i].p);
    }
    free(store->block);
    *store = (yq_fbmock_store){0};
}

/* ---- a folder -------------------------------------------------------------------------------- */

static yq_status corrupt(yq_fault *why, const char *name, const yq_fault *cause)
{
    char text[sizeof why->text];
    (void)snprintf(
        text,
        sizeof text,
        "%.40s: offset %" PRIu64 " %.40s",
        name,
        (uint64_t)cause->offset,
        cause->text);
    return yq_fail(why, YQ_E_CORRUPT, cause->offset, text);
}

/* Returns 0 when there is no such file, -1 when it cannot be read. */
static int read_file(const char *folder, const char *name, yq_buf *out)
{
    char path[4096];
    int n = snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = n < 0 || (size_t)n >= sizeof path ? NULL : fopen(path, "rb");
    if (file == NULL) {
        return 0;
    }
    out->n = fread(out->p, 1, out->cap, file);
    int bad = ferror(file) != 0 || fgetc(file) != EOF;
    (void)fclose(file);
    return bad ? -1 : 1;
}

/* The highest N of a bN.block. Returns 0 when the folder cannot be read. */
static int highest(const char *folder, uint64_t *out)
{
    DIR *dir = opendir(folder);
    *out = 0;
    if (dir == NULL) {
        return 0;
    }
    for (const struct dirent *e = readdir(dir); e != NULL; e = readdir(dir)) {
        char *end;
        if (e->d_name[0] == 'b' && e->d_name[1] >= '0' && e->d_name[1] <= '9') {
            uint64_t number = strtoull(e->d_name + 1, &end, 10);
            *out = strcmp(end, ".block") == 0 && number > *out ? number : *out;
        }
    }
    (void)closedir(dir);
    return 1;
}

static yq_status read_block(
    yq_fbmock_store *store, const char *folder, const char *name, yq_buf *room, yq_fault *why)
{
    yq_fault cause = {0};
    int got = read_file(folder, name, room);
    if (got <= 0) {
        (void)yq_fail(&cause, YQ_E_CORRUPT, 0, got == 0 ? "missing" : "too large");
        return corrupt(why, name, &cause);
    }
    yq_status status = yq_fbmock_store_append(store, yq_slice_of(room->p, room->n), &cause);
    return status == YQ_OK ? YQ_OK : corrupt(why, name, &cause);
}

yq_status yq_fbmock_store_read(yq_fbmock_store *store, const char *folder, yq_fault *why)
{
    uint64_t last;
    if (!highest(folder, &last)) {
        return yq_fail(why, YQ_E_IO, 0, "the folder cannot be read");
    }
    if (last > NUMBER_MAX) {
        return yq_fail(why, YQ_E_CORRUPT, 0, "more blocks than a recording has");
    }
    yq_buf room = {malloc(YQ_FBMOCK_BLOCK_MAX), YQ_FBMOCK_BLOCK_MAX, 0};
    YQ_ASSERT(room.p != NULL);
    yq_status status = YQ_OK;
    for (uint64_t i = 0; i <= last && status == YQ_OK; i++) {
        char name[32];
        (void)snprintf(name, sizeof name, "b%" PRIu64 ".block", i);
        int is_genesis = i == 0 && read_file(folder, "genesis.block", &room) != 0;
        status = read_block(store, folder, is_genesis ? "genesis.block" : name, &room, why);
    }
    free(room.p);
    if (status != YQ_OK) {
        yq_fbmock_store_clear(store);
    }
    return status;
}
