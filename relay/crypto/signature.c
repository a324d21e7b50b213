#include "relay/base/assert.h"
#include "relay/base/bytes.h"
#include "relay/crypto/crypto.h"
#include "relay/crypto/curve.h"
#include "relay/crypto/lib.h"

/*
 * The equations of ECDSA and SM2 over the library's points, rather than its one-shot verification:
 * that costs a key object a call, and answers "false" and "out of memory" alike. Everything here is
 * public, so nothing has to take constant time.
 */

static BIGNUM *number(BN_CTX *bn, const uint8_t *p, size_t n)
{
    BIGNUM *v = BN_CTX_get(bn);
    YQ_ASSERT(v != NULL && BN_bin2bn(p, (int)n, v) != NULL);
    return v;
}

/* Out: x of g * G + p * P; returns 0 for the point at infinity, which has none. */
static int combine(
    const EC_GROUP *group, const BIGNUM *g, const EC_POINT *P, const BIGNUM *p, BIGNUM *x)
{
    BN_CTX *bn = yq_lib_bn();
    EC_POINT *sum = EC_POINT_new(group);
    YQ_ASSERT(sum != NULL && EC_POINT_mul(group, sum, g, P, p, bn) == 1);
    int finite = !EC_POINT_is_at_infinity(group, sum);
    if (finite) {
        YQ_ASSERT(EC_POINT_get_affine_coordinates(group, sum, x, NULL, bn) == 1);
    }
    EC_POINT_free(sum);
    return finite;
}

/* x(e/s G + r/s P) = r mod n. The digest is no longer than the order, so none of it is cut off. */
static int ecdsa_holds(const yq_curve *curve, const EC_POINT *P, yq_slice digest, const uint8_t *rs)
{
    const EC_GROUP *group = yq_curve_group(curve);
    const BIGNUM *n = EC_GROUP_get0_order(group);
    BN_CTX *bn = yq_lib_bn();
    BN_CTX_start(bn);
    BIGNUM *e = number(bn, digest.p, digest.n);
    BIGNUM *r = number(bn, rs, curve->size);
    BIGNUM *s = number(bn, rs + curve->size, curve->size);
    BIGNUM *v = BN_CTX_get(bn);
    YQ_ASSERT(v != NULL && BN_mod_inverse(s, s, n, bn) != NULL);
    YQ_ASSERT(BN_mod_mul(e, e, s, n, bn) == 1 && BN_mod_mul(s, r, s, n, bn) == 1);
    int holds = combine(group, e, P, s, v);
    if (holds) {
        YQ_ASSERT(BN_nnmod(v, v, n, bn) == 1);
        holds = BN_cmp(v, r) == 0;
    }
    BN_CTX_end(bn);
    return holds;
}

/* e + x(s G + (r + s) P) = r mod n. */
static int sm2_holds(
    const yq_curve *curve, const EC_POINT *P, const uint8_t *e32, const uint8_t *rs)
{
    const EC_GROUP *group = yq_curve_group(curve);
    const BIGNUM *n = EC_GROUP_get0_order(group);
    BN_CTX *bn = yq_lib_bn();
    BN_CTX_start(bn);
    BIGNUM *e = number(bn, e32, 32);
    BIGNUM *r = number(bn, rs, curve->size);
    BIGNUM *s = number(bn, rs + curve->size, curve->size);
    BIGNUM *t = BN_CTX_get(bn);
    YQ_ASSERT(t != NULL && BN_mod_add(t, r, s, n, bn) == 1);
    int holds = combine(group, s, P, t, t);
    if (holds) {
        YQ_ASSERT(BN_mod_add(t, t, e, n, bn) == 1);
        holds = BN_cmp(t, r) == 0;
    }
    BN_CTX_end(bn);
    return holds;
}

static int is_sm2(uint32_t alg)
{
    return alg == YQ_SIG_SM2_MESSAGE || alg == YQ_SIG_SM2_DIGEST;
}

/* What can be said of (r, s) alone. */
static yq_status check_range(const yq_curve *curve, const yq_signature *sig)
{
    if (sig->sig.n != 2 * curve->size) {
        return YQ_E_SIG_RANGE;
    }
    const uint8_t *r = sig->sig.p, *s = sig->sig.p + curve->size;
    if (!yq_scalar_in_range(curve, r) || !yq_scalar_in_range(curve, s)) {
        return YQ_E_SIG_RANGE;
    }
    if (is_sm2(sig->alg)) {
        uint8_t other[YQ_SCALAR_SIZE_MAX];
        memcpy(other, s, curve->size);
        yq_scalar_negate(curve, other);
        return memcmp(r, other, curve->size) == 0 ? YQ_E_SIG_RANGE : YQ_OK;
    }
    if ((sig->flags & YQ_SIG_FLAG_LOW_S) != 0 && yq_scalar_is_high(curve, s)) {
        return YQ_E_SIG_HIGH_S;
    }
    return YQ_OK;
}

static int digest_size_fits(const yq_signature *sig)
{
    return sig->alg == YQ_SIG_SM2_MESSAGE || sig->msg.n == 32 ||
           (sig->alg == YQ_SIG_P384_DIGEST && sig->msg.n == 48);
}

static yq_status check_sm2(const yq_curve *curve, const yq_signature *sig, const EC_POINT *point)
{
    uint8_t e[32];
    if (sig->alg == YQ_SIG_SM2_DIGEST) {
        memcpy(e, sig->msg.p, sizeof e);
    } else {
        yq_status status = yq_sm2_digest(sig->key, sig->id, sig->msg, e);
        if (status != YQ_OK) {
            return status;
        }
    }
    return sm2_holds(curve, point, e, sig->sig.p) ? YQ_OK : YQ_E_SIG;
}

yq_status yq_signature_check(const yq_signature *sig)
{
    const yq_curve *curve = yq_curve_of(sig->alg);
    unsigned known_flags = curve == NULL || is_sm2(sig->alg) ? 0 : YQ_SIG_FLAG_LOW_S;
    if ((curve == NULL && sig->alg != YQ_SIG_ED25519_MESSAGE) || (sig->flags & ~known_flags) != 0) {
        return YQ_E_FIELD_UNKNOWN;
    }
    if (curve == NULL) {
        return yq_ed25519_check(sig);
    }
    yq_status status = check_range(curve, sig);
    if (status != YQ_OK) {
        return status;
    }
    if (!digest_size_fits(sig)) {
        return YQ_E_SIG_RANGE;
    }
    if (sig->alg == YQ_SIG_SECP256K1_DIGEST) {
        return yq_secp256k1_check(sig->key, sig->msg.p, sig->sig.p);
    }
    EC_POINT *point;
    status = yq_curve_point(curve, sig->key, &point);
    if (status != YQ_OK) {
        return status;
    }
    if (is_sm2(sig->alg)) {
        status = check_sm2(curve, sig, point);
    } else {
        status = ecdsa_holds(curve, point, sig->msg, sig->sig.p) ? YQ_OK : YQ_E_SIG;
    }
    EC_POINT_free(point);
    return status;
}

yq_status yq_public_key_check(uint32_t alg, yq_slice key)
{
    const yq_curve *curve = yq_curve_of(alg);
    if (curve == NULL) {
        return alg == YQ_SIG_ED25519_MESSAGE ? yq_ed25519_key_check(key) : YQ_E_FIELD_UNKNOWN;
    }
    if (alg == YQ_SIG_SECP256K1_DIGEST) {
        return yq_secp256k1_key_check(key);
    }
    EC_POINT *point;
    yq_status status = yq_curve_point(curve, key, &point);
    if (status == YQ_OK) {
        EC_POINT_free(point);
    }
    return status;
}
