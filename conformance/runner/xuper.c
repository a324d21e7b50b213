#include "conformance/runner/xuper.h"

#include "relay/base/assert.h"
#include "relay/base/bytes.h"

#include <stdlib.h>

static int is_text(const yq_json *object, const char *key)
{
    yq_slice text;
    return yq_json_text(yq_json_get(object, key), &text);
}

static int is_block(const yq_json *root)
{
    return is_text(root, "blockid") && is_text(root, "merkleRoot") &&
           yq_json_get(root, "txid") == NULL;
}

static int is_tx(const yq_json *root)
{
    return is_text(root, "txid") && yq_json_get(root, "txInputs") != NULL;
}

static int by_height(const void *a, const void *b)
{
    const uint64_t x = xuper_number((*(const run_doc *const *)a)->root, "height");
    const uint64_t y = xuper_number((*(const run_doc *const *)b)->root, "height");
    return (x > y) - (x < y);
}

/* The blocks in order of their heights, so that a parent is known before its child. */
static void block_rows(xuper_run *run)
{
    const run_doc **at = calloc(run->folder->doc_n + 1, sizeof(const run_doc *));
    size_t n = 0;
    YQ_ASSERT(at != NULL);
    for (size_t i = 0; i < run->folder->doc_n; i++) {
        if (is_block(run->folder->doc[i].root)) {
            at[n++] = &run->folder->doc[i];
        }
    }
    qsort(at, n, sizeof(const run_doc *), by_height);
    for (size_t i = 0; i < n; i++) {
        xuper_block_row(run, at[i]->file->name, at[i]->root);
    }
    free(at);
}

static void tx_rows(xuper_run *run)
{
    for (size_t i = 0; i < run->folder->doc_n; i++) {
        const run_doc *doc = &run->folder->doc[i];
        if (is_tx(doc->root)) {
            xuper_tx_doc(run, doc->file->name, doc->root);
        } else if (is_text(doc->root, "tx_pb_hex")) {
            xuper_tx_sample(run, doc->file->name, doc->root);
        }
    }
    for (size_t i = 0; i < run->folder->n; i++) {
        const run_file *file = &run->folder->file[i];
        yq_slice bytes;
        yq_fault why;
        if (file->form == RUN_FORM_BINARY && !run_ends_with(file->base, ".block") &&
            run_file_read(file->path, &bytes, &why) == YQ_OK) {
            (void)xuper_tx_bytes(run, file->name, bytes);
            run_file_free(bytes);
        }
    }
}

/* What stands beside blocks counts without them when it is a key, or the genesis. */
static int is_ours(const run_folder *folder)
{
    int ours = 0;
    for (size_t i = 0; i < folder->doc_n && !ours; i++) {
        const yq_json *root = folder->doc[i].root;
        ours = is_block(root) || is_tx(root) || is_text(root, "tx_pb_hex") ||
               is_text(root, "Curvname") || yq_json_get(root, "genesis_consensus") != NULL;
    }
    for (size_t i = 0; i < folder->n && !ours; i++) {
        ours = folder->file[i].form == RUN_FORM_BINARY;
    }
    return ours;
}

void run_xuper_folder(run_report *report, const run_folder *folder, int mutations)
{
    const yq_verifier *verifier = run_verifier("xuperchain");
    if (!is_ours(folder)) {
        return;
    }
    xuper_run *run = calloc(1, sizeof *run);
    YQ_ASSERT(run != NULL && verifier != NULL);
    run->report = report;
    run->folder = folder;
    run->mutations = mutations;
    run->client = run_client_new(verifier);
    run->space = run_workspace_new();
    block_rows(run);
    xuper_follow(run);
    tx_rows(run);
    xuper_keys(run);
    xuper_rest(run);
    for (size_t i = 0; i < run->n; i++) {
        free(run->block[i].raw);
    }
    free(run->block);
    run_client_free(run->client);
    run_workspace_free(run->space);
    free(run);
}
