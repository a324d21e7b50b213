#include "relay/base/bytes.h"
#include "relay/crypto/crypto.h"
#include "relay/crypto/curve.h"

#include <criterion/criterion.h>
#include <openssl/bn.h>
#include <openssl/obj_mac.h>

/* A key and a signature as text, to be changed by the tests. */
typedef struct sample {
    uint8_t key[96], msg[64], sig[96];
    yq_signature sig_;
} sample;

static size_t from_hex(uint8_t *out, size_t cap, const char *hex)
{
    yq_buf buf = {out, cap, 0};
    cr_assert_eq(yq_hex_decode(&buf, hex, strlen(hex)), YQ_OK);
    return buf.n;
}

static sample sample_of(uint16_t alg, const char *key, const char *msg, const char *sig)
{
    sample s = {.sig_ = {.alg = alg}};
    s.sig_.key.n = from_hex(s.key, sizeof s.key, key);
    s.sig_.msg.n = from_hex(s.msg, sizeof s.msg, msg);
    s.sig_.sig.n = from_hex(s.sig, sizeof s.sig, sig);
    return s;
}

static yq_status check(sample *s)
{
    s->sig_.key.p = s->key;
    s->sig_.msg.p = s->msg;
    s->sig_.sig.p = s->sig;
    return yq_signature_check(&s->sig_);
}

/* GB/T 32918.5, example of a signature on the recommended curve, "message digest". */
static sample sm2_sample(void)
{
    return sample_of(
        YQ_SIG_SM2_MESSAGE,
        "09f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020"
        "ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13",
        "6d65737361676520646967657374",
        "f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3"
        "b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa");
}

/* RFC 6979, A.2.5, SHA-256, "sample". */
static sample p256_sample(void)
{
    return sample_of(
        YQ_SIG_P256_DIGEST,
        "60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6"
        "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299",
        "af2bdbe1aa9b6ec1e2ade1d694f41fc71a831d0268e9891562113d8a62add1bf",
        "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716"
        "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8");
}

/* RFC 6979, A.2.6, SHA-384, "sample". */
static sample p384_sample(void)
{
    return sample_of(
        YQ_SIG_P384_DIGEST,
        "ec3a4e415b4e19a4568618029f427fa5da9a8bc4ae92e02e06aae5286b300c64def8f0ea9055866064a2545154"
        "80bc13"
        "8015d9b72d7d57244ea8ef9ac0c621896708a59367f9dfb9f54ca84b3f1c9db1288b231c3ae0d4fe7344fd2533"
        "264720",
        "9a9083505bc92276aec4be312696ef7bf3bf603f4bbd381196a029f340585312313bca4a9b5b890efee42c77b1"
        "ee25fe",
        "94edbb92a5ecb8aad4736e56c691916b3f88140666ce9fa73d64c4ea95ad133c81a648152e44acf96e36dd1e80"
        "fabe46"
        "99ef4aeb15f178cea1fe40db2603138f130e740a19624526203b6351d0a3a94fa329c145786e679e7b82c71a38"
        "628ac8");
}

/* RFC 8032, 7.1, test 3. */
static sample ed25519_sample(void)
{
    return sample_of(
        YQ_SIG_ED25519_MESSAGE,
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
        "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a");
}

static sample made_sample(yq_sig_alg alg)
{
    yq_key *key = yq_key_derive(alg, yq_slice_text("test_signature"), "signer");
    sample s = {.sig_ = {.alg = (uint16_t)alg, .key.n = 64, .msg.n = 32, .sig.n = 64}};
    memcpy(s.key, yq_key_public(key).p, 64);
    yq_hash_one(YQ_HASH_SM3, yq_slice_text("message"), s.msg);
    if (alg == YQ_SIG_SM2_MESSAGE) {
        s.sig_.alg = YQ_SIG_SM2_DIGEST;
        yq_key_sign_sm2_digest(key, s.msg, s.sig);
    } else {
        yq_key_sign(key, yq_slice_of(s.msg, 32), s.sig);
    }
    yq_key_free(key);
    return s;
}

static sample secp256k1_sample(void)
{
    return made_sample(YQ_SIG_SECP256K1_DIGEST);
}

/* The same signature under the key's compressed form. */
static sample secp256k1_compressed_sample(void)
{
    sample s = secp256k1_sample();
    uint8_t head = (uint8_t)(2 + (s.key[63] & 1));
    memmove(s.key + 1, s.key, 32);
    s.key[0] = head;
    s.sig_.key.n = 33;
    return s;
}

static sample sm2_digest_sample(void)
{
    return made_sample(YQ_SIG_SM2_MESSAGE);
}

static sample (*const samples[])(void) = {
    sm2_sample,
    sm2_digest_sample,
    p256_sample,
    p384_sample,
    secp256k1_sample,
    secp256k1_compressed_sample,
    ed25519_sample};

Test(signature, published_vectors_verify)
{
    for (size_t i = 0; i < YQ_ARRAY_N(samples); i++) {
        sample s = samples[i]();
        cr_expect_eq(check(&s), YQ_OK, "sample %zu", i);
    }
}

Test(signature, every_changed_bit_is_refused)
{
    for (size_t i = 0; i < YQ_ARRAY_N(samples); i++) {
        sample s = samples[i]();
        uint8_t *part[] = {s.key, s.msg, s.sig};
        const size_t size[] = {s.sig_.key.n, s.sig_.msg.n, s.sig_.sig.n};
        for (size_t j = 0; j < 3; j++) {
            for (size_t at = 0; at < size[j]; at++) {
                part[j][at] ^= (uint8_t)(1u << at % 8);
                yq_status status = check(&s);
                cr_expect(
                    status == YQ_E_SIG || (j == 0 && status == YQ_E_KEY_POINT) ||
                        (j == 2 && status == YQ_E_SIG_RANGE),
                    "sample %zu part %zu byte %zu: %d",
                    i,
                    j,
                    at,
                    (int)status);
                part[j][at] ^= (uint8_t)(1u << at % 8);
            }
        }
        cr_expect_eq(check(&s), YQ_OK);
    }
}

Test(signature, every_wrong_size_is_refused)
{
    for (size_t i = 0; i < YQ_ARRAY_N(samples); i++) {
        sample s = samples[i]();
        size_t key_n = s.sig_.key.n, sig_n = s.sig_.sig.n, msg_n = s.sig_.msg.n;
        for (size_t n = 0; n <= 96; n++) {
            s.sig_.key.n = n;
            cr_expect_eq(check(&s), n == key_n ? YQ_OK : YQ_E_KEY_POINT);
        }
        s.sig_.key.n = key_n;
        for (size_t n = 0; n <= 96; n++) {
            s.sig_.sig.n = n;
            cr_expect_eq(check(&s), n == sig_n ? YQ_OK : YQ_E_SIG_RANGE);
        }
        s.sig_.sig.n = sig_n;
        int digest = s.sig_.alg != YQ_SIG_SM2_MESSAGE && s.sig_.alg != YQ_SIG_ED25519_MESSAGE;
        for (size_t n = 0; n <= 64; n++) {
            s.sig_.msg.n = n;
            int fits = !digest || n == 32 || (n == 48 && s.sig_.alg == YQ_SIG_P384_DIGEST);
            cr_expect_eq(check(&s), n == msg_n ? YQ_OK : fits ? YQ_E_SIG : YQ_E_SIG_RANGE);
        }
    }
}

Test(signature, an_empty_slice_may_have_no_bytes)
{
    for (size_t i = 0; i < YQ_ARRAY_N(samples); i++) {
        yq_signature none = {.alg = samples[i]().sig_.alg};
        cr_expect_eq(yq_signature_check(&none), YQ_E_SIG_RANGE);
        sample s = samples[i]();
        s.sig_.key.n = 0;
        cr_expect_eq(check(&s), YQ_E_KEY_POINT);
    }
    /* RFC 8032, 7.1, test 1: the empty message. */
    sample s = sample_of(
        YQ_SIG_ED25519_MESSAGE,
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555"
        "fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b");
    cr_expect_eq(check(&s), YQ_OK);
    s.sig_.msg.p = NULL;
    cr_expect_eq(yq_signature_check(&s.sig_), YQ_OK);
}

Test(signature, unknown_algorithms_and_flags)
{
    const uint16_t unknown[] = {0, 7, 100, UINT16_MAX};
    sample s = sm2_sample();
    for (size_t i = 0; i < YQ_ARRAY_N(unknown); i++) {
        s.sig_.alg = unknown[i];
        cr_expect_eq(check(&s), YQ_E_FIELD_UNKNOWN);
        cr_expect_eq(yq_public_key_check(unknown[i], s.sig_.key), YQ_E_FIELD_UNKNOWN);
    }
    for (size_t i = 0; i < YQ_ARRAY_N(samples); i++) {
        s = samples[i]();
        s.sig_.flags = 2;
        cr_expect_eq(check(&s), YQ_E_FIELD_UNKNOWN);
    }
    s = sm2_sample();
    s.sig_.flags = YQ_SIG_FLAG_LOW_S;
    cr_expect_eq(check(&s), YQ_E_FIELD_UNKNOWN);
    s = ed25519_sample();
    s.sig_.flags = YQ_SIG_FLAG_LOW_S;
    cr_expect_eq(check(&s), YQ_E_FIELD_UNKNOWN);
}

static void add_one(uint8_t *be, size_t size)
{
    while (size-- > 0 && ++be[size] == 0) {
    }
}

Test(signature, r_and_s_lie_between_one_and_n_less_one)
{
    for (size_t i = 0; i < YQ_ARRAY_N(samples); i++) {
        sample s = samples[i]();
        const yq_curve *curve = yq_curve_of(s.sig_.alg);
        if (curve == NULL) {
            continue;
        }
        for (size_t half = 0; half < 2; half++) {
            uint8_t *scalar = s.sig + half * curve->size, kept[YQ_SCALAR_SIZE_MAX];
            memcpy(kept, scalar, curve->size);
            memset(scalar, 0, curve->size);
            cr_expect_eq(check(&s), YQ_E_SIG_RANGE);
            scalar[curve->size - 1] = 1;
            cr_expect_eq(check(&s), YQ_E_SIG);
            memcpy(scalar, curve->order, curve->size);
            cr_expect_eq(check(&s), YQ_E_SIG_RANGE);
            scalar[curve->size - 1]--;
            cr_expect_eq(check(&s), YQ_E_SIG);
            /* kept + n fits where the order is not close to 2^size: then it is the same residue. */
            memcpy(scalar, curve->order, curve->size);
            add_one(scalar, curve->size);
            cr_expect_eq(check(&s), YQ_E_SIG_RANGE);
            memset(scalar, 0xff, curve->size);
            cr_expect_eq(check(&s), YQ_E_SIG_RANGE);
            memcpy(scalar, kept, curve->size);
        }
        cr_expect_eq(check(&s), YQ_OK);
    }
}

Test(signature, sm2_refuses_r_plus_s_of_zero)
{
    sample s = sm2_digest_sample();
    memcpy(s.sig + 32, s.sig, 32);
    yq_scalar_negate(yq_curve_of(YQ_SIG_SM2_DIGEST), s.sig + 32);
    cr_expect_eq(check(&s), YQ_E_SIG_RANGE);
    /* With t = 0 the key would not enter the equation: r = e + x(s G) would fit any key. */
    s = sm2_sample();
    memcpy(s.sig + 32, s.sig, 32);
    yq_scalar_negate(yq_curve_of(YQ_SIG_SM2_DIGEST), s.sig + 32);
    cr_expect_eq(check(&s), YQ_E_SIG_RANGE);
}

/* With the base point as key: e / s + r / s = 0 for e = n - r, and s + (r + s) = 0 for r = n - 2 s:
 * the sum is the point at infinity, which has no x to compare. */
Test(signature, the_point_at_infinity_is_refused)
{
    const yq_sig_alg algs[] = {YQ_SIG_SM2_MESSAGE, YQ_SIG_P256_DIGEST, YQ_SIG_SECP256K1_DIGEST};
    for (size_t i = 0; i < YQ_ARRAY_N(algs); i++) {
        uint8_t one[32] = {[31] = 1}, msg[32] = {[31] = 1}, sig[64] = {[63] = 1};
        yq_key *key = yq_key_from_scalar(algs[i], one);
        yq_signature s = {
            .alg = algs[i] == YQ_SIG_SM2_MESSAGE ? YQ_SIG_SM2_DIGEST : (uint16_t)algs[i],
            .key = yq_key_public(key),
            .msg = {msg, sizeof msg},
            .sig = {sig, sizeof sig}};
        sig[31] = s.alg == YQ_SIG_SM2_DIGEST ? 2 : 1;
        yq_scalar_negate(yq_curve_of(s.alg), sig);
        cr_expect_eq(yq_signature_check(&s), YQ_E_SIG);
        yq_key_free(key);
    }
}

Test(signature, low_s_is_the_callers_rule)
{
    sample (*const with_rule[])(void) = {p256_sample, secp256k1_sample, p384_sample};
    for (size_t i = 0; i < YQ_ARRAY_N(with_rule); i++) {
        sample s = with_rule[i]();
        const yq_curve *curve = yq_curve_of(s.sig_.alg);
        uint8_t *low = s.sig + curve->size;
        if (yq_scalar_is_high(curve, low)) {
            yq_scalar_negate(curve, low);
        }
        cr_expect_eq(check(&s), YQ_OK);
        s.sig_.flags = YQ_SIG_FLAG_LOW_S;
        cr_expect_eq(check(&s), YQ_OK);
        yq_scalar_negate(curve, low);
        cr_expect_eq(check(&s), YQ_E_SIG_HIGH_S);
        s.sig_.flags = 0;
        cr_expect_eq(check(&s), YQ_OK);
    }
}

Test(signature, half_of_the_order_is_the_limit_of_low)
{
    const uint16_t algs[] = {YQ_SIG_P256_DIGEST, YQ_SIG_SECP256K1_DIGEST, YQ_SIG_P384_DIGEST};
    for (size_t i = 0; i < YQ_ARRAY_N(algs); i++) {
        const yq_curve *curve = yq_curve_of(algs[i]);
        uint8_t half[YQ_SCALAR_SIZE_MAX];
        unsigned carry = 0;
        for (size_t at = 0; at < curve->size; at++) {
            half[at] = (uint8_t)(carry << 7 | curve->order[at] >> 1);
            carry = curve->order[at] & 1u;
        }
        cr_expect_eq(yq_scalar_is_high(curve, half), 0);
        add_one(half, curve->size);
        cr_expect_eq(yq_scalar_is_high(curve, half), 1);
    }
}

Test(signature, the_limits_are_the_curves)
{
    const struct {
        uint16_t alg;
        int nid;
    } all[] = {
        {YQ_SIG_SM2_MESSAGE, NID_sm2},
        {YQ_SIG_P256_DIGEST, NID_X9_62_prime256v1},
        {YQ_SIG_SECP256K1_DIGEST, NID_secp256k1},
        {YQ_SIG_P384_DIGEST, NID_secp384r1}};
    for (size_t i = 0; i < YQ_ARRAY_N(all); i++) {
        const yq_curve *curve = yq_curve_of(all[i].alg);
        EC_GROUP *group = EC_GROUP_new_by_curve_name(all[i].nid);
        BIGNUM *prime = BN_new();
        uint8_t bytes[YQ_SCALAR_SIZE_MAX];
        cr_assert_eq(EC_GROUP_get_curve(group, prime, NULL, NULL, NULL), 1);
        cr_assert_eq(BN_bn2binpad(prime, bytes, (int)curve->size), (int)curve->size);
        cr_expect_eq(memcmp(bytes, curve->prime, curve->size), 0);
        cr_assert_eq(
            BN_bn2binpad(EC_GROUP_get0_order(group), bytes, (int)curve->size), (int)curve->size);
        cr_expect_eq(memcmp(bytes, curve->order, curve->size), 0);
        BN_free(prime);
        EC_GROUP_free(group);
    }
}

Test(signature, compressed_keys_that_are_no_points)
{
    sample s = secp256k1_compressed_sample();
    const yq_curve *curve = yq_curve_of(s.sig_.alg);
    uint8_t x[32], head = s.key[0];
    memcpy(x, s.key + 1, sizeof x);
    s.sig_.key.p = s.key;
    for (unsigned first = 0; first < 256; first++) {
        s.key[0] = (uint8_t)first;
        yq_status expected = first == 2 || first == 3 ? YQ_OK : YQ_E_KEY_POINT;
        cr_expect_eq(yq_public_key_check(s.sig_.alg, s.sig_.key), expected, "%u", first);
    }
    s.key[0] = head;
    memcpy(s.key + 1, curve->prime, 32);
    cr_expect_eq(yq_public_key_check(s.sig_.alg, s.sig_.key), YQ_E_KEY_POINT);
    memset(s.key + 1, 0, 32);
    s.key[32] = 5; /* 5^3 + 7 is no square */
    cr_expect_eq(yq_public_key_check(s.sig_.alg, s.sig_.key), YQ_E_KEY_POINT);
    memcpy(s.key + 1, x, 32);
    cr_expect_eq(check(&s), YQ_OK);
}

Test(signature, keys_that_are_no_points)
{
    for (size_t i = 0; i < YQ_ARRAY_N(samples); i++) {
        sample s = samples[i]();
        const yq_curve *curve = yq_curve_of(s.sig_.alg);
        s.sig_.key.p = s.key;
        cr_expect_eq(yq_public_key_check(s.sig_.alg, s.sig_.key), YQ_OK);
        if (curve == NULL || s.sig_.key.n != 2 * curve->size) {
            continue;
        }
        /* Off the curve; the point at infinity as zeros; coordinates that are only congruent. */
        s.key[2 * curve->size - 1] ^= 1;
        cr_expect_eq(check(&s), YQ_E_KEY_POINT);
        cr_expect_eq(yq_public_key_check(s.sig_.alg, s.sig_.key), YQ_E_KEY_POINT);
        memset(s.key, 0, sizeof s.key);
        cr_expect_eq(check(&s), YQ_E_KEY_POINT);
        s = samples[i]();
        for (size_t half = 0; half < 2; half++) {
            memcpy(s.key + half * curve->size, curve->prime, curve->size);
            cr_expect_eq(check(&s), YQ_E_KEY_POINT);
            memset(s.key + half * curve->size, 0xff, curve->size);
            cr_expect_eq(check(&s), YQ_E_KEY_POINT);
            s = samples[i]();
        }
        s.sig_.key = (yq_slice){s.key, 2 * curve->size - 1};
        cr_expect_eq(yq_public_key_check(s.sig_.alg, s.sig_.key), YQ_E_KEY_POINT);
    }
}

/* y^2 = x^3 + a x + b for some small x; then x + p is the same residue and fits in 256 bits on SM2
 * (p is 2^256 - 2^224 - ...), yet must not be another name of the same key. */
Test(signature, a_coordinate_above_the_prime_is_refused)
{
    const yq_curve *curve = yq_curve_of(YQ_SIG_SM2_MESSAGE);
    EC_GROUP *group = EC_GROUP_new_by_curve_name(NID_sm2);
    EC_POINT *point = EC_POINT_new(group);
    BIGNUM *x = BN_new(), *y = BN_new(), *prime = BN_new();
    BN_CTX *bn = BN_CTX_new();
    cr_assert_eq(EC_GROUP_get_curve(group, prime, NULL, NULL, bn), 1);
    unsigned small = 1;
    while (BN_set_word(x, small) == 1 &&
           EC_POINT_set_compressed_coordinates(group, point, x, 0, bn) != 1) {
        small++;
        cr_assert_lt(small, 100);
    }
    uint8_t key[64];
    cr_assert_eq(EC_POINT_get_affine_coordinates(group, point, x, y, bn), 1);
    BN_bn2binpad(x, key, 32);
    BN_bn2binpad(y, key + 32, 32);
    cr_expect_eq(yq_public_key_check(YQ_SIG_SM2_MESSAGE, yq_slice_of(key, 64)), YQ_OK);
    BN_add(x, x, prime);
    cr_assert_eq(BN_bn2binpad(x, key, 32), 32);
    cr_assert_gt(yq_be_compare(key, curve->prime, 32), 0);
    cr_expect_eq(yq_public_key_check(YQ_SIG_SM2_MESSAGE, yq_slice_of(key, 64)), YQ_E_KEY_POINT);
    /* The point with y = 1. */
    from_hex(key, 32, "9c17043effe1a805a74a9a5e70b9d659705d3242094a566dc016f49311178d1f");
    memset(key + 32, 0, 32);
    key[63] = 1;
    cr_expect_eq(yq_public_key_check(YQ_SIG_SM2_MESSAGE, yq_slice_of(key, 64)), YQ_OK);
    memcpy(key + 32, curve->prime, 32);
    add_one(key + 32, 32);
    cr_expect_eq(yq_public_key_check(YQ_SIG_SM2_MESSAGE, yq_slice_of(key, 64)), YQ_E_KEY_POINT);
    BN_free(x);
    BN_free(y);
    BN_free(prime);
    BN_CTX_free(bn);
    EC_POINT_free(point);
    EC_GROUP_free(group);
}

Test(signature, sm2_identities)
{
    sample s = sm2_sample();
    s.sig_.id = yq_slice_text("1234567812345678");
    cr_expect_eq(check(&s), YQ_OK);
    s.sig_.id = yq_slice_text("1234567812345679");
    cr_expect_eq(check(&s), YQ_E_SIG);
    static uint8_t longest[8192];
    uint8_t e[32];
    s.sig_.id = yq_slice_of(longest, 8191);
    cr_expect_eq(check(&s), YQ_E_SIG);
    s.sig_.id = yq_slice_of(longest, 8192);
    cr_expect_eq(check(&s), YQ_E_LIMIT);
    /* The sample's e as the standard prints it. */
    s = sm2_sample();
    cr_assert_eq(
        yq_sm2_digest(yq_slice_of(s.key, 64), (yq_slice){0}, yq_slice_of(s.msg, 14), e), YQ_OK);
    uint8_t want[32];
    from_hex(want, 32, "f0b43e94ba45accaace692ed534382eb17e6ab5a19ce7b31f4486fdfc0d28640");
    cr_expect_eq(memcmp(e, want, 32), 0);
    s.sig_.alg = YQ_SIG_SM2_DIGEST;
    memcpy(s.msg, want, 32);
    s.sig_.msg.n = 32;
    cr_expect_eq(check(&s), YQ_OK);
}

Test(signature, p384_takes_a_digest_of_32_bytes)
{
    /* RFC 6979, A.2.6, SHA-256, "sample". */
    sample s = p384_sample();
    s.sig_.msg.n =
        from_hex(s.msg, 32, "af2bdbe1aa9b6ec1e2ade1d694f41fc71a831d0268e9891562113d8a62add1bf");
    from_hex(
        s.sig,
        96,
        "21b13d1e013c7fa1392d03c5f99af8b30c570c6f98d4ea8e354b63a21d3daa33bde1e888e63355d92fa2b3c36d"
        "8fb2cd"
        "f3aa443fb107745bf4bd77cb3891674632068a10ca67e3d45db2266fa7d1feebefdc63eccd1ac42ec0cb8668a4"
        "fa0ab0");
    cr_expect_eq(check(&s), YQ_OK);
}

Test(signature, ed25519_scalar_is_below_the_order)
{
    static const uint8_t order[32] = {
        0xed,
        0xd3,
        0xf5,
        0x5c,
        0x1a,
        0x63,
        0x12,
        0x58,
        0xd6,
        0x9c,
        0xf7,
        0xa2,
        0xde,
        0xf9,
        0xde,
        0x14,
        [31] = 0x10};
    sample s = ed25519_sample();
    unsigned carry = 0;
    for (size_t i = 0; i < 32; i++) {
        carry += (unsigned)s.sig[32 + i] + order[i];
        s.sig[32 + i] = (uint8_t)carry;
        carry >>= 8;
    }
    cr_expect_eq(check(&s), YQ_E_SIG_RANGE); /* s + n: the equation would hold */
    memcpy(s.sig + 32, order, 32);
    cr_expect_eq(check(&s), YQ_E_SIG_RANGE);
    s.sig[32]--;
    cr_expect_eq(check(&s), YQ_E_SIG);
    memset(s.sig + 32, 0, 32);
    cr_expect_eq(check(&s), YQ_E_SIG_RANGE);
}

Test(signature, ed25519_keys_of_small_order_and_not_canonical)
{
    static const char *const bad[] = {
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0000000000000000000000000000000000000000000000000000000000000080",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000080",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "f0ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"};
    sample s = ed25519_sample();
    for (size_t i = 0; i < YQ_ARRAY_N(bad); i++) {
        from_hex(s.key, 32, bad[i]);
        cr_expect_eq(check(&s), YQ_E_KEY_POINT, "%s", bad[i]);
        cr_expect_eq(yq_public_key_check(s.sig_.alg, s.sig_.key), YQ_E_KEY_POINT, "%s", bad[i]);
    }
    /* y = 2 belongs to no point. */
    memset(s.key, 0, 32);
    s.key[0] = 2;
    cr_expect_eq(check(&s), YQ_E_KEY_POINT);
    cr_expect_eq(yq_public_key_check(s.sig_.alg, s.sig_.key), YQ_E_KEY_POINT);
    /* y = 3 does. */
    s.key[0] = 3;
    cr_expect_eq(check(&s), YQ_E_SIG);
    cr_expect_eq(yq_public_key_check(s.sig_.alg, s.sig_.key), YQ_OK);
    cr_expect_eq(
        yq_public_key_check(YQ_SIG_ED25519_MESSAGE, yq_slice_of(s.key, 31)), YQ_E_KEY_POINT);
}

/* With the key of order 1 and R = s G, a signature without check of the key fits every message. */
Test(signature, ed25519_forgery_with_the_identity_key)
{
    sample s = ed25519_sample();
    memset(s.key, 0, 32);
    s.key[0] = 1;
    /* R = G, s = 1. */
    from_hex(s.sig, 32, "5866666666666666666666666666666666666666666666666666666666666666");
    memset(s.sig + 32, 0, 32);
    s.sig[32] = 1;
    cr_expect_eq(check(&s), YQ_E_KEY_POINT);
}

Test(recover, finds_the_signer)
{
    yq_key *key =
        yq_key_derive(YQ_SIG_SECP256K1_DIGEST, yq_slice_text("test_signature"), "recover");
    uint8_t digest[32], sig[65], found[64];
    unsigned seen = 0;
    for (uint8_t i = 0; i < 32; i++) {
        yq_hash_one(YQ_HASH_KECCAK256, (yq_slice){&i, 1}, digest);
        yq_key_sign_recoverable(key, digest, sig);
        cr_assert_leq(sig[64], 3);
        seen |= 1u << sig[64];
        cr_assert_eq(yq_secp256k1_recover(digest, sig, found), YQ_OK);
        cr_assert_eq(memcmp(found, yq_key_public(key).p, 64), 0);
        sig[64] ^= 1;
        yq_status status = yq_secp256k1_recover(digest, sig, found);
        cr_assert(status == YQ_E_SIG || memcmp(found, yq_key_public(key).p, 64) != 0);
    }
    cr_expect_eq(seen & 3u, 3u, "both recovery ids occurred");
    yq_key_free(key);
}

/* The signature of the example transaction of EIP-155 (nonce 9, gas price 20 gwei, chain 1), whose
 * sender has the private key of 32 bytes 0x46. */
Test(recover, eip155_example)
{
    uint8_t digest[32], sig[65], found[64], address[32], scalar[32];
    from_hex(digest, 32, "daf5a779ae972f972197303d7b574746c7ef83eadac0f2791ad23db92e4c8e53");
    from_hex(sig, 32, "28ef61340bd939bc2195fe537567866003e1a15d3c71ff63e1590620aa636276");
    from_hex(sig + 32, 32, "67cbe9d8997f761aecb703304b3800ccf555c9f3dc64214b297fb1966a3b6d83");
    sig[64] = 0;
    cr_assert_eq(yq_secp256k1_recover(digest, sig, found), YQ_OK);
    yq_hash_one(YQ_HASH_KECCAK256, yq_slice_of(found, 64), address);
    char text[41];
    yq_hex_encode(text, sizeof text, address + 12, 20);
    cr_expect_str_eq(text, "9d8a62f656a8d1615c1294fd71e9cfb3e4855a4f");
    memset(scalar, 0x46, sizeof scalar);
    yq_key *key = yq_key_from_scalar(YQ_SIG_SECP256K1_DIGEST, scalar);
    cr_expect_eq(memcmp(yq_key_public(key).p, found, 64), 0);
    uint8_t again[65];
    yq_key_sign_recoverable(key, digest, again);
    cr_expect_eq(memcmp(again, sig, 65), 0);
    yq_key_free(key);
}

Test(recover, refuses_what_is_out_of_range)
{
    const yq_curve *curve = yq_curve_of(YQ_SIG_SECP256K1_DIGEST);
    yq_key *key =
        yq_key_derive(YQ_SIG_SECP256K1_DIGEST, yq_slice_text("test_signature"), "recover");
    uint8_t digest[32] = {1}, sig[65], bad[65], found[64];
    yq_key_sign_recoverable(key, digest, sig);
    for (unsigned v = 4; v < 256; v++) {
        memcpy(bad, sig, 65);
        bad[64] = (uint8_t)v;
        cr_expect_eq(yq_secp256k1_recover(digest, bad, found), YQ_E_SIG_RANGE);
    }
    for (size_t half = 0; half < 64; half += 32) {
        memcpy(bad, sig, 65);
        memset(bad + half, 0, 32);
        cr_expect_eq(yq_secp256k1_recover(digest, bad, found), YQ_E_SIG_RANGE);
        memcpy(bad + half, curve->order, 32);
        cr_expect_eq(yq_secp256k1_recover(digest, bad, found), YQ_E_SIG_RANGE);
    }
    /* v of 2 or 3 says that x = r + n, which is below the prime only for the smallest r. */
    memcpy(bad, sig, 65);
    bad[64] = 2;
    cr_expect_eq(yq_secp256k1_recover(digest, bad, found), YQ_E_SIG);
    yq_key_free(key);
}
