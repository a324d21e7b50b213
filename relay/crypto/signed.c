#include "relay/crypto/signed.h"

#include "relay/base/writer.h"
#include "relay/crypto/crypto.h"

void yq_signed_digest(
    uint32_t alg,
    yq_signed_type type,
    const yq_digest *chain_id_hash,
    uint64_t epoch,
    uint64_t view,
    yq_slice body,
    yq_digest *m)
{
    uint8_t room[YQ_SIGNED_PREFIX_SIZE + 1 + YQ_DIGEST_SIZE + 16];
    yq_writer w = yq_writer_of(room, sizeof room);
    yq_put_bytes(&w, YQ_SIGNED_PREFIX, YQ_SIGNED_PREFIX_SIZE);
    yq_put_u8(&w, (uint8_t)type);
    yq_put_bytes(&w, chain_id_hash->b, YQ_DIGEST_SIZE);
    yq_put_u64(&w, epoch);
    yq_put_u64(&w, view);
    yq_slice part[2] = {yq_writer_slice(&w), body};
    yq_hash(alg, part, 2, m->b);
}
