/* Proofs of events against a block of one transaction with two events: whatever is taken is one of
 * them. */
#include "light-clients/chainmaker/test_chain.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static test_client *start(void)
{
    static uint8_t room[TEST_BYTES_MAX], tx[TEST_TX_MAX];
    test_chain c = test_chain_new(YQ_HASH_SHA256, 4);
    test_client *client = test_client_new(yq_verifier_chainmaker());
    test_block genesis = test_next(&c, NULL);
    const yq_slice raw = {tx, test_tx(tx, sizeof tx, (test_tx_wish){.events = 2, .data = 1})};
    genesis.tx_count = 1;
    genesis.tx_root = test_hash(&c, &raw, 1);
    test_seal(&c, &genesis);
    YQ_ASSERT(test_client_init(client, test_anchor(&c, &genesis, room)) == YQ_OK);
    test_chain_free(&c);
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
    YQ_ASSERT(status != YQ_OK || (e.event_index < 2 && e.bytes.n == 2 && e.name.n == 6));
    return 0;
}
