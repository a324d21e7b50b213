/* Headers by themselves: each item has one form, and what stands behind the known ones is refused.
 */
#include "light-clients/evm/test_chain.h"
#include "light-clients/evm/test_hex.h"

#include <criterion/criterion.h>

#define BYTES_20  "0101010101010101010101010101010101010101"
#define BYTES_32  "0202020202020202020202020202020202020202020202020202020202020202"
#define BYTES_64  BYTES_32 BYTES_32
#define HASH      "a0" BYTES_32
#define SHORT     "9f02020202020202020202020202020202020202020202020202020202020202"
#define ITEMS_MAX 24u

enum {
    PARENT,
    UNCLES,
    MINER,
    STATE_ROOT,
    TX_ROOT,
    RECEIPT_ROOT,
    BLOOM,
    DIFFICULTY,
    NUMBER,
    GAS_LIMIT,
    GAS_USED,
    TIME,
    EXTRA,
    MIX,
    NONCE,
    BASE_FEE,
    WITHDRAWALS,
    BLOB_GAS,
    EXCESS_BLOB_GAS,
    BEACON_ROOT,
    REQUESTS,
    ACCESS_LIST,
    SLOT
};

static const char *const plain[] = {
    [PARENT] = HASH,
    [UNCLES] = HASH,
    [MINER] = "94" BYTES_20,
    [STATE_ROOT] = HASH,
    [TX_ROOT] = HASH,
    [RECEIPT_ROOT] = HASH,
    [BLOOM] = "b90100" BYTES_64 BYTES_64 BYTES_64 BYTES_64,
    [DIFFICULTY] = "01",
    [NUMBER] = "820102",
    [GAS_LIMIT] = "83010203",
    [GAS_USED] = "80",
    [TIME] = "8460000000",
    [EXTRA] = "83010203",
    [MIX] = HASH,
    [NONCE] = "880000000000000000",
    [BASE_FEE] = "07",
    [WITHDRAWALS] = HASH,
    [BLOB_GAS] = "80",
    [EXCESS_BLOB_GAS] = "80",
    [BEACON_ROOT] = HASH,
    [REQUESTS] = HASH,
    [ACCESS_LIST] = HASH,
    [SLOT] = "820102"};

static test_client *client;
static yq_evm_call call;
static yq_evm_header header;

static void setup(void)
{
    client = test_client_new(yq_verifier_evm());
    call = (yq_evm_call){.host = test_client_begin(client, 1), .why = &client->why};
    call.room = call.host->scratch(call.host->self, YQ_EVM_HEADER_MAX + 64u);
}

static void teardown(void)
{
    test_client_free(client);
}

TestSuite(header, .init = setup, .fini = teardown);

/* The first n items, one of them as hex says, and behind the header what tail says. */
static yq_status decode(size_t n, size_t which, const char *hex, const char *tail)
{
    static uint8_t raw[4096];
    yq_writer w = yq_writer_of(raw, sizeof raw);
    size_t mark = yq_rlp_list_begin(&w);
    for (size_t i = 0; i < n; i++) {
        test_hex_put(&w, i == which ? hex : i < YQ_ARRAY_N(plain) ? plain[i] : "01");
    }
    yq_rlp_list_end(&w, mark);
    test_hex_put(&w, tail);
    cr_assert_eq(w.status, YQ_OK);
    return yq_evm_header_decode(&call, yq_writer_slice(&w), &header);
}

Test(header, as_many_items_as_a_fork_has)
{
    for (size_t n = 0; n <= ITEMS_MAX; n++) {
        yq_status expected = n <= NONCE              ? YQ_E_TRUNCATED
                             : n > YQ_ARRAY_N(plain) ? YQ_E_FIELD_UNKNOWN
                                                     : YQ_OK;
        cr_expect_eq(decode(n, TEST_NONE, "", ""), expected, "%zu", n);
        cr_expect(expected != YQ_OK || header.items == n);
        cr_expect_eq(decode(n, TEST_NONE, "", "00") == YQ_OK, 0);
    }
    cr_expect_eq(decode(NONCE + 1, TEST_NONE, "", "00"), YQ_E_TRAILING);
}

Test(header, what_is_read)
{
    const yq_slice extra = yq_slice_text("\1\2\3");
    cr_assert_eq(
        decode(BASE_FEE + 1, STATE_ROOT, "a0" BYTES_20 "030303030303030303030303", ""), YQ_OK);
    cr_expect(header.number == 0x102 && header.time == 0x60000000);
    cr_expect(yq_slice_equal(header.extra, extra));
    cr_expect(header.state_root.b[0] == 1 && header.state_root.b[31] == 3);
    cr_expect(header.parent.b[0] == 2 && header.uncles.b[31] == 2 && header.mix.b[9] == 2);
    cr_expect(header.tx_root.b[0] == 2 && header.receipt_root.b[31] == 2);
    cr_expect(header.miner.n == 20 && header.miner.p[0] == 1);
    cr_expect(header.difficulty.n == 1 && header.difficulty.p[0] == 1 && header.nonce.n == 8);
    /* With its own extraData a header has its own hash. */
    const yq_digest md = test_keccak(header.raw), own = yq_evm_header_hash(&call, &header, extra);
    cr_expect(yq_digest_equal(&md, &own));
    const yq_digest other = yq_evm_header_hash(&call, &header, yq_slice_text("\1\2"));
    cr_expect_not(yq_digest_equal(&md, &other));
}

Test(header, each_item_has_one_form)
{
    static const size_t hash[] = {
        PARENT,
        UNCLES,
        STATE_ROOT,
        TX_ROOT,
        RECEIPT_ROOT,
        MIX,
        WITHDRAWALS,
        BEACON_ROOT,
        REQUESTS,
        ACCESS_LIST};
    static const size_t number[] = {
        DIFFICULTY, NUMBER, GAS_LIMIT, GAS_USED, TIME, BASE_FEE, BLOB_GAS, EXCESS_BLOB_GAS, SLOT};
    const size_t n = YQ_ARRAY_N(plain);
    for (size_t i = 0; i < YQ_ARRAY_N(hash); i++) {
        cr_expect_eq(decode(n, hash[i], SHORT, ""), YQ_E_LEN, "%zu", hash[i]);
        cr_expect_eq(decode(n, hash[i], "a1" BYTES_32 "00", ""), YQ_E_LEN, "%zu", hash[i]);
        cr_expect_eq(decode(n, hash[i], "80", ""), YQ_E_LEN, "%zu", hash[i]);
        cr_expect_eq(decode(n, hash[i], "c0", ""), YQ_E_TYPE, "%zu", hash[i]);
    }
    for (size_t i = 0; i < YQ_ARRAY_N(number); i++) {
        int wide = number[i] != NUMBER && number[i] != TIME;
        cr_expect_eq(decode(n, number[i], "00", ""), YQ_E_NONCANONICAL, "%zu", number[i]);
        cr_expect_eq(decode(n, number[i], "820001", ""), YQ_E_NONCANONICAL, "%zu", number[i]);
        cr_expect_eq(decode(n, number[i], "8101", ""), YQ_E_NONCANONICAL, "%zu", number[i]);
        cr_expect_eq(decode(n, number[i], "c0", ""), YQ_E_TYPE, "%zu", number[i]);
        cr_expect_eq(decode(n, number[i], HASH, ""), wide ? YQ_OK : YQ_E_LIMIT, "%zu", number[i]);
        cr_expect_eq(decode(n, number[i], "a1" BYTES_32 "00", ""), YQ_E_LIMIT, "%zu", number[i]);
    }
    static const struct {
        size_t which;
        const char *hex;
        yq_status status;
    } row[] = {
        {MINER, "93" BYTES_20, YQ_E_LEN},
        {MINER, "80", YQ_E_LEN},
        {BLOOM, HASH, YQ_E_LEN},
        {NONCE, "8700000000000000", YQ_E_LEN},
        {NONCE, "80", YQ_E_LEN},
        {EXTRA, "80", YQ_OK},
        {EXTRA, "c0", YQ_E_TYPE},
        {NUMBER, "88fffffffffffffffe", YQ_OK},
        {NUMBER, "88ffffffffffffffff", YQ_E_RANGE},
    };
    for (size_t i = 0; i < YQ_ARRAY_N(row); i++) {
        yq_status status = decode(n, row[i].which, row[i].hex, "");
        cr_expect_eq(status, row[i].status, "row %zu: %d", i, status);
    }
}

/* A time in milliseconds has to fit into 64 bits as well. */
Test(header, the_last_second)
{
    cr_expect_eq(decode(NONCE + 1, TIME, "874189374bc6a7ef", ""), YQ_OK);
    cr_expect_eq(header.time, UINT64_MAX / 1000);
    cr_expect_eq(decode(NONCE + 1, TIME, "874189374bc6a7f0", ""), YQ_E_RANGE);
}

Test(header, what_is_wrong_is_named)
{
    cr_expect_eq(decode(NONCE + 1, STATE_ROOT, SHORT, ""), YQ_E_LEN);
    cr_expect_str_eq(client->why.text, "stateRoot");
    cr_expect_eq(decode(NONCE + 1, PARENT, SHORT, ""), YQ_E_LEN); /* not the last one read */
    cr_expect_str_eq(client->why.text, "parentHash");
}
