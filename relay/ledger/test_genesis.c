#include "relay/crypto/crypto.h"
#include "relay/hub/tx.h"
#include "relay/ledger/genesis.h"

#include <criterion/criterion.h>

static uint8_t key[8][64];
static char code[4][19];
static uint8_t room[YQ_GENESIS_SIZE_MAX];

static yq_genesis sample(void)
{
    yq_genesis g = {
        .hub = yq_slice_text("henan-main"),
        .display = yq_slice_text("河南主链"),
        .alg = YQ_HASH_SM3,
        .suite = YQ_SUITE_SM2,
        .time_ms = 1000,
        .approvals = 3,
        .org_n = 4,
        .signer_n = 4,
        .validator_n = 4,
    };
    for (size_t i = 0; i < 4; i++) {
        memcpy(code[i], "91410000MA000000X", 17);
        code[i][16] = (char)('1' + i);
        code[i][17] = yq_org_code_check(code[i]);
        memset(key[i], (int)(4 - i), 64);
        memset(key[i + 4], (int)(9 - i), 64);
        g.org[i] = (yq_genesis_organisation){yq_slice_text(code[i]), yq_slice_text("机构"), 1};
        g.signer[i] =
            (yq_genesis_signer){.key = yq_slice_of(key[i], 64), .org = g.org[i].code, .role = 1};
        g.validator[i] = (yq_genesis_validator){yq_slice_of(key[i + 4], 64), g.org[i].code};
    }
    return g;
}

static yq_status encode(yq_genesis *g, size_t *n, yq_fault *why)
{
    yq_buf out = {room, sizeof room, 0};
    yq_status status = yq_genesis_encode(g, &out, why);
    *n = out.n;
    return status;
}

Test(genesis, round_trip_sorted)
{
    yq_genesis g = sample(), read;
    size_t n;
    cr_assert_eq(encode(&g, &n, NULL), YQ_OK);
    cr_assert_eq(yq_genesis_decode(yq_slice_of(room, n), &read, NULL), YQ_OK);
    cr_assert(yq_slice_equal(read.display, yq_slice_text("河南主链")));
    cr_assert_eq(read.validator_n, 4);
    static uint8_t first[YQ_GENESIS_SIZE_MAX];
    memcpy(first, room, n);
    size_t again;
    cr_assert_eq(encode(&read, &again, NULL), YQ_OK);
    cr_assert_eq(again, n);

    yq_digest chain, h, other;
    yq_genesis_chain_hash(&read, yq_slice_of(first, n), &chain);
    yq_valset set;
    yq_genesis_valset(&read, &chain, &set);
    cr_assert_eq(yq_valset_check(&set), YQ_OK);
    yq_header header;
    yq_genesis_header(&read, &chain, &header, &h);
    cr_assert_eq(header.height, 0);
    first[n - 1] ^= 1;
    yq_genesis_chain_hash(&read, yq_slice_of(first, n), &other);
    cr_assert(memcmp(chain.b, other.b, 32) != 0);
}

Test(genesis, every_cut_and_trailing_byte_is_refused)
{
    yq_genesis g = sample(), read;
    size_t n;
    cr_assert_eq(encode(&g, &n, NULL), YQ_OK);
    for (size_t cut = 0; cut < n; cut++) {
        yq_fault why;
        yq_status status = yq_genesis_decode(yq_slice_of(room, cut), &read, &why);
        cr_assert_neq(status, YQ_OK);
        cr_assert_leq(why.offset, cut);
    }
    room[n] = 0;
    cr_assert_eq(yq_genesis_decode(yq_slice_of(room, n + 1), &read, NULL), YQ_E_TRAILING);
}

Test(genesis, what_may_not_found_a_chain)
{
    size_t n;
    yq_fault why;
    yq_genesis g = sample();
    g.approvals = 0;
    cr_assert_eq(encode(&g, &n, &why), YQ_E_THRESHOLD_LOW);
    g = sample();
    g.approvals = 5;
    cr_assert_eq(encode(&g, &n, &why), YQ_E_THRESHOLD_LOW);
    g = sample();
    g.validator[1].org = g.org[0].code;
    cr_assert_eq(encode(&g, &n, &why), YQ_E_SET_CONCENTRATION);
    g.single_operator = 1;
    cr_assert_eq(encode(&g, &n, &why), YQ_OK);
    g = sample();
    g.org[1].votes = g.org[2].votes = g.org[3].votes = 0;
    g.approvals = 1;
    cr_assert_eq(encode(&g, &n, &why), YQ_E_SET_CONCENTRATION);
    g = sample();
    g.validator_n = 3;
    cr_assert_eq(encode(&g, &n, &why), YQ_E_CONFIG_INVALID);
    g = sample();
    g.hub = yq_slice_text("Henan");
    cr_assert_eq(encode(&g, &n, &why), YQ_E_CONFIG_INVALID);
    cr_assert_str_eq(why.text, "hub");
    g = sample();
    g.validator[2].key = g.validator[1].key;
    cr_assert_eq(encode(&g, &n, &why), YQ_E_FIELD_DUP);
    g = sample();
    g.signer[0].role = 0;
    cr_assert_eq(encode(&g, &n, &why), YQ_E_CONFIG_INVALID);
    g = sample();
    g.signer[0].org = yq_slice_text("91410000MA0000009X");
    cr_assert_eq(encode(&g, &n, &why), YQ_E_CONFIG_INVALID);
    g = sample();
    g.suite = YQ_SUITE_ETH;
    cr_assert_eq(encode(&g, &n, &why), YQ_E_CONFIG_INVALID);
}

/* ---- the recovery set ---- */

static yq_genesis with_recovery(void)
{
    static uint8_t own[3][64];
    yq_genesis g = sample();
    g.recovery_n = 3;
    g.recovery_approvals = 2;
    g.recovery_delay_ms = YQ_RECOVERY_DELAY_MIN;
    for (size_t i = 0; i < 3; i++) {
        memset(own[i], (int)(0x30 - i), 64);
        g.recovery[i] = (yq_genesis_validator){yq_slice_of(own[i], 64), g.org[i].code};
    }
    return g;
}

static yq_status refused(yq_genesis *g)
{
    size_t n;
    yq_fault why;
    return encode(g, &n, &why);
}

Test(genesis, recovery_round_trip)
{
    yq_genesis g = with_recovery(), read;
    size_t n;
    cr_assert_eq(encode(&g, &n, NULL), YQ_OK);
    cr_assert_eq(yq_genesis_decode(yq_slice_of(room, n), &read, NULL), YQ_OK);
    cr_assert_eq(read.recovery_n, 3);
    cr_assert_eq(read.recovery_approvals, 2);
    cr_assert_eq(read.recovery_delay_ms, YQ_RECOVERY_DELAY_MIN);
    for (size_t i = 0; i < 3; i++) {
        cr_assert_eq(read.recovery[i].key.p[0], 0x2e + i, "sorted");
    }
}

Test(genesis, what_a_recovery_set_must_be)
{
    yq_genesis g = with_recovery();
    g.recovery_approvals = 1;
    cr_assert_eq(refused(&g), YQ_E_SET_CONCENTRATION, "one alone");
    g.single_operator = 1;
    cr_assert_eq(refused(&g), YQ_E_THRESHOLD_LOW, "not more than half");
    g.recovery_approvals = 4;
    cr_assert_eq(refused(&g), YQ_E_THRESHOLD_LOW, "more than there are");
    g = with_recovery();
    g.recovery[1].org = g.recovery[0].org;
    cr_assert_eq(refused(&g), YQ_E_SET_CONCENTRATION, "two of one organisation are enough");
    g = with_recovery();
    g.recovery[0].org = yq_slice_text("91410000MA0000009X");
    cr_assert_eq(refused(&g), YQ_E_CONFIG_INVALID, "an unknown organisation");
    g = with_recovery();
    g.recovery[0].key = g.recovery[1].key;
    cr_assert_eq(refused(&g), YQ_E_FIELD_DUP);
    g = with_recovery();
    g.recovery[0].key = g.validator[0].key;
    cr_assert_eq(refused(&g), YQ_E_CONFIG_INVALID, "a validator's key");
    g = with_recovery();
    g.recovery[0].key = g.signer[0].key;
    cr_assert_eq(refused(&g), YQ_E_CONFIG_INVALID, "a signer's key");
    g = with_recovery();
    g.recovery[0].key.n = 33;
    cr_assert_eq(refused(&g), YQ_E_CONFIG_INVALID, "size");
    g = with_recovery();
    g.recovery_delay_ms = YQ_RECOVERY_DELAY_MIN - 1;
    cr_assert_eq(refused(&g), YQ_E_CONFIG_INVALID, "too soon");
    g.single_operator = 1;
    cr_assert_eq(refused(&g), YQ_OK, "a drill of one");
    g.recovery_delay_ms = YQ_GENESIS_DELAY_MAX + 1;
    cr_assert_eq(refused(&g), YQ_E_CONFIG_INVALID);
    g = sample();
    g.recovery_approvals = 1;
    cr_assert_eq(refused(&g), YQ_E_CONFIG_INVALID, "without keys");
}

Test(genesis, an_order_that_is_not_ascending_is_refused)
{
    yq_genesis g = sample(), read;
    size_t n;
    cr_assert_eq(encode(&g, &n, NULL), YQ_OK);
    /* The last validator's key: below the one before it. */
    size_t at = n - (2 + 8 + 2) - (1 + 18) - 64;
    memset(room + at, 0, 64);
    yq_fault why;
    cr_assert_eq(yq_genesis_decode(yq_slice_of(room, n), &read, &why), YQ_E_NONCANONICAL);
}
