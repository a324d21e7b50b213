#include "conformance/chains/fabric/member.h"

#include "relay/base/assert.h"
#include "relay/base/bytes.h"
#include "relay/codec/der.h"
#include "relay/codec/protobuf.h"

#include <stdio.h>

#define KEY_ID_SIZE 20u

static const uint8_t oid_ecdsa_sha256[] = {0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02};
static const uint8_t oid_ec_key[] = {0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01};
static const uint8_t oid_p256[] = {0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07};
static const uint8_t oid_unit[] = {0x55, 0x04, 0x0b}, oid_name[] = {0x55, 0x04, 0x03};
static const uint8_t oid_basic[] = {0x55, 0x1d, 0x13}, oid_usage[] = {0x55, 0x1d, 0x0f};
static const uint8_t oid_subject_key[] = {0x55, 0x1d, 0x0e}, oid_issuer_key[] = {0x55, 0x1d, 0x23};

size_t yq_fbmock_sign(const yq_fbmock_member *m, const yq_slice *part, size_t part_n, uint8_t *out)
{
    uint8_t digest[YQ_DIGEST_SIZE], rs[64];
    yq_buf der = {out, 80, 0};
    yq_hash(YQ_HASH_SHA256, part, part_n, digest);
    yq_key_sign(m->key, YQ_SLICE_OF(digest), rs);
    YQ_ASSERT(yq_der_signature_encode(rs, 32, &der) == YQ_OK);
    return der.n;
}

static void put_attribute(yq_writer *w, yq_slice oid, const char *text)
{
    size_t set = yq_der_begin(w), pair = yq_der_begin(w);
    yq_der_put(w, YQ_DER_OID, oid);
    yq_der_put(w, YQ_DER_UTF8, yq_slice_text(text));
    yq_der_end(w, pair, YQ_DER_SEQUENCE);
    yq_der_end(w, set, YQ_DER_SET);
}

static void put_name(yq_writer *w, const char *ou, const char *name)
{
    size_t mark = yq_der_begin(w);
    if (ou != NULL) {
        put_attribute(w, YQ_SLICE_OF(oid_unit), ou);
    }
    put_attribute(w, YQ_SLICE_OF(oid_name), name);
    yq_der_end(w, mark, YQ_DER_SEQUENCE);
}

static void put_algorithm(yq_writer *w)
{
    size_t mark = yq_der_begin(w);
    yq_der_put(w, YQ_DER_OID, YQ_SLICE_OF(oid_ecdsa_sha256));
    yq_der_end(w, mark, YQ_DER_SEQUENCE);
}

static void put_key(yq_writer *w, const yq_key *key)
{
    uint8_t bits[66] = {0, 4};
    size_t mark = yq_der_begin(w), inner = yq_der_begin(w);
    yq_der_put(w, YQ_DER_OID, YQ_SLICE_OF(oid_ec_key));
    yq_der_put(w, YQ_DER_OID, YQ_SLICE_OF(oid_p256));
    yq_der_end(w, inner, YQ_DER_SEQUENCE);
    memcpy(bits + 2, yq_key_public(key).p, 64);
    yq_der_put(w, YQ_DER_BIT_STRING, YQ_SLICE_OF(bits));
    yq_der_end(w, mark, YQ_DER_SEQUENCE);
}

static void put_extension(yq_writer *w, yq_slice oid, int critical, yq_slice value)
{
    static const uint8_t yes[] = {0xff};
    size_t mark = yq_der_begin(w);
    yq_der_put(w, YQ_DER_OID, oid);
    if (critical) {
        yq_der_put(w, YQ_DER_BOOLEAN, YQ_SLICE_OF(yes));
    }
    yq_der_put(w, YQ_DER_OCTET_STRING, value);
    yq_der_end(w, mark, YQ_DER_SEQUENCE);
}

static void put_extensions(yq_writer *w, const yq_key *key, const yq_key *issuer, int is_ca)
{
    static const uint8_t ca[] = {0x30, 3, 1, 1, 0xff}, leaf[] = {0x30, 0};
    static const uint8_t ca_usage[] = {3, 2, 1, 6}, leaf_usage[] = {3, 2, 7, 0x80};
    uint8_t md[YQ_DIGEST_SIZE], own[2 + KEY_ID_SIZE] = {4, KEY_ID_SIZE};
    uint8_t above[4 + KEY_ID_SIZE] = {0x30, 2 + KEY_ID_SIZE, 0x80, KEY_ID_SIZE};
    yq_hash_one(YQ_HASH_SHA256, yq_key_public(key), md);
    memcpy(own + 2, md, KEY_ID_SIZE);
    yq_hash_one(YQ_HASH_SHA256, yq_key_public(issuer), md);
    memcpy(above + 4, md, KEY_ID_SIZE);
    size_t outer = yq_der_begin(w), list = yq_der_begin(w);
    put_extension(
        w, YQ_SLICE_OF(oid_usage), 1, is_ca ? YQ_SLICE_OF(ca_usage) : YQ_SLICE_OF(leaf_usage));
    put_extension(w, YQ_SLICE_OF(oid_basic), 1, is_ca ? YQ_SLICE_OF(ca) : YQ_SLICE_OF(leaf));
    put_extension(w, YQ_SLICE_OF(oid_subject_key), 0, YQ_SLICE_OF(own));
    put_extension(w, YQ_SLICE_OF(oid_issuer_key), 0, YQ_SLICE_OF(above));
    yq_der_end(w, list, YQ_DER_SEQUENCE);
    yq_der_end(w, outer, YQ_DER_EXPLICIT(3));
}

static void put_tbs(
    yq_writer *w, const yq_fbmock_member *m, const char *ou, const yq_fbmock_member *issuer)
{
    static const uint8_t v3[] = {2};
    uint8_t serial[YQ_DIGEST_SIZE];
    size_t mark = yq_der_begin(w), part = yq_der_begin(w);
    yq_der_put(w, YQ_DER_INTEGER, YQ_SLICE_OF(v3));
    yq_der_end(w, part, YQ_DER_EXPLICIT(0));
    yq_hash_one(YQ_HASH_SHA256, yq_key_public(m->key), serial);
    serial[0] = 0x40 | (serial[0] & 0x3f); /* positive, no leading zero */
    yq_der_put(w, YQ_DER_INTEGER, yq_slice_of(serial, 16));
    put_algorithm(w);
    put_name(w, NULL, issuer->name);
    part = yq_der_begin(w);
    yq_der_put(w, YQ_DER_UTC_TIME, yq_slice_text("230101000000Z"));
    yq_der_put(w, YQ_DER_UTC_TIME, yq_slice_text("491231000000Z"));
    yq_der_end(w, part, YQ_DER_SEQUENCE);
    put_name(w, ou, m->name);
    put_key(w, m->key);
    put_extensions(w, m->key, issuer->key, issuer == m);
    yq_der_end(w, mark, YQ_DER_SEQUENCE);
}

static void put_pem(yq_writer *w, yq_slice der)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    yq_put(w, yq_slice_text("-----BEGIN CERTIFICATE-----\n"));
    for (size_t i = 0; i < der.n; i += 3) {
        uint32_t v = 0;
        for (size_t k = 0; k < 3; k++) {
            v = v << 8 | (i + k < der.n ? der.p[i + k] : 0u);
        }
        for (size_t k = 0; k < 4; k++) {
            int is_pad = i + k > der.n;
            yq_put_u8(w, (uint8_t)(is_pad ? '=' : digits[v >> (18 - 6 * k) & 63]));
        }
        if (i % 48 == 45 || i + 3 >= der.n) {
            yq_put_u8(w, '\n');
        }
    }
    yq_put(w, yq_slice_text("-----END CERTIFICATE-----\n"));
}

void yq_fbmock_member_make(
    yq_fbmock_member *m,
    yq_slice seed,
    const char *msp,
    const char *name,
    const char *ou,
    const yq_fbmock_member *issuer)
{
    uint8_t tbs_room[1000], der_room[1200], signature[81] = {0};
    yq_writer tbs = yq_writer_of(tbs_room, sizeof tbs_room);
    yq_writer der = yq_writer_of(der_room, sizeof der_room);
    *m = (yq_fbmock_member){.msp = msp};
    (void)snprintf(m->name, sizeof m->name, "%s.%s", name, msp);
    m->key = yq_key_derive(YQ_SIG_P256_DIGEST, seed, m->name);
    issuer = issuer == NULL ? m : issuer;
    put_tbs(&tbs, m, ou, issuer);
    const yq_slice part = yq_writer_slice(&tbs);
    size_t n = yq_fbmock_sign(issuer, &part, 1, signature + 1);
    size_t mark = yq_der_begin(&der);
    yq_put(&der, part);
    put_algorithm(&der);
    yq_der_put(&der, YQ_DER_BIT_STRING, yq_slice_of(signature, 1 + n));
    yq_der_end(&der, mark, YQ_DER_SEQUENCE);
    yq_writer pem = yq_writer_of(m->pem, sizeof m->pem);
    put_pem(&pem, yq_writer_slice(&der));
    m->pem_n = pem.n;
    yq_writer id = yq_writer_of(m->identity, sizeof m->identity);
    yq_pb_put_bytes(&id, 1, yq_slice_text(msp));
    yq_pb_put_bytes(&id, 2, yq_writer_slice(&pem));
    m->identity_n = id.n;
    YQ_ASSERT(id.status == YQ_OK && pem.status == YQ_OK && der.status == YQ_OK);
}
