/* Proofs of packets: whatever is taken is one of the three that the block's outbox holds. */
#include "light-clients/yuqiao/test_start.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static test_chain chain;
    static test_client *client;
    yq_verified_event e;
    if (client == NULL) {
        client = test_start(&chain);
    }
    yq_status status = test_client_event(client, yq_slice_of(data, size), &e);
    YQ_ASSERT(status > -400);
    if (status == YQ_OK) {
        unsigned index = e.tx_id.p[7];
        YQ_ASSERT(index < TEST_PACKETS && e.data.n == 9 + chain.packet_n[index]);
        YQ_ASSERT(memcmp(e.data.p + 9, chain.packet[index], chain.packet_n[index]) == 0);
    }
    return 0;
}
