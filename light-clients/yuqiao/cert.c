#include "light-clients/yuqiao/yuqiao.h"
#include "relay/crypto/crypto.h"

void yq_yuqiao_set_hash(const yq_yuqiao_call *call, const yq_valset *set, yq_digest *out)
{
    uint8_t room[1 + 32 + YQ_YUQIAO_SET_MAX + 2 + YQ_VALIDATORS_MAX];
    yq_writer w = yq_writer_of(room, sizeof room);
    yq_put_u8(&w, 0x03);
    yq_put(&w, YQ_SLICE_OF(set->chain_id_hash.b));
    yq_put_u64(&w, set->epoch);
    yq_put_u8(&w, set->suite);
    yq_put_u16(&w, yq_quorum(set->n));
    yq_put_u16(&w, set->n);
    for (size_t i = 0; i < set->n; i++) {
        yq_put_str8(&w, yq_slice_of(set->key[i], yq_suite_key_size(set->suite)));
    }
    const yq_slice all = yq_writer_slice(&w);
    call->host->hash(call->host->self, call->alg, &all, 1, out->b);
}

/* m = H("YUQIAO1" || u8 type || chain_id_hash || u64 epoch || u64 view || FinalInfo) */
static void signed_digest(const yq_yuqiao_call *call, const yq_cert *cert, yq_digest *m)
{
    uint8_t room[YQ_SIGNED_PREFIX_SIZE + 1 + 32 + 16 + YQ_FINAL_INFO_SIZE];
    yq_writer w = yq_writer_of(room, sizeof room);
    yq_put(&w, yq_slice_text(YQ_SIGNED_PREFIX));
    yq_put_u8(&w, cert->type);
    yq_put(&w, YQ_SLICE_OF(cert->info.chain_id_hash.b));
    yq_put_u64(&w, cert->epoch);
    yq_put_u64(&w, cert->view);
    yq_final_info_put(&w, &cert->info);
    const yq_slice all = yq_writer_slice(&w);
    call->host->hash(call->host->self, call->alg, &all, 1, m->b);
}

/* Out: sig, one for each bit of the bitmap. Returns their number. */
static size_t collect(
    const yq_valset *set, const yq_cert *cert, const yq_digest *m, yq_signature *sig)
{
    static const uint16_t alg_of[] = {
        [YQ_SUITE_SM2] = YQ_SIG_SM2_MESSAGE,
        [YQ_SUITE_P256] = YQ_SIG_P256_DIGEST,
        [YQ_SUITE_ETH] = YQ_SIG_SECP256K1_DIGEST,
        [YQ_SUITE_ED25519] = YQ_SIG_ED25519_MESSAGE,
    };
    size_t n = 0;
    for (size_t i = 0; i < set->n; i++) {
        if ((cert->bitmap >> i & 1) != 0) {
            sig[n] = (yq_signature){
                .alg = alg_of[set->suite],
                .key = yq_slice_of(set->key[i], yq_suite_key_size(set->suite)),
                .msg = YQ_SLICE_OF(m->b),
                .sig = YQ_SLICE_OF(cert->sig[n]),
            };
            n++;
        }
    }
    return n;
}

static yq_status check_content(
    const yq_yuqiao_call *call, const yq_valset *set, const yq_cert *cert)
{
    if (!yq_digest_equal(&cert->info.chain_id_hash, &set->chain_id_hash)) {
        return yq_yuqiao_fail(call, YQ_E_DOMAIN, "chain_id_hash");
    }
    if (cert->epoch != set->epoch) {
        return yq_yuqiao_fail(call, YQ_E_DOMAIN, "epoch");
    }
    if (yq_digest_is_zero(&cert->info.h) || yq_digest_is_zero(&cert->info.result_root)) {
        return yq_yuqiao_fail(call, YQ_E_ZERO_ROOT, "h, result_root");
    }
    if (cert->bitmap == 0) {
        return yq_yuqiao_fail(call, YQ_E_SIGNATURES_MISSING, "bitmap");
    }
    return cert->bitmap >> set->n == 0 ? YQ_OK
                                       : yq_yuqiao_fail(call, YQ_E_SIGNER_UNKNOWN, "bitmap");
}

yq_status yq_yuqiao_cert_check(
    const yq_yuqiao_call *call, const yq_valset *set, const yq_cert *cert)
{
    yq_signature sig[YQ_VALIDATORS_MAX];
    yq_status valid[YQ_VALIDATORS_MAX];
    yq_digest m;
    yq_status status = check_content(call, set, cert);
    if (status != YQ_OK) {
        return status;
    }
    signed_digest(call, cert, &m);
    size_t n = collect(set, cert, &m, sig);
    if (n < yq_quorum(set->n)) {
        return yq_yuqiao_fail(call, YQ_E_QUORUM, "signatures");
    }
    status = call->host->check_signatures(call->host->self, sig, n, valid);
    for (size_t i = 0; i < n && status == YQ_OK; i++) {
        status = valid[i];
    }
    return status == YQ_OK ? YQ_OK : yq_yuqiao_fail(call, status, "signatures");
}

int yq_yuqiao_same(const yq_final_info *a, const yq_final_info *b)
{
    return a->epoch == b->epoch && yq_digest_equal(&a->h, &b->h) &&
           yq_digest_equal(&a->result_root, &b->result_root) &&
           yq_digest_equal(&a->export_root, &b->export_root) &&
           yq_digest_equal(&a->next_valset_hash, &b->next_valset_hash) && a->time_ms == b->time_ms;
}

int yq_yuqiao_contradict(const yq_final_info *a, const yq_final_info *b)
{
    if (a->height == b->height) {
        return !yq_yuqiao_same(a, b);
    }
    const yq_final_info *low = a->height < b->height ? a : b, *high = low == a ? b : a;
    if (high->epoch < low->epoch || high->time_ms <= low->time_ms) {
        return 1;
    }
    return high->epoch == low->epoch &&
           (high->view <= low->view || !yq_digest_is_zero(&low->next_valset_hash));
}
