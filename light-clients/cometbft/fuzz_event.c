/* Proofs of events (first byte 0) and of values (first byte: the key's size) under a root that was
 * made here. What is taken must be the one thing that the application holds. */
#include "light-clients/cometbft/test_ibc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static test_ibc *world;
    if (world == NULL) {
        world = test_ibc_new(TEST_IAVL);
    }
    if (size == 0 || data[0] >= size) {
        return 0;
    }
    yq_slice key = yq_slice_of(data + 1, data[0]);
    yq_slice proof = yq_slice_of(data + 1 + data[0], size - 1 - data[0]);
    yq_status status;
    if (key.n == 0) {
        yq_verified_event event;
        status = test_client_event(world->client, proof, &event);
        YQ_ASSERT(status != YQ_OK || (event.height == 1 && event.data.n >= 4));
    } else {
        yq_verified_value value;
        status = test_client_value(world->client, key, proof, &value);
        if (status == YQ_OK) {
            size_t who =
                test_ibc_find(world, yq_slice_of(key.p + 1 + key.p[0], key.n - 1 - key.p[0]));
            YQ_ASSERT(value.present == (who != TEST_NONE));
            YQ_ASSERT(!value.present || yq_slice_equal(value.value, world->ibc.leaf[who].value));
        }
    }
    YQ_ASSERT(status > -400);
    return 0;
}
