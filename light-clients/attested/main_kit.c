/* Makes the cases of the conformance kit: yq-kit-attested FOLDER. */
#include "light-clients/attested/test_kit.h"
#include "relay/hub/test_kit_file.h"

static uint8_t room[TEST_BYTES_MAX], body[TEST_BYTES_MAX], other_body[TEST_BYTES_MAX];

static yq_slice block(const test_attesters *t, uint64_t height, char branch, const char *letters)
{
    yq_writer b = test_body(body, YQ_ATTEST_BLOCK, height, branch);
    return test_statement(t, yq_writer_slice(&b), letters, room);
}

/* The attesters `next` for the block at height 2. */
static yq_slice change(const test_attesters *t, const test_attesters *next, const char *letters)
{
    yq_writer b = test_body(body, YQ_ATTEST_SET, 2, 'a');
    test_set_put(&b, next);
    return test_statement(t, yq_writer_slice(&b), letters, room);
}

static yq_writer event_body(
    uint8_t *bytes, char branch, const char *emitter, const char *name, const char *data)
{
    yq_writer b = test_body(bytes, YQ_ATTEST_EVENT, 2, branch);
    test_event_named(&b, emitter, name, data);
    return b;
}

static yq_slice over(const test_attesters *t, const yq_writer *b, const yq_writer *signed_body)
{
    return test_statement_altered(t, b, signed_body, room);
}

static void blocks(test_kit *k, const test_attesters *t)
{
    test_kit_step(k, "update", "block 2", block(t, 2, 'a', "ssss--"), NULL);
    test_kit_step(k, "update", "block 2 again", block(t, 2, 'a', NULL), "E_REPLAY");
    test_kit_step(k, "update", "three of six", block(t, 3, 'a', "sss---"), "E_QUORUM");
    test_kit_refused(
        k, "1", "update", "one of six, four times", block(t, 3, 'a', "4-----"), "E_DUP_SIGNER");
    test_kit_refused(
        k, "2, 17", "update", "no signatures", block(t, 3, 'a', "------"), "E_SIGNATURES_MISSING");
    test_kit_refused(k, "3", "update", "one of six", block(t, 3, 'a', "--s---"), "E_QUORUM");
    test_kit_refused(
        k, "4", "update", "index outside the set", block(t, 3, 'a', "sssx--"), "E_SIGNER_UNKNOWN");
    test_attesters outside = *t;
    outside.member[3] = 9;
    test_kit_refused(
        k, "4", "update", "an outsider for a member", block(&outside, 3, 'a', NULL), "E_SIG");
    outside = *t;
    outside.chain = "another-platform";
    test_kit_refused(
        k, "11", "update", "signed for another chain", block(&outside, 3, 'a', NULL), "E_SIG");
    yq_writer b = test_body(body, YQ_ATTEST_BLOCK, 3, 'a'), s;
    s = test_body(other_body, YQ_ATTEST_BLOCK, 3, 'a');
    body[b.n - 1] ^= 1;
    test_kit_refused(k, "7", "update", "another time, same hash", over(t, &b, &s), "E_SIG");
    b = test_body(body, YQ_ATTEST_BLOCK, 3, 'b');
    test_kit_refused(k, "8", "update", "signatures of the other block 3", over(t, &b, &s), "E_SIG");
    b = test_body(body, 5, 3, 'a');
    test_kit_refused(
        k,
        "16",
        "update",
        "a kind that has no rule",
        test_statement(t, yq_writer_slice(&b), NULL, room),
        "E_FIELD_UNKNOWN");
}

static void events(test_kit *k, const test_attesters *t)
{
    yq_writer s = event_body(other_body, 'a', "outbox", "Sent", "records"), b;
    test_kit_step(
        k, "event", "an event", test_statement(t, yq_writer_slice(&s), "-ssss-", room), NULL);
    test_kit_holes(k, "10");
    test_kit_emitter(k, yq_slice_text("outbox"));
    b = event_body(body, 'a', "foreign", "Sent", "records");
    test_kit_refused(k, "10", "event", "under a foreign contract", over(t, &b, &s), "E_SIG");
    b = event_body(body, 'a', "outbox", "Sent", "another");
    test_kit_refused(k, "9", "event", "data that were not signed", over(t, &b, &s), "E_SIG");
    b = event_body(body, 'b', "outbox", "Sent", "records");
    test_kit_refused(
        k,
        "8",
        "event",
        "of another block of this height",
        test_statement(t, yq_writer_slice(&b), NULL, room),
        "E_HASH");
    b = event_body(body, 'a', "outboxS", "ent", "records");
    test_kit_refused(k, "13", "event", "split elsewhere", over(t, &b, &s), "E_SIG");
    b = event_body(body, 'a', "outbox", "Sent", "records");
    s = test_body(other_body, YQ_ATTEST_EVENT, 2, 'a');
    yq_put(&s, yq_slice_text("outboxSenttx-0001"));
    yq_put_u32(&s, 2);
    yq_put(&s, yq_slice_text("records"));
    test_kit_refused(k, "18", "event", "signed without lengths", over(t, &b, &s), "E_SIG");
    test_kit_refused(
        k,
        "2, 17",
        "event",
        "signed by nobody",
        test_statement(t, yq_writer_slice(&b), "------", room),
        "E_SIGNATURES_MISSING");
    b = test_body(body, YQ_ATTEST_VALUE, 2, 'a');
    yq_put_blob16(&b, yq_slice_text("record/7"));
    yq_put_u8(&b, 1);
    yq_put_blob32(&b, yq_slice_text("seven"));
    test_kit_step(
        k, "value", "a value", test_statement(t, yq_writer_slice(&b), "ssss--", room), NULL);
    test_kit_key(k, yq_slice_text("record/7"));
}

static void changes(test_kit *k, const test_attesters *t)
{
    test_attesters next = *t, own = *t;
    next.member[4] = 8;
    next.member[5] = 9;
    test_outsiders(&own);
    test_kit_refused(
        k, "5", "update", "a set that signs for itself", change(&own, &own, NULL), "E_SIG");
    test_kit_refused(
        k,
        "6",
        "update",
        "nobody signs for a set",
        change(t, &next, "------"),
        "E_SIGNATURES_MISSING");
    test_kit_refused(
        k, "6", "update", "three of six for a set", change(t, &next, "sss---"), "E_QUORUM");
    test_kit_step(k, "update", "attesters", change(t, &next, "--ssss"), NULL);
    test_kit_refused(
        k, "12", "update", "the replaced attesters", block(t, 3, 'a', NULL), "E_EPOCH_OLD");
    own = *t;
    own.epoch = 2;
    test_kit_refused(
        k, "12", "update", "the replaced ones, new epoch", block(&own, 3, 'a', NULL), "E_SIG");
    next.epoch = 2;
    test_kit_step(k, "update", "block 3 by the next", block(&next, 3, 'a', "--ssss"), NULL);
}

int main(int argc, char **argv)
{
    test_attesters t;
    YQ_ASSERT(argc == 2);
    test_attesters_new(&t, 6, 4);
    test_kit k = test_kit_begin(argv[1], "attested", 0);
    test_attesters none = t;
    none.n = 0;
    test_kit_refused(&k, "17", "init", "no attesters", test_anchor(&none, room), "E_QUORUM_CONFIG");
    test_kit_step(&k, "init", "six attesters", test_anchor(&t, room), NULL);
    blocks(&k, &t);
    yq_writer w = yq_writer_of(room, sizeof room);
    yq_put_u8(&w, 1);
    for (unsigned i = 0; i < 2; i++) {
        yq_writer b = test_body(body, YQ_ATTEST_BLOCK, 5, i == 0 ? 'a' : 'b');
        test_statement_put(&w, &t, yq_writer_slice(&b), "ssss--");
    }
    test_kit_step(&k, "misbehaviour", "two blocks 5", yq_writer_slice(&w), NULL);
    events(&k, &t);
    changes(&k, &t);
    test_kit_no_hole(
        &k, "14", "no layout has a place for an address, and every byte of a statement is signed");
    test_kit_end(&k);
    test_attesters_free(&t);
    return 0;
}
