#include "relay/base/assert.h"
#include "relay/base/errors.h"
#include "relay/base/log.h"
#include "relay/node/advice.h"
#include "relay/node/state.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

static uint64_t clock_ms(clockid_t clock)
{
    struct timespec t;
    (void)clock_gettime(clock, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

uint64_t node_now_ms(void)
{
    return clock_ms(CLOCK_MONOTONIC);
}

uint64_t node_wall_ms(void)
{
    return clock_ms(CLOCK_REALTIME);
}

_Noreturn void node_die(const char *what, yq_status status, const yq_fault *why)
{
    const node_advice *advice = node_advice_of(status);
    yq_log(
        YQ_LOG_ERROR,
        "node",
        "fault of this machine, the node stops where=\"%s\" code=%s reason=\"%s\" todo=\"%s\" "
        "todo_zh=\"%s\"",
        what,
        yq_status_name(status),
        why == NULL || why->text[0] == '\0' ? yq_status_text(status, "en") : why->text,
        advice->en,
        advice->zh);
    /* At once: nothing that is in memory may still reach the disk or a peer. */
    _exit((int)advice->code);
}

void node_mail(yq_node *n, job *j)
{
    /* Every job in the mail answers one that was bounded when it was sent. */
    if (!job_queue_put(&n->mail, 0, j)) {
        job_free(j);
        return;
    }
    uint64_t one = 1;
    ssize_t written = write(n->mail_fd, &one, sizeof one);
    (void)written; /* full: the loop is awake anyway */
}

/* The core's orders must not be lost. A queue that is full means that a thread has stood still for
 * minutes. */
static void put_or_die(yq_node *n, job_queue *q, job *j, const char *what)
{
    if (!job_queue_put(q, 0, j)) {
        if (!n->threads_run) {
            job_free(j);
            return;
        }
        node_die(what, YQ_E_BUSY, NULL);
    }
}

void node_log_put(yq_node *n, job *j)
{
    put_or_die(n, &n->log, j, "queue of the log thread");
}

void node_execute_put(yq_node *n, job *j)
{
    put_or_die(n, &n->execute, j, "queue of the executor");
}

static void start_thread(pthread_t *thread, void *(*run)(void *), void *arg, const char *name)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    if (pthread_create(thread, NULL, run, arg) != 0) {
        node_die("pthread_create", YQ_E_MEMORY, NULL);
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_setname_np(*thread, name);
}

void node_threads_start(yq_node *n)
{
    n->threads_run = 1;
    start_thread(&n->log_thread, logger_main, n, "yq-log");
    start_thread(&n->executor, executor_main, n, "yq-execute");
    for (unsigned i = 0; i < n->worker_n; i++) {
        n->worker[i].node = n;
        start_thread(&n->worker[i].thread, worker_main, &n->worker[i], "yq-work");
    }
}

/* Helpers that nobody took: their batches are done, only the last holder is missing. */
static void drop_checks(yq_node *n)
{
    job *j = job_queue_take_all(&n->work, 0);
    while (j != NULL) {
        job *next = j->next;
        if (j->kind == JOB_CHECK) {
            checker_help(j);
        } else {
            job_free(j);
        }
        j = next;
    }
}

void node_threads_stop(yq_node *n)
{
    if (!n->threads_run) {
        return;
    }
    n->threads_run = 0;
    /* The executor first: it may wait for workers. */
    job_queue_close(&n->execute);
    pthread_join(n->executor, NULL);
    job_queue_close(&n->log);
    pthread_join(n->log_thread, NULL);
    job_queue_close(&n->work);
    for (unsigned i = 0; i < n->worker_n; i++) {
        pthread_join(n->worker[i].thread, NULL);
        yq_view_close(n->worker[i].view);
        n->worker[i].view = NULL;
    }
    drop_checks(n);
}
