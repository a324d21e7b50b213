#ifndef YQ_CONFORMANCE_RUNNER_FILES_H
#define YQ_CONFORMANCE_RUNNER_FILES_H

#include "relay/codec/json.h"

/* Files of a tree, folder by folder, in order of their names. Memory that runs out stops the
 * process. */
#define RUN_FILE_MAX (64u << 20)
#define RUN_DOCS_MAX 65536u /* of a folder: readers look for one in all */

/* What a file is before any reader looks at it. */
typedef enum run_form {
    RUN_FORM_BINARY = 0,
    RUN_FORM_TEXT,
    RUN_FORM_JSON,    /* its documents are in the folder's list */
    RUN_FORM_NO_JSON, /* it should be JSON and is not; what stands in front of the fault is listed
                       */
    RUN_FORM_DEEP,    /* JSON that nests deeper than it is read */
    RUN_FORM_EMPTY,   /* no byte */
    RUN_FORM_LARGE,   /* above RUN_FILE_MAX */
    RUN_FORM_UNREADABLE
} run_form;

typedef struct run_file {
    char *path; /* to open */
    char *name; /* relative to the root of the walk */
    char *base; /* its last part */
    run_form form;
    yq_fault why; /* NO_JSON, DEEP, LARGE, UNREADABLE */
} run_file;

/* A JSON value of a file: the whole text, one of the texts that stand one behind the other, or one
 * object of a list of them. */
typedef struct run_doc {
    const run_file *file;
    const yq_json *root;
} run_doc;

/* An entry of the folder that is not read, and why. */
typedef struct run_left {
    char *name;
    yq_status code;     /* YQ_OK: by the rules; else it should have been read */
    const char *reason; /* static */
} run_left;

typedef struct run_folder {
    char *name; /* relative; "." for the root */
    run_file *file;
    size_t n;
    run_doc *doc; /* in the order of the files */
    size_t doc_n;
    run_left *left;
    size_t left_n;
    yq_json **owned; /* the texts that hold the documents */
    size_t owned_n;
} run_folder;

/* Calls each for every folder that holds something. Returns E_NOT_FOUND when the root cannot be
 * read. A single file is a folder of one. Links are not followed. */
yq_status run_walk(
    const char *root,
    void (*each)(void *self, const run_folder *folder),
    void *self,
    yq_fault *why);

/* ---- file_read.c ---- */

/* Reads a whole file. Owns: out->p is freed with run_file_free. Errors: E_IO, E_LIMIT. */
yq_status run_file_read(const char *path, yq_slice *out, yq_fault *why);
void run_file_free(yq_slice bytes);

/* Returns 1 when text ends with the suffix. */
int run_ends_with(const char *text, const char *suffix);

/* ---- docs.c ---- */

/* Reads every file, notes its form, and lists the documents. */
void run_docs_read(run_folder *folder);
/* Lists the documents of one file, whose bytes are these. */
void run_docs_add(run_folder *folder, run_file *file, yq_slice bytes);
void run_docs_free(run_folder *folder);

/* Returns 1 for the same value, whatever its spaces and the order of its keys. Numbers with a
 * fraction, and values of more than 4,096 open members, are never the same. */
int run_docs_same(const yq_json *a, const yq_json *b);

/* Says in words what a file is that no reader took. Out: text, of at most cap bytes. */
void run_docs_describe(const run_folder *folder, const run_file *file, char *text, size_t cap);

#endif /* YQ_CONFORMANCE_RUNNER_FILES_H */
