#include "conformance/runner/comet.h"

#include "relay/base/assert.h"
#include "relay/base/bytes.h"

#include <stdio.h>
#include <stdlib.h>

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
    const yq_json *value;
    comet_class class;
} doc;

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

static void judge_doc(comet_run *run, const doc *d)
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

/* Returns how many documents of the folder are of ours. */
static size_t read_docs(const run_folder *folder, doc *docs)
{
    size_t n = 0;
    for (size_t i = 0; i < folder->doc_n; i++) {
        const yq_json *root = folder->doc[i].root, *result = yq_json_get(root, "result");
        doc *d = &docs[n];
        *d = (doc){.file = folder->doc[i].file, .value = result == NULL ? root : result};
        d->class = comet_class_of(d->value);
        n += d->class != COMET_OTHER;
    }
    return n;
}

static void judge_docs(comet_run *run, const doc *docs, size_t n)
{
    size_t replies = 0;
    comet_reply *reply = calloc(n, sizeof *reply);
    YQ_ASSERT(reply != NULL);
    for (size_t i = 0; i < n; i++) {
        if (docs[i].class == COMET_COMMIT || docs[i].class == COMET_VALIDATORS) {
            reply[replies++] = (comet_reply){
                docs[i].file->name, docs[i].value, docs[i].class, height_of(&docs[i])};
        }
        judge_doc(run, &docs[i]);
    }
    comet_replies(run, reply, replies);
    free(reply);
}

void run_comet_folder(run_report *report, const run_folder *folder, int mutations)
{
    const yq_verifier *verifier = run_verifier("cometbft");
    doc *docs = calloc(folder->doc_n + 1, sizeof *docs);
    YQ_ASSERT(docs != NULL && verifier != NULL);
    size_t n = read_docs(folder, docs);
    if (n > 0) {
        comet_run *run = calloc(1, sizeof *run);
        YQ_ASSERT(run != NULL);
        run->report = report;
        run->mutations = mutations;
        run->client = run_client_new(verifier);
        run->space = run_workspace_new();
        judge_docs(run, docs, n);
        run_client_free(run->client);
        run_workspace_free(run->space);
        free(run);
    }
    free(docs);
}
