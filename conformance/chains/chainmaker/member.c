#include "conformance/chains/chainmaker/cmmock.h"
#include "conformance/chains/common/cert.h"
#include "relay/base/assert.h"
#include "relay/codec/der.h"
#include "relay/codec/protobuf.h"
#include "relay/codec/x509.h"

#include <stdio.h>

#define ORGANIZATION "wx-org1.chainmaker.org"
#define PUBLIC_KEY   2u

const yq_cmm_suite *yq_cmm_suite_of(const char *name)
{
    static const yq_cmm_suite all[] = {
        {"sm", "SM3", YQ_HASH_SM3, YQ_SIG_SM2_MESSAGE, 0},
        {"sha256", "SHA256", YQ_HASH_SHA256, YQ_SIG_P256_DIGEST, 0},
        {"sm-public", "SM3", YQ_HASH_SM3, YQ_SIG_SM2_MESSAGE, 1}};
    for (size_t i = 0; i < YQ_ARRAY_N(all); i++) {
        if (strcmp(all[i].name, name) == 0) {
            return &all[i];
        }
    }
    return NULL;
}

void yq_cmm_member_make(yq_cmm_chain *chain, yq_cmm_member *m, yq_slice seed, const char *name)
{
    const yq_cmm_member *authority = &chain->authority;
    *m = (yq_cmm_member){0};
    (void)snprintf(m->name, sizeof m->name, "%s", name);
    m->key = yq_key_derive(chain->suite->key, seed, name);
    YQ_ASSERT(m->key != NULL);
    yq_writer pem = yq_writer_of(m->pem, sizeof m->pem);
    const yq_mock_cert_name own = {
        ORGANIZATION, m == authority ? "root-cert" : "consensus", m->name};
    const yq_mock_cert_name above = {ORGANIZATION, "root-cert", authority->name};
    if (chain->suite->is_public) {
        yq_mock_public_put(&pem, m->key);
    } else {
        yq_mock_cert_put(&pem, &own, m->key, &above, authority->key);
    }
    m->pem_n = pem.n;
    yq_writer w = yq_writer_of(m->member, sizeof m->member);
    if (!chain->suite->is_public) {
        yq_pb_put_bytes(&w, 1, yq_slice_text(ORGANIZATION));
    } else {
        yq_pb_put_varint(&w, 2, PUBLIC_KEY);
    }
    yq_pb_put_bytes(&w, 3, yq_writer_slice(&pem));
    YQ_ASSERT(pem.status == YQ_OK && w.status == YQ_OK);
    m->member_n = w.n;
}

/* A signature as members make it, in DER. */
static int is_signed(const yq_cmm_chain *chain, yq_slice key, yq_slice msg, yq_slice der)
{
    uint8_t rs[64], md[YQ_DIGEST_SIZE];
    if (yq_der_signature_decode(der, 32, rs, NULL) != YQ_OK) {
        return 0;
    }
    if (chain->suite->key == YQ_SIG_P256_DIGEST) {
        yq_hash_one(YQ_HASH_SHA256, msg, md);
        msg = YQ_SLICE_OF(md);
    }
    const yq_signature one = {
        .alg = (uint16_t)chain->suite->key, .key = key, .msg = msg, .sig = YQ_SLICE_OF(rs)};
    return yq_signature_check(&one) == YQ_OK;
}

/* A certificate of this chain's authority. */
static int check_certificate(
    const yq_cmm_chain *chain, yq_slice pem, yq_slice msg, yq_slice signature)
{
    uint8_t room[YQ_CMM_PEM_MAX];
    yq_buf der = {room, sizeof room, 0};
    yq_x509 x;
    return yq_pem_decode(pem, "CERTIFICATE", &der, NULL) == YQ_OK &&
           yq_x509_decode(yq_slice_of(der.p, der.n), &x, NULL) == YQ_OK &&
           is_signed(chain, yq_key_public(chain->authority.key), x.tbs, x.sig) &&
           is_signed(chain, x.key, msg, signature);
}

int yq_cmm_member_check(
    const yq_cmm_chain *chain, yq_slice member, yq_slice msg, yq_slice signature)
{
    yq_cur c = yq_cur_of(member);
    yq_pb_field f;
    yq_slice org = {0}, info = {0};
    uint64_t type = 0;
    while (yq_pb_next(&c, &f)) {
        org = f.number == 1 ? f.bytes : org;
        type = f.number == 2 ? f.value : type;
        info = f.number == 3 ? f.bytes : info;
    }
    if (!yq_cur_ok(&c)) {
        return 0;
    }
    if (chain->suite->is_public) {
        return type == PUBLIC_KEY &&
               yq_slice_equal(info, yq_slice_of(chain->client.pem, chain->client.pem_n)) &&
               is_signed(chain, yq_key_public(chain->client.key), msg, signature);
    }
    return type == 0 && yq_slice_equal(org, yq_slice_text(ORGANIZATION)) &&
           check_certificate(chain, info, msg, signature);
}
