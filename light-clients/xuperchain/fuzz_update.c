/* Evidence against a client of a chain that was made here. Only a quorum's votes may move it, and
 * no mutation makes those. */
#include "light-clients/xuperchain/test_chain.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static test_client *client;

static void start(void)
{
    static uint8_t room[TEST_BYTES_MAX];
    static test_block first;
    test_chain *c = test_chain_new(YQ_XUPER_SM2, 4);
    test_next(c, NULL, (test_wish){0}, &first);
    client = test_client_new(yq_verifier_xuperchain());
    YQ_ASSERT(test_client_init(client, test_anchor(c, &first, 1, room)) == YQ_OK);
    test_chain_free(c);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (client == NULL) {
        start();
    }
    test_client_fuzz(client, data, size);
    return 0;
}
