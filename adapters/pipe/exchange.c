#include "adapters/pipe/child.h"
#include "adapters/pipe/wire.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define LOOK_MS     100 /* the host may be stopping */
#define CHUNK_SIZE  4096u
#define LAST_CHUNKS 16 /* what a pipe holds */

typedef struct exchange {
    yq_pipe_child *child;
    const yq_adapter_host *host;
    yq_slice request;
    size_t sent;
    uint8_t head[YQ_PIPE_HEAD_SIZE];
    size_t head_n;
    uint8_t *content;
    size_t size, n;
    yq_fault *why;
} exchange;

uint64_t yq_pipe_now_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static int is_transient(void)
{
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

static yq_status ended(exchange *x)
{
    char how[40], text[sizeof x->why->text];
    const int is_within = x->head_n > 0;
    yq_pipe_child_end(x->child, how, sizeof how);
    (void)snprintf(
        text,
        sizeof text,
        is_within ? "child: ended within a reply: %s: see its lines in the log"
                  : "child: ended: %s: see its lines in the log",
        how);
    return yq_fail(x->why, is_within ? YQ_E_TRUNCATED : YQ_E_UNAVAILABLE, 0, text);
}

static yq_status unasked(exchange *x)
{
    return yq_fail(
        x->why, YQ_E_PEER, 0, "child: bytes that answer no request: log to standard error");
}

static int is_whole(const exchange *x)
{
    return x->content != NULL && x->n == x->size;
}

/* Reads its standard error until there is nothing, or this much at a time. */
static yq_status hear(exchange *x)
{
    uint8_t chunk[CHUNK_SIZE];
    ssize_t got = read(x->child->err, chunk, sizeof chunk);
    if (got == 0) { /* it closed it; poll is not to wake for it again */
        (void)close(x->child->err);
        x->child->err = -1;
    }
    if (got > 0 &&
        !yq_pipe_lines_take(&x->child->lines, x->host, yq_slice_of(chunk, (size_t)got))) {
        return yq_fail(
            x->why, YQ_E_LIMIT, 0, "child: above 1 MiB of standard error in one call: log less");
    }
    return YQ_OK;
}

static yq_status begin_content(exchange *x)
{
    yq_status status = yq_pipe_read_head(YQ_SLICE_OF(x->head), &x->size, x->why);
    if (status != YQ_OK) {
        return status;
    }
    x->content = x->host->alloc(x->host->self, x->size);
    return x->content != NULL ? YQ_OK : yq_fail(x->why, YQ_E_MEMORY, 0, "reply");
}

static yq_status receive(exchange *x)
{
    const int is_head = x->head_n < sizeof x->head;
    uint8_t *to = is_head ? x->head + x->head_n : x->content + x->n;
    const size_t room = is_head ? sizeof x->head - x->head_n : x->size - x->n;
    const ssize_t got = read(x->child->out, to, room);
    if (got < 0) {
        return is_transient() ? YQ_OK : yq_fail(x->why, YQ_E_IO, 0, "child: its output");
    }
    if (got == 0) {
        return ended(x);
    }
    if (!is_head) {
        x->n += (size_t)got;
        return YQ_OK;
    }
    x->head_n += (size_t)got;
    return x->head_n == sizeof x->head ? begin_content(x) : YQ_OK;
}

/* A child that reads no more tells why on its standard error, or ends: that is waited for. */
static void forward(exchange *x)
{
    const ssize_t put = send(
        x->child->in, x->request.p + x->sent, x->request.n - x->sent, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (put > 0) {
        x->sent += (size_t)put;
    } else if (put < 0 && !is_transient()) {
        x->sent = x->request.n;
    }
}

static yq_status step(exchange *x, int wait_ms)
{
    struct pollfd fd[] = {
        {.fd = x->child->err, .events = POLLIN},
        {.fd = x->child->out, .events = POLLIN},
        {.fd = x->sent < x->request.n ? x->child->in : -1, .events = POLLOUT}};
    if (poll(fd, YQ_ARRAY_N(fd), wait_ms) < 0) {
        return errno == EINTR ? YQ_OK : yq_fail(x->why, YQ_E_IO, 0, "child: poll");
    }
    yq_status status = fd[0].revents != 0 ? hear(x) : YQ_OK;
    if (status == YQ_OK && fd[1].revents != 0) {
        status = receive(x);
    }
    if (status == YQ_OK && fd[2].revents != 0) {
        forward(x);
    }
    if (status == YQ_OK && is_whole(x) && x->sent < x->request.n) {
        status = unasked(x);
    }
    return status;
}

/* Nothing may stand in its output before it is asked. */
static yq_status check_silent(exchange *x)
{
    uint8_t one;
    const ssize_t got = read(x->child->out, &one, 1);
    return got > 0 ? unasked(x) : YQ_OK;
}

static yq_status run(exchange *x, uint64_t until_ms)
{
    yq_status status = check_silent(x);
    while (status == YQ_OK && !is_whole(x)) {
        const uint64_t now = yq_pipe_now_ms();
        if (now >= until_ms) {
            return yq_fail(
                x->why, YQ_E_TIMEOUT, 0, "child: no reply in time: answer within deadline_ms");
        }
        if (x->host->stopping(x->host->self)) {
            return yq_fail(x->why, YQ_E_TIMEOUT, 0, "the adapter is stopping");
        }
        const uint64_t left = until_ms - now;
        status = step(x, left < LOOK_MS ? (int)left : LOOK_MS);
    }
    return status;
}

/* What a child said before it failed is what a person needs; also a line that has no end yet. */
static void hear_last(exchange *x)
{
    const yq_fault kept = *x->why;
    for (int i = 0; i < LAST_CHUNKS && x->child->err >= 0; i++) {
        struct pollfd fd = {.fd = x->child->err, .events = POLLIN};
        if (poll(&fd, 1, 0) != 1 || hear(x) != YQ_OK) {
            break;
        }
    }
    (void)yq_pipe_lines_take(&x->child->lines, x->host, yq_slice_text("\n"));
    *x->why = kept;
}

yq_status yq_pipe_exchange(
    yq_pipe_child *child,
    const yq_adapter_host *host,
    yq_slice request,
    uint64_t until_ms,
    yq_slice *reply,
    yq_fault *why)
{
    yq_fault unused = {0};
    exchange x = {
        .child = child, .host = host, .request = request, .why = why == NULL ? &unused : why};
    yq_pipe_lines_begin(&child->lines);
    yq_status status = run(&x, until_ms);
    if (status != YQ_OK) {
        hear_last(&x);
    }
    yq_pipe_lines_end(&child->lines, host);
    *reply = yq_slice_of(x.content, status == YQ_OK ? x.size : 0);
    return status;
}
