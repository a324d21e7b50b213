/* Receipts byte by byte: types, status, logs; and proofs of events and values that are none. */
#include "light-clients/evm/test_hex.h"
#include "light-clients/evm/test_state.h"

#include <criterion/criterion.h>

#define BYTES_32 "0202020202020202020202020202020202020202020202020202020202020202"
#define BYTES_64 BYTES_32 BYTES_32
#define ADDRESS  "94eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee"
#define BLOOM    "b90100" BYTES_64 BYTES_64 BYTES_64 BYTES_64
#define TOPIC    "a0" BYTES_32
#define LOG      "f838" ADDRESS "e1" TOPIC "80" /* one topic, no data */

static uint8_t *room;
static test_chain *c;
static test_block genesis;
static yq_verified_event event;

static void setup(void)
{
    room = malloc(TEST_BYTES_MAX);
    c = test_chain_new(YQ_EVM_QBFT, 1);
    genesis = test_next(c, NULL, test_plain);
}

static void teardown(void)
{
    test_chain_free(c);
    free(room);
}

TestSuite(receipts, .init = setup, .fini = teardown);

/* The client is at a block with one transaction under this key. */
static void begin(yq_slice key, yq_slice receipt, yq_trie_proof *tx_proof, yq_trie_proof *proof)
{
    const yq_trie_entry tx = {key, yq_slice_text("a transaction")}, r = {key, receipt};
    c->arena.used = 0;
    *tx_proof = test_trie(c, &tx, 1, key);
    *proof = test_trie(c, &r, 1, key);
    genesis.tx_root = tx_proof->root;
    genesis.receipt_root = proof->root;
    test_seal(c, test_plain, &genesis);
    test_client_reset(c->client);
    cr_assert_eq(test_client_init(c->client, test_anchor(c, &genesis, room)), YQ_OK);
}

static yq_slice put_proof(
    uint32_t index, const yq_trie_proof *tx, const yq_trie_proof *receipt, uint32_t log_idx)
{
    yq_writer w = yq_writer_of(room, TEST_BYTES_MAX);
    yq_put_u8(&w, 1);
    yq_put_u64(&w, 0);
    yq_put_u32(&w, index);
    test_nodes_put(&w, tx);
    test_nodes_put(&w, receipt);
    yq_put_u32(&w, log_idx);
    return yq_writer_slice(&w);
}

/* What one receipt gives for its first log. */
static yq_status judge(yq_slice receipt)
{
    yq_trie_proof tx, proof;
    begin(yq_slice_text("\x80"), receipt, &tx, &proof);
    return test_client_event(c->client, put_proof(0, &tx, &proof, 0), &event);
}

/* Items of a receipt in hex; NULL: the plain one, "": left out. */
typedef struct items {
    const char *type, *status, *gas, *bloom, *logs, *fifth, *behind;
} items;

static void put(yq_writer *w, const char *hex, const char *plain)
{
    test_hex_put(w, hex == NULL ? plain : hex);
}

static yq_status judge_items(items x)
{
    uint8_t bytes[1024];
    yq_writer w = yq_writer_of(bytes, sizeof bytes);
    put(&w, x.type, "");
    size_t mark = yq_rlp_list_begin(&w);
    put(&w, x.status, "01");
    put(&w, x.gas, "825208");
    put(&w, x.bloom, BLOOM);
    put(&w, x.logs, "f83a" LOG);
    put(&w, x.fifth, "");
    yq_rlp_list_end(&w, mark);
    put(&w, x.behind, "");
    return judge(yq_writer_slice(&w));
}

Test(receipts, each_item_has_one_form)
{
    static const struct {
        items x;
        yq_status status;
    } row[] = {
        {{0}, YQ_OK},
        {{.type = "00"}, YQ_E_UNSUPPORTED},
        {{.type = "01"}, YQ_OK},
        {{.type = "04"}, YQ_OK},
        {{.type = "05"}, YQ_E_UNSUPPORTED},
        {{.type = "7f"}, YQ_E_UNSUPPORTED},
        {{.type = "80"}, YQ_E_TYPE},
        {{.type = "0101"}, YQ_E_TYPE},
        {{.status = "80"}, YQ_E_TX_FAILED},
        {{.status = "02"}, YQ_E_UNSUPPORTED},
        {{.status = "00"}, YQ_E_UNSUPPORTED},
        {{.status = "820101"}, YQ_E_UNSUPPORTED}, /* begins with the right byte */
        {{.status = "a0" BYTES_32}, YQ_E_UNSUPPORTED},
        {{.status = "a1" BYTES_32 "02"}, YQ_E_LIMIT},
        {{.status = "c0"}, YQ_E_TYPE},
        {{.gas = "00"}, YQ_E_NONCANONICAL},
        {{.gas = "c0"}, YQ_E_TYPE},
        {{.bloom = "a0" BYTES_32}, YQ_E_LEN},
        {{.bloom = "80"}, YQ_E_LEN},
        {{.logs = "80"}, YQ_E_TYPE},
        {{.logs = "c0"}, YQ_E_EVENT_UNPROVEN},
        {{.logs = ""}, YQ_E_TRUNCATED},
        {{.fifth = "01"}, YQ_E_TRAILING},
        {{.behind = "01"}, YQ_E_TRAILING},
    };
    for (size_t i = 0; i < YQ_ARRAY_N(row); i++) {
        yq_status status = judge_items(row[i].x);
        cr_expect_eq(status, row[i].status, "row %zu: %d", i, status);
    }
    cr_expect_eq(judge(yq_slice_text("\1")), YQ_E_TRUNCATED);
    cr_expect_eq(judge(yq_slice_text("a string")), YQ_E_UNSUPPORTED);
}

/* One log, or what should be one; the list around it. */
Test(receipts, each_item_of_a_log_has_one_form)
{
    static const struct {
        const char *log;
        yq_status status;
    } row[] = {
        {LOG, YQ_OK},
        {"d7" ADDRESS "c080", YQ_OK}, /* no topics */
        {"80", YQ_E_TYPE},
        {"c0", YQ_E_TRUNCATED},
        {"d6" ADDRESS "c0", YQ_E_TRUNCATED},
        {"c3"
         "80c080",
         YQ_E_LEN},
        {"d7" ADDRESS "8080", YQ_E_TYPE},
        {"d8" ADDRESS "c18080", YQ_E_LEN},
        {"d7" ADDRESS "c0c0", YQ_E_TYPE},
        {"d8" ADDRESS "c08080", YQ_E_TRAILING},
        {"d9" ADDRESS "c0820101", YQ_OK},
    };
    for (size_t i = 0; i < YQ_ARRAY_N(row); i++) {
        uint8_t bytes[512];
        yq_writer w = yq_writer_of(bytes, sizeof bytes);
        size_t mark = yq_rlp_list_begin(&w);
        test_hex_put(&w, "01825208" BLOOM);
        size_t logs = yq_rlp_list_begin(&w);
        test_hex_put(&w, row[i].log);
        yq_rlp_list_end(&w, logs);
        yq_rlp_list_end(&w, mark);
        yq_status status = judge(yq_writer_slice(&w));
        cr_expect_eq(status, row[i].status, "row %zu: %d", i, status);
    }
}

/* Also those that nobody asked for; and data that are no ABI encoding are just data. */
Test(receipts, every_log_is_read)
{
    cr_expect_eq(judge_items((items){.logs = "f874" LOG LOG}), YQ_OK);
    cr_expect(event.bytes.n == 0 && event.data.n == 0 && event.name.n == 32);
    cr_expect(event.emitter.n == 20 && event.emitter.p[0] == 0xee);
    cr_expect_eq(judge_items((items){.logs = "f83b" LOG "80"}), YQ_E_TYPE);
    cr_expect_eq(judge_items((items){.logs = "f851" LOG "d6" ADDRESS "c0"}), YQ_E_TRUNCATED);
}

static const char receipt_hex[] = "f90143"
                                  "01825208" BLOOM "f83a" LOG;

/* A block cannot have more transactions than this, whatever a trie holds. */
Test(receipts, the_largest_index)
{
    static const struct {
        const char *key;
        uint32_t index;
        yq_status status;
    } row[] = {{"82ffff", 65535, YQ_OK}, {"83010000", 65536, YQ_E_PROOF_BOUNDS}};
    uint8_t receipt[512], key[8];
    yq_writer r = yq_writer_of(receipt, sizeof receipt);
    test_hex_put(&r, receipt_hex);
    for (size_t i = 0; i < YQ_ARRAY_N(row); i++) {
        yq_trie_proof tx, proof;
        yq_writer k = yq_writer_of(key, sizeof key);
        test_hex_put(&k, row[i].key);
        begin(yq_writer_slice(&k), yq_writer_slice(&r), &tx, &proof);
        yq_slice in = put_proof(row[i].index, &tx, &proof, 0);
        cr_expect_eq(test_client_event(c->client, in, &event), row[i].status, "row %zu", i);
    }
}

Test(receipts, proofs_of_events_that_are_none)
{
    uint8_t receipt[512];
    yq_trie_proof tx, proof;
    const yq_trie_proof none = {.n = 0};
    yq_writer r = yq_writer_of(receipt, sizeof receipt);
    test_hex_put(&r, receipt_hex);
    begin(yq_slice_text("\x80"), yq_writer_slice(&r), &tx, &proof);
    yq_slice in = put_proof(0, &tx, &proof, 0);
    cr_expect_eq(test_client_event(c->client, in, &event), YQ_OK);
    cr_expect_eq(
        test_client_event(c->client, put_proof(0, &tx, &proof, 1), &event), YQ_E_EVENT_UNPROVEN);
    cr_expect_eq(
        test_client_event(c->client, put_proof(0, &none, &proof, 0), &event),
        YQ_E_PROOF_INCOMPLETE);
    cr_expect_eq(
        test_client_event(c->client, put_proof(0, &tx, &none, 0), &event), YQ_E_PROOF_INCOMPLETE);
    cr_expect_eq(test_client_event(c->client, put_proof(0, &proof, &tx, 0), &event), YQ_E_PROOF);
    in = put_proof(0, &tx, &proof, 0);
    room[0] = 2;
    cr_expect_eq(test_client_event(c->client, in, &event), YQ_E_VERSION);
    room[0] = 1;
    room[in.n] = 0;
    cr_expect_eq(test_client_event(c->client, yq_slice_of(room, in.n + 1), &event), YQ_E_TRAILING);
    room[8] = 1;
    cr_expect_eq(test_client_event(c->client, in, &event), YQ_E_HEADER_UNKNOWN);
}

/* The client is at a state with one account. Returns its proof. */
static yq_writer begin_account(const yq_digest *hash, yq_slice account)
{
    const yq_trie_entry e = {YQ_SLICE_OF(hash->b), account};
    c->arena.used = 0;
    const yq_trie_proof p = test_trie(c, &e, 1, e.key);
    genesis.state_root = p.root;
    test_seal(c, test_plain, &genesis);
    test_client_reset(c->client);
    cr_assert_eq(test_client_init(c->client, test_anchor(c, &genesis, room)), YQ_OK);
    yq_writer w = yq_writer_of(room, TEST_BYTES_MAX);
    yq_put_u8(&w, 1);
    yq_put_u64(&w, 0);
    test_nodes_put(&w, &p);
    return w;
}

Test(receipts, accounts_that_are_none)
{
    static const struct {
        const char *hex;
        yq_status status;
    } row[] = {
        {"f8440180" TOPIC TOPIC, YQ_OK},
        {"f8450180" TOPIC TOPIC "80", YQ_E_TRAILING},
        {"f8440180" TOPIC TOPIC "80", YQ_E_TRAILING},
        {"e30180" TOPIC, YQ_E_TRUNCATED},
        {"f8440080" TOPIC TOPIC, YQ_E_NONCANONICAL},
        {"f8440100" TOPIC TOPIC, YQ_E_NONCANONICAL},
        {"e4018080" TOPIC, YQ_E_LEN},
        {"e40180" TOPIC "80", YQ_E_LEN},
        {"83018080", YQ_E_TYPE},
    };
    const uint8_t address[20] = {7};
    const yq_digest hash = test_keccak(YQ_SLICE_OF(address));
    for (size_t i = 0; i < YQ_ARRAY_N(row); i++) {
        uint8_t account[128];
        yq_verified_value v;
        yq_writer a = yq_writer_of(account, sizeof account);
        test_hex_put(&a, row[i].hex);
        const yq_writer w = begin_account(&hash, yq_writer_slice(&a));
        yq_status status =
            test_client_value(c->client, YQ_SLICE_OF(address), yq_writer_slice(&w), &v);
        cr_expect_eq(status, row[i].status, "row %zu: %d", i, status);
    }
}

/* An account that is there and one that is not, one at a time. */
Test(receipts, proofs_of_values_that_are_none)
{
    uint8_t rlp[128], address[20] = {7}, key[52] = {7};
    yq_verified_value v;
    yq_digest empty;
    memcpy(empty.b, yq_mpt_empty_root, sizeof empty.b);
    const yq_digest hash = test_keccak(YQ_SLICE_OF(address));
    const yq_slice rich = yq_slice_of(rlp, test_account_rlp(rlp, sizeof rlp, &empty));
    yq_writer w = begin_account(&hash, rich);
    yq_slice in = yq_writer_slice(&w), account = YQ_SLICE_OF(address);
    cr_expect(test_client_value(c->client, account, in, &v) == YQ_OK && v.present);
    cr_expect(yq_slice_equal(v.value, rich) && v.height == 0);
    const size_t nodes = 1 + 8;
    uint8_t kept = room[nodes + 1]++;
    yq_put_blob32(&w, yq_slice_text("one more"));
    cr_expect_eq(
        test_client_value(c->client, account, yq_writer_slice(&w), &v), YQ_E_PROOF_TRAILING);
    room[nodes + 1] = kept;
    w.n = in.n;
    /* A contract without storage: nothing is there, and no node shows it. */
    cr_expect_eq(test_client_value(c->client, YQ_SLICE_OF(key), in, &v), YQ_E_TRUNCATED);
    yq_put_u16(&w, 0);
    in = yq_writer_slice(&w);
    cr_expect(test_client_value(c->client, YQ_SLICE_OF(key), in, &v) == YQ_OK && !v.present);
    cr_expect_eq(v.value.n, 0);
    cr_expect_eq(test_client_value(c->client, account, in, &v), YQ_E_TRAILING);
    in.n -= 2;
    room[0] = 2;
    cr_expect_eq(test_client_value(c->client, account, in, &v), YQ_E_VERSION);
    room[0] = 1;
    room[8] = 1;
    cr_expect_eq(test_client_value(c->client, account, in, &v), YQ_E_HEADER_UNKNOWN);
    room[8] = 0;
    static const size_t size[] = {0, 19, 21, 32, 51, 53};
    for (size_t i = 0; i < YQ_ARRAY_N(size); i++) {
        uint8_t other[64] = {7};
        cr_expect_eq(test_client_value(c->client, yq_slice_of(other, size[i]), in, &v), YQ_E_LEN);
    }
    /* Another account: the same node shows that it is not there. */
    address[0] = key[0] = 8;
    cr_expect(test_client_value(c->client, account, in, &v) == YQ_OK && !v.present);
    cr_expect_eq(v.value.n, 0);
}
