/* Any bytes as an anchor: fewer than four validators, or attesters of one will, are never taken. */
#include "light-clients/xinghuo/test_kit.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static test_client *client;
    if (client == NULL) {
        client = test_client_new(yq_verifier_xinghuo());
    }
    yq_status status = test_client_init(client, yq_slice_of(data, size));
    YQ_ASSERT(status > -400 && (status == YQ_OK) == (client->state_n != 0));
    if (status == YQ_OK) {
        yq_client_view view;
        YQ_ASSERT(test_client_describe(client, &view) == YQ_OK);
        YQ_ASSERT(view.validators >= 4 && 2 * view.quorum > view.validators);
    }
    test_client_reset(client);
    return 0;
}
