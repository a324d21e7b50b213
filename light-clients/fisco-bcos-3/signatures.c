#include "light-clients/fisco-bcos-3/fisco3.h"

#define SM_SIGNATURE 64u

/* Order of the secp256k1 group, halved. */
static const uint8_t half_order[32] = {
    0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0x5d, 0x57, 0x6e, 0x73, 0x57, 0xa4, 0x50, 0x1d, 0xdf, 0xe9, 0x2f, 0x46, 0x68, 0x1b, 0x20, 0xa0};

static yq_status recover(
    const yq_fisco3_call *call, const yq_digest *hash, yq_slice sig, uint8_t *key)
{
    yq_status status = call->host->recover(call->host->self, hash->b, sig.p, key);
    if (status != YQ_OK) {
        return yq_fisco3_fail(call, status, "signature");
    }
    if (memcmp(sig.p + 32, half_order, sizeof half_order) > 0) {
        return yq_fisco3_fail(call, YQ_E_SIG_HIGH_S, "signature");
    }
    return YQ_OK;
}

static yq_signature sm_check(const yq_digest *hash, const uint8_t *key, yq_slice sig)
{
    return (yq_signature){
        .alg = YQ_SIG_SM2_MESSAGE,
        .key = yq_slice_of(key, YQ_FISCO3_ID_SIZE),
        .msg = yq_slice_of(hash->b, sizeof hash->b),
        .sig = yq_slice_of(sig.p, SM_SIGNATURE),
    };
}

/* by_index[i] is the signature of sealer i, empty when there is none. */
static yq_status check_sm(
    const yq_fisco3_call *call,
    const yq_fisco3_set *set,
    const yq_digest *hash,
    const yq_slice *by_index)
{
    const yq_verifier_host *host = call->host;
    yq_signature *sig = yq_fisco3_room(call, set->n, sizeof *sig);
    yq_status *valid = yq_fisco3_room(call, set->n, sizeof *valid);
    size_t n = 0;
    if (sig == NULL || valid == NULL) {
        return yq_fisco3_fail(call, YQ_E_LIMIT, "signatures");
    }
    for (size_t i = 0; i < set->n; i++) {
        if (by_index[i].n != 0) {
            sig[n++] = sm_check(hash, set->sealer[i].id, by_index[i]);
        }
    }
    yq_status status = host->check_signatures(host->self, sig, n, valid);
    for (size_t i = 0; i < n && status == YQ_OK; i++) {
        status = valid[i];
    }
    return status == YQ_OK ? YQ_OK : yq_fisco3_fail(call, status, "signature");
}

static yq_status check_keccak(
    const yq_fisco3_call *call,
    const yq_fisco3_set *set,
    const yq_digest *hash,
    const yq_slice *by_index)
{
    for (size_t i = 0; i < set->n; i++) {
        uint8_t key[YQ_FISCO3_ID_SIZE];
        size_t place;
        if (by_index[i].n == 0) {
            continue;
        }
        yq_status status = recover(call, hash, by_index[i], key);
        if (status != YQ_OK) {
            return status;
        }
        if (memcmp(key, set->sealer[i].id, sizeof key) != 0) {
            return yq_fisco3_set_find(set, key, &place)
                       ? yq_fisco3_fail(call, YQ_E_SIGNER_MISMATCH, "signature of another index")
                       : yq_fisco3_fail(call, YQ_E_SIGNER_UNKNOWN, "signature of no sealer");
        }
    }
    return YQ_OK;
}

/* Sorts signatures by signer, so that the verdict does not depend on their order. */
static yq_status by_signer(
    const yq_fisco3_call *call,
    const yq_fisco3_set *set,
    const yq_fisco3_signatures *sigs,
    yq_slice *by_index)
{
    uint64_t total, signed_weight = 0;
    if (sigs->n == 0) {
        return yq_fisco3_fail(call, YQ_E_SIGNATURES_MISSING, "signatures");
    }
    for (size_t i = 0; i < sigs->n; i++) {
        if (sigs->index[i] >= set->n) {
            return yq_fisco3_fail(call, YQ_E_SIGNER_UNKNOWN, "index outside the set");
        }
    }
    for (size_t i = 0; i < sigs->n; i++) {
        yq_slice *slot = &by_index[sigs->index[i]];
        if (slot->n != 0) {
            return yq_fisco3_fail(call, YQ_E_DUP_SIGNER, "index");
        }
        *slot = sigs->sig[i];
        signed_weight += set->sealer[sigs->index[i]].weight;
    }
    yq_status status = yq_fisco3_set_total(call, set, &total);
    if (status != YQ_OK) {
        return status;
    }
    return signed_weight >= total - yq_fisco3_faulty_max(total)
               ? YQ_OK
               : yq_fisco3_fail(call, YQ_E_QUORUM, "signatures");
}

yq_status yq_fisco3_quorum_check(
    const yq_fisco3_call *call,
    const yq_fisco3_set *set,
    const yq_digest *hash,
    const yq_fisco3_signatures *sigs,
    uint8_t *signer)
{
    yq_slice *by_index = yq_fisco3_room(call, set->n, sizeof *by_index);
    if (by_index == NULL) {
        return yq_fisco3_fail(call, YQ_E_LIMIT, "signatures");
    }
    yq_status status = by_signer(call, set, sigs, by_index);
    if (status != YQ_OK) {
        return status;
    }
    status = call->suite == YQ_FISCO3_SUITE_SM ? check_sm(call, set, hash, by_index)
                                               : check_keccak(call, set, hash, by_index);
    for (size_t i = 0; i < set->n && signer != NULL; i++) {
        signer[i] = by_index[i].n != 0;
    }
    return status;
}

yq_status yq_fisco3_sender(
    const yq_fisco3_call *call,
    const yq_digest *hash,
    yq_slice sig,
    uint8_t address[YQ_FISCO3_ADDRESS_SIZE])
{
    uint8_t key[YQ_FISCO3_ID_SIZE];
    yq_status status;
    if (call->suite == YQ_FISCO3_SUITE_SM) {
        memcpy(key, sig.p + SM_SIGNATURE, sizeof key);
        const yq_signature check = sm_check(hash, key, sig);
        yq_status valid = YQ_E_SIG;
        status = call->host->check_signatures(call->host->self, &check, 1, &valid);
        status = status == YQ_OK ? valid : status;
    } else {
        status = recover(call, hash, sig, key);
    }
    if (status != YQ_OK) {
        return yq_fisco3_fail(call, status, "sender's signature");
    }
    const yq_slice part = yq_slice_of(key, sizeof key);
    yq_digest md = yq_fisco3_hash(call, &part, 1);
    memcpy(address, md.b + sizeof md.b - YQ_FISCO3_ADDRESS_SIZE, YQ_FISCO3_ADDRESS_SIZE);
    return YQ_OK;
}
