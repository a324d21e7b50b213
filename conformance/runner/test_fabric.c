#include "conformance/runner/fabric.h"
#include "relay/base/bytes.h"
#include "relay/base/writer.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Recorded blocks of an orderer, written as a peer keeps them: one file, one record a block. */
#define RECORDED YQ_SOURCE_DIR "/conformance/vectors/real-nodes/fabric-2.5-raft"
#define BLOCKS   5u
#define FILE_MAX (1u << 20)

static char dir[64], path[96];
static uint8_t bytes[FILE_MAX], record[FILE_MAX];

static void setup(void)
{
    (void)snprintf(dir, sizeof dir, "/tmp/yq-test-fabric-XXXXXX");
    cr_assert_not_null(mkdtemp(dir));
    (void)snprintf(path, sizeof path, "%s/blockfile_000000", dir);
}

static void teardown(void)
{
    (void)unlink(path);
    (void)rmdir(dir);
}

TestSuite(fabric, .init = setup, .fini = teardown);

static void put_varint(yq_writer *w, uint64_t v)
{
    for (; v >= 0x80; v >>= 7) {
        yq_put_u8(w, (uint8_t)(v | 0x80));
    }
    yq_put_u8(w, (uint8_t)v);
}

static void put_piece(yq_writer *w, yq_slice piece)
{
    put_varint(w, piece.n);
    yq_put(w, piece);
}

static void put_record(yq_writer *w, const yq_fabric_raw_block *b, const char *behind)
{
    yq_writer r = yq_writer_of(record, sizeof record);
    yq_slice element;
    size_t at = 0;
    put_varint(&r, b->number);
    put_piece(&r, b->data_hash);
    put_piece(&r, b->previous_hash);
    put_varint(&r, b->n);
    while (yq_fabric_raw_next(b, &at, &element)) {
        put_piece(&r, element);
    }
    put_varint(&r, 3);
    put_piece(&r, b->signatures);
    put_piece(&r, (yq_slice){0});
    put_piece(&r, b->flags);
    yq_put(&r, yq_slice_text(behind));
    cr_assert_eq(r.status, YQ_OK);
    put_piece(w, yq_writer_slice(&r));
}

/* behind: what stands behind the last field of each record. */
static size_t file_of_blocks(const char *behind)
{
    yq_writer w = yq_writer_of(bytes, sizeof bytes);
    for (unsigned i = 0; i < BLOCKS; i++) {
        char name[512];
        yq_slice raw;
        yq_fault why;
        yq_fabric_raw_block block;
        (void)snprintf(name, sizeof name, "%s/b%u.block", RECORDED, i);
        cr_assert_eq(run_file_read(name, &raw, &why), YQ_OK);
        cr_assert_eq(yq_fabric_raw_block_decode(raw, &block, &why), YQ_OK);
        put_record(&w, &block, behind);
        run_file_free(raw);
    }
    cr_assert_eq(w.status, YQ_OK);
    return w.n;
}

static void each(void *self, const run_folder *folder)
{
    run_fabric_folder(self, folder, 0);
}

static int judge(size_t n)
{
    run_report *report = run_report_new(1);
    yq_fault why;
    FILE *f = fopen(path, "wb");
    cr_assert_not_null(f);
    cr_assert_eq(fwrite(bytes, 1, n, f), n);
    cr_assert_eq(fclose(f), 0);
    cr_assert_eq(run_walk(dir, each, report, &why), YQ_OK);
    int good = run_report_print(report, 1);
    run_report_free(report);
    return good;
}

Test(fabric, a_peers_block_file)
{
    size_t n = file_of_blocks("x");
    cr_expect_eq(judge(n), 0, "a byte behind the last field");
    n = file_of_blocks("");
    cr_expect_eq(judge(n), 1);
    for (size_t i = 1; i < 40; i++) {
        size_t at = n / 40 * i;
        bytes[at] ^= 1;
        cr_expect_eq(judge(n), 0, "byte %zu of %zu", at, n);
        bytes[at] ^= 1;
    }
    cr_expect_eq(judge(n - 1), 0, "cut");
    bytes[n] = 0;
    cr_expect_eq(judge(n + 1), 0, "an empty record");
}
