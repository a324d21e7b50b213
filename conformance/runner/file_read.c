#include "conformance/runner/files.h"
#include "relay/base/assert.h"
#include "relay/base/bytes.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

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
