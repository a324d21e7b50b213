#include "light-clients/chainmaker/chainmaker.h"

/* Two children; where the right one is missing the left one stands twice. Which of them is missing
 * follows from the number of leaves, which the header's hash covers. */
static yq_digest parent_of(const yq_cmaker_call *call, const uint8_t *left, const uint8_t *right)
{
    const yq_slice part[] = {{left, YQ_DIGEST_SIZE}, {right, YQ_DIGEST_SIZE}};
    return yq_cmaker_hash(call, part, YQ_ARRAY_N(part));
}

yq_status yq_cmaker_path_check(
    const yq_cmaker_call *call,
    const yq_digest *root,
    uint64_t n,
    const yq_digest *leaf,
    const yq_cmaker_path *path)
{
    yq_digest cur = *leaf;
    uint64_t at = path->index;
    size_t used = 0;
    if (n == 0 || yq_digest_is_zero(root)) {
        return yq_cmaker_fail(call, YQ_E_ZERO_ROOT, "block without transactions");
    }
    if (at >= n) {
        return yq_cmaker_fail(call, YQ_E_PROOF_BOUNDS, "index");
    }
    for (; n > 1; n = (n + 1) / 2, at /= 2) {
        int alone = (at ^ 1) >= n;
        if (!alone && used == path->n) {
            return yq_cmaker_fail(call, YQ_E_PROOF_DEPTH, "path is too short");
        }
        const uint8_t *other = alone ? cur.b : path->nodes.p + YQ_DIGEST_SIZE * used++;
        cur = (at & 1) != 0 ? parent_of(call, other, cur.b) : parent_of(call, cur.b, other);
    }
    if (used != path->n) {
        return yq_cmaker_fail(call, YQ_E_PROOF_DEPTH, "path is too long");
    }
    return yq_digest_equal(&cur, root) ? YQ_OK : yq_cmaker_fail(call, YQ_E_PROOF, "path");
}
