#ifndef YQ_ADAPTERS_PIPE_CHILD_H
#define YQ_ADAPTERS_PIPE_CHILD_H

#include "yuqiao/adapter.h"

#include <sys/types.h>

/*
 * One process that is spoken with over its standard input and output, and heard on its standard
 * error. It leads a process group of its own; the group dies with it.
 */
#define YQ_PIPE_LINE_MAX   400u       /* of what it writes to standard error */
#define YQ_PIPE_LINES_MAX  64u        /* logged in one call */
#define YQ_PIPE_ERRORS_MAX (1u << 20) /* bytes of standard error in one call */

typedef struct yq_pipe_lines {
    char line[YQ_PIPE_LINE_MAX + 1];
    size_t n;
    int is_cut;                   /* the line was too long: the rest of it is passed over */
    size_t bytes, lines, dropped; /* of this call */
} yq_pipe_lines;

typedef struct yq_pipe_child {
    pid_t pid; /* 0: none runs */
    int in, out, err;
    yq_pipe_lines lines;
} yq_pipe_child;

/* ---- child.c ---- */

/* Starts argv (NULL-terminated, argv[0] a path) in dir with env and nothing else of this process.
 * Out: child. Errors: E_UNAVAILABLE: it cannot be started; E_IO. */
YQ_NODISCARD yq_status yq_pipe_child_start(
    yq_pipe_child *child, char *const *argv, char *const *env, const char *dir, yq_fault *why);

/* Says how the child ended ("exit status 3"), or that it runs; waits shortly for one that is about
 * to end. Does not reap. */
void yq_pipe_child_end(const yq_pipe_child *child, char *text, size_t size);

/* Kills the group, reaps the child, closes its pipes. A child that does not run is left alone. */
void yq_pipe_child_kill(yq_pipe_child *child);

/* ---- lines.c ---- */

void yq_pipe_lines_begin(yq_pipe_lines *lines); /* a new call: its counts are zero */
/* Logs the whole lines in bytes. Returns 0 when the call's bytes are above their maximum. */
int yq_pipe_lines_take(yq_pipe_lines *lines, const yq_adapter_host *host, yq_slice bytes);
void yq_pipe_lines_end(
    yq_pipe_lines *lines, const yq_adapter_host *host); /* tells what was dropped */

/* ---- exchange.c ---- */

/* Steady time. */
uint64_t yq_pipe_now_ms(void);

/*
 * Sends a frame and reads one. Out: reply, the frame's content, host->alloc's. Errors, after each
 * of which the child must be killed: E_TIMEOUT: no reply by until_ms, or the host stops;
 * E_UNAVAILABLE: it ended; E_TRUNCATED: it ended within a frame; E_LIMIT: the reply, or its
 * standard error, is too large; E_LEN: an empty frame; E_PEER: bytes that answer nothing;
 * E_MEMORY, E_IO.
 */
YQ_NODISCARD yq_status yq_pipe_exchange(
    yq_pipe_child *child,
    const yq_adapter_host *host,
    yq_slice request,
    uint64_t until_ms,
    yq_slice *reply,
    yq_fault *why);

#endif /* YQ_ADAPTERS_PIPE_CHILD_H */
