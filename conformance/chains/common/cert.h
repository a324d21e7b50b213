#ifndef YQ_CONFORMANCE_CHAINS_COMMON_CERT_H
#define YQ_CONFORMANCE_CHAINS_COMMON_CERT_H

#include "relay/base/writer.h"
#include "relay/crypto/crypto.h"

/* Certificates and public keys of mock chains' members, in PEM: SM2 keys with SM3, P-256 keys with
 * SHA-256. No extensions, valid from 2023 to 2049. */
typedef struct yq_mock_cert_name {
    const char *organization, *unit, *common;
} yq_mock_cert_name;

/* Writes a certificate of subject's key by issuer's. In: both keys of one kind. */
void yq_mock_cert_put(
    yq_writer *w,
    const yq_mock_cert_name *subject,
    const yq_key *key,
    const yq_mock_cert_name *issuer,
    const yq_key *issuer_key);

/* Writes a public key. */
void yq_mock_public_put(yq_writer *w, const yq_key *key);

/* Signs as such members do: SM2 over the message, or P-256 over its SHA-256. Out: DER, at most 80
 * bytes. Returns its size. */
size_t yq_mock_cert_sign(const yq_key *key, yq_slice msg, uint8_t *out);

#endif /* YQ_CONFORMANCE_CHAINS_COMMON_CERT_H */
