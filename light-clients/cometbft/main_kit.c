/* Makes the cases of the conformance kit: yq-kit-cometbft FOLDER. */
#include "light-clients/cometbft/test_ibc.h"
#include "relay/hub/test_kit_file.h"

static uint8_t room[TEST_BYTES_MAX];

static void chain_cases(const char *dir)
{
    test_chain *c = test_chain_new();
    const test_set set = test_set_of(0, 4, 10), new = test_set_of(1, 4, 10);
    const test_votes all = {NULL, 0};
    test_header h[8];
    test_kit k = test_kit_begin(dir, "chain", TEST_NOW_MS);
    for (size_t i = 1; i < 8; i++) {
        h[i] = test_header_next(c, i == 1 ? NULL : &h[i - 1], i < 4 ? &set : &new);
    }
    test_kit_step(&k, "init", "block 1", test_anchor(&h[1], test_usual, room), NULL);
    test_kit_step(
        &k,
        "update",
        "block 2, a nil vote",
        test_update(c, 1, &h[2], (test_votes){"cccn", 2}, NULL, room),
        NULL);
    test_kit_step(
        &k, "update", "block 2 again", test_update(c, 1, &h[2], all, NULL, room), "E_REPLAY");
    test_kit_step(
        &k,
        "update",
        "too little power",
        test_update(c, 2, &h[3], (test_votes){"caac", 0}, NULL, room),
        "E_QUORUM");
    test_kit_step(&k, "update", "skip to block 6", test_update(c, 2, &h[6], all, &set, room), NULL);
    test_header other = h[6];
    other.app_root = test_digest("another state");
    test_header_seal(c, &other);
    test_kit_step(
        &k,
        "update",
        "a second block 6",
        test_update(c, 2, &other, all, &set, room),
        "E_MISBEHAVIOUR");
    yq_writer w = yq_writer_of(room, sizeof room);
    yq_put_u8(&w, 1);
    test_step_put(&w, c, 2, &h[6], all, &set);
    test_step_put(&w, c, 2, &other, all, &set);
    test_kit_step(&k, "misbehaviour", "two blocks 6", yq_writer_slice(&w), NULL);
    test_kit_end(&k);
    test_chain_free(c);
}

static void ibc_cases(const char *dir)
{
    static const char *const name[] = {
        "", "packet", "packet of version 2", "ack", "ack of version 2"};
    test_ibc *t = test_ibc_new(TEST_IAVL);
    test_kit k = test_kit_begin(dir, "ibc", TEST_NOW_MS);
    test_kit_step(&k, "init", "block 1", test_anchor(&t->h[1], test_usual, room), NULL);
    for (uint8_t i = 1; i <= 4; i++) {
        yq_slice proof = test_event(t, i, 0);
        test_kit_step(&k, "event", name[i], proof, NULL);
        if (i == 2) {
            size_t at = 1 + 1 + 9 + 8 + 9 + 8 + 2 + 2 * (8 + 5 + 4 + 5 + 4) + 5 + 6;
            test_kit_claim(&k, at, 2, "which payload is meant");
        }
    }
    const yq_slice key = yq_slice_text("receipts/ports/yuqiao/channels/channel-4/sequences/91");
    uint8_t full[256];
    yq_writer f = yq_writer_of(full, sizeof full), w = yq_writer_of(room, sizeof room);
    yq_put_str8(&f, yq_slice_text("ibc"));
    yq_put(&f, key);
    yq_put_u8(&w, 1);
    test_store_put(&w, t, test_absence(&t->ibc, key, 4, TEST_NONE, t->proof[0]));
    test_kit_step(&k, "value", "no receipt", yq_writer_slice(&w), NULL);
    test_kit_key(&k, yq_writer_slice(&f));
    test_kit_end(&k);
    test_ibc_free(t);
}

int main(int argc, char **argv)
{
    YQ_ASSERT(argc == 2);
    chain_cases(argv[1]);
    ibc_cases(argv[1]);
    return 0;
}
