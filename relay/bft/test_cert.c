/* Certificates against a set, with real signatures of each suite. */
#include "relay/bft/types.h"
#include "relay/crypto/crypto.h"

#include <criterion/criterion.h>
#include <stdio.h>

#define N 4

typedef struct fixture {
    yq_key *key[N];
    yq_valset set;
    yq_cert cert;
} fixture;

static fixture make(uint8_t suite, uint8_t type)
{
    static const yq_sig_alg alg_of[] = {
        YQ_SIG_INVALID,
        YQ_SIG_SM2_MESSAGE,
        YQ_SIG_P256_DIGEST,
        YQ_SIG_SECP256K1_DIGEST,
        YQ_SIG_ED25519_MESSAGE};
    fixture f = {.set = {.epoch = 2, .suite = suite, .n = N}};
    memset(f.set.chain_id_hash.b, 0x11, 32);
    for (int i = 0; i < N; i++) {
        char name[16];
        (void)snprintf(name, sizeof name, "validator-%d", i);
        f.key[i] = yq_key_derive(alg_of[suite], yq_slice_text("test_cert"), name);
    }
    for (int i = 0; i < N; i++) { /* by the order of the keys */
        for (int k = i + 1; k < N; k++) {
            if (yq_slice_compare(yq_key_public(f.key[k]), yq_key_public(f.key[i])) < 0) {
                yq_key *t = f.key[i];
                f.key[i] = f.key[k];
                f.key[k] = t;
            }
        }
        yq_slice public = yq_key_public(f.key[i]);
        memcpy(f.set.key[i], public.p, public.n);
    }
    cr_assert_eq(yq_valset_check(&f.set), YQ_OK);
    f.cert = (yq_cert){.type = type, .epoch = 2, .view = 3};
    memset(f.cert.h.b, 0x55, 32);
    if (type == YQ_SIGNED_FINALIZE) {
        f.cert.info = (yq_final_info){
            .chain_id_hash = f.set.chain_id_hash, .epoch = 2, .view = 3, .h = f.cert.h};
    }
    return f;
}

static void sign(fixture *f, uint32_t bitmap)
{
    yq_digest m;
    yq_cert_digest(YQ_HASH_SM3, &f->set.chain_id_hash, &f->cert, &m);
    f->cert.bitmap = bitmap;
    unsigned at = 0;
    for (unsigned i = 0; i < N; i++) {
        if ((bitmap >> i & 1) != 0) {
            yq_key_sign(f->key[i], yq_slice_of(m.b, 32), f->cert.sig[at++]);
        }
    }
}

static yq_status check(const fixture *f)
{
    return yq_cert_check(&f->cert, YQ_HASH_SM3, &f->set, NULL, NULL);
}

static void drop(fixture *f)
{
    for (int i = 0; i < N; i++) {
        yq_key_free(f->key[i]);
    }
}

Test(cert, every_suite_and_type)
{
    for (uint8_t suite = YQ_SUITE_SM2; suite <= YQ_SUITE_ED25519; suite++) {
        for (uint8_t type = YQ_SIGNED_NOTARIZE; type <= YQ_SIGNED_FINALIZE; type++) {
            fixture f = make(suite, type);
            sign(&f, 0x7);
            cr_assert_eq(check(&f), YQ_OK);
            sign(&f, 0xf);
            cr_assert_eq(check(&f), YQ_OK);
            f.cert.sig[3][40] ^= 1;
            cr_assert_neq(check(&f), YQ_OK, "every signature counts, also beyond the quorum");
            drop(&f);
        }
    }
}

Test(cert, signers)
{
    fixture f = make(YQ_SUITE_SM2, YQ_SIGNED_NOTARIZE);
    sign(&f, 0x3);
    cr_assert_eq(check(&f), YQ_E_QUORUM, "one short");
    sign(&f, 0);
    cr_assert_eq(check(&f), YQ_E_SIGNATURES_MISSING);
    sign(&f, 0x7);
    f.cert.bitmap = 0x17;
    cr_assert_eq(check(&f), YQ_E_SIGNER_UNKNOWN, "validator 4 of 4");
    f.cert.bitmap = 0xb;
    cr_assert_neq(check(&f), YQ_OK, "a signature under another's name");
    sign(&f, 0x7);
    memcpy(f.cert.sig[1], f.cert.sig[0], 64);
    cr_assert_neq(check(&f), YQ_OK, "one signer twice");
    sign(&f, 0x7);
    yq_key *foreign = yq_key_derive(YQ_SIG_SM2_MESSAGE, yq_slice_text("test_cert"), "foreign");
    yq_digest m;
    yq_cert_digest(YQ_HASH_SM3, &f.set.chain_id_hash, &f.cert, &m);
    yq_key_sign(foreign, yq_slice_of(m.b, 32), f.cert.sig[2]);
    cr_assert_eq(check(&f), YQ_E_SIG);
    yq_key_free(foreign);
    drop(&f);
}

Test(cert, domain)
{
    fixture f = make(YQ_SUITE_SM2, YQ_SIGNED_FINALIZE);
    sign(&f, 0x7);
    f.set.epoch = 3;
    cr_assert_eq(check(&f), YQ_E_DOMAIN, "another epoch");
    f.set.epoch = 2;
    f.cert.info.chain_id_hash.b[0] ^= 1;
    cr_assert_eq(check(&f), YQ_E_DOMAIN, "another chain");
    f.cert.info.chain_id_hash.b[0] ^= 1;
    f.cert.info.view = 4;
    cr_assert_eq(check(&f), YQ_E_DOMAIN, "another view within");
    f.cert.info.view = 3;
    f.cert.info.epoch = 3;
    cr_assert_eq(check(&f), YQ_E_DOMAIN, "another epoch within");
    f.cert.info.epoch = 2;
    cr_assert_eq(check(&f), YQ_OK);
    f.cert.type = YQ_SIGNED_PROPOSE;
    cr_assert_eq(check(&f), YQ_E_FIELD_UNKNOWN);
    f.cert.type = YQ_SIGNED_GOV;
    cr_assert_eq(check(&f), YQ_E_FIELD_UNKNOWN);
    drop(&f);
    f = make(YQ_SUITE_SM2, YQ_SIGNED_NOTARIZE);
    sign(&f, 0x7);
    f.set.chain_id_hash.b[5] ^= 1;
    cr_assert_eq(check(&f), YQ_E_SIG, "the chain is signed");
    f.set.chain_id_hash.b[5] ^= 1;
    f.cert.view++;
    cr_assert_eq(check(&f), YQ_E_SIG, "the view is signed");
    f.cert.view--;
    f.cert.type = YQ_SIGNED_NULLIFY;
    cr_assert_eq(check(&f), YQ_E_SIG, "the type is signed");
    drop(&f);
}

/* Each byte that a signature covers, changed once. */
Test(cert, mutations)
{
    fixture f = make(YQ_SUITE_P256, YQ_SIGNED_FINALIZE);
    sign(&f, 0xd);
    uint8_t room[YQ_CERT_SIZE_MAX];
    yq_writer w = yq_writer_of(room, sizeof room);
    yq_cert_put(&w, &f.cert);
    for (size_t i = 0; i < w.n; i++) {
        room[i] ^= 0x01;
        yq_cert got;
        yq_status status = yq_cert_decode(yq_writer_slice(&w), &got, NULL);
        if (status == YQ_OK) {
            status = yq_cert_check(&got, YQ_HASH_SM3, &f.set, NULL, NULL);
        }
        cr_assert_neq(status, YQ_OK, "byte %zu", i);
        room[i] ^= 0x01;
    }
    drop(&f);
}

Test(cert, quorum_and_leaders)
{
    static const uint16_t quorum[] = {0, 1, 2, 3, 3, 4, 5, 5, 6, 7, 7};
    for (uint16_t n = 1; n <= 10; n++) {
        cr_assert_eq(yq_quorum(n), quorum[n], "n = %u", n);
        cr_assert(2 * yq_quorum(n) > n + yq_fault_max(n), "two quorums share an honest node");
    }
    cr_assert_eq(yq_quorum(31), 21);
    static const uint16_t leader[] = {0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 0, 0};
    for (uint64_t v = 1; v <= 18; v++) {
        cr_assert_eq(yq_leader(v, 4), leader[v - 1], "view %d", (int)v);
    }
}
