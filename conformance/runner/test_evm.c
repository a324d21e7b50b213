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

/* ---- replies of a node, recorded, with one place of one file changed ---- */

#define RECORDED YQ_SOURCE_DIR "/conformance/vectors/real-nodes/quorum-ibft"

typedef struct change {
    const char *file, *from, *to;
} change;

static void copy_changed(const char *base, const change *c)
{
    char from[512], to[512];
    yq_slice bytes;
    yq_fault why;
    (void)snprintf(from, sizeof from, "%s/%s", RECORDED, base);
    (void)snprintf(to, sizeof to, "%s/%s", dir, base);
    cr_assert_eq(run_file_read(from, &bytes, &why), YQ_OK);
    FILE *f = fopen(to, "wb");
    cr_assert_not_null(f);
    const char *at = NULL;
    if (c != NULL && strcmp(c->file, base) == 0) {
        at = memmem(bytes.p, bytes.n, c->from, strlen(c->from));
        cr_assert_not_null(at, "%s in %s", c->from, base);
    }
    size_t n = at == NULL ? bytes.n : (size_t)(at - (const char *)bytes.p);
    cr_assert_eq(fwrite(bytes.p, 1, n, f), n);
    if (at != NULL) {
        size_t rest = bytes.n - n - strlen(c->from);
        cr_assert_gt(fprintf(f, "%s", c->to), 0);
        cr_assert_eq(fwrite(at + strlen(c->from), 1, rest, f), rest);
    }
    cr_assert_eq(fclose(f), 0);
    run_file_free(bytes);
}

static const char *const recorded[] = {
    "b0.json",   "b1.json",      "b2.json",    "b3.json",       "b4.json",        "b5.json",
    "b6.json",   "b7.json",      "b8.json",    "b9.json",       "b10.json",       "b11.json",
    "b12.json",  "b13.json",     "b14.json",   "b5.rlp.json",   "b9.rlp.json",    "b13.rlp.json",
    "call.json", "genesis.json", "proof.json", "receipt1.json", "validators.json"};

static int judge_changed(const change *c)
{
    for (size_t i = 0; i < YQ_ARRAY_N(recorded); i++) {
        copy_changed(recorded[i], c);
    }
    int good = judge();
    for (size_t i = 0; i < YQ_ARRAY_N(recorded); i++) {
        char path[512];
        (void)snprintf(path, sizeof path, "%s/%s", dir, recorded[i]);
        (void)unlink(path);
    }
    return good;
}

Test(evm, replies_of_a_node)
{
    static const change bad[] = {
        {"b0.json", "\"hash\":\"0x26f8", "\"hash\":\"0x26f9"},
        {"b5.json", "\"hash\":\"0xba0e", "\"hash\":\"0xba0f"},
        {"b6.json", "\"hash\":\"0x", "\"hash\":\"1x"},
        {"b5.json", "\"gasUsed\":\"0x0\"", "\"gasUsed\":\"0x1\""},
        {"b6.json", "\"gasUsed\":\"0x0\"", "\"gasUsed\":\"0x1\""},
        {"b5.rlp.json", "6f05499c", "6f05499d"},
        {"b7.json", "f90164f8", "f90164f9"},
        {"receipt1.json", "0xcafe", "0xcaff"},
        {"receipt1.json", "\"status\":\"0x1\"", "\"status\":\"0x0\""},
        {"proof.json", "\"nonce\":\"0x1\"", "\"nonce\":\"0x2\""},
        {"proof.json", "0xf869a0", "0xf869a1"},
        {"proof.json", "\"address\":\"0x2d", "\"address\":\"0x2e"},
        {"validators.json", "0x0fb7", "0x0fb8"},
        {"genesis.json", "0fb76993", "0fb76994"},
        {"b13.rlp.json", "c0\"", "c1\""},
        {"b13.rlp.json", "c0\"", "80\""}, /* no list of uncles */
        {"b9.rlp.json",
         "c28ab55f31d00d3f6dc5e8a809d84f2fdac1c8c0",
         "c28a055f31d00d3f6dc5e8a809d84f2fdac1c8c0"}, /* in the transaction */
    };
    cr_expect_eq(judge_changed(NULL), 1);
    for (size_t i = 0; i < YQ_ARRAY_N(bad); i++) {
        cr_expect_eq(judge_changed(&bad[i]), 0, "%s: %s", bad[i].file, bad[i].from);
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
