#include "conformance/sim/jobs.h"

#include "relay/base/bytes.h"
#include "relay/base/writer.h"
#include "relay/crypto/crypto.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

typedef struct job {
    pid_t pid;
    uint64_t next; /* offset of the seed that it runs */
} job;

typedef struct shared {
    sim_result *result;
    job *job;
    uint64_t seed0, seeds;
    unsigned jobs;
    const sim_options *opt;
} shared;

static void child(const shared *sh, unsigned j)
{
    sim *s = sim_new();
    for (; sh->job[j].next < sh->seeds; sh->job[j].next += sh->jobs) {
        sim_result r;
        sim_run(s, sh->opt, sh->seed0 + sh->job[j].next, &r);
        sh->result[sh->job[j].next] = r;
    }
    sim_free(s);
}

static int start(const shared *sh, unsigned j)
{
    (void)fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        child(sh, j);
        _exit(0);
    }
    sh->job[j].pid = pid;
    return pid > 0;
}

/* A process that did not end by itself: its seed is a violation, another goes on after it. */
static int bury(const shared *sh, unsigned j)
{
    uint64_t at = sh->job[j].next;
    sim_result *r = &sh->result[at];
    *r = (sim_result){.seed = sh->seed0 + at, .outcome = SIM_VIOLATION};
    (void)snprintf(r->what, sizeof r->what, "an assertion stopped the process");
    sh->job[j].next = at + sh->jobs;
    return sh->job[j].next >= sh->seeds || start(sh, j);
}

static void tell(const shared *sh)
{
    uint64_t done = 0;
    for (unsigned j = 0; j < sh->jobs; j++) {
        done += (sh->job[j].next - j) / sh->jobs;
    }
    (void)fprintf(
        stderr,
        "\ryuqiao-sim: %llu of %llu seeds ",
        (unsigned long long)(done < sh->seeds ? done : sh->seeds),
        (unsigned long long)sh->seeds);
}

static int wait_all(const shared *sh, int progress)
{
    unsigned open = sh->jobs, ticks = 0;
    int good = 1;
    while (open > 0) {
        int ended = 0;
        for (unsigned j = 0; j < sh->jobs; j++) {
            int status;
            pid_t pid = sh->job[j].pid;
            if (pid <= 0 || waitpid(pid, &status, WNOHANG) != pid) {
                continue;
            }
            ended = 1;
            sh->job[j].pid = 0;
            if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
                good &= bury(sh, j);
            }
            open -= sh->job[j].pid <= 0;
        }
        if (!ended) {
            (void)usleep(20000);
        }
        if (progress && ticks++ % 100 == 0) {
            tell(sh);
        }
    }
    if (progress) {
        tell(sh);
        (void)fputc('\n', stderr);
    }
    return good;
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

static void merge(const shared *sh, sim_campaign *out)
{
    uint64_t *recovery = calloc((size_t)sh->seeds + 1, sizeof *recovery);
    size_t n = 0;
    *out = (sim_campaign){.seeds = sh->seeds};
    for (uint64_t i = 0; i < sh->seeds; i++) {
        const sim_result *r = &sh->result[i];
        out->finalizations += r->finalizations;
        out->checked_states += r->checked_states;
        out->steps += r->steps;
        out->virtual_ms += r->virtual_ms;
        out->violations += r->outcome == SIM_VIOLATION;
        out->stalls += r->outcome == SIM_STALL;
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

int sim_campaign_run(
    const sim_options *opt,
    uint64_t seed0,
    uint64_t seeds,
    unsigned jobs,
    int progress,
    sim_campaign *out)
{
    jobs = seeds < jobs ? (unsigned)seeds : jobs;
    shared sh = {.seed0 = seed0, .seeds = seeds, .jobs = jobs, .opt = opt};
    size_t results = (size_t)seeds * sizeof *sh.result;
    size_t size = results + jobs * sizeof *sh.job;
    uint8_t *mem = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (mem == MAP_FAILED) {
        return 0;
    }
    sh.result = (sim_result *)(void *)mem;
    sh.job = (job *)(void *)(mem + results);
    int good = 1;
    for (unsigned j = 0; j < jobs; j++) {
        sh.job[j].next = j;
        good &= start(&sh, j);
    }
    good &= wait_all(&sh, progress);
    merge(&sh, out);
    (void)munmap(mem, size);
    return good;
}
