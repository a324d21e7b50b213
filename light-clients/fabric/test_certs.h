#ifndef YQ_LIGHT_CLIENTS_FABRIC_TEST_CERTS_H
#define YQ_LIGHT_CLIENTS_FABRIC_TEST_CERTS_H

/* Of the tests' network: certificates with knobs to make them wrong. */
#include "light-clients/fabric/test_keys.h"

typedef struct cert_spec {
    const char *name, *issuer; /* of the keys, and common names */
    const char *ou, *ou2;      /* NULL: none */
    int is_ca;
    unsigned serial;
    const char *key;        /* NULL: name's */
    const char *issuer_key; /* NULL: issuer's */
    const char *not_before; /* NULL: 2026 */
    const char *not_after;  /* NULL: 2036 */
    yq_slice purposes;      /* extended key usage's content */
    int high_s;             /* of the CA's signature */
    int without_key_id;     /* no subject key identifier */
    int no_signing;         /* a CA that may sign lists only */
    yq_slice extra;         /* one more extension */
    yq_slice tail;          /* behind the numbers of the CA's signature */
    yq_slice spki;          /* empty: of the key */
    yq_hash_alg hash;       /* of the CA's ECDSA signature; 0: as the CA's curve has it */
    const char *path_len;   /* of a CA: one byte; NULL: none */
} cert_spec;

static inline yq_slice der_name(const char *cn, const char *ou, const char *ou2)
{
    const char *const unit[] = {ou, ou2};
    yq_writer w = room(512);
    for (size_t i = 0; i < 2; i++) {
        if (unit[i] != NULL) {
            yq_put(
                &w,
                der(YQ_DER_SET,
                    SEQ(der(YQ_DER_OID, RAW("\x55\x04\x0b")), der(YQ_DER_UTF8, text(unit[i])))));
        }
    }
    yq_put(
        &w, der(YQ_DER_SET, SEQ(der(YQ_DER_OID, RAW("\x55\x04\x03")), der(YQ_DER_UTF8, text(cn)))));
    return der(YQ_DER_SEQUENCE, done(&w));
}

static inline yq_slice key_id_of(const char *key_name)
{
    uint8_t md[32];
    yq_hash_one(YQ_HASH_SHA256, public_of(key_name), md);
    return copy_of(yq_slice_of(md, 20));
}

static inline yq_slice extension(yq_slice oid, int critical, yq_slice value)
{
    return SEQ(
        der(YQ_DER_OID, oid),
        critical ? der(YQ_DER_BOOLEAN, RAW("\xff")) : nothing,
        der(YQ_DER_OCTET_STRING, value));
}

/* The algorithm of a CA's signatures. */
static inline yq_slice algorithm_of(const char *key_name, yq_hash_alg hash)
{
    const yq_sig_alg alg = key_alg(key_name);
    return SEQ(
        der(YQ_DER_OID,
            alg == YQ_SIG_ED25519_MESSAGE ? RAW("\x2b\x65\x70")
            : alg == YQ_SIG_SM2_MESSAGE   ? RAW("\x2a\x81\x1c\xcf\x55\x01\x83\x75")
            : hash == YQ_HASH_SHA384      ? RAW("\x2a\x86\x48\xce\x3d\x04\x03\x03")
                                          : RAW("\x2a\x86\x48\xce\x3d\x04\x03\x02")));
}

static inline yq_slice spki_of(const char *key_name)
{
    const yq_sig_alg alg = key_alg(key_name);
    yq_slice key = public_of(key_name);
    if (alg == YQ_SIG_ED25519_MESSAGE) {
        return SEQ(
            algorithm_of(key_name, YQ_HASH_SHA256), der(YQ_DER_BIT_STRING, JOIN(RAW("\x00"), key)));
    }
    yq_slice curve = alg == YQ_SIG_SM2_MESSAGE   ? RAW("\x2a\x81\x1c\xcf\x55\x01\x82\x2d")
                     : alg == YQ_SIG_P384_DIGEST ? RAW("\x2b\x81\x04\x00\x22")
                                                 : RAW("\x2a\x86\x48\xce\x3d\x03\x01\x07");
    return SEQ(
        SEQ(der(YQ_DER_OID, RAW("\x2a\x86\x48\xce\x3d\x02\x01")), der(YQ_DER_OID, curve)),
        der(YQ_DER_BIT_STRING, JOIN(RAW("\x00\x04"), key)));
}

static inline yq_slice cert_der(const cert_spec *spec)
{
    const char *own_key = spec->key != NULL ? spec->key : spec->name;
    const char *issuer_key = spec->issuer_key != NULL ? spec->issuer_key : spec->issuer;
    const yq_hash_alg hash = spec->hash != 0 ? spec->hash : issuing_hash(issuer_key);
    const yq_slice algorithm = algorithm_of(issuer_key, hash);
    yq_slice limit = {0};
    if (spec->path_len != NULL) {
        limit = der(YQ_DER_INTEGER, yq_slice_of(spec->path_len, 1));
    }
    uint8_t serial = (uint8_t)(spec->serial == 0 ? 1 : spec->serial);
    const char *after = spec->not_after != NULL ? spec->not_after : "360101000000Z";
    const char *before = spec->not_before != NULL ? spec->not_before : "260101000000Z";
    yq_slice key_id = {0}, purposes = {0};
    if (spec->purposes.n > 0) {
        purposes = extension(RAW("\x55\x1d\x25"), 0, SEQ(spec->purposes));
    }
    if (!spec->without_key_id) {
        key_id = extension(RAW("\x55\x1d\x0e"), 0, der(YQ_DER_OCTET_STRING, key_id_of(own_key)));
    }
    yq_slice spki = spec->spki, usage = RAW("\x07\x80");
    if (spki.n == 0) {
        spki = spki_of(own_key);
    }
    if (spec->is_ca) {
        usage = spec->no_signing ? RAW("\x01\x02") : RAW("\x01\x06");
    }
    yq_slice list = JOIN(
        extension(
            RAW("\x55\x1d\x13"),
            1,
            spec->is_ca ? SEQ(der(YQ_DER_BOOLEAN, RAW("\xff")), limit) : SEQ(nothing)),
        extension(RAW("\x55\x1d\x0f"), 1, der(YQ_DER_BIT_STRING, usage)),
        key_id,
        extension(RAW("\x55\x1d\x23"), 0, SEQ(der(YQ_DER_CONTEXT(0), key_id_of(issuer_key)))),
        purposes,
        spec->extra);
    yq_slice tbs =
        SEQ(der(YQ_DER_EXPLICIT(0), der(YQ_DER_INTEGER, RAW("\x02"))),
            der(YQ_DER_INTEGER, yq_slice_of(&serial, 1)),
            algorithm,
            der_name(spec->issuer, NULL, NULL),
            SEQ(der(YQ_DER_UTC_TIME, text(before)), der(YQ_DER_UTC_TIME, text(after))),
            der_name(spec->name, spec->ou, spec->ou2),
            spki,
            der(YQ_DER_EXPLICIT(3), der(YQ_DER_SEQUENCE, list)));
    yq_slice sig = issue(issuer_key, tbs, hash, spec->high_s);
    return SEQ(tbs, algorithm, der(YQ_DER_BIT_STRING, JOIN(RAW("\x00"), sig, spec->tail)));
}

static inline yq_slice pem_of(yq_slice in, const char *label)
{
    static const char digit[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    yq_writer w = room(in.n * 2 + 128);
    yq_put(&w, JOIN(text("-----BEGIN "), text(label), text("-----\n")));
    for (size_t i = 0; i < in.n; i += 3) {
        uint32_t v = 0;
        size_t n = in.n - i < 3 ? in.n - i : 3;
        for (size_t k = 0; k < 3; k++) {
            v = v << 8 | (k < n ? in.p[i + k] : 0);
        }
        for (size_t k = 0; k < 4; k++) {
            yq_put_u8(&w, (uint8_t)(k <= n ? digit[v >> (18 - 6 * k) & 63] : '='));
        }
        if (i % 48 == 45 || i + 3 >= in.n) {
            yq_put_u8(&w, '\n');
        }
    }
    yq_put(&w, JOIN(text("-----END "), text(label), text("-----\n")));
    return done(&w);
}

static inline yq_slice cert_pem(const cert_spec *spec)
{
    return pem_of(cert_der(spec), "CERTIFICATE");
}

static inline yq_slice ca_pem(const char *ca)
{
    return cert_pem(&(cert_spec){.name = ca, .issuer = ca, .is_ca = 1});
}

/* A revocation list in DER. without_id: no authority key identifier. */
typedef struct crl_spec {
    const char *ca, *key; /* key NULL: ca's */
    const uint8_t *serial;
    size_t serial_n;
    int without_id, high_s;
    yq_hash_alg hash; /* 0: as the CA's curve has it */
} crl_spec;

static inline yq_slice crl_der(const crl_spec *spec)
{
    const char *key = spec->key != NULL ? spec->key : spec->ca;
    const yq_hash_alg hash = spec->hash != 0 ? spec->hash : issuing_hash(key);
    const yq_slice algorithm = algorithm_of(key, hash);
    const yq_slice until = der(YQ_DER_UTC_TIME, text("400101000000Z"));
    yq_writer w = room(4096);
    for (size_t i = 0; i < spec->serial_n; i++) {
        yq_put(&w, SEQ(der(YQ_DER_INTEGER, yq_slice_of(&spec->serial[i], 1)), until));
    }
    yq_slice list = done(&w), id = {0};
    if (!spec->without_id) {
        id = extension(RAW("\x55\x1d\x23"), 0, SEQ(der(YQ_DER_CONTEXT(0), key_id_of(spec->ca))));
    }
    if (list.n > 0) {
        list = der(YQ_DER_SEQUENCE, list);
    }
    yq_slice tbs =
        SEQ(der(YQ_DER_INTEGER, RAW("\x01")),
            algorithm,
            der_name(spec->ca, NULL, NULL),
            der(YQ_DER_UTC_TIME, text("260201000000Z")),
            list,
            der(YQ_DER_EXPLICIT(0), SEQ(id)));
    yq_slice sig = issue(key, tbs, hash, spec->high_s);
    return SEQ(tbs, algorithm, der(YQ_DER_BIT_STRING, JOIN(RAW("\x00"), sig)));
}

/* A member whose key has the name of the member: SerializedIdentity. */
static inline yq_slice identity_of(const char *msp, yq_slice pem)
{
    return JOIN(pb_text(1, msp), pb_bytes(2, pem));
}

static inline yq_slice member(const char *msp, const char *ca, const char *name, const char *ou)
{
    return identity_of(msp, cert_pem(&(cert_spec){.name = name, .issuer = ca, .ou = ou}));
}

#endif /* YQ_LIGHT_CLIENTS_FABRIC_TEST_CERTS_H */
