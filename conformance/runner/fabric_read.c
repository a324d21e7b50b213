#include "conformance/runner/fabric.h"
#include "relay/base/assert.h"
#include "relay/base/bytes.h"
#include "relay/base/cursor.h"
#include "relay/base/errors.h"
#include "relay/base/writer.h"
#include "relay/codec/base64.h"
#include "relay/codec/protobuf.h"

#include <stdio.h>
#include <stdlib.h>

#define BLOCKS_MAX 65536u
#define PIECE_MAX  (64u << 20)

static void insert(fabric_files *files, fabric_block one)
{
    files->block = realloc(files->block, (files->n + 1) * sizeof *files->block);
    YQ_ASSERT(files->block != NULL);
    size_t at = files->n++;
    while (at > 0 && files->block[at - 1].block.number > one.block.number) {
        files->block[at] = files->block[at - 1];
        at--;
    }
    files->block[at] = one;
}

static void failed_row(
    run_report *report, const run_file *file, yq_status status, const yq_fault *why)
{
    run_row row = {.file = file->name, .kind = "block", .anchor = "none", .code = status};
    (void)snprintf(row.note, sizeof row.note, "offset %u: %s", why->offset, why->text);
    run_report_row(report, &row);
}

/* ---- one block a file ---- */

static void read_block(run_report *report, fabric_files *files, const run_file *file)
{
    fabric_block one = {.file = file};
    yq_fault why = {0};
    yq_status status = run_file_read(file->path, &one.raw, &why);
    if (status == YQ_OK) {
        status = yq_fabric_raw_block_decode(one.raw, &one.block, &why);
    }
    if (status == YQ_OK) {
        insert(files, one);
        return;
    }
    if (!yq_status_is_fault(status) && !run_ends_with(file->base, ".block")) {
        run_report_skip(report, file->name, "no block of Fabric");
    } else {
        failed_row(report, file, status, &why);
    }
    run_file_free(one.raw);
}

/* ---- a peer's block file ---- */

static uint64_t take_varint(yq_cur *c)
{
    uint64_t v = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
        uint8_t b = yq_cur_u8(c);
        v |= (uint64_t)(b & 0x7fu) << shift;
        if (b < 0x80) {
            return v;
        }
    }
    yq_cur_fail_field(c, YQ_E_RANGE, c->pos, "varint");
    return 0;
}

static yq_slice take_piece(yq_cur *c)
{
    uint64_t n = take_varint(c);
    if (n > PIECE_MAX) {
        yq_cur_fail_field(c, YQ_E_LEN, c->pos, "piece");
        return (yq_slice){0};
    }
    return yq_cur_take(c, (size_t)n);
}

/* A list of pieces as the repeated field 1 of a message, which is field `number` of the block. */
static void move_list(yq_cur *c, yq_writer *w, uint32_t number)
{
    size_t mark = yq_pb_begin(w);
    uint64_t n = take_varint(c);
    for (uint64_t i = 0; i < n && yq_cur_ok(c); i++) {
        yq_pb_put_bytes(w, 1, take_piece(c));
    }
    yq_pb_end(w, mark, number);
}

yq_status fabric_record_read(yq_slice record, yq_writer *w, yq_fault *why)
{
    yq_cur c = yq_cur_of(record);
    size_t header = yq_pb_begin(w);
    uint64_t number = take_varint(&c);
    yq_slice data_hash = take_piece(&c), previous = take_piece(&c);
    if (number != 0) {
        yq_pb_put_varint(w, 1, number);
    }
    if (previous.n > 0) {
        yq_pb_put_bytes(w, 2, previous);
    }
    yq_pb_put_bytes(w, 3, data_hash);
    yq_pb_end(w, header, 1);
    move_list(&c, w, 2);
    move_list(&c, w, 3);
    yq_status status = yq_cur_done(&c, why);
    return status == YQ_OK ? w->status : status;
}

static yq_status read_record(fabric_files *files, const run_file *file, yq_cur *c, yq_fault *why)
{
    yq_slice record = take_piece(c);
    yq_status status = yq_cur_status(c, why);
    if (status != YQ_OK) {
        return status;
    }
    size_t cap = 2 * record.n + 1024u;
    uint8_t *room = malloc(cap);
    YQ_ASSERT(room != NULL);
    yq_writer w = yq_writer_of(room, cap);
    fabric_block one = {.file = file};
    status = fabric_record_read(record, &w, why);
    one.raw = yq_writer_slice(&w);
    if (status == YQ_OK) {
        status = yq_fabric_raw_block_decode(one.raw, &one.block, why);
    }
    if (status == YQ_OK) {
        insert(files, one);
    } else {
        free(room);
    }
    return status;
}

static void read_block_file(run_report *report, fabric_files *files, const run_file *file)
{
    yq_slice bytes;
    yq_fault why = {0};
    yq_status status = run_file_read(file->path, &bytes, &why);
    if (status != YQ_OK) {
        failed_row(report, file, status, &why);
        return;
    }
    yq_cur c = yq_cur_of(bytes);
    while (status == YQ_OK && yq_cur_left(&c) > 0 && files->n < BLOCKS_MAX) {
        status = read_record(files, file, &c, &why);
    }
    if (status != YQ_OK) {
        failed_row(report, file, status, &why);
    }
    run_file_free(bytes);
}

/* ---- a block as text ---- */

static int take_base64(const yq_json *object, const char *key, uint8_t *room, size_t *n)
{
    yq_slice text;
    yq_fault why;
    yq_buf out = {room, 32, 0};
    const yq_json *value = yq_json_get(object, key);
    *n = 0;
    if (yq_json_is_null(value)) {
        return 1; /* the first block has no previous hash */
    }
    if (!yq_json_text(value, &text) || yq_base64_decode(text, &out, &why) != YQ_OK) {
        return 0;
    }
    *n = out.n;
    return 1;
}

static int take_number(const yq_json *value, uint64_t *out)
{
    yq_slice text;
    if (yq_json_uint(value, out)) {
        return 1;
    }
    if (!yq_json_text(value, &text) || text.n == 0 || text.n > 18) {
        return 0;
    }
    *out = 0;
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] < '0' || text.p[i] > '9') {
            return 0;
        }
        *out = *out * 10 + (uint64_t)(text.p[i] - '0');
    }
    return 1;
}

/* The flat object around the last "data_hash": the text as a whole is deeper than what our reader
 * of JSON takes. */
static yq_slice header_text(yq_slice text)
{
    static const char mark[] = "\"data_hash\"";
    size_t n = sizeof mark - 1, end;
    for (size_t at = text.n; at-- > 0;) {
        if (text.n - at < n || memcmp(text.p + at, mark, n) != 0) {
            continue;
        }
        for (end = at; end < text.n && text.p[end] != '}'; end++) {
        }
        while (at > 0 && text.p[at] != '{') {
            at--;
        }
        return yq_slice_of(text.p + at, end == text.n ? 0 : end + 1 - at);
    }
    return (yq_slice){0};
}

static void read_text(fabric_files *files, const run_file *file)
{
    yq_slice bytes;
    yq_fault why;
    fabric_text one = {.file = file};
    size_t data_n = 0;
    if (run_file_read(file->path, &bytes, &why) != YQ_OK) {
        return;
    }
    yq_json *document = yq_json_parse(header_text(bytes), RUN_FILE_MAX, &why);
    const yq_json *header = document == NULL ? NULL : yq_json_root(document);
    run_file_free(bytes);
    if (take_number(yq_json_get(header, "number"), &one.number) &&
        take_base64(header, "previous_hash", one.previous, &one.previous_n) &&
        take_base64(header, "data_hash", one.data, &data_n) && data_n == sizeof one.data) {
        files->text = realloc(files->text, (files->text_n + 1) * sizeof *files->text);
        YQ_ASSERT(files->text != NULL);
        files->text[files->text_n++] = one;
    }
    yq_json_free(document);
}

void fabric_files_read(run_report *report, const run_folder *folder, fabric_files *out)
{
    *out = (fabric_files){0};
    for (size_t i = 0; i < folder->n && out->n < BLOCKS_MAX; i++) {
        const run_file *file = &folder->file[i];
        if (run_ends_with(file->base, ".block") || run_ends_with(file->base, ".pb")) {
            read_block(report, out, file);
        } else if (strstr(file->base, "blockfile_") != NULL) {
            read_block_file(report, out, file);
        } else if (run_ends_with(file->base, ".json")) {
            read_text(out, file);
        }
    }
}

void fabric_files_free(fabric_files *files)
{
    for (size_t i = 0; i < files->n; i++) {
        run_file_free(files->block[i].raw);
    }
    free(files->block);
    free(files->text);
}
