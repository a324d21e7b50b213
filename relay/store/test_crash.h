#ifndef YQ_RELAY_STORE_TEST_CRASH_H
#define YQ_RELAY_STORE_TEST_CRASH_H

/*
 * For tests: a child process that is killed at a chosen point. The calls below stand in front of
 * the C library's, also for RocksDB's own; after the chosen number of writes or syncs the process
 * kills itself with SIGKILL. Included once a program.
 */
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

static atomic_long crash_after = -1; /* -1: never */
static atomic_long crash_count;

static void crash_point(void)
{
    if (atomic_fetch_add(&crash_count, 1) + 1 == atomic_load(&crash_after)) {
        (void)kill(getpid(), SIGKILL);
        for (;;) {
            (void)pause();
        }
    }
}

ssize_t pwrite(int fd, const void *p, size_t n, off_t at)
{
    ssize_t done = syscall(SYS_pwrite64, fd, p, n, at);
    crash_point();
    return done;
}

ssize_t write(int fd, const void *p, size_t n)
{
    ssize_t done = syscall(SYS_write, fd, p, n);
    crash_point();
    return done;
}

int fdatasync(int fd)
{
    int done = (int)syscall(SYS_fdatasync, fd);
    crash_point();
    return done;
}

int fsync(int fd)
{
    int done = (int)syscall(SYS_fsync, fd);
    crash_point();
    return done;
}

int unlink(const char *path)
{
    int done = (int)syscall(SYS_unlink, path);
    crash_point();
    return done;
}

/* Runs work in a child that dies after `after` counted calls. Returns 1 when it died there, 0 when
 * it came to its end first; anything else stops the test program. */
static inline int crash_run(long after, void (*work)(void *self), void *self)
{
    pid_t pid = fork();
    if (pid == 0) {
        (void)alarm(60);
        atomic_store(&crash_count, 0);
        atomic_store(&crash_after, after);
        work(self);
        atomic_store(&crash_after, -1);
        _exit(0);
    }
    int status;
    if (pid < 0 || waitpid(pid, &status, 0) != pid) {
        abort();
    }
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) {
        return 1;
    }
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        (void)fprintf(stderr, "child ended: %#x\n", (unsigned)status);
        abort();
    }
    return 0;
}

#endif /* YQ_RELAY_STORE_TEST_CRASH_H */
