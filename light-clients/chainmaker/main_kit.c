/* Makes the cases of the conformance kit: yq-kit-chainmaker FOLDER. */
#include "light-clients/chainmaker/test_chain.h"
#include "relay/hub/test_kit_file.h"

static uint8_t room[TEST_BYTES_MAX];

int main(int argc, char **argv)
{
    static uint8_t tx[16384], config[8192];
    const test_votes all = {NULL, 0, NULL};
    const yq_slice none = {0};
    YQ_ASSERT(argc == 2);
    test_chain c = test_chain_new(YQ_HASH_SM3, 4);
    test_kit k = test_kit_begin(argv[1], "chain", 0);
    test_block b[4];
    b[0] = test_next(&c, NULL);
    test_kit_step(&k, "init", "genesis", test_anchor(&c, &b[0], room), NULL);
    b[1] = test_next(&c, &b[0]);
    yq_slice raw = {tx, test_tx(tx, sizeof tx, (test_tx_wish){.events = 2, .data = 1})};
    b[1].tx_count = 1;
    b[1].tx_root = test_hash(&c, &raw, 1);
    test_seal(&c, &b[1]);
    test_kit_step(
        &k,
        "update",
        "block 1",
        test_update(&c, &b[1], (test_votes){"sss-", 1, "x"}, none, room),
        NULL);
    test_kit_step(
        &k, "update", "block 1 again", test_update(&c, &b[1], all, none, room), "E_REPLAY");
    yq_writer w = yq_writer_of(room, sizeof room);
    yq_put_u8(&w, 1);
    yq_put_u64(&w, 1);
    yq_put_u32(&w, 0);
    yq_put_u8(&w, 0);
    yq_put_blob32(&w, raw);
    yq_put_u32(&w, 0);
    test_kit_step(&k, "event", "the first of two", yq_writer_slice(&w), NULL);
    test_kit_claim(&k, w.n - 4, 4, "which event is meant");
    test_block other = b[1];
    other.time_s++;
    test_seal(&c, &other);
    w = yq_writer_of(room, sizeof room);
    yq_put_u8(&w, 1);
    test_evidence_put(&w, &c, &b[1], all, none);
    test_evidence_put(&w, &c, &other, all, none);
    test_kit_step(&k, "misbehaviour", "two blocks 1", yq_writer_slice(&w), NULL);
    b[2] = test_next(&c, &b[1]);
    test_kit_step(
        &k,
        "update",
        "two votes of four",
        test_update(&c, &b[2], (test_votes){"ss--", 0, NULL}, none, room),
        "E_QUORUM");
    size_t n = test_config(&c, TEST_CHAIN_ID, "SM3", 1, config, sizeof config);
    raw.n =
        test_tx(tx, sizeof tx, (test_tx_wish){.contract = "CHAIN_CONFIG", .result = {config, n}});
    b[2].is_config = 1;
    b[2].tx_count = 1;
    b[2].tx_root = test_hash(&c, &raw, 1);
    test_seal(&c, &b[2]);
    test_kit_step(&k, "update", "a configuration", test_update(&c, &b[2], all, raw, room), NULL);
    test_kit_end(&k);
    test_chain_free(&c);
    return 0;
}
