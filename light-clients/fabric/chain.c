/* From a certificate to a root, and the lists of the CAs on the way. */
#include "light-clients/fabric/chain.h"

/* What links a certificate to a possible issuer, all of which are CAs, apart from the signature:
 * names, usage, lengths, time. below: CAs between the leaf and the issuer. */
static int may_issue(
    const yq_x509 *child, const yq_fabric_cert *issuer, size_t below, uint64_t at_ms)
{
    const yq_x509 *x = &issuer->x;
    return yq_slice_equal(child->issuer, x->subject) &&
           (!x->has_usage || (x->usage >> 5 & 1) != 0) &&
           (x->path_len < 0 || below <= (size_t)x->path_len) && x->not_before_ms <= at_ms &&
           at_ms <= x->not_after_ms;
}

/* Finds the one issuer among a list. Out: *found counts, *at is the last. */
static yq_status find_issuers(
    const yq_fabric_call *call,
    const yq_x509 *child,
    const yq_fabric_cert *ca,
    size_t ca_n,
    size_t below,
    uint64_t at_ms,
    yq_fabric_chain *out)
{
    for (size_t i = 0; i < ca_n; i++) {
        if (!may_issue(child, &ca[i], below, at_ms)) {
            continue;
        }
        yq_status status = yq_fabric_cert_check_issued(call, child, &ca[i]);
        if (status == YQ_E_CERT_CHAIN) {
            continue;
        }
        if (status == YQ_OK && ca[i].x.unknown_critical) {
            status = YQ_E_UNSUPPORTED;
        }
        if (status != YQ_OK) {
            return status;
        }
        if (out->n == below + 1) {
            return YQ_E_UNSUPPORTED; /* two ways up: not the chain's single one, or hard to say */
        }
        out->ca[below] = &ca[i];
        out->bit[below] = (unsigned)i;
        out->n = below + 1;
    }
    return YQ_OK;
}

yq_status yq_fabric_chain_build(
    const yq_fabric_call *call, const yq_fabric_msp *msp, const yq_x509 *leaf, yq_fabric_chain *out)
{
    uint64_t at_ms = leaf->not_before_ms + 1000;
    const yq_x509 *child = leaf;
    *out = (yq_fabric_chain){0};
    if (at_ms > leaf->not_after_ms) {
        return YQ_E_CERT_CHAIN;
    }
    for (size_t below = 0; below < YQ_FABRIC_CHAIN_MAX; below++) {
        yq_status status = find_issuers(call, child, msp->root, msp->root_n, below, at_ms, out);
        int is_root = out->n == below + 1;
        if (status == YQ_OK) {
            status = find_issuers(
                call, child, msp->intermediate, msp->intermediate_n, below, at_ms, out);
        }
        if (status != YQ_OK) {
            return status;
        }
        if (out->n == below) {
            return YQ_E_CERT_CHAIN;
        }
        if (is_root) {
            return YQ_OK;
        }
        out->bit[below] += 32;
        child = &out->ca[below]->x;
    }
    return YQ_E_UNSUPPORTED;
}

yq_digest yq_fabric_chain_certifiers(
    const yq_fabric_call *call, const yq_fabric_cert *first, const yq_fabric_chain *rest)
{
    yq_slice part[YQ_FABRIC_CHAIN_MAX + 1];
    size_t n = 0;
    if (first != NULL) {
        part[n++] = first->der;
    }
    for (size_t i = 0; i < rest->n; i++) {
        part[n++] = rest->ca[i]->der;
    }
    yq_digest md;
    yq_fabric_sha256(call, part, n, &md);
    return md;
}

yq_status yq_fabric_check_listed(
    const yq_fabric_call *call,
    const yq_fabric_msp *msp,
    yq_slice serial,
    const yq_fabric_cert *issuer)
{
    yq_status listed = YQ_OK;
    for (size_t i = 0; i < msp->crl_n; i++) {
        const yq_fabric_crl *crl = &msp->crl[i];
        if (!yq_slice_equal(crl->authority_key_id, issuer->x.subject_key_id) ||
            !yq_fabric_crl_lists(crl, serial)) {
            continue;
        }
        yq_status status = yq_fabric_crl_check_issued(call, crl, issuer);
        if (status == YQ_OK) {
            return YQ_E_CERT_CHAIN;
        }
        if (status != YQ_E_CERT_CHAIN) {
            listed = status;
        }
    }
    return listed;
}
