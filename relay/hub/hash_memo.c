#include "relay/hub/hash_memo.h"

#include "relay/base/bytes.h"
#include "relay/crypto/crypto.h"

#define INPUT_MIN ((size_t)2 * YQ_DIGEST_SIZE)
#define SAMPLES   4u
#define MULTIPLY  UINT64_C(0x9e3779b97f4a7c15)

_Static_assert((YQ_HASH_MEMO_ENTRIES & (YQ_HASH_MEMO_ENTRIES - 1)) == 0, "place masks");

/* From samples of the input, which are digests for the most part. */
static size_t place(uint32_t alg, const uint8_t *in, size_t n)
{
    uint64_t mix = (alg + n) * MULTIPLY;
    for (size_t i = 0; i < SAMPLES; i++) {
        uint64_t sample;
        memcpy(&sample, in + (n - sizeof sample) * i / (SAMPLES - 1), sizeof sample);
        mix = (mix ^ sample) * MULTIPLY;
        mix ^= mix >> 29;
    }
    return mix & (YQ_HASH_MEMO_ENTRIES - 1);
}

static size_t size_of(const yq_slice *part, size_t part_n)
{
    size_t n = 0;
    for (size_t i = 0; i < part_n; i++) {
        n += part[i].n;
    }
    return n;
}

void yq_hash_memo_hash(
    yq_hash_memo *memo, uint32_t alg, const yq_slice *part, size_t part_n, uint8_t *md)
{
    size_t n = size_of(part, part_n), at = 0;
    if (memo == NULL || n < INPUT_MIN || n > YQ_HASH_MEMO_INPUT_MAX ||
        yq_hash_size(alg) != YQ_DIGEST_SIZE) {
        yq_hash(alg, part, part_n, md);
        return;
    }
    uint8_t in[YQ_HASH_MEMO_INPUT_MAX];
    for (size_t i = 0; i < part_n; i++) {
        yq_bytes_copy(in + at, part[i].p, part[i].n);
        at += part[i].n;
    }
    yq_hash_memo_entry *e = &memo->entry[place(alg, in, n)];
    if (e->alg == alg && e->n == n && memcmp(e->in, in, n) == 0) {
        memo->hits++;
    } else {
        memo->misses++;
        e->alg = alg;
        e->n = (uint32_t)n;
        memcpy(e->in, in, n);
        yq_hash_one(alg, yq_slice_of(in, n), e->md.b);
    }
    memcpy(md, e->md.b, YQ_DIGEST_SIZE);
}
