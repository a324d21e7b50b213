#include "conformance/runner/kinds.h"

#include "relay/base/bytes.h"

#include <stdio.h>

typedef struct run_kind {
    const char *framework;
    void (*folder)(run_report *report, const run_folder *folder, int mutations);
} run_kind;

static const run_kind kinds[] = {
    {"chainmaker", run_cmaker_folder},
    {"xinghuo", run_xinghuo_folder},
    {"xuperchain", run_xuper_folder},
    {"cometbft", run_comet_folder},
    {"evm", run_evm_folder},
    {"fabric", run_fabric_folder},
    {"fisco-bcos-2", run_fisco2_folder},
    {"fisco-bcos-3", run_fisco3_folder},
};

const char *run_kind_name(size_t idx)
{
    return idx < YQ_ARRAY_N(kinds) ? kinds[idx].framework : NULL;
}

int run_kind_known(const char *framework)
{
    for (size_t i = 0; i < YQ_ARRAY_N(kinds); i++) {
        if (strcmp(framework, kinds[i].framework) == 0) {
            return 1;
        }
    }
    return 0;
}

/* What a name says; the rest is said by what the file holds. */
static const char *reason_of(const char *base)
{
    static const struct {
        const char *suffix, *reason;
    } of[] = {
        {".md", "text for people"},
        {".txt", "text for people"},
        {"LICENSE", "text for people"},
        {".py", "a program"},
        {".sh", "a program"},
        {".nodeid", "a node's name: nothing signs it"},
    };
    for (size_t i = 0; i < YQ_ARRAY_N(of); i++) {
        if (run_ends_with(base, of[i].suffix)) {
            return of[i].reason;
        }
    }
    return NULL;
}

static void failed_row(run_report *report, const char *name, yq_status code, const char *text)
{
    run_row row = {.file = name, .kind = "file", .anchor = "none", .code = code};
    (void)snprintf(row.note, sizeof row.note, "%s", text);
    run_report_row(report, &row);
}

/* A node's status is long, and recordings cut it: its reader takes what stands in front. */
static int is_status(const run_report *report, const run_file *file)
{
    const run_row *row = run_report_row_of(report, file->name, 0);
    return row != NULL && strcmp(row->kind, "status") == 0;
}

/* Returns 1 when a file cannot be what it should be: evidence that is cut must not pass unseen,
 * even where what stands in front of the cut was read. In: ours, the folder has rows, or all are
 * told. */
static int fails(const run_report *report, const run_file *file, int ours)
{
    switch (file->form) {
    case RUN_FORM_UNREADABLE:
        return 1;
    case RUN_FORM_NO_JSON:
        return ours && !is_status(report, file);
    case RUN_FORM_EMPTY:
        return ours && run_ends_with(file->base, ".json");
    case RUN_FORM_BINARY:
    case RUN_FORM_TEXT:
    case RUN_FORM_JSON:
    case RUN_FORM_DEEP:
    case RUN_FORM_LARGE:
        break;
    }
    return 0;
}

/* The other file that holds this value and is told of, or NULL. */
static const run_file *twin_of(
    const run_report *report, const run_folder *folder, const run_doc *doc)
{
    for (size_t i = 0; i < folder->doc_n; i++) {
        const run_doc *other = &folder->doc[i];
        if (other->file != doc->file && run_docs_same(other->root, doc->root) &&
            run_report_names(report, other->file->name)) {
            return other->file;
        }
    }
    return NULL;
}

/* What no reader took: a copy by its first document, or what it is by its name or by what it holds.
 */
static void tell_other(run_report *report, const run_folder *folder, const run_file *file)
{
    char text[160];
    const char *reason = reason_of(file->base);
    const run_file *twin = NULL;
    const run_doc *doc = NULL;
    for (size_t i = 0; i < folder->doc_n && doc == NULL; i++) {
        doc = folder->doc[i].file == file ? &folder->doc[i] : NULL;
    }
    if (doc != NULL) {
        twin = twin_of(report, folder, doc);
    }
    if (twin != NULL) {
        (void)snprintf(text, sizeof text, "the same as %s", twin->base);
    } else {
        run_docs_describe(folder, file, text, sizeof text);
    }
    run_report_skip(report, file->name, reason != NULL && twin == NULL ? reason : text);
}

static void tell_file(
    run_report *report, const run_folder *folder, const run_file *file, int rows, int all)
{
    char text[160];
    if (fails(report, file, rows || all)) {
        const yq_status code = file->form == RUN_FORM_EMPTY ? YQ_E_TRUNCATED : file->why.status;
        (void)snprintf(text, sizeof text, "offset %u: %s", file->why.offset, file->why.text);
        failed_row(report, file->name, code, file->form == RUN_FORM_EMPTY ? "empty" : text);
    } else if (all && !run_report_names(report, file->name)) {
        tell_other(report, folder, file);
    }
}

static void tell_left(run_report *report, const run_left *left, int all)
{
    if (left->code != YQ_OK) {
        failed_row(report, left->name, left->code, left->reason);
    } else if (all) {
        run_report_skip(report, left->name, left->reason);
    }
}

void run_kinds(run_report *report, const run_folder *folder, const char *framework, int mutations)
{
    const size_t before = run_report_rows(report);
    for (size_t i = 0; i < YQ_ARRAY_N(kinds); i++) {
        if (framework == NULL || strcmp(framework, kinds[i].framework) == 0) {
            kinds[i].folder(report, folder, mutations);
        }
    }
    const int rows = run_report_rows(report) > before;
    for (size_t i = 0; i < folder->n; i++) {
        tell_file(report, folder, &folder->file[i], rows, framework == NULL);
    }
    for (size_t i = 0; i < folder->left_n; i++) {
        tell_left(report, &folder->left[i], framework == NULL);
    }
}

typedef struct walk {
    run_report *report;
    const char *framework;
    int mutations;
} walk;

static void each(void *self, const run_folder *folder)
{
    const walk *w = self;
    run_kinds(w->report, folder, w->framework, w->mutations);
}

yq_status run_vectors(
    run_report *report, const char *path, const char *framework, int mutations, yq_fault *why)
{
    walk w = {report, framework, mutations};
    return run_walk(path, each, &w, why);
}
