#ifndef YQ_CONFORMANCE_CORE_JOBS_H
#define YQ_CONFORMANCE_CORE_JOBS_H

#include <stddef.h>
#include <stdint.h>

/* Many runs on several processes: run i goes to process i mod processes, and what a run gives lies
 * in memory that all share. The results do not depend on the number of processes. */
typedef struct jobs {
    uint64_t n;
    unsigned processes;
    size_t result_size;
    void *self;
    void *(*begin)(void *self); /* in each process, before its runs; gives its context */
    void (*run)(void *self, void *context, uint64_t i, void *result);
    void (*end)(void *context);
    /* An assertion stopped the process in run i; the next process goes on after it. In the
     * parent. */
    void (*died)(void *self, uint64_t i, void *result);
    const char *progress; /* what runs are called on stderr; NULL: no word of how far it is */
} jobs;

/* Out: the results, result_size bytes each, zeroed where a process could not be made. Returns NULL
 * when there is no memory or no process. Owns: freed with jobs_free. */
void *jobs_run(const jobs *j);
void jobs_free(const jobs *j, void *results);

#endif /* YQ_CONFORMANCE_CORE_JOBS_H */
