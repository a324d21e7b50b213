#include "relay/net/frames.h"

static const yq_frame_rule rules[YQ_FRAME_TYPE_MAX + 1] = {
#define YQ_X(name, number, min, max, lane) [number] = {#name, min, max, YQ_LANE_##lane},
    YQ_FRAME_MAP(YQ_X)
#undef YQ_X
};

const yq_frame_rule *yq_frame_rule_of(uint8_t type)
{
    return type >= YQ_ARRAY_N(rules) || rules[type].name == NULL ? NULL : &rules[type];
}

yq_status yq_frame_head(yq_slice head, yq_frame_type *type, uint32_t *size, yq_fault *why)
{
    yq_cur c = yq_cur_of(head);
    uint32_t length = yq_cur_u32(&c);
    uint8_t number = yq_cur_u8(&c);
    yq_status status = yq_cur_done(&c, why);
    if (status != YQ_OK) {
        return status;
    }
    const yq_frame_rule *rule = yq_frame_rule_of(number);
    if (rule == NULL) {
        return yq_fail(why, YQ_E_FIELD_UNKNOWN, 4, "frame type");
    }
    if (length > rule->size_max) {
        return yq_fail(why, YQ_E_LIMIT, 0, rule->name);
    }
    if (length < rule->size_min) {
        return yq_fail(why, YQ_E_LEN, 0, rule->name);
    }
    *type = (yq_frame_type)number;
    *size = length;
    return YQ_OK;
}

void yq_frame_head_put(yq_writer *w, yq_frame_type type, uint32_t size)
{
    yq_put_u32(w, size);
    yq_put_u8(w, (uint8_t)type);
}

yq_status yq_frame_digests_decode(yq_slice in, const uint8_t **digest, uint16_t *n, yq_fault *why)
{
    yq_cur c = yq_cur_of(in);
    *n = yq_cur_u16(&c);
    if (*n > YQ_FRAME_DIGESTS_MAX) {
        yq_cur_fail_field(&c, YQ_E_LIMIT, 0, "digests");
    } else if (*n == 0) {
        yq_cur_fail_field(&c, YQ_E_RANGE, 0, "digests");
    }
    *digest = yq_cur_take(&c, (size_t)YQ_DIGEST_SIZE * *n).p;
    return yq_cur_done(&c, why);
}

void yq_frame_digests_put(yq_writer *w, const uint8_t *digest, uint16_t n)
{
    yq_put_u16(w, n);
    yq_put_bytes(w, digest, (size_t)YQ_DIGEST_SIZE * n);
}

void yq_frame_range_put(yq_writer *w, uint64_t from, uint64_t to)
{
    yq_put_u64(w, from);
    yq_put_u64(w, to);
}

yq_status yq_frame_range_decode(yq_slice in, uint64_t *from, uint64_t *to, yq_fault *why)
{
    yq_cur c = yq_cur_of(in);
    *from = yq_cur_u64(&c);
    *to = yq_cur_u64(&c);
    if (*from == 0 || *to < *from) {
        yq_cur_fail_field(&c, YQ_E_RANGE, 0, "heights");
    } else if (*to - *from >= YQ_FRAME_BLOCKS_MAX) {
        yq_cur_fail_field(&c, YQ_E_LIMIT, 8, "heights");
    }
    return yq_cur_done(&c, why);
}

yq_status yq_frame_chunk_decode(yq_slice in, yq_frame_chunk *chunk, yq_fault *why)
{
    yq_cur c = yq_cur_of(in);
    chunk->from = yq_cur_u64(&c);
    chunk->size = yq_cur_u32(&c);
    chunk->offset = yq_cur_u32(&c);
    chunk->bytes = yq_cur_take(&c, yq_cur_left(&c));
    if (chunk->size > YQ_FRAME_RANGE_SIZE_MAX) {
        yq_cur_fail_field(&c, YQ_E_LIMIT, 8, "size");
    } else if (
        chunk->offset > chunk->size || chunk->bytes.n > chunk->size - chunk->offset ||
        chunk->bytes.n == 0 || chunk->bytes.n > YQ_FRAME_CHUNK_MAX) {
        yq_cur_fail_field(&c, YQ_E_LEN, 12, "chunk");
    }
    return yq_cur_done(&c, why);
}

void yq_frame_chunk_put(yq_writer *w, const yq_frame_chunk *chunk)
{
    yq_put_u64(w, chunk->from);
    yq_put_u32(w, chunk->size);
    yq_put_u32(w, chunk->offset);
    yq_put(w, chunk->bytes);
}

yq_status yq_frame_height_decode(yq_slice in, uint64_t *from, yq_fault *why)
{
    yq_cur c = yq_cur_of(in);
    *from = yq_cur_u64(&c);
    return yq_cur_done(&c, why);
}

yq_status yq_frame_token_decode(yq_slice in, uint64_t *token, yq_slice *request, yq_fault *why)
{
    yq_cur c = yq_cur_of(in);
    *token = yq_cur_u64(&c);
    *request = yq_cur_take(&c, YQ_FRAME_GET_SNAPSHOT_SIZE - 8u);
    return yq_cur_done(&c, why);
}

void yq_frame_token_put(yq_writer *w, uint64_t token, yq_slice request)
{
    yq_put_u64(w, token);
    yq_put(w, request);
}

yq_status yq_frame_export_decode(
    yq_slice in, uint8_t *suite, uint64_t *height, yq_slice *sigs, yq_fault *why)
{
    yq_cur c = yq_cur_of(in);
    *suite = yq_cur_u8(&c);
    *height = yq_cur_u64(&c);
    *sigs = yq_cur_take(&c, yq_cur_left(&c));
    return yq_cur_done(&c, why);
}

void yq_frame_export_put(yq_writer *w, uint8_t suite, uint64_t height, yq_slice sigs)
{
    yq_put_u8(w, suite);
    yq_put_u64(w, height);
    yq_put(w, sigs);
}
