#include "relay/base/bytes.h"
#include "relay/crypto/crypto.h"
#include "relay/hub/hash_memo.h"

#include <criterion/criterion.h>

static yq_hash_memo memo;

static void check(uint32_t alg, const uint8_t *in, size_t n, size_t cut)
{
    const yq_slice part[] = {yq_slice_of(in, cut), {0}, yq_slice_of(in + cut, n - cut)};
    uint8_t md[YQ_HASH_SIZE_MAX], want[YQ_HASH_SIZE_MAX];
    yq_hash_memo_hash(&memo, alg, part, 3, md);
    yq_hash(alg, part, 3, want);
    cr_assert_eq(memcmp(md, want, yq_hash_size(alg)), 0, "alg %u, %zu bytes", (unsigned)alg, n);
}

Test(hash_memo, gives_what_the_hash_gives)
{
    static const uint32_t alg[] = {
        YQ_HASH_SHA256, YQ_HASH_SM3, YQ_HASH_KECCAK256, YQ_HASH_SHA512, YQ_HASH_RIPEMD160};
    uint8_t in[YQ_HASH_MEMO_INPUT_MAX + 2];
    for (size_t i = 0; i < sizeof in; i++) {
        in[i] = (uint8_t)(i * 7 + i / 256);
    }
    for (unsigned twice = 0; twice < 2; twice++) {
        for (size_t a = 0; a < YQ_ARRAY_N(alg); a++) {
            for (size_t n = 0; n <= sizeof in; n++) {
                check(alg[a], in, n, n / 3);
            }
        }
    }
}

Test(hash_memo, every_byte_of_an_input_counts)
{
    uint8_t in[64] = {1};
    check(YQ_HASH_SM3, in, sizeof in, 32);
    uint64_t misses = memo.misses;
    for (size_t i = 0; i < sizeof in; i++) {
        in[i] ^= 1;
        check(YQ_HASH_SM3, in, sizeof in, 32);
        in[i] ^= 1;
        check(YQ_HASH_SM3, in, sizeof in, 32);
    }
    cr_assert_geq(memo.misses - misses, sizeof in);
}

Test(hash_memo, shared_nodes_are_hashed_once)
{
    uint8_t in[64] = {2};
    for (unsigned i = 0; i < 100; i++) {
        check(YQ_HASH_SHA256, in, sizeof in, i % 64);
    }
    cr_assert_eq(memo.misses, 1);
    cr_assert_eq(memo.hits, 99);
    check(YQ_HASH_SM3, in, sizeof in, 0);
    cr_assert_eq(memo.misses, 2, "another algorithm is another input");
}
