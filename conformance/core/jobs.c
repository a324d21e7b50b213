#include "conformance/core/jobs.h"

#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

typedef struct worker {
    pid_t pid;
    uint64_t next; /* the run that it is in */
} worker;

typedef struct state {
    const jobs *j;
    uint8_t *result;
    worker *worker;
    unsigned n;
} state;

static void child(const state *s, worker *w)
{
    const jobs *j = s->j;
    void *context = j->begin(j->self);
    for (; w->next < j->n; w->next += s->n) {
        j->run(j->self, context, w->next, s->result + w->next * j->result_size);
    }
    j->end(context);
}

static int start(const state *s, worker *w)
{
    (void)fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        child(s, w);
        _exit(0);
    }
    w->pid = pid;
    return pid > 0;
}

static int bury(const state *s, worker *w)
{
    s->j->died(s->j->self, w->next, s->result + w->next * s->j->result_size);
    w->next += s->n;
    return w->next >= s->j->n || start(s, w);
}

static void tell(const state *s)
{
    uint64_t done = 0;
    for (unsigned i = 0; i < s->n; i++) {
        done += (s->worker[i].next - i) / s->n;
    }
    (void)fprintf(
        stderr,
        "\ryuqiao-sim: %llu of %llu %s ",
        (unsigned long long)(done < s->j->n ? done : s->j->n),
        (unsigned long long)s->j->n,
        s->j->progress);
}

/* Returns how many of the processes ended just now. */
static unsigned reap(const state *s, int *good)
{
    unsigned ended = 0;
    for (unsigned i = 0; i < s->n; i++) {
        worker *w = &s->worker[i];
        int status;
        if (w->pid <= 0 || waitpid(w->pid, &status, WNOHANG) != w->pid) {
            continue;
        }
        w->pid = 0;
        if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
            *good &= bury(s, w);
        }
        ended += w->pid <= 0;
    }
    return ended;
}

static int wait_all(const state *s)
{
    unsigned open = 0, ticks = 0;
    int good = 1;
    for (unsigned i = 0; i < s->n; i++) {
        open += s->worker[i].pid > 0;
    }
    while (open > 0) {
        unsigned ended = reap(s, &good);
        open -= ended;
        if (ended == 0) {
            (void)usleep(20000);
        }
        if (s->j->progress != NULL && ticks++ % 100 == 0) {
            tell(s);
        }
    }
    if (s->j->progress != NULL) {
        tell(s);
        (void)fputc('\n', stderr);
    }
    return good;
}

static size_t mapped(const jobs *j)
{
    return (size_t)j->n * j->result_size + j->processes * sizeof(worker);
}

void *jobs_run(const jobs *j)
{
    uint8_t *mem = mmap(NULL, mapped(j), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (mem == MAP_FAILED) {
        return NULL;
    }
    size_t workers = j->processes * sizeof(worker);
    state s = {.j = j, .result = mem + workers, .worker = (worker *)(void *)mem};
    s.n = j->n < j->processes ? (unsigned)j->n : j->processes;
    int good = 1;
    for (unsigned i = 0; i < s.n; i++) {
        s.worker[i].next = i;
        good &= start(&s, &s.worker[i]);
    }
    good &= wait_all(&s);
    if (!good) {
        (void)munmap(mem, mapped(j));
        return NULL;
    }
    return s.result;
}

void jobs_free(const jobs *j, void *results)
{
    if (results != NULL) {
        (void)munmap((uint8_t *)results - j->processes * sizeof(worker), mapped(j));
    }
}
