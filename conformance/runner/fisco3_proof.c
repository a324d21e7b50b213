#include "conformance/runner/fisco3.h"
#include "relay/base/bytes.h"
#include "relay/base/cursor.h"

int fisco3_flat_read(const yq_json *list, fisco3_flat *out)
{
    *out = (fisco3_flat){.n = yq_json_count(list)};
    if (!yq_json_is_array(list) || out->n == 0 || out->n > FISCO3_FLAT_MAX) {
        return 0;
    }
    for (size_t i = 0; i < out->n; i++) {
        yq_buf room = {out->bytes + i * YQ_DIGEST_SIZE, YQ_DIGEST_SIZE, 0};
        if (!yq_json_hex(yq_json_at(list, i), &room) || room.n != YQ_DIGEST_SIZE) {
            return 0;
        }
    }
    return 1;
}

/* One group: a count, filled with zeros, and so many nodes, one of them the own. */
static yq_status climb_group(yq_cur *c, uint8_t suite, yq_digest *cur)
{
    static const uint8_t zero[YQ_DIGEST_SIZE - 4];
    uint32_t count = yq_cur_u32(c);
    yq_slice fill = yq_cur_take(c, sizeof zero);
    if (count < 1 || count > 2 || !yq_slice_equal(fill, YQ_SLICE_OF(zero))) {
        return YQ_E_PROOF_NONCANONICAL;
    }
    yq_slice group = yq_cur_take(c, (size_t)count * YQ_DIGEST_SIZE);
    int found = 0;
    for (size_t at = 0; at < group.n; at += YQ_DIGEST_SIZE) {
        found |= memcmp(group.p + at, cur->b, YQ_DIGEST_SIZE) == 0;
    }
    if (!yq_cur_ok(c)) {
        return YQ_E_PROOF_INCOMPLETE;
    }
    *cur = fisco3_hash(suite, group);
    return found ? YQ_OK : YQ_E_PROOF;
}

yq_status fisco3_flat_climb(
    const fisco3_flat *flat, uint8_t suite, const yq_digest *leaf, yq_digest *root)
{
    yq_cur c = yq_cur_of(yq_slice_of(flat->bytes, flat->n * YQ_DIGEST_SIZE));
    yq_status status = flat->n == 0 ? YQ_E_PROOF_INCOMPLETE : YQ_OK;
    *root = *leaf;
    if (flat->n == 1) {
        return memcmp(flat->bytes, leaf->b, YQ_DIGEST_SIZE) == 0 ? YQ_OK : YQ_E_PROOF;
    }
    while (status == YQ_OK && yq_cur_left(&c) > 0) {
        status = climb_group(&c, suite, root);
    }
    return status;
}
