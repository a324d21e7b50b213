#include "conformance/chains/common/cert.h"

#include "relay/base/assert.h"
#include "relay/base/bytes.h"
#include "relay/codec/der.h"

#define DER_MAX 1500u

static const uint8_t oid_ec_key[] = {0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01};
static const uint8_t oid_p256[] = {0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07};
static const uint8_t oid_sm2[] = {0x2a, 0x81, 0x1c, 0xcf, 0x55, 0x01, 0x82, 0x2d};
static const uint8_t oid_ecdsa_sha256[] = {0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02};
static const uint8_t oid_sm2_sm3[] = {0x2a, 0x81, 0x1c, 0xcf, 0x55, 0x01, 0x83, 0x75};
static const uint8_t oid_organization[] = {0x55, 0x04, 0x0a}, oid_unit[] = {0x55, 0x04, 0x0b};
static const uint8_t oid_common[] = {0x55, 0x04, 0x03};

static int is_sm2(const yq_key *key)
{
    return yq_key_alg(key) == YQ_SIG_SM2_MESSAGE;
}

size_t yq_mock_cert_sign(const yq_key *key, yq_slice msg, uint8_t *out)
{
    uint8_t md[YQ_DIGEST_SIZE], rs[64];
    yq_buf der = {out, 80, 0};
    if (!is_sm2(key)) {
        yq_hash_one(YQ_HASH_SHA256, msg, md);
        msg = YQ_SLICE_OF(md);
    }
    yq_key_sign(key, msg, rs);
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

static void put_name(yq_writer *w, const yq_mock_cert_name *name)
{
    size_t mark = yq_der_begin(w);
    put_attribute(w, YQ_SLICE_OF(oid_organization), name->organization);
    put_attribute(w, YQ_SLICE_OF(oid_unit), name->unit);
    put_attribute(w, YQ_SLICE_OF(oid_common), name->common);
    yq_der_end(w, mark, YQ_DER_SEQUENCE);
}

static void put_algorithm(yq_writer *w, const yq_key *key)
{
    size_t mark = yq_der_begin(w);
    yq_der_put(
        w, YQ_DER_OID, is_sm2(key) ? YQ_SLICE_OF(oid_sm2_sm3) : YQ_SLICE_OF(oid_ecdsa_sha256));
    yq_der_end(w, mark, YQ_DER_SEQUENCE);
}

static void put_key(yq_writer *w, const yq_key *key)
{
    uint8_t bits[66] = {0, 4};
    size_t mark = yq_der_begin(w), inner = yq_der_begin(w);
    yq_der_put(w, YQ_DER_OID, YQ_SLICE_OF(oid_ec_key));
    yq_der_put(w, YQ_DER_OID, is_sm2(key) ? YQ_SLICE_OF(oid_sm2) : YQ_SLICE_OF(oid_p256));
    yq_der_end(w, inner, YQ_DER_SEQUENCE);
    memcpy(bits + 2, yq_key_public(key).p, 64);
    yq_der_put(w, YQ_DER_BIT_STRING, YQ_SLICE_OF(bits));
    yq_der_end(w, mark, YQ_DER_SEQUENCE);
}

static void put_pem(yq_writer *w, const char *label, yq_slice der)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    yq_put(w, yq_slice_text("-----BEGIN "));
    yq_put(w, yq_slice_text(label));
    yq_put(w, yq_slice_text("-----\n"));
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
    yq_put(w, yq_slice_text("-----END "));
    yq_put(w, yq_slice_text(label));
    yq_put(w, yq_slice_text("-----\n"));
}

static void put_tbs(
    yq_writer *w,
    const yq_mock_cert_name *subject,
    const yq_key *key,
    const yq_mock_cert_name *issuer)
{
    static const uint8_t v3[] = {2};
    uint8_t serial[YQ_DIGEST_SIZE];
    size_t mark = yq_der_begin(w), part = yq_der_begin(w);
    yq_der_put(w, YQ_DER_INTEGER, YQ_SLICE_OF(v3));
    yq_der_end(w, part, YQ_DER_EXPLICIT(0));
    yq_hash_one(YQ_HASH_SHA256, yq_key_public(key), serial);
    serial[0] = 0x40 | (serial[0] & 0x3f); /* positive, no leading zero */
    yq_der_put(w, YQ_DER_INTEGER, yq_slice_of(serial, 16));
    put_algorithm(w, key);
    put_name(w, issuer);
    part = yq_der_begin(w);
    yq_der_put(w, YQ_DER_UTC_TIME, yq_slice_text("230101000000Z"));
    yq_der_put(w, YQ_DER_UTC_TIME, yq_slice_text("491231000000Z"));
    yq_der_end(w, part, YQ_DER_SEQUENCE);
    put_name(w, subject);
    put_key(w, key);
    yq_der_end(w, mark, YQ_DER_SEQUENCE);
}

void yq_mock_cert_put(
    yq_writer *w,
    const yq_mock_cert_name *subject,
    const yq_key *key,
    const yq_mock_cert_name *issuer,
    const yq_key *issuer_key)
{
    uint8_t tbs_room[DER_MAX], der_room[DER_MAX + 256], signature[81] = {0};
    yq_writer tbs = yq_writer_of(tbs_room, sizeof tbs_room);
    yq_writer der = yq_writer_of(der_room, sizeof der_room);
    put_tbs(&tbs, subject, key, issuer);
    YQ_ASSERT(tbs.status == YQ_OK);
    size_t n = yq_mock_cert_sign(issuer_key, yq_writer_slice(&tbs), signature + 1);
    size_t mark = yq_der_begin(&der);
    yq_put(&der, yq_writer_slice(&tbs));
    put_algorithm(&der, issuer_key);
    yq_der_put(&der, YQ_DER_BIT_STRING, yq_slice_of(signature, 1 + n));
    yq_der_end(&der, mark, YQ_DER_SEQUENCE);
    YQ_ASSERT(der.status == YQ_OK);
    put_pem(w, "CERTIFICATE", yq_writer_slice(&der));
}

void yq_mock_public_put(yq_writer *w, const yq_key *key)
{
    uint8_t room[128];
    yq_writer der = yq_writer_of(room, sizeof room);
    put_key(&der, key);
    YQ_ASSERT(der.status == YQ_OK);
    put_pem(w, "PUBLIC KEY", yq_writer_slice(&der));
}
