/* Event proofs against a client of two blocks: what is accepted is an event of the first. */
#include "light-clients/fisco-bcos-3/test_chain.h"
#include "light-clients/fisco-bcos-3/test_client.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static test_client *client;

/* The block of the seeds: 7 transactions with one log each. */
static void start(void)
{
    static test_block first, block, next;
    static uint8_t room[TEST_BYTES_MAX];
    test_chain chain = test_chain_new(TEST_SM, 4, 4);
    client = test_fisco3_client();
    test_header_make(&chain, NULL, &first);
    YQ_ASSERT(test_client_init(client, test_anchor(&chain, &first, room)) == YQ_OK);
    block.tx_n = 7;
    for (size_t i = 0; i < block.tx_n; i++) {
        test_tx_make(100 + i, TEST_CONTRACT, yq_slice_text("call"), &block.tx[i]);
        test_log_add(&block.tx[i], "payload");
    }
    test_header_make(&chain, &first, &block);
    YQ_ASSERT(test_client_update(client, test_update(&chain, &block, 15, NULL, 0, room)) == YQ_OK);
    test_plain_block(&chain, &block, &next);
    YQ_ASSERT(test_client_update(client, test_update(&chain, &next, 15, NULL, 0, room)) == YQ_OK);
    test_chain_free(&chain);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (client == NULL) {
        start();
    }
    yq_verified_event event;
    yq_status status = test_client_event(client, yq_slice_of(data, size), &event);
    YQ_ASSERT(status > -400);
    if (status == YQ_OK) {
        YQ_ASSERT(event.emitter.n == YQ_FISCO3_ADDRESS_SIZE && event.emitter.p[0] == 0x68);
        YQ_ASSERT(yq_slice_equal(event.bytes, yq_slice_text("payload")));
        YQ_ASSERT(event.height == 11 && event.event_index == 0);
    }
    return 0;
}
