#include "relay/hub/export_key.h"

#include "relay/base/assert.h"
#include "relay/base/bytes.h"
#include "relay/base/writer.h"
#include "relay/crypto/signed.h"

#define BODY_MAX (1u + 256u + 1u + 256u)

void yq_export_key_digest(
    uint32_t alg, const yq_digest *chain_id_hash, const yq_export_binding *b, yq_digest *m)
{
    uint8_t room[BODY_MAX];
    yq_writer w = yq_writer_of(room, sizeof room);
    yq_put_u8(&w, YQ_PROOF_EXPORT_KEY);
    yq_put_str8(&w, b->validator);
    yq_put_u8(&w, b->suite);
    yq_put_str8(&w, b->address);
    YQ_ASSERT(w.status == YQ_OK);
    yq_signed_digest(alg, YQ_SIGNED_GOV, chain_id_hash, 0, 0, yq_writer_slice(&w), m);
}

void yq_export_owner_digest(
    const yq_digest *chain_id_hash, const yq_export_binding *b, yq_digest *m)
{
    uint8_t room[sizeof YQ_EXPORT_OWNER_TAG + YQ_DIGEST_SIZE + BODY_MAX];
    yq_writer w = yq_writer_of(room, sizeof room);
    yq_put(&w, yq_slice_text(YQ_EXPORT_OWNER_TAG));
    yq_put_bytes(&w, chain_id_hash->b, YQ_DIGEST_SIZE);
    yq_put_u8(&w, b->suite);
    yq_put_str8(&w, b->validator);
    YQ_ASSERT(w.status == YQ_OK);
    yq_hash_one(YQ_HASH_KECCAK256, yq_writer_slice(&w), m->b);
}

yq_status yq_export_signed_by(const uint8_t *address, const yq_digest *m, const uint8_t *sig)
{
    uint8_t signer[YQ_ADDRESS_SIZE];
    yq_status status = yq_secp256k1_signer(m->b, sig, signer);
    if (status != YQ_OK) {
        return status;
    }
    return memcmp(signer, address, sizeof signer) == 0 ? YQ_OK : YQ_E_SIG;
}
