#ifndef YQ_CONFORMANCE_BENCH_BENCH_H
#define YQ_CONFORMANCE_BENCH_BENCH_H

#include "yuqiao/types.h"

#include "relay/hub/test_bench_chain.h"

/* Figures of speed. What fails stops the program: a figure of something that failed is none. */
#define BENCH_RUNS_MAX    99u
#define BENCH_FIGURES_MAX 512u
#define BENCH_NAME_SIZE   64u

typedef struct bench_figure {
    char name[BENCH_NAME_SIZE];
    const char *unit; /* static */
    double run[BENCH_RUNS_MAX];
    unsigned n;
} bench_figure;

typedef struct bench {
    double seconds; /* of each run of each figure; 0: once */
    unsigned runs;
    unsigned validators;   /* 0: as usual */
    unsigned events;       /* of a block, for verifiers; 0: as many as usual */
    unsigned batch;        /* of the ledger */
    uint64_t keys, blocks; /* of the store */
    const char *vectors;   /* the recorded chains */
    const char *framework; /* whose verifier; NULL: all */
    bench_figure figure[BENCH_FIGURES_MAX];
    size_t n;
} bench;

/* Seconds of a clock that does not go back. */
double bench_now(void);

/* Appends one run's value to the figure of that name, which is made when it is new. */
void bench_add(bench *b, const char *name, const char *unit, double value);

/* Calls step until the time of a run is over, for each run, and adds the figure: units x calls for
 * each second. step is called once before, untimed. */
void bench_rate(
    bench *b,
    const char *name,
    const char *unit,
    double units,
    void (*step)(void *self),
    void *self);

double bench_median(const bench_figure *figure);

/* Prints all figures, and ratios between those of this run. */
void bench_print(const bench *b, int json);

/* Stops the program with a message. In: why may be NULL. */
_Noreturn void bench_stop(const char *what, const yq_fault *why);

/* Stops the program when condition is 0. */
static inline void bench_need(int condition, const char *what, const yq_fault *why)
{
    if (!condition) {
        bench_stop(what, why);
    }
}

/* Signatures, hashes, trees. */
void bench_crypto(bench *b);
void bench_tree(bench *b);
/* Header updates and event proofs of the recorded chains, through the light clients. */
void bench_fisco2(bench *b);
void bench_fabric(bench *b);
/* Every light client over chains made here: header updates, events of one block, bytes, scratch,
 * for 4, 7, 31 and 100 validators. */
void bench_verifiers(bench *b);
/* What the light clients' folders offer; NULL after the last. */
const test_bench_source *bench_source_at(size_t idx);
/* A test network on loopback. In: program, the path of yuqiaod. */
void bench_ledger(bench *b, const char *program);

/* The ledger in this process: a state of keys, its snapshot, catching up, opening. */
void bench_store(bench *b);

/* Bytes on disk of dir/name. */
uint64_t bench_size(const char *dir, const char *name);
/* Removes a tree of files. */
void bench_remove(const char *path);

#endif /* YQ_CONFORMANCE_BENCH_BENCH_H */
