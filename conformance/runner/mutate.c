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
    run_claim claim;
    size_t first, step;
    uint64_t tried, refused, claimed, code[CODES_N];
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
    for (size_t i = w->first; i < w->evidence.n; i += w->step) {
        copy[i] ^= (uint8_t)(1u << (i % 8));
        yq_status status = ask(w, space, yq_slice_of(copy, w->evidence.n));
        copy[i] = w->evidence.p[i];
        if (status == YQ_OK && i >= w->claim.at && i - w->claim.at < w->claim.size) {
            w->claimed++;
            continue;
        }
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

static void mutate(run_report *report, const worker *what, run_row *row)
{
    static worker pool[THREADS_MAX];
    size_t n = thread_count();
    for (size_t i = 0; i < n; i++) {
        pool[i] = *what;
        pool[i].first = i;
        pool[i].step = n;
        YQ_ASSERT(pthread_create(&pool[i].thread, NULL, work, &pool[i]) == 0);
    }
    for (size_t i = 0; i < n; i++) {
        YQ_ASSERT(pthread_join(pool[i].thread, NULL) == 0);
        row->mutations_tried += pool[i].tried;
        if (pool[i].claimed > 0 && what->claim.name != NULL) {
            run_report_accepted(
                report,
                row->kind,
                yq_slice_text(what->claim.name),
                "byte changed",
                yq_slice_text(what->claim.reason));
        }
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
    const run_claim *claim,
    run_row *row)
{
    worker what = {.client = client, .kind = kind, .evidence = evidence};
    if (claim != NULL) {
        what.claim = *claim;
    }
    mutate(report, &what, row);
}

void run_mutate_value(
    run_report *report,
    const run_client *client,
    yq_slice key,
    yq_slice proof,
    const run_claim *claim,
    run_row *row)
{
    worker what = {.client = client, .kind = RUN_MUTATE_VALUE, .key = key, .evidence = proof};
    if (claim != NULL) {
        what.claim = *claim;
    }
    mutate(report, &what, row);
}
