/* Makes the cases of the conformance kit: yq-kit-fisco-bcos-2 FOLDER. */
#include "light-clients/fisco-bcos-2/test_chain.h"
#include "relay/hub/test_kit_file.h"

static uint8_t room[TEST_BYTES_MAX];

static void suite_cases(const char *dir, const char *name, uint8_t suite)
{
    static test_block b[4], other;
    static const uint8_t emitter[20] = {0xee};
    test_chain c = test_chain_new(suite, 6, 4);
    test_kit k = test_kit_begin(dir, name, 0);
    memset(b, 0, sizeof b);
    test_header_make(&c, NULL, &b[0]);
    test_kit_step(&k, "init", "genesis", test_anchor(&c, &b[0], room), NULL);
    test_log log = {.topics = 1, .data = yq_slice_text("data")};
    memcpy(log.address, emitter, sizeof emitter);
    for (unsigned i = 0; i < 2; i++) {
        test_tx_make(&c, i + 1, emitter, yq_slice_text("call"), &b[1].tx[i]);
        test_receipt_make(0, (yq_slice){0}, &log, 1, 8, &b[1].tx[i]);
    }
    b[1].tx_n = 2;
    test_header_make(&c, &b[0], &b[1]);
    test_kit_step(&k, "update", "block 1", test_update(&c, &b[1], 7, NULL, 0, room), NULL);
    test_kit_step(
        &k, "update", "block 1 again", test_update(&c, &b[1], 7, NULL, 0, room), "E_REPLAY");
    yq_slice proof = test_event(&c, &b[1], 0, 0, room);
    test_kit_step(&k, "event", "the log", proof, NULL);
    other = b[1];
    other.tx_n = 1;
    test_header_make(&c, &b[0], &other);
    yq_writer w = yq_writer_of(room, sizeof room);
    yq_put_u8(&w, 1);
    test_signed_header(&c, &b[1], 7, &w);
    test_signed_header(&c, &other, 7, &w);
    test_kit_step(&k, "misbehaviour", "two blocks 1", yq_writer_slice(&w), NULL);
    test_plain_block(&c, &b[1], &b[2]);
    test_kit_step(
        &k, "update", "two of four", test_update(&c, &b[2], 3, &b[1], 0, room), "E_QUORUM");
    test_kit_step(&k, "update", "block 2", test_update(&c, &b[2], 7, &b[1], 0, room), NULL);
    test_kit_end(&k);
    test_chain_free(&c);
}

int main(int argc, char **argv)
{
    YQ_ASSERT(argc == 2);
    suite_cases(argv[1], "sm", YQ_FISCO2_SUITE_SM);
    suite_cases(argv[1], "keccak", YQ_FISCO2_SUITE_KECCAK);
    return 0;
}
