#include "conformance/runner/kinds.h"
#include "relay/base/assert.h"
#include "relay/base/bytes.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A folder of files through all readers of replies. Between two files stand three bytes that are no
 * text; a file that begins as a list of RLP is a client's own file of blocks. */
#define FILES_MAX 8u

static const uint8_t between[] = {0xff, 0xfe, 0xff};

static void add_file(run_folder *folder, const uint8_t *p, size_t n)
{
    char name[32], path[48];
    const char *suffix = n > 0 && p[0] >= 0xc0 ? "blocks" : "json";
    int fd = memfd_create("folder", 0);
    YQ_ASSERT(fd >= 0);
    YQ_ASSERT(write(fd, p, n) == (ssize_t)n);
    (void)snprintf(name, sizeof name, "%zu.%s", folder->n, suffix);
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    run_file *file = &folder->file[folder->n++];
    *file = (run_file){.path = strdup(path), .name = strdup(name)};
    YQ_ASSERT(file->path != NULL && file->name != NULL);
    file->base = file->name;
}

static void remove_files(run_folder *folder)
{
    for (size_t i = 0; i < folder->n; i++) {
        int fd = -1;
        YQ_ASSERT(
            sscanf(folder->file[i].path, "/proc/self/fd/%d", &fd) == 1); /* NOLINT(cert-err34-c) */
        (void)close(fd);
        free(folder->file[i].path);
        free(folder->file[i].name);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    run_file file[FILES_MAX];
    char name[] = ".";
    run_folder folder = {.name = name, .file = file};
    size_t from = 0;
    (void)mallopt(M_MMAP_THRESHOLD, 1 << 18); /* the readers' large rooms come as zero pages */
    for (size_t at = 0; at <= size && folder.n < FILES_MAX; at++) {
        const int last = at == size || folder.n + 1 == FILES_MAX;
        const size_t end = last ? size : at;
        if (last ||
            (size - at >= sizeof between && memcmp(data + at, between, sizeof between) == 0)) {
            add_file(&folder, data == NULL ? between : data + from, end - from);
            from = at + sizeof between;
            at = last ? size : from - 1;
        }
    }
    run_report *report = run_report_new(2);
    run_docs_read(&folder);
    run_kinds(report, &folder, NULL, 0);
    for (size_t i = 0; i < folder.n; i++) {
        YQ_ASSERT(run_report_names(report, folder.file[i].name));
    }
    run_report_free(report);
    run_docs_free(&folder);
    remove_files(&folder);
    return 0;
}
