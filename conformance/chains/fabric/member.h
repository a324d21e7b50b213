#ifndef YQ_CONFORMANCE_CHAINS_FABRIC_MEMBER_H
#define YQ_CONFORMANCE_CHAINS_FABRIC_MEMBER_H

#include "relay/crypto/crypto.h"

#define YQ_FBMOCK_PEM_MAX 1500u

/* A key and its certificate. */
typedef struct yq_fbmock_member {
    yq_key *key;
    const char *msp;
    char name[32]; /* common name */
    uint8_t pem[YQ_FBMOCK_PEM_MAX], identity[YQ_FBMOCK_PEM_MAX + 64];
    size_t pem_n, identity_n; /* identity: SerializedIdentity */
} yq_fbmock_member;

/* Derives a member from (seed, msp, name). In: issuer NULL: a CA of its own; ou: its NodeOU or
 * NULL; static texts. */
void yq_fbmock_member_make(
    yq_fbmock_member *m,
    yq_slice seed,
    const char *msp,
    const char *name,
    const char *ou,
    const yq_fbmock_member *issuer);

/* Signs SHA-256 of the parts. Returns the size of the DER signature, low-s; out: 80 bytes. */
size_t yq_fbmock_sign(const yq_fbmock_member *m, const yq_slice *part, size_t part_n, uint8_t *out);

#endif /* YQ_CONFORMANCE_CHAINS_FABRIC_MEMBER_H */
