/* Evidence against a client of a chain that was made here: first byte 1 is misbehaviour, else an
 * update. Only a quorum's votes may move it, and no mutation makes those. */
#include "light-clients/cometbft/test_chain.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static test_client *client;

static void start(void)
{
    static uint8_t room[TEST_BYTES_MAX];
    test_chain *chain = test_chain_new();
    const test_set set = test_set_of(0, 4, 10);
    const test_header h = test_header_next(chain, NULL, &set);
    client = test_comet_client();
    YQ_ASSERT(test_client_init(client, test_anchor(&h, test_usual, room)) == YQ_OK);
    test_chain_free(chain);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (client == NULL) {
        start();
    }
    test_client_fuzz(client, data, size);
    return 0;
}
