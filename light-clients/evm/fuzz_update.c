/* First byte: the mode; the rest as test_client_fuzz takes it. Only a quorum's seals may move a
 * client, and no mutation makes those. */
#include "light-clients/evm/test_chain.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static test_client *client_of(uint8_t mode)
{
    static test_client *client[YQ_EVM_CLIQUE + 1];
    static uint8_t room[TEST_BYTES_MAX];
    if (client[mode] == NULL) {
        test_chain *c = test_chain_new(mode, 4);
        const test_block genesis = test_next(c, NULL, test_plain);
        client[mode] = test_client_new(yq_verifier_evm());
        YQ_ASSERT(test_client_init(client[mode], test_anchor(c, &genesis, room)) == YQ_OK);
        test_chain_free(c);
    }
    return client[mode];
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0 || data[0] < YQ_EVM_IBFT1 || data[0] > YQ_EVM_CLIQUE) {
        return 0;
    }
    test_client_fuzz(client_of(data[0]), data + 1, size - 1);
    return 0;
}
