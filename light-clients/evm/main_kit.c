/* Makes the cases of the conformance kit: yq-kit-evm FOLDER. */
#include "light-clients/evm/test_state.h"
#include "relay/hub/test_kit_file.h"

static uint8_t room[TEST_BYTES_MAX];
static const test_wish two = {.proposer = TEST_NONE, .seals = "ss-"}; /* of three: a quorum */

static test_wish sealed_by(const char *letters)
{
    return (test_wish){.proposer = TEST_NONE, .seals = letters};
}

static yq_slice two_headers(const test_block *a, const test_block *b)
{
    yq_writer w = yq_writer_of(room, sizeof room);
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
            k, "17", "init", "no validators", test_anchor(&empty, &b, room), "E_ANCHOR");
    }
    yq_slice in = test_anchor(c, genesis, room);
    room[1] = 6;
    test_kit_refused(k, "16", "init", "a mode that has no rule", in, "E_FIELD_UNKNOWN");
    b = altered(genesis);
    test_kit_refused(
        k,
        "7",
        "init",
        "a header that does not have the pinned hash",
        test_anchor(c, &b, room),
        "E_HASH");
    test_kit_step(k, "init", "genesis", test_anchor(c, genesis, room), NULL);
}

static yq_slice one(const test_block *b)
{
    return test_update(b, 1, room);
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
        test_kit_refused(k, row[i].holes, "update", row[i].name, one(&x), row[i].status);
    }
    x = altered(&b[1]);
    test_kit_refused(
        k, "7, 8", "update", "another block 1 under its seals", one(&x), "E_SIGNER_UNKNOWN");
    test_chain own = *c;
    for (size_t i = 0; i < own.n; i++) {
        own.member[i]++;
    }
    x = test_next(&own, &b[0], two);
    test_kit_refused(k, "5", "update", "validators that name themselves", one(&x), "E_SET_CHANGE");
    x = another_time(c, &b[0], test_plain);
    x = test_next(c, &x, two);
    test_kit_refused(k, "11", "update", "of a chain with another genesis", one(&x), "E_PARENT");
}

/* An account becomes a member by the votes of blocks 2 and 3; b[1] is the client's. */
static void changes(test_kit *k, const test_chain *c, test_block b[5])
{
    test_chain next = *c;
    test_wish vote = two;
    vote.candidate = c->account[1].address;
    vote.add = 1;
    test_member_add(&next, 1);
    test_block x = test_next(&next, &b[1], sealed_by("s-ss"));
    test_kit_refused(k, "6", "update", "a member without votes", one(&x), "E_SET_CHANGE");
    b[2] = test_next(c, &b[1], vote);
    b[3] = test_next(c, &b[2], vote);
    test_kit_step(k, "update", "votes in blocks 2 and 3", test_update(&b[2], 2, room), NULL);
    x = test_next(c, &b[3], test_plain);
    test_kit_refused(k, "12", "update", "the set of before", one(&x), "E_SET_CHANGE");
    x = test_next(&next, &b[3], sealed_by("s-s-"));
    test_kit_refused(k, "12", "update", "the quorum of before", one(&x), "E_QUORUM");
    b[4] = test_next(&next, &b[3], sealed_by("sss-"));
    test_kit_step(k, "update", "block 4", one(&b[4]), NULL);
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
    b[1] = test_next(c, &b[0], two);
    anchors(&k, c, &b[0]);
    refused_seals(&k, c, b);
    test_kit_step(&k, "update", "block 1", one(&b[1]), NULL);
    test_kit_step(&k, "update", "block 1 again", one(&b[1]), "E_REPLAY");
    test_block x = test_next(c, &b[1], two);
    x = test_next(c, &x, two);
    test_kit_step(&k, "update", "block 3", one(&x), "E_HEIGHT");
    x = another_time(c, &b[1], two);
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
    test_kit_step(&k, "update", "block 1", test_update(&b[1], n, room), NULL);
    test_kit_step(&k, "update", "block 1 again", test_update(&b[1], n, room), "E_REPLAY");
    test_kit_step(&k, "update", "block 3", test_update(&b[3], n, room), "E_HEIGHT");
    test_kit_refused(
        &k, "2, 3", "update", "no successors", test_update(&b[2], 1, room), "E_NOT_PROVEN");
    memcpy(x, b, sizeof x);
    x[3] = test_next(c, &x[2], (test_wish){.proposer = 2});
    test_kit_refused(
        &k, "1", "update", "one signer twice", test_update(&x[2], n, room), "E_DUP_SIGNER");
    x[3] = test_next(c, &x[2], (test_wish){.proposer = TEST_KEYS});
    test_kit_refused(
        &k, "4", "update", "an outsider's block", test_update(&x[2], n, room), "E_SIGNER_UNKNOWN");
    x[2] = altered(&b[2]);
    test_kit_refused(
        &k,
        "7, 8",
        "update",
        "another block 2 under its seal",
        test_update(&x[2], n, room),
        "E_SIGNER_UNKNOWN");
    x[1] = another_time(c, &b[1], test_plain);
    x[2] = test_next(c, &x[1], test_plain);
    test_kit_refused(
        &k, "11", "update", "behind another block 1", test_update(&x[2], n, room), "E_PARENT");
    test_kit_step(&k, "update", "blocks 2 and 3", test_update(&b[2], n + 1, room), NULL);
    test_kit_end(&k);
    test_chain_free(c);
}

/* ---- validators in a contract ---- */

static test_block with_state(
    const test_chain *c, const test_block *prev, const test_contract *state, test_wish wish)
{
    test_block b = test_next(c, prev, wish);
    b.state_root = state->root;
    test_seal(c, wish, &b);
    return b;
}

static void contract_blocks(
    test_kit *k, test_chain *c, const test_block *genesis, const test_contract *old)
{
    static test_contract own_state;
    test_chain own = *c;
    test_block b = test_next(c, genesis, two);
    test_kit_refused(
        k,
        "6",
        "update",
        "the list is not proven",
        test_contract_update(c, old, &b, 0, room),
        "E_PROOF_REQUIRED");
    for (size_t i = 0; i < own.n; i++) {
        own.member[i]++;
    }
    test_contract_make(&own, &own_state);
    b = test_next(&own, genesis, two);
    test_kit_refused(
        k,
        "5",
        "update",
        "validators of another state",
        test_contract_update(&own, &own_state, &b, 1, room),
        "E_PROOF");
    test_kit_refused(
        k,
        "4",
        "update",
        "sealed by outsiders",
        test_contract_update(c, old, &b, 1, room),
        "E_SIGNER_UNKNOWN");
    own = *c;
    own.mode = YQ_EVM_QBFT;
    b = test_next(&own, genesis, two);
    test_kit_refused(
        k,
        "5",
        "update",
        "a list in the header",
        test_contract_update(c, old, &b, 1, room),
        "E_DOMAIN");
    b = test_next(c, genesis, sealed_by("2--"));
    test_kit_refused(
        k,
        "1",
        "update",
        "one of three, twice",
        test_contract_update(c, old, &b, 1, room),
        "E_DUP_SIGNER");
    b = test_next(c, genesis, sealed_by("---"));
    test_kit_refused(
        k,
        "2, 17",
        "update",
        "no seals",
        test_contract_update(c, old, &b, 1, room),
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
    b[0] = with_state(c, NULL, &old, test_plain);
    anchors(&k, c, &b[0]);
    contract_blocks(&k, c, &b[0], &old);
    b[1] = test_next(c, &b[0], two);
    test_kit_step(&k, "update", "block 1", test_contract_update(c, &old, &b[1], 1, room), NULL);
    b[2] = with_state(c, &b[1], &new, two);
    test_kit_step(
        &k, "update", "the list stays", test_contract_update(c, &old, &b[2], 0, room), NULL);
    b[3] = test_next(c, &b[2], two);
    test_kit_refused(
        &k,
        "12",
        "update",
        "the set of before",
        test_contract_update(&next, &new, &b[3], 1, room),
        "E_SIGNER_UNKNOWN");
    test_kit_refused(
        &k,
        "12",
        "update",
        "the state of before",
        test_contract_update(c, &old, &b[3], 0, room),
        "E_PROOF");
    b[3] = test_next(&next, &b[2], two);
    test_kit_step(
        &k, "update", "another list", test_contract_update(&next, &new, &b[3], 1, room), NULL);
    test_kit_end(&k);
    test_chain_free(c);
}

/* ---- receipts and state ---- */

/* A contract with storage, on a chain that has no validators in one. */
static void make_state(test_chain *c, test_contract *state)
{
    memset(c->contract, 0x55, sizeof c->contract);
    test_contract_make(c, state);
    memset(c->contract, 0, sizeof c->contract);
}

static yq_slice event(test_chain *c, const test_txs *t, size_t idx, uint32_t log_idx)
{
    const yq_slice key = {&t->key[idx], 1};
    yq_writer w = yq_writer_of(room, sizeof room);
    const yq_trie_proof tx = test_trie(c, t->txs, TEST_TXS, key);
    const yq_trie_proof receipt = test_trie(c, t->receipts, TEST_TXS, key);
    yq_put_u8(&w, 1);
    yq_put_u64(&w, 1);
    yq_put_u32(&w, (uint32_t)idx);
    test_nodes_put(&w, &tx);
    test_nodes_put(&w, &receipt);
    yq_put_u32(&w, log_idx);
    return yq_writer_slice(&w);
}

static void altered_event(
    test_kit *k,
    test_chain *c,
    const test_txs *t,
    const char *holes,
    const char *name,
    yq_slice from,
    yq_slice to)
{
    yq_slice in = event(c, t, 2, 1);
    YQ_ASSERT(test_kit_replace(room, in.n, from, to) > 0);
    test_kit_refused(k, holes, "event", name, in, "E_PROOF");
}

static void events(test_kit *k, test_chain *c, const test_txs *t)
{
    static const uint8_t emitter[20] = {0xee, 1}, foreign[20] = {0xef, 1};
    static const size_t idx[] = {0, 2, 3};
    for (size_t i = 0; i < YQ_ARRAY_N(idx); i++) {
        yq_slice in = event(c, t, idx[i], 1);
        test_kit_step(k, "event", "the second log", in, NULL);
        test_kit_claim(k, in.n - 4, 4, "which of the proven logs is meant");
        test_kit_holes(k, "10");
        test_kit_emitter(k, YQ_SLICE_OF(emitter));
    }
    altered_event(
        k, c, t, "10", "under a foreign contract", YQ_SLICE_OF(emitter), YQ_SLICE_OF(foreign));
    altered_event(
        k,
        c,
        t,
        "9",
        "data that were not there",
        yq_slice_text("log 1 of 2"),
        yq_slice_text("log 7 of 2"));
    const yq_trie_proof tx = test_trie(c, t->txs, TEST_TXS, yq_slice_of(&t->key[2], 1));
    YQ_ASSERT(tx.n >= 2);
    yq_slice in = event(c, t, 2, 1);
    /* The first node's last byte goes to the second: version, number, index, count, its length. */
    const size_t first = 1 + 8 + 4 + 2 + 4, second = first + tx.node[0].n;
    room[first - 1]--;
    memmove(room + second, room + second - 1, 1);
    memmove(room + second - 1, "\0\0\0", 3);
    room[second + 2] = (uint8_t)(tx.node[1].n + 1);
    room[second + 3] = tx.node[0].p[tx.node[0].n - 1];
    test_kit_refused(k, "13", "event", "nodes split elsewhere", in, "E_PROOF");
    in = event(c, t, 2, 1);
    room[8] = 0;
    test_kit_refused(k, "11", "event", "under another block", in, "E_PROOF");
    test_kit_refused(
        k, "16", "event", "a receipt type that has no rule", event(c, t, 4, 0), "E_UNSUPPORTED");
}

static yq_slice value(
    test_chain *c, const test_contract *state, uint64_t number, const uint8_t *key, int slot)
{
    const yq_digest account = test_keccak(yq_slice_of(key, 20));
    const yq_digest storage = test_keccak(yq_slice_of(key + 20, 32));
    yq_writer w = yq_writer_of(room, sizeof room);
    yq_trie_proof p = test_trie(c, state->a.e, 8, YQ_SLICE_OF(account.b));
    yq_put_u8(&w, 1);
    yq_put_u64(&w, number);
    test_nodes_put(&w, &p);
    if (slot == 1) {
        p = test_trie(c, state->s.e, state->s.n, YQ_SLICE_OF(storage.b));
        test_nodes_put(&w, &p);
    } else if (slot == 2) {
        yq_put_u16(&w, 0);
    }
    return yq_writer_slice(&w);
}

static void slots(test_kit *k, test_chain *c, const test_contract *state)
{
    uint8_t key[52] = {0};
    memset(key, 0x55, 20);
    test_kit_step(k, "value", "a slot", value(c, state, 1, key, 1), NULL);
    test_kit_key(k, YQ_SLICE_OF(key));
    key[51] = 9;
    test_kit_step(k, "value", "a slot that is empty", value(c, state, 1, key, 1), NULL);
    test_kit_key(k, YQ_SLICE_OF(key));
    memset(key, 0xcc, 20);
    test_kit_step(k, "value", "a slot of no account", value(c, state, 1, key, 2), NULL);
    test_kit_key(k, YQ_SLICE_OF(key));
}

/* Receipts, and what eth_getProof gives of storage. */
static void event_cases(const char *dir)
{
    static test_txs t;
    static test_contract state;
    test_chain *c = test_chain_new(YQ_EVM_QBFT, 3);
    test_kit k = test_kit_begin(dir, "events", 0);
    make_state(c, &state);
    test_txs_make(&t);
    test_block b[2];
    b[0] = test_next(c, NULL, test_plain);
    b[1] = test_next(c, &b[0], two);
    b[1].state_root = state.root;
    b[1].tx_root = test_trie(c, t.txs, TEST_TXS, (yq_slice){0}).root;
    b[1].receipt_root = test_trie(c, t.receipts, TEST_TXS, (yq_slice){0}).root;
    test_seal(c, two, &b[1]);
    test_kit_step(&k, "init", "genesis", test_anchor(c, &b[0], room), NULL);
    test_kit_step(&k, "update", "block 1", one(&b[1]), NULL);
    events(&k, c, &t);
    slots(&k, c, &state);
    test_kit_no_hole(
        &k, "14", "no layout has a place for an address, and what is in a proof is hashed");
    test_kit_no_hole(
        &k, "18", "a seal signs the hash of an RLP list, in which every item has its length");
    test_kit_end(&k);
    test_chain_free(c);
}

/* What eth_getProof gives of accounts. */
static void account_cases(const char *dir)
{
    static test_contract state;
    uint8_t key[52] = {0};
    test_chain *c = test_chain_new(YQ_EVM_QBFT, 3);
    test_kit k = test_kit_begin(dir, "accounts", 0);
    test_kit_layouts(&k, "{\"value\": \"account\"}");
    make_state(c, &state);
    test_block genesis = with_state(c, NULL, &state, test_plain);
    test_kit_step(&k, "init", "genesis", test_anchor(c, &genesis, room), NULL);
    memset(key, 0x55, 20);
    test_kit_step(&k, "value", "an account", value(c, &state, 0, key, 0), NULL);
    test_kit_key(&k, yq_slice_of(key, 20));
    memset(key, 0xcc, 20);
    test_kit_step(&k, "value", "no such account", value(c, &state, 0, key, 0), NULL);
    test_kit_key(&k, yq_slice_of(key, 20));
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
    event_cases(argv[1]);
    account_cases(argv[1]);
    return 0;
}
