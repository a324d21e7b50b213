#include "relay/node/job.h"

#include "relay/base/assert.h"
#include "relay/store/mem.h"

job *job_new(job_kind kind)
{
    job *j = yq_mem_alloc(sizeof *j);
    j->kind = kind;
    return j;
}

void job_free(job *j)
{
    yq_mem_free(j->digests);
    yq_mem_free(j->bytes);
    yq_mem_free(j->cert);
    yq_mem_free(j->committed);
    yq_mem_free(j->set);
    yq_mem_free(j);
}

void job_set_bytes(job *j, yq_slice bytes)
{
    j->bytes = yq_mem_copy(bytes.p, bytes.n);
    j->size = bytes.n;
}

void job_set_block(job *j, const yq_digest *h, const yq_header *header, const uint8_t *digests)
{
    j->h = *h;
    j->header = *header;
    j->digest_n = header->n_env;
    j->digests = yq_mem_copy(digests, (size_t)YQ_DIGEST_SIZE * header->n_env);
}

void job_queue_init(job_queue *q, size_t cap0, size_t cap1, size_t cap2)
{
    *q = (job_queue){.lane = {{.cap = cap0}, {.cap = cap1}, {.cap = cap2}}};
    pthread_mutex_init(&q->lock, NULL);
    pthread_cond_init(&q->some, NULL);
}

void job_queue_free(job_queue *q)
{
    for (unsigned i = 0; i < JOB_LANES; i++) {
        while (q->lane[i].first != NULL) {
            job *j = q->lane[i].first;
            q->lane[i].first = j->next;
            job_free(j);
        }
    }
    pthread_cond_destroy(&q->some);
    pthread_mutex_destroy(&q->lock);
}

int job_queue_put(job_queue *q, unsigned lane, job *j)
{
    YQ_ASSERT(lane < JOB_LANES);
    pthread_mutex_lock(&q->lock);
    size_t max = q->lane[lane].size_max, size = q->lane[lane].size;
    int ok = !q->closed && q->lane[lane].n < q->lane[lane].cap &&
             (max == 0 || (size <= max && j->size <= max - size));
    if (ok) {
        j->next = NULL;
        if (q->lane[lane].first == NULL) {
            q->lane[lane].first = j;
        } else {
            q->lane[lane].last->next = j;
        }
        q->lane[lane].last = j;
        q->lane[lane].n++;
        q->lane[lane].size += j->size;
        pthread_cond_signal(&q->some);
    }
    pthread_mutex_unlock(&q->lock);
    return ok;
}

static unsigned first_lane(const job_queue *q)
{
    unsigned i = 0;
    while (i < JOB_LANES && q->lane[i].first == NULL) {
        i++;
    }
    return i;
}

job *job_queue_take(job_queue *q)
{
    job *j = NULL;
    pthread_mutex_lock(&q->lock);
    while (!q->closed && first_lane(q) == JOB_LANES) {
        pthread_cond_wait(&q->some, &q->lock);
    }
    unsigned i = first_lane(q);
    if (!q->closed && i < JOB_LANES) {
        j = q->lane[i].first;
        q->lane[i].first = j->next;
        q->lane[i].n--;
        q->lane[i].size -= j->size;
        j->next = NULL;
    }
    pthread_mutex_unlock(&q->lock);
    return j;
}

job *job_queue_take_all(job_queue *q, int wait)
{
    pthread_mutex_lock(&q->lock);
    while (wait && !q->closed && q->lane[0].first == NULL) {
        pthread_cond_wait(&q->some, &q->lock);
    }
    job *j = q->lane[0].first;
    q->lane[0].first = q->lane[0].last = NULL;
    q->lane[0].n = q->lane[0].size = 0;
    pthread_mutex_unlock(&q->lock);
    return j;
}

void job_queue_close(job_queue *q)
{
    pthread_mutex_lock(&q->lock);
    q->closed = 1;
    pthread_cond_broadcast(&q->some);
    pthread_mutex_unlock(&q->lock);
}

size_t job_queue_depth(job_queue *q, unsigned lane)
{
    pthread_mutex_lock(&q->lock);
    size_t n = q->lane[lane].n;
    pthread_mutex_unlock(&q->lock);
    return n;
}
