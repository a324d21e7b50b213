#include "adapters/pipe/child.h"

#include "relay/base/bytes.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define END_WAITS   40
#define END_WAIT_NS 5000000

/* The ends of this process, and those of the child. */
typedef struct ends {
    int ours[3], theirs[3];
} ends;

static void close_all(int *fd, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (fd[i] >= 0) {
            (void)close(fd[i]);
        }
        fd[i] = -1;
    }
}

/* Standard input is a socket, so that a child that is gone is an error and no signal. */
static int open_ends(ends *e)
{
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) {
        return 0;
    }
    e->ours[0] = pair[0];
    e->theirs[0] = pair[1];
    (void)shutdown(pair[0], SHUT_RD);
    for (size_t i = 1; i < 3; i++) {
        if (pipe2(pair, O_CLOEXEC) != 0) {
            return 0;
        }
        e->ours[i] = pair[0];
        e->theirs[i] = pair[1];
    }
    for (size_t i = 0; i < 3; i++) {
        if (fcntl(e->ours[i], F_SETFL, O_NONBLOCK) != 0) {
            return 0;
        }
    }
    return 1;
}

static int set_signals(posix_spawnattr_t *attributes)
{
    sigset_t none, all;
    (void)sigemptyset(&none);
    (void)sigfillset(&all);
    return posix_spawnattr_setsigmask(attributes, &none) == 0 &&
           posix_spawnattr_setsigdefault(attributes, &all) == 0 &&
           posix_spawnattr_setpgroup(attributes, 0) == 0 &&
           posix_spawnattr_setflags(
               attributes,
               POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF) == 0;
}

static int set_files(posix_spawn_file_actions_t *actions, const ends *e, const char *dir)
{
    int good = posix_spawn_file_actions_addchdir_np(actions, dir) == 0;
    for (int i = 0; i < 3; i++) {
        good = good && posix_spawn_file_actions_adddup2(actions, e->theirs[i], i) == 0;
    }
    return good && posix_spawn_file_actions_addclosefrom_np(actions, 3) == 0;
}

/* Returns an errno. */
static int spawn(pid_t *pid, const ends *e, char *const *argv, char *const *env, const char *dir)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    if (posix_spawn_file_actions_init(&actions) != 0) {
        return ENOMEM;
    }
    if (posix_spawnattr_init(&attributes) != 0) {
        (void)posix_spawn_file_actions_destroy(&actions);
        return ENOMEM;
    }
    int error = ENOMEM;
    if (set_signals(&attributes) && set_files(&actions, e, dir)) {
        error = posix_spawn(pid, argv[0], &actions, &attributes, argv, env);
    }
    (void)posix_spawnattr_destroy(&attributes);
    (void)posix_spawn_file_actions_destroy(&actions);
    return error;
}

yq_status yq_pipe_child_start(
    yq_pipe_child *child, char *const *argv, char *const *env, const char *dir, yq_fault *why)
{
    ends e = {{-1, -1, -1}, {-1, -1, -1}};
    char text[sizeof why->text];
    *child = (yq_pipe_child){.in = -1, .out = -1, .err = -1};
    if (!open_ends(&e)) {
        close_all(e.ours, 3);
        close_all(e.theirs, 3);
        return yq_fail(why, YQ_E_IO, 0, "child: no pipes: raise the limit of open files");
    }
    const int error = spawn(&child->pid, &e, argv, env, dir);
    close_all(e.theirs, 3);
    if (error != 0) {
        close_all(e.ours, 3);
        child->pid = 0;
        (void)snprintf(
            text,
            sizeof text,
            "arg.0: %.50s: %.30s: name a program and a dir",
            argv[0],
            strerror(error));
        return yq_fail(why, YQ_E_UNAVAILABLE, 0, text);
    }
    child->in = e.ours[0];
    child->out = e.ours[1];
    child->err = e.ours[2];
    return YQ_OK;
}

void yq_pipe_child_end(const yq_pipe_child *child, char *text, size_t size)
{
    siginfo_t info = {0};
    for (int i = 0; i < END_WAITS && info.si_pid == 0; i++) {
        const struct timespec wait = {.tv_nsec = END_WAIT_NS};
        if (i > 0) {
            (void)nanosleep(&wait, NULL);
        }
        if (waitid(P_PID, (id_t)child->pid, &info, WEXITED | WNOHANG | WNOWAIT) != 0) {
            break;
        }
    }
    if (info.si_pid == 0) {
        (void)snprintf(text, size, "it closed its output");
    } else if (info.si_code == CLD_EXITED) {
        (void)snprintf(text, size, "exit status %d", info.si_status);
    } else {
        (void)snprintf(text, size, "signal %d", info.si_status);
    }
}

void yq_pipe_child_kill(yq_pipe_child *child)
{
    if (child->pid <= 0) {
        return;
    }
    /* Not reaped yet, so that the group's number is still its own. */
    (void)kill(-child->pid, SIGKILL);
    while (waitpid(child->pid, NULL, 0) < 0 && errno == EINTR) {
    }
    close_all((int[]){child->in, child->out, child->err}, 3);
    child->pid = 0;
}
