/* Validators in a contract: lists that are no sets, and evidence that is none. */
#include "light-clients/evm/test_state.h"

#include <criterion/criterion.h>

#define EXPECT(given, status) cr_expect_eq(given, status, "%s", c->client->why.text)

static uint8_t *room;
static test_chain *c;
static test_contract state;
static test_block genesis, block;

static void setup(void)
{
    room = malloc(TEST_BYTES_MAX);
    c = test_chain_new(YQ_EVM_QBFT_CONTRACT, 4);
}

static void teardown(void)
{
    test_chain_free(c);
    free(room);
}

TestSuite(contract, .init = setup, .fini = teardown);

/* What is wrong with the list; zero: nothing. */
typedef struct list_wish {
    uint8_t length;    /* in place of the number of members */
    int long_element;  /* 32 bytes where an address should stand */
    int zero;          /* a zero where an address should stand */
    int twice, absent; /* the second is the first; no account of the contract */
    yq_status status;
} list_wish;

static void make_list(const list_wish *wish)
{
    static const uint8_t elsewhere[20] = {0x66};
    uint8_t slot[32] = {0}, word[32], zero = 0;
    uint8_t length = wish->length != 0 ? wish->length : (uint8_t)c->n;
    memset(word, 0x77, sizeof word);
    memset(&state, 0, sizeof state);
    test_slot_put(&state.s, slot, yq_slice_of(&length, 1));
    yq_digest at = test_keccak(YQ_SLICE_OF(slot));
    for (size_t i = 0; i < c->n; i++) {
        yq_slice value = {c->account[c->member[wish->twice && i == 1 ? 0 : i]].address, 20};
        if (i == 0 && wish->long_element) {
            value = YQ_SLICE_OF(word);
        } else if (i == 0 && wish->zero) {
            value = (yq_slice){&zero, 0};
        }
        test_slot_put(&state.s, at.b, value);
        for (size_t k = 32; k > 0 && ++at.b[k - 1] == 0; k--) {
        }
    }
    state.storage_root = test_trie(c, state.s.e, state.s.n, (yq_slice){0}).root;
    test_accounts_make(&state.a, wish->absent ? elsewhere : c->contract, &state.storage_root);
    state.root = test_trie(c, state.a.e, 8, (yq_slice){0}).root;
    genesis = test_next(c, NULL, test_plain);
    genesis.state_root = state.root;
    test_seal(c, test_plain, &genesis);
    block = test_next(c, &genesis, test_plain);
    test_client_reset(c->client);
    EXPECT(test_client_init(c->client, test_anchor(c, &genesis, room)), YQ_OK);
}

Test(contract, lists_that_are_no_sets)
{
    static const list_wish row[] = {
        {.status = YQ_OK},
        {.length = 5, .status = YQ_E_SET_CHANGE},
        {.length = 3, .status = YQ_E_SET_CHANGE},
        {.long_element = 1, .status = YQ_E_SET_CHANGE},
        {.zero = 1, .status = YQ_E_NONCANONICAL},
        {.twice = 1, .status = YQ_E_DUP_SIGNER},
        {.absent = 1, .status = YQ_E_SET_CHANGE},
    };
    for (size_t i = 0; i < YQ_ARRAY_N(row); i++) {
        make_list(&row[i]);
        cr_expect_eq(
            test_client_update(c->client, test_contract_update(c, &state, &block, 1, room)),
            row[i].status,
            "row %zu: %s",
            i,
            c->client->why.text);
        c->arena.used = 0;
    }
}

Test(contract, a_list_at_another_slot)
{
    make_list(&(list_wish){.status = YQ_OK});
    yq_slice anchor = test_anchor(c, &genesis, room);
    room[1 + 1 + 8 + 2 + 20 + 31] = 1;
    test_client_reset(c->client);
    EXPECT(test_client_init(c->client, anchor), YQ_OK);
    cr_expect_neq(
        test_client_update(c->client, test_contract_update(c, &state, &block, 1, room)), YQ_OK);
}

/* The anchor's own validators were never read. */
Test(contract, a_second_header_of_the_anchors_height)
{
    make_list(&(list_wish){.status = YQ_OK});
    genesis.time++;
    test_seal(c, test_plain, &genesis);
    EXPECT(
        test_client_update(c->client, test_contract_update(c, &state, &genesis, 1, room)),
        YQ_E_HEADER_UNKNOWN);
}

Test(contract, evidence_that_is_none)
{
    make_list(&(list_wish){.status = YQ_OK});
    yq_slice in = test_contract_update(c, &state, &block, 0, room);
    room[in.n - 1] = 2;
    EXPECT(test_client_update(c->client, in), YQ_E_NONCANONICAL);
    static const uint16_t count[] = {0, YQ_EVM_VALIDATORS_MAX + 1};
    for (size_t i = 0; i < YQ_ARRAY_N(count); i++) {
        in = test_contract_update(c, &state, &block, 0, room);
        yq_writer w = yq_writer_of(room, TEST_BYTES_MAX);
        w.n = in.n - 1;
        yq_put_u8(&w, 1);
        yq_put_u16(&w, 0);
        yq_put_u16(&w, count[i]);
        EXPECT(test_client_update(c->client, yq_writer_slice(&w)), YQ_E_LIMIT);
    }
}

/* Also at a height that is not known. */
Test(contract, a_path_is_as_deep_as_a_key_at_most)
{
    yq_verified_event e;
    make_list(&(list_wish){.status = YQ_OK});
    yq_writer w = yq_writer_of(room, TEST_BYTES_MAX);
    yq_put_u8(&w, 1);
    yq_put_u64(&w, 99);
    yq_put_u32(&w, 0);
    yq_put_u16(&w, YQ_MPT_NODES_MAX + 1);
    for (size_t i = 0; i <= YQ_MPT_NODES_MAX; i++) {
        yq_put_u32(&w, 0);
    }
    yq_put_u16(&w, 0);
    yq_put_u32(&w, 0);
    EXPECT(test_client_event(c->client, yq_writer_slice(&w), &e), YQ_E_PROOF_DEPTH);
}
