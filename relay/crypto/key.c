#include "relay/crypto/key.h"

#include "relay/base/assert.h"
#include "relay/base/bytes.h"
#include "relay/crypto/curve.h"
#include "relay/crypto/lib.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/param_build.h>

static int alg_has_keys(yq_sig_alg alg)
{
    return alg == YQ_SIG_SM2_MESSAGE || alg == YQ_SIG_P256_DIGEST ||
           alg == YQ_SIG_SECP256K1_DIGEST || alg == YQ_SIG_ED25519_MESSAGE;
}

static int scalar_is_usable(yq_sig_alg alg, const uint8_t *scalar)
{
    if (alg == YQ_SIG_ED25519_MESSAGE) {
        return 1;
    }
    const yq_curve *curve = yq_curve_of(alg);
    if (!yq_scalar_in_range(curve, scalar)) {
        return 0;
    }
    /* SM2 signs with 1 / (1 + d). */
    uint8_t one_less[32];
    memcpy(one_less, curve->order, sizeof one_less);
    one_less[31]--;
    return alg != YQ_SIG_SM2_MESSAGE || yq_be_compare(scalar, one_less, sizeof one_less) < 0;
}

static void make_ed25519(yq_key *key)
{
    key->pkey =
        EVP_PKEY_new_raw_private_key_ex(NULL, "ED25519", NULL, key->scalar, sizeof key->scalar);
    size_t size = sizeof key->public_key;
    YQ_ASSERT(key->pkey != NULL);
    YQ_ASSERT(EVP_PKEY_get_raw_public_key(key->pkey, key->public_key, &size) == 1 && size == 32);
    key->public_size = size;
}

/* The public key of d by the library's constant-time multiplication, and the key object of both. */
static void make_curve(yq_key *key)
{
    const yq_curve *curve = yq_curve_of(key->alg);
    const EC_GROUP *group = yq_curve_group(curve);
    BN_CTX *bn = yq_lib_bn();
    BIGNUM *d = BN_secure_new();
    EC_POINT *point = EC_POINT_new(group);
    uint8_t raw[65];
    YQ_ASSERT(d != NULL && point != NULL);
    BN_set_flags(d, BN_FLG_CONSTTIME);
    YQ_ASSERT(BN_bin2bn(key->scalar, sizeof key->scalar, d) != NULL);
    YQ_ASSERT(EC_POINT_mul(group, point, d, NULL, NULL, bn) == 1);
    YQ_ASSERT(
        EC_POINT_point2oct(group, point, POINT_CONVERSION_UNCOMPRESSED, raw, sizeof raw, bn) ==
        sizeof raw);
    memcpy(key->public_key, raw + 1, 64);
    key->public_size = 64;

    OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
    YQ_ASSERT(build != NULL);
    YQ_ASSERT(
        OSSL_PARAM_BLD_push_utf8_string(build, OSSL_PKEY_PARAM_GROUP_NAME, curve->name, 0) == 1);
    YQ_ASSERT(
        OSSL_PARAM_BLD_push_octet_string(build, OSSL_PKEY_PARAM_PUB_KEY, raw, sizeof raw) == 1);
    YQ_ASSERT(OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_PRIV_KEY, d) == 1);
    OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(build);
    const char *type = key->alg == YQ_SIG_SM2_MESSAGE ? "SM2" : "EC";
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
    YQ_ASSERT(params != NULL && ctx != NULL && EVP_PKEY_fromdata_init(ctx) == 1);
    YQ_ASSERT(EVP_PKEY_fromdata(ctx, &key->pkey, EVP_PKEY_KEYPAIR, params) == 1);
    EVP_PKEY_CTX_free(ctx);
    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(build);
    EC_POINT_free(point);
    BN_clear_free(d);
}

yq_key *yq_key_from_scalar(yq_sig_alg alg, const uint8_t *scalar)
{
    if (!alg_has_keys(alg) || !scalar_is_usable(alg, scalar)) {
        return NULL;
    }
    yq_key *key = (yq_key *)OPENSSL_zalloc(sizeof *key);
    YQ_ASSERT(key != NULL);
    key->alg = alg;
    memcpy(key->scalar, scalar, sizeof key->scalar);
    if (alg == YQ_SIG_ED25519_MESSAGE) {
        make_ed25519(key);
    } else {
        make_curve(key);
    }
    return key;
}

yq_key *yq_key_generate(yq_sig_alg alg)
{
    if (!alg_has_keys(alg)) {
        return NULL;
    }
    uint8_t scalar[32];
    do {
        yq_random(scalar, sizeof scalar);
    } while (!scalar_is_usable(alg, scalar));
    yq_key *key = yq_key_from_scalar(alg, scalar);
    yq_secret_wipe(scalar, sizeof scalar);
    return key;
}

yq_key *yq_key_derive(yq_sig_alg alg, yq_slice seed, const char *name)
{
    if (!alg_has_keys(alg)) {
        return NULL;
    }
    uint8_t alg_byte = (uint8_t)alg, counter = 0, scalar[32];
    uint8_t seed_size[4] = {
        (uint8_t)(seed.n >> 24), (uint8_t)(seed.n >> 16), (uint8_t)(seed.n >> 8), (uint8_t)seed.n};
    yq_slice part[] = {
        yq_slice_text("YUQIAO-DERIVE-1"),
        {&alg_byte, 1},
        {seed_size, sizeof seed_size},
        seed,
        yq_slice_text(name),
        {&counter, 1}};
    do {
        yq_hash(YQ_HASH_SM3, part, YQ_ARRAY_N(part), scalar);
        counter++;
    } while (!scalar_is_usable(alg, scalar));
    yq_key *key = yq_key_from_scalar(alg, scalar);
    yq_secret_wipe(scalar, sizeof scalar);
    return key;
}

void yq_key_free(yq_key *key)
{
    if (key != NULL) {
        EVP_PKEY_free(key->pkey);
        OPENSSL_clear_free(key, sizeof *key);
    }
}

yq_slice yq_key_public(const yq_key *key)
{
    return (yq_slice){key->public_key, key->public_size};
}

yq_sig_alg yq_key_alg(const yq_key *key)
{
    return key->alg;
}

/* One of the library's signatures over a 32-byte digest, as r||s. */
static void sign_digest(const yq_key *key, const uint8_t *digest, uint8_t *sig64)
{
    uint8_t der[80];
    size_t size = sizeof der;
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, key->pkey, NULL);
    YQ_ASSERT(ctx != NULL && EVP_PKEY_sign_init(ctx) == 1);
    YQ_ASSERT(EVP_PKEY_sign(ctx, der, &size, digest, 32) == 1);
    EVP_PKEY_CTX_free(ctx);
    const uint8_t *p = der;
    ECDSA_SIG *sig = d2i_ECDSA_SIG(NULL, &p, (long)size);
    YQ_ASSERT(sig != NULL);
    YQ_ASSERT(BN_bn2binpad(ECDSA_SIG_get0_r(sig), sig64, 32) == 32);
    YQ_ASSERT(BN_bn2binpad(ECDSA_SIG_get0_s(sig), sig64 + 32, 32) == 32);
    ECDSA_SIG_free(sig);
}

static void sign_ed25519(const yq_key *key, yq_slice msg, uint8_t *sig64)
{
    static const uint8_t none[1];
    size_t size = 64;
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    YQ_ASSERT(ctx != NULL);
    YQ_ASSERT(EVP_DigestSignInit_ex(ctx, NULL, NULL, NULL, NULL, key->pkey, NULL) == 1);
    YQ_ASSERT(EVP_DigestSign(ctx, sig64, &size, msg.n == 0 ? none : msg.p, msg.n) == 1);
    YQ_ASSERT(size == 64);
    EVP_MD_CTX_free(ctx);
}

void yq_key_sign(const yq_key *key, yq_slice msg, uint8_t *sig64)
{
    if (key->alg == YQ_SIG_ED25519_MESSAGE) {
        sign_ed25519(key, msg, sig64);
        return;
    }
    if (key->alg == YQ_SIG_SM2_MESSAGE) {
        uint8_t e[32];
        YQ_ASSERT(yq_sm2_digest(yq_key_public(key), (yq_slice){0}, msg, e) == YQ_OK);
        sign_digest(key, e, sig64);
        return;
    }
    YQ_ASSERT(msg.n == 32);
    if (key->alg == YQ_SIG_SECP256K1_DIGEST) {
        uint8_t sig65[65];
        yq_secp256k1_sign(key->scalar, msg.p, sig65);
        memcpy(sig64, sig65, 64);
        return;
    }
    const yq_curve *curve = yq_curve_of(key->alg);
    sign_digest(key, msg.p, sig64);
    if (yq_scalar_is_high(curve, sig64 + 32)) {
        yq_scalar_negate(curve, sig64 + 32);
    }
}

void yq_key_sign_sm2_digest(const yq_key *key, const uint8_t *e, uint8_t *sig64)
{
    YQ_ASSERT(key->alg == YQ_SIG_SM2_MESSAGE);
    sign_digest(key, e, sig64);
}

void yq_key_sign_recoverable(const yq_key *key, const uint8_t *digest, uint8_t *sig65)
{
    YQ_ASSERT(key->alg == YQ_SIG_SECP256K1_DIGEST);
    yq_secp256k1_sign(key->scalar, digest, sig65);
}
