/* Evidence against a client of a chain that was made here. Only a quorum's votes may move it, and
 * no mutation makes those. */
#include "light-clients/yuqiao/test_start.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static test_chain chain;
    static test_client *client;
    if (client == NULL) {
        client = test_start(&chain);
    }
    test_client_fuzz(client, data, size);
    return 0;
}
