#include "relay/ledger/result.h"

#include "relay/base/assert.h"
#include "relay/crypto/merkle.h"

void yq_block_roots_hash(uint32_t alg, const yq_block_roots *roots, yq_digest *result_root)
{
    yq_result_root(
        alg, &roots->results_root, &roots->state_root, roots->suite, roots->suite_n, result_root);
}

static void event_get(yq_cur *c, yq_result_event *event)
{
    event->kind = yq_cur_u16(c);
    event->subject = yq_cur_blob16(c, YQ_RESULT_SUBJECT_MAX);
    event->value = yq_cur_u64(c);
}

yq_status yq_result_decode(yq_slice in, yq_result *result, yq_fault *why)
{
    yq_cur c = yq_cur_of(in);
    *result = (yq_result){0};
    result->index = yq_cur_u32(&c);
    yq_cur_copy(&c, result->tx_id.b, YQ_DIGEST_SIZE);
    result->code = (int32_t)yq_cur_u32(&c);
    result->data = yq_cur_blob32(&c, YQ_RESULT_DATA_MAX);
    result->event_n = yq_cur_u16(&c);
    size_t at = c.pos;
    for (size_t i = 0; i < result->event_n && yq_cur_ok(&c); i++) {
        yq_result_event event;
        event_get(&c, &event);
    }
    yq_status status = yq_cur_done(&c, why);
    if (status == YQ_OK) {
        result->events = (yq_slice){in.p + at, in.n - at};
    }
    return status;
}

void yq_result_event_put(yq_writer *w, const yq_result_event *event)
{
    yq_put_u16(w, event->kind);
    yq_put_blob16(w, event->subject);
    yq_put_u64(w, event->value);
}

void yq_result_put(yq_writer *w, const yq_result *result)
{
    yq_put_u32(w, result->index);
    yq_put_bytes(w, result->tx_id.b, YQ_DIGEST_SIZE);
    yq_put_u32(w, (uint32_t)result->code);
    yq_put_blob32(w, result->data);
    yq_put_u16(w, result->event_n);
    yq_put(w, result->events);
}

int yq_result_event_next(const yq_result *result, size_t *pos, yq_result_event *event)
{
    yq_cur c = yq_cur_of(result->events);
    YQ_ASSERT(*pos <= c.n);
    c.pos = *pos;
    if (c.pos == c.n) {
        return 0;
    }
    event_get(&c, event);
    YQ_ASSERT(yq_cur_ok(&c)); /* decoded before */
    *pos = c.pos;
    return 1;
}

void yq_result_proof_put(yq_writer *w, const yq_result_proof *proof)
{
    YQ_ASSERT(proof->path_n <= YQ_PROOF_DEPTH_MAX);
    yq_put_u64(w, proof->n);
    yq_put_u64(w, proof->idx);
    yq_put_u8(w, (uint8_t)proof->path_n);
    yq_put_bytes(w, proof->path, proof->path_n * YQ_DIGEST_SIZE);
}

yq_status yq_result_proof_decode(yq_slice in, yq_result_proof *proof, yq_fault *why)
{
    yq_cur c = yq_cur_of(in);
    *proof = (yq_result_proof){0};
    proof->n = yq_cur_u64(&c);
    proof->idx = yq_cur_u64(&c);
    size_t at = c.pos;
    size_t path_n = yq_cur_u8(&c);
    if (path_n > YQ_PROOF_DEPTH_MAX) {
        yq_cur_fail_field(&c, YQ_E_LIMIT, at, "path");
        path_n = 0;
    }
    yq_cur_copy(&c, proof->path, path_n * YQ_DIGEST_SIZE);
    proof->path_n = path_n;
    return yq_cur_done(&c, why);
}

/* results_root counts its leaves: the plain root that the path leads to is hashed with n. */
yq_status yq_result_check(
    uint32_t alg, const yq_digest *results_root, yq_slice leaf, const yq_result_proof *proof)
{
    if (yq_bytes_are_zero(results_root->b, YQ_DIGEST_SIZE)) {
        return YQ_E_ZERO_ROOT;
    }
    yq_digest hash, root, counted;
    yq_merkle_leaf(alg, &leaf, 1, &hash);
    yq_status status =
        yq_merkle_follow(alg, proof->n, proof->idx, &hash, proof->path, proof->path_n, &root);
    if (status != YQ_OK) {
        return status;
    }
    yq_merkle_counted(alg, proof->n, &root, &counted);
    return memcmp(counted.b, results_root->b, YQ_DIGEST_SIZE) == 0 ? YQ_OK : YQ_E_PROOF;
}
