#include "adapters/evm/evidence.h"
#include "adapters/evm/fields.h"
#include "relay/crypto/crypto.h"

static yq_writer writer_at(const yq_buf *out)
{
    return (yq_writer){.p = out->p, .cap = out->cap, .n = out->n};
}

static yq_status finish(const yq_writer *w, yq_buf *out, yq_fault *why)
{
    if (w->status != YQ_OK) {
        return yq_fail(why, w->status, 0, "room");
    }
    out->n = w->n;
    return YQ_OK;
}

yq_status yq_evma_anchor_of(
    const yq_evma_profile *profile, const yq_evma_header *header, yq_buf *out, yq_fault *why)
{
    yq_writer w = writer_at(out);
    yq_put_u8(&w, YQ_EVM_LAYOUT_VERSION);
    yq_put_u8(&w, profile->mode);
    yq_put_u64(&w, profile->epoch);
    yq_put_u16(&w, profile->depth);
    yq_put_bytes(&w, profile->contract, sizeof profile->contract);
    yq_put_bytes(&w, profile->slot.b, sizeof profile->slot.b);
    yq_put_bytes(&w, header->hash.b, sizeof header->hash.b);
    yq_put_blob32(&w, header->raw);
    return finish(&w, out, why);
}

yq_status yq_evma_update_begin(size_t n, yq_buf *out, yq_fault *why)
{
    yq_writer w = writer_at(out);
    if (n == 0 || n > YQ_EVM_BATCH_MAX) {
        return yq_fail(why, YQ_E_LIMIT, 0, "headers");
    }
    yq_put_u8(&w, YQ_EVM_LAYOUT_VERSION);
    yq_put_u16(&w, (uint16_t)n);
    return finish(&w, out, why);
}

yq_status yq_evma_update_add(yq_slice header, yq_buf *out, yq_fault *why)
{
    yq_writer w = writer_at(out);
    yq_put_blob32(&w, header);
    return finish(&w, out, why);
}

yq_status yq_evma_event_of(
    uint64_t number,
    uint32_t index,
    yq_slice tx_nodes,
    yq_slice receipt_nodes,
    uint32_t log_idx,
    yq_buf *out,
    yq_fault *why)
{
    yq_writer w = writer_at(out);
    yq_put_u8(&w, YQ_EVM_LAYOUT_VERSION);
    yq_put_u64(&w, number);
    yq_put_u32(&w, index);
    yq_put(&w, tx_nodes);
    yq_put(&w, receipt_nodes);
    yq_put_u32(&w, log_idx);
    return finish(&w, out, why);
}

/* ---- validators in a contract -----------------------------------------------------------------
 */

/* A list of nodes; some nodes' lists also name those that lie in their parents: left out. */
static yq_status put_nodes(const yq_json *list, yq_writer *w, yq_fault *why)
{
    enum {
        EMBED_BELOW = 32,
        HEAD = 4
    };
    size_t mark = w->n;
    uint16_t n = 0;
    if (!yq_json_is_array(list)) {
        return yq_fail(why, YQ_E_FIELD_MISSING, 0, "proof");
    }
    if (yq_json_count(list) > YQ_MPT_NODES_MAX) {
        return yq_fail(why, YQ_E_PROOF_DEPTH, 0, "proof");
    }
    yq_put_u16(w, 0);
    for (size_t i = 0; i < yq_json_count(list); i++) {
        yq_slice text;
        if (!yq_json_text(yq_json_at(list, i), &text)) {
            return yq_fail(why, YQ_E_TYPE, 0, "proof");
        }
        if (w->status != YQ_OK || w->cap - w->n < HEAD + text.n / 2) {
            return yq_fail(why, YQ_E_NOSPC, 0, "room");
        }
        yq_buf node = {w->p + w->n + HEAD, w->cap - w->n - HEAD, 0};
        if (!yq_json_hex(yq_json_at(list, i), &node)) {
            return yq_fail(why, YQ_E_TYPE, 0, "proof");
        }
        if (i == 0 || node.n >= EMBED_BELOW) {
            yq_put_u32(w, (uint32_t)node.n);
            w->n += node.n;
            n++;
        }
    }
    if (w->status != YQ_OK) {
        return yq_fail(why, w->status, 0, "room");
    }
    w->p[mark] = (uint8_t)(n >> 8);
    w->p[mark + 1] = (uint8_t)n;
    return YQ_OK;
}

yq_status yq_evma_contract_of(const yq_json *proof, int storage, yq_buf *out, yq_fault *why)
{
    yq_writer w = writer_at(out);
    const yq_json *slots = yq_json_get(proof, "storageProof");
    size_t n = yq_json_count(slots);
    yq_status status = put_nodes(yq_json_get(proof, "accountProof"), &w, why);
    if (status != YQ_OK) {
        return status;
    }
    yq_put_u8(&w, storage ? 1 : 0);
    if (storage && (!yq_json_is_array(slots) || n < 2 || n - 1 > YQ_EVM_VALIDATORS_MAX)) {
        return yq_fail(why, YQ_E_FIELD_MISSING, 0, "storageProof");
    }
    for (size_t i = 0; storage && i < n; i++) {
        if (i == 1) {
            yq_put_u16(&w, (uint16_t)(n - 1));
        }
        status = put_nodes(yq_json_get(yq_json_at(slots, i), "proof"), &w, why);
        if (status != YQ_OK) {
            return status;
        }
    }
    return finish(&w, out, why);
}

yq_status yq_evma_storage_root_of(const yq_json *proof, yq_digest *root, yq_fault *why)
{
    return yq_evma_digest(yq_json_get(proof, "storageHash"), root)
               ? YQ_OK
               : yq_fail(why, YQ_E_FIELD_MISSING, 0, "storageHash");
}

void yq_evma_element_slot(const yq_digest *slot, uint64_t index, yq_digest *out)
{
    yq_hash_one(YQ_HASH_KECCAK256, yq_slice_of(slot->b, sizeof slot->b), out->b);
    for (size_t i = sizeof out->b; i > 0 && index > 0; i--) {
        index += out->b[i - 1];
        out->b[i - 1] = (uint8_t)index;
        index >>= 8;
    }
}
