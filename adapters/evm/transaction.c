#include "adapters/evm/session.h"
#include "relay/base/bytes.h"
#include "relay/base/writer.h"
#include "relay/codec/rlp.h"

#define TYPE_FEE_MARKET 2u
#define V_BASE          35u

void yq_evma_selector(const char *signature, uint8_t selector[4])
{
    yq_digest md;
    yq_hash_one(YQ_HASH_KECCAK256, yq_slice_text(signature), md.b);
    memcpy(selector, md.b, 4);
}

static void put_call(yq_writer *w, const yq_evma_call_fields *f)
{
    yq_rlp_put_uint(w, f->fees.gas_limit);
    yq_rlp_put_string(w, yq_slice_of(f->to, YQ_EVM_ADDRESS_SIZE));
    yq_rlp_put_uint(w, 0);
    yq_rlp_put_string(w, f->data);
}

static void put_legacy(yq_writer *w, const yq_evma_call_fields *f, const uint8_t *sig)
{
    size_t list = yq_rlp_list_begin(w);
    yq_rlp_put_uint(w, f->nonce);
    yq_rlp_put_uint(w, f->fees.gas_price);
    put_call(w, f);
    if (sig == NULL) {
        yq_rlp_put_uint(w, f->chain_id);
        yq_rlp_put_uint(w, 0);
        yq_rlp_put_uint(w, 0);
    } else {
        yq_rlp_put_uint(w, V_BASE + 2 * f->chain_id + sig[64]);
        yq_rlp_put_number(w, yq_slice_of(sig, 32));
        yq_rlp_put_number(w, yq_slice_of(sig + 32, 32));
    }
    yq_rlp_list_end(w, list);
}

static void put_fee_market(yq_writer *w, const yq_evma_call_fields *f, const uint8_t *sig)
{
    yq_put_u8(w, TYPE_FEE_MARKET);
    size_t list = yq_rlp_list_begin(w);
    yq_rlp_put_uint(w, f->chain_id);
    yq_rlp_put_uint(w, f->nonce);
    yq_rlp_put_uint(w, f->fees.tip);
    yq_rlp_put_uint(w, f->fees.fee_cap);
    put_call(w, f);
    size_t access = yq_rlp_list_begin(w);
    yq_rlp_list_end(w, access);
    if (sig != NULL) {
        yq_rlp_put_uint(w, sig[64]);
        yq_rlp_put_number(w, yq_slice_of(sig, 32));
        yq_rlp_put_number(w, yq_slice_of(sig + 32, 32));
    }
    yq_rlp_list_end(w, list);
}

yq_status yq_evma_tx_sign(
    const yq_evma_call_fields *fields,
    const yq_key *key,
    yq_buf *out,
    yq_digest *hash,
    yq_fault *why)
{
    void (*put)(yq_writer *, const yq_evma_call_fields *, const uint8_t *) =
        fields->fees.eip1559 ? put_fee_market : put_legacy;
    yq_digest unsigned_hash;
    uint8_t sig[65];
    if (fields->chain_id == 0 || fields->chain_id > INT64_MAX / 2 - V_BASE - 1) {
        return yq_fail(why, YQ_E_RANGE, 0, "chain_id");
    }
    yq_writer w = {.p = out->p, .cap = out->cap, .n = out->n};
    put(&w, fields, NULL);
    if (w.status != YQ_OK) {
        return yq_fail(why, w.status, 0, "transaction");
    }
    yq_hash_one(YQ_HASH_KECCAK256, yq_slice_of(w.p + out->n, w.n - out->n), unsigned_hash.b);
    yq_key_sign_recoverable(key, unsigned_hash.b, sig);
    w.n = out->n;
    put(&w, fields, sig);
    if (w.status != YQ_OK) {
        return yq_fail(why, w.status, 0, "transaction");
    }
    yq_hash_one(YQ_HASH_KECCAK256, yq_slice_of(w.p + out->n, w.n - out->n), hash->b);
    out->n = w.n;
    return YQ_OK;
}
