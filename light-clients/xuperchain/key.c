#include "light-clients/xuperchain/xuperchain.h"

#define DIGITS_MAX 78u
#define RAW_SIZE   25u /* version, 20 bytes of hash, 4 of checksum */

static const char base58[] = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

yq_digest yq_xuper_hash(const yq_verifier_host *host, const yq_slice *part, size_t n)
{
    yq_digest once = {{0}}, md = {{0}};
    host->hash(host->self, YQ_HASH_SHA256, part, n, once.b);
    const yq_slice inner = YQ_SLICE_OF(once.b);
    host->hash(host->self, YQ_HASH_SHA256, &inner, 1, md.b);
    return md;
}

static void take_text(yq_cur *c, const char *text)
{
    size_t at = c->pos;
    const yq_slice want = yq_slice_text(text);
    if (!yq_slice_equal(yq_cur_take(c, want.n), want)) {
        yq_cur_fail_field(c, YQ_E_NONCANONICAL, at, "public key");
    }
}

/* A decimal number without leading zeros, into 32 bytes. */
static void take_decimal(yq_cur *c, uint8_t *out)
{
    size_t at = c->pos, n = 0;
    memset(out, 0, 32);
    while (yq_cur_left(c) > 0 && c->p[c->pos] >= '0' && c->p[c->pos] <= '9') {
        unsigned carry = (unsigned)(yq_cur_u8(c) - '0');
        n++;
        for (size_t i = 32; i-- > 0;) {
            carry += out[i] * 10u;
            out[i] = (uint8_t)carry;
            carry >>= 8;
        }
        if (carry != 0) {
            yq_cur_fail_field(c, YQ_E_RANGE, at, "coordinate");
        }
    }
    if (yq_cur_ok(c) && (n == 0 || (c->p[at] == '0' && n > 1))) {
        yq_cur_fail_field(c, YQ_E_NONCANONICAL, at, "coordinate");
    }
}

yq_status yq_xuper_key_decode(uint8_t scheme, yq_slice text, uint8_t *key, yq_fault *why)
{
    yq_cur c = yq_cur_of(text);
    take_text(&c, "{\"Curvname\":\"");
    take_text(&c, scheme == YQ_XUPER_SM2 ? "SM2-P-256" : "P-256");
    take_text(&c, "\",\"X\":");
    take_decimal(&c, key);
    take_text(&c, ",\"Y\":");
    take_decimal(&c, key + 32);
    take_text(&c, "}");
    return yq_cur_done(&c, why);
}

/* Base 58 by division; the version byte is not zero, so that no leading digit is lost. */
static size_t encode(uint8_t *rest, char *out)
{
    char reversed[YQ_XUPER_ADDRESS_MAX];
    size_t n = 0;
    for (size_t first = 0; first < RAW_SIZE;) {
        unsigned carry = 0;
        for (size_t i = first; i < RAW_SIZE; i++) {
            carry = carry << 8 | rest[i];
            rest[i] = (uint8_t)(carry / 58);
            carry %= 58;
        }
        reversed[n++] = base58[carry];
        while (first < RAW_SIZE && rest[first] == 0) {
            first++;
        }
    }
    for (size_t i = 0; i < n; i++) {
        out[i] = reversed[n - 1 - i];
    }
    return n;
}

size_t yq_xuper_address(
    const yq_verifier_host *host, uint8_t scheme, const uint8_t *key, char *address)
{
    static const uint8_t uncompressed = 4;
    const uint32_t alg = scheme == YQ_XUPER_SM2 ? YQ_HASH_SM3 : YQ_HASH_SHA256;
    const yq_slice part[] = {YQ_SLICE_OF(uncompressed), {key, 64}};
    yq_digest md = {{0}};
    uint8_t raw[RAW_SIZE] = {scheme};
    host->hash(host->self, alg, part, 2, md.b);
    const yq_slice inner = YQ_SLICE_OF(md.b);
    host->hash(host->self, YQ_HASH_RIPEMD160, &inner, 1, raw + 1);
    const yq_slice body = {raw, 21};
    if (scheme == YQ_XUPER_SM2) {
        host->hash(host->self, YQ_HASH_SM3, &body, 1, md.b);
    } else {
        md = yq_xuper_hash(host, &body, 1);
    }
    memcpy(raw + 21, md.b, 4);
    return encode(raw, address);
}

int yq_xuper_address_valid(yq_slice text)
{
    for (size_t i = 0; i < text.n; i++) {
        size_t k = 0;
        while (k < sizeof base58 - 1 && text.p[i] != (uint8_t)base58[k]) {
            k++;
        }
        if (k == sizeof base58 - 1) {
            return 0;
        }
    }
    return text.n > 0 && text.n <= YQ_XUPER_ADDRESS_MAX;
}
