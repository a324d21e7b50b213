#include "relay/node/checker.h"

#include "relay/crypto/crypto.h"
#include "relay/store/mem.h"

#include <stdatomic.h>

#define ENTRIES     65536u /* 2.6 MB: one place a key, the newer verdict takes it */
#define BATCH_MIN   4u     /* fewer are not worth a second thread */
#define HELPERS_MAX 16u

typedef struct checker_entry {
    yq_digest key;
    yq_status valid;
    int used;
} checker_entry;

/* Shared by the caller and its helpers; the last one frees it. sig and valid are the caller's, who
 * waits until all are done, so a helper that comes late finds nothing to take and touches neither.
 */
typedef struct check_batch {
    const yq_signature *sig;
    yq_status *valid;
    size_t n;
    atomic_size_t next, done;
    atomic_uint holders;
    pthread_mutex_t lock;
    pthread_cond_t all;
} check_batch;

static void batch_leave(check_batch *b)
{
    if (atomic_fetch_sub(&b->holders, 1) == 1) {
        pthread_cond_destroy(&b->all);
        pthread_mutex_destroy(&b->lock);
        yq_mem_free(b);
    }
}

static void batch_work(check_batch *b)
{
    for (;;) {
        size_t i = atomic_fetch_add(&b->next, 1);
        if (i >= b->n) {
            return;
        }
        b->valid[i] = yq_signature_check(&b->sig[i]);
        if (atomic_fetch_add(&b->done, 1) + 1 == b->n) {
            pthread_mutex_lock(&b->lock);
            pthread_cond_signal(&b->all);
            pthread_mutex_unlock(&b->lock);
        }
    }
}

void checker_help(job *j)
{
    batch_work(j->batch);
    batch_leave(j->batch);
    job_free(j);
}

static void check(void *self, const yq_signature *sig, size_t n, yq_status *valid)
{
    checker *c = self;
    pthread_mutex_lock(&c->lock);
    c->checks += n;
    pthread_mutex_unlock(&c->lock);
    if (n < BATCH_MIN || c->helper_n == 0) {
        for (size_t i = 0; i < n; i++) {
            valid[i] = yq_signature_check(&sig[i]);
        }
        return;
    }
    check_batch *b = yq_mem_alloc(sizeof *b);
    b->sig = sig;
    b->valid = valid;
    b->n = n;
    atomic_init(&b->next, 0);
    atomic_init(&b->done, 0);
    atomic_init(&b->holders, 1);
    pthread_mutex_init(&b->lock, NULL);
    pthread_cond_init(&b->all, NULL);
    size_t helpers = n / BATCH_MIN < c->helper_n ? n / BATCH_MIN : c->helper_n;
    for (size_t i = 0; i < helpers && i < HELPERS_MAX; i++) {
        job *j = job_new(JOB_CHECK);
        j->batch = b;
        atomic_fetch_add(&b->holders, 1);
        if (!job_queue_put(c->helpers, 0, j)) {
            atomic_fetch_sub(&b->holders, 1);
            job_free(j);
            break;
        }
    }
    batch_work(b);
    pthread_mutex_lock(&b->lock);
    while (atomic_load(&b->done) < n) {
        pthread_cond_wait(&b->all, &b->lock);
    }
    pthread_mutex_unlock(&b->lock);
    batch_leave(b);
}

static checker_entry *place_of(checker *c, const yq_digest *key)
{
    return &c->entry[(key->b[0] << 8 | key->b[1]) % (int)ENTRIES];
}

static int find(void *self, const yq_digest *key, yq_status *valid)
{
    checker *c = self;
    pthread_mutex_lock(&c->lock);
    const checker_entry *e = place_of(c, key);
    int found = e->used && memcmp(e->key.b, key->b, YQ_DIGEST_SIZE) == 0;
    if (found) {
        *valid = e->valid;
        c->hits++;
    }
    pthread_mutex_unlock(&c->lock);
    return found;
}

static void keep(void *self, const yq_digest *key, yq_status valid)
{
    checker *c = self;
    pthread_mutex_lock(&c->lock);
    *place_of(c, key) = (checker_entry){*key, valid, 1};
    pthread_mutex_unlock(&c->lock);
}

void checker_init(checker *c, job_queue *helpers, unsigned helper_n)
{
    *c = (checker){.helpers = helpers, .helper_n = helper_n};
    c->entry = yq_mem_alloc(sizeof(checker_entry) * ENTRIES);
    pthread_mutex_init(&c->lock, NULL);
}

void checker_free(checker *c)
{
    yq_mem_free(c->entry);
    pthread_mutex_destroy(&c->lock);
}

yq_signature_checker checker_interface(checker *c)
{
    return (yq_signature_checker){.self = c, .check = check, .find = find, .keep = keep};
}

void checker_count(checker *c, uint64_t *hits, uint64_t *checks)
{
    pthread_mutex_lock(&c->lock);
    *hits = c->hits;
    *checks = c->checks;
    pthread_mutex_unlock(&c->lock);
}
