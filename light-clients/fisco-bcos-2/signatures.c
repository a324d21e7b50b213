#include "light-clients/fisco-bcos-2/fisco.h"

/* Order of the secp256k1 group, halved. */
static const uint8_t half_order[32] = {
    0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0x5d, 0x57, 0x6e, 0x73, 0x57, 0xa4, 0x50, 0x1d, 0xdf, 0xe9, 0x2f, 0x46, 0x68, 0x1b, 0x20, 0xa0};

/* Another member's key under this index, or no member's. */
static yq_status wrong_key(const yq_fisco2_call *call, const yq_fisco2_set *set, const uint8_t *key)
{
    size_t place;
    return yq_fisco2_set_find(set, key, &place)
               ? yq_fisco2_fail(call, YQ_E_SIGNER_MISMATCH, "signature of another index")
               : yq_fisco2_fail(call, YQ_E_SIGNER_UNKNOWN, "signature of no sealer");
}

/* by_index[i] is the signature of sealer i, empty when there is none. */
static yq_status check_sm(
    const yq_fisco2_call *call,
    const yq_fisco2_set *set,
    const yq_digest *hash,
    const yq_slice *by_index)
{
    const yq_verifier_host *host = call->host;
    yq_signature *sig = host->scratch(host->self, set->n * sizeof *sig);
    yq_status *valid = host->scratch(host->self, set->n * sizeof *valid);
    size_t n = 0;
    if (sig == NULL || valid == NULL) {
        return yq_fisco2_fail(call, YQ_E_LIMIT, "signatures");
    }
    for (size_t i = 0; i < set->n; i++) {
        const uint8_t *key = set->id + i * YQ_FISCO2_ID_SIZE;
        if (by_index[i].n == 0) {
            continue;
        }
        if (memcmp(by_index[i].p + 64, key, YQ_FISCO2_ID_SIZE) != 0) {
            return wrong_key(call, set, by_index[i].p + 64);
        }
        sig[n++] = (yq_signature){
            .alg = YQ_SIG_SM2_MESSAGE,
            .key = yq_slice_of(key, YQ_FISCO2_ID_SIZE),
            .msg = yq_slice_of(hash->b, sizeof hash->b),
            .sig = yq_slice_of(by_index[i].p, 64),
        };
    }
    yq_status status = host->check_signatures(host->self, sig, n, valid);
    for (size_t i = 0; i < n && status == YQ_OK; i++) {
        status = valid[i];
    }
    return status == YQ_OK ? YQ_OK : yq_fisco2_fail(call, status, "signature");
}

static yq_status check_keccak(
    const yq_fisco2_call *call,
    const yq_fisco2_set *set,
    const yq_digest *hash,
    const yq_slice *by_index)
{
    for (size_t i = 0; i < set->n; i++) {
        uint8_t key[YQ_FISCO2_ID_SIZE];
        const yq_slice sig = by_index[i];
        if (sig.n == 0) {
            continue;
        }
        yq_status status = call->host->recover(call->host->self, hash->b, sig.p, key);
        if (status != YQ_OK) {
            return yq_fisco2_fail(call, status, "signature");
        }
        if (memcmp(sig.p + 32, half_order, sizeof half_order) > 0) {
            return yq_fisco2_fail(call, YQ_E_SIG_HIGH_S, "signature");
        }
        if (memcmp(key, set->id + i * YQ_FISCO2_ID_SIZE, sizeof key) != 0) {
            return wrong_key(call, set, key);
        }
    }
    return YQ_OK;
}

/* Sorts signatures by signer, so that the verdict does not depend on their order. */
static yq_status by_signer(
    const yq_fisco2_call *call,
    const yq_fisco2_set *set,
    const yq_fisco2_signatures *sigs,
    yq_slice *by_index)
{
    if (sigs->n == 0) {
        return yq_fisco2_fail(call, YQ_E_SIGNATURES_MISSING, "signatures");
    }
    for (size_t i = 0; i < sigs->n; i++) {
        if (sigs->index[i] >= set->n) {
            return yq_fisco2_fail(call, YQ_E_SIGNER_UNKNOWN, "index outside the set");
        }
    }
    for (size_t i = 0; i < sigs->n; i++) {
        yq_slice *slot = &by_index[sigs->index[i]];
        if (slot->n != 0) {
            return yq_fisco2_fail(call, YQ_E_DUP_SIGNER, "index");
        }
        *slot = sigs->sig[i];
    }
    return sigs->n >= yq_fisco2_quorum(set->n) ? YQ_OK
                                               : yq_fisco2_fail(call, YQ_E_QUORUM, "signatures");
}

yq_status yq_fisco2_quorum_check(
    const yq_fisco2_call *call,
    const yq_fisco2_set *set,
    const yq_digest *hash,
    const yq_fisco2_signatures *sigs,
    uint8_t *signer)
{
    yq_slice *by_index = call->host->scratch(call->host->self, set->n * sizeof *by_index);
    if (by_index == NULL) {
        return yq_fisco2_fail(call, YQ_E_LIMIT, "signatures");
    }
    yq_status status = by_signer(call, set, sigs, by_index);
    if (status != YQ_OK) {
        return status;
    }
    status = call->suite == YQ_FISCO2_SUITE_SM ? check_sm(call, set, hash, by_index)
                                               : check_keccak(call, set, hash, by_index);
    for (size_t i = 0; i < set->n && signer != NULL; i++) {
        signer[i] = by_index[i].n != 0;
    }
    return status;
}
