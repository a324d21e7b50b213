#include "adapters/fabric/member.h"

#include "relay/base/bytes.h"
#include "relay/base/cursor.h"
#include "relay/base/writer.h"
#include "relay/codec/der.h"
#include "relay/codec/protobuf.h"
#include "relay/codec/x509.h"

#define CERT_MAX (16u << 10)

yq_status yq_fabric_member_identity(const yq_fabric_member *member, yq_buf *out)
{
    yq_writer w = yq_writer_of(out->p + out->n, out->cap - out->n);
    if (member->msp_id.n > 0) {
        yq_pb_put_bytes(&w, 1, member->msp_id);
        yq_pb_put_bytes(&w, 2, member->cert_pem);
    }
    out->n += w.status == YQ_OK ? w.n : 0;
    return w.status;
}

yq_status yq_fabric_member_sign(const yq_fabric_member *member, yq_slice message, yq_buf *out)
{
    uint8_t md[YQ_DIGEST_SIZE], rs[64];
    if (member->key == NULL) {
        return YQ_OK;
    }
    yq_hash_one(
        member->signing == YQ_FABRIC_MEMBER_ECDSA ? YQ_HASH_SHA256 : YQ_HASH_SM3, message, md);
    if (member->signing == YQ_FABRIC_MEMBER_SM2_HASH) {
        yq_key_sign_sm2_digest(member->key, md, rs);
    } else {
        yq_key_sign(
            member->key,
            member->signing == YQ_FABRIC_MEMBER_SM2_MESSAGE ? message : YQ_SLICE_OF(md),
            rs);
    }
    return yq_der_signature_encode(rs, 32, out);
}

/* ---- what others do ---- */

static yq_slice field_of(yq_slice in, uint32_t number)
{
    yq_cur c = yq_cur_of(in);
    int found;
    yq_slice bytes = yq_pb_find(&c, number, &found);
    return yq_cur_ok(&c) ? bytes : (yq_slice){0};
}

/* Whether one way of signing makes this signature over the message. */
static int is_signed(uint8_t signing, yq_slice key, yq_slice message, const uint8_t rs[64])
{
    static const uint16_t alg[] = {
        [YQ_FABRIC_MEMBER_ECDSA] = YQ_SIG_P256_DIGEST,
        [YQ_FABRIC_MEMBER_SM2_HASH] = YQ_SIG_SM2_DIGEST,
        [YQ_FABRIC_MEMBER_SM2_MESSAGE] = YQ_SIG_SM2_MESSAGE,
        [YQ_FABRIC_MEMBER_SM2_TWICE] = YQ_SIG_SM2_MESSAGE};
    uint8_t md[YQ_DIGEST_SIZE];
    yq_hash_one(signing == YQ_FABRIC_MEMBER_ECDSA ? YQ_HASH_SHA256 : YQ_HASH_SM3, message, md);
    const yq_signature one = {
        .alg = alg[signing],
        .key = key,
        .msg = signing == YQ_FABRIC_MEMBER_SM2_MESSAGE ? message : YQ_SLICE_OF(md),
        .sig = yq_slice_of(rs, 64)};
    return yq_signature_check(&one) == YQ_OK;
}

static int probe_signing(yq_slice pem, yq_slice message, yq_slice signature, uint8_t *signing)
{
    uint8_t room[CERT_MAX], rs[64];
    yq_buf der = {room, sizeof room, 0};
    yq_x509 x;
    if (yq_pem_decode(pem, "CERTIFICATE", &der, NULL) != YQ_OK ||
        yq_x509_decode(yq_slice_of(der.p, der.n), &x, NULL) != YQ_OK ||
        yq_der_signature_decode(signature, 32, rs, NULL) != YQ_OK || x.key.n != 64) {
        return 0;
    }
    for (unsigned i = YQ_FABRIC_MEMBER_ECDSA; i <= YQ_FABRIC_MEMBER_SM2_TWICE; i++) {
        int is_sm2 = x.key_alg == YQ_X509_KEY_SM2;
        if (is_sm2 == (i != YQ_FABRIC_MEMBER_ECDSA) && is_signed((uint8_t)i, x.key, message, rs)) {
            *signing = (uint8_t)i;
            return 1;
        }
    }
    return 0;
}

int yq_fabric_member_probe(yq_slice envelope, uint8_t *signing, uint32_t *tx_hash)
{
    static const uint32_t hash[] = {YQ_HASH_SHA256, YQ_HASH_SM3};
    yq_slice payload = field_of(envelope, 1), header = field_of(payload, 1);
    yq_slice tx_id = field_of(field_of(header, 1), 5), signer = field_of(header, 2);
    const yq_slice part[] = {field_of(signer, 2), field_of(signer, 1)};
    int found = 0;
    for (size_t i = 0; i < YQ_ARRAY_N(hash) && !found; i++) {
        uint8_t md[YQ_DIGEST_SIZE];
        char text[2 * YQ_DIGEST_SIZE + 1];
        yq_hash(hash[i], part, YQ_ARRAY_N(part), md);
        (void)yq_hex_encode(text, sizeof text, md, sizeof md);
        found = yq_slice_equal(tx_id, yq_slice_text(text));
        *tx_hash = hash[i];
    }
    return found && probe_signing(field_of(part[1], 2), payload, field_of(envelope, 2), signing);
}
