#ifndef YQ_LIGHT_CLIENTS_FABRIC_TEST_KEYS_H
#define YQ_LIGHT_CLIENTS_FABRIC_TEST_KEYS_H

/* Of the tests' network: memory, protobuf and DER, keys derived from names, signatures. */
#include "light-clients/fabric/test_evidence.h"
#include "light-clients/fabric/test_host.h"
#include "relay/codec/der.h"

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

#endif /* YQ_LIGHT_CLIENTS_FABRIC_TEST_KEYS_H */
