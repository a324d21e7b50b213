#include "conformance/runner/files.h"
#include "relay/base/assert.h"
#include "relay/base/bytes.h"

#include <stdio.h>
#include <stdlib.h>

#define KEYS_TOLD 4u
#define PAIRS_MAX 4096u

static int is_blank(uint8_t b)
{
    return b == ' ' || b == '\t' || b == '\n' || b == '\r';
}

static size_t blanks(yq_slice text, size_t at)
{
    while (at < text.n && is_blank(text.p[at])) {
        at++;
    }
    return at;
}

/* Where the text of a string ends, behind its quote; the input's end when it does not. */
static size_t string_end(yq_slice text, size_t at)
{
    for (at++; at < text.n; at++) {
        if (text.p[at] == '\\') {
            at++;
        } else if (text.p[at] == '"') {
            return at + 1;
        }
    }
    return text.n;
}

/* Where the value that begins here ends; whether it is one is the parser's to say. Out: whole, all
 * that it opens it closes. */
static size_t value_end(yq_slice text, size_t at, int *whole)
{
    size_t depth = 0;
    *whole = 1;
    while (at < text.n) {
        const uint8_t b = text.p[at];
        if (depth == 0 && is_blank(b)) {
            return at;
        }
        if (b == '"') {
            at = string_end(text, at);
        } else {
            depth += b == '{' || b == '[';
            depth -= depth > 0 && (b == '}' || b == ']');
            at++;
        }
        if (depth == 0 && (b == '"' || b == '}' || b == ']')) {
            return at;
        }
    }
    *whole = depth == 0;
    return text.n;
}

static void add(run_folder *folder, const run_file *file, const yq_json *root)
{
    folder->doc = realloc(folder->doc, (folder->doc_n + 1) * sizeof *folder->doc);
    YQ_ASSERT(folder->doc != NULL);
    folder->doc[folder->doc_n++] = (run_doc){file, root};
}

static void own(run_folder *folder, yq_json *document)
{
    folder->owned = realloc(folder->owned, (folder->owned_n + 1) * sizeof(yq_json *));
    YQ_ASSERT(folder->owned != NULL);
    folder->owned[folder->owned_n++] = document;
}

/* A list of replies or of what they carry. Lists of cases belong together: those of ICS-23 are
 * written with capitals. */
static int is_list_of_objects(const yq_json *root)
{
    const yq_json *first = yq_json_at(root, 0);
    if (!yq_json_is_object(first) || yq_json_count(first) == 0) {
        return 0;
    }
    const char initial = yq_json_key_at(first, 0)[0];
    return initial < 'A' || initial > 'Z';
}

/* Returns 0 when the folder would have too many. */
static int add_document(run_folder *folder, const run_file *file, yq_json *document)
{
    const yq_json *root = yq_json_root(document);
    const size_t n = is_list_of_objects(root) ? yq_json_count(root) : 1;
    own(folder, document);
    if (n > RUN_DOCS_MAX - folder->doc_n) {
        return 0;
    }
    for (size_t i = 0; i < n; i++) {
        add(folder, file, is_list_of_objects(root) ? yq_json_at(root, i) : root);
    }
    return 1;
}

/* Texts one behind the other. A fault ends it; what stands before is kept. */
static void add_texts(run_folder *folder, run_file *file, yq_slice bytes)
{
    size_t at = blanks(bytes, 0);
    while (at < bytes.n) {
        int whole;
        size_t end = value_end(bytes, at, &whole);
        yq_json *document =
            yq_json_parse(yq_slice_of(bytes.p + at, end - at), RUN_FILE_MAX, &file->why);
        if (document == NULL) {
            file->why.offset += (uint32_t)at;
            file->form = whole && file->why.status == YQ_E_DEPTH ? RUN_FORM_DEEP : RUN_FORM_NO_JSON;
            return;
        }
        if (!add_document(folder, file, document)) {
            (void)yq_fail(&file->why, YQ_E_LIMIT, at, "more documents in a folder than are read");
            file->form = RUN_FORM_NO_JSON;
            return;
        }
        at = blanks(bytes, end);
    }
}

static int is_json_name(const char *base)
{
    return run_ends_with(base, ".json") || run_ends_with(base, ".jsonl") ||
           run_ends_with(base, ".ndjson");
}

static int is_text(yq_slice bytes)
{
    for (size_t i = 0; i < bytes.n; i++) {
        if (bytes.p[i] < ' ' && !is_blank(bytes.p[i])) {
            return 0;
        }
    }
    return 1;
}

void run_docs_add(run_folder *folder, run_file *file, yq_slice bytes)
{
    size_t first = blanks(bytes, 0);
    int named = is_json_name(file->base);
    if (bytes.n == 0) {
        file->form = RUN_FORM_EMPTY;
        return;
    }
    if (named || (first < bytes.n && (bytes.p[first] == '{' || bytes.p[first] == '['))) {
        const size_t before = folder->doc_n;
        file->form = RUN_FORM_JSON;
        add_texts(folder, file, bytes);
        if (folder->doc_n == before && file->form == RUN_FORM_JSON) {
            file->form = RUN_FORM_EMPTY;
        }
        if (named || file->form != RUN_FORM_NO_JSON || folder->doc_n > before) {
            return;
        }
    }
    file->form = is_text(bytes) ? RUN_FORM_TEXT : RUN_FORM_BINARY;
}

void run_docs_read(run_folder *folder)
{
    for (size_t i = 0; i < folder->n; i++) {
        run_file *file = &folder->file[i];
        yq_slice bytes;
        yq_status status = run_file_read(file->path, &bytes, &file->why);
        if (status == YQ_OK) {
            run_docs_add(folder, file, bytes);
            run_file_free(bytes);
        } else {
            file->form = status == YQ_E_LIMIT ? RUN_FORM_LARGE : RUN_FORM_UNREADABLE;
        }
    }
}

void run_docs_free(run_folder *folder)
{
    for (size_t i = 0; i < folder->owned_n; i++) {
        yq_json_free(folder->owned[i]);
    }
    free(folder->owned);
    free(folder->doc);
    folder->owned = NULL;
    folder->doc = NULL;
    folder->owned_n = folder->doc_n = 0;
}

/* ---- equal values ---- */

static int same_leaf(const yq_json *a, const yq_json *b)
{
    yq_slice x, y;
    uint64_t m, n;
    int64_t i, k;
    int p, q;
    return (yq_json_text(a, &x) && yq_json_text(b, &y) && yq_slice_equal(x, y)) ||
           (yq_json_uint(a, &m) && yq_json_uint(b, &n) && m == n) ||
           (yq_json_int(a, &i) && yq_json_int(b, &k) && i == k) ||
           (yq_json_bool(a, &p) && yq_json_bool(b, &q) && p == q) ||
           (yq_json_is_null(a) && yq_json_is_null(b));
}

int run_docs_same(const yq_json *a, const yq_json *b)
{
    static const yq_json *pair[PAIRS_MAX][2];
    size_t n = 1;
    pair[0][0] = a;
    pair[0][1] = b;
    while (n > 0) {
        const yq_json *x = pair[--n][0], *y = pair[n][1];
        const int object = yq_json_is_object(x), array = yq_json_is_array(x);
        if (!object && !array) {
            if (!same_leaf(x, y)) {
                return 0;
            }
            continue;
        }
        if (object != yq_json_is_object(y) || array != yq_json_is_array(y) ||
            yq_json_count(x) != yq_json_count(y) || n + yq_json_count(x) > PAIRS_MAX) {
            return 0;
        }
        for (size_t i = 0; i < yq_json_count(x); i++, n++) {
            pair[n][0] = object ? yq_json_get(x, yq_json_key_at(x, i)) : yq_json_at(x, i);
            pair[n][1] = object ? yq_json_get(y, yq_json_key_at(x, i)) : yq_json_at(y, i);
        }
    }
    return 1;
}

/* ---- words for what no reader took ---- */

/* The first keys of the file's first document. */
static void describe_json(const run_folder *folder, const run_file *file, char *text, size_t cap)
{
    const yq_json *root = NULL;
    for (size_t i = 0; i < folder->doc_n && root == NULL; i++) {
        root = folder->doc[i].file == file ? folder->doc[i].root : NULL;
    }
    if (yq_json_get(root, "error") != NULL && yq_json_get(root, "jsonrpc") != NULL) {
        (void)snprintf(text, cap, "a node's reply that says an error");
        return;
    }
    const yq_json *result = yq_json_get(root, "result");
    if (result != NULL && !yq_json_is_object(result)) {
        (void)snprintf(text, cap, "a node's reply with a value that nothing beside it binds");
        return;
    }
    const yq_json *v = result == NULL ? root : result;
    if (!yq_json_is_object(v)) {
        (void)snprintf(text, cap, "JSON of no form that a reader knows: no object");
        return;
    }
    if (yq_json_get(v, "accountProof") != NULL || yq_json_get(v, "logsBloom") != NULL) {
        (void)snprintf(text, cap, "a node's reply about a block that is not beside it");
        return;
    }
    int n = snprintf(text, cap, "JSON of no form that a reader knows: an object with");
    for (size_t i = 0; i < yq_json_count(v) && i < KEYS_TOLD && n > 0 && (size_t)n < cap; i++) {
        const char *key = yq_json_key_at(v, i);
        n += snprintf(text + n, cap - (size_t)n, "%s %.32s", i == 0 ? "" : ",", key);
    }
}

void run_docs_describe(const run_folder *folder, const run_file *file, char *text, size_t cap)
{
    const char *word = "";
    switch (file->form) {
    case RUN_FORM_BINARY:
        word = "bytes of no form that a reader knows";
        break;
    case RUN_FORM_TEXT:
        word = "text of no form that a reader knows";
        break;
    case RUN_FORM_JSON:
        describe_json(folder, file, text, cap);
        return;
    case RUN_FORM_NO_JSON:
        word = "no whole JSON text";
        break;
    case RUN_FORM_DEEP:
        word = "JSON that nests deeper than it is read";
        break;
    case RUN_FORM_EMPTY:
        word = "an empty file";
        break;
    case RUN_FORM_LARGE:
        word = "larger than the 64 MiB that are read";
        break;
    case RUN_FORM_UNREADABLE:
        word = "cannot be read";
        break;
    }
    (void)snprintf(text, cap, "%s", word);
}
