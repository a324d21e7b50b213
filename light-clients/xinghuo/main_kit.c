/* Makes the cases of the conformance kit: yq-kit-xinghuo FOLDER. */
#include "light-clients/xinghuo/test_kit.h"
#include "relay/hub/test_kit_file.h"

static uint8_t room[TEST_BYTES_MAX], body[TEST_BYTES_MAX];

static yq_slice wish(const test_xinghuo *x, uint64_t height, const char *letters)
{
    return test_proof(x, (test_proof_wish){.height = height, .letters = letters}, room);
}

int main(int argc, char **argv)
{
    test_xinghuo x;
    YQ_ASSERT(argc == 2);
    test_xinghuo_new(&x, 4);
    test_kit k = test_kit_begin(argv[1], "ledgers", 0);
    test_kit_step(&k, "init", "four validators", test_xinghuo_anchor(&x, room), NULL);
    test_kit_step(&k, "update", "ledger 2", wish(&x, 2, "sss-"), NULL);
    test_kit_step(&k, "update", "ledger 2 again", wish(&x, 2, NULL), "E_REPLAY");
    test_kit_step(&k, "update", "two of four", wish(&x, 3, "ss--"), "E_QUORUM");
    test_kit_step(&k, "update", "one twice", wish(&x, 3, "2s--"), "E_DUP_SIGNER");
    test_kit_step(&k, "update", "an outsider", wish(&x, 3, "ssx-"), "E_SIGNER_UNKNOWN");
    yq_writer b = test_body(body, YQ_ATTEST_EVENT, 2, 'a');
    test_event_put(&b, "records");
    test_kit_step(
        &k,
        "event",
        "an event",
        test_statement(&x.attesters, yq_writer_slice(&b), "ssss--", room),
        NULL);
    b = test_body(body, YQ_ATTEST_VALUE, 2, 'a');
    yq_put_blob16(&b, yq_slice_text("record/7"));
    yq_put_u8(&b, 1);
    yq_put_blob32(&b, yq_slice_text("seven"));
    test_kit_step(
        &k,
        "value",
        "a value",
        test_statement(&x.attesters, yq_writer_slice(&b), "ssss--", room),
        NULL);
    test_kit_key(&k, yq_slice_text("record/7"));
    yq_writer w = yq_writer_of(room, sizeof room);
    yq_put_u8(&w, 1);
    test_proof_put(&w, &x, (test_proof_wish){.height = 5, .letters = "sss-"});
    test_proof_put(&w, &x, (test_proof_wish){.height = 5, .branch = 'b', .letters = "-sss"});
    test_kit_step(&k, "misbehaviour", "two values of ledger 5", yq_writer_slice(&w), NULL);
    test_kit_step(
        &k,
        "update",
        "attesters",
        test_attesters_update(&x, &x.attesters, 2, "--ssss", room),
        NULL);
    test_kit_end(&k);
    test_xinghuo_free(&x);
    return 0;
}
