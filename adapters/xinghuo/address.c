#include "adapters/xinghuo/address.h"

#include "relay/base/assert.h"
#include "relay/base/bytes.h"
#include "relay/crypto/crypto.h"

#define HASH_TAIL 22u /* bytes of the key's hash that the address holds */

static const uint8_t uncompressed = 4;

size_t yq_xh_key_text(uint8_t suite, yq_slice key, char text[YQ_XH_KEY_TEXT_SIZE])
{
    uint8_t raw[3 + 65] = {0xb0, suite == YQ_SUITE_ED25519 ? 0x65 : 0x7a, 0x66, uncompressed};
    size_t head = suite == YQ_SUITE_ED25519 ? 3 : 4;
    YQ_ASSERT(key.n == (suite == YQ_SUITE_ED25519 ? 32u : 64u));
    memcpy(raw + head, key.p, key.n);
    return yq_hex_encode(text, YQ_XH_KEY_TEXT_SIZE, raw, head + key.n);
}

/* Base 58 by division: as many ones in front as there are zero bytes. */
static size_t base58_put(const uint8_t bytes[HASH_TAIL], char *out)
{
    static const char digits[] = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
    uint8_t rest[HASH_TAIL], reversed[2 * HASH_TAIL] = {0};
    size_t count = 0, zeros = 0;
    memcpy(rest, bytes, sizeof rest);
    while (zeros < sizeof rest && rest[zeros] == 0) {
        zeros++;
    }
    for (size_t first = zeros; first < sizeof rest;) {
        unsigned carry = 0;
        for (size_t i = first; i < sizeof rest; i++) {
            carry = carry << 8 | rest[i];
            rest[i] = (uint8_t)(carry / 58);
            carry %= 58;
        }
        reversed[count++] = (uint8_t)carry;
        while (first < sizeof rest && rest[first] == 0) {
            first++;
        }
    }
    memset(out, '1', zeros);
    for (size_t i = 0; i < count; i++) {
        out[zeros + i] = digits[reversed[count - 1 - i]];
    }
    return zeros + count;
}

size_t yq_xh_address(uint8_t suite, yq_slice key, char text[YQ_XH_ADDRESS_SIZE])
{
    const int is_ed = suite == YQ_SUITE_ED25519;
    const yq_slice part[] = {yq_slice_of(&uncompressed, is_ed ? 0 : 1), key};
    uint8_t md[YQ_DIGEST_SIZE];
    YQ_ASSERT(key.n == (is_ed ? 32u : 64u));
    yq_hash(is_ed ? YQ_HASH_SHA256 : YQ_HASH_SM3, part, YQ_ARRAY_N(part), md);
    memcpy(text, is_ed ? "did:bid:ef" : "did:bid:zf", 10);
    size_t n = 10 + base58_put(md + sizeof md - HASH_TAIL, text + 10);
    text[n] = '\0';
    return n;
}
