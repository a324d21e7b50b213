#include "relay/base/assert.h"
#include "relay/ledger/envelope.h"
#include "relay/ledger/result.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    yq_slice in = {data, size};
    yq_envelope env;
    yq_fault why;
    if (yq_envelope_decode(YQ_HASH_SM3, in, &env, &why) == YQ_OK) {
        size_t pos = 0, n = 0;
        yq_slice tx;
        while (yq_envelope_tx_next(&env, &pos, &tx)) {
            n++;
        }
        YQ_ASSERT(n == env.n_tx);
    } else {
        YQ_ASSERT(why.offset <= size);
    }
    yq_result result;
    if (yq_result_decode(in, &result, &why) == YQ_OK) {
        static uint8_t room[1u << 21];
        yq_writer w = yq_writer_of(room, sizeof room);
        yq_result_put(&w, &result);
        YQ_ASSERT(w.status == YQ_E_NOSPC || yq_slice_equal(yq_writer_slice(&w), in));
    }
    yq_result_proof proof;
    if (yq_result_proof_decode(in, &proof, &why) == YQ_OK) {
        yq_digest root = {{1}};
        YQ_ASSERT(yq_result_check(YQ_HASH_SM3, &root, in, &proof) != YQ_OK);
    }
    return 0;
}
