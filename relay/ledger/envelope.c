#include "relay/ledger/envelope.h"

#include "relay/base/assert.h"
#include "relay/base/writer.h"
#include "relay/bft/types.h"
#include "relay/crypto/merkle.h"
#include "relay/hub/methods.h"

static void tx_leaf(uint32_t alg, yq_slice tx, yq_digest *leaf)
{
    yq_merkle_leaf(alg, &tx, 1, leaf);
}

static void head_get(yq_cur *c, yq_envelope *env)
{
    yq_cur_copy(c, env->chain_id_hash.b, YQ_DIGEST_SIZE);
    yq_cur_copy(c, env->signer.b, YQ_DIGEST_SIZE);
    size_t at = c->pos;
    env->seq = yq_cur_u64(c);
    if (env->seq == 0) {
        yq_cur_fail_field(c, YQ_E_RANGE, at, "seq");
    }
    env->valid_until_ms = yq_cur_u64(c);
    at = c->pos;
    env->n_tx = yq_cur_u16(c);
    if (env->n_tx == 0 || env->n_tx > YQ_ENVELOPE_TX_N_MAX) {
        yq_cur_fail_field(c, YQ_E_RANGE, at, "n_tx");
    }
    yq_cur_copy(c, env->tx_root.b, YQ_DIGEST_SIZE);
    yq_cur_copy(c, env->sig, sizeof env->sig);
}

yq_status yq_envelope_decode(uint32_t alg, yq_slice in, yq_envelope *env, yq_fault *why)
{
    *env = (yq_envelope){.bytes = in};
    if (in.n > YQ_ENVELOPE_SIZE_MAX) {
        return yq_fail(why, YQ_E_LIMIT, 0, "envelope");
    }
    yq_cur c = yq_cur_of(in);
    head_get(&c, env);
    yq_digest leaf[YQ_ENVELOPE_TX_N_MAX];
    size_t first = c.pos;
    for (size_t i = 0; i < env->n_tx && yq_cur_ok(&c); i++) {
        yq_slice tx = yq_cur_blob32(&c, YQ_TX_SIZE_MAX);
        if (yq_cur_ok(&c)) {
            tx_leaf(alg, tx, &leaf[i]);
        }
    }
    yq_status status = yq_cur_done(&c, why);
    if (status != YQ_OK) {
        return status;
    }
    env->txs = (yq_slice){in.p + first, in.n - first};
    yq_digest root;
    yq_merkle_root(alg, leaf, env->n_tx, &root);
    if (memcmp(root.b, env->tx_root.b, YQ_DIGEST_SIZE) != 0) {
        return yq_fail(why, YQ_E_BODY_MISMATCH, YQ_ENVELOPE_HEAD_SIZE, "tx_root");
    }
    yq_hash_one(alg, (yq_slice){in.p, YQ_ENVELOPE_UNSIGNED_SIZE}, env->id.b);
    yq_hash_one(alg, (yq_slice){in.p, YQ_ENVELOPE_HEAD_SIZE}, env->digest.b);
    return YQ_OK;
}

int yq_envelope_tx_next(const yq_envelope *env, size_t *pos, yq_slice *tx)
{
    yq_cur c = yq_cur_of(env->txs);
    YQ_ASSERT(*pos <= c.n);
    c.pos = *pos;
    if (c.pos == c.n) {
        return 0;
    }
    *tx = yq_cur_blob32(&c, YQ_TX_SIZE_MAX);
    YQ_ASSERT(yq_cur_ok(&c)); /* decoded before */
    *pos = c.pos;
    return 1;
}

void yq_envelope_tx_id(uint32_t alg, const yq_digest *envelope_id, uint16_t idx, yq_digest *id)
{
    uint8_t number[2] = {(uint8_t)(idx >> 8), (uint8_t)idx};
    yq_slice part[3] = {
        yq_slice_text("YUQIAO-TX-1"),
        {envelope_id->b, YQ_DIGEST_SIZE},
        {number, sizeof number},
    };
    yq_hash(alg, part, 3, id->b);
}

static void signed_digest(
    uint32_t alg, const yq_digest *chain_id_hash, yq_slice unsigned_bytes, yq_digest *m)
{
    yq_signed_digest(alg, YQ_SIGNED_CLIENT_ENVELOPE, chain_id_hash, 0, 0, unsigned_bytes, m);
}

void yq_envelope_signed_digest(uint32_t alg, const yq_envelope *env, yq_digest *m)
{
    signed_digest(alg, &env->chain_id_hash, (yq_slice){env->bytes.p, YQ_ENVELOPE_UNSIGNED_SIZE}, m);
}

static uint16_t sig_alg_of(uint8_t suite)
{
    switch (suite) {
    case YQ_SUITE_SM2:
        return YQ_SIG_SM2_MESSAGE;
    case YQ_SUITE_P256:
        return YQ_SIG_P256_DIGEST;
    case YQ_SUITE_ED25519:
        return YQ_SIG_ED25519_MESSAGE;
    default: /* a number from outside, not one of our enumerations */
        return YQ_SIG_INVALID;
    }
}

yq_status yq_envelope_check(
    uint32_t alg,
    const yq_digest *chain_id_hash,
    uint8_t suite,
    yq_slice key,
    const yq_envelope *env)
{
    if (memcmp(chain_id_hash->b, env->chain_id_hash.b, YQ_DIGEST_SIZE) != 0) {
        return YQ_E_DOMAIN;
    }
    yq_digest signer, m;
    yq_signer_id(suite, key, &signer);
    if (memcmp(signer.b, env->signer.b, YQ_DIGEST_SIZE) != 0) {
        return YQ_E_SIGNER_MISMATCH;
    }
    yq_envelope_signed_digest(alg, env, &m);
    yq_signature sig = {
        .alg = sig_alg_of(suite),
        .flags = suite == YQ_SUITE_P256 ? YQ_SIG_FLAG_LOW_S : 0,
        .key = key,
        .msg = {m.b, YQ_DIGEST_SIZE},
        .sig = {env->sig, sizeof env->sig},
    };
    return yq_signature_check(&sig);
}

size_t yq_envelope_size(const yq_slice *tx, size_t n)
{
    size_t size = YQ_ENVELOPE_HEAD_SIZE;
    for (size_t i = 0; i < n; i++) {
        size += 4 + tx[i].n;
    }
    return size;
}

static yq_status plan_check(const yq_envelope_plan *plan, const yq_slice *tx, size_t n)
{
    if (n == 0 || n > YQ_ENVELOPE_TX_N_MAX || plan->seq == 0) {
        return YQ_E_RANGE;
    }
    for (size_t i = 0; i < n; i++) {
        if (tx[i].n > YQ_TX_SIZE_MAX) {
            return YQ_E_LIMIT;
        }
    }
    return yq_envelope_size(tx, n) > YQ_ENVELOPE_SIZE_MAX ? YQ_E_LIMIT : YQ_OK;
}

yq_status yq_envelope_build(
    const yq_envelope_plan *plan, const yq_slice *tx, size_t n, yq_buf *out, yq_digest *id)
{
    yq_status status = plan_check(plan, tx, n);
    if (status != YQ_OK) {
        return status;
    }
    if (out->cap < yq_envelope_size(tx, n)) {
        return YQ_E_NOSPC;
    }
    yq_digest leaf[YQ_ENVELOPE_TX_N_MAX], root, signer, m;
    for (size_t i = 0; i < n; i++) {
        tx_leaf(plan->alg, tx[i], &leaf[i]);
    }
    yq_merkle_root(plan->alg, leaf, n, &root);
    yq_signer_id(plan->suite, yq_key_public(plan->key), &signer);

    yq_writer w = yq_writer_of(out->p, out->cap);
    yq_put_bytes(&w, plan->chain_id_hash.b, YQ_DIGEST_SIZE);
    yq_put_bytes(&w, signer.b, YQ_DIGEST_SIZE);
    yq_put_u64(&w, plan->seq);
    yq_put_u64(&w, plan->valid_until_ms);
    yq_put_u16(&w, (uint16_t)n);
    yq_put_bytes(&w, root.b, YQ_DIGEST_SIZE);
    YQ_ASSERT(w.n == YQ_ENVELOPE_UNSIGNED_SIZE);
    if (id != NULL) {
        yq_hash_one(plan->alg, yq_writer_slice(&w), id->b);
    }
    signed_digest(plan->alg, &plan->chain_id_hash, yq_writer_slice(&w), &m);
    uint8_t sig[64];
    yq_key_sign(plan->key, (yq_slice){m.b, YQ_DIGEST_SIZE}, sig);
    yq_put_bytes(&w, sig, sizeof sig);
    for (size_t i = 0; i < n; i++) {
        yq_put_blob32(&w, tx[i]);
    }
    out->n = w.n;
    return w.status;
}

uint16_t yq_tx_method(yq_slice tx)
{
    return tx.n < 2 ? 0 : (uint16_t)((unsigned)tx.p[0] << 8 | tx.p[1]);
}

/* A quarter of a microsecond a unit, about, on one slow core: evidence costs its signatures (by
 * size: more bytes carry more of them), anything else its writes. */
#define COST_EVIDENCE        8000u
#define COST_EVIDENCE_BYTE_N 2u /* bytes for one unit */
#define COST_OTHER           400u
#define COST_OTHER_BYTE_N    8u

static int carries_evidence(uint16_t method)
{
    return method == YQ_METHOD_CHAIN_REGISTER || method == YQ_METHOD_CHAIN_RECOVER ||
           method == YQ_METHOD_CLIENT_UPDATE || method == YQ_METHOD_CLIENT_MISBEHAVIOUR ||
           method == YQ_METHOD_PACKET_EVENT || method == YQ_METHOD_EXPORT_KEY;
}

uint64_t yq_tx_cost(yq_slice tx)
{
    return carries_evidence(yq_tx_method(tx)) ? COST_EVIDENCE + tx.n / COST_EVIDENCE_BYTE_N
                                              : COST_OTHER + tx.n / COST_OTHER_BYTE_N;
}
