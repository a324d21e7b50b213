#include "relay/base/assert.h"
#include "relay/crypto/crypto.h"
#include "relay/node/checker.h"

#include <criterion/criterion.h>

static job_queue queue;

static job *numbered(uint64_t seq)
{
    job *j = job_new(JOB_APPEND);
    j->seq = seq;
    return j;
}

Test(jobs, lanes_are_bounded_and_the_lower_goes_first)
{
    job_queue_init(&queue, 2, 3, 1);
    job *j = numbered(9);
    for (uint64_t i = 0; i < 3; i++) {
        cr_assert(job_queue_put(&queue, 1, numbered(10 + i)));
    }
    cr_assert(!job_queue_put(&queue, 1, j));
    cr_assert(job_queue_put(&queue, 2, numbered(20)));
    cr_assert(!job_queue_put(&queue, 2, j));
    cr_assert(job_queue_put(&queue, 0, numbered(1)) && job_queue_put(&queue, 0, numbered(2)));
    cr_assert(!job_queue_put(&queue, 0, j));
    job_free(j);
    static const uint64_t order[] = {1, 2, 10, 11, 12, 20};
    for (size_t i = 0; i < 6; i++) {
        j = job_queue_take(&queue);
        cr_assert(j != NULL && j->seq == order[i]);
        job_free(j);
    }
    cr_assert(job_queue_take_all(&queue, 0) == NULL);
    job_queue_close(&queue);
    cr_assert(job_queue_take(&queue) == NULL);
    j = numbered(3);
    cr_assert(!job_queue_put(&queue, 0, j));
    job_free(j);
    job_queue_free(&queue);
}

Test(jobs, bytes_are_bounded)
{
    static const uint8_t bytes[100];
    job_queue_init(&queue, 9, 9, 9);
    queue.lane[1].size_max = 250;
    for (unsigned i = 0; i < 3; i++) {
        job *j = numbered(i);
        job_set_bytes(j, YQ_SLICE_OF(bytes));
        cr_assert(job_queue_put(&queue, 1, j) == (i < 2));
        if (i == 2) {
            job_free(job_queue_take(&queue));
            cr_assert(job_queue_put(&queue, 1, j));
        }
    }
    job_queue_free(&queue);
}

Test(jobs, all_are_taken_in_order_also_after_the_close)
{
    job_queue_init(&queue, 8, 0, 0);
    for (uint64_t i = 0; i < 4; i++) {
        cr_assert(job_queue_put(&queue, 0, numbered(i)));
    }
    job_queue_close(&queue);
    job *j = job_queue_take_all(&queue, 1);
    for (uint64_t i = 0; i < 4; i++) {
        cr_assert(j != NULL && j->seq == i);
        job *next = j->next;
        job_free(j);
        j = next;
    }
    cr_assert(j == NULL && job_queue_take_all(&queue, 1) == NULL);
    job_queue_free(&queue);
}

static void *help(void *arg)
{
    job *j;
    while ((j = job_queue_take(arg)) != NULL) {
        checker_help(j);
    }
    return NULL;
}

#define SIGNATURES 200

Test(checker, gives_the_verdicts_of_one_by_one)
{
    static uint8_t msg[SIGNATURES][32], sig[SIGNATURES][64];
    static yq_signature list[SIGNATURES];
    static yq_status valid[SIGNATURES];
    static checker c;
    pthread_t thread[3];
    yq_key *key = yq_key_derive(YQ_SIG_SM2_MESSAGE, yq_slice_text("checker"), "key");
    for (size_t i = 0; i < SIGNATURES; i++) {
        msg[i][0] = (uint8_t)i;
        yq_key_sign(key, YQ_SLICE_OF(msg[i]), sig[i]);
        sig[i][40] ^= i % 3 == 0 ? 1 : 0;
        list[i] = (yq_signature){
            .alg = YQ_SIG_SM2_MESSAGE,
            .key = yq_key_public(key),
            .msg = YQ_SLICE_OF(msg[i]),
            .sig = YQ_SLICE_OF(sig[i]),
        };
    }
    job_queue_init(&queue, 64, 0, 0);
    checker_init(&c, &queue, 3);
    for (size_t i = 0; i < 3; i++) {
        cr_assert(pthread_create(&thread[i], NULL, help, &queue) == 0);
    }
    yq_signature_checker use = checker_interface(&c);
    for (size_t n = 0; n <= SIGNATURES; n = n * 3 + 1) {
        memset(valid, 0x55, sizeof valid);
        use.check(use.self, list, n, valid);
        for (size_t i = 0; i < n; i++) {
            cr_assert(valid[i] == (i % 3 == 0 ? YQ_E_SIG : YQ_OK), "%zu of %zu", i, n);
        }
    }
    yq_digest a = {{1, 2, 3}}, b = {{1, 2, 4}};
    yq_status verdict = YQ_OK;
    cr_assert(!use.find(use.self, &a, &verdict));
    use.keep(use.self, &a, YQ_E_SIG);
    cr_assert(use.find(use.self, &a, &verdict) && verdict == YQ_E_SIG);
    cr_assert(!use.find(use.self, &b, &verdict)); /* same place, another key */
    use.keep(use.self, &b, YQ_OK);
    cr_assert(!use.find(use.self, &a, &verdict));
    uint64_t hits, checks;
    checker_count(&c, &hits, &checks);
    cr_assert(hits == 1 && checks == 0 + 1 + 4 + 13 + 40 + 121);
    job_queue_close(&queue);
    for (size_t i = 0; i < 3; i++) {
        pthread_join(thread[i], NULL);
    }
    checker_free(&c);
    job_queue_free(&queue);
    yq_key_free(key);
}
