#ifndef YQ_LIGHT_CLIENTS_FABRIC_CHAIN_H
#define YQ_LIGHT_CLIENTS_FABRIC_CHAIN_H

#include "light-clients/fabric/msp.h"

/* The CAs above a certificate, from its issuer to a root. */
typedef struct yq_fabric_chain {
    const yq_fabric_cert *ca[YQ_FABRIC_CHAIN_MAX];
    unsigned bit[YQ_FABRIC_CHAIN_MAX]; /* of yq_fabric_msp.inner */
    size_t n;
} yq_fabric_chain;

/*
 * Builds the one chain from a certificate to a root of the MSP. Returns OK; E_CERT_CHAIN when there
 * is none; E_UNSUPPORTED when something on the way cannot be judged; E_LIMIT, E_BUDGET. Cost: a
 * verification for each CA that could be an issuer.
 */
YQ_NODISCARD yq_status yq_fabric_chain_build(
    const yq_fabric_call *call,
    const yq_fabric_msp *msp,
    const yq_x509 *leaf,
    yq_fabric_chain *out);

/* The digest by which organisational units name who certified them. In: first, a CA itself, stands
 * before the rest; NULL: none. */
yq_digest yq_fabric_chain_certifiers(
    const yq_fabric_call *call, const yq_fabric_cert *first, const yq_fabric_chain *rest);

/* Returns E_CERT_CHAIN when a list of the issuer names the serial, E_UNSUPPORTED when one does
 * whose signature cannot be judged; a failure of the host. */
YQ_NODISCARD yq_status yq_fabric_check_listed(
    const yq_fabric_call *call,
    const yq_fabric_msp *msp,
    yq_slice serial,
    const yq_fabric_cert *issuer);

/* Reads the parts of an MSP that was added, once; it stays unusable where the chain's nodes would
 * not set it up, or we cannot judge it. */
void yq_fabric_msp_read(const yq_fabric_call *call, yq_fabric_msp *msp, uint8_t ou_rules);

#endif /* YQ_LIGHT_CLIENTS_FABRIC_CHAIN_H */
