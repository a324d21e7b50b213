/* Proofs of events against a block of one transaction with two writes: whatever is taken is one of
 * them. */
#include "light-clients/xuperchain/test_chain.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static test_client *start(void)
{
    static uint8_t room[TEST_BYTES_MAX], tx[16384];
    static test_block first;
    test_chain *c = test_chain_new(YQ_XUPER_SM2, 4);
    test_client *client = test_client_new(yq_verifier_xuperchain());
    const test_wish wish = {
        .root = test_twice(YQ_HASH_SHA256, test_tx((test_tx_wish){0}, tx)), .tx_count = 1};
    test_next(c, NULL, wish, &first);
    YQ_ASSERT(test_client_init(client, test_anchor(c, &first, 0, room)) == YQ_OK);
    test_chain_free(c);
    return client;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static test_client *client;
    yq_verified_event e;
    if (client == NULL) {
        client = start();
    }
    yq_status status = test_client_event(client, yq_slice_of(data, size), &e);
    YQ_ASSERT(status > -400);
    YQ_ASSERT(status != YQ_OK || (e.event_index < 2 && e.bytes.n == 3 && e.emitter.n == 6));
    return 0;
}
