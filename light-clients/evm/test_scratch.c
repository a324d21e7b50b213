/* A host that has no scratch left, at every request in turn: always E_LIMIT, and nothing else. */
#include "light-clients/evm/test_state.h"

#include <criterion/criterion.h>

static uint8_t *room;
static test_chain *c;
static test_contract state;
static test_txs txs;
static test_block b[16];

/* The client's host, which gives scratch so many times. */
static yq_verifier_host host;
static size_t left;

static void *some_scratch(void *self, size_t size)
{
    YQ_ASSERT(size > 0);
    return left-- > 0 ? c->client->call.host.scratch(self, size) : NULL;
}

static void begin(size_t times)
{
    host = *test_client_begin(c->client, 1);
    host.scratch = some_scratch;
    left = times;
}

static void setup(void)
{
    room = malloc(TEST_BYTES_MAX);
}

static void teardown(void)
{
    test_chain_free(c);
    free(room);
}

TestSuite(scratch, .init = setup, .fini = teardown);

typedef enum entry {
    INIT,
    UPDATE,
    MISBEHAVIOUR,
    EVENT,
    VALUE,
    DESCRIBE
} entry;

static yq_status call_entry(entry which, yq_slice key, yq_slice in)
{
    static uint8_t next[YQ_EVM_STATE_MAX];
    const yq_verifier *v = yq_verifier_evm();
    const yq_slice now = test_client_state(c->client);
    yq_fault *why = &c->client->why;
    yq_buf out = {next, sizeof next, 0};
    yq_verified_event event;
    yq_verified_value value;
    yq_client_view view;
    switch (which) {
    case INIT:
        return v->init(&host, in, 0, &out, why);
    case UPDATE:
        return v->update(&host, now, in, 0, &out, why);
    case MISBEHAVIOUR:
        return v->misbehaviour(&host, now, in, 0, why);
    case EVENT:
        return v->event(&host, now, in, 0, &event, why);
    case VALUE:
        return v->value(&host, now, key, in, 0, &value, why);
    case DESCRIBE:
        return v->describe(&host, now, &view, why);
    }
    return YQ_OK;
}

/* in is judged so when there is scratch; at least so many requests are made. */
static void starve(entry which, yq_slice key, yq_slice in, yq_status status, size_t at_least)
{
    for (size_t times = 0;; times++) {
        begin(times);
        yq_status given = call_entry(which, key, in);
        if (given != YQ_E_LIMIT) {
            cr_expect_eq(given, status, "entry %u: %s", which, c->client->why.text);
            cr_expect_geq(times, at_least, "entry %u: %zu", which, times);
            return;
        }
        cr_assert_lt(times, 1000);
    }
}

static void start(uint8_t mode)
{
    c = test_chain_new(mode, 4);
    b[0] = test_next(c, NULL, test_plain);
    starve(INIT, (yq_slice){0}, test_anchor(c, &b[0], room), YQ_OK, 5);
    cr_assert_eq(test_client_init(c->client, test_anchor(c, &b[0], room)), YQ_OK);
}

Test(scratch, headers)
{
    for (uint8_t mode = YQ_EVM_IBFT1; mode <= YQ_EVM_QBFT; mode++) {
        start(mode);
        b[1] = test_next(c, &b[0], test_plain);
        b[2] = test_next(c, &b[1], test_plain);
        yq_slice in = test_update(&b[1], 2, room);
        starve(UPDATE, (yq_slice){0}, in, YQ_OK, 10);
        cr_assert_eq(test_client_update(c->client, in), YQ_OK);
        starve(DESCRIBE, (yq_slice){0}, in, YQ_OK, 4);
        test_block other = b[2];
        other.time++;
        test_seal(c, test_plain, &other);
        in = test_update(&other, 1, room);
        starve(UPDATE, (yq_slice){0}, in, YQ_E_MISBEHAVIOUR, 8);
        yq_writer w = yq_writer_of(room, TEST_BYTES_MAX);
        yq_put_u8(&w, 1);
        yq_put_blob32(&w, yq_slice_of(other.raw, other.raw_n));
        yq_put_blob32(&w, yq_slice_of(b[2].raw, b[2].raw_n));
        starve(MISBEHAVIOUR, (yq_slice){0}, yq_writer_slice(&w), YQ_OK, 8);
        test_chain_free(c);
    }
    start(YQ_EVM_CLIQUE);
    for (size_t i = 1; i < 16; i++) {
        b[i] = test_next(c, &b[i - 1], test_plain);
    }
    yq_slice in = test_update(&b[1], 8, room);
    starve(UPDATE, (yq_slice){0}, in, YQ_OK, 10);
    cr_assert_eq(test_client_update(c->client, in), YQ_OK);
    b[2].time++;
    test_seal(c, test_plain, &b[2]);
    for (size_t i = 3; i < 16; i++) {
        b[i] = test_next(c, &b[i - 1], test_plain);
    }
    starve(UPDATE, (yq_slice){0}, test_update(&b[2], 8, room), YQ_E_MISBEHAVIOUR, 10);
}

Test(scratch, validators_in_a_contract)
{
    c = test_chain_new(YQ_EVM_QBFT_CONTRACT, 4);
    test_contract_make(c, &state);
    b[0] = test_next(c, NULL, test_plain);
    b[0].state_root = state.root;
    test_seal(c, test_plain, &b[0]);
    cr_assert_eq(test_client_init(c->client, test_anchor(c, &b[0], room)), YQ_OK);
    b[1] = test_next(c, &b[0], test_plain);
    yq_slice in = test_contract_update(c, &state, &b[1], 1, room);
    starve(UPDATE, (yq_slice){0}, in, YQ_OK, 16);
}

Test(scratch, events_and_values)
{
    c = test_chain_new(YQ_EVM_QBFT, 4);
    memset(c->contract, 0x55, sizeof c->contract);
    test_contract_make(c, &state);
    memset(c->contract, 0, sizeof c->contract);
    test_txs_make(&txs);
    b[0] = test_next(c, NULL, test_plain);
    b[0].state_root = state.root;
    b[0].tx_root = test_trie(c, txs.txs, TEST_TXS, (yq_slice){0}).root;
    b[0].receipt_root = test_trie(c, txs.receipts, TEST_TXS, (yq_slice){0}).root;
    test_seal(c, test_plain, &b[0]);
    cr_assert_eq(test_client_init(c->client, test_anchor(c, &b[0], room)), YQ_OK);

    const yq_trie_proof tx = test_trie(c, txs.txs, TEST_TXS, yq_slice_text("\2"));
    const yq_trie_proof receipt = test_trie(c, txs.receipts, TEST_TXS, yq_slice_text("\2"));
    yq_writer w = yq_writer_of(room, TEST_BYTES_MAX);
    yq_put_u8(&w, 1);
    yq_put_u64(&w, 0);
    yq_put_u32(&w, 2);
    test_nodes_put(&w, &tx);
    test_nodes_put(&w, &receipt);
    yq_put_u32(&w, 0);
    starve(EVENT, (yq_slice){0}, yq_writer_slice(&w), YQ_OK, 7);

    uint8_t key[52] = {0};
    memset(key, 0x55, 20);
    const yq_digest account = test_keccak(yq_slice_of(key, 20));
    const yq_digest slot = test_keccak(yq_slice_of(key + 20, 32));
    const yq_trie_proof ap = test_trie(c, state.a.e, 8, YQ_SLICE_OF(account.b));
    const yq_trie_proof sp = test_trie(c, state.s.e, state.s.n, YQ_SLICE_OF(slot.b));
    w.n = 0;
    yq_put_u8(&w, 1);
    yq_put_u64(&w, 0);
    test_nodes_put(&w, &ap);
    test_nodes_put(&w, &sp);
    starve(VALUE, YQ_SLICE_OF(key), yq_writer_slice(&w), YQ_OK, 6);
}
