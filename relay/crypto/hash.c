#include "relay/base/assert.h"
#include "relay/base/bytes.h"
#include "relay/crypto/crypto.h"
#include "relay/crypto/keccak.h"
#include "relay/crypto/lib.h"

#include <openssl/crypto.h>

#define SM3_BLOCK_SIZE 64u

static const uint8_t hash_size[] = {
    [YQ_HASH_SM3] = 32,
    [YQ_HASH_SHA256] = 32,
    [YQ_HASH_KECCAK256] = 32,
    [YQ_HASH_SHA384] = 48,
    [YQ_HASH_SHA512] = 64,
    [YQ_HASH_SHA512_256] = 32,
    [YQ_HASH_RIPEMD160] = 20,
    [YQ_HASH_BLAKE2B_512] = 64,
    [YQ_HASH_BLAKE2S_256] = 32,
    [YQ_HASH_SHA3_256] = 32};

size_t yq_hash_size(uint32_t alg)
{
    return alg < YQ_ARRAY_N(hash_size) ? hash_size[alg] : 0;
}

static void add(EVP_MD_CTX *ctx, const void *p, size_t n)
{
    if (n > 0) {
        YQ_ASSERT(EVP_DigestUpdate(ctx, p, n) == 1);
    }
}

static void end(EVP_MD_CTX *ctx, uint8_t *md)
{
    YQ_ASSERT(EVP_DigestFinal_ex(ctx, md, NULL) == 1);
}

void yq_hash(uint32_t alg, const yq_slice *part, size_t part_n, uint8_t *md)
{
    YQ_ASSERT(yq_hash_size(alg) != 0);
    if (alg == YQ_HASH_KECCAK256) {
        yq_keccak keccak = {0};
        for (size_t i = 0; i < part_n; i++) {
            yq_keccak_add(&keccak, part[i]);
        }
        yq_keccak_end(&keccak, md);
        return;
    }
    EVP_MD_CTX *ctx = yq_lib_hash(alg);
    for (size_t i = 0; i < part_n; i++) {
        add(ctx, part[i].p, part[i].n);
    }
    end(ctx, md);
}

void yq_hash_one(uint32_t alg, yq_slice in, uint8_t *md)
{
    yq_hash(alg, &in, 1, md);
}

void yq_hmac_sm3(yq_slice key, const yq_slice *part, size_t part_n, uint8_t *mac)
{
    uint8_t block[SM3_BLOCK_SIZE] = {0};
    if (key.n > sizeof block) {
        yq_hash_one(YQ_HASH_SM3, key, block);
    } else {
        yq_bytes_copy(block, key.p, key.n);
    }
    for (size_t i = 0; i < sizeof block; i++) {
        block[i] ^= 0x36;
    }
    uint8_t inner[32];
    EVP_MD_CTX *ctx = yq_lib_hash(YQ_HASH_SM3);
    add(ctx, block, sizeof block);
    for (size_t i = 0; i < part_n; i++) {
        add(ctx, part[i].p, part[i].n);
    }
    end(ctx, inner);
    for (size_t i = 0; i < sizeof block; i++) {
        block[i] ^= 0x36 ^ 0x5c;
    }
    ctx = yq_lib_hash(YQ_HASH_SM3);
    add(ctx, block, sizeof block);
    add(ctx, inner, sizeof inner);
    end(ctx, mac);
    OPENSSL_cleanse(block, sizeof block);
    OPENSSL_cleanse(inner, sizeof inner);
}

void yq_signer_id(uint8_t suite, yq_slice key, yq_digest *id)
{
    yq_slice part[] = {yq_slice_text("YUQIAO-ID-1"), {&suite, 1}, key};
    yq_hash(YQ_HASH_SM3, part, YQ_ARRAY_N(part), id->b);
}
