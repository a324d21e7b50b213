#include "conformance/runner/fisco3.h"
#include "light-clients/fisco-bcos-3/fisco3.h"
#include "relay/base/bytes.h"
#include "relay/crypto/crypto.h"

#include <stdio.h>

/* Versions before 3.1 hash in another way: there, signatures over the stated hash can be seen. */
static int is_supported(const yq_json *block)
{
    uint64_t version = 0;
    (void)yq_json_quantity(yq_json_get(block, "version"), &version);
    return version >= YQ_FISCO3_VERSION_MIN && version <= YQ_FISCO3_VERSION_MAX;
}

static void signatures_row(fisco3_run *run, const fisco3_doc *doc)
{
    const yq_json *sigs = yq_json_get(doc->block, "signatureList");
    const yq_json *ids = yq_json_get(doc->block, "sealerList");
    run_row row = {.file = doc->file->name, .kind = "signatures", .anchor = "none"};
    yq_fault why = {0};
    yq_digest hash = {{0}};
    yq_status status = fisco3_digest(doc->block, "hash", &hash) ? YQ_OK : YQ_E_FIELD_MISSING;
    for (size_t i = 0; i < yq_json_count(sigs) && status == YQ_OK; i++) {
        const yq_json *one = yq_json_at(sigs, i);
        uint8_t sig[65], id[64], key[64] = {0};
        yq_buf s = {sig, sizeof sig, 0}, k = {id, sizeof id, 0};
        uint64_t index = 0;
        if (!yq_json_quantity(yq_json_get(one, "sealerIndex"), &index) ||
            !yq_json_hex(yq_json_get(one, "signature"), &s) || s.n != sizeof sig ||
            !yq_json_hex(yq_json_at(ids, (size_t)index), &k) || k.n != sizeof id) {
            status = YQ_E_FIELD_MISSING;
            break;
        }
        status = yq_secp256k1_recover(hash.b, sig, key);
        if (status == YQ_OK && memcmp(key, id, sizeof key) != 0) {
            status = YQ_E_SIGNER_MISMATCH;
        }
    }
    run_row_check(&row, "signatures of the stated hash");
    run_row_verdict(&row, status, &why, yq_json_count(sigs) > 0);
    run_report_row(run->report, &row);
}

static void genesis_row(
    fisco3_run *run, const fisco3_doc *doc, uint8_t suite, const yq_digest *hash)
{
    run_row row = {.file = doc->file->name, .kind = "genesis", .anchor = "genesis"};
    yq_fault why = {0};
    yq_writer w = yq_writer_of(run->bytes, sizeof run->bytes);
    fisco3_put_genesis(doc->block, suite, hash, &w);
    run_row_check(&row, "header hash");
    run_row_check(&row, "sealers");
    yq_status status =
        w.status == YQ_OK ? run_client_init(run->client, yq_writer_slice(&w), &why) : w.status;
    run_row_verdict(&row, status, &why, 1);
    run_report_row(run->report, &row);
}

/* In a folder of replies the block before is the parent. */
static yq_status check_before(const fisco3_run *run, const fisco3_doc *doc, run_row *row)
{
    yq_digest parent, own;
    const yq_json *info = yq_json_at(yq_json_get(doc->block, "parentInfo"), 0);
    for (size_t i = 0; i < run->n && doc->bare; i++) {
        const fisco3_doc *before = &run->doc[i];
        if (before->block == NULL || !before->bare || before->number + 1 != doc->number) {
            continue;
        }
        run_row_check(row, "parent");
        if (!fisco3_digest(info, "blockHash", &parent) ||
            !fisco3_digest(before->block, "hash", &own) || !yq_digest_equal(&parent, &own)) {
            return YQ_E_PARENT;
        }
    }
    return YQ_OK;
}

/* Codes with which the light client refuses what is there, but has more than one reading. */
static int is_form(yq_status status)
{
    return status == YQ_E_NONCANONICAL || status == YQ_E_EMITTER || status == YQ_E_EVENT_UNPROVEN ||
           status == YQ_E_TX_FAILED || status == YQ_E_LIMIT;
}

static void event_row(
    fisco3_run *run, const fisco3_doc *doc, uint8_t suite, const fisco3_doc *of, uint32_t log)
{
    const yq_json *receipt = fisco3_receipt_of(run, of->tx);
    run_row row = {.file = of->file->name, .kind = "event", .anchor = "self"};
    yq_verified_event event;
    yq_fault why = {0};
    int hex = 0;
    yq_writer w = yq_writer_of(run->bytes, sizeof run->bytes);
    yq_status status = fisco3_tx_suite(of->tx, &w, &hex) == suite ? YQ_OK : YQ_E_HASH;
    w = yq_writer_of(run->bytes, sizeof run->bytes);
    fisco3_put_event(suite, of->tx, receipt, hex, doc->number, log, &w);
    status = status == YQ_OK ? w.status : status;
    if (status == YQ_OK) {
        status = run_client_event(run->client, run->space, yq_writer_slice(&w), &event, &why);
    }
    if (status == YQ_OK && run->mutations) {
        const run_claim claim = {
            w.n - sizeof(uint32_t), sizeof(uint32_t), "log index", "which log is meant"};
        run_mutate(run->report, run->client, RUN_MUTATE_EVENT, yq_writer_slice(&w), &claim, &row);
    }
    run_row_check(&row, "paths");
    run_row_check(&row, "one reading");
    run_row_verdict(&row, status, &why, !is_form(status));
    run_report_row(run->report, &row);
}

/* A block counts when the next one stands on it: then the logs of its calls can be asked for. */
static void event_rows(fisco3_run *run, const fisco3_doc *doc, uint8_t suite)
{
    yq_fault why;
    yq_writer w = yq_writer_of(run->bytes, sizeof run->bytes);
    const fisco3_doc *next = NULL;
    for (size_t i = 0; i < run->n; i++) {
        const fisco3_doc *d = &run->doc[i];
        next = d->block != NULL && d->bare && doc->bare && d->number == doc->number + 1 ? d : next;
    }
    if (next == NULL) {
        return;
    }
    fisco3_put_update(next->block, suite, &w);
    if (w.status != YQ_OK || run_client_update(run->client, yq_writer_slice(&w), &why) != YQ_OK) {
        return; /* its own row says why, or its sealers are others */
    }
    for (size_t i = 0; i < run->n; i++) {
        uint64_t number = 0;
        const yq_json *receipt =
            run->doc[i].tx == NULL ? NULL : fisco3_receipt_of(run, run->doc[i].tx);
        (void)yq_json_quantity(yq_json_get(receipt, "blockNumber"), &number);
        size_t logs = yq_json_count(yq_json_get(receipt, "logEntries"));
        for (uint32_t k = 0; k < logs && number == doc->number; k++) {
            event_row(run, doc, suite, &run->doc[i], k);
        }
    }
}

/* A transaction that says the chain's names: any of the folder, or of the sample. */
static const yq_json *names_of(const fisco3_run *run, const fisco3_doc *doc)
{
    const yq_json *tx = doc->tx;
    for (size_t i = 0; i < run->n && tx == NULL && doc->bare; i++) {
        tx = run->doc[i].tx;
    }
    return tx;
}

static yq_status follow(
    fisco3_run *run, const fisco3_doc *doc, uint8_t suite, run_row *row, yq_fault *why)
{
    yq_writer w = yq_writer_of(run->next, sizeof run->next);
    fisco3_put_state(doc->block, suite, names_of(run, doc), &w);
    if (w.status != YQ_OK || doc->number == 0) {
        return w.status == YQ_OK ? YQ_E_RANGE : w.status;
    }
    run_client_set_state(run->client, yq_writer_slice(&w));
    w = yq_writer_of(run->bytes, sizeof run->bytes);
    fisco3_put_update(doc->block, suite, &w);
    yq_status status = w.status;
    if (status == YQ_OK) {
        status = run_client_try_update(run->client, run->space, yq_writer_slice(&w), why);
    }
    if (status == YQ_OK && run->mutations) {
        run_mutate(run->report, run->client, RUN_MUTATE_UPDATE, yq_writer_slice(&w), NULL, row);
    }
    return status == YQ_OK ? run_client_update(run->client, yq_writer_slice(&w), why) : status;
}

void fisco3_block_rows(fisco3_run *run, const fisco3_doc *doc)
{
    run_row row = {.file = doc->file->name, .kind = "block", .anchor = "self"};
    yq_fault why = {0};
    yq_digest hash = {{0}};
    yq_writer w = yq_writer_of(run->bytes, sizeof run->bytes);
    (void)fisco3_digest(doc->block, "hash", &hash);
    fisco3_put_header(doc->block, &w);
    uint8_t suite = w.status == YQ_OK ? fisco3_suite_of(yq_writer_slice(&w), &hash) : 0;
    if (doc->number == 0 && suite != 0) {
        genesis_row(run, doc, suite, &hash);
        return;
    }
    yq_status status = w.status != YQ_OK ? w.status : suite == 0 ? YQ_E_HASH : YQ_OK;
    int supported = is_supported(doc->block);
    if (!supported) {
        signatures_row(run, doc);
        status = YQ_E_VERSION;
    }
    if (status == YQ_OK) {
        status = check_before(run, doc, &row);
    }
    if (status == YQ_OK) {
        status = follow(run, doc, suite, &row, &why);
    }
    run_row_check(&row, "header hash");
    run_row_check(&row, "signatures");
    run_row_check(&row, "quorum");
    run_row_verdict(&row, status, &why, supported);
    run_report_row(run->report, &row);
    if (status == YQ_OK) {
        event_rows(run, doc, suite);
    }
}
