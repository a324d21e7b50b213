#include "conformance/core/jobs.h"
#include "conformance/twins/twins.h"
#include "relay/base/bytes.h"
#include "relay/base/writer.h"
#include "relay/crypto/crypto.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define CHUNK        (UINT64_C(1) << 16)
#define FAILURES_MAX 10u

typedef struct totals {
    uint64_t schedules, violations, stalls, finalizations, states, recovery_max_ms;
    uint8_t digest[32];
    unsigned failure_n;
    twins_result failure[FAILURES_MAX];
} totals;

typedef struct range {
    const twins_options *opt;
    uint64_t from;
} range;

static void *begin(void *self)
{
    const range *r = self;
    return twins_new(r->opt->nodes, r->opt->nodes + r->opt->twins, r->opt->mutant, 0);
}

static void run(void *self, void *context, uint64_t i, void *result)
{
    const range *r = self;
    twins_shape shape;
    twins_result out;
    if (twins_schedule(r->opt, r->from + i, &shape)) {
        twins_run(context, &shape, &out);
        out.number = r->from + i;
        memcpy(result, &out, sizeof out);
    }
}

static void end(void *context)
{
    twins_free(context);
}

static void died(void *self, uint64_t i, void *result)
{
    const range *r = self;
    twins_result out = {.number = r->from + i, .outcome = TWINS_VIOLATION};
    (void)snprintf(out.what, sizeof out.what, "an assertion stopped the process");
    memcpy(result, &out, sizeof out);
}

static void add(totals *t, const twins_result *r)
{
    uint8_t room[32 + 8 + 1];
    yq_writer w = yq_writer_of(room, sizeof room);
    t->schedules++;
    t->violations += r->outcome == TWINS_VIOLATION;
    t->stalls += r->outcome == TWINS_STALL;
    t->finalizations += r->finalizations;
    t->states += r->states;
    t->recovery_max_ms = r->recovery_ms > t->recovery_max_ms ? r->recovery_ms : t->recovery_max_ms;
    if (r->outcome != TWINS_OK && t->failure_n < FAILURES_MAX) {
        t->failure[t->failure_n++] = *r;
    }
    yq_put_bytes(&w, t->digest, sizeof t->digest);
    yq_put_u64(&w, r->digest);
    yq_put_u8(&w, (uint8_t)r->outcome);
    yq_hash_one(YQ_HASH_SHA256, yq_writer_slice(&w), t->digest);
}

/* Returns 0 when there were no processes. */
static int run_range(const twins_options *opt, uint64_t from, uint64_t n, totals *t)
{
    range r = {.opt = opt, .from = from};
    jobs work = {
        .n = n,
        .processes = opt->processes,
        .result_size = sizeof(twins_result),
        .self = &r,
        .begin = begin,
        .run = run,
        .end = end,
        .died = died,
    };
    void *results = jobs_run(&work);
    if (results == NULL) {
        return 0;
    }
    for (uint64_t i = 0; i < n; i++) {
        add(t, (const twins_result *)results + i);
    }
    jobs_free(&work, results);
    return 1;
}

static double seconds(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void put_failures(const totals *t)
{
    for (unsigned i = 0; i < t->failure_n; i++) {
        printf(
            "schedule %llu: %s: %s\n",
            (unsigned long long)t->failure[i].number,
            t->failure[i].outcome == TWINS_STALL ? "stall" : "violation",
            t->failure[i].what);
    }
}

static void put(const twins_options *opt, const totals *t, uint64_t n, double took)
{
    char hex[65];
    (void)yq_hex_encode(hex, sizeof hex, t->digest, sizeof t->digest);
    int complete = opt->exhaustive && t->schedules == n;
    if (!opt->json) {
        printf(
            "%llu of %llu schedules%s, %llu finalizations, %llu states checked: %llu violations, "
            "%llu stalls\nlongest recovery %llu ms, %.0f schedules a second\n",
            (unsigned long long)t->schedules,
            (unsigned long long)n,
            complete ? " (all there are)" : "",
            (unsigned long long)t->finalizations,
            (unsigned long long)t->states,
            (unsigned long long)t->violations,
            (unsigned long long)t->stalls,
            (unsigned long long)t->recovery_max_ms,
            (double)t->schedules / took);
        put_failures(t);
        return;
    }
    printf(
        "{\"nodes\":%u,\"twins\":%u,\"views\":%u,\"exhaustive\":%s,\"complete\":%s,"
        "\"splits_of_a_view\":%llu,\"schedules\":%llu,\"violations\":%llu,\"stalls\":%llu,"
        "\"finalizations\":%llu,\"checked_states\":%llu,\"recovery_max_ms\":%llu,"
        "\"seconds\":%.1f,\"schedules_per_second\":%.0f,\"digest\":\"%s\",\"failures\":[",
        opt->nodes,
        opt->twins,
        opt->views,
        opt->exhaustive ? "true" : "false",
        complete ? "true" : "false",
        (unsigned long long)twins_split_n(opt->nodes + opt->twins),
        (unsigned long long)t->schedules,
        (unsigned long long)t->violations,
        (unsigned long long)t->stalls,
        (unsigned long long)t->finalizations,
        (unsigned long long)t->states,
        (unsigned long long)t->recovery_max_ms,
        took,
        (double)t->schedules / took,
        hex);
    for (unsigned i = 0; i < t->failure_n; i++) {
        printf(
            "%s{\"schedule\":%llu,\"what\":\"%s\"}",
            i > 0 ? "," : "",
            (unsigned long long)t->failure[i].number,
            t->failure[i].what);
    }
    printf("]}\n");
}

int twins_campaign(const twins_options *opt)
{
    uint64_t n = opt->exhaustive ? twins_schedule_n(opt) : opt->samples;
    uint64_t from = opt->exhaustive ? 0 : opt->seed0;
    double begun = seconds();
    totals t = {0};
    for (uint64_t at = 0, part; at < n; at += part) {
        part = n - at < CHUNK ? n - at : CHUNK;
        if (!run_range(opt, from + at, part, &t)) {
            (void)fprintf(stderr, "yuqiao-sim: cannot start a process\n");
            return 0;
        }
        (void)fprintf(
            stderr,
            "\ryuqiao-sim: %llu of %llu schedules ",
            (unsigned long long)t.schedules,
            (unsigned long long)n);
    }
    (void)fputc('\n', stderr);
    put(opt, &t, n, seconds() - begun);
    return t.violations + t.stalls == 0 && t.schedules == n;
}

int twins_replay(const twins_options *opt, uint64_t k)
{
    twins_shape shape;
    twins_result r;
    if (!twins_schedule(opt, k, &shape)) {
        (void)fprintf(stderr, "yuqiao-sim: there is no schedule of this number\n");
        return 0;
    }
    twins *t = twins_new(opt->nodes, opt->nodes + opt->twins, opt->mutant, 1);
    twins_run(t, &shape, &r);
    printf(
        "%s %s\ndigest %016llx\n",
        r.outcome == TWINS_OK ? "ok" : (r.outcome == TWINS_STALL ? "stall:" : "violation:"),
        r.what,
        (unsigned long long)r.digest);
    twins_free(t);
    return r.outcome == TWINS_OK;
}
