#include "light-clients/cometbft/cometbft.h"

#define LEVELS_MAX 16u /* of 2^16 leaves, more than any list here has */

static yq_digest leaf_hash(const yq_comet_call *call, yq_slice leaf)
{
    static const uint8_t tag = 0;
    const yq_slice part[] = {{&tag, 1}, leaf};
    return yq_comet_hash(call, part, YQ_ARRAY_N(part));
}

static yq_digest inner_hash(
    const yq_comet_call *call, const yq_digest *left, const yq_digest *right)
{
    static const uint8_t tag = 1;
    const yq_slice part[] = {{&tag, 1}, {left->b, YQ_DIGEST_SIZE}, {right->b, YQ_DIGEST_SIZE}};
    return yq_comet_hash(call, part, YQ_ARRAY_N(part));
}

/* Full subtrees wait on a stack; two of one size become the next greater. What is left at the end
 * joins from the right, which is the split at the greatest power of two below n. */
yq_digest yq_comet_merkle(const yq_comet_call *call, const yq_slice *leaf, size_t n)
{
    yq_digest stack[LEVELS_MAX + 1] = {{{0}}};
    size_t depth = 0;
    for (size_t i = 0; i < n; i++) {
        stack[depth++] = leaf_hash(call, leaf[i]);
        for (size_t full = i + 1; (full & 1) == 0; full >>= 1) {
            depth--;
            stack[depth - 1] = inner_hash(call, &stack[depth - 1], &stack[depth]);
        }
    }
    while (depth > 1) {
        depth--;
        stack[depth - 1] = inner_hash(call, &stack[depth - 1], &stack[depth]);
    }
    return stack[0];
}
