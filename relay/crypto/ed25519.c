#include "relay/base/assert.h"
#include "relay/base/bytes.h"
#include "relay/crypto/curve.h"
#include "relay/crypto/lib.h"

/* Little-endian, as the algorithm's encodings are. */
static const uint8_t prime[32] = {0xed, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                                  0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                                  0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f};
static const uint8_t order[32] = {0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7,
                                  0xa2, 0xde, 0xf9, 0xde, 0x14, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
                                  0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x10};

/* y of the points whose order divides 8: of order 4, 1, 2 and (two) 8. With such a key one
 * signature fits many messages. */
static const uint8_t small_y[5][32] = {
    {0},
    {1},
    {0xec, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
     0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
     0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f},
    {0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4,
     0x89, 0xf2, 0xef, 0x98, 0xf0, 0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6,
     0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05},
    {0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b,
     0x76, 0x0d, 0x10, 0x67, 0x0f, 0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39,
     0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a}};

/* d of the curve -x^2 + y^2 = 1 + d x^2 y^2. */
static const uint8_t curve_d[32] = {
    0xa3, 0x78, 0x59, 0x13, 0xca, 0x4d, 0xeb, 0x75, 0xab, 0xd8, 0x41, 0x41, 0x4d, 0x0a, 0x70, 0x00,
    0x98, 0xe8, 0x79, 0x77, 0x79, 0x40, 0xc7, 0x8c, 0x73, 0xfe, 0x6f, 0x2b, 0xee, 0x6c, 0x03, 0x52};

static int below(const uint8_t *a, const uint8_t *limit)
{
    for (size_t i = 32; i-- > 0;) {
        if (a[i] != limit[i]) {
            return a[i] < limit[i];
        }
    }
    return 0;
}

/* Everything but whether y belongs to a point. */
static yq_status check_form(yq_slice key)
{
    if (key.n != 32) {
        return YQ_E_KEY_POINT;
    }
    uint8_t y[32];
    memcpy(y, key.p, sizeof y);
    y[31] &= 0x7f;
    if (!below(y, prime)) {
        return YQ_E_KEY_POINT;
    }
    for (size_t i = 0; i < YQ_ARRAY_N(small_y); i++) {
        if (memcmp(y, small_y[i], sizeof y) == 0) {
            return YQ_E_KEY_POINT;
        }
    }
    return YQ_OK;
}

/* Whether x^2 = (y^2 - 1) / (d y^2 + 1) has a root: then the product of the two has one. */
static int has_x(const uint8_t *key)
{
    uint8_t y_bytes[32];
    memcpy(y_bytes, key, sizeof y_bytes);
    y_bytes[31] &= 0x7f;
    BN_CTX *bn = yq_lib_bn();
    BN_CTX_start(bn);
    BIGNUM *p = BN_CTX_get(bn);
    BIGNUM *d = BN_CTX_get(bn);
    BIGNUM *u = BN_CTX_get(bn);
    BIGNUM *v = BN_CTX_get(bn);
    YQ_ASSERT(v != NULL && BN_lebin2bn(prime, 32, p) != NULL);
    YQ_ASSERT(BN_lebin2bn(curve_d, 32, d) != NULL && BN_lebin2bn(y_bytes, 32, u) != NULL);
    YQ_ASSERT(BN_mod_sqr(u, u, p, bn) == 1 && BN_mod_mul(v, u, d, p, bn) == 1);
    YQ_ASSERT(BN_sub_word(u, 1) == 1 && BN_add_word(v, 1) == 1);
    YQ_ASSERT(BN_mod_mul(u, u, v, p, bn) == 1);
    int symbol = BN_kronecker(u, p, bn);
    YQ_ASSERT(symbol >= -1);
    BN_CTX_end(bn);
    return symbol != -1;
}

yq_status yq_ed25519_key_check(yq_slice key)
{
    yq_status status = check_form(key);
    if (status != YQ_OK) {
        return status;
    }
    return has_x(key.p) ? YQ_OK : YQ_E_KEY_POINT;
}

static int holds(const yq_signature *sig)
{
    yq_lib_forget_errors();
    EVP_PKEY *key = EVP_PKEY_new_raw_public_key_ex(NULL, "ED25519", NULL, sig->key.p, sig->key.n);
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    YQ_ASSERT(key != NULL && ctx != NULL);
    YQ_ASSERT(EVP_DigestVerifyInit_ex(ctx, NULL, NULL, NULL, NULL, key, NULL) == 1);
    static const uint8_t none[1];
    const uint8_t *msg = sig->msg.n == 0 ? none : sig->msg.p;
    int good = EVP_DigestVerify(ctx, sig->sig.p, sig->sig.n, msg, sig->msg.n);
    yq_lib_expect_no_failure();
    EVP_MD_CTX_free(ctx);
    EVP_PKEY_free(key);
    return good == 1;
}

yq_status yq_ed25519_check(const yq_signature *sig)
{
    if (sig->sig.n != 64 || yq_bytes_are_zero(sig->sig.p + 32, 32) ||
        !below(sig->sig.p + 32, order)) {
        return YQ_E_SIG_RANGE;
    }
    yq_status status = check_form(sig->key);
    if (status != YQ_OK) {
        return status;
    }
    if (holds(sig)) {
        return YQ_OK;
    }
    /* The library says no more than "false"; that a key is no point costs only the failing call. */
    return has_x(sig->key.p) ? YQ_E_SIG : YQ_E_KEY_POINT;
}
