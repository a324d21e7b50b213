#include "conformance/runner/fisco3.h"

#include "relay/base/assert.h"

#include <stdlib.h>

void run_fisco3_folder(run_report *report, const run_folder *folder, int mutations)
{
    const yq_verifier *verifier = run_verifier("fisco-bcos-3");
    if (!fisco3_has_docs(folder)) {
        return;
    }
    fisco3_run *run = calloc(1, sizeof *run);
    YQ_ASSERT(run != NULL && verifier != NULL);
    run->report = report;
    run->folder = folder;
    run->mutations = mutations;
    run->client = run_client_new(verifier);
    run->space = run_workspace_new();
    (void)fisco3_read(run);
    for (size_t i = 0; i < run->n; i++) {
        const fisco3_doc *doc = &run->doc[i];
        if (doc->block != NULL) {
            fisco3_block_rows(run, doc);
        }
        if (doc->tx != NULL) {
            fisco3_tx_rows(run, doc);
        }
        if (doc->receipt != NULL) {
            fisco3_receipt_rows(run, doc);
        }
        if (doc->tars != NULL) {
            fisco3_tars_rows(run, doc);
        }
    }
    run_client_free(run->client);
    run_workspace_free(run->space);
    fisco3_free(run);
    free(run);
}
