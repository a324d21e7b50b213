#ifndef YQ_RELAY_CRYPTO_CURVE_H
#define YQ_RELAY_CRYPTO_CURVE_H

#include "yuqiao/types.h"

#include <openssl/ec.h>

/* The largest coordinate or scalar: P-384. */
#define YQ_SCALAR_SIZE_MAX 48u

/* A Weierstrass curve of prime order with its limits as big-endian bytes of its size. */
typedef struct yq_curve {
    size_t size;      /* of a coordinate and of a scalar */
    const char *name; /* the library's */
    int nid;
    uint8_t prime[YQ_SCALAR_SIZE_MAX];
    uint8_t order[YQ_SCALAR_SIZE_MAX];
} yq_curve;

/* Returns the curve of a signature algorithm, NULL for Ed25519 and unknown ones. */
const yq_curve *yq_curve_of(uint32_t alg);

/* The library's group; shared by all threads, read only. */
const EC_GROUP *yq_curve_group(const yq_curve *curve);

/* Big-endian bytes of the same size: -1, 0, 1. For public values. */
int yq_be_compare(const uint8_t *a, const uint8_t *b, size_t size);

/* Returns 1 when the scalar is in [1, order - 1]. */
int yq_scalar_in_range(const yq_curve *curve, const uint8_t *scalar);

/* Returns 1 when the scalar is above order / 2. */
int yq_scalar_is_high(const yq_curve *curve, const uint8_t *scalar);

/* Replaces the scalar (in range) by order - scalar. */
void yq_scalar_negate(const yq_curve *curve, uint8_t *scalar);

/* Out: point, which the caller frees on OK. Errors: E_KEY_POINT: size, a coordinate >= prime, not
 * on the curve. */
YQ_NODISCARD yq_status yq_curve_point(const yq_curve *curve, yq_slice key, EC_POINT **point);

/* e of SM2 over a message: SM3(Z || msg), Z of (id, key); an empty id stands for the default one.
 * In: key of 64 bytes. Errors: E_LIMIT: the id's bits do not fit in 16. */
YQ_NODISCARD yq_status yq_sm2_digest(yq_slice key, yq_slice id, yq_slice msg, uint8_t *e);

/* secp256k1, by libsecp256k1. In: key x || y or compressed (E_KEY_POINT for any other size), r and
 * s in range. */
#define YQ_SECP256K1_COMPRESSED_SIZE 33u
YQ_NODISCARD yq_status
yq_secp256k1_check(yq_slice key, const uint8_t *digest, const uint8_t *sig64);
YQ_NODISCARD yq_status yq_secp256k1_key_check(yq_slice key);
void yq_secp256k1_sign(const uint8_t *scalar, const uint8_t *digest, uint8_t *sig65);

/* Ed25519. Errors of the key check: E_KEY_POINT: not canonical, of small order, or no point. */
YQ_NODISCARD yq_status yq_ed25519_check(const yq_signature *sig);
YQ_NODISCARD yq_status yq_ed25519_key_check(yq_slice key);

#endif /* YQ_RELAY_CRYPTO_CURVE_H */
