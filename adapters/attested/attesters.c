#include "adapters/attested/yaml.h"
#include "light-clients/attested/attested.h"
#include "relay/crypto/crypto.h"

#include <stdio.h>

/* What the verifier's check takes its room from. */
static void *scratch(void *self, size_t size)
{
    (void)self;
    (void)size;
    return NULL;
}

static void sort(yq_atd_mapping *m)
{
    for (size_t i = 1; i < m->attester_n; i++) {
        const yq_atd_attester a = m->attester[i];
        size_t at = i;
        for (; at > 0 && yq_slice_compare(
                             yq_slice_of(m->attester[at - 1].key, m->attester[at - 1].key_n),
                             yq_slice_of(a.key, a.key_n)) > 0;
             at--) {
            m->attester[at] = m->attester[at - 1];
        }
        m->attester[at] = a;
    }
}

yq_status yq_atd_attesters_check(yq_atd_mapping *m, yq_fault *why)
{
    static const uint16_t alg[] = {
        0, YQ_SIG_SM2_MESSAGE, YQ_SIG_P256_DIGEST, YQ_SIG_SECP256K1_DIGEST, YQ_SIG_ED25519_MESSAGE};
    yq_attest_member member[YQ_ATD_ATTESTERS_MAX];
    const yq_verifier_host host = {.scratch = scratch};
    const yq_attest_call call = {&host, why};
    sort(m);
    for (size_t i = 0; i < m->attester_n; i++) {
        const yq_atd_attester *a = &m->attester[i];
        const yq_slice key = yq_slice_of(a->key, a->key_n);
        char text[sizeof why->text];
        if (yq_public_key_check(alg[a->suite], key) != YQ_OK) {
            (void)snprintf(
                text, sizeof text, "attesters: %.40s: key: no public key of its suite", a->name);
            return yq_fail(why, YQ_E_CONFIG_INVALID, 0, text);
        }
        member[i] = (yq_attest_member){a->suite, yq_slice_text(a->organisation), key};
    }
    const yq_attest_set set = {
        .threshold = (uint16_t)m->threshold, .n = m->attester_n, .member = member};
    return yq_attest_set_check(&call, &set);
}
