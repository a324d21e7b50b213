#include "relay/base/cursor.h"
#include "relay/base/writer.h"
#include "relay/crypto/state_proof.h"

/* The layout of a proof. Needs no hash, so that verifiers link it alone (target yq_state_layout).
 */

static int is_empty(const yq_digest *node)
{
    return yq_bytes_are_zero(node->b, sizeof node->b);
}

static int bitmap_bit(yq_slice bitmap, size_t i)
{
    return bitmap.p[i / 8] >> (7 - i % 8) & 1;
}

/* The bits that the last byte of a bitmap has and no sibling uses. */
static unsigned unused_bits(size_t depth)
{
    return depth % 8 == 0 ? 0 : 0xffu >> depth % 8;
}

static void read_siblings(yq_cur *c, yq_state_proof *proof)
{
    size_t at = c->pos;
    proof->depth = yq_cur_u16(c);
    if (proof->depth > YQ_STATE_DEPTH_MAX) {
        yq_cur_fail_field(c, YQ_E_LIMIT, at, "depth");
        return;
    }
    at = c->pos;
    yq_slice bitmap = yq_cur_take(c, (proof->depth + 7u) / 8);
    if (!yq_cur_ok(c) || proof->depth == 0) {
        return;
    }
    if ((bitmap.p[bitmap.n - 1] & unused_bits(proof->depth)) != 0 || !bitmap_bit(bitmap, 0)) {
        yq_cur_fail_field(c, YQ_E_NONCANONICAL, at, "bitmap");
        return;
    }
    for (size_t i = 0; i < proof->depth; i++) {
        if (!bitmap_bit(bitmap, i)) {
            continue;
        }
        at = c->pos;
        yq_cur_copy(c, proof->sibling[i].b, YQ_DIGEST_SIZE);
        if (is_empty(&proof->sibling[i])) {
            yq_cur_fail_field(c, YQ_E_NONCANONICAL, at, "sibling");
        }
    }
}

yq_status yq_state_proof_decode(yq_slice in, yq_state_proof *proof, yq_fault *why)
{
    *proof = (yq_state_proof){0};
    yq_cur c = yq_cur_of(in);
    proof->kind = yq_cur_u8(&c);
    if (proof->kind < YQ_STATE_PROOF_PRESENT || proof->kind > YQ_STATE_PROOF_OTHER) {
        yq_cur_fail_field(&c, YQ_E_FIELD_UNKNOWN, 0, "kind");
    }
    if (proof->kind == YQ_STATE_PROOF_OTHER) {
        yq_cur_copy(&c, proof->other_path.b, YQ_DIGEST_SIZE);
        yq_cur_copy(&c, proof->other_value.b, YQ_DIGEST_SIZE);
    }
    read_siblings(&c, proof);
    return yq_cur_done(&c, why);
}

yq_status yq_state_proof_encode(const yq_state_proof *proof, yq_buf *out)
{
    if (proof->kind < YQ_STATE_PROOF_PRESENT || proof->kind > YQ_STATE_PROOF_OTHER ||
        proof->depth > YQ_STATE_DEPTH_MAX || (proof->depth > 0 && is_empty(&proof->sibling[0]))) {
        return YQ_E_RANGE;
    }
    yq_writer w = yq_writer_of(out->p + out->n, out->cap - out->n);
    yq_put_u8(&w, proof->kind);
    if (proof->kind == YQ_STATE_PROOF_OTHER) {
        yq_put_bytes(&w, proof->other_path.b, YQ_DIGEST_SIZE);
        yq_put_bytes(&w, proof->other_value.b, YQ_DIGEST_SIZE);
    }
    yq_put_u16(&w, proof->depth);
    uint8_t bitmap[YQ_STATE_DEPTH_MAX / 8] = {0};
    for (size_t i = 0; i < proof->depth; i++) {
        if (!is_empty(&proof->sibling[i])) {
            bitmap[i / 8] |= (uint8_t)(0x80u >> i % 8);
        }
    }
    yq_put_bytes(&w, bitmap, (proof->depth + 7u) / 8);
    for (size_t i = 0; i < proof->depth; i++) {
        if (!is_empty(&proof->sibling[i])) {
            yq_put_bytes(&w, proof->sibling[i].b, YQ_DIGEST_SIZE);
        }
    }
    if (w.status == YQ_OK) {
        out->n += w.n;
    }
    return w.status;
}
