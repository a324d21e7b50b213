/* Makes the cases of the conformance kit: yq-kit-xinghuo FOLDER. */
#include "light-clients/xinghuo/test_kit.h"
#include "relay/hub/test_kit_file.h"

static uint8_t room[TEST_BYTES_MAX], body[TEST_BYTES_MAX], other_body[TEST_BYTES_MAX];

static yq_slice wish(const test_xinghuo *x, uint64_t height, const char *letters)
{
    return test_proof(x, (test_proof_wish){.height = height, .letters = letters}, room);
}

/* What three validators signed, then changed in each commit. */
static yq_slice altered(const test_xinghuo *x, yq_slice from, yq_slice to)
{
    yq_slice out = wish(x, 3, "sss-");
    YQ_ASSERT(test_kit_replace(room, out.n, from, to) == 3);
    return out;
}

static void ledgers(test_kit *k, const test_xinghuo *x)
{
    static const uint8_t third[] = {0x08, 5, 0x10, 3}, fourth[] = {0x08, 5, 0x10, 4};
    const yq_digest a = test_block_hash(3, 'a'), b = test_block_hash(3, 'b');
    test_kit_step(k, "update", "ledger 2", wish(x, 2, "sss-"), NULL);
    test_kit_step(k, "update", "ledger 2 again", wish(x, 2, NULL), "E_REPLAY");
    test_kit_step(k, "update", "two of four", wish(x, 3, "ss--"), "E_QUORUM");
    test_kit_refused(k, "1", "update", "one, three times", wish(x, 3, "3---"), "E_DUP_SIGNER");
    test_kit_refused(
        k, "2, 17", "update", "no commits", wish(x, 3, "----"), "E_SIGNATURES_MISSING");
    test_kit_refused(k, "3", "update", "one of four", wish(x, 3, "s---"), "E_QUORUM");
    test_kit_refused(k, "4", "update", "an outsider", wish(x, 3, "ssx-"), "E_SIGNER_UNKNOWN");
    test_kit_refused(
        k,
        "7",
        "update",
        "another sequence, same digest",
        altered(x, YQ_SLICE_OF(third), YQ_SLICE_OF(fourth)),
        "E_SIG");
    test_kit_refused(
        k,
        "8",
        "update",
        "signatures of the other ledger 3",
        altered(x, YQ_SLICE_OF(a.b), YQ_SLICE_OF(b.b)),
        "E_SIG");
    test_kit_step(k, "update", "one for another value", wish(x, 3, "sso-"), "E_CERT_MIXED");
    test_kit_refused(
        k,
        "11",
        "update",
        "of another chain",
        test_proof(x, (test_proof_wish){.height = 3, .chain_id = 8}, room),
        "E_DOMAIN");
    test_kit_refused(
        k,
        "16",
        "update",
        "no commits but prepares",
        test_proof(x, (test_proof_wish){.height = 3, .type = 1}, room),
        "E_TYPE");
    yq_slice unknown = wish(x, 3, NULL);
    room[1] = 3;
    test_kit_refused(k, "16", "update", "no such update", unknown, "E_FIELD_UNKNOWN");
}

static yq_writer event_body(
    uint8_t *bytes, char branch, const char *emitter, const char *name, const char *data)
{
    yq_writer b = test_body(bytes, YQ_ATTEST_EVENT, 2, branch);
    test_event_named(&b, emitter, name, data);
    return b;
}

static void refused_event(
    test_kit *k,
    const char *holes,
    const char *name,
    const test_attesters *t,
    const yq_writer *b,
    const yq_writer *signed_body)
{
    test_kit_refused(
        k, holes, "event", name, test_statement_altered(t, b, signed_body, room), "E_SIG");
}

static void events(test_kit *k, const test_attesters *t)
{
    yq_writer s = event_body(other_body, 'a', "outbox", "Sent", "records"), b;
    test_kit_step(
        k, "event", "an event", test_statement(t, yq_writer_slice(&s), "ssss--", room), NULL);
    test_kit_holes(k, "10");
    test_kit_emitter(k, yq_slice_text("outbox"));
    b = event_body(body, 'a', "foreign", "Sent", "records");
    refused_event(k, "10", "under a foreign contract", t, &b, &s);
    b = event_body(body, 'a', "outbox", "Sent", "another");
    refused_event(k, "9", "data that were not signed", t, &b, &s);
    b = event_body(body, 'a', "outboxS", "ent", "records");
    refused_event(k, "13", "split elsewhere", t, &b, &s);
    test_attesters other = *t;
    other.chain = "another-platform";
    refused_event(k, "11", "signed for another chain", &other, &s, &s);
    b = test_body(body, YQ_ATTEST_EVENT, 2, 'a');
    yq_put(&b, yq_slice_text("outboxSenttx-0001"));
    yq_put_u32(&b, 2);
    yq_put(&b, yq_slice_text("records"));
    refused_event(k, "18", "signed without lengths", t, &s, &b);
    b = event_body(body, 'b', "outbox", "Sent", "records");
    test_kit_refused(
        k,
        "8",
        "event",
        "of another value of this ledger",
        test_statement(t, yq_writer_slice(&b), NULL, room),
        "E_HASH");
    static const struct {
        const char *holes, *name, *letters, *status;
    } row[] = {
        {"2, 17", "said by nobody", "------", "E_SIGNATURES_MISSING"},
        {"1", "one attester, four times", "4-----", "E_DUP_SIGNER"},
        {"3", "one attester of six", "s-----", "E_QUORUM"},
        {"4", "index outside the attesters", "sssx--", "E_SIGNER_UNKNOWN"}};
    for (size_t i = 0; i < YQ_ARRAY_N(row); i++) {
        yq_slice in = test_statement(t, yq_writer_slice(&s), row[i].letters, room);
        test_kit_refused(k, row[i].holes, "event", row[i].name, in, row[i].status);
    }
    b = test_body(body, YQ_ATTEST_VALUE, 2, 'a');
    yq_put_blob16(&b, yq_slice_text("record/7"));
    yq_put_u8(&b, 1);
    yq_put_blob32(&b, yq_slice_text("seven"));
    test_kit_step(
        k, "value", "a value", test_statement(t, yq_writer_slice(&b), "ssss--", room), NULL);
    test_kit_key(k, yq_slice_text("record/7"));
}

static yq_slice change(const test_xinghuo *x, const test_attesters *next, const char *letters)
{
    return test_attesters_update(x, next, 2, letters, room);
}

static void changes(test_kit *k, test_xinghuo *x)
{
    const test_attesters old = x->attesters;
    test_attesters next = old;
    next.member[4] = 8;
    next.member[5] = 9;
    test_outsiders(&x->attesters);
    test_kit_refused(
        k,
        "5",
        "update",
        "attesters that sign for themselves",
        change(x, &x->attesters, NULL),
        "E_SIG");
    x->attesters = old;
    test_kit_refused(
        k, "6", "update", "nobody signs", change(x, &next, "------"), "E_SIGNATURES_MISSING");
    test_kit_refused(k, "6", "update", "three of six sign", change(x, &next, "sss---"), "E_QUORUM");
    test_kit_step(k, "update", "attesters", change(x, &next, "--ssss"), NULL);
    yq_writer b = event_body(body, 'a', "outbox", "Sent", "records");
    yq_slice in = test_statement(&old, yq_writer_slice(&b), NULL, room);
    test_kit_refused(k, "12", "event", "the replaced attesters", in, "E_EPOCH_OLD");
    x->attesters.epoch = 2;
    in = test_statement(&x->attesters, yq_writer_slice(&b), NULL, room);
    test_kit_refused(k, "12", "event", "the replaced ones, new epoch", in, "E_SIG");
    next.epoch = 2;
    in = test_statement(&next, yq_writer_slice(&b), "--ssss", room);
    test_kit_step(k, "event", "by the next attesters", in, NULL);
}

int main(int argc, char **argv)
{
    test_xinghuo x;
    YQ_ASSERT(argc == 2);
    test_xinghuo_new(&x, 4);
    test_kit k = test_kit_begin(argv[1], "ledgers", 0);
    x.attesters.n = 0;
    yq_slice none = test_xinghuo_anchor(&x, room);
    test_kit_refused(&k, "17", "init", "no attesters", none, "E_QUORUM_CONFIG");
    x.attesters.n = 6;
    test_kit_step(&k, "init", "four validators", test_xinghuo_anchor(&x, room), NULL);
    ledgers(&k, &x);
    events(&k, &x.attesters);
    yq_writer w = yq_writer_of(room, sizeof room);
    yq_put_u8(&w, 1);
    test_proof_put(&w, &x, (test_proof_wish){.height = 5, .letters = "sss-"});
    test_proof_put(&w, &x, (test_proof_wish){.height = 5, .branch = 'b', .letters = "-sss"});
    test_kit_step(&k, "misbehaviour", "two values of ledger 5", yq_writer_slice(&w), NULL);
    changes(&k, &x);
    test_kit_no_hole(
        &k,
        "14",
        "no layout has a place for an address; a commit with a field that the form has not is "
        "refused");
    test_kit_end(&k);
    test_xinghuo_free(&x);
    return 0;
}
