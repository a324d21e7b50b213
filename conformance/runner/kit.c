#include "conformance/runner/kit.h"

#include "conformance/runner/kit_case.h"
#include "relay/base/assert.h"
#include "relay/base/bytes.h"

#include <dirent.h>
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define PATH_SIZE 1024u

static const char *const hole_name[RUN_KIT_HOLES + 1] = {
    NULL,
    "the same signer repeated up to the quorum",
    "no signatures",
    "one signature of n",
    "a signer outside the set",
    "the validators come from what is submitted",
    "a set change without proof",
    "a header field altered, the stated hash kept",
    "signatures matched by height and not by hash",
    "a receipt that does not hash to the proven leaf",
    "an event of a foreign contract",
    "a proof of another chain",
    "a trust root that an update replaced",
    "two splits of fields with equal concatenation",
    "an address of a node inside the proof",
    "a bad proof that still moves something",
    "a missing rule that skips instead of refusing",
    "an empty list of endorsements",
    "signed bytes of strings without lengths"};

static const char *descriptor_fault(const yq_verifier *v)
{
    if (v == NULL || v->magic != YQ_VERIFIER_MAGIC) {
        return "magic";
    }
    if (v->abi_major != YQ_VERIFIER_ABI_MAJOR || v->size < sizeof *v) {
        return "ABI version or size";
    }
    if (v->version == 0 || v->framework == NULL || v->framework[0] == '\0') {
        return "framework, version";
    }
    if (v->state_size_max == 0 || v->state_size_max > YQ_CLIENT_STATE_MAX) {
        return "state_size_max";
    }
    return v->init == NULL || v->update == NULL || v->event == NULL || v->describe == NULL
               ? "init, update, event and describe are needed"
               : NULL;
}

/* A file of this build: ../<inside> from the folder of this program. */
static int beside(char *out, const char *inside, const char *name, const char *end)
{
    char own[PATH_SIZE];
    ssize_t n = readlink("/proc/self/exe", own, sizeof own - 1);
    for (unsigned i = 0; i < 2 && n > 0; i++) {
        while (n > 0 && own[--n] != '/') {
        }
    }
    if (n <= 0) {
        return 0;
    }
    own[n] = '\0';
    int size = snprintf(out, PATH_SIZE, "%s/%s%s%s", own, inside, name, end);
    return size > 0 && (size_t)size < PATH_SIZE;
}

/* lib/verifier-<last part of path>.so */
static int library_of(const char *path, char *out)
{
    char name[PATH_SIZE];
    size_t end = strlen(path);
    while (end > 1 && path[end - 1] == '/') {
        end--;
    }
    size_t begin = end;
    while (begin > 0 && path[begin - 1] != '/') {
        begin--;
    }
    if (end - begin >= sizeof name) {
        return 0;
    }
    memcpy(name, path + begin, end - begin);
    name[end - begin] = '\0';
    return beside(out, "lib/verifier-", name, ".so");
}

static yq_status load(const char *library, void **handle, const yq_verifier **out, yq_fault *why)
{
    *handle = dlopen(library, RTLD_NOW | RTLD_LOCAL);
    if (*handle == NULL) {
        return yq_fail(why, YQ_E_NOT_FOUND, 0, library);
    }
    /* POSIX gives functions as data pointers here. */
    union {
        void *data;
        const yq_verifier *(*entry)(void);
    } symbol = {dlsym(*handle, "yq_verifier_v1")};
    if (symbol.data == NULL) {
        (void)dlclose(*handle);
        return yq_fail(why, YQ_E_CONFIG_INVALID, 0, "no symbol yq_verifier_v1");
    }
    *out = symbol.entry();
    return YQ_OK;
}

static void each_folder(void *self, const run_folder *folder)
{
    for (size_t i = 0; i < folder->n; i++) {
        const run_file *file = &folder->file[i];
        if (run_ends_with(file->base, ".json") && strcmp(file->base, "layout.json") != 0) {
            run_kit_file(self, file);
        }
    }
}

/* Reads kit/layout.json, when there is one. */
static void read_layouts(run_kit_state *k, const char *cases)
{
    char path[3 * PATH_SIZE];
    run_row row = {.file = "layout.json", .kind = "layouts", .anchor = "none"};
    yq_slice text;
    yq_fault why = {0};
    int size = snprintf(path, sizeof path, "%s/layout.json", cases);
    if (size < 0 || (size_t)size >= sizeof path || run_file_read(path, &text, &why) != YQ_OK) {
        return;
    }
    k->layouts = yq_json_parse(text, RUN_FILE_MAX, &why);
    run_file_free(text);
    if (k->layouts == NULL) {
        run_row_verdict(&row, YQ_E_JSON_STRICT, &why, 1);
        run_report_row(k->report, &row);
    }
}

/* A row for each hole: how many cases, or why there are none. */
static void hole_rows(const run_kit_state *k)
{
    for (unsigned i = 1; i <= RUN_KIT_HOLES; i++) {
        const run_kit_hole *hole = &k->hole[i];
        run_row row = {.file = k->framework, .kind = "hole", .anchor = "none"};
        const char *reason = hole->reason[0] == '\0' ? "neither a case nor a reason" : hole->reason;
        if (hole->cases > 0) {
            (void)snprintf(
                row.note, sizeof row.note, "%u, %s: %u cases", i, hole_name[i], hole->cases);
        } else {
            (void)snprintf(row.note, sizeof row.note, "%u, %s: %s", i, hole_name[i], reason);
            row.code = hole->reason[0] == '\0' ? YQ_E_NOT_FOUND : YQ_OK;
        }
        run_report_row(k->report, &row);
    }
}

/* The verifier is there: everything that it must hold to. */
static yq_status run_all(run_kit_state *k, const char *path, yq_fault *why)
{
    char cases[2 * PATH_SIZE + 8];
    (void)snprintf(cases, sizeof cases, "%s/kit", path);
    k->framework = k->verifier->framework;
    k->space = run_workspace_new();
    k->structure = run_structure_new();
    read_layouts(k, cases);
    k->hole[15].cases = 1; /* that a refused input moves nothing is checked after each of them */
    yq_status status = run_walk(cases, each_folder, k, why);
    if (k->whole && status == YQ_OK) {
        hole_rows(k);
    }
    yq_json_free(k->layouts);
    run_structure_free(k->structure);
    run_workspace_free(k->space);
    return status;
}

static yq_status run_one(
    run_report *report, const char *path, const char *library, int whole, yq_fault *why)
{
    char own[PATH_SIZE];
    void *handle = NULL;
    run_kit_state *k = calloc(1, sizeof *k);
    YQ_ASSERT(k != NULL);
    k->report = report;
    k->whole = whole;
    yq_status status = YQ_OK;
    if (library == NULL) {
        library = own;
        status = library_of(path, own) ? YQ_OK : yq_fail(why, YQ_E_NOT_FOUND, 0, path);
    }
    if (status == YQ_OK) {
        status = load(library, &handle, &k->verifier, why);
    }
    if (status != YQ_OK) {
        free(k);
        return status;
    }
    run_row row = {.file = library, .kind = "descriptor", .anchor = "none"};
    const char *bad = descriptor_fault(k->verifier);
    row.code = bad == NULL ? YQ_OK : YQ_E_CONFIG_INVALID;
    (void)snprintf(
        row.note,
        sizeof row.note,
        "%s",
        bad == NULL && k->verifier != NULL ? k->verifier->framework : bad);
    run_row_check(&row, "ABI");
    run_report_row(report, &row);
    if (bad == NULL && k->verifier != NULL) {
        status = run_all(k, path, why);
    }
    free(k);
    (void)dlclose(handle);
    return status;
}

yq_status run_kit(run_report *report, const char *path, const char *library, yq_fault *why)
{
    return run_one(report, path, library, 0, why);
}

/* Is it linked, or at least built as a library (the template)? */
static int is_built(const char *name)
{
    char library[PATH_SIZE];
    return run_verifier(name) != NULL || (library_of(name, library) && access(library, R_OK) == 0);
}

/* A linked framework that has no folder of cases has failed, not passed. */
static void folders_missing(run_report *report, struct dirent *const *entry, int n)
{
    for (size_t v = 0; v < yq_verifier_count(); v++) {
        run_row row = {.file = yq_verifier_at(v)->framework, .kind = "cases", .anchor = "none"};
        int found = 0;
        for (int i = 0; i < n; i++) {
            found |= strcmp(entry[i]->d_name, row.file) == 0;
        }
        if (!found) {
            row.code = YQ_E_NOT_FOUND;
            (void)snprintf(row.note, sizeof row.note, "no folder kit/");
            run_report_row(report, &row);
        }
    }
}

static int by_name(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

yq_status run_mutations(run_report *report, const char *path, const char *framework, yq_fault *why)
{
    char own[PATH_SIZE], folder[2 * PATH_SIZE];
    struct dirent **entry;
    const int all = path == NULL && framework == NULL;
    size_t ran = 0;
    if (path == NULL) {
        path = own;
        if (!beside(own, "share/yuqiao/light-clients", "", "")) {
            return yq_fail(why, YQ_E_NOT_FOUND, 0, "share/yuqiao/light-clients");
        }
    }
    int n = scandir(path, &entry, by_name, alphasort);
    if (n < 0) {
        return yq_fail(why, YQ_E_NOT_FOUND, 0, path);
    }
    yq_status status = YQ_OK;
    for (int i = 0; i < n; i++) {
        const char *name = entry[i]->d_name;
        int wished = framework == NULL ? run_verifier(name) != NULL : strcmp(framework, name) == 0;
        if (status == YQ_OK && wished && is_built(name)) {
            ran++;
            (void)snprintf(folder, sizeof folder, "%s/%s", path, name);
            run_report_framework(report, name);
            status = run_one(report, folder, NULL, 1, why);
        }
    }
    if (all && status == YQ_OK) {
        folders_missing(report, entry, n);
    } else if (ran == 0 && status == YQ_OK) {
        status = yq_fail(why, YQ_E_NOT_FOUND, 0, framework == NULL ? path : framework);
    }
    for (int i = 0; i < n; i++) {
        free(entry[i]);
    }
    free(entry);
    return status;
}
