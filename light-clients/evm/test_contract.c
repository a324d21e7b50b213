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
    int long_length;   /* so many above 2^64 */
    int full;          /* a length of 256, whatever is behind */
    size_t element_n;  /* bytes where an address should stand */
    int one_more;      /* the evidence has one element behind the list */
    int zero;          /* a zero where an address should stand */
    int twice, absent; /* the second is the first; no account of the contract */
    yq_status status;
} list_wish;

static void make_list(const list_wish *wish)
{
    static const uint8_t elsewhere[20] = {0x66};
    uint8_t word[32], zero = 0, length[9] = {1};
    static const uint8_t full[] = {1, 0};
    length[8] = wish->length != 0 ? wish->length : (uint8_t)c->n;
    memset(word, 0x77, sizeof word);
    memset(&state, 0, sizeof state);
    test_slot_put(
        &state.s,
        c->slot,
        wish->long_length ? YQ_SLICE_OF(length)
        : wish->full      ? YQ_SLICE_OF(full)
                          : yq_slice_of(length + 8, 1));
    yq_digest at = test_keccak(YQ_SLICE_OF(c->slot));
    for (size_t i = 0; i < c->n; i++) {
        yq_slice value = {c->account[c->member[wish->twice && i == 1 ? 0 : i]].address, 20};
        if (i == 0 && wish->element_n > 0) {
            value = yq_slice_of(word, wish->element_n);
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
        {.long_length = 1, .status = YQ_E_SET_CHANGE},
        {.element_n = 32, .status = YQ_E_SET_CHANGE},
        {.element_n = 21, .status = YQ_E_SET_CHANGE},
        {.length = 5, .one_more = 1, .status = YQ_E_SET_CHANGE},
        {.zero = 1, .status = YQ_E_NONCANONICAL},
        {.twice = 1, .status = YQ_E_DUP_SIGNER},
        {.absent = 1, .status = YQ_E_SET_CHANGE},
    };
    for (size_t i = 0; i < YQ_ARRAY_N(row); i++) {
        make_list(&row[i]);
        if (row[i].one_more) {
            test_member_add(c, 1);
        }
        cr_expect_eq(
            test_client_update(c->client, test_contract_update(c, &state, &block, 1, room)),
            row[i].status,
            "row %zu: %s",
            i,
            c->client->why.text);
        if (row[i].one_more) {
            test_member_remove(c, 1);
        }
        c->arena.used = 0;
    }
}

/* The array's elements stand one behind the other, also where a byte of their place runs over. */
Test(contract, a_list_whose_places_run_over)
{
    yq_digest first = {{0}};
    while (first.b[31] < 0xfd) {
        c->slot[31]++;
        first = test_keccak(YQ_SLICE_OF(c->slot));
    }
    make_list(&(list_wish){.status = YQ_OK});
    EXPECT(test_client_update(c->client, test_contract_update(c, &state, &block, 1, room)), YQ_OK);
}

Test(contract, a_list_at_another_slot)
{
    make_list(&(list_wish){.status = YQ_OK});
    c->slot[31] = 1;
    test_client_reset(c->client);
    EXPECT(test_client_init(c->client, test_anchor(c, &genesis, room)), YQ_OK);
    c->slot[31] = 0;
    cr_expect_neq(
        test_client_update(c->client, test_contract_update(c, &state, &block, 1, room)), YQ_OK);
}

/* The list that was read stays known as the set of its heights. */
Test(contract, a_second_header_of_a_later_height)
{
    make_list(&(list_wish){.status = YQ_OK});
    EXPECT(test_client_update(c->client, test_contract_update(c, &state, &block, 1, room)), YQ_OK);
    test_block next = test_next(c, &block, test_plain);
    EXPECT(test_client_update(c->client, test_contract_update(c, &state, &next, 0, room)), YQ_OK);
    test_block *const known[] = {&block, &next};
    for (size_t i = 0; i < YQ_ARRAY_N(known); i++) {
        known[i]->time++;
        test_seal(c, test_plain, known[i]);
        EXPECT(
            test_client_update(c->client, test_contract_update(c, &state, known[i], 0, room)),
            YQ_E_MISBEHAVIOUR);
    }
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

/* A list in the header has no place here, whatever the contract says. */
Test(contract, a_list_in_the_header)
{
    make_list(&(list_wish){.status = YQ_OK});
    c->mode = YQ_EVM_QBFT;
    test_seal(c, test_plain, &block);
    c->mode = YQ_EVM_QBFT_CONTRACT;
    EXPECT(
        test_client_update(c->client, test_contract_update(c, &state, &block, 1, room)),
        YQ_E_DOMAIN);
}

Test(contract, evidence_that_is_none)
{
    make_list(&(list_wish){.status = YQ_OK});
    yq_slice in = test_contract_update(c, &state, &block, 0, room);
    room[in.n - 1] = 2;
    EXPECT(test_client_update(c->client, in), YQ_E_NONCANONICAL);
    static const uint16_t count[] = {0, YQ_EVM_VALIDATORS_MAX + 1, YQ_EVM_VALIDATORS_MAX};
    for (size_t i = 0; i < YQ_ARRAY_N(count); i++) {
        in = test_contract_update(c, &state, &block, 0, room);
        yq_writer w = yq_writer_of(room, TEST_BYTES_MAX);
        w.n = in.n - 1;
        yq_put_u8(&w, 1);
        yq_put_u16(&w, 0);
        yq_put_u16(&w, count[i]);
        EXPECT(
            test_client_update(c->client, yq_writer_slice(&w)),
            i < 2 ? YQ_E_LIMIT : YQ_E_TRUNCATED);
    }
}

/* Behind the nodes of a proof. */
static size_t skip_nodes(size_t at)
{
    size_t n = (size_t)room[at] << 8 | room[at + 1];
    for (at += 2; n > 0; n--) {
        at += 4 + ((size_t)room[at + 2] << 8 | room[at + 3]);
    }
    return at;
}

/* Neither a foreign account nor a foreign list is taken for one that has changed. */
Test(contract, proofs_of_something_else)
{
    make_list(&(list_wish){.status = YQ_OK});
    yq_slice in = test_contract_update(c, &state, &block, 1, room);
    const size_t account = 1 + 2 + 4 + block.raw_n, length = skip_nodes(account) + 1;
    const size_t at[] = {account, length, skip_nodes(length) + 2};
    for (size_t i = 0; i < YQ_ARRAY_N(at); i++) {
        room[at[i] + 2 + 4 + 9] ^= 1; /* in the first node */
        EXPECT(test_client_update(c->client, in), YQ_E_PROOF);
        room[at[i] + 2 + 4 + 9] ^= 1;
    }
    EXPECT(test_client_update(c->client, in), YQ_OK);
}

/* As many as there is room for: the first one is looked for, and is not shown. */
Test(contract, a_full_list)
{
    make_list(&(list_wish){.full = 1, .status = YQ_OK});
    (void)test_contract_update(c, &state, &block, 1, room);
    yq_writer w = yq_writer_of(room, TEST_BYTES_MAX);
    w.n = skip_nodes(skip_nodes(1 + 2 + 4 + block.raw_n) + 1);
    yq_put_u16(&w, YQ_EVM_VALIDATORS_MAX);
    for (size_t i = 0; i < YQ_EVM_VALIDATORS_MAX; i++) {
        yq_put_u16(&w, 0);
    }
    EXPECT(test_client_update(c->client, yq_writer_slice(&w)), YQ_E_PROOF_INCOMPLETE);
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
    room[14] = YQ_MPT_NODES_MAX;
    EXPECT(test_client_event(c->client, yq_writer_slice(&w), &e), YQ_E_TRAILING);
}
