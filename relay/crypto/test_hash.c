#include "relay/base/bytes.h"
#include "relay/crypto/crypto.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void expect_hex(const uint8_t *p, size_t n, const char *hex)
{
    char text[2 * YQ_HASH_SIZE_MAX + 1];
    yq_hex_encode(text, sizeof text, p, n);
    cr_expect_str_eq(text, hex);
}

static void expect_hash(uint32_t alg, yq_slice in, const char *hex)
{
    uint8_t md[YQ_HASH_SIZE_MAX];
    yq_hash_one(alg, in, md);
    expect_hex(md, yq_hash_size(alg), hex);
    /* The same bytes in any split give the same digest. */
    for (size_t cut = 0; cut <= in.n; cut++) {
        yq_slice part[] = {{in.p, cut}, {NULL, 0}, {in.p + cut, in.n - cut}};
        uint8_t again[YQ_HASH_SIZE_MAX];
        yq_hash(alg, part, YQ_ARRAY_N(part), again);
        cr_expect_eq(memcmp(md, again, yq_hash_size(alg)), 0);
    }
}

Test(hash, sizes)
{
    cr_expect_eq(yq_hash_size(YQ_HASH_INVALID), 0);
    cr_expect_eq(yq_hash_size(YQ_HASH_SM3), 32);
    cr_expect_eq(yq_hash_size(YQ_HASH_SHA256), 32);
    cr_expect_eq(yq_hash_size(YQ_HASH_KECCAK256), 32);
    cr_expect_eq(yq_hash_size(YQ_HASH_SHA384), 48);
    cr_expect_eq(yq_hash_size(YQ_HASH_RIPEMD160), 20);
    cr_expect_eq(yq_hash_size(11), 0);
    cr_expect_eq(yq_hash_size(UINT32_MAX), 0);
}

Test(hash, sm3_of_the_standard)
{
    expect_hash(
        YQ_HASH_SM3,
        yq_slice_text("abc"),
        "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0");
    expect_hash(
        YQ_HASH_SM3,
        yq_slice_text("abcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcd"),
        "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732");
    expect_hash(
        YQ_HASH_SM3,
        yq_slice_text(""),
        "1ab21d8355cfa17f8e61194831e81a8f22bec8c728fefb747ed035eb5082aa2b");
}

Test(hash, sha2_of_the_standard)
{
    const char *two = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
    expect_hash(
        YQ_HASH_SHA256,
        yq_slice_text("abc"),
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    expect_hash(
        YQ_HASH_SHA256,
        yq_slice_text(two),
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    expect_hash(
        YQ_HASH_SHA256,
        yq_slice_text(""),
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    expect_hash(
        YQ_HASH_SHA384,
        yq_slice_text("abc"),
        "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134"
        "c8"
        "25a7");
}

Test(hash, keccak256)
{
    expect_hash(
        YQ_HASH_KECCAK256,
        yq_slice_text(""),
        "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470");
    expect_hash(
        YQ_HASH_KECCAK256,
        yq_slice_text("abc"),
        "4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45");
    expect_hash(
        YQ_HASH_KECCAK256,
        yq_slice_text("The quick brown fox jumps over the lazy dog"),
        "4d741b6f1eb29cb2a9b9911c82f56fa8d73b04959d3d9d222895df6c0b28aa15");
    expect_hash(
        YQ_HASH_KECCAK256,
        yq_slice_text("Transfer(address,address,uint256)"),
        "ddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef");
}

/* A block is 136 bytes: the padding byte and the last bit meet in one byte at 135. The digests are
 * a hash over the digests of 0..300 bytes, made with another implementation. */
Test(hash, keccak256_around_the_block)
{
    uint8_t in[301], all[301][32];
    for (size_t i = 0; i < sizeof in; i++) {
        in[i] = (uint8_t)i;
        yq_hash_one(YQ_HASH_KECCAK256, yq_slice_of(in, i), all[i]);
    }
    expect_hex(all[135], 32, "cbdfd9dee5faad3818d6b06f95a219fd290b0e1706f6a82e5a595b9ce9faca62");
    expect_hex(all[136], 32, "7ce759f1ab7f9ce437719970c26b0a66ff11fe3e38e17df89cf5d29c7d7f807e");
    uint8_t md[32];
    yq_hash_one(YQ_HASH_KECCAK256, yq_slice_of(all, sizeof all), md);
    expect_hex(md, 32, "e1046957365a9cea621e0c180eb18749f2458b9b6d497a6bada230e0f20de6c4");
}

/* The command hashes what we hash. */
Test(hash, agrees_with_the_openssl_command)
{
    static const struct {
        uint32_t alg;
        const char *name;
    } algs[] = {
        {YQ_HASH_SM3, "sm3"},
        {YQ_HASH_SHA256, "sha256"},
        {YQ_HASH_SHA384, "sha384"},
        {YQ_HASH_SHA512, "sha512"},
        {YQ_HASH_SHA512_256, "sha512-256"},
        {YQ_HASH_RIPEMD160, "rmd160"},
        {YQ_HASH_BLAKE2B_512, "blake2b512"},
        {YQ_HASH_BLAKE2S_256, "blake2s256"},
        {YQ_HASH_SHA3_256, "sha3-256"},
    };
    char path[64], command[128], line[256], text[2 * YQ_HASH_SIZE_MAX + 1];
    snprintf(path, sizeof path, "/tmp/yq-test-hash-%d", (int)getpid());
    uint8_t in[1000];
    for (size_t i = 0; i < sizeof in; i++) {
        in[i] = (uint8_t)(i * 7);
    }
    FILE *f = fopen(path, "wb");
    cr_assert_not_null(f);
    cr_assert_eq(fwrite(in, 1, sizeof in, f), sizeof in);
    fclose(f);
    for (size_t i = 0; i < YQ_ARRAY_N(algs); i++) {
        snprintf(command, sizeof command, "timeout 10 openssl dgst -%s -r %s", algs[i].name, path);
        FILE *p = popen(command, "r");
        cr_assert_not_null(p);
        cr_assert_not_null(fgets(line, sizeof line, p));
        pclose(p);
        uint8_t md[YQ_HASH_SIZE_MAX];
        yq_hash_one(algs[i].alg, yq_slice_of(in, sizeof in), md);
        yq_hex_encode(text, sizeof text, md, yq_hash_size(algs[i].alg));
        cr_expect_eq(strncmp(line, text, strlen(text)), 0, "%s", algs[i].name);
    }
    remove(path);
}

Test(hash, hmac_sm3)
{
    uint8_t key[100], mac[32];
    for (size_t i = 0; i < sizeof key; i++) {
        key[i] = (uint8_t)i;
    }
    yq_slice part[] = {yq_slice_text("message "), yq_slice_text("digest")};
    yq_hmac_sm3(yq_slice_of(key, 32), part, 2, mac);
    expect_hex(mac, 32, "6abbd65fce46759222bf6a5679de1a514aa9b1ba4fd90e2bd7e24047e6a0861c");
    yq_hmac_sm3(yq_slice_of(key, 64), part, 2, mac);
    expect_hex(mac, 32, "e2c0b29c0cdbf0d647fe343dbe59847ebb8b2a6d6b4e0811a7115c4eb03e1dcb");
    yq_hmac_sm3(yq_slice_of(key, 65), part, 2, mac);
    expect_hex(mac, 32, "85676521a054c930706f6514449bd5bdeb5a34ce848e8a7bcff4f25bad83be45");
    yq_hmac_sm3(yq_slice_of(key, 0), part, 0, mac);
    expect_hex(mac, 32, "0d23f72ba15e9c189a879aefc70996b06091de6e64d31b7a84004356dd915261");
}

Test(hash, signer_id_binds_suite_and_key)
{
    uint8_t key[64] = {1}, md[32];
    yq_digest id, other;
    yq_signer_id(YQ_SUITE_SM2, yq_slice_of(key, sizeof key), &id);
    uint8_t plain[11 + 1 + 64] = "YUQIAO-ID-1\x01\x01";
    yq_hash_one(YQ_HASH_SM3, yq_slice_of(plain, sizeof plain), md);
    cr_expect_eq(memcmp(md, id.b, 32), 0);
    yq_signer_id(YQ_SUITE_P256, yq_slice_of(key, sizeof key), &other);
    cr_expect_neq(memcmp(other.b, id.b, 32), 0);
}

static void *hash_many(void *out)
{
    uint8_t *md = (uint8_t *)out;
    for (int i = 0; i < 2000; i++) {
        yq_hash_one(YQ_HASH_SM3, yq_slice_of(md, 32), md);
        yq_hash_one(YQ_HASH_SHA256, yq_slice_of(md, 32), md);
    }
    return NULL;
}

Test(hash, threads_do_not_disturb_each_other)
{
    uint8_t md[4][32] = {{0}};
    pthread_t thread[4];
    for (size_t i = 0; i < 4; i++) {
        cr_assert_eq(pthread_create(&thread[i], NULL, hash_many, md[i]), 0);
    }
    uint8_t mine[32] = {0};
    hash_many(mine);
    for (size_t i = 0; i < 4; i++) {
        pthread_join(thread[i], NULL);
        cr_expect_eq(memcmp(md[i], mine, 32), 0);
    }
}
