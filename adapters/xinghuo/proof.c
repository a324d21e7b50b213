#include "adapters/xinghuo/wire.h"
#include "relay/crypto/crypto.h"

/* The one room that the decoder asks for. */
static void *lend(void *self, size_t size)
{
    yq_xha_commits *commits = self;
    if (commits->is_lent || size > sizeof commits->room) {
        return NULL;
    }
    commits->is_lent = 1;
    return commits->room;
}

yq_status yq_xha_commits_read(yq_slice raw, yq_xha_commits *out, yq_fault *why)
{
    *out = (yq_xha_commits){.is_lent = 0};
    const yq_verifier_host host = {.size = sizeof host, .self = out, .scratch = lend};
    const yq_attest_call call = {&host, why};
    return yq_xinghuo_proof_decode(&call, raw, &out->proof);
}

int yq_xha_commits_hold(const yq_xha_commits *commits)
{
    const yq_xinghuo_proof *proof = &commits->proof;
    for (size_t i = 0; i < proof->n; i++) {
        const yq_xinghuo_commit *a = &proof->commit[i];
        const yq_signature sig = {
            .alg =
                a->signer.suite == YQ_SUITE_ED25519 ? YQ_SIG_ED25519_MESSAGE : YQ_SIG_SM2_MESSAGE,
            .key = yq_slice_of(a->key, a->signer.key.n),
            .msg = a->signed_bytes,
            .sig = a->signature};
        for (size_t k = 0; k < i; k++) {
            const yq_xinghuo_commit *b = &proof->commit[k];
            if (yq_slice_equal(
                    yq_slice_of(b->key, b->signer.key.n), yq_slice_of(a->key, a->signer.key.n))) {
                return 0;
            }
        }
        if (yq_signature_check(&sig) != YQ_OK) {
            return 0;
        }
    }
    return proof->n > 0;
}
