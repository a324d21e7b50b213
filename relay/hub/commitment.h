#ifndef YQ_RELAY_HUB_COMMITMENT_H
#define YQ_RELAY_HUB_COMMITMENT_H

#include "yuqiao/packet.h"

/* The hashes of messages.md 1 and 3. alg is the destination's hash (yq_hash_alg); contracts of
 * every framework compute the same. */

/* H("YUQIAO-PACKET-1" || all fields, the payload as u32 length || H(payload)). In: a packet whose
 * fields are within their limits. Errors: E_LIMIT, E_RANGE for one that is not. */
YQ_NODISCARD yq_status
yq_packet_commitment(uint32_t alg, const yq_packet *packet, yq_digest *commitment);

/* The commitment with SM3, whatever the destination's hash: the message's name everywhere. */
YQ_NODISCARD yq_status yq_packet_id(const yq_packet *packet, yq_digest *id);

/* H(0x00 || u64 index || commitment). */
void yq_outbox_leaf(uint32_t alg, uint64_t index, const yq_digest *commitment, yq_digest *leaf);

/* H(0x00 || str8 dst_chain || u64 size || outbox_root). */
void yq_export_leaf(
    uint32_t alg, yq_slice dst_chain, uint64_t size, const yq_digest *outbox_root, yq_digest *leaf);

#endif /* YQ_RELAY_HUB_COMMITMENT_H */
