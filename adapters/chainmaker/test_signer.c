#include "adapters/chainmaker/signer.h"
#include "relay/base/bytes.h"
#include "relay/base/writer.h"
#include "relay/codec/der.h"

#include <criterion/criterion.h>
#include <stdio.h>

static const uint8_t ec_key[] = {0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01};
static const uint8_t rsa_key[] = {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01};
static const uint8_t p256[] = {0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07};
static const uint8_t sm2[] = {0x2a, 0x81, 0x1c, 0xcf, 0x55, 0x01, 0x82, 0x2d};
static const uint8_t secp256k1[] = {0x2b, 0x81, 0x04, 0x00, 0x0a};
static const uint8_t p384[] = {0x2b, 0x81, 0x04, 0x00, 0x22};

static char text[512];

/* A public key in PEM: kind and curve, one byte in front of 64 of a point. */
static yq_slice pem_of(yq_slice kind, yq_slice curve, uint8_t form)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    uint8_t der[128], bits[66] = {0, form};
    yq_writer w = yq_writer_of(der, sizeof der);
    memset(bits + 2, 7, 64);
    size_t outer = yq_der_begin(&w), inner = yq_der_begin(&w);
    yq_der_put(&w, YQ_DER_OID, kind);
    yq_der_put(&w, YQ_DER_OID, curve);
    yq_der_end(&w, inner, YQ_DER_SEQUENCE);
    yq_der_put(&w, YQ_DER_BIT_STRING, YQ_SLICE_OF(bits));
    yq_der_end(&w, outer, YQ_DER_SEQUENCE);
    cr_assert_eq(w.status, YQ_OK);
    size_t n = (size_t)snprintf(text, sizeof text, "-----BEGIN PUBLIC KEY-----\n");
    for (size_t i = 0; i < w.n; i += 3) {
        size_t left = w.n - i;
        uint32_t v = (uint32_t)der[i] << 16;
        v |= left > 1 ? (uint32_t)der[i + 1] << 8 : 0u;
        v |= left > 2 ? der[i + 2] : 0u;
        for (unsigned k = 0; k < 4; k++) {
            text[n++] = k > left ? '=' : digits[v >> (18 - 6 * k) & 63];
        }
    }
    (void)snprintf(text + n, sizeof text - n, "\n-----END PUBLIC KEY-----\n");
    return yq_slice_text(text);
}

Test(signer, a_key_signs_by_the_hash_of_its_chain)
{
    const struct {
        yq_slice curve;
        uint32_t alg;
        uint8_t scheme; /* 0: unsupported */
    } all[] = {
        {YQ_SLICE_OF(sm2), YQ_HASH_SM3, YQ_CMA_SM2_SM3},
        {YQ_SLICE_OF(sm2), YQ_HASH_SHA256, YQ_CMA_SM2_SHA256},
        {YQ_SLICE_OF(sm2), YQ_HASH_SHA3_256, 0},
        {YQ_SLICE_OF(p256), YQ_HASH_SHA256, YQ_CMA_P256_SHA256},
        {YQ_SLICE_OF(p256), YQ_HASH_SM3, 0},
        {YQ_SLICE_OF(p256), YQ_HASH_SHA3_256, 0},
        {YQ_SLICE_OF(secp256k1), YQ_HASH_SHA256, YQ_CMA_SECP256K1_SHA256},
        {YQ_SLICE_OF(secp256k1), YQ_HASH_SM3, 0},
        {YQ_SLICE_OF(p384), YQ_HASH_SHA256, 0}};
    for (size_t i = 0; i < YQ_ARRAY_N(all); i++) {
        yq_cma_signer signer;
        yq_fault why = {0};
        yq_slice pem = pem_of(YQ_SLICE_OF(ec_key), all[i].curve, 4);
        cr_assert_eq(
            yq_cma_signer_of_pem(pem, all[i].alg, &signer, &why),
            all[i].scheme == 0 ? YQ_E_UNSUPPORTED : YQ_OK,
            "%zu: %s",
            i,
            why.text);
        cr_assert_eq(signer.scheme, all[i].scheme, "%zu", i);
        cr_assert(all[i].scheme == 0 || signer.key[63] == 7);
    }
}

Test(signer, other_keys_are_refused)
{
    yq_cma_signer signer;
    cr_assert_eq(
        yq_cma_signer_of_pem(
            pem_of(YQ_SLICE_OF(rsa_key), YQ_SLICE_OF(p256), 4), YQ_HASH_SHA256, &signer, NULL),
        YQ_E_UNSUPPORTED);
    cr_assert_eq(
        yq_cma_signer_of_pem(
            pem_of(YQ_SLICE_OF(ec_key), YQ_SLICE_OF(p256), 2), YQ_HASH_SHA256, &signer, NULL),
        YQ_E_UNSUPPORTED);
    cr_assert_neq(
        yq_cma_signer_of_pem(yq_slice_text("no pem"), YQ_HASH_SHA256, &signer, NULL), YQ_OK);
}

/* A signature of one scheme is none of another, nor of a signer that is not known. */
Test(signer, schemes_are_apart)
{
    static const yq_sig_alg kind[] = {
        YQ_SIG_SM2_MESSAGE, YQ_SIG_P256_DIGEST, YQ_SIG_SM2_MESSAGE, YQ_SIG_SECP256K1_DIGEST};
    for (uint8_t made = 1; made <= 4; made++) {
        uint8_t room[80], rs[64];
        yq_buf sig = {room, sizeof room, 0};
        yq_key *key = yq_key_derive(kind[made - 1], yq_slice_text("cma"), "k");
        cr_assert_eq(yq_cma_sign(made, key, yq_slice_text("msg"), &sig), YQ_OK);
        for (uint8_t read = 0; read <= 4; read++) {
            yq_cma_signer signer = {.scheme = read};
            memcpy(signer.key, yq_key_public(key).p, 64);
            cr_assert_eq(
                yq_cma_signer_check(&signer, yq_slice_text("msg"), yq_slice_of(sig.p, sig.n), rs),
                made == read,
                "%u read as %u",
                made,
                read);
        }
        yq_key_free(key);
    }
}
