/* The fixed values were computed with Python's hashlib from the layouts of the specification. */
#include "relay/bft/types.h"
#include "relay/crypto/crypto.h"

#include <criterion/criterion.h>

static const char *hex_of(const yq_digest *d)
{
    static char text[65];
    cr_assert_eq(yq_hex_encode(text, sizeof text, d->b, 32), 64);
    return text;
}

static yq_digest filled(int byte)
{
    yq_digest d;
    memset(d.b, byte, 32);
    return d;
}

Test(hashes, header)
{
    yq_header h = {
        .ver = 1,
        .chain_id_hash = filled(0x11),
        .epoch = 2,
        .view = 3,
        .height = 4,
        .parent_hash = filled(0x22),
        .parent_view = 2,
        .time_ms = UINT64_C(1760000000000),
        .leader = 1,
        .payload_root = filled(0x33),
        .n_env = 5,
        .n_tx = 6,
        .prev_result_root = filled(0x44),
        .flags = YQ_BLOCK_EPOCH_END,
    };
    yq_digest d;
    yq_header_hash(YQ_HASH_SM3, &h, &d);
    cr_assert_str_eq(
        hex_of(&d), "81f170058b11db6eee4fcfb89a9d7e8926510d1f14c2019b6c3832fd6fa1e356");
    yq_header_hash(YQ_HASH_SHA256, &h, &d);
    cr_assert_str_eq(
        hex_of(&d), "59698df15a0df7250e757f1e8b3350639fec1f0687415246e825a46a9bfc764c");
}

static yq_vote vote_of(uint8_t type)
{
    return (yq_vote){
        .type = type,
        .epoch = 2,
        .view = 3,
        .h = filled(0x55),
        .info =
            {
                .chain_id_hash = filled(0x11),
                .epoch = 2,
                .view = 3,
                .height = 4,
                .h = filled(0x55),
                .result_root = filled(0x66),
                .export_root = filled(0x77),
                .next_valset_hash = filled(0x88),
                .time_ms = UINT64_C(1760000000000),
            },
    };
}

Test(hashes, what_is_signed)
{
    static const char *const want[2][4] = {
        {"8fb043cdaf3cd27057fb5e7869ddf007b1ab902c30dd5835a94c35a0d2564556",
         "4fd2b8ec1cd5efb37d3c33dac210c2fea0098e029ef2636bdfaff1fcdcb23443",
         "6966591d76e34cafb7b10669d789563a6f294597c9476c49745bc9a0c4a165ef",
         "882694b8d915d83df2567f42299cea5a92ee32dc47b79f6fee4940b4e914aef5"},
        {"c3454c8b16ca6bb228f99d83301af6350cccd80697e66bb522567cb764ee235d",
         "18d5c0d6933d7d076121bed80881a7bb033f95599b83010f3c0be36e90e25451",
         "5d652ba518445e5f0baa469d7c761a3e524938d951232de9750f0145ec1405a0",
         "fe54cd7c00c3a6ab43330a496cdd32c2da6d2f934f4097e60e35151209a38879"},
    };
    static const uint32_t alg[] = {YQ_HASH_SM3, YQ_HASH_SHA256};
    yq_digest chain = filled(0x11), d;
    for (unsigned a = 0; a < 2; a++) {
        for (uint8_t t = YQ_SIGNED_PROPOSE; t <= YQ_SIGNED_FINALIZE; t++) {
            yq_vote v = vote_of(t);
            yq_vote_digest(alg[a], &chain, &v, &d);
            cr_assert_str_eq(hex_of(&d), want[a][t - 1]);
            yq_cert c = {.type = t, .epoch = 2, .view = 3, .h = v.h, .info = v.info};
            yq_cert_digest(alg[a], &chain, &c, &d);
            cr_assert_str_eq(hex_of(&d), want[a][t - 1]);
        }
    }
}

Test(hashes, validator_set)
{
    yq_valset set = {.chain_id_hash = filled(0x11), .epoch = 2, .suite = YQ_SUITE_SM2, .n = 4};
    for (int i = 0; i < 4; i++) {
        memset(set.key[i], i + 1, 64);
    }
    yq_digest d;
    yq_valset_hash(YQ_HASH_SM3, &set, &d);
    cr_assert_str_eq(
        hex_of(&d), "8ba296f01f2bd4a240cf7b74bfde1b954d509d9846c486f2973ba9889004e22b");
    yq_valset_hash(YQ_HASH_SHA256, &set, &d);
    cr_assert_str_eq(
        hex_of(&d), "be33469daacb176ac576654b3ba0204685915e36adb5124669fa6dc02b294ba0");
    cr_assert_eq(yq_valset_check(&set), YQ_OK);
    memset(set.key[2], 2, 64);
    cr_assert_eq(yq_valset_check(&set), YQ_E_CONFIG_INVALID, "a key twice");
    memset(set.key[2], 1, 64);
    cr_assert_eq(yq_valset_check(&set), YQ_E_CONFIG_INVALID, "keys out of order");
    memset(set.key[2], 3, 64);
    set.suite = 9;
    cr_assert_eq(yq_valset_check(&set), YQ_E_CONFIG_INVALID);
    set.suite = YQ_SUITE_SM2;
    set.n = 0;
    cr_assert_eq(yq_valset_check(&set), YQ_E_CONFIG_INVALID);
    set.n = YQ_VALIDATORS_MAX + 1;
    cr_assert_eq(yq_valset_check(&set), YQ_E_CONFIG_INVALID);
}

static yq_status step_decode(const uint8_t *p, size_t n)
{
    yq_valset set;
    return yq_valset_step_decode(yq_slice_of(p, n), &set, NULL);
}

Test(hashes, a_step_is_read_as_it_was_written)
{
    yq_valset set = {.epoch = 2, .suite = YQ_SUITE_SM2, .n = 4}, back;
    for (int i = 0; i < 4; i++) {
        memset(set.key[i], i + 1, 64);
    }
    uint8_t room[YQ_VALSET_STEP_MAX], other[YQ_VALSET_STEP_MAX + 1];
    yq_writer w = yq_writer_of(room, sizeof room);
    yq_valset_step_put(&w, &set);
    cr_assert_eq(w.status, YQ_OK);
    cr_assert_eq(yq_valset_step_decode(yq_writer_slice(&w), &back, NULL), YQ_OK);
    cr_assert_eq(memcmp(&back, &set, sizeof set), 0);
    for (size_t n = 0; n < w.n; n++) {
        cr_assert_eq(step_decode(room, n), YQ_E_TRUNCATED, "%zu", n);
    }
    memcpy(other, room, w.n);
    other[w.n] = 0;
    cr_assert_eq(step_decode(other, w.n + 1), YQ_E_TRAILING);
    static const struct {
        size_t at;
        uint8_t value;
        yq_status status;
    } bad[] = {
        {8, 9, YQ_E_LIMIT},            /* suite */
        {10, 2, YQ_E_QUORUM},          /* fewer than the rule's */
        {11, 1, YQ_E_LIMIT},           /* count */
        {13, 63, YQ_E_LEN},            /* a key's size */
        {14, 9, YQ_E_CONFIG_INVALID}}; /* keys out of order */
    for (size_t i = 0; i < YQ_ARRAY_N(bad); i++) {
        memcpy(other, room, w.n);
        other[bad[i].at] = bad[i].value;
        cr_assert_eq(step_decode(other, w.n), bad[i].status, "%zu", i);
    }
}

Test(hashes, results_and_chain)
{
    yq_digest results = filled(0x99), state = filled(0xaa), d;
    yq_suite_root root[] = {{1, filled(0xbb)}, {3, filled(0xcc)}};
    yq_result_root(YQ_HASH_SM3, &results, &state, root, 2, &d);
    cr_assert_str_eq(
        hex_of(&d), "6571cb41a461860bafa3b4483302c2ac0ebeff8ced8fc16119e9f268c2f3a6c0");
    yq_result_root(YQ_HASH_SHA256, &results, &state, root, 2, &d);
    cr_assert_str_eq(
        hex_of(&d), "925017fe5627dedc1a21622d9463eb9feccf12ef60dfc963b19854d0fc62d455");
    yq_chain_id_hash(YQ_HASH_SM3, yq_slice_text("demo"), yq_slice_text("genesis"), &d);
    cr_assert_str_eq(
        hex_of(&d), "6fd86c09623baa75251a2d209cbcffc20388e84255679dba5b3983023a431996");
    yq_chain_id_hash(YQ_HASH_SHA256, yq_slice_text("demo"), yq_slice_text("genesis"), &d);
    cr_assert_str_eq(
        hex_of(&d), "bd0e411e0137071b129cb15ded4248bd00af75c9381723cadce0596edc5e6b6e");
}

Test(hashes, payload_root)
{
    uint8_t digests[3 * 32];
    for (int i = 0; i < 3; i++) {
        memset(digests + (size_t)(32 * i), i + 1, 32);
    }
    yq_digest scratch[3], d;
    yq_payload_root(YQ_HASH_SM3, digests, 3, scratch, &d);
    cr_assert_str_eq(
        hex_of(&d), "71fced834fe52ba3bb3f4d399781d149189619ec4dc7af11dbe620cf2e466406");
    yq_payload_root(YQ_HASH_SHA256, digests, 3, scratch, &d);
    cr_assert_str_eq(
        hex_of(&d), "df896896c799531f1fd1e556cea26a6989ab06853bcbfdd3e4f5097a611f658f");
    yq_payload_root(YQ_HASH_SM3, NULL, 0, scratch, &d);
    cr_assert(yq_bytes_are_zero(d.b, 32));
}

Test(hashes, key_sizes)
{
    cr_assert_eq(yq_suite_key_size(YQ_SUITE_SM2), 64);
    cr_assert_eq(yq_suite_key_size(YQ_SUITE_P256), 64);
    cr_assert_eq(yq_suite_key_size(YQ_SUITE_ETH), 64);
    cr_assert_eq(yq_suite_key_size(YQ_SUITE_ED25519), 32);
    cr_assert_eq(yq_suite_key_size(0), 0);
    cr_assert_eq(yq_suite_key_size(5), 0);
}
