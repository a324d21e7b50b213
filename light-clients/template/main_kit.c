/* Makes the cases of the conformance kit: yq-kit-template FOLDER. */
#include "light-clients/template/test_chain.h"
#include "relay/hub/test_kit_file.h"

int main(int argc, char **argv)
{
    static uint8_t room[TEST_BYTES_MAX];
    YQ_ASSERT(argc == 2);
    test_chain c = test_chain_new(4), next = c;
    test_block b[4];
    next.first = 1;
    b[1] = test_next(NULL, &c);
    b[2] = test_next(&b[1], &next);
    b[3] = test_next(&b[2], &next);
    test_kit k = test_kit_begin(argv[1], "chain", 0);
    test_kit_step(&k, "init", "block 1", test_anchor(&c, &b[1], room), NULL);
    test_kit_step(&k, "event", "the second of two", test_event(1, 1, room), NULL);
    test_kit_claim(&k, 9, 4, "which of the proven events is meant");
    test_kit_step(
        &k, "update", "two of four", test_update(&c, &b[2], "ss--", &next, room), "E_QUORUM");
    test_kit_step(&k, "update", "another set", test_update(&c, &b[2], "sss-", &next, room), NULL);
    test_kit_step(
        &k, "update", "block 2 again", test_update(&c, &b[2], "sss-", &next, room), "E_REPLAY");
    test_kit_step(&k, "update", "block 3", test_update(&next, &b[3], "-sss", NULL, room), NULL);
    test_kit_end(&k);
    test_chain_free(&c);
    return 0;
}
