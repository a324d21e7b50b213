#include "conformance/runner/fisco2.h"
#include "relay/base/bytes.h"
#include "relay/base/cursor.h"
#include "relay/base/writer.h"
#include "relay/codec/rlp.h"
#include "relay/crypto/crypto.h"

#include <stdio.h>

static uint8_t room[2u << 20];

/* A published block stands alone: its own sealers are taken on trust, and the row says so. */
static void block_row(fisco2_run *run, const fisco2_doc *doc, const yq_json *block)
{
    run_row row = {.file = doc->file->name, .kind = "block", .anchor = "self"};
    yq_fault why = {0};
    uint8_t state[32u << 10];
    yq_buf own = {state, sizeof state, 0}, out = {run->evidence, sizeof run->evidence, 0};
    run_row_check(&row, "header hash");
    if (yq_json_count(yq_json_get(block, "signatureList")) == 0) {
        (void)snprintf(row.note, sizeof row.note, "the sample has no signatures");
        row.code = yq_fisco2_anchor_of_json(&run->profile, block, &out, &why);
        if (row.code == YQ_OK) {
            row.code = run_client_init(run->client, yq_slice_of(out.p, out.n), &why);
        }
    } else if (!fisco2_self_anchor(&run->profile, block, &own)) {
        row.code = YQ_E_FIELD_MISSING;
    } else {
        run_client_set_state(run->client, yq_slice_of(own.p, own.n));
        row.code = yq_fisco2_update_of_json(&run->profile, block, NULL, 0, &out, &why);
        yq_slice evidence = yq_slice_of(out.p, out.n);
        if (row.code == YQ_OK && run->mutations) {
            run_mutate(run->report, run->client, RUN_MUTATE_UPDATE, evidence, NULL, &row);
        }
        if (row.code == YQ_OK) {
            row.code = run_client_update(run->client, evidence, &why);
        }
        run_row_check(&row, "signatures");
        run_row_check(&row, "quorum");
    }
    if (row.code != YQ_OK) {
        (void)snprintf(row.note, sizeof row.note, "offset %u: %s", why.offset, why.text);
    }
    row.expected = fisco2_expected(doc, row.code);
    run_report_row(run->report, &row);
}

static int root_of(const yq_json *block, const char *name, yq_digest *root)
{
    yq_buf out = {root->b, sizeof root->b, 0};
    return yq_json_hex(yq_json_get(block, name), &out) && out.n == YQ_DIGEST_SIZE;
}

/* All transactions are in the sample: each hash, and the root over them. */
static void transactions_row(fisco2_run *run, const fisco2_doc *doc, const yq_json *block)
{
    static yq_digest hash[FISCO2_BLOCK_TX_MAX];
    const yq_json *txs = yq_json_get(block, "transactions");
    size_t n = yq_json_count(txs);
    if (n == 0 || n > FISCO2_BLOCK_TX_MAX || !yq_json_is_object(yq_json_at(txs, 0))) {
        return;
    }
    run_row row = {.file = doc->file->name, .kind = "transactions", .anchor = "self"};
    yq_fault why = {0};
    for (size_t i = 0; i < n && row.code == YQ_OK; i++) {
        yq_buf out = {room, sizeof room, 0};
        row.code = yq_fisco2_tx_rlp(&run->profile, yq_json_at(txs, i), &out, &hash[i], &why);
    }
    yq_digest root, stated;
    yq_buf path = {room, sizeof room, 0};
    if (row.code == YQ_OK) {
        row.code = yq_fisco2_path_of_hashes(
            yq_fisco2_profile_hash(&run->profile), hash, n, 0, &path, &root);
    }
    if (row.code == YQ_OK && (!root_of(block, "transactionsRoot", &stated) ||
                              memcmp(root.b, stated.b, YQ_DIGEST_SIZE) != 0)) {
        row.code = YQ_E_PROOF;
    }
    run_row_check(&row, "transaction hashes");
    run_row_check(&row, "transactions root");
    row.expected = fisco2_expected(doc, row.code);
    (void)snprintf(row.note, sizeof row.note, "%s", why.text);
    run_report_row(run->report, &row);
}

/* The root that a path of ours leads to: level by level, the top hashed once more. */
static int follow(
    uint32_t alg, yq_slice path, uint32_t index, const yq_digest *object, yq_digest *root)
{
    yq_cur c = yq_cur_of(path);
    uint8_t head[8];
    yq_digest node = *object;
    size_t levels = yq_cur_u8(&c);
    if (levels == 0) {
        yq_writer w = yq_writer_of(head, sizeof head);
        yq_rlp_put_uint(&w, index);
        yq_slice part[2] = {yq_writer_slice(&w), {node.b, YQ_DIGEST_SIZE}};
        yq_hash(alg, part, 2, root->b);
        return yq_cur_done(&c, NULL) == YQ_OK;
    }
    for (size_t level = 0; level < levels; level++) {
        uint8_t bytes[16 * 40];
        yq_writer w = yq_writer_of(bytes, sizeof bytes);
        uint32_t own = index >> 4 * level & 15u;
        size_t size = yq_cur_u8(&c);
        for (uint32_t i = 0; i < size && i < 16; i++) {
            if (level == 0) {
                yq_rlp_put_uint(&w, (index & ~15u) + i);
            }
            yq_slice child =
                i == own ? yq_slice_of(node.b, YQ_DIGEST_SIZE) : yq_cur_take(&c, YQ_DIGEST_SIZE);
            yq_put(&w, child);
        }
        yq_hash_one(alg, yq_writer_slice(&w), node.b);
    }
    yq_hash_one(alg, yq_slice_of(node.b, YQ_DIGEST_SIZE), root->b);
    return yq_cur_done(&c, NULL) == YQ_OK;
}

/* Is the root of the path the block's, or, for a proof without a block, the one that is expected?
 */
static yq_status root_right(
    const fisco2_doc *doc, const yq_json *block, const char *name, const yq_digest *root)
{
    yq_digest stated;
    const yq_json *expect = yq_json_get(doc->root, "expect");
    if (block == NULL ? !root_of(expect, "computed_root", &stated)
                      : !root_of(block, name, &stated)) {
        return YQ_E_HEADER_UNKNOWN;
    }
    return memcmp(root->b, stated.b, YQ_DIGEST_SIZE) == 0 ? YQ_OK : YQ_E_PROOF;
}

/* The reply of old nodes leaves out what the transaction's hash covers: its own word is taken. */
static void tx_proof_row(
    fisco2_run *run, const fisco2_doc *doc, const yq_json *block, const yq_json *proof)
{
    const yq_json *tx = yq_json_get(proof, "transaction"), *list = yq_json_get(proof, "txProof");
    if (tx == NULL || list == NULL) {
        return;
    }
    run_row row = {
        .file = doc->file->name,
        .kind = "transaction proof",
        .anchor = block == NULL ? "none" : "self"};
    yq_digest hash = {{0}}, root;
    yq_buf out = {hash.b, sizeof hash.b, 0}, path = {room, sizeof room, 0};
    uint32_t index;
    yq_fault why = {0};
    row.code = yq_fisco2_index_of(tx, &index, &why);
    if (row.code == YQ_OK && (!yq_json_hex(yq_json_get(tx, "hash"), &out) || out.n != 32)) {
        row.code = YQ_E_FIELD_MISSING;
    }
    if (row.code == YQ_OK) {
        row.code = yq_fisco2_path_of_json(list, index, &path, &why);
    }
    if (row.code == YQ_OK) {
        row.code = follow(
                       yq_fisco2_profile_hash(&run->profile),
                       yq_slice_of(path.p, path.n),
                       index,
                       &hash,
                       &root)
                       ? root_right(doc, block, "transactionsRoot", &root)
                       : YQ_E_PROOF;
    }
    run_row_check(&row, "path of the stated hash");
    (void)snprintf(row.note, sizeof row.note, "%s", why.text);
    row.expected = fisco2_expected(doc, row.code);
    run_report_row(run->report, &row);
}

static yq_status receipt_code(
    fisco2_run *run,
    const fisco2_doc *doc,
    const yq_json *block,
    const yq_json *proof,
    yq_fault *why)
{
    static uint8_t rlp[2u << 20];
    const yq_json *receipt = yq_json_get(proof, "transactionReceipt");
    uint32_t index;
    yq_digest hash, root;
    yq_buf out = {rlp, sizeof rlp, 0}, path = {room, sizeof room, 0};
    yq_status status = yq_fisco2_index_of(receipt, &index, why);
    if (status == YQ_OK) {
        status = yq_fisco2_receipt_rlp(&run->profile, receipt, &out, &hash, why);
    }
    if (status == YQ_OK) {
        status = yq_fisco2_path_of_json(yq_json_get(proof, "receiptProof"), index, &path, why);
    }
    if (status != YQ_OK) {
        return status;
    }
    int led = follow(
        yq_fisco2_profile_hash(&run->profile), yq_slice_of(path.p, path.n), index, &hash, &root);
    return led ? root_right(doc, block, "receiptsRoot", &root) : YQ_E_PROOF;
}

/* A sample does not name its version: a receipt has 7 items or 8, and one of them must lead to the
 * root. */
static void receipt_proof_row(
    fisco2_run *run, const fisco2_doc *doc, const yq_json *block, const yq_json *proof)
{
    if (proof == NULL || yq_json_get(proof, "receiptProof") == NULL || block == NULL) {
        return;
    }
    run_row row = {.file = doc->file->name, .kind = "receipt proof", .anchor = "self"};
    yq_fault why = {0};
    for (uint8_t items = 7; items <= 8; items++) {
        run->profile.receipt_items = items;
        row.code = receipt_code(run, doc, block, proof, &why);
        if (row.code == YQ_OK) {
            run_row_check(&row, items == 7 ? "receipt hash of 7 items" : "receipt hash of 8 items");
            break;
        }
    }
    run_row_check(&row, "path");
    (void)snprintf(row.note, sizeof row.note, "%s", why.text);
    row.expected = fisco2_expected(doc, row.code);
    run_report_row(run->report, &row);
}

void fisco2_sample(fisco2_run *run, const fisco2_doc *doc)
{
    const yq_json *root = doc->value, *block = yq_json_get(root, "block");
    const yq_json *proof = yq_json_get(root, "proof");
    uint8_t suite = block == NULL ? YQ_FISCO2_SUITE_KECCAK : yq_fisco2_suite_of(block);
    run->profile = (yq_fisco2_profile){
        .suite = suite == 0 ? YQ_FISCO2_SUITE_SM : suite,
        .receipt_items = 8,
        .chain_id = 1,
        .group_id = 1};
    if (block != NULL) {
        block_row(run, doc, block);
        transactions_row(run, doc, block);
    }
    tx_proof_row(run, doc, block, yq_json_get(root, "txproof"));
    tx_proof_row(run, doc, block, proof);
    receipt_proof_row(run, doc, block, yq_json_get(root, "receiptproof"));
    receipt_proof_row(run, doc, block, proof);
}
