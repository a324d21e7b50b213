#include "relay/store/file.h"

#include "relay/store/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

yq_status file_fault(yq_fault *why, const char *call)
{
    char text[sizeof why->text], reason[64];
    (void)snprintf(text, sizeof text, "%s: %s", call, strerror_r(errno, reason, sizeof reason));
    return yq_fail(why, YQ_E_IO, 0, text);
}

yq_status file_write(int fd, yq_slice bytes, uint64_t offset, yq_fault *why)
{
    while (bytes.n > 0) {
        ssize_t n = pwrite(fd, bytes.p, bytes.n, (off_t)offset);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            return file_fault(why, "write");
        }
        bytes.p += n;
        bytes.n -= (size_t)n;
        offset += (uint64_t)n;
    }
    return YQ_OK;
}

yq_status file_sync(int fd, yq_fault *why)
{
    return fdatasync(fd) == 0 ? YQ_OK : file_fault(why, "fdatasync");
}

yq_status file_sync_dir(const char *dir, yq_fault *why)
{
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        return file_fault(why, dir);
    }
    yq_status status = fsync(fd) == 0 ? YQ_OK : file_fault(why, "fsync of the folder");
    (void)close(fd);
    return status;
}

static yq_status read_all(int fd, uint8_t *bytes, size_t size, yq_fault *why)
{
    for (size_t at = 0; at < size;) {
        ssize_t n = pread(fd, bytes + at, size - at, (off_t)at);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            return file_fault(why, "read");
        }
        at += (size_t)n;
    }
    return YQ_OK;
}

yq_status file_read(const char *path, uint8_t **bytes, size_t *size, yq_fault *why)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat st;
    if (fd < 0) {
        return file_fault(why, path);
    }
    if (fstat(fd, &st) != 0) {
        yq_status status = file_fault(why, path);
        (void)close(fd);
        return status;
    }
    *size = (size_t)st.st_size;
    *bytes = yq_mem_alloc(*size);
    yq_status status = read_all(fd, *bytes, *size, why);
    (void)close(fd);
    if (status != YQ_OK) {
        yq_mem_free(*bytes);
        *bytes = NULL;
    }
    return status;
}

int file_lock(const char *path)
{
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) {
        return -1;
    }
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        (void)close(fd);
        return -2;
    }
    return fd;
}
