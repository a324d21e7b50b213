#include "conformance/runner/kinds.h"
#include "relay/base/bytes.h"
#include "relay/base/writer.h"
#include "relay/codec/protobuf.h"
#include "relay/crypto/crypto.h"

#include <criterion/criterion.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* Trees as they are found, not as they are wished for: each entry is told of, and nothing passes
 * unseen. */
#define RECORDED YQ_SOURCE_DIR "/conformance/vectors/real-nodes"

static char dir[64];
static run_report *report;

static const char *at(const char *name)
{
    static char path[512];
    (void)snprintf(path, sizeof path, "%s/%s", dir, name);
    return path;
}

static void begin(void)
{
    (void)snprintf(dir, sizeof dir, "/tmp/yq-test-vectors-XXXXXX");
    cr_assert_not_null(mkdtemp(dir));
    report = NULL;
}

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

static void end(void)
{
    run_report_free(report);
    (void)nftw(dir, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

TestSuite(vectors, .init = begin, .fini = end);

static void put_bytes(const char *name, yq_slice bytes)
{
    FILE *f = fopen(at(name), "ab");
    cr_assert_not_null(f, "%s", name);
    cr_assert_eq(fwrite(bytes.p, 1, bytes.n, f), bytes.n);
    cr_assert_eq(fclose(f), 0);
}

static void put(const char *name, const char *text)
{
    put_bytes(name, yq_slice_text(text));
}

/* A recorded file behind what stands there; from NULL: unchanged. */
static void put_recorded(const char *name, const char *source, const char *from, const char *to)
{
    char path[512];
    yq_slice bytes;
    yq_fault why;
    (void)snprintf(path, sizeof path, "%s/%s", RECORDED, source);
    cr_assert_eq(run_file_read(path, &bytes, &why), YQ_OK);
    const uint8_t *found = from == NULL ? NULL : memmem(bytes.p, bytes.n, from, strlen(from));
    cr_assert(from == NULL || found != NULL, "%s in %s", from, source);
    if (found == NULL) {
        put_bytes(name, bytes);
    } else {
        const size_t before = (size_t)(found - bytes.p), behind = before + strlen(from);
        put_bytes(name, yq_slice_of(bytes.p, before));
        put(name, to);
        put_bytes(name, yq_slice_of(bytes.p + behind, bytes.n - behind));
    }
    run_file_free(bytes);
}

static void judge(const char *framework)
{
    yq_fault why;
    run_report_free(report);
    report = run_report_new(2);
    cr_assert_eq(run_vectors(report, dir, framework, 0, &why), YQ_OK);
}

static void expect_skipped(const char *name, const char *reason)
{
    const char *given = run_report_reason(report, name);
    cr_assert_not_null(given, "%s", name);
    cr_expect_not_null(strstr(given, reason), "%s: %s", name, given);
    cr_expect_null(run_report_row_of(report, name, 0), "%s", name);
}

static void expect_row(const char *name, const char *kind, yq_status code)
{
    const run_row *row;
    int found = 0;
    for (size_t i = 0; (row = run_report_row_of(report, name, i)) != NULL; i++) {
        found |= strcmp(row->kind, kind) == 0 && row->code == code && row->expected == YQ_OK;
    }
    cr_expect(found, "%s: %s", name, kind);
}

Test(vectors, what_is_not_read_is_listed_with_its_reason)
{
    put("a", "text");
    put(".hidden", "no");
    put("b\xff.bin", "\x01\x02");
    put("empty", "");
    put("README.md", "# r");
    cr_assert_eq(symlink("a", at("link")), 0);
    cr_assert_eq(symlink(".", at("loop")), 0);
    cr_assert_eq(mkfifo(at("pipe"), 0600), 0);
    cr_assert_eq(mkdir(at("void"), 0700), 0);
    judge(NULL);
    expect_skipped("a", "text of no form");
    expect_skipped(".hidden", "hidden");
    expect_skipped("b\xff.bin", "bytes of no form");
    expect_skipped("empty", "empty");
    expect_skipped("README.md", "for people");
    expect_skipped("link", "link");
    expect_skipped("loop", "link");
    expect_skipped("pipe", "neither");
    cr_expect_eq(run_report_rows(report), 0);
    cr_expect_eq(run_report_print(report, 1), 0, "nothing was checked");
    judge("evm");
    cr_expect_null(run_report_reason(report, "a"), "another framework's file is not told of");
}

Test(vectors, folders_below_the_deepest_are_told_of)
{
    char path[256] = "d";
    for (int i = 0; i < 14; i++) {
        cr_assert_eq(mkdir(at(path), 0700), 0);
        (void)snprintf(path + strlen(path), sizeof path - strlen(path), "/d");
    }
    judge(NULL);
    cr_expect_eq(run_report_rows(report), 1);
    cr_expect_eq(run_report_failed(report), 1);
    expect_row("d/d/d/d/d/d/d/d/d/d/d/d/d", "file", YQ_E_LIMIT);
}

Test(vectors, json_that_is_none_fails)
{
    char deep[2048] = "";
    memset(deep, '[', 1000);
    memset(deep + 1000, ']', 1000);
    put("cut.json", "{\"a\":");
    put("empty.json", " \n");
    put("twice.json", "{\"a\":1,\"a\":2}");
    put("rest.json", "{\"a\":1} x");
    put("open.json", "{\"a\":[1,");
    put("deep.json", deep);
    put("notes", "[see] what is no JSON");
    put("string.json", "\"a\\\"");
    judge(NULL);
    expect_row("cut.json", "file", YQ_E_JSON_STRICT);
    expect_row("empty.json", "file", YQ_E_TRUNCATED);
    expect_row("twice.json", "file", YQ_E_JSON_STRICT);
    expect_row("rest.json", "file", YQ_E_JSON_STRICT);
    expect_row("open.json", "file", YQ_E_JSON_STRICT);
    expect_row("string.json", "file", YQ_E_JSON_STRICT);
    expect_skipped("deep.json", "deeper");
    expect_skipped("notes", "text of no form");
    deep[1999] = '\0';
    put("deepcut.json", deep);
    judge(NULL);
    expect_row("deepcut.json", "file", YQ_E_DEPTH);
    judge("evm");
    cr_expect_eq(run_report_rows(report), 0, "a folder without rows of the framework");
}

Test(vectors, json_that_no_reader_takes_is_described)
{
    put("a.json", "{\"first\":1,\"second\":2,\"x\":3,\"y\":4,\"fifth\":5}");
    put("b.json", "[1,2]");
    put("c.json", "{\"jsonrpc\":\"2.0\",\"error\":{\"code\":1}}");
    put("d.json", "{\"jsonrpc\":\"2.0\",\"result\":\"0x12\"}");
    put("e.json", "{\"jsonrpc\":\"2.0\",\"result\":{\"third\":1}}");
    put("f.json", "{\"transactionHash\":\"0x00\",\"logsBloom\":\"0x00\"}");
    judge(NULL);
    expect_skipped("a.json", "with first, second, x, y");
    expect_skipped("b.json", "no object");
    expect_skipped("c.json", "says an error");
    expect_skipped("d.json", "nothing beside it binds");
    expect_skipped("e.json", "with third");
    expect_skipped("f.json", "block that is not beside it");
    cr_expect_eq(run_report_failed(report), 0);
}

/* ---- several replies in a file, copies, gaps ---- */

static const char *const quorum[] = {"b0.json", "b1.json", "b2.json", "b3.json", "b4.json"};

Test(vectors, replies_may_stand_in_one_file)
{
    put("all", "[");
    for (size_t i = 0; i < YQ_ARRAY_N(quorum); i++) {
        char source[64];
        (void)snprintf(source, sizeof source, "quorum-ibft/%s", quorum[i]);
        put_recorded("lines.txt", source, NULL, NULL);
        put("lines.txt", "\n");
        put("all", i == 0 ? "" : ",\n");
        put_recorded("all", source, NULL, NULL);
    }
    put("all", "]");
    judge(NULL);
    cr_expect_eq(run_report_failed(report), 0);
    cr_expect_eq(run_report_rows(report), 2 * YQ_ARRAY_N(quorum));
    for (size_t i = 0; i < YQ_ARRAY_N(quorum); i++) {
        cr_expect_not_null(run_report_row_of(report, "all", i));
        cr_expect_not_null(run_report_row_of(report, "lines.txt", i));
    }
    put("lines.txt", "{\"cut\":");
    judge(NULL);
    expect_row("lines.txt", "file", YQ_E_JSON_STRICT);
}

Test(vectors, a_block_that_stands_twice_is_judged_twice)
{
    for (size_t i = 0; i < YQ_ARRAY_N(quorum); i++) {
        char source[64];
        (void)snprintf(source, sizeof source, "quorum-ibft/%s", quorum[i]);
        put_recorded(quorum[i], source, NULL, NULL);
    }
    put_recorded("copy.json", "quorum-ibft/b2.json", NULL, NULL);
    put_recorded(
        "forged.json", "quorum-ibft/b3.json", "\"gasUsed\":\"0x0\"", "\"gasUsed\":\"0x1\"");
    put_recorded("renamed.json", "quorum-ibft/b4.json", "\"hash\":\"0x", "\"hash\":\"0x0");
    judge(NULL);
    expect_row("copy.json", "block", YQ_OK);
    expect_row("forged.json", "block", YQ_E_BODY_MISMATCH);
    expect_row("renamed.json", "block", YQ_E_FIELD_MISSING);
    cr_expect_eq(run_report_failed(report), 2);
}

static void put_fisco(const char *folder, const char *name, const char *from, const char *to)
{
    char source[128];
    (void)snprintf(source, sizeof source, "%s/%s", folder, name);
    put_recorded(name, source, from, to);
}

Test(vectors, where_blocks_are_missing_the_next_is_its_own_anchor)
{
    static const char folder[] = "fisco-2x-sm-onedown";
    put_fisco(folder, "block_0.json", NULL, NULL);
    put_fisco(folder, "block_2.json", NULL, NULL);
    put_fisco(folder, "block_3.json", NULL, NULL);
    put_fisco(folder, "block_7.json", NULL, NULL);
    judge(NULL);
    cr_expect_eq(run_report_failed(report), 0);
    cr_expect_str_eq(run_report_row_of(report, "block_0.json", 0)->anchor, "genesis");
    cr_expect_str_eq(run_report_row_of(report, "block_3.json", 0)->anchor, "self");
    expect_row("block_7.json", "block", YQ_OK);
    put_fisco(folder, "block_8.json", "\"signature\": \"0x", "\"signature\": \"0x0");
    put_fisco(folder, "block_9.json", NULL, NULL);
    judge(NULL);
    cr_expect_eq(run_report_failed(report), 1);
    cr_expect_neq(run_report_row_of(report, "block_8.json", 0)->code, YQ_OK);
    expect_skipped("block_9.json", "could not be followed");
}

Test(vectors, copies_are_named_and_changed_copies_are_judged)
{
    static const char folder[] = "fisco-2x-sm-multichange", name[] = "tx_1_0_receipt.json";
    put_fisco(folder, "block_0.json", NULL, NULL);
    put_fisco(folder, "block_1.json", NULL, NULL);
    put_fisco(folder, name, NULL, NULL);
    put_recorded("a.json", "fisco-2x-sm-multichange/tx_1_0_receipt.json", NULL, NULL);
    judge(NULL);
    cr_expect_eq(run_report_failed(report), 0);
    expect_row("a.json", "receipt", YQ_OK);
    expect_skipped(name, "the same as a.json");
    put_recorded(
        "b.json",
        "fisco-2x-sm-multichange/tx_1_0_receipt.json",
        "\"gasUsed\": \"0x",
        "\"gasUsed\": \"0x1");
    judge(NULL);
    cr_expect_gt(run_report_failed(report), 0);
    cr_expect_neq(run_report_row_of(report, "b.json", 0)->code, YQ_OK);
}

/* ---- readers by content ---- */

/* A sparse tree's proof with its key hashed before, as older files have it. */
Test(vectors, an_older_sparse_tree)
{
    uint8_t bytes[512], md[3][YQ_HASH_SIZE_MAX], leaf[65] = {0}, node[65] = {1};
    char text[1024], hex[512];
    yq_writer w = yq_writer_of(bytes, sizeof bytes);
    static const uint8_t key[32] = {7}, sibling[32] = {9};
    static const uint8_t leaf_op[] = {8, 1, 24, 1, 42, 1, 0}, prefix[] = {1};
    const yq_slice value = yq_slice_text("v");
    yq_hash_one(YQ_HASH_SHA256, value, md[0]);
    memcpy(leaf + 1, key, 32);
    memcpy(leaf + 33, md[0], 32);
    yq_hash_one(YQ_HASH_SHA256, YQ_SLICE_OF(leaf), md[1]);
    memcpy(node + 1, md[1], 32);
    memcpy(node + 33, sibling, 32);
    yq_hash_one(YQ_HASH_SHA256, YQ_SLICE_OF(node), md[2]);
    yq_pb_put_bytes(&w, 1, YQ_SLICE_OF(key));
    yq_pb_put_bytes(&w, 2, value);
    yq_pb_put_bytes(&w, 3, YQ_SLICE_OF(leaf_op));
    size_t mark = yq_pb_begin(&w);
    yq_pb_put_varint(&w, 1, 1);
    yq_pb_put_bytes(&w, 2, YQ_SLICE_OF(prefix));
    yq_pb_put_bytes(&w, 3, YQ_SLICE_OF(sibling));
    yq_pb_end(&w, mark, 4);
    yq_pb_end(&w, 0, 1);
    for (size_t i = 0; i < w.n; i++) {
        (void)snprintf(hex + 2 * i, 3, "%02x", bytes[i]);
    }
    int n = snprintf(text, sizeof text, "{\"value\":\"76\",\"proof\":\"%s\",\"key\":\"07", hex);
    for (size_t i = 1; i < 32; i++) {
        n += snprintf(text + n, sizeof text - (size_t)n, "00");
    }
    n += snprintf(text + n, sizeof text - (size_t)n, "\",\"root\":\"");
    for (size_t i = 0; i < 32; i++) {
        n += snprintf(text + n, sizeof text - (size_t)n, "%02x", md[2][i]);
    }
    (void)snprintf(text + n, sizeof text - (size_t)n, "\"}");
    put("a.json", text);
    judge(NULL);
    expect_row("a.json", "membership proof", YQ_OK);
    cr_expect_str_eq(run_report_row_of(report, "a.json", 0)->check[0], "sparse tree");
    text[strlen(text) - 3] ^= 1;
    (void)unlink(at("a.json"));
    put("a.json", text);
    judge(NULL);
    expect_row("a.json", "membership proof", YQ_E_PROOF);
}

Test(vectors, a_genesis_in_any_order)
{
    char zeros[65] = "", text[1024];
    memset(zeros, '0', 64);
    (void)snprintf(
        text,
        sizeof text,
        "{\"extradata\":\"0x%s%040d%s%s00\",\"gasLimit\":\"0x1\",\"config\":{\"clique\":{}}}",
        zeros,
        5,
        zeros,
        zeros);
    put("clique.json", text);
    put("none.json", "{\"extraData\":\"0x11\",\"gasLimit\":\"0x1\",\"config\":{\"ethash\":{}}}");
    put("placeholder.json",
        "{\"extraData\":\"%x%\",\"gasLimit\":\"0x1\",\"config\":{\"qbft\":{}}}");
    put("number.json", "{\"extraData\":1,\"gasLimit\":\"0x1\",\"config\":{\"qbft\":{}}}");
    put("bad.json", "{\"extraData\":\"0x11\",\"gasLimit\":\"0x1\",\"config\":{\"ibft2\":{}}}");
    put("code.json",
        "{\"result\":\"0x608060405260043610610057576000357c0100000000000000000000000000000000"
        "00000000000000000000000090\",\"jsonrpc\":\"2.0\"}");
    judge(NULL);
    expect_row("clique.json", "extraData", YQ_OK);
    expect_skipped("none.json", "no consensus that is followed");
    expect_skipped("placeholder.json", "placeholder");
    expect_skipped("number.json", "placeholder");
    expect_row("bad.json", "extraData", YQ_E_NONCANONICAL);
    expect_skipped("code.json", "nothing beside it binds");
    cr_expect_eq(run_report_failed(report), 1);
}
