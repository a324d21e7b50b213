#ifndef YQ_LIGHT_CLIENTS_EVM_TEST_KIT_STATE_H
#define YQ_LIGHT_CLIENTS_EVM_TEST_KIT_STATE_H

/* The kit's cases of receipts, storage and accounts. */
#include "light-clients/evm/test_kit.h"

/* A contract with storage, on a chain that has no validators in one. */
static inline void test_make_state(test_chain *c, test_contract *state)
{
    memset(c->contract, 0x55, sizeof c->contract);
    test_contract_make(c, state);
    memset(c->contract, 0, sizeof c->contract);
}

static inline yq_slice test_event_proof(
    test_chain *c, const test_txs *t, size_t idx, uint32_t log_idx)
{
    const yq_slice key = {&t->key[idx], 1};
    yq_writer w = yq_writer_of(test_room, sizeof test_room);
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

static inline void test_altered_event(
    test_kit *k,
    test_chain *c,
    const test_txs *t,
    const char *holes,
    const char *name,
    yq_slice from,
    yq_slice to)
{
    yq_slice in = test_event_proof(c, t, 2, 1);
    YQ_ASSERT(test_kit_replace(test_room, in.n, from, to) > 0);
    test_kit_refused(k, holes, "event", name, in, "E_PROOF");
}

static inline void test_events(test_kit *k, test_chain *c, const test_txs *t)
{
    static const uint8_t emitter[20] = {0xee, 1}, foreign[20] = {0xef, 1};
    static const size_t idx[] = {0, 2, 3};
    for (size_t i = 0; i < YQ_ARRAY_N(idx); i++) {
        yq_slice in = test_event_proof(c, t, idx[i], 1);
        test_kit_step(k, "event", "the second log", in, NULL);
        test_kit_claim(k, in.n - 4, 4, "which of the proven logs is meant");
        test_kit_holes(k, "10");
        test_kit_emitter(k, YQ_SLICE_OF(emitter));
    }
    test_altered_event(
        k, c, t, "10", "under a foreign contract", YQ_SLICE_OF(emitter), YQ_SLICE_OF(foreign));
    test_altered_event(
        k,
        c,
        t,
        "9",
        "data that were not there",
        yq_slice_text("log 1 of 2"),
        yq_slice_text("log 7 of 2"));
    const yq_trie_proof tx = test_trie(c, t->txs, TEST_TXS, yq_slice_of(&t->key[2], 1));
    YQ_ASSERT(tx.n >= 2);
    yq_slice in = test_event_proof(c, t, 2, 1);
    /* The first node's last byte goes to the second: version, number, index, count, its length. */
    const size_t first = 1 + 8 + 4 + 2 + 4, second = first + tx.node[0].n;
    test_room[first - 1]--;
    memmove(test_room + second, test_room + second - 1, 1);
    memmove(test_room + second - 1, "\0\0\0", 3);
    test_room[second + 2] = (uint8_t)(tx.node[1].n + 1);
    test_room[second + 3] = tx.node[0].p[tx.node[0].n - 1];
    test_kit_refused(k, "13", "event", "nodes split elsewhere", in, "E_PROOF");
    in = test_event_proof(c, t, 2, 1);
    test_room[8] = 0;
    test_kit_refused(k, "11", "event", "under another block", in, "E_PROOF");
    test_kit_refused(
        k,
        "16",
        "event",
        "a receipt type that has no rule",
        test_event_proof(c, t, 4, 0),
        "E_UNSUPPORTED");
}

static inline yq_slice test_value_proof(
    test_chain *c, const test_contract *state, uint64_t number, const uint8_t *key, int slot)
{
    const yq_digest account = test_keccak(yq_slice_of(key, 20));
    const yq_digest storage = test_keccak(yq_slice_of(key + 20, 32));
    yq_writer w = yq_writer_of(test_room, sizeof test_room);
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

static inline void test_slots_of(test_kit *k, test_chain *c, const test_contract *state)
{
    uint8_t key[52] = {0};
    memset(key, 0x55, 20);
    test_kit_step(k, "value", "a slot", test_value_proof(c, state, 1, key, 1), NULL);
    test_kit_key(k, YQ_SLICE_OF(key));
    key[51] = 9;
    test_kit_step(k, "value", "a slot that is empty", test_value_proof(c, state, 1, key, 1), NULL);
    test_kit_key(k, YQ_SLICE_OF(key));
    memset(key, 0xcc, 20);
    test_kit_step(k, "value", "a slot of no account", test_value_proof(c, state, 1, key, 2), NULL);
    test_kit_key(k, YQ_SLICE_OF(key));
}

/* Receipts, and what eth_getProof gives of storage. */
static inline void test_event_cases(const char *dir)
{
    static test_txs t;
    static test_contract state;
    test_chain *c = test_chain_new(YQ_EVM_QBFT, 3);
    test_kit k = test_kit_begin(dir, "events", 0);
    test_make_state(c, &state);
    test_txs_make(&t);
    test_block b[2];
    b[0] = test_next(c, NULL, test_plain);
    b[1] = test_next(c, &b[0], test_two);
    b[1].state_root = state.root;
    b[1].tx_root = test_trie(c, t.txs, TEST_TXS, (yq_slice){0}).root;
    b[1].receipt_root = test_trie(c, t.receipts, TEST_TXS, (yq_slice){0}).root;
    test_seal(c, test_two, &b[1]);
    test_kit_step(&k, "init", "genesis", test_anchor(c, &b[0], test_room), NULL);
    test_kit_step(&k, "update", "block 1", test_one(&b[1]), NULL);
    test_events(&k, c, &t);
    test_slots_of(&k, c, &state);
    test_kit_no_hole(
        &k, "14", "no layout has a place for an address, and what is in a proof is hashed");
    test_kit_no_hole(
        &k, "18", "a seal signs the hash of an RLP list, in which every item has its length");
    test_kit_end(&k);
    test_chain_free(c);
}

/* What eth_getProof gives of accounts. */
static inline void test_account_cases(const char *dir)
{
    static test_contract state;
    uint8_t key[52] = {0};
    test_chain *c = test_chain_new(YQ_EVM_QBFT, 3);
    test_kit k = test_kit_begin(dir, "accounts", 0);
    test_kit_layouts(&k, "{\"value\": \"account\"}");
    test_make_state(c, &state);
    test_block genesis = test_with_state(c, NULL, &state, test_plain);
    test_kit_step(&k, "init", "genesis", test_anchor(c, &genesis, test_room), NULL);
    memset(key, 0x55, 20);
    test_kit_step(&k, "value", "an account", test_value_proof(c, &state, 0, key, 0), NULL);
    test_kit_key(&k, yq_slice_of(key, 20));
    memset(key, 0xcc, 20);
    test_kit_step(&k, "value", "no such account", test_value_proof(c, &state, 0, key, 0), NULL);
    test_kit_key(&k, yq_slice_of(key, 20));
    test_kit_end(&k);
    test_chain_free(c);
}

#endif /* YQ_LIGHT_CLIENTS_EVM_TEST_KIT_STATE_H */
