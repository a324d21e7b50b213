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
    folder->file[folder->n++] =
        (run_file){.path = path, .name = name, .base = slash == NULL ? name : slash + 1};
}

static void add_left(run_folder *folder, char *name, yq_status code, const char *reason)
{
    folder->left = realloc(folder->left, (folder->left_n + 1) * sizeof *folder->left);
    YQ_ASSERT(folder->left != NULL);
    folder->left[folder->left_n++] = (run_left){name, code, reason};
}

static void folder_free(run_folder *folder)
{
    run_docs_free(folder);
    for (size_t i = 0; i < folder->n; i++) {
        free(folder->file[i].path);
        free(folder->file[i].name);
    }
    for (size_t i = 0; i < folder->left_n; i++) {
        free(folder->left[i].name);
    }
    free(folder->file);
    free(folder->left);
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

/* One entry: a file, a folder for the queue, or something that is left, with the reason. */
static void read_entry(run_folder *folder, queue *todo, const char *path, const char *base)
{
    struct stat st = {0};
    char *full = malloc(strlen(path) + strlen(base) + 2);
    YQ_ASSERT(full != NULL);
    (void)snprintf(full, strlen(path) + strlen(base) + 2, "%s/%s", path, base);
    char *name = joined(folder->name, base);
    if (lstat(full, &st) != 0) {
        add_left(folder, name, YQ_E_IO, "cannot be read");
    } else if (base[0] == '.') {
        add_left(folder, name, YQ_OK, "hidden");
    } else if (S_ISREG(st.st_mode)) {
        add_file(folder, full, name);
        return;
    } else if (S_ISLNK(st.st_mode)) {
        add_left(folder, name, YQ_OK, "a link: links are not followed");
    } else if (!S_ISDIR(st.st_mode)) {
        add_left(folder, name, YQ_OK, "neither a file nor a folder");
    } else if (todo->n == FOLDERS_MAX || depth_of(name) >= DEPTH_MAX) {
        add_left(folder, name, YQ_E_LIMIT, "more folders, or deeper ones, than are walked");
    } else {
        todo->name[todo->n++] = name;
    }
    free(full);
}

/* Reads one folder; its sub-folders go to the queue. */
static void read_folder(const char *root, run_folder *folder, queue *todo)
{
    size_t size = strlen(root) + strlen(folder->name) + 2;
    char *path = malloc(size);
    YQ_ASSERT(path != NULL);
    (void)snprintf(path, size, "%s/%s", root, folder->name);
    struct dirent **entry;
    int n = scandir(path, &entry, NULL, alphasort);
    if (n < 0) {
        add_left(folder, joined(".", folder->name), YQ_E_IO, "cannot be read");
    }
    for (int i = 0; i < n; i++) {
        if (strcmp(entry[i]->d_name, ".") != 0 && strcmp(entry[i]->d_name, "..") != 0) {
            read_entry(folder, todo, path, entry[i]->d_name);
        }
        free(entry[i]);
    }
    if (n >= 0) {
        free(entry);
    }
    free(path);
    run_docs_read(folder);
}

static void one_file(
    const char *path, void (*each)(void *self, const run_folder *folder), void *self)
{
    run_folder folder = {.name = joined(".", ".")};
    const char *slash = strrchr(path, '/');
    add_file(&folder, joined(".", path), joined(".", slash == NULL ? path : slash + 1));
    run_docs_read(&folder);
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
    while (todo->next < todo->n) {
        run_folder folder = {.name = todo->name[todo->next++]};
        read_folder(root, &folder, todo);
        if (folder.n + folder.left_n > 0) {
            each(self, &folder);
        }
        folder_free(&folder);
    }
    free(todo);
    return YQ_OK;
}
