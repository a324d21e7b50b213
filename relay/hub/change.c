#include "relay/hub/change.h"

#include "relay/base/bytes.h"
#include "relay/base/cursor.h"
#include "relay/crypto/crypto.h"
#include "relay/crypto/signed.h"
#include "relay/hub/tx.h"

/* Keys ascend. */
static void check_order(yq_cur *c, yq_slice before, yq_slice key)
{
    if (before.n > 0 && yq_slice_compare(before, key) >= 0) {
        yq_cur_fail(c, YQ_E_NONCANONICAL, c->pos);
    }
}

yq_status yq_change_decode(yq_slice in, yq_change *x, yq_fault *why)
{
    yq_cur c = yq_cur_of(in);
    yq_slice before = {0};
    *x = (yq_change){.join_n = yq_cur_u8(&c)};
    if (x->join_n > YQ_VALIDATORS_MAX) {
        return yq_fail(why, YQ_E_RANGE, 0, "change: joins");
    }
    for (size_t i = 0; i < x->join_n; i++) {
        yq_change_join *j = &x->join[i];
        j->org = yq_cur_str8(&c, YQ_ORG_CODE_SIZE);
        j->key = yq_cur_str8(&c, 64);
        j->proof = yq_cur_take(&c, YQ_PROOF_SIZE);
        check_order(&c, before, j->key);
        before = j->key;
    }
    x->leave_n = yq_cur_u8(&c);
    if (x->leave_n > YQ_VALIDATORS_MAX) {
        return yq_fail(why, YQ_E_RANGE, 0, "change: leaves");
    }
    before = (yq_slice){0};
    for (size_t i = 0; i < x->leave_n; i++) {
        x->leave[i] = yq_cur_str8(&c, 64);
        check_order(&c, before, x->leave[i]);
        before = x->leave[i];
    }
    return yq_cur_done(&c, why);
}

void yq_change_put(yq_writer *w, const yq_change *change)
{
    yq_put_u8(w, (uint8_t)change->join_n);
    for (size_t i = 0; i < change->join_n; i++) {
        yq_put_str8(w, change->join[i].org);
        yq_put_str8(w, change->join[i].key);
        yq_put_bytes(w, change->join[i].proof.p, YQ_PROOF_SIZE);
    }
    yq_put_u8(w, (uint8_t)change->leave_n);
    for (size_t i = 0; i < change->leave_n; i++) {
        yq_put_str8(w, change->leave[i]);
    }
}

static int has_key(const yq_validators *v, yq_slice key)
{
    for (size_t i = 0; i < v->n; i++) {
        if (yq_slice_equal(v->item[i].key, key)) {
            return 1;
        }
    }
    return 0;
}

static yq_status check_keys(const yq_change *x, const yq_validators *now, yq_fault *why)
{
    for (size_t i = 0; i < x->leave_n; i++) {
        if (!has_key(now, x->leave[i])) {
            return yq_fail(why, YQ_E_NOT_FOUND, 0, "leave: no validator");
        }
    }
    for (size_t i = 0; i < x->join_n; i++) {
        if (x->join[i].key.n != YQ_SM2_KEY_SIZE) {
            return yq_fail(why, YQ_E_RANGE, 0, "join: key");
        }
        if (has_key(now, x->join[i].key)) {
            return yq_fail(why, YQ_E_EXISTS, 0, "join: this key is or was a validator's");
        }
    }
    size_t n = now->n + x->join_n - x->leave_n;
    if (n < YQ_VALIDATORS_MIN || n > YQ_VALIDATORS_MAX) {
        return yq_fail(why, YQ_E_RANGE, 0, "change: fewer than 4 or more than 31 validators");
    }
    return YQ_OK;
}

static int leaves(const yq_change *x, yq_slice key)
{
    for (size_t i = 0; i < x->leave_n; i++) {
        if (yq_slice_equal(x->leave[i], key)) {
            return 1;
        }
    }
    return 0;
}

yq_status yq_change_apply(
    const yq_change *x, const yq_validators *now, yq_validators *next, yq_fault *why)
{
    size_t i = 0, k = 0;
    *next = (yq_validators){.epoch = now->epoch + 1, .alg = now->alg, .suite = now->suite};
    yq_status status = check_keys(x, now, why);
    while (status == YQ_OK && (i < now->n || k < x->join_n)) {
        int joins = i == now->n ||
                    (k < x->join_n && yq_slice_compare(x->join[k].key, now->item[i].key) < 0);
        yq_validator v = joins ? (yq_validator){x->join[k].key, x->join[k].org} : now->item[i];
        if (joins || !leaves(x, v.key)) {
            next->item[next->n++] = v;
        }
        i += joins ? 0 : 1;
        k += joins ? 1 : 0;
    }
    return status;
}

void yq_change_proof_digest(
    uint32_t alg,
    const yq_digest *chain_id_hash,
    uint64_t epoch,
    yq_slice org,
    yq_slice key,
    yq_digest *m)
{
    uint8_t room[1 + 1 + 255 + 1 + 255];
    yq_writer w = yq_writer_of(room, sizeof room);
    yq_put_u8(&w, YQ_PROOF_VALIDATOR);
    yq_put_str8(&w, org);
    yq_put_str8(&w, key);
    yq_signed_digest(alg, YQ_SIGNED_GOV, chain_id_hash, epoch, 0, yq_writer_slice(&w), m);
}

yq_status yq_validators_signed(uint8_t suite, yq_slice key, const yq_digest *m, yq_slice sig)
{
    const yq_signature s = {
        .alg = suite == YQ_SUITE_SM2 ? YQ_SIG_SM2_MESSAGE : YQ_SIG_P256_DIGEST,
        .key = key,
        .msg = {m->b, YQ_DIGEST_SIZE},
        .sig = sig,
    };
    return yq_signature_check(&s);
}

yq_status yq_change_check_proof(
    const yq_validators *next, const yq_digest *chain_id_hash, const yq_change_join *join)
{
    yq_digest m;
    yq_change_proof_digest(next->alg, chain_id_hash, next->epoch, join->org, join->key, &m);
    return yq_validators_signed(next->suite, join->key, &m, join->proof);
}
