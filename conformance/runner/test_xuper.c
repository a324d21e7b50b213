#include "conformance/runner/xuper.h"
#include "relay/base/bytes.h"
#include "relay/crypto/crypto.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Recorded blocks and what lies beside them, with one place of one file changed. */
#define RECORDED YQ_SOURCE_DIR "/conformance/vectors/real-nodes"
#define TX1      "tx_92d880b3b1632f13c3d2e0767214eddf160725647cb4739d511798f7abb79637.json"
#define TX2      "tx_5d9748ce41ab6d57174654fb6c32fc2cee23513e59848f676d18230cd18289a0.json"

static char dir[64];

typedef struct change {
    const char *file, *from, *to;
} change;

typedef struct set {
    const char *folder;
    const char *const *file;
    size_t n;
} set;

static const char *const single_files[] = {
    "b0.json",
    "b1.json",
    "b2.json",
    "b3.json",
    "b4.json",
    "b5.json",
    "b6.json",
    "status.json",
    "tx.txt",
    TX1,
    TX2};
static const char *const bft_files[] = {
    "b0.json",
    "b1.json",
    "b2.json",
    "b3.json",
    "b4.json",
    "b5.json",
    "b6.json",
    "b7.json",
    "addr0",
    "addr1",
    "pub0.json",
    "genesis.json"};
static const set single = {"xuper-p256-single", single_files, YQ_ARRAY_N(single_files)};
static const set bft = {"xuper-sm2-bft4", bft_files, YQ_ARRAY_N(bft_files)};

static void setup(void)
{
    (void)snprintf(dir, sizeof dir, "/tmp/yq-test-xuper-XXXXXX");
    cr_assert_not_null(mkdtemp(dir));
}

static void teardown(void)
{
    (void)rmdir(dir);
}

TestSuite(xuper, .init = setup, .fini = teardown);

static void write_file(const char *base, const char *head, yq_slice middle, yq_slice tail)
{
    char path[512];
    (void)snprintf(path, sizeof path, "%s/%s", dir, base);
    FILE *f = fopen(path, "wb");
    cr_assert_not_null(f);
    cr_assert_eq(fwrite(head, 1, strlen(head), f), strlen(head));
    cr_assert_eq(fwrite(middle.p, 1, middle.n, f), middle.n);
    cr_assert_eq(fwrite(tail.p, 1, tail.n, f), tail.n);
    cr_assert_eq(fclose(f), 0);
}

static void copy_changed(const set *s, const char *base, const change *c)
{
    char from[512];
    yq_slice bytes;
    yq_fault why;
    (void)snprintf(from, sizeof from, "%s/%s/%s", RECORDED, s->folder, base);
    cr_assert_eq(run_file_read(from, &bytes, &why), YQ_OK);
    if (c == NULL || strcmp(c->file, base) != 0) {
        write_file(base, "", bytes, (yq_slice){0});
    } else {
        const uint8_t *at = memmem(bytes.p, bytes.n, c->from, strlen(c->from));
        cr_assert_not_null(at, "%s in %s", c->from, base);
        const size_t before = (size_t)(at - bytes.p), size = strlen(c->from);
        char *head = strndup((const char *)bytes.p, before);
        cr_assert_not_null(head);
        write_file(
            base, head, yq_slice_text(c->to), yq_slice_of(at + size, bytes.n - before - size));
        free(head);
    }
    run_file_free(bytes);
}

/* The report of a set with one change. Owns: run_report_free. */
static run_report *judge(const set *s, const change *c)
{
    run_report *report = run_report_new(1);
    yq_fault why;
    for (size_t i = 0; i < s->n; i++) {
        copy_changed(s, s->file[i], c);
    }
    cr_assert_eq(run_vectors(report, dir, NULL, 0, &why), YQ_OK);
    for (size_t i = 0; i < s->n; i++) {
        char path[512];
        (void)snprintf(path, sizeof path, "%s/%s", dir, s->file[i]);
        (void)unlink(path);
    }
    return report;
}

static void expect_failed(const set *s, const change *c, yq_status code)
{
    run_report *report = judge(s, c);
    int found = 0;
    const run_row *row;
    for (size_t i = 0; (row = run_report_row_of(report, c->file, i)) != NULL; i++) {
        found |= row->code == code && row->expected == YQ_OK;
    }
    cr_expect(found, "%s: %s", c->file, c->from);
    cr_expect_gt(run_report_failed(report), 0);
    run_report_free(report);
}

static void expect_good(const set *s, const change *c)
{
    run_report *report = judge(s, c);
    cr_expect_eq(run_report_failed(report), 0, "%s", c == NULL ? s->folder : c->from);
    for (size_t i = 0; i < s->n; i++) {
        cr_expect_not_null(run_report_row_of(report, s->file[i], 0), "%s", s->file[i]);
    }
    run_report_free(report);
}

Test(xuper, what_a_node_recorded_is_in_order)
{
    expect_good(&single, NULL);
    expect_good(&bft, NULL);
}

Test(xuper, gaps_are_not_followed_over)
{
    static const char *const files[] = {
        "b1.json",
        "b2.json",
        "b3.json",
        "b4.json",
        "b5.json",
        "b6.json",
        "b8.json",
        "b9.json",
        "b10.json",
        "b11.json",
        "b12.json",
        "b13.json"};
    static const set gap = {"xuper-sm2-bft4", files, YQ_ARRAY_N(files)};
    run_report *report = judge(&gap, NULL);
    cr_expect_eq(run_report_failed(report), 0);
    cr_expect_str_eq(run_report_row_of(report, "b2.json", 1)->kind, "final block");
    cr_expect_null(run_report_row_of(report, "b8.json", 1), "its own anchor");
    cr_expect_str_eq(run_report_row_of(report, "b9.json", 1)->kind, "final block");
    run_report_free(report);
}

Test(xuper, a_changed_block_or_transaction_is_refused)
{
    static const struct {
        change c;
        yq_status code;
    } bad[] = {
        {{"b0.json", "100000000000000000000", "100000000000000000001"}, YQ_E_HASH},
        {{"b0.json", "\"curTerm\": 0", "\"curTerm\": 1"}, YQ_E_HASH},
        {{"b0.json", "\"height\": 0", "\"height\": 9"}, YQ_E_TYPE},
        {{"b0.json", "\"merkleRoot\": \"", "\"merkleRoot\": \"00"}, YQ_E_TYPE},
        {{"b0.json", "\"coinbase\": true", "\"coinbase\": false"}, YQ_E_HASH},
        {{"b0.json", "\"version\": 0", "\"nonce\": 4294967296, \"version\": 0"}, YQ_E_TYPE},
        {{"b1.json", "\"version\": 1", "\"version\": 4294967297"}, YQ_E_TYPE},
        {{"b1.json", "\"version\": 1", "\"nonce\": -4294967296, \"version\": 1"}, YQ_E_TYPE},
        {{"b1.json", "\"timestamp\": ", "\"timestamp\": 1"}, YQ_E_HASH},
        {{"b1.json", "\"nonce\": \"\"", "\"nonce\": \"1\""}, YQ_E_HASH},
        {{"b1.json", "\"height\": 1", "\"height\": 3"}, YQ_E_PARENT},
        {{"b2.json", "\"toAddr\": \"g", "\"toAddr\": \"h"}, YQ_E_HASH},
        {{TX1, "\"amount\": \"1", "\"amount\": \"2"}, YQ_E_HASH},
        {{TX1, "\"amount\": \"1", "\"amount\": \"x"}, YQ_E_TYPE},
        {{TX1, "\"version\": 1", "\"version\": 2"}, YQ_E_HASH},
        {{TX1, "\"version\": 1", "\"version\": 4"}, YQ_E_VERSION},
        {{TX1, "\"desc\": \"", "\"desc\": \"<"}, YQ_E_HASH},
        {{TX1, "\"blockid\": \"", "\"blockid\": \"x"}, YQ_OK},
        {{"status.json", "\"rootBlockid\": \"92", "\"rootBlockid\": \"93"}, YQ_E_BODY_MISMATCH},
        {{"status.json", "\"tipBlockid\": \"1c", "\"tipBlockid\": \"1d"}, YQ_E_BODY_MISMATCH},
        {{"status.json", "\"tipBlockid\": \"1c", "\"tipBlockid\": \"1"}, YQ_E_FIELD_MISSING},
        {{"tx.txt", "5d97", "5d98"}, YQ_E_NOT_PROVEN},
    };
    for (size_t i = 0; i < YQ_ARRAY_N(bad); i++) {
        if (bad[i].code != YQ_OK) {
            expect_failed(&single, &bad[i].c, bad[i].code);
        } else {
            expect_good(&single, &bad[i].c);
        }
    }
}

Test(xuper, a_transaction_stands_in_the_block_that_it_names)
{
    static const change other = {
        TX1,
        "\"blockid\": \"c8d34880cecc1c455abfe36bcf7ad85388efa8737cd51a4e8fb0f7ee1672fc81\"",
        "\"blockid\": \"92b50595073650a202b9d7ecda909a4c9347fb7ebc07a0d575c8de03df0a6131\""};
    expect_failed(&single, &other, YQ_E_BODY_MISMATCH);
}

Test(xuper, keys_addresses_and_the_genesis_belong_to_the_chain)
{
    static const change moved = {
        "genesis.json",
        "\"nofee\": true, \"crypto\": \"gm\"",
        "\n  \"crypto\" : \"gm\",\"nofee\":true"};
    static const change pretty = {"pub0.json", "\"X\":", "\n  \"X\" : "};
    static const struct {
        change c;
        yq_status code;
    } bad[] = {
        {{"addr0", "ui8G", "ui8H"}, YQ_E_HASH},
        {{"addr0", "ui8GX8", "111111"}, YQ_E_NONCANONICAL},
        {{"genesis.json", "\"proposer_num\": \"4\"", "\"proposer_num\": \"5\""},
         YQ_E_BODY_MISMATCH},
        {{"genesis.json", "\"nofee\": true", "\"nofee\": false"}, YQ_E_BODY_MISMATCH},
        {{"genesis.json", "\"ratio\": 1", "\"ratio\": 2"}, YQ_E_BODY_MISMATCH},
        {{"genesis.json", "\"bft_config\": {}", "\"bft_config\": {\"a\": null}"},
         YQ_E_BODY_MISMATCH},
        {{"genesis.json", "\"bft_config\": {}", "\"bft_config\": []"}, YQ_E_BODY_MISMATCH},
        {{"pub0.json", "\"X\":1", "\"X\":01"}, YQ_E_JSON_STRICT},
        {{"pub0.json", "\"X\":", "\"X\":null,\"Z\":"}, YQ_E_NONCANONICAL},
    };
    expect_good(&bft, &moved);
    expect_good(&bft, &pretty);
    for (size_t i = 0; i < YQ_ARRAY_N(bad); i++) {
        expect_failed(&bft, &bad[i].c, bad[i].code);
    }
    static const change another = {"pub0.json", "\"X\":108", "\"X\":109"};
    run_report *report = judge(&bft, &another);
    cr_expect_str_eq(
        run_report_reason(report, "pub0.json"), "a public key whose address nothing beside it has");
    run_report_free(report);
}

/* ---- signatures: of a transaction that is changed, and whose id is made right again ---- */

static yq_status signed_with(const change *c, size_t *signatures)
{
    static uint8_t bytes[8192], preimage[8192];
    uint8_t md[2][YQ_HASH_SIZE_MAX];
    char path[512];
    yq_slice text;
    yq_fault why;
    xuper_message message;
    yq_writer m = yq_writer_of(bytes, sizeof bytes), w = yq_writer_of(preimage, sizeof preimage);
    copy_changed(&single, TX1, c);
    (void)snprintf(path, sizeof path, "%s/%s", dir, TX1);
    cr_assert_eq(run_file_read(path, &text, &why), YQ_OK);
    (void)unlink(path);
    yq_json *document = yq_json_parse(text, text.n, &why);
    cr_assert_not_null(document);
    cr_assert(xuper_message_of_json(yq_json_root(document), &m));
    cr_assert_eq(xuper_message_read(yq_writer_slice(&m), &message, &why), YQ_OK);
    cr_assert_eq(xuper_preimage(&message, 1, XUPER_SIGNED, &w, &why), YQ_OK);
    yq_hash_one(YQ_HASH_SHA256, yq_writer_slice(&w), md[0]);
    yq_hash_one(YQ_HASH_SHA256, yq_slice_of(md[0], YQ_DIGEST_SIZE), md[1]);
    message.txid = yq_slice_of(md[1], YQ_DIGEST_SIZE);
    xuper_run *run = calloc(1, sizeof *run);
    cr_assert_not_null(run);
    run->client = run_client_new(run_verifier("xuperchain"));
    run->space = run_workspace_new();
    *signatures = 0;
    yq_status status = xuper_tx_check(run, &message, signatures, &why);
    run_client_free(run->client);
    run_workspace_free(run->space);
    free(run);
    yq_json_free(document);
    run_file_free(text);
    return status;
}

Test(xuper, a_transaction_is_signed_by_its_accounts)
{
    static const struct {
        change c;
        yq_status code;
    } bad[] = {
        {{TX1, "\"nonce\": \"1", "\"nonce\": \"2"}, YQ_E_SIG},
        {{TX1, "\"initiator\": \"gHe8", "\"initiator\": \"gHe9"}, YQ_E_SIGNER_MISMATCH},
        {{TX1, "\"initiator\": \"gHe8QE62sK7q8mbFNDEUUtDmu43i4HzsE\"", "\"initiator\": \"\""},
         YQ_E_SIG},
        {{TX1, "\"authRequire\": [\n    \"gHe8", "\"authRequire\": [\n    \"gHe9"}, YQ_E_SIG},
        {{TX1, "\\\"X\\\":7301", "\\\"X\\\":7302"}, YQ_E_SIGNER_MISMATCH},
        {{TX1, "\\\"X\\\":7301", "\\\"x\\\":7301"}, YQ_E_NONCANONICAL},
        {{TX1, "\"sign\": \"30", "\"sign\": \"31"}, YQ_E_TYPE},
        {{TX1,
          "gHe8QE62sK7q8mbFNDEUUtDmu43i4HzsE\"\n  ],\n  \"initiatorSigns\"",
          "gHe9QE62sK7q8mbFNDEUUtDmu43i4HzsE\"\n  ],\n  \"none\""},
         YQ_E_SIGNER_MISMATCH},
    };
    size_t signatures;
    cr_expect_eq(signed_with(NULL, &signatures), YQ_OK);
    cr_expect_eq(signatures, 2);
    for (size_t i = 0; i < YQ_ARRAY_N(bad); i++) {
        yq_status status = signed_with(&bad[i].c, &signatures);
        cr_expect_eq(status, bad[i].code, "%s: %d", bad[i].c.from, status);
    }
}
