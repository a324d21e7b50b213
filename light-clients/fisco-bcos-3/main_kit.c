/* Makes the cases of the conformance kit: yq-kit-fisco-bcos-3 FOLDER. */
#include "light-clients/fisco-bcos-3/test_chain.h"
#include "relay/hub/test_kit_file.h"

static uint8_t room[TEST_BYTES_MAX];
static const uint8_t contract[20] = {0x68, 0x49, 0xf2, 0x1d, 0x1e, 0x45, 0x5e, 0x9f, 0x07, 0x12,
                                     0xb1, 0xe9, 0x9f, 0xa4, 0xfc, 0xd2, 0x37, 0x58, 0xe8, 0xf1};

/* The blocks of one file: 11 has three calls, 12 a set change, 13 the new set. */
typedef struct world {
    test_chain c;
    test_block b[6], other;
    test_kit k;
    test_tx claimed;
} world;

static void step(world *x, const char *op, const char *name, yq_slice in, const char *expect)
{
    test_kit_step(&x->k, op, name, in, expect);
}

static yq_slice plain(const world *x, size_t i, uint32_t mask)
{
    return test_update(&x->c, &x->b[i], mask, NULL, 0, room);
}

/* Block i with the signatures of these keys under these indexes. */
static yq_slice signed_by(
    const world *x, size_t i, const size_t *key, const uint16_t *index, uint16_t n)
{
    yq_writer w = yq_writer_of(room, sizeof room);
    yq_put_u8(&w, 1);
    test_header_put(&x->c, &x->b[i], 1, &w);
    yq_put_u16(&w, n);
    for (size_t s = 0; s < n; s++) {
        yq_put_u16(&w, index[s]);
        test_sign(&x->c, &x->b[i].hash, x->c.key[key[s]], &w);
    }
    yq_put_u16(&w, 0);
    return yq_writer_slice(&w);
}

static void build(world *x)
{
    test_header_make(&x->c, NULL, &x->b[0]);
    x->b[1].tx_n = 3;
    for (size_t i = 0; i < 3; i++) {
        test_tx_make(i + 1, TEST_CONTRACT, yq_slice_text("call"), &x->b[1].tx[i]);
        test_log_add(&x->b[1].tx[i], "first");
        test_log_add(&x->b[1].tx[i], "second");
    }
    test_split_make(&x->b[1].tx[2], &x->claimed);
    test_header_make(&x->c, &x->b[0], &x->b[1]);
    x->b[2].tx_n = 1;
    test_change_make(&x->c, "addSealer(string,uint256)", x->c.key[5], 1, 2, &x->b[2].tx[0]);
    test_header_make(&x->c, &x->b[1], &x->b[2]);
    x->c.weight[5] = 2;
    test_plain_block(&x->c, &x->b[2], &x->b[3]);
    test_plain_block(&x->c, &x->b[3], &x->b[4]);
}

/* Who signs: holes 1 to 4, 8 and 17. */
static void signer_cases(world *x)
{
    step(x, "update", "one of four", plain(x, 1, 1), "E_QUORUM");
    test_kit_holes(&x->k, "3");
    step(
        x,
        "update",
        "one sealer three times",
        signed_by(x, 1, (size_t[]){1, 1, 1}, (uint16_t[]){1, 1, 1}, 3),
        "E_DUP_SIGNER");
    test_kit_holes(&x->k, "1");
    step(x, "update", "no signatures", plain(x, 1, 0), "E_SIGNATURES_MISSING");
    test_kit_holes(&x->k, "2, 17");
    step(
        x,
        "update",
        "an outsider",
        signed_by(x, 1, (size_t[]){0, 1, 5}, (uint16_t[]){0, 1, 4}, 3),
        "E_SIGNER_UNKNOWN");
    test_kit_holes(&x->k, "4");
    step(
        x,
        "update",
        "an outsider for a sealer",
        signed_by(x, 1, (size_t[]){0, 1, 5}, (uint16_t[]){0, 1, 2}, 3),
        x->c.suite == TEST_SM ? "E_SIG" : "E_SIGNER_UNKNOWN");
    test_kit_holes(&x->k, "4");
    x->other = x->b[1];
    x->other.time_ms++; /* the header changes, its signatures do not */
    yq_writer w = yq_writer_of(room, sizeof room);
    yq_put_u8(&w, 1);
    test_header_put(&x->c, &x->other, 1, &w);
    test_signatures_put(&x->c, &x->b[1], 7, &w);
    yq_put_u16(&w, 0);
    step(
        x,
        "update",
        "signatures of another header of this height",
        yq_writer_slice(&w),
        x->c.suite == TEST_SM ? "E_SIG" : "E_SIGNER_UNKNOWN");
    test_kit_holes(&x->k, "7, 8");
}

/* What an anchor must be: holes 5 and 16. */
static void anchor_cases(world *x)
{
    static test_chain bad;
    bad = x->c;
    memcpy(bad.weight, x->b[0].members, sizeof bad.weight);
    bad.depth = 0;
    step(x, "init", "no depth", test_anchor(&bad, &x->b[0], room), "E_THRESHOLD_LOW");
    test_kit_holes(&x->k, "16");
    x->other = x->b[0];
    x->other.members[0] = 0; /* three sealers in the text, the hash of four */
    step(x, "init", "a list of its own", test_anchor(&x->c, &x->other, room), "E_HASH");
    test_kit_holes(&x->k, "5");
}

static void event_refused(world *x, const char *name, size_t block, size_t tx, const char *code)
{
    step(x, "event", name, test_event(&x->c, &x->b[block], tx, 0, room), code);
}

/* What is proven: holes 9, 10, 11 and 13. */
static void event_cases(world *x)
{
    static test_block kept;
    yq_slice good = test_event(&x->c, &x->b[1], 1, 1, room);
    step(x, "event", "the second log", good, NULL);
    test_kit_claim(&x->k, good.n - 4, 4, "which of the proven events is meant");
    test_kit_emitter(&x->k, yq_slice_of(contract, sizeof contract));
    kept = x->b[1];
    (void)snprintf(x->b[1].tx[1].log[0].address, 41, "%040d", 7);
    event_refused(x, "a log of another contract", 1, 1, "E_EMITTER");
    test_kit_holes(&x->k, "10");
    x->b[1] = kept;
    yq_slice proof = test_event(&x->c, &x->b[1], 1, 1, room);
    for (size_t i = proof.n - 1; i > 0; i--) { /* the content of a log */
        if (memcmp(room + i, "second", 6) == 0) {
            room[i] ^= 1;
            break;
        }
    }
    step(x, "event", "a receipt that is not the proven one", proof, "E_PROOF");
    test_kit_holes(&x->k, "9");
    x->c.name = "chain1";
    event_refused(x, "a transaction of another chain", 1, 1, "E_PROOF");
    x->c.name = "chain0";
    test_kit_holes(&x->k, "11");
    x->b[1].tx[2] = x->claimed;
    event_refused(x, "the bytes of another call, split in another way", 1, 2, "E_NONCANONICAL");
    test_kit_holes(&x->k, "13, 18");
    x->b[1].tx[2] = kept.tx[2];
}

static void set_cases(world *x)
{
    step(x, "update", "another set without proof", plain(x, 3, 31), "E_SET_CHANGE");
    test_kit_holes(&x->k, "6");
    x->b[2].tx[0].sender = x->c.key[0];
    step(
        x,
        "update",
        "a change that no operator signed",
        test_update(&x->c, &x->b[3], 30, &x->b[2], 1, room),
        "E_PERMISSION");
    x->b[2].tx[0].sender = x->c.operator_key;
    step(
        x,
        "update",
        "block 13, another set",
        test_update(&x->c, &x->b[3], 30, &x->b[2], 1, room),
        NULL);
    x->other = x->b[4];
    memcpy(x->other.members, x->b[0].members, sizeof x->other.members);
    test_seal(&x->c, &x->other);
    step(
        x,
        "update",
        "block 14 of the set before",
        test_update(&x->c, &x->other, 15, NULL, 0, room),
        "E_SET_CHANGE");
    test_kit_holes(&x->k, "12");
    step(x, "update", "block 14", plain(x, 4, 30), NULL);
}

static void suite_cases(const char *dir, const char *name, uint8_t suite)
{
    static world world_of_suite;
    world *x = &world_of_suite;
    memset(x, 0, sizeof *x);
    x->c = test_chain_new(suite, 6, 4);
    x->c.trust_ms = 3600000;
    build(x);
    x->k = test_kit_begin(dir, name, x->c.time_ms + 20000);
    if (suite == TEST_SM) {
        test_kit_layouts(
            &x->k, "{\"update\": \"update_sm\", \"misbehaviour\": \"misbehaviour_sm\"}");
    }
    anchor_cases(x);
    memcpy(x->c.weight, x->b[0].members, sizeof x->c.weight);
    step(x, "init", "block 10", test_anchor(&x->c, &x->b[0], room), NULL);
    signer_cases(x);
    step(x, "update", "block 11", plain(x, 1, 7), NULL);
    step(x, "update", "block 11 again", plain(x, 1, 7), "E_REPLAY");
    event_refused(x, "no header stands on it", 1, 1, "E_NOT_PROVEN");
    step(x, "update", "block 12", plain(x, 2, 14), NULL);
    event_cases(x);
    x->other = x->b[2];
    x->other.tx_n = 0;
    test_seal(&x->c, &x->other);
    step(
        x,
        "misbehaviour",
        "two blocks 12",
        test_misbehaviour(&x->c, &x->b[2], 7, &x->other, 7, room),
        NULL);
    set_cases(x);
    test_kit_no_hole(&x->k, "14", "no evidence has a place for an address of a node");
    test_kit_end(&x->k);
    test_chain_free(&x->c);
}

static void genesis_cases(const char *dir)
{
    char text[4096];
    yq_digest hash;
    test_chain c = test_chain_new(TEST_SM, 4, 4);
    test_kit k = test_kit_begin(dir, "genesis", 0);
    size_t n = test_genesis_text(&c, "", text, sizeof text);
    test_kit_step(&k, "init", "genesis", test_genesis(&c, yq_slice_of(text, n), room, &hash), NULL);
    test_kit_end(&k);
    test_chain_free(&c);
}

int main(int argc, char **argv)
{
    YQ_ASSERT(argc == 2);
    suite_cases(argv[1], "sm", TEST_SM);
    suite_cases(argv[1], "keccak", TEST_KECCAK);
    genesis_cases(argv[1]);
    return 0;
}
