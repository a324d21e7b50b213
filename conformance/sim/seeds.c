#include "conformance/sim/seeds.h"

#include "conformance/core/jobs.h"
#include "relay/base/bytes.h"
#include "relay/base/writer.h"
#include "relay/crypto/crypto.h"

#include <stdio.h>
#include <stdlib.h>

static void *begin(void *self)
{
    (void)self;
    return sim_new();
}

typedef struct seeds_of {
    const sim_options *opt;
    uint64_t first;
} seeds_of;

static void run(void *self, void *context, uint64_t i, void *result)
{
    const seeds_of *of = self;
    sim_result r;
    sim_options opt = *of->opt;
    opt.kill_point = opt.sweep ? (uint32_t)i + 1 : opt.kill_point;
    sim_run(context, &opt, of->first + (opt.sweep ? 0 : i), &r);
    memcpy(result, &r, sizeof r);
}

static void end(void *context)
{
    sim_free(context);
}

static void died(void *self, uint64_t i, void *result)
{
    const seeds_of *of = self;
    sim_result r = {.seed = of->first + i, .outcome = SIM_VIOLATION};
    (void)snprintf(r.what, sizeof r.what, "an assertion stopped the process");
    memcpy(result, &r, sizeof r);
}

static int by_value(const void *x, const void *y)
{
    uint64_t a, b;
    memcpy(&a, x, sizeof a);
    memcpy(&b, y, sizeof b);
    return a < b ? -1 : a > b;
}

void sim_faults_add(sim_faults *to, const sim_faults *more)
{
    to->loss += more->loss;
    to->duplicate += more->duplicate;
    to->reorder += more->reorder;
    to->partition += more->partition;
    to->crash += more->crash;
    to->torn += more->torn;
    to->lost_sync += more->lost_sync;
    to->fsync_fail += more->fsync_fail;
    to->bit_rot += more->bit_rot;
    to->disk_full += more->disk_full;
    to->clock += more->clock;
    to->byzantine += more->byzantine;
    to->epoch += more->epoch;
    to->upgrade += more->upgrade;
}

static void merge(const sim_result *result, uint64_t seeds, sim_campaign *out)
{
    uint64_t *recovery = calloc((size_t)seeds + 1, sizeof *recovery);
    size_t n = 0;
    *out = (sim_campaign){.seeds = seeds};
    for (uint64_t i = 0; i < seeds; i++) {
        const sim_result *r = &result[i];
        out->finalizations += r->finalizations;
        out->checked_states += r->checked_states;
        out->steps += r->steps;
        out->virtual_ms += r->virtual_ms;
        out->violations += r->outcome == SIM_VIOLATION;
        out->stalls += r->outcome == SIM_STALL;
        for (unsigned k = 0; k < SIM_POINTS; k++) {
            out->points[k] += r->points[k];
        }
        out->planned = r->planned;
        sim_faults_add(&out->faults, &r->faults);
        uint8_t room[32 + 8 + 1];
        yq_writer w = yq_writer_of(room, sizeof room);
        yq_put_bytes(&w, out->digest, sizeof out->digest);
        yq_put_u64(&w, r->digest);
        yq_put_u8(&w, (uint8_t)r->outcome);
        yq_hash_one(YQ_HASH_SM3, yq_writer_slice(&w), out->digest);
        if (r->outcome != SIM_OK && out->failure_n < SIM_FAILURES_MAX) {
            out->failure[out->failure_n++] = *r;
        }
        if (r->outcome == SIM_OK && recovery != NULL) {
            recovery[n++] = r->recovery_ms;
            if (r->recovery_ms >= out->recovery_max_ms) {
                out->recovery_max_ms = r->recovery_ms;
                out->slowest_seed = r->seed;
            }
        }
    }
    if (n > 0) {
        qsort(recovery, n, sizeof *recovery, by_value);
        out->recovery_p50_ms = recovery[n / 2];
        out->recovery_p99_ms = recovery[n * 99 / 100];
    }
    free(recovery);
}

void sim_campaign_add(sim_campaign *sum, const sim_campaign *more)
{
    sum->seeds += more->seeds;
    sum->finalizations += more->finalizations;
    sum->checked_states += more->checked_states;
    sum->violations += more->violations;
    sum->stalls += more->stalls;
    sum->steps += more->steps;
    sum->virtual_ms += more->virtual_ms;
    sim_faults_add(&sum->faults, &more->faults);
    if (more->recovery_max_ms > sum->recovery_max_ms) {
        sum->recovery_max_ms = more->recovery_max_ms;
    }
    for (unsigned i = 0; i < more->failure_n && sum->failure_n < SIM_FAILURES_MAX; i++) {
        sum->failure[sum->failure_n++] = more->failure[i];
    }
}

int sim_campaign_run(
    const sim_options *opt,
    uint64_t seed0,
    uint64_t seeds,
    unsigned processes,
    int progress,
    sim_campaign *out)
{
    seeds_of of = {.opt = opt, .first = seed0};
    jobs work = {
        .n = seeds,
        .processes = processes,
        .result_size = sizeof(sim_result),
        .self = &of,
        .begin = begin,
        .run = run,
        .end = end,
        .died = died,
        .progress = progress ? "seeds" : NULL,
    };
    void *results = jobs_run(&work);
    if (results == NULL) {
        return 0;
    }
    merge(results, seeds, out);
    jobs_free(&work, results);
    return 1;
}
