#include "relay/base/bytes.h"
#include "relay/crypto/crypto.h"
#include "relay/crypto/seal.h"

#include <criterion/criterion.h>

#define PLAIN_MAX 300u

static const uint8_t key[32] = {1, 2, 3};

static yq_slice plain_of(uint8_t *room, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        room[i] = (uint8_t)(3 * i + 1);
    }
    return (yq_slice){room, n};
}

/* GB/T 32907, example 1: the key stream of block P is its encryption. */
Test(seal, sm4_of_the_standard)
{
    static const uint8_t block[16] = {
        0x01,
        0x23,
        0x45,
        0x67,
        0x89,
        0xab,
        0xcd,
        0xef,
        0xfe,
        0xdc,
        0xba,
        0x98,
        0x76,
        0x54,
        0x32,
        0x10};
    uint8_t zeros[16] = {0}, out[16];
    char text[33];
    yq_sm4_ctr(block, block, yq_slice_of(zeros, 16), out);
    yq_hex_encode(text, sizeof text, out, 16);
    cr_expect_str_eq(text, "681edf34d206965e86b3e94f536e4246");
}

/* Each block is the stream of its own counter, which carries, and the second run turns it back. */
Test(seal, sm4_ctr_counts_blocks)
{
    uint8_t room[70], out[70], again[70], iv[16];
    yq_slice in = plain_of(room, sizeof room);
    memset(iv, 0xff, sizeof iv);
    iv[15] = 0xfe;
    yq_sm4_ctr(key, iv, in, out);
    for (size_t i = 0; i < 4; i++) {
        uint8_t counter[16] = {0}, one[16];
        if (i < 2) {
            memcpy(counter, iv, 16);
        }
        counter[15] = (uint8_t)(iv[15] + i);
        yq_sm4_ctr(key, counter, (yq_slice){room + 16 * i, 16}, one);
        cr_expect_eq(memcmp(one, out + 16 * i, 16), 0);
    }
    yq_sm4_ctr(key, iv, yq_slice_of(out, sizeof out), again);
    cr_expect_eq(memcmp(again, room, sizeof room), 0);
}

Test(seal, opens_what_it_sealed_at_every_size)
{
    uint8_t room[PLAIN_MAX], sealed[PLAIN_MAX + YQ_SEAL_OVERHEAD] = {0};
    yq_slice ad = yq_slice_text("associated");
    for (size_t n = 0; n <= PLAIN_MAX; n++) {
        yq_slice plain = plain_of(room, n);
        yq_buf out = {sealed, n + YQ_SEAL_OVERHEAD, 0};
        cr_assert_eq(yq_seal(key, ad, plain, &out), YQ_OK);
        cr_assert_eq(out.n, n + YQ_SEAL_OVERHEAD);
        yq_secret *back = NULL;
        cr_assert_eq(yq_unseal(key, ad, (yq_slice){sealed, out.n}, &back), YQ_OK);
        cr_assert(yq_slice_equal((yq_slice){back->b, back->n}, plain));
        yq_secret_free(back);
    }
}

Test(seal, every_changed_byte_is_refused)
{
    uint8_t room[50], sealed[50 + YQ_SEAL_OVERHEAD], k[32], data[4] = {1, 2, 3, 4};
    yq_slice ad = yq_slice_of(data, sizeof data);
    yq_buf out = {sealed, sizeof sealed, 0};
    yq_secret *back = NULL;
    memcpy(k, key, sizeof k);
    cr_assert_eq(yq_seal(k, ad, plain_of(room, 50), &out), YQ_OK);
    struct {
        uint8_t *p;
        size_t n;
    } part[] = {{sealed, out.n}, {k, sizeof k}, {data, sizeof data}};
    for (size_t i = 0; i < YQ_ARRAY_N(part); i++) {
        for (size_t at = 0; at < part[i].n; at++) {
            part[i].p[at] ^= 1;
            cr_expect_eq(yq_unseal(k, ad, (yq_slice){sealed, out.n}, &back), YQ_E_SIG);
            part[i].p[at] ^= 1;
        }
    }
    for (size_t n = 0; n < out.n; n++) {
        yq_status status = yq_unseal(k, ad, (yq_slice){sealed, n}, &back);
        cr_expect_eq(status, n < YQ_SEAL_OVERHEAD ? YQ_E_TRUNCATED : YQ_E_SIG);
    }
    cr_expect_null(back);
    /* Bytes moved between the associated data and the rest. */
    ad.n--;
    cr_expect_eq(yq_unseal(k, ad, (yq_slice){sealed, out.n}, &back), YQ_E_SIG);
}

Test(seal, tag_is_the_documented_one)
{
    uint8_t sealed[5 + YQ_SEAL_OVERHEAD], mac_key[32], tag[32], stream_key[32], open[5];
    uint8_t size[8] = {0, 0, 0, 0, 0, 0, 0, 2};
    yq_buf out = {sealed, sizeof sealed, 0};
    cr_assert_eq(yq_seal(key, yq_slice_text("ad"), yq_slice_text("plain"), &out), YQ_OK);
    yq_slice label = yq_slice_text("YUQIAO-SEAL-1 mac");
    yq_hmac_sm3(yq_slice_of(key, 32), &label, 1, mac_key);
    yq_slice part[] = {{size, 8}, yq_slice_text("ad"), {sealed, 16}, {sealed + 16, 5}};
    yq_hmac_sm3(yq_slice_of(mac_key, 32), part, YQ_ARRAY_N(part), tag);
    cr_expect_eq(memcmp(tag, sealed + 21, 32), 0);
    label = yq_slice_text("YUQIAO-SEAL-1 cipher");
    yq_hmac_sm3(yq_slice_of(key, 32), &label, 1, stream_key);
    yq_sm4_ctr(stream_key, sealed, yq_slice_of(sealed + 16, 5), open);
    cr_expect_eq(memcmp(open, "plain", 5), 0);
}

Test(seal, appends_and_says_when_there_is_no_room)
{
    uint8_t room[64];
    yq_buf out = {room, 53, 1};
    room[0] = 7;
    cr_expect_eq(yq_seal(key, (yq_slice){0}, yq_slice_text("plain"), &out), YQ_E_NOSPC);
    cr_expect_eq(out.n, 1);
    out.cap = 10;
    cr_expect_eq(yq_seal(key, (yq_slice){0}, (yq_slice){0}, &out), YQ_E_NOSPC);
    out.cap = 54;
    cr_expect_eq(yq_seal(key, (yq_slice){0}, yq_slice_text("plain"), &out), YQ_OK);
    cr_expect_eq(out.n, 54);
    cr_expect_eq(room[0], 7);
}

Test(seal, no_iv_comes_twice)
{
    uint8_t sealed[64][YQ_SEAL_OVERHEAD] = {{0}};
    for (size_t i = 0; i < 64; i++) {
        yq_buf out = {sealed[i], YQ_SEAL_OVERHEAD, 0};
        cr_assert_eq(yq_seal(key, (yq_slice){0}, (yq_slice){0}, &out), YQ_OK);
        for (size_t j = 0; j < i; j++) {
            cr_assert_neq(memcmp(sealed[i], sealed[j], 16), 0);
        }
    }
}

Test(seal, secrets)
{
    yq_secret *copy = yq_secret_new("abc", 3), *drawn = yq_secret_new(NULL, 32);
    yq_secret *other = yq_secret_new(NULL, 32), *none = yq_secret_new("", 0);
    cr_expect_eq(copy->n, 3);
    cr_expect_eq(memcmp(copy->b, "abc", 3), 0);
    cr_expect_neq(memcmp(drawn->b, other->b, 32), 0);
    cr_expect_eq(none->n, 0);
    cr_expect(yq_secret_equal("ab", "ab", 2));
    cr_expect_not(yq_secret_equal("ab", "ac", 2));
    uint8_t wiped[4] = {1, 2, 3, 4};
    yq_secret_wipe(wiped, sizeof wiped);
    cr_expect(yq_bytes_are_zero(wiped, sizeof wiped));
    yq_secret_free(copy);
    yq_secret_free(drawn);
    yq_secret_free(other);
    yq_secret_free(none);
    yq_secret_free(NULL);
}
