#ifndef YQ_CONFORMANCE_RUNNER_FILES_H
#define YQ_CONFORMANCE_RUNNER_FILES_H

#include "yuqiao/types.h"

/* Files of a tree, folder by folder, in order of their names. Memory that runs out stops the
 * process. */
#define RUN_FILE_MAX (64u << 20)

typedef struct run_file {
    char *path; /* to open */
    char *name; /* relative to the root of the walk */
    char *base; /* its last part */
} run_file;

typedef struct run_folder {
    char *name; /* relative; "." for the root */
    run_file *file;
    size_t n;
} run_folder;

/* Calls each for every folder that holds files. Returns E_NOT_FOUND when the root cannot be read. A
 * single file is a folder of one. */
yq_status run_walk(
    const char *root,
    void (*each)(void *self, const run_folder *folder),
    void *self,
    yq_fault *why);

/* Reads a whole file. Owns: out->p is freed with run_file_free. Errors: E_IO, E_LIMIT. */
yq_status run_file_read(const char *path, yq_slice *out, yq_fault *why);
void run_file_free(yq_slice bytes);

/* Returns 1 when text ends with the suffix. */
int run_ends_with(const char *text, const char *suffix);

#endif /* YQ_CONFORMANCE_RUNNER_FILES_H */
