/* Makes the cases of the conformance kit: yq-kit-evm FOLDER. */
#include "light-clients/evm/test_kit_state.h"

static test_wish sealed_by(const char *letters)
{
    return (test_wish){.proposer = TEST_NONE, .seals = letters};
}

static yq_slice two_headers(const test_block *a, const test_block *b)
{
    yq_writer w = yq_writer_of(test_room, sizeof test_room);
    yq_put_u8(&w, 1);
    yq_put_blob32(&w, yq_slice_of(a->raw, a->raw_n));
    yq_put_blob32(&w, yq_slice_of(b->raw, b->raw_n));
    return yq_writer_slice(&w);
}

static test_block another_time(const test_chain *c, const test_block *b, test_wish wish)
{
    test_block out = *b;
    out.time++;
    test_seal(c, wish, &out);
    return out;
}

/* The timestamp is changed, what sealed it stays. */
static test_block altered(const test_block *b)
{
    test_block out = *b;
    const uint8_t from[] = {
        0x84,
        (uint8_t)(b->time >> 24),
        (uint8_t)(b->time >> 16),
        (uint8_t)(b->time >> 8),
        (uint8_t)b->time};
    uint8_t to[sizeof from];
    memcpy(to, from, sizeof to);
    to[4] ^= 8;
    YQ_ASSERT(test_kit_replace(out.raw, out.raw_n, YQ_SLICE_OF(from), YQ_SLICE_OF(to)) == 1);
    return out;
}

static void anchors(test_kit *k, const test_chain *c, const test_block *genesis)
{
    test_chain empty = *c;
    test_block b = *genesis;
    if (c->mode != YQ_EVM_QBFT_CONTRACT && c->mode != YQ_EVM_CLIQUE) {
        empty.n = 0;
        test_seal(&empty, (test_wish){.proposer = TEST_KEYS}, &b);
        test_kit_refused(
            k, "17", "init", "no validators", test_anchor(&empty, &b, test_room), "E_ANCHOR");
    }
    yq_slice in = test_anchor(c, genesis, test_room);
    test_room[1] = 6;
    test_kit_refused(k, "16", "init", "a mode that has no rule", in, "E_FIELD_UNKNOWN");
    b = altered(genesis);
    test_kit_refused(
        k,
        "7",
        "init",
        "a header that does not have the pinned hash",
        test_anchor(c, &b, test_room),
        "E_HASH");
    test_kit_step(k, "init", "genesis", test_anchor(c, genesis, test_room), NULL);
}

/* Block 1 is sealed wrongly, by the wrong ones, or belongs to something else. */
static void refused_seals(test_kit *k, const test_chain *c, const test_block *b)
{
    static const struct {
        const char *holes, *name, *seals, *status;
    } row[] = {
        {"1", "one of three, twice", "2--", "E_DUP_SIGNER"},
        {"2, 17", "no seals", "---", "E_SIGNATURES_MISSING"},
        {"3", "one seal of three", "s--", "E_QUORUM"},
        {"4", "an outsider's seal", "sx-", "E_SIGNER_UNKNOWN"}};
    test_block x;
    for (size_t i = 0; i < YQ_ARRAY_N(row); i++) {
        x = test_next(c, &b[0], sealed_by(row[i].seals));
        test_kit_refused(k, row[i].holes, "update", row[i].name, test_one(&x), row[i].status);
    }
    x = altered(&b[1]);
    test_kit_refused(
        k, "7, 8", "update", "another block 1 under its seals", test_one(&x), "E_SIGNER_UNKNOWN");
    test_chain own = *c;
    for (size_t i = 0; i < own.n; i++) {
        own.member[i]++;
    }
    x = test_next(&own, &b[0], test_two);
    test_kit_refused(
        k, "5", "update", "validators that name themselves", test_one(&x), "E_SET_CHANGE");
    x = another_time(c, &b[0], test_plain);
    x = test_next(c, &x, test_two);
    test_kit_refused(
        k, "11", "update", "of a chain with another genesis", test_one(&x), "E_PARENT");
}

/* An account becomes a member by the votes of blocks 2 and 3; b[1] is the client's. */
static void changes(test_kit *k, const test_chain *c, test_block b[5])
{
    test_chain next = *c;
    test_wish vote = test_two;
    vote.candidate = c->account[1].address;
    vote.add = 1;
    test_member_add(&next, 1);
    test_block x = test_next(&next, &b[1], sealed_by("s-ss"));
    test_kit_refused(k, "6", "update", "a member without votes", test_one(&x), "E_SET_CHANGE");
    b[2] = test_next(c, &b[1], vote);
    b[3] = test_next(c, &b[2], vote);
    test_kit_step(k, "update", "votes in blocks 2 and 3", test_update(&b[2], 2, test_room), NULL);
    x = test_next(c, &b[3], test_plain);
    test_kit_refused(k, "12", "update", "the set of before", test_one(&x), "E_SET_CHANGE");
    x = test_next(&next, &b[3], sealed_by("s-s-"));
    test_kit_refused(k, "12", "update", "the quorum of before", test_one(&x), "E_QUORUM");
    b[4] = test_next(&next, &b[3], sealed_by("sss-"));
    test_kit_step(k, "update", "block 4", test_one(&b[4]), NULL);
}

static void bft_cases(const char *dir, const char *name, uint8_t mode)
{
    test_chain *c = test_chain_new(mode, 3);
    test_block b[5];
    test_kit k = test_kit_begin(dir, name, 0);
    if (mode == YQ_EVM_IBFT1) {
        test_kit_layouts(&k, "{\"update\": \"ibft1\", \"misbehaviour\": \"ibft1 conflict\"}");
    }
    b[0] = test_next(c, NULL, test_plain);
    b[1] = test_next(c, &b[0], test_two);
    anchors(&k, c, &b[0]);
    refused_seals(&k, c, b);
    test_kit_step(&k, "update", "block 1", test_one(&b[1]), NULL);
    test_kit_step(&k, "update", "block 1 again", test_one(&b[1]), "E_REPLAY");
    test_block x = test_next(c, &b[1], test_two);
    x = test_next(c, &x, test_two);
    test_kit_step(&k, "update", "block 3", test_one(&x), "E_HEIGHT");
    x = another_time(c, &b[1], test_two);
    test_kit_step(&k, "misbehaviour", "two blocks 1", two_headers(&b[1], &x), NULL);
    changes(&k, c, b);
    test_kit_end(&k);
    test_chain_free(c);
}

static void clique_cases(const char *dir)
{
    test_chain *c = test_chain_new(YQ_EVM_CLIQUE, 4);
    test_block b[12], x[12];
    const size_t n = (size_t)c->depth + 1;
    test_kit k = test_kit_begin(dir, "clique", 0);
    test_kit_layouts(&k, "{\"update\": \"clique\"}");
    for (size_t i = 0; i < 12; i++) {
        b[i] = test_next(c, i == 0 ? NULL : &b[i - 1], test_plain);
    }
    anchors(&k, c, &b[0]);
    test_kit_step(&k, "update", "block 1", test_update(&b[1], n, test_room), NULL);
    test_kit_step(&k, "update", "block 1 again", test_update(&b[1], n, test_room), "E_REPLAY");
    test_kit_step(&k, "update", "block 3", test_update(&b[3], n, test_room), "E_HEIGHT");
    test_kit_refused(
        &k, "2, 3", "update", "no successors", test_update(&b[2], 1, test_room), "E_NOT_PROVEN");
    memcpy(x, b, sizeof x);
    x[3] = test_next(c, &x[2], (test_wish){.proposer = 2});
    test_kit_refused(
        &k, "1", "update", "one signer twice", test_update(&x[2], n, test_room), "E_DUP_SIGNER");
    x[3] = test_next(c, &x[2], (test_wish){.proposer = TEST_KEYS});
    test_kit_refused(
        &k,
        "4",
        "update",
        "an outsider's block",
        test_update(&x[2], n, test_room),
        "E_SIGNER_UNKNOWN");
    x[2] = altered(&b[2]);
    test_kit_refused(
        &k,
        "7, 8",
        "update",
        "another block 2 under its seal",
        test_update(&x[2], n, test_room),
        "E_SIGNER_UNKNOWN");
    x[1] = another_time(c, &b[1], test_plain);
    x[2] = test_next(c, &x[1], test_plain);
    test_kit_refused(
        &k, "11", "update", "behind another block 1", test_update(&x[2], n, test_room), "E_PARENT");
    test_kit_step(&k, "update", "blocks 2 and 3", test_update(&b[2], n + 1, test_room), NULL);
    test_kit_end(&k);
    test_chain_free(c);
}

/* ---- validators in a contract ---- */

static void contract_blocks(
    test_kit *k, test_chain *c, const test_block *genesis, const test_contract *old)
{
    static test_contract own_state;
    test_chain own = *c;
    test_block b = test_next(c, genesis, test_two);
    test_kit_refused(
        k,
        "6",
        "update",
        "the list is not proven",
        test_contract_update(c, old, &b, 0, test_room),
        "E_PROOF_REQUIRED");
    for (size_t i = 0; i < own.n; i++) {
        own.member[i]++;
    }
    test_contract_make(&own, &own_state);
    b = test_next(&own, genesis, test_two);
    test_kit_refused(
        k,
        "5",
        "update",
        "validators of another state",
        test_contract_update(&own, &own_state, &b, 1, test_room),
        "E_PROOF");
    test_kit_refused(
        k,
        "4",
        "update",
        "sealed by outsiders",
        test_contract_update(c, old, &b, 1, test_room),
        "E_SIGNER_UNKNOWN");
    own = *c;
    own.mode = YQ_EVM_QBFT;
    b = test_next(&own, genesis, test_two);
    test_kit_refused(
        k,
        "5",
        "update",
        "a list in the header",
        test_contract_update(c, old, &b, 1, test_room),
        "E_DOMAIN");
    b = test_next(c, genesis, sealed_by("2--"));
    test_kit_refused(
        k,
        "1",
        "update",
        "one of three, twice",
        test_contract_update(c, old, &b, 1, test_room),
        "E_DUP_SIGNER");
    b = test_next(c, genesis, sealed_by("---"));
    test_kit_refused(
        k,
        "2, 17",
        "update",
        "no seals",
        test_contract_update(c, old, &b, 1, test_room),
        "E_SIGNATURES_MISSING");
}

static void contract_cases(const char *dir)
{
    static test_contract old, new;
    test_chain *c = test_chain_new(YQ_EVM_QBFT_CONTRACT, 3);
    test_chain next = *c;
    test_kit k = test_kit_begin(dir, "qbft_contract", 0);
    test_kit_layouts(&k, "{\"update\": \"contract\"}");
    test_member_remove(&next, next.member[0]);
    test_member_add(&next, 1);
    test_contract_make(c, &old);
    test_contract_make(&next, &new);
    test_block b[4];
    b[0] = test_with_state(c, NULL, &old, test_plain);
    anchors(&k, c, &b[0]);
    contract_blocks(&k, c, &b[0], &old);
    b[1] = test_next(c, &b[0], test_two);
    test_kit_step(
        &k, "update", "block 1", test_contract_update(c, &old, &b[1], 1, test_room), NULL);
    b[2] = test_with_state(c, &b[1], &new, test_two);
    test_kit_step(
        &k, "update", "the list stays", test_contract_update(c, &old, &b[2], 0, test_room), NULL);
    b[3] = test_next(c, &b[2], test_two);
    test_kit_refused(
        &k,
        "12",
        "update",
        "the set of before",
        test_contract_update(&next, &new, &b[3], 1, test_room),
        "E_SIGNER_UNKNOWN");
    test_kit_refused(
        &k,
        "12",
        "update",
        "the state of before",
        test_contract_update(c, &old, &b[3], 0, test_room),
        "E_PROOF");
    b[3] = test_next(&next, &b[2], test_two);
    test_kit_step(
        &k, "update", "another list", test_contract_update(&next, &new, &b[3], 1, test_room), NULL);
    test_kit_end(&k);
    test_chain_free(c);
}

int main(int argc, char **argv)
{
    YQ_ASSERT(argc == 2);
    bft_cases(argv[1], "ibft1", YQ_EVM_IBFT1);
    bft_cases(argv[1], "ibft2", YQ_EVM_IBFT2);
    bft_cases(argv[1], "qbft", YQ_EVM_QBFT);
    contract_cases(argv[1]);
    clique_cases(argv[1]);
    test_event_cases(argv[1]);
    test_account_cases(argv[1]);
    return 0;
}
