#include "conformance/runner/report.h"
#include "relay/base/assert.h"
#include "relay/base/bytes.h"
#include "relay/base/errors.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define THREADS_MAX 16u
#define CODES_N     512u

typedef struct worker {
    pthread_t thread;
    const run_client *client;
    run_mutation_kind kind;
    yq_slice key, evidence;
    size_t first, step, end;
    uint64_t tried, refused, code[CODES_N];
    size_t bad_at; /* first position that was not refused */
    yq_status bad;
} worker;

static yq_status ask(worker *w, run_workspace *space, yq_slice changed)
{
    yq_fault why;
    if (w->kind == RUN_MUTATE_UPDATE) {
        return run_client_try_update(w->client, space, changed, &why);
    }
    if (w->kind == RUN_MUTATE_VALUE) {
        yq_verified_value value;
        return run_client_value(w->client, space, w->key, changed, &value, &why);
    }
    yq_verified_event event;
    return run_client_event(w->client, space, changed, &event, &why);
}

static void *work(void *self)
{
    worker *w = self;
    run_workspace *space = run_workspace_new();
    uint8_t *copy = malloc(w->evidence.n);
    YQ_ASSERT(copy != NULL);
    memcpy(copy, w->evidence.p, w->evidence.n);
    w->bad_at = SIZE_MAX;
    for (size_t i = w->first; i < w->end; i += w->step) {
        copy[i] ^= (uint8_t)(1u << (i % 8));
        yq_status status = ask(w, space, yq_slice_of(copy, w->evidence.n));
        copy[i] = w->evidence.p[i];
        w->tried++;
        if (status != YQ_OK && !yq_status_is_fault(status)) {
            w->refused++;
            w->code[(unsigned)-(int)status % CODES_N]++;
        } else if (w->bad_at == SIZE_MAX) {
            w->bad_at = i;
            w->bad = status;
        }
    }
    free(copy);
    run_workspace_free(space);
    return NULL;
}

static size_t thread_count(void)
{
    long n = sysconf(_SC_NPROCESSORS_ONLN);
    return n < 1 ? 1 : (size_t)n > THREADS_MAX ? THREADS_MAX : (size_t)n;
}

/* In: what, with the places that are changed from first up to end. */
static void mutate(run_report *report, const worker *what, run_row *row)
{
    static worker pool[THREADS_MAX];
    size_t n = thread_count();
    YQ_ASSERT(what->first <= what->end && what->end <= what->evidence.n);
    for (size_t i = 0; i < n; i++) {
        pool[i] = *what;
        pool[i].first += i;
        pool[i].step = n;
        YQ_ASSERT(pthread_create(&pool[i].thread, NULL, work, &pool[i]) == 0);
    }
    for (size_t i = 0; i < n; i++) {
        YQ_ASSERT(pthread_join(pool[i].thread, NULL) == 0);
        row->mutations_tried += pool[i].tried;
        row->mutations_refused += pool[i].refused;
        for (unsigned c = 0; c < CODES_N; c++) {
            if (pool[i].code[c] > 0) {
                run_report_code(report, (yq_status) - (int)c, pool[i].code[c]);
            }
        }
        if (pool[i].bad_at != SIZE_MAX) {
            (void)snprintf(
                row->note,
                sizeof row->note,
                "byte %zu of %zu changed: %s",
                pool[i].bad_at,
                what->evidence.n,
                yq_status_name(pool[i].bad));
        }
    }
}

void run_mutate(
    run_report *report,
    const run_client *client,
    run_mutation_kind kind,
    yq_slice evidence,
    size_t skip,
    run_row *row)
{
    YQ_ASSERT(skip <= evidence.n);
    const worker what = {
        .client = client, .kind = kind, .evidence = evidence, .end = evidence.n - skip};
    mutate(report, &what, row);
}

void run_mutate_value(
    run_report *report,
    const run_client *client,
    yq_slice key,
    yq_slice proof,
    size_t from,
    run_row *row)
{
    const worker what = {
        .client = client,
        .kind = RUN_MUTATE_VALUE,
        .key = key,
        .evidence = proof,
        .first = from,
        .end = proof.n};
    mutate(report, &what, row);
}
