#include "relay/base/bytes.h"
#include "relay/crypto/crypto.h"
#include "relay/node/twin.h"

#include <criterion/criterion.h>
#include <string.h>

#define OWN 2u

static yq_key *key[4];
static yq_valset set;
static yq_cert cert;
static twin_watch watch;

static void sign_all(uint8_t type, uint64_t view)
{
    yq_digest m;
    cert = (yq_cert){.type = type, .epoch = 3, .view = view, .bitmap = 0xd}; /* 0, 2 and 3 */
    memset(cert.h.b, 7, sizeof cert.h.b);
    yq_cert_digest(YQ_HASH_SM3, &set.chain_id_hash, &cert, &m);
    static const unsigned who[3] = {0, 2, 3};
    for (unsigned i = 0; i < 3; i++) {
        yq_key_sign(key[who[i]], yq_slice_of(m.b, YQ_DIGEST_SIZE), cert.sig[i]);
    }
}

static void setup(void)
{
    set = (yq_valset){.epoch = 3, .suite = YQ_SUITE_SM2, .n = 4};
    for (unsigned i = 0; i < 4; i++) {
        key[i] = yq_key_generate(YQ_SIG_SM2_MESSAGE);
        memcpy(set.key[i], yq_key_public(key[i]).p, 64);
    }
    twin_begin(&watch, 3, 10);
}

static void teardown(void)
{
    for (unsigned i = 0; i < 4; i++) {
        yq_key_free(key[i]);
    }
}

static int proves(void)
{
    return twin_proves(&watch, &cert, YQ_HASH_SM3, &set, OWN);
}

Test(twin, what_was_not_signed_here_is_another_signer, .init = setup, .fini = teardown)
{
    sign_all(YQ_SIGNED_NOTARIZE, 11);
    cr_assert(proves());
    twin_signed(&watch, YQ_SIGNED_NULLIFY, 3, 11);
    cr_assert(proves(), "another type of the same view");
    twin_signed(&watch, YQ_SIGNED_NOTARIZE, 3, 11);
    cr_assert(!proves());
}

Test(twin, what_may_have_been_signed_is_none, .init = setup, .fini = teardown)
{
    sign_all(YQ_SIGNED_NOTARIZE, 10);
    cr_assert(!proves(), "at the guard's mark");
    sign_all(YQ_SIGNED_NOTARIZE, 12);
    twin_signed(&watch, YQ_SIGNED_NOTARIZE, 3, 12 + TWIN_VIEWS);
    cr_assert(!proves(), "out of memory");
    twin_begin(&watch, 4, 1);
    cr_assert(!proves(), "an epoch before the mark");
}

Test(twin, a_forged_signature_stops_nobody, .init = setup, .fini = teardown)
{
    sign_all(YQ_SIGNED_NOTARIZE, 11);
    cert.sig[1][5] ^= 1;
    cr_assert(!proves());
    sign_all(YQ_SIGNED_NOTARIZE, 11);
    cert.bitmap = 0xb;
    cr_assert(!proves(), "not among the signers");
    sign_all(YQ_SIGNED_NOTARIZE, 11);
    cr_assert(!twin_proves(&watch, &cert, YQ_HASH_SM3, &set, UINT16_MAX), "an observer");
    cert.epoch = 4;
    cr_assert(!proves(), "of another set");
}
