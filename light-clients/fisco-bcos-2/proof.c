#include "light-clients/fisco-bcos-2/fisco.h"
#include "relay/codec/rlp.h"

#define LEAF_HEAD_MAX 4u

/* The path fits the index: its shape alone, no hash. */
static yq_status check_shape(const yq_fisco2_call *call, uint32_t index, const yq_fisco2_path *path)
{
    for (size_t i = 0; i < path->levels; i++) {
        if ((index >> 4 * i & 15u) >= path->size[i]) {
            return yq_fisco2_fail(call, YQ_E_PROOF_BOUNDS, "index outside the node's children");
        }
    }
    if (index >> 4 * path->levels != 0) {
        return yq_fisco2_fail(call, YQ_E_PROOF_BOUNDS, "index outside the tree");
    }
    if (path->levels > 0 && path->size[path->levels - 1] < 2) {
        return yq_fisco2_fail(call, YQ_E_PROOF_DEPTH, "a root over one node");
    }
    return YQ_OK;
}

/* RLP(index), which stands before each leaf's hash. */
static yq_slice leaf_head(uint32_t index, uint8_t *room)
{
    yq_writer w = yq_writer_of(room, LEAF_HEAD_MAX);
    yq_rlp_put_uint(&w, index);
    return yq_writer_slice(&w);
}

static yq_digest climb(
    const yq_fisco2_call *call, uint32_t index, const yq_digest *object, const yq_fisco2_path *path)
{
    uint8_t head[YQ_FISCO2_WIDTH][LEAF_HEAD_MAX];
    yq_slice part[2 * YQ_FISCO2_WIDTH];
    yq_digest cur = *object;
    if (path->levels == 0) {
        part[0] = leaf_head(index, head[0]);
        part[1] = yq_slice_of(cur.b, sizeof cur.b);
        return yq_fisco2_hash(call, part, 2);
    }
    for (size_t level = 0; level < path->levels; level++) {
        uint32_t own = index >> 4 * level & 15u;
        uint32_t first = index & ~15u; /* of the group, on level 0 */
        size_t part_n = 0, node = 0;
        for (uint32_t i = 0; i < path->size[level]; i++) {
            if (level == 0) {
                part[part_n++] = leaf_head(first + i, head[i]);
            }
            const uint8_t *p = i == own ? cur.b : path->node[level].p + YQ_DIGEST_SIZE * node++;
            part[part_n++] = yq_slice_of(p, YQ_DIGEST_SIZE);
        }
        cur = yq_fisco2_hash(call, part, part_n);
    }
    return yq_fisco2_hash_one(call, yq_slice_of(cur.b, sizeof cur.b));
}

static yq_status check_path(
    const yq_fisco2_call *call,
    const yq_digest *root,
    uint32_t index,
    const yq_digest *object,
    const yq_fisco2_path *path)
{
    yq_digest got = climb(call, index, object, path);
    return yq_digest_equal(&got, root) ? YQ_OK : yq_fisco2_fail(call, YQ_E_PROOF, "path");
}

static int same_shape(const yq_fisco2_path *a, const yq_fisco2_path *b)
{
    return memcmp(a->size, b->size, sizeof a->size) == 0; /* zero above the levels */
}

yq_status yq_fisco2_inclusion_check(
    const yq_fisco2_call *call,
    const yq_fisco2_state *state,
    const yq_digest root[2],
    const yq_fisco2_inclusion *in,
    uint64_t log_idx,
    yq_fisco2_tx *tx,
    yq_fisco2_receipt *receipt)
{
    if (yq_digest_is_zero(&root[0]) || yq_digest_is_zero(&root[1])) {
        return yq_fisco2_fail(call, YQ_E_ZERO_ROOT, "block without transactions");
    }
    yq_status status = check_shape(call, in->index, &in->tx_path);
    if (status != YQ_OK) {
        return status;
    }
    if (!same_shape(&in->tx_path, &in->receipt_path)) {
        return yq_fisco2_fail(call, YQ_E_PROOF_DEPTH, "the two paths differ in shape");
    }
    status = yq_fisco2_tx_decode(call, in->tx, tx);
    if (status != YQ_OK) {
        return status;
    }
    status = yq_fisco2_receipt_decode(call, in->receipt, log_idx, receipt);
    if (status != YQ_OK) {
        return status;
    }
    status = check_path(call, &root[0], in->index, &tx->hash, &in->tx_path);
    if (status != YQ_OK) {
        return status;
    }
    status = check_path(call, &root[1], in->index, &receipt->hash, &in->receipt_path);
    if (status != YQ_OK) {
        return status;
    }
    if (tx->chain_id != state->chain_id || tx->group_id != state->group_id) {
        return yq_fisco2_fail(call, YQ_E_DOMAIN, "chainId, groupId");
    }
    return YQ_OK;
}
