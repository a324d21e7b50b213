/* An anchor is foreign bytes: any of them gives a state that can be described, or a reject. */
#include "light-clients/fisco-bcos-2/test_client.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static test_client *client;
    client = client == NULL ? test_fisco2_client() : client;
    yq_status status = test_client_init(client, yq_slice_of(data, size));
    YQ_ASSERT(status > -400);
    if (status == YQ_OK) {
        yq_client_view view;
        const yq_verifier_host *host = test_client_begin(client, 0);
        YQ_ASSERT(
            yq_verifier_fisco_bcos_2()->describe(
                host, test_client_state(client), &view, &client->why) == YQ_OK);
        YQ_ASSERT(view.validators > 0 && view.quorum > 0);
    }
    test_client_reset(client);
    return 0;
}
