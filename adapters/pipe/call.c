#include "adapters/pipe/session.h"
#include "relay/base/errors.h"

#include <stdio.h>

#define WAIT_FIRST_MS 250u
#define WAIT_MOST_MS  30000u
#define LIVED_MS      60000u /* a child that lived so long did not fail at its start */
#define CLOSE_MS      1000u

/* Kills the child; the next one has to wait, longer after each that did not live. */
static void put_down(yq_pipe_session *s)
{
    const uint64_t now = yq_pipe_now_ms();
    uint32_t wait = WAIT_FIRST_MS;
    yq_pipe_child_kill(&s->child);
    s->deaths = now - s->started_ms >= LIVED_MS ? 1 : s->deaths + 1;
    for (uint32_t i = 1; i < s->deaths && wait < WAIT_MOST_MS; i++) {
        wait *= 2;
    }
    s->ready_ms = now + (wait < WAIT_MOST_MS ? wait : WAIT_MOST_MS);
    s->counts.failures++;
}

/* The child is asked to answer a tenth earlier than it is waited for. */
static uint32_t lent(uint64_t until_ms)
{
    const uint64_t now = yq_pipe_now_ms();
    const uint64_t left = until_ms > now ? until_ms - now : 0;
    return (uint32_t)(left - left / 10);
}

static yq_status exchange(
    yq_pipe_session *s, yq_slice frame, uint64_t until_ms, yq_pipe_reply *reply, yq_fault *why)
{
    yq_slice content;
    yq_status status = yq_pipe_exchange(&s->child, &s->host, frame, until_ms, &content, why);
    if (status != YQ_OK) {
        put_down(s);
        return status;
    }
    return yq_pipe_judge(s, yq_pipe_read_reply(content, s->last_id, reply, why), why);
}

yq_status yq_pipe_judge(yq_pipe_session *s, yq_status status, yq_fault *why)
{
    char text[sizeof why->text];
    if (status == YQ_OK) {
        return YQ_OK;
    }
    if (status != YQ_E_MEMORY && why != NULL) {
        (void)snprintf(
            text,
            sizeof text,
            "child: a bad reply: %s at byte %u: %.50s: see adapter-pipe.md",
            yq_status_name(status),
            (unsigned)why->offset,
            why->text);
        (void)yq_fail(why, status, why->offset, text);
    }
    put_down(s);
    return status;
}

/* An error that the child says; it goes on living. */
static yq_status said(const yq_pipe_reply *reply, yq_fault *why)
{
    char text[sizeof why->text];
    const int n = (int)(reply->text.n < sizeof text ? reply->text.n : sizeof text - 1);
    (void)snprintf(text, sizeof text, "%.*s", n, n == 0 ? "" : (const char *)reply->text.p);
    return yq_fail(why, reply->status, 0, text);
}

static yq_status greet(yq_pipe_session *s, uint64_t until_ms, yq_fault *why)
{
    const yq_pipe_hello *hello = &s->settings.hello;
    const size_t size = yq_pipe_hello_size(hello);
    yq_pipe_reply reply = {0};
    yq_writer w = yq_writer_of(s->host.alloc(s->host.self, size), size);
    if (w.p == NULL) {
        put_down(s);
        return yq_fail(why, YQ_E_MEMORY, 0, "hello");
    }
    yq_pipe_put_hello(&w, hello, s->last_id, lent(until_ms));
    yq_status status = exchange(s, yq_writer_slice(&w), until_ms, &reply, why);
    if (status != YQ_OK) {
        return status;
    }
    if (reply.status != YQ_OK) { /* one that will not serve is of no use */
        put_down(s);
        return said(&reply, why);
    }
    return yq_pipe_judge(
        s, yq_pipe_read_hello(reply.result, hello->framework, &s->child_minor, why), why);
}

yq_status yq_pipe_wake(yq_pipe_session *s, uint64_t until_ms, yq_fault *why)
{
    char text[sizeof why->text];
    const uint64_t now = yq_pipe_now_ms();
    const uint64_t hello_until = now + s->settings.hello_ms;
    if (s->child.pid > 0) {
        return YQ_OK;
    }
    if (now < s->ready_ms) {
        (void)snprintf(
            text,
            sizeof text,
            "child: it failed %u times in a row; begun anew in %u ms: see the log",
            s->deaths,
            (unsigned)(s->ready_ms - now));
        return yq_fail(why, YQ_E_UNAVAILABLE, 0, text);
    }
    s->started_ms = now;
    s->last_id = 1;
    s->counts.starts++;
    yq_status status =
        yq_pipe_child_start(&s->child, s->settings.argv, s->settings.env, s->settings.dir, why);
    if (status != YQ_OK) {
        put_down(s);
        return status;
    }
    return greet(s, hello_until < until_ms ? hello_until : until_ms, why);
}

yq_status yq_pipe_call(
    yq_pipe_session *s,
    yq_pipe_request *request,
    uint32_t deadline_ms,
    yq_slice *result,
    yq_fault *why)
{
    const uint64_t until_ms = yq_pipe_now_ms() + deadline_ms;
    const size_t size = yq_pipe_request_size(request);
    yq_pipe_reply reply = {0};
    *result = (yq_slice){0};
    yq_status status = size <= YQ_PIPE_FRAME_MAX
                           ? yq_pipe_wake(s, until_ms, why)
                           : yq_fail(why, YQ_E_LIMIT, 0, "the request is above 32 MiB");
    if (status != YQ_OK) {
        return status;
    }
    yq_writer w = yq_writer_of(s->host.alloc(s->host.self, size), size);
    if (w.p == NULL) {
        return yq_fail(why, YQ_E_MEMORY, 0, "request");
    }
    request->id = ++s->last_id;
    request->deadline_ms = lent(until_ms);
    s->counts.calls++;
    yq_pipe_put_request(&w, request);
    status = exchange(s, yq_writer_slice(&w), until_ms, &reply, why);
    if (status == YQ_OK && reply.status != YQ_OK) {
        return said(&reply, why);
    }
    *result = reply.result;
    return status;
}

/* A host that stops closes its sessions: that it stops must not cut the closing short. */
static int never(void *self)
{
    (void)self;
    return 0;
}

void yq_pipe_end(yq_pipe_session *s)
{
    s->host.stopping = never;
    yq_pipe_request request = {.method = "close"};
    yq_slice result;
    yq_fault why = {0};
    if (s->child.pid > 0) {
        (void)!yq_pipe_call(s, &request, CLOSE_MS, &result, &why);
    }
    yq_pipe_child_kill(&s->child);
}
