#include "conformance/runner/fisco3.h"
#include "light-clients/fisco-bcos-3/test_chain.h"

#include <criterion/criterion.h>
#include <unistd.h>

/* Replies as nodes give them, made here: two blocks, the calls of the first with their proofs. */
static char dir[64];
static test_chain chain;
static test_block b[3];
static const char *const names[] = {
    "block11.json",
    "block12.json",
    "tx0.json",
    "receipt0.json",
    "tx1.json",
    "receipt1.json",
    "tx2.json",
    "receipt2.json",
    "tars.json"};

static void path_of(const char *name, char path[128])
{
    (void)snprintf(path, 128, "%s/%s", dir, name);
}

static void start(uint8_t suite)
{
    (void)snprintf(dir, sizeof dir, "/tmp/yq-test-fisco3-XXXXXX");
    cr_assert_not_null(mkdtemp(dir));
    memset(b, 0, sizeof b);
    chain = test_chain_new(suite, 4, 4);
    test_header_make(&chain, NULL, &b[0]);
    b[1].tx_n = 3;
    for (size_t i = 0; i < 3; i++) {
        test_tx_make(7 + i, TEST_CONTRACT, yq_slice_text("call"), &b[1].tx[i]);
        test_log_add(&b[1].tx[i], "first");
        b[1].tx[i].sender = chain.operator_key;
    }
    test_header_make(&chain, &b[0], &b[1]);
    test_plain_block(&chain, &b[1], &b[2]);
}

static void stop(void)
{
    for (size_t i = 0; i < YQ_ARRAY_N(names); i++) {
        char path[128];
        path_of(names[i], path);
        (void)unlink(path);
    }
    (void)rmdir(dir);
    test_chain_free(&chain);
}

static void put_reply(const char *name, yq_json_out *out)
{
    char path[128];
    size_t n;
    yq_json_out_end(out);
    yq_json_out_end(out);
    const char *text = yq_json_out_done(out, &n);
    cr_assert_not_null(text);
    path_of(name, path);
    FILE *f = fopen(path, "wb");
    cr_assert_not_null(f);
    cr_assert_eq(fwrite(text, 1, n, f), n);
    cr_assert_eq(fclose(f), 0);
    yq_json_out_free(out);
}

static yq_json_out *reply(void)
{
    yq_json_out *out = yq_json_out_new(1u << 20);
    yq_json_out_object(out, NULL);
    yq_json_out_str(out, "jsonrpc", "2.0");
    yq_json_out_object(out, "result");
    return out;
}

static void write_block(const char *name, const test_block *block)
{
    static const uint8_t state_root[32] = {7};
    static const char *const roots[] = {"txsRoot", "receiptsRoot"};
    yq_json_out *out = reply();
    yq_digest root, other[8];
    uint8_t kind[8];
    yq_json_out_uint(out, "version", block->version);
    yq_json_out_array(out, "parentInfo");
    yq_json_out_object(out, NULL);
    yq_json_out_uint(out, "blockNumber", block->number - 1);
    yq_json_out_hex(out, "blockHash", YQ_SLICE_OF(block->parent.b));
    yq_json_out_end(out);
    yq_json_out_end(out);
    for (int which = 0; which < 2; which++) {
        (void)test_tree(&chain, block, which, 0, &root, other, kind);
        yq_json_out_hex(out, roots[which], YQ_SLICE_OF(root.b));
    }
    yq_json_out_hex(out, "stateRoot", YQ_SLICE_OF(state_root));
    yq_json_out_uint(out, "number", block->number);
    yq_json_out_str(out, "gasUsed", "24363");
    yq_json_out_uint(out, "timestamp", block->time_ms);
    yq_json_out_uint(out, "sealer", 0);
    yq_json_out_array(out, "sealerList");
    for (size_t i = 0; i < 4; i++) {
        yq_json_out_hex(out, NULL, yq_key_public(chain.key[i]));
    }
    yq_json_out_end(out);
    yq_json_out_hex(out, "extraData", yq_slice_text("ex"));
    yq_json_out_array(out, "consensusWeights");
    for (size_t i = 0; i < 4; i++) {
        yq_json_out_uint(out, NULL, 1);
    }
    yq_json_out_end(out);
    yq_json_out_array(out, "signatureList");
    for (size_t i = 0; i < 3; i++) {
        uint8_t sig[65];
        yq_writer w = yq_writer_of(sig, sizeof sig);
        test_sign(&chain, &block->hash, chain.key[i], &w);
        yq_json_out_object(out, NULL);
        yq_json_out_uint(out, "sealerIndex", i);
        yq_json_out_hex(out, "signature", yq_writer_slice(&w));
        yq_json_out_end(out);
    }
    yq_json_out_end(out);
    yq_json_out_hex(out, "hash", YQ_SLICE_OF(block->hash.b));
    put_reply(name, out);
}

/* The flat proof of an object, as nodes write it. */
static void put_proof(yq_json_out *out, const char *key, int which, size_t index)
{
    yq_digest root, other[8], own;
    uint8_t kind[8];
    size_t levels = test_tree(&chain, &b[1], which, index, &root, other, kind);
    own = which == 0 ? test_tx_hash(&chain, &b[1].tx[index])
                     : test_receipt_hash(&chain, &b[1].tx[index], b[1].number);
    yq_json_out_array(out, key);
    for (size_t i = 0; i < levels; i++) {
        uint8_t head[32] = {[3] = kind[i] == 3 ? 1 : 2}, pair[64];
        memcpy(pair + (kind[i] == 2 ? 32 : 0), own.b, 32);
        memcpy(pair + (kind[i] == 2 ? 0 : 32), other[i].b, 32);
        yq_json_out_hex(out, NULL, YQ_SLICE_OF(head));
        yq_json_out_hex(out, NULL, yq_slice_of(pair, 32));
        if (kind[i] != 3) {
            yq_json_out_hex(out, NULL, yq_slice_of(pair + 32, 32));
        }
        own = test_hash(&chain, yq_slice_of(pair, kind[i] == 3 ? 32 : 64));
    }
    yq_json_out_end(out);
}

/* Of a transaction: its hash, and the signature over it. */
static void put_signed(yq_json_out *out, const test_tx *t)
{
    uint8_t sig[128];
    yq_writer w = yq_writer_of(sig, sizeof sig);
    yq_digest hash = test_tx_hash(&chain, t);
    yq_digest account = test_hash(&chain, yq_key_public(t->sender));
    test_sign(&chain, &hash, t->sender, &w);
    if (chain.suite == TEST_SM) {
        yq_put(&w, yq_key_public(t->sender));
    }
    yq_json_out_hex(out, "hash", YQ_SLICE_OF(hash.b));
    yq_json_out_hex(out, "signature", yq_writer_slice(&w));
    yq_json_out_hex(out, "from", yq_slice_of(account.b + 12, 20));
}

static void write_call(size_t index)
{
    const test_tx *t = &b[1].tx[index];
    yq_json_out *out = reply();
    yq_json_out_uint(out, "version", t->version);
    yq_json_out_str(out, "chainID", chain.name);
    yq_json_out_str(out, "groupID", chain.group);
    yq_json_out_uint(out, "blockLimit", 500);
    if (index == 0) {
        yq_json_out_str(out, "nonce", t->nonce); /* as nodes before 3.3 */
    } else {
        yq_json_out_hex(out, "nonce", yq_slice_text(t->nonce));
    }
    yq_json_out_str(out, "to", t->to);
    yq_json_out_hex(out, "input", yq_slice_of(t->rest, t->rest_n));
    yq_json_out_str(out, "abi", "");
    put_signed(out, t);
    put_proof(out, "txProof", 0, index);
    put_reply(names[2 + 2 * index], out);
}

static void write_receipt(size_t index)
{
    const test_tx *t = &b[1].tx[index];
    yq_digest hash = test_tx_hash(&chain, t);
    yq_json_out *out = reply();
    yq_json_out_uint(out, "version", t->receipt_version);
    yq_json_out_hex(out, "transactionHash", YQ_SLICE_OF(hash.b));
    yq_json_out_str(out, "gasUsed", t->gas);
    yq_json_out_str(out, "contractAddress", "");
    yq_json_out_uint(out, "status", t->status);
    yq_json_out_hex(out, "output", yq_slice_of(t->output, t->output_n));
    yq_json_out_array(out, "logEntries");
    for (size_t i = 0; i < t->log_n; i++) {
        yq_json_out_object(out, NULL);
        yq_json_out_str(out, "address", t->log[i].address);
        yq_json_out_array(out, "topics");
        yq_json_out_hex(out, NULL, YQ_SLICE_OF(t->log[i].topic));
        yq_json_out_end(out);
        yq_json_out_hex(out, "data", yq_slice_of(t->log[i].data, t->log[i].data_n));
        yq_json_out_end(out);
    }
    yq_json_out_end(out);
    yq_json_out_uint(out, "blockNumber", b[1].number);
    hash = test_receipt_hash(&chain, t, b[1].number);
    yq_json_out_hex(out, "hash", YQ_SLICE_OF(hash.b));
    put_proof(out, "txReceiptProof", 1, index);
    put_reply(names[3 + 2 * index], out);
}

static void write_all(void)
{
    write_block("block11.json", &b[1]);
    write_block("block12.json", &b[2]);
    for (size_t i = 0; i < 3; i++) {
        write_call(i);
        write_receipt(i);
    }
}

static void each(void *self, const run_folder *folder)
{
    run_fisco3_folder(self, folder, 0);
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

/* Exchanges the first place where a file has this text. */
static void spoil(const char *name, const char *text, const char *other)
{
    static char bytes[1u << 16];
    char path[128];
    path_of(name, path);
    FILE *f = fopen(path, "r+b");
    cr_assert_not_null(f);
    size_t n = fread(bytes, 1, sizeof bytes - 1, f);
    bytes[n] = 0;
    char *at = strstr(bytes, text);
    cr_assert_not_null(at, "%s in %s", text, name);
    memcpy(at, other, strlen(other));
    rewind(f);
    cr_assert_eq(fwrite(bytes, 1, n, f), n);
    cr_assert_eq(fclose(f), 0);
}

/* ---- a folder of replies ---- */

Test(fisco3, a_folder_of_replies_of_either_suite)
{
    static const uint8_t suite[] = {TEST_SM, TEST_KECCAK};
    static const char *const bad[][3] = {
        {"block11.json", "24363", "24364"},
        {"block11.json", "\"sealerIndex\":2", "\"sealerIndex\":1"},
        {"block12.json", "\"number\":12", "\"number\":13"},
        {"tx0.json", "\"nonce\":\"7\"", "\"nonce\":\"8\""},
        {"tx1.json", "\"blockLimit\":500", "\"blockLimit\":501"},
        {"tx2.json", "group0", "group1"},
        {"receipt0.json", "\"status\":0", "\"status\":1"},
        {"receipt1.json", "6849f2", "6849f3"},
        {"receipt2.json", "0000000100000000", "0000000200000000"},
    };
    for (size_t i = 0; i < YQ_ARRAY_N(suite); i++) {
        start(suite[i]);
        write_all();
        cr_expect_eq(judge(), 1, "suite %u", suite[i]);
        for (size_t k = 0; k < YQ_ARRAY_N(bad); k++) {
            write_all();
            spoil(bad[k][0], bad[k][1], bad[k][2]);
            cr_expect_eq(judge(), 0, "suite %u, %s", suite[i], bad[k][0]);
        }
        stop();
    }
}

static void read_folder(void *self, const run_folder *folder)
{
    fisco3_run *run = self;
    run->folder = folder;
    cr_assert_eq(fisco3_read(run), 8);
    size_t blocks = 0, calls = 0, receipts = 0;
    yq_digest root = {{0}}, none = {{9}};
    for (size_t i = 0; i < run->n; i++) {
        const fisco3_doc *doc = &run->doc[i];
        blocks += doc->block != NULL;
        calls += doc->tx != NULL;
        receipts += doc->receipt != NULL;
        cr_expect(doc->bare);
        cr_expect(doc->tx == NULL || fisco3_receipt_of(run, doc->tx) != NULL);
        if (doc->block != NULL && doc->number == 12) {
            cr_assert(fisco3_digest(doc->block, "txsRoot", &root));
        }
    }
    cr_expect_eq(blocks, 2);
    cr_expect_eq(calls, 3);
    cr_expect_eq(receipts, 3);
    cr_expect_eq(fisco3_block_of(run, 12, TEST_KECCAK, "txsRoot", &root)->number, 12);
    cr_expect_eq(fisco3_block_of(run, 12, TEST_KECCAK, "txsRoot", &none)->number, 12);
    cr_expect_null(fisco3_block_of(run, 12, TEST_SM, "txsRoot", &none));
    cr_expect_null(fisco3_block_of(run, 13, TEST_KECCAK, "txsRoot", &root));
    fisco3_free(run);
    cr_expect_eq(run->n, 0);
}

Test(fisco3, what_a_folder_holds_is_found_by_content)
{
    fisco3_run *run = calloc(1, sizeof *run);
    yq_fault why;
    start(TEST_KECCAK);
    write_all();
    cr_assert_not_null(run);
    cr_assert_eq(run_walk(dir, read_folder, run, &why), YQ_OK);
    free(run);
    stop();
}

/* ---- events of the light client, out of replies ---- */

static const yq_json *parse(const char *name, yq_json **document)
{
    char path[128];
    yq_slice text;
    yq_fault why;
    path_of(name, path);
    cr_assert_eq(run_file_read(path, &text, &why), YQ_OK);
    *document = yq_json_parse(text, RUN_FILE_MAX, &why);
    run_file_free(text);
    cr_assert_not_null(*document);
    return yq_json_get(yq_json_root(*document), "result");
}

Test(fisco3, replies_give_the_evidence_of_the_light_client)
{
    static const uint8_t suite[] = {TEST_SM, TEST_KECCAK};
    static uint8_t made[TEST_BYTES_MAX], wanted[TEST_BYTES_MAX];
    for (size_t i = 0; i < 6; i++) {
        yq_json *document[3];
        size_t index = i % 3;
        start(suite[i / 3]);
        write_all();
        const yq_json *tx = parse(names[2 + 2 * index], &document[0]);
        const yq_json *receipt = parse(names[3 + 2 * index], &document[1]);
        const yq_json *block = parse("block11.json", &document[2]);
        yq_writer w = yq_writer_of(made, sizeof made);
        fisco3_put_event(suite[i / 3], tx, receipt, index > 0, 11, 0, &w);
        cr_expect_eq(w.status, YQ_OK);
        cr_expect(yq_slice_equal(yq_writer_slice(&w), test_event(&chain, &b[1], index, 0, wanted)));
        w = yq_writer_of(made, sizeof made);
        fisco3_put_update(block, suite[i / 3], &w);
        yq_slice update = test_update(&chain, &b[1], 7, NULL, 0, wanted);
        cr_expect_eq(w.n, update.n);
        cr_expect_arr_eq(made, wanted, 300); /* signatures are made anew */
        for (size_t k = 0; k < 3; k++) {
            yq_json_free(document[k]);
        }
        stop();
    }
}

/* ---- flat proofs ---- */

Test(fisco3, flat_proofs_are_read_strictly)
{
    static fisco3_flat flat;
    const yq_digest leaf = {{1}};
    yq_digest root;
    flat.n = 0;
    cr_expect_eq(fisco3_flat_climb(&flat, TEST_SM, &leaf, &root), YQ_E_PROOF_INCOMPLETE);
    flat.n = 1;
    cr_expect_eq(fisco3_flat_climb(&flat, TEST_SM, &leaf, &root), YQ_E_PROOF);
    flat.bytes[0] = 1;
    cr_expect_eq(fisco3_flat_climb(&flat, TEST_SM, &leaf, &root), YQ_OK);
    cr_expect(yq_digest_equal(&root, &leaf));
    memset(flat.bytes, 0, sizeof flat.bytes);
    flat.n = 3;
    flat.bytes[3] = 2;
    cr_expect_eq(fisco3_flat_climb(&flat, TEST_SM, &leaf, &root), YQ_E_PROOF, "not in it");
    flat.bytes[64] = 1;
    cr_expect_eq(fisco3_flat_climb(&flat, TEST_SM, &leaf, &root), YQ_OK);
    flat.bytes[4] = 1;
    cr_expect_eq(fisco3_flat_climb(&flat, TEST_SM, &leaf, &root), YQ_E_PROOF_NONCANONICAL);
    flat.bytes[4] = 0;
    flat.bytes[3] = 3;
    cr_expect_eq(fisco3_flat_climb(&flat, TEST_SM, &leaf, &root), YQ_E_PROOF_NONCANONICAL);
    flat.bytes[3] = 0;
    cr_expect_eq(fisco3_flat_climb(&flat, TEST_SM, &leaf, &root), YQ_E_PROOF_NONCANONICAL);
    flat.bytes[3] = 2;
    flat.n = 2;
    cr_expect_eq(fisco3_flat_climb(&flat, TEST_SM, &leaf, &root), YQ_E_PROOF_INCOMPLETE);
}
