/* First byte 0: an anchor, 1: an update, 2: an event's proof. */
#include "light-clients/template/test_chain.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static test_client *client, *fresh;
    if (client == NULL) {
        static uint8_t room[TEST_BYTES_MAX];
        test_chain c = test_chain_new(4);
        const test_block b = test_next(NULL, &c);
        client = test_client_new(yq_verifier_template());
        fresh = test_client_new(yq_verifier_template());
        YQ_ASSERT(test_client_init(client, test_anchor(&c, &b, room)) == YQ_OK);
        test_chain_free(&c);
    }
    if (size == 0) {
        return 0;
    }
    const yq_slice in = {data + 1, size - 1};
    yq_verified_event e;
    if (data[0] == 0) {
        YQ_ASSERT(test_client_init(fresh, in) > -400);
        test_client_reset(fresh);
    } else if (data[0] == 1) {
        YQ_ASSERT(test_client_update(client, in) != YQ_OK);
    } else {
        YQ_ASSERT(test_client_event(client, in, &e) > -400);
    }
    return 0;
}
