#include "light-clients/evm/test_state.h"

#include <criterion/criterion.h>

#define EXPECT(given, status) cr_expect_eq(given, status, "%s", c->client->why.text)
#define TX_N                  40u

static uint8_t *room;
static test_chain *c;
static test_block b[2];

/* A block's transactions and receipts, sorted by RLP(index) as the trie is. */
typedef struct tx_list {
    uint8_t key[TX_N][4], tx[TX_N][128], receipt[TX_N][1024];
    yq_trie_entry txs[TX_N], receipts[TX_N];
    size_t n;
} tx_list;

static tx_list list;

static const test_receipt_wish good = {0, "\1", 1, 3, 2};

/* n transactions; number `odd` has the wished receipt. */
static void make_block(size_t n, size_t odd, test_receipt_wish wish)
{
    list.n = n;
    for (size_t i = 0; i < n; i++) {
        yq_writer w = yq_writer_of(list.key[i], sizeof list.key[i]);
        yq_rlp_put_uint(&w, i);
        test_receipt_wish r = i == odd ? wish : good;
        r.type = i == odd ? wish.type : (uint8_t)(i % 5);
        size_t tx_n = 20 + i;
        memset(list.tx[i], (int)(i + 1), tx_n);
        size_t receipt_n = test_receipt(list.receipt[i], sizeof list.receipt[i], i, r);
        list.txs[i] = (yq_trie_entry){yq_writer_slice(&w), yq_slice_of(list.tx[i], tx_n)};
        list.receipts[i] =
            (yq_trie_entry){yq_writer_slice(&w), yq_slice_of(list.receipt[i], receipt_n)};
    }
    for (size_t i = 1; i < n; i++) { /* 0 is 0x80 and comes behind 127 */
        for (size_t k = i; k > 0; k--) {
            if (yq_slice_compare(list.txs[k - 1].key, list.txs[k].key) > 0) {
                yq_trie_entry a = list.txs[k], r = list.receipts[k];
                list.txs[k] = list.txs[k - 1];
                list.receipts[k] = list.receipts[k - 1];
                list.txs[k - 1] = a;
                list.receipts[k - 1] = r;
            }
        }
    }
    b[1] = test_next(c, &b[0], test_plain);
    c->arena.used = 0;
    b[1].tx_root = test_trie(c, list.txs, n, (yq_slice){0}).root;
    b[1].receipt_root = test_trie(c, list.receipts, n, (yq_slice){0}).root;
    test_seal(c, test_plain, &b[1]);
    test_client_reset(c->client);
    cr_assert_eq(test_client_init(c->client, test_anchor(c, &b[0], room)), YQ_OK);
    EXPECT(test_client_update(c->client, test_update(&b[1], 1, room)), YQ_OK);
}

static yq_slice event_proof(size_t idx, uint32_t log_idx)
{
    uint8_t key[8];
    yq_writer k = yq_writer_of(key, sizeof key), w = yq_writer_of(room, TEST_BYTES_MAX);
    yq_rlp_put_uint(&k, idx);
    c->arena.used = 0;
    const yq_trie_proof tx = test_trie(c, list.txs, list.n, yq_writer_slice(&k));
    const yq_trie_proof receipt = test_trie(c, list.receipts, list.n, yq_writer_slice(&k));
    yq_put_u8(&w, 1);
    yq_put_u64(&w, 1);
    yq_put_u32(&w, (uint32_t)idx);
    test_nodes_put(&w, &tx);
    test_nodes_put(&w, &receipt);
    yq_put_u32(&w, log_idx);
    return yq_writer_slice(&w);
}

static void setup(void)
{
    room = malloc(TEST_BYTES_MAX);
    c = test_chain_new(YQ_EVM_IBFT2, 4);
    b[0] = test_next(c, NULL, test_plain);
}

static void teardown(void)
{
    test_chain_free(c);
    free(room);
}

TestSuite(events, .init = setup, .fini = teardown);

Test(events, every_log_of_every_transaction)
{
    make_block(TX_N, TEST_NONE, good);
    for (size_t i = 0; i < TX_N; i++) {
        for (uint32_t k = 0; k < 3; k++) {
            yq_verified_event e;
            char text[48];
            (void)snprintf(text, sizeof text, "log %u of %zu", k, i);
            EXPECT(test_client_event(c->client, event_proof(i, k), &e), YQ_OK);
            cr_expect(yq_slice_equal(e.bytes, yq_slice_text(text)));
            cr_expect(e.emitter.n == 20 && e.emitter.p[0] == 0xee && e.emitter.p[1] == k);
            const yq_digest topic = test_digest("Event(bytes)");
            cr_expect(yq_slice_equal(e.name, YQ_SLICE_OF(topic.b)));
            uint8_t tx[128];
            memset(tx, (int)(i + 1), 20 + i);
            const yq_digest id = test_keccak(yq_slice_of(tx, 20 + i));
            cr_expect(yq_slice_equal(e.tx_id, YQ_SLICE_OF(id.b)));
            cr_expect(e.height == 1 && e.event_index == k && e.time_ms == b[1].time * 1000);
        }
    }
}

Test(events, what_is_refused)
{
    static const uint8_t root[32] = {1};
    const struct {
        test_receipt_wish wish;
        yq_status status;
    } row[] = {
        {{0, "", 0, 1, 1}, YQ_E_TX_FAILED},
        {{2, "", 0, 1, 1}, YQ_E_TX_FAILED},
        {{0, "\2", 1, 1, 1}, YQ_E_UNSUPPORTED},
        {{0, (const char *)root, 32, 1, 1}, YQ_E_UNSUPPORTED},
        {{5, "\1", 1, 1, 1}, YQ_E_UNSUPPORTED},
        {{0, "\1", 1, 0, 1}, YQ_E_EVENT_UNPROVEN},
        {{0, "\1", 1, 1, 5}, YQ_E_LIMIT},
        {{4, "\1", 1, 1, 4}, YQ_OK},
        {{1, "\1", 1, 1, 0}, YQ_OK},
    };
    yq_verified_event e;
    for (size_t i = 0; i < YQ_ARRAY_N(row); i++) {
        make_block(7, 3, row[i].wish);
        EXPECT(test_client_event(c->client, event_proof(3, 0), &e), row[i].status);
        cr_expect(row[i].status != YQ_OK || e.name.n == (row[i].wish.topics == 0 ? 0 : 32));
    }
    make_block(7, TEST_NONE, good);
    EXPECT(test_client_event(c->client, event_proof(3, 3), &e), YQ_E_EVENT_UNPROVEN);
    EXPECT(test_client_event(c->client, event_proof(7, 0), &e), YQ_E_PROOF_BOUNDS);
    EXPECT(test_client_event(c->client, event_proof(65536, 0), &e), YQ_E_PROOF_BOUNDS);
    yq_slice p = event_proof(3, 0);
    room[8] = 2; /* a block that is not known */
    EXPECT(test_client_event(c->client, p, &e), YQ_E_HEADER_UNKNOWN);
    p = event_proof(3, 0);
    room[12] = 4; /* another index over the same nodes */
    cr_expect_neq(test_client_event(c->client, p, &e), YQ_OK);
}

Test(events, every_changed_byte_of_an_event_is_refused, .timeout = 120)
{
    static uint8_t copy[65536];
    make_block(TX_N, TEST_NONE, good);
    yq_slice p = event_proof(17, 1);
    memcpy(copy, p.p, p.n);
    for (size_t i = 0; i + 4 < p.n; i++) { /* the log index is a claim */
        yq_verified_event e;
        copy[i] ^= (uint8_t)(1u << i % 8);
        yq_status status = test_client_event(c->client, yq_slice_of(copy, p.n), &e);
        cr_assert(status < 0 && status > -400, "byte %zu: %d", i, status);
        copy[i] = p.p[i];
        cr_assert(test_client_event(c->client, yq_slice_of(copy, i), &e) < 0);
    }
}

Test(events, values_of_storage_and_their_absence)
{
    static test_accounts a;
    static test_slots s;
    uint8_t contract[20], slot[32] = {0}, key[52];
    memset(contract, 0x55, 20);
    for (uint8_t i = 0; i < 20; i++) {
        slot[31] = i;
        uint8_t v[2] = {1, i};
        test_slot_put(&s, slot, yq_slice_of(v, 2));
    }
    c->arena.used = 0;
    const yq_digest root = test_trie(c, s.e, s.n, (yq_slice){0}).root;
    test_accounts_make(&a, contract, &root);
    b[0].state_root = test_trie(c, a.e, 8, (yq_slice){0}).root;
    test_seal(c, test_plain, &b[0]);
    cr_assert_eq(test_client_init(c->client, test_anchor(c, &b[0], room)), YQ_OK);
    for (unsigned i = 0; i < 22; i++) {
        yq_verified_value v;
        slot[31] = (uint8_t)i;
        memcpy(key, contract, 20);
        memcpy(key + 20, slot, 32);
        yq_digest ak = test_keccak(yq_slice_of(contract, 20)),
                  sk = test_keccak(yq_slice_of(slot, 32));
        const yq_trie_proof ap = test_trie(c, a.e, 8, YQ_SLICE_OF(ak.b));
        const yq_trie_proof sp = test_trie(c, s.e, s.n, YQ_SLICE_OF(sk.b));
        yq_writer w = yq_writer_of(room, TEST_BYTES_MAX);
        yq_put_u8(&w, 1);
        yq_put_u64(&w, 0);
        test_nodes_put(&w, &ap);
        size_t account_end = w.n;
        test_nodes_put(&w, &sp);
        const yq_slice k = {key, sizeof key};
        EXPECT(test_client_value(c->client, k, yq_writer_slice(&w), &v), YQ_OK);
        cr_expect_eq(v.present, i < 20);
        cr_expect(i >= 20 || (v.value.n == 2 && v.value.p[1] == i));
        /* The account alone. */
        EXPECT(
            test_client_value(c->client, yq_slice_of(key, 20), yq_slice_of(room, account_end), &v),
            YQ_OK);
        cr_expect(v.present && v.value.n > 64);
        /* Every byte of it. */
        for (size_t at = 0; at < w.n && i == 3; at++) {
            room[at] ^= 1;
            yq_status status = test_client_value(c->client, k, yq_writer_slice(&w), &v);
            cr_expect(status < 0 && status > -400, "byte %zu: %d", at, status);
            room[at] ^= 1;
        }
    }
    /* An account that is not there has no storage. */
    yq_verified_value v;
    memset(key, 0xcc, 20);
    yq_digest ak = test_keccak(yq_slice_of(key, 20));
    const yq_trie_proof ap = test_trie(c, a.e, 8, YQ_SLICE_OF(ak.b));
    yq_writer w = yq_writer_of(room, TEST_BYTES_MAX);
    yq_put_u8(&w, 1);
    yq_put_u64(&w, 0);
    test_nodes_put(&w, &ap);
    yq_put_u16(&w, 0);
    EXPECT(
        test_client_value(c->client, yq_slice_of(key, sizeof key), yq_writer_slice(&w), &v), YQ_OK);
    cr_expect_not(v.present);
    w.n -= 2;
    yq_put_u16(&w, 1);
    yq_put_blob32(&w, yq_slice_text("x"));
    EXPECT(
        test_client_value(c->client, yq_slice_of(key, sizeof key), yq_writer_slice(&w), &v),
        YQ_E_PROOF_TRAILING);
    EXPECT(test_client_value(c->client, yq_slice_of(key, 19), yq_writer_slice(&w), &v), YQ_E_LEN);
}

Test(events, validators_are_read_from_the_contract, .timeout = 120)
{
    static test_contract old, new;
    test_chain_free(c);
    c = test_chain_new(YQ_EVM_QBFT_CONTRACT, 4);
    test_contract_make(c, &old);
    b[0] = test_next(c, NULL, test_plain);
    b[0].state_root = old.root;
    test_seal(c, test_plain, &b[0]);
    EXPECT(test_client_init(c->client, test_anchor(c, &b[0], room)), YQ_OK);
    test_block block = test_next(c, &b[0], test_plain);
    EXPECT(
        test_client_update(c->client, test_contract_update(c, &old, &block, 0, room)),
        YQ_E_PROOF_REQUIRED);
    EXPECT(test_client_update(c->client, test_contract_update(c, &old, &block, 1, room)), YQ_OK);
    block = test_next(c, &block, test_plain);
    EXPECT(
        test_client_update(c->client, test_contract_update(c, &old, &block, 1, room)),
        YQ_E_NONCANONICAL);
    test_wish few = test_plain;
    few.seals = "ss--";
    test_block weak = block;
    test_seal(c, few, &weak);
    EXPECT(
        test_client_update(c->client, test_contract_update(c, &old, &weak, 0, room)), YQ_E_QUORUM);
    EXPECT(test_client_update(c->client, test_contract_update(c, &old, &block, 0, room)), YQ_OK);
    /* Ten changes of the set, over two hundred blocks. */
    for (size_t k = 0; k < 10; k++) {
        test_block next = test_next(c, &block, test_plain);
        if (k % 2 == 0) {
            test_member_add(c, 1 + k);
        } else {
            test_member_remove(c, k);
        }
        test_contract_make(c, &new);
        next.state_root = new.root; /* still sealed by the old set */
        if (k % 2 == 0) {
            test_member_remove(c, 1 + k);
        } else {
            test_member_add(c, k);
        }
        test_seal(c, test_plain, &next);
        EXPECT(test_client_update(c->client, test_contract_update(c, &old, &next, 0, room)), YQ_OK);
        if (k % 2 == 0) {
            test_member_add(c, 1 + k);
        } else {
            test_member_remove(c, k);
        }
        old = new;
        test_contract_make(c, &old); /* its slices are its own */
        block = test_next(c, &next, test_plain);
        EXPECT(
            test_client_update(c->client, test_contract_update(c, &old, &block, 1, room)), YQ_OK);
        for (size_t i = 0; i < 18; i++) {
            block = test_next(c, &block, test_plain);
            EXPECT(
                test_client_update(c->client, test_contract_update(c, &old, &block, 0, room)),
                YQ_OK);
        }
        c->arena.used = 0;
    }
    yq_client_view view;
    cr_assert_eq(test_client_describe(c->client, &view), YQ_OK);
    cr_expect(view.height == 202 && view.validators == 4);
    /* Bytes of such an evidence, all of them. */
    test_contract_make(c, &old);
    block = test_next(c, &block, test_plain);
    yq_slice e = test_contract_update(c, &old, &block, 0, room);
    for (size_t i = 0; i < e.n; i++) {
        room[i] ^= (uint8_t)(1u << i % 8);
        yq_status status = test_client_update(c->client, e);
        cr_assert(status < 0 && status > -400, "byte %zu: %d", i, status);
        room[i] ^= (uint8_t)(1u << i % 8);
    }
    /* Validators in the header have no place here. */
    c->mode = YQ_EVM_QBFT;
    test_seal(c, test_plain, &block);
    c->mode = YQ_EVM_QBFT_CONTRACT;
    EXPECT(
        test_client_update(c->client, test_contract_update(c, &old, &block, 0, room)), YQ_E_DOMAIN);
}
