#include "yuqiao/packet.h"

#include "light-clients/yuqiao/yuqiao.h"
#include "relay/crypto/crypto.h"
#include "relay/crypto/state_proof.h"

static void hash_parts(
    const yq_yuqiao_call *call, uint32_t alg, const yq_slice *part, size_t n, yq_digest *out)
{
    call->host->hash(call->host->self, alg, part, n, out->b);
}

static void hash_node(
    const yq_yuqiao_call *call,
    uint32_t alg,
    const yq_digest *left,
    const yq_digest *right,
    yq_digest *out)
{
    static const uint8_t tag = 0x01;
    const yq_slice part[] = {{&tag, 1}, YQ_SLICE_OF(left->b), YQ_SLICE_OF(right->b)};
    hash_parts(call, alg, part, YQ_ARRAY_N(part), out);
}

yq_status yq_yuqiao_take_roots(
    const yq_yuqiao_call *call, yq_cur *c, const yq_digest *result_root, yq_block_roots *out)
{
    static const uint8_t tag = 0x02;
    yq_digest md = {{0}};
    size_t at = c->pos;
    yq_block_roots_get(c, out);
    if (!yq_cur_ok(c)) {
        return yq_cur_status(c, call->why);
    }
    const yq_slice part[] = {{&tag, 1}, {c->p + at, c->pos - at}};
    hash_parts(call, call->alg, part, YQ_ARRAY_N(part), &md);
    return yq_digest_equal(&md, result_root) ? YQ_OK : yq_yuqiao_fail(call, YQ_E_PROOF, "roots");
}

/* ---- packets ---- */

static yq_slice take_path(yq_cur *c, const char *field)
{
    size_t at = c->pos, n = yq_cur_u8(c);
    if (n > YQ_PROOF_DEPTH_MAX) {
        yq_cur_fail_field(c, YQ_E_LIMIT, at, field);
    }
    return yq_cur_take(c, n * YQ_DIGEST_SIZE);
}

void yq_yuqiao_take_packet(yq_cur *c, yq_yuqiao_packet *out)
{
    out->index_bytes = yq_cur_take(c, 8);
    yq_cur index = yq_cur_of(out->index_bytes);
    out->index = yq_cur_u64(&index);
    out->packet = yq_cur_blob32(c, YQ_PACKET_SIZE_MAX);
    out->size = yq_cur_u64(c);
    out->path = take_path(c, "path");
    size_t at = c->pos, n = yq_cur_u8(c);
    if (n > YQ_YUQIAO_EXPORTS_MAX) {
        yq_cur_fail_field(c, YQ_E_LIMIT, at, "exports");
    }
    out->exports = yq_cur_take(c, n * (1 + YQ_DIGEST_SIZE));
}

/* The siblings of leaf idx in a tree of n leaves: none where a node is the last of an odd number.
 */
static size_t path_size(uint64_t n, uint64_t idx)
{
    size_t size = 0;
    for (uint64_t last = n - 1; last > 0; last >>= 1, idx >>= 1) {
        size += (idx & 1) == 1 || idx < last;
    }
    return size;
}

/* In and out: node, from the leaf to the root. */
static yq_status follow(
    const yq_yuqiao_call *call,
    uint32_t alg,
    uint64_t n,
    uint64_t idx,
    yq_slice path,
    yq_digest *node)
{
    if (idx >= n) {
        return yq_yuqiao_fail(call, YQ_E_PROOF_BOUNDS, "index");
    }
    if (path.n != path_size(n, idx) * YQ_DIGEST_SIZE) {
        return yq_yuqiao_fail(call, YQ_E_PROOF_DEPTH, "path");
    }
    yq_cur c = yq_cur_of(path);
    for (uint64_t last = n - 1; last > 0; last >>= 1, idx >>= 1) {
        yq_digest sibling;
        if ((idx & 1) == 1) {
            yq_yuqiao_take_digest(&c, &sibling);
            hash_node(call, alg, &sibling, node, node);
        } else if (idx < last) {
            yq_yuqiao_take_digest(&c, &sibling);
            hash_node(call, alg, node, &sibling, node);
        }
    }
    return YQ_OK;
}

/* In and out: node, from a leaf of the export tree to its root. The tree does not commit to its
 * size, so a step says itself on which side the sibling stands: 0 right, 1 left. */
static yq_status climb(const yq_yuqiao_call *call, uint32_t alg, yq_slice steps, yq_digest *node)
{
    yq_cur c = yq_cur_of(steps);
    while (yq_cur_left(&c) > 0) {
        yq_digest sibling;
        const uint8_t side = yq_cur_u8(&c);
        yq_yuqiao_take_digest(&c, &sibling);
        if (side == 1) {
            hash_node(call, alg, &sibling, node, node);
        } else if (side == 0) {
            hash_node(call, alg, node, &sibling, node);
        } else {
            return yq_yuqiao_fail(call, YQ_E_FIELD_UNKNOWN, "side");
        }
    }
    return YQ_OK;
}

static void commitment_leaf(
    const yq_yuqiao_call *call,
    uint32_t alg,
    const yq_yuqiao_packet *in,
    yq_slice head,
    yq_slice payload,
    yq_digest *leaf)
{
    static const uint8_t tag = 0x00;
    yq_digest md = {{0}}, commitment = {{0}};
    hash_parts(call, alg, &payload, 1, &md);
    const yq_slice whole[] = {head, YQ_SLICE_OF(md.b)};
    hash_parts(call, alg, whole, YQ_ARRAY_N(whole), &commitment);
    const yq_slice part[] = {{&tag, 1}, in->index_bytes, YQ_SLICE_OF(commitment.b)};
    hash_parts(call, alg, part, YQ_ARRAY_N(part), leaf);
}

/* The leaf of the export tree: H(0x00 || str8 dst_chain || u64 size || outbox_root). */
static void export_leaf(
    const yq_yuqiao_call *call,
    uint32_t alg,
    yq_slice chain,
    uint64_t size,
    const yq_digest *root,
    yq_digest *leaf)
{
    uint8_t room[1 + 1 + YQ_CHAIN_ID_SIZE_MAX + 8 + YQ_DIGEST_SIZE];
    yq_writer w = yq_writer_of(room, sizeof room);
    yq_put_u8(&w, 0x00);
    yq_put_str8(&w, chain);
    yq_put_u64(&w, size);
    yq_put(&w, YQ_SLICE_OF(root->b));
    const yq_slice all = yq_writer_slice(&w);
    hash_parts(call, alg, &all, 1, leaf);
}

static const yq_digest *export_root(const yq_block_roots *roots, uint8_t suite)
{
    for (size_t i = 0; i < roots->suite_n; i++) {
        if (roots->suite[i].suite == suite) {
            return &roots->suite[i].export_root;
        }
    }
    return NULL;
}

static yq_status check_packet(
    const yq_yuqiao_call *call, const yq_yuqiao_state *state, const yq_packet *packet)
{
    if (!yq_slice_equal(packet->hub, state->hub)) {
        return yq_yuqiao_fail(call, YQ_E_DOMAIN, "packet of another hub");
    }
    return yq_slice_equal(packet->dst_chain, state->own)
               ? YQ_OK
               : yq_yuqiao_fail(call, YQ_E_DOMAIN, "packet for another chain");
}

yq_status yq_yuqiao_packet_check(
    const yq_yuqiao_call *call,
    const yq_yuqiao_state *state,
    const yq_block_roots *roots,
    const yq_yuqiao_packet *in)
{
    static const uint8_t hash_of[] = {
        [YQ_SUITE_SM2] = YQ_HASH_SM3,
        [YQ_SUITE_P256] = YQ_HASH_SHA256,
        [YQ_SUITE_ETH] = YQ_HASH_KECCAK256,
        [YQ_SUITE_ED25519] = YQ_HASH_SHA256,
    };
    uint8_t room[YQ_PACKET_HEAD_SIZE_MAX];
    yq_buf head = {room, sizeof room, 0};
    yq_digest node = {{0}};
    yq_packet packet;
    if (state->suite == 0) {
        return yq_yuqiao_fail(call, YQ_E_UNSUPPORTED, "the anchor names no outbox");
    }
    const uint32_t alg = hash_of[state->suite];
    const yq_digest *root = export_root(roots, state->suite);
    if (root == NULL) {
        return yq_yuqiao_fail(call, YQ_E_NOT_FOUND, "no outbox of this suite");
    }
    yq_status status = yq_packet_decode(in->packet, &packet, call->why);
    if (status == YQ_OK) {
        status = check_packet(call, state, &packet);
    }
    if (status == YQ_OK) {
        status = yq_packet_commitment_head(&packet, &head);
    }
    if (status != YQ_OK) {
        return status;
    }
    commitment_leaf(call, alg, in, yq_slice_of(head.p, head.n), packet.payload, &node);
    status = follow(call, alg, in->size, in->index, in->path, &node);
    if (status != YQ_OK) {
        return status;
    }
    export_leaf(call, alg, state->own, in->size, &node, &node);
    status = climb(call, alg, in->exports, &node);
    if (status == YQ_OK && !yq_digest_equal(&node, root)) {
        status = yq_yuqiao_fail(call, YQ_E_PROOF, "packet");
    }
    return status;
}

/* ---- state ---- */

static void state_leaf(
    const yq_yuqiao_call *call, const yq_digest *path, const yq_digest *value, yq_digest *leaf)
{
    static const uint8_t tag = 0x00;
    const yq_slice part[] = {{&tag, 1}, YQ_SLICE_OF(path->b), YQ_SLICE_OF(value->b)};
    hash_parts(call, call->alg, part, YQ_ARRAY_N(part), leaf);
}

/* The other leaf of a proof of absence lies where the path ends, and is another one. */
static int other_is_there(const yq_digest *path, const yq_state_proof *proof)
{
    for (unsigned i = 0; i < proof->depth; i++) {
        if (yq_state_bit(path, i) != yq_state_bit(&proof->other_path, i)) {
            return 0;
        }
    }
    return !yq_digest_equal(path, &proof->other_path);
}

yq_status yq_yuqiao_state_check(
    const yq_yuqiao_call *call,
    const yq_digest *root,
    yq_slice key,
    yq_slice value,
    yq_slice proof_bytes,
    int *present)
{
    yq_state_proof proof;
    yq_digest path = {{0}}, md = {{0}}, node = {{0}};
    yq_status status = yq_state_proof_decode(proof_bytes, &proof, call->why);
    if (status != YQ_OK) {
        return status;
    }
    if (yq_digest_is_zero(root)) {
        return yq_yuqiao_fail(call, YQ_E_ZERO_ROOT, "state_root");
    }
    *present = proof.kind == YQ_STATE_PROOF_PRESENT;
    if (!*present && value.n > 0) {
        return yq_yuqiao_fail(call, YQ_E_PROOF_TRAILING, "a value that is absent");
    }
    hash_parts(call, call->alg, &key, 1, &path);
    if (*present) {
        hash_parts(call, call->alg, &value, 1, &md);
        state_leaf(call, &path, &md, &node);
    } else if (proof.kind == YQ_STATE_PROOF_OTHER) {
        if (!other_is_there(&path, &proof)) {
            return yq_yuqiao_fail(call, YQ_E_ABSENCE_PROOF, "other leaf");
        }
        state_leaf(call, &proof.other_path, &proof.other_value, &node);
    }
    for (unsigned i = 0; i < proof.depth; i++) {
        if (yq_state_bit(&path, proof.depth - 1u - i) == 1) {
            hash_node(call, call->alg, &proof.sibling[i], &node, &node);
        } else {
            hash_node(call, call->alg, &node, &proof.sibling[i], &node);
        }
    }
    return yq_digest_equal(&node, root) ? YQ_OK : yq_yuqiao_fail(call, YQ_E_PROOF, "state");
}
