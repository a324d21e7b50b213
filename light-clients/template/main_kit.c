/* Makes the cases of the conformance kit: yq-kit-template FOLDER. */
#include "light-clients/template/test_chain.h"
#include "relay/hub/test_kit_file.h"

static uint8_t room[TEST_BYTES_MAX];

/* Block 2 is signed wrongly, by the wrong ones, or for something else. */
static void refused_signatures(test_kit *k, const test_chain *c, const test_block *b)
{
    static const struct {
        const char *holes, *name, *letters, *status;
    } row[] = {
        {"1", "one of four, three times", "3---", "E_DUP_SIGNER"},
        {"2, 17", "no signatures", "----", "E_SIGNATURES_MISSING"},
        {"3", "one of four", "s---", "E_QUORUM"},
        {"4", "index outside the set", "ssx-", "E_SIGNER_UNKNOWN"}};
    for (size_t i = 0; i < YQ_ARRAY_N(row); i++) {
        yq_slice in = test_update(c, b, row[i].letters, NULL, room);
        test_kit_refused(k, row[i].holes, "update", row[i].name, in, row[i].status);
    }
    test_chain own = *c;
    own.first = 8;
    test_kit_refused(
        k, "4", "update", "signed by outsiders", test_update(&own, b, NULL, NULL, room), "E_SIG");
    test_block altered = *b;
    altered.raw[15] ^= 1; /* the time's last byte; the hash that is signed stays */
    test_kit_refused(
        k, "7", "update", "another time", test_update(c, &altered, NULL, NULL, room), "E_SIG");
    altered = *b;
    altered.events_root.b[0] ^= 1;
    test_seal(&altered);
    altered.hash = b->hash;
    test_kit_refused(
        k,
        "8",
        "update",
        "signatures of the other block 2",
        test_update(c, &altered, NULL, NULL, room),
        "E_SIG");
}

static void refused_sets(test_kit *k, const test_chain *c, const test_block b[4])
{
    test_chain own = *c, empty = *c;
    own.first = 8;
    empty.n = 0;
    const test_block foreign = test_next(&b[1], &own), other = test_next(&foreign, c);
    test_kit_refused(
        k,
        "5",
        "update",
        "a set that signs for itself",
        test_update(&own, &foreign, NULL, &own, room),
        "E_SIG");
    test_kit_refused(
        k,
        "6",
        "update",
        "a set that the header does not name",
        test_update(c, &b[2], NULL, &own, room),
        "E_VALSET_HASH");
    test_kit_refused(
        k,
        "6",
        "update",
        "the set that was announced is left out",
        test_update(c, &b[2], NULL, NULL, room),
        "E_VALSET_HASH");
    test_kit_refused(
        k, "17", "update", "an empty set", test_update(c, &b[2], NULL, &empty, room), "E_LIMIT");
    test_block moved = other;
    moved.height = 2;
    test_seal(&moved);
    test_kit_refused(
        k,
        "11",
        "update",
        "of a chain with another block 1",
        test_update(c, &moved, NULL, NULL, room),
        "E_PARENT");
    yq_slice in = test_update(c, &b[2], NULL, NULL, room);
    room[0] = 2;
    test_kit_refused(k, "16", "update", "a version that has no rule", in, "E_VERSION");
}

static yq_slice altered_event(const char *from, const char *to)
{
    yq_slice in = test_event(1, 1, room);
    YQ_ASSERT(test_kit_replace(room, in.n, yq_slice_text(from), yq_slice_text(to)) > 0);
    return in;
}

static void events(test_kit *k)
{
    test_kit_step(k, "event", "the second of two", test_event(1, 1, room), NULL);
    test_kit_claim(k, 9, 4, "which of the proven events is meant");
    test_kit_holes(k, "10");
    test_kit_emitter(k, yq_slice_text("outbox"));
    test_kit_refused(
        k, "10", "event", "under a foreign contract", altered_event("outbox", "nobody"), "E_PROOF");
    test_kit_refused(
        k, "9", "event", "data that were not there", altered_event("second", "third!"), "E_PROOF");
    test_kit_refused(
        k,
        "13",
        "event",
        "split elsewhere",
        altered_event(
            "\x06outbox\x04Sent",
            "\x07outboxS\x03"
            "ent"),
        "E_PROOF");
}

/* Another block 2, signed by those who are members still. */
static void contradictions(test_kit *k, const test_chain *members, const test_block *b)
{
    test_block other = *b;
    other.time_ms++;
    test_seal(&other);
    yq_slice in = test_update(members, &other, NULL, NULL, room);
    test_kit_step(k, "update", "another block 2", in, "E_MISBEHAVIOUR");
    room[in.n++] = 0;
    test_kit_step(k, "update", "another block 2, with a byte behind it", in, "E_TRAILING");
    room[in.n - 2] = 2;
    test_kit_step(k, "update", "another block 2, with neither set", in, "E_NONCANONICAL");
}

int main(int argc, char **argv)
{
    YQ_ASSERT(argc == 2);
    test_chain c = test_chain_new(4), next = c, none = c;
    test_block b[4];
    next.first = 1;
    none.n = 0;
    b[1] = test_next(NULL, &c);
    b[2] = test_next(&b[1], &next);
    b[3] = test_next(&b[2], &next);
    test_kit k = test_kit_begin(argv[1], "chain", 0);
    test_kit_refused(&k, "17", "init", "an empty set", test_anchor(&none, &b[1], room), "E_LIMIT");
    test_kit_step(&k, "init", "block 1", test_anchor(&c, &b[1], room), NULL);
    events(&k);
    test_kit_step(
        &k, "update", "two of four", test_update(&c, &b[2], "ss--", &next, room), "E_QUORUM");
    refused_signatures(&k, &c, &b[2]);
    refused_sets(&k, &c, b);
    test_kit_step(&k, "update", "another set", test_update(&c, &b[2], "sss-", &next, room), NULL);
    test_kit_step(
        &k, "update", "block 2 again", test_update(&c, &b[2], "sss-", &next, room), "E_REPLAY");
    test_kit_refused(
        &k,
        "12",
        "update",
        "signed by the set that was replaced",
        test_update(&c, &b[3], NULL, NULL, room),
        "E_SIG");
    contradictions(&k, &next, &b[2]);
    test_kit_step(&k, "update", "block 3", test_update(&next, &b[3], "-sss", NULL, room), NULL);
    test_kit_no_hole(
        &k, "14", "no layout has a place for an address, and every byte of a proof is hashed");
    test_kit_no_hole(&k, "18", "what is signed is the hash of fields that have one size each");
    test_kit_end(&k);
    test_chain_free(&c);
    return 0;
}
