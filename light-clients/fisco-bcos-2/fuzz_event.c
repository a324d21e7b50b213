/* Event proofs against a client of one block: what is accepted is an event of that block. */
#include "light-clients/fisco-bcos-2/test_chain.h"
#include "light-clients/fisco-bcos-2/test_client.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static test_client *client;
static const uint8_t emitter[20] = {0xc0, 0xff, 0xee};

/* The block of the seeds: 18 transactions with one log each. */
static void start(void)
{
    static test_block genesis, block;
    static uint8_t room[TEST_BYTES_MAX], data[128];
    test_chain chain = test_chain_new(YQ_FISCO2_SUITE_SM, 4, 4);
    yq_writer w = yq_writer_of(data, sizeof data);
    yq_abi_put_bytes(&w, yq_slice_text("payload"));
    test_log log = {.topics = 2, .data = yq_writer_slice(&w)};
    memcpy(log.address, emitter, sizeof emitter);
    client = test_fisco2_client();
    test_header_make(&chain, NULL, &genesis);
    YQ_ASSERT(test_client_init(client, test_anchor(&chain, &genesis, room)) == YQ_OK);
    block.tx_n = 18;
    for (size_t i = 0; i < block.tx_n; i++) {
        test_tx_make(&chain, 100 + i, emitter, yq_slice_text("call"), &block.tx[i]);
        test_receipt_make(0, (yq_slice){0}, &log, 1, 8, &block.tx[i]);
    }
    test_header_make(&chain, &genesis, &block);
    YQ_ASSERT(test_client_update(client, test_update(&chain, &block, 15, NULL, 0, room)) == YQ_OK);
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
        YQ_ASSERT(yq_slice_equal(event.emitter, yq_slice_of(emitter, sizeof emitter)));
        YQ_ASSERT(yq_slice_equal(event.bytes, yq_slice_text("payload")));
        YQ_ASSERT(event.height == 1 && event.event_index == 0);
    }
    return 0;
}
