/* Any bytes as an anchor: no fewer than four validators, or a quorum of none, are ever taken. */
#include "light-clients/yuqiao/test_chain.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static test_client *client;
    if (client == NULL) {
        client = test_client_new(yq_verifier_yuqiao());
        client->now_ms = TEST_NOW + 1000;
    }
    yq_status status = test_client_init(client, yq_slice_of(data, size));
    YQ_ASSERT(status > -400 && (status == YQ_OK) == (client->state_n != 0));
    if (status == YQ_OK) {
        yq_client_view view;
        YQ_ASSERT(test_client_describe(client, &view) == YQ_OK);
        YQ_ASSERT(view.validators >= 4 && 3 * view.quorum > 2 * view.validators);
    }
    test_client_reset(client);
    return 0;
}
