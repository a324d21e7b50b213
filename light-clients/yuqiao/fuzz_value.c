/* Proofs about the state: first byte, which of four keys; whatever is taken is the truth. */
#include "light-clients/yuqiao/test_start.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static test_chain chain;
    static test_client *client;
    yq_verified_value v;
    if (client == NULL) {
        client = test_start(&chain);
    }
    if (size == 0) {
        return 0;
    }
    const unsigned key = data[0] % 4u;
    yq_status status =
        test_client_value(client, chain.state_key[key], yq_slice_of(data + 1, size - 1), &v);
    YQ_ASSERT(status > -400);
    if (status == YQ_OK) {
        YQ_ASSERT(v.present == (key < 2));
        YQ_ASSERT(yq_slice_equal(
            v.value,
            yq_slice_text(
                key == 0   ? "zero"
                : key == 1 ? "one"
                           : "")));
    }
    return 0;
}
