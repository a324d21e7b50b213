#include "conformance/runner/evm_files.h"
#include "light-clients/evm/test_chain.h"

#include <criterion/criterion.h>
#include <unistd.h>

/* Block files as clients export them, made here: every consensus must be found out and followed. */
static char dir[64];

static void setup(void)
{
    (void)snprintf(dir, sizeof dir, "/tmp/yq-test-evm-XXXXXX");
    cr_assert_not_null(mkdtemp(dir));
}

static void teardown(void)
{
    char path[96];
    (void)snprintf(path, sizeof path, "%s/a.blocks", dir);
    (void)unlink(path);
    (void)rmdir(dir);
}

TestSuite(evm, .init = setup, .fini = teardown);

/* n blocks, [header, [], []] each; the byte at `bad` is changed (0: none). */
static void write_blocks(uint8_t mode, size_t n, size_t bad)
{
    static uint8_t room[TEST_BYTES_MAX];
    yq_writer w = yq_writer_of(room, sizeof room);
    test_chain *c = test_chain_new(mode, 4);
    test_block b = {.number = 0};
    char path[96];
    for (size_t i = 0; i < n; i++) {
        test_block next = test_next(c, i == 0 ? NULL : &b, test_plain);
        memcpy(next.tx_root.b, yq_mpt_empty_root, YQ_DIGEST_SIZE);
        test_seal(c, test_plain, &next);
        b = next;
        size_t mark = yq_rlp_list_begin(&w);
        yq_put_bytes(&w, b.raw, b.raw_n);
        yq_put_u8(&w, 0xc0);
        yq_put_u8(&w, 0xc0);
        yq_rlp_list_end(&w, mark);
    }
    room[bad] ^= bad != 0;
    test_chain_free(c);
    (void)snprintf(path, sizeof path, "%s/a.blocks", dir);
    FILE *f = fopen(path, "wb");
    cr_assert_not_null(f);
    cr_assert_eq(fwrite(room, 1, w.n, f), w.n);
    cr_assert_eq(fclose(f), 0);
}

static void each(void *self, const run_folder *folder)
{
    run_evm_folder(self, folder, 0);
}

static int judge(void)
{
    run_report *report = run_report_new(1);
    yq_fault why;
    cr_assert_eq(run_walk(dir, each, report, &why), YQ_OK);
    int good = run_report_print(report, 1);
    run_report_free(report);
    return good;
}

Test(evm, block_files_of_every_consensus)
{
    static const uint8_t modes[] = {YQ_EVM_IBFT1, YQ_EVM_IBFT2, YQ_EVM_QBFT, YQ_EVM_CLIQUE};
    for (size_t i = 0; i < YQ_ARRAY_N(modes); i++) {
        write_blocks(modes[i], 12, 0);
        cr_expect_eq(judge(), 1, "mode %u", modes[i]);
        write_blocks(modes[i], 12, 700 * 6); /* somewhere in the middle */
        cr_expect_eq(judge(), 0, "mode %u", modes[i]);
    }
}

Test(evm, strict_rlp_of_one_item)
{
    static const struct {
        const char *bytes;
        size_t n;
        int good;
    } row[] = {
        {"\x80", 1, 1},
        {"\xc0", 1, 1},
        {"\xc3\xc0\xc1\xc0", 4, 1},
        {"", 0, 0},
        {"\x80\x80", 2, 0},
        {"\xc1", 1, 0},
        {"\xc1\xc1", 2, 0},
        {"\x81\x01", 2, 0},
        {"\xb8\x01\x80", 3, 0},
        {"\xf8\x00", 2, 0},
        {"\xc3\xc0\xc0", 3, 0},
    };
    for (size_t i = 0; i < YQ_ARRAY_N(row); i++) {
        yq_fault why;
        cr_expect_eq(
            evm_rlp_walk(yq_slice_of(row[i].bytes, row[i].n), &why) == YQ_OK,
            row[i].good,
            "row %zu",
            i);
    }
    uint8_t deep[100];
    memset(deep, 0xc1, sizeof deep);
    deep[99] = 0xc0;
    yq_fault why;
    cr_expect_neq(evm_rlp_walk(yq_slice_of(deep, sizeof deep), &why), YQ_OK);
}
