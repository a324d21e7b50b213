#include "adapters/fisco-bcos-2/session.h"
#include "relay/base/bytes.h"
#include "relay/base/writer.h"
#include "relay/codec/rlp.h"

#define GAS_PRICE 1u

void yq_fisco2_selector(uint32_t alg, const char *signature, uint8_t selector[4])
{
    yq_digest md;
    yq_hash_one(alg, yq_slice_text(signature), md.b);
    memcpy(selector, md.b, 4);
}

static void put_fields(
    yq_writer *w, const yq_fisco2_profile *profile, const yq_fisco2_call_fields *f)
{
    yq_rlp_put_number(w, yq_slice_of(f->nonce, sizeof f->nonce));
    yq_rlp_put_uint(w, GAS_PRICE);
    yq_rlp_put_uint(w, f->gas_limit);
    yq_rlp_put_uint(w, f->block_limit);
    yq_rlp_put_string(w, yq_slice_of(f->to, 20));
    yq_rlp_put_uint(w, 0);
    yq_rlp_put_string(w, f->data);
    yq_rlp_put_uint(w, profile->chain_id);
    yq_rlp_put_uint(w, profile->group_id);
    yq_rlp_put_string(w, (yq_slice){0});
}

static void put_signature(
    yq_writer *w, const yq_fisco2_profile *profile, const yq_digest *hash, const yq_key *key)
{
    uint8_t sig[65];
    if (profile->suite == YQ_FISCO2_SUITE_SM) {
        yq_key_sign(key, yq_slice_of(hash->b, sizeof hash->b), sig);
        yq_rlp_put_string(w, yq_key_public(key));
    } else {
        yq_key_sign_recoverable(key, hash->b, sig);
        yq_rlp_put_uint(w, 27u + sig[64]);
    }
    yq_rlp_put_number(w, yq_slice_of(sig, 32));
    yq_rlp_put_number(w, yq_slice_of(sig + 32, 32));
}

yq_status yq_fisco2_tx_sign(
    const yq_fisco2_profile *profile,
    const yq_fisco2_call_fields *fields,
    const yq_key *key,
    yq_buf *out,
    yq_digest *hash,
    yq_fault *why)
{
    yq_writer w = {.p = out->p, .cap = out->cap, .n = out->n};
    yq_digest unsigned_hash;
    size_t mark = out->n;
    if (fields->data.n < 4) {
        return yq_fail(why, YQ_E_RANGE, 0, "data");
    }
    size_t list = yq_rlp_list_begin(&w);
    put_fields(&w, profile, fields);
    size_t end = w.n;
    yq_rlp_list_end(&w, list);
    if (w.status != YQ_OK) {
        return yq_fail(why, w.status, 0, "transaction");
    }
    yq_hash_one(
        yq_fisco2_profile_hash(profile), yq_slice_of(w.p + mark, w.n - mark), unsigned_hash.b);
    /* The same items again, now with the signature behind them. */
    memmove(w.p + mark, w.p + w.n - (end - mark), end - mark);
    w.n = end;
    put_signature(&w, profile, &unsigned_hash, key);
    yq_rlp_list_end(&w, list);
    if (w.status != YQ_OK) {
        return yq_fail(why, w.status, 0, "transaction");
    }
    yq_hash_one(yq_fisco2_profile_hash(profile), yq_slice_of(w.p + mark, w.n - mark), hash->b);
    out->n = w.n;
    return YQ_OK;
}
