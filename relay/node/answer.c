#include "relay/node/state.h"
#include "relay/store/mem.h"

/* Answers that are larger than a frame. */

void answer_reset(answer *a)
{
    yq_mem_free(a->room);
    *a = (answer){0};
}

yq_status answer_take(answer *a, const yq_frame_chunk *chunk, size_t size_max, int *whole)
{
    *whole = 0;
    if (chunk->size > size_max) {
        return YQ_E_LIMIT;
    }
    if (chunk->offset != a->got || (a->got > 0 && chunk->size != a->size)) {
        return YQ_E_LEN;
    }
    if (a->got == 0) {
        a->size = chunk->size;
        a->room = yq_mem_alloc(chunk->size);
    }
    memcpy(a->room + chunk->offset, chunk->bytes.p, chunk->bytes.n);
    a->got += (uint32_t)chunk->bytes.n;
    *whole = a->got == a->size;
    return YQ_OK;
}

int answer_send(
    yq_node *n, uint32_t peer, yq_frame_type type, uint64_t from, const uint8_t *bytes, size_t size)
{
    size_t pieces = (size + YQ_FRAME_CHUNK_MAX - 1) / YQ_FRAME_CHUNK_MAX;
    if (yq_net_room(n->net, peer, type) < size + 32 * pieces) {
        return 0;
    }
    uint8_t *room = yq_mem_alloc(16 + YQ_FRAME_CHUNK_MAX);
    for (size_t at = 0; at < size; at += YQ_FRAME_CHUNK_MAX) {
        size_t left = size - at;
        yq_frame_chunk chunk = {
            .from = from,
            .size = (uint32_t)size,
            .offset = (uint32_t)at,
            .bytes = {bytes + at, left < YQ_FRAME_CHUNK_MAX ? left : YQ_FRAME_CHUNK_MAX},
        };
        yq_writer w = yq_writer_of(room, 16 + YQ_FRAME_CHUNK_MAX);
        yq_frame_chunk_put(&w, &chunk);
        if (yq_net_send(n->net, peer, type, yq_writer_slice(&w)) != YQ_OK) {
            break; /* the link ended */
        }
    }
    yq_mem_free(room);
    return 1;
}

void answer_send_number(yq_node *n, uint32_t peer, yq_frame_type type, uint64_t number)
{
    uint8_t body[8];
    yq_writer w = yq_writer_of(body, sizeof body);
    yq_put_u64(&w, number);
    yq_status status = yq_net_send(n->net, peer, type, yq_writer_slice(&w));
    (void)status; /* a link without room is slow: it asks another */
}
