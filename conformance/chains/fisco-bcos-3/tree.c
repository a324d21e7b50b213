#include "conformance/chains/fisco-bcos-3/mock3.h"
#include "relay/base/assert.h"

#include <stdlib.h>

static yq_digest *copy_of(const yq_digest *hash, size_t n)
{
    yq_digest *level = calloc(n, sizeof *level);
    YQ_ASSERT(level != NULL && n > 0);
    memcpy(level, hash, n * sizeof *level);
    return level;
}

/* Replaces n nodes by their parents; one that is alone is hashed by itself. */
static size_t climb(uint32_t alg, yq_digest *level, size_t n)
{
    for (size_t i = 0; i < n; i += 2) {
        yq_digest up = {{0}};
        yq_hash_one(alg, yq_slice_of(level[i].b, i + 1 < n ? 64 : 32), up.b);
        level[i / 2] = up;
    }
    return (n + 1) / 2;
}

void yq_mock3_tree_root(uint32_t alg, const yq_digest *hash, size_t n, yq_digest *root)
{
    yq_digest *level = copy_of(hash, n);
    while (n > 1) {
        n = climb(alg, level, n);
    }
    *root = level[0];
    free(level);
}

/* Elements have no 0x: a count of children in a hash's clothes, then the children. */
static void write_group(const yq_digest *child, size_t n, yq_json_out *out)
{
    const yq_digest count = {.b = {[3] = (uint8_t)n}};
    yq_json_out_hex(out, NULL, YQ_SLICE_OF(count.b));
    for (size_t i = 0; i < n; i++) {
        yq_json_out_hex(out, NULL, YQ_SLICE_OF(child[i].b));
    }
}

void yq_mock3_tree_proof(
    uint32_t alg, const yq_digest *hash, size_t n, size_t index, const char *key, yq_json_out *out)
{
    yq_digest *level = copy_of(hash, n);
    yq_json_out_array(out, key);
    if (n == 1) {
        yq_json_out_hex(out, NULL, YQ_SLICE_OF(level[0].b));
    }
    for (; n > 1; index /= 2) {
        size_t first = index & ~(size_t)1;
        write_group(&level[first], first + 1 < n ? 2 : 1, out);
        n = climb(alg, level, n);
    }
    yq_json_out_end(out);
    free(level);
}
