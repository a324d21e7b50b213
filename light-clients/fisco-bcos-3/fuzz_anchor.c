/* An anchor is foreign bytes: any of them gives a state that can be described, or a reject. */
#include "light-clients/fisco-bcos-3/test_client.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static test_client *client;
    client = client == NULL ? test_fisco3_client() : client;
    yq_status status = test_client_init(client, yq_slice_of(data, size));
    YQ_ASSERT(status > -400);
    if (status == YQ_OK) {
        yq_client_view view;
        YQ_ASSERT(test_client_describe(client, &view) == YQ_OK);
        YQ_ASSERT(view.validators > 0 && view.quorum > 0);
    }
    test_client_reset(client);
    return 0;
}
