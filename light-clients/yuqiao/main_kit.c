/* Makes the cases of the conformance kit: yq-kit-yuqiao FOLDER. */
#include "light-clients/yuqiao/test_chain.h"
#include "light-clients/yuqiao/test_real.h"
#include "relay/hub/test_kit_file.h"

static uint8_t room[TEST_BYTES_MAX];
static const test_set first_set = {1, 0, 4}, second_set = {2, 4, 4};

static void misbehaviour(
    test_kit *k,
    const test_chain *c,
    const char *title,
    const yq_final_info *a,
    const yq_final_info *b,
    const char *expect)
{
    yq_writer w = yq_writer_of(room, sizeof room);
    yq_put_u8(&w, 1);
    test_cert_put(&w, c, first_set, a, NULL, 0);
    test_cert_put(&w, c, first_set, b, NULL, 0);
    test_kit_step(k, "misbehaviour", title, yq_writer_slice(&w), expect);
}

static void anchors(test_kit *k, const test_chain *c, const yq_final_info *info)
{
    test_anchor_wish wish = test_anchor_usual(c, (test_set){1, 8, 4});
    wish.pinned = test_anchor_usual(c, first_set).pinned;
    test_kit_step(
        k,
        "init",
        "validators that are not the pinned ones",
        test_anchor_wished(c, (test_set){1, 8, 4}, info, &wish, NULL, room),
        "E_VALSET_HASH");
    test_kit_holes(k, "5");
    wish = test_anchor_usual(c, first_set);
    memcpy(wish.set.key[1], wish.set.key[0], 64);
    test_kit_step(
        k,
        "init",
        "one validator twice",
        test_anchor_wished(c, first_set, info, &wish, NULL, room),
        "E_DUP_SIGNER");
    test_kit_holes(k, "1");
    test_kit_step(k, "init", "block 1", test_anchor(c, first_set, info, room), NULL);
}

static void refused(
    test_kit *k,
    const test_chain *c,
    const char *title,
    const yq_final_info *info,
    const char *letters,
    const char *expect,
    const char *holes)
{
    test_kit_step(
        k, "update", title, test_update_letters(c, first_set, info, letters, NULL, room), expect);
    test_kit_holes(k, holes);
}

static void signers(test_kit *k, const test_chain *c)
{
    yq_final_info info = test_info(c, 1, 2);
    refused(k, c, "one signature for three", &info, "111-", "E_SIG", "1");
    refused(k, c, "no signatures", &info, "----", "E_SIGNATURES_MISSING", "2, 17");
    refused(k, c, "one of four", &info, "s---", "E_QUORUM", "3");
    refused(k, c, "an outsider for one of three", &info, "ssx-", "E_SIG", "4");
    refused(k, c, "an index outside the set", &info, "ss--s", "E_SIGNER_UNKNOWN", "4");
    yq_slice in = test_update(c, first_set, &info, NULL, room);
    room[3 + 17 + 32 + 24 + 32] ^= 1; /* result_root */
    test_kit_step(k, "update", "an altered result", in, "E_SIG");
    test_kit_holes(k, "7");
    info.h.b[9] ^= 1;
    in = test_update(c, first_set, &info, NULL, room);
    room[3 + 17 + 32 + 24 + 9] ^= 1;
    test_kit_step(k, "update", "votes for another block of the height", in, "E_SIG");
    test_kit_holes(k, "8");
    info = test_info(c, 1, 2);
    info.chain_id_hash.b[0] ^= 1;
    refused(k, c, "another chain's certificate", &info, NULL, "E_DOMAIN", "11");
}

static void epochs(test_kit *k, const test_chain *c)
{
    yq_final_info end = test_info(c, 1, 3);
    const yq_final_info after = test_info(c, 2, 4), stale = test_info(c, 1, 5);
    test_kit_step(
        k,
        "update",
        "an epoch that nothing proves, as after a recovery",
        test_update(c, second_set, &after, NULL, room),
        "E_SET_CHANGE");
    test_kit_holes(k, "6");
    test_ends(c, &end, second_set);
    test_kit_step(
        k,
        "update",
        "the next set left out",
        test_update(c, first_set, &end, NULL, room),
        "E_PROOF_REQUIRED");
    test_kit_holes(k, "6, 16");
    test_kit_step(
        k,
        "update",
        "another next set",
        test_update(c, first_set, &end, &(test_set){2, 5, 4}, room),
        "E_VALSET_HASH");
    test_kit_holes(k, "6");
    test_kit_step(
        k, "update", "block 3 ends", test_update(c, first_set, &end, &second_set, room), NULL);
    test_kit_step(
        k,
        "update",
        "block 4 by the old set",
        test_update(c, first_set, &after, NULL, room),
        "E_SIG");
    test_kit_holes(k, "12");
    test_kit_step(
        k,
        "update",
        "the old epoch goes on",
        test_update(c, first_set, &stale, NULL, room),
        "E_MISBEHAVIOUR");
}

/* "city-a", "send" becomes "city-as", "end": a byte moves over the length between two names. */
static void move_border(const test_chain *c)
{
    const size_t at = 1 + 8 + 98 + 8 + 4 + 6 + 1 + strlen(TEST_HUB);
    YQ_ASSERT(room[at] == 6 && c->packet[0][6] == strlen(TEST_HUB));
    room[at]++;
    memcpy(room + at + 1 + 6, "s\0\3", 3);
}

static void packets(test_kit *k, const test_chain *c)
{
    yq_slice in = test_event(c, 2, 1, room);
    test_kit_step(k, "event", "the second of three packets", in, NULL);
    test_kit_emitter(k, yq_slice_text("packet"));
    in = test_event(c, 2, 0, room);
    room[1 + 8 + 98 + 8 + 4 + c->packet_n[0] - 1] ^= 1;
    test_kit_step(k, "event", "an altered packet", in, "E_PROOF");
    test_kit_holes(k, "9");
    in = test_event(c, 7, 1, room);
    test_kit_step(k, "event", "a height that nothing certified", in, "E_HEADER_UNKNOWN");
    in = test_event(c, 2, 0, room);
    move_border(c);
    test_kit_step(k, "event", "the border of two names moved", in, "E_PROOF");
    test_kit_holes(k, "13, 18");
}

/* The same block with the outbox of another chain where this one's would be. */
static void foreign(test_kit *k, test_chain *c)
{
    yq_packet packet = test_packet(1);
    packet.dst_chain = yq_slice_text("city-x");
    test_outbox(c, &packet, 0, "city-x");
    const yq_final_info info = test_info(c, 2, 4);
    test_kit_step(k, "update", "block 4", test_update(c, second_set, &info, NULL, room), NULL);
    test_kit_step(k, "event", "a packet for another chain", test_event(c, 4, 0, room), "E_DOMAIN");
    test_kit_holes(k, "10");
    yq_slice in = test_event(c, 4, 0, room);
    packet = test_packet(1);
    yq_buf out = {room + 1 + 8 + 98 + 8 + 4, 512, 0};
    YQ_ASSERT(yq_packet_encode(&packet, &out) == YQ_OK && out.n == c->packet_n[0]);
    test_kit_step(k, "event", "from the outbox of another chain", in, "E_PROOF");
    test_kit_holes(k, "10");
}

static void made(const char *dir)
{
    static test_chain c;
    test_chain_init(&c, YQ_HASH_SHA256, YQ_SUITE_P256, YQ_SUITE_SM2);
    test_kit k = test_kit_begin(dir, "chain", TEST_NOW + 1000);
    const yq_final_info one = test_info(&c, 1, 1), two = test_info(&c, 1, 2);
    anchors(&k, &c, &one);
    signers(&k, &c);
    test_kit_step(&k, "update", "block 2", test_update(&c, first_set, &two, NULL, room), NULL);
    test_kit_step(
        &k, "update", "block 2 again", test_update(&c, first_set, &two, NULL, room), "E_REPLAY");
    yq_final_info other = two;
    other.h.b[0] ^= 1;
    test_kit_step(
        &k,
        "update",
        "another block 2",
        test_update(&c, first_set, &other, NULL, room),
        "E_MISBEHAVIOUR");
    misbehaviour(&k, &c, "two blocks 2", &two, &other, NULL);
    misbehaviour(&k, &c, "a block and its parent", &two, &one, "E_NOT_PROVEN");
    packets(&k, &c);
    static const char *const title[] = {
        "a value", "another value", "absent: an empty subtree", "absent: another leaf"};
    for (unsigned i = 0; i < 4; i++) {
        test_kit_step(&k, "value", title[i], test_value(&c, 2, i, room), NULL);
        test_kit_key(&k, c.state_key[i]);
    }
    epochs(&k, &c);
    foreign(&k, &c);
    test_kit_no_hole(&k, "14", "no layout has a place for an address");
    test_kit_end(&k);
    test_chain_free(&c);
}

static void value_step(test_kit *k, real *r, const char *title, uint64_t index)
{
    uint8_t key_room[64];
    int found;
    const yq_slice key = real_leaf_key(index, key_room, sizeof key_room);
    test_kit_step(k, "value", title, real_value_proof(r, key, &found, room, sizeof room), NULL);
    test_kit_key(k, key);
    YQ_ASSERT(found == (index < 2));
}

/* What a node emits: the ledger itself, with a set change by governance. */
static void ledger(const char *dir)
{
    static real r;
    real_new(&r, NULL);
    test_kit k = test_kit_begin(dir, "ledger", WORLD_TIME + 4 * 3600000);
    real_send(&r, 1);
    real_send(&r, 2);
    test_kit_step(
        &k, "init", "a node's block, with two packets", real_anchor(&r, room, sizeof room), NULL);
    test_kit_step(
        &k, "event", "the second packet", real_event_proof(&r, 1, room, sizeof room), NULL);
    test_kit_emitter(&k, yq_slice_text("packet"));
    value_step(&k, &r, "a leaf of the outbox", 1);
    value_step(&k, &r, "no such leaf", 2);
    real_swap(&r, 0, "one", 3);
    real_block(&r);
    test_kit_step(&k, "update", "the end of the epoch", real_update(&r, room, sizeof room), NULL);
    real_block(&r);
    test_kit_step(&k, "update", "by the new set", real_update(&r, room, sizeof room), NULL);
    test_kit_end(&k);
    real_free(&r);
}

int main(int argc, char **argv)
{
    YQ_ASSERT(argc == 2);
    made(argv[1]);
    ledger(argv[1]);
    return 0;
}
