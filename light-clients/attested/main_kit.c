/* Makes the cases of the conformance kit: yq-kit-attested FOLDER. */
#include "light-clients/attested/test_kit.h"
#include "relay/hub/test_kit_file.h"

static uint8_t room[TEST_BYTES_MAX], body[TEST_BYTES_MAX];

int main(int argc, char **argv)
{
    test_attesters t;
    YQ_ASSERT(argc == 2);
    test_attesters_new(&t, 6, 4);
    test_kit k = test_kit_begin(argv[1], "attested", 0);
    test_kit_step(&k, "init", "six attesters", test_anchor(&t, room), NULL);
    yq_writer b = test_body(body, YQ_ATTEST_BLOCK, 2, 'a');
    test_kit_step(
        &k, "update", "block 2", test_statement(&t, yq_writer_slice(&b), "ssss--", room), NULL);
    test_kit_step(
        &k,
        "update",
        "block 2 again",
        test_statement(&t, yq_writer_slice(&b), NULL, room),
        "E_REPLAY");
    b = test_body(body, YQ_ATTEST_BLOCK, 3, 'a');
    test_kit_step(
        &k,
        "update",
        "three of six",
        test_statement(&t, yq_writer_slice(&b), "sss---", room),
        "E_QUORUM");
    b = test_body(body, YQ_ATTEST_EVENT, 2, 'a');
    test_event_put(&b, "records");
    test_kit_step(
        &k, "event", "an event", test_statement(&t, yq_writer_slice(&b), "-ssss-", room), NULL);
    b = test_body(body, YQ_ATTEST_VALUE, 2, 'a');
    yq_put_blob16(&b, yq_slice_text("record/7"));
    yq_put_u8(&b, 1);
    yq_put_blob32(&b, yq_slice_text("seven"));
    test_kit_step(
        &k, "value", "a value", test_statement(&t, yq_writer_slice(&b), "ssss--", room), NULL);
    test_kit_key(&k, yq_slice_text("record/7"));
    yq_writer w = yq_writer_of(room, sizeof room);
    yq_put_u8(&w, 1);
    for (unsigned i = 0; i < 2; i++) {
        b = test_body(body, YQ_ATTEST_BLOCK, 5, i == 0 ? 'a' : 'b');
        test_statement_put(&w, &t, yq_writer_slice(&b), "ssss--");
    }
    test_kit_step(&k, "misbehaviour", "two blocks 5", yq_writer_slice(&w), NULL);
    b = test_body(body, YQ_ATTEST_SET, 2, 'a');
    test_set_put(&b, &t);
    test_kit_step(
        &k, "update", "attesters", test_statement(&t, yq_writer_slice(&b), "--ssss", room), NULL);
    test_kit_end(&k);
    test_attesters_free(&t);
    return 0;
}
