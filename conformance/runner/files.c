#include "conformance/runner/files.h"

#include "relay/base/assert.h"
#include "relay/base/bytes.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#define DEPTH_MAX   12u
#define FOLDERS_MAX 4096u

/* Folders that are still to be read. */
typedef struct queue {
    char *name[FOLDERS_MAX];
    size_t n, next;
} queue;

static char *joined(const char *a, const char *b)
{
    size_t size = strlen(a) + strlen(b) + 2;
    char *text = malloc(size);
    YQ_ASSERT(text != NULL);
    if (strcmp(a, ".") == 0) {
        (void)snprintf(text, size, "%s", b);
    } else {
        (void)snprintf(text, size, "%s/%s", a, b);
    }
    return text;
}

static void add_file(run_folder *folder, char *path, char *name)
{
    folder->file = realloc(folder->file, (folder->n + 1) * sizeof *folder->file);
    YQ_ASSERT(folder->file != NULL);
    char *slash = strrchr(name, '/');
    folder->file[folder->n++] = (run_file){path, name, slash == NULL ? name : slash + 1};
}

static void folder_free(run_folder *folder)
{
    for (size_t i = 0; i < folder->n; i++) {
        free(folder->file[i].path);
        free(folder->file[i].name);
    }
    free(folder->file);
    free(folder->name);
}

static size_t depth_of(const char *name)
{
    size_t n = 0;
    for (; *name != '\0'; name++) {
        n += *name == '/';
    }
    return n;
}

/* Reads one folder; its sub-folders go to the queue. */
static int read_folder(const char *root, run_folder *folder, queue *todo)
{
    size_t size = strlen(root) + strlen(folder->name) + 2;
    char *path = malloc(size);
    YQ_ASSERT(path != NULL);
    (void)snprintf(path, size, "%s/%s", root, folder->name);
    struct dirent **entry;
    int n = scandir(path, &entry, NULL, alphasort);
    for (int i = 0; i < n; i++) {
        char *full = malloc(size + strlen(entry[i]->d_name) + 2);
        YQ_ASSERT(full != NULL);
        (void)snprintf(full, size + strlen(entry[i]->d_name) + 2, "%s/%s", path, entry[i]->d_name);
        struct stat st = {0};
        char *name = joined(folder->name, entry[i]->d_name);
        int seen = entry[i]->d_name[0] != '.' && lstat(full, &st) == 0;
        if (seen && S_ISREG(st.st_mode)) {
            add_file(folder, full, name);
        } else {
            free(full);
            if (seen && S_ISDIR(st.st_mode) && todo->n < FOLDERS_MAX &&
                depth_of(name) < DEPTH_MAX) {
                todo->name[todo->n++] = name;
            } else {
                free(name);
            }
        }
        free(entry[i]);
    }
    if (n >= 0) {
        free(entry);
    }
    free(path);
    return n >= 0;
}

static void one_file(
    const char *path, void (*each)(void *self, const run_folder *folder), void *self)
{
    run_folder folder = {.name = joined(".", ".")};
    const char *slash = strrchr(path, '/');
    add_file(&folder, joined(".", path), joined(".", slash == NULL ? path : slash + 1));
    each(self, &folder);
    folder_free(&folder);
}

yq_status run_walk(
    const char *root, void (*each)(void *self, const run_folder *folder), void *self, yq_fault *why)
{
    struct stat st;
    if (stat(root, &st) != 0) {
        return yq_fail(why, YQ_E_NOT_FOUND, 0, root);
    }
    if (S_ISREG(st.st_mode)) {
        one_file(root, each, self);
        return YQ_OK;
    }
    queue *todo = calloc(1, sizeof *todo);
    YQ_ASSERT(todo != NULL);
    todo->name[todo->n++] = joined(".", ".");
    yq_status status = YQ_OK;
    while (todo->next < todo->n) {
        run_folder folder = {.name = todo->name[todo->next++]};
        if (!read_folder(root, &folder, todo)) {
            status = yq_fail(why, YQ_E_IO, 0, folder.name);
        } else if (folder.n > 0) {
            each(self, &folder);
        }
        folder_free(&folder);
    }
    free(todo);
    return status;
}

yq_status run_file_read(const char *path, yq_slice *out, yq_fault *why)
{
    *out = (yq_slice){0};
    FILE *f = fopen(path, "rb");
    if (f == NULL) {
        return yq_fail(why, YQ_E_IO, 0, path);
    }
    struct stat st;
    if (fstat(fileno(f), &st) != 0 || st.st_size < 0 || (uint64_t)st.st_size > RUN_FILE_MAX) {
        (void)fclose(f);
        return yq_fail(why, YQ_E_LIMIT, 0, path);
    }
    uint8_t *p = malloc((size_t)st.st_size + 1);
    YQ_ASSERT(p != NULL);
    size_t n = fread(p, 1, (size_t)st.st_size, f);
    (void)fclose(f);
    if (n != (size_t)st.st_size) {
        free(p);
        return yq_fail(why, YQ_E_IO, 0, path);
    }
    *out = yq_slice_of(p, n);
    return YQ_OK;
}

void run_file_free(yq_slice bytes)
{
    free((void *)(uintptr_t)bytes.p); /* NOLINT(performance-no-int-to-ptr): its owner frees it */
}

int run_ends_with(const char *text, const char *suffix)
{
    size_t n = strlen(text), m = strlen(suffix);
    return n >= m && memcmp(text + n - m, suffix, m) == 0;
}
