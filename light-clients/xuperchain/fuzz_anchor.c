/* Any bytes as an anchor: any of them gives a state that can be described, or a reject. */
#include "light-clients/xuperchain/test_chain.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static test_client *client;
    if (client == NULL) {
        client = test_client_new(yq_verifier_xuperchain());
    }
    yq_status status = test_client_init(client, yq_slice_of(data, size));
    YQ_ASSERT(status > -400 && (status == YQ_OK) == (client->state_n != 0));
    if (status == YQ_OK) {
        yq_client_view view;
        YQ_ASSERT(test_client_describe(client, &view) == YQ_OK && view.validators > 0);
    }
    test_client_reset(client);
    return 0;
}
