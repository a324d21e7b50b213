#ifndef YQ_LIGHT_CLIENTS_FABRIC_CERT_H
#define YQ_LIGHT_CLIENTS_FABRIC_CERT_H

#include "light-clients/fabric/call.h"
#include "relay/codec/x509.h"

#define YQ_FABRIC_PEM_MAX   (16u << 10)
#define YQ_FABRIC_CHAIN_MAX 8u /* certificates from an identity to its root */

/*
 * How sure a "no" is. The chain's nodes run another reader of certificates than ours: where ours
 * gives up on a form or an algorithm that theirs may take, nothing is known.
 */
typedef enum yq_fabric_surety {
    YQ_FABRIC_UNSURE = 0,
    YQ_FABRIC_SURE = 1,
} yq_fabric_surety;

typedef struct yq_fabric_cert {
    yq_x509 x;
    yq_slice der;
    yq_digest content; /* over the signed part and the CA's signature made low-s: two encodings of
                          one certificate are one */
    int is_low;        /* its bytes are in that form already: Fabric hashes a CA's in it */
} yq_fabric_cert;

/* Reads a certificate from PEM. Returns 0 when it cannot be read, or the host has no room. */
int yq_fabric_cert_read(const yq_fabric_call *call, yq_slice pem, yq_fabric_cert *cert);

/* The signature algorithm of a public key for messages of the channel's dialect, and its size of r;
 * 0 for a key that is not supported there. */
uint16_t yq_fabric_key_alg(const yq_fabric_call *call, const yq_x509 *x, size_t *half);

/*
 * Prepares the check of a signature over the parts by a certificate's key, low-s demanded of ECDSA.
 * signature is DER; what stands behind its two numbers is ignored when lenient, as Go does.
 * Out: job, whose slices lie in scratch. Returns OK; E_SIG_RANGE for a signature that has no two
 * numbers, E_UNSUPPORTED for another key, E_LIMIT.
 */
YQ_NODISCARD yq_status yq_fabric_signature_job(
    const yq_fabric_call *call,
    const yq_fabric_cert *signer,
    const yq_slice *part,
    size_t part_n,
    yq_slice signature,
    yq_signature *job);

/* Returns 1 when the DER signature is exact: nothing behind the two numbers. */
int yq_fabric_signature_is_exact(yq_slice signature);

/*
 * Returns OK when issuer's key signed child (any s). Errors: E_CERT_CHAIN, E_UNSUPPORTED (an
 * algorithm that is not checked here), E_LIMIT, E_BUDGET. Cost: one verification.
 */
YQ_NODISCARD yq_status yq_fabric_cert_check_issued(
    const yq_fabric_call *call, const yq_x509 *child, const yq_fabric_cert *issuer);

/* As check_issued, for the signed part and signature of a CRL. */
typedef struct yq_fabric_crl {
    yq_slice tbs, authority_key_id, revoked; /* revoked: the list's content, may be empty */
    uint8_t sig_alg;                         /* yq_x509_signature */
    yq_slice sig;
} yq_fabric_crl;

/* Reads a certificate revocation list from PEM or DER. Returns 0 when it cannot be read. */
int yq_fabric_crl_read(const yq_fabric_call *call, yq_slice in, yq_fabric_crl *crl);

/* Returns 1 when the list names the serial number (whatever the date). */
int yq_fabric_crl_lists(const yq_fabric_crl *crl, yq_slice serial);

YQ_NODISCARD yq_status yq_fabric_crl_check_issued(
    const yq_fabric_call *call, const yq_fabric_crl *crl, const yq_fabric_cert *issuer);

/*
 * Returns 1 when the certificate's extended key usage lets it be a server's or anything's, or it
 * has none: what Go's verification demands where nothing else is asked for.
 */
int yq_fabric_cert_is_general(const yq_x509 *x);

#endif /* YQ_LIGHT_CLIENTS_FABRIC_CERT_H */
