#include "conformance/runner/fisco2.h"
#include "relay/base/assert.h"
#include "relay/base/bytes.h"

#include <stdio.h>

/* The objects of one block. */
typedef struct objects {
    size_t n;
    const yq_json *tx[FISCO2_BLOCK_TX_MAX], *receipt[FISCO2_BLOCK_TX_MAX];
    const fisco2_doc *receipt_doc[FISCO2_BLOCK_TX_MAX];
    yq_digest hash[2][FISCO2_BLOCK_TX_MAX]; /* of transactions and receipts */
    int complete; /* all are there, so paths can be made without the node */
} objects;

static const yq_json *receipt_of(const fisco2_run *run, yq_slice hash, const fisco2_doc **doc)
{
    *doc = fisco2_find(run, FISCO2_RECEIPT, hash);
    if (*doc != NULL) {
        return (*doc)->value;
    }
    *doc = fisco2_find(run, FISCO2_RECEIPT_PROOF, hash);
    return *doc == NULL ? NULL : yq_json_get((*doc)->value, "transactionReceipt");
}

static yq_status hash_object(fisco2_run *run, objects *o, size_t i, yq_fault *why)
{
    static uint8_t room[2u << 20];
    yq_buf out = {room, sizeof room, 0};
    yq_status status = yq_fisco2_tx_rlp(&run->profile, o->tx[i], &out, &o->hash[0][i], why);
    if (status != YQ_OK || o->receipt[i] == NULL) {
        return status;
    }
    out.n = 0;
    return yq_fisco2_receipt_rlp(&run->profile, o->receipt[i], &out, &o->hash[1][i], why);
}

static void collect(fisco2_run *run, const fisco2_doc *block, objects *o)
{
    const yq_json *txs = yq_json_get(block->value, "transactions");
    *o = (objects){.complete = 1};
    size_t n = yq_json_count(txs);
    if (n > FISCO2_BLOCK_TX_MAX) {
        o->complete = 0;
        return;
    }
    o->n = n;
    for (size_t i = 0; i < n; i++) {
        const yq_json *item = yq_json_at(txs, i);
        yq_slice hash;
        if (!yq_json_is_object(item)) {
            const fisco2_doc *doc =
                yq_json_text(item, &hash) ? fisco2_find(run, FISCO2_TX, hash) : NULL;
            item = doc == NULL ? NULL : doc->value;
        }
        o->tx[i] = item;
        yq_fault why;
        if (item == NULL || !yq_json_text(yq_json_get(item, "hash"), &hash)) {
            o->complete = 0;
            continue;
        }
        o->receipt[i] = receipt_of(run, hash, &o->receipt_doc[i]);
        if (o->receipt[i] == NULL || hash_object(run, o, i, &why) != YQ_OK) {
            o->complete = 0;
        }
    }
}

static int make_path(fisco2_run *run, const objects *o, unsigned which, size_t i, fisco2_paths *p)
{
    static yq_digest copy[FISCO2_BLOCK_TX_MAX];
    memcpy(copy, o->hash[which], o->n * sizeof copy[0]);
    yq_buf out = {p->room[which], sizeof p->room[which], 0};
    if (yq_fisco2_path_of_hashes(
            yq_fisco2_profile_hash(&run->profile), copy, o->n, (uint32_t)i, &out, NULL) != YQ_OK) {
        return 0;
    }
    p->path[which] = yq_slice_of(out.p, out.n);
    return 1;
}

/* With the node's own lists where they are recorded, else with paths from all objects. */
static int inclusion_of(
    fisco2_run *run, const objects *o, size_t i, fisco2_paths *paths, yq_fisco2_inclusion_json *in)
{
    yq_slice hash;
    if (o->tx[i] == NULL || o->receipt[i] == NULL ||
        !yq_json_text(yq_json_get(o->tx[i], "hash"), &hash)) {
        return 0;
    }
    const fisco2_doc *tx = fisco2_find(run, FISCO2_TX_PROOF, hash);
    const fisco2_doc *receipt = fisco2_find(run, FISCO2_RECEIPT_PROOF, hash);
    *in = (yq_fisco2_inclusion_json){.tx = o->tx[i], .receipt = o->receipt[i]};
    if (tx != NULL) {
        in->tx_proof = yq_json_get(tx->value, "txProof");
    } else if (!o->complete || !make_path(run, o, 0, i, paths)) {
        return 0;
    }
    if (receipt != NULL) {
        in->receipt_proof = yq_json_get(receipt->value, "receiptProof");
    } else if (!o->complete || !make_path(run, o, 1, i, paths)) {
        return 0;
    }
    in->tx_path = paths->path[0];
    in->receipt_path = paths->path[1];
    return 1;
}

size_t fisco2_changes(
    fisco2_run *run,
    uint64_t number,
    yq_fisco2_inclusion_json *change,
    fisco2_paths *paths,
    size_t cap)
{
    static objects o;
    const fisco2_doc *block = fisco2_find_block(run, number, 1);
    size_t n = 0;
    if (block == NULL) {
        return 0;
    }
    collect(run, block, &o);
    for (size_t i = 0; i < o.n && n < cap; i++) {
        if (o.tx[i] != NULL && o.receipt[i] != NULL && yq_fisco2_is_set_change(o.tx[i]) &&
            yq_fisco2_set_changed(o.receipt[i]) &&
            inclusion_of(run, &o, i, &paths[n], &change[n])) {
            n++;
        }
    }
    return n;
}

/* Asks for every log of a receipt. Where there is none, or the transaction failed, the right answer
 * is a refusal with that reason after everything else was found in order. */
static void judge(
    fisco2_run *run, uint64_t number, const yq_fisco2_inclusion_json *in, run_row *row)
{
    uint64_t status = 1;
    (void)yq_json_quantity(yq_json_get(in->receipt, "status"), &status);
    size_t logs = yq_json_count(yq_json_get(in->receipt, "logs"));
    size_t asked = logs == 0 ? 1 : logs;
    yq_status right = status != 0 ? YQ_E_TX_FAILED : logs == 0 ? YQ_E_EVENT_UNPROVEN : YQ_OK;
    yq_fault why = {0};
    for (uint32_t k = 0; k < asked; k++) {
        yq_buf out = {run->evidence, sizeof run->evidence, 0};
        yq_verified_event event;
        row->code = yq_fisco2_event_of_json(&run->profile, number, in, k, &out, &why);
        if (row->code == YQ_OK) {
            row->code =
                run_client_event(run->client, run->space, yq_slice_of(out.p, out.n), &event, &why);
        }
        if (row->code != right) {
            (void)snprintf(row->note, sizeof row->note, "log %u: %s", k, why.text);
            row->code = row->code == YQ_OK ? YQ_E_CONFLICT : row->code;
            return;
        }
        row->code = YQ_OK;
        if (right == YQ_OK && k == 0 && run->mutations) {
            const run_claim claim = {
                out.n - sizeof(uint32_t), sizeof(uint32_t), "log index", "which log is meant"};
            run_mutate(
                run->report, run->client, RUN_MUTATE_EVENT, yq_slice_of(out.p, out.n), &claim, row);
        }
    }
    run_row_check(
        row,
        right == YQ_OK                 ? "events"
        : right == YQ_E_EVENT_UNPROVEN ? "no event"
                                       : "failed transaction refused");
}

static void row_of(
    fisco2_run *run,
    const fisco2_doc *doc,
    const char *kind,
    uint64_t number,
    const yq_fisco2_inclusion_json *in)
{
    if (doc == NULL) {
        return;
    }
    run_row row = {.file = doc->file->name, .kind = kind, .anchor = run->anchor};
    run_row_check(&row, "transaction hash");
    run_row_check(&row, "receipt hash");
    run_row_check(&row, "paths");
    judge(run, number, in, &row);
    row.expected = fisco2_expected(doc, row.code);
    run_report_row(run->report, &row);
}

static void tx_row(fisco2_run *run, const objects *o, size_t i, const fisco2_doc *doc)
{
    static uint8_t room[2u << 20];
    if (doc == NULL) {
        return;
    }
    run_row row = {.file = doc->file->name, .kind = "transaction", .anchor = run->anchor};
    yq_buf out = {room, sizeof room, 0};
    yq_digest hash;
    yq_fault why = {0};
    row.code = yq_fisco2_tx_rlp(&run->profile, doc->value, &out, &hash, &why);
    if (row.code == YQ_OK && memcmp(hash.b, o->hash[0][i].b, YQ_DIGEST_SIZE) != 0) {
        row.code = YQ_E_HASH;
    }
    run_row_check(&row, "transaction hash");
    row.expected = fisco2_expected(doc, row.code);
    (void)snprintf(row.note, sizeof row.note, "%s", why.text);
    run_report_row(run->report, &row);
}

/* Both proofs that a node gave, or none of them. */
static void recorded_rows(
    fisco2_run *run, uint64_t number, yq_slice hash, const yq_fisco2_inclusion_json *in)
{
    const fisco2_doc *tx = fisco2_find(run, FISCO2_TX_PROOF, hash);
    const fisco2_doc *receipt = fisco2_find(run, FISCO2_RECEIPT_PROOF, hash);
    int mutations = run->mutations;
    row_of(run, tx, "transaction proof", number, in);
    run->mutations = 0; /* the same evidence */
    if (receipt != NULL) {
        yq_fisco2_inclusion_json own = *in;
        own.receipt = yq_json_get(receipt->value, "transactionReceipt");
        row_of(run, receipt, "receipt proof", number, &own);
    }
    run->mutations = mutations;
}

/* Documents of an object that another one has been taken for: each must hold by itself. */
static void further_rows(
    fisco2_run *run,
    const objects *o,
    size_t i,
    uint64_t number,
    const yq_fisco2_inclusion_json *in)
{
    yq_slice hash = {0};
    (void)yq_json_text(yq_json_get(o->tx[i], "hash"), &hash);
    for (size_t k = 0; k < run->n; k++) {
        const fisco2_doc *doc = &run->doc[k];
        yq_fisco2_inclusion_json own = {0};
        if (!fisco2_is_about(doc, hash) || fisco2_find(run, doc->class, hash) == doc ||
            fisco2_is_copy(run, doc)) {
            continue;
        }
        if (in != NULL) {
            own = *in;
        }
        if (doc->class == FISCO2_TX) {
            tx_row(run, o, i, doc);
        } else if (in == NULL) {
            run_report_skip(
                run->report, doc->file->name, "the other receipts of its block are not there");
        } else if (doc->class == FISCO2_TX_PROOF) {
            own.tx_proof = yq_json_get(doc->value, "txProof");
            row_of(run, doc, "transaction proof", number, &own);
        } else if (doc->class == FISCO2_RECEIPT_PROOF) {
            own.receipt = yq_json_get(doc->value, "transactionReceipt");
            own.receipt_proof = yq_json_get(doc->value, "receiptProof");
            row_of(run, doc, "receipt proof", number, &own);
        } else {
            own.receipt = doc->value;
            row_of(run, doc, "receipt", number, &own);
        }
    }
}

void fisco2_proofs(fisco2_run *run, const fisco2_doc *block)
{
    static objects o;
    static fisco2_paths paths;
    collect(run, block, &o);
    for (size_t i = 0; i < o.n; i++) {
        yq_slice hash;
        yq_fisco2_inclusion_json in;
        if (o.tx[i] == NULL || !yq_json_text(yq_json_get(o.tx[i], "hash"), &hash)) {
            continue;
        }
        tx_row(run, &o, i, fisco2_find(run, FISCO2_TX, hash));
        const fisco2_doc *receipt = fisco2_find(run, FISCO2_RECEIPT, hash);
        if (!inclusion_of(run, &o, i, &paths, &in)) {
            if (receipt != NULL) {
                run_report_skip(
                    run->report,
                    receipt->file->name,
                    "the other receipts of its block are not there");
            }
            further_rows(run, &o, i, block->number, NULL);
            continue;
        }
        int own_proofs = in.tx_proof != NULL;
        if (own_proofs) {
            recorded_rows(run, block->number, hash, &in);
        }
        int mutations = run->mutations;
        run->mutations = mutations && !own_proofs;
        row_of(run, receipt, "receipt", block->number, &in);
        run->mutations = 0; /* one of each object is enough */
        further_rows(run, &o, i, block->number, &in);
        run->mutations = mutations;
    }
}
