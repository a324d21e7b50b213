#ifndef YQ_RELAY_NODE_JOB_H
#define YQ_RELAY_NODE_JOB_H

#include "relay/ledger/snapshot.h"

#include <pthread.h>

/*
 * Work that goes from the loop to another thread and back to the loop with its outcome. A job has
 * one owner at a time; its blocks of memory go with it.
 */
typedef enum job_kind {
    JOB_NONE = 0,
    /* log thread */
    JOB_APPEND,   /* bytes: record; digests of its bodies; sync. Back: seq is durable */
    JOB_SIGN,     /* type, epoch, view, m, token. Back: sig */
    JOB_DROP,     /* epoch, view */
    JOB_EVIDENCE, /* bytes: to be kept as a file; epoch, view, type */
    /* executor */
    JOB_EXECUTE,       /* h, header, digests. Back: result, or status E_NOT_FOUND: bodies missing */
    JOB_COMMIT,        /* h, cert (or NULL) */
    JOB_APPLY,         /* bytes: a range; peer. Back: status */
    JOB_IMPORT,        /* bytes: a part of a snapshot, NULL: begins again; peer. Back: status */
    JOB_RECOVER,       /* bytes: a statement; token: its place in the book. Back: status */
    JOB_COMMITTED,     /* only back: committed */
    JOB_EXPORT_WANTED, /* only back: bytes: an Export without a certificate; set */
    JOB_EXPORT_PUT,    /* bytes: a certificate; type: suite; from: height. Not sent back */
    /* workers */
    JOB_PAYLOAD,  /* token, parent_hash. Back: digests, digest_n, tx_n */
    JOB_VALIDATE, /* h, header, digests. Back: verdict */
    JOB_ENVELOPE, /* bytes, peer or LOCAL_PEER with token. Back: status, h: its id, fresh */
    JOB_SERVE,    /* from, to, peer. Back: bytes: a range, or none */
    JOB_SNAPSHOT, /* request, token, peer. Back: bytes: a part, or none */
    JOB_BODIES,   /* digests, peer. Back: bytes: u32 length and envelope each */
    JOB_CHECK,    /* batch: signatures, checked with others; not sent back */
} job_kind;

#define LOCAL_PEER UINT32_MAX

struct check_batch;

typedef struct job {
    struct job *next;
    job_kind kind;
    yq_status status;
    yq_fault why;
    uint32_t peer, digest_n, tx_n;
    uint64_t epoch, view, seq, token, from, to;
    yq_digest h, m, parent_hash;
    yq_header header;
    uint8_t type;
    int sync, fresh;
    uint8_t sig[64];
    yq_bft_verdict verdict;
    yq_bft_result result;
    yq_snapshot_request request;
    uint8_t *digests, *bytes; /* owned */
    size_t size;
    yq_cert *cert;                  /* owned, or NULL */
    yq_ledger_committed *committed; /* owned, or NULL */
    yq_export_set *set;             /* owned, or NULL */
    struct check_batch *batch;
} job;

/* Zeroed; running out of memory stops the process. */
job *job_new(job_kind kind);
void job_free(job *j);
void job_set_bytes(job *j, yq_slice bytes);
void job_set_block(job *j, const yq_digest *h, const yq_header *header, const uint8_t *digests);

/* A bounded queue with lanes; a lower lane goes first. */
#define JOB_LANES 3u
typedef struct job_queue {
    pthread_mutex_t lock;
    pthread_cond_t some;
    struct {
        job *first, *last;
        size_t n, cap;
        size_t size, size_max; /* bytes of the jobs; 0: no bound */
    } lane[JOB_LANES];
    int closed;
} job_queue;

void job_queue_init(job_queue *q, size_t cap0, size_t cap1, size_t cap2);
/* Frees what is still in it. */
void job_queue_free(job_queue *q);
/* Returns 0 when the lane is full or the queue is closed: the job stays the caller's. */
int job_queue_put(job_queue *q, unsigned lane, job *j);
/* Waits for a job; NULL when the queue is closed, whatever is left in it. */
job *job_queue_take(job_queue *q);
/* All of lane 0, in order; waits for the first when wait is not 0, NULL: none, or closed and empty.
 */
job *job_queue_take_all(job_queue *q, int wait);
/* Wakes all takers; nothing more is taken in. */
void job_queue_close(job_queue *q);
size_t job_queue_depth(job_queue *q, unsigned lane);

#endif /* YQ_RELAY_NODE_JOB_H */
