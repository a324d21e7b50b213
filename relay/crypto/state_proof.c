#include "relay/crypto/state_proof.h"

#include "relay/base/assert.h"
#include "relay/base/bytes.h"
#include "relay/crypto/crypto.h"
#include "relay/crypto/merkle.h"

static int is_empty(const yq_digest *node)
{
    return yq_bytes_are_zero(node->b, sizeof node->b);
}

void yq_state_path(uint32_t alg, yq_slice key, yq_digest *path)
{
    yq_hash_one(alg, key, path->b);
}

void yq_state_leaf(
    uint32_t alg, const yq_digest *path, const yq_digest *value_hash, yq_digest *leaf)
{
    yq_slice part[] = {{path->b, sizeof path->b}, {value_hash->b, sizeof value_hash->b}};
    yq_merkle_leaf(alg, part, YQ_ARRAY_N(part), leaf);
}

void yq_state_node(uint32_t alg, const yq_digest *left, const yq_digest *right, yq_digest *node)
{
    yq_merkle_node(alg, left, right, node);
}

/* Whether the end of the path, a leaf or an empty subtree, leads to root. */
static yq_status check_root(
    uint32_t alg,
    const yq_digest *root,
    const yq_digest *path,
    const yq_digest *end,
    const yq_state_proof *proof)
{
    yq_digest node = *end;
    for (unsigned i = 0; i < proof->depth; i++) {
        if (yq_state_bit(path, proof->depth - 1u - i) == 1) {
            yq_state_node(alg, &proof->sibling[i], &node, &node);
        } else {
            yq_state_node(alg, &node, &proof->sibling[i], &node);
        }
    }
    return memcmp(node.b, root->b, sizeof node.b) == 0 ? YQ_OK : YQ_E_PROOF;
}

yq_status yq_state_check_present(
    uint32_t alg, const yq_digest *root, yq_slice key, yq_slice value, const yq_state_proof *proof)
{
    if (is_empty(root)) {
        return YQ_E_ZERO_ROOT;
    }
    if (proof->kind != YQ_STATE_PROOF_PRESENT) {
        return YQ_E_PROOF_TYPE;
    }
    YQ_ASSERT(proof->depth <= YQ_STATE_DEPTH_MAX);
    yq_digest path, value_hash, leaf;
    yq_state_path(alg, key, &path);
    yq_hash_one(alg, value, value_hash.b);
    yq_state_leaf(alg, &path, &value_hash, &leaf);
    return check_root(alg, root, &path, &leaf, proof);
}

/* Returns 1 when the first depth bits of both paths are equal. */
static int share_prefix(const yq_digest *a, const yq_digest *b, unsigned depth)
{
    for (unsigned i = 0; i < depth; i++) {
        if (yq_state_bit(a, i) != yq_state_bit(b, i)) {
            return 0;
        }
    }
    return 1;
}

yq_status yq_state_check_absent(
    uint32_t alg, const yq_digest *root, yq_slice key, const yq_state_proof *proof)
{
    if (is_empty(root)) {
        return YQ_E_ZERO_ROOT;
    }
    if (proof->kind != YQ_STATE_PROOF_EMPTY && proof->kind != YQ_STATE_PROOF_OTHER) {
        return YQ_E_PROOF_TYPE;
    }
    YQ_ASSERT(proof->depth <= YQ_STATE_DEPTH_MAX);
    yq_digest path, end = {{0}};
    yq_state_path(alg, key, &path);
    if (proof->kind == YQ_STATE_PROOF_OTHER) {
        if (memcmp(path.b, proof->other_path.b, sizeof path.b) == 0 ||
            !share_prefix(&path, &proof->other_path, proof->depth)) {
            return YQ_E_ABSENCE_PROOF;
        }
        yq_state_leaf(alg, &proof->other_path, &proof->other_value, &end);
    }
    return check_root(alg, root, &path, &end, proof);
}
