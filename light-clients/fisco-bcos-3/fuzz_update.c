/* Evidence against a client of a real chain: first byte 1 is misbehaviour, else an update. Only a
 * quorum's signatures may move it, and no mutation makes those. */
#include "light-clients/fisco-bcos-3/test_chain.h"
#include "light-clients/fisco-bcos-3/test_client.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static test_client *client;

/* A client of a chain whose block 11 has a set change. */
static void start(void)
{
    static test_block first, before;
    static uint8_t room[TEST_BYTES_MAX];
    test_chain chain = test_chain_new(TEST_KECCAK, 5, 4);
    client = test_fisco3_client();
    test_header_make(&chain, NULL, &first);
    YQ_ASSERT(test_client_init(client, test_anchor(&chain, &first, room)) == YQ_OK);
    test_change_make(&chain, "addSealer(string,uint256)", chain.key[4], 1, 1, &before.tx[0]);
    before.tx_n = 1;
    test_header_make(&chain, &first, &before);
    YQ_ASSERT(test_client_update(client, test_update(&chain, &before, 15, NULL, 0, room)) == YQ_OK);
    test_chain_free(&chain);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (client == NULL) {
        start();
    }
    test_client_fuzz(client, data, size);
    return 0;
}
