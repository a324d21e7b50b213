#ifndef YQ_RELAY_STORE_TEST_DIR_H
#define YQ_RELAY_STORE_TEST_DIR_H

/* For tests: a folder of its own under /tmp, and its removal. */
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static inline char *test_dir_make(char *room, size_t size)
{
    (void)snprintf(room, size, "/tmp/yq-test-XXXXXX");
    if (mkdtemp(room) == NULL) {
        abort();
    }
    return room;
}

static inline int test_dir_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

static inline void test_dir_remove(const char *path)
{
    (void)nftw(path, test_dir_entry, 16, FTW_DEPTH | FTW_PHYS);
}

#endif /* YQ_RELAY_STORE_TEST_DIR_H */
