/* First byte 0: an event's proof, 1: a value's. The block holds one transaction with one log, and
 * the state nothing: whatever is taken says just that. */
#include "light-clients/evm/test_chain.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static test_client *start(void)
{
    static uint8_t room[TEST_BYTES_MAX], receipt[512];
    static const uint8_t bloom[256], address[20] = {0xee};
    test_chain *c = test_chain_new(YQ_EVM_QBFT, 1);
    test_client *client = test_client_new(yq_verifier_evm());
    yq_writer w = yq_writer_of(receipt, sizeof receipt);
    size_t mark = yq_rlp_list_begin(&w);
    yq_rlp_put_uint(&w, 1);
    yq_rlp_put_uint(&w, 21000);
    yq_rlp_put_string(&w, yq_slice_of(bloom, sizeof bloom));
    size_t logs = yq_rlp_list_begin(&w), log = yq_rlp_list_begin(&w);
    yq_rlp_put_string(&w, yq_slice_of(address, sizeof address));
    yq_put_u8(&w, 0xc0);
    yq_rlp_put_string(&w, yq_slice_text("data"));
    yq_rlp_list_end(&w, log);
    yq_rlp_list_end(&w, logs);
    yq_rlp_list_end(&w, mark);
    const yq_trie_entry r = {yq_slice_of("\x80", 1), yq_writer_slice(&w)};
    const yq_trie_entry t = {yq_slice_of("\x80", 1), yq_slice_text("transaction")};
    test_block b = test_next(c, NULL, test_plain);
    b.tx_root = test_trie(c, &t, 1, (yq_slice){0}).root;
    b.receipt_root = test_trie(c, &r, 1, (yq_slice){0}).root;
    memcpy(b.state_root.b, yq_mpt_empty_root, 32);
    test_seal(c, test_plain, &b);
    YQ_ASSERT(test_client_init(client, test_anchor(c, &b, room)) == YQ_OK);
    test_chain_free(c);
    return client;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static test_client *client;
    yq_status status;
    if (client == NULL) {
        client = start();
    }
    if (size == 0) {
        return 0;
    }
    yq_slice in = {data + 1, size - 1};
    if (data[0] == 0) {
        yq_verified_event e;
        status = test_client_event(client, in, &e);
        YQ_ASSERT(
            status != YQ_OK || (yq_slice_equal(e.data, yq_slice_text("data")) && e.name.n == 0));
    } else {
        static const uint8_t key[52];
        yq_verified_value v;
        status = test_client_value(client, yq_slice_of(key, data[0] == 1 ? 52 : 20), in, &v);
        YQ_ASSERT(status != YQ_OK || !v.present);
    }
    YQ_ASSERT(status > -400);
    return 0;
}
