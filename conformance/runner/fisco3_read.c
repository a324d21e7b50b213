#include "conformance/runner/fisco3.h"
#include "relay/base/assert.h"
#include "relay/base/bytes.h"

#include <stdlib.h>

static int has(const yq_json *object, const char *key)
{
    return yq_json_get(object, key) != NULL;
}

static const yq_json *block_in(const yq_json *v)
{
    return has(v, "txsRoot") && has(v, "receiptsRoot") && has(v, "sealerList") &&
                   has(v, "consensusWeights")
               ? v
               : NULL;
}

static const yq_json *tx_in(const yq_json *v)
{
    return has(v, "chainID") && has(v, "groupID") && has(v, "blockLimit") && has(v, "nonce") ? v
                                                                                             : NULL;
}

static const yq_json *receipt_in(const yq_json *v)
{
    return has(v, "logEntries") && has(v, "contractAddress") && has(v, "gasUsed") &&
                   has(v, "blockNumber")
               ? v
               : NULL;
}

static const yq_json *tars_in(const yq_json *v)
{
    const yq_json *list = yq_json_get(v, "vectors"), *first = yq_json_at(list, 0);
    return has(first, "hex") && has(yq_json_get(first, "expect"), "alg") ? list : NULL;
}

static void class_of(fisco3_doc *doc, const yq_json *root)
{
    const yq_json *result = yq_json_get(root, "result");
    const yq_json *v = result == NULL ? root : result;
    doc->block = block_in(v);
    doc->tx = tx_in(v);
    doc->receipt = receipt_in(v);
    doc->bare = doc->block != NULL || doc->tx != NULL || doc->receipt != NULL;
    if (!doc->bare) {
        doc->block = block_in(yq_json_get(root, "block"));
        doc->tx = tx_in(yq_json_get(root, "tx"));
        doc->receipt = receipt_in(yq_json_get(root, "receipt"));
        doc->tars = tars_in(root);
    }
    doc->expect = yq_json_get(root, "expect");
    if (doc->block != NULL && !yq_json_quantity(yq_json_get(doc->block, "number"), &doc->number)) {
        doc->block = NULL;
    }
}

static int is_ours(const fisco3_doc *doc)
{
    return doc->block != NULL || doc->tx != NULL || doc->receipt != NULL || doc->tars != NULL;
}

int fisco3_has_docs(const run_folder *folder)
{
    int ours = 0;
    for (size_t i = 0; i < folder->doc_n && !ours; i++) {
        fisco3_doc doc = {.file = NULL};
        class_of(&doc, folder->doc[i].root);
        ours = is_ours(&doc);
    }
    return ours;
}

size_t fisco3_read(fisco3_run *run)
{
    run->n = 0;
    run->doc = calloc(run->folder->doc_n + 1, sizeof *run->doc);
    YQ_ASSERT(run->doc != NULL);
    for (size_t i = 0; i < run->folder->doc_n; i++) {
        fisco3_doc doc = {.file = run->folder->doc[i].file};
        class_of(&doc, run->folder->doc[i].root);
        if (is_ours(&doc)) {
            run->doc[run->n++] = doc;
        }
    }
    return run->n;
}

void fisco3_free(fisco3_run *run)
{
    free(run->doc);
    run->doc = NULL;
    run->n = 0;
}

const yq_json *fisco3_receipt_of(const fisco3_run *run, const yq_json *tx)
{
    yq_digest hash, own;
    for (size_t i = 0; i < run->n && fisco3_digest(tx, "hash", &hash); i++) {
        if (fisco3_digest(run->doc[i].receipt, "transactionHash", &own) &&
            yq_digest_equal(&own, &hash)) {
            return run->doc[i].receipt;
        }
    }
    return NULL;
}

const fisco3_doc *fisco3_block_of(
    fisco3_run *run, uint64_t number, uint8_t suite, const char *root, const yq_digest *is)
{
    const fisco3_doc *found = NULL;
    for (size_t i = 0; i < run->n; i++) {
        const fisco3_doc *doc = &run->doc[i];
        yq_digest own, hash;
        yq_writer w = yq_writer_of(run->next, sizeof run->next);
        if (doc->block == NULL || doc->number != number || !fisco3_digest(doc->block, root, &own) ||
            !fisco3_digest(doc->block, "hash", &hash)) {
            continue;
        }
        if (yq_digest_equal(&own, is)) {
            return doc;
        }
        fisco3_put_header(doc->block, &w);
        found = fisco3_suite_of(yq_writer_slice(&w), &hash) == suite ? doc : found;
    }
    return found;
}
