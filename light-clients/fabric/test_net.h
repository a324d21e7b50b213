#ifndef YQ_LIGHT_CLIENTS_FABRIC_TEST_NET_H
#define YQ_LIGHT_CLIENTS_FABRIC_TEST_NET_H

/*
 * A Fabric network of the tests: keys derived from names, certificates, a configuration, signed
 * blocks and transactions, each with knobs to make it wrong. Written from the formats, apart from
 * the verifier.
 */
#include "light-clients/fabric/test_evidence.h"
#include "light-clients/fabric/test_host.h"
#include "relay/codec/der.h"

#define SEED        yq_slice_text("fabric-tests")
#define NET_CHANNEL "hubch"
#ifndef CAP /* yuqiao-bench wants more */
#    define CAP (256u << 10)
#endif

static inline yq_slice text(const char *t)
{
    return yq_slice_text(t);
}

static inline yq_slice copy_of(yq_slice s)
{
    uint8_t *p = keep(malloc(s.n + 1));
    memcpy(p, s.p, s.n);
    return yq_slice_of(p, s.n);
}

static inline yq_slice joined(const yq_slice *part, size_t n)
{
    yq_writer w = room(CAP);
    for (size_t i = 0; i < n; i++) {
        yq_put(&w, part[i]);
    }
    return done(&w);
}
#define JOIN(...)                                                                                  \
    joined(                                                                                        \
        (const yq_slice[]){__VA_ARGS__},                                                           \
        sizeof((const yq_slice[]){__VA_ARGS__}) / sizeof(yq_slice))

/* Protobuf fields as slices, for JOIN. */
static inline yq_slice pb_bytes(uint32_t number, yq_slice bytes)
{
    yq_writer w = room(bytes.n + 24);
    yq_pb_put_bytes(&w, number, bytes);
    return done(&w);
}

static inline yq_slice pb_uint(uint32_t number, uint64_t value)
{
    yq_writer w = room(24);
    yq_pb_put_varint(&w, number, value);
    return done(&w);
}

/* As proto3 writers do: zero is left out. */
static inline yq_slice pb_opt(uint32_t number, uint64_t value)
{
    const yq_slice none = {0};
    return value == 0 ? none : pb_uint(number, value);
}

static inline yq_slice pb_text(uint32_t number, const char *t)
{
    const yq_slice none = {0};
    return t[0] == '\0' ? none : pb_bytes(number, text(t));
}

static inline yq_slice pb_entry(uint32_t map, const char *key, yq_slice value)
{
    return pb_bytes(map, JOIN(pb_text(1, key), pb_bytes(2, value)));
}

/* DER. */
static inline yq_slice der(uint8_t tag, yq_slice content)
{
    yq_writer w = room(content.n + 16);
    yq_der_put(&w, tag, content);
    return done(&w);
}
#define SEQ(...) der(YQ_DER_SEQUENCE, JOIN(__VA_ARGS__))
#define RAW(t)   yq_slice_of(t, sizeof(t) - 1)

static inline yq_slice der_signature(const uint8_t *rs)
{
    yq_buf out = {keep(malloc(80)), 80, 0};
    if (yq_der_signature_encode(rs, 32, &out) != YQ_OK) {
        abort();
    }
    return yq_slice_of(out.p, out.n);
}

static inline void order_minus(uint8_t *s)
{
    static const uint8_t n[32] = {0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff,
                                  0xff, 0xff, 0xff, 0xff, 0xff, 0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17,
                                  0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51};
    int borrow = 0;
    for (int i = 31; i >= 0; i--) {
        int d = n[i] - s[i] - borrow;
        borrow = d < 0;
        s[i] = (uint8_t)(d + (borrow ? 256 : 0));
    }
}

/* What the networks of a test are made with. */
static yq_fabric_dialect net_dialect = YQ_FABRIC_PLAIN;

/* Names of keys say of which kind they are. */
static inline yq_sig_alg key_alg(const char *name)
{
    return strncmp(name, "ed.", 3) == 0                     ? YQ_SIG_ED25519_MESSAGE
           : net_dialect.signing == YQ_FABRIC_SIGNING_PLAIN ? YQ_SIG_P256_DIGEST
                                                            : YQ_SIG_SM2_MESSAGE;
}

static inline yq_key *key_of(const char *name)
{
    return yq_key_derive(key_alg(name), SEED, name);
}

/* mode SM2_MESSAGE: what the standard has, and certificates. */
static inline void sign_raw(
    const char *key_name, yq_slice message, yq_fabric_signing_mode mode, uint8_t *rs)
{
    yq_key *key = key_of(key_name);
    uint8_t md[32];
    yq_hash_one(mode == YQ_FABRIC_SIGNING_PLAIN ? YQ_HASH_SHA256 : YQ_HASH_SM3, message, md);
    if (key_alg(key_name) == YQ_SIG_ED25519_MESSAGE || mode == YQ_FABRIC_SIGNING_SM2_MESSAGE) {
        yq_key_sign(key, message, rs);
    } else if (mode == YQ_FABRIC_SIGNING_SM2_HASH) {
        yq_key_sign_sm2_digest(key, md, rs);
    } else {
        yq_key_sign(key, YQ_SLICE_OF(md), rs);
    }
    yq_key_free(key);
}

static inline yq_slice wrapped(const char *key_name, const uint8_t *rs)
{
    return key_alg(key_name) == YQ_SIG_ED25519_MESSAGE ? copy_of(yq_slice_of(rs, 64))
                                                       : der_signature(rs);
}

/* A CA's signature. Signatures are drawn, but a certificate is issued once. */
static inline yq_slice issue(const char *key_name, yq_slice tbs, int high)
{
    static struct {
        yq_slice tbs;
        const char *key;
        uint8_t rs[64];
    } issued[256];
    static size_t n;
    size_t i = 0;
    while (i < n && (!yq_slice_equal(issued[i].tbs, tbs) || strcmp(issued[i].key, key_name) != 0)) {
        i++;
    }
    if (i == sizeof issued / sizeof issued[0]) {
        abort();
    }
    if (i == n) {
        issued[n].tbs = tbs;
        issued[n].key = key_name;
        sign_raw(
            key_name,
            tbs,
            net_dialect.signing == YQ_FABRIC_SIGNING_PLAIN ? YQ_FABRIC_SIGNING_PLAIN
                                                           : YQ_FABRIC_SIGNING_SM2_MESSAGE,
            issued[n++].rs);
    }
    uint8_t rs[64];
    memcpy(rs, issued[i].rs, sizeof rs);
    if (high) {
        order_minus(rs + 32);
    }
    return wrapped(key_name, rs);
}

/* ECDSA over SHA-256(parts), or what the dialect has. high: the other, refused, form of s. */
static inline yq_slice signature_of(const char *key_name, yq_slice message, int high)
{
    uint8_t rs[64];
    sign_raw(key_name, message, (yq_fabric_signing_mode)net_dialect.signing, rs);
    if (high) {
        order_minus(rs + 32);
    }
    return wrapped(key_name, rs);
}

typedef struct cert_spec {
    const char *name, *issuer; /* of the keys, and common names */
    const char *ou, *ou2;      /* NULL: none */
    int is_ca;
    unsigned serial;
    const char *issuer_key; /* NULL: issuer's */
    const char *not_before; /* NULL: 2026 */
    yq_slice purposes;      /* extended key usage's content */
    int high_s;             /* of the CA's signature */
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
    yq_key *key = key_of(key_name);
    uint8_t md[32];
    yq_hash_one(YQ_HASH_SHA256, yq_key_public(key), md);
    yq_key_free(key);
    return copy_of(yq_slice_of(md, 20));
}

static inline yq_slice extension(yq_slice oid, int critical, yq_slice value)
{
    return SEQ(
        der(YQ_DER_OID, oid),
        critical ? der(YQ_DER_BOOLEAN, RAW("\xff")) : (yq_slice){0},
        der(YQ_DER_OCTET_STRING, value));
}

/* The algorithm of a CA's signatures. */
static inline yq_slice algorithm_of(const char *key_name)
{
    const yq_sig_alg alg = key_alg(key_name);
    return SEQ(
        der(YQ_DER_OID,
            alg == YQ_SIG_ED25519_MESSAGE ? RAW("\x2b\x65\x70")
            : alg == YQ_SIG_SM2_MESSAGE   ? RAW("\x2a\x81\x1c\xcf\x55\x01\x83\x75")
                                          : RAW("\x2a\x86\x48\xce\x3d\x04\x03\x02")));
}

static inline yq_slice spki_of(const char *key_name, yq_slice key)
{
    if (key_alg(key_name) == YQ_SIG_ED25519_MESSAGE) {
        return SEQ(algorithm_of(key_name), der(YQ_DER_BIT_STRING, JOIN(RAW("\x00"), key)));
    }
    yq_slice curve = key_alg(key_name) == YQ_SIG_SM2_MESSAGE
                         ? RAW("\x2a\x81\x1c\xcf\x55\x01\x82\x2d")
                         : RAW("\x2a\x86\x48\xce\x3d\x03\x01\x07");
    return SEQ(
        SEQ(der(YQ_DER_OID, RAW("\x2a\x86\x48\xce\x3d\x02\x01")), der(YQ_DER_OID, curve)),
        der(YQ_DER_BIT_STRING, JOIN(RAW("\x00\x04"), key)));
}

static inline yq_slice cert_der(const cert_spec *spec)
{
    const char *issuer_key = spec->issuer_key != NULL ? spec->issuer_key : spec->issuer;
    const yq_slice ecdsa = algorithm_of(issuer_key);
    yq_key *key = key_of(spec->name);
    yq_slice spki = spki_of(spec->name, yq_key_public(key));
    yq_key_free(key);
    uint8_t serial = (uint8_t)(spec->serial == 0 ? 1 : spec->serial);
    const char *before = spec->not_before != NULL ? spec->not_before : "260101000000Z";
    yq_slice list = JOIN(
        extension(
            RAW("\x55\x1d\x13"),
            1,
            spec->is_ca ? SEQ(der(YQ_DER_BOOLEAN, RAW("\xff"))) : SEQ((yq_slice){0})),
        extension(
            RAW("\x55\x1d\x0f"),
            1,
            spec->is_ca ? der(YQ_DER_BIT_STRING, RAW("\x01\x06"))
                        : der(YQ_DER_BIT_STRING, RAW("\x07\x80"))),
        extension(RAW("\x55\x1d\x0e"), 0, der(YQ_DER_OCTET_STRING, key_id_of(spec->name))),
        extension(RAW("\x55\x1d\x23"), 0, SEQ(der(YQ_DER_CONTEXT(0), key_id_of(issuer_key)))),
        spec->purposes.n == 0 ? (yq_slice){0}
                              : extension(RAW("\x55\x1d\x25"), 0, SEQ(spec->purposes)));
    yq_slice tbs =
        SEQ(der(YQ_DER_EXPLICIT(0), der(YQ_DER_INTEGER, RAW("\x02"))),
            der(YQ_DER_INTEGER, yq_slice_of(&serial, 1)),
            ecdsa,
            der_name(spec->issuer, NULL, NULL),
            SEQ(der(YQ_DER_UTC_TIME, text(before)), der(YQ_DER_UTC_TIME, text("360101000000Z"))),
            der_name(spec->name, spec->ou, spec->ou2),
            spki,
            der(YQ_DER_EXPLICIT(3), der(YQ_DER_SEQUENCE, list)));
    yq_slice sig = issue(issuer_key, tbs, spec->high_s);
    return SEQ(tbs, ecdsa, der(YQ_DER_BIT_STRING, JOIN(RAW("\x00"), sig)));
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

/* A member whose key has the name of the member: SerializedIdentity. */
static inline yq_slice identity_of(const char *msp, yq_slice pem)
{
    return JOIN(pb_text(1, msp), pb_bytes(2, pem));
}

static inline yq_slice member(const char *msp, const char *ca, const char *name, const char *ou)
{
    return identity_of(msp, cert_pem(&(cert_spec){.name = name, .issuer = ca, .ou = ou}));
}

/* Policies. */
static inline yq_slice role(const char *msp, unsigned r)
{
    return JOIN(pb_opt(1, 0), pb_bytes(2, JOIN(pb_text(1, msp), pb_opt(2, r))));
}

static inline yq_slice signed_by(unsigned i)
{
    return pb_uint(1, i);
}

static inline yq_slice n_of(unsigned n, const yq_slice *rule, size_t rule_n)
{
    yq_writer w = room(4096);
    yq_put(&w, pb_opt(1, n));
    for (size_t i = 0; i < rule_n; i++) {
        yq_pb_put_bytes(&w, 2, rule[i]);
    }
    return pb_bytes(2, done(&w));
}

static inline yq_slice rule_policy(yq_slice rule, const yq_slice *principal, size_t n)
{
    yq_writer w = room(1u << 16);
    yq_pb_put_bytes(&w, 2, rule);
    for (size_t i = 0; i < n; i++) {
        yq_pb_put_bytes(&w, 3, principal[i]);
    }
    return done(&w);
}

/* One of one role. */
static inline yq_slice role_policy(const char *msp, unsigned r)
{
    yq_slice principal = role(msp, r), rule = signed_by(0);
    return rule_policy(n_of(1, &rule, 1), &principal, 1);
}

static inline yq_slice config_policy(unsigned type, yq_slice value)
{
    return JOIN(
        pb_bytes(2, JOIN(pb_uint(1, type), pb_bytes(2, value))), pb_bytes(3, text("Admins")));
}

static inline yq_slice implicit(const char *name, unsigned kind)
{
    return config_policy(3, JOIN(pb_text(1, name), pb_opt(2, kind)));
}

static inline yq_slice config_value(uint64_t version, yq_slice value)
{
    return JOIN(pb_opt(1, version), pb_bytes(2, value), pb_bytes(3, text("Admins")));
}

/* The network: two application organisations, one ordering organisation. */
#define CONSENTERS 4u
#define MANY_MSPS  130u /* more than the verifier holds */

/* One thing of a configuration that is not as it must be. */
typedef enum net_flaw {
    FLAW_NONE = 0,
    FLAW_NO_ORDERERS,
    FLAW_NO_BLOCK_VALIDATION,
    FLAW_CONSENTER_WITHOUT_IDENTITY,
    FLAW_MSP_WITHOUT_NAME,
    FLAW_TOO_MANY_MSPS,
    FLAW_NO_MOD_POLICY, /* of the value that updates change */
} net_flaw;

typedef struct net {
    int is_bft;
    unsigned consenters, first; /* orderers first + 1 to first + consenters */
    uint64_t set_version;       /* of the values that name them */
    uint64_t sequence;
    uint64_t timeout_version; /* BatchTimeout: the value that config updates change */
    const char *timeout;
    const char *capability;
    yq_slice block_validation; /* empty: the usual one */
    yq_slice revoked;          /* of org1: a CRL */
    unsigned twin;             /* 1: two consenters of one number, 2: of one certificate */
    int is_lean;               /* NodeOUs without their CAs' certificates: a small configuration */
    unsigned endorsement;      /* implicit kind: 0 ANY, 1 ALL, 2 MAJORITY */
    const char *consensus;     /* NULL: the usual type */
    const char *hash_name;     /* NULL: SHA256 */
    net_flaw flaw;
    /* The chain so far. */
    uint64_t number, config_number;
    yq_digest hash;
    unsigned tx_n;
} net;

static inline yq_slice orderer_pem(unsigned i)
{
    char name[24];
    snprintf(name, sizeof name, "orderer%u", i);
    return cert_pem(&(cert_spec){.name = name, .issuer = "ca.orderer", .ou = "orderer"});
}

/* ca NULL: whichever CA of the MSP certifies. */
static inline yq_slice node_ous(const char *ca)
{
    static const char *const ou[] = {"client", "peer", "admin", "orderer"};
    yq_writer w = room(1u << 16);
    yq_pb_put_varint(&w, 1, 1);
    for (uint32_t i = 0; i < 4; i++) {
        yq_slice by = ca == NULL ? (yq_slice){0} : pb_bytes(1, ca_pem(ca));
        yq_pb_put_bytes(&w, 2 + i, JOIN(by, pb_text(2, ou[i])));
    }
    return done(&w);
}

static inline yq_slice msp_config(const char *msp, const char *ca, yq_slice crl, int is_lean)
{
    return pb_bytes(
        2,
        JOIN(
            pb_text(1, msp),
            pb_bytes(2, ca_pem(ca)),
            crl.n == 0 ? (yq_slice){0} : pb_bytes(5, crl),
            pb_bytes(8, JOIN(pb_text(1, "SHA2"), pb_text(2, "SHA256"))),
            pb_bytes(11, node_ous(is_lean ? NULL : ca))));
}

static inline yq_slice org_group(const char *msp, const char *ca, yq_slice crl, int is_lean)
{
    return JOIN(
        pb_entry(3, "MSP", config_value(0, msp_config(msp, ca, crl, is_lean))),
        pb_entry(4, "Admins", config_policy(1, role_policy(msp, 1))),
        pb_entry(4, "Writers", config_policy(1, role_policy(msp, 0))),
        pb_entry(4, "Endorsement", config_policy(1, role_policy(msp, 3))),
        pb_text(5, "Admins"));
}

static inline yq_slice capabilities(const char *name)
{
    return config_value(0, pb_bytes(1, JOIN(pb_text(1, name), pb_bytes(2, (yq_slice){0}))));
}

static inline yq_slice bft_policy(const net *n)
{
    yq_slice principal[64], rule[64];
    unsigned faulty = (n->consenters - 1) / 3, q = (n->consenters + faulty + 2) / 2;
    for (unsigned i = 0; i < n->consenters; i++) {
        principal[i] = JOIN(
            pb_uint(1, 2), pb_bytes(2, identity_of("OrdererMSP", orderer_pem(n->first + i + 1))));
        rule[i] = signed_by(i);
    }
    return JOIN(
        pb_opt(1, n->set_version),
        config_policy(1, rule_policy(n_of(q, rule, n->consenters), principal, n->consenters)));
}

static inline yq_slice orderers_value(const net *n)
{
    yq_writer w = room(CAP);
    for (unsigned i = 0; i < n->consenters; i++) {
        yq_pb_put_bytes(
            &w,
            1,
            JOIN(
                pb_uint(1, n->twin == 1 && i == 1 ? 1 : n->first + i + 1),
                pb_text(2, "127.0.0.1"),
                pb_uint(3, 7050),
                pb_text(4, "OrdererMSP"),
                n->flaw == FLAW_CONSENTER_WITHOUT_IDENTITY && i == 2
                    ? (yq_slice){0}
                    : pb_bytes(5, orderer_pem(n->twin == 2 && i == 1 ? 1 : n->first + i + 1))));
    }
    return done(&w);
}

static inline yq_slice timeout_value(const net *n, uint64_t version, const char *value)
{
    return n->flaw == FLAW_NO_MOD_POLICY ? JOIN(pb_opt(1, version), pb_bytes(2, pb_text(1, value)))
                                         : config_value(version, pb_text(1, value));
}

static inline yq_slice orderer_group(const net *n)
{
    yq_slice validation = n->block_validation.n > 0 ? n->block_validation
                          : n->is_bft               ? bft_policy(n)
                                                    : implicit("Writers", 0);
    return JOIN(
        pb_entry(2, "OrdererOrg", org_group("OrdererMSP", "ca.orderer", (yq_slice){0}, n->is_lean)),
        pb_entry(
            3,
            "ConsensusType",
            config_value(
                0,
                JOIN(
                    pb_text(
                        1,
                        n->consensus != NULL ? n->consensus
                        : n->is_bft          ? "BFT"
                                             : "etcdraft"),
                    pb_bytes(2, pb_bytes(1, text("c")))))),
        pb_entry(3, "BatchTimeout", timeout_value(n, n->timeout_version, n->timeout)),
        n->is_bft ? pb_entry(3, "Orderers", config_value(n->set_version, orderers_value(n)))
                  : (yq_slice){0},
        pb_entry(4, "Admins", implicit("Admins", 2)),
        pb_entry(4, "Writers", implicit("Writers", 0)),
        n->flaw == FLAW_NO_BLOCK_VALIDATION ? (yq_slice){0}
                                            : pb_entry(4, "BlockValidation", validation),
        pb_text(5, "Admins"));
}

static inline yq_slice more_orgs(const net *n)
{
    yq_writer w = room(CAP);
    char name[24];
    if (n->flaw == FLAW_MSP_WITHOUT_NAME) {
        return pb_entry(2, "Org3", org_group("", "ca.org1", (yq_slice){0}, n->is_lean));
    }
    for (unsigned i = 0; n->flaw == FLAW_TOO_MANY_MSPS && i < MANY_MSPS; i++) {
        snprintf(name, sizeof name, "More%03u", i);
        yq_slice msp = pb_entry(3, "MSP", config_value(0, pb_bytes(2, pb_text(1, name))));
        yq_pb_put_bytes(&w, 2, JOIN(pb_text(1, name), pb_bytes(2, msp)));
    }
    return done(&w);
}

static inline yq_slice application_group(const net *n)
{
    return JOIN(
        more_orgs(n),
        pb_entry(2, "Org1", org_group("Org1MSP", "ca.org1", n->revoked, n->is_lean)),
        pb_entry(2, "Org2", org_group("Org2MSP", "ca.org2", (yq_slice){0}, n->is_lean)),
        pb_entry(4, "Admins", implicit("Admins", 2)),
        pb_entry(4, "Endorsement", implicit("Endorsement", n->endorsement)),
        pb_entry(4, "LifecycleEndorsement", implicit("Endorsement", 2)),
        pb_text(5, "Admins"));
}

static inline yq_slice channel_group(const net *n)
{
    return JOIN(
        n->flaw == FLAW_NO_ORDERERS ? (yq_slice){0} : pb_entry(2, "Orderer", orderer_group(n)),
        pb_entry(2, "Application", application_group(n)),
        pb_entry(3, "Capabilities", capabilities(n->capability)),
        pb_entry(
            3,
            "HashingAlgorithm",
            config_value(0, pb_text(1, n->hash_name != NULL ? n->hash_name : "SHA256"))),
        pb_entry(4, "Admins", implicit("Admins", 2)),
        pb_text(5, "Admins"));
}

static inline yq_slice config_of(const net *n)
{
    return JOIN(pb_opt(1, n->sequence), pb_bytes(2, channel_group(n)));
}

static inline net net_new(int is_bft)
{
    return (net){
        .is_bft = is_bft,
        .consenters = CONSENTERS,
        .timeout = "500ms",
        .capability = is_bft ? "V3_0" : "V2_0",
        .endorsement = 1};
}

/* Payload {Header, data}. */
static inline yq_slice payload_of(
    unsigned type,
    const char *channel,
    const char *tx_id,
    yq_slice creator,
    yq_slice nonce,
    yq_slice ext,
    yq_slice data)
{
    yq_slice channel_header = JOIN(
        pb_opt(1, type),
        pb_bytes(3, pb_uint(1, 1795435200)),
        pb_text(4, channel),
        pb_text(5, tx_id),
        ext.n == 0 ? (yq_slice){0} : pb_bytes(7, ext));
    yq_slice signature_header =
        JOIN(creator.n == 0 ? (yq_slice){0} : pb_bytes(1, creator), pb_bytes(2, nonce));
    return JOIN(
        pb_bytes(1, JOIN(pb_bytes(1, channel_header), pb_bytes(2, signature_header))),
        pb_bytes(2, data));
}

static inline yq_slice hashed(uint32_t alg, yq_slice in)
{
    uint8_t md[32];
    yq_hash_one(alg, in, md);
    return copy_of(YQ_SLICE_OF(md));
}

static inline yq_slice digest_of(yq_slice in)
{
    return hashed(YQ_HASH_SHA256, in);
}

static inline yq_slice header_der(const parts *b)
{
    const uint8_t number[] = {0, (uint8_t)b->number}; /* the tests' chains are short */
    size_t skip = number[1] < 0x80; /* a leading zero keeps a set top bit positive */
    return SEQ(
        der(YQ_DER_INTEGER, yq_slice_of(number + skip, sizeof number - skip)),
        der(YQ_DER_OCTET_STRING, b->previous_hash),
        der(YQ_DER_OCTET_STRING, b->data_hash));
}

/* An orderer's signature with knobs. */
typedef struct orderer_spec {
    unsigned id;         /* key and identifier */
    unsigned identifier; /* 0: id */
    int high;            /* s in the other form */
    yq_slice tail;       /* behind the DER */
    yq_slice creator;    /* Raft: not the usual identity */
    const char *key;     /* not the usual key */
} orderer_spec;

static inline yq_slice metadata_of(
    const net *n, const parts *b, uint64_t last_config, const orderer_spec *o, size_t o_n)
{
    yq_slice value = JOIN(pb_bytes(1, pb_opt(1, last_config)), pb_bytes(2, text("m")));
    yq_writer w = room(CAP);
    yq_pb_put_bytes(&w, 1, value);
    for (size_t i = 0; i < o_n; i++) {
        char name[24];
        snprintf(name, sizeof name, "orderer%u", o[i].id);
        yq_slice header =
            n->is_bft
                ? JOIN(pb_uint(1, o[i].identifier ? o[i].identifier : o[i].id), pb_text(2, "nonce"))
                : JOIN(
                      pb_bytes(
                          1,
                          o[i].creator.n > 0 ? o[i].creator
                                             : identity_of("OrdererMSP", orderer_pem(o[i].id))),
                      pb_text(2, "nonce"));
        yq_slice sig = signature_of(
            o[i].key != NULL ? o[i].key : name, JOIN(value, header, header_der(b)), o[i].high);
        yq_pb_put_bytes(
            &w,
            2,
            n->is_bft ? JOIN(pb_bytes(2, JOIN(sig, o[i].tail)), pb_bytes(3, header))
                      : JOIN(pb_bytes(1, header), pb_bytes(2, JOIN(sig, o[i].tail))));
    }
    return done(&w);
}

/* The next block of the chain, unsigned. */
static inline parts block_next(const net *n, const yq_slice *element, size_t element_n)
{
    parts b = {.number = n->number + 1, .n = element_n};
    b.previous_hash = copy_of(YQ_SLICE_OF(n->hash));
    for (size_t i = 0; i < element_n; i++) {
        b.element[i] = element[i];
    }
    b.data_hash = hashed(net_dialect.data_hash, joined(element, element_n));
    return b;
}

static inline void block_sign(const net *n, parts *b, uint64_t last_config)
{
    const orderer_spec usual[] = {{.id = n->first + 1}, {.id = n->first + 2}, {.id = n->first + 3}};
    b->signatures = metadata_of(n, b, last_config, usual, n->is_bft ? 3 : 1);
}

/* The chain goes on with this block. */
static inline void net_take(net *n, const parts *b)
{
    n->number = b->number;
    yq_hash_one(net_dialect.header_hash, header_der(b), n->hash.b);
}

static inline parts block_of(net *n, const yq_slice *element, size_t element_n)
{
    parts b = block_next(n, element, element_n);
    block_sign(n, &b, n->config_number);
    return b;
}

static inline parts genesis_of(net *n)
{
    yq_slice config = pb_bytes(1, config_of(n));
    yq_slice payload =
        payload_of(1, NET_CHANNEL, "genesis", (yq_slice){0}, text("n"), (yq_slice){0}, config);
    parts b = {.n = 1};
    b.element[0] = pb_bytes(1, payload);
    b.data_hash = hashed(net_dialect.data_hash, b.element[0]);
    net_take(n, &b);
    return b;
}

static inline client *net_client(net *n, const registration *reg, size_t reg_n)
{
    parts genesis = genesis_of(n);
    client *c = client_new();
    if (client_init(c, layout_anchor(NET_CHANNEL, reg, reg_n, layout_block(&genesis))) != YQ_OK) {
        fprintf(stderr, "init: %d %s\n", c->why.status, c->why.text);
        abort();
    }
    return c;
}

/* Reads and writes of a transaction. */
typedef struct access_spec {
    const char *ns;
    char kind; /* 'r' read, 'w' write, 'd' delete, 'q' range query, 'm' metadata, 'e' empty write,
                  'c' a collection */
    const char *key, *value;
    int has_version;
    uint64_t block, tx;
} access_spec;

static inline yq_slice access_field(const access_spec *a)
{
    switch (a->kind) {
    case 'r':
        return pb_bytes(
            1,
            JOIN(
                pb_text(1, a->key),
                a->has_version ? pb_bytes(2, JOIN(pb_opt(1, a->block), pb_opt(2, a->tx)))
                               : (yq_slice){0}));
    case 'q':
        return pb_bytes(2, pb_text(1, a->key));
    case 'd':
        return pb_bytes(3, JOIN(pb_text(1, a->key), pb_uint(2, 1)));
    case 'm':
        return pb_bytes(4, pb_text(1, a->key));
    case 'e':
        return pb_bytes(3, pb_text(1, a->key));
    default:
        return pb_bytes(3, JOIN(pb_text(1, a->key), pb_text(3, a->value)));
    }
}

/* TxReadWriteSet, a namespace for each run of accesses with the same one. */
static inline yq_slice results_of(const access_spec *a, size_t n)
{
    yq_writer out = room(1u << 16);
    for (size_t i = 0; i < n;) {
        static const uint32_t field[] = {1, 2, 3, 4};
        const char *ns = a[i].ns;
        yq_writer rw = room(1u << 16);
        size_t end = i;
        int collection = 0;
        while (end < n && strcmp(a[end].ns, ns) == 0) {
            end++;
        }
        for (size_t f = 0; f < 4; f++) { /* in the order of the fields */
            for (size_t k = i; k < end; k++) {
                yq_slice one = a[k].kind == 'c' ? (yq_slice){0} : access_field(&a[k]);
                collection |= a[k].kind == 'c';
                if (one.n > 0 && one.p[0] >> 3 == field[f]) {
                    yq_put(&rw, one);
                }
            }
        }
        yq_pb_put_bytes(
            &out,
            2,
            JOIN(
                pb_text(1, ns),
                rw.n == 0 ? (yq_slice){0} : pb_bytes(2, done(&rw)),
                collection ? pb_bytes(3, pb_text(1, "coll")) : (yq_slice){0}));
        i = end;
    }
    return done(&out);
}

typedef struct endorser_spec {
    const char *msp, *ca, *name, *ou; /* key by name */
    int high, wrong;                  /* signature forms */
    yq_slice identity;                /* not the usual one */
    yq_slice tail;
} endorser_spec;

static const endorser_spec peer1 = {
    .msp = "Org1MSP", .ca = "ca.org1", .name = "peer1", .ou = "peer"};
static const endorser_spec peer2 = {
    .msp = "Org2MSP", .ca = "ca.org2", .name = "peer2", .ou = "peer"};

typedef struct tx_spec {
    const char *chaincode;        /* called */
    const char *header_chaincode; /* NULL: chaincode */
    const access_spec *access;
    size_t access_n;
    endorser_spec endorser[4];
    size_t endorser_n;
    const char *event, *payload; /* NULL: no event */
    const char *event_chaincode, *event_tx_id;
    unsigned status;     /* 0: 200 */
    const char *channel; /* NULL: the usual one */
    const char *nonce;   /* NULL: a new one */
    int bad_tx_id, bad_proposal, bad_creator;
    yq_slice extra; /* behind the last field of the Transaction */
    unsigned actions;
} tx_spec;

static inline yq_slice endorsements_of(const tx_spec *t, yq_slice response_payload)
{
    yq_writer w = room(1u << 16);
    for (size_t i = 0; i < t->endorser_n; i++) {
        const endorser_spec *e = &t->endorser[i];
        yq_slice id = e->identity.n > 0 ? e->identity : member(e->msp, e->ca, e->name, e->ou);
        yq_slice sig = signature_of(
            e->name, JOIN(response_payload, id, e->wrong ? text("x") : (yq_slice){0}), e->high);
        yq_pb_put_bytes(&w, 2, JOIN(pb_bytes(1, id), pb_bytes(2, JOIN(sig, e->tail))));
    }
    return done(&w);
}

/* The envelope of a transaction, as an element of a block. */
static inline yq_slice tx_of(net *n, const tx_spec *t)
{
    char nonce[32], id[65];
    snprintf(nonce, sizeof nonce, "nonce-%u", n->tx_n++);
    yq_slice creator = member("Org1MSP", "ca.org1", "user1", "client");
    yq_slice nonce_bytes = text(t->nonce != NULL ? t->nonce : nonce);
    yq_slice md = hashed(net_dialect.tx_hash, JOIN(nonce_bytes, creator));
    yq_hex_encode(id, sizeof id, md.p, md.n);
    if (t->bad_tx_id) {
        id[0] = id[0] == '0' ? '1' : '0';
    }
    const char *header_cc = t->header_chaincode != NULL ? t->header_chaincode : t->chaincode;
    yq_slice ext = pb_bytes(2, pb_text(2, header_cc));
    const char *channel = t->channel != NULL ? t->channel : NET_CHANNEL;
    yq_slice channel_header = JOIN(
        pb_uint(1, 3),
        pb_bytes(3, pb_uint(1, 1795435200)),
        pb_text(4, channel),
        pb_text(5, id),
        pb_bytes(7, ext));
    yq_slice signature_header = JOIN(pb_bytes(1, creator), pb_bytes(2, nonce_bytes));
    yq_slice proposal = text("proposal");
    yq_slice hash = hashed(net_dialect.tx_hash, JOIN(channel_header, signature_header, proposal));
    yq_slice event = {0};
    if (t->event != NULL) {
        event = JOIN(
            pb_text(1, t->event_chaincode != NULL ? t->event_chaincode : t->chaincode),
            pb_text(2, t->event_tx_id != NULL ? t->event_tx_id : id),
            pb_text(3, t->event),
            pb_text(4, t->payload));
    }
    yq_slice action = JOIN(
        pb_bytes(1, results_of(t->access, t->access_n)),
        event.n > 0 ? pb_bytes(2, event) : (yq_slice){0},
        pb_bytes(3, pb_uint(1, t->status == 0 ? 200 : t->status)),
        pb_bytes(4, JOIN(pb_text(2, t->chaincode), pb_text(3, "1"))));
    yq_slice response =
        JOIN(pb_bytes(1, t->bad_proposal ? digest_of(text("x")) : hash), pb_bytes(2, action));
    yq_slice endorsed = JOIN(pb_bytes(1, response), endorsements_of(t, response));
    yq_slice one = pb_bytes(
        1,
        JOIN(
            pb_bytes(1, signature_header),
            pb_bytes(2, JOIN(pb_bytes(1, proposal), pb_bytes(2, endorsed)))));
    yq_slice data = JOIN(one, t->actions > 1 ? one : (yq_slice){0}, t->extra);
    yq_slice payload = JOIN(
        pb_bytes(1, JOIN(pb_bytes(1, channel_header), pb_bytes(2, signature_header))),
        pb_bytes(2, data));
    yq_slice sig = signature_of(t->bad_creator ? "other" : "user1", payload, 0);
    return JOIN(pb_bytes(1, payload), pb_bytes(2, sig));
}

/* One thing of an update, or of its block, that is not as it must be. */
typedef enum update_twist {
    TWIST_NONE = 0,
    TWIST_ENVELOPE_FORM, /* a field of the envelope that there is not */
    TWIST_ENVELOPE_TYPE,
    TWIST_ENVELOPE_CHANNEL,
    TWIST_SIGNATURES, /* more than any network has */
    TWIST_UPDATE_FORM,
    TWIST_READ_VERSION,
    TWIST_READ_NOTHING,    /* what is written as it stands was not read */
    TWIST_WRITE_MORE,      /* than the next configuration has */
    TWIST_CONFIG_ENVELOPE, /* a field that there is not */
    TWIST_PAYLOAD_FORM,
} update_twist;

/* A ConfigUpdate that sets BatchTimeout or the orderers, signed by admins, in the config block that
 * it makes. */
typedef struct update_spec {
    const char *timeout;
    unsigned orderers;          /* not 0: instead of it the orderers move on by so many */
    const char *admin[4][3];    /* msp, ca, key: signers */
    uint64_t sequence_step;     /* 1 is right */
    uint64_t version_step;      /* 1 is right */
    const char *channel;        /* NULL: the usual one */
    const char *signed_timeout; /* NULL: timeout; what the admins signed */
    int no_update;
    int steal; /* the orderer also puts another organisation in */
    update_twist twist;
} update_spec;

static inline yq_slice write_set(const net *after, const update_spec *u)
{
    if (u->orderers != 0) {
        return pb_entry(
            2,
            "Orderer",
            JOIN(
                pb_entry(3, "Orderers", config_value(after->set_version, orderers_value(after))),
                pb_entry(4, "BlockValidation", bft_policy(after))));
    }
    const char *value = u->signed_timeout != NULL ? u->signed_timeout : u->timeout;
    yq_slice leaf = timeout_value(after, after->timeout_version, value);
    yq_slice more = u->twist == TWIST_WRITE_MORE
                        ? pb_entry(3, "BatchSize", config_value(1, pb_uint(1, 9)))
                        : (yq_slice){0};
    return pb_entry(2, "Orderer", JOIN(pb_entry(3, "BatchTimeout", leaf), more));
}

static inline yq_slice read_set(const update_spec *u)
{
    yq_slice version = u->twist == TWIST_READ_VERSION ? pb_uint(1, 7) : (yq_slice){0};
    return u->twist == TWIST_READ_NOTHING ? (yq_slice){0} : pb_entry(2, "Orderer", version);
}

static inline yq_slice update_envelope_of(const update_spec *u, yq_slice data)
{
    unsigned type = u->twist == TWIST_ENVELOPE_TYPE ? 3 : 2;
    const char *channel = u->twist == TWIST_ENVELOPE_CHANNEL ? "other" : NET_CHANNEL;
    yq_slice payload = payload_of(type, channel, "", text("c"), text("n"), (yq_slice){0}, data);
    yq_slice more = u->twist == TWIST_ENVELOPE_FORM ? pb_text(9, "more") : (yq_slice){0};
    return JOIN(pb_bytes(1, payload), pb_bytes(2, text("s")), more);
}

static inline yq_slice config_element(net *n, const update_spec *u, net *after)
{
    *after = *n;
    if (u->orderers != 0) {
        after->first = n->first + u->orderers;
        after->set_version = n->set_version + u->version_step;
    } else {
        after->timeout = u->timeout;
        after->timeout_version = n->timeout_version + u->version_step;
    }
    after->sequence = n->sequence + u->sequence_step;
    yq_slice update = JOIN(
        pb_text(1, u->channel != NULL ? u->channel : NET_CHANNEL),
        pb_bytes(2, read_set(u)),
        pb_bytes(3, write_set(after, u)),
        u->twist == TWIST_UPDATE_FORM ? pb_text(9, "more") : (yq_slice){0});
    yq_writer w = room(CAP);
    yq_pb_put_bytes(&w, 1, update);
    for (size_t i = 0; i < 4 && u->admin[i][0] != NULL; i++) {
        yq_slice header = JOIN(
            pb_bytes(1, member(u->admin[i][0], u->admin[i][1], u->admin[i][2], "admin")),
            pb_text(2, "nonce"));
        yq_slice sig = signature_of(u->admin[i][2], JOIN(header, update), 0);
        for (unsigned k = 0; k < (u->twist == TWIST_SIGNATURES ? 129u : 1u); k++) {
            yq_pb_put_bytes(&w, 2, JOIN(pb_bytes(1, header), pb_bytes(2, sig)));
        }
    }
    yq_slice last = update_envelope_of(u, done(&w));
    yq_slice config = config_of(after);
    if (u->steal) {
        net other = *after;
        other.endorsement = 0;
        config = config_of(&other);
    }
    yq_slice data = JOIN(
        pb_bytes(1, config),
        u->no_update ? (yq_slice){0} : pb_bytes(2, last),
        u->twist == TWIST_CONFIG_ENVELOPE ? pb_text(9, "more") : (yq_slice){0});
    char id[32];
    snprintf(id, sizeof id, "config-%u", n->tx_n++);
    yq_slice payload = payload_of(
        1,
        NET_CHANNEL,
        id,
        identity_of("OrdererMSP", orderer_pem(1)),
        text("n"),
        (yq_slice){0},
        data);
    if (u->twist == TWIST_PAYLOAD_FORM) {
        payload = JOIN(payload, pb_text(9, "more"));
    }
    return JOIN(pb_bytes(1, payload), pb_bytes(2, signature_of("orderer1", payload, 0)));
}

#endif /* YQ_LIGHT_CLIENTS_FABRIC_TEST_NET_H */
