#include "conformance/runner/fisco2.h"

#include "relay/base/assert.h"
#include "relay/base/bytes.h"

#include <stdio.h>
#include <stdlib.h>

/* The node's own word on suite and items where the folder has it; else what the blocks hash to. */
static void find_profile(fisco2_run *run)
{
    yq_fault why;
    run->profile = (yq_fisco2_profile){
        .suite = YQ_FISCO2_SUITE_SM, .receipt_items = 8, .chain_id = 1, .group_id = 1};
    for (size_t i = 0; i < run->n; i++) {
        if (run->doc[i].class == FISCO2_VERSION &&
            yq_fisco2_profile_of(run->doc[i].value, 1, &run->profile, &why) == YQ_OK) {
            return;
        }
    }
    for (size_t i = 0; i < run->n; i++) {
        uint8_t suite =
            run->doc[i].class == FISCO2_BLOCK ? yq_fisco2_suite_of(run->doc[i].value) : 0;
        if (suite != 0) {
            run->profile.suite = suite;
            break;
        }
    }
    /* Without the version, the items of a receipt are those of which a recorded root is made. */
    for (size_t i = 0; i < run->n; i++) {
        const yq_json *txs = yq_json_get(run->doc[i].value, "transactions");
        yq_slice hash;
        if (run->doc[i].class != FISCO2_BLOCK || yq_json_count(txs) != 1 ||
            !yq_json_text(yq_json_get(yq_json_at(txs, 0), "hash"), &hash)) {
            continue;
        }
        const fisco2_doc *receipt = fisco2_find(run, FISCO2_RECEIPT, hash);
        if (receipt == NULL) {
            continue;
        }
        for (uint8_t items = 7; items <= 8; items++) {
            yq_fisco2_profile tried = run->profile;
            tried.receipt_items = items;
            yq_buf out = {run->evidence, sizeof run->evidence, 0};
            yq_digest own, root, stated;
            yq_buf room = {stated.b, sizeof stated.b, 0};
            uint8_t path[256];
            yq_buf path_out = {path, sizeof path, 0};
            if (yq_fisco2_receipt_rlp(&tried, receipt->value, &out, &own, &why) == YQ_OK &&
                yq_fisco2_path_of_hashes(
                    yq_fisco2_profile_hash(&tried), &own, 1, 0, &path_out, &root) == YQ_OK &&
                yq_json_hex(yq_json_get(run->doc[i].value, "receiptsRoot"), &room) &&
                room.n == YQ_DIGEST_SIZE && memcmp(root.b, stated.b, YQ_DIGEST_SIZE) == 0) {
                run->profile = tried;
                return;
            }
        }
    }
}

static yq_status update_of(
    fisco2_run *run, const fisco2_doc *doc, yq_slice *evidence, yq_fault *why)
{
    static fisco2_paths paths[FISCO2_CHANGES_MAX];
    yq_fisco2_inclusion_json change[FISCO2_CHANGES_MAX];
    size_t n = fisco2_changes(run, doc->number - 1, change, paths, FISCO2_CHANGES_MAX);
    yq_buf out = {run->evidence, sizeof run->evidence, 0};
    yq_status status = yq_fisco2_update_of_json(&run->profile, doc->value, change, n, &out, why);
    *evidence = yq_slice_of(out.p, out.n);
    return status;
}

static void note(run_row *row, const yq_fault *why)
{
    if (row->code != YQ_OK) {
        (void)snprintf(row->note, sizeof row->note, "offset %u: %s", why->offset, why->text);
    }
}

/* Every file of one height; the first good one advances the client. Returns 0 when none did. */
static int height_rows(fisco2_run *run, uint64_t number)
{
    static uint8_t kept[FISCO2_EVIDENCE_MAX];
    size_t kept_n = 0;
    for (size_t i = 0; i < run->n; i++) {
        const fisco2_doc *doc = &run->doc[i];
        if (doc->class != FISCO2_BLOCK || doc->number != number) {
            continue;
        }
        run_row row = {.file = doc->file->name, .kind = "block", .anchor = run->anchor};
        if (yq_json_get(doc->value, "signatureList") == NULL) {
            run_report_skip(run->report, doc->file->name, "a block without its signatures");
            continue;
        }
        yq_fault why = {0};
        yq_slice evidence;
        row.code = update_of(run, doc, &evidence, &why);
        if (row.code == YQ_OK) {
            row.code = run_client_try_update(run->client, run->space, evidence, &why);
        }
        row.expected = fisco2_expected(doc, row.code);
        run_row_check(&row, "header hash");
        run_row_check(&row, "parent hash");
        run_row_check(&row, "sealers");
        run_row_check(&row, "signatures");
        run_row_check(&row, "quorum");
        note(&row, &why);
        if (row.code == YQ_OK && run->mutations && kept_n == 0) {
            run_mutate(run->report, run->client, RUN_MUTATE_UPDATE, evidence, NULL, &row);
        }
        if (row.code == YQ_OK && kept_n == 0) {
            memcpy(kept, evidence.p, evidence.n);
            kept_n = evidence.n;
        }
        run_report_row(run->report, &row);
    }
    yq_fault why;
    return kept_n > 0 && run_client_update(run->client, yq_slice_of(kept, kept_n), &why) == YQ_OK;
}

/* Every file of the lowest block; the client begins with `first`. Returns 0 when that is no anchor.
 */
static int start(fisco2_run *run, const fisco2_doc *first)
{
    int started = 0;
    run->anchor = first->number == 0 ? "genesis" : "self";
    for (size_t i = 0; i < run->n; i++) {
        const fisco2_doc *doc = &run->doc[i];
        if (doc->class != FISCO2_BLOCK || doc->number != first->number) {
            continue;
        }
        yq_buf out = {run->evidence, sizeof run->evidence, 0};
        run_row row = {.file = doc->file->name, .kind = "anchor", .anchor = run->anchor};
        yq_fault why = {0};
        row.code = yq_fisco2_anchor_of_json(&run->profile, doc->value, &out, &why);
        const yq_slice anchor = yq_slice_of(out.p, out.n);
        if (row.code == YQ_OK) {
            row.code = doc == first ? run_client_init(run->client, anchor, &why)
                                    : run_client_try_init(run->client, run->space, anchor, &why);
        }
        started |= doc == first && row.code == YQ_OK;
        row.expected = fisco2_expected(doc, row.code);
        run_row_check(&row, "header hash");
        run_row_check(&row, "sealers");
        note(&row, &why);
        run_report_row(run->report, &row);
    }
    return started;
}

/* The lowest block at or above a height; of several the one with its signatures. */
static const fisco2_doc *block_from(const fisco2_run *run, uint64_t from)
{
    const fisco2_doc *found = NULL;
    for (size_t i = 0; i < run->n; i++) {
        const fisco2_doc *doc = &run->doc[i];
        if (doc->class != FISCO2_BLOCK || doc->number < from) {
            continue;
        }
        if (found == NULL || doc->number < found->number ||
            (doc->number == found->number && yq_json_get(found->value, "signatureList") == NULL)) {
            found = doc;
        }
    }
    return found;
}

/* Starts below a block that is signed by its own sealers. */
static int start_below(fisco2_run *run, const fisco2_doc *first)
{
    uint8_t state[32u << 10];
    yq_buf own = {state, sizeof state, 0};
    if (first->number == 0 || yq_json_count(yq_json_get(first->value, "signatureList")) == 0 ||
        !fisco2_self_anchor(&run->profile, first->value, &own)) {
        return 0;
    }
    run->anchor = "self";
    run_client_set_state(run->client, yq_slice_of(own.p, own.n));
    return 1;
}

/* From a block on, as far as its successors are there. Returns the height at which they are not, or
 * 0 where a block could not be followed. */
static uint64_t follow(fisco2_run *run, const fisco2_doc *first)
{
    uint64_t n = first->number;
    if (!start_below(run, first)) {
        if (!start(run, first)) {
            return 0;
        }
        n++;
    }
    for (; fisco2_find_block(run, n, 0) != NULL; n++) {
        const fisco2_doc *block = fisco2_find_block(run, n, 1);
        if (!height_rows(run, n)) {
            return 0;
        }
        if (block != NULL) {
            fisco2_proofs(run, block);
        }
    }
    return n;
}

/* Where heights are missing, the next block is its own anchor again. */
static void recorded(fisco2_run *run)
{
    const fisco2_doc *first = block_from(run, 0);
    find_profile(run);
    while (first != NULL) {
        uint64_t next = follow(run, first);
        first = next == 0 ? NULL : block_from(run, next);
    }
}

static void skip_others(fisco2_run *run)
{
    for (size_t i = 0; i < run->n; i++) {
        const fisco2_doc *doc = &run->doc[i];
        if (doc->class == FISCO2_OTHER || doc->class == FISCO2_VERSION) {
            run_report_skip(
                run->report, doc->file->name, "nothing in it is hashed or signed by the chain");
        } else if (!run_report_names(run->report, doc->file->name) && !fisco2_is_copy(run, doc)) {
            run_report_skip(
                run->report,
                doc->file->name,
                doc->class == FISCO2_BLOCK ? "the chain could not be followed to this block"
                                           : "no block that was followed has it");
        }
    }
}

void run_fisco2_folder(run_report *report, const run_folder *folder, int mutations)
{
    if (!fisco2_has_docs(folder)) {
        return;
    }
    fisco2_run *run = calloc(1, sizeof *run);
    YQ_ASSERT(run != NULL);
    run->report = report;
    run->folder = folder;
    run->mutations = mutations;
    size_t ours = fisco2_read(run), recorded_n = 0;
    const yq_verifier *verifier = run_verifier("fisco-bcos-2");
    YQ_ASSERT(verifier != NULL);
    run->client = run_client_new(verifier);
    run->space = run_workspace_new();
    for (size_t i = 0; i < run->n; i++) {
        if (run->doc[i].class == FISCO2_SAMPLE) {
            fisco2_sample(run, &run->doc[i]);
            ours--;
        }
        recorded_n += run->doc[i].class == FISCO2_BLOCK;
    }
    if (recorded_n > 0) {
        recorded(run);
        skip_others(run);
    } else if (ours > 0) {
        for (size_t i = 0; i < run->n; i++) {
            if (run->doc[i].class != FISCO2_OTHER && run->doc[i].class != FISCO2_SAMPLE) {
                run_report_skip(report, run->doc[i].file->name, "its block is not beside it");
            }
        }
    }
    run_client_free(run->client);
    run_workspace_free(run->space);
    fisco2_free(run);
    free(run);
}
