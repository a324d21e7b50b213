#ifndef YQ_RELAY_CODEC_X509_H
#define YQ_RELAY_CODEC_X509_H

#include "relay/base/cursor.h"

/*
 * X.509 v3 certificates as far as a light client judges them (RFC 5280): no signature is checked
 * here and no chain is built. Slices borrow from the input.
 */
typedef enum yq_x509_key {
    YQ_X509_KEY_OTHER = 0,   /* an algorithm that is not read: key is the raw BIT STRING */
    YQ_X509_KEY_P256 = 1,    /* key: x||y, 64 bytes */
    YQ_X509_KEY_P384 = 2,    /* 96 bytes */
    YQ_X509_KEY_SM2 = 3,     /* 64 bytes */
    YQ_X509_KEY_ED25519 = 4, /* 32 bytes */
} yq_x509_key;

typedef enum yq_x509_signature {
    YQ_X509_SIG_OTHER = 0,
    YQ_X509_SIG_ECDSA_SHA256 = 1,
    YQ_X509_SIG_ECDSA_SHA384 = 2,
    YQ_X509_SIG_SM2_SM3 = 3,
    YQ_X509_SIG_ED25519 = 4,
} yq_x509_signature;

#define YQ_X509_OU_MAX 8u

typedef struct yq_x509 {
    yq_slice tbs;                     /* the signed bytes, header included */
    yq_slice serial, issuer, subject; /* names: whole DER, compared as bytes */
    uint64_t not_before_ms, not_after_ms;
    uint8_t key_alg; /* yq_x509_key */
    yq_slice key;
    yq_slice spki;   /* whole SubjectPublicKeyInfo */
    uint8_t sig_alg; /* yq_x509_signature */
    yq_slice sig;    /* content of the BIT STRING: DER {r, s}, or 64 raw bytes of Ed25519 */
    yq_slice common_name;
    yq_slice ou[YQ_X509_OU_MAX]; /* organizational units of the subject, in order */
    size_t ou_n;
    int has_basic, is_ca; /* basicConstraints */
    int path_len;         /* -1: none */
    int has_usage;
    uint16_t usage; /* keyUsage, bit i of the BIT STRING as 1 << i: 0 digitalSignature, 5
                       keyCertSign, 6 cRLSign */
    yq_slice subject_key_id, authority_key_id;
    int unknown_critical; /* a critical extension that is not read here */
} yq_x509;

/* Reads one certificate, whole input. Errors: decode codes with the offset; E_FIELD_DUP for an
 * extension that appears twice; E_NONCANONICAL where the two signature algorithms differ. */
YQ_NODISCARD yq_status yq_x509_decode(yq_slice in, yq_x509 *out, yq_fault *why);

/* Reads the first PEM block with this label ("CERTIFICATE") and gives its DER. Strict base64 with
 * lines of any length; text around the block is E_TRAILING but for white space. Out: der (room of
 * the caller). */
YQ_NODISCARD yq_status yq_pem_decode(yq_slice in, const char *label, yq_buf *der, yq_fault *why);

#endif /* YQ_RELAY_CODEC_X509_H */
