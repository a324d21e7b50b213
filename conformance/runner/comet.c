#include "conformance/runner/comet.h"

#include "relay/base/assert.h"
#include "relay/base/bytes.h"

#include <stdio.h>
#include <stdlib.h>

#define DOCS_MAX 4096u

static int has(const yq_json *object, const char *key)
{
    return yq_json_get(object, key) != NULL;
}

/* The cases of a file: an array, or an object of named ones. */
static const yq_json *first_case(const yq_json *value)
{
    if (yq_json_is_array(value)) {
        return yq_json_at(value, 0);
    }
    const char *key = yq_json_count(value) > 0 ? yq_json_key_at(value, 0) : NULL;
    return key == NULL ? NULL : yq_json_get(value, key);
}

static int is_case(const yq_json *v)
{
    return yq_json_is_object(v) &&
           ((has(v, "Op") && (has(v, "Expected") || has(v, "Spec"))) ||
            (has(v, "Proof") && (has(v, "Expected") || has(v, "Spec"))) ||
            (has(v, "Leaf") && has(v, "Spec")) || (has(v, "HashOp") && has(v, "Preimage")));
}

comet_class comet_class_of(const yq_json *v)
{
    if (is_case(first_case(v))) {
        return COMET_OPS;
    }
    if (!yq_json_is_object(v)) {
        return COMET_OTHER;
    }
    if (has(v, "initial") && has(v, "input") && has(yq_json_get(v, "initial"), "signed_header")) {
        return COMET_STEPS;
    }
    if (has(v, "client_state_hex") && has(v, "consensus_state_hex")) {
        return COMET_IBC;
    }
    if (has(v, "root") &&
        (has(v, "existence") || (has(v, "proof") && (has(v, "items") || has(v, "key"))))) {
        return COMET_PROOF;
    }
    if (has(v, "signed_header") && has(yq_json_get(v, "signed_header"), "commit")) {
        return COMET_COMMIT;
    }
    return has(v, "validators") && has(v, "block_height") ? COMET_VALIDATORS : COMET_OTHER;
}

typedef struct doc {
    const run_file *file;
    yq_json *document;
    const yq_json *value;
    comet_class class;
} doc;

static void read_doc(const run_file *file, doc *out)
{
    yq_slice text;
    yq_fault why;
    *out = (doc){.file = file};
    if (!run_ends_with(file->base, ".json") || run_file_read(file->path, &text, &why) != YQ_OK) {
        return;
    }
    out->document = yq_json_parse(text, RUN_FILE_MAX, &why);
    run_file_free(text);
    if (out->document != NULL) {
        const yq_json *root = yq_json_root(out->document);
        const yq_json *result = yq_json_get(root, "result");
        out->value = result == NULL ? root : result;
        out->class = comet_class_of(out->value);
    }
}

static uint64_t height_of(const doc *d)
{
    uint64_t height = 0;
    const yq_json *v =
        d->class == COMET_COMMIT
            ? yq_json_get(yq_json_get(yq_json_get(d->value, "signed_header"), "header"), "height")
            : yq_json_get(d->value, "block_height");
    (void)yq_json_quantity(v, &height);
    return height;
}

static void run_doc(comet_run *run, const doc *d)
{
    switch (d->class) {
    case COMET_STEPS:
        comet_steps(run, d->file->name, d->value);
        break;
    case COMET_IBC:
        comet_ibc(run, d->file->name, d->value);
        break;
    case COMET_PROOF:
        comet_proof(run, d->file->name, d->value);
        break;
    case COMET_OPS:
        comet_ops(run, d->file->name, d->value);
        break;
    case COMET_OTHER:
    case COMET_COMMIT:
    case COMET_VALIDATORS:
        break;
    }
}

/* A file that should be a document and is none fails where the folder has documents of ours. */
static void bad_rows(comet_run *run, const doc *docs, size_t n, size_t ours)
{
    for (size_t i = 0; i < n && ours > 0; i++) {
        if (docs[i].document == NULL && run_ends_with(docs[i].file->base, ".json")) {
            run_row row = {.file = docs[i].file->name, .kind = "file", .anchor = "none"};
            row.code = YQ_E_JSON_STRICT;
            run_report_row(run->report, &row);
        }
    }
}

void run_comet_folder(run_report *report, const run_folder *folder, int mutations)
{
    size_t n = folder->n < DOCS_MAX ? folder->n : DOCS_MAX, ours = 0, replies = 0;
    doc *docs = calloc(n, sizeof *docs);
    comet_reply *reply = calloc(n, sizeof *reply);
    comet_run *run = calloc(1, sizeof *run);
    YQ_ASSERT(docs != NULL && reply != NULL && run != NULL);
    const yq_verifier *verifier = run_verifier("cometbft");
    YQ_ASSERT(verifier != NULL);
    run->report = report;
    run->mutations = mutations;
    run->client = run_client_new(verifier);
    run->space = run_workspace_new();
    for (size_t i = 0; i < n; i++) {
        read_doc(&folder->file[i], &docs[i]);
        ours += docs[i].class != COMET_OTHER;
        if (docs[i].class == COMET_COMMIT || docs[i].class == COMET_VALIDATORS) {
            reply[replies++] = (comet_reply){
                folder->file[i].name, docs[i].value, docs[i].class, height_of(&docs[i])};
        }
    }
    for (size_t i = 0; i < n; i++) {
        run_doc(run, &docs[i]);
    }
    comet_replies(run, reply, replies);
    bad_rows(run, docs, n, ours);
    for (size_t i = 0; i < n; i++) {
        yq_json_free(docs[i].document);
    }
    run_client_free(run->client);
    run_workspace_free(run->space);
    free(run);
    free(reply);
    free(docs);
}
