#ifndef YQ_LIGHT_CLIENTS_FABRIC_TEST_KEYS_H
#define YQ_LIGHT_CLIENTS_FABRIC_TEST_KEYS_H

/* Of the tests' network: memory, protobuf and DER, keys derived from names, signatures. */
#include "light-clients/fabric/test_evidence.h"
#include "light-clients/fabric/test_host.h"
#include "relay/codec/der.h"
#include "relay/crypto/curve.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>

#define SEED yq_slice_text("fabric-tests")
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

/* What the networks of a test are made with. */
static yq_fabric_dialect net_dialect = YQ_FABRIC_PLAIN;

/* Keys whose names begin with one of these are P-384. */
static const char *net_p384[8];

static inline int is_p384(const char *name)
{
    for (size_t i = 0; i < sizeof net_p384 / sizeof net_p384[0] && net_p384[i] != NULL; i++) {
        if (strncmp(name, net_p384[i], strlen(net_p384[i])) == 0) {
            return 1;
        }
    }
    return 0;
}

/* Names of keys say of which kind they are. */
static inline yq_sig_alg key_alg(const char *name)
{
    return strncmp(name, "ed.", 3) == 0                     ? YQ_SIG_ED25519_MESSAGE
           : is_p384(name)                                  ? YQ_SIG_P384_DIGEST
           : net_dialect.signing == YQ_FABRIC_SIGNING_PLAIN ? YQ_SIG_P256_DIGEST
                                                            : YQ_SIG_SM2_MESSAGE;
}

static inline size_t half_of(const char *key_name)
{
    return key_alg(key_name) == YQ_SIG_P384_DIGEST ? 48 : 32;
}

static inline yq_key *key_of(const char *name)
{
    return yq_key_derive(key_alg(name), SEED, name);
}

static inline const char *name_kept(const char *name)
{
    return (const char *)copy_of(yq_slice_of(name, strlen(name) + 1)).p;
}

/* P-384 keys are drawn, and are the same for one name. */
static inline EVP_PKEY *drawn_key(const char *name)
{
    static struct {
        const char *name;
        EVP_PKEY *key;
    } drawn[32];
    size_t i = 0;
    while (i < sizeof drawn / sizeof drawn[0] && drawn[i].name != NULL) {
        if (strcmp(drawn[i].name, name) == 0) {
            return drawn[i].key;
        }
        i++;
    }
    if (i == sizeof drawn / sizeof drawn[0]) {
        abort();
    }
    drawn[i].name = name_kept(name);
    drawn[i].key = EVP_EC_gen("P-384");
    return drawn[i].key;
}

/* x || y, or the 32 bytes of Ed25519. */
static inline yq_slice public_of(const char *name)
{
    uint8_t point[97];
    size_t n = 0;
    if (key_alg(name) == YQ_SIG_P384_DIGEST) {
        if (EVP_PKEY_get_octet_string_param(
                drawn_key(name), OSSL_PKEY_PARAM_PUB_KEY, point, sizeof point, &n) != 1 ||
            n != sizeof point) {
            abort();
        }
        return copy_of(yq_slice_of(point + 1, n - 1));
    }
    yq_key *key = key_of(name);
    yq_slice out = copy_of(yq_key_public(key));
    yq_key_free(key);
    return out;
}

#define PAIR_MAX 96u /* r || s */

static inline void order_minus(const char *key_name, uint8_t *s)
{
    yq_scalar_negate(yq_curve_of(key_alg(key_name)), s);
}

static inline void sign_p384(const char *key_name, yq_slice md, uint8_t *rs)
{
    uint8_t out[128];
    size_t n = sizeof out;
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(drawn_key(key_name), NULL);
    if (EVP_PKEY_sign_init(ctx) != 1 || EVP_PKEY_sign(ctx, out, &n, md.p, md.n) != 1 ||
        yq_der_signature_decode(yq_slice_of(out, n), 48, rs, NULL) != YQ_OK) {
        abort();
    }
    EVP_PKEY_CTX_free(ctx);
    if (yq_scalar_is_high(yq_curve_of(YQ_SIG_P384_DIGEST), rs + 48)) {
        order_minus(key_name, rs + 48);
    }
}

/* mode SM2_MESSAGE: what the standard has, and certificates. hash: of ECDSA. */
static inline void sign_raw(
    const char *key_name,
    yq_slice message,
    yq_fabric_signing_mode mode,
    yq_hash_alg hash,
    uint8_t *rs)
{
    uint8_t md[YQ_HASH_SIZE_MAX];
    yq_hash_one(mode == YQ_FABRIC_SIGNING_PLAIN ? hash : YQ_HASH_SM3, message, md);
    if (key_alg(key_name) == YQ_SIG_P384_DIGEST) {
        sign_p384(key_name, yq_slice_of(md, hash == YQ_HASH_SHA384 ? 48 : 32), rs);
        return;
    }
    yq_key *key = key_of(key_name);
    if (key_alg(key_name) == YQ_SIG_ED25519_MESSAGE || mode == YQ_FABRIC_SIGNING_SM2_MESSAGE) {
        yq_key_sign(key, message, rs);
    } else if (mode == YQ_FABRIC_SIGNING_SM2_HASH) {
        yq_key_sign_sm2_digest(key, md, rs);
    } else {
        yq_key_sign(key, yq_slice_of(md, 32), rs);
    }
    yq_key_free(key);
}

/* As a certificate or a message has it. high: with the other form of s. */
static inline yq_slice wrapped(const char *key_name, const uint8_t *pair, int high)
{
    uint8_t rs[PAIR_MAX];
    size_t half = half_of(key_name);
    yq_buf out = {keep(malloc(128)), 128, 0};
    memcpy(rs, pair, 2 * half);
    if (key_alg(key_name) == YQ_SIG_ED25519_MESSAGE) {
        return copy_of(yq_slice_of(rs, 64));
    }
    if (high) {
        order_minus(key_name, rs + half);
    }
    if (yq_der_signature_encode(rs, half, &out) != YQ_OK) {
        abort();
    }
    return yq_slice_of(out.p, out.n);
}

/* The hash of a CA's ECDSA signatures. */
static inline yq_hash_alg issuing_hash(const char *key_name)
{
    return key_alg(key_name) == YQ_SIG_P384_DIGEST ? YQ_HASH_SHA384 : YQ_HASH_SHA256;
}

/* A CA's signature. Signatures are drawn, but a certificate is issued once. */
static inline yq_slice issue(const char *key_name, yq_slice tbs, yq_hash_alg hash, int high)
{
    static struct {
        yq_slice tbs;
        const char *key;
        uint8_t rs[PAIR_MAX];
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
        issued[n].key = name_kept(key_name);
        sign_raw(
            key_name,
            tbs,
            net_dialect.signing == YQ_FABRIC_SIGNING_PLAIN ? YQ_FABRIC_SIGNING_PLAIN
                                                           : YQ_FABRIC_SIGNING_SM2_MESSAGE,
            hash,
            issued[n++].rs);
    }
    return wrapped(key_name, issued[i].rs, high);
}

/* ECDSA over SHA-256(parts), whatever the curve, or what the dialect has. high: the other, refused,
 * form of s. */
static inline yq_slice signature_of(const char *key_name, yq_slice message, int high)
{
    uint8_t rs[PAIR_MAX];
    sign_raw(key_name, message, (yq_fabric_signing_mode)net_dialect.signing, YQ_HASH_SHA256, rs);
    return wrapped(key_name, rs, high);
}

#endif /* YQ_LIGHT_CLIENTS_FABRIC_TEST_KEYS_H */
