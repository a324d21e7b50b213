#include "adapters/xuperchain/evidence.h"
#include "relay/base/bytes.h"
#include "relay/codec/der.h"

#include <stdio.h>

#define RAW_SIZE   25u /* version, 20 bytes of hash, 4 of checksum */
#define DIGITS_MAX 80u

/* Writes a number in another base, by division. Returns the count of its digits. */
static size_t put_digits(const uint8_t *number, size_t n, const char *digit, char out[DIGITS_MAX])
{
    const unsigned base = (unsigned)strlen(digit);
    uint8_t rest[32];
    char reversed[DIGITS_MAX];
    size_t count = 0;
    memcpy(rest, number, n);
    do {
        unsigned carry = 0;
        for (size_t i = 0; i < n; i++) {
            carry = carry << 8 | rest[i];
            rest[i] = (uint8_t)(carry / base);
            carry %= base;
        }
        reversed[count++] = digit[carry];
    } while (!yq_bytes_are_zero(rest, n));
    for (size_t i = 0; i < count; i++) {
        out[i] = reversed[count - 1 - i];
    }
    out[count] = '\0';
    return count;
}

size_t yq_xua_key_text(uint8_t scheme, const uint8_t *key, char text[YQ_XUA_KEY_TEXT_MAX])
{
    char x[DIGITS_MAX], y[DIGITS_MAX];
    (void)put_digits(key, 32, "0123456789", x);
    (void)put_digits(key + 32, 32, "0123456789", y);
    int n = snprintf(
        text,
        YQ_XUA_KEY_TEXT_MAX,
        "{\"Curvname\":\"%s\",\"X\":%s,\"Y\":%s}",
        scheme == YQ_XUA_SM2 ? "SM2-P-256" : "P-256",
        x,
        y);
    return (size_t)n;
}

size_t yq_xua_address(uint8_t scheme, const uint8_t *key, char text[YQ_XUA_ADDRESS_MAX])
{
    static const char base58[] = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
    static const uint8_t uncompressed = 4;
    const uint32_t alg = scheme == YQ_XUA_SM2 ? YQ_HASH_SM3 : YQ_HASH_SHA256;
    const yq_slice part[] = {YQ_SLICE_OF(uncompressed), {key, 64}};
    yq_digest md = {{0}};
    uint8_t raw[RAW_SIZE] = {scheme};
    char digits[DIGITS_MAX];
    yq_hash(alg, part, YQ_ARRAY_N(part), md.b);
    yq_hash_one(YQ_HASH_RIPEMD160, YQ_SLICE_OF(md.b), raw + 1);
    const yq_slice body = {raw, 21};
    if (scheme == YQ_XUA_SM2) {
        yq_hash_one(YQ_HASH_SM3, body, md.b);
    } else {
        md = yq_xua_hash(&body, 1);
    }
    memcpy(raw + 21, md.b, 4);
    size_t n = put_digits(raw, sizeof raw, base58, digits);
    memcpy(text, digits, n + 1);
    return n;
}

yq_status yq_xua_sign(uint8_t scheme, const yq_key *key, const yq_digest *digest, yq_buf *out)
{
    uint8_t rs[64];
    if (scheme == YQ_XUA_SM2) {
        yq_key_sign_sm2_digest(key, digest->b, rs);
    } else {
        yq_key_sign(key, YQ_SLICE_OF(digest->b), rs);
    }
    return yq_der_signature_encode(rs, 32, out);
}
