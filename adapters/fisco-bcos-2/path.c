#include "adapters/fisco-bcos-2/evidence.h"
#include "adapters/fisco-bcos-2/fields.h"
#include "relay/base/writer.h"
#include "relay/codec/rlp.h"
#include "relay/crypto/crypto.h"

#define WIDTH      16u
#define LEVELS_MAX 4u
#define LEAF_MAX   36u

static yq_writer writer_at(const yq_buf *out)
{
    return (yq_writer){.p = out->p, .cap = out->cap, .n = out->n};
}

static yq_slice leaf_head(uint32_t index, uint8_t *room)
{
    yq_writer w = yq_writer_of(room, 4);
    yq_rlp_put_uint(&w, index);
    return yq_writer_slice(&w);
}

/* One sibling: 32 bytes, on level 0 behind the RLP of its index. */
static yq_status put_sibling(
    const yq_json *value, size_t level, uint32_t index, yq_writer *w, yq_fault *why)
{
    uint8_t room[LEAF_MAX], head_room[4];
    yq_buf leaf = {room, sizeof room, 0};
    yq_slice head = level == 0 ? leaf_head(index, head_room) : (yq_slice){0};
    if (!yq_json_hex(value, &leaf)) {
        return yq_fail(why, YQ_E_TYPE, 0, "proof");
    }
    if (leaf.n != head.n + YQ_DIGEST_SIZE || (head.n > 0 && memcmp(room, head.p, head.n) != 0)) {
        return yq_fail(why, YQ_E_PROOF_NONCANONICAL, 0, "proof: node");
    }
    yq_put_bytes(w, room + head.n, YQ_DIGEST_SIZE);
    return YQ_OK;
}

static yq_status put_level(
    const yq_json *entry, size_t level, uint32_t index, yq_writer *w, yq_fault *why)
{
    const yq_json *left = yq_json_get(entry, "left"), *right = yq_json_get(entry, "right");
    uint32_t own = index >> 4 * level & 15u;
    if (!yq_json_is_array(left) || !yq_json_is_array(right)) {
        return yq_fail(why, YQ_E_FIELD_MISSING, 0, "proof: left, right");
    }
    if (yq_json_count(left) != own || yq_json_count(right) >= WIDTH - own) {
        return yq_fail(why, YQ_E_PROOF_BOUNDS, 0, "proof: place");
    }
    uint32_t size = (uint32_t)(own + 1 + yq_json_count(right));
    yq_put_u8(w, (uint8_t)size);
    for (uint32_t i = 0; i < size; i++) {
        if (i == own) {
            continue;
        }
        const yq_json *node = i < own ? yq_json_at(left, i) : yq_json_at(right, i - own - 1);
        yq_status status = put_sibling(node, level, (index & ~15u) + i, w, why);
        if (status != YQ_OK) {
            return status;
        }
    }
    return YQ_OK;
}

yq_status yq_fisco2_path_of_json(const yq_json *levels, uint32_t index, yq_buf *out, yq_fault *why)
{
    yq_writer w = writer_at(out);
    size_t n = yq_json_count(levels);
    if (!yq_json_is_array(levels) || n == 0) {
        return yq_fail(why, YQ_E_FIELD_MISSING, 0, "proof");
    }
    const yq_json *top = yq_json_at(levels, n - 1);
    if (yq_json_count(yq_json_get(top, "left")) != 0 ||
        yq_json_count(yq_json_get(top, "right")) != 0) {
        return yq_fail(why, YQ_E_PROOF_DEPTH, 0, "proof: last level");
    }
    n--; /* the root over the last node is always there and says nothing */
    if (n > LEVELS_MAX) {
        return yq_fail(why, YQ_E_PROOF_DEPTH, 0, "proof: levels");
    }
    yq_put_u8(&w, (uint8_t)n);
    for (size_t level = 0; level < n; level++) {
        yq_status status = put_level(yq_json_at(levels, level), level, index, &w, why);
        if (status != YQ_OK) {
            return status;
        }
    }
    if (w.status != YQ_OK) {
        return yq_fail(why, w.status, 0, "room");
    }
    out->n = w.n;
    return YQ_OK;
}

/* The parent of the nodes first .. first + size - 1 of a level. */
static void hash_group(
    uint32_t alg, const yq_digest *node, uint32_t first, size_t size, size_t level, yq_digest *up)
{
    uint8_t head[WIDTH][4];
    yq_slice part[2 * WIDTH];
    size_t part_n = 0;
    for (uint32_t i = 0; i < size; i++) {
        if (level == 0) {
            part[part_n++] = leaf_head(first + i, head[i]);
        }
        part[part_n++] = yq_slice_of(node[first + i].b, YQ_DIGEST_SIZE);
    }
    yq_digest md = {{0}};
    yq_hash(alg, part, part_n, md.b);
    *up = md;
}

yq_status yq_fisco2_path_of_hashes(
    uint32_t alg, yq_digest *hash, size_t n, uint32_t index, yq_buf *out, yq_digest *root)
{
    if (index >= n || n > YQ_FISCO2_BLOCK_TX_MAX) {
        return YQ_E_PROOF_BOUNDS;
    }
    yq_writer w = writer_at(out);
    size_t mark = w.n;
    uint8_t levels = 0;
    uint32_t own = index;
    yq_put_u8(&w, 0);
    for (; n > 1; levels++) {
        for (uint32_t first = 0; first < n; first += WIDTH) {
            size_t size = n - first < WIDTH ? n - first : WIDTH;
            if (own / WIDTH == first / WIDTH) {
                yq_put_u8(&w, (uint8_t)size);
                yq_put_bytes(&w, hash + first, (size_t)(own - first) * YQ_DIGEST_SIZE);
                yq_put_bytes(&w, hash + own + 1, (first + size - own - 1) * YQ_DIGEST_SIZE);
            }
            hash_group(alg, hash, first, size, levels, &hash[first / WIDTH]);
        }
        own /= WIDTH;
        n = (n + WIDTH - 1) / WIDTH;
    }
    if (w.status != YQ_OK) {
        return w.status;
    }
    w.p[mark] = levels;
    if (root != NULL) {
        yq_digest top;
        hash_group(alg, hash, 0, 1, levels, &top);
        *root = top;
    }
    out->n = w.n;
    return YQ_OK;
}
