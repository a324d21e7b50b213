/* Evidence against a client of a chain that was made here. Only a quorum's votes may move it, and
 * no mutation makes those. */
#include "light-clients/chainmaker/test_chain.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static test_client *client;

static void start(void)
{
    static uint8_t room[TEST_BYTES_MAX];
    test_chain c = test_chain_new(YQ_HASH_SM3, 4);
    const test_block genesis = test_next(&c, NULL);
    client = test_client_new(yq_verifier_chainmaker());
    YQ_ASSERT(test_client_init(client, test_anchor(&c, &genesis, room)) == YQ_OK);
    test_chain_free(&c);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (client == NULL) {
        start();
    }
    test_client_fuzz(client, data, size);
    return 0;
}
