#include "relay/hub/commitment.h"

#include "relay/base/writer.h"
#include "relay/crypto/crypto.h"
#include "relay/crypto/merkle.h"

yq_status yq_packet_commitment(uint32_t alg, const yq_packet *packet, yq_digest *commitment)
{
    if (yq_hash_size(alg) != YQ_DIGEST_SIZE) {
        return YQ_E_RANGE;
    }
    uint8_t head[YQ_PACKET_HEAD_SIZE_MAX];
    yq_buf out = {head, sizeof head, 0};
    yq_status status = yq_packet_commitment_head(packet, &out);
    if (status != YQ_OK) {
        return status == YQ_E_NOSPC ? YQ_E_LIMIT : status;
    }
    yq_digest payload;
    yq_hash_one(alg, packet->payload, payload.b);
    const yq_slice part[] = {{head, out.n}, {payload.b, sizeof payload.b}};
    yq_hash(alg, part, YQ_ARRAY_N(part), commitment->b);
    return YQ_OK;
}

yq_status yq_packet_id(const yq_packet *packet, yq_digest *id)
{
    return yq_packet_commitment(YQ_HASH_SM3, packet, id);
}

void yq_outbox_leaf(uint32_t alg, uint64_t index, const yq_digest *commitment, yq_digest *leaf)
{
    uint8_t number[8];
    yq_writer w = yq_writer_of(number, sizeof number);
    yq_put_u64(&w, index);
    const yq_slice part[] = {{number, sizeof number}, {commitment->b, sizeof commitment->b}};
    yq_merkle_leaf(alg, part, YQ_ARRAY_N(part), leaf);
}

void yq_export_leaf(
    uint32_t alg, yq_slice dst_chain, uint64_t size, const yq_digest *outbox_root, yq_digest *leaf)
{
    uint8_t length[1], number[8];
    yq_writer w = yq_writer_of(length, sizeof length);
    yq_put_u8(&w, (uint8_t)dst_chain.n);
    w = yq_writer_of(number, sizeof number);
    yq_put_u64(&w, size);
    const yq_slice part[] = {
        {length, sizeof length},
        dst_chain,
        {number, sizeof number},
        {outbox_root->b, sizeof outbox_root->b}};
    yq_merkle_leaf(alg, part, YQ_ARRAY_N(part), leaf);
}
