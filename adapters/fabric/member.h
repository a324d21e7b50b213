#ifndef YQ_ADAPTERS_FABRIC_MEMBER_H
#define YQ_ADAPTERS_FABRIC_MEMBER_H

#include "relay/crypto/crypto.h"

/* The client identity: who signs requests and transactions, and how its channel signs. */

/* What members of a channel sign (the dialects of light-clients/fabric/README.md). */
typedef enum yq_fabric_member_signing {
    YQ_FABRIC_MEMBER_UNSIGNED = 0,
    YQ_FABRIC_MEMBER_ECDSA = 1,       /* P-256 over SHA-256, low-s */
    YQ_FABRIC_MEMBER_SM2_HASH = 2,    /* SM2 over SM3(message) as e */
    YQ_FABRIC_MEMBER_SM2_MESSAGE = 3, /* SM2 over the message, with Z */
    YQ_FABRIC_MEMBER_SM2_TWICE = 4,   /* SM2 over SM3(message), with Z */
} yq_fabric_member_signing;

/* Texts and key are the session's. */
typedef struct yq_fabric_member {
    yq_slice msp_id, cert_pem; /* empty: nobody */
    const yq_key *key;         /* NULL: requests go unsigned */
    uint8_t signing;           /* yq_fabric_member_signing */
    uint32_t tx_hash;          /* yq_hash_alg of transaction ids and proposals */
} yq_fabric_member;

/* Appends SerializedIdentity {1: mspid, 2: PEM}; nothing for nobody. Errors: E_NOSPC. */
YQ_NODISCARD yq_status yq_fabric_member_identity(const yq_fabric_member *member, yq_buf *out);

/* Appends the member's signature over a message, in DER; nothing without a key. Errors: E_NOSPC. */
YQ_NODISCARD yq_status
yq_fabric_member_sign(const yq_fabric_member *member, yq_slice message, yq_buf *out);
#define YQ_FABRIC_SIGNATURE_MAX 80u

/*
 * How a transaction's id was hashed and its creator signed, found out from the envelope itself:
 * what a channel's other members do, this one has to do too. Returns 1 when one way fits. Out:
 * signing, tx_hash. Not checked: whose member the creator is.
 */
int yq_fabric_member_probe(yq_slice envelope, uint8_t *signing, uint32_t *tx_hash);

#endif /* YQ_ADAPTERS_FABRIC_MEMBER_H */
