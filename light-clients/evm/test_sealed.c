/* What headers of each mode carry in extraData and beside it. */
#include "light-clients/evm/test_chain.h"
#include "light-clients/evm/test_hex.h"

#include <criterion/criterion.h>

#define A1       "940101010101010101010101010101010101010101"
#define A2       "940202020202020202020202020202020202020202"
#define A_SHORT  "9301010101010101010101010101010101010101"
#define BYTES_32 "0202020202020202020202020202020202020202020202020202020202020202"

static test_client *client;
static yq_evm_call call;
static yq_evm_state state;
static yq_evm_sealed sealed;

static void setup(void)
{
    client = test_client_new(yq_verifier_evm());
    call = (yq_evm_call){.host = test_client_begin(client, 1), .why = &client->why};
    call.room = call.host->scratch(call.host->self, YQ_EVM_HEADER_MAX + 64u);
    cr_assert(yq_evm_state_new(&call, &state));
    state.epoch = 100;
}

static void teardown(void)
{
    test_client_free(client);
}

TestSuite(sealed, .init = setup, .fini = teardown);

/* A header; what is zero here is as it should be. */
typedef struct fields {
    uint64_t number; /* 0: 101, TEST_NONE: a genesis */
    uint16_t difficulty;
    uint8_t nonce, later_forks;
    int other_uncles, other_mix, last_of_nonce; /* their last bit is changed */
} fields;

static yq_status decode(uint8_t mode, fields f, yq_slice extra)
{
    static const uint8_t miner[20] = {5};
    static uint8_t raw[YQ_EVM_HEADER_MAX];
    const test_block block = {
        .number = f.number == 0           ? 101
                  : f.number == TEST_NONE ? 0
                                          : f.number,
        .time = 1};
    const test_fields all = {
        .block = &block,
        .miner = miner,
        .difficulty = f.difficulty == 0 ? 1 : f.difficulty,
        .nonce = f.nonce,
        .later_forks = f.later_forks,
        .istanbul = mode != YQ_EVM_CLIQUE};
    yq_evm_header header;
    size_t n = test_header_rlp(&all, extra, raw, sizeof raw);
    raw[3 + 2 * 33 - 1] ^= (uint8_t)f.other_uncles;
    raw[n - 9 - 1] ^= (uint8_t)f.other_mix;
    raw[n - 1] ^= (uint8_t)f.last_of_nonce;
    state.mode = mode;
    cr_assert_eq(yq_evm_header_decode(&call, yq_slice_of(raw, n), &header), YQ_OK);
    return yq_evm_sealed_decode(&call, &state, &header, &sealed);
}

/* Items of extraData in hex; NULL: the plain one, "": left out. */
typedef struct items {
    const char *vanity, *validators, *vote, *round, *seals, *sixth, *behind;
} items;

static void put(yq_writer *w, const char *hex, const char *plain)
{
    test_hex_put(w, hex == NULL ? plain : hex);
}

static yq_status decode_bft(uint8_t mode, fields f, items x)
{
    uint8_t extra[1024];
    int ibft2 = mode == YQ_EVM_IBFT2;
    yq_writer w = yq_writer_of(extra, sizeof extra);
    size_t mark = yq_rlp_list_begin(&w);
    put(&w, x.vanity, "a0" BYTES_32);
    put(&w, x.validators, mode == YQ_EVM_QBFT_CONTRACT ? "c0" : "ea" A1 A2);
    put(&w, x.vote, ibft2 ? "80" : "c0");
    put(&w, x.round, ibft2 ? "8400000000" : "80");
    put(&w, x.seals, "c0");
    put(&w, x.sixth, "");
    yq_rlp_list_end(&w, mark);
    put(&w, x.behind, "");
    cr_assert_eq(w.status, YQ_OK);
    return decode(mode, f, yq_writer_slice(&w));
}

/* IBFT 1: vanity as it stands, no vote and round, vote: the proposer's seal. */
static yq_status decode_ibft1(fields f, items x)
{
    static const char seal[] = "b841" BYTES_32 BYTES_32 "00";
    uint8_t extra[1024];
    yq_writer w = yq_writer_of(extra, sizeof extra);
    put(&w, x.vanity, BYTES_32);
    size_t mark = yq_rlp_list_begin(&w);
    put(&w, x.validators, "ea" A1 A2);
    put(&w, x.vote, seal);
    put(&w, x.seals, "c0");
    put(&w, x.sixth, "");
    yq_rlp_list_end(&w, mark);
    put(&w, x.behind, "");
    cr_assert_eq(w.status, YQ_OK);
    return decode(YQ_EVM_IBFT1, f, yq_writer_slice(&w));
}

static yq_status decode_any(uint8_t mode, fields f, items x)
{
    return mode == YQ_EVM_IBFT1 ? decode_ibft1(f, x) : decode_bft(mode, f, x);
}

Test(sealed, lists_of_validators)
{
    static const struct {
        const char *list;
        yq_status status;
    } row[] = {
        {NULL, YQ_OK},
        {"c0", YQ_OK}, /* the set that is known has somebody */
        {"d5" A1, YQ_OK},
        {"ea" A2 A1, YQ_OK},
        {"ea" A1 A1, YQ_E_DUP_SIGNER},
        {"d4" A_SHORT, YQ_E_LEN},
        {"e9" A1 A_SHORT, YQ_E_LEN},
        {"c1c0", YQ_E_TYPE},
        {A1, YQ_E_TYPE},
        {"80", YQ_E_TYPE},
    };
    static const uint8_t first[20] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
    for (uint8_t mode = YQ_EVM_IBFT1; mode <= YQ_EVM_QBFT; mode++) {
        for (size_t i = 0; i < YQ_ARRAY_N(row); i++) {
            const items x = {.validators = row[i].list};
            yq_status status = decode_any(mode, (fields){0}, x);
            cr_expect_eq(status, row[i].status, "mode %u row %zu: %d", mode, i, status);
            cr_expect(status != YQ_OK || sealed.has_list);
            cr_expect(sealed.listed.n == 0 || memcmp(sealed.listed.address, first, 20) == 0);
        }
    }
}

Test(sealed, votes_in_extra_data)
{
    static const struct {
        uint8_t mode;
        const char *vote;
        yq_status status;
        int has_vote, add;
    } row[] = {
        {YQ_EVM_IBFT2, "80", YQ_OK, 0, 0},
        {YQ_EVM_IBFT2, "d7" A1 "81ff", YQ_OK, 1, 1},
        {YQ_EVM_IBFT2, "d6" A1 "00", YQ_OK, 1, 0},
        {YQ_EVM_IBFT2, "d6" A1 "80", YQ_E_NONCANONICAL, 0, 0},
        {YQ_EVM_IBFT2, "c0", YQ_E_TRUNCATED, 0, 0},
        {YQ_EVM_IBFT2, "00", YQ_E_TYPE, 0, 0},
        {YQ_EVM_QBFT, "c0", YQ_OK, 0, 0},
        {YQ_EVM_QBFT, "d7" A1 "81ff", YQ_OK, 1, 1},
        {YQ_EVM_QBFT, "d6" A1 "80", YQ_OK, 1, 0},
        {YQ_EVM_QBFT, "d6" A1 "00", YQ_E_NONCANONICAL, 0, 0},
        {YQ_EVM_QBFT, "80", YQ_E_TYPE, 0, 0},
        {YQ_EVM_QBFT, "c1c0", YQ_E_TYPE, 0, 0},
        {YQ_EVM_QBFT, "d6" A1 "01", YQ_E_NONCANONICAL, 0, 0},
        {YQ_EVM_QBFT, "d7" A1 "81fe", YQ_E_NONCANONICAL, 0, 0},
        {YQ_EVM_QBFT, "d8" A1 "82ffff", YQ_E_LIMIT, 0, 0},
        {YQ_EVM_QBFT, "d5" A1, YQ_E_TRUNCATED, 0, 0},
        {YQ_EVM_QBFT, "d8" A1 "81ff00", YQ_E_TRAILING, 0, 0},
        {YQ_EVM_QBFT, "d6" A_SHORT "81ff", YQ_E_LEN, 0, 0},
        {YQ_EVM_QBFT, A1, YQ_E_TYPE, 0, 0},
    };
    for (size_t i = 0; i < YQ_ARRAY_N(row); i++) {
        yq_status status = decode_bft(row[i].mode, (fields){0}, (items){.vote = row[i].vote});
        cr_expect_eq(status, row[i].status, "row %zu: %d", i, status);
        cr_expect(status != YQ_OK || sealed.has_vote == row[i].has_vote, "row %zu", i);
        cr_expect(
            !row[i].has_vote || (sealed.vote.add == row[i].add && sealed.vote.candidate[19] == 1 &&
                                 sealed.vote.voter[0] == 5 && sealed.proposer[0] == 5),
            "row %zu",
            i);
    }
}

Test(sealed, rounds)
{
    static const struct {
        uint8_t mode;
        const char *round;
        yq_status status;
    } row[] = {
        {YQ_EVM_IBFT2, "84ffffffff", YQ_OK},
        {YQ_EVM_IBFT2, "83ffffff", YQ_E_LEN},
        {YQ_EVM_IBFT2, "85ffffffffff", YQ_E_LEN},
        {YQ_EVM_IBFT2, "c0", YQ_E_TYPE},
        {YQ_EVM_QBFT, "05", YQ_OK},
        {YQ_EVM_QBFT, "84ffffffff", YQ_OK},
        {YQ_EVM_QBFT, "850100000000", YQ_E_RANGE},
        {YQ_EVM_QBFT, "00", YQ_E_NONCANONICAL},
        {YQ_EVM_QBFT, "8400000005", YQ_E_NONCANONICAL},
        {YQ_EVM_QBFT, "c0", YQ_E_TYPE},
    };
    for (size_t i = 0; i < YQ_ARRAY_N(row); i++) {
        yq_status status = decode_bft(row[i].mode, (fields){0}, (items){.round = row[i].round});
        cr_expect_eq(status, row[i].status, "row %zu: %d", i, status);
    }
}

Test(sealed, the_list_in_extra_data)
{
    static const struct {
        items x;
        yq_status status;
    } row[] = {
        {{.vanity = "80"}, YQ_OK},
        {{.vanity = "a1" BYTES_32 "02"}, YQ_E_LIMIT},
        {{.vanity = "c0"}, YQ_E_TYPE},
        {{.vanity = "8102"}, YQ_E_NONCANONICAL},
        {{.seals = "8102"}, YQ_E_NONCANONICAL},
        {{.sixth = "01"}, YQ_E_TRAILING},
        {{.behind = "01"}, YQ_E_TRAILING},
        {{.seals = ""}, YQ_E_TRUNCATED},
        {{.round = "", .seals = ""}, YQ_E_TRUNCATED},
        {{.vote = "", .round = "", .seals = ""}, YQ_E_TRUNCATED},
        {{.validators = "", .vote = "", .round = "", .seals = ""}, YQ_E_TRUNCATED},
        {{"", "", "", "", "", NULL, NULL}, YQ_E_TRUNCATED},
    };
    for (size_t i = 0; i < YQ_ARRAY_N(row); i++) {
        yq_status status = decode_bft(YQ_EVM_QBFT, (fields){0}, row[i].x);
        cr_expect_eq(status, row[i].status, "row %zu: %d", i, status);
    }
    cr_expect_eq(decode(YQ_EVM_QBFT, (fields){0}, yq_slice_text("\x80")), YQ_E_TYPE);
    cr_expect_eq(decode(YQ_EVM_QBFT, (fields){0}, (yq_slice){0}), YQ_E_TRUNCATED);
}

Test(sealed, no_list_in_contract_mode)
{
    const uint8_t mode = YQ_EVM_QBFT_CONTRACT;
    cr_expect_eq(decode_bft(mode, (fields){0}, (items){0}), YQ_OK);
    cr_expect_not(sealed.has_list);
    cr_expect_eq(decode_bft(mode, (fields){0}, (items){.validators = "d5" A1}), YQ_E_DOMAIN);
    cr_expect_eq(decode_bft(mode, (fields){0}, (items){.vote = "d7" A1 "81ff"}), YQ_E_DOMAIN);
}

Test(sealed, extra_data_of_istanbul)
{
    static const struct {
        items x;
        yq_status status;
    } row[] = {
        {{0}, YQ_OK},
        {{.vote = "b840" BYTES_32 BYTES_32}, YQ_E_LEN},
        {{.vote = "80"}, YQ_E_LEN},
        {{.vote = "c0"}, YQ_E_TYPE},
        {{.vote = "b841" BYTES_32 BYTES_32 "02"}, YQ_E_SIG_RANGE},
        {{.seals = "8102"}, YQ_E_NONCANONICAL},
        {{.sixth = "01"}, YQ_E_TRAILING},
        {{.behind = "01"}, YQ_E_TRAILING},
        {{.seals = ""}, YQ_E_TRUNCATED},
        {{.vote = "", .seals = ""}, YQ_E_TRUNCATED},
        {{.validators = "", .vote = "", .seals = ""}, YQ_E_TRUNCATED},
    };
    for (size_t i = 0; i < YQ_ARRAY_N(row); i++) {
        yq_status status = decode_ibft1((fields){0}, row[i].x);
        cr_expect_eq(status, row[i].status, "row %zu: %d", i, status);
    }
    static const uint8_t vanity[32];
    cr_expect_eq(decode(YQ_EVM_IBFT1, (fields){0}, yq_slice_of(vanity, 31)), YQ_E_TRUNCATED);
    cr_expect_eq(decode(YQ_EVM_IBFT1, (fields){0}, yq_slice_of(vanity, 32)), YQ_E_TRUNCATED);
    cr_expect(decode_ibft1((fields){0}, (items){0}) == YQ_OK && sealed.has_list);
    cr_expect(sealed.has_vote && !sealed.vote.add && sealed.vote.candidate[0] == 5);
    cr_expect(memcmp(sealed.vote.voter, sealed.proposer, 20) == 0);
    cr_expect(!yq_bytes_are_zero(sealed.proposer, 20));
    cr_expect(decode_ibft1((fields){.nonce = 0xff}, (items){0}) == YQ_OK && sealed.vote.add);
    /* A genesis is sealed by nobody. */
    const fields genesis = {.number = TEST_NONE};
    cr_expect_eq(decode_ibft1(genesis, (items){.vote = "80"}), YQ_OK);
    cr_expect_not(sealed.has_vote);
}

Test(sealed, what_a_header_is_beside)
{
    static const struct {
        fields f;
        yq_status bft, istanbul;
        int of_a_genesis; /* refused there as well */
    } row[] = {
        {{0}, YQ_OK, YQ_OK, 0},
        {{.other_uncles = 1}, YQ_E_DOMAIN, YQ_E_DOMAIN, 1},
        {{.other_mix = 1}, YQ_E_DOMAIN, YQ_E_DOMAIN, 0},
        {{.difficulty = 2}, YQ_E_DOMAIN, YQ_E_DOMAIN, 0},
        {{.difficulty = 0x100}, YQ_E_DOMAIN, YQ_E_DOMAIN, 0},
        {{.difficulty = TEST_NO_DIFFICULTY}, YQ_E_DOMAIN, YQ_E_DOMAIN, 0},
        {{.nonce = 0xff}, YQ_E_DOMAIN, YQ_OK, 0},
        {{.nonce = 7}, YQ_E_DOMAIN, YQ_E_NONCANONICAL, 0},
        {{.last_of_nonce = 1}, YQ_E_DOMAIN, YQ_E_NONCANONICAL, 0},
        {{.nonce = 0xff, .last_of_nonce = 1}, YQ_E_DOMAIN, YQ_E_NONCANONICAL, 0},
        {{.later_forks = 8}, YQ_OK, YQ_OK, 0},
    };
    for (uint8_t mode = YQ_EVM_IBFT1; mode <= YQ_EVM_QBFT_CONTRACT; mode++) {
        for (size_t i = 0; i < YQ_ARRAY_N(row); i++) {
            fields f = row[i].f;
            yq_status expected = mode == YQ_EVM_IBFT1 ? row[i].istanbul : row[i].bft;
            yq_status status = decode_any(mode, f, (items){0});
            cr_expect_eq(status, expected, "mode %u row %zu: %d", mode, i, status);
            f.number = TEST_NONE;
            status = decode_any(mode, f, (items){0});
            expected = row[i].of_a_genesis ? row[i].bft : YQ_OK;
            cr_expect_eq(status, expected, "genesis, mode %u row %zu: %d", mode, i, status);
        }
    }
}

/* vanity, n signers from 1 upwards, seal; cut: so many bytes less. */
static yq_slice clique_extra(size_t n, size_t cut)
{
    static uint8_t extra[32 + 20 * (YQ_EVM_VALIDATORS_MAX + 2) + 65];
    memset(extra, 0, sizeof extra);
    for (size_t i = 0; i < n; i++) {
        extra[32 + 20 * i] = (uint8_t)((i + 1) >> 8);
        extra[32 + 20 * i + 19] = (uint8_t)(i + 1);
    }
    return yq_slice_of(extra, 32 + 20 * n + 65 - cut);
}

Test(sealed, headers_of_clique)
{
    static const struct {
        fields f;
        size_t n, cut;
        yq_status status;
    } row[] = {
        {{0}, 0, 0, YQ_OK},
        {{0}, 0, 1, YQ_E_LEN},
        {{0}, 0, 97, YQ_E_LEN},
        {{0}, 0, 16, YQ_E_LEN}, /* what is missing is a multiple of 20 below 2^64 */
        {{0}, 1, 1, YQ_E_LEN},
        {{0}, 1, 19, YQ_E_LEN},
        {{0}, 1, 0, YQ_E_SET_CHANGE},
        {{.number = 200}, 0, 0, YQ_E_SET_CHANGE},
        {{.number = 200}, 3, 0, YQ_OK},
        {{.number = TEST_NONE}, 3, 0, YQ_OK},
        {{.number = 200}, YQ_EVM_VALIDATORS_MAX, 0, YQ_OK},
        {{.number = 200}, YQ_EVM_VALIDATORS_MAX + 1, 0, YQ_E_SET_CHANGE},
        {{.later_forks = 1}, 0, 0, YQ_OK},
        {{.later_forks = 2}, 0, 0, YQ_E_DOMAIN},
        {{.other_uncles = 1}, 0, 0, YQ_E_DOMAIN},
        {{.other_mix = 1}, 0, 0, YQ_E_DOMAIN},
        {{.number = TEST_NONE, .other_mix = 1}, 3, 0, YQ_E_DOMAIN},
        {{.nonce = 0xff}, 0, 0, YQ_OK},
        {{.nonce = 7}, 0, 0, YQ_E_NONCANONICAL},
        {{.last_of_nonce = 1}, 0, 0, YQ_E_NONCANONICAL},
    };
    for (size_t i = 0; i < YQ_ARRAY_N(row); i++) {
        yq_slice extra = clique_extra(row[i].n, row[i].cut);
        yq_status status = decode(YQ_EVM_CLIQUE, row[i].f, extra);
        cr_expect_eq(status, row[i].status, "row %zu: %d", i, status);
        cr_expect(status != YQ_OK || sealed.has_list == (row[i].n > 0));
        cr_expect(status != YQ_OK || sealed.listed.n == row[i].n);
        cr_expect(status != YQ_OK || sealed.vote.add == (row[i].f.nonce != 0));
    }
    uint8_t twice[32 + 40 + 65] = {0};
    cr_expect_eq(
        decode(YQ_EVM_CLIQUE, (fields){.number = 200}, YQ_SLICE_OF(twice)), YQ_E_DUP_SIGNER);
}

/* As many validators as there is room for. */
Test(sealed, a_long_list)
{
    static uint8_t extra[8192];
    for (size_t n = YQ_EVM_VALIDATORS_MAX; n <= YQ_EVM_VALIDATORS_MAX + 1; n++) {
        yq_writer w = yq_writer_of(extra, sizeof extra);
        size_t all = yq_rlp_list_begin(&w);
        test_hex_put(&w, "80");
        size_t list = yq_rlp_list_begin(&w);
        for (size_t i = 0; i < n; i++) {
            uint8_t address[20] = {(uint8_t)(i >> 8), (uint8_t)i};
            yq_rlp_put_string(&w, YQ_SLICE_OF(address));
        }
        yq_rlp_list_end(&w, list);
        test_hex_put(&w, "c080c0");
        yq_rlp_list_end(&w, all);
        cr_expect_eq(
            decode(YQ_EVM_QBFT, (fields){0}, yq_writer_slice(&w)),
            n == YQ_EVM_VALIDATORS_MAX ? YQ_OK : YQ_E_LIMIT);
    }
}
