#include "relay/base/assert.h"
#include "relay/base/bytes.h"
#include "relay/crypto/crypto.h"
#include "relay/crypto/state_proof.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static yq_state_proof proof;
    static uint8_t again[YQ_STATE_PROOF_SIZE_MAX];
    yq_fault why = {0};
    if (yq_state_proof_decode((yq_slice){data, size}, &proof, &why) != YQ_OK) {
        YQ_ASSERT(why.status != YQ_OK && why.offset <= size);
        return 0;
    }
    /* One proof, one encoding. */
    yq_buf out = {again, sizeof again, 0};
    YQ_ASSERT(yq_state_proof_encode(&proof, &out) == YQ_OK);
    YQ_ASSERT(yq_slice_equal((yq_slice){again, out.n}, (yq_slice){data, size}));
    yq_digest root = {{1}};
    yq_slice key = yq_slice_text("key");
    YQ_ASSERT(yq_state_check_present(YQ_HASH_SM3, &root, key, key, &proof) != YQ_OK);
    YQ_ASSERT(yq_state_check_absent(YQ_HASH_SM3, &root, key, &proof) != YQ_OK);
    return 0;
}
