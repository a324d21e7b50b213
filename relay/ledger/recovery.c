#include "relay/ledger/recovery.h"

#include "relay/base/assert.h"
#include "relay/codec/msgpack.h"
#include "relay/crypto/crypto.h"
#include "relay/crypto/signed.h"

#include <string.h>

#define RECOVERY_VERSION 1u

void yq_recovery_put_unsigned(yq_writer *w, const yq_recovery *r)
{
    yq_put_u16(w, RECOVERY_VERSION);
    yq_put_bytes(w, r->chain_id_hash.b, YQ_DIGEST_SIZE);
    yq_put_u64(w, r->epoch);
    yq_put_u32(w, r->serial);
    yq_put_u64(w, r->height);
    yq_put_bytes(w, r->h.b, YQ_DIGEST_SIZE);
    yq_put_bytes(w, r->result_root.b, YQ_DIGEST_SIZE);
    yq_put_blob16(w, r->change);
    yq_put_blob16(w, r->reason);
}

void yq_recovery_put(yq_writer *w, const yq_recovery *r)
{
    yq_recovery_put_unsigned(w, r);
    yq_put_u8(w, (uint8_t)r->sig_n);
    for (size_t i = 0; i < r->sig_n; i++) {
        yq_put_u8(w, r->sig[i].key);
        yq_put_bytes(w, r->sig[i].sig, sizeof r->sig[i].sig);
    }
}

static void reason_get(yq_cur *c, yq_recovery *r)
{
    size_t at = c->pos;
    r->reason = yq_cur_blob16(c, YQ_RECOVERY_REASON_MAX);
    if (yq_cur_ok(c) && !yq_utf8_valid(r->reason)) {
        yq_cur_fail_field(c, YQ_E_UTF8, at, "reason");
    }
}

static void signatures_get(yq_cur *c, yq_recovery *r)
{
    size_t at = c->pos, n = yq_cur_u8(c);
    if (n > YQ_RECOVERY_KEYS_MAX) {
        yq_cur_fail_field(c, YQ_E_LIMIT, at, "signatures");
        return;
    }
    for (size_t i = 0; i < n && yq_cur_ok(c); i++, r->sig_n++) {
        at = c->pos;
        r->sig[i].key = yq_cur_u8(c);
        yq_cur_copy(c, r->sig[i].sig, sizeof r->sig[i].sig);
        if (i > 0 && r->sig[i - 1].key >= r->sig[i].key) {
            yq_cur_fail_field(c, YQ_E_NONCANONICAL, at, "order of the signatures");
        }
    }
}

yq_status yq_recovery_decode(yq_slice in, yq_recovery *r, yq_fault *why)
{
    yq_cur c = yq_cur_of(in);
    *r = (yq_recovery){0};
    if (yq_cur_u16(&c) != RECOVERY_VERSION) {
        yq_cur_fail_field(&c, YQ_E_VERSION, 0, "recovery: version");
    }
    yq_cur_copy(&c, r->chain_id_hash.b, YQ_DIGEST_SIZE);
    size_t at = c.pos;
    r->epoch = yq_cur_u64(&c);
    if (yq_cur_ok(&c) && (r->epoch == 0 || r->epoch == UINT64_MAX)) {
        yq_cur_fail_field(&c, YQ_E_RANGE, at, "epoch");
    }
    r->serial = yq_cur_u32(&c);
    at = c.pos;
    r->height = yq_cur_u64(&c);
    if (yq_cur_ok(&c) && r->height == 0) {
        yq_cur_fail_field(&c, YQ_E_RANGE, at, "height"); /* nothing is lost with a new genesis */
    }
    yq_cur_copy(&c, r->h.b, YQ_DIGEST_SIZE);
    yq_cur_copy(&c, r->result_root.b, YQ_DIGEST_SIZE);
    r->change = yq_cur_blob16(&c, YQ_CHANGE_SIZE_MAX);
    reason_get(&c, r);
    signatures_get(&c, r);
    return yq_cur_done(&c, why);
}

void yq_recovery_digest(uint32_t alg, const yq_recovery *r, yq_digest *m)
{
    uint8_t room[YQ_RECOVERY_SIZE_MAX];
    yq_writer w = yq_writer_of(room, sizeof room);
    yq_recovery_put_unsigned(&w, r);
    YQ_ASSERT(w.status == YQ_OK);
    yq_signed_digest(
        alg, YQ_SIGNED_RECOVER, &r->chain_id_hash, r->epoch, 0, yq_writer_slice(&w), m);
}

/* The keys of a set, of no organisation. */
static void without_orgs(uint32_t alg, const yq_valset *set, yq_validators *out)
{
    *out = (yq_validators){.epoch = set->epoch, .alg = alg, .suite = set->suite, .n = set->n};
    for (size_t i = 0; i < set->n; i++) {
        out->item[i].key = yq_slice_of(set->key[i], yq_suite_key_size(set->suite));
    }
}

static yq_status check_proofs(const yq_genesis *g, const yq_recovery *r, yq_fault *why)
{
    yq_change x;
    const yq_validators next = {.epoch = r->epoch + 1, .alg = g->alg, .suite = g->suite};
    yq_status status = yq_change_decode(r->change, &x, why);
    for (size_t i = 0; i < x.join_n && status == YQ_OK; i++) {
        status = yq_change_check_proof(&next, &r->chain_id_hash, &x.join[i]);
        if (status != YQ_OK) {
            return yq_fail(why, status, 0, "recovery: proof of possession");
        }
    }
    return status;
}

yq_status yq_recovery_check(
    const yq_genesis *g, const yq_digest *chain_id_hash, const yq_recovery *r, yq_fault *why)
{
    yq_digest m;
    if (g->recovery_n == 0) {
        return yq_fail(why, YQ_E_UNSUPPORTED, 0, "this ledger has no recovery set");
    }
    if (memcmp(chain_id_hash->b, r->chain_id_hash.b, YQ_DIGEST_SIZE) != 0) {
        return yq_fail(why, YQ_E_DOMAIN, 0, "recovery: another chain");
    }
    if (r->sig_n < g->recovery_approvals) {
        return yq_fail(why, YQ_E_QUORUM, 0, "recovery: signatures");
    }
    yq_recovery_digest(g->alg, r, &m);
    for (size_t i = 0; i < r->sig_n; i++) {
        if (r->sig[i].key >= g->recovery_n) {
            return yq_fail(why, YQ_E_SIGNER_UNKNOWN, 0, "recovery: signer");
        }
        yq_slice key = g->recovery[r->sig[i].key].key;
        yq_status status = yq_validators_signed(g->suite, key, &m, YQ_SLICE_OF(r->sig[i].sig));
        if (status != YQ_OK) {
            return yq_fail(why, status, 0, "recovery: signature");
        }
    }
    return check_proofs(g, r, why);
}

yq_status yq_recovery_next(
    const yq_recovery *r, const yq_valset *now, yq_valset *next, yq_fault *why)
{
    yq_change x;
    yq_validators before, after;
    if (now->epoch != r->epoch) {
        return yq_fail(why, YQ_E_EPOCH_OLD, 0, "recovery: epoch");
    }
    without_orgs(0, now, &before);
    yq_status status = yq_change_decode(r->change, &x, why);
    status = status == YQ_OK ? yq_change_apply(&x, &before, &after, why) : status;
    if (status != YQ_OK) {
        return status;
    }
    *next = (yq_valset){
        .chain_id_hash = now->chain_id_hash,
        .epoch = after.epoch,
        .suite = now->suite,
        .n = (uint16_t)after.n,
    };
    for (size_t i = 0; i < after.n; i++) {
        memcpy(next->key[i], after.item[i].key.p, after.item[i].key.n);
    }
    return YQ_OK;
}
