#include "relay/cli/cli.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

yq_status cli_file(cli *c, const char *path, size_t size_max, yq_buf *out)
{
    *out = (yq_buf){0};
    FILE *f = fopen(path, "rb");
    uint8_t *p = f == NULL ? NULL : malloc(size_max + 1);
    if (p == NULL) {
        if (f != NULL) {
            (void)fclose(f);
        }
        return yq_fail(&c->why, YQ_E_IO, 0, path);
    }
    size_t n = fread(p, 1, size_max + 1, f);
    int bad = ferror(f);
    (void)fclose(f);
    if (bad || n > size_max) {
        free(p);
        return yq_fail(&c->why, bad ? YQ_E_IO : YQ_E_LIMIT, 0, path);
    }
    *out = (yq_buf){p, n, n};
    return YQ_OK;
}

yq_status cli_write(cli *c, const char *path, yq_slice bytes)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    int good = fd >= 0 && write(fd, bytes.p, bytes.n) == (ssize_t)bytes.n && fsync(fd) == 0;
    if (fd >= 0) {
        (void)close(fd);
    }
    return good ? YQ_OK : yq_fail(&c->why, YQ_E_IO, 0, path);
}
