#include "adapters/chainmaker/signer.h"

#include "relay/base/bytes.h"
#include "relay/codec/der.h"
#include "relay/codec/x509.h"

#define PEM_MAX (16u << 10)

static const uint8_t oid_ec_key[] = {0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01};
static const uint8_t oid_p256[] = {0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07};
static const uint8_t oid_sm2[] = {0x2a, 0x81, 0x1c, 0xcf, 0x55, 0x01, 0x82, 0x2d};
static const uint8_t oid_secp256k1[] = {0x2b, 0x81, 0x04, 0x00, 0x0a};

/* Out: kind of the key in a SubjectPublicKeyInfo, and its 64 bytes. */
static yq_status read_spki(yq_slice spki, yq_sig_alg *alg, uint8_t *key, yq_fault *why)
{
    yq_cur c = yq_cur_of(spki);
    yq_cur outer = yq_der_open(&c, YQ_DER_SEQUENCE);
    yq_cur inner = yq_der_open(&outer, YQ_DER_SEQUENCE);
    yq_slice kind = yq_der_take(&inner, YQ_DER_OID), curve = yq_der_take(&inner, YQ_DER_OID);
    yq_der_close(&inner, &outer);
    yq_slice bits = yq_der_bits(&outer);
    yq_der_close(&outer, &c);
    yq_status status = yq_cur_done(&c, why);
    if (status != YQ_OK) {
        return status;
    }
    if (!yq_slice_equal(kind, YQ_SLICE_OF(oid_ec_key)) || bits.n != 65 || bits.p[0] != 4) {
        return yq_fail(why, YQ_E_UNSUPPORTED, 0, "a key that is not on a curve");
    }
    memcpy(key, bits.p + 1, 64);
    if (yq_slice_equal(curve, YQ_SLICE_OF(oid_sm2))) {
        *alg = YQ_SIG_SM2_MESSAGE;
    } else if (yq_slice_equal(curve, YQ_SLICE_OF(oid_p256))) {
        *alg = YQ_SIG_P256_DIGEST;
    } else if (yq_slice_equal(curve, YQ_SLICE_OF(oid_secp256k1))) {
        *alg = YQ_SIG_SECP256K1_DIGEST;
    } else {
        return yq_fail(why, YQ_E_UNSUPPORTED, 0, "a key on another curve");
    }
    return YQ_OK;
}

/* A key and the hash that it signs with. */
static uint8_t scheme_of(yq_sig_alg key, uint32_t hash)
{
    if (key == YQ_SIG_SM2_MESSAGE) {
        return hash == YQ_HASH_SM3      ? YQ_CMA_SM2_SM3
               : hash == YQ_HASH_SHA256 ? YQ_CMA_SM2_SHA256
                                        : YQ_CMA_UNKNOWN;
    }
    if (hash != YQ_HASH_SHA256) {
        return YQ_CMA_UNKNOWN;
    }
    return key == YQ_SIG_P256_DIGEST ? YQ_CMA_P256_SHA256 : YQ_CMA_SECP256K1_SHA256;
}

static uint32_t hash_of(const yq_x509 *x)
{
    return x->sig_alg == YQ_X509_SIG_SM2_SM3        ? YQ_HASH_SM3
           : x->sig_alg == YQ_X509_SIG_ECDSA_SHA256 ? YQ_HASH_SHA256
                                                    : 0;
}

yq_status yq_cma_signer_of_pem(yq_slice pem, uint32_t alg, yq_cma_signer *out, yq_fault *why)
{
    uint8_t room[PEM_MAX];
    yq_buf der = {room, sizeof room, 0};
    yq_x509 x;
    yq_sig_alg key = YQ_SIG_SM2_MESSAGE;
    yq_slice spki;
    *out = (yq_cma_signer){0};
    if (yq_pem_decode(pem, "PUBLIC KEY", &der, NULL) == YQ_OK) {
        spki = yq_slice_of(der.p, der.n);
    } else {
        der.n = 0;
        yq_status status = yq_pem_decode(pem, "CERTIFICATE", &der, why);
        status = status == YQ_OK ? yq_x509_decode(yq_slice_of(der.p, der.n), &x, why) : status;
        if (status != YQ_OK) {
            return status;
        }
        spki = x.spki;
        alg = hash_of(&x);
    }
    yq_status status = read_spki(spki, &key, out->key, why);
    if (status != YQ_OK) {
        return status;
    }
    out->scheme = scheme_of(key, alg);
    return out->scheme != YQ_CMA_UNKNOWN
               ? YQ_OK
               : yq_fail(why, YQ_E_UNSUPPORTED, 0, "a key and a hash that no scheme has");
}

/* How the signatures of a scheme over a digest are checked. */
static uint16_t digest_alg(uint8_t scheme)
{
    return scheme == YQ_CMA_SM2_SHA256    ? YQ_SIG_SM2_DIGEST
           : scheme == YQ_CMA_P256_SHA256 ? YQ_SIG_P256_DIGEST
                                          : YQ_SIG_SECP256K1_DIGEST;
}

int yq_cma_signer_check(const yq_cma_signer *signer, yq_slice msg, yq_slice sig, uint8_t *rs)
{
    uint8_t md[YQ_DIGEST_SIZE];
    if (yq_der_signature_decode(sig, 32, rs, NULL) != YQ_OK) {
        return 0;
    }
    yq_signature one = {
        .alg = YQ_SIG_SM2_MESSAGE,
        .key = YQ_SLICE_OF(signer->key),
        .msg = msg,
        .sig = yq_slice_of(rs, 64)};
    if (signer->scheme != YQ_CMA_SM2_SM3) {
        yq_hash_one(YQ_HASH_SHA256, msg, md);
        one.msg = YQ_SLICE_OF(md);
        one.alg = digest_alg(signer->scheme);
    }
    return signer->scheme != YQ_CMA_UNKNOWN && yq_signature_check(&one) == YQ_OK;
}

yq_status yq_cma_sign(uint8_t scheme, const yq_key *key, yq_slice msg, yq_buf *out)
{
    uint8_t md[YQ_DIGEST_SIZE], rs[64];
    if (scheme == YQ_CMA_SM2_SM3) {
        yq_key_sign(key, msg, rs);
        return yq_der_signature_encode(rs, 32, out);
    }
    yq_hash_one(YQ_HASH_SHA256, msg, md);
    if (scheme == YQ_CMA_SM2_SHA256) {
        yq_key_sign_sm2_digest(key, md, rs);
    } else {
        yq_key_sign(key, YQ_SLICE_OF(md), rs);
    }
    return yq_der_signature_encode(rs, 32, out);
}
